package ruleset

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// script runs a shell script for the commands of iptables in it. Nothing outside
// the script is touched: no file is read, no program started. What another
// program would have printed is unknown; it travels as a symbol and marks the
// words it ends up in.
type script struct {
	p       *parser
	cfg     *expand.Config
	globals map[string]expand.Variable
	locals  []map[string]expand.Variable // of the functions being run, innermost last
	funcs   map[string]*syntax.Stmt
	params  []string
	budget  int
	status  int
	flow    flow
	levels  int           // of break and continue
	out     *bytes.Buffer // nil: nobody reads what is printed
	in      *stdin
	soft    int  // a failing command is no mistake: it is a condition, or hides its errors
	depth   int  // of functions and substitutions
	errexit bool // set -e
	open    bool // variables that are not set may come from elsewhere
	symbols []string
	files   map[string]string // what "<(...)" printed
	told    map[string]bool
	live    [2]*state // the tables so far, for the status of commands
	mishaps ErrorList // of the command being run
	failed  bool      // the script cannot be run to its end
	guessed int       // how often the status of a program was guessed
	waited  int       // how often the script slept
}

// flow is what leaves the ordinary order of statements.
type flow uint8

const (
	onward flow = iota
	breaking
	continuing
	returning
	exiting
)

// Limits of a script. A step is a statement or about 256 bytes of expansion.
const (
	scriptSteps  = 1000000
	scriptDepth  = 100
	scriptText   = 1 << 20 // bytes of script
	scriptOutput = 1 << 20 // bytes kept of what a substitution prints
	scriptNests  = 200000  // things that open another, as a bound of the parser's stack
)

// isScript reports whether a text must be run rather than read line by line.
func isScript(src string) bool {
	if first := nextLine(src); strings.HasPrefix(first, "#!") {
		return strings.Contains(first, "sh") && !strings.Contains(first, "restore")
	}
	program, shell := false, false
	for off := 0; off < len(src) && !(program && shell); {
		line := nextLine(src[off:])
		off += len(line) + 1
		line = strings.Trim(line, " \t\r")
		if line == "" || line[0] == '#' || len(line) > 1<<16 {
			continue
		}
		if line[0] == '*' && IsTable(line[1:]) && !program {
			return false
		}
		if dollar := strings.ContainsAny(line[1:], "$`"); (!program || dollar) && mayStartCommand(line) {
			_, ok := programAt(shortWords(line))
			program = program || ok || strings.Contains(line, "-restore")
			shell = shell || ok && dollar
		}
		shell = shell || isShellLine(line) || strings.Contains(line, "-restore <<")
	}
	return program && shell
}

// shortWords are a line's words as far as programAt looks.
func shortWords(line string) []Word {
	var out []Word
	for _, w := range strings.Fields(line[:min(len(line), 400)]) {
		out = append(out, Word{Text: strings.Trim(w, `"'`)})
	}
	return out
}

// isShellLine reports a line that only a shell understands.
func isShellLine(line string) bool {
	first, rest, _ := strings.Cut(line, " ")
	switch first {
	case "if", "for", "while", "until", "case", "function", "export", "local", "fi", "done", "esac", "set", "[":
		return true
	case "}", "{":
		return rest == ""
	}
	if strings.HasSuffix(first, "()") || strings.HasPrefix(rest, "() {") || strings.HasPrefix(rest, "()") && isName(first) {
		return true
	}
	return isAssignment(first) && !strings.Contains(rest, "=")
}

// runScript runs the text; false when it is no script after all.
func (p *parser) runScript() bool {
	src := p.src[p.off:]
	if len(src) > scriptText || nests(src) > scriptNests {
		p.errs.Add(Pos{p.name, 1, 1}, "the script is too long or too deeply nested to be run")
		return false
	}
	if p.opt.lenient && strings.ContainsRune(src, 0) {
		return false
	}
	tree, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(src), p.name)
	if err != nil {
		if !strings.HasPrefix(src, "#!") {
			return false
		}
		p.syntaxError(err)
		return !p.opt.lenient
	}
	s := &script{p: p, globals: map[string]expand.Variable{}, funcs: map[string]*syntax.Stmt{}, budget: p.opt.steps,
		told: map[string]bool{}, in: &stdin{}, open: p.opt.lenient}
	s.cfg = s.config()
	s.params = s.arguments(tree)
	p.enter("")
	s.runAll(tree)
	return true
}

// runAll runs the whole script. What package expand cannot cope with it answers
// with a panic (v3.14.1, among others for constructs of other shells); such a
// script is refused like one that is wrong.
func (s *script) runAll(tree *syntax.File) {
	defer func() {
		if r := recover(); r != nil {
			s.p.evalAt = nil
			s.fail(tree, "the script cannot be run: %v", r)
		}
	}()
	s.stmts(tree.Stmts)
}

// nests counts what can open something in a shell's language.
func nests(src string) int {
	n := 0
	for i := 0; i < len(src); i++ {
		switch src[i] {
		case '(', '{', '[', '`', '=', '?', '!', '~':
			n++
		case '*', '-', '+':
			if i > 0 && (src[i-1] == '(' || src[i-1] == src[i] || src[i-1] == ' ' && i > 1 && src[i-2] == src[i]) {
				n++
			}
		case 'i', 'w', 'f', 'u', 'c', 't', 'e':
			for _, k := range []string{"if", "while", "for", "until", "case", "time", "coproc", "function", "elif", "else"} {
				if strings.HasPrefix(src[i:], k) {
					n++
				}
			}
		}
	}
	return n
}

func (p *parser) syntaxError(err error) {
	var pe syntax.ParseError
	var le syntax.LangError
	switch {
	case errors.As(err, &pe):
		p.errs.Add(p.at(pe.Pos), "%s", strings.ReplaceAll(pe.Text, "`", `"`))
	case errors.As(err, &le):
		p.errs.Add(p.at(le.Pos), "%s: not in this shell", le.Feature)
	default:
		p.errs.Add(Pos{p.name, 1, 1}, "not a script: %v", err)
	}
}

// at is a position of the script in the text.
func (p *parser) at(pos syntax.Pos) Pos {
	if p.evalAt != nil {
		return *p.evalAt
	}
	return Pos{p.name, max(int(pos.Line()), 1), max(int(pos.Col()), 1)}
}

// arguments are what the script is run with: "start" for one that asks for it,
// as those below /etc/init.d do.
func (s *script) arguments(tree *syntax.File) []string {
	start := false
	syntax.Walk(tree, func(n syntax.Node) bool {
		c, ok := n.(*syntax.CaseClause)
		if !ok || !strings.Contains(s.source(c.Word), "$1") && !strings.Contains(s.source(c.Word), "${1") {
			return true
		}
		for _, item := range c.Items {
			for _, pat := range item.Patterns {
				if strings.Trim(s.source(pat), `"'()`) == "start" && !start {
					start = true
					s.p.note(s.p.at(c.Pos()), `the script is run with the argument "start"`)
				}
			}
		}
		return true
	})
	if start {
		return []string{"start"}
	}
	return nil
}

// source is the text of a node.
func (s *script) source(n syntax.Node) string {
	src := s.p.src[s.p.scriptAt:]
	a, b := int(n.Pos().Offset()), int(n.End().Offset())
	if a < 0 || b > len(src) || a > b {
		return ""
	}
	return src[a:b]
}

// note tells once what was assumed.
func (s *script) note(n syntax.Node, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !s.told[text] && len(s.told) < 1000 {
		s.told[text] = true
		s.p.note(s.p.at(n.Pos()), text)
	}
}

// spend takes from the budget; false when it is used up.
func (s *script) spend(n int, at syntax.Node) bool {
	s.budget -= n
	if s.budget < 0 {
		s.fail(at, "the script does not end (more than %d steps)", s.p.opt.steps)
	}
	return !s.failed
}

// fail ends the script with an error.
func (s *script) fail(at syntax.Node, format string, args ...any) {
	if !s.failed {
		s.p.errs.Add(s.p.at(at.Pos()), format, args...)
	}
	s.failed, s.flow, s.budget = true, exiting, 0
}

func (s *script) stmts(list []*syntax.Stmt) {
	for _, st := range list {
		if s.stmt(st); s.flow != onward {
			return
		}
	}
}

func (s *script) stmt(st *syntax.Stmt) {
	if !s.spend(1, st) {
		return
	}
	undo := s.redirect(st)
	if st.Negated {
		s.soft++
	}
	s.command(st.Cmd)
	undo()
	if st.Negated {
		s.soft--
		s.status = oneIf(s.status == 0)
		return
	}
	if s.errexit && s.status != 0 && s.soft == 0 && s.flow == onward {
		s.flow = exiting
		s.note(st, "the script ends here, where a command fails under set -e")
	}
}

func oneIf(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (s *script) command(cmd syntax.Command) {
	switch c := cmd.(type) {
	case nil:
		s.status = 0
	case *syntax.CallExpr:
		s.call(c)
	case *syntax.Block:
		s.stmts(c.Stmts)
	case *syntax.Subshell:
		s.subshell(c, func() { s.stmts(c.Stmts) })
	case *syntax.BinaryCmd:
		s.binary(c)
	case *syntax.IfClause:
		s.ifClause(c)
	case *syntax.WhileClause:
		s.while(c)
	case *syntax.ForClause:
		s.forClause(c)
	case *syntax.CaseClause:
		s.caseClause(c)
	case *syntax.FuncDecl:
		if c.Name != nil {
			s.funcs[c.Name.Value] = c.Body
		}
		s.status = 0
	case *syntax.ArithmCmd:
		s.status = oneIf(s.arithm(c.X) == 0)
	case *syntax.LetClause:
		for _, x := range c.Exprs {
			s.status = oneIf(s.arithm(x) == 0)
		}
	case *syntax.TestClause:
		s.status = oneIf(!s.truth(c, s.testExpr(c.X)))
	case *syntax.DeclClause:
		s.declare(c)
	case *syntax.TimeClause:
		if c.Stmt != nil {
			s.stmt(c.Stmt)
		}
	default:
		s.note(cmd, "%q is not run", clip(s.source(cmd)))
	}
}

// condition runs statements whose failing is an answer.
func (s *script) condition(list []*syntax.Stmt) bool {
	s.soft++
	s.stmts(list)
	s.soft--
	return s.status == 0
}

// binary runs "a && b", "a || b" and "a | b". Chains lean to the left and may be
// long, so the left side is not recursed into.
func (s *script) binary(c *syntax.BinaryCmd) {
	chain := []*syntax.BinaryCmd{c}
	for {
		x, ok := chain[len(chain)-1].X.Cmd.(*syntax.BinaryCmd)
		st := chain[len(chain)-1].X
		if !ok || st.Negated || len(st.Redirs) > 0 || isPipe(x) || isPipe(chain[len(chain)-1]) {
			break
		}
		chain = append(chain, x)
	}
	last := chain[len(chain)-1]
	if isPipe(last) {
		s.pipe(last)
	} else {
		s.condition([]*syntax.Stmt{last.X})
		s.andOr(last)
	}
	for i := len(chain) - 2; i >= 0 && s.flow == onward; i-- {
		s.andOr(chain[i])
	}
}

func isPipe(c *syntax.BinaryCmd) bool { return c.Op == syntax.Pipe || c.Op == syntax.PipeAll }

func (s *script) andOr(c *syntax.BinaryCmd) {
	if s.flow != onward || (c.Op == syntax.AndStmt) != (s.status == 0) {
		return
	}
	s.stmt(c.Y)
}

// pipe runs both sides one after the other.
func (s *script) pipe(c *syntax.BinaryCmd) {
	var buf bytes.Buffer
	out, in := s.out, s.in
	s.out = &buf
	s.soft++
	s.subshell(c, func() { s.stmt(c.X) })
	s.soft--
	s.out, s.in = out, &stdin{text: buf.String()}
	s.subshell(c, func() { s.stmt(c.Y) })
	s.in = in
}

// subshell runs something whose variables do not come back.
func (s *script) subshell(at syntax.Node, run func()) {
	if s.depth >= scriptDepth {
		s.fail(at, "subshells and functions nest deeper than %d", scriptDepth)
		return
	}
	globals, locals, params := s.globals, s.locals, s.params
	s.globals = copyVars(globals)
	s.locals = nil
	for _, l := range locals {
		s.locals = append(s.locals, copyVars(l))
	}
	s.spend(len(globals)/16, at)
	s.depth++
	run()
	s.depth--
	s.globals, s.locals, s.params = globals, locals, params
	if !s.failed {
		s.flow = onward
	}
}

func copyVars(m map[string]expand.Variable) map[string]expand.Variable {
	out := make(map[string]expand.Variable, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

func (s *script) ifClause(c *syntax.IfClause) {
	for ; c != nil; c = c.Else {
		yes := len(c.Cond) == 0 || s.condition(c.Cond)
		if s.flow != onward {
			return
		}
		if yes {
			s.status = 0
			s.stmts(c.Then)
			return
		}
	}
	s.status = 0
}

// looped deals with break and continue after a round; false ends the loop.
func (s *script) looped() bool {
	switch s.flow {
	case breaking, continuing:
		if s.levels--; s.levels > 0 {
			return false
		}
		again := s.flow == continuing
		s.flow = onward
		return again
	}
	return s.flow == onward
}

func (s *script) while(c *syntax.WhileClause) {
	for first := true; s.spend(1, c); first = false {
		guessed, waited := s.guessed, s.waited
		if s.condition(c.Cond) == c.Until || s.flow != onward {
			break
		}
		if s.guessed > guessed && !first {
			s.note(c, "%q is not known; the loop is taken to end after one round", clip(s.source(c.Cond[0])))
			break
		}
		s.stmts(c.Do)
		if !s.looped() {
			return
		}
		if s.waited > waited {
			s.note(c, "the script waits in this loop; one round of it is run")
			break
		}
	}
	if s.flow == onward {
		s.status = 0
	}
}

func (s *script) forClause(c *syntax.ForClause) {
	s.status = 0
	if loop, ok := c.Loop.(*syntax.CStyleLoop); ok {
		if loop.Init != nil {
			s.arithm(loop.Init)
		}
		for s.spend(1, c) && (loop.Cond == nil || s.arithm(loop.Cond) != 0) {
			if s.stmts(c.Do); !s.looped() {
				return
			}
			if loop.Post != nil {
				s.arithm(loop.Post)
			}
		}
		return
	}
	loop, ok := c.Loop.(*syntax.WordIter)
	if !ok || c.Select {
		return
	}
	items := s.params
	if loop.InPos.IsValid() {
		items = s.fields(loop.Items...)
	}
	for _, item := range items {
		s.assign(loop.Name.Value, item)
		if !s.spend(1, c) {
			return
		}
		if s.stmts(c.Do); !s.looped() {
			return
		}
	}
}

func (s *script) caseClause(c *syntax.CaseClause) {
	word := s.literal(c.Word)
	s.status = 0
	through := false
	for _, item := range c.Items {
		if !through && !s.caseMatches(c, item, word) {
			continue
		}
		s.stmts(item.Stmts)
		if s.flow != onward || item.Op == syntax.Break {
			return
		}
		through = item.Op == syntax.Fallthrough
	}
}

func (s *script) caseMatches(c *syntax.CaseClause, item *syntax.CaseItem, word string) bool {
	for _, pat := range item.Patterns {
		if !s.spend(1, c) {
			return false
		}
		if s.matches(s.pattern(pat), word) {
			return true
		}
	}
	if isSymbol(word) {
		s.note(c, "%q is not known; only a pattern such as * matches it", clip(s.show(word)))
	}
	return false
}
