package xt

import "nfwhy/trace"

var markMatchExt = &Extension{
	Name:     "mark",
	Families: FamBoth,
	Model:    Exact,
	Doc:      "The packet's mark (nfmark): set by -j MARK, lost when the packet leaves this host.",
	Options:  []Option{{Name: "mark", Arg: MarkMask, Need: true, Neg: true, Help: "VALUE[/MASK]"}},
	New: func(a *Args) (any, error) {
		g := a.Given[0]
		return &markMatch{g.Lo, g.Hi, g.Neg}, nil
	},
}

type markMatch struct {
	value, mask uint64
	neg         bool
}

// Match is xt_mark.c: mark_mt (Linux 6.18).
func (m *markMatch) Match(c *Ctx) trace.Truth {
	return c.masked("mark", "--mark", uint64(c.Pkt.Mark), m.mask, m.value, m.neg)
}

// Save writes the mark, with its mask unless that covers all bits.
func (m *markMatch) Save(w *Writer) {
	w.Opt("mark", m.neg)
	saveMark(w, m.value, m.mask)
}

func saveMark(w *Writer, value, mask uint64) {
	if mask == 0xffffffff {
		w.Word(hex(value))
		return
	}
	w.Word(hex(value) + "/" + hex(mask))
}

// markOptions are the ways to write a change of a mark, each other's excluders.
var markOptions = []string{"set-xmark", "set-mark", "and-mark", "or-mark", "xor-mark"}

func othersOf(name string, all []string) []string {
	var out []string
	for _, n := range all {
		if n != name {
			out = append(out, n)
		}
	}
	return out
}

var markTargetExt = &Extension{
	Name:     "MARK",
	IsTarget: true,
	Families: FamBoth,
	Model:    Exact,
	Doc:      "Changes the packet's mark: mark = (mark & ~MASK) ^ VALUE. In mangle OUTPUT a changed mark routes the packet again.",
	Options: []Option{
		{Name: "set-xmark", Arg: MarkMask, Excl: othersOf("set-xmark", markOptions), Help: "clear the bits of MASK, then xor VALUE"},
		{Name: "set-mark", Arg: MarkMask, Excl: othersOf("set-mark", markOptions), Help: "clear the bits of MASK and VALUE, then set VALUE"},
		{Name: "and-mark", Arg: Number, Max: 1<<32 - 1, Excl: othersOf("and-mark", markOptions), Help: "keep these bits"},
		{Name: "or-mark", Arg: Number, Max: 1<<32 - 1, Excl: othersOf("or-mark", markOptions), Help: "set these bits"},
		{Name: "xor-mark", Arg: Number, Max: 1<<32 - 1, Excl: othersOf("xor-mark", markOptions), Help: "flip these bits"},
	},
	New: func(a *Args) (any, error) {
		if len(a.Given) == 0 {
			return nil, a.Errorf("target MARK: one of --set-mark, --set-xmark, --and-mark, --or-mark or --xor-mark must be given")
		}
		t := &markTarget{}
		t.value, t.mask = xmark(a.Given[0])
		return t, nil
	},
}

// xmark turns any of the mark options into value and mask of --set-xmark.
func xmark(g *Given) (value, mask uint32) {
	v := uint32(g.Lo)
	switch g.Option.Name {
	case "set-xmark":
		return v, uint32(g.Hi)
	case "set-mark":
		return v, uint32(g.Hi) | v
	case "and-mark":
		return 0, ^v
	case "or-mark":
		return v, v
	}
	return v, 0
}

type markTarget struct{ value, mask uint32 }

// Apply is xt_mark.c: mark_tg (Linux 6.18).
func (t *markTarget) Apply(c *Ctx) trace.Verdict {
	c.Pkt.Mark = c.Pkt.Mark&^t.mask ^ t.value
	return trace.Continue
}

// Save writes every form as --set-xmark.
func (t *markTarget) Save(w *Writer) {
	w.Opt("set-xmark", false)
	w.Word(hex(uint64(t.value)) + "/" + hex(uint64(t.mask)))
}
