package xt

import "nfwhy/trace"

var connmarkExt = &Extension{
	Name: "connmark", Families: FamBoth, Model: Exact, Tracks: true,
	Doc:     "The connection's mark. A packet without a connection fails, inverted or not.",
	Options: []Option{{Name: "mark", Arg: MarkMask, Need: true, Neg: true, Help: "VALUE[/MASK]"}},
	New: func(a *Args) (any, error) {
		g := a.Given[0]
		return &connmarkMatch{g.Lo, g.Hi, g.Neg}, nil
	},
}

type connmarkMatch struct {
	value, mask uint64
	neg         bool
}

// Match is xt_connmark.c: connmark_mt (Linux 6.18).
func (m *connmarkMatch) Match(c *Ctx) trace.Truth {
	ct := c.CT.Seen(c.Family)
	if ct == nil {
		return c.says("connmark", "connection", "none", "a tracked connection", trace.No)
	}
	return c.masked("connmark", "--mark", uint64(ct.Mark), m.mask, m.value, m.neg)
}

// Save writes the mark, with its mask unless that covers all bits.
func (m *connmarkMatch) Save(w *Writer) {
	w.Opt("mark", m.neg)
	saveMark(w, m.value, m.mask)
}

var connmarkActions = []string{"set-xmark", "set-mark", "and-mark", "or-mark", "xor-mark", "save-mark", "restore-mark"}

var connmarkTargetExt = &Extension{
	Name: "CONNMARK", IsTarget: true, Families: FamBoth, Model: Exact, Tracks: true,
	Doc: "Changes the connection's mark, or copies it to or from the packet's mark. Does nothing to a packet without a connection.",
	Options: []Option{
		{Name: "set-xmark", Arg: MarkMask, Excl: othersOf("set-xmark", connmarkActions), Help: "clear the bits of MASK, then xor VALUE"},
		{Name: "set-mark", Arg: MarkMask, Excl: othersOf("set-mark", connmarkActions), Help: "clear the bits of MASK and VALUE, then set VALUE"},
		{Name: "and-mark", Arg: Number, Max: 1<<32 - 1, Excl: othersOf("and-mark", connmarkActions), Help: "keep these bits"},
		{Name: "or-mark", Arg: Number, Max: 1<<32 - 1, Excl: othersOf("or-mark", connmarkActions), Help: "set these bits"},
		{Name: "xor-mark", Arg: Number, Max: 1<<32 - 1, Excl: othersOf("xor-mark", connmarkActions), Help: "flip these bits"},
		{Name: "save-mark", Excl: othersOf("save-mark", connmarkActions), Help: "the packet's mark to the connection"},
		{Name: "restore-mark", Excl: othersOf("restore-mark", connmarkActions), Help: "the connection's mark to the packet"},
		{Name: "left-shift-mark", Arg: Number, Max: 32, Help: "move the result left"},
		{Name: "right-shift-mark", Arg: Number, Max: 32, Help: "move the result right"},
		{Name: "ctmask", Arg: Number, Max: 1<<32 - 1, Excl: []string{"mask"}, Help: "bits of the connection's mark"},
		{Name: "nfmask", Arg: Number, Max: 1<<32 - 1, Excl: []string{"mask"}, Help: "bits of the packet's mark"},
		{Name: "mask", Arg: Number, Max: 1<<32 - 1, Excl: []string{"ctmask", "nfmask"}, Help: "both"},
	},
	New: newConnmarkTarget,
}

type connmarkTarget struct {
	mode           byte // 's' set, '>' save, '<' restore
	value          uint32
	ctmask, nfmask uint32
	shift          uint8
	right          bool
}

func newConnmarkTarget(a *Args) (any, error) {
	t := &connmarkTarget{ctmask: 1<<32 - 1, nfmask: 1<<32 - 1}
	for _, g := range a.Given { // in the rule's order: a mask counts for what stands before it
		v := uint32(g.Lo)
		switch g.Option.Name {
		case "set-xmark", "set-mark", "and-mark", "or-mark", "xor-mark":
			t.mode = 's'
			t.value, t.ctmask = xmark(g)
		case "save-mark":
			t.mode = '>'
		case "restore-mark":
			t.mode = '<'
		case "left-shift-mark", "right-shift-mark":
			t.shift, t.right = uint8(v), g.Option.Name[0] == 'r'
		case "ctmask":
			t.ctmask = v
		case "nfmask":
			t.nfmask = v
		case "mask":
			t.ctmask, t.nfmask = v, v
		}
	}
	if t.mode == 0 {
		return nil, a.Errorf("target CONNMARK: one of --set-mark, --set-xmark, --and-mark, --or-mark, --xor-mark, --save-mark or --restore-mark must be given")
	}
	if t.shift == 32 {
		return nil, a.Errorf("target CONNMARK: the mark cannot be moved by 32 bits")
	}
	return t, nil
}

// Apply is xt_connmark.c: connmark_tg_shift (Linux 6.18).
func (t *connmarkTarget) Apply(c *Ctx) trace.Verdict {
	ct := c.CT.Conn
	if ct == nil {
		return trace.Continue
	}
	switch t.mode {
	case 's':
		ct.Mark = t.move(ct.Mark&^t.ctmask ^ t.value)
	case '>':
		v := t.move(c.Pkt.Mark & t.nfmask)
		ct.Mark = ct.Mark&^t.ctmask ^ v
	default:
		v := t.move(ct.Mark & t.ctmask)
		c.Pkt.Mark = c.Pkt.Mark&^t.nfmask ^ v
	}
	return trace.Continue
}

func (t *connmarkTarget) move(v uint32) uint32 {
	if t.right {
		return v >> t.shift
	}
	return v << t.shift
}

// Save writes every way of setting as --set-xmark.
func (t *connmarkTarget) Save(w *Writer) {
	switch t.mode {
	case 's':
		w.Printf("--set-xmark 0x%x/0x%x", t.value, t.ctmask)
	case '>':
		w.Printf("--save-mark --nfmask 0x%x --ctmask 0x%x", t.nfmask, t.ctmask)
	default:
		w.Printf("--restore-mark --nfmask 0x%x --ctmask 0x%x", t.nfmask, t.ctmask)
	}
	switch {
	case t.shift == 0:
	case t.right:
		w.Printf("--right-shift-mark %d", t.shift)
	default:
		w.Printf("--left-shift-mark %d", t.shift)
	}
}
