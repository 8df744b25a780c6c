package netfilter

import (
	"nfwhy/trace"
)

// maxOutcomes bounds how many ways through its gaps a packet is run.
const maxOutcomes = 32

// choose answers a question that the model cannot: with the guess, or with its
// opposite where the script of this run says so, and notes the gap.
func (n *Netns) choose(f *flight, r *rule, what string, guess trace.Truth) trace.Truth {
	if what == "" {
		what = "a part of the rule cannot be decided"
	}
	g := trace.Gap{Source: r.x.Source, What: what}
	if f.journey != nil {
		f.journey.Gaps = append(f.journey.Gaps, g)
	}
	n.gaps = append(n.gaps, g)
	k := n.chosen
	n.chosen++
	return guess.Not(k < len(n.script) && n.script[k])
}

// stimulus runs one packet through the machine and, when a gap was met, every
// other way through the gaps in forks of the machine as it was before.
func (n *Netns) stimulus(run func(m *Netns) Result) Result {
	before := n.Fork()
	n.script, n.chosen, n.gaps, n.logs = nil, 0, nil, nil
	res := run(n)
	if n.chosen == 0 {
		return res
	}
	res.Gaps = n.gaps
	res.Open = before.explore(run, n.chosen, outcome{res.Fate, n.logs})
	return res
}

// surprised takes a result of a machine whose parts are all modelled. When one
// of them could not tell all the same (a capture cut the packet, say), there is
// no fork to try the other answers in: the outcome is called uncertain, and from
// now on there will be one.
func (n *Netns) surprised(res Result) Result {
	if n.chosen == 0 {
		return res
	}
	n.wary = true
	res.Gaps = n.gaps
	res.Open = []trace.Alternative{{Fate: trace.Uncertain, Why: n.gaps[0].What}}
	n.chosen, n.gaps = 0, nil
	return res
}

type outcome struct {
	fate trace.Fate
	logs []string
}

func (a outcome) equal(b outcome) bool {
	if a.fate != b.fate || len(a.logs) != len(b.logs) {
		return false
	}
	for i := range a.logs {
		if a.logs[i] != b.logs[i] {
			return false
		}
	}
	return true
}

// explore runs the packet with every other script and returns the outcomes that
// differ from the first.
func (n *Netns) explore(run func(m *Netns) Result, chosen int, first outcome) []trace.Alternative {
	var open []trace.Alternative
	scripts := branch(nil, chosen)
	for runs := 0; len(scripts) > 0 && runs < maxOutcomes; runs++ {
		s := scripts[0]
		scripts = scripts[1:]
		m := n.Fork()
		m.mute, m.script = true, s
		res := run(m)
		scripts = append(scripts, branch(s, m.chosen)...)
		o := outcome{res.Fate, m.logs}
		if o.equal(first) || known(open, o) {
			continue
		}
		why := ""
		if k := len(s) - 1; k < len(m.gaps) {
			why = m.gaps[k].What
		}
		open = append(open, trace.Alternative{Fate: o.fate, Logs: o.logs, Why: why})
	}
	return open
}

func known(open []trace.Alternative, o outcome) bool {
	for _, a := range open {
		if o.equal(outcome{a.Fate, a.Logs}) {
			return true
		}
	}
	return false
}

// branch returns the scripts that differ from s in exactly one later choice.
func branch(s []bool, chosen int) [][]bool {
	var out [][]bool
	for j := len(s); j < chosen; j++ {
		t := make([]bool, j+1)
		copy(t, s)
		t[j] = true
		out = append(out, t)
	}
	return out
}
