package xt

import (
	"encoding/binary"

	"nfwhy/packet"
	"nfwhy/trace"
)

var fragExt = &Extension{
	Name: "frag", Families: Fam6, Model: Exact,
	Doc: "The fragment header of IPv6. While conntrack is active no fragments get this far: they are put together first.",
	Options: []Option{
		{Name: "fragid", Arg: Span, Max: 1<<32 - 1, Neg: true, Help: "identification, N or LO:HI"},
		{Name: "fraglen", Arg: Number, Max: 1<<32 - 1, Neg: true, Help: "has no effect in the kernel"},
		{Name: "fragres", Help: "the reserved fields must be zero"},
		{Name: "fragfirst", Help: "the first fragment"},
		{Name: "fragmore", Excl: []string{"fraglast"}, Help: "more fragments follow"},
		{Name: "fraglast", Excl: []string{"fragmore"}, Help: "the last fragment"},
	},
	New: func(a *Args) (any, error) {
		m := &fragMatch{id: spanOf(a.Get("fragid"), 1<<32-1), reserved: a.Has("fragres"), first: a.Has("fragfirst"), more: a.Has("fragmore"),
			last: a.Has("fraglast"), version: a.Env.Version}
		if g := a.Get("fraglen"); g != nil {
			m.length, m.hasLen, m.negLen = g.Lo, true, g.Neg
		}
		return m, nil
	},
}

type fragMatch struct {
	id                          spanMatch
	length                      uint64
	hasLen, negLen              bool
	reserved, first, more, last bool
	version                     Version
}

// Match is ip6t_frag.c: frag_mt6 (Linux 6.18).
func (m *fragMatch) Match(c *Ctx) trace.Truth {
	off, t, ok := c.extension("frag", packet.ProtoFragment)
	if !ok {
		return t
	}
	h, t, ok := c.headerAt("frag", off, 8)
	if !ok {
		return t
	}
	if c.within("frag", "--fragid", uint64(binary.BigEndian.Uint32(h[4:])), m.id.lo, m.id.hi, m.id.neg) == trace.No {
		return trace.No
	}
	at := binary.BigEndian.Uint16(h[2:])
	for _, x := range [...]struct {
		on, ok            bool
		field, saw, asked string
	}{
		{m.reserved, h[1] == 0 && at&6 == 0, "--fragres", "reserved fields that are not zero", "zero"},
		{m.first, at&^7 == 0, "--fragfirst", "a later fragment", "the first"},
		{m.more, at&1 != 0, "--fragmore", "the last fragment", "one before the last"},
		{m.last, at&1 == 0, "--fraglast", "a fragment before the last", "the last"},
	} {
		if x.on && !x.ok {
			return c.says("frag", x.field, x.saw, x.asked, trace.No)
		}
	}
	return trace.Yes
}

// Save writes the options in iptables-save's order.
func (m *fragMatch) Save(w *Writer) {
	m.id.save(w, "fragid", 1<<32-1, m.version)
	if m.hasLen {
		w.Opt("fraglen", m.negLen)
		w.Uint(m.length)
	}
	for _, x := range []struct {
		on   bool
		name string
	}{{m.reserved, "fragres"}, {m.first, "fragfirst"}, {m.more, "fragmore"}, {m.last, "fraglast"}} {
		if x.on {
			w.Opt(x.name, false)
		}
	}
}
