package diagnose

import (
	"fmt"

	"nfwhy/conntrack"
	"nfwhy/host"
	"nfwhy/netfilter"
	"nfwhy/packet"
	"nfwhy/ruleset"
	"nfwhy/trace"
)

// fixes proposes changes and keeps those that silence the subjects when they are
// simulated.
func (s *session) fixes(x *explanation, f *Finding) {
	for _, p := range proposals {
		fix := p(x)
		if fix == nil {
			continue
		}
		if s.test(x, f, fix) {
			f.Fixes = append(f.Fixes, *fix)
		}
	}
}

// proposals are the kinds of change that are tried, best first.
var proposals = []func(x *explanation) *Fix{dropInvalid}

// dropInvalid: drop what belongs to no connection before a rule answers or logs
// it. The rule goes behind the one that accepts established connections, when
// that comes first, as every guide has it.
func dropInvalid(x *explanation) *Fix {
	t := x.triggerJourney()
	if !isInvalid(t) || t.Origin != trace.Received {
		return nil
	}
	at, st := deciding(x, t)
	if st == nil || st.Table != "filter" {
		return nil
	}
	chain, number := st.Chain, st.Rule
	if !ruleset.IsBuiltin("filter", chain) {
		chain, number = entry(t, at)
	}
	if number == 0 {
		number = lastRule(x.s.host, t.Packet.Family, chain) + 1
	}
	if n := behindEstablished(t, chain, number); n > 0 {
		number = n
	}
	prog := "iptables"
	if t.Packet.Family == packet.IPv6 {
		prog = "ip6tables"
	}
	rule := "-m conntrack --ctstate INVALID -j DROP"
	return &Fix{
		Title: "drop packets that belong to no connection before they are answered",
		Table: "filter", Chain: chain, Number: number, Rule: rule,
		Commands: []string{fmt.Sprintf("%s -I %s %d %s", prog, chain, number, rule)},
	}
}

// deciding is the step of the trigger that led to the subject: the one that made
// the answer, or the one that wrote the line.
func deciding(x *explanation, t *trace.Journey) (int, *trace.Step) {
	j, _ := x.line()
	if j != t {
		if j.Step >= 0 && j.Step < len(t.Steps) && t.Steps[j.Step].Table != "" {
			return j.Step, &t.Steps[j.Step]
		}
		return 0, nil
	}
	return x.place.Step, &t.Steps[x.place.Step]
}

// entry is the rule of the built-in chain through which the packet came to step at.
func entry(t *trace.Journey, at int) (chain string, number int) {
	for i := at; i >= 0; i-- {
		st := &t.Steps[i]
		if st.Table == "filter" && ruleset.IsBuiltin("filter", st.Chain) && st.Hook == t.Steps[at].Hook {
			return st.Chain, st.Rule
		}
	}
	return t.Steps[at].Hook.String(), 1
}

// behindEstablished returns the number behind the rule of chain that accepts
// ESTABLISHED packets, if the packet met it before number; 0 if not.
func behindEstablished(t *trace.Journey, chain string, number int) int {
	for i := range t.Steps {
		st := &t.Steps[i]
		if st.Chain != chain || st.Table != "filter" || st.Rule >= number || st.Target != "ACCEPT" {
			continue
		}
		for _, term := range st.Terms {
			if (term.Part == "state" || term.Part == "conntrack") && containsWord(term.Want, "ESTABLISHED") {
				return st.Rule + 1
			}
		}
	}
	return 0
}

func containsWord(s, w string) bool {
	for i := 0; i+len(w) <= len(s); i++ {
		if s[i:i+len(w)] == w {
			return true
		}
	}
	return false
}

func lastRule(h *host.Host, fam packet.Family, chain string) int {
	if t := h.Rules(fam).Table("filter"); t != nil {
		if c := t.Chain(chain); c != nil {
			return len(c.Rules)
		}
	}
	return 0
}

// test simulates the fix on the subject's history and on every other history
// that gives the line, and says what else changes. It returns false when the
// line is still written.
func (s *session) test(x *explanation, f *Finding, fix *Fix) bool {
	t := x.triggerJourney()
	h := withRule(s.host, t.Packet.Family, fix)
	if h == nil {
		return false
	}
	n, err := netfilter.New(h)
	if err != nil {
		return false
	}
	fix.Of = f.Count
	for _, o := range x.survivors {
		if o.hyp.Prior < 0.01 {
			continue
		}
		if placeOf(simulate(n, o.hyp, 1<<40), x.group.line).Journey != 0 {
			return false
		}
	}
	if x.rec != nil && !s.silencedInCapture(x, n) {
		return false
	}
	fix.Silences = f.Count
	fix.Tested = "simulated"
	fix.Changes = s.changes(n, t)
	return true
}

// silencedInCapture replays the packet of the capture that led to the subject.
func (s *session) silencedInCapture(x *explanation, n *netfilter.Netns) bool {
	t := x.triggerJourney()
	h := &Hypothesis{Steps: []Stimulus{{Packet: t.Packet, In: t.In}}}
	if x.group.line == nil {
		o := simulate(n, h, t.Time)
		return len(o.lines()) == 0 && (o.last == 0 || o.story[o.last-1].Fate != trace.Rejected)
	}
	return placeOf(simulate(n, h, t.Time), x.group.line).Journey == 0
}

// withRule returns the host with one more rule, nil when the place does not exist.
func withRule(h *host.Host, fam packet.Family, fix *Fix) *host.Host {
	old := h.Rules(fam)
	if old == nil {
		return nil
	}
	parsed, err := ruleset.Parse("fix", []byte(fmt.Sprintf("*%s\n-A %s %s\nCOMMIT\n", fix.Table, fix.Chain, fix.Rule)))
	if err != nil || len(parsed.Rulesets()) == 0 {
		return nil
	}
	src := parsed.Rulesets()[0].Table(fix.Table)
	if src == nil || src.Chain(fix.Chain) == nil || len(src.Chain(fix.Chain).Rules) == 0 {
		return nil
	}
	rule := src.Chain(fix.Chain).Rules[0]
	rs := &ruleset.Ruleset{Family: old.Family}
	done := false
	for _, t := range old.Tables {
		nt := &ruleset.Table{Name: t.Name}
		for _, c := range t.Chains {
			nc := *c
			if t.Name == fix.Table && c.Name == fix.Chain && fix.Number >= 1 && fix.Number <= len(c.Rules)+1 {
				nc.Rules = append(append(append([]*ruleset.Rule(nil), c.Rules[:fix.Number-1]...), rule), c.Rules[fix.Number-1:]...)
				done = true
			}
			nt.Chains = append(nt.Chains, &nc)
		}
		rs.Tables = append(rs.Tables, nt)
	}
	if !done {
		return nil
	}
	nh := *h
	if fam == packet.IPv6 {
		nh.Rules6 = rs
	} else {
		nh.Rules4 = rs
	}
	return &nh
}

// changes says which packets change verdict. An inserted rule can only change
// packets that it matches: here those that conntrack calls INVALID. Which of
// them do is found by running one of each kind that the rules can tell apart
// through both rulesets.
func (s *session) changes(n *netfilter.Netns, t *trace.Journey) []string {
	out := []string{"of the packets these rules can meet, only INVALID ones change verdict"}
	for _, c := range changesOf(s.base, n, kinds(s.host, t), t.In) {
		w := c.words()
		if len(w) > 8 {
			w = append(w[:8:8], fmt.Sprintf("%d more", len(w)-8))
		}
		out = append(out, c.from+" before, "+c.to+" now: "+joinWords(w))
	}
	return out
}

func joinWords(w []string) string {
	s := ""
	for i, x := range w {
		if i > 0 {
			s += ", "
		}
		s += x
	}
	return s
}

// fateIn runs a packet in a fork and returns what becomes of it, "" when
// conntrack does not call it INVALID.
func fateIn(n *netfilter.Netns, k kind, in string) string {
	m := n.Fork()
	r := m.Receive(k.pkt.Clone(), in, 1<<40)
	if r.State&conntrack.StateInvalid == 0 {
		return ""
	}
	return r.Fate.String()
}
