package xt

import (
	"nfwhy/packet"
	"nfwhy/ruleset"
	"nfwhy/trace"
)

var physdevExt = &Extension{
	Name: "physdev", Families: FamBoth, Model: Exact,
	Doc: "The ports of a bridge that a bridged packet came in and goes out by. For a packet that is not bridged every plain test\n" +
		"fails and every inverted one holds.",
	Options: []Option{
		{Name: "physdev-in", Arg: Text, Neg: true, Help: "port it came in by; + at the end for any rest", Samples: []string{"eth0", "vnet+", "+", "abcdefghijklmnop"}},
		{Name: "physdev-out", Arg: Text, Neg: true, Help: "port it goes out by", Samples: []string{"eth0", "vnet+", "+"}},
		{Name: "physdev-is-in", Neg: true, Help: "it came in by a bridge port"},
		{Name: "physdev-is-out", Neg: true, Help: "it goes out by a bridge port"},
		{Name: "physdev-is-bridged", Neg: true, Help: "it goes from port to port"},
	},
	New: newPhysdev,
}

// given is an option without value: asked for, and inverted.
type given struct{ on, neg bool }

func givenFlag(g *Given) given { return given{g != nil, g != nil && g.Neg} }

func (g given) save(w *Writer, name string) {
	if g.on {
		w.Opt(name, g.neg)
	}
}

type physdevMatch struct {
	in, out              given
	inName, outName      string
	isIn, isOut, bridged given
}

func newPhysdev(a *Args) (any, error) {
	m := &physdevMatch{
		in: givenFlag(a.Get("physdev-in")), out: givenFlag(a.Get("physdev-out")),
		isIn: givenFlag(a.Get("physdev-is-in")), isOut: givenFlag(a.Get("physdev-is-out")), bridged: givenFlag(a.Get("physdev-is-bridged")),
	}
	for name, to := range map[string]*string{"physdev-in": &m.inName, "physdev-out": &m.outName} {
		if g := a.Get(name); g != nil {
			*to = g.Text()
			if w := (ruleset.Word{Text: *to, Pos: g.Words[0].Pos}); *to != "" {
				if err := checkInterface(w); err != nil {
					return nil, err
				}
			}
		}
	}
	if len(a.Given) == 0 {
		return nil, a.Errorf("match physdev: at least one option must be given")
	}
	return m, nil
}

// CheckHook refuses to ask for the outgoing port in OUTPUT, where it is not known
// yet, unless for bridged packets, which never get there.
func (m *physdevMatch) CheckHook(h packet.Hook) error {
	if h == packet.Output && (m.out.on || m.isOut.on) && (!m.bridged.on || m.bridged.neg) {
		return errNotHere("--physdev-out and --physdev-is-out", h)
	}
	return nil
}

// Match is xt_physdev.c: physdev_mt (Linux 6.18).
func (m *physdevMatch) Match(c *Ctx) trace.Truth {
	in, out := c.Pkt.PhysIn, c.Pkt.PhysOut
	if in == "" && out == "" {
		ok := true
		for _, g := range [...]given{m.bridged, m.isIn, m.isOut, m.in, m.out} {
			ok = ok && (!g.on || g.neg)
		}
		return c.says("physdev", "bridge port", "not bridged", m.text(c), trace.Of(ok))
	}
	ok := (!m.bridged.on || (out != "") != m.bridged.neg) &&
		(!m.isIn.on || (in != "") != m.isIn.neg) &&
		(!m.isOut.on || (out != "") != m.isOut.neg) &&
		(!m.in.on || in == "" || matchInterface(in, m.inName) != m.in.neg) &&
		(!m.out.on || out != "" && matchInterface(out, m.outName) != m.out.neg)
	if c.Recorder != nil {
		c.Recorder.Term(trace.Term{Part: "physdev", Field: "bridge port", Saw: "in " + in + " out " + out, Want: m.text(c), Truth: trace.Of(ok)})
	}
	return trace.Of(ok)
}

func (m *physdevMatch) text(c *Ctx) string {
	if c.Recorder == nil {
		return ""
	}
	var w Writer
	m.Save(&w)
	return w.String()
}

// Save writes the options in iptables-save's order.
func (m *physdevMatch) Save(w *Writer) {
	m.isIn.save(w, "physdev-is-in")
	if m.in.save(w, "physdev-in"); m.in.on {
		w.Word(m.inName)
	}
	m.isOut.save(w, "physdev-is-out")
	if m.out.save(w, "physdev-out"); m.out.on {
		w.Word(m.outName)
	}
	m.bridged.save(w, "physdev-is-bridged")
}
