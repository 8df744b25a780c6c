package ruleset

import (
	"fmt"
	"strconv"
	"strings"
)

// op is a command of iptables, by its letter.
type op byte

// command is one iptables command taken apart.
type command struct {
	op             op
	opAt, numAt    place
	num            int32  // rule number, 0 for none
	table          string // "" when -t was not given
	chain          Word
	arg            *Word // policy of -P, new name of -E
	words          []Word
	packets, bytes uint64
	counted        bool
	family         int // 4 or 6 when the program, -4 or -6 tells; 0 otherwise
}

// options of iptables itself that this package must understand.
var commandNames = []struct {
	long string
	op   op
}{
	{"append", 'A'}, {"delete", 'D'}, {"check", 'C'}, {"insert", 'I'}, {"replace", 'R'}, {"list", 'L'},
	{"list-rules", 'S'}, {"flush", 'F'}, {"zero", 'Z'}, {"new-chain", 'N'}, {"delete-chain", 'X'},
	{"rename-chain", 'E'}, {"policy", 'P'},
}

// baseLong are the other long options of iptables itself; a prefix of a command
// must not be a prefix of one of them.
var baseLong = []string{"source", "destination", "src", "dst", "protocol", "in-interface", "jump", "table", "match",
	"numeric", "out-interface", "verbose", "wait", "wait-interval", "exact", "fragments", "version", "help",
	"line-numbers", "modprobe", "set-counters", "goto", "ipv4", "ipv6"}

// longCommand returns the command of a long option or a unique prefix of one.
func longCommand(name string) op {
	var found op
	hits := 0
	for _, c := range commandNames {
		if c.long == name {
			return c.op
		}
		if strings.HasPrefix(c.long, name) {
			found = c.op
			hits++
		}
	}
	for _, b := range baseLong {
		if strings.HasPrefix(b, name) {
			hits++
		}
	}
	if hits != 1 || len(name) < 2 {
		return 0
	}
	return found
}

func commandLetter(c byte) bool { return strings.IndexByte("ADCIRLSFZNXEP", c) >= 0 }

// names a person may have meant, for messages.
func commandWords() []string {
	out := []string{"-A", "-D", "-C", "-I", "-R", "-L", "-S", "-F", "-Z", "-N", "-X", "-E", "-P"}
	for _, c := range commandNames {
		out = append(out, "--"+c.long)
	}
	return out
}

// commandParser takes the words of one command apart.
type commandParser struct {
	in      []Word
	first   Word // in[0], which out may overwrite
	opWord  Word // the option that is the command
	table   Word // of -t
	i       int
	c       command
	out     []Word // shares in's memory: never longer than what was read
	err     string
	errPos  Pos
	restore bool
}

func (p *commandParser) fail(at Pos, format string, args ...any) {
	if p.err == "" {
		p.err, p.errPos = fmt.Sprintf(format, args...), at
	}
}

// parseCommand takes words apart; in restore lines -t is refused, as
// iptables-restore does. The words of the rule are kept in words' own memory.
func parseCommand(words []Word, restore bool) (command, *Error) {
	p := commandParser{in: words, restore: restore, out: words[:0]}
	if len(words) > 0 {
		p.first = words[0]
	}
	for p.i < len(p.in) {
		p.word()
	}
	p.c.words = p.out[:len(p.out):len(p.out)]
	if p.err == "" {
		p.check()
	}
	if p.err != "" {
		return p.c, &Error{p.errPos, p.err}
	}
	return p.c, nil
}

// word reads the next word, with its arguments when it is one of the options
// that belong to the command and not to the rule.
func (p *commandParser) word() {
	w := p.in[p.i]
	afterLong := p.i > 0 && !p.in[p.i-1].Quoted && strings.HasPrefix(p.in[p.i-1].Text, "--")
	switch {
	case len(w.Text) < 2 || w.Text[0] != '-' || w.Quoted && p.c.op != 0:
		p.keep(1)
	case w.Text[1] == '-':
		p.long(w, afterLong)
	case w.Text[1] == 't' && (!afterLong || p.i+1 < len(p.in) && IsTable(p.in[p.i+1].Text)):
		p.i++
		p.setTable(p.value(w, w.Text[2:]))
	case w.Text == "-c" && p.counters(p.i+1):
	case commandLetter(w.Text[1]) && (p.c.op == 0 || !afterLong):
		p.i++
		p.command(op(w.Text[1]), w, w.Text[2:])
	case w.Text == "-4" || w.Text == "-6":
		p.i++
		p.c.family = int(w.Text[1] - '0')
	case (w.Text[1] == 'w' || w.Text[1] == 'W') && isNumber(w.Text[2:], true):
		p.i++
		if len(w.Text) == 2 && p.i < len(p.in) && isNumber(p.in[p.i].Text, false) {
			p.i++
		}
	case len(w.Text) > 2 && strings.IndexByte("vnx46", w.Text[1]) >= 0 && p.cluster(w):
	case w.Text == "-v" || w.Text == "-n" || w.Text == "-x":
		p.i++
	default:
		p.keep(1)
	}
}

// cluster reads letters put together, such as -vA or -nvL.
func (p *commandParser) cluster(w Word) bool {
	letters := strings.TrimLeft(w.Text[1:], "vnx46")
	if letters != "" && !commandLetter(letters[0]) && letters[0] != 't' {
		return false
	}
	p.i++
	switch {
	case letters == "":
	case letters[0] == 't':
		p.setTable(p.value(w, letters[1:]))
	default:
		rest := letters[1:]
		if letters[0] == 'L' || letters[0] == 'S' {
			rest = "" // -Lnv: the chain that this names does not matter
		}
		p.command(op(letters[0]), w, rest)
	}
	return true
}

func (p *commandParser) keep(n int) {
	p.out = append(p.out, p.in[p.i:p.i+n]...)
	p.i += n
}

func (p *commandParser) long(w Word, afterLong bool) {
	name, value, eq := strings.Cut(w.Text[2:], "=")
	attached := ""
	if eq {
		attached = value
	}
	switch {
	case name == "table" || name == "tabl" || name == "tab":
		p.i++
		p.setTable(p.value(w, attached))
	case name == "set-counters" && p.counters(p.i+1):
	case name == "wait" || name == "wait-interval":
		p.i++
		if !eq && p.i < len(p.in) && isNumber(p.in[p.i].Text, false) {
			p.i++
		}
	case name == "ipv4":
		p.i++
		p.c.family = 4
	case name == "ipv6":
		p.i++
		p.c.family = 6
	case name == "verbose" || name == "numeric" || name == "exact" || name == "line-numbers":
		p.i++
	case name == "modprobe":
		p.i++
		p.value(w, attached)
	case p.c.op == 0 || !afterLong && isCommandName(name):
		if o := longCommand(name); o != 0 {
			p.i++
			p.command(o, w, attached)
			return
		}
		p.keep(1)
	default:
		p.keep(1)
	}
}

func isCommandName(name string) bool {
	for _, c := range commandNames {
		if c.long == name {
			return true
		}
	}
	return false
}

// value is what follows an option, either attached to it or as the next word.
func (p *commandParser) value(opt Word, attached string) Word {
	if attached != "" {
		w := opt
		w.Pos.Col += len(opt.Text) - len(attached)
		w.Text = attached
		return w
	}
	if p.i >= len(p.in) {
		p.fail(opt.Pos, "option %q requires an argument", opt.Text)
		return Word{Pos: opt.Pos}
	}
	p.i++
	return p.in[p.i-1]
}

// more reports that a word follows that is no option and no "!".
func (p *commandParser) more() bool {
	if p.i >= len(p.in) {
		return false
	}
	w := p.in[p.i]
	return w.Text != "" && (w.Quoted || w.Text[0] != '-' && w.Text[0] != '!')
}

func (p *commandParser) setTable(w Word) {
	if p.restore {
		p.fail(w.Pos, `option "-t" is not allowed in iptables-restore's input (the table is named by "*%s" above)`, w.Text)
	}
	p.table, p.c.table = w, w.Text
}

// counters reads "-c PACKETS BYTES"; false when no two numbers follow.
func (p *commandParser) counters(at int) bool {
	if at+1 >= len(p.in) {
		return false
	}
	a, err1 := strconv.ParseUint(p.in[at].Text, 10, 64)
	b, err2 := strconv.ParseUint(p.in[at+1].Text, 10, 64)
	if err1 != nil || err2 != nil {
		return false
	}
	p.c.packets, p.c.bytes, p.c.counted = a, b, true
	p.i = at + 2
	return true
}

// command reads the arguments of -A, -I and so on.
func (p *commandParser) command(o op, w Word, attached string) {
	if p.c.op != 0 && !(p.c.op == 'L' || p.c.op == 'S' || p.c.op == 'Z') {
		p.fail(w.Pos, "cannot use %q with %q (one command at a time)", w.Text, p.opWord.Text)
	}
	p.c.op, p.c.opAt, p.opWord = o, w.Pos.place(), w
	switch o {
	case 'L', 'S', 'F', 'Z', 'X':
		if attached != "" || p.more() {
			p.c.chain = p.value(w, attached)
		}
		if (o == 'Z' || o == 'L' || o == 'S') && p.more() {
			p.number()
		}
	case 'A', 'C', 'N':
		p.c.chain = p.value(w, attached)
	case 'I', 'D':
		p.c.chain = p.value(w, attached)
		if p.more() {
			p.number()
		}
	case 'R':
		p.c.chain = p.value(w, attached)
		if !p.more() {
			p.fail(w.Pos, "%q requires a rule number", w.Text)
			return
		}
		p.number()
	case 'P', 'E':
		p.c.chain = p.value(w, attached)
		if !p.more() {
			want := "a chain and a policy"
			if o == 'E' {
				want = "the old and the new name of a chain"
			}
			p.fail(w.Pos, "%q requires %s", w.Text, want)
			return
		}
		arg := p.value(w, "")
		p.c.arg = &arg
	}
}

func (p *commandParser) number() {
	w := p.in[p.i]
	p.i++
	p.c.numAt = w.Pos.place()
	n, err := strconv.ParseUint(w.Text, 0, 31)
	if err != nil || n == 0 {
		p.fail(w.Pos, "invalid rule number %q (expected 1 or more)", w.Text)
		return
	}
	p.c.num = int32(n)
}

// check looks at the command as a whole.
func (p *commandParser) check() {
	c := &p.c
	if c.table != "" && !IsTable(c.table) {
		p.fail(p.table.Pos, "unknown table %q%s", clip(c.table), expectTable(c.table))
		return
	}
	if c.op == 0 {
		if len(p.in) > 0 {
			p.noCommand()
		}
		return
	}
	if c.chain.Text == "" && strings.IndexByte("ACNIDRPE", byte(c.op)) >= 0 {
		p.fail(p.opWord.Pos, "option %q requires a chain", p.opWord.Text)
		return
	}
	if len(c.words) > 0 && (strings.IndexByte("FZNXEP", byte(c.op)) >= 0 || c.op == 'D' && c.num > 0) {
		w := c.words[0]
		if strings.HasPrefix(w.Text, "-") {
			p.fail(w.Pos, "option %q is not allowed with %q", w.Text, p.opWord.Text)
		} else {
			p.fail(w.Pos, "bad argument %q after %q", w.Text, p.opWord.Text)
		}
	}
}

func (p *commandParser) noCommand() {
	for _, w := range p.c.words {
		if strings.HasPrefix(w.Text, "--") && len(w.Text) > 3 {
			if n := Nearest(w.Text, commandWords()); n != "" && !isBase(w.Text) {
				p.fail(w.Pos, "unknown command %q (did you mean %q?)", w.Text, n)
				return
			}
		}
	}
	w := p.first
	p.fail(w.Pos, "no command in %q (expected one of -A -I -D -R -N -P -F -X -E -Z)", w.Text)
}

func isBase(w string) bool {
	for _, b := range baseLong {
		if w == "--"+b {
			return true
		}
	}
	return false
}

// IsTable reports whether iptables has a table of that name.
func IsTable(name string) bool {
	for _, b := range BuiltinChains {
		if b.Table == name {
			return true
		}
	}
	return false
}

// TableNames returns the names of the tables, in BuiltinChains' order.
func TableNames() []string {
	var out []string
	for _, b := range BuiltinChains {
		out = append(out, b.Table)
	}
	return out
}

func expectTable(name string) string {
	if s := DidYouMean(name, TableNames()); s != "" {
		return s
	}
	return " (expected one of " + strings.Join(TableNames(), ", ") + ")"
}

// isNumber reports decimal digits, or nothing when empty is fine.
func isNumber(s string, empty bool) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != "" || empty
}
