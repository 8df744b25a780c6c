package diagnose

import (
	"fmt"
	"sort"
	"strings"

	"nfwhy/conntrack"
	"nfwhy/packet"
	"nfwhy/trace"
)

// analyzer names one cause.
type analyzer struct {
	cause string
	doc   string // one sentence, for help
	// run returns how well the cause fits (0: not at all) and fills f's title,
	// summary, disposition and notes when it does.
	run func(x *explanation, f *Finding) float64
}

// analyzers lists them all; where several fit, the one that fits best is the
// finding's cause and the others are in Also.
var analyzers = []analyzer{
	rejectReplyUntracked,
	invalidUnsolicitedSynack,
	latePacket,
	backscatter,
	stackReply,
	portScan,
	outOfWindow,
	icmpErrorUnrelated,
	broadcastNoise,
	multicastReply,
	udpLate,
	logPrefixLies,
	unsolicitedInbound,
	policyDeny,
}

// conclude turns an explanation into a finding.
func (s *session) conclude(x *explanation) *Finding {
	f := &Finding{Count: x.group.count, Subjects: x.group.subjects, Story: x.story, Line: x.place,
		Hypotheses: x.tried, Disposition: Undecided}
	switch {
	case x.place.Journey == 0:
		s.contradiction(x, f)
		return f
	case x.rec != nil:
		f.Word, f.Confidence = Proven, 0.97
	default:
		f.Word, f.Confidence = s.weigh(x)
	}
	s.analyze(x, f)
	s.actors(x, f)
	s.fixes(x, f)
	return f
}

// analyze asks every analyzer.
func (s *session) analyze(x *explanation, f *Finding) {
	type fit struct {
		cause string
		score float64
		f     Finding
	}
	var fits []fit
	for _, an := range analyzers {
		g := *f
		if sc := an.run(x, &g); sc > 0 {
			fits = append(fits, fit{an.cause, sc, g})
		}
	}
	sort.SliceStable(fits, func(i, j int) bool { return fits[i].score > fits[j].score })
	if len(fits) == 0 {
		f.Cause, f.Title = "evidence-insufficient", "The line is explained, its cause has no name here."
		return
	}
	cause := fits[0].cause
	*f = fits[0].f
	f.Cause = cause
	for _, o := range fits[1:] {
		f.Also = append(f.Also, o.cause)
	}
}

// weigh says how sure a history is that was not seen: by what the surviving
// histories of the same kind weigh against the others.
func (s *session) weigh(x *explanation) (word string, confidence float64) {
	key := s.causeOf(x, x.survivors[0])
	var same, all float64
	for _, o := range x.survivors {
		all += o.hyp.Prior
		if s.causeOf(x, o) == key {
			same += o.hyp.Prior
		}
	}
	confidence = 0.93 * same / all
	word = Likely
	if confidence < 0.7 {
		word = Possible
	}
	return word, confidence
}

// causeOf names the cause that a history would have.
func (s *session) causeOf(x *explanation, o *outcome) string {
	y := *x
	y.hyp, y.story, y.place = o.hyp, o.story, placeOf(o, x.group.line)
	var f Finding
	s.analyze(&y, &f)
	return f.Cause
}

// actors says who is at the other end.
func (s *session) actors(x *explanation, f *Finding) {
	j, _ := x.line()
	trigger := j
	if p, _ := x.parent(j); p != nil {
		trigger = p
	}
	if trigger.Origin != trace.Received {
		far := x.scene.far
		f.Actors = []Actor{{Address: far, Role: RoleUnknown, Why: "this host spoke first, as far as the evidence shows"}}
		return
	}
	act := actorOf(trigger.Packet, trigger.State&(conntrack.StateEstablished|conntrack.StateRelated) != 0)
	if x.rec == nil && x.hyp != nil && act.Role == RoleBackscatter {
		act.Why = "the packets that can have led to this line are answers of a server (" + s.triggers(x) + "); whoever sends answers only did not start it"
	}
	f.Actors = []Actor{act}
}

// triggers lists the kinds of packet among the histories that give the line.
func (s *session) triggers(x *explanation) string {
	var w []string
	seen := map[string]bool{}
	for _, o := range x.survivors {
		if o.hyp.Prior < rare {
			continue
		}
		d := describe(o.story[o.last-1].Packet)
		if !seen[d] {
			seen[d] = true
			w = append(w, d)
		}
	}
	return strings.Join(w, " or ")
}

// ruleText names the rule of a step with its place: "INPUT 4 (-p tcp -j REJECT ...)".
func ruleText(st *trace.Step) string {
	if st == nil {
		return "a rule"
	}
	if st.Target == "policy" {
		return "the policy of chain " + st.Chain
	}
	return fmt.Sprintf("rule %s %d (%s)", st.Chain, st.Rule, st.Text)
}

// portsOf returns the ports of a journey's packet.
func portsOf(j *trace.Journey) (src, dst uint16) {
	src, dst, _ = j.Packet.Ports()
	return src, dst
}

func tcpFlags(j *trace.Journey) (uint16, bool) {
	t, ok := j.Packet.TCP()
	if !ok {
		return 0, false
	}
	return t.Flags() & (packet.SYN | packet.ACK | packet.RST | packet.FIN | packet.PSH | packet.URG), true
}
