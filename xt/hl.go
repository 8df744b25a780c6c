package xt

import (
	"fmt"

	"nfwhy/trace"
)

// The file is named after xt_HL.c and xt_hl.c, which hold the matches ttl and hl
// and the targets TTL and HL.

var ttlMatchExt = hopLimitMatch("ttl", Fam4, "Time to live, as it is at this hook: FORWARD and POSTROUTING see it already lowered.")
var hlMatchExt = hopLimitMatch("hl", Fam6, "Hop limit, as it is at this hook: FORWARD and POSTROUTING see it already lowered.")

func hopLimitMatch(name string, fam uint8, doc string) *Extension {
	eq, lt, gt := name+"-eq", name+"-lt", name+"-gt"
	return &Extension{
		Name: name, Families: fam, Model: Exact, Doc: doc,
		Options: []Option{
			{Name: eq, Aliases: []string{name}, Arg: Number, Max: 255, Neg: true, Excl: []string{lt, gt}, Help: "equal"},
			{Name: lt, Arg: Number, Max: 255, Excl: []string{eq, gt}, Help: "less"},
			{Name: gt, Arg: Number, Max: 255, Excl: []string{eq, lt}, Help: "greater"},
		},
		New: func(a *Args) (any, error) {
			if len(a.Given) == 0 {
				return nil, a.Errorf("match %s: one of --%s, --%s or --%s must be given", name, eq, lt, gt)
			}
			g := a.Given[0]
			m := &ttlMatch{name: name, option: g.Option.Name, value: g.Lo, neg: g.Neg}
			m.lo, m.hi = g.Lo, g.Lo
			switch g.Option.Name {
			case lt:
				m.lo, m.hi = 0, g.Lo-1
				m.never = g.Lo == 0
			case gt:
				m.lo, m.hi = g.Lo+1, 255
			}
			return m, nil
		},
	}
}

type ttlMatch struct {
	name, option string
	value        uint64
	lo, hi       uint64
	neg, never   bool
}

// Match is xt_hl.c: ttl_mt, hl_mt6 (Linux 6.18).
func (m *ttlMatch) Match(c *Ctx) trace.Truth {
	v := uint64(c.Pkt.TTL())
	t := trace.Of(!m.never && v >= m.lo && v <= m.hi).Not(m.neg)
	if c.Recorder != nil {
		want := utoa(m.value)
		switch m.option {
		case m.name + "-lt":
			want = "less than " + want
		case m.name + "-gt":
			want = "greater than " + want
		}
		c.Recorder.Term(trace.Term{Part: m.name, Field: "--" + m.option, Saw: utoa(v), Want: not(m.neg, want), Truth: t})
	}
	return t
}

// Save writes the one option.
func (m *ttlMatch) Save(w *Writer) {
	w.Opt(m.option, m.neg)
	w.Uint(m.value)
}

var ttlTargetExt = hopLimitTarget("TTL", "ttl", Fam4)
var hlTargetExt = hopLimitTarget("HL", "hl", Fam6)

func hopLimitTarget(name, prefix string, fam uint8) *Extension {
	names := []string{prefix + "-set", prefix + "-dec", prefix + "-inc"}
	excl := func(but int) []string {
		return append(append([]string{}, names[:but]...), names[but+1:]...)
	}
	return &Extension{
		Name: name, IsTarget: true, Families: fam, Tables: []string{"mangle"}, Model: Exact,
		Doc: fmt.Sprintf("Changes the %s of the packet. In PREROUTING this happens before a forwarded packet loses one.", prefix),
		Options: []Option{
			{Name: names[0], Arg: Number, Max: 255, Excl: excl(0), Help: "set to this"},
			{Name: names[1], Arg: Number, Min: 1, Max: 255, Excl: excl(1), Help: "lower by this, not below 0"},
			{Name: names[2], Arg: Number, Min: 1, Max: 255, Excl: excl(2), Help: "raise by this, not above 255"},
		},
		New: func(a *Args) (any, error) {
			if len(a.Given) == 0 {
				return nil, a.Errorf("target %s: one of --%s, --%s or --%s must be given", name, names[0], names[1], names[2])
			}
			g := a.Given[0]
			t := &ttlTarget{option: g.Option.Name, value: int(g.Lo)}
			switch g.Option.Name {
			case names[1]:
				t.step = -1
			case names[2]:
				t.step = 1
			}
			return t, nil
		},
	}
}

type ttlTarget struct {
	option string
	value  int
	step   int // -1 lowers, 1 raises, 0 sets
}

// Apply is xt_HL.c: ttl_tg, hl_tg6 (Linux 6.18).
func (t *ttlTarget) Apply(c *Ctx) trace.Verdict {
	v := t.value
	if t.step != 0 {
		v = min(255, max(0, int(c.Pkt.TTL())+t.step*t.value))
	}
	c.Pkt.SetTTL(uint8(v))
	return trace.Continue
}

// Save writes the one option.
func (t *ttlTarget) Save(w *Writer) {
	w.Opt(t.option, false)
	w.Uint(uint64(t.value))
}
