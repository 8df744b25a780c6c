package xt

import (
	"net/netip"

	"nfwhy/packet"
	"nfwhy/trace"
)

var srhExt = &Extension{
	Name: "srh", Families: Fam6, Model: Exact,
	Doc: "The segment routing header (routing type 4, RFC 8754).",
	Options: []Option{
		{Name: "srh-next-hdr", Arg: Number, Max: 255, Neg: true, Help: "next header"},
		{Name: "srh-hdr-len-eq", Arg: Number, Max: 255, Neg: true, Help: "length field equals"},
		{Name: "srh-hdr-len-gt", Arg: Number, Max: 255, Neg: true, Help: "length field greater than"},
		{Name: "srh-hdr-len-lt", Arg: Number, Max: 255, Neg: true, Help: "length field less than"},
		{Name: "srh-segs-left-eq", Arg: Number, Max: 255, Neg: true, Help: "segments left equals"},
		{Name: "srh-segs-left-gt", Arg: Number, Max: 255, Neg: true, Help: "segments left greater than"},
		{Name: "srh-segs-left-lt", Arg: Number, Max: 255, Neg: true, Help: "segments left less than"},
		{Name: "srh-last-entry-eq", Arg: Number, Max: 255, Neg: true, Help: "last entry equals"},
		{Name: "srh-last-entry-gt", Arg: Number, Max: 255, Neg: true, Help: "last entry greater than"},
		{Name: "srh-last-entry-lt", Arg: Number, Max: 255, Neg: true, Help: "last entry less than"},
		{Name: "srh-tag", Arg: Number, Max: 65535, Neg: true, Help: "tag"},
		{Name: "srh-psid", Arg: HostMask, Neg: true, Help: "previous segment"},
		{Name: "srh-nsid", Arg: HostMask, Neg: true, Help: "next segment"},
		{Name: "srh-lsid", Arg: HostMask, Neg: true, Help: "last segment"},
	},
	New: newSRH,
}

// srhField is one number of the header; the three tests of a field share one
// operand, as in the kernel's structure, so that the last given counts for all.
type srhField struct {
	eq, gt, lt given
	value      uint64
}

type srhMatch struct {
	next, length, left, last srhField
	tag                      srhField
	sids                     [3]AddrMask // previous, next, last
}

func newSRH(a *Args) (any, error) {
	m := &srhMatch{}
	for _, x := range []struct {
		name string
		f    *srhField
	}{{"srh-hdr-len", &m.length}, {"srh-segs-left", &m.left}, {"srh-last-entry", &m.last}} {
		x.f.eq, x.f.gt, x.f.lt = givenFlag(a.Get(x.name+"-eq")), givenFlag(a.Get(x.name+"-gt")), givenFlag(a.Get(x.name+"-lt"))
		for _, g := range a.Given {
			if n := g.Option.Name; len(n) == len(x.name)+3 && n[:len(x.name)] == x.name {
				x.f.value = g.Lo
			}
		}
	}
	for name, f := range map[string]*srhField{"srh-next-hdr": &m.next, "srh-tag": &m.tag} {
		if g := a.Get(name); g != nil {
			f.eq, f.value = givenFlag(g), g.Lo
		}
	}
	for i, name := range []string{"srh-psid", "srh-nsid", "srh-lsid"} {
		if g := a.Get(name); g != nil {
			m.sids[i] = AddrMask{Addr: g.Addr, Mask: g.Mask, Neg: g.Neg}
		}
	}
	return m, nil
}

func (f *srhField) match(c *Ctx, field string, v uint64) bool {
	return (!f.eq.on || c.within("srh", field, v, f.value, f.value, f.eq.neg) != trace.No) &&
		(!f.gt.on || c.says("srh", field, "", "", trace.Of(v > f.value).Not(f.gt.neg)) != trace.No) &&
		(!f.lt.on || c.says("srh", field, "", "", trace.Of(v < f.value).Not(f.lt.neg)) != trace.No)
}

// Match is ip6t_srh.c: srh1_mt6 (Linux 6.18).
func (m *srhMatch) Match(c *Ctx) trace.Truth {
	off, t, ok := c.extension("srh", packet.ProtoRouting)
	if !ok {
		return t
	}
	h, w := c.bytes(off, 8)
	if w == cut {
		return c.unknown("srh", "header", "", "the capture cut the packet inside its routing header")
	}
	if w == absent || h[2] != 4 || h[3] > h[4] {
		return c.says("srh", "header", "no segment routing header", "one", trace.No)
	}
	n := int(h[1])*8 + 8
	if _, w := c.bytes(off, n); w == absent {
		return c.says("srh", "header", "longer than the packet", "a complete header", trace.No)
	}
	if !m.next.match(c, "--srh-next-hdr", uint64(h[0])) || !m.length.match(c, "--srh-hdr-len", uint64(h[1])) ||
		!m.left.match(c, "--srh-segs-left", uint64(h[3])) || !m.last.match(c, "--srh-last-entry", uint64(h[4])) ||
		!m.tag.match(c, "--srh-tag", uint64(h[6])<<8|uint64(h[7])) {
		return trace.No
	}
	left, last := int(h[3]), int(h[4])
	for i, at := range [3]int{left + 1, left - 1, 0} {
		if !m.sids[i].Addr.IsValid() {
			continue
		}
		if i == 0 && left == last || i == 1 && left == 0 {
			return c.says("srh", "segments", "no such segment", "one", trace.No)
		}
		b, w := c.bytes(off+8+16*at, 16)
		switch w {
		case cut:
			return c.unknown("srh", "segments", "", "the capture cut the packet inside its routing header")
		case absent:
			return c.says("srh", "segments", "beyond the packet", "one", trace.No)
		}
		if c.addrWithin("srh", "segment", netip.AddrFrom16([16]byte(b)), &m.sids[i]) == trace.No {
			return trace.No
		}
	}
	return trace.Yes
}

func (f *srhField) save(w *Writer, name string) {
	for i, g := range []given{f.eq, f.gt, f.lt} {
		if g.on {
			w.Opt(name+[]string{"-eq", "-gt", "-lt"}[i], g.neg)
			w.Uint(f.value)
		}
	}
}

// Save writes the options in iptables-save's order.
func (m *srhMatch) Save(w *Writer) {
	if m.next.eq.on {
		w.Opt("srh-next-hdr", m.next.eq.neg)
		w.Uint(m.next.value)
	}
	m.length.save(w, "srh-hdr-len")
	m.left.save(w, "srh-segs-left")
	m.last.save(w, "srh-last-entry")
	if m.tag.eq.on {
		w.Opt("srh-tag", m.tag.eq.neg)
		w.Uint(m.tag.value)
	}
	for i, name := range []string{"srh-psid", "srh-nsid", "srh-lsid"} {
		if m.sids[i].Addr.IsValid() {
			w.Opt(name, m.sids[i].Neg)
			w.Word(m.sids[i].String())
		}
	}
}
