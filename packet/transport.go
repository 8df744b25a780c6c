package packet

import (
	"net/netip"
	"strings"
)

// TCP is a TCP header: at least 20 bytes (RFC 9293).
type TCP []byte

// TCP flag bits: the byte at offset 13, and AE (bit 0x100) from offset 12.
const (
	FIN uint16 = 0x01
	SYN uint16 = 0x02
	RST uint16 = 0x04
	PSH uint16 = 0x08
	ACK uint16 = 0x10
	URG uint16 = 0x20
	ECE uint16 = 0x40
	CWR uint16 = 0x80
	AE  uint16 = 0x100
)

// SrcPort returns the source port.
func (h TCP) SrcPort() uint16 { return be.Uint16(h) }

// DstPort returns the destination port.
func (h TCP) DstPort() uint16 { return be.Uint16(h[2:]) }

// Seq returns the sequence number.
func (h TCP) Seq() uint32 { return be.Uint32(h[4:]) }

// Ack returns the acknowledgement field, whether or not the ACK flag is set.
func (h TCP) Ack() uint32 { return be.Uint32(h[8:]) }

// DataOffset returns the header length in bytes as written, 0 to 60.
func (h TCP) DataOffset() int { return int(h[12]>>4) * 4 }

// Reserved returns the three reserved bits as the kernel's LOG shows them in RES=.
func (h TCP) Reserved() uint8 { return (h[12] & 0x0e) << 2 }

// Flags returns all nine flag bits, AE in bit 0x100.
func (h TCP) Flags() uint16 { return uint16(h[12]&1)<<8 | uint16(h[13]) }

// Window returns the unscaled window field.
func (h TCP) Window() uint16 { return be.Uint16(h[14:]) }

// Checksum returns the checksum field.
func (h TCP) Checksum() uint16 { return be.Uint16(h[16:]) }

// Urgent returns the urgent pointer.
func (h TCP) Urgent() uint16 { return be.Uint16(h[18:]) }

// Options returns the option bytes that are present; ok is false when the data
// offset is below 20 or points beyond the bytes.
func (h TCP) Options() (opts []byte, ok bool) {
	n := h.DataOffset()
	if n < 20 || n > len(h) {
		return nil, false
	}
	return h[20:n], true
}

// FlagNames returns the flags as words, e.g. "SYN/ACK", "RST", "FIN/PSH/URG" or
// "none"; the words people use in rules and forums.
func FlagNames(f uint16) string {
	var w []string
	for _, n := range [...]struct {
		bit  uint16
		name string
	}{{SYN, "SYN"}, {FIN, "FIN"}, {RST, "RST"}, {PSH, "PSH"}, {ACK, "ACK"}, {URG, "URG"}, {ECE, "ECE"}, {CWR, "CWR"}, {AE, "AE"}} {
		if f&n.bit != 0 {
			w = append(w, n.name)
		}
	}
	if w == nil {
		return "no flags"
	}
	return strings.Join(w, "/")
}

// TCPFields are the fields of a TCP header to build.
type TCPFields struct {
	SrcPort, DstPort uint16
	Seq, Ack         uint32
	Flags            uint16
	Reserved         uint8 // the three bits below the data offset, 0..7
	Window           uint16
	Urgent           uint16
	Options          []byte // padded to a multiple of 4 by the caller
}

// Encode returns the TCP segment around payload with its checksum over the
// pseudo header of src and dst.
func (f TCPFields) Encode(src, dst netip.Addr, payload []byte) []byte {
	hl := 20 + len(f.Options)
	b := make([]byte, hl+len(payload))
	be.PutUint16(b, f.SrcPort)
	be.PutUint16(b[2:], f.DstPort)
	be.PutUint32(b[4:], f.Seq)
	be.PutUint32(b[8:], f.Ack)
	b[12] = byte(hl/4)<<4 | f.Reserved<<1 | byte(f.Flags>>8&1)
	b[13] = byte(f.Flags)
	be.PutUint16(b[14:], f.Window)
	be.PutUint16(b[18:], f.Urgent)
	copy(b[20:], f.Options)
	copy(b[hl:], payload)
	be.PutUint16(b[16:], ^Fold(Sum(b, PseudoSum(src, dst, ProtoTCP, len(b)))))
	return b
}

// UDP is a UDP or UDP-Lite header: at least 8 bytes (RFC 768, RFC 3828).
type UDP []byte

// SrcPort returns the source port.
func (h UDP) SrcPort() uint16 { return be.Uint16(h) }

// DstPort returns the destination port.
func (h UDP) DstPort() uint16 { return be.Uint16(h[2:]) }

// Len returns the length field (UDP-Lite: checksum coverage) in bytes.
func (h UDP) Len() int { return int(be.Uint16(h[4:])) }

// Checksum returns the checksum field.
func (h UDP) Checksum() uint16 { return be.Uint16(h[6:]) }

// EncodeUDP returns a UDP datagram with its checksum.
func EncodeUDP(src, dst netip.Addr, sport, dport uint16, payload []byte) []byte {
	b := make([]byte, 8+len(payload))
	be.PutUint16(b, sport)
	be.PutUint16(b[2:], dport)
	be.PutUint16(b[4:], uint16(len(b)))
	copy(b[8:], payload)
	c := ^Fold(Sum(b, PseudoSum(src, dst, ProtoUDP, len(b))))
	if c == 0 {
		c = 0xffff
	}
	be.PutUint16(b[6:], c)
	return b
}

// ICMP is an ICMP or ICMPv6 header: at least 8 bytes (RFC 792, RFC 4443).
type ICMP []byte

// ICMP types that matter to netfilter.
const (
	ICMPEchoReply    = 0
	ICMPUnreachable  = 3
	ICMPSourceQuench = 4
	ICMPRedirect     = 5
	ICMPEcho         = 8
	ICMPTimeExceeded = 11
	ICMPParameter    = 12
)

// Type returns the type.
func (h ICMP) Type() uint8 { return h[0] }

// Code returns the code.
func (h ICMP) Code() uint8 { return h[1] }

// Checksum returns the checksum field.
func (h ICMP) Checksum() uint16 { return be.Uint16(h[2:]) }

// ID returns the identifier (bytes 4-5), whatever the type.
func (h ICMP) ID() uint16 { return be.Uint16(h[4:]) }

// Seq returns the sequence number (bytes 6-7), whatever the type.
func (h ICMP) Seq() uint16 { return be.Uint16(h[6:]) }

// Rest returns the second 32-bit word.
func (h ICMP) Rest() uint32 { return be.Uint32(h[4:]) }

// EncodeICMP returns an ICMP message with its checksum: type, code, the second
// 32-bit word and what follows.
func EncodeICMP(typ, code uint8, rest uint32, payload []byte) []byte {
	b := encodeICMP(typ, code, rest, payload)
	be.PutUint16(b[2:], ^Fold(Sum(b, 0)))
	return b
}

// EncodeICMPv6 is [EncodeICMP] for ICMPv6, whose checksum covers a pseudo header.
func EncodeICMPv6(src, dst netip.Addr, typ, code uint8, rest uint32, payload []byte) []byte {
	b := encodeICMP(typ, code, rest, payload)
	be.PutUint16(b[2:], ^Fold(Sum(b, PseudoSum(src, dst, ProtoICMPv6, len(b)))))
	return b
}

func encodeICMP(typ, code uint8, rest uint32, payload []byte) []byte {
	b := make([]byte, 8+len(payload))
	b[0], b[1] = typ, code
	be.PutUint32(b[4:], rest)
	copy(b[8:], payload)
	return b
}
