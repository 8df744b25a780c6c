package diagnose

import (
	"fmt"
	"slices"
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
	selfConnect,
	missingLoopback,
	neighbourDiscovery,
	ownerNoSocket,
	asymmetricRoute,
	staleEntry,
	dnatWithoutForward,
	hairpin,
	invalidSkipsNAT,
	bridgeDoublePass,
	shadowed,
	wrongValue,
	tooNarrow,
	wrongChain,
	semantics,
	helperMissing,
	middlebox,
	checksumInvalid,
	mtuBlackhole,
	icmpErrorUnrelated,
	broadcastNoise,
	multicastReply,
	udpLate,
	protocolNotAllowed,
	selfProbe,
	logPrefixLies,
	portScan,
	invalidUnsolicitedSynack,
	backscatter,
	latePacket,
	outOfWindow,
	stackReply,
	unsolicitedInbound,
	policyDeny,
	firstPacket,
	limitHides,
}

// conclude turns an explanation into a finding.
func (s *session) conclude(x *explanation) *Finding {
	f := &Finding{Count: x.group.count, Subjects: x.group.subjects, Story: x.story, Line: x.place,
		Hypotheses: x.tried, Disposition: Undecided}
	switch {
	case x.scene != nil && s.rep.NoRules && bareReset(x.scene):
		f.Story, f.Line, f.Hypotheses, x.place = nil, Place{}, nil, Place{}
		s.bareLine(x.group, f)
		return f
	case x.place.Journey == 0:
		s.contradiction(x, f)
		return f
	case x.rec != nil:
		f.Word, f.Confidence = Proven, 0.97
	default:
		f.Word, f.Confidence = s.weigh(x)
	}
	s.analyze(x, f)
	s.qualify(x, f)
	s.actors(x, f)
	s.fixes(x, f)
	return f
}

// bareReset reports whether a scene is a reset of this host that only a kernel
// makes: without rules nothing tells who made it.
func bareReset(sc *scene) bool {
	t, ok := sc.pkt.TCP()
	return ok && sc.in == "" && isBareReset(sc.pkt, t)
}

// qualify makes the confidence honest: it is no better than the rules behind it
// are known, and than the analyzer can be sure from a line alone.
func (s *session) qualify(x *explanation, f *Finding) {
	limit := map[grade]float64{given: 1, modelled: 0.85, closed: 0.75, framed: 0.6}[x.stage.grade]
	if x.unfit != "" {
		limit = 0.5
		f.Notes = append(f.Notes, x.unfit)
	}
	if s.toldOnly {
		limit = min(limit, 0.6)
		f.Notes = append(f.Notes, "the packet is rebuilt from what the text tells in words; ports, lengths and TTL are not known")
	}
	if f.fit < 0.7 {
		limit = min(limit, 0.6)
	}
	f.Confidence = min(f.Confidence, limit)
	if x.stage.grade == framed && x.rec == nil {
		f.Missing = append(f.Missing, "the rules that wrote the line: iptables-save (IPv6: ip6tables-save)")
	}
	if x.stage.assumed != "" {
		f.Notes = append(f.Notes, "assumed: "+x.stage.assumed)
	}
	switch {
	case f.Confidence < 0.55:
		f.Word = Possible
	case f.Confidence < 0.95 && f.Word == Proven:
		f.Word = Likely
	}
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
		g.Notes, g.Missing = slices.Clip(f.Notes), slices.Clip(f.Missing)
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
	f.Cause, f.fit = cause, fits[0].score
	for _, o := range fits[1:] {
		if o.cause != cause {
			f.Also = appendNew(f.Also, o.cause)
		}
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
	y.hyp, y.story, y.place, y.repeat = o.hyp, o.story, placeOf(o, x.group.line), o.repeat
	y.fx, y.asked, y.missed, y.blamed = nil, false, nil, nil
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
