package evidence

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"

	"nfwhy/capture"
	"nfwhy/packet"
	"nfwhy/ruleset"
)

// Kind says what an input holds.
type Kind uint8

// The kinds. Auto finds out from the content.
const (
	Auto Kind = iota
	Rules
	Logs
	Capture
)

// Input is one thing to read.
type Input struct {
	Name string // as shown in sources: a file's name, "-" for standard input
	Kind Kind
	R    io.Reader
}

// Log is one kernel log line.
type Log struct {
	Source string // "file:line"
	Text   string // as written
	Line   packet.LogLine
}

// Ignored is something that looks like evidence and was not used.
type Ignored struct {
	Source string
	Text   string
	Why    string
}

// Evidence is everything that was recognised.
type Evidence struct {
	// Files are the texts that hold rules, in order.
	Files   []*ruleset.File
	Logs    []Log
	Packets []*capture.Record
	Ignored []Ignored
	Names   *Names
	// LeftOut are rules of mixed texts that do not compile: the answer may depend
	// on them.
	LeftOut []*ruleset.Rule
	// Lines is how many lines of text were looked at.
	Lines int
}

// maxIgnored bounds the list of what was not used; maxPackets what is kept of
// captures.
const (
	maxIgnored = 1000
	maxPackets = 200000
	maxLine    = 1 << 20
)

// Read reads all inputs. An error is one of reading a file, or rules given as
// such (Kind Rules) that do not parse; in a mixed text what does not parse is
// listed in Ignored.
func Read(inputs ...Input) (*Evidence, error) {
	e := &Evidence{Names: newNames()}
	for _, in := range inputs {
		if err := e.read(in); err != nil {
			return nil, err
		}
	}
	e.resolve()
	return e, nil
}

func (e *Evidence) read(in Input) error {
	br := bufio.NewReaderSize(in.R, 1<<16)
	head, err := br.Peek(512)
	if err != nil && err != io.EOF && err != bufio.ErrBufferFull {
		return fmt.Errorf("%s: %w", in.Name, err)
	}
	kind := capture.Sniff(head)
	switch {
	case in.Kind == Rules:
		return e.readRules(in.Name, br)
	case kind == capture.KindText && in.Kind != Capture, len(head) == 0:
		return e.readText(in.Name, br)
	case kind.Compressed() && in.Kind != Capture:
		return e.readCompressed(in, br)
	}
	return e.readCapture(in.Name, br)
}

// readCompressed unpacks and looks again.
func (e *Evidence) readCompressed(in Input, r io.Reader) error {
	plain, err := capture.Decompress(in.Name, r)
	if err != nil {
		return err
	}
	defer plain.Close()
	in.R = plain
	return e.read(in)
}

func (e *Evidence) readRules(name string, r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return e.parseRules(name, data)
}

// parseRules reads a text that is rules and nothing else: every error counts.
func (e *Evidence) parseRules(name string, data []byte) error {
	f, err := ruleset.Parse(name, data)
	if err != nil {
		return err
	}
	e.Files = append(e.Files, f)
	return nil
}

// readCapture keeps the packets of a capture.
func (e *Evidence) readCapture(name string, r io.Reader) error {
	c, err := capture.Open(name, r)
	if err != nil {
		return err
	}
	defer c.Close()
	for {
		rec, err := c.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			if len(e.Packets) == 0 {
				return err
			}
			e.ignore(name, "", err.Error())
			return nil
		}
		if len(e.Packets) >= maxPackets {
			e.ignore(name, "", fmt.Sprintf("only the first %d packets are used", maxPackets))
			return nil
		}
		if rec.Skip == nil {
			e.Packets = append(e.Packets, rec.Clone())
		}
	}
}

// text is the state of reading one mixed text.
type text struct {
	e     *Evidence
	name  string
	rules bytes.Buffer // the text with everything that is no rule blanked out
	dump  *capture.TextScanner
	wrap  *Log // a log line that may go on in the next line
	any   bool // some rule was seen
	prose bool // and something that is no rule, blank or comment
	open  bool // the last rule line goes on (backslash)
}

// readText sorts the lines of a text.
func (e *Evidence) readText(name string, r *bufio.Reader) error {
	t := &text{e: e, name: name, dump: &capture.TextScanner{File: name}}
	for no := 1; ; no++ {
		line, err := readLine(r)
		if err != nil && err != io.EOF {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err == io.EOF && line == "" {
			break
		}
		e.Lines++
		t.line(no, line)
		if err == io.EOF {
			break
		}
	}
	t.flushWrap()
	return t.finish()
}

// readLine returns the next line without its newline; what is beyond maxLine is
// left out.
func readLine(r *bufio.Reader) (string, error) {
	var long []byte
	for {
		part, err := r.ReadSlice('\n')
		if err == nil && long == nil {
			return strings.TrimSuffix(string(part[:len(part)-1]), "\r"), nil
		}
		if len(long) < maxLine {
			long = append(long, part...)
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		return strings.TrimRight(string(long), "\r\n"), err
	}
}

func (t *text) line(no int, s string) {
	if t.joins(s) {
		t.blank()
		return
	}
	t.flushWrap()
	if t.open {
		t.keep(s)
		return
	}
	if couldBeLog(s) {
		if l, ok := packet.ParseLog(s); ok {
			t.log(no, s, l)
			t.prose = true
			t.blank()
			return
		}
	}
	if t.dump.Line(no, s) {
		t.prose = true
		t.blank()
		return
	}
	if ruleset.LooksLikeRule(s) {
		t.any = true
		t.keep(s)
		return
	}
	t.blank()
	t.prose = t.prose || !comment(s)
	if why := suspicious(s); why != "" {
		t.e.ignore(fmt.Sprintf("%s:%d", t.name, no), s, why)
	}
}

// couldBeLog is a cheap test before the full parse.
func couldBeLog(s string) bool {
	return strings.Contains(s, "IN=") || strings.Contains(s, "OUT=") || strings.Contains(s, "SRC=")
}

func (t *text) keep(s string) {
	t.rules.WriteString(s)
	t.rules.WriteByte('\n')
	t.open = strings.HasSuffix(strings.TrimRight(s, " \t"), "\\")
}

func (t *text) blank() { t.rules.WriteByte('\n') }

// log takes a line; one without PROTO= may be wrapped and waits for the next.
func (t *text) log(no int, s string, l packet.LogLine) {
	g := Log{Source: fmt.Sprintf("%s:%d", t.name, no), Text: s, Line: l}
	if l.Has&packet.FieldProto == 0 || cutShort(s) {
		t.wrap = &g
		return
	}
	t.e.Logs = append(t.e.Logs, g)
}

// cutShort reports whether a TCP or UDP line ends before what every such line
// has, as it does when a post wrapped it.
func cutShort(s string) bool {
	switch {
	case strings.Contains(s, "PROTO=TCP"):
		return !strings.Contains(s, "URGP=") && !strings.Contains(s, "INCOMPLETE") && !strings.Contains(s, "FRAG:")
	case strings.Contains(s, "PROTO=UDP"):
		return strings.Count(s, "LEN=") < 2 && !strings.Contains(s, "INCOMPLETE") && !strings.Contains(s, "FRAG:")
	}
	return false
}

// joins adds s to a waiting log line when the two together say more.
func (t *text) joins(s string) bool {
	w := t.wrap
	rest := strings.TrimLeft(strings.TrimSpace(s), "> ")
	if w == nil || rest == "" || couldBeLog(s) && strings.Contains(s, "IN=") {
		return false
	}
	word, _, _ := strings.Cut(rest, " ")
	if !strings.Contains(word, "=") && !isFlagWord(word) {
		return false
	}
	for _, glue := range []string{" ", ""} {
		joined := strings.TrimRight(w.Text, " ") + glue + rest
		l, ok := packet.ParseLog(joined)
		if !ok || len(l.Pairs)+len(l.Flags) <= len(w.Line.Pairs)+len(w.Line.Flags) {
			continue
		}
		w.Text, w.Line = joined, l
		if l.Has&packet.FieldProto != 0 && !cutShort(joined) {
			t.flushWrap()
		}
		return true
	}
	return false
}

func isFlagWord(w string) bool {
	switch w {
	case "SYN", "ACK", "FIN", "RST", "PSH", "URG", "DF", "MF", "CE", "ECE", "CWR":
		return true
	}
	return false
}

func (t *text) flushWrap() {
	if t.wrap != nil {
		t.e.Logs = append(t.e.Logs, *t.wrap)
		t.wrap = nil
	}
}

// finish reads the rules among the lines and takes the packets of the dump.
func (t *text) finish() error {
	t.e.Packets = append(t.e.Packets, t.dump.Records()...)
	for _, p := range t.dump.Errors() {
		t.e.ignore(fmt.Sprintf("%s:%d", t.name, p.Line), p.Text, p.Reason)
	}
	if !t.any {
		return nil
	}
	if !t.prose {
		return t.e.parseRules(t.name, t.rules.Bytes())
	}
	f, err := ruleset.Parse(t.name, t.rules.Bytes(), ruleset.Lenient())
	if f == nil {
		return err
	}
	t.e.Files = append(t.e.Files, f)
	for _, l := range f.Ignored {
		t.e.ignore(l.Pos.String(), l.Text, l.Why)
	}
	t.e.leaveOut(f)
	return nil
}

// comment reports whether a line says nothing.
func comment(s string) bool {
	s = strings.TrimSpace(s)
	return s == "" || s[0] == '#'
}

// suspicious says why a line that is nothing known looks like evidence, "" when
// it is prose.
func suspicious(s string) string {
	switch {
	case strings.Contains(s, "SRC=") && strings.Contains(s, "DST="),
		strings.Contains(s, "IN=") && strings.Contains(s, "OUT="):
		return "looks like a kernel log line and could not be read (expected ... IN=... OUT=... SRC=... DST=...)"
	}
	w := strings.TrimLeft(s, " \t>$#*-")
	switch {
	case strings.HasPrefix(w, "iptables -") || strings.HasPrefix(w, "ip6tables -"):
		return "looks like an iptables command and could not be read"
	case capture.LooksLikeTcpdump(s):
		return "looks like tcpdump output and could not be read"
	}
	return ""
}

func (e *Evidence) ignore(source, s, why string) {
	if len(e.Ignored) < maxIgnored {
		if len(s) > 300 {
			s = s[:300] + "..."
		}
		e.Ignored = append(e.Ignored, Ignored{source, s, why})
	}
}
