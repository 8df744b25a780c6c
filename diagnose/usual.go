package diagnose

import (
	"nfwhy/ruleset"
)

// usualRules is the least that a stateful firewall has, for showing what happens
// where no rules were given.
func usualRules() *ruleset.Ruleset {
	f, err := ruleset.Parse("usual rules (inferred)", []byte(`*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
COMMIT
`), ruleset.Family(4))
	if err != nil {
		return nil
	}
	return f.V4
}
