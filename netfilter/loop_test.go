package netfilter_test

import (
	"strings"
	"testing"

	"nfwhy/host"
	"nfwhy/netfilter"
	"nfwhy/ruleset"
)

// TestLoopsAreRefused: rules that jump in a circle make no machine, also when the
// reader of a post let them through.
func TestLoopsAreRefused(t *testing.T) {
	x := &ruleset.Rule{Pos: ruleset.Pos{File: "post", Line: 3, Col: 1}, Table: "filter", Chain: "X",
		Words: []ruleset.Word{{Text: "-j"}, {Text: "X"}}}
	in := &ruleset.Rule{Table: "filter", Chain: "INPUT", Words: []ruleset.Word{{Text: "-j"}, {Text: "X"}}}
	rs := &ruleset.Ruleset{Family: 4, Tables: []*ruleset.Table{{Name: "filter", Chains: []*ruleset.Chain{
		{Name: "INPUT", Builtin: true, Policy: "ACCEPT", Rules: []*ruleset.Rule{in}},
		{Name: "X", Rules: []*ruleset.Rule{x}},
	}}}}
	_, err := netfilter.New(&host.Host{Rules4: rs})
	if err == nil || !strings.Contains(err.Error(), "post:3:1") || !strings.Contains(err.Error(), "X -> X") {
		t.Errorf("error %v, want one naming post:3:1 and X -> X", err)
	}
}
