package xt

import (
	"bytes"
	"strings"

	"nfwhy/trace"
)

var stringExt = &Extension{
	Name: "string", Families: FamBoth, Model: Exact,
	Doc: "A text anywhere in the packet, headers included. Offsets count from the start of the IP header; the whole text must lie\n" +
		"between --from and --to.",
	Options: []Option{
		{Name: "from", Arg: Number, Max: 65535, Help: "first offset (0)", Samples: []string{"0", "40", "65535"}},
		{Name: "to", Arg: Number, Max: 65535, Help: "offset where the search ends (65535)", Samples: []string{"65535", "1500", "40"}},
		{Name: "algo", Arg: Text, Need: true, Help: "bm or kmp; both find the same", Samples: []string{"bm", "kmp", "BM"}},
		{Name: "string", Arg: Text, Neg: true, Excl: []string{"hex-string"}, Help: "the text, at most 128 bytes",
			Samples: []string{"GET /", "foo", `q"uo\te`, "it's", "|41|", "a;b"}},
		{Name: "hex-string", Arg: Text, Neg: true, Excl: []string{"string"}, Help: "the text with |hex| in between",
			Samples: []string{"|0d0a|", "GET |20 2f| HTTP", "|41|", "a|00|b", `\|x`, "|ff", "|4|"}},
		{Name: "icase", Help: "capitals and small letters are the same"},
	},
	New: newString,
}

const stringMax = 128 // XT_STRING_MAX_PATTERN_SIZE

type stringMatch struct {
	pattern  []byte
	from, to int
	algo     string
	neg      bool
	icase    bool
}

func newString(a *Args) (any, error) {
	m := &stringMatch{to: 65535, icase: a.Has("icase"), algo: a.Get("algo").Text()}
	if m.algo != "bm" && m.algo != "kmp" {
		return nil, a.Get("algo").bad("bm or kmp")
	}
	g := a.Get("string")
	if g != nil {
		m.pattern = []byte(g.Text())
	} else if g = a.Get("hex-string"); g != nil {
		var err error
		if m.pattern, err = hexString(g); err != nil {
			return nil, err
		}
	} else {
		return nil, a.Errorf("match string: --string or --hex-string must be given")
	}
	m.neg = g.Neg
	if n := len(m.pattern); n == 0 || n > stringMax {
		return nil, g.Errorf("option %q: a text of %d bytes (1 to %d)", "--"+g.Option.Name, n, stringMax)
	}
	if f := a.Get("from"); f != nil {
		m.from = int(f.Lo)
	}
	if t := a.Get("to"); t != nil {
		m.to = int(t.Lo)
	}
	if m.from > m.to {
		return nil, a.Errorf("match string: --from %d is behind --to %d", m.from, m.to)
	}
	return m, nil
}

// hexString reads text with bytes in hexadecimal between bars; a backslash takes
// the next character as it is.
func hexString(g *Given) ([]byte, error) {
	s := g.Text()
	var out []byte
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			if i++; i == len(s) {
				return nil, g.Errorf("option %q: a backslash at the end of %q", "--hex-string", s)
			}
			out = append(out, s[i])
		case s[i] == '|':
			n := strings.IndexByte(s[i+1:], '|')
			if n < 0 {
				return nil, g.Errorf("option %q: no second bar after %q", "--hex-string", s[i:])
			}
			block := strings.TrimLeft(s[i+1:i+1+n], " ")
			if block == "" {
				return nil, g.Errorf("option %q: nothing between the bars of %q", "--hex-string", s)
			}
			for ; block != ""; block = strings.TrimLeft(block, " ") {
				if len(block) < 2 || digit(block[0]) > 15 || digit(block[1]) > 15 {
					return nil, g.Errorf("option %q: %q is no byte in hexadecimal", "--hex-string", block[:min(2, len(block))])
				}
				out = append(out, byte(digit(block[0])<<4|digit(block[1])))
				block = block[2:]
			}
			i += n + 1
		default:
			out = append(out, s[i])
		}
	}
	return out, nil
}

// Match is xt_string.c: string_mt (Linux 6.18).
func (m *stringMatch) Match(c *Ctx) trace.Truth {
	data := c.Pkt.Data
	end := min(m.to, len(data))
	found := m.from < end && m.find(data[m.from:end])
	if !found && c.Pkt.Cut() > 0 && m.to > len(data) && m.from+len(m.pattern) <= c.Pkt.Length {
		return c.unknown("string", "--string", m.text(c), "the capture cut the packet before its end")
	}
	t := trace.Of(found).Not(m.neg)
	if c.Recorder != nil {
		saw := "not in the packet"
		if found {
			saw = "in the packet"
		}
		c.Recorder.Term(trace.Term{Part: "string", Field: "--string", Saw: saw, Want: m.text(c), Truth: t})
	}
	return t
}

func (m *stringMatch) find(data []byte) bool {
	if !m.icase {
		return bytes.Contains(data, m.pattern)
	}
	for ; len(data) >= len(m.pattern); data = data[1:] {
		if equalFoldASCII(data[:len(m.pattern)], m.pattern) {
			return true
		}
	}
	return false
}

func equalFoldASCII(a, b []byte) bool {
	for i := range a {
		if upper(a[i]) != upper(b[i]) {
			return false
		}
	}
	return true
}

// upper is the kernel's toupper, which knows Latin-1.
func upper(c byte) byte {
	if c >= 'a' && c <= 'z' || c >= 0xe0 && c <= 0xfe && c != 0xf7 {
		return c - 32
	}
	return c
}

func (m *stringMatch) text(c *Ctx) string {
	if c.Recorder == nil {
		return ""
	}
	return not(m.neg, m.quoted())
}

// printable reports whether the text can be printed as it is.
func (m *stringMatch) printable() bool {
	for _, c := range m.pattern {
		if c < 0x20 || c > 0x7e {
			return false
		}
	}
	return true
}

func (m *stringMatch) quoted() string {
	var b strings.Builder
	b.WriteByte('"')
	if m.printable() {
		for _, c := range m.pattern {
			if c == '"' || c == '\\' {
				b.WriteByte('\\')
			}
			b.WriteByte(c)
		}
	} else {
		const digits = "0123456789abcdef"
		b.WriteByte('|')
		for _, c := range m.pattern {
			b.WriteByte(digits[c>>4])
			b.WriteByte(digits[c&15])
		}
		b.WriteByte('|')
	}
	b.WriteByte('"')
	return b.String()
}

// Save writes printable text as it is and other text in hexadecimal.
func (m *stringMatch) Save(w *Writer) {
	name := "string"
	if !m.printable() {
		name = "hex-string"
	}
	w.Opt(name, m.neg)
	w.Word(m.quoted())
	w.Printf("--algo %s", m.algo)
	if m.from != 0 {
		w.Printf("--from %d", m.from)
	}
	if m.to != 65535 {
		w.Printf("--to %d", m.to)
	}
	if m.icase {
		w.Opt("icase", false)
	}
}
