package xt

import "nfwhy/trace"

var lengthExt = &Extension{
	Name:     "length",
	Families: FamBoth,
	Model:    Exact,
	Doc:      "Length of the whole IP packet in bytes, both ends included.",
	Options:  []Option{{Name: "length", Arg: Span, Max: 65535, Need: true, Neg: true, Help: "bytes, N or LO:HI"}},
	New: func(a *Args) (any, error) {
		g := a.Given[0]
		return &lengthMatch{g.Lo, g.Hi, g.Neg}, nil
	},
}

type lengthMatch struct {
	lo, hi uint64
	neg    bool
}

// Match is xt_length.c (Linux 6.18).
func (m *lengthMatch) Match(c *Ctx) trace.Truth {
	return c.within("length", "--length", uint64(c.Pkt.Length), m.lo, m.hi, m.neg)
}

// Save writes the range.
func (m *lengthMatch) Save(w *Writer) {
	w.Opt("length", m.neg)
	w.Range(m.lo, m.hi)
}
