package ruleset

import (
	"path"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// call runs a simple command.
func (s *script) call(c *syntax.CallExpr) {
	args := s.expanded(c)
	if s.failed {
		return
	}
	if len(args) == 0 {
		s.status = 0
		for _, a := range c.Assigns {
			s.assignment(a, nil)
		}
		return
	}
	if len(c.Assigns) > 0 { // for this command only
		scope := map[string]expand.Variable{}
		for _, a := range c.Assigns {
			s.assignment(a, scope)
		}
		s.locals = append(s.locals, scope)
		defer func() {
			if n := len(s.locals); n > 0 {
				s.locals = s.locals[:n-1]
			}
		}()
	}
	s.status = 0
	s.run(c, args)
}

// expanded returns a command's words expanded, each with the place it comes from.
func (s *script) expanded(c *syntax.CallExpr) []Word {
	var out []Word
	for i, w := range c.Args {
		pos := s.p.at(w.Pos())
		if i == 0 {
			if name := s.unsetProgram(w); name != "" {
				out = append(out, Word{Text: name, Pos: pos})
				continue
			}
		}
		quoted := quotedText(w)
		for _, f := range s.fields(w) {
			out = append(out, Word{Text: f, Pos: pos, Quoted: (quoted || strings.ContainsAny(f, " \t\n")) && f != "!"})
		}
		if s.flow != onward {
			return nil
		}
		if len(out) > scriptNests {
			s.fail(w, "an expansion is too long")
			return nil
		}
	}
	return out
}

// quotedText reports a word whose own text, not only a variable's, is in quotes.
func quotedText(w *syntax.Word) bool {
	for _, part := range w.Parts {
		switch p := part.(type) {
		case *syntax.SglQuoted:
			return true
		case *syntax.DblQuoted:
			for _, q := range p.Parts {
				if _, ok := q.(*syntax.Lit); ok {
					return true
				}
			}
		}
	}
	return false
}

// unsetProgram returns the program that "$IPT" stands for where the script does
// not set it.
func (s *script) unsetProgram(w *syntax.Word) string {
	parts := w.Parts
	if len(parts) == 1 {
		if q, ok := parts[0].(*syntax.DblQuoted); ok {
			parts = q.Parts
		}
	}
	if len(parts) != 1 {
		return ""
	}
	p, ok := parts[0].(*syntax.ParamExp)
	if !ok || p.Exp != nil || p.Param == nil || !isProgram("$"+p.Param.Value) {
		return ""
	}
	if v := s.Get(p.Param.Value); v.Set && !isSymbol(v.Str) && v.Str != "" {
		return ""
	}
	s.note(w, "$%s is not set; taken for iptables", p.Param.Value)
	switch {
	case isIpset("$" + p.Param.Value):
		return "ipset"
	case strings.Contains(p.Param.Value, "6"):
		return "ip6tables"
	}
	return "iptables"
}

// assignment makes one assignment, into scope when there is one.
func (s *script) assignment(a *syntax.Assign, scope map[string]expand.Variable) {
	if a.Name == nil || a.Naked {
		return
	}
	name := a.Name.Value
	have := s.Get(name)
	v := expand.Variable{Set: true, Kind: expand.String}
	switch {
	case a.Array != nil:
		v = s.array(a, have)
	case a.Index != nil:
		v = s.element(a, have)
	default:
		v.Str = s.literal(a.Value)
		if a.Append {
			if have.Kind == expand.Indexed {
				v = have
				v.List = append(append([]string(nil), have.List...), "")
				v.List[0] += s.literal(a.Value)
				v.List = v.List[:max(len(have.List), 1)]
			} else {
				v.Str = have.Str + v.Str
			}
		}
	}
	if scope != nil {
		scope[name] = v
		return
	}
	s.broken(a, s.Set(name, v))
}

func (s *script) array(a *syntax.Assign, have expand.Variable) expand.Variable {
	v := expand.Variable{Set: true, Kind: expand.Indexed}
	if a.Append {
		v.List = append(v.List, have.List...)
		if have.Kind == expand.String && have.Set {
			v.List = append(v.List, have.Str)
		}
	}
	if have.Kind == expand.Associative {
		v = expand.Variable{Set: true, Kind: expand.Associative, Map: map[string]string{}}
		for k, e := range have.Map {
			if a.Append {
				v.Map[k] = e
			}
		}
	}
	for _, e := range a.Array.Elems {
		if w, ok := e.Index.(*syntax.Word); ok && v.Map != nil {
			v.Map[s.literal(w)] = s.literal(e.Value)
			continue
		}
		if e.Value != nil {
			v.List = append(v.List, s.fields(e.Value)...)
		}
		if len(v.List) > scriptNests {
			s.fail(a, "an expansion is too long")
			break
		}
	}
	return v
}

// element assigns one element of an array.
func (s *script) element(a *syntax.Assign, have expand.Variable) expand.Variable {
	value := s.literal(a.Value)
	if have.Kind == expand.Associative {
		m := make(map[string]string, len(have.Map)+1)
		for k, e := range have.Map {
			m[k] = e
		}
		s.spend(len(m)/16, a)
		if w, ok := a.Index.(*syntax.Word); ok {
			k := s.literal(w)
			if a.Append {
				value = m[k] + value
			}
			m[k] = value
		}
		return expand.Variable{Set: true, Kind: expand.Associative, Map: m}
	}
	list := append([]string(nil), have.List...)
	if have.Kind == expand.String && have.Set {
		list = []string{have.Str}
	}
	s.spend(len(list)/16, a)
	i := s.arithm(a.Index)
	if i < 0 {
		i += len(list)
	}
	if i < 0 || i > 100000 {
		s.note(a, "%q is out of range", clip(s.source(a)))
		return expand.Variable{Set: true, Kind: expand.Indexed, List: list}
	}
	for len(list) <= i {
		list = append(list, "")
	}
	if a.Append {
		value = list[i] + value
	}
	list[i] = value
	return expand.Variable{Set: true, Kind: expand.Indexed, List: list}
}

// declare runs local, export, declare, readonly and typeset.
func (s *script) declare(c *syntax.DeclClause) {
	s.status = 0
	local := len(s.locals) > 0 && (c.Variant.Value == "local" || c.Variant.Value == "declare" || c.Variant.Value == "typeset")
	kind := expand.String
	for _, a := range c.Args {
		if a.Name == nil {
			opt := s.literal(a.Value)
			switch {
			case strings.HasPrefix(opt, "-") && strings.Contains(opt, "A"):
				kind = expand.Associative
			case strings.HasPrefix(opt, "-") && strings.Contains(opt, "a"):
				kind = expand.Indexed
			}
			continue
		}
		name := a.Name.Value
		if local {
			if s.locals[len(s.locals)-1] == nil {
				s.locals[len(s.locals)-1] = map[string]expand.Variable{}
			}
			s.locals[len(s.locals)-1][name] = expand.Variable{Kind: kind}
		}
		if kind == expand.Associative && s.Get(name).Kind != kind {
			s.broken(c, s.Set(name, expand.Variable{Set: true, Kind: kind, Map: map[string]string{}}))
		}
		s.assignment(a, nil)
	}
}

// run runs a command whose words are known.
func (s *script) run(at syntax.Node, args []Word) {
	if !s.spend(len(args)/8+1, at) {
		return
	}
	name := args[0].Text
	if body, ok := s.funcs[name]; ok {
		s.function(at, body, args)
		return
	}
	if n, ok := programAt(args); ok {
		s.firewall(at, args[n], args[n+1:])
		return
	}
	if rest := s.wrapped(args); rest != nil {
		s.run(at, rest)
		return
	}
	base := path.Base(name)
	if strings.HasSuffix(base, "tables-restore") || strings.HasPrefix(base, "iptables-") && strings.HasSuffix(base, "-restore") {
		s.restore(at, base, args[1:])
		return
	}
	if f := builtin(base); f != nil {
		f(s, at, args)
		return
	}
	s.unknown(at, base)
}

// wrapped returns the command behind sudo and the like.
func (s *script) wrapped(args []Word) []Word {
	i := 0
	for i < len(args) {
		switch path.Base(args[i].Text) {
		case "sudo", "doas", "nice", "exec", "builtin", "nohup", "time", "env", "command", "busybox":
			i++
			for i < len(args) && (strings.HasPrefix(args[i].Text, "-") || isAssignment(args[i].Text)) {
				if args[i].Text == "-v" || args[i].Text == "-V" {
					return nil
				}
				i++
			}
		default:
			if i == 0 {
				return nil
			}
			return args[i:]
		}
	}
	return nil
}

// unknown is a program that is not run.
func (s *script) unknown(at syntax.Node, name string) {
	s.note(at, "%q is not run; what it would do or print is not known", clip(s.show(name)))
	s.status = 0
	s.guessed++
	if s.out != nil {
		s.print(s.symbol("$("+clip(s.source(at))+")") + "\n")
	}
}

func (s *script) function(at syntax.Node, body *syntax.Stmt, args []Word) {
	if s.depth >= scriptDepth {
		s.fail(at, "subshells and functions nest deeper than %d", scriptDepth)
		return
	}
	params := s.params
	s.params = texts(args[1:])
	s.locals = append(s.locals, map[string]expand.Variable{})
	n := len(s.locals)
	s.depth++
	s.stmt(body)
	s.depth--
	s.locals = s.locals[:n-1]
	s.params = params
	if s.flow == returning {
		s.flow = onward
	}
}

func texts(words []Word) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = w.Text
	}
	return out
}

// quietly are commands that change nothing the rules depend on.
var quietly = map[string]bool{":": true, "true": true, "modprobe": true, "insmod": true, "depmod": true, "logger": true, "wait": true,
	"umask": true, "trap": true, "cd": true, "sync": true, "clear": true, "shopt": true, "ulimit": true, "hash": true, "alias": true,
	"touch": true, "mkdir": true, "rm": true, "chmod": true, "chown": true}

// builtin returns what runs a command that is no program of netfilter, nil for
// one that is not run.
func builtin(name string) func(*script, syntax.Node, []Word) {
	if quietly[name] {
		return func(*script, syntax.Node, []Word) {}
	}
	switch name {
	case "false":
		return func(s *script, _ syntax.Node, _ []Word) { s.status = 1 }
	case "sleep":
		return func(s *script, _ syntax.Node, _ []Word) { s.waited++ }
	case "id":
		return func(s *script, _ syntax.Node, _ []Word) { s.print("0\n") }
	case "echo":
		return (*script).echo
	case "printf":
		return (*script).printf
	case "test", "[":
		return (*script).test
	case "read":
		return (*script).read
	case "shift":
		return (*script).shift
	case "set":
		return (*script).set
	case "unset":
		return (*script).unset
	case "return", "exit":
		return (*script).leave
	case "break", "continue":
		return (*script).loop
	case "source", ".":
		return (*script).sourced
	case "eval":
		return (*script).eval
	case "which", "type", "command":
		return (*script).which
	case "sysctl":
		return (*script).sysctl
	case "cat":
		return (*script).cat
	case "seq":
		return (*script).seq
	case "cut":
		return (*script).cut
	case "basename", "dirname":
		return (*script).pathPart
	case "grep":
		return (*script).grep
	case "expr":
		return (*script).expr
	}
	return nil
}

func (s *script) shift(_ syntax.Node, args []Word) {
	n := 1
	if len(args) > 1 {
		n, _ = strconv.Atoi(args[1].Text)
	}
	if n < 0 || n > len(s.params) {
		s.status = 1
		return
	}
	s.params = s.params[n:]
}

func (s *script) set(_ syntax.Node, args []Word) {
	for i, w := range args[1:] {
		switch {
		case w.Text == "--" || !strings.HasPrefix(w.Text, "-") && !strings.HasPrefix(w.Text, "+"):
			rest := args[1+i:]
			if w.Text == "--" {
				rest = rest[1:]
			}
			s.params = texts(rest)
			return
		case strings.HasPrefix(w.Text, "-") && strings.Contains(w.Text, "e") && !strings.HasPrefix(w.Text, "--"):
			s.errexit = true
		case strings.HasPrefix(w.Text, "+") && strings.Contains(w.Text, "e"):
			s.errexit = false
		}
	}
}

func (s *script) unset(_ syntax.Node, args []Word) {
	for _, w := range args[1:] {
		delete(s.funcs, w.Text)
		for i := len(s.locals) - 1; i >= 0; i-- {
			delete(s.locals[i], w.Text)
		}
		delete(s.globals, w.Text)
	}
}

// leave runs return and exit.
func (s *script) leave(at syntax.Node, args []Word) {
	if len(args) > 1 {
		n, err := strconv.Atoi(args[1].Text)
		s.status = n & 255
		if err != nil {
			s.status = 1
		}
	}
	s.flow = exiting
	if args[0].Text == "return" && len(s.locals) > 0 {
		s.flow = returning
	}
}

func (s *script) loop(_ syntax.Node, args []Word) {
	s.levels = 1
	if len(args) > 1 {
		if n, err := strconv.Atoi(args[1].Text); err == nil && n > 0 {
			s.levels = n
		}
	}
	s.flow = breaking
	if args[0].Text == "continue" {
		s.flow = continuing
	}
}

func (s *script) sourced(at syntax.Node, args []Word) {
	name := ""
	if len(args) > 1 {
		name = s.show(args[1].Text)
	}
	s.note(at, "%q is not read; variables that it would set are not known", clip(name))
	if !strings.HasSuffix(name, "/functions") && !strings.Contains(name, "lsb") {
		s.open = true
	}
}

func (s *script) eval(at syntax.Node, args []Word) {
	text := strings.Join(texts(args[1:]), " ")
	if isSymbol(text) || len(text) > 4096 || nests(text) > 1000 || s.depth >= scriptDepth {
		s.note(at, "%q is not run", clip(s.source(at)))
		return
	}
	tree, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(text), "")
	if err != nil {
		s.status = 1
		return
	}
	where := s.p.at(at.Pos())
	s.p.evalAt = &where
	s.depth++
	s.stmts(tree.Stmts)
	s.depth--
	s.p.evalAt = nil
}

// which runs which, type and command -v for the programs that are there.
func (s *script) which(_ syntax.Node, args []Word) {
	for _, w := range args[1:] {
		if strings.HasPrefix(w.Text, "-") {
			continue
		}
		base := path.Base(w.Text)
		if isProgram(w.Text) || builtin(base) != nil || strings.HasSuffix(base, "tables-restore") || strings.HasSuffix(base, "tables-save") {
			s.print("/usr/sbin/" + base + "\n")
			continue
		}
		s.status = 1
	}
}

func (s *script) sysctl(_ syntax.Node, args []Word) {
	for i := 1; i < len(args); i++ {
		name, value, ok := strings.Cut(args[i].Text, "=")
		if strings.HasPrefix(name, "-") {
			continue
		}
		if ok {
			if value == "" && i+1 < len(args) && strings.HasSuffix(args[i].Text, "=") {
				i++
				value = args[i].Text
			}
			s.setSysctl(strings.ReplaceAll(strings.TrimSpace(name), "/", "."), strings.TrimSpace(value))
		} else if s.out != nil {
			s.print(s.symbol("$(sysctl "+s.show(name)+")") + "\n")
		}
	}
}
