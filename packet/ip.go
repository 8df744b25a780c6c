package packet

import (
	"encoding/binary"
	"net/netip"
)

var be = binary.BigEndian

// IPv4Header is an IPv4 header: at least 20 bytes (RFC 791).
type IPv4Header []byte

// HeaderLen returns the header length in bytes (IHL*4), as written, possibly
// less than 20.
func (h IPv4Header) HeaderLen() int { return int(h[0]&0xf) * 4 }

// TOS returns the type of service byte.
func (h IPv4Header) TOS() uint8 { return h[1] }

// TotalLen returns the total length field in bytes.
func (h IPv4Header) TotalLen() int { return int(be.Uint16(h[2:])) }

// ID returns the identification field.
func (h IPv4Header) ID() uint16 { return be.Uint16(h[4:]) }

// Reserved returns the bit that the kernel's LOG calls CE (0x8000).
func (h IPv4Header) Reserved() bool { return h[6]&0x80 != 0 }

// DontFragment returns the DF bit.
func (h IPv4Header) DontFragment() bool { return h[6]&0x40 != 0 }

// MoreFragments returns the MF bit.
func (h IPv4Header) MoreFragments() bool { return h[6]&0x20 != 0 }

// FragmentOffset returns the fragment offset in bytes.
func (h IPv4Header) FragmentOffset() int { return int(be.Uint16(h[6:])&0x1fff) * 8 }

// TTL returns the time to live.
func (h IPv4Header) TTL() uint8 { return h[8] }

// Protocol returns the protocol number.
func (h IPv4Header) Protocol() uint8 { return h[9] }

// Src returns the source address.
func (h IPv4Header) Src() netip.Addr { return netip.AddrFrom4([4]byte(h[12:16])) }

// Dst returns the destination address.
func (h IPv4Header) Dst() netip.Addr { return netip.AddrFrom4([4]byte(h[16:20])) }

// ChecksumOK reports whether the header checksum is right. The header must be
// complete (HeaderLen bytes).
func (h IPv4Header) ChecksumOK() bool { return Fold(Sum(h[:h.HeaderLen()], 0)) == 0xffff }

// SetChecksum writes the header checksum.
func (h IPv4Header) SetChecksum() {
	h[10], h[11] = 0, 0
	be.PutUint16(h[10:], ^Fold(Sum(h[:h.HeaderLen()], 0)))
}

// IPv4Fields are the fields of an IPv4 header to build; zero TTL means 64.
type IPv4Fields struct {
	TOS      uint8
	ID       uint16
	Flags    uint8 // DF 2, MF 1, reserved 4: the three bits above the offset
	FragOff  int   // in bytes, a multiple of 8
	TTL      uint8
	Protocol uint8
	Src, Dst netip.Addr
	Options  []byte // padded to a multiple of 4 by the caller
	ZeroTTL  bool   // really TTL 0
}

// Encode returns the whole IPv4 packet around payload, checksum included.
func (f IPv4Fields) Encode(payload []byte) []byte {
	hl := 20 + len(f.Options)
	b := make([]byte, hl+len(payload))
	b[0] = 0x40 | byte(hl/4)
	b[1] = f.TOS
	be.PutUint16(b[2:], uint16(len(b)))
	be.PutUint16(b[4:], f.ID)
	be.PutUint16(b[6:], uint16(f.Flags)<<13|uint16(f.FragOff/8))
	b[8] = f.TTL
	if f.TTL == 0 && !f.ZeroTTL {
		b[8] = 64
	}
	b[9] = f.Protocol
	s, d := f.Src.As4(), f.Dst.As4()
	copy(b[12:], s[:])
	copy(b[16:], d[:])
	copy(b[20:], f.Options)
	copy(b[hl:], payload)
	IPv4Header(b).SetChecksum()
	return b
}

// IPv6Header is an IPv6 header: at least 40 bytes (RFC 8200).
type IPv6Header []byte

// TrafficClass returns the traffic class.
func (h IPv6Header) TrafficClass() uint8 { return h[0]<<4 | h[1]>>4 }

// FlowLabel returns the 20-bit flow label.
func (h IPv6Header) FlowLabel() uint32 { return be.Uint32(h) & 0xfffff }

// PayloadLen returns the payload length in bytes.
func (h IPv6Header) PayloadLen() int { return int(be.Uint16(h[4:])) }

// NextHeader returns the first next-header value.
func (h IPv6Header) NextHeader() uint8 { return h[6] }

// HopLimit returns the hop limit.
func (h IPv6Header) HopLimit() uint8 { return h[7] }

// Src returns the source address.
func (h IPv6Header) Src() netip.Addr { return netip.AddrFrom16([16]byte(h[8:24])) }

// Dst returns the destination address.
func (h IPv6Header) Dst() netip.Addr { return netip.AddrFrom16([16]byte(h[24:40])) }

// IPv6Fields are the fields of an IPv6 header to build; zero HopLimit means 64.
type IPv6Fields struct {
	TrafficClass uint8
	FlowLabel    uint32
	NextHeader   uint8
	HopLimit     uint8
	Src, Dst     netip.Addr
}

// Encode returns the whole IPv6 packet around payload (extension headers, if
// any, are the start of payload).
func (f IPv6Fields) Encode(payload []byte) []byte {
	b := make([]byte, 40+len(payload))
	be.PutUint32(b, 6<<28|uint32(f.TrafficClass)<<20|f.FlowLabel&0xfffff)
	be.PutUint16(b[4:], uint16(len(payload)))
	b[6] = f.NextHeader
	b[7] = f.HopLimit
	if f.HopLimit == 0 {
		b[7] = 64
	}
	s, d := f.Src.As16(), f.Dst.As16()
	copy(b[8:], s[:])
	copy(b[24:], d[:])
	copy(b[40:], payload)
	return b
}

// SetAddrs writes both addresses, which must be of p's family, and makes the
// IPv4 header checksum right; transport checksums are left as they are.
func (p *Packet) SetAddrs(src, dst netip.Addr) {
	if p.Family == IPv6 {
		s, d := src.As16(), dst.As16()
		copy(p.Data[8:], s[:])
		copy(p.Data[24:], d[:])
		return
	}
	s, d := src.As4(), dst.As4()
	copy(p.Data[12:], s[:])
	copy(p.Data[16:], d[:])
	IPv4Header(p.Data).SetChecksum()
}
