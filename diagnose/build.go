package diagnose

import (
	"net/netip"

	"nfwhy/packet"
)

// wrapIP puts a transport message into an IP packet as the host's own stack does:
// ID 0 and DF for TCP resets, TTL 64.
func wrapIP(f packet.Family, src, dst netip.Addr, proto uint8, body []byte) *packet.Packet {
	if f == packet.IPv6 {
		return decoded(packet.IPv6Fields{NextHeader: proto, Src: src, Dst: dst}.Encode(body))
	}
	flags := uint8(2)
	tos := uint8(0)
	if proto == packet.ProtoICMP && len(body) > 0 && body[0] != packet.ICMPEchoReply {
		flags, tos = 0, 0xc0
	}
	return decoded(packet.IPv4Fields{TOS: tos, Flags: flags, Protocol: proto, Src: src, Dst: dst}.Encode(body))
}

// resetFor is the reset that answers a segment (RFC 9293 3.10.7.1).
func resetFor(p *packet.Packet, t packet.TCP) []byte {
	f := packet.TCPFields{SrcPort: t.DstPort(), DstPort: t.SrcPort(), Flags: packet.RST}
	if t.Flags()&packet.ACK != 0 {
		f.Seq = t.Ack()
	} else {
		f.Flags |= packet.ACK
		f.Ack = t.Seq() + uint32(p.Length-p.L4-t.DataOffset())
		if t.Flags()&packet.SYN != 0 {
			f.Ack++
		}
		if t.Flags()&packet.FIN != 0 {
			f.Ack++
		}
	}
	return f.Encode(p.Dst(), p.Src(), nil)
}

// segment is a TCP packet to build.
type segment struct {
	src, dst     netip.Addr
	sport, dport uint16
	flags        uint16
	seq, ack     uint32
	window       uint16
	options      []byte
	payload      []byte
	ttl          uint8
	id           uint16
}

var mssOption = []byte{2, 4, 5, 0xb4}

// packet builds the segment as a common stack would send it.
func (s segment) packet() *packet.Packet {
	if s.window == 0 && s.flags&packet.RST == 0 {
		s.window = 64240
	}
	if s.options == nil && s.flags&packet.SYN != 0 {
		s.options = mssOption
	}
	body := packet.TCPFields{SrcPort: s.sport, DstPort: s.dport, Seq: s.seq, Ack: s.ack, Flags: s.flags,
		Window: s.window, Options: s.options}.Encode(s.src, s.dst, s.payload)
	if s.src.Is6() {
		return decoded(packet.IPv6Fields{NextHeader: packet.ProtoTCP, HopLimit: s.ttl, Src: s.src, Dst: s.dst}.Encode(body))
	}
	return decoded(packet.IPv4Fields{Flags: 2, ID: s.id, TTL: s.ttl, Protocol: packet.ProtoTCP, Src: s.src, Dst: s.dst}.Encode(body))
}

// datagram builds a UDP packet with n payload bytes.
func datagram(src, dst netip.Addr, sport, dport uint16, n int) *packet.Packet {
	body := packet.EncodeUDP(src, dst, sport, dport, make([]byte, n))
	if src.Is6() {
		return decoded(packet.IPv6Fields{NextHeader: packet.ProtoUDP, Src: src, Dst: dst}.Encode(body))
	}
	return decoded(packet.IPv4Fields{Protocol: packet.ProtoUDP, Src: src, Dst: dst}.Encode(body))
}
