package craft

import (
	"fmt"
	"net/netip"

	"nfwhy/packet"
)

// Spec describes a packet to build. Src and Dst must be valid and of one family;
// the zero value of every other field stands in the packet as it is, but for TTL.
type Spec struct {
	Src, Dst netip.Addr
	// Proto is the protocol behind the IP header. ICMP is packet.ProtoICMP for
	// both families.
	Proto uint8

	TTL       uint8 // hop limit of IPv6; 0 means 64 unless ZeroTTL
	ZeroTTL   bool
	TOS       uint8 // traffic class of IPv6
	ID        uint16
	DF        bool
	FlowLabel uint32
	IPOptions []byte // IPv4 only

	SrcPort, DstPort uint16

	Flags      uint16
	Reserved   uint8 // the three bits below the data offset
	Seq, Ack   uint32
	Window     uint16
	Urgent     uint16
	TCPOptions []byte

	Type, Code uint8
	Rest       uint32 // the second word of an ICMP header; ID and sequence of an echo

	Payload []byte
	// BadChecksum makes the transport checksum wrong.
	BadChecksum bool
}

// maxPacket is the largest IPv4 packet; of IPv6 it leaves out what only a
// jumbogram could have.
const maxPacket = 65535

// Build returns the packet from the IP header on.
func (s *Spec) Build() ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	body := s.transport()
	var b []byte
	if s.Src.Is4() {
		if 20+len(pad4(s.IPOptions))+len(body) > maxPacket {
			return nil, fmt.Errorf("packet of %d bytes (expected at most %d)", 20+len(pad4(s.IPOptions))+len(body), maxPacket)
		}
		f := packet.IPv4Fields{TOS: s.TOS, ID: s.ID, TTL: s.TTL, ZeroTTL: s.ZeroTTL, Protocol: s.Proto,
			Src: s.Src, Dst: s.Dst, Options: pad4(s.IPOptions)}
		if s.DF {
			f.Flags = 2
		}
		b = f.Encode(body)
	} else {
		if 40+len(body) > maxPacket {
			return nil, fmt.Errorf("packet of %d bytes (expected at most %d)", 40+len(body), maxPacket)
		}
		b = packet.IPv6Fields{TrafficClass: s.TOS, FlowLabel: s.FlowLabel, NextHeader: s.proto6(), HopLimit: s.TTL,
			Src: s.Src, Dst: s.Dst}.Encode(body)
		if s.ZeroTTL && s.TTL == 0 {
			b[7] = 0
		}
	}
	if s.BadChecksum {
		spoil(b)
	}
	return b, nil
}

func (s *Spec) check() error {
	switch {
	case !s.Src.IsValid() || !s.Dst.IsValid():
		return fmt.Errorf("source %v, destination %v (expected two addresses)", s.Src, s.Dst)
	case s.Src.Is4() != s.Dst.Is4():
		return fmt.Errorf("source %v and destination %v are of different families", s.Src, s.Dst)
	case len(s.IPOptions) > 40:
		return fmt.Errorf("IP options of %d bytes (expected at most 40)", len(s.IPOptions))
	case len(s.IPOptions) > 0 && s.Src.Is6():
		return fmt.Errorf("IP options in an IPv6 packet (IPv4 only)")
	case len(s.TCPOptions) > 40:
		return fmt.Errorf("TCP options of %d bytes (expected at most 40)", len(s.TCPOptions))
	case s.Reserved > 7:
		return fmt.Errorf("reserved bits %d (expected 0 to 7)", s.Reserved)
	case s.FlowLabel > 0xfffff:
		return fmt.Errorf("flow label %#x (expected at most 0xfffff)", s.FlowLabel)
	}
	return nil
}

// proto6 is the protocol number in an IPv6 header.
func (s *Spec) proto6() uint8 {
	if s.Proto == packet.ProtoICMP {
		return packet.ProtoICMPv6
	}
	return s.Proto
}

// transport returns everything behind the IP header.
func (s *Spec) transport() []byte {
	switch s.Proto {
	case packet.ProtoTCP:
		return packet.TCPFields{SrcPort: s.SrcPort, DstPort: s.DstPort, Seq: s.Seq, Ack: s.Ack, Flags: s.Flags,
			Reserved: s.Reserved, Window: s.Window, Urgent: s.Urgent, Options: pad4(s.TCPOptions)}.Encode(s.Src, s.Dst, s.Payload)
	case packet.ProtoUDP:
		return packet.EncodeUDP(s.Src, s.Dst, s.SrcPort, s.DstPort, s.Payload)
	case packet.ProtoICMP, packet.ProtoICMPv6:
		if s.Src.Is6() {
			return packet.EncodeICMPv6(s.Src, s.Dst, s.Type, s.Code, s.Rest, s.Payload)
		}
		if s.Proto == packet.ProtoICMP {
			return packet.EncodeICMP(s.Type, s.Code, s.Rest, s.Payload)
		}
	}
	return s.Payload
}

// pad4 fills options up to a multiple of four with end-of-options.
func pad4(opts []byte) []byte {
	if len(opts)%4 == 0 {
		return opts
	}
	b := make([]byte, (len(opts)+3)&^3)
	copy(b, opts)
	return b
}

// Steps say what changes from one packet of a series to the next.
type Steps struct {
	KeepSrcPort bool // hping3 -k; otherwise the source port goes up by one
	DstPort     bool // hping3 -p ++N: the destination port goes up by one
}

// Next returns the packet that follows s in a series: ID, and the sequence
// number of an ICMP echo, go up by one, ports as steps say.
func (s Spec) Next(steps Steps) Spec {
	s.ID++
	if !steps.KeepSrcPort {
		s.SrcPort++
	}
	if steps.DstPort {
		s.DstPort++
	}
	if s.echo() {
		s.Rest = s.Rest&0xffff0000 | (s.Rest+1)&0xffff
	}
	return s
}

// echo reports whether s is a request or answer with ID and sequence number.
func (s *Spec) echo() bool {
	if s.Proto != packet.ProtoICMP && s.Proto != packet.ProtoICMPv6 {
		return false
	}
	if s.Src.Is6() {
		return s.Type == 128 || s.Type == 129
	}
	switch s.Type {
	case 0, 8, 13, 14, 15, 16, 17, 18:
		return true
	}
	return false
}
