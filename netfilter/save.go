package netfilter

import (
	"strings"

	"nfwhy/packet"
	"nfwhy/ruleset"
)

// Rules returns the rules of a family with the counters as they stand now, nil
// when the host has none. Rules and chains are copies.
func (n *Netns) Rules(f packet.Family) *ruleset.Ruleset {
	src := n.host.Rules(f)
	if src == nil {
		return nil
	}
	out := &ruleset.Ruleset{Family: src.Family}
	counters := n.counters[familyIndex(f)]
	p := n.program(f)
	tables := map[string]*ruleset.Table{}
	for _, t := range src.Tables {
		nt := &ruleset.Table{Name: t.Name}
		tables[t.Name] = nt
		out.Tables = append(out.Tables, nt)
	}
	for i := range p.chains {
		ch := &p.chains[i]
		c := *ch.src
		c.Packets, c.Bytes = counters[ch.counter].packets, counters[ch.counter].bytes
		c.Rules = nil
		for k := range ch.rules {
			r := *ch.rules[k].x.Source
			at := counters[ch.rules[k].counter]
			r.Packets, r.Bytes, r.Counted = at.packets, at.bytes, true
			c.Rules = append(c.Rules, &r)
		}
		tables[ch.table].Chains = append(tables[ch.table].Chains, &c)
	}
	return out
}

// AppendSave appends the rules of a family as `iptables-save -c` prints them now.
func (n *Netns) AppendSave(dst []byte, f packet.Family) []byte {
	rs := n.Rules(f)
	if rs == nil {
		return dst
	}
	texts := map[*ruleset.Rule]string{}
	p := n.program(f)
	k := 0
	var order []string
	for i := range p.chains {
		for j := range p.chains[i].rules {
			r := &p.chains[i].rules[j]
			order = append(order, strings.TrimSpace(strings.TrimPrefix(r.text, "-A "+r.x.Chain)))
		}
	}
	for i := range p.chains {
		for _, r := range rs.Table(p.chains[i].table).Chain(p.chains[i].name).Rules {
			texts[r] = order[k]
			k++
		}
	}
	return rs.AppendSave(dst, func(r *ruleset.Rule) string { return texts[r] }, true)
}

// Unused returns the rules of a family that no packet has matched since their
// counters were 0.
func (n *Netns) Unused(f packet.Family) []*ruleset.Rule {
	var out []*ruleset.Rule
	p := n.program(f)
	for i := range p.chains {
		for k := range p.chains[i].rules {
			r := &p.chains[i].rules[k]
			if n.counters[familyIndex(f)][r.counter].packets == 0 {
				out = append(out, r.x.Source)
			}
		}
	}
	return out
}
