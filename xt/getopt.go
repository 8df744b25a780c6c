package xt

import (
	"strings"

	"nfwhy/ruleset"
)

// baseOption is an option of iptables itself.
type baseOption struct {
	name  string
	short byte
	arg   bool // takes a value
}

// baseOptions are iptables 1.8.9's long options, commands included, because
// getopt_long resolves abbreviations among all of them.
var baseOptions = []baseOption{
	{"append", 'A', true}, {"delete", 'D', true}, {"check", 'C', true}, {"insert", 'I', true}, {"replace", 'R', true},
	{"list", 'L', false}, {"list-rules", 'S', false}, {"flush", 'F', false}, {"zero", 'Z', false},
	{"new-chain", 'N', true}, {"delete-chain", 'X', false}, {"rename-chain", 'E', true}, {"policy", 'P', true},
	{"source", 's', true}, {"destination", 'd', true}, {"src", 's', true}, {"dst", 'd', true},
	{"protocol", 'p', true}, {"in-interface", 'i', true}, {"jump", 'j', true},
	{"table", 't', true}, {"match", 'm', true}, {"numeric", 'n', false}, {"out-interface", 'o', true},
	{"verbose", 'v', false}, {"wait", 'w', false}, {"wait-interval", 'W', false}, {"exact", 'x', false},
	{"fragments", 'f', false}, {"version", 'V', false}, {"help", 'h', false}, {"line-numbers", '0', false},
	{"modprobe", 'M', true}, {"set-counters", 'c', true}, {"goto", 'g', true}, {"ipv4", '4', false}, {"ipv6", '6', false},
}

// token is one option of a rule as getopt_long would return it.
type token struct {
	word  ruleset.Word
	base  byte       // short letter of a base option, 0 otherwise
	ext   *Extension // the extension that the option belongs to
	opt   *Option
	value *ruleset.Word // nil when it has none
	plain bool          // no option at all
	bad   string        // why it is no option: the complaint, "" for unknown
}

// scanner walks the words of a rule.
type scanner struct {
	words   []ruleset.Word
	i       int
	cluster string // rest of a word of short options, e.g. "j" of -fj
	// scope holds the extensions whose options are known, the last loaded first.
	scope []*Extension
}

func (s *scanner) more() bool { return s.i < len(s.words) }

// peek returns the next word, nil at the end.
func (s *scanner) peek() *ruleset.Word {
	if !s.more() {
		return nil
	}
	return &s.words[s.i]
}

// next returns the next token and moves behind it.
func (s *scanner) next() token {
	w := s.words[s.i]
	if s.cluster != "" {
		return s.short(w)
	}
	switch {
	case len(w.Text) < 2 || w.Text[0] != '-':
		s.i++
		return token{word: w, plain: true}
	case w.Text[1] != '-':
		s.cluster = w.Text[1:]
		return s.short(w)
	case w.Text == "--":
		s.i++
		return token{word: w, plain: true}
	}
	return s.long(w)
}

// takeValue gives t the rest of its own word, or the next word.
func (s *scanner) takeValue(t token, attached string, has bool) token {
	if has {
		pos := t.word.Pos
		if pos.Col > 0 {
			pos.Col += len(t.word.Text) - len(attached)
		}
		t.value = &ruleset.Word{Text: attached, Pos: pos}
		return t
	}
	if !s.more() {
		t.bad = "requires a value"
		return t
	}
	w := s.words[s.i]
	t.value = &w
	s.i++
	return t
}

func (s *scanner) short(w ruleset.Word) token {
	t := token{word: w, base: s.cluster[0]}
	rest := s.cluster[1:]
	s.cluster = ""
	for _, o := range baseOptions {
		if o.short != t.base || o.short == '0' {
			continue
		}
		if o.arg {
			s.i++
			return s.takeValue(t, rest, rest != "")
		}
		if s.cluster = rest; rest == "" {
			s.i++
		}
		return t
	}
	s.i++
	t.base = 0
	return t
}

// long resolves --name and --name=value: an exact name first, base options
// before extensions and the last loaded extension before the others; else a
// prefix, if all options it fits are the same one.
func (s *scanner) long(w ruleset.Word) token {
	name, attached, hasValue := strings.Cut(w.Text[2:], "=")
	t := token{word: w}
	arg, ok := s.resolve(&t, name)
	s.i++
	switch {
	case !ok:
		return t
	case arg && t.opt != nil && t.opt.Arg == OptionalText && !hasValue:
		if n := s.peek(); n != nil && !strings.HasPrefix(n.Text, "-") && n.Text != "!" {
			return s.takeValue(t, "", false)
		}
		return t
	case arg:
		return s.takeValue(t, attached, hasValue)
	case hasValue:
		t.bad = "takes no value"
	}
	return t
}

func (s *scanner) resolve(t *token, name string) (arg, ok bool) {
	for i := range baseOptions {
		if baseOptions[i].name == name {
			t.base = baseOptions[i].short
			return baseOptions[i].arg, true
		}
	}
	for _, e := range s.scope {
		if o := e.option(name); o != nil {
			t.ext, t.opt = e, o
			return o.Arg != NoArg, true
		}
	}
	return s.abbreviation(t, name)
}

func (s *scanner) abbreviation(t *token, name string) (arg, ok bool) {
	found := 0
	for i := range baseOptions {
		if o := &baseOptions[i]; strings.HasPrefix(o.name, name) && (found == 0 || t.base != o.short) {
			t.base, arg = o.short, o.arg
			found++
		}
	}
	for _, e := range s.scope {
		for i := range e.Options {
			o := &e.Options[i]
			if o.hasPrefix(name) && (found == 0 || t.opt != o) {
				t.ext, t.opt, arg = e, o, o.Arg != NoArg
				found++
			}
		}
	}
	if found == 1 {
		return arg, true
	}
	t.base, t.ext, t.opt = 0, nil, nil
	if found > 1 {
		t.bad = "is ambiguous"
	}
	return false, false
}

// option returns the option of that exact name or alias.
func (e *Extension) option(name string) *Option {
	for i := range e.Options {
		o := &e.Options[i]
		if o.Name == name {
			return o
		}
		for _, a := range o.Aliases {
			if a == name {
				return o
			}
		}
	}
	return nil
}

func (o *Option) hasPrefix(p string) bool {
	if strings.HasPrefix(o.Name, p) {
		return true
	}
	for _, a := range o.Aliases {
		if strings.HasPrefix(a, p) {
			return true
		}
	}
	return false
}
