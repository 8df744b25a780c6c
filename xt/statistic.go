package xt

import (
	"math"

	"nfwhy/packet"
	"nfwhy/trace"
)

var statisticExt = &Extension{
	Name: "statistic", Families: FamBoth, Model: Partly, Gap: "mode random draws at random in the kernel",
	Doc: "Every nth packet that gets this far in the rule, or a share of them at random.",
	Options: []Option{
		{Name: "mode", Arg: Text, Need: true, Help: "random or nth", Samples: []string{"random", "nth"}},
		{Name: "probability", Arg: Real, Neg: true, Help: "share, 0 to 1 (mode random)", Samples: []string{"0.5", "0", "1", "0.333333333333", "1e-3", ".1", "1.1"}},
		{Name: "every", Arg: Number, Min: 1, Max: 1<<32 - 1, Neg: true, Also: []string{"packet"}, Help: "one of so many (mode nth)",
			Samples: []string{"1", "2", "10", "4294967295"}},
		{Name: "packet", Arg: Number, Max: 1<<32 - 1, Also: []string{"every"}, Help: "how many to pass over first", Samples: []string{"0", "1", "5"}},
	},
	New: newStatistic,
}

type statisticMatch struct {
	nth       bool
	neg       bool
	threshold uint32 // of 2^31
	every     uint32 // less one, as the kernel has it
	packet    uint32
}

func newStatistic(a *Args) (any, error) {
	m := &statisticMatch{}
	mode, err := wordOf(a.Get("mode"), []string{"random", "nth"})
	if err != nil {
		return nil, err
	}
	p, every := a.Get("probability"), a.Get("every")
	switch m.nth = mode == 1; {
	case m.nth && every == nil:
		return nil, a.Errorf("match statistic: --every and --packet must be given with --mode nth")
	case m.nth && p != nil:
		return nil, p.Errorf("option %q: needs --mode random", "--probability")
	case !m.nth && p == nil:
		return nil, a.Errorf("match statistic: --probability must be given with --mode random")
	case !m.nth && every != nil:
		return nil, every.Errorf("option %q: needs --mode nth", "--every")
	case m.nth:
		m.neg, m.every, m.packet = every.Neg, uint32(every.Lo)-1, uint32(a.Get("packet").Lo)
		if m.packet > m.every {
			return nil, a.Get("packet").Errorf("option %q: %d is not below --every %d", "--packet", m.packet, m.every+1)
		}
	default:
		if p.Real < 0 || p.Real > 1 {
			return nil, p.bad("a number from 0 to 1")
		}
		m.neg, m.threshold = p.Neg, uint32(math.Round(p.Real*(1<<31)))
	}
	return m, nil
}

type statisticState struct{ count uint32 }

// Clone copies the counter.
func (s *statisticState) Clone() State { c := *s; return &c }

// NewState returns the counter as a freshly loaded rule has it.
func (m *statisticMatch) NewState(packet.Time, map[string]State) State {
	return &statisticState{m.every - m.packet}
}

// Match is xt_statistic.c: statistic_mt (Linux 6.18).
func (m *statisticMatch) Match(c *Ctx) trace.Truth {
	if !m.nth {
		return m.matchRandom(c)
	}
	s, ok := c.State.(*statisticState)
	if !ok {
		return c.unknown("statistic", "--every", utoa(uint64(m.every)+1), "how many packets were counted before")
	}
	hit := s.count == m.every
	if s.count++; hit {
		s.count = 0
	}
	t := trace.Of(hit).Not(m.neg)
	if c.Recorder != nil {
		saw := "another packet"
		if hit {
			saw = "the one that counts"
		}
		c.Recorder.Term(trace.Term{Part: "statistic", Field: "--every", Saw: saw, Want: not(m.neg, "one of "+utoa(uint64(m.every)+1)), Truth: t})
	}
	return t
}

func (m *statisticMatch) matchRandom(c *Ctx) trace.Truth {
	switch {
	case m.threshold == 0:
		return c.says("statistic", "--probability", "never", "", trace.Of(m.neg))
	case m.threshold >= 1<<31:
		return c.says("statistic", "--probability", "always", "", trace.Of(!m.neg))
	case c.Rand == nil:
		return c.unknown("statistic", "--probability", "", "the kernel draws at random")
	}
	return c.says("statistic", "--probability", "as drawn", "", trace.Of(c.Rand.Uint32()&(1<<31-1) < m.threshold).Not(m.neg))
}

// Save writes the options of the mode.
func (m *statisticMatch) Save(w *Writer) {
	if m.nth {
		w.Word("--mode nth")
		w.Opt("every", m.neg)
		w.Printf("%d --packet %d", uint64(m.every)+1, m.packet)
		return
	}
	w.Word("--mode random")
	w.Opt("probability", m.neg)
	w.Printf("%.11f", float64(m.threshold)/(1<<31))
}
