package xt

import (
	"fmt"

	"nfwhy/packet"
	"nfwhy/trace"
)

var ecnMatchExt = &Extension{
	Name: "ecn", Families: FamBoth, Model: Exact,
	Doc: "The explicit congestion notification bits of the IP header, and of a TCP header (with -p tcp).",
	Options: []Option{
		{Name: "ecn-tcp-cwr", Neg: true, Help: "the CWR flag of TCP"},
		{Name: "ecn-tcp-ece", Neg: true, Help: "the ECE flag of TCP"},
		{Name: "ecn-ip-ect", Arg: Number, Max: 3, Neg: true, Help: "the ECN bits of the IP header, 0-3"},
	},
	New: newECN,
}

type ecnMatch struct {
	cwr, ece       bool
	negCWR, negECE bool
	hasIP, negIP   bool
	ect            uint8
}

func newECN(a *Args) (any, error) {
	if len(a.Given) == 0 {
		return nil, a.Errorf("match ecn: one of --ecn-tcp-cwr, --ecn-tcp-ece or --ecn-ip-ect must be given")
	}
	m := &ecnMatch{}
	if g := a.Get("ecn-tcp-cwr"); g != nil {
		m.cwr, m.negCWR = true, g.Neg
	}
	if g := a.Get("ecn-tcp-ece"); g != nil {
		m.ece, m.negECE = true, g.Neg
	}
	if g := a.Get("ecn-ip-ect"); g != nil {
		m.hasIP, m.ect, m.negIP = true, uint8(g.Lo), g.Neg
	}
	b := &a.Rule.Base
	if (m.cwr || m.ece) && (!b.HasProto || b.NegProto || b.Proto != packet.ProtoTCP) {
		return nil, a.Errorf("match ecn not allowed here: --ecn-tcp-cwr and --ecn-tcp-ece need -p tcp")
	}
	return m, nil
}

// Match is xt_ecn.c: ecn_mt4, ecn_mt6 (Linux 6.18). A TCP header that is not
// there fails the match without dropping the packet.
func (m *ecnMatch) Match(c *Ctx) trace.Truth {
	if m.hasIP {
		if c.within("ecn", "--ecn-ip-ect", uint64(c.Pkt.TOS()&3), uint64(m.ect), uint64(m.ect), m.negIP) == trace.No {
			return trace.No
		}
	}
	if !m.cwr && !m.ece {
		return trace.Yes
	}
	tr := c.transport()
	if c.Family == packet.IPv6 && tr.frag != 0 {
		return c.says("ecn", "fragment", "a later fragment", "a TCP header", trace.No)
	}
	h, w := c.bytes(tr.off, 20)
	switch w {
	case cut:
		return c.unknown("ecn", "header", "", "the capture cut the packet inside its TCP header")
	case absent:
		return c.says("ecn", "header", "shorter than a TCP header", "a TCP header", trace.No)
	}
	if m.ece && c.within("ecn", "--ecn-tcp-ece", uint64(h[13]>>6&1), 1, 1, m.negECE) == trace.No {
		return trace.No
	}
	if m.cwr {
		return c.within("ecn", "--ecn-tcp-cwr", uint64(h[13]>>7&1), 1, 1, m.negCWR)
	}
	return trace.Yes
}

// Save writes the options in iptables-save's order.
func (m *ecnMatch) Save(w *Writer) {
	if m.ece {
		w.Opt("ecn-tcp-ece", m.negECE)
	}
	if m.cwr {
		w.Opt("ecn-tcp-cwr", m.negCWR)
	}
	if m.hasIP {
		w.Opt("ecn-ip-ect", m.negIP)
		w.Word(fmt.Sprint(m.ect))
	}
}

var ecnTargetExt = &Extension{
	Name: "ECN", IsTarget: true, Families: Fam4, Tables: []string{"mangle"}, Model: Exact,
	Doc: "Clears or sets the explicit congestion notification bits.",
	Options: []Option{
		{Name: "ecn-tcp-remove", Excl: []string{"ecn-tcp-cwr", "ecn-tcp-ece"}, Help: "clear both flags of TCP"},
		{Name: "ecn-tcp-cwr", Arg: Number, Max: 1, Excl: []string{"ecn-tcp-remove"}, Help: "set the CWR flag to this"},
		{Name: "ecn-tcp-ece", Arg: Number, Max: 1, Excl: []string{"ecn-tcp-remove"}, Help: "set the ECE flag to this"},
		{Name: "ecn-ip-ect", Arg: Number, Max: 3, Help: "set the ECN bits of the IP header to this"},
	},
	New: newECNTarget,
}

type ecnTarget struct {
	hasIP, hasCWR, hasECE bool
	ect, cwr, ece         uint8
}

func newECNTarget(a *Args) (any, error) {
	if len(a.Given) == 0 {
		return nil, a.Errorf("target ECN: an option must be given")
	}
	t := &ecnTarget{}
	for _, g := range a.Given {
		switch v := uint8(g.Lo); g.Option.Name {
		case "ecn-tcp-remove":
			*t = ecnTarget{hasCWR: true, hasECE: true} // forgets --ecn-ip-ect before it
		case "ecn-tcp-cwr":
			t.hasCWR, t.cwr = true, v
		case "ecn-tcp-ece":
			t.hasECE, t.ece = true, v
		case "ecn-ip-ect":
			t.hasIP, t.ect = true, v
		}
	}
	b := &a.Rule.Base
	if (t.hasCWR || t.hasECE) && (!b.HasProto || b.NegProto || b.Proto != packet.ProtoTCP) {
		return nil, a.Errorf("target ECN not allowed here: TCP's flags need -p tcp")
	}
	return t, nil
}

// Apply is ipt_ECN.c: ecn_tg (Linux 6.18).
func (t *ecnTarget) Apply(c *Ctx) trace.Verdict {
	if t.hasIP {
		setTOS(c.Pkt, c.Pkt.TOS()&^3|t.ect)
	}
	if !t.hasCWR && !t.hasECE || c.Pkt.Proto != packet.ProtoTCP {
		return trace.Continue
	}
	h, w := c.bytes(c.Pkt.L4, 20)
	if w != here {
		return dropIf(w == absent)
	}
	old := uint16(h[12])<<8 | uint16(h[13])
	if t.hasECE {
		h[13] = h[13]&^0x40 | t.ece<<6
	}
	if t.hasCWR {
		h[13] = h[13]&^0x80 | t.cwr<<7
	}
	if now := uint16(h[12])<<8 | uint16(h[13]); now != old {
		mendChecksum(h[16:], old, now)
	}
	return trace.Continue
}

// Save writes the options in iptables-save's order; clearing both flags and
// nothing else is --ecn-tcp-remove.
func (t *ecnTarget) Save(w *Writer) {
	if t.hasCWR && t.hasECE && !t.hasIP && t.cwr == 0 && t.ece == 0 {
		w.Opt("ecn-tcp-remove", false)
		return
	}
	if t.hasECE {
		w.Printf("--ecn-tcp-ece %d", t.ece)
	}
	if t.hasCWR {
		w.Printf("--ecn-tcp-cwr %d", t.cwr)
	}
	if t.hasIP {
		w.Printf("--ecn-ip-ect %d", t.ect)
	}
}
