package evidence

import (
	"net/netip"
	"strings"

	"nfwhy/host"
	"nfwhy/ruleset"
)

// AddRules puts the rules that were read into h, the last text of a family that
// has some, and the kernel settings that were told, unless h has them. Rules that
// do not tell their family are IPv4's unless family is 6; when all logged packets
// are of the other family they are taken for that one.
func (e *Evidence) AddRules(h *host.Host, family int) {
	for _, f := range e.Files {
		h.Sets = append(h.Sets, f.Sets...)
		for _, rs := range f.Rulesets() {
			fam := rs.Family
			if fam == 0 {
				fam = family
			}
			if fam == 0 && e.onlyIPv6() {
				fam = 6
			}
			if fam == 6 {
				h.Rules6 = joined(h.Rules6, rs)
			} else {
				h.Rules4 = joined(h.Rules4, rs)
			}
		}
	}
	e.addSettings(h)
}

func (e *Evidence) onlyIPv6() bool {
	n := 0
	for i := range e.Logs {
		if e.Logs[i].Line.Family == 4 {
			return false
		}
		n++
	}
	for _, p := range e.Packets {
		if p.Packet.Family == 4 {
			return false
		}
		n++
	}
	return n > 0
}

// joined adds the tables of b that a does not have; a table that both have is b's.
func joined(a, b *ruleset.Ruleset) *ruleset.Ruleset {
	if a == nil {
		return b
	}
	out := &ruleset.Ruleset{Family: a.Family}
	for _, t := range a.Tables {
		if b.Table(t.Name) == nil {
			out.Tables = append(out.Tables, t)
		}
	}
	out.Tables = append(out.Tables, b.Tables...)
	return out
}

// nameRules gives the addresses that rules blank out their stand-ins. Among prose
// everything that is no address, a host's name too, is somebody whose address is
// not known; in a text of rules only what looks blanked.
func (e *Evidence) nameRules(f *ruleset.File, prose bool) {
	for _, rs := range f.Rulesets() {
		for _, t := range rs.Tables {
			for _, c := range t.Chains {
				for _, r := range c.Rules {
					e.nameRule(r, rs.Family == 6, prose)
				}
			}
		}
	}
}

func (e *Evidence) nameRule(r *ruleset.Rule, six, prose bool) {
	for i := 0; i+1 < len(r.Words); i++ {
		at := i + 1
		part := rulePart(r, r.Words[i].Text)
		if part == "" || r.Words[i].Quoted {
			continue
		}
		if r.Words[at].Text == "!" && at+1 < len(r.Words) { // the old order, -s ! ADDRESS
			at++
		}
		text, mask, slash := strings.Cut(r.Words[at].Text, "/")
		if isAddressList(text) || !looksBlanked(text) && (!prose || text == "localhost" || !isHostName(text)) {
			continue
		}
		a := e.Names.standIn(text, part, six || isSix(text)).String()
		if slash {
			a += "/" + mask
		}
		r.Words[at].Text = a
	}
}

// rulePart says whose address the value of an option is; "" when it is none.
func rulePart(r *ruleset.Rule, option string) string {
	switch option {
	case "-s", "--src", "--source":
		if r.Chain == "OUTPUT" {
			return ownPart
		}
		return farPart
	case "-d", "--dst", "--destination":
		if r.Chain == "INPUT" || r.Chain == "PREROUTING" {
			return ownPart
		}
		if r.Chain == "FORWARD" {
			return nextPart
		}
		return farPart
	case "--to-source", "--ctorigdst":
		return ownPart
	case "--to-destination", "--ctreplsrc":
		return nextPart
	}
	return ""
}

// isAddressList reports what iptables reads without asking anybody.
func isAddressList(s string) bool {
	for _, a := range strings.Split(s, ",") {
		if i := strings.LastIndexByte(a, ':'); i > 0 && strings.Count(a, ":") == 1 {
			a = a[:i] // the port of NAT targets
		}
		for _, end := range strings.SplitN(a, "-", 2) {
			if _, err := netip.ParseAddr(strings.Trim(end, "[]")); err != nil && !(digits(end) && len(end) < 11) {
				return false
			}
		}
	}
	return true
}

// isHostName reports what may be the name of a host, as 1.2.3 and -j are not.
func isHostName(s string) bool {
	if s == "" || s[0] == '-' || len(s) > 253 {
		return false
	}
	letters := false
	for _, c := range s {
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			letters = true
		case c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_':
		default:
			return false
		}
	}
	return letters
}
