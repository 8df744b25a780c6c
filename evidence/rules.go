package evidence

import (
	"nfwhy/host"
	"nfwhy/ruleset"
)

// AddRules puts the rules that were read into h, the last text of a family that
// has some. Rules that do not tell their family are IPv4's unless family is 6;
// when all logged packets are of the other family they are taken for that one.
func (e *Evidence) AddRules(h *host.Host, family int) {
	for _, f := range e.Files {
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
