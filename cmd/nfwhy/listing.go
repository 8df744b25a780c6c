package main

import (
	"fmt"
	"slices"
	"sort"

	"nfwhy/ruleset"
	"nfwhy/xt"
)

const listingColumns = "num   pkts bytes target     prot opt in     out     source               destination         \n"

// appendListing writes the rules as "iptables -L -n -v --line-numbers" does,
// which lists one table: the filter table comes first, each other one behind a
// comment line with its name. Without counters all are 0, as after a restore.
func appendListing(out []byte, rs *ruleset.Ruleset, m compiled, counters bool) []byte {
	if t := rs.Table("filter"); t != nil {
		out = appendTableListing(out, t, m, counters)
	}
	for _, b := range ruleset.BuiltinChains {
		t := rs.Table(b.Table)
		if t == nil || b.Table == "filter" {
			continue
		}
		if len(out) > 0 {
			out = append(out, '\n')
		}
		out = fmt.Appendf(out, "# table %s\n", b.Table)
		out = appendTableListing(out, t, m, counters)
	}
	return out
}

func appendTableListing(out []byte, t *ruleset.Table, m compiled, counters bool) []byte {
	refs := map[string]int{}
	for _, c := range t.Chains {
		for _, r := range c.Rules {
			if x := m[r]; x != nil && x.Jump != "" {
				refs[x.Jump]++
			}
		}
	}
	for i, c := range listedChains(t) {
		if i > 0 {
			out = append(out, '\n')
		}
		out = appendChainHead(out, c, refs[c.Name], counters)
		for n, r := range c.Rules {
			var packets, bytes uint64
			if counters {
				packets, bytes = r.Packets, r.Bytes
			}
			out = append(m[r].AppendListing(out, n+1, packets, bytes), '\n')
		}
	}
	return out
}

func appendChainHead(out []byte, c *ruleset.Chain, refs int, counters bool) []byte {
	out = append(append(out, "Chain "...), c.Name...)
	if !c.Builtin {
		return append(fmt.Appendf(out, " (%d references)\n", refs), listingColumns...)
	}
	policy, packets, bytes := c.Policy, c.Packets, c.Bytes
	if policy == "" {
		policy = "ACCEPT"
	}
	if !counters {
		packets, bytes = 0, 0
	}
	out = xt.AppendShort(fmt.Appendf(out, " (policy %s ", policy), packets)
	out = xt.AppendShort(append(out, " packets, "...), bytes)
	return append(append(out, " bytes)\n"...), listingColumns...)
}

// listedChains returns the chains as iptables -L has them: built-in ones, those
// that the text leaves out included, then the others by name.
func listedChains(t *ruleset.Table) []*ruleset.Chain {
	var chains []*ruleset.Chain
	for _, b := range ruleset.BuiltinChains {
		if b.Table != t.Name {
			continue
		}
		for _, name := range b.Chains {
			c := t.Chain(name)
			if c == nil {
				c = &ruleset.Chain{Name: name, Builtin: true}
			}
			chains = append(chains, c)
		}
	}
	n := len(chains)
	for _, c := range t.Chains {
		if !slices.Contains(chains[:n], c) {
			chains = append(chains, c)
		}
	}
	sort.SliceStable(chains[n:], func(i, j int) bool { return chains[n+i].Name < chains[n+j].Name })
	return chains
}
