package xt

import (
	"strings"

	"nfwhy/trace"
)

var helperExt = &Extension{
	Name: "helper", Families: FamBoth, Model: Exact, Tracks: true,
	Doc:     "The packet belongs to a connection that a conntrack helper expected (an FTP data connection, say).",
	Options: []Option{{Name: "helper", Arg: Text, Need: true, Neg: true, Help: "the helper's name, \"\" for any", Samples: []string{"ftp", "ftp-2121", "", "sip", "123456789012345678901234567890"}}},
	New: func(a *Args) (any, error) {
		g := a.Given[0]
		return &helperMatch{g.Text()[:min(len(g.Text()), 29)], g.Neg}, nil
	},
}

type helperMatch struct {
	name string
	neg  bool
}

// Match is xt_helper.c: helper_mt (Linux 6.18). A name fits when the helper's
// begins with it.
func (m *helperMatch) Match(c *Ctx) trace.Truth {
	ct := c.CT.Conn
	if ct == nil || ct.Master == nil {
		return c.says("helper", "--helper", "not expected by a helper", m.name, trace.Of(m.neg))
	}
	name := ct.Master.HelperName()
	if name == "" {
		return c.says("helper", "--helper", "no helper", m.name, trace.Of(m.neg))
	}
	ok := m.name == "" || strings.HasPrefix(name, m.name)
	return c.says("helper", "--helper", name, not(m.neg, m.name), trace.Of(ok).Not(m.neg))
}

// Save writes the name, quoted where it must be.
func (m *helperMatch) Save(w *Writer) {
	w.Opt("helper", m.neg)
	w.Quote(m.name)
}
