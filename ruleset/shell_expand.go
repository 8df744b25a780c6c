package ruleset

import (
	"bytes"
	"io"
	"regexp"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/pattern"
	"mvdan.cc/sh/v3/syntax"
)

// A symbol stands in a variable for a text that is not known: its number between
// two characters that no script uses.
const (
	symbolOpen  = "\ue000"
	symbolClose = "\ue001"
)

var symbolText = regexp.MustCompile(symbolOpen + `(\d+)` + symbolClose)

func isSymbol(s string) bool { return strings.Contains(s, symbolOpen) }

// symbol makes a symbol for what text, such as "$(hostname -i)", would give.
func (s *script) symbol(text string) string {
	for i, have := range s.symbols {
		if have == text {
			return symbolOpen + strconv.Itoa(i) + symbolClose
		}
	}
	if len(s.symbols) >= 10000 {
		return symbolOpen + "0" + symbolClose
	}
	s.symbols = append(s.symbols, text)
	return symbolOpen + strconv.Itoa(len(s.symbols)-1) + symbolClose
}

// show writes symbols as the expressions they come from.
func (s *script) show(text string) string {
	if !isSymbol(text) {
		return text
	}
	text = symbolText.ReplaceAllStringFunc(text, func(m string) string {
		n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(m, symbolOpen), symbolClose))
		if err != nil || n >= len(s.symbols) {
			return "?"
		}
		return s.symbols[n]
	})
	return strings.NewReplacer(symbolOpen, "", symbolClose, "").Replace(text)
}

// Get looks a variable up, for package expand.
func (s *script) Get(name string) expand.Variable {
	text := func(v string) expand.Variable { return expand.Variable{Set: true, Kind: expand.String, Str: v} }
	switch name {
	case "#":
		return text(strconv.Itoa(len(s.params)))
	case "@", "*":
		return expand.Variable{Set: true, Kind: expand.Indexed, List: append([]string{}, s.params...)}
	case "?":
		return text(strconv.Itoa(s.status))
	case "$", "PPID", "!":
		return text("1")
	case "-":
		return text("")
	case "0":
		return text(s.p.name)
	case "RANDOM", "SRANDOM", "SECONDS", "EPOCHSECONDS", "UID", "EUID", "HOSTNAME":
		if name == "UID" || name == "EUID" {
			return text("0")
		}
		return text(s.symbol("$" + name))
	}
	if n, err := strconv.Atoi(name); err == nil {
		if n >= 1 && n <= len(s.params) {
			return text(s.params[n-1])
		}
		return expand.Variable{}
	}
	if strings.HasPrefix(name, "HOME ") { // of another user: kept from being looked up
		return text("/home/" + strings.TrimPrefix(name, "HOME "))
	}
	for i := len(s.locals) - 1; i >= 0; i-- {
		if v, ok := s.locals[i][name]; ok {
			return v
		}
	}
	if v, ok := s.globals[name]; ok {
		return v
	}
	switch name {
	case "IFS":
		return text(" \t\n")
	case "PATH":
		return text("/usr/sbin:/usr/bin:/sbin:/bin")
	case "HOME":
		return text("/root")
	case "PWD":
		return text("/")
	}
	if s.open && isName(name) && len(name) > 1 {
		return text(s.symbol("$" + name))
	}
	return expand.Variable{}
}

// Each is part of package expand's interface; nothing is exported.
func (s *script) Each(func(string, expand.Variable) bool) {}

// Set sets a variable, for package expand and for assignments.
func (s *script) Set(name string, v expand.Variable) error {
	if size(v) > scriptOutput {
		return errTooLong
	}
	for i := len(s.locals) - 1; i >= 0; i-- {
		if _, ok := s.locals[i][name]; ok {
			s.locals[i][name] = v
			return nil
		}
	}
	if len(s.globals) < 100000 {
		s.globals[name] = v
	}
	return nil
}

type scriptError string

func (e scriptError) Error() string { return string(e) }

const errTooLong = scriptError("an expansion is too long")

func size(v expand.Variable) int {
	n := len(v.Str)
	for _, e := range v.List {
		n += len(e) + 1
	}
	for k, e := range v.Map {
		n += len(k) + len(e) + 1
	}
	return n
}

func (s *script) assign(name, value string) {
	s.Set(name, expand.Variable{Set: true, Kind: expand.String, Str: value})
}

// cost bounds the length of what a part of a word can expand to.
func (s *script) cost(n syntax.Node) int {
	total := 0
	grow := func(n int) {
		if total += n; total > scriptOutput*16 || n < 0 {
			total = scriptOutput * 16
		}
	}
	parts := func(list []syntax.WordPart) {
		for _, p := range list {
			grow(s.cost(p))
		}
	}
	switch n := n.(type) {
	case nil:
	case *syntax.Word:
		if n != nil {
			parts(n.Parts)
		}
	case *syntax.DblQuoted:
		parts(n.Parts)
	case *syntax.Lit:
		grow(len(n.Value))
	case *syntax.SglQuoted:
		grow(len(n.Value))
	case *syntax.ParamExp:
		grow(s.paramCost(n))
	case *syntax.CmdSubst:
		grow(4096)
	default:
		grow(64)
	}
	return total
}

func (s *script) paramCost(n *syntax.ParamExp) int {
	var value int
	if n.Param != nil {
		value = size(s.Get(n.Param.Value)) + 1
	}
	if n.Exp != nil {
		value += s.cost(n.Exp.Word)
	}
	if n.Repl != nil {
		value = (value + 1) * (s.cost(n.Repl.With) + 1)
	}
	return value
}

// afford checks that words can be expanded within the limits.
func (s *script) afford(words ...*syntax.Word) bool {
	total := 1
	for _, w := range words {
		total += s.cost(w)
	}
	if total > 4*scriptOutput && len(words) > 0 {
		s.fail(words[0], "an expansion is too long")
		return false
	}
	return len(words) == 0 || s.spend(total/256, words[0])
}

// broken reports a failed expansion.
func (s *script) broken(at syntax.Node, err error) {
	if err == nil || s.failed {
		return
	}
	if err == errTooLong {
		s.fail(at, "%v", err)
		return
	}
	s.status = 1
	if u, ok := err.(expand.UnsetParameterError); ok {
		s.p.errs.Add(s.p.at(at.Pos()), "%s", clip(u.Error()))
		s.flow = exiting
		return
	}
	s.note(at, "%q cannot be expanded: %s", clip(s.source(at)), clip(s.show(err.Error())))
}

func (s *script) fields(words ...*syntax.Word) []string {
	if !s.afford(words...) {
		return nil
	}
	out, err := expand.Fields(s.cfg, words...)
	if err != nil && len(words) > 0 {
		s.broken(words[0], err)
	}
	return out
}

func (s *script) literal(w *syntax.Word) string {
	if w == nil || !s.afford(w) {
		return ""
	}
	out, err := expand.Literal(s.cfg, w)
	s.broken(w, err)
	return out
}

func (s *script) pattern(w *syntax.Word) string {
	if !s.afford(w) {
		return ""
	}
	out, err := expand.Pattern(s.cfg, w)
	s.broken(w, err)
	return out
}

func (s *script) matches(pat, word string) bool {
	if len(pat) > 1<<14 {
		return false
	}
	expr, err := pattern.Regexp(pat, pattern.EntireString|pattern.ExtendedOperators)
	if err != nil {
		return pat == word
	}
	re, err := regexp.Compile(expr)
	return err == nil && re.MatchString(word)
}

func (s *script) arithm(x syntax.ArithmExpr) int {
	n, err := expand.Arithm(s.cfg, x)
	s.broken(x, err)
	return n
}

func (s *script) config() *expand.Config {
	return &expand.Config{Env: s, CmdSubst: s.substitute, ProcSubst: s.process}
}

// process runs "<(...)", for package expand: what it prints is kept under the
// name of a file.
func (s *script) process(ps *syntax.ProcSubst) (string, error) {
	var buf bytes.Buffer
	out, soft, cfg := s.out, s.soft, s.cfg
	s.out, s.cfg = &buf, s.config()
	s.soft++
	s.subshell(ps, func() { s.stmts(ps.Stmts) })
	s.out, s.soft, s.cfg = out, soft, cfg
	if s.failed || len(s.files) >= 1000 {
		return "", errTooLong
	}
	name := "/dev/fd/" + strconv.Itoa(63+len(s.files))
	if s.files == nil {
		s.files = map[string]string{}
	}
	s.files[name] = buf.String()
	return name, nil
}

// substitute runs "$(...)", for package expand.
func (s *script) substitute(w io.Writer, cs *syntax.CmdSubst) error {
	var buf bytes.Buffer
	out, soft, cfg := s.out, s.soft, s.cfg
	s.out, s.cfg = &buf, s.config()                                                   // a Config is busy while it expands
	if len(cs.Stmts) == 1 && cs.Stmts[0].Cmd == nil && len(cs.Stmts[0].Redirs) == 1 { // $(<file)
		buf.WriteString(s.symbol(s.source(cs)))
	}
	s.soft++
	s.subshell(cs, func() { s.stmts(cs.Stmts) })
	s.out, s.soft, s.cfg = out, soft, cfg
	if s.failed {
		return errTooLong
	}
	text := buf.String()
	if isSymbol(text) {
		text = s.symbol(s.source(cs))
	}
	_, err := io.WriteString(w, text)
	return err
}

// print writes to whoever reads the output.
func (s *script) print(text string) {
	if s.out != nil && s.out.Len()+len(text) <= scriptOutput {
		s.out.WriteString(text)
	}
}

// stdin is what a command can read.
type stdin struct {
	text string
	line int // of the script, where the text stands in it; 0 elsewhere
}

// readLine takes a line off; false at the end.
func (in *stdin) readLine() (string, bool) {
	if in.text == "" {
		return "", false
	}
	line, rest, _ := strings.Cut(in.text, "\n")
	in.text = rest
	if in.line > 0 {
		in.line++
	}
	return line, true
}

// redirect prepares a statement's redirections and returns what undoes them.
func (s *script) redirect(st *syntax.Stmt) func() {
	out, in, soft := s.out, s.in, s.soft
	var sysctl string
	for _, r := range st.Redirs {
		fd := "1"
		if r.N != nil {
			fd = r.N.Value
		}
		switch r.Op {
		case syntax.Hdoc, syntax.DashHdoc:
			s.in = s.document(r)
		case syntax.WordHdoc:
			s.in = &stdin{text: s.literal(r.Word) + "\n"}
		case syntax.RdrIn, syntax.RdrInOut:
			s.in = s.fileIn(r)
		case syntax.RdrOut, syntax.AppOut, syntax.RdrClob, syntax.DplOut, syntax.RdrAll, syntax.AppAll:
			target := s.literal(r.Word)
			if fd == "2" || r.Op == syntax.RdrAll || r.Op == syntax.AppAll {
				s.soft = soft + 1
			}
			if fd == "2" || r.Op == syntax.DplOut && target == "1" || target == "/dev/stdout" {
				continue
			}
			s.out = nil
			if name, ok := strings.CutPrefix(target, "/proc/sys/"); ok {
				sysctl, s.out = strings.ReplaceAll(name, "/", "."), &bytes.Buffer{}
			}
		}
	}
	return func() {
		if sysctl != "" && s.out != nil {
			s.setSysctl(sysctl, strings.TrimSpace(s.out.String()))
		}
		s.out, s.in, s.soft = out, in, soft
	}
}

func (s *script) setSysctl(name, value string) {
	if isSymbol(name) || isSymbol(value) || len(s.p.f.Sysctl) > 10000 {
		return
	}
	if s.p.f.Sysctl == nil {
		s.p.f.Sysctl = map[string]string{}
	}
	s.p.f.Sysctl[name] = value
}

// fileIn is standard input from a file: not known but for the empty one.
func (s *script) fileIn(r *syntax.Redirect) *stdin {
	name := s.literal(r.Word)
	if name == "/dev/null" {
		return &stdin{}
	}
	if text, ok := s.files[name]; ok {
		return &stdin{text: text}
	}
	s.note(r, "what is in %q is not known", clip(s.show(name)))
	return &stdin{text: s.symbol("$(cat "+s.show(name)+")") + "\n"}
}

// document is the text of a here-document.
func (s *script) document(r *syntax.Redirect) *stdin {
	if r.Hdoc == nil {
		return &stdin{}
	}
	in := &stdin{line: int(r.Hdoc.Pos().Line())}
	quoted := false
	for _, part := range r.Word.Parts {
		switch p := part.(type) {
		case *syntax.SglQuoted, *syntax.DblQuoted:
			quoted = true
		case *syntax.Lit:
			quoted = quoted || strings.Contains(p.Value, `\`)
		}
	}
	switch {
	case quoted:
		in.text = r.Hdoc.Lit()
	case s.afford(r.Hdoc):
		text, err := expand.Document(s.cfg, r.Hdoc)
		s.broken(r, err)
		in.text = text
	}
	if r.Op == syntax.DashHdoc {
		lines := strings.SplitAfter(in.text, "\n")
		for i := range lines {
			lines[i] = strings.TrimLeft(lines[i], "\t")
		}
		in.text = strings.Join(lines, "")
	}
	return in
}
