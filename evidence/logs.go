package evidence

import (
	"bufio"
	"strconv"
	"strings"

	"nfwhy/packet"
	"nfwhy/ruleset"
)

// Visitor takes what a log holds. Functions that are nil are not called. What they
// are given is theirs only during the call.
type Visitor struct {
	Log     func(*Log)
	Message func(*Message)
	Trace   func(*Trace)
}

// Each goes through all log lines, messages and traces. When all are kept, one
// kind comes after the other. Otherwise they come in the order of the text, which
// is read again: the inputs must still be open.
func (e *Evidence) Each(v Visitor) error {
	if e.Kept() {
		e.eachKept(v)
		return nil
	}
	e.done, e.told = 0, 0
	for _, s := range e.sources {
		if !s.logs {
			continue
		}
		if err := e.read(s, func(s *source, r *bufio.Reader) error { return e.visit(s, r, v) }); err != nil {
			return err
		}
	}
	return nil
}

func (e *Evidence) eachKept(v Visitor) {
	if v.Log != nil {
		for i := range e.Logs {
			v.Log(&e.Logs[i])
		}
	}
	if v.Message != nil {
		for i := range e.Messages {
			v.Message(&e.Messages[i])
		}
	}
	if v.Trace != nil {
		for i := range e.Traces {
			v.Trace(&e.Traces[i])
		}
	}
}

// visit reads a text the second time.
func (e *Evidence) visit(s *source, r *bufio.Reader, v Visitor) error {
	lines := e.Lines
	defer func() { e.Lines = lines }()
	t := &text{e: e, name: s.Name, logs: true}
	t.log = logReader{e: e, name: s.Name}
	t.log.deliver = func(g *Log) {
		if v.Log != nil {
			e.Names.settleLine(&g.Line)
			v.Log(g)
		}
	}
	t.log.message = func(m *Message) {
		if v.Message != nil {
			e.Names.settleLine(m.Packet)
			v.Message(m)
		}
	}
	t.log.trace = func(x *Trace) {
		if v.Trace != nil {
			e.Names.settleLine(x.Packet)
			v.Trace(x)
		}
	}
	for no := 1; ; no++ {
		line, err := readLine(r)
		if err != nil && line == "" {
			break
		}
		t.again(no, line, s.Kind != Logs)
	}
	t.log.flush()
	return nil
}

// again sorts a line as line did, but for what only the first reading needs.
func (t *text) again(no int, s string, rules bool) {
	switch {
	case t.open:
	case t.log.line(no, withoutMarkup(s)):
		return
	case !rules || !strings.HasSuffix(strings.TrimRight(s, " \t"), "\\") || !ruleset.LooksLikeRule(s):
		return
	}
	t.open = strings.HasSuffix(strings.TrimRight(s, " \t"), "\\")
}

// keepLog keeps a log line, or one of its sort when there are too many.
func (e *Evidence) keepLog(g *Log) {
	e.LogLines++
	e.events++
	if len(e.Logs) < e.opt.MaxLogs {
		e.Logs = append(e.Logs, *g)
		if len(e.Logs) == e.opt.MaxLogs {
			for i := range e.Logs {
				e.newSort(e.Logs[i].Text)
			}
		}
		return
	}
	if e.newSort(g.Text) {
		e.Logs = append(e.Logs, *g)
	}
}

// oldSort reports whether one line like s is kept, or can no longer be.
func (e *Evidence) oldSort(s string) bool {
	var buf [256]byte
	return e.sorts[string(sortOf(buf[:0], s))] || len(e.sorts) >= maxSorts
}

// newSort reports whether a line's interfaces, or the end of it that may be the
// host's own address, were not seen yet.
func (e *Evidence) newSort(s string) bool {
	var buf [256]byte
	key := sortOf(buf[:0], s)
	if e.sorts[string(key)] || len(e.sorts) >= maxSorts {
		return false
	}
	e.sorts[string(key)] = true
	return true
}

func sortOf(b []byte, s string) []byte {
	i := strings.Index(s, "IN=")
	if i < 0 {
		return b
	}
	s = s[i:]
	in, out := fieldOf(s, "IN="), fieldOf(s, "OUT=")
	b = append(append(append(b, in...), ' '), out...)
	switch {
	case in == "":
		b = append(append(b, ' '), fieldOf(s, "SRC=")...)
	case out == "":
		b = append(append(b, ' '), fieldOf(s, "DST=")...)
	}
	return b[:min(len(b), 200)]
}

// fieldOf returns the value behind key up to a blank.
func fieldOf(s, key string) string {
	i := strings.Index(s, key)
	if i < 0 {
		return ""
	}
	s = s[i+len(key):]
	if j := strings.IndexByte(s, ' '); j >= 0 {
		s = s[:j]
	}
	return s
}

// logReader finds log lines, messages and traces among lines, and joins what was
// wrapped or repeated.
type logReader struct {
	e       *Evidence
	name    string
	deliver func(*Log)
	message func(*Message)
	trace   func(*Trace)
	// quick allows lines beyond what is kept to be counted without being read.
	quick bool

	last    Log // the line before, which the next one may go on or repeat
	waiting bool
	said    *Message // the line before, if it was a message
	skipped bool     // the line before was only counted
	journal journalEntry
}

// line takes a line if it is a log's.
func (r *logReader) line(no int, s string) bool {
	if r.skipped || r.waiting || r.said != nil {
		if n := repeated(s); n > 0 {
			r.repeat(n)
			return true
		}
		if r.waiting && r.joins(s) {
			return true
		}
		r.flush()
	}
	if len(s) > maxLogLine {
		return false
	}
	if strings.Contains(s, "IN=") {
		return r.logLine(no, s)
	}
	if m, ok := readMessage(s); ok {
		return r.say(no, m)
	}
	if x, ok := readTrace(s); ok {
		x.Source = place(r.name, no)
		r.trace(&x)
		return true
	}
	if couldBeJSON(s) {
		return r.ulogd(no, s)
	}
	return r.journal.line(s)
}

// place is a line's source.
func place(name string, no int) string { return name + ":" + strconv.Itoa(no) }

// say keeps a message until it is known whether it is repeated.
func (r *logReader) say(no int, m Message) bool {
	m.Source = place(r.name, no)
	r.said = &m
	return true
}

func (r *logReader) logLine(no int, s string) bool {
	if r.quick && len(r.e.Logs) >= r.e.opt.MaxLogs && isPlain(s) && r.e.oldSort(s) {
		r.e.LogLines++
		r.e.events++
		r.skipped = true
		return true
	}
	if m, ok := readBridgeLine(s); ok {
		return r.say(no, m)
	}
	l, ok := packet.ParseLog(s)
	if !ok {
		return false
	}
	if l.Time.Text == "" && l.Host == "" {
		r.journal.dress(&l)
	}
	if x, ok := traceOf(s, &l); ok {
		x.Source = place(r.name, no)
		r.trace(&x)
		return true
	}
	if m, ok := invalidMessage(s, &l); ok {
		return r.say(no, m)
	}
	r.last = Log{Source: place(r.name, no), Text: s, Line: l}
	r.waiting = true
	return true
}

// isPlain reports whether a line holds all that the kernel writes, so that it
// needs no look at the next one, and is no message or trace.
func isPlain(s string) bool {
	i := strings.Index(s, "IN=")
	head, tail := s[:i], s[i:]
	return strings.Contains(tail, " OUT=") && strings.Contains(tail, " SRC=") && strings.Contains(tail, " DST=") && strings.Contains(tail, " PROTO=") &&
		!strings.Contains(tail, "SRC= ") && !strings.Contains(tail, "DST= ") && !cutShort(tail) &&
		!strings.Contains(head, "TRACE: ") && !strings.Contains(head, "nf_ct_") && !strings.Contains(head, "PACKET: ") &&
		!strings.Contains(head, "PHYS") && !strings.Contains(head, "repeated ")
}

// cutShort reports whether a line ends before what every such line has, as it
// does when a post wrapped it.
func cutShort(s string) bool {
	if strings.Contains(s, "INCOMPLETE") || strings.Contains(s, "FRAG:") {
		return false
	}
	switch {
	case strings.Contains(s, "PROTO=TCP"):
		return !strings.Contains(s, "URGP=")
	case strings.Contains(s, "PROTO=UDP"):
		return strings.Count(s, "LEN=") < 2
	case strings.Contains(s, "PROTO=ICMP"):
		return !strings.Contains(s, "CODE=")
	}
	return !strings.Contains(s, "PROTO=")
}

// repeat counts the line before n more times.
func (r *logReader) repeat(n int) {
	switch {
	case r.skipped: // and so only counted
	case r.said != nil:
		r.said.Repeated = max(1, r.said.Repeated) + n
	default:
		r.last.Line.Repeated = max(1, r.last.Line.Repeated) + n
	}
	r.flush()
}

// repeated returns the N of syslog's "last message repeated N times".
func repeated(s string) int {
	_, rest, ok := strings.Cut(s, "last message repeated ")
	if !ok {
		return 0
	}
	num, rest, _ := strings.Cut(rest, " ")
	n, err := strconv.Atoi(num)
	if err != nil || n < 0 || n > 1<<30 || !strings.HasPrefix(rest, "time") {
		return 0
	}
	return n
}

// joins adds s to the line before when the two together say more.
func (r *logReader) joins(s string) bool {
	rest := continuation(s)
	if rest == "" || len(r.last.Text)+len(rest) > maxLogLine {
		return false
	}
	have := &r.last.Line
	var best packet.LogLine
	var text string
	for _, glue := range []string{" ", ""} {
		joined := strings.TrimRight(r.last.Text, " ") + glue + rest
		l, ok := packet.ParseLog(joined)
		if !ok || says(&l) <= says(have) || nonsense(&l) > nonsense(have) || len(l.Rest) > len(have.Rest) {
			continue
		}
		if text == "" || says(&l) > says(&best) || says(&l) == says(&best) && len(l.Damaged) < len(best.Damaged) {
			best, text = l, joined
		}
	}
	if text == "" {
		return false
	}
	best.Repeated = have.Repeated
	r.last.Line, r.last.Text = best, text
	return true
}

// continuation returns what a line adds when it goes on from the one before, ""
// when it looks like nothing that does. A line that syslog cut in pieces has its
// head again.
func continuation(s string) string {
	if !strings.Contains(s, "=") && !flagsOnly(s) && !strings.HasPrefix(strings.TrimLeft(s, " >"), "OPT (") || strings.Contains(s, "IN=") || len(s) > 1<<12 {
		return ""
	}
	if i := strings.Index(s, "kernel: "); i >= 0 {
		s = s[i+len("kernel: "):]
		if strings.HasPrefix(s, "[") {
			if j := strings.IndexByte(s, ']'); j > 0 && j < 20 {
				s = s[j+1:]
			}
		}
	}
	return strings.TrimLeft(strings.TrimSpace(s), "> ")
}

// flagsOnly reports a line of nothing but words that a log line has behind its
// fields.
func flagsOnly(s string) bool {
	w := strings.Fields(strings.TrimLeft(s, "> "))
	for _, f := range w {
		switch f {
		case "SYN", "ACK", "FIN", "RST", "PSH", "URG", "DF", "MF", "CE", "ECE", "CWR":
		default:
			return false
		}
	}
	return len(w) > 0
}

// says counts what a line tells.
func says(l *packet.LogLine) int {
	n := len(l.Pairs) + len(l.Flags)
	for m := l.Has; m != 0; m &= m - 1 {
		n++
	}
	if l.Inner != nil {
		n += says(l.Inner)
	}
	return n
}

// nonsense counts words of a line that are no fields.
func nonsense(l *packet.LogLine) int {
	n := 0
	for _, d := range l.Damaged {
		if strings.HasSuffix(d, "is no field") || strings.Contains(d, "is no number") || strings.HasSuffix(d, "is no protocol") {
			n++
		}
	}
	return n
}

// flush hands the line before over.
func (r *logReader) flush() {
	r.skipped = false
	if r.said != nil {
		r.message(r.said)
		r.said = nil
	}
	if r.waiting {
		r.waiting = false
		r.deliver(&r.last)
	}
}
