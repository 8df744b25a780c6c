package ruleset

import (
	"path"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

func (s *script) echo(_ syntax.Node, args []Word) {
	words := texts(args[1:])
	end := "\n"
	for len(words) > 0 && (words[0] == "-n" || words[0] == "-e" || words[0] == "-ne" || words[0] == "-en" || words[0] == "-E") {
		if strings.Contains(words[0], "n") {
			end = ""
		}
		if strings.Contains(words[0], "e") {
			for i := range words {
				words[i] = strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\\`, `\`).Replace(words[i])
			}
		}
		words = words[1:]
	}
	if s.out != nil {
		s.print(strings.Join(words, " ") + end)
	}
}

func (s *script) printf(at syntax.Node, args []Word) {
	if s.out == nil || len(args) < 2 {
		return
	}
	format := args[1].Text
	for i := 0; i+1 < len(format); i++ {
		if format[i] == '%' && (format[i+1] == '*' || len(format) > i+4 && isNumber(strings.TrimLeft(format[i+1:i+5], "-.0"), false)) {
			s.note(at, "%q is not run", clip(s.source(at)))
			return
		}
	}
	rest := texts(args[2:])
	for first := true; first || len(rest) > 0; first = false {
		text, n, err := expand.Format(s.cfg, format, rest)
		if err != nil || !s.spend(1, at) {
			s.status = 1
			return
		}
		s.print(text)
		if n == 0 {
			return
		}
		rest = rest[min(n, len(rest)):]
	}
}

func (s *script) read(at syntax.Node, args []Word) {
	line, ok := s.in.readLine()
	s.status = oneIf(!ok)
	var names []string
	for _, w := range args[1:] {
		if !strings.HasPrefix(w.Text, "-") && isName(w.Text) {
			names = append(names, w.Text)
		}
	}
	if len(names) == 0 {
		names = []string{"REPLY"}
	}
	values := expand.ReadFields(s.cfg, line, len(names), true)
	for i, n := range names {
		v := ""
		if i < len(values) {
			v = values[i]
		}
		s.assign(n, v)
	}
}

func (s *script) cat(at syntax.Node, args []Word) {
	if len(args) == 1 || args[1].Text == "-" {
		s.print(s.in.text)
		s.in.text = ""
		return
	}
	s.unknown(at, "cat")
}

func (s *script) seq(at syntax.Node, args []Word) {
	var n []int
	for _, w := range args[1:] {
		v, err := strconv.Atoi(w.Text)
		if err != nil {
			s.unknown(at, "seq")
			return
		}
		n = append(n, v)
	}
	from, step, to := 1, 1, 0
	switch len(n) {
	case 1:
		to = n[0]
	case 2:
		from, to = n[0], n[1]
	case 3:
		from, step, to = n[0], n[1], n[2]
	}
	if step == 0 || len(n) == 0 {
		s.status = 1
		return
	}
	for v := from; step > 0 && v <= to || step < 0 && v >= to; v += step {
		if !s.spend(1, at) {
			return
		}
		s.print(strconv.Itoa(v) + "\n")
	}
}

// cut runs cut -d X -f N[-M].
func (s *script) cut(at syntax.Node, args []Word) {
	delim, field := "\t", ""
	for i := 1; i < len(args); i++ {
		t := args[i].Text
		value := func() string {
			if len(t) > 2 {
				return t[2:]
			}
			if i++; i < len(args) {
				return args[i].Text
			}
			return ""
		}
		switch {
		case strings.HasPrefix(t, "-d"):
			delim = value()
		case strings.HasPrefix(t, "-f"):
			field = value()
		default:
			s.unknown(at, "cut")
			return
		}
	}
	from, to, ranged := strings.Cut(field, "-")
	a, err := strconv.Atoi(from)
	b, err2 := strconv.Atoi(to)
	if !ranged {
		b, err2 = a, nil
	}
	if err != nil || err2 != nil || a < 1 || delim == "" || isSymbol(s.in.text) {
		s.unknown(at, "cut")
		return
	}
	for {
		line, ok := s.in.readLine()
		if !ok || !s.spend(1, at) {
			return
		}
		parts := strings.Split(line, delim)
		s.print(strings.Join(parts[min(a-1, len(parts)):max(min(b, len(parts)), min(a-1, len(parts)))], delim) + "\n")
	}
}

func (s *script) pathPart(at syntax.Node, args []Word) {
	if len(args) < 2 {
		s.status = 1
		return
	}
	if args[0].Text == "dirname" {
		s.print(path.Dir(args[1].Text) + "\n")
		return
	}
	b := path.Base(args[1].Text)
	if len(args) > 2 {
		b = strings.TrimSuffix(b, args[2].Text)
	}
	s.print(b + "\n")
}

// grep knows nothing of files; what it is asked for is taken not to be there.
func (s *script) grep(at syntax.Node, args []Word) {
	s.note(at, "%q is not run; it is taken to find nothing", clip(s.source(at)))
	s.status = 1
	if s.out != nil && isSymbol(s.in.text) {
		s.status = 0
		s.print(s.symbol("$("+clip(s.source(at))+")") + "\n")
	}
}

func (s *script) expr(at syntax.Node, args []Word) {
	if len(args) == 4 {
		a, err1 := strconv.Atoi(args[1].Text)
		b, err2 := strconv.Atoi(args[3].Text)
		if err1 == nil && err2 == nil {
			var n int
			switch args[2].Text {
			case "+":
				n = a + b
			case "-":
				n = a - b
			case "*":
				n = a * b
			case "/", "%":
				if b == 0 {
					s.status = 2
					return
				}
				if n = a / b; args[2].Text == "%" {
					n = a % b
				}
			default:
				s.unknown(at, "expr")
				return
			}
			s.print(strconv.Itoa(n) + "\n")
			s.status = oneIf(n == 0)
			return
		}
	}
	s.unknown(at, "expr")
}
