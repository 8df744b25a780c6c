package packet

import (
	"math/rand/v2"
	"net/netip"
	"os"
	"strconv"
)

// randomPacket makes IP packets that a host's hooks would see, with everything
// odd that may be inside: short and cut headers, options, fragments, ICMP errors
// around damaged packets, chains of IPv6 extension headers, reserved bits.
type randomPacket struct {
	r            *rand.Rand
	src4, dst4   netip.Addr
	src6, dst6   netip.Addr
	noIPv4Option bool
	maxQuote     int
	ports        []int // where set, the only ports
	protos       []int // where set, the only protocols
}

func newRandomPacket(seed uint64) *randomPacket {
	return &randomPacket{
		maxQuote: 600,
		r:        rand.New(rand.NewPCG(seed, 7)),
		src4:     netip.MustParseAddr("10.77.1.2"), dst4: netip.MustParseAddr("10.77.1.1"),
		src6: netip.MustParseAddr("fd77:1::2"), dst6: netip.MustParseAddr("fd77:1::1"),
	}
}

// next returns the bytes of a packet that Decode accepts.
func (g *randomPacket) next() []byte {
	for {
		b := g.ipv4(2)
		if g.r.IntN(2) == 0 {
			b = g.ipv6(2)
		}
		var p Packet
		if p.Decode(b, len(b)) == nil && len(b) <= 1400 {
			return b
		}
	}
}

func (g *randomPacket) one(of ...int) int   { return of[g.r.IntN(len(of))] }
func (g *randomPacket) often(n int) bool    { return g.r.IntN(n) != 0 }
func (g *randomPacket) seldom(n int) bool   { return g.r.IntN(n) == 0 }
func (g *randomPacket) word() uint16        { return uint16(g.r.Uint32()) }
func (g *randomPacket) bytes(n int) []byte  { return fill(make([]byte, n), g.r) }
func (g *randomPacket) upTo(n int) []byte   { return g.bytes(g.r.IntN(n + 1)) }
func (g *randomPacket) cut(b []byte) []byte { return b[:g.r.IntN(len(b)+1)] }
func (g *randomPacket) port() uint16 {
	if g.ports != nil {
		return uint16(g.one(g.ports...))
	}
	return g.word()
}
func fill(b []byte, r *rand.Rand) []byte {
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func (g *randomPacket) ipv4(depth int) []byte {
	f := IPv4Fields{TOS: byte(g.one(0, 0, 8, 0x10, 0xc0, int(g.word()&0xff))), ID: g.word(), TTL: byte(g.one(1, 64, 255, int(g.word()&0xff))),
		ZeroTTL: true, Src: g.src4, Dst: g.dst4}
	f.Protocol = byte(g.one(ProtoTCP, ProtoTCP, ProtoUDP, ProtoUDPLite, ProtoICMP, ProtoICMP, ProtoAH, ProtoESP, ProtoIGMP, ProtoGRE,
		ProtoSCTP, ProtoIPIP, ProtoICMPv6, 0, 255, int(g.word()&0xff)))
	if g.protos != nil {
		f.Protocol = byte(g.one(g.protos...))
	}
	f.Flags = byte(g.one(0, 2, 2, 2, 4, 6, 1, 7))
	if g.seldom(6) {
		f.FragOff = g.one(8, 64, 1480, 0x1fff*8)
	}
	if !g.noIPv4Option && g.seldom(5) {
		f.Options = g.bytes(4 * g.one(1, 2, 9, 10))
	}
	b := f.Encode(g.transport(f.Protocol, IPv4, depth))
	if depth < 2 { // a quoted packet may say anything
		g.damage(b, 20)
	}
	return b
}

// damage changes a header byte now and then.
func (g *randomPacket) damage(b []byte, n int) {
	at := g.r.IntN(n)
	if len(b) >= n && g.seldom(4) && (g.protos == nil || at != 9 && at != 5) { // a protocol
		b[at] = byte(g.word())
	}
}

func (g *randomPacket) ipv6(depth int) []byte {
	f := IPv6Fields{TrafficClass: byte(g.one(0, 0, 0xb8, int(g.word()&0xff))), FlowLabel: uint32(g.one(0, 0, 1, int(g.r.Uint32()&0xfffff))),
		HopLimit: byte(g.one(1, 64, 255)), Src: g.src6, Dst: g.dst6}
	proto := byte(g.one(ProtoTCP, ProtoTCP, ProtoUDP, ProtoUDPLite, ProtoICMPv6, ProtoICMPv6, ProtoESP, ProtoNoNext, ProtoICMP, ProtoSCTP,
		ProtoGRE, 135, 139, 255, int(g.word()&0xff)))
	if g.protos != nil {
		proto = byte(g.one(g.protos...))
	}
	if proto == ProtoHopByHop {
		proto = ProtoTCP
	}
	body := g.transport(proto, IPv6, depth)
	chain := g.one(0, 0, 0, 1, 2, 3)
	if g.seldom(40) { // more than one line holds
		for range 120 {
			body, proto = append([]byte{proto, 0, 1, 4, 0, 0, 0, 0}, body...), ProtoDstOpts
		}
	}
	for i := range chain {
		kind := byte(g.one(ProtoDstOpts, ProtoRouting, ProtoFragment, ProtoAH))
		if i == chain-1 && g.seldom(3) {
			kind = ProtoHopByHop // must come first
		}
		body = append(g.extension(kind, proto), body...)
		proto = kind
	}
	if proto != ProtoHopByHop && g.seldom(12) && len(body) < 200 {
		body = g.cut(body)
	}
	f.NextHeader = proto
	b := f.Encode(body)
	if depth < 2 {
		g.damage(b[1:], 39)
	}
	return b
}

func (g *randomPacket) extension(kind, next byte) []byte {
	switch kind {
	case ProtoFragment:
		off := uint16(g.one(0, 0, 8, 0xfff8)) | uint16(g.one(0, 1, 6, 7))
		return append([]byte{next, byte(g.word()), byte(off >> 8), byte(off)}, g.bytes(4)...)
	case ProtoAH:
		n := g.one(1, 1, 2, 4, 0, 200)
		if g.protos != nil {
			return append([]byte{next, 2, 0, 0}, g.bytes(12)...)
		}
		return append([]byte{next, byte(n), 0, 0}, g.bytes(g.one(8, 8, 8, 12, 4))...)
	}
	if kind == ProtoHopByHop { // the kernel discards one that it does not understand
		return []byte{next, 0, 1, 4, 0, 0, 0, 0} // PadN of four
	}
	n := g.one(0, 0, 0, 1, 2)
	return append([]byte{next, byte(n)}, g.bytes(6+8*n)...)
}

func (g *randomPacket) transport(proto byte, fam Family, depth int) []byte {
	src, dst := g.src4, g.dst4
	if fam == IPv6 {
		src, dst = g.src6, g.dst6
	}
	b := g.upTo(40)
	switch proto {
	case ProtoTCP:
		f := TCPFields{SrcPort: g.port(), DstPort: g.port(), Seq: g.r.Uint32(), Ack: g.r.Uint32(), Flags: uint16(g.one(2, 0x12, 4, 0x14, 0x10, int(g.word()&0x1ff))),
			Reserved: byte(g.one(0, 0, 0, 1, 7)), Window: g.word(), Urgent: uint16(g.one(0, 0, int(g.word()))), Options: g.tcpOptions()}
		b = f.Encode(src, dst, g.upTo(20))
		if g.seldom(6) {
			b[12] = b[12]&15 | byte(g.r.IntN(16))<<4
		}
	case ProtoUDP, ProtoUDPLite:
		b = EncodeUDP(src, dst, g.port(), g.port(), g.upTo(20))
		if g.seldom(4) {
			be.PutUint16(b[4:], g.word())
		}
	case ProtoICMP:
		typ := byte(g.one(0, 3, 3, 4, 5, 8, 11, 12, 13, 14, 17, 18, 30, int(g.word()&0xff)))
		b = EncodeICMP(typ, byte(g.one(0, 1, 3, 4, 13)), g.r.Uint32(), g.quoted(IPv4, depth))
	case ProtoICMPv6:
		typ := byte(g.one(1, 2, 3, 4, 128, 129, 130, 135, 137, 143, int(g.word()&0xff)))
		if g.protos != nil {
			typ = byte(g.one(1, 1, 2, 3, 4, 128, 129, 131, 132, 133, 134, 135, 136, 137, 143, 210))
		}
		b = EncodeICMPv6(src, dst, typ, byte(g.one(0, 1, 3, 4)), g.r.Uint32(), g.quoted(IPv6, depth))
	}
	if g.seldom(7) {
		b = g.cut(b)
	}
	return b
}

// tcpOptions returns options as they are used, sometimes damaged.
func (g *randomPacket) tcpOptions() []byte {
	if g.protos == nil && g.seldom(2) {
		return g.bytes(4 * g.one(0, 0, 1, 5, 10))
	}
	var b []byte
	for range g.one(0, 0, 1, 1, 2, 3, 4, 5) {
		n := 0
		kind := g.one(0, 1, 1, 2, 2, 3, 4, 5, 5, 6, 7, 8, 8, 11, 12, 13, 19, 20, 28, 29, 34, 99, 254)
		switch kind {
		case 2, 20, 28:
			n = 2
		case 3:
			n = 1
		case 5:
			n = 8 * g.one(1, 2, 3)
		case 6, 7, 11, 12, 13:
			n = 4
		case 8:
			n = 8
		case 19:
			n = 16
		case 29, 34, 99, 254:
			n = g.one(0, 2, 4, 9)
		}
		o := []byte{byte(kind)}
		if kind > 1 {
			o = append(append(o, byte(n+2)), g.bytes(n)...)
		}
		if g.seldom(30) && kind > 1 {
			o[1] = byte(g.r.IntN(12))
		}
		if len(b)+len(o) <= 40 {
			b = append(b, o...)
		}
	}
	for len(b)%4 != 0 {
		b = append(b, byte(g.one(0, 1)))
	}
	return b
}

// quoted is what follows an ICMP header.
func (g *randomPacket) quoted(fam Family, depth int) []byte {
	if depth == 0 || g.seldom(5) {
		return g.upTo(30)
	}
	b := g.ipv4(depth - 1)
	if fam == IPv6 {
		b = g.ipv6(depth - 1)
	}
	if g.seldom(3) {
		b = g.cut(b)
	}
	return b[:min(len(b), g.maxQuote)]
}

// roundsOr is how many random packets to try: NFWHY_N, or n.
func roundsOr(n int) int {
	if v, err := strconv.Atoi(os.Getenv("NFWHY_N")); err == nil {
		return v
	}
	return n
}
