package evidence

import (
	"bufio"
	"bytes"
	"fmt"
	"html"
	"io"
	"strings"

	"nfwhy/capture"
	"nfwhy/ruleset"
)

// textSink takes one text.
type textSink func(*source, *bufio.Reader) error

// text is the state of reading one mixed text.
type text struct {
	e     *Evidence
	name  string
	log   logReader
	facts factReader
	logs  bool // only log lines are wanted

	rules rulesText
	dump  *capture.TextScanner
	taken int // lines of the dump
	prose bool
	open  bool // the last rule line goes on (backslash)
}

// collect reads a text the first time.
func (e *Evidence) collect(s *source, r *bufio.Reader) error {
	t := &text{e: e, name: s.Name, logs: s.Kind == Logs, dump: &capture.TextScanner{File: s.Name}}
	t.log = logReader{e: e, name: s.Name, quick: true}
	t.log.deliver = e.keepLog
	t.log.message = e.keepMessage
	t.log.trace = e.keepTrace
	if err := t.each(r); err != nil {
		return err
	}
	return t.finish()
}

// each cuts a text into lines.
func (t *text) each(r *bufio.Reader) error {
	for no := 1; ; no++ {
		line, err := readLine(r)
		if err != nil && err != io.EOF {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		if err == io.EOF && line == "" {
			break
		}
		t.e.Lines++
		t.line(no, line)
		if err == io.EOF {
			break
		}
	}
	t.log.flush()
	return nil
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
		if room := maxLine - len(long); room > 0 {
			long = append(long, part[:min(len(part), room)]...)
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		return strings.TrimRight(string(long), "\r\n"), err
	}
}

// line sorts one line.
func (t *text) line(no int, s string) {
	if s == "" && !t.open {
		t.log.line(no, s)
		t.facts.proc = ""
		if t.dump.Line(no, s) {
			t.taken++
		}
		t.rules.blank()
		return
	}
	plain := withoutMarkup(s)
	switch {
	case t.open:
		t.rule(s)
	case t.rules.some && !t.prose && comment(s): // an example in a file of rules
		t.log.flush()
		t.rules.prose(s)
	case t.log.line(no, plain):
		t.other()
	case t.logs:
	case t.facts.line(t, no, plain):
		t.prose = true
		if t.facts.entry {
			t.rules.blank()
		} else {
			t.rules.prose(s) // a script may need it to be whole
		}
	case t.dumped(no, s):
		t.other()
	case ruleset.LooksLikeRule(s):
		t.rule(s)
	default:
		t.prose = t.prose || !comment(s)
		t.rules.prose(s)
		if why := suspicious(plain); why != "" {
			t.e.ignore(fmt.Sprintf("%s:%d", t.name, no), s, why)
		}
	}
}

// other notes a line that is no rule.
func (t *text) other() {
	t.prose = true
	t.rules.blank()
}

func (t *text) rule(s string) {
	t.log.flush()
	t.rules.rule(s)
	t.open = strings.HasSuffix(strings.TrimRight(s, " \t"), "\\")
}

// dumped gives a line to the reader of tcpdump's text.
func (t *text) dumped(no int, s string) bool {
	if t.taken >= maxDump || !t.dump.Line(no, s) {
		return false
	}
	if t.taken++; t.taken == maxDump {
		t.e.ignore(fmt.Sprintf("%s:%d", t.name, no), s, fmt.Sprintf("only the first %d lines of tcpdump's text are used", maxDump))
	}
	return true
}

// finish reads the rules among the lines and takes the packets of the dump.
func (t *text) finish() error {
	if t.logs {
		return nil
	}
	var past skipped
	for _, r := range t.dump.Records() {
		if r.Skip != nil {
			past.add(r.Skip)
		} else if len(t.e.Packets) < maxPackets {
			t.e.Packets = append(t.e.Packets, r)
		}
	}
	past.tell(t.e, t.name)
	for _, p := range t.dump.Errors() {
		t.e.ignore(fmt.Sprintf("%s:%d", t.name, p.Line), p.Text, p.Reason)
	}
	if t.rules.cut {
		t.e.ignore(t.name, "", fmt.Sprintf("only the first %d MB of text that may be rules are used", maxRules>>20))
	}
	data := t.rules.buf.Bytes()
	if t.rules.some && !t.prose {
		f, err := ruleset.Parse(t.name, data)
		if err != nil {
			return err
		}
		t.e.Files = append(t.e.Files, f)
		t.e.strict = append(t.e.strict, f)
		return nil
	}
	return t.mixed(data)
}

// mixed reads what stands among other things; a text without any rule is none of
// Files.
func (t *text) mixed(data []byte) error {
	f, err := ruleset.Parse(t.name, data, ruleset.Lenient())
	if f == nil {
		return err
	}
	for _, l := range f.Ignored {
		t.e.ignore(l.Pos.String(), l.Text, l.Why)
	}
	if len(f.Rulesets()) > 0 || len(f.Sets) > 0 || len(f.Sysctl) > 0 {
		t.e.Files = append(t.e.Files, f)
		t.e.lenient = append(t.e.lenient, f)
	}
	return nil
}

// rulesText is a text with everything blanked out that is known not to be rules,
// so that lines keep their numbers.
type rulesText struct {
	buf   bytes.Buffer
	empty int // blank lines at the end, not yet written
	talk  int // bytes of prose in it
	some  bool
	cut   bool // it was too long
}

func (r *rulesText) blank() { r.empty++ }

func (r *rulesText) rule(s string) {
	r.some = true
	r.put(s)
}

// prose keeps a line that by itself is no rule: it may be the heading, row or
// comment of a listing, or a script's.
func (r *rulesText) prose(s string) {
	if r.talk+len(s) > maxProse || strings.TrimSpace(s) == "" {
		r.empty++
		return
	}
	r.talk += len(s)
	r.put(s)
}

func (r *rulesText) put(s string) {
	if r.cut || r.buf.Len()+r.empty+len(s) > maxRules {
		r.cut = true
		return
	}
	for ; r.empty > 0; r.empty-- {
		r.buf.WriteByte('\n')
	}
	r.buf.WriteString(s)
	r.buf.WriteByte('\n')
}

// withoutMarkup undoes what forums and web pages put around and into a line.
func withoutMarkup(s string) string {
	if strings.IndexByte(s, '&') >= 0 {
		s = html.UnescapeString(s)
	}
	if strings.Contains(s, "\u00a0") {
		s = strings.ReplaceAll(s, "\u00a0", " ")
	}
	if !strings.Contains(s, "de]") && !strings.Contains(s, "DE]") && !strings.Contains(s, "te]") && strings.IndexByte(s, '<') < 0 {
		return s
	}
	return tags.Replace(s)
}

// tags are what pages wrap logs in. Others, such as <ip>, are what a poster wrote
// for a value.
var tags = strings.NewReplacer("[code]", "", "[/code]", "", "[CODE]", "", "[/CODE]", "", "[quote]", "", "[/quote]", "",
	"<pre>", "", "</pre>", "", "<code>", "", "</code>", "", "<p>", "", "</p>", "", "<br>", "", "<br/>", "", "<br />", "",
	"<li>", "", "</li>", "", "<blockquote>", "", "</blockquote>", "", "<td>", "", "</td>", "", "<div>", "", "</div>", "",
	"<pre><code>", "", "</span>", "", "<span>", "")

// comment reports whether a line says nothing.
func comment(s string) bool {
	s = strings.TrimSpace(s)
	return s == "" || s[0] == '#'
}

// suspicious says why a line that is nothing known looks like evidence, "" when
// it is prose.
func suspicious(s string) string {
	if strings.Contains(s, "SRC=") && strings.Contains(s, "DST=") {
		return "looks like a kernel log line and could not be read (expected ... IN=... OUT=... SRC=... DST=...)"
	}
	w := strings.TrimLeft(s, " \t>$#*-")
	switch {
	case (strings.HasPrefix(w, "iptables -") || strings.HasPrefix(w, "ip6tables -")) && changes(w):
		return "looks like an iptables command and could not be read"
	case capture.LooksLikeTcpdump(s):
		return "looks like tcpdump output and could not be read"
	}
	return ""
}

// changes reports whether a command changes rules, as -L and -S do not.
func changes(command string) bool {
	for _, w := range strings.Fields(command) {
		switch w {
		case "-A", "-I", "-D", "-R", "-P", "-N", "--append", "--insert", "--delete", "--replace", "--policy":
			return true
		}
	}
	return false
}
