package xt

import (
	"strings"

	"nfwhy/packet"
	"nfwhy/trace"
)

// dscpClasses are the DiffServ class names that iptables 1.8.9 knows.
var dscpClasses = []struct {
	name  string
	value uint8
}{
	{"CS0", 0x00}, {"CS1", 0x08}, {"CS2", 0x10}, {"CS3", 0x18}, {"CS4", 0x20}, {"CS5", 0x28}, {"CS6", 0x30}, {"CS7", 0x38}, {"BE", 0x00},
	{"AF11", 0x0a}, {"AF12", 0x0c}, {"AF13", 0x0e}, {"AF21", 0x12}, {"AF22", 0x14}, {"AF23", 0x16},
	{"AF31", 0x1a}, {"AF32", 0x1c}, {"AF33", 0x1e}, {"AF41", 0x22}, {"AF42", 0x24}, {"AF43", 0x26}, {"EF", 0x2e},
}

var dscpSamples = []string{"EF", "be", "CS3", "AF41", "af11"}

// dscpValue reads one of a pair of options: a number, or a class by name.
func dscpValue(number, class *Given) (uint8, error) {
	if number != nil {
		return uint8(number.Lo), nil
	}
	var words []string
	for _, c := range dscpClasses {
		if strings.EqualFold(class.Text(), c.name) {
			return c.value, nil
		}
		words = append(words, c.name)
	}
	return 0, class.bad("a DiffServ class: " + oneOf(words) + didYouMean(class.Text(), words))
}

var dscpMatchExt = &Extension{
	Name: "dscp", Families: FamBoth, Model: Exact,
	Doc: "The upper six bits of the TOS byte or traffic class.",
	Options: []Option{
		{Name: "dscp", Arg: Number, Max: 63, Neg: true, Excl: []string{"dscp-class"}, Help: "value 0-63"},
		{Name: "dscp-class", Arg: Text, Neg: true, Excl: []string{"dscp"}, Help: "BE, EF, AFxx or CSx", Samples: dscpSamples},
	},
	New: func(a *Args) (any, error) {
		if len(a.Given) == 0 {
			return nil, a.Errorf("match dscp: --dscp or --dscp-class must be given")
		}
		v, err := dscpValue(a.Get("dscp"), a.Get("dscp-class"))
		return &dscpMatch{v, a.Given[0].Neg}, err
	},
}

type dscpMatch struct {
	value uint8
	neg   bool
}

// Match is xt_dscp.c: dscp_mt (Linux 6.18).
func (m *dscpMatch) Match(c *Ctx) trace.Truth {
	return c.within("dscp", "--dscp", uint64(c.Pkt.TOS()>>2), uint64(m.value), uint64(m.value), m.neg)
}

// Save writes the number.
func (m *dscpMatch) Save(w *Writer) {
	w.Opt("dscp", m.neg)
	w.Printf("0x%02x", m.value)
}

var dscpTargetExt = &Extension{
	Name: "DSCP", IsTarget: true, Families: FamBoth, Tables: []string{"mangle"}, Model: Exact,
	Doc: "Sets the upper six bits of the TOS byte or traffic class.",
	Options: []Option{
		{Name: "set-dscp", Arg: Number, Max: 63, Excl: []string{"set-dscp-class"}, Help: "value 0-63"},
		{Name: "set-dscp-class", Arg: Text, Excl: []string{"set-dscp"}, Help: "BE, EF, AFxx or CSx", Samples: dscpSamples},
	},
	New: func(a *Args) (any, error) {
		if len(a.Given) == 0 {
			return nil, a.Errorf("target DSCP: --set-dscp or --set-dscp-class must be given")
		}
		v, err := dscpValue(a.Get("set-dscp"), a.Get("set-dscp-class"))
		return &dscpTarget{v}, err
	},
}

type dscpTarget struct{ value uint8 }

// Apply is xt_DSCP.c: dscp_tg (Linux 6.18).
func (t *dscpTarget) Apply(c *Ctx) trace.Verdict {
	setTOS(c.Pkt, c.Pkt.TOS()&3|t.value<<2)
	return trace.Continue
}

// Save writes the number.
func (t *dscpTarget) Save(w *Writer) { w.Printf("--set-dscp 0x%02x", t.value) }

// setTOS writes the TOS byte or traffic class and keeps the IPv4 header checksum
// right.
func setTOS(p *packet.Packet, v uint8) {
	if p.Family == packet.IPv6 {
		p.Data[0] = p.Data[0]&0xf0 | v>>4
		p.Data[1] = p.Data[1]&0x0f | v<<4
		return
	}
	if p.Data[1] != v {
		p.Data[1] = v
		packet.IPv4Header(p.Data).SetChecksum()
	}
}

var tosMatchExt = &Extension{
	Name: "tos", Families: FamBoth, Model: Exact,
	Doc:     "The TOS byte or traffic class under a mask: 0xff for a number alone, 0x3f for a name.",
	Options: []Option{{Name: "tos", Arg: TOSMask, Need: true, Neg: true, Help: "VALUE[/MASK] or a name"}},
	New: func(a *Args) (any, error) {
		g := a.Given[0]
		return &tosMatch{uint8(g.Lo), uint8(g.Hi), g.Neg}, nil
	},
}

type tosMatch struct {
	value, mask uint8
	neg         bool
}

// Match is xt_dscp.c: tos_mt (Linux 6.18).
func (m *tosMatch) Match(c *Ctx) trace.Truth {
	return c.masked("tos", "--tos", uint64(c.Pkt.TOS()), uint64(m.mask), uint64(m.value), m.neg)
}

// Save writes value and mask.
func (m *tosMatch) Save(w *Writer) {
	w.Opt("tos", m.neg)
	w.Printf("0x%02x/0x%02x", m.value, m.mask)
}

var tosOptions = []string{"set-tos", "and-tos", "or-tos", "xor-tos"}

var tosTargetExt = &Extension{
	Name: "TOS", IsTarget: true, Families: FamBoth, Tables: []string{"mangle"}, Model: Exact,
	Doc: "Changes the TOS byte or traffic class: tos = (tos & ~MASK) ^ VALUE, ECN bits included.",
	Options: []Option{
		{Name: "set-tos", Arg: TOSMask, Excl: othersOf("set-tos", tosOptions), Help: "VALUE[/MASK] or a name"},
		{Name: "and-tos", Arg: Number, Max: 255, Excl: othersOf("and-tos", tosOptions), Help: "keep these bits"},
		{Name: "or-tos", Arg: Number, Max: 255, Excl: othersOf("or-tos", tosOptions), Help: "set these bits"},
		{Name: "xor-tos", Arg: Number, Max: 255, Excl: othersOf("xor-tos", tosOptions), Help: "flip these bits"},
	},
	New: func(a *Args) (any, error) {
		if len(a.Given) == 0 {
			return nil, a.Errorf("target TOS: one of --set-tos, --and-tos, --or-tos or --xor-tos must be given")
		}
		g, v := a.Given[0], uint8(a.Given[0].Lo)
		switch g.Option.Name {
		case "set-tos":
			return &tosTarget{v, uint8(g.Hi)}, nil
		case "and-tos":
			return &tosTarget{0, ^v}, nil
		case "or-tos":
			return &tosTarget{v, v}, nil
		}
		return &tosTarget{v, 0}, nil
	},
}

type tosTarget struct{ value, mask uint8 }

// Apply is xt_DSCP.c: tos_tg (Linux 6.18).
func (t *tosTarget) Apply(c *Ctx) trace.Verdict {
	setTOS(c.Pkt, c.Pkt.TOS()&^t.mask^t.value)
	return trace.Continue
}

// Save writes every form as --set-tos.
func (t *tosTarget) Save(w *Writer) { w.Printf("--set-tos 0x%02x/0x%02x", t.value, t.mask) }
