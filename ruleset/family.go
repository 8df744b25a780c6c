package ruleset

import "strings"

// familyHint is what the words of a section tell about its family.
type familyHint struct {
	v4, v6 bool // something that only the family has
	marked bool // lines with -4 or -6: meant to be read for both
}

// words that stand in rules of one family only.
var only4 = map[string]bool{"icmp": true, "icmp-net-unreachable": true, "icmp-host-unreachable": true,
	"icmp-port-unreachable": true, "icmp-proto-unreachable": true, "icmp-net-prohibited": true,
	"icmp-host-prohibited": true, "icmp-admin-prohibited": true, "--icmp-type": true, "--ttl-eq": true,
	"--ttl-lt": true, "--ttl-gt": true, "--ttl-set": true, "--ttl-dec": true, "--ttl-inc": true, "ttl": true, "TTL": true,
	"CLUSTERIP": true, "ECN": true, "ULOG": true, "realm": true}

var only6 = map[string]bool{"icmpv6": true, "ipv6-icmp": true, "icmp6": true, "--icmpv6-type": true,
	"icmp6-no-route": true, "icmp6-adm-prohibited": true, "icmp6-addr-unreachable": true, "icmp6-port-unreachable": true,
	"icmp6-policy-fail": true, "icmp6-reject-route": true, "no-route": true, "adm-prohibited": true,
	"addr-unreach": true, "port-unreach": true, "policy-fail": true, "reject-route": true,
	"hl": true, "HL": true, "--hl-eq": true, "--hl-lt": true, "--hl-gt": true, "--hl-set": true, "--hl-dec": true,
	"hbh": true, "frag": true, "rt": true, "mh": true, "ipv6header": true, "eui64": true,
	"SNPT": true, "DNPT": true}

// see takes in the words of a command.
func (h *familyHint) see(words []Word) {
	for i, w := range words {
		if w.Quoted || len(w.Text) < 2 || h.v4 && h.v6 {
			continue
		}
		if c := w.Text[0]; c >= '0' && c <= '9' {
			if h.v4 && !strings.Contains(w.Text, ":") {
				continue
			}
		} else if c == '-' && (len(w.Text) == 2 || !strings.Contains(w.Text, "-ttl") && !strings.Contains(w.Text, "-hl") && !strings.Contains(w.Text, "-icmp")) {
			continue
		}
		if only4[w.Text] && !afterComment(words, i) {
			h.v4 = true
		} else if only6[w.Text] && !afterComment(words, i) {
			h.v6 = true
		} else if i > 0 && words[i-1].Text != "--comment" {
			switch addressFamily(w.Text) {
			case 4:
				h.v4 = true
			case 6:
				h.v6 = true
			}
		}
	}
}

func afterComment(words []Word, i int) bool {
	return i > 0 && (words[i-1].Text == "--comment" || strings.HasSuffix(words[i-1].Text, "-prefix") ||
		words[i-1].Text == "--name" || words[i-1].Text == "--string")
}

// addressFamily returns 4 for a word that begins with a dotted address, 6 for
// one that holds an IPv6 address, 0 for any other.
func addressFamily(s string) int {
	if len(s) < 2 || s[0] == '-' {
		return 0
	}
	dots, colons, digits := 0, 0, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '.':
			dots++
		case c == ':':
			colons++
		case c >= '0' && c <= '9':
			digits++
		case c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' || c == '[' || c == ']':
			if colons == 0 && dots > 0 {
				return 0
			}
			digits++
		case c == '/' || c == ',' || c == '-':
			if dots >= 3 && colons <= 1 && i >= 7 {
				return 4
			}
			if colons >= 2 {
				return 6
			}
			return 0
		default:
			return 0
		}
	}
	switch {
	case colons >= 2 && (digits > 0 || s == "::") && !isMAC(s):
		return 6
	case dots == 3 && colons <= 1:
		return 4
	}
	return 0
}

// isMAC reports an Ethernet address, which has colons too.
func isMAC(s string) bool {
	if len(s) != 17 {
		return false
	}
	for i := 2; i < 17; i += 3 {
		if s[i] != ':' {
			return false
		}
	}
	return true
}

// decideFamilies finds each section's family from what it holds, from the
// comment before it, and from the sections around it.
func (p *parser) decideFamilies() {
	for _, st := range p.stmts {
		if st.kind != stmtCommand {
			continue
		}
		h := &p.sections[st.section].hint
		if st.style == styleRestore && st.family != 0 {
			h.marked = true
		} else if st.family == 0 {
			h.see(st.cmd.words)
		}
	}
	known := p.opt.family
	for _, s := range p.sections {
		switch {
		case p.opt.family != 0:
			s.family = p.opt.family
		case s.hint.v4 == s.hint.v6:
			if s.hint.v4 && s.family == 0 {
				s.family = 4
			}
		case s.hint.v6:
			s.family = 6
		default:
			s.family = 4
		}
		if s.family != 0 && known == 0 {
			known = s.family
		}
	}
	if known == 0 {
		for _, st := range p.stmts {
			if st.family != 0 && st.style != styleRestore {
				known = st.family
				break
			}
		}
	}
	p.spreadFamilies(known)
}

// spreadFamilies gives sections that tell nothing the family of their
// neighbours: a dump of one program has one family for all its tables.
func (p *parser) spreadFamilies(known int) {
	last := 0
	for _, s := range p.sections {
		if s.family == 0 {
			s.family = last
		}
		last = s.family
	}
	for i := len(p.sections) - 1; i >= 0; i-- {
		s := p.sections[i]
		if s.family == 0 {
			s.family = known
		}
	}
}

// families returns the families to which a statement is applied.
func (p *parser) families(st *stmt) []int {
	sec := p.sections[st.section]
	one := p.opt.family
	if st.style == styleShell && st.kind == stmtCommand {
		fam := st.family
		if fam == 0 {
			fam = sec.family
		}
		if one != 0 && fam != 0 && fam != one {
			return nil
		}
		return []int{fam}
	}
	switch {
	case one != 0:
		if st.family != 0 && st.family != one {
			return nil
		}
		return []int{one}
	case st.family != 0:
		return []int{st.family}
	case sec.hint.marked && !sec.hint.v4 && !sec.hint.v6:
		return []int{4, 6}
	}
	return []int{sec.family}
}
