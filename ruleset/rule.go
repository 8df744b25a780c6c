package ruleset

import (
	"fmt"
	"strings"
)

// Where names the rule as people do: "rule 3 of INPUT" needs the number, so this
// is its place in the text, or its words where there is none.
func (r *Rule) Where() string {
	if r.Pos.Line > 0 {
		return fmt.Sprintf("the rule at line %d", r.Pos.Line)
	}
	return fmt.Sprintf("the rule %q", clip(r.String()))
}

// String returns the rule in the form of an iptables-save line, in the words of
// the text: "-A INPUT -p tcp -j ACCEPT".
func (r *Rule) String() string {
	if s := r.Spec(); s != "" {
		return "-A " + Quote(r.Chain) + " " + s
	}
	return "-A " + Quote(r.Chain)
}

// Spec returns what follows "-A CHAIN " in String.
func (r *Rule) Spec() string {
	var b []byte
	for i, w := range r.Words {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(b, Quote(w.Text)...)
	}
	return string(b)
}

// Quote returns a word as iptables-save writes it: in double quotes where
// iptables-restore would else read something different.
func Quote(s string) string {
	if s != "" && strings.IndexFunc(s, needsQuote) < 0 {
		return s
	}
	b := append(make([]byte, 0, len(s)+2), '"')
	for i := 0; i < len(s); i++ {
		if s[i] == '"' || s[i] == '\\' || s[i] == '\'' {
			b = append(b, '\\')
		}
		b = append(b, s[i])
	}
	return string(append(b, '"'))
}

// needsQuote reports what xtables_save_string (1.8.9) quotes for: anything but
// letters, digits, "_" and "-" there; here only what would be read differently.
func needsQuote(c rune) bool {
	return c <= ' ' || strings.ContainsRune("\"\\'`$;&|<>(){}*?[]~#", c)
}

// Jump returns the name after -j or -g and the index of its word; "", -1 when
// the rule has no target.
func (r *Rule) Jump() (name string, index int) {
	return jump(r.Words)
}

func jump(words []Word) (string, int) {
	for i, w := range words {
		if len(w.Text) < 2 || w.Text[0] != '-' || w.Quoted {
			continue
		}
		switch w.Text {
		case "-j", "-g", "--jump", "--goto", "--jum", "--got":
			if i+1 < len(words) {
				return words[i+1].Text, i + 1
			}
			return "", -1
		}
		switch {
		case w.Text[1] == 'j' || w.Text[1] == 'g':
			return w.Text[2:], i
		case strings.HasPrefix(w.Text, "--jump=") || strings.HasPrefix(w.Text, "--goto="):
			return w.Text[7:], i
		}
	}
	return "", -1
}

// Goto reports that the rule's target is given by -g.
func (r *Rule) Goto() bool {
	_, i := r.Jump()
	if i < 0 {
		return false
	}
	is := func(s string) bool { return strings.HasPrefix(s, "-g") || strings.HasPrefix(s, "--go") }
	return is(r.Words[i].Text) || i > 0 && is(r.Words[i-1].Text)
}

// Comment returns the text of the rule's -m comment matches, joined by a blank.
func (r *Rule) Comment() string {
	out := ""
	for i := 0; i+1 < len(r.Words); i++ {
		if r.Words[i].Text == "--comment" && !r.Words[i].Quoted {
			if out != "" {
				out += " "
			}
			out += r.Words[i+1].Text
		}
	}
	return out
}

// SameWords reports whether two rules say the same in nearly the same words:
// the order of the options of iptables itself, their long and short names, full
// masks, the case of a protocol and an implicit "-m tcp" make no difference.
// Equality of all spellings is package xt's to decide.
func SameWords(a, b *Rule) bool {
	return equalTexts(a.Words, b.Words) || a.normalKey() == b.normalKey()
}

// normalKey is the same for rules that SameWords finds equal.
func (r *Rule) normalKey() string {
	if r.key == "" {
		r.key = strings.Join(normal(r.Words), "\x00")
	}
	return r.key
}

func equalTexts(a, b []Word) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Text != b[i].Text {
			return false
		}
	}
	return true
}

// baseShort are the options of iptables itself that make up a rule; the number
// is their place in the normal form.
var baseShort = map[string]int{"-s": 1, "--source": 1, "--src": 1, "-d": 2, "--destination": 2, "--dst": 2,
	"-i": 3, "--in-interface": 3, "-o": 4, "--out-interface": 4, "-p": 5, "--protocol": 5, "--proto": 5,
	"-f": 6, "--fragment": 6, "--fragments": 6}

func normal(words []Word) []string {
	var base [7]string
	var rest []string
	for i := 0; i < len(words); i++ {
		t, neg := words[i].Text, ""
		if t == "!" && i+1 < len(words) && baseShort[words[i+1].Text] > 0 {
			i++
			t, neg = words[i].Text, "! "
		}
		n := baseShort[t]
		switch {
		case n == 0 || words[i].Quoted:
			rest = append(rest, longTarget(t))
		case n == 6:
			base[6] = neg + "-f"
		case i+1 < len(words):
			i++
			v := words[i].Text
			if v == "!" && i+1 < len(words) {
				i++
				neg, v = "! ", words[i].Text
			}
			base[n] = neg + normalValue(n, v)
		}
	}
	out := append([]string(nil), base[1:]...)
	for i := 0; i < len(rest); i++ {
		if rest[i] == "-m" && i+1 < len(rest) && rest[i+1] == base[5] {
			i++
			continue
		}
		out = append(out, rest[i])
	}
	return out
}

func longTarget(t string) string {
	switch t {
	case "--jump":
		return "-j"
	case "--goto":
		return "-g"
	case "--match":
		return "-m"
	}
	return t
}

func normalValue(n int, v string) string {
	if n == 5 {
		return strings.ToLower(v)
	}
	if n <= 2 {
		v = strings.TrimSuffix(v, "/32")
		v = strings.TrimSuffix(v, "/255.255.255.255")
		v = strings.TrimSuffix(v, "/128")
	}
	return v
}

// rules makes the rules of a command: one for each pair of the addresses that
// -s and -d list, in iptables' order.
func (s *state) rules(st *stmt, table string) ([]*Rule, *Error) {
	words := st.cmd.words
	r := s.newRule()
	*r = Rule{Pos: st.pos, Text: st.text, Table: table, Chain: st.cmd.chain.Text, Words: words,
		Packets: st.cmd.packets, Bytes: st.cmd.bytes, Counted: st.cmd.counted, Hidden: st.hidden, stmt: st}
	var src, dst []Word
	si, di := -1, -1
	for i := 0; i < len(words); i++ {
		n := baseShort[words[i].Text]
		if n != 1 && n != 2 || words[i].Quoted || i+1 >= len(words) {
			continue
		}
		neg := i > 0 && words[i-1].Text == "!" && !words[i-1].Quoted
		i++
		if words[i].Text == "!" && i+1 < len(words) {
			neg = true
			i++
		}
		if strings.IndexByte(words[i].Text, ',') < 0 {
			continue
		}
		list := splitWord(words[i])
		if neg {
			return nil, &Error{words[i].Pos, fmt.Sprintf("%q: \"!\" is not allowed with several addresses", clip(words[i].Text))}
		}
		for _, w := range list {
			if w.Text == "" {
				return nil, &Error{w.Pos, fmt.Sprintf("empty address in %q", clip(words[i].Text))}
			}
		}
		if n == 1 {
			src, si = list, i
		} else {
			dst, di = list, i
		}
	}
	if si < 0 && di < 0 {
		s.one[0] = r
		return s.one[:], nil
	}
	return s.product(r, si, src, di, dst)
}

// mostRules is how many rules the address lists of a text may stand for.
// iptables has no limit of its own; two lists of a few hundred addresses, each a
// line long, make as many.
const mostRules = 1 << 18

func (s *state) product(r *Rule, si int, src []Word, di int, dst []Word) ([]*Rule, *Error) {
	ns, nd := max(len(src), 1), max(len(dst), 1)
	if s.many += ns * nd; s.many > mostRules {
		return nil, &Error{r.Pos, fmt.Sprintf("the address lists stand for more than %d rules", mostRules)}
	}
	out := make([]*Rule, 0, ns*nd)
	for i := range ns {
		for j := range nd {
			one := *r
			one.Words = append([]Word(nil), r.Words...)
			if si >= 0 {
				one.Words[si] = src[i]
			}
			if di >= 0 {
				one.Words[di] = dst[j]
			}
			out = append(out, &one)
		}
	}
	return out, nil
}

// splitWord cuts a word at its commas.
func splitWord(w Word) []Word {
	var out []Word
	col := w.Pos.Col
	for _, part := range strings.Split(w.Text, ",") {
		p := w.Pos
		p.Col = col
		out = append(out, Word{Text: part, Pos: p, Quoted: w.Quoted, Unknown: w.Unknown})
		col += len(part) + 1
	}
	return out
}
