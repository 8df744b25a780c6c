package ruleset

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// firewall runs iptables, ip6tables and ipset.
func (s *script) firewall(at syntax.Node, program Word, args []Word) {
	words := make([]Word, len(args))
	for i, w := range args {
		if isSymbol(w.Text) {
			w.Text, w.Unknown = s.show(w.Text), true
		}
		words[i] = w
	}
	if isIpset(program.Text) {
		s.sets(at, words)
		return
	}
	c, err := parseCommand(words, false)
	if err != nil {
		s.mistake(err)
		s.status = 2
		return
	}
	if c.family == 0 {
		c.family = programFamily(program.Text)
	}
	s.apply(at, &c)
}

// mistake reports an error, or notes it where the script expects that a command
// may fail.
func (s *script) mistake(err *Error) {
	if s.soft > 0 {
		if text := err.Msg + " (the script goes on)"; !s.told[text] && len(s.told) < 1000 {
			s.told[text] = true
			s.p.note(err.Pos, text)
		}
		return
	}
	s.p.errs = append(s.p.errs, err)
}

func (s *script) sets(at syntax.Node, words []Word) {
	if len(words) > 0 && setCommands[words[0].Text] == "restore" {
		for {
			line, ok := s.in.readLine()
			if !ok || !s.spend(1, at) {
				return
			}
			if t := strings.TrimSpace(line); t != "" && t[0] != '#' {
				s.sets(at, s.p.plainWords(t, s.p.at(at.Pos())))
			}
		}
	}
	n := len(s.p.errs)
	ok := s.p.ipset(words)
	s.status = oneIf(!ok)
	wrong := append(ErrorList(nil), s.p.errs[n:]...)
	s.p.errs = s.p.errs[:n]
	for _, e := range wrong {
		s.mistake(e)
	}
}

// state returns the tables so far of a family.
func (s *script) state(family int) *state {
	i := 0
	if family == 6 {
		i = 1
	}
	if s.live[i] == nil {
		s.live[i] = newState(s.p.opt, &s.mishaps, family)
	}
	return s.live[i]
}

// apply runs one command of iptables: it becomes a statement when it succeeds.
func (s *script) apply(at syntax.Node, c *command) {
	live, table := s.state(c.family), c.table
	if table == "" {
		table = "filter"
	}
	switch c.op {
	case 0:
		return
	case 'L', 'S':
		s.unknownList(at)
		return
	case 'C':
		s.status = oneIf(!live.has(table, c))
		return
	}
	if !s.spend(4, at) {
		return
	}
	if s.p.opt.lenient {
		live.table(table).partial = true
	}
	st := s.p.newStmt(stmtCommand, s.p.at(at.Pos()))
	st.style, st.cmd, st.family, st.table = styleShell, *c, c.family, table
	st.text = s.source(at)
	st.end = s.p.scriptAt + int(at.End().Offset())
	st.last = max(s.p.at(at.End()).Line, st.pos.Line)
	if s.p.evalAt != nil {
		st.pos, st.last, st.shared = *s.p.evalAt, s.p.evalAt.Line, true
	}
	st.hidden = unknownWords(c.words)
	live.missed = false
	s.mishaps = s.mishaps[:0]
	live.apply(table, st)
	if len(s.mishaps) == 0 && !live.missed {
		return
	}
	s.status = 1
	s.p.stmts = s.p.stmts[:len(s.p.stmts)-1]
	for _, e := range s.mishaps {
		s.mistake(e)
	}
}

// unknownWords lists the words of a rule that are not known, for Rule.Hidden.
func unknownWords(words []Word) []string {
	var out []string
	for _, w := range words {
		if w.Unknown {
			out = append(out, w.Text)
		}
	}
	return out
}

func (s *script) unknownList(at syntax.Node) {
	if s.out != nil {
		s.print(s.symbol("$("+clip(s.source(at))+")") + "\n")
	}
}

// has answers -C.
func (s *state) has(table string, c *command) bool {
	t := s.table(table)
	ch := t.chains[c.chain.Text]
	if ch == nil {
		return false
	}
	r := &Rule{Words: c.words}
	for _, have := range ch.settle().Rules {
		if SameWords(have, r) || s.opt.equal != nil && s.opt.equal(have, r) {
			return true
		}
	}
	return false
}

// restore runs iptables-restore on what the script gives it.
func (s *script) restore(at syntax.Node, program string, args []Word) {
	text := s.in.text
	if isSymbol(text) || text == "" {
		s.note(at, "%q: what is restored is not known", clip(s.source(at)))
		return
	}
	sub := &parser{f: s.p.f, opt: s.p.opt, name: s.p.name, src: s.show(text), line: max(s.in.line, s.p.at(at.Pos()).Line)}
	s.in.text = ""
	sub.enter("")
	sub.comment = programFamily(program)
	sub.enter("")
	for sub.off < len(sub.src) {
		sub.readLine()
	}
	noflush := false
	for _, w := range args {
		noflush = noflush || w.Text == "-n" || w.Text == "--noflush"
	}
	base := len(s.p.sections)
	s.p.sections = append(s.p.sections, sub.sections...)
	s.p.enter("")
	lines := strings.Count(s.p.src, "\n") + 1
	for _, st := range sub.stmts {
		st.section += base
		st.noflush, st.shared = noflush, true
		st.last = min(st.last, lines)
		st.table = sub.sections[st.section-base].table
		if st.table == "" {
			st.table = "filter"
		}
		fam := st.family
		if fam == 0 {
			fam = programFamily(program)
			st.family = fam
		}
		if fam != programFamily(program) { // a -6 line for iptables-restore
			continue
		}
		s.p.stmts = append(s.p.stmts, st)
		s.p.applyTo(s.state(fam), st)
	}
	s.p.errs = append(s.p.errs, sub.errs...)
	s.mishaps = s.mishaps[:0]
}
