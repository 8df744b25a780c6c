package xt

import (
	"net/netip"
	"strings"

	"nfwhy/packet"
	"nfwhy/trace"
)

var rtExt = &Extension{
	Name: "rt", Families: Fam6, Model: Exact,
	Doc: "The routing header of IPv6.",
	Options: []Option{
		{Name: "rt-type", Arg: Number, Max: 1<<32 - 1, Neg: true, Help: "type"},
		{Name: "rt-segsleft", Arg: Span, Max: 1<<32 - 1, Neg: true, Help: "segments left, N or LO:HI"},
		{Name: "rt-len", Arg: Number, Max: 1<<32 - 1, Neg: true, Help: "length of the header in bytes"},
		{Name: "rt-0-res", Help: "type 0: the reserved field must be zero"},
		{Name: "rt-0-addrs", Arg: Text, Help: "type 0: addresses, at most 16", Samples: []string{"::1", "2001:db8::1,2001:db8::2"}},
		{Name: "rt-0-not-strict", Help: "type 0: the list may have gaps"},
	},
	Early: rtEarly,
	New:   newRT,
}

// rtEarly wants the options of type 0 behind "--rt-type 0".
func rtEarly(a *Args, g *Given) error {
	typ := a.Get("rt-type")
	name := g.Option.Name
	if strings.HasPrefix(name, "rt-0-") && (typ == nil || typ.Neg || typ.Lo != 0) {
		return errorAt(g.Word.Pos, "option %q not allowed here: \"--rt-type 0\" must stand before it", "--"+name)
	}
	if name == "rt-0-not-strict" && !a.Has("rt-0-addrs") {
		return errorAt(g.Word.Pos, "option %q not allowed here: \"--rt-0-addrs\" must stand before it", "--"+name)
	}
	return nil
}

const allSegments = 1<<32 - 1

type rtMatch struct {
	hasType, negType bool
	typ              uint64
	segments         spanMatch
	hasLen, negLen   bool
	length           uint64
	reserved         bool
	addrs            []netip.Addr
	loose            bool
	version          Version
}

func newRT(a *Args) (any, error) {
	m := &rtMatch{segments: spanOf(a.Get("rt-segsleft"), allSegments), reserved: a.Has("rt-0-res"), loose: a.Has("rt-0-not-strict"), version: a.Env.Version}
	if g := a.Get("rt-type"); g != nil {
		m.hasType, m.typ, m.negType = true, g.Lo, g.Neg
	}
	if g := a.Get("rt-len"); g != nil {
		m.hasLen, m.length, m.negLen = true, g.Lo, g.Neg
	}
	if g := a.Get("rt-0-addrs"); g != nil {
		for _, item := range strings.Split(g.Text(), ",") {
			addr, ok := hostAddr(item, 128)
			if !ok || len(m.addrs) == 16 {
				return nil, g.bad("up to 16 IPv6 addresses")
			}
			m.addrs = append(m.addrs, addr)
		}
	}
	return m, nil
}

// Match is ip6t_rt.c: rt_mt6 (Linux 6.18).
func (m *rtMatch) Match(c *Ctx) trace.Truth {
	off, t, ok := c.extension("rt", packet.ProtoRouting)
	if !ok {
		return t
	}
	h, t, ok := c.headerAt("rt", off, 4)
	if !ok {
		return t
	}
	n := int(h[1])*8 + 8
	if _, w := c.bytes(off, n); w == absent {
		return c.says("rt", "header", "longer than the packet", "a complete header", trace.No)
	}
	if c.within("rt", "--rt-segsleft", uint64(h[3]), m.segments.lo, m.segments.hi, m.segments.neg) == trace.No ||
		m.hasLen && c.within("rt", "--rt-len", uint64(n), m.length, m.length, m.negLen) == trace.No ||
		m.hasType && c.within("rt", "--rt-type", uint64(h[2]), m.typ, m.typ, m.negType) == trace.No {
		return trace.No
	}
	if m.reserved {
		r, t, ok := c.headerAt("rt", off+4, 4)
		if !ok {
			return t
		}
		if r[0]|r[1]|r[2]|r[3] != 0 {
			return c.says("rt", "--rt-0-res", "a reserved field that is not zero", "zero", trace.No)
		}
	}
	if m.addrs == nil {
		return trace.Yes
	}
	return m.matchAddrs(c, off, n)
}

// matchAddrs compares the header's addresses with the list: all of them in
// order, or with --rt-0-not-strict the list's in order among them.
func (m *rtMatch) matchAddrs(c *Ctx, off, n int) trace.Truth {
	count := (n - 8) / 16
	if !m.loose && count != len(m.addrs) || count < len(m.addrs) {
		return c.says("rt", "--rt-0-addrs", "another number of addresses", "", trace.No)
	}
	found := 0
	for i := 0; i < count && found < len(m.addrs); i++ {
		b, w := c.bytes(off+8+16*i, 16)
		if w != here {
			return c.unknown("rt", "--rt-0-addrs", "", "the capture cut the packet inside its routing header")
		}
		if netip.AddrFrom16([16]byte(b)) == m.addrs[found] {
			found++
		} else if !m.loose {
			break
		}
	}
	return c.says("rt", "--rt-0-addrs", "", "", trace.Of(found == len(m.addrs)))
}

// Save writes the options in iptables-save's order.
func (m *rtMatch) Save(w *Writer) {
	if m.hasType {
		w.Opt("rt-type", m.negType)
		w.Uint(m.typ)
	}
	m.segments.save(w, "rt-segsleft", allSegments, m.version)
	if m.hasLen {
		w.Opt("rt-len", m.negLen)
		w.Uint(m.length)
	}
	if m.reserved {
		w.Opt("rt-0-res", false)
	}
	if m.addrs != nil {
		list := make([]string, len(m.addrs))
		for i, a := range m.addrs {
			list[i] = addrText(a)
		}
		w.Printf("--rt-0-addrs %s", strings.Join(list, ","))
	}
	if m.loose {
		w.Opt("rt-0-not-strict", false)
	}
}

var eui64Ext = &Extension{
	Name: "eui64", Families: Fam6, Hooks: []packet.Hook{packet.Prerouting, packet.Input, packet.Forward}, Model: Exact,
	Doc: "The lower half of the source address is made from the source's Ethernet address.",
	New: func(*Args) (any, error) { return &eui64Match{}, nil },
}

type eui64Match struct{}

// Match is ip6t_eui64.c (Linux 6.18). A packet without an Ethernet header is
// dropped unless it is a fragment.
func (*eui64Match) Match(c *Ctx) trace.Truth {
	l := c.Pkt.Link
	if len(l) != 14 {
		if c.transport().frag == 0 {
			return c.malformed("eui64", "link header", "none")
		}
		return c.says("eui64", "link header", "none", "an Ethernet header", trace.No)
	}
	want := [8]byte{l[6] ^ 2, l[7], l[8], 0xff, 0xfe, l[9], l[10], l[11]}
	ok := l[12] == 0x86 && l[13] == 0xdd && [8]byte(c.Pkt.Data[16:24]) == want
	return c.says("eui64", "source address", "", "made from the Ethernet address", trace.Of(ok))
}

// Save writes nothing.
func (*eui64Match) Save(*Writer) {}
