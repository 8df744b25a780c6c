package report

import (
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"nfwhy/conntrack"
	"nfwhy/diagnose"
	"nfwhy/packet"
	"nfwhy/trace"
)

// Level is how much of the answer is printed.
type Level int

// The levels. Brief is the answer and what to do; Normal adds the history and
// what else was tried; Full every step and every conclusion.
const (
	Normal Level = iota
	Brief
	Full
)

// Text writes the report for a terminal. bold marks the section words.
func Text(w io.Writer, r *diagnose.Report, bold bool, level Level) error {
	t := &text{w: w, r: r, bold: bold, level: level}
	t.report()
	return t.err
}

type text struct {
	w     io.Writer
	r     *diagnose.Report
	bold  bool
	level Level
	err   error
}

func (t *text) line(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintln(t.w, strings.TrimRight(Visible(fmt.Sprintf(format, args...)), " "))
	}
}

// head writes a section: a word in the margin, then the first line.
func (t *text) head(word, format string, args ...any) {
	s := strings.TrimRight(Visible(fmt.Sprintf(format, args...)), " ")
	w := fmt.Sprintf("%-5s ", word)
	if t.bold {
		w = "\x1b[1m" + w + "\x1b[0m"
	}
	if t.err == nil {
		_, t.err = fmt.Fprintln(t.w, strings.TrimRight(w+s, " "))
	}
}

// wrapped writes a paragraph behind the margin.
func (t *text) wrapped(word, s string) {
	for i, l := range wrap(s, 94) {
		if i == 0 && word != "" {
			t.head(word, "%s", l)
		} else {
			t.line("      %s", l)
		}
	}
}

// item writes a paragraph of a list.
func (t *text) item(s string) {
	for i, l := range wrap(s, 92) {
		if i == 0 {
			t.line("      - %s", l)
		} else {
			t.line("        %s", l)
		}
	}
}

func (t *text) report() {
	r := t.r
	if len(r.Findings) == 0 {
		switch {
		case r.NoRules:
			t.line("Nothing to explain: no log line, no packet and no rules were found.")
		default:
			t.line("Nothing to explain: there is no log line, and no packet that these rules log, drop or reject.")
			t.line("Give the log line (dmesg, journalctl -k, /var/log/kern.log) or a capture (tcpdump -w).")
		}
	}
	for i, f := range r.Findings {
		if i > 0 {
			t.line("")
		}
		t.finding(f)
	}
	if t.level != Brief {
		t.host()
	}
	t.gaps()
	t.ignored()
}

// finding writes one answer: what it is and why, who is at the other end, the
// history, what to do, what would settle what is open.
func (t *text) finding(f *diagnose.Finding) {
	noun := "line"
	if len(f.Subjects) > 0 && f.Subjects[0].Log == nil {
		noun = "packet"
		if len(f.Story) == 0 {
			noun = "message"
		}
	}
	count := "1 " + noun
	if f.Count != 1 {
		count = fmt.Sprintf("%d %ss", f.Count, noun)
	}
	head := ""
	if len(f.Subjects) > 0 {
		head = t.subject(f.Subjects[0])
	}
	t.line("%-86s %s, %s", head, count, f.Cause)
	t.line("")
	t.wrapped("WHY", f.Title)
	t.wrapped("", fmt.Sprintf("(%s) %s", f.Word, f.Summary))
	t.actors(f)
	if t.level != Brief {
		if len(f.Story) > 0 {
			t.line("")
			t.story(f)
		}
		if len(f.Notes) > 0 {
			t.line("")
		}
		for _, n := range f.Notes {
			t.item(n)
		}
		t.tried(f)
	}
	t.todo(f)
	t.fixes(f)
	for i, m := range f.Missing {
		if i == 0 {
			t.line("")
			t.wrapped("NEXT", "what would settle it: "+m)
		} else {
			t.wrapped("", m)
		}
	}
}

func (t *text) actors(f *diagnose.Finding) {
	for i, a := range f.Actors {
		if i == 3 {
			t.line("      and %d more", len(f.Actors)-3)
			break
		}
		word := ""
		if i == 0 {
			word = "WHO"
		}
		s := a.Why
		if s == "" {
			s = "nothing tells who it is"
		}
		if len(f.Actors) > 1 || a.Role == diagnose.RoleUnknown {
			s = t.r.Show(a.Address) + ": " + s
		}
		t.wrapped(word, s+".")
	}
}

// todo says what kind of answer it is.
func (t *text) todo(f *diagnose.Finding) {
	s := map[string]string{
		diagnose.Harmless:  "Nothing: this is as it should be, and no harm is done.",
		diagnose.RulesErr:  "The rules have to change.",
		diagnose.StateErr:  "An old entry has to go; the rules are right.",
		diagnose.Elsewhere: "Nothing in these rules: the cause lies elsewhere.",
		diagnose.Attack:    "Look after this host: somebody abuses it, or tries to.",
	}[f.Disposition]
	if s == "" {
		return
	}
	t.line("")
	t.wrapped("DO", s)
}

// subject prints a log line or packet in the short form that the story uses.
func (t *text) subject(s diagnose.Subject) string {
	l := s.Log
	if l == nil {
		return s.Text
	}
	var b strings.Builder
	b.WriteString(strings.TrimSpace(l.Prefix))
	if l.In != "" {
		b.WriteString(" IN=" + l.In)
	}
	if l.Out != "" {
		b.WriteString(" OUT=" + l.Out)
	}
	src, dst := t.r.Show(l.Src), t.r.Show(l.Dst)
	if l.Known(packet.FieldSrcPort) {
		src, dst = fmt.Sprintf("%s:%d", src, l.SrcPort), fmt.Sprintf("%s:%d", dst, l.DstPort)
	}
	fmt.Fprintf(&b, " %s > %s", src, dst)
	switch {
	case l.Proto == packet.ProtoTCP:
		b.WriteString(" " + packet.FlagNames(l.TCPFlags))
	case l.Proto == packet.ProtoUDP:
		b.WriteString(" UDP")
	case l.Proto == packet.ProtoICMP || l.Proto == packet.ProtoICMPv6:
		fmt.Fprintf(&b, " ICMP type %d code %d", l.Type, l.Code)
	default:
		fmt.Fprintf(&b, " protocol %d", l.Proto)
	}
	return strings.TrimSpace(b.String())
}

// Summary names a packet by its ends and kind: "10.0.0.1:80 > 10.0.0.2:1025
// SYN/ACK".
func (t *text) summary(p *packet.Packet) string {
	src, dst := t.r.Show(p.Src()), t.r.Show(p.Dst())
	if s, d, ok := p.Ports(); ok {
		src, dst = fmt.Sprintf("%s:%d", src, s), fmt.Sprintf("%s:%d", dst, d)
	}
	return src + " > " + dst + " " + kindOf(p)
}

func kindOf(p *packet.Packet) string {
	if h, ok := p.TCP(); ok {
		return packet.FlagNames(h.Flags())
	}
	if m, ok := p.ICMP(); ok {
		return fmt.Sprintf("ICMP type %d code %d", m.Type(), m.Code())
	}
	if p.Proto == packet.ProtoUDP {
		return "UDP"
	}
	return fmt.Sprintf("protocol %d", p.Proto)
}

func direction(j *trace.Journey) string {
	switch {
	case j.Origin != trace.Received:
		return "out"
	case j.Fate == trace.Forwarded || j.In != "" && j.Out != "":
		return "fwd"
	}
	return "in"
}

// storyLine is one line of a story: what, and what came of it.
type storyLine struct{ left, right string }

// story prints the packets that matter, with the steps that matter: the subject,
// what provoked it, and one line for each that went before.
func (t *text) story(f *diagnose.Finding) {
	var lines []storyLine
	shown := mattering(f)
	for _, j := range f.Story {
		m := shown[j.ID]
		if m == nothing && t.level != Full {
			continue
		}
		lines = append(lines, storyLine{fmt.Sprintf("  %d  %-3s  %s", j.ID, direction(j), t.summary(j.Packet)), t.state(f, j)})
		stateSaid := false
		for i := range j.Steps {
			if m == headOnly && t.level != Full && i != j.Decided {
				continue
			}
			if s, note, ok := t.step(f, j, i, &stateSaid); ok {
				lines = append(lines, storyLine{"       " + s, note})
			}
		}
	}
	width := 0
	for _, l := range lines {
		width = max(width, len([]rune(l.left)))
	}
	width = min(width, 72)
	for _, l := range lines {
		t.line("%-*s  %s", width, l.left, l.right)
	}
}

// weight is how much of a packet's way is shown.
type weight int

const (
	nothing weight = iota
	headOnly
	all
)

// maxBefore is how many packets before the one that matters are shown.
const maxBefore = 6

// mattering says how much each packet of a story matters.
func mattering(f *diagnose.Finding) map[int]weight {
	out := map[int]weight{}
	subject := f.Line.Journey
	if subject == 0 {
		for _, j := range f.Story {
			out[j.ID] = all
		}
		return out
	}
	for id := subject; id > 0 && id <= len(f.Story); id = f.Story[id-1].Parent {
		out[id] = all
	}
	before := 0
	for i := subject - 1; i >= 1 && before < maxBefore; i-- {
		if out[i] == nothing && f.Story[i-1].Parent == 0 {
			out[i] = headOnly
			before++
		}
	}
	return out
}

func (t *text) state(f *diagnose.Finding, j *trace.Journey) string {
	if !j.Tracked {
		return ""
	}
	s := "conntrack: " + j.State.String()
	if j.State&conntrack.StateInvalid != 0 {
		if why := t.reason(f, j); why != "" {
			s += ", " + why
		}
	}
	return s
}

func (t *text) reason(f *diagnose.Finding, j *trace.Journey) string {
	if j.Parent > 0 && j.Parent <= len(f.Story) && f.Story[j.Parent-1].State&conntrack.StateInvalid != 0 {
		return fmt.Sprintf("packet %d had no entry to lend it", j.Parent)
	}
	why := strings.TrimPrefix(j.Reason.Text(), "no entry: ")
	if _, last, ok := strings.Cut(why, ", "); ok && t.level != Full {
		return last
	}
	return why
}

func (t *text) step(f *diagnose.Finding, j *trace.Journey, i int, stateSaid *bool) (s, note string, ok bool) {
	st := &j.Steps[i]
	here := f.Line == (diagnose.Place{Journey: j.ID, Step: i})
	switch {
	case st.Target == "policy":
		word := map[trace.Fate]string{trace.Delivered: "let in", trace.Left: "sent", trace.Forwarded: "forwarded"}[j.Fate]
		if st.Verdict == trace.Drop {
			word = "dropped"
		}
		if st.Table != "filter" && word != "dropped" {
			return "", "", false
		}
		return st.Text, word, true
	case st.Chain == "":
		if st.Text == "" {
			return "", "", false
		}
		return t.named(f, st.Text), "", true
	case st.Matched == trace.Yes:
		passing := st.Verdict == trace.Jump || st.Verdict == trace.Goto || st.Verdict == trace.Return
		if passing && t.level != Full && !here && st.Log == "" {
			return "", "", false
		}
		return ruleLine(st), t.matched(f, j, i), true
	}
	if term := failing(st); term != nil && stateful(term) && (t.level == Full || !*stateSaid || term.Part == "limit") {
		if term.Part != "limit" {
			*stateSaid = true
		}
		return ruleLine(st), "no, " + term.Saw, true
	}
	return "", "", false
}

// named writes the addresses of the story's packets in a text as the evidence
// writes them.
func (t *text) named(f *diagnose.Finding, s string) string {
	for _, j := range f.Story {
		for _, a := range []netip.Addr{j.Packet.Src(), j.Packet.Dst()} {
			if shown := t.r.Show(a); shown != a.String() {
				s = strings.ReplaceAll(s, a.String(), shown)
			}
		}
	}
	return s
}

func ruleLine(st *trace.Step) string {
	text := shorten(strings.TrimPrefix(st.Text, "-A "+st.Chain+" "))
	if len(text) > 52 {
		text = text[:49] + "..."
	}
	return fmt.Sprintf("%-7s %-2d %s", st.Chain, st.Rule, text)
}

// shorten leaves out of a rule's text what its reader takes for granted.
func shorten(s string) string {
	for _, r := range [][2]string{{"-m limit --limit 3/hour ", "-m limit "}, {"-m comment --comment ", "# "}, {"--reject-with ", ""},
		{"-m tcp ", ""}, {"-m udp ", ""}, {"-m state --state", "state"}, {"-m conntrack --ctstate", "ctstate"}, {"-j LOG --log-prefix", "LOG"}, {"-j ", ""}} {
		s = strings.Replace(s, r[0], r[1], 1)
	}
	return s
}

func (t *text) matched(f *diagnose.Finding, j *trace.Journey, i int) string {
	st := &j.Steps[i]
	switch {
	case f.Line == (diagnose.Place{Journey: j.ID, Step: i}) && st.Log != "":
		if len(f.Subjects) > 0 && f.Subjects[0].Log == nil {
			return "yes: writes a log line"
		}
		return "yes: your line, byte for byte"
	case st.Log != "":
		return "yes: writes a log line"
	case len(st.Emits) > 0:
		return fmt.Sprintf("yes: makes packet %d", st.Emits[0])
	case st.Target == "REJECT":
		return "yes: rejected, nothing is sent"
	}
	switch st.Verdict {
	case trace.Accept:
		return "yes: accepted"
	case trace.Drop:
		return "yes: dropped"
	case trace.Jump, trace.Goto:
		return "yes: on to " + st.Target
	}
	return "yes"
}

func failing(st *trace.Step) *trace.Term {
	if len(st.Terms) == 0 {
		return nil
	}
	return &st.Terms[len(st.Terms)-1]
}

// stateful reports whether a term looked at what conntrack or a bucket said, not
// at the packet: those failures explain, the others only say that a rule is for
// other packets.
func stateful(term *trace.Term) bool {
	switch term.Part {
	case "state", "conntrack", "limit":
		return term.Truth != trace.Yes
	}
	return term.Truth == trace.Unknown
}

// maxTried is how many lines of what was tried are shown.
const maxTried = 14

// tried lists the histories: what happens alike stands together. Those that
// give the line but are too rare to count are left out.
func (t *text) tried(f *diagnose.Finding) {
	rows := triedRows(f.Hypotheses)
	if len(rows) == 0 {
		return
	}
	t.line("")
	t.head("TRIED", "what can have led to it")
	n := 0
	for _, r := range rows {
		for i, l := range wrap(r.title(), 54) {
			if n++; n > maxTried && t.level != Full {
				continue
			}
			note := ""
			if i == 0 {
				note = r.note
			}
			t.line("  %-56s %s", l, note)
		}
	}
	if n > maxTried && t.level != Full {
		t.line("  ...")
	}
}

// triedRow is histories that differ in one thing only and end alike.
type triedRow struct {
	what, when []string
	note       string
}

func (r *triedRow) title() string {
	what := strings.Join(r.what, ", ")
	if len(r.what) > 1 {
		what += ","
	}
	return strings.TrimSpace(what + " " + strings.Join(r.when, "; "))
}

// rare is the prior below which a history is not worth a line of its own.
const rare = 0.02

func triedRows(hs []diagnose.Tried) []triedRow {
	var rows []triedRow
	for _, h := range hs {
		if h.Prior < rare && h.Reproduces {
			continue
		}
		note := "no: " + h.Why
		if h.Reproduces {
			note = "reproduces the line"
		} else if h.Why == "" {
			note = "no"
		}
		rows = append(rows, triedRow{[]string{h.What}, []string{h.When}, note})
	}
	rows = join(rows, func(a, b *triedRow) bool { return same(a.when, b.when) }, func(a, b *triedRow) { a.what = append(a.what, b.what...) })
	return join(rows, func(a, b *triedRow) bool { return same(a.what, b.what) }, func(a, b *triedRow) { a.when = append(a.when, b.when...) })
}

// join merges rows with the same note that alike says belong together.
func join(rows []triedRow, alike func(a, b *triedRow) bool, merge func(a, b *triedRow)) []triedRow {
	var out []triedRow
next:
	for i := range rows {
		for k := range out {
			if out[k].note == rows[i].note && alike(&out[k], &rows[i]) {
				merge(&out[k], &rows[i])
				continue next
			}
		}
		out = append(out, rows[i])
	}
	return out
}

func same(a, b []string) bool { return slices.Equal(a, b) }

func (t *text) fixes(f *diagnose.Finding) {
	for i, x := range f.Fixes {
		word := "FIX"
		switch {
		case i > 0:
			word = "OR"
		case f.Disposition == diagnose.Harmless:
			word = "QUIET"
		}
		t.line("")
		for k, c := range x.Commands {
			if k == 0 {
				t.head(word, "%s", c)
			} else {
				t.line("      %s", c)
			}
		}
		t.wrapped("", t.tested(&x))
	}
}

// tested says how a fix was tried and what it changes.
func (t *text) tested(x *diagnose.Fix) string {
	changes := strings.Join(x.Changes, "; ")
	if x.Tested == "" {
		return "not tested: " + changes
	}
	gone := "the line is gone"
	if x.Of != 1 {
		gone = fmt.Sprintf("%d of %d lines are gone", x.Silences, x.Of)
	}
	return "tested (" + x.Tested + "): " + gone + "; " + changes
}

// maxInferred is how many conclusions about the host are shown.
const maxInferred = 4

func (t *text) host() {
	h := t.r.Host
	if h == nil || len(h.Inferred) == 0 {
		return
	}
	t.line("")
	for i, inf := range h.Inferred {
		if i == maxInferred && t.level != Full {
			t.line("      and %d more", len(h.Inferred)-maxInferred)
			break
		}
		word := ""
		if i == 0 {
			word = "HOST"
		}
		t.wrapped(or(word, ""), fmt.Sprintf("concluded: %s (%s)", inf.Fact, inf.From))
	}
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func (t *text) gaps() {
	for i, g := range t.r.Gaps {
		if i == 0 {
			t.line("")
			t.head("GAPS", "not modelled or not known; the answer may depend on it")
		}
		where := ""
		if g.Source != nil {
			where = g.Source.Pos.String() + ": "
		}
		t.line("      %s%s", where, g.What)
	}
}

func (t *text) ignored() {
	for i, g := range t.r.Ignored {
		if i == 0 {
			t.line("")
			t.head("LEFT OUT", "looked like evidence and could not be used")
		}
		if i == 10 {
			t.line("      and %d more", len(t.r.Ignored)-10)
			break
		}
		t.line("      %s: %q (%s)", g.Source, g.Text, g.Why)
	}
}

// wrap breaks s at blanks into lines of at most width runes.
func wrap(s string, width int) []string {
	var out []string
	line := ""
	for _, w := range strings.Fields(s) {
		if line != "" && len(line)+1+len(w) > width {
			out = append(out, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += w
	}
	if line != "" || len(out) == 0 {
		out = append(out, line)
	}
	return out
}
