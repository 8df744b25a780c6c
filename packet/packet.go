package packet

import (
	"errors"
	"fmt"
	"net/netip"
)

// Time is an instant: nanoseconds since the Unix epoch. All clocks of nfwhy are
// packet times; nothing in the engine reads the wall clock.
type Time int64

// Second is one second of [Time].
const Second Time = 1e9

// JiffyHz is the kernel's tick rate that timeouts and token buckets are counted
// in (CONFIG_HZ=250, what Debian and most distributions build).
const JiffyHz = 250

// Jiffies is the number of whole kernel ticks in t. The kernel's own origin is
// another one; only differences matter.
func (t Time) Jiffies() int64 { return int64(t) / (int64(Second) / JiffyHz) }

// Add returns t moved by s seconds.
func (t Time) Add(s float64) Time { return t + Time(s*float64(Second)) }

// Family is the IP version, 4 or 6. The zero value means none.
type Family uint8

// The two families that netfilter keeps rules for.
const (
	IPv4 Family = 4
	IPv6 Family = 6
)

// String returns "IPv4", "IPv6" or "none".
func (f Family) String() string {
	switch f {
	case IPv4:
		return "IPv4"
	case IPv6:
		return "IPv6"
	}
	return "none"
}

// Hook is one of netfilter's five places in a packet's way through the host:
//
//	            +------------+   route    +---------+            +-------------+
//	arrives --> | PREROUTING | --to other-> FORWARD  | ---------> | POSTROUTING | --> leaves
//	            +------------+            +---------+         +-> +-------------+
//	                  | to this host                          |
//	                  v                                       |
//	             +-------+                               +--------+
//	             | INPUT | --> local process --> route ->| OUTPUT |
//	             +-------+                               +--------+
//
// The numbers are the kernel's (include/uapi/linux/netfilter.h, NF_INET_*).
type Hook uint8

// The hooks, in the kernel's numbering.
const (
	Prerouting  Hook = 0 // NF_INET_PRE_ROUTING
	Input       Hook = 1 // NF_INET_LOCAL_IN
	Forward     Hook = 2 // NF_INET_FORWARD
	Output      Hook = 3 // NF_INET_LOCAL_OUT
	Postrouting Hook = 4 // NF_INET_POST_ROUTING
	NumHooks         = 5
)

var hookNames = [NumHooks]string{"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"}

// String returns the hook's name as iptables writes its built-in chains.
func (h Hook) String() string {
	if h < NumHooks {
		return hookNames[h]
	}
	return fmt.Sprintf("hook(%d)", uint8(h))
}

// Cast says whom the link layer addressed (skb->pkt_type).
type Cast uint8

// The kernel's packet types (include/uapi/linux/if_packet.h).
const (
	CastHost      Cast = 0 // PACKET_HOST: to this host
	CastBroadcast Cast = 1 // PACKET_BROADCAST
	CastMulticast Cast = 2 // PACKET_MULTICAST
	CastOther     Cast = 3 // PACKET_OTHERHOST: discarded before PREROUTING
	CastOutgoing  Cast = 4 // PACKET_OUTGOING: seen when leaving
	CastLoopback  Cast = 5 // PACKET_LOOPBACK: looped back by the host itself
)

// IP protocol numbers that netfilter or its LOG text know by name.
const (
	ProtoHopByHop = 0
	ProtoICMP     = 1
	ProtoIGMP     = 2
	ProtoIPIP     = 4
	ProtoTCP      = 6
	ProtoUDP      = 17
	ProtoDCCP     = 33
	ProtoRouting  = 43
	ProtoFragment = 44
	ProtoGRE      = 47
	ProtoESP      = 50
	ProtoAH       = 51
	ProtoICMPv6   = 58
	ProtoNoNext   = 59
	ProtoDstOpts  = 60
	ProtoSCTP     = 132
	ProtoUDPLite  = 136
)

// Packet is one packet at the IP layer. The zero value holds nothing; fill it
// with [Packet.Decode]. A Packet does not own its bytes.
type Packet struct {
	// Data starts at the IP header and is trimmed to the length the IP header
	// gives. It is shorter than Length when a capture cut the packet.
	Data []byte
	// Length is skb->len: IPv4 total length, IPv6 payload length + 40.
	Length int
	// Link is the received link header (14 bytes for Ethernet), nil for none.
	Link []byte
	// VLAN is the tag control information of a stripped 802.1Q tag, with
	// VLANProto its EtherType; VLANProto 0 means untagged.
	VLAN, VLANProto uint16
	// Cast is how the link layer addressed the packet.
	Cast Cast
	// Mark is skb->mark (nfmark).
	Mark uint32
	// PhysIn and PhysOut are bridge ports (br_netfilter), "" when not bridged.
	PhysIn, PhysOut string
	// UID and GID belong to the local socket that sent or will receive the
	// packet; valid iff Socket.
	UID, GID uint32
	Socket   bool
	// Verified says that the transport checksum need not be looked at: the
	// packet was made on this host, or a capture cut it.
	Verified bool
	// Partial says that the transport checksum field holds the sum of the pseudo
	// header only, which the device will finish (CHECKSUM_PARTIAL).
	Partial bool

	// What Decode found.

	Family Family
	// Proto is the transport protocol: the IPv4 protocol field, or what the walk
	// over the IPv6 extension headers ended at.
	Proto uint8
	// L4 is the offset of the transport header in Data. L4 <= len(Data).
	L4 int
	// FragOff is the fragment offset in bytes; MoreFrags the MF bit.
	FragOff   int
	MoreFrags bool
	// NoTransport says that no transport header can be found: an IPv6 chain that
	// is cut, ends in no-next-header, or belongs to a later fragment; IPv4
	// header length beyond the packet. (FragOff of IPv4 is not included.)
	NoTransport bool
}

// Errors of [Packet.Decode]. The kernel discards such packets before any hook
// (ip_rcv_core, ip6_rcv_core; Linux 6.18).
var (
	ErrNotIP     = errors.New("not an IPv4 or IPv6 packet")
	ErrHeader    = errors.New("IP header length is impossible")
	ErrTruncated = errors.New("IP packet is shorter than its header says")
	ErrChecksum  = errors.New("IPv4 header checksum is wrong")
)

// Decode fills the decoded fields of p from data, which starts at the IP header.
// wire is how many bytes were on the wire from there on; it exceeds len(data)
// when a capture cut the packet. Link padding after the IP packet is trimmed.
// The IPv4 header checksum is not verified here (see [IPv4Header.ChecksumOK]):
// captures of offloading hosts hold zero checksums.
func (p *Packet) Decode(data []byte, wire int) error {
	if len(data) < 1 {
		return ErrNotIP
	}
	if wire < len(data) {
		wire = len(data)
	}
	p.FragOff, p.MoreFrags, p.NoTransport = 0, false, false
	switch data[0] >> 4 {
	case 4:
		if len(data) < 20 {
			return ErrTruncated
		}
		h := IPv4Header(data)
		hl := h.HeaderLen()
		if hl < 20 || h.TotalLen() < hl {
			return ErrHeader
		}
		if h.TotalLen() > wire || hl > len(data) {
			return ErrTruncated
		}
		p.Family = IPv4
		p.Length = h.TotalLen()
		p.Data = data[:min(len(data), p.Length)]
		p.Proto = h.Protocol()
		p.L4 = hl
		p.FragOff = h.FragmentOffset()
		p.MoreFrags = h.MoreFragments()
		return nil
	case 6:
		if len(data) < 40 {
			return ErrTruncated
		}
		h := IPv6Header(data)
		p.Length = 40 + h.PayloadLen()
		if p.Length > wire {
			return ErrTruncated
		}
		p.Family = IPv6
		p.Data = data[:min(len(data), p.Length)]
		p.walkIPv6()
		return nil
	}
	return ErrNotIP
}

// walkIPv6 finds the transport header behind the extension headers
// (net/ipv6/exthdrs_core.c: ipv6_skip_exthdr, Linux 6.18): hop-by-hop, routing,
// fragment, destination options and AH are passed.
func (p *Packet) walkIPv6() {
	next, off := p.Data[6], 40
	for {
		if next == ProtoNoNext {
			p.Proto, p.L4, p.NoTransport = next, off, true
			return
		}
		if !IsExtensionHeader(next) {
			p.Proto, p.L4 = next, off
			return
		}
		if len(p.Data)-off < 8 {
			p.Proto, p.L4, p.NoTransport = next, off, true
			return
		}
		h := p.Data[off:]
		n := int(h[1]+0)*8 + 8
		switch next {
		case ProtoFragment:
			fo := int(h[2])<<8 | int(h[3])
			p.FragOff, p.MoreFrags = fo&^7, fo&1 != 0
			n = 8
			if p.FragOff != 0 {
				p.Proto, p.L4, p.NoTransport = h[0], off+n, true
				if p.L4 > len(p.Data) {
					p.L4 = len(p.Data)
				}
				return
			}
		case ProtoAH:
			n = (int(h[1]) + 2) * 4
		}
		next = h[0]
		off += n
		if off > len(p.Data) {
			p.Proto, p.L4, p.NoTransport = next, len(p.Data), true
			return
		}
	}
}

// IsExtensionHeader reports whether an IPv6 next-header value is an extension
// header that the walk to the transport header passes over.
func IsExtensionHeader(next uint8) bool {
	switch next {
	case ProtoHopByHop, ProtoRouting, ProtoFragment, ProtoDstOpts, ProtoAH:
		return true
	}
	return false
}

// Cut returns how many bytes of the packet a capture did not keep.
func (p *Packet) Cut() int { return p.Length - len(p.Data) }

// Payload returns the bytes from the transport header on.
func (p *Packet) Payload() []byte { return p.Data[p.L4:] }

// Src returns the source address.
func (p *Packet) Src() netip.Addr {
	if p.Family == IPv6 {
		return IPv6Header(p.Data).Src()
	}
	return IPv4Header(p.Data).Src()
}

// Dst returns the destination address.
func (p *Packet) Dst() netip.Addr {
	if p.Family == IPv6 {
		return IPv6Header(p.Data).Dst()
	}
	return IPv4Header(p.Data).Dst()
}

// TTL returns the IPv4 time to live or the IPv6 hop limit.
func (p *Packet) TTL() uint8 {
	if p.Family == IPv6 {
		return p.Data[7]
	}
	return p.Data[8]
}

// SetTTL writes the time to live or hop limit and keeps the IPv4 header
// checksum right.
func (p *Packet) SetTTL(v uint8) {
	if p.Family == IPv6 {
		p.Data[7] = v
		return
	}
	h := IPv4Header(p.Data)
	h[8] = v
	h.SetChecksum()
}

// TOS returns the IPv4 type of service byte or the IPv6 traffic class.
func (p *Packet) TOS() uint8 {
	if p.Family == IPv6 {
		return IPv6Header(p.Data).TrafficClass()
	}
	return p.Data[1]
}

// TCP returns the TCP header view; ok is false when p is no TCP packet, is a
// later fragment, or holds fewer than the 20 bytes every TCP header has.
func (p *Packet) TCP() (h TCP, ok bool) {
	if p.Proto != ProtoTCP || p.FragOff != 0 || p.NoTransport || len(p.Data)-p.L4 < 20 {
		return nil, false
	}
	return TCP(p.Data[p.L4:]), true
}

// UDP returns the UDP (or UDP-Lite) header view; ok is false when p is neither,
// is a later fragment, or holds fewer than 8 transport bytes.
func (p *Packet) UDP() (h UDP, ok bool) {
	if p.Proto != ProtoUDP && p.Proto != ProtoUDPLite || p.FragOff != 0 || p.NoTransport || len(p.Data)-p.L4 < 8 {
		return nil, false
	}
	return UDP(p.Data[p.L4:]), true
}

// ICMP returns the ICMP or ICMPv6 header view; ok is false when p is neither of
// its own family, is a later fragment, or holds fewer than 8 transport bytes.
func (p *Packet) ICMP() (h ICMP, ok bool) {
	want := uint8(ProtoICMP)
	if p.Family == IPv6 {
		want = ProtoICMPv6
	}
	if p.Proto != want || p.FragOff != 0 || p.NoTransport || len(p.Data)-p.L4 < 8 {
		return nil, false
	}
	return ICMP(p.Data[p.L4:]), true
}

// Ports returns the first two 16-bit words of the transport header, where TCP,
// UDP, UDP-Lite, SCTP and DCCP have their ports; ok is false for other
// protocols, later fragments and headers cut before byte 4.
func (p *Packet) Ports() (src, dst uint16, ok bool) {
	switch p.Proto {
	case ProtoTCP, ProtoUDP, ProtoUDPLite, ProtoSCTP, ProtoDCCP:
	default:
		return 0, 0, false
	}
	if p.FragOff != 0 || p.NoTransport || len(p.Data)-p.L4 < 4 {
		return 0, 0, false
	}
	b := p.Data[p.L4:]
	return uint16(b[0])<<8 | uint16(b[1]), uint16(b[2])<<8 | uint16(b[3]), true
}

// Clone returns a copy of p that shares no bytes with it.
func (p *Packet) Clone() *Packet {
	q := *p
	q.Data = append([]byte(nil), p.Data...)
	if p.Link != nil {
		q.Link = append([]byte{}, p.Link...) // empty is not nil
	}
	return &q
}
