package packet

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// readDress splits what stands in front of IN= into dress and prefix.
func (l *LogLine) readDress(head string) {
	body := head
	if i, n := kernelTag(head); i >= 0 {
		l.Tag = "kernel"
		l.readSender(head[:i])
		body = head[i+n:]
	} else {
		body = l.readUntagged(head)
	}
	body = l.readKernelTime(body)
	l.Prefix = body
	l.Dress = head[:len(head)-len(body)]
}

// kernelTag returns where the tag of the kernel's messages is and how long it
// is, the blank behind it included; i is -1 when there is none.
func kernelTag(head string) (i, n int) {
	for from := 0; ; {
		i = strings.Index(head[from:], "kernel")
		if i < 0 {
			return -1, 0
		}
		i += from
		from = i + 6
		if i > 0 && !strings.ContainsRune(" \t\"':>|", rune(head[i-1])) {
			continue
		}
		end := from
		if strings.HasPrefix(head[end:], "[") { // kernel[0]:
			if j := strings.IndexByte(head[end:], ']'); j > 0 && j < 8 {
				end += j + 1
			}
		}
		if !strings.HasPrefix(head[end:], ":") {
			if n := sentMessage(head[end:]); n > 0 { // RFC 5424
				return i, end + n - i
			}
			continue
		}
		end++
		for strings.HasPrefix(head[end:], " kernel:") { // forwarded twice
			end += len(" kernel:")
		}
		if strings.HasPrefix(head[end:], " ") {
			end++
		}
		return i, end - i
	}
}

// sentMessage returns the length of the process id, message id and structured
// data that RFC 5424 has between the name of the sender and the message, 0 when
// s does not begin with them.
func sentMessage(s string) int {
	s = s[:min(len(s), 2048)]
	n := 0
	for range 2 {
		if !strings.HasPrefix(s[n:], " ") {
			return 0
		}
		n++
		j := strings.IndexByte(s[n:], ' ')
		if j <= 0 || s[n] != '-' && (s[n] < '0' || s[n] > 'z' || s[n] == '[') {
			return 0
		}
		n += j
	}
	switch rest := s[n:]; {
	case strings.HasPrefix(rest, " - "):
		return n + 3
	case strings.HasPrefix(rest, " ["):
		if j := strings.Index(rest, "] "); j > 0 {
			return n + j + 2
		}
	}
	return 0
}

// readSender reads the time and the host in front of the kernel's tag. Anything
// may stand before them: a table's columns, quoting.
func (l *LogLine) readSender(s string) {
	s = strings.TrimRight(s, " \t\"'")
	rest := s
	if n := l.readStamp(s); n > 0 {
		rest = s[n:]
	} else {
		for at, tries := 0, 0; tries < 80; tries++ {
			next := strings.IndexAny(s[at:], " \t,;\"'>|*`(")
			if next < 0 {
				break
			}
			at += next + 1
			var found LogLine
			if n := found.readStamp(s[at:]); n > 0 { // the last one is the line's own
				l.Time, l.Uptime, l.HasUptime = found.Time, found.Uptime, found.HasUptime
				rest = s[at+n:]
				at += n - 1
			}
		}
	}
	s = rest
	if i := strings.LastIndexAny(s, " \t"); i >= 0 {
		s = s[i+1:]
	}
	l.Host = strings.Trim(s, "<>|*`\"',:")
	if l.Host == "-" || strings.HasPrefix(s, "<") && strings.HasSuffix(s, ">") && len(l.Host) > 0 && l.Host[0] >= '0' && l.Host[0] <= '9' {
		l.Host = "" // a bare priority
	}
}

// readStamp reads a priority, uptime, time, or several of them, at the start of
// s and returns their length.
func (l *LogLine) readStamp(s string) int {
	n := 0
	for {
		at := n + leadingBlanks(s[n:])
		switch {
		case at >= len(s):
			return n
		case s[at] == '<':
			j := strings.IndexByte(s[at:], '>')
			if j < 2 || j > 4 || !allDigits(s[at+1:at+j]) {
				return n
			}
			n = at + j + 1
			if strings.HasPrefix(s[n:], "1 ") {
				n += 2
			}
		case s[at] == '[':
			j := l.readBracket(s[at:])
			if j == 0 {
				return n
			}
			n = at + j
		case l.Time.Text == "":
			t, j := parseStamp(s[at:])
			if j == 0 {
				return n
			}
			l.Time = t
			n = at + j
		default:
			return n
		}
	}
}

// readBracket reads dmesg's time in brackets, either kind, and returns its
// length.
func (l *LogLine) readBracket(s string) int {
	j := strings.IndexByte(s, ']')
	if j < 0 || j > 40 {
		return 0
	}
	in := strings.TrimSpace(s[1:j])
	if up, ok := parseUptime(in); ok {
		l.Uptime, l.HasUptime = up, true
		return j + 1
	}
	if caller := strings.TrimLeft(in, "TC"); l.HasUptime && len(caller) == len(in)-1 && allDigits(caller) {
		return j + 1 // the thread or CPU, CONFIG_PRINTK_CALLER
	}
	if strings.HasPrefix(in, "<") && strings.HasSuffix(in, ">") && l.Tag != "" {
		return j + 1 // someone blanked it out
	}
	if l.Time.Text == "" {
		if t, n := parseStamp(in); n == len(in) && n > 0 {
			l.Time = t
			return j + 1
		}
	}
	return 0
}

// parseUptime reads the kernel's timestamp, 81795.100496.
func parseUptime(s string) (time.Duration, bool) {
	dot := strings.IndexByte(s, '.')
	if dot < 1 || len(s)-dot-1 < 3 || len(s)-dot-1 > 9 || dot > 10 || !allDigits(s[:dot]) || !allDigits(s[dot+1:]) {
		return 0, false
	}
	sec, _ := strconv.ParseInt(s[:dot], 10, 64)
	return time.Duration(sec)*time.Second + time.Duration(fraction(s[dot+1:])), true
}

// fraction returns the nanoseconds of up to nine digits behind a decimal point.
func fraction(s string) int {
	v, scale := 0, 100_000_000
	for i := 0; i < len(s) && scale > 0; i++ {
		v += int(s[i]-'0') * scale
		scale /= 10
	}
	return v
}

func allDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func leadingBlanks(s string) int {
	n := 0
	for n < len(s) && (s[n] == ' ' || s[n] == '\t') {
		n++
	}
	return n
}

// readKernelTime reads what the kernel, or a daemon that counts repetitions, put
// in front of the prefix and returns the prefix.
func (l *LogLine) readKernelTime(s string) string {
	for {
		at := leadingBlanks(s)
		if n := 0; at < len(s) && s[at] == '[' {
			if n = l.readBracket(s[at:]); n > 0 {
				s = strings.TrimPrefix(s[at+n:], " ")
				continue
			}
		}
		const repeated = "message repeated "
		if !strings.HasPrefix(s[at:], repeated) {
			return s
		}
		count, rest, ok := strings.Cut(s[at+len(repeated):], " times: [")
		v, err := strconv.Atoi(count)
		if !ok || err != nil || v < 0 {
			return s
		}
		l.Repeated = v
		s = strings.TrimPrefix(rest, " ")
	}
}

// readUntagged reads dress without the kernel's tag and returns the rest.
func (l *LogLine) readUntagged(head string) string {
	s := head
	for range 12 {
		s = s[leadingBlanks(s):]
		if rest, ok := strings.CutPrefix(s, "MESSAGE="); ok {
			return rest
		}
		if n := l.readStamp(s); n > 0 {
			if s[n-1] == ']' && l.Time.Text != "" { // dmesg -T
				return strings.TrimPrefix(s[n:], " ")
			}
			return l.readHost(s[n:])
		}
		if n := levelWords(s); n > 0 { // dmesg -x
			s = s[n:]
			continue
		}
		if !hasQuote(s) {
			break
		}
		s = s[1:]
	}
	// No dress but quoting. What remains is the prefix; marks other than a
	// quote's may be its own.
	s = head[leadingBlanks(head):]
	for s != "" && (s[0] == '>' || s[0] == '`') {
		s = s[1:]
		s = s[leadingBlanks(s):]
	}
	return s
}

func hasQuote(s string) bool { return s != "" && strings.IndexByte(">|*`\"'-#+:(", s[0]) >= 0 }

// levelWords returns the length of facility and level as dmesg -x writes them
// ("kern  :warn  : "), 0 for none.
func levelWords(s string) int {
	if !strings.HasPrefix(s, "kern ") && !strings.HasPrefix(s, "user ") {
		return 0
	}
	a, b, ok := strings.Cut(s, ":")
	if !ok || len(a) > 8 {
		return 0
	}
	level, _, ok := strings.Cut(b, ":")
	if !ok || len(level) > 8 || strings.TrimSpace(level) == "" {
		return 0
	}
	return len(a) + 1 + len(level) + 1
}

// readHost reads host and tag behind a time and returns the rest.
func (l *LogLine) readHost(s string) string {
	s = s[leadingBlanks(s):]
	if n := levelWords(s); n > 0 {
		s = s[n:]
		s = s[leadingBlanks(s):]
	}
	if l.Time.Text == "" { // an uptime alone: the rest is the prefix
		return s
	}
	w, rest := firstWord(s)
	if w == "" || w[0] == '[' || w[0] == '"' || strings.HasSuffix(w, ":") || logActions[strings.ToUpper(w)] {
		return l.readDaemon(s)
	}
	l.Host = w
	if again, r := firstWord(rest); again == w {
		rest = r
	}
	if n := sentMessage(" " + rest); n > 0 { // no sender's name
		return rest[n-1:]
	}
	return l.readDaemon(rest)
}

// readDaemon reads a daemon's tag; a word with a colon that names no known one
// is a prefix.
func (l *LogLine) readDaemon(s string) string {
	w, rest := firstWord(s)
	name, pid, ok := strings.Cut(strings.TrimSuffix(w, ":"), "[")
	if !strings.HasSuffix(w, ":") || ok && !allDigits(strings.TrimSuffix(pid, "]")) || !ok && !logDaemons[name] {
		return s
	}
	l.Tag = name
	return rest
}

var logDaemons = map[string]bool{"ulogd": true, "klogd": true, "syslog": true, "ulogd2": true, "rsyslogd": true, "vmunix": true}

// logActions are words that begin a prefix rather than name a host.
var logActions = map[string]bool{"DROP": true, "DROPPED": true, "REJECT": true, "REJECTED": true, "ACCEPT": true, "ACCEPTED": true, "BLOCK": true,
	"BLOCKED": true, "DENY": true, "DENIED": true, "ALLOW": true, "INPUT": true, "OUTPUT": true, "FORWARD": true, "FIREWALL": true, "UFW": true,
	"LOG": true, "INVALID": true, "IPTABLES": true, "NEW": true}

func firstWord(s string) (word, rest string) {
	word, rest, _ = strings.Cut(s, " ")
	return word, rest
}

// journalEntry is what a journal knows of a message.
type journalEntry struct {
	text               string
	host, tag          string
	realtime, monotone string
	stamp              string
}

// journalMessage reads a line of JSON as journalctl -o json and log shippers
// write it.
func journalMessage(line string) (journalEntry, bool) {
	trimmed := strings.TrimLeft(line, " \t")
	if !strings.HasPrefix(trimmed, "{") || len(line) > 1<<16 {
		return journalEntry{}, false
	}
	var raw map[string]any
	if json.Unmarshal([]byte(trimmed), &raw) != nil {
		return journalEntry{}, false
	}
	str := func(keys ...string) string {
		for _, k := range keys {
			switch v := raw[k].(type) {
			case string:
				return v
			case []any: // bytes that are no UTF-8
				b := make([]byte, 0, len(v))
				for _, c := range v {
					f, _ := c.(float64)
					b = append(b, byte(int(f)))
				}
				return string(b)
			}
		}
		return ""
	}
	e := journalEntry{text: str("MESSAGE", "message", "msg", "log"), host: str("_HOSTNAME", "hostname", "host"), tag: str("SYSLOG_IDENTIFIER"),
		realtime: str("__REALTIME_TIMESTAMP", "_SOURCE_REALTIME_TIMESTAMP"), monotone: str("_SOURCE_MONOTONIC_TIMESTAMP"), stamp: str("@timestamp", "timestamp", "time")}
	return e, strings.Contains(e.text, "IN=") && !strings.HasPrefix(e.text, "{")
}

// dress puts the journal's knowledge into a line that has none of its own.
func (e journalEntry) dress(l *LogLine) {
	if l.Host == "" {
		l.Host = e.host
	}
	if l.Tag == "" {
		l.Tag = e.tag
	}
	if us, err := strconv.ParseInt(e.monotone, 10, 64); err == nil && !l.HasUptime && us >= 0 && us < 1<<50 {
		l.Uptime, l.HasUptime = time.Duration(us)*time.Microsecond, true
	}
	if l.Time.Text != "" {
		return
	}
	if us, err := strconv.ParseInt(e.realtime, 10, 64); err == nil && us >= 0 && us < 1<<60 {
		l.Time = epochTime(us/1e6, int(us%1e6)*1000, e.realtime)
	} else if t, n := parseStamp(e.stamp); n > 0 {
		l.Time = t
	}
}
