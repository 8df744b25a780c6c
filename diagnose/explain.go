package diagnose

import (
	"fmt"
	"net/netip"
	"sort"
	"strings"

	"nfwhy/capture"
	"nfwhy/conntrack"
	"nfwhy/evidence"
	"nfwhy/host"
	"nfwhy/netfilter"
	"nfwhy/packet"
	"nfwhy/replay"
	"nfwhy/trace"
)

// Options pick what to explain.
type Options struct {
	Line   int // only the log line of this line of its file; 0 for all
	Packet int // only this packet of the capture; 0 for all
}

// Explain finds the causes of all subjects of the evidence. h holds the rules
// and what was told of the host; what was not is inferred from the evidence.
// Errors are those of rules that do not compile.
func Explain(e *evidence.Evidence, h *host.Host, o Options) (*Report, error) {
	s := &session{e: e, host: h, opt: o, rep: &Report{Host: h, Names: e.Names, Ignored: e.Ignored}}
	s.rep.NoRules = h.Rules4 == nil && h.Rules6 == nil
	var err error
	if s.groups, err = s.collect(); err != nil {
		return nil, err
	}
	s.rep.NoSubjects = len(s.groups) == 0
	if s.rep.NoRules {
		s.withoutRules()
		return s.rep, nil
	}
	base, err := netfilter.New(h)
	if err != nil {
		return nil, err
	}
	s.base = base
	if err := s.play(); err != nil {
		return nil, err
	}
	if len(s.groups) > 0 {
		s.explainLines()
	} else {
		s.explainPackets()
	}
	s.finish()
	return s.rep, nil
}

type session struct {
	e      *evidence.Evidence
	host   *host.Host
	opt    Options
	rep    *Report
	base   *netfilter.Netns
	groups []*group
	played []played
}

// group is log lines that the rules cannot tell apart.
type group struct {
	line     *packet.LogLine
	subjects []Subject // the first of them
	count    int
	tally    *Tally // nil for packets of a capture
}

// maxGroups is how many groups of lines are told apart.
const maxGroups = 5000

// maxSubjects is how many subjects a finding shows.
const maxSubjects = 20

// played is one packet of the evidence and its trace.
type played struct {
	rec     *capture.Record
	role    replay.Role
	story   []*trace.Journey
	written []written
}

// collect groups the log lines as they come, so that a log of any length fits.
func (s *session) collect() ([]*group, error) {
	atoms := atomsOf(s.host)
	index := map[string]*group{}
	var out []*group
	var key []byte
	left := 0
	err := s.e.Each(evidence.Visitor{Log: func(l *evidence.Log) {
		if s.opt.Line > 0 && !strings.HasSuffix(l.Source, fmt.Sprintf(":%d", s.opt.Line)) {
			return
		}
		n := max(1, l.Line.Repeated)
		s.rep.Subjects += n
		key = atoms.signature(key[:0], &l.Line)
		g := index[string(key)]
		if g == nil && len(out) == maxGroups {
			left += n
			return
		}
		if g == nil {
			line := l.Line
			g = &group{line: &line, tally: &Tally{}}
			index[string(key)] = g
			out = append(out, g)
		}
		g.count += n
		g.tally.add(&l.Line, n)
		if len(g.subjects) < maxSubjects {
			line := l.Line
			g.subjects = append(g.subjects, Subject{Source: l.Source, Text: l.Text, Log: &line})
		}
	}})
	if left > 0 {
		s.rep.Ignored = append(s.rep.Ignored, evidence.Ignored{Text: fmt.Sprintf("%d log lines", left),
			Why: fmt.Sprintf("lines of more than %d sorts, of which the first are explained", maxGroups)})
	}
	return out, err
}

// play runs the captured packets through the machine.
func (s *session) play() error {
	r, err := replay.New(s.host)
	if err != nil {
		return err
	}
	r.Record = true
	for _, rec := range s.e.Packets {
		if len(s.played) >= 20000 {
			break
		}
		c := r.Packet(rec.Clone())
		p := played{rec: rec, role: c.Role}
		if c.Trace != nil {
			p.story = c.Trace.Journeys
			p.written = linesOf(p.story)
		}
		s.played = append(s.played, p)
	}
	return nil
}

// explanation is one group explained, as far as it could be.
type explanation struct {
	s     *session
	group *group
	scene *scene
	hyp   *Hypothesis // nil when the evidence itself gave the line
	rec   *capture.Record
	story []*trace.Journey
	place Place
	tried []Tried
	// survivors are all histories that give the line, best first.
	survivors []*outcome
	// moment is a packet of the evidence that should have led to the line and did
	// not.
	moment []played
}

// line returns the journey and the step of the subject.
func (x *explanation) line() (*trace.Journey, *trace.Step) {
	if x.place.Journey == 0 {
		return nil, nil
	}
	j := x.story[x.place.Journey-1]
	return j, &j.Steps[x.place.Step]
}

// parent returns the journey that made j and the step it did so in.
func (x *explanation) parent(j *trace.Journey) (*trace.Journey, *trace.Step) {
	if j == nil || j.Parent == 0 || j.Parent > len(x.story) {
		return nil, nil
	}
	p := x.story[j.Parent-1]
	if j.Step < 0 || j.Step >= len(p.Steps) {
		return p, nil
	}
	return p, &p.Steps[j.Step]
}

func (s *session) explainLines() {
	for _, g := range s.groups {
		x := s.explain(g)
		f := s.conclude(x)
		s.rep.Findings = append(s.rep.Findings, f)
		if x.place.Journey != 0 {
			s.rep.Explained += g.count
		}
	}
}

// explain looks for what gives the line: the evidence first, then histories.
func (s *session) explain(g *group) *explanation {
	x := &explanation{s: s, group: g, scene: s.sceneOf(g.line)}
	for i := range s.played {
		for _, w := range s.played[i].written {
			if len(differences(g.line, w)) == 0 && !orphanReset(w.j) {
				x.rec, x.story, x.place = s.played[i].rec, s.played[i].story, w.place
				break
			}
		}
		if x.rec != nil {
			break
		}
	}
	x.moment = s.atMoment(x)
	s.hypothesize(x)
	if x.rec == nil && len(x.moment) == 0 && len(x.survivors) > 0 && x.survivors[0].hyp.Prior >= rare {
		best := x.survivors[0]
		x.hyp, x.story = best.hyp, best.story
		x.place = placeOf(best, g.line)
	}
	return x
}

// rare is the prior below which a history alone is no explanation.
const rare = 0.02

// orphanReset reports whether a captured packet is a reset as only a kernel makes
// it, which the simulated one did not make: that it was sent says nothing about
// why.
func orphanReset(j *trace.Journey) bool {
	t, ok := j.Packet.TCP()
	return ok && j.Origin == trace.Sent && isBareReset(j.Packet, t)
}

// differences compares a line with a simulated one. The IP ID of an ICMP error
// is drawn at random by the kernel.
func differences(l *packet.LogLine, w written) []string {
	d := packet.Match(*l, w.text)
	if len(d) == 1 && d[0] == "ID" && w.j.Origin == trace.Made && w.j.Packet.Proto == packet.ProtoICMP {
		return nil
	}
	return d
}

func placeOf(o *outcome, l *packet.LogLine) Place {
	for _, w := range o.lines() {
		if len(differences(l, w)) == 0 {
			return w.place
		}
	}
	return Place{}
}

// sceneOf rebuilds the packet of a line and says which end is which.
func (s *session) sceneOf(l *packet.LogLine) *scene {
	p, open, ok := l.Packet()
	if !ok && p.Family == 0 {
		return nil
	}
	p.Verified = true
	if l.Src.IsValid() && l.Dst.IsValid() && (p.Src() != l.Src || p.Dst() != l.Dst) && l.Src.Is4() == (p.Family == packet.IPv4) {
		p.SetAddrs(l.Src, l.Dst)
	}
	if len(p.Link) >= 6 && p.Link[0]&1 != 0 {
		p.Cast = packet.CastMulticast
		if [6]byte(p.Link[:6]) == [6]byte{255, 255, 255, 255, 255, 255} {
			p.Cast = packet.CastBroadcast
		}
	}
	sc := &scene{pkt: &p, open: open, in: l.In, out: l.Out, host: s.host, near: p.Dst(), far: p.Src()}
	if l.In == "" {
		sc.near, sc.far = p.Src(), p.Dst()
	}
	return sc
}

// hypothesize simulates every history that the generators propose.
func (s *session) hypothesize(x *explanation) {
	if x.scene == nil {
		return
	}
	for _, g := range generators {
		for _, h := range g.propose(x.scene) {
			hyp := h
			if !complete(&hyp) {
				continue
			}
			o := simulate(s.base, &hyp, 1<<40)
			t := Tried{ID: hyp.ID, What: hyp.What, When: hyp.When, Prior: hyp.Prior}
			place := placeOf(o, x.group.line)
			if place.Journey != 0 {
				t.Reproduces = true
				x.survivors = append(x.survivors, o)
			} else {
				t.Differs, t.Why = s.nearest(o, x.group.line)
			}
			x.tried = append(x.tried, t)
		}
	}
	sort.SliceStable(x.survivors, func(i, j int) bool { return x.survivors[i].hyp.Prior > x.survivors[j].hyp.Prior })
}

func complete(h *Hypothesis) bool {
	for _, s := range h.Steps {
		if s.Packet == nil {
			return false
		}
	}
	return true
}

// nearest says what a history that fails led to instead: the fields of the line
// nearest to the subject, and in words.
func (s *session) nearest(o *outcome, l *packet.LogLine) (differs []string, why string) {
	best := -1
	for _, w := range o.lines() {
		d := differences(l, w)
		if best < 0 || len(d) < best {
			best, differs = len(d), d
		}
	}
	if best > 0 && best <= 2 {
		return differs, "it writes a line with other " + strings.Join(differs, " and ")
	}
	return differs, s.instead(o)
}

// instead tells in words where a history ended.
func (s *session) instead(o *outcome) string {
	if o.last == 0 || o.last > len(o.story) {
		return ""
	}
	last := o.story[o.last-1]
	for _, j := range o.story[o.last:] {
		if j.Parent == last.ID {
			return "its " + describe(j.Packet) + " is " + stateWord(j.State) + ", " + ending(j)
		}
	}
	return stateWord(last.State) + ", " + ending(last)
}

// ending says what became of a packet and which rule decided.
func ending(j *trace.Journey) string {
	by := ""
	if j.Decided >= 0 && j.Decided < len(j.Steps) {
		by = stepName(&j.Steps[j.Decided])
	} else if st := decisive(j); st != nil {
		by = stepName(st)
	}
	verb := map[trace.Fate]string{trace.Delivered: "let in", trace.Left: "accepted", trace.Forwarded: "forwarded",
		trace.Dropped: "dropped", trace.Rejected: "rejected", trace.Discarded: "discarded by the stack",
		trace.Consumed: "consumed", trace.Held: "held", trace.Uncertain: "undecided"}[j.Fate]
	if verb == "" {
		verb = "not sent"
	}
	if by == "" {
		return verb
	}
	return verb + " by " + by
}

// decisive is the last filter step that accepted the packet.
func decisive(j *trace.Journey) *trace.Step {
	for i := len(j.Steps) - 1; i >= 0; i-- {
		if st := &j.Steps[i]; st.Table == "filter" && st.Verdict == trace.Accept {
			return st
		}
	}
	return nil
}

// stepName names a rule as a reader finds it: chain and number.
func stepName(st *trace.Step) string {
	switch {
	case st.Chain == "":
		return st.Text
	case st.Target == "policy":
		return "the policy of " + st.Chain
	}
	return fmt.Sprintf("%s %d", st.Chain, st.Rule)
}

// atMoment returns the packets of the evidence that belong to the line's own
// flow: when there are some and none gave the line, the evidence and the rules
// do not fit together.
func (s *session) atMoment(x *explanation) []played {
	if x.rec != nil || x.scene == nil {
		return nil
	}
	a, b := x.scene.pkt.Src(), x.scene.pkt.Dst()
	sp, dp, ok := x.scene.pkt.Ports()
	var out []played
	for _, p := range s.played {
		if p.rec.Skip != nil {
			continue
		}
		q := &p.rec.Packet
		qs, qd, qok := q.Ports()
		if q.Proto != x.scene.pkt.Proto || ok != qok {
			continue
		}
		same := q.Src() == a && q.Dst() == b && qs == sp && qd == dp
		rev := q.Src() == b && q.Dst() == a && qs == dp && qd == sp
		if same || rev {
			out = append(out, p)
		}
	}
	return out
}

// explainPackets takes as subjects what the firewall logged, dropped, rejected or
// made, when there are no log lines.
func (s *session) explainPackets() {
	byKey := map[string]*Finding{}
	for i := range s.played {
		p := &s.played[i]
		if s.opt.Packet > 0 && p.rec.Number != s.opt.Packet {
			continue
		}
		place, ok := s.notable(p)
		if !ok {
			continue
		}
		s.rep.Subjects++
		s.rep.Explained++
		x := &explanation{s: s, rec: p.rec, story: p.story, place: place}
		j := p.story[place.Journey-1]
		x.scene = &scene{pkt: j.Packet, in: j.In, out: j.Out, host: s.host, near: j.Packet.Dst(), far: j.Packet.Src()}
		if j.In == "" {
			x.scene.near, x.scene.far = j.Packet.Src(), j.Packet.Dst()
		}
		x.group = &group{count: 1, subjects: []Subject{{Source: p.rec.Source(), Text: summary(p.rec)}}}
		key := packetKey(j, place)
		if f := byKey[key]; f != nil {
			f.Count++
			if len(f.Subjects) < maxSubjects {
				f.Subjects = append(f.Subjects, x.group.subjects...)
			}
			continue
		}
		x.hypothesizePacket()
		f := s.conclude(x)
		byKey[key] = f
		s.rep.Findings = append(s.rep.Findings, f)
	}
	s.rep.NoSubjects = s.rep.Subjects == 0
}

func summary(r *capture.Record) string {
	if r.Text != "" {
		return r.Text
	}
	return string(r.Packet.AppendTcpdump(nil, 0))
}

// packetKey is what makes two packets of a capture the same kind of subject: the
// rule that decided, the state, the protocol and flags.
func packetKey(j *trace.Journey, at Place) string {
	st := &j.Steps[at.Step]
	k := fmt.Sprintf("%v/%s/%d/%v/%d/%d", st.Hook, st.Chain, st.Rule, j.State, j.Packet.Proto, j.Origin)
	if t, ok := j.Packet.TCP(); ok {
		k += packet.FlagNames(t.Flags())
	}
	return k
}

// notable finds the step of a packet's trace that needs explaining: a log line,
// a drop, a rejection, a packet made.
func (s *session) notable(p *played) (Place, bool) {
	if len(p.story) > 0 && orphanReset(p.story[0]) {
		return Place{}, false
	}
	if len(p.written) > 0 {
		return p.written[len(p.written)-1].place, true
	}
	for _, j := range p.story {
		switch j.Fate {
		case trace.Dropped, trace.Rejected, trace.Discarded:
			if len(j.Steps) > 0 {
				at := j.Decided
				if at < 0 {
					at = len(j.Steps) - 1
				}
				return Place{j.ID, at}, true
			}
		}
	}
	return Place{}, false
}

// hypothesizePacket tries the other triggers for a captured packet that the
// firewall made or logged, so that the answer shows what would have differed.
func (x *explanation) hypothesizePacket() {
	j, st := x.line()
	if st == nil || st.Log == "" {
		return
	}
	l, ok := packet.ParseLog(st.Log)
	if !ok {
		return
	}
	l.Src, l.Dst = j.Packet.Src(), j.Packet.Dst()
	x.group.line = &l
	if j.Origin == trace.Made {
		x.s.hypothesize(x)
	}
}

// isInvalid reports whether conntrack refused a packet.
func isInvalid(j *trace.Journey) bool {
	return j != nil && j.Tracked && j.State&conntrack.StateInvalid != 0
}

func sameAddr(a, b netip.Addr) bool { return a.IsValid() && a == b }
