package ruleset

import "strings"

// Kind is the form of a text.
type Kind uint8

// The forms. The zero value means that no rule was recognised.
const (
	KindUnknown  Kind = iota
	KindSave          // iptables-save output or iptables-restore input
	KindFragment      // -A lines without a table, iptables -S
	KindCommands      // iptables commands, one after the other
	KindScript        // a shell script
	KindListing       // iptables -L
	KindSetSave       // ipset save
	KindSetList       // ipset list
	KindUfw           // ufw status
)

var kindNames = [...]string{"unknown", "iptables-save", "fragment", "commands", "script", "listing", "ipset save", "ipset list", "ufw status"}

// String returns the form's name.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// Sniff returns the form of the first rules, sets or commands in a text, prose
// around them passed over. A text may hold others after those.
func Sniff(data []byte) Kind {
	src := strings.TrimPrefix(string(data), bom)
	if isScript(src) {
		return KindScript
	}
	for off := 0; off < len(src); {
		line := nextLine(src[off:])
		off += len(line) + 1
		if k := sniffLine(strings.Trim(clean(line).text, " \t\r"), src[min(off, len(src)):]); k != KindUnknown {
			return k
		}
	}
	return KindUnknown
}

func sniffLine(line, rest string) Kind {
	if len(line) < 3 || len(line) > 1<<20 {
		return KindUnknown
	}
	switch line[0] {
	case 'C':
		if _, ok := listHead(line); ok {
			return KindListing
		}
	case 'c':
		p := parser{f: &File{}, opt: &options{lenient: true}}
		if p.looksLikeSet(line) {
			return KindSetSave
		}
	case 'N':
		if strings.HasPrefix(line, "Name: ") && isSetType(nextLine(rest)) {
			return KindSetList
		}
	case 'S':
		if strings.HasPrefix(line, "Status: active") {
			return KindUfw
		}
	}
	switch {
	case !isRuleLine(line) || line == "COMMIT":
		return KindUnknown
	case line[0] == '*' || line[0] == ':':
		return KindSave
	case line[0] == '-' || line[0] == '[':
		return KindFragment
	}
	return KindCommands
}

// LooksLikeRule reports whether a line found among prose is one that [Parse]
// with [Lenient] would use: a rule, a chain line, a table, COMMIT, a command.
func LooksLikeRule(line string) bool {
	if len(line) > 1<<20 {
		return false
	}
	return isRuleLine(clean(strings.Trim(line, " \t\r\n")).text)
}

// isRuleLine is LooksLikeRule of a line without markup.
func isRuleLine(line string) bool {
	line = strings.Trim(line, " \t\r\n")
	if len(line) < 3 || len(line) > 1<<20 || strings.IndexByte(line, 0) >= 0 {
		return false
	}
	switch line[0] {
	case '*':
		return IsTable(strings.TrimSpace(line[1:]))
	case ':':
		return looksLikeChain(line)
	case 'C':
		return line == "COMMIT"
	case '[':
		if end := strings.IndexByte(line, ']'); end > 0 {
			if _, _, ok := parseCounters(line[:end+1]); ok {
				line = strings.TrimLeft(line[end+1:], " \t")
			}
		}
	}
	return looksLikeCommand(line)
}

func looksLikeChain(line string) bool {
	w := strings.Fields(line[1:])
	if len(w) < 2 || len(w) > 3 || line[1] == ' ' {
		return false
	}
	if len(w) == 3 {
		if _, _, ok := parseCounters(w[2]); !ok {
			return false
		}
	}
	return w[1] == "-" || w[1] == "ACCEPT" || w[1] == "DROP"
}

// looksLikeCommand reads the line as a command and looks at what comes out.
func looksLikeCommand(line string) bool {
	if line == "" || line[0] != '-' && !mayStartCommand(line) {
		return false
	}
	slab := make([]Word, 0, 64)
	lx := lexer{s: line, line: 1, slab: &slab}
	words := lx.shellWords()
	program := false
	if line[0] != '-' || len(words) == 0 {
		n, ok := programAt(words)
		if !ok {
			return false
		}
		if isIpset(words[n].Text) {
			return plausibleIpset(words[n+1:])
		}
		program, words = true, words[n+1:]
	}
	if len(words) == 0 || !strings.HasPrefix(words[0].Text, "-") {
		return false
	}
	c, err := parseCommand(words, false)
	switch {
	case err == nil:
		return plausible(&c, program)
	case c.op == 0:
		return program && looksMistyped(err)
	}
	return program && strings.IndexByte("AIRD", byte(c.op)) >= 0 && plausible(&c, program)
}

// looksMistyped keeps commands whose mistake the reader should hear of.
func looksMistyped(err *Error) bool { return strings.Contains(err.Msg, "did you mean") }

// plausibleIpset reports the words of a command of ipset that changes a set.
func plausibleIpset(words []Word) bool {
	for len(words) > 0 && (words[0].Text == "-!" || words[0].Text == "-exist") {
		words = words[1:]
	}
	if len(words) < 2 {
		return false
	}
	switch setCommands[words[0].Text] {
	case "create":
		return len(words) > 2 && setTypes[words[2].Text] != "" || len(words) > 2 && strings.Contains(words[2].Text, ":")
	case "add", "del":
		return len(words) > 2 && strings.ContainsAny(words[2].Text, ".:0123456789")
	case "flush", "destroy", "rename", "swap":
		return strings.HasPrefix(words[0].Text, "-") || len(words) <= 3
	}
	return false
}

// mayStartCommand is a quick look at a line's first word.
func mayStartCommand(line string) bool {
	return strings.Contains(line, "tables") || strings.Contains(line, "ipset") || strings.Contains(line, "$IP") || strings.Contains(line, "$ip") ||
		strings.Contains(line, "${")
}

// plausible reports that a command makes sense as one, rather than as prose that
// begins with a dash.
func plausible(c *command, program bool) bool {
	if c.op == 0 || c.chain.Text != "" && !plausibleName(c.chain.Text) {
		return false
	}
	option := len(c.words) > 0 && !c.words[0].Quoted && (c.words[0].Text[:min(1, len(c.words[0].Text))] == "-" || c.words[0].Text == "!")
	switch c.op {
	case 'A', 'I', 'R', 'C':
		return option || program && len(c.words) == 0
	case 'D':
		return option || c.num > 0 && len(c.words) == 0
	case 'P':
		return isAnyBuiltin(c.chain.Text) && c.arg.Text == strings.ToUpper(c.arg.Text) && len(c.words) == 0
	case 'N':
		return len(c.words) == 0
	}
	return program && len(c.words) == 0
}

// plausibleName reports what people name chains.
func plausibleName(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte("\"'`()<>,;|&*?", c) >= 0 {
			return false
		}
	}
	return true
}
