package xt

import (
	"nfwhy/packet"
	"nfwhy/trace"
)

var policyExt = &Extension{
	Name: "policy", Families: FamBoth, Model: Partly,
	Gap: "which IPsec policies the host has",
	Doc: "The IPsec policy that unpacked (in) or will pack (out) the packet.",
	Options: []Option{
		{Name: "dir", Arg: Text, Need: true, Help: "in or out", Samples: []string{"in", "out"}},
		{Name: "pol", Arg: Text, Help: "none or ipsec", Samples: []string{"none", "ipsec"}},
		{Name: "strict", Help: "the elements are the whole policy, in order"},
		{Name: "reqid", Arg: Number, Max: 1<<32 - 1, Neg: true, Multi: true, Help: "request id"},
		{Name: "spi", Arg: Number, Max: 1<<32 - 1, Neg: true, Multi: true, Help: "SPI"},
		{Name: "tunnel-src", Arg: HostMask, Neg: true, Multi: true, Help: "tunnel's source"},
		{Name: "tunnel-dst", Arg: HostMask, Neg: true, Multi: true, Help: "tunnel's destination"},
		{Name: "proto", Arg: Proto, Neg: true, Multi: true, Help: "ah, esp or ipcomp", Samples: []string{"esp", "ah", "50", "ipcomp", "tcp"}},
		{Name: "mode", Arg: Text, Neg: true, Multi: true, Help: "transport or tunnel", Samples: []string{"tunnel", "transport"}},
		{Name: "next", Multi: true, Also: []string{"strict"}, Help: "begin the next element"},
	},
	New: newPolicy,
}

const policyElements = 4 // XT_POLICY_MAX_ELEM

// policyElem is one element: what was given for it, by option.
type policyElem struct{ reqid, spi, src, dst, proto, mode *Given }

func (e *policyElem) slot(name string) **Given {
	switch name {
	case "reqid":
		return &e.reqid
	case "spi":
		return &e.spi
	case "tunnel-src":
		return &e.src
	case "tunnel-dst":
		return &e.dst
	case "proto":
		return &e.proto
	}
	return &e.mode
}

func (e *policyElem) empty() bool { return *e == policyElem{} }

type policyMatch struct {
	out, none, strict bool
	elems             []policyElem
}

func newPolicy(a *Args) (any, error) {
	m := &policyMatch{strict: a.Has("strict"), elems: make([]policyElem, 1)}
	dir, err := wordOf(a.Get("dir"), []string{"in", "out"})
	if err != nil {
		return nil, err
	}
	m.out = dir == 1
	if g := a.Get("pol"); g != nil {
		pol, err := wordOf(g, []string{"none", "ipsec"})
		if err != nil {
			return nil, err
		}
		m.none = pol == 0
	}
	for _, g := range a.Given {
		if err := m.take(g); err != nil {
			return nil, err
		}
	}
	return m, m.check(a)
}

// take puts an option into the element being described.
func (m *policyMatch) take(g *Given) error {
	e := &m.elems[len(m.elems)-1]
	switch g.Option.Name {
	case "dir", "pol", "strict":
		return nil
	case "next":
		if len(m.elems) == policyElements {
			return g.Errorf("option %q: more than %d elements", "--next", policyElements)
		}
		m.elems = append(m.elems, policyElem{})
		return nil
	case "proto":
		if g.Lo != packet.ProtoESP && g.Lo != packet.ProtoAH && g.Lo != 108 {
			return g.bad("ah, esp or ipcomp")
		}
	case "mode":
		if _, err := wordOf(g, []string{"transport", "tunnel"}); err != nil {
			return err
		}
	}
	s := e.slot(g.Option.Name)
	if *s != nil {
		return errorAt(g.Word.Pos, "option %q can only be given once in an element", "--"+g.Option.Name)
	}
	*s = g
	return nil
}

func (m *policyMatch) check(a *Args) error {
	if m.none && m.strict {
		return a.Errorf("match policy: --strict makes no sense with --pol none")
	}
	if m.none {
		return nil
	}
	for i, e := range m.elems {
		if m.strict && e.empty() {
			return a.Errorf("match policy: element %d is empty, which --strict does not allow", i+1)
		}
		tunnel := e.mode != nil && (e.mode.Text() == "tunnel") != e.mode.Neg
		if !tunnel && (e.src != nil || e.dst != nil) {
			return a.Errorf("match policy: --tunnel-src and --tunnel-dst need --mode tunnel")
		}
	}
	return nil
}

// CheckHook refuses a direction that packets of the hook do not have.
func (m *policyMatch) CheckHook(h packet.Hook) error {
	if !m.out && (h == packet.Output || h == packet.Postrouting) {
		return errNotHere("--dir in", h)
	}
	if m.out && (h == packet.Prerouting || h == packet.Input) {
		return errNotHere("--dir out", h)
	}
	return nil
}

// IPsecKnower is a Machine that knows whether a packet was, or will be, packed
// by IPsec at all.
type IPsecKnower interface {
	// IPsec is No for a packet that has no business with IPsec.
	IPsec(c *Ctx, out bool) trace.Truth
}

// Match is xt_policy.c: policy_mt (Linux 6.18), for packets known to have no
// policy.
func (m *policyMatch) Match(c *Ctx) trace.Truth {
	k, ok := c.Machine.(IPsecKnower)
	if !ok || k.IPsec(c, m.out) != trace.No {
		return c.unknown("policy", "--pol", m.text(c), "whether an IPsec policy applies to the packet")
	}
	return c.says("policy", "--pol", "none", m.text(c), trace.Of(m.none))
}

func (m *policyMatch) text(c *Ctx) string {
	if c.Recorder == nil {
		return ""
	}
	var w Writer
	m.Save(&w)
	return w.String()
}

// Save writes the options in iptables-save's order; elements of "none" are
// forgotten.
func (m *policyMatch) Save(w *Writer) {
	dir, pol := "in", "ipsec"
	if m.out {
		dir = "out"
	}
	if m.none {
		pol = "none"
	}
	w.Printf("--dir %s --pol %s", dir, pol)
	if m.strict {
		w.Opt("strict", false)
	}
	if m.none {
		return
	}
	for i := range m.elems {
		if i > 0 {
			w.Opt("next", false)
		}
		m.elems[i].save(w)
	}
}

func (e *policyElem) save(w *Writer) {
	if g := e.reqid; g != nil {
		w.Opt("reqid", g.Neg)
		w.Uint(g.Lo)
	}
	if g := e.spi; g != nil {
		w.Opt("spi", g.Neg)
		w.Word(hex(g.Lo))
	}
	if g := e.proto; g != nil {
		w.Opt("proto", g.Neg)
		w.Word(protoText(uint8(g.Lo)))
	}
	if g := e.mode; g != nil {
		w.Opt("mode", g.Neg)
		w.Word(g.Text())
	}
	for name, g := range [...]*Given{e.dst, e.src} {
		if g != nil {
			w.Opt([...]string{"tunnel-dst", "tunnel-src"}[name], g.Neg)
			w.Word(addrText(g.Addr) + maskText(g.Mask))
		}
	}
}
