package ruleset

import "strings"

// programAt finds the iptables program among the first words of a command, past
// sudo and the like.
func programAt(words []Word) (int, bool) {
	i := 0
	for i < len(words) {
		w := words[i].Text
		switch {
		case isProgram(w):
			return i, true
		case i == 0 && isPrompt(w), i == 1 && strings.HasPrefix(words[0].Text, "[") && isPrompt(w), i <= 1 && (w == "$" || w == "#" || w == ">" || w == "%"):
			i++
		case w == "sudo" || w == "exec" || w == "command" || w == "env" || w == "nice" || w == "doas" ||
			w == "then" || w == "do" || w == "else" || w == "!" || w == "if" || w == "time":
			i++
			for i < len(words) && strings.HasPrefix(words[i].Text, "-") {
				if w == "sudo" && (words[i].Text == "-u" || words[i].Text == "-g") {
					i++
				}
				i++
			}
		case i > 0 && isAssignment(w):
			i++
		case w == "ip" && i+3 < len(words) && words[i+1].Text == "netns" && words[i+2].Text == "exec":
			i += 4
		default:
			return 0, false
		}
	}
	return 0, false
}

// isProgram reports the names under which iptables is called: by any path, by
// the name of its back end, or through a variable such as $IPT.
func isProgram(w string) bool {
	if v, ok := strings.CutPrefix(w, "$"); ok {
		v = strings.ToLower(strings.Trim(v, "{}"))
		return v == "ipset" || v == "ipt" || v == "ip6t" || v == "ipt6" || v == "ipt4" || v == "ip4t" ||
			strings.HasSuffix(v, "iptables") || strings.HasSuffix(v, "ip6tables") || strings.HasSuffix(v, "iptables6") ||
			strings.HasSuffix(v, "iptables4") || v == "ip4tables"
	}
	if i := strings.LastIndexByte(w, '/'); i >= 0 {
		w = w[i+1:]
	}
	switch w {
	case "ipset":
		return true
	case "iptables", "ip6tables", "iptables-nft", "ip6tables-nft", "iptables-legacy", "ip6tables-legacy",
		"xtables-nft-multi", "xtables-legacy-multi", "xtables-multi":
		return true
	}
	return false
}

// programFamily tells the family from the name of the program; a variable such
// as $IPT tells nothing unless it names 6.
func programFamily(w string) int {
	if i := strings.LastIndexByte(w, '/'); i >= 0 {
		w = w[i+1:]
	}
	switch {
	case strings.Contains(w, "6"):
		return 6
	case strings.HasPrefix(w, "iptables"):
		return 4
	case strings.HasPrefix(w, "$"):
		return 4
	}
	return 0
}

// isIpset reports that a program is ipset.
func isIpset(w string) bool {
	return w == "ipset" || strings.HasSuffix(w, "/ipset") || strings.HasPrefix(w, "$") && strings.Contains(strings.ToLower(w), "ipset")
}

// isPrompt reports a shell's prompt: "root@host:~#", "[root@host ~]#" begins with
// "[root@host", "host#".
func isPrompt(w string) bool {
	if strings.HasPrefix(w, "[") && strings.Contains(w, "@") {
		return true
	}
	if len(w) < 2 || !strings.ContainsRune("#$%>", rune(w[len(w)-1])) {
		return false
	}
	return strings.ContainsAny(w, "@~:") || isName(w[:len(w)-1])
}

// isPromptLine reports a line copied from a terminal: a prompt with a user and a
// host before a command.
func isPromptLine(words []Word) bool {
	if !strings.Contains(words[0].Text, "@") {
		return false
	}
	for i, w := range words[:min(len(words)-1, 4)] {
		if w.Text == "$" || w.Text == "#" || isPrompt(w.Text) && (i > 0 || w.Text[0] != '[') {
			return true
		}
	}
	return false
}

// isAssignment reports "NAME=value".
func isAssignment(w string) bool {
	n, _, ok := strings.Cut(w, "=")
	return ok && isName(n)
}

// isName reports what a shell takes for a variable's name.
func isName(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}
