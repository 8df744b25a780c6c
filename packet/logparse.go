package packet

import (
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"
)

// ParseLog finds a line of the kernel's LOG target in text, behind any dress:
// syslog (RFC 3164 with or without host and year, RFC 5424, rsyslog's ISO
// stamps), dmesg, journalctl in every output form, ulogd, gateways of various
// makers, quoting of forums and mail. ok is false when there is none.
//
// Text that people and programs damaged is read as far as it goes, and
// [LogLine].Damaged says what was wrong.
func ParseLog(text string) (l LogLine, ok bool) {
	if msg, found := journalMessage(text); found {
		if l, ok = ParseLog(msg.text); ok {
			msg.dress(&l)
			return l, true
		}
	}
	at := findLog(text)
	if at < 0 {
		return LogLine{}, false
	}
	l.readDress(text[:at])
	s := logScanner{text: text, pos: at}
	l.Pairs = make([]LogPair, 0, 24)
	s.fields(&l, 0)
	if !l.plausible() {
		return LogLine{}, false
	}
	l.finish()
	return l, true
}

// findLog returns where IN= stands in text, or -1.
func findLog(text string) int {
	for at := 0; ; {
		i := strings.Index(text[at:], "IN=")
		if i < 0 {
			return -1
		}
		at += i
		if !strings.HasSuffix(text[:at], "PHYS") && startsLog(text[at+3:]) {
			return at
		}
		at += 3
	}
}

// startsLog reports whether what follows IN= is an interface name and a field
// that may follow it.
func startsLog(s string) bool {
	s = s[:min(len(s), 120)]
	n := valueEnd(s, 0, 0)
	if i := strings.Index(s[:n], "OUT="); i >= 0 {
		n = i
	}
	if strings.ContainsAny(s[:n], `()"'`) {
		return false
	}
	s = strings.TrimLeft(s[n:], " \t")
	for _, key := range []string{"OUT=", "MAC=", "SRC=", "PHYSIN=", "MACSRC="} {
		if strings.HasPrefix(s, key) {
			return true
		}
	}
	return false
}

// plausible tells a line, even a cut one, from prose about a line.
func (l *LogLine) plausible() bool {
	if strings.ContainsAny(l.Out, `(),;"'`) {
		return false
	}
	if len(l.Pairs) > 2 {
		return true
	}
	cut := strings.HasPrefix(l.Rest, "...") || strings.HasPrefix(l.Rest, "…") || l.Rest == ""
	return cut && (l.HasUptime || l.Time.Text != "" || l.Prefix != "")
}

// finish settles what the fields say only together.
func (l *LogLine) finish() {
	if l.Family == 0 {
		l.Family = l.guessFamily()
	}
	if l.Link == nil && l.Has&FieldMAC == 0 {
		l.readMAC()
	}
	if l.Inner != nil && l.Inner.Family == 0 {
		l.Inner.Family = l.Family
	}
	if len(l.Rest) > 2 && (strings.HasPrefix(l.Rest, "...") || strings.HasPrefix(l.Rest, "…")) {
		l.damaged("ends early with " + strconv.Quote(l.Rest[:3]))
	} else if !l.ended() {
		l.damaged("ends early")
	}
}

// ended reports whether the line goes on until PROTO= or to where the kernel
// itself ends it without.
func (l *LogLine) ended() bool {
	if l.Has&FieldProto == 0 && !l.hasKey("PROTO") {
		return l.hasFlag("TRUNCATED") || l.Has&FieldFragOff != 0 || l.Family == IPv6 && l.Has&FieldFlowLabel != 0
	}
	if l.Has&(FieldIncomplete|FieldFragOff|FieldFragID) != 0 {
		return true
	}
	switch l.Proto {
	case ProtoTCP:
		return l.hasKey("URGP") || l.Has&FieldProto == 0
	case ProtoUDP, ProtoUDPLite:
		return l.Has&FieldUDPLen != 0
	}
	return true
}

func (l *LogLine) hasKey(key string) bool {
	for i := range l.Pairs {
		if l.Pairs[i].Key == key {
			return true
		}
	}
	return false
}

func (l *LogLine) guessFamily() Family {
	switch {
	case l.Has&(FieldTOS|FieldPrec|FieldID) != 0:
		return IPv4
	case l.Has&(FieldTrafficClass|FieldFlowLabel) != 0:
		return IPv6
	}
	for _, a := range []netip.Addr{l.Src, l.Dst} {
		if a.IsValid() && a.Is4() {
			return IPv4
		} else if a.IsValid() {
			return IPv6
		}
	}
	return 0
}

func (l *LogLine) damaged(what string) {
	if len(l.Damaged) < 8 {
		l.Damaged = append(l.Damaged, what)
	}
}

// logScanner walks over the fields of a line.
type logScanner struct {
	text string
	pos  int
}

// fields reads fields into l up to the end of the text, or of the brackets when
// depth is 1.
func (s *logScanner) fields(l *LogLine, depth int) {
	unknown, unknownEnd := -1, -1
	for {
		s.blanks()
		start := s.pos
		if start >= len(s.text) {
			if depth > 0 {
				l.damaged("the quoted packet does not end")
			}
			break
		}
		read := false
		switch c := s.text[start]; {
		case c == ']' && depth > 0:
			s.pos++
			s.leave(l, unknown, unknownEnd)
			return
		case c == '[':
			read = depth == 0 && l.Inner == nil && s.inner(l)
		case c == ')':
			s.pos++
			read = l.closeExtension()
		case c >= 'A' && c <= 'Z':
			read = s.field(l, depth)
		}
		if read && unknown >= 0 {
			l.damaged(strconv.Quote(clip(s.text[unknown:unknownEnd])) + " is no field")
			unknown = -1
		}
		if read {
			continue
		}
		if s.pos < 0 { // the next line begins here
			s.pos = start
			if unknown < 0 {
				unknown = start
			}
			break
		}
		if unknown < 0 {
			unknown = start
		}
		s.pos = valueEnd(s.text, start, depth)
		if s.pos == start {
			s.pos++
		}
		unknownEnd = s.pos
	}
	if unknown >= 0 {
		l.Rest = s.text[unknown:]
	}
}

// closeExtension takes the bracket behind an IPv6 extension header.
func (l *LogLine) closeExtension() bool {
	n := len(l.extensions)
	if n == 0 {
		return false
	}
	l.extensions[n-1].open = false
	return true
}

// leave notes words before the closing bracket that are no fields.
func (s *logScanner) leave(l *LogLine, from, to int) {
	if from >= 0 {
		l.damaged(strconv.Quote(clip(s.text[from:to])) + " is no field")
	}
}

func clip(s string) string {
	if len(s) > 40 {
		return s[:40]
	}
	return s
}

func (s *logScanner) blanks() {
	for s.pos < len(s.text) && (s.text[s.pos] == ' ' || s.text[s.pos] == '\t') {
		s.pos++
	}
}

func (s *logScanner) skip(lit string) bool {
	if strings.HasPrefix(s.text[s.pos:], lit) {
		s.pos += len(lit)
		return true
	}
	return false
}

// inner reads the packet in brackets that an ICMP error quotes.
func (s *logScanner) inner(l *LogLine) bool {
	rest := strings.TrimLeft(s.text[s.pos+1:], " ")
	if !strings.HasPrefix(rest, "SRC=") && !strings.HasPrefix(rest, "TRUNCATED") && !strings.HasPrefix(rest, "DST=") {
		return false
	}
	s.pos++
	in := &LogLine{Pairs: make([]LogPair, 0, 16)}
	s.fields(in, 1)
	in.Family = in.guessFamily()
	l.Inner = in
	l.Has |= FieldInner
	l.Damaged = append(l.Damaged, in.Damaged...)
	return true
}

// field reads one KEY=value, KEY:value or word. It returns false when the text
// is no field; the position is then -1 when another line begins there.
func (s *logScanner) field(l *LogLine, depth int) bool {
	start := s.pos
	end := start
	for end < len(s.text) && (s.text[end] >= 'A' && s.text[end] <= 'Z' || s.text[end] >= 'a' && s.text[end] <= 'z') {
		end++
	}
	if end < len(s.text) && (s.text[end] == '=' || s.text[end] == ':') {
		return s.pair(l, start, end, depth)
	}
	word := s.text[start:end]
	s.pos = end
	if !s.word(l, word) {
		s.pos = start
		return false
	}
	return true
}

// word reads a word without a value.
func (s *logScanner) word(l *LogLine, word string) bool {
	switch word {
	case "OPT":
		return s.options(l)
	case "INCOMPLETE":
		return s.incomplete(l)
	case "TRUNCATED":
		l.Flags = append(l.Flags, word)
		return true
	case "ESP", "AH":
		if n := len(l.extensions); n > 0 && l.extensions[n-1].open {
			l.extensions[n-1].proto = ProtoAH
			if word == "ESP" {
				l.extensions[n-1].proto = ProtoESP
			}
			return true
		}
		return false
	}
	return l.flagWords(word)
}

// flagWords reads one flag word, or several that lost their blanks.
func (l *LogLine) flagWords(s string) bool {
	if s == "" {
		return false
	}
	var words []string
	for s != "" {
		n := 0
		for _, w := range logWords {
			if strings.HasPrefix(s, w) {
				n = len(w)
				break
			}
		}
		if n == 0 {
			return false
		}
		if words == nil && n == len(s) {
			l.flag(s)
			return true
		}
		words = append(words, s[:n])
		s = s[n:]
	}
	l.damaged("no blank between " + strings.Join(words, " and "))
	for _, w := range words {
		l.flag(w)
	}
	return true
}

var logWords = [...]string{"DF", "SYN", "ACK", "PSH", "RST", "FIN", "URG", "ECE", "CWR", "AE", "CE", "MF"}

func (l *LogLine) flag(w string) {
	if cap(l.Flags) == 0 {
		l.Flags = make([]string, 0, 4)
	}
	l.Flags = append(l.Flags, w)
	for _, f := range logTCPFlags {
		if f.word == w {
			l.TCPFlags |= f.bit
		}
	}
}

// options reads OPT (hex), OPT (TRUNCATED), or the opening of an IPv6 extension
// header.
func (s *logScanner) options(l *LogLine) bool {
	if !s.skip(" (") && !s.skip("(") {
		return false
	}
	end := strings.IndexByte(s.text[s.pos:], ')')
	if strings.HasPrefix(s.text[s.pos:], " ") {
		l.extensions = append(l.extensions, logExtension{proto: ProtoDstOpts, listed: true, open: true})
		return true
	}
	if end < 0 {
		l.damaged("OPT does not end")
		s.pos = len(s.text)
		return true
	}
	v := s.text[s.pos : s.pos+end]
	s.pos += end + 1
	l.Pairs = append(l.Pairs, LogPair{"OPT", v})
	b, err := hex.DecodeString(v)
	switch {
	case v == "TRUNCATED":
		l.optionsTruncated = true
	case err != nil:
		l.damaged("OPT is not hexadecimal")
	case l.Has&FieldProto != 0:
		l.TCPOptions = b
		l.Has |= FieldTCPOptions
	default:
		l.IPOptions = b
		l.Has |= FieldIPOptions
	}
	return true
}

// incomplete reads INCOMPLETE [n bytes], or INCOMPLETE alone, which is the more
// fragments bit of IPv6.
func (s *logScanner) incomplete(l *LogLine) bool {
	n := len(l.extensions)
	if !s.skip(" [") && !s.skip("[") {
		l.Flags = append(l.Flags, "INCOMPLETE")
		if n > 0 {
			l.extensions[n-1].more = true
		}
		return true
	}
	end := strings.IndexByte(s.text[s.pos:], ']')
	if end < 0 {
		l.damaged("INCOMPLETE does not end")
		s.pos = len(s.text)
		return true
	}
	v, _ := strings.CutSuffix(s.text[s.pos:s.pos+end], " bytes")
	s.pos += end + 1
	l.Pairs = append(l.Pairs, LogPair{"INCOMPLETE", v})
	if u, err := strconv.ParseUint(v, 10, 32); err == nil {
		l.Incomplete = int(int32(uint32(u)))
		l.Has |= FieldIncomplete
	}
	return true
}

// pair reads the field whose key is text[start:end], ended by = or a colon.
func (s *logScanner) pair(l *LogLine, start, end, depth int) bool {
	key := s.text[start:end]
	if s.text[end] == ':' {
		if key != "FRAG" && key != "ID" {
			return false
		}
	} else if !isLogKey(key) {
		n := keySuffix(key)
		if n == 0 || n == len(key) {
			return false
		}
		head := key[:len(key)-n]
		if !l.flagWords(head) {
			return false
		}
		l.damaged("no blank before " + key[len(head):])
		key = key[len(head):]
	}
	if key == "IN" && l.hasKey("IN") {
		s.pos = -1
		return false
	}
	vs := end + 1
	ve := valueEnd(s.text, vs, depth)
	if i := strings.IndexByte(s.text[vs:ve], '='); i > 0 {
		if n := keySuffix(s.text[vs : vs+i]); n > 0 {
			ve = vs + i - n
			l.damaged("no blank before " + s.text[ve:vs+i])
		}
	}
	s.pos = ve
	if isAddrKey(key) {
		s.extend(vs, depth)
	}
	colon := s.text[end] == ':'
	l.set(key, s.text[vs:s.pos], colon)
	return true
}

// extend takes further words into an address that someone blanked out with words
// ("SRC=my ip DST="), if a field follows them.
func (s *logScanner) extend(vs, depth int) {
	value := s.text[vs:s.pos]
	rest := s.text[s.pos:]
	if value == "" || rest == "" || rest[0] != ' ' {
		return
	}
	if next := strings.TrimLeft(rest, " "); next == "" || startsWithKey(next) || next[0] == '[' || next[0] == ']' || next[0] == '.' {
		return
	}
	if _, err := netip.ParseAddr(value); err == nil || strings.Count(value, ":") >= 5 {
		return
	}
	at := s.pos
	for range 4 {
		for at < len(s.text) && s.text[at] == ' ' {
			at++
		}
		if startsWithKey(s.text[at:]) {
			s.pos = at - 1
			return
		}
		if n := valueEnd(s.text, at, depth); n > at && !strings.Contains(s.text[at:n], "=") {
			at = n
		} else {
			return
		}
	}
}
