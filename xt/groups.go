package xt

import "nfwhy/packet"

// Matches on numbers with names from iproute2's tables: device groups and realms.

var devgroupExt = &Extension{
	Name: "devgroup", Families: FamBoth, Model: Partly, Gap: "which groups the host's interfaces are in",
	Doc: "The group of the interface (ip link set group).",
	Options: []Option{
		{Name: "src-group", Arg: Text, Neg: true, Help: "group of the incoming interface: VALUE[/MASK] or name", Samples: []string{"5", "0x10/0xff", "default", "0", "5/0", "foo"}},
		{Name: "dst-group", Arg: Text, Neg: true, Help: "group of the outgoing interface: VALUE[/MASK] or name", Samples: []string{"5", "default"}},
	},
	New: newDevgroup,
}

// namedMark is a value under a mask that may have been given by name.
type namedMark struct {
	on, neg     bool
	value, mask uint64
}

// namedMarkOf reads VALUE[/MASK], or zero's name.
func namedMarkOf(g *Given, zero string) (namedMark, error) {
	if g == nil {
		return namedMark{}, nil
	}
	m := namedMark{on: true, neg: g.Neg, mask: 1<<32 - 1}
	if g.Text() == zero {
		return m, nil
	}
	var ok bool
	if m.value, m.mask, ok = markMask(g.Text()); !ok {
		return m, g.bad("VALUE[/MASK] of 32 bits, or " + zero)
	}
	return m, nil
}

func (m namedMark) save(w *Writer, name, zero string) {
	if !m.on {
		return
	}
	w.Opt(name, m.neg)
	if m.value == 0 && m.mask == 1<<32-1 {
		w.Word(zero)
		return
	}
	saveMark(w, m.value, m.mask)
}

type devgroupMatch struct {
	gapMatch
	src, dst namedMark
}

func newDevgroup(a *Args) (any, error) {
	m := &devgroupMatch{}
	var err error
	if m.src, err = namedMarkOf(a.Get("src-group"), "default"); err != nil {
		return nil, err
	}
	if m.dst, err = namedMarkOf(a.Get("dst-group"), "default"); err != nil {
		return nil, err
	}
	if len(a.Given) == 0 {
		return nil, a.Errorf("match devgroup: --src-group or --dst-group must be given")
	}
	m.gapMatch = gapMatch{"devgroup", a.Ext.Gap, func(w *Writer) {
		m.src.save(w, "src-group", "default")
		m.dst.save(w, "dst-group", "default")
	}}
	return m, nil
}

// CheckHook refuses to ask for an interface that packets there do not have.
func (m *devgroupMatch) CheckHook(h packet.Hook) error {
	if m.src.on && h != packet.Prerouting && h != packet.Input && h != packet.Forward {
		return errNotHere("--src-group", h)
	}
	if m.dst.on && h != packet.Forward && h != packet.Output && h != packet.Postrouting {
		return errNotHere("--dst-group", h)
	}
	return nil
}

var realmExt = &Extension{
	Name: "realm", Families: Fam4, Model: Partly, Gap: "which realms the host's routes have",
	Hooks: []packet.Hook{packet.Postrouting, packet.Forward, packet.Output, packet.Input},
	Doc:   "The realm of the packet's route.",
	Options: []Option{{Name: "realm", Arg: Text, Need: true, Neg: true, Help: "VALUE[/MASK] or name",
		Samples: []string{"5", "0x5/0xff", "cosmos", "0", "foo"}}},
	New: func(a *Args) (any, error) {
		v, err := namedMarkOf(a.Given[0], "cosmos")
		return &gapMatch{"realm", a.Ext.Gap, func(w *Writer) { v.save(w, "realm", "cosmos") }}, err
	},
}

var nfacctExt = &Extension{
	Name: "nfacct", Families: FamBoth, Model: Partly, Gap: "whether the counter has a quota, and how much of it is used",
	Doc:     "Counts packets into a counter of nfacct; true, or for a counter with a quota: the quota is used up.",
	Options: []Option{{Name: "nfacct-name", Arg: Text, Need: true, Min: 1, Help: "the counter"}},
	Objects: true,
	New: func(a *Args) (any, error) {
		name := a.Given[0].Text()
		return &gapMatch{"nfacct", a.Ext.Gap, func(w *Writer) { w.Printf("--nfacct-name %s", name) }}, nil
	},
}
