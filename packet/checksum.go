package packet

import "net/netip"

// Sum adds b, as big-endian 16-bit words, to the running one's complement sum s.
// An odd last byte counts as the high half of a word, so only the last piece of
// a message may have odd length. Fold ends it.
func Sum(b []byte, s uint64) uint64 {
	for len(b) >= 8 {
		v := be.Uint64(b)
		s += v >> 32
		s += v & 0xffffffff
		b = b[8:]
	}
	for len(b) >= 2 {
		s += uint64(b[0])<<8 | uint64(b[1])
		b = b[2:]
	}
	if len(b) == 1 {
		s += uint64(b[0]) << 8
	}
	return s
}

// Fold reduces a sum of [Sum] to 16 bits.
func Fold(s uint64) uint16 {
	for s>>16 != 0 {
		s = s&0xffff + s>>16
	}
	return uint16(s)
}

// PseudoSum is the sum over the pseudo header that TCP, UDP and ICMPv6 checksums
// include: both addresses, the protocol and the transport length.
func PseudoSum(src, dst netip.Addr, proto uint8, length int) uint64 {
	s := uint64(proto) + uint64(length)
	if src.Is4() {
		a, b := src.As4(), dst.As4()
		return Sum(b[:], Sum(a[:], s))
	}
	a, b := src.As16(), dst.As16()
	return Sum(b[:], Sum(a[:], s))
}

// pseudo is PseudoSum over p's own addresses, read in place.
func (p *Packet) pseudo(proto uint8) uint64 {
	s := uint64(proto) + uint64(p.Length-p.L4)
	if p.Family == IPv6 {
		return Sum(p.Data[8:40], s)
	}
	return Sum(p.Data[12:20], s)
}

// ChecksumOK verifies the transport checksum over the whole IP payload, with the
// pseudo header of the given protocol; proto 0 leaves the pseudo header out
// (ICMP over IPv4). A packet that is Verified or was cut by a capture passes.
func (p *Packet) ChecksumOK(proto uint8) bool {
	if p.Verified || p.Cut() > 0 {
		return true
	}
	var s uint64
	if proto != 0 {
		s = p.pseudo(proto)
	}
	f := Fold(Sum(p.Data[p.L4:], s))
	return f == 0xffff || f == 0 // 0 only of zeros: the kernel's sum has the IP header in it, which is 0xffff
}

// Offloaded reports whether the transport checksum is the one that a host leaves
// for its network card to finish: the sum of the pseudo header only. Captures
// taken on a sending host, or on a virtual link, hold such packets; the kernel
// treats them as right (CHECKSUM_PARTIAL).
func (p *Packet) Offloaded() bool {
	if p.FragOff != 0 || p.NoTransport {
		return false
	}
	b := p.Data[p.L4:]
	at := 0
	switch p.Proto {
	case ProtoTCP:
		at = 16
	case ProtoUDP:
		at = 6
	default:
		return false
	}
	return len(b) >= at+2 && be.Uint16(b[at:]) == Fold(p.pseudo(p.Proto))
}

// Finish does to a Partial packet what the device would: it writes the whole
// transport checksum.
func (p *Packet) Finish() {
	if !p.Partial {
		return
	}
	p.Partial = false
	b, at := p.Data[p.L4:], 16
	if p.Proto == ProtoUDP {
		at = 6
	}
	if len(b) >= at+2 {
		be.PutUint16(b[at:], 0)
		be.PutUint16(b[at:], ^Fold(Sum(b, p.pseudo(p.Proto))))
	}
}
