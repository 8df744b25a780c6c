package xt

import (
	"nfwhy/trace"
)

// gapMatch is a match whose answer lies outside what can be known of a packet
// and a host's description; its options are kept as they are printed.
type gapMatch struct {
	part  string
	gap   string
	write func(w *Writer)
}

// Match answers that it is not known.
func (m *gapMatch) Match(c *Ctx) trace.Truth { return c.unknown(m.part, "", m.text(c), m.gap) }

// text shows the options when somebody reads them.
func (m *gapMatch) text(c *Ctx) string {
	if c.Recorder == nil {
		return ""
	}
	var w Writer
	m.write(&w)
	return w.String()
}

// Save writes the options.
func (m *gapMatch) Save(w *Writer) { m.write(w) }

var cpuExt = &Extension{
	Name: "cpu", Families: FamBoth, Model: Partly, Gap: "which CPU handles a packet is chance",
	Doc:     "The CPU that handles the packet.",
	Options: []Option{{Name: "cpu", Arg: Number, Max: 1<<32 - 1, Need: true, Neg: true, Help: "number from 0"}},
	New: func(a *Args) (any, error) {
		g := a.Given[0]
		return &gapMatch{"cpu", a.Ext.Gap, func(w *Writer) {
			w.Opt("cpu", g.Neg)
			w.Uint(g.Lo)
		}}, nil
	},
}

var cgroupExt = &Extension{
	Name: "cgroup", Families: FamBoth, Model: Partly, Gap: "which control group the local process belongs to",
	Doc: "The control group of the local process that sends or receives the packet.",
	Options: []Option{
		{Name: "path", Arg: Text, Max: 511, Neg: true, Excl: []string{"cgroup"}, Help: "path below the root of cgroup v2", Samples: []string{"/", ""}},
		{Name: "cgroup", Arg: Number, Max: 1<<32 - 1, Neg: true, Excl: []string{"path"}, Help: "class id of net_cls"},
	},
	Hooks: localHooks,
	New: func(a *Args) (any, error) {
		if len(a.Given) == 0 {
			return nil, a.Errorf("match cgroup: --path or --cgroup must be given")
		}
		g := a.Given[0]
		return &socketGap{gapMatch{"cgroup", a.Ext.Gap, func(w *Writer) {
			w.Opt(g.Option.Name, g.Neg)
			if g.Option.Name == "path" {
				w.Quote(g.Text())
				return
			}
			w.Uint(g.Lo)
		}}}, nil
	},
}
