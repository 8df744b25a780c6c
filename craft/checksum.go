package craft

import (
	"encoding/binary"

	"nfwhy/packet"
)

// checksumAt returns where in b, a whole packet, the transport checksum lies;
// ok is false when the protocol has none or the packet none of it.
func checksumAt(p *packet.Packet) (off int, ok bool) {
	if p.FragOff != 0 || p.NoTransport {
		return 0, false
	}
	switch p.Proto {
	case packet.ProtoTCP:
		off = 16
	case packet.ProtoUDP:
		off = 6
	case packet.ProtoICMP, packet.ProtoICMPv6:
		if (p.Proto == packet.ProtoICMP) != (p.Family == packet.IPv4) {
			return 0, false
		}
		off = 2
	default:
		return 0, false
	}
	return p.L4 + off, p.L4+off+2 <= len(p.Data)
}

// seal writes the transport checksum of a whole packet that is no fragment.
func seal(p *packet.Packet) {
	off, ok := checksumAt(p)
	if !ok || p.MoreFrags {
		return
	}
	field := p.Data[off:]
	binary.BigEndian.PutUint16(field, 0)
	l4 := p.Data[p.L4:]
	var s uint64
	if p.Proto != packet.ProtoICMP {
		s = packet.PseudoSum(p.Src(), p.Dst(), p.Proto, len(l4))
	}
	c := ^packet.Fold(packet.Sum(l4, s))
	if c == 0 && p.Proto == packet.ProtoUDP {
		c = 0xffff
	}
	binary.BigEndian.PutUint16(field, c)
}

// spoil makes the transport checksum of b wrong; a UDP checksum is never made
// zero, which would say that there is none.
func spoil(b []byte) {
	var p packet.Packet
	if p.Decode(b, len(b)) != nil {
		return
	}
	off, ok := checksumAt(&p)
	if !ok {
		return
	}
	c := binary.BigEndian.Uint16(b[off:]) ^ 0x5555
	if c == 0 || c == 0xffff {
		c ^= 0x1111
	}
	binary.BigEndian.PutUint16(b[off:], c)
}
