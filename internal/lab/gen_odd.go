package lab

import (
	"net/netip"
	"slices"

	"nfwhy/packet"
)

// icmpErrors sends ICMP errors about packets that went by, and about others.
type icmpErrors struct{}

// errorTypes are the types and codes of ICMP errors.
var (
	errorTypes4 = [][2]uint8{{3, 0}, {3, 1}, {3, 3}, {3, 3}, {3, 4}, {3, 13}, {4, 0}, {5, 1}, {11, 0}, {11, 1}, {12, 0}}
	errorTypes6 = [][2]uint8{{1, 0}, {1, 4}, {1, 4}, {1, 1}, {2, 0}, {3, 0}, {3, 1}, {4, 0}, {4, 1}, {100, 0}}
)

func (icmpErrors) next(t *traffic) Step {
	about := t.aboutWhat()
	src := pick(t.gen, about.dst, about.dst, t.anyAddr())
	dst := about.src
	if t.percent(8) {
		dst = t.anyAddr()
	}
	if src.Is6() && (src.IsMulticast() || src.IsUnspecified()) {
		src = t.anyAddr()
	}
	tc := pick(t.gen, errorTypes4...)
	if t.six {
		tc = pick(t.gen, errorTypes6...)
	}
	if t.percent(4) {
		tc[0] = uint8(t.r.IntN(45))
	}
	quote := slices.Clone(about.data)
	if t.percent(50) {
		hl := 20
		if t.six {
			hl = 40
		}
		quote = quote[:min(len(quote), hl+pick(t.gen, 8, 8, 8, 4, 3, 0, 20))]
	}
	if t.percent(5) {
		quote = quote[:t.r.IntN(len(quote)+1)]
	}
	if !t.six && len(quote) >= 20 && t.percent(30) { // as a router on the way has seen it
		quote[8]--
		packet.IPv4Header(quote[:20]).SetChecksum()
	}
	rest := uint32(0)
	if t.percent(30) {
		rest = pick[uint32](t.gen, 1280, 576, 0x28000000, t.r.Uint32())
	}
	proto, b := icmpMessage(src, dst, tc[0], tc[1], rest, quote)
	if t.percent(4) {
		b[3]++
	}
	return t.step(src, dst, proto, t.ip(t.header(), src, dst, proto, b), "ICMP error")
}

// aboutWhat picks a packet of this scenario, mostly; else one that never was.
func (t *traffic) aboutWhat() sent {
	if len(t.sent) > 0 && t.percent(85) {
		i := len(t.sent) - 1 - t.r.IntN(min(len(t.sent), 12))
		if s := t.sent[i]; len(s.data) >= 20 {
			return s
		}
	}
	a, b := t.pair()
	u := packet.EncodeUDP(a, b, uint16(t.between(1, 65535)), uint16(pick(t.gen, t.w.ports...)), t.bytes(4))
	return sent{a, b, packet.ProtoUDP, t.ip(t.header(), a, b, packet.ProtoUDP, u)}
}

// strays sends single TCP packets of no connection: scans and backscatter.
type strays struct{}

func (strays) next(t *traffic) Step {
	src, dst := t.pair()
	f := packet.TCPFields{SrcPort: uint16(pick(t.gen, t.w.ports...)), DstPort: uint16(pick(t.gen, t.w.ports...)),
		Seq: t.r.Uint32(), Ack: t.r.Uint32(), Window: pick[uint16](t.gen, 1024, 29200, 0)}
	f.Flags = pick(t.gen, packet.SYN|packet.ACK, packet.SYN|packet.ACK, packet.ACK, packet.RST, packet.RST|packet.ACK, packet.FIN,
		packet.FIN|packet.ACK, 0, packet.FIN|packet.PSH|packet.URG, packet.SYN, packet.SYN|packet.FIN, packet.SYN|packet.ECE|packet.CWR)
	if f.Flags&packet.SYN != 0 {
		f.Options = []byte{2, 4, 5, 0xb4}
	}
	b := f.Encode(src, dst, t.bytes(pick(t.gen, 0, 0, 0, 3)))
	return t.step(src, dst, packet.ProtoTCP, t.ip(t.header(), src, dst, packet.ProtoTCP, b), "stray "+packet.FlagNames(f.Flags))
}

// casts sends to broadcast and multicast addresses, and from odd sources.
type casts struct{}

func (casts) next(t *traffic) Step {
	src, _ := t.pair()
	dst := pick(t.gen, t.w.broadcast...)
	if t.six && t.from(src) == Local { // the host's own loops back in ways of its own
		src = t.w.outside[0]
	}
	var proto uint8
	var b []byte
	switch t.r.IntN(4) {
	case 0:
		proto, b = icmpMessage(src, dst, t.echo(), 0, 0x10001, t.bytes(8))
	case 1:
		proto = packet.ProtoTCP
		b = packet.TCPFields{SrcPort: 4000, DstPort: 80, Seq: 1, Flags: packet.SYN, Window: 1000}.Encode(src, dst, nil)
	default:
		proto = packet.ProtoUDP
		b = packet.EncodeUDP(src, dst, uint16(pick(t.gen, t.w.ports...)), uint16(pick(t.gen, t.w.ports...)), t.bytes(10))
	}
	return t.step(src, dst, proto, t.ip(t.header(), src, dst, proto, b), "to broadcast or multicast")
}

func (t *traffic) echo() uint8 {
	if t.six {
		return 128
	}
	return 8
}

// malformed sends packets whose IP header is wrong, and padded or cut ones.
type malformed struct{}

func (malformed) next(t *traffic) Step {
	src, dst := t.pair()
	if t.from(src) == Local {
		src = t.w.outside[0]
	}
	u := packet.EncodeUDP(src, dst, 4000, uint16(pick(t.gen, t.w.ports...)), t.bytes(pick(t.gen, 0, 10)))
	h := t.header()
	if !t.six && t.percent(30) {
		h.opts = pick(t.gen, []byte{1, 1, 1, 0}, []byte{148, 4, 0, 0}, []byte{1, 1, 1, 1, 1, 1, 1, 0}, []byte{0, 0, 0, 0})
	}
	p := t.ip(h, src, dst, packet.ProtoUDP, u)
	note := "IP options"
	switch t.r.IntN(7) {
	case 0:
		p, note = append(p, make([]byte, t.between(1, 40))...), "padded"
	case 1:
		p, note = p[:len(p)-1], "shorter than its header says"
	case 2:
		p[0], note = p[0]&0xf|0x50, "version 5"
	case 3:
		if !t.six {
			p[10]++
			note = "bad header checksum"
		}
	case 4:
		if !t.six {
			p[0], note = 0x44, "impossible header length"
		}
	case 5:
		src = netip.MustParseAddr(t.family("0.0.0.0", "::"))
		note = "from the unspecified address"
		p = t.ip(h, src, dst, packet.ProtoUDP, packet.EncodeUDP(src, dst, 68, 67, nil))
	}
	st := Step{From: pick(t.gen, "ext", "int"), Packet: p, Note: note}
	return st
}

// split cuts a packet into fragments, sometimes, where that is wanted: in
// scenarios without tracking, or with reassembly if [Fragments] says so.
func (g *gen) split(st Step) []Step {
	if g.six || st.From == Local || len(st.Packet) < 44 || st.Packet[0] != 0x45 || (g.tracked && !g.has(Fragments)) || !g.percent(6) {
		return []Step{st}
	}
	p := st.Packet
	total := int(p[2])<<8 | int(p[3])
	if total != len(p) || p[6]&0x3f != 0 || p[7] != 0 {
		return []Step{st}
	}
	body := p[20:]
	cut := 8 * g.between(1, max(1, (len(body)-1)/8))
	if cut >= len(body) {
		return []Step{st}
	}
	first, second := fragment(p, 0, body[:cut], true), fragment(p, cut, body[cut:], false)
	a, b := st, st
	a.Packet, b.Packet = first, second
	a.Note, b.Note = st.Note+", first fragment", st.Note+", second fragment"
	switch g.r.IntN(8) {
	case 0:
		return []Step{a}
	case 1:
		return []Step{b}
	case 2:
		return []Step{b, a}
	}
	return []Step{a, b}
}

// fragment makes a fragment of p with the bytes at offset off of its payload.
func fragment(p []byte, off int, body []byte, more bool) Hex {
	f := append(slices.Clone(p[:20]), body...)
	f[2], f[3] = byte(len(f)>>8), byte(len(f))
	f[6], f[7] = byte(off/8>>8), byte(off/8)
	if more {
		f[6] |= 0x20
	}
	packet.IPv4Header(f).SetChecksum()
	return f
}
