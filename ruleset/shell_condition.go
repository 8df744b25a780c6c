package ruleset

import (
	"path"
	"regexp"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// answer is what a test says: yes, no, or neither because it depends on
// something that is not known.
type answer uint8

const (
	no answer = iota
	yes
	unsure
)

func said(b bool) answer {
	if b {
		return yes
	}
	return no
}

// truth makes a yes or no of an answer, and tells when it had to guess.
func (s *script) truth(at syntax.Node, a answer) bool {
	if a == unsure {
		s.note(at, "%q depends on what is not known; taken to be false", clip(s.source(at)))
	}
	return a == yes
}

// test runs "test" and "[".
func (s *script) test(at syntax.Node, args []Word) {
	words := texts(args[1:])
	if args[0].Text == "[" {
		if len(words) == 0 || words[len(words)-1] != "]" {
			s.status = 2
			return
		}
		words = words[:len(words)-1]
	}
	t := tester{s: s, w: words}
	a := t.or(0)
	if t.i < len(t.w) {
		s.status = 2
		return
	}
	s.status = oneIf(!s.truth(at, a))
}

// tester reads the words of test.
type tester struct {
	s *script
	w []string
	i int
}

func (t *tester) peek(n int) string {
	if t.i+n < len(t.w) {
		return t.w[t.i+n]
	}
	return ""
}

func (t *tester) or(depth int) answer {
	a := t.and(depth)
	for t.peek(0) == "-o" {
		t.i++
		if b := t.and(depth); b == yes || a == no {
			a = b
		}
	}
	return a
}

func (t *tester) and(depth int) answer {
	a := t.not(depth)
	for t.peek(0) == "-a" {
		t.i++
		if b := t.not(depth); b == no || a == yes {
			a = b
		}
	}
	return a
}

func (t *tester) not(depth int) answer {
	flip := false
	for t.peek(0) == "!" && t.i+1 < len(t.w) {
		t.i++
		flip = !flip
	}
	a := t.primary(depth)
	if flip && a != unsure {
		a = said(a == no)
	}
	return a
}

func (t *tester) primary(depth int) answer {
	left := len(t.w) - t.i
	switch {
	case left == 0:
		return no
	case left >= 3 && isBinaryTest(t.peek(1)):
		x, op, y := t.peek(0), t.peek(1), t.peek(2)
		t.i += 3
		return t.s.compare(x, op, y)
	case left >= 3 && t.peek(0) == "(" && depth < scriptDepth:
		t.i++
		a := t.or(depth + 1)
		if t.peek(0) == ")" {
			t.i++
		}
		return a
	case left >= 2 && len(t.peek(0)) == 2 && t.peek(0)[0] == '-':
		op, x := t.peek(0), t.peek(1)
		t.i += 2
		return t.s.unary(op, x)
	}
	t.i++
	return said(t.w[t.i-1] != "")
}

func isBinaryTest(op string) bool {
	switch op {
	case "=", "==", "!=", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "<", ">", "-nt", "-ot", "-ef", "=~":
		return true
	}
	return false
}

// unary answers "-f FILE" and the like.
func (s *script) unary(op, x string) answer {
	switch op {
	case "-z":
		return said(x == "")
	case "-n":
		return said(x != "")
	case "-v":
		return said(s.Get(x).Set)
	case "-t", "-h", "-L", "-p":
		return no
	}
	if isSymbol(x) {
		return unsure
	}
	base := path.Base(x)
	switch {
	case x == "":
		return no
	case isProgram(x) || builtin(base) != nil || strings.HasSuffix(base, "-restore") || strings.HasSuffix(base, "-save"):
		return yes
	case strings.HasPrefix(x, "/proc/") || strings.HasPrefix(x, "/sys/") || x == "/dev/null" || x == "/" || x == "/etc" || x == "/sbin" || x == "/usr/sbin":
		return yes
	}
	return unsure
}

// compare answers "X OP Y" of test.
func (s *script) compare(x, op, y string) answer {
	if isSymbol(x) || isSymbol(y) {
		if x == y {
			return said(op == "=" || op == "==" || op == "-eq")
		}
		if x == "" || y == "" { // what is not known is taken not to be empty
			return said(op == "!=")
		}
		return unsure
	}
	switch op {
	case "=", "==":
		return said(x == y)
	case "!=":
		return said(x != y)
	case "<":
		return said(x < y)
	case ">":
		return said(x > y)
	case "-nt", "-ot", "-ef":
		return unsure
	}
	a, err1 := strconv.Atoi(strings.TrimSpace(x))
	b, err2 := strconv.Atoi(strings.TrimSpace(y))
	if err1 != nil || err2 != nil {
		return no
	}
	switch op {
	case "-eq":
		return said(a == b)
	case "-ne":
		return said(a != b)
	case "-lt":
		return said(a < b)
	case "-le":
		return said(a <= b)
	case "-gt":
		return said(a > b)
	}
	return said(a >= b)
}

// testExpr answers what stands in "[[ ]]".
func (s *script) testExpr(x syntax.TestExpr) answer {
	switch x := x.(type) {
	case *syntax.ParenTest:
		return s.testExpr(x.X)
	case *syntax.Word:
		return said(s.literal(x) != "")
	case *syntax.UnaryTest:
		if x.Op == syntax.TsNot {
			if a := s.testExpr(x.X); a != unsure {
				return said(a == no)
			}
			return unsure
		}
		if w, ok := x.X.(*syntax.Word); ok {
			return s.unary(x.Op.String(), s.literal(w))
		}
	case *syntax.BinaryTest:
		return s.binaryTest(x)
	}
	return no
}

func (s *script) binaryTest(x *syntax.BinaryTest) answer {
	switch x.Op {
	case syntax.AndTest:
		if a := s.testExpr(x.X); a != yes {
			return a
		}
		return s.testExpr(x.Y)
	case syntax.OrTest:
		if a := s.testExpr(x.X); a != no {
			return a
		}
		return s.testExpr(x.Y)
	}
	l, ok1 := x.X.(*syntax.Word)
	r, ok2 := x.Y.(*syntax.Word)
	if !ok1 || !ok2 {
		return no
	}
	word := s.literal(l)
	switch x.Op {
	case syntax.TsMatch, syntax.TsMatchShort, syntax.TsNoMatch:
		pat := s.pattern(r)
		if isSymbol(word) || isSymbol(pat) {
			return s.compare(word, x.Op.String(), s.literal(r))
		}
		return said(s.matches(pat, word) == (x.Op != syntax.TsNoMatch))
	case syntax.TsReMatch:
		expr := s.literal(r)
		if isSymbol(word) || isSymbol(expr) {
			return unsure
		}
		re, err := regexp.Compile(expr)
		return said(err == nil && len(expr) < 1<<12 && re.MatchString(word))
	}
	return s.compare(word, x.Op.String(), s.literal(r))
}
