package lab

import (
	"slices"
	"strings"
)

// Shrink returns a smaller scenario of which fails is still true. It takes away
// steps, rules, chains, settings and routes, in ever smaller pieces, until no
// single one can go. fails must be true of s; it is asked some hundred times.
func Shrink(s Scenario, fails func(Scenario) bool) Scenario {
	for {
		before := size(&s)
		s = shrinkSteps(s, fails)
		s = shrinkRules(s, fails, func(s *Scenario) *string { return &s.Rules4 })
		s = shrinkRules(s, fails, func(s *Scenario) *string { return &s.Rules6 })
		s = shrinkRules(s, fails, func(s *Scenario) *string { return &s.Sets })
		s.Sysctls = without(s.Sysctls, func(kept []Sysctl) bool { c := s.Clone(); c.Sysctls = kept; return fails(c) })
		s.Routes = without(s.Routes, func(kept []Route) bool { c := s.Clone(); c.Routes = kept; return fails(c) })
		s = simplify(s, fails)
		if size(&s) == before {
			return s
		}
	}
}

// size is what Shrink makes small.
func size(s *Scenario) int {
	n := len(s.Steps) + len(s.Sysctls) + len(s.Routes) + len(s.Rules4) + len(s.Rules6) + len(s.Sets) + len(s.Backend)
	for _, st := range s.Steps {
		n += len(st.Packet) + len(st.Eth)
		if st.Mark != 0 {
			n++
		}
		if st.At != 0 {
			n++
		}
	}
	return n
}

// without removes what it can from xs: halves first, single ones last
// (delta debugging, Zeller and Hildebrandt 2002).
func without[T any](xs []T, fails func(kept []T) bool) []T {
	for chunk := (len(xs) + 1) / 2; chunk > 0; chunk /= 2 {
		for at := 0; at < len(xs); {
			end := min(at+chunk, len(xs))
			kept := append(slices.Clone(xs[:at]), xs[end:]...)
			if fails(kept) {
				xs = kept
			} else {
				at = end
			}
		}
	}
	return xs
}

func shrinkSteps(s Scenario, fails func(Scenario) bool) Scenario {
	s.Steps = without(s.Steps, func(kept []Step) bool {
		c := s.Clone()
		c.Steps = kept
		return fails(c)
	})
	return s
}

// shrinkRules takes lines away from one of the texts.
func shrinkRules(s Scenario, fails func(Scenario) bool, text func(*Scenario) *string) Scenario {
	with := func(t string) Scenario {
		c := s.Clone()
		*text(&c) = t
		return c
	}
	if *text(&s) == "" {
		return s
	}
	if c := with(""); fails(c) {
		return c
	}
	for _, table := range tablesOf(*text(&s)) { // whole tables first
		if c := with(strings.Replace(*text(&s), table, "", 1)); fails(c) {
			s = c
		}
	}
	lines := without(slices.Collect(strings.Lines(*text(&s))), func(kept []string) bool {
		return fails(with(strings.Join(kept, "")))
	})
	return with(strings.Join(lines, ""))
}

// tablesOf returns the tables of a save text, each from its star to its COMMIT.
func tablesOf(text string) []string {
	var tables []string
	start := -1
	at := 0
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "*") {
			start = at
		}
		at += len(line)
		if strings.HasPrefix(line, "COMMIT") && start >= 0 {
			tables = append(tables, text[start:at])
			start = -1
		}
	}
	return tables
}

// simplify makes the parts that are left plainer: the usual back end, usual link
// headers, no marks, no waiting, fewer words in a rule.
func simplify(s Scenario, fails func(Scenario) bool) Scenario {
	try := func(change func(c *Scenario)) {
		c := s.Clone()
		change(&c)
		if size(&c) < size(&s) && fails(c) {
			s = c
		}
	}
	try(func(c *Scenario) { c.Backend = "" })
	for i := range s.Steps {
		try(func(c *Scenario) { c.Steps[i].Eth = nil })
		try(func(c *Scenario) { c.Steps[i].Mark = 0 })
		try(func(c *Scenario) { c.Steps[i].At = 0 })
	}
	for _, text := range []func(*Scenario) *string{
		func(s *Scenario) *string { return &s.Rules4 }, func(s *Scenario) *string { return &s.Rules6 }} {
		for _, line := range slices.Collect(strings.Lines(*text(&s))) {
			for _, plainer := range plainerRules(line) {
				try(func(c *Scenario) { *text(c) = strings.Replace(*text(c), line, plainer, 1) })
			}
		}
	}
	return s
}

// plainerRules returns the rule without one of its options each. Most are no
// rule any more; who asks finds out.
func plainerRules(line string) []string {
	w := strings.Fields(line)
	if len(w) < 4 || w[0] != "-A" {
		return nil
	}
	var out []string
	for i := 2; i < len(w); {
		j := i + 1
		if w[i] == "!" {
			j++
		}
		for j < len(w) && !strings.HasPrefix(w[j], "-") && w[j] != "!" {
			j++
		}
		out = append(out, strings.Join(append(slices.Clone(w[:i]), w[j:]...), " ")+"\n")
		i = j
	}
	return out
}
