package lab

import (
	"fmt"
	"net/netip"

	"nfwhy/packet"
)

// talk is one of the interleaved conversations of a scenario; next draws its
// next packet.
type talk interface{ next(t *traffic) Step }

// traffic draws packets. It remembers what was sent, for ICMP errors about it.
type traffic struct {
	*gen
	sent []sent
}

// sent is a packet that a scenario holds already.
type sent struct {
	src, dst netip.Addr
	proto    uint8
	data     []byte
}

// talkers are the kinds of conversations, with how often.
var talkers = []weighted[func(t *traffic) talk]{
	{45, newTCPTalk},
	{16, newUDPTalk},
	{10, newPingTalk},
	{12, func(*traffic) talk { return icmpErrors{} }},
	{8, func(*traffic) talk { return strays{} }},
	{5, newProtoTalk},
	{4, func(*traffic) talk { return casts{} }},
	{3, func(*traffic) talk { return malformed{} }},
}

// traffic draws the steps.
func (g *gen) traffic() {
	t := &traffic{gen: g}
	var talks []talk
	for range g.between(1, 4) {
		talks = append(talks, pickWeighted(g, talkers)(t))
	}
	for len(g.sc.Steps) < g.o.Packets {
		if g.percent(3) {
			talks = append(talks, pickWeighted(g, talkers)(t))
		}
		k := talks[g.r.IntN(len(talks))]
		if g.percent(5) {
			k = pick[talk](g, icmpErrors{}, strays{}, malformed{}, casts{})
		}
		st := k.next(t)
		g.sc.Steps = append(g.sc.Steps, g.split(st)...)
	}
	g.sc.Steps = g.sc.Steps[:g.o.Packets]
}

// isHost reports whether a is the host's own.
func (g *gen) isHost(a netip.Addr) bool {
	for _, h := range g.w.host {
		if h == a {
			return true
		}
	}
	return a.IsLoopback()
}

// from is where a packet of that source comes from.
func (g *gen) from(src netip.Addr) string {
	if g.isHost(src) {
		return Local
	}
	for _, a := range g.w.inside {
		if a == src {
			return "int"
		}
	}
	return "ext"
}

// pair draws the two ends of a conversation.
func (t *traffic) pair() (a, b netip.Addr) {
	out := append(append([]netip.Addr{}, t.w.outside...), t.w.internet...)
	switch t.r.IntN(10) {
	case 0, 1, 2: // to the host from outside
		a, b = pick(t.gen, out...), pick(t.gen, t.w.host...)
	case 3: // to the host from inside
		a, b = pick(t.gen, t.w.inside...), pick(t.gen, t.w.host...)
	case 4, 5: // through the host, inwards
		a, b = pick(t.gen, out...), pick(t.gen, t.w.inside...)
	case 6, 7: // through the host, outwards
		a, b = pick(t.gen, t.w.inside...), pick(t.gen, out...)
	case 8: // from the host
		a, b = pick(t.gen, t.w.host...), pick(t.gen, append(out, t.w.inside...)...)
	default: // the host with itself
		a, b = t.w.host[0], pick(t.gen, t.w.host...)
		if t.percent(40) {
			lo := netip.MustParseAddr(t.family("127.0.0.1", "::1"))
			a, b = lo, lo
		}
	}
	return a, b
}

// header are the IP header fields that vary.
type header struct {
	ttl  uint8
	tos  uint8
	id   uint16
	df   bool
	opts []byte
}

func (t *traffic) header() header {
	h := header{ttl: 64, id: uint16(t.between(1, 65535)), df: t.percent(50)}
	if t.percent(10) {
		h.ttl = pick[uint8](t.gen, 1, 2, 63, 128, 255, 65, 0)
	}
	if t.percent(10) {
		h.tos = pick[uint8](t.gen, 0x10, 0x08, 0xc0, 0xff, 0x03, 0xb8, 0x1e)
	}
	return h
}

// ip puts an IP header in front of payload.
func (t *traffic) ip(h header, src, dst netip.Addr, proto uint8, payload []byte) []byte {
	if src.Is6() {
		b := packet.IPv6Fields{TrafficClass: h.tos, FlowLabel: uint32(h.id) * 3 & 0xfffff, NextHeader: proto,
			HopLimit: h.ttl, Src: src, Dst: dst}.Encode(payload)
		b[7] = h.ttl
		return b
	}
	f := packet.IPv4Fields{TOS: h.tos, ID: h.id, TTL: h.ttl, ZeroTTL: true, Protocol: proto, Src: src, Dst: dst, Options: h.opts}
	if h.df {
		f.Flags = 2
	}
	return f.Encode(payload)
}

// step sends data, which goes from src to dst, from where src lives.
func (t *traffic) step(src, dst netip.Addr, proto uint8, data []byte, note string) Step {
	t.sent = append(t.sent, sent{src, dst, proto, data})
	st := Step{From: t.from(src), Packet: data, Note: note}
	if st.From != Local && t.percent(3) { // spoofed, or by another way
		st.From = pick(t.gen, "ext", "int")
	}
	if st.From == Local {
		if t.percent(8) {
			st.Mark = pick[uint32](t.gen, 1, 5, 0x100)
		}
		return st
	}
	st.Eth = t.eth(st.From, dst, data[0]>>4)
	return st
}

// eth draws a link header, or nil for the usual one.
func (t *traffic) eth(dev string, dst netip.Addr, version byte) Hex {
	l := link(t.sc.AllLinks(), dev)
	to, from := l.MAC, l.Peers[0].MAC
	if t.percent(6) {
		from = Hex{2, 0, 0, 0, 1, 7}
	}
	cast := t.castMAC(dst)
	switch {
	case cast != nil && t.percent(90):
		to = cast
	case cast == nil && t.percent(2):
		to = pick(t.gen, Hex{255, 255, 255, 255, 255, 255}, Hex{1, 0, 0x5e, 0, 0, 1}, Hex{2, 9, 9, 9, 9, 9})
	}
	if string(to) == string(l.MAC) && string(from) == string(l.Peers[0].MAC) {
		return nil
	}
	h := append(append(Hex{}, to...), from...)
	if version == 6 {
		return append(h, 0x86, 0xdd)
	}
	return append(h, 8, 0)
}

// castMAC is the link address of a broadcast or multicast destination, else nil.
func (t *traffic) castMAC(dst netip.Addr) Hex {
	switch {
	case dst.Is6() && dst.IsMulticast():
		b := dst.As16()
		return Hex{0x33, 0x33, b[12], b[13], b[14], b[15]}
	case dst.Is4() && dst.IsMulticast():
		b := dst.As4()
		return Hex{1, 0, 0x5e, b[1] & 0x7f, b[2], b[3]}
	case dst.Is4() && dst.As4()[3] == 255:
		return Hex{255, 255, 255, 255, 255, 255}
	}
	return nil
}

// bytes draws n bytes of payload.
func (t *traffic) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('a' + (i+n)%26)
	}
	if n > 0 && t.percent(30) {
		b[t.r.IntN(n)] = byte(t.r.IntN(256))
	}
	return b
}

// icmp encodes a message of the pair's family.
func icmpMessage(src, dst netip.Addr, typ, code uint8, rest uint32, payload []byte) (proto uint8, b []byte) {
	if src.Is6() {
		return packet.ProtoICMPv6, packet.EncodeICMPv6(src, dst, typ, code, rest, payload)
	}
	return packet.ProtoICMP, packet.EncodeICMP(typ, code, rest, payload)
}

// udpTalk is a UDP conversation.
type udpTalk struct {
	a, b   netip.Addr
	pa, pb uint16
	proto  uint8
}

func newUDPTalk(t *traffic) talk {
	a, b := t.pair()
	return &udpTalk{a, b, uint16(t.between(1024, 65535)), uint16(pick(t.gen, t.w.ports...)), packet.ProtoUDP}
}

func (u *udpTalk) next(t *traffic) Step {
	src, dst, sp, dp := u.a, u.b, u.pa, u.pb
	if t.percent(40) {
		src, dst, sp, dp = dst, src, dp, sp
	}
	if t.percent(4) {
		dp++
	}
	b := packet.EncodeUDP(src, dst, sp, dp, t.bytes(pick(t.gen, 0, 1, 20, 20, 100, 600)))
	note := "UDP"
	switch t.r.IntN(30) {
	case 0:
		b[6], b[7], note = 0, 0, "UDP without checksum"
	case 1:
		b[6]++
		note = "UDP with a bad checksum"
	case 2:
		b[5] += pick[byte](t.gen, 1, 255, 4)
		note = "UDP with a wrong length"
	case 3:
		b = b[:t.between(0, 8)]
		note = "UDP cut short"
	}
	return t.step(src, dst, u.proto, t.ip(t.header(), src, dst, u.proto, b), note)
}

// pingTalk is echo request and reply, or another pair of ICMP questions.
type pingTalk struct {
	a, b     netip.Addr
	id, seq  uint16
	ask, say uint8
}

func newPingTalk(t *traffic) talk {
	a, b := t.pair()
	p := &pingTalk{a: a, b: b, id: uint16(t.between(0, 65535)), ask: 8, say: 0}
	if t.six {
		p.ask, p.say = 128, 129
		if t.percent(10) {
			p.ask, p.say = 139, 140
		}
	} else if t.percent(20) {
		p.ask = pick[uint8](t.gen, 13, 15, 17)
		p.say = p.ask + 1
	}
	return p
}

func (p *pingTalk) next(t *traffic) Step {
	src, dst, typ, code, id := p.a, p.b, p.ask, uint8(0), p.id
	if t.percent(45) {
		src, dst, typ = dst, src, p.say
	} else {
		p.seq++
	}
	if t.percent(6) {
		code = pick[uint8](t.gen, 1, 5)
	}
	if t.percent(6) {
		id++
	}
	n := pick(t.gen, 0, 12, 56, 56, 600)
	proto, b := icmpMessage(src, dst, typ, code, uint32(id)<<16|uint32(p.seq), t.bytes(n))
	note := fmt.Sprintf("ICMP type %d", typ)
	switch t.r.IntN(30) {
	case 0:
		b[2]++
		note += " with a bad checksum"
	case 1:
		b = b[:t.between(0, 8)]
		note += " cut short"
	}
	return t.step(src, dst, proto, t.ip(t.header(), src, dst, proto, b), note)
}

// protoTalk is a conversation of a protocol without a tracker of its own, or of
// one that this scenario's rules may name.
type protoTalk struct {
	a, b  netip.Addr
	proto uint8
}

func newProtoTalk(t *traffic) talk {
	a, b := t.pair()
	if t.percent(25) {
		return &udpTalk{a, b, uint16(t.between(1024, 65535)), uint16(pick(t.gen, t.w.ports...)), packet.ProtoUDPLite}
	}
	return &protoTalk{a, b, pick[uint8](t.gen, 47, 50, 51, 132, 33, 2, 4, 253, 255, 89, 41, 58, 1, 0)}
}

func (k *protoTalk) next(t *traffic) Step {
	src, dst := k.a, k.b
	if t.percent(40) {
		src, dst = dst, src
	}
	proto := k.proto
	if t.six && (proto == 0 || proto == 51 || proto == 58) { // extension headers and ICMPv6 are drawn elsewhere
		proto = 253
	}
	b := t.bytes(pick(t.gen, 0, 4, 8, 12, 16, 20, 40))
	if len(b) > 3 && t.percent(50) {
		clear(b[:4])
	}
	return t.step(src, dst, proto, t.ip(t.header(), src, dst, proto, b), fmt.Sprintf("protocol %d", proto))
}
