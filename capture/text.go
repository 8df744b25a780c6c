package capture

import (
	"html"
	"strconv"
	"strings"

	"nfwhy/packet"
)

// TextScanner recognises what tcpdump prints among other lines, as in a forum
// post that holds rules, log lines and a dump. Give it every line with
// [TextScanner.Line], then ask for [TextScanner.Records].
//
// It reads all of tcpdump's styles: with and without -n, -v, -e, -q, -S, -#,
// every -t, -x to -XX, the In/Out of -i any, one-line and two-line form, and the
// notation of tcpdump before version 4. Where there is hex the bytes are the
// packet and the line only supplies the rest; without, the packet is rebuilt as
// far as the line tells, see [Record.Untold].
//
// The zero value is ready to use.
type TextScanner struct {
	// File is the name in Record.File and in errors.
	File string

	open  *pending   // the packet whose lines are being read
	done  []finished // packets whose lines are complete
	errs  []*TextError
	seqs  conversations
	clock clockwork
	count int
	iface string // of "listening on eth0"
}

// pending is a packet under construction.
type pending struct {
	told   told
	bare   bool // a hex dump without a line above
	void   bool // a packet that is none of ours
	line   int
	lines  [2]string
	second bool // lines[1] is used
	dump   dump
	inner  *told  // the packet quoted by an ICMP error
	nested bool   // reading the lines of a packet inside this one
	blank  bool   // an empty line came since
	reason string // what is wrong with the line, unless it was wrapped
	tail   string // lines that may be the rest of a wrapped one
	tried  int    // how many of them
}

// finished is a record with its time still as written.
type finished struct {
	rec   *Record
	stamp stamp
}

// TextError is a line that looks like tcpdump's and could not be read.
type TextError struct {
	File   string
	Line   int
	Text   string
	Reason string
}

// Error returns `file:line: cannot read tcpdump line "text" (reason)`.
func (e *TextError) Error() string {
	return e.File + ":" + strconv.Itoa(e.Line) + ": cannot read tcpdump line " + strconv.Quote(cutText(e.Text, 200)) + ": " + e.Reason
}

// Bounds on what a text can make the scanner keep.
const (
	maxTextLine   = 1 << 16
	maxTextErrors = 1000
)

// LooksLikeTcpdump reports whether a line is the first line of a packet in
// tcpdump's notation.
func LooksLikeTcpdump(line string) bool {
	line = clean(line)
	if !mayStart(line) {
		return false
	}
	_, ok, _ := parseLine(line)
	return ok
}

// clean undoes what web pages do to a line: entities for ">" and hard blanks.
func clean(line string) string {
	if len(line) > maxTextLine {
		line = line[:maxTextLine]
	}
	if strings.Contains(line, "&gt;") {
		line = html.UnescapeString(line)
	}
	return strings.ReplaceAll(line, "\u00a0", " ")
}

// mayStart is a cheap test that keeps most prose and log lines away from the
// parser.
func mayStart(line string) bool {
	if t := strings.TrimLeft(line, " \t>|"); t != "" && t[0] >= '0' && t[0] <= '9' {
		return true
	}
	if strings.Contains(line, "> ") || strings.Contains(line, "(tos ") || strings.Contains(line, "IP6 (") {
		return true
	}
	return strings.Contains(line, "IP") || strings.Contains(line, "ARP") || strings.Contains(line, "arp ") ||
		strings.Contains(line, "who-has") || strings.Contains(line, "ethertype") || strings.Contains(line, ", length")
}

// Line takes the next line, without its line feed. It reports whether the line
// is tcpdump's; if not, it is somebody else's to read. Lines of details that -v
// prints about payloads are not taken.
func (s *TextScanner) Line(no int, text string) (took bool) {
	text = clean(text)
	if strings.TrimSpace(text) == "" {
		if s.open != nil {
			s.open.blank = true
		}
		return false
	}
	if s.hex(no, text) || s.continued(text) {
		return true
	}
	if mayStart(text) {
		t, ok, reason := parseLine(text)
		if ok {
			return s.start(no, text, t, reason)
		}
		if p := s.open; p != nil && !p.bare && t.stamp.form != noStamp && t.stamp.form == p.told.stamp.form && (t.number > 0) == (p.told.number > 0) {
			// a packet of another kind: what follows belongs to it
			s.finish()
			s.open = &pending{void: true}
		}
	}
	return s.chatter(text) || s.wrapped(text)
}

// wrapped joins a line that a mail program or forum broke to the part before it,
// if that was not complete and now is.
func (s *TextScanner) wrapped(text string) bool {
	p := s.open
	if p == nil || p.bare || p.void || p.blank || p.nested || len(p.dump.b) > 0 || p.tried == maxWrapped || !p.torn() {
		return false
	}
	p.tried++
	p.tail += " " + strings.TrimSpace(unquote(text))
	whole := p.lines[0] + p.tail
	if p.second {
		whole = p.lines[0] + " " + strings.TrimSpace(unquoteBody(p.lines[1])) + p.tail
	}
	t, ok, reason := parseLine(whole)
	next := pending{told: t, reason: reason}
	if !ok || next.torn() {
		return false
	}
	p.told, p.reason, p.tail = t, reason, ""
	p.lines, p.second = [2]string{whole}, false
	return true
}

// maxWrapped is how many lines are tried for the rest of one.
const maxWrapped = 4

// torn says that the line ends too early.
func (p *pending) torn() bool {
	t := &p.told
	switch {
	case p.reason != "":
		return true
	case t.needAddr || t.skip != nil:
		return false
	case strings.HasPrefix(t.body, "Flags ["):
		return !strings.Contains(t.body, "length ") && !strings.Contains(t.body, "[|tcp]")
	case t.body == "":
		return true
	}
	return strings.HasSuffix(t.body, ",")
}

// hex adds a line of a hex dump to the open packet, or opens one for a dump
// that has lost its line.
func (s *TextScanner) hex(no int, text string) bool {
	c := strings.TrimLeft(text, " \t>|`\u00a0")
	if c == "" || !isHex(c[0]) {
		return false
	}
	p := s.open
	offset := strings.HasPrefix(c, "0x")
	switch {
	case p == nil:
	case offset && (p.void || p.told.skip != nil):
		return true // of ARP and the like
	case p.void, p.told.skip != nil, p.blank && !offset && len(p.dump.b) > 0:
	case p.dump.add(text):
		return true
	case strings.HasPrefix(c, "0x0000:") && !p.bare && !fromDump(new(Record), p.dump.b, &p.told):
		// -vv dumps parts of packets too; the whole packet's dump is the last
		p.dump = dump{}
		return p.dump.add(text)
	}
	off, data, ok := hexLine(text)
	if !ok || off != 0 || data[0]>>4 != 4 && data[0]>>4 != 6 {
		return false
	}
	s.finish()
	s.open = &pending{bare: true, line: no, lines: [2]string{text}}
	return s.open.dump.add(text)
}

// continued reads the second line of the two-line form, of the open packet or of
// one inside it.
func (s *TextScanner) continued(text string) bool {
	if s.open == nil || s.open.void {
		return false
	}
	t := &s.open.told
	if s.open.nested {
		t = s.open.inner
	} else if t.needAddr && !s.open.second && wrappedArrow(text) {
		s.open.lines[1], s.open.second = text, true
		s.open.told.needAddr, s.open.reason = false, "no addresses (expected \"source > destination:\")"
		return true
	}
	if t == nil || !t.needAddr || len(s.open.dump.b) > 0 || strings.Contains(text, "(tos 0x") && !strings.Contains(text, ": IP ") {
		return false
	}
	body := unquoteBody(text)
	if st, _ := cutStamp(body); st.form != noStamp || !t.addresses(body) {
		return false
	}
	t.needAddr = false
	if !s.open.nested {
		s.open.lines[1], s.open.second = text, true
	}
	return true
}

// wrappedArrow recognises the first half of a wrapped "src > dst: body".
func wrappedArrow(text string) bool {
	body := unquoteBody(text)
	_, dst, ok := strings.Cut(body+" ", " > ")
	return ok && !strings.Contains(body, ": ") && !strings.Contains(dst, " > ") && strings.Count(dst, " ") <= 1 && !atBlank(body)
}

// unquoteBody removes quote marks, but not the ">" of a missing source.
func unquoteBody(s string) string {
	return strings.TrimLeft(unquote(s), " \t|")
}

// start opens a packet. A line without time inside a dump whose lines have one is
// the packet inside a tunnel or an ICMP error, which -v prints below it.
func (s *TextScanner) start(no int, text string, t told, reason string) bool {
	plain := t.stamp.form == noStamp && t.number == 0
	if p := s.open; p != nil && plain && !p.blank && !p.bare && s.isInner(p, text) {
		p.nested = true
		if p.inner == nil && reason == "" {
			p.inner = &t
		} else {
			p.inner = nil
		}
		return true
	}
	s.finish()
	s.open = &pending{told: t, line: no, lines: [2]string{text}, reason: reason}
	return true
}

// isInner decides that for a line without time.
func (s *TextScanner) isInner(p *pending, text string) bool {
	if p.told.stamp.form != noStamp || p.told.number > 0 {
		return true
	}
	// without any times: what follows an ICMP error or a tunnel header of -v
	if !p.told.ip.verbose || p.inner != nil {
		return false
	}
	proto := protocolOf(p.told.body)
	if m := parseICMP(p.told.body, p.told.family); proto == packet.ProtoICMP || proto == packet.ProtoICMPv6 {
		return m.isError
	}
	return proto == packet.ProtoGRE || proto == packet.ProtoIPIP || proto == 41
}

// chatter takes tcpdump's own messages; "listening on" names the interface.
func (s *TextScanner) chatter(text string) bool {
	t := strings.TrimSpace(unquote(text))
	t = strings.TrimPrefix(t, "tcpdump: ")
	if rest, ok := strings.CutPrefix(t, "listening on "); ok {
		name, _, _ := strings.Cut(rest, ",")
		s.finish()
		s.iface = ""
		if name = strings.TrimSpace(name); name != "any" && len(name) <= maxIfName {
			s.iface = name
		}
		return true
	}
	for _, p := range []string{"verbose output suppressed, use -v", "dropped privs to ", "reading from file ", "data link type "} {
		if strings.HasPrefix(t, p) {
			return true
		}
	}
	d, rest := cutDigits(t)
	return d != "" && (strings.HasPrefix(rest, " packets captured") || strings.HasPrefix(rest, " packets received by filter") ||
		strings.HasPrefix(rest, " packets dropped by ") || strings.HasPrefix(rest, " packet captured"))
}

func (s *TextScanner) fail(no int, text, reason string) {
	if len(s.errs) < maxTextErrors {
		s.errs = append(s.errs, &TextError{File: s.File, Line: no, Text: strings.TrimSpace(text), Reason: reason})
	}
}

// Records returns the packets read since the last call, the one whose lines came
// last included: call it at the end of the text.
func (s *TextScanner) Records() []*Record {
	s.finish()
	return s.take()
}

// take converts the times of the finished packets and hands them over.
func (s *TextScanner) take() []*Record {
	recs := make([]*Record, len(s.done))
	for i, f := range s.done {
		recs[i] = f.rec
		f.rec.Time, f.rec.Clock = s.clock.read(f.stamp)
		if f.rec.Clock != Epoch {
			f.rec.Untold |= FieldTime
		}
	}
	s.done = s.done[:0]
	return recs
}

// Errors returns the lines that look like tcpdump's and could not be read, the
// first thousand of them.
func (s *TextScanner) Errors() []*TextError { return s.errs }
