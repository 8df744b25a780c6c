package diagnose

import (
	"fmt"
	"net/netip"
	"sort"
	"strings"

	"nfwhy/capture"
	"nfwhy/conntrack"
	"nfwhy/evidence"
	"nfwhy/generator"
	"nfwhy/host"
	"nfwhy/netfilter"
	"nfwhy/packet"
	"nfwhy/prose"
	"nfwhy/replay"
	"nfwhy/ruleset"
	"nfwhy/trace"
)

// Options pick what to explain.
type Options struct {
	Line   int // only the log line of this line of its file; 0 for all
	Packet int // only this packet of the capture; 0 for all
	// Text is the text that the evidence was read from, for what it says in words:
	// the program that wrote the rules, commands given to it, messages of the
	// kernel and of programs.
	Text []prose.Line
}

// Explain finds the causes of all subjects of the evidence. h holds the rules
// and what was told of the host; what was not is inferred from the evidence.
// Errors are those of rules that do not compile.
func Explain(e *evidence.Evidence, h *host.Host, o Options) (*Report, error) {
	s := &session{e: e, host: h, opt: o, rep: &Report{Host: h, Names: e.Names, Ignored: e.Ignored}, stages: map[string]*stage{}}
	s.post = prose.Read(o.Text)
	s.rep.words = s.post.Names()
	for _, f := range []packet.Family{packet.IPv4, packet.IPv6} {
		s.rep.words[someAddress(f)] = "(this host)"
	}
	s.tellLines()
	s.setRules()
	s.rep.NoRules = s.host.Rules4 == nil && s.host.Rules6 == nil
	var err error
	if s.groups, err = s.collect(); err != nil {
		return nil, err
	}
	s.rep.NoSubjects = len(s.groups) == 0
	base, err := netfilter.New(s.host)
	if err != nil {
		return nil, err
	}
	s.base = base
	if err := s.play(); err != nil {
		return nil, err
	}
	if err := s.explainLines(); err != nil {
		return nil, err
	}
	s.explainTraces()
	s.explainMessages()
	s.explainLeaks()
	if s.rep.Subjects == 0 && !s.rep.NoRules {
		s.explainPackets()
	}
	s.explainConns()
	s.explainPatterns()
	s.explainRules()
	s.rep.NoSubjects = s.rep.Subjects == 0
	s.finish()
	return s.rep, nil
}

type session struct {
	e            *evidence.Evidence
	host         *host.Host
	told4, told6 *ruleset.Ruleset // rules as given, before models
	whole        bool             // the rules given are a dump, not an excerpt
	models       []*generator.Model
	used         []*generator.Model
	stages       map[string]*stage
	opt          Options
	rep          *Report
	base         *netfilter.Netns
	groups       []*group
	played       []played
	atoms        *atoms
	misses       *missFinder
	who          *peers
	post         *prose.Post
	toldOnly     bool // the lines were made from what the text tells in words
}

// group is log lines that the rules cannot tell apart.
type group struct {
	line     *packet.LogLine // as it is explained: what was cut off is filled in
	told     packet.Mask     // what the line itself says
	subjects []Subject       // the first of them
	count    int
	tally    *Tally      // nil for packets of a capture
	all      []lineFacts // the first lines of the group, for what only many show
}

// maxGroups is how many groups of lines are told apart.
const maxGroups = 5000

// maxSubjects is how many subjects a finding shows.
const maxSubjects = 20

// maxLines is how many lines of a group are compared with one another.
const maxLines = 500

// played is one packet of the evidence and its trace.
type played struct {
	rec     *capture.Record
	role    replay.Role
	story   []*trace.Journey
	written []written
}

// collect groups the log lines as they come, so that a log of any length fits.
func (s *session) collect() ([]*group, error) {
	s.atoms = atomsOf(s.host)
	s.who = newPeers()
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
		s.who.add(&l.Line, s.e.Names)
		key = s.atoms.signature(key[:0], &l.Line)
		g := index[string(key)]
		if g == nil && len(out) == maxGroups {
			left += n
			return
		}
		if g == nil {
			line := l.Line
			g = &group{line: filled(&line), told: line.Has, tally: &Tally{}}
			index[string(key)] = g
			out = append(out, g)
		}
		g.count += n
		g.tally.add(&l.Line, n)
		if len(g.subjects) < maxSubjects {
			line := l.Line
			g.subjects = append(g.subjects, Subject{Source: l.Source, Text: l.Text, Log: &line})
		}
		if len(g.all) < maxLines {
			g.all = append(g.all, factsOfLine(&l.Line))
		}
	}})
	if left > 0 {
		s.rep.Ignored = append(s.rep.Ignored, evidence.Ignored{Text: fmt.Sprintf("%d log lines", left),
			Why: fmt.Sprintf("lines of more than %d sorts, of which the first are explained", maxGroups)})
	}
	return out, err
}

// factsOfLine keeps of a line what is compared between lines.
func factsOfLine(l *packet.LogLine) lineFacts {
	return lineFacts{src: l.Src, dst: l.Dst, sport: l.SrcPort, dport: l.DstPort, flags: l.TCPFlags, id: l.ID, ttl: l.TTL, seq: l.Seq, proto: l.Proto, time: l.Time}
}

// lineFacts is what of a line is compared with others.
type lineFacts struct {
	src, dst     netip.Addr
	sport, dport uint16
	flags, id    uint16
	ttl, proto   uint8
	seq          uint32
	time         packet.LogTime
}

// play runs the captured packets through the machine.
func (s *session) play() error {
	r, err := replay.New(s.host)
	if err != nil {
		return err
	}
	r.Record = true
	var own answers
	for _, rec := range s.e.Packets {
		if len(s.played) >= 20000 {
			break
		}
		c := r.Packet(rec.Clone())
		p := played{rec: rec, role: c.Role}
		if c.Trace != nil {
			own.deliver(s, rec, &c)
			p.story = own.join(rec, &c)
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
	stage *stage
	hyp   *Hypothesis // nil when the evidence itself gave the line
	rec   *capture.Record
	story []*trace.Journey
	place Place
	tried []Tried
	// survivors are all histories that give the line, best first.
	survivors []*outcome
	// likeliest is the outcome of the commonest history, whatever it gave.
	likeliest *outcome
	// moment is a packet of the evidence that should have led to the line and did
	// not.
	moment []played
	repeat int
	missed []miss // once asked for
	asked  bool
	fx     *facts
	blamed []miss // rules that analyzers found to be meant for the packet
	helper string // the conntrack helper that is missing
	unfit  string // why the rules given were left for the usual ones, "" when they serve
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

// triggerJourney is the packet that came from outside: the subject's own, or the
// one it answers.
func (x *explanation) triggerJourney() *trace.Journey {
	j, _ := x.line()
	if p, _ := x.parent(j); p != nil {
		return p
	}
	return j
}

func (s *session) explainLines() error {
	for _, g := range s.groups {
		x, err := s.explain(g)
		if err != nil {
			return err
		}
		f := s.conclude(x)
		s.rep.Findings = append(s.rep.Findings, f)
		if x.place.Journey != 0 && x.stage.grade != framed {
			s.rep.Explained += g.count
		}
	}
	return nil
}

// explain looks for what gives the line: the evidence first, then histories. Where
// rules that are not completely known lead nowhere, the usual ones are tried.
func (s *session) explain(g *group) (*explanation, error) {
	st, err := s.stageOf(g.line)
	if err != nil {
		return nil, err
	}
	x := s.explainOn(st, g)
	if x.place.Journey != 0 || x.scene == nil || len(x.moment) > 0 || st.grade == given || st.grade == framed || x.letIn() {
		return x, nil
	}
	usual, err := s.frameOf(g.line)
	if err != nil {
		return nil, err
	}
	y := s.explainOn(usual, g)
	if y.place.Journey == 0 {
		return x, nil
	}
	y.unfit = "the rules as far as they are known would not write this line (" + s.firstWhy(x) + "); the usual rules were assumed instead"
	return y, nil
}

// letIn reports whether the user's own rules accept the packet of the line when it
// comes as it most likely did: then they and the line do not fit together.
func (x *explanation) letIn() bool {
	o := x.likeliest
	if o == nil || o.last == 0 || o.last > len(o.story) {
		return false
	}
	j := o.story[o.last-1]
	st := decisive(j)
	return st != nil && st.Source != nil && !generator.Inferred(st.Source) && (isNew(j) || !j.Tracked)
}

// firstWhy is what the likeliest history led to.
func (s *session) firstWhy(x *explanation) string {
	for _, t := range x.tried {
		if t.Why != "" {
			return t.Why
		}
	}
	return "no history leads to it"
}

func (s *session) explainOn(st *stage, g *group) *explanation {
	x := &explanation{s: s, group: g, stage: st, repeat: 1}
	x.scene = s.sceneOf(g.line, st.host)
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
	s.answeredHere(x)
	s.hypothesize(x)
	if x.rec == nil && len(x.moment) == 0 && len(x.survivors) > 0 && x.survivors[0].hyp.Prior >= rare {
		best := x.survivors[0]
		x.hyp, x.story, x.repeat = best.hyp, best.story, best.repeat
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
func (s *session) sceneOf(l *packet.LogLine, h *host.Host) *scene {
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
	sc := &scene{pkt: &p, open: open, in: l.In, out: l.Out, host: h, near: p.Dst(), far: p.Src(), names: s.e.Names, shown: s.rep.Show}
	if l.In == "" {
		sc.near, sc.far = p.Src(), p.Dst()
	}
	sc.public = publicOf(h, l.In)
	return sc
}

// publicOf is an address of the host on a link, else any.
func publicOf(h *host.Host, dev string) netip.Addr {
	var any netip.Addr
	for _, l := range h.Links {
		for _, a := range l.Addrs {
			if l.Name == dev {
				return a.Addr()
			}
			if !any.IsValid() && !l.Loopback {
				any = a.Addr()
			}
		}
	}
	return any
}

// hypothesize simulates every history that is proposed.
func (s *session) hypothesize(x *explanation) {
	if x.scene == nil {
		return
	}
	for _, g := range histories {
		for _, h := range g.propose(x.scene) {
			hyp := h
			if !complete(&hyp) {
				continue
			}
			o := simulate(x.stage.net, &hyp, begun)
			if placeOf(o, x.group.line).Journey == 0 && limitDecides(o) {
				if again := insist(x.stage.net, &hyp, begun, x.group.line); again != nil {
					o = again
				}
			}
			if x.likeliest == nil || hyp.Prior > x.likeliest.hyp.Prior {
				x.likeliest = o
			}
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

// isInvalid reports whether conntrack refused a packet.
func isInvalid(j *trace.Journey) bool {
	return j != nil && j.Tracked && j.State&conntrack.StateInvalid != 0
}

// isNew reports whether a packet is the first that conntrack knows of its flow.
func isNew(j *trace.Journey) bool {
	return j != nil && j.Tracked && j.State&conntrack.StateNew != 0
}
