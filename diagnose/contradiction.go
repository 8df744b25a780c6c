package diagnose

import (
	"fmt"
	"strings"

	"nfwhy/packet"
	"nfwhy/ruleset"
	"nfwhy/trace"
)

// contradiction is the finding for a line that nothing reproduces: either no LOG
// rule can write it, or no history of these rules leads to it, or the captured
// packets of that very flow lead to something else.
func (s *session) contradiction(x *explanation, f *Finding) {
	f.Cause, f.Disposition, f.Word, f.Confidence = "evidence-contradicts-rules", Undecided, Likely, 0.8
	l := x.group.line
	f.Title = "This line cannot come from these rules."
	switch {
	case x.scene == nil:
		f.Cause, f.Confidence, f.Word = "evidence-insufficient", 0.5, Possible
		f.Title = "The line says too little to rebuild the packet."
		f.Missing = append(f.Missing, "the whole log line, from IN= to its end")
		return
	case !s.prefixExists(l):
		f.Summary = fmt.Sprintf("No LOG rule here writes the prefix %q.", strings.TrimSpace(l.Prefix))
		f.Missing = append(f.Missing, "the rules as they are loaded: iptables-save; nft list ruleset")
		return
	case len(x.moment) > 0:
		s.momentStory(x, f)
	default:
		f.Summary = "Every history that was tried ends otherwise (see what was tried)."
	}
	s.whereFrom(x, f)
	f.Missing = append(f.Missing, "the rules as they were loaded at that time: iptables-save; and whether others are there: nft list ruleset")
	if act := farActor(x); act != nil {
		f.Actors = []Actor{*act}
	}
}

// prefixExists reports whether some LOG rule writes the line's prefix.
func (s *session) prefixExists(l *packet.LogLine) bool {
	want := strings.Join(strings.Fields(l.Prefix), " ")
	for _, rs := range []*ruleset.Ruleset{s.host.Rules4, s.host.Rules6} {
		if rs == nil {
			continue
		}
		for _, t := range rs.Tables {
			for _, c := range t.Chains {
				for _, r := range c.Rules {
					if p, ok := logPrefix(r); ok && strings.Join(strings.Fields(p), " ") == want {
						return true
					}
				}
			}
		}
	}
	return false
}

// logPrefix returns the prefix of a LOG rule, "" for one without; ok is false
// for other rules.
func logPrefix(r *ruleset.Rule) (prefix string, ok bool) {
	for i, w := range r.Words {
		if w.Quoted || i+1 >= len(r.Words) {
			continue
		}
		switch w.Text {
		case "-j", "--jump":
			ok = ok || r.Words[i+1].Text == "LOG"
		case "--log-prefix":
			prefix = r.Words[i+1].Text
		}
	}
	if len(prefix) > 29 {
		prefix = prefix[:29]
	}
	return prefix, ok
}

// momentStory tells what the captured packets of the flow lead to instead.
func (s *session) momentStory(x *explanation, f *Finding) {
	m := x.moment[0]
	if m.role.String() == "echo" || len(m.story) == 0 {
		for _, p := range x.moment {
			if len(p.story) > 0 {
				m = p
				break
			}
		}
	}
	f.Story = m.story
	if len(m.story) == 0 {
		f.Summary = "The captured packets of this flow do not lead to the line."
		return
	}
	first := m.story[0]
	what := describe(first.Packet)
	f.Title = fmt.Sprintf("The captured %s cannot have led to this line.", what)
	f.Summary = fmt.Sprintf("Under these rules the captured %s is %s, %s.", what, stateWord(first.State), ending(first))
	for _, j := range m.story[1:] {
		if j.Parent == first.ID {
			f.Summary = fmt.Sprintf("Under these rules the captured %s is %s, %s; the %s made in answer is %s, %s, so no line is written.",
				what, stateWord(first.State), ending(first), describe(j.Packet), stateWord(j.State), ending(j))
		}
	}
	if could := s.triggersTried(x); could != "" {
		f.Notes = append(f.Notes, "such a line needs another packet: "+could)
		for _, o := range x.survivors {
			if o.hyp.Prior >= rare {
				f.Also = appendNew(f.Also, s.causeOf(x, o))
			}
		}
	}
}

// triggersTried lists the packets that would have led to the line.
func (s *session) triggersTried(x *explanation) string {
	var w []string
	for _, t := range x.tried {
		if t.Reproduces && t.Prior >= rare {
			w = appendNew(w, t.Title())
		}
	}
	if len(w) > 6 {
		w = append(w[:6], "...")
	}
	return strings.Join(w, "; ")
}

func appendNew(list []string, s string) []string {
	for _, have := range list {
		if have == s || s == "" {
			return list
		}
	}
	return append(list, s)
}

// whereFrom says where a packet that these rules do not make can have come from.
func (s *session) whereFrom(x *explanation, f *Finding) {
	t, ok := x.scene.pkt.TCP()
	if x.scene.in != "" || !ok || !isBareReset(x.scene.pkt, t) {
		return
	}
	f.Also = appendNew(f.Also, "parallel-rulesets")
	if len(x.survivors) > 0 && x.survivors[0].hyp.Prior >= rare {
		return
	}
	f.Notes = append(f.Notes,
		"the reset has the form that a kernel makes without a socket (ID=0, DF, WINDOW=0): a firewall's reject or a closed port, not a program",
		"with these rules neither can be: the packet that it would answer never gets to a REJECT rule nor to the TCP stack ("+s.fateOfTriggers(x)+")",
		"it can come from rules that are not in this listing (nftables, the other iptables back end, a reject in another table), from rules that were loaded at that time and changed since, or from a program with a raw socket (nmap, hping3, a userspace TCP stack)")
}

// fateOfTriggers says what becomes of the packets that could have provoked a
// reset.
func (s *session) fateOfTriggers(x *explanation) string {
	for _, t := range x.tried {
		if strings.HasPrefix(t.ID, "synack-unsolicited") && t.Why != "" {
			return "a SYN/ACK is " + t.Why
		}
	}
	return "each is dropped or its answer accepted before the LOG rule"
}

func farActor(x *explanation) *Actor {
	for _, m := range x.moment {
		if len(m.story) > 0 && m.story[0].Origin == trace.Received {
			a := actorOf(m.story[0].Packet, false)
			return &a
		}
	}
	return nil
}

// bareLine describes a logged packet without rules, and its likely cause as far
// as the packet alone tells.
func (s *session) bareLine(g *group, f *Finding) {
	f.Cause, f.Disposition, f.Word, f.Confidence = "evidence-insufficient", Undecided, Possible, 0.3
	f.Missing = append(f.Missing, "the rules that wrote the line: iptables-save (IPv6: ip6tables-save)")
	sc := s.sceneOf(g.line, s.host)
	if sc == nil {
		f.Title = "The line says too little to rebuild the packet."
		return
	}
	what := describe(sc.pkt)
	switch {
	case sc.in == "":
		f.Title = fmt.Sprintf("This host sent %s; a LOG rule of OUTPUT or POSTROUTING wrote the line.", a(what))
	case sc.out == "":
		f.Title = fmt.Sprintf("%s arrived on %s; a LOG rule on its way in wrote the line.", capital(a(what)), sc.in)
	default:
		f.Title = fmt.Sprintf("%s was on its way through this host, from %s to %s.", capital(a(what)), sc.in, sc.out)
	}
	t, ok := sc.pkt.TCP()
	switch {
	case ok && sc.in == "" && isBareReset(sc.pkt, t) && t.Flags()&packet.ACK == 0:
		f.Also = []string{"reject-reply-untracked"}
		f.Summary = "A reset with ID=0, DF and WINDOW=0 is made by a kernel, not by a program: by a REJECT rule or for a closed port. Without the ACK flag it answers a segment that had one (a SYN/ACK, FIN/ACK or ACK), never a bare SYN: nobody was scanning with SYNs here. That it was logged means that no rule for RELATED or ESTABLISHED took it, as happens when the segment it answers belongs to no connection."
		f.Actors = []Actor{{Address: sc.far, Role: RoleBackscatter, Why: "it sent a segment with ACK from port " + fmt.Sprint(t.DstPort()) + ": an answer, or the rest of a connection"}}
	case ok && sc.in == "" && isBareReset(sc.pkt, t):
		f.Summary = "A reset with ACK, ID=0, DF and WINDOW=0 answers a SYN (or another segment without ACK): a REJECT rule or a closed port."
	case sc.in != "":
		f.Actors = []Actor{actorOf(sc.pkt, false)}
		f.Summary = f.Actors[0].Why
	}
}

// finish orders the findings: most subjects first.
func (s *session) finish() {
	s.merge()
	for _, r := range s.e.LeftOut {
		s.gap(trace.Gap{Source: r, What: "this rule could not be read and was left out"})
	}
	for _, p := range s.played {
		for _, j := range p.story {
			for _, g := range j.Gaps {
				s.gap(g)
			}
		}
	}
	for _, f := range s.rep.Findings {
		for _, j := range f.Story {
			for _, g := range j.Gaps {
				s.gap(g)
			}
		}
	}
}

func (s *session) gap(g trace.Gap) {
	for _, have := range s.rep.Gaps {
		if have.What == g.What && have.Source == g.Source {
			return
		}
	}
	s.rep.Gaps = append(s.rep.Gaps, g)
}

// merge joins findings of the same cause that rest on the same rules.
func (s *session) merge() {
	var out []*Finding
	index := map[string]*Finding{}
	for _, f := range s.rep.Findings {
		key := f.Cause + "|" + f.Title + "|" + fixKey(f)
		g := index[key]
		if g == nil {
			index[key] = f
			out = append(out, f)
			continue
		}
		g.Count += f.Count
		for _, x := range f.Subjects {
			if len(g.Subjects) < maxSubjects {
				g.Subjects = append(g.Subjects, x)
			}
		}
		for _, x := range f.Actors {
			g.addActor(x)
		}
		for i := range g.Fixes {
			if i < len(f.Fixes) {
				g.Fixes[i].Silences += f.Fixes[i].Silences
				g.Fixes[i].Of += f.Fixes[i].Of
			}
		}
	}
	sortByCount(out)
	s.rep.Findings = out
}

func (f *Finding) addActor(a Actor) {
	for _, have := range f.Actors {
		if have.Address == a.Address {
			return
		}
	}
	if len(f.Actors) < maxSubjects {
		f.Actors = append(f.Actors, a)
	}
}

func fixKey(f *Finding) string {
	if len(f.Fixes) == 0 {
		return ""
	}
	return f.Fixes[0].Rule + f.Fixes[0].Chain
}
