package ruleset

import (
	"strings"
)

// place is a Pos within a text that is known.
type place struct{ line, col int32 }

func (p Pos) place() place { return place{int32(p.Line), int32(p.Col)} }

// lexer cuts one logical line into words. What is read is either a part of the
// text, or a line of it that was cleaned of markup; then places maps the bytes
// back.
type lexer struct {
	file   string
	s      string
	i      int
	line   int
	start  int // offset in s of the first byte of line
	places []place
	slab   *[]Word
	buf    []byte
	err    string // what is wrong with the quoting
	errPos Pos
	end    int  // offset behind the last word
	sep    bool // the command ended at ";", "&&", "||", "|" or "&"
}

func (l *lexer) pos(i int) Pos {
	if l.places != nil {
		if len(l.places) == 0 {
			return Pos{l.file, l.line, 1}
		}
		if i >= len(l.places) {
			last := l.places[len(l.places)-1]
			return Pos{l.file, int(last.line), int(last.col) + 1 + i - len(l.places)}
		}
		return Pos{l.file, int(l.places[i].line), int(l.places[i].col)}
	}
	return Pos{l.file, l.line, i - l.start + 1}
}

func (l *lexer) fail(i int, msg string) {
	if l.err == "" {
		l.err, l.errPos = msg, l.pos(i)
	}
}

// keep moves words into the slab that the words of all rules share.
func (l *lexer) keep(n int) []Word {
	s := *l.slab
	return s[n:len(s):len(s)]
}

func (l *lexer) room(n int) int {
	if cap(*l.slab)-len(*l.slab) < n {
		*l.slab = make([]Word, 0, max(slabWords, n))
	}
	return len(*l.slab)
}

// slabWords is how many words are allocated at once.
const slabWords = 4096

func (l *lexer) add(first int, w Word) int {
	l.end = l.i
	if len(*l.slab) == cap(*l.slab) { // a line longer than what is left: move it over
		old := (*l.slab)[first:]
		ns := make([]Word, 0, max(cap(*l.slab), 2*len(old)))
		*l.slab = append(ns, old...)
		first = 0
	}
	*l.slab = append(*l.slab, w)
	return first
}

// restoreWords reads a line as iptables-restore does (xshared.c,
// add_param_to_argv, 1.8.9): only the double quote quotes, only inside it a
// backslash escapes, and the closing quote ends the word.
func (l *lexer) restoreWords() []Word {
	first := l.room(16)
	for {
		for l.i < len(l.s) && isBlank(l.s[l.i]) {
			l.i++
		}
		if l.i >= len(l.s) {
			return l.keep(first)
		}
		first = l.add(first, l.restoreWord())
	}
}

func (l *lexer) restoreWord() Word {
	begin := l.i
	w := Word{Pos: l.pos(begin)}
	for l.i < len(l.s) && !isBlank(l.s[l.i]) && l.s[l.i] != '"' {
		l.i++
	}
	if l.i >= len(l.s) || l.s[l.i] != '"' {
		w.Text = l.s[begin:l.i]
		return w
	}
	w.Quoted = true
	head := l.s[begin:l.i]
	l.i++
	from := l.i
	if head == "" {
		if end := strings.IndexAny(l.s[from:], `"\`); end >= 0 && l.s[from+end] == '"' {
			w.Text, l.i = l.s[from:from+end], from+end+1
			return w
		}
	}
	l.buf = append(l.buf[:0], head...)
	for l.i < len(l.s) {
		c := l.s[l.i]
		l.i++
		if c == '"' {
			w.Text = string(l.buf)
			return w
		}
		if c == '\\' && l.i < len(l.s) {
			c = l.s[l.i]
			l.i++
		}
		l.buf = append(l.buf, c)
	}
	// iptables-restore takes the rest of the line, its newline included.
	l.fail(from-1, `quote is not closed (expected a second ")`)
	w.Text = string(l.buf)
	return w
}

// shellWords reads a command as a POSIX shell does, without expansions. It
// stops behind the end of the command: a newline, ";", "&&", "||", "|", "&" or
// a comment; redirections are left out.
func (l *lexer) shellWords() []Word {
	first := l.room(16)
	skip := false
	l.sep = false
	for {
		l.shellBlanks()
		if l.i >= len(l.s) {
			return l.keep(first)
		}
		switch c := l.s[l.i]; {
		case c == '\n':
			return l.keep(first)
		case c == '#':
			for l.i < len(l.s) && l.s[l.i] != '\n' {
				l.i++
			}
			return l.keep(first)
		case c == ';' || c == '&' || c == '|':
			l.i++
			if l.i < len(l.s) && l.s[l.i] == c {
				l.i++
			}
			l.sep = true
			return l.keep(first)
		}
		if n := redirection(l.s[l.i:]); n > 0 {
			l.i += n
			skip = !strings.HasSuffix(l.s[:l.i], "&1") && !strings.HasSuffix(l.s[:l.i], "&2")
			continue
		}
		before := l.i
		w := l.shellWord()
		if l.i == before { // a byte that no word may hold
			l.i++
			continue
		}
		if skip {
			skip = false
			continue
		}
		first = l.add(first, w)
	}
}

// redirection returns the length of a redirection operator at the start of s.
func redirection(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	if n >= len(s) || s[n] != '>' && s[n] != '<' {
		if n == 0 && strings.HasPrefix(s, "&>") {
			return 2
		}
		return 0
	}
	n++
	if n < len(s) && (s[n] == '>' || s[n] == '|') {
		n++
	}
	if n+1 < len(s) && s[n] == '&' && (s[n+1] == '1' || s[n+1] == '2') {
		n += 2
	}
	return n
}

// shellBlanks moves over blanks and continued lines.
func (l *lexer) shellBlanks() {
	for l.i < len(l.s) {
		switch {
		case isBlank(l.s[l.i]):
			l.i++
		case l.continued():
		default:
			return
		}
	}
}

// continued moves over a backslash before a newline.
func (l *lexer) continued() bool {
	n := continuation(l.s[l.i:])
	if n == 0 {
		return false
	}
	l.i += n
	l.line++
	l.start = l.i
	return true
}

// continuation returns the length of a backslash and newline at the start of s.
func continuation(s string) int {
	switch {
	case strings.HasPrefix(s, "\\\n"):
		return 2
	case strings.HasPrefix(s, "\\\r\n"):
		return 3
	}
	return 0
}

func (l *lexer) shellWord() Word {
	begin := l.i
	w := Word{Pos: l.pos(begin)}
	for l.i < len(l.s) && !shellSpecial[l.s[l.i]] {
		l.i++
	}
	if l.i >= len(l.s) || isShellEnd(l.s[l.i]) {
		w.Text = l.s[begin:l.i]
		return w
	}
	l.buf = append(l.buf[:0], l.s[begin:l.i]...)
	for l.i < len(l.s) && !isShellEnd(l.s[l.i]) {
		switch c := l.s[l.i]; {
		case l.continued():
		case c == '\\':
			l.i++
			w.Quoted = true
			if l.i < len(l.s) {
				l.buf = append(l.buf, l.s[l.i])
				l.i++
			}
		case c == '\'':
			w.Quoted = true
			l.single()
		case c == '"':
			w.Quoted = true
			l.double()
		default:
			l.buf = append(l.buf, c)
			l.i++
		}
	}
	w.Text = string(l.buf)
	if w.Text == "!" { // quoted from the shell's history, not from iptables
		w.Quoted = false
	}
	return w
}

func (l *lexer) single() {
	open := l.i
	end := strings.IndexByte(l.s[l.i+1:], '\'')
	if nl := strings.IndexByte(l.s[l.i+1:], '\n'); end < 0 || nl >= 0 && nl < end {
		l.fail(open, "quote is not closed (expected a second ')")
		l.buf = append(l.buf, '\'')
		l.i++
		return
	}
	l.buf = append(l.buf, l.s[l.i+1:l.i+1+end]...)
	l.i += end + 2
}

func (l *lexer) double() {
	open := l.i
	for l.i++; l.i < len(l.s); {
		c := l.s[l.i]
		switch {
		case c == '"':
			l.i++
			return
		case l.continued():
			continue
		case c == '\n':
			l.fail(open, `quote is not closed (expected a second ")`)
			return
		case c == '\\' && l.i+1 < len(l.s) && strings.IndexByte("$`\"\\", l.s[l.i+1]) >= 0:
			l.i++
			c = l.s[l.i]
		}
		l.buf = append(l.buf, c)
		l.i++
	}
	l.fail(open, `quote is not closed (expected a second ")`)
}

// shellSpecial are the bytes at which a word ends or needs work.
var shellSpecial = func() (t [256]bool) {
	for _, c := range " \t\r\n\\'\";&|<>" {
		t[c] = true
	}
	return t
}()

func isShellEnd(c byte) bool {
	return shellSpecial[c] && c != '\\' && c != '\'' && c != '"'
}

// isBlank reports the bytes between words; a carriage return is one, for texts
// that came from Windows.
func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' }
