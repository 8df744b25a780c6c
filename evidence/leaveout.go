package evidence

import (
	"errors"
	"strings"

	"nfwhy/host"
	"nfwhy/packet"
	"nfwhy/ruleset"
	"nfwhy/xt"
)

// leaveOut takes the rules that do not compile out of a mixed text's rules and
// lists them, so that one typo in a post does not cost the whole answer.
func (e *Evidence) leaveOut(f *ruleset.File) {
	for _, rs := range f.Rulesets() {
		fam := packet.IPv4
		if rs.Family == 6 {
			fam = packet.IPv6
		}
		env := xt.Env{Family: fam, Backend: host.NFT, HasChain: func(table, chain string) bool {
			t := rs.Table(table)
			return t != nil && t.Chain(chain) != nil
		}}
		for _, t := range rs.Tables {
			for _, c := range t.Chains {
				kept := c.Rules[:0:0]
				for _, r := range c.Rules {
					if _, err := xt.Compile(r, env); err != nil {
						e.LeftOut = append(e.LeftOut, r)
						e.ignore(r.Pos.String(), r.Text, reason(err))
						continue
					}
					kept = append(kept, r)
				}
				c.Rules = kept
			}
		}
	}
}

// reason is the text of the first error without its place.
func reason(err error) string {
	var list ruleset.ErrorList
	if errors.As(err, &list) && len(list) > 0 {
		return list[0].Msg
	}
	var one *ruleset.Error
	if errors.As(err, &one) {
		return one.Msg
	}
	s, _, _ := strings.Cut(err.Error(), "\n")
	return s
}
