package ruleset

import (
	"strings"
	"unicode/utf8"
)

// cleaned is a line without the markup that mail, forums and web pages put
// around and into it.
type cleaned struct {
	text string
	cols []int32 // column of each byte of text in the line; nil when nothing changed
}

// clean removes markup: quote marks, list bullets and numbers, backquotes,
// HTML tags and entities, BBCode, typographic quotes, dashes and spaces.
func clean(line string) cleaned {
	if !hasMarkup(line) {
		return cleaned{text: line}
	}
	c := cleaner{in: line}
	c.skipLead()
	for c.i < len(c.in) {
		c.next()
	}
	for len(c.out) > 0 && (isBlank(c.out[len(c.out)-1]) || c.ticked && c.out[len(c.out)-1] == '`') {
		c.out = c.out[:len(c.out)-1]
	}
	return cleaned{string(c.out), c.cols[:len(c.out)]}
}

// hasMarkup is a quick look for anything that clean would change.
func hasMarkup(line string) bool {
	t := strings.TrimLeft(line, " \t")
	if t == "" {
		return false
	}
	switch c := t[0]; {
	case c == '>' || c == '`' || c == '|' || c == '+' || c >= '0' && c <= '9' || c == '$' && len(t) > 1 && t[1] == ' ':
		return true
	case (c == '*' || c == '-') && len(t) > 1 && t[1] == ' ':
		return true
	}
	for i := 0; i < len(line); i++ {
		if c := line[i]; c >= 0x80 || c == '&' || c == '<' {
			return true
		}
		if line[i] == '[' && bbTag(line[i:]) > 0 {
			return true
		}
	}
	return false
}

type cleaner struct {
	in     string
	i      int
	out    []byte
	cols   []int32
	ticked bool
}

func (c *cleaner) put(s string) {
	for range len(s) {
		c.cols = append(c.cols, int32(c.i+1))
	}
	c.out = append(c.out, s...)
}

// skipLead moves over what stands before the text of the line.
func (c *cleaner) skipLead() {
	for c.i < len(c.in) {
		rest := c.in[c.i:]
		switch {
		case isBlank(rest[0]) || rest[0] == '>' || rest[0] == '|':
			c.i++
		case rest[0] == '`':
			c.i++
			c.ticked = true
		case strings.HasPrefix(rest, "* ") || strings.HasPrefix(rest, "- ") || strings.HasPrefix(rest, "+ ") || strings.HasPrefix(rest, "$ "):
			c.i += 2
		case strings.HasPrefix(rest, "+-") || strings.HasPrefix(rest, "+ip") || strings.HasPrefix(rest, "+:"):
			c.i++ // an added line of a diff
		case strings.HasPrefix(rest, "• "):
			c.i += len("• ")
		case strings.HasPrefix(rest, "&gt;"):
			c.i += len("&gt;")
		case lineNumber(rest) > 0:
			c.i += lineNumber(rest)
		case htmlTag(rest) > 0:
			c.i += htmlTag(rest)
		case bbTag(rest) > 0:
			c.i += bbTag(rest)
		default:
			return
		}
	}
}

// lineNumber returns the length of "12. ", "12) ", "12: " or "12  " before what
// can be a rule.
func lineNumber(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	if n == 0 || n > 6 {
		return 0
	}
	m := n
	if m < len(s) && strings.IndexByte(".):", s[m]) >= 0 {
		m++
	}
	k := m
	for k < len(s) && isBlank(s[k]) {
		k++
	}
	if k == m || k == len(s) {
		return 0
	}
	for _, p := range []string{"-", "ip", "[", ":", "*", "/", "sudo", "COMMIT", "$"} {
		if strings.HasPrefix(s[k:], p) {
			return k
		}
	}
	return 0
}

// tags of HTML that carry no text of their own. Others, such as <ip>, are what a
// poster wrote for a value.
var tagNames = map[string]bool{"br": true, "p": true, "pre": true, "code": true, "span": true, "div": true, "li": true,
	"ul": true, "ol": true, "b": true, "i": true, "em": true, "strong": true, "tt": true, "font": true, "td": true,
	"tr": true, "blockquote": true, "kbd": true, "samp": true, "table": true, "tbody": true}

// htmlTag returns the length of a known HTML tag at the start of s.
func htmlTag(s string) int {
	if len(s) < 3 || s[0] != '<' {
		return 0
	}
	end := strings.IndexByte(s[:min(len(s), 300)], '>')
	if end < 0 {
		return 0
	}
	name := strings.ToLower(strings.Trim(s[1:end], "/ "))
	if i := strings.IndexAny(name, " \t"); i > 0 {
		name = name[:i]
	}
	if !tagNames[name] {
		return 0
	}
	return end + 1
}

// bbTag returns the length of a BBCode tag at the start of s.
func bbTag(s string) int {
	if len(s) < 3 || s[0] != '[' {
		return 0
	}
	end := strings.IndexByte(s[:min(len(s), 60)], ']')
	if end < 0 {
		return 0
	}
	name := strings.ToLower(strings.TrimPrefix(s[1:end], "/"))
	if i := strings.IndexByte(name, '='); i > 0 {
		name = name[:i]
	}
	switch name {
	case "code", "quote", "b", "i", "u", "color", "size", "font", "url", "list", "*":
		return end + 1
	}
	return 0
}

var entities = map[string]string{"quot": `"`, "amp": "&", "lt": "<", "gt": ">", "nbsp": " ", "apos": "'", "ndash": "–",
	"mdash": "—", "ldquo": `"`, "rdquo": `"`, "lsquo": "'", "rsquo": "'", "#34": `"`, "#39": "'", "#x27": "'", "#x22": `"`,
	"#8211": "–", "#8212": "—", "#8220": `"`, "#8221": `"`, "#8216": "'", "#8217": "'", "#160": " ", "#45": "-", "#x2d": "-"}

// next copies one character, or what it stands for.
func (c *cleaner) next() {
	rest := c.in[c.i:]
	b := rest[0]
	n := 1
	switch {
	case b == '&':
		if end := strings.IndexByte(rest[:min(len(rest), 10)], ';'); end > 0 {
			if s, ok := entities[strings.ToLower(rest[1:end])]; ok {
				c.dash(s, rest[end+1:])
				c.i += end + 1
				return
			}
		}
		c.put("&")
	case b == '<' && htmlTag(rest) > 0:
		n = htmlTag(rest)
	case b == '[' && bbTag(rest) > 0:
		n = bbTag(rest)
	case b < 0x80:
		c.put(rest[:1])
	default:
		var r rune
		r, n = utf8.DecodeRuneInString(rest)
		c.symbol(r, rest[:n], rest[n:])
	}
	c.i += n
}

// symbol writes what a typographic character was before a program made it nice.
func (c *cleaner) symbol(r rune, as, rest string) {
	switch r {
	case '“', '”', '„', '‟', '«', '»', '″':
		c.put(`"`)
	case '‘', '’', '‚', '‛', '′':
		c.put("'")
	case '–', '—', '―':
		c.dash(as, rest)
	case '‐', '‑', '−', '­':
		c.put("-")
	case '\u00a0', '\u2002', '\u2003', '\u2007', '\u2009', '\u202f', '\u3000':
		c.put(" ")
	case '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff', '\u200e', '\u200f':
	default:
		c.put(as)
	}
}

// dash writes a long dash as the one or two hyphens it was made of: two before a
// word, one before a single letter.
func (c *cleaner) dash(s, rest string) {
	if s != "–" && s != "—" && s != "―" {
		c.put(s)
		return
	}
	n := 0
	for n < len(rest) && (rest[n] >= 'a' && rest[n] <= 'z' || rest[n] >= 'A' && rest[n] <= 'Z') {
		n++
	}
	if n >= 2 && (len(c.out) == 0 || c.out[len(c.out)-1] != '-') {
		c.put("--")
		return
	}
	c.put("-")
}
