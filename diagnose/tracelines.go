package diagnose

import (
	"fmt"

	"nfwhy/evidence"
	"nfwhy/packet"
	"nfwhy/ruleset"
	"nfwhy/trace"
)

// traced is one packet's way as lines of TRACE show it.
type traced struct {
	stops []evidence.Trace
}

// traces groups the lines of TRACE by packet.
func (s *session) traces() []*traced {
	var out []*traced
	index := map[string]*traced{}
	for _, st := range s.e.Traces {
		key := st.ID
		if l := st.Packet; l != nil && key == "" {
			key = fmt.Sprintf("%s %d %d %d", l.Src, l.SrcPort, l.DstPort, l.ID)
		}
		t := index[key]
		if t == nil || len(t.stops) > 0 && st.Table == "raw" && t.stops[len(t.stops)-1].Table != "raw" {
			t = &traced{}
			index[key] = t
			out = append(out, t)
		}
		t.stops = append(t.stops, st)
	}
	return out
}

// packet is the traced packet as some line shows it; nil for none.
func (t *traced) packet() *packet.LogLine {
	for i := range t.stops {
		if t.stops[i].Packet != nil {
			return t.stops[i].Packet
		}
	}
	return nil
}

// explainTraces holds each traced packet against the rules given: what does not
// fit proves that other rules are loaded; what fits shows where the packet ended.
func (s *session) explainTraces() {
	for i, t := range s.traces() {
		if i >= 50 {
			break
		}
		f := &Finding{Count: 1, Word: Likely, Disposition: Undecided, Subjects: []Subject{{Source: t.stops[0].Source, Text: t.stops[len(t.stops)-1].Text, Log: t.stops[len(t.stops)-1].Packet}}}
		s.rep.Subjects++
		s.rep.Explained++
		wrong := s.against(t)
		if len(wrong) > 0 {
			s.otherRules(t, wrong, f)
		} else {
			s.endOfTrace(t, f)
		}
		s.rep.Findings = append(s.rep.Findings, f)
	}
}

// against lists what of a trace cannot come from the rules given.
func (s *session) against(t *traced) []string {
	var wrong []string
	add := func(format string, args ...any) { wrong = appendNew(wrong, fmt.Sprintf(format, args...)) }
	fam := packet.IPv4
	if l := t.packet(); l != nil && l.Src.Is6() {
		fam = packet.IPv6
	}
	for i := range t.stops {
		st := &t.stops[i]
		tab := s.told(fam).Table(st.Table)
		if tab == nil || st.Kind == "packet" {
			continue
		}
		c := tab.Chain(st.Chain)
		if c == nil {
			if countChains(tab) > 2 {
				add("the rules given have no chain %s in table %s", st.Chain, st.Table)
			}
			continue
		}
		n := len(c.Rules)
		switch {
		case st.Rule == 0:
		case st.Kind == "rule" && st.Rule > n && n > 0:
			add("rule %d of %s matched, but the rules given have %s there", st.Rule, st.Chain, plural(n, "rule", "rules"))
		case st.Kind == "policy" && st.Rule != n+1 && (n > 0 || st.Rule > 1):
			add("the policy of %s counts as number %d, so the chain has %s; the rules given have %d", st.Chain, st.Rule, plural(st.Rule-1, "rule", "rules"), n)
		case st.Kind == "return" && st.Rule != n+1 && n > 0:
			add("%s is left at its end as number %d, so it has %s; the rules given have %d", st.Chain, st.Rule, plural(st.Rule-1, "rule", "rules"), n)
		}
		if st.Kind == "policy" && i == len(t.stops)-1 && c.Policy == "ACCEPT" && c.PolicySet && st.Table == "filter" && len(t.stops) > 1 {
			add("the trace ends at the policy of %s as dropped packets do, the policy given is ACCEPT", st.Chain)
		}
	}
	return wrong
}

func countChains(t *ruleset.Table) int { return len(t.Chains) }

// otherRules is the finding for a trace that these rules cannot give.
func (s *session) otherRules(t *traced, wrong []string, f *Finding) {
	last := &t.stops[len(t.stops)-1]
	f.Cause, f.Disposition, f.Confidence = "parallel-rulesets", RulesErr, 0.9
	f.Title = fmt.Sprintf("The traced rules are not the ones given: a second set of rules decides (%s of %s).", last.Kind, last.Chain)
	f.Summary = "The numbers in the trace do not fit the listing. Every hook runs the tables of both back ends, iptables-legacy and nft, and a drop in either is final."
	f.Notes = append(f.Notes, wrong...)
	f.Notes = append(f.Notes, "lines \"TRACE: table:chain:...\" in the kernel log come from iptables-legacy's tables only; those of iptables-nft go to xtables-monitor or nft monitor trace")
	f.Missing = append(f.Missing, "both sets: iptables-legacy-save; nft list ruleset")
	if last.Kind == "policy" {
		f.Fixes = append(f.Fixes, Fix{Title: "open or empty the other set", Commands: []string{
			fmt.Sprintf("iptables-legacy -t %s -P %s ACCEPT", last.Table, last.Chain)}, Of: 1,
			Changes: []string{"not simulated: these rules were not given whole; when nothing needs them, iptables-legacy -F and a reboot without their owner is cleaner"}})
	}
	f.Also = []string{"evidence-contradicts-rules"}
}

// endOfTrace explains where a packet ended whose trace fits the rules.
func (s *session) endOfTrace(t *traced, f *Finding) {
	last := &t.stops[len(t.stops)-1]
	f.Cause, f.Confidence, f.Word = "evidence-insufficient", 0.4, Possible
	f.Title = fmt.Sprintf("The trace ends at %s of %s in table %s.", last.Kind, last.Chain, last.Table)
	f.Missing = append(f.Missing, "the rules as they are loaded: iptables-legacy-save; nft list ruleset")
	x := s.packetOf(t.packet(), f.Subjects[0])
	if x == nil {
		return
	}
	y := s.conclude(x)
	y.Subjects = f.Subjects
	*f = *y
}

// packetOf explains the packet of a line that no LOG rule wrote: it is played, and
// what decided is the subject.
func (s *session) packetOf(l *packet.LogLine, subject Subject) *explanation {
	if l == nil {
		return nil
	}
	g := &group{line: filled(l), told: l.Has, count: 1, subjects: []Subject{subject}}
	sc := s.sceneOf(g.line, s.host)
	if sc == nil {
		return nil
	}
	h := &Hypothesis{ID: "unsolicited", What: "it arrived", When: "as the first packet", Kind: kindFirst, Steps: []Stimulus{sc.last()}, Prior: 1}
	o := simulate(s.base, h, begun)
	if len(o.story) == 0 || len(o.story[0].Steps) == 0 {
		return nil
	}
	j := o.story[0]
	at := j.Decided
	if at < 0 {
		at = len(j.Steps) - 1
	}
	if j.Out != "" && j.Fate != trace.Delivered {
		sc.out = j.Out
	}
	return &explanation{s: s, group: g, scene: sc, stage: &stage{host: s.host, net: s.base}, hyp: h, story: o.story, place: Place{j.ID, at}, repeat: 1, survivors: []*outcome{o}}
}
