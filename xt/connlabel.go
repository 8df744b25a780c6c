package xt

import "nfwhy/trace"

var connlabelExt = &Extension{
	Name: "connlabel", Families: FamBoth, Model: Exact, Tracks: true,
	Doc: "A label bit of the connection. Names come from connlabel.conf of the host and are not known here: use numbers.",
	Options: []Option{
		{Name: "label", Arg: Text, Need: true, Neg: true, Help: "number 0-127 or name", Samples: []string{"5", "0", "127"}},
		{Name: "set", Help: "set the label; true when that is done"},
	},
	New: func(a *Args) (any, error) {
		g := a.Get("label")
		n, ok := wholeNumber(g.Text(), 0, 127)
		if !ok {
			return nil, g.bad("a label from 0 to 127; names are not known")
		}
		return &connlabelMatch{uint8(n), g.Neg, a.Has("set")}, nil
	},
}

type connlabelMatch struct {
	bit uint8
	neg bool
	set bool
}

// Match is xt_connlabel.c: connlabel_mt (Linux 6.18).
func (m *connlabelMatch) Match(c *Ctx) trace.Truth {
	ct := c.CT.Conn
	if ct == nil {
		return c.says("connlabel", "connection", "none", "a tracked connection", trace.Of(m.neg))
	}
	has := ct.HasLabel(m.bit)
	if m.set && !has {
		ct.SetLabel(m.bit)
		has = true
	}
	t := trace.Of(has).Not(m.neg)
	if c.Recorder != nil {
		saw := "not set"
		if has {
			saw = "set"
		}
		c.Recorder.Term(trace.Term{Part: "connlabel", Field: "--label", Saw: saw, Want: not(m.neg, utoa(uint64(m.bit))), Truth: t})
	}
	return t
}

// Save writes the label, which iptables always quotes.
func (m *connlabelMatch) Save(w *Writer) {
	w.Opt("label", m.neg)
	w.Printf("%q", utoa(uint64(m.bit)))
	if m.set {
		w.Opt("set", false)
	}
}
