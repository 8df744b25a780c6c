package packet

import (
	"net/netip"
	"strconv"
)

// AppendTcpdump appends what "tcpdump -n -S" (4.99.3) prints for p behind the
// timestamp and returns the extended slice: one line without its newline, with
// absolute sequence numbers. verbose 1 is the form of -v, which has further
// lines; 2 adds sequence numbers to every TCP segment as -vv does.
//
// TCP, UDP, ICMP, ICMPv6, ESP, AH, IGMP, fragments, extension headers and
// packets in packets are told in full. What is above TCP and UDP is not
// dissected: a datagram to port 53 is "UDP, length 33"; MPTCP options are shown
// as bytes, other protocols as number and length.
func (p *Packet) AppendTcpdump(dst []byte, verbose int) []byte {
	t := dumpText{dst: dst, v: verbose}
	if p.Family == IPv6 {
		t.ip6(p.Data, p.Length)
	} else {
		t.ip4(p.Data, p.Length)
	}
	return t.dst
}

// dumpText is one packet being printed. Reading behind the captured bytes ends
// the text with [|proto]; whatever would be written after that is dropped.
type dumpText struct {
	dst   []byte
	v     int
	proto string // who reads: named where the text ends early
	ended bool
	depth int
	// closing is written behind [|proto].
	closing string
	// local says that the end is the innermost packet's only: where an ICMP error
	// quotes it, the error's own text goes on.
	local bool
}

// dumpHeader is the IP header around what is printed.
type dumpHeader struct {
	b          []byte // from the IP header to the end of what was captured
	family     Family
	fragmented bool
	first      uint8  // what the IP header itself calls its payload
	final      []byte // the destination that checksums are made with, if not the header's
}

func (h dumpHeader) src() netip.Addr {
	if h.family == IPv6 {
		return IPv6Header(h.b).Src()
	}
	return IPv4Header(h.b).Src()
}

func (h dumpHeader) dst() netip.Addr {
	if h.family == IPv6 {
		return IPv6Header(h.b).Dst()
	}
	return IPv4Header(h.b).Dst()
}

// ip4 prints an IPv4 packet: b is what was captured of its length bytes.
func (t *dumpText) ip4(b []byte, length int) {
	t.proto = "ip"
	if version := t.u8(b, 0) >> 4; version != 4 && !t.ended {
		if version == 6 {
			t.str("IP6, wrong link-layer encapsulation")
		} else {
			t.num("IP", uint32(version))
		}
		t.str(" (invalid)")
		return
	}
	t.str("IP ")
	if !t.has(b, 0, 20) {
		return
	}
	h := IPv4Header(b)
	hl, total := h.HeaderLen(), h.TotalLen()
	switch {
	case length < 20:
		t.num("truncated-ip ", uint32(length))
		return
	case hl < 20:
		t.num("bad-hlen ", uint32(hl))
		return
	}
	if length < total {
		t.num("truncated-ip - ", uint32(total-length))
		t.str(" bytes missing! ")
	}
	if total < hl {
		if total != 0 { // 0 is taken for a packet that the card is to cut up
			t.num("bad-len ", uint32(total))
			return
		}
		total = length
	}
	b = b[:min(len(b), total)]
	if t.v > 0 && !t.header4(b, hl) {
		return
	}
	src, dst := h.Src(), h.Dst()
	if h.FragmentOffset() != 0 {
		t.pair(src, dst, ":")
		t.num(" ip-proto-", uint32(h.Protocol()))
		return
	}
	if !ownsPorts(h.Protocol()) {
		t.pair(src, dst, ": ")
	}
	if len(b) < hl {
		t.num(" [remaining caplen(", uint32(len(b)))
		t.num(") < header length(", uint32(hl))
		t.str(")]")
		t.end()
		return
	}
	t.payload(h.Protocol(), b[hl:], total-hl, dumpHeader{b: b, family: IPv4, fragmented: h.MoreFragments(), first: h.Protocol()})
}

// header4 prints what -v shows of the IPv4 header; false when it ends the text.
func (t *dumpText) header4(b []byte, hl int) bool {
	h := IPv4Header(b)
	t.hex("(tos 0x", uint32(h.TOS()), 1)
	t.str([...]string{"", ",ECT(1)", ",ECT(0)", ",CE"}[h.TOS()&3])
	if h.TTL() > 0 {
		t.num(", ttl ", uint32(h.TTL()))
	}
	t.num(", id ", uint32(h.ID()))
	t.num(", offset ", uint32(h.FragmentOffset()))
	t.str(", flags [")
	t.str(fragmentWords[b[6]>>5])
	t.str("], proto ")
	t.str(dumpProtoName(h.Protocol()))
	t.num(" (", uint32(h.Protocol()))
	t.num("), length ", uint32(h.TotalLen()))
	whole := true
	if hl > 20 {
		t.str(", options (")
		if whole = t.options4(b[20:], hl-20); !whole {
			t.str(" [truncated-option]")
		}
		t.str(")")
	}
	if len(b) >= hl && !h.ChecksumOK() {
		t.hex(", bad cksum ", uint32(be.Uint16(b[10:])), 1)
		t.hex(" (->", uint32(rightSum(be.Uint16(b[10:]), Fold(Sum(b[:hl], 0)))), 1)
		t.str(")!")
	}
	t.str(")\n    ")
	if !whole {
		t.pair(h.Src(), h.Dst(), ": ")
		t.end()
	}
	return whole
}

// rightSum is the checksum that a field should have had: was is the field, sum
// the folded sum over everything with it.
func rightSum(was, sum uint16) uint16 {
	return Fold(uint64(was) + uint64(^sum))
}

var fragmentWords = [8]string{"none", "+", "DF", "+, DF", "rsvd", "+, rsvd", "DF, rsvd", "+, DF, rsvd"}

// ownsPorts reports whether the protocol's own printer writes the addresses.
func ownsPorts(proto uint8) bool {
	return proto == ProtoTCP || proto == ProtoUDP || proto == ProtoSCTP || proto == ProtoDCCP
}

// payload prints what an IP header carries: length bytes, of which b was
// captured.
func (t *dumpText) payload(proto uint8, b []byte, length int, h dumpHeader) {
	for {
		switch proto {
		case ProtoAH:
			n := t.ah(b, length)
			if n == 0 || t.ended {
				return
			}
			proto, b, length = b[0], b[n:], length-n
			continue
		case ProtoESP:
			t.proto = "esp"
			if !t.need(b, 0, 9) {
				return
			}
			t.hex("ESP(spi=0x", t.u32(b, 0), 8)
			t.hex(",seq=0x", t.u32(b, 4), 1)
			t.num("), length ", uint32(length))
		case ProtoTCP:
			t.tcp(b, length, h)
		case ProtoUDP:
			t.udp(b, length, h)
		case ProtoSCTP, ProtoDCCP:
			t.ports(proto, b, length, h)
		case ProtoICMP:
			if h.family == IPv4 {
				t.icmp(b, length, h.fragmented)
			} else {
				t.str("[ICMP requires IPv4] (invalid)")
			}
		case ProtoICMPv6:
			if h.family == IPv6 {
				t.icmp6(b, length, h)
			} else {
				t.str("[ICMPv6 requires IPv6] (invalid)")
			}
		case ProtoIGMP:
			t.igmp(b, length)
		case ProtoIPIP, 41:
			t.inner(proto, b, length)
		case ProtoNoNext:
			t.str("no next header")
		default:
			t.other(proto, length)
		}
		return
	}
}

func (t *dumpText) other(proto uint8, length int) {
	t.num(" ip-proto-", uint32(proto))
	t.num(" ", uint32(length))
}

// inner prints a packet in a packet, to a depth that no real packet reaches.
func (t *dumpText) inner(proto uint8, b []byte, length int) {
	if t.depth++; t.depth > 16 {
		return
	}
	if proto == 41 {
		t.ip6(b, length)
	} else {
		t.ip4(b, length)
	}
}

// ah prints an authentication header and returns its length, 0 when the text
// ends with it.
func (t *dumpText) ah(b []byte, length int) int {
	t.proto = "ah"
	t.need(b, 0, 1)
	t.str("AH")
	n := (int(t.u8(b, 1)) + 2) * 4
	t.str("(")
	if t.v > 0 {
		t.num("length=", uint32(t.u8(b, 1)))
		t.num("(", uint32(n))
		t.str("-bytes),")
	}
	reserved := t.u16(b, 2)
	if reserved != 0 {
		t.hex("reserved=0x", uint32(reserved), 1)
		t.str("[MustBeZero],")
	}
	t.hex("spi=0x", t.u32(b, 4), 8)
	t.str(",")
	t.hex("seq=0x", t.u32(b, 8), 1)
	t.str(",icv=0x")
	for i := 12; i < n; i++ {
		t.hex("", uint32(t.u8(b, i)), 2)
	}
	t.str("): ")
	if n > length || n > len(b) {
		t.end()
		return 0
	}
	return n
}

// ports prints the addresses of a protocol whose inside is not dissected.
func (t *dumpText) ports(proto uint8, b []byte, length int, h dumpHeader) {
	t.proto = "sctp"
	if proto == ProtoDCCP {
		t.proto = "dccp"
	}
	t.endpoints(proto, h, t.u16(b, 0), t.u16(b, 2))
	t.str(t.proto)
	t.num(", length ", uint32(length))
}

// dumpProtoName is the name of a protocol in the -v header.
func dumpProtoName(p uint8) string {
	switch p {
	case ProtoHopByHop:
		return "Options"
	case ProtoRouting:
		return "Routing"
	case ProtoFragment:
		return "Fragment"
	case ProtoICMP:
		return "ICMP"
	case ProtoIGMP:
		return "IGMP"
	case 4:
		return "IPIP"
	case ProtoTCP:
		return "TCP"
	case 8:
		return "EGP"
	case 9:
		return "IGRP"
	case ProtoUDP:
		return "UDP"
	case ProtoDCCP:
		return "DCCP"
	case 41:
		return "IPv6"
	case 46:
		return "RSVP"
	case ProtoGRE:
		return "GRE"
	case ProtoESP:
		return "ESP"
	case ProtoAH:
		return "AH"
	case 55:
		return "Mobile IP"
	case ProtoICMPv6:
		return "ICMPv6"
	case 62:
		return "Mobile IP (old)"
	case 143:
		return "Ethernet"
	case 88:
		return "EIGRP"
	case 89:
		return "OSPF"
	case 103:
		return "PIM"
	case 108:
		return "Compressed IP"
	case 112:
		return "VRRP"
	case 113:
		return "PGM"
	case ProtoSCTP:
		return "SCTP"
	case 135:
		return "Mobility"
	}
	return "unknown"
}

// need ends the text when the n bytes at off were not captured.
func (t *dumpText) need(b []byte, off, n int) bool {
	if off+n > len(b) {
		t.end()
	}
	return !t.ended
}

// has is need for the reads whose failure ends the innermost packet only.
func (t *dumpText) has(b []byte, off, n int) bool {
	if off+n > len(b) && !t.ended {
		t.end()
		t.local = true
	}
	return !t.ended
}

// end ends the text.
func (t *dumpText) end() {
	if t.ended {
		return
	}
	t.str(" [|")
	t.str(t.proto)
	t.str("]")
	t.str(t.closing)
	t.ended = true
}

func (t *dumpText) u8(b []byte, off int) uint8 {
	if !t.need(b, off, 1) {
		return 0
	}
	return b[off]
}

func (t *dumpText) u16(b []byte, off int) uint16 {
	if !t.need(b, off, 2) {
		return 0
	}
	return be.Uint16(b[off:])
}

func (t *dumpText) u32(b []byte, off int) uint32 {
	if !t.need(b, off, 4) {
		return 0
	}
	return be.Uint32(b[off:])
}

func (t *dumpText) str(s string) {
	if !t.ended {
		t.dst = append(t.dst, s...)
	}
}

// num writes s and the number in decimal.
func (t *dumpText) num(s string, v uint32) {
	if !t.ended {
		t.dst = append(t.dst, s...)
		t.dst = strconv.AppendUint(t.dst, uint64(v), 10)
	}
}

// hex writes s and the number in hexadecimal with at least width digits.
func (t *dumpText) hex(s string, v uint32, width int) {
	if t.ended {
		return
	}
	t.dst = append(t.dst, s...)
	for shift := 28; shift >= 0; shift -= 4 {
		if v>>shift != 0 || shift/4 < width {
			t.dst = append(t.dst, lowerHex[v>>shift&15])
		}
	}
}

func (t *dumpText) addr(a netip.Addr) {
	if !t.ended {
		t.dst = a.AppendTo(t.dst)
	}
}

// addr4 writes the IPv4 address at the start of b.
func (t *dumpText) addr4(b []byte) { t.addr(netip.AddrFrom4([4]byte(b[:4]))) }

// addr6 writes the IPv6 address at off.
func (t *dumpText) addr6(b []byte, off int) {
	if t.need(b, off, 16) {
		t.addr(netip.AddrFrom16([16]byte(b[off : off+16])))
	}
}

func (t *dumpText) pair(src, dst netip.Addr, end string) {
	t.addr(src)
	t.str(" > ")
	t.addr(dst)
	t.str(end)
}

// endpoints writes both addresses with their ports, or the ports alone behind AH
// and IPv6 extension headers, where the addresses are told already.
func (t *dumpText) endpoints(proto uint8, h dumpHeader, sport, dport uint16) {
	if h.first != proto {
		t.num("", uint32(sport))
		t.num(" > ", uint32(dport))
		t.str(": ")
		return
	}
	t.addr(h.src())
	t.num(".", uint32(sport))
	t.str(" > ")
	t.addr(h.dst())
	t.num(".", uint32(dport))
	t.str(": ")
}
