package generator

import (
	"net/netip"
	"strings"

	"nfwhy/packet"
	"nfwhy/prose"
	"nfwhy/ruleset"
)

// Line is one line of a text that a user gave.
type Line = prose.Line

// posOf is a line's place.
func posOf(l Line) ruleset.Pos { return ruleset.Pos{File: l.File, Line: l.No} }

// Question is what is there to recognise a program by.
type Question struct {
	Lines []Line // the user's text, line by line
	Logs  []*packet.LogLine
	// Given are the rules that could be read from the text, nil for none.
	Given4, Given6 *ruleset.Ruleset
	// Address gives the address that a blanked one stands for; nil when nothing is
	// blanked.
	Address func(text string) (netip.Addr, bool)
}

// given returns the rules of a family that the text had.
func (q *Question) given(fam packet.Family) *ruleset.Ruleset {
	if fam == packet.IPv6 {
		return q.Given6
	}
	return q.Given4
}

// says reports whether some line of the text has word in it, whatever its case.
func (q *Question) says(words ...string) (Line, bool) {
	for _, l := range q.Lines {
		low := strings.ToLower(l.Text)
		for _, w := range words {
			if strings.Contains(low, w) {
				return l, true
			}
		}
	}
	return Line{}, false
}

// families tells which IP versions the log lines have; IPv4 when there is none.
func (q *Question) families() (four, six bool) {
	for _, l := range q.Logs {
		switch l.Family {
		case packet.IPv6:
			six = true
		case packet.IPv4:
			four = true
		}
	}
	return four || !six, six
}

// Model is a program's rules.
type Model struct {
	Program string // "ufw"
	Basis   string // what it was recognised by, for the reader
	Rules4  *ruleset.Ruleset
	Rules6  *ruleset.Ruleset
	// Assumed lists, in words, what the model takes for granted.
	Assumed []string
	// User counts the rules among them that the user gave.
	User int
	// Covers lists the log prefixes that the model's rules write.
	Covers []string
	// Fills reports whether the model is wanted also where no log line asks for it:
	// rules of the program were given that lack their surroundings. nil: never.
	Fills func(given *ruleset.Ruleset) bool
}

// Rules returns the model's rules of a family, nil for none.
func (m *Model) Rules(fam packet.Family) *ruleset.Ruleset {
	if fam == packet.IPv6 {
		return m.Rules6
	}
	return m.Rules4
}

// program recognises one program's traces; nil when there are none.
type program struct {
	name  string
	doc   string
	model func(q *Question) *Model
}

// programs lists them all. An earlier one is the frame that a later one's chains
// are put into.
var programs = []program{
	{"ufw", "Uncomplicated Firewall: its chains, log prefixes, commands and status", ufwModel},
	{"firewalld", "zones of firewalld, its log prefixes with LogDenied, its commands and listing", firewalldModel},
	{"shorewall", "Shorewall's chains per pair of zones, its rules and policy files", shorewallModel},
	{"docker", "Docker's bridge, published ports and isolation; podman's and CNI's port mappings", dockerModel},
}

// Recognise returns the models of the programs whose traces are in q, in the
// order of the list.
func Recognise(q *Question) []*Model {
	var out []*Model
	for _, p := range programs {
		if m := p.model(q); m != nil {
			m.Program = p.name
			out = append(out, m)
		}
	}
	return out
}

// Inferred reports whether a rule comes from a model and not from the user.
func Inferred(r *ruleset.Rule) bool { return r != nil && strings.HasSuffix(r.Pos.File, inferredMark) }

const inferredMark = " (inferred)"

// builder writes the text of a model and remembers which of its rules are the
// user's.
type builder struct {
	program string
	family  int
	text    strings.Builder
	line    int
	user    map[int]Line
}

func newBuilder(program string, family int) *builder {
	return &builder{program: program, family: family, user: map[int]Line{}}
}

func (b *builder) put(s string) {
	b.text.WriteString(s)
	b.text.WriteByte('\n')
	b.line++
}

// own adds lines that the program writes.
func (b *builder) own(lines ...string) {
	for _, s := range lines {
		b.put(s)
	}
}

// from adds a rule that a line of the user's stands for.
func (b *builder) from(l Line, s string) {
	b.put(s)
	b.user[b.line] = l
}

// rules parses what was written. A model that does not parse is a defect here,
// or a word of the user's that no rule can hold: the line is left out then.
func (b *builder) rules() *ruleset.Ruleset {
	f, _ := ruleset.Parse(b.program+inferredMark, []byte(b.text.String()), ruleset.Family(b.family))
	if f == nil {
		return nil
	}
	rs := f.Ruleset(b.family)
	if rs == nil {
		return nil
	}
	for _, t := range rs.Tables {
		for _, c := range t.Chains {
			for _, r := range c.Rules {
				if l, ok := b.user[r.Pos.Line]; ok {
					r.Pos, r.Text = posOf(l), strings.TrimSpace(l.Text)
				}
			}
		}
	}
	return rs
}

// clean takes prompts, quotes and list marks off the front of a line.
func clean(s string) string {
	s = strings.TrimSpace(s)
	if i := strings.LastIndexAny(s, "#$"); i >= 0 && i < 40 && strings.Contains(s[:i], "@") {
		s = strings.TrimSpace(s[i+1:])
	}
	s = strings.TrimLeft(s, "$>#*`- \t")
	return strings.TrimRight(s, "`")
}

// commands splits a line into the commands that stand on it.
func commands(s string) []string {
	var out []string
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == ';' || r == '&' || r == '|' }) {
		if part = clean(part); part != "" {
			out = append(out, strings.TrimPrefix(part, "sudo "))
		}
	}
	return out
}
