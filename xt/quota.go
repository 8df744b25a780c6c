package xt

import (
	"math"

	"nfwhy/packet"
	"nfwhy/trace"
)

var quotaExt = &Extension{
	Name: "quota", Families: FamBoth, Model: Exact,
	Doc: "A budget of bytes. The first packet that no longer fits ends it for good.",
	Options: []Option{{Name: "quota", Arg: Number, Max: math.MaxUint64, Need: true, Neg: true, Help: "bytes",
		Samples: []string{"0", "1", "1000000", "18446744073709551615", "0x10"}}},
	New: func(a *Args) (any, error) {
		g := a.Given[0]
		return &quotaMatch{g.Lo, g.Neg}, nil
	},
}

type quotaMatch struct {
	bytes uint64
	neg   bool
}

type quotaState struct{ left uint64 }

// Clone copies what is left.
func (s *quotaState) Clone() State { c := *s; return &c }

// NewState returns the full budget.
func (m *quotaMatch) NewState(packet.Time, map[string]State) State { return &quotaState{m.bytes} }

// Match is xt_quota.c: quota_mt (Linux 6.18).
func (m *quotaMatch) Match(c *Ctx) trace.Truth {
	s, ok := c.State.(*quotaState)
	if !ok {
		return c.unknown("quota", "--quota", utoa(m.bytes), "how much of the quota was used before")
	}
	before, n := s.left, uint64(c.Pkt.Length)
	fits := before >= n
	s.left = 0
	if fits {
		s.left = before - n
	}
	t := trace.Of(fits).Not(m.neg)
	if c.Recorder != nil {
		c.Recorder.Term(trace.Term{Part: "quota", Field: "--quota", Saw: sizeText(int(n)) + ", " + utoa(before) + " left", Want: not(m.neg, "enough left"), Truth: t})
	}
	return t
}

// Save writes the budget as it was at the start.
func (m *quotaMatch) Save(w *Writer) {
	w.Opt("quota", m.neg)
	w.Uint(m.bytes)
}
