package ruleset

import (
	"sort"
	"strconv"
)

// AppendSave appends the rules in the form of iptables-save: tables in the order
// of [BuiltinChains], in each the built-in chains and then the user chains by
// name, then the rules in that order of chains (nft back end, 1.8.9). It leaves
// out comment lines and tables without chains, which the kernel does not have
// either. rule returns what
// follows "-A CHAIN " in a rule's line; nil takes the words of the text
// ([Rule.Spec]).
// With counters every chain and rule has its own, as from iptables-save -c;
// without, chains have [0:0] and rules nothing.
func (r *Ruleset) AppendSave(dst []byte, rule func(*Rule) string, counters bool) []byte {
	if r == nil {
		return dst
	}
	if rule == nil {
		rule = (*Rule).Spec
	}
	for _, b := range BuiltinChains {
		if t := r.Table(b.Table); t != nil && (t.made || len(t.Chains) > 0) {
			dst = t.appendSave(dst, b.Chains, rule, counters)
		}
	}
	return dst
}

func (t *Table) appendSave(dst []byte, builtin []string, rule func(*Rule) string, counters bool) []byte {
	dst = append(append(append(dst, '*'), t.Name...), '\n')
	chains := t.saveOrder(builtin)
	for _, c := range chains {
		dst = append(append(dst, ':'), c.Name...)
		switch {
		case !c.Builtin:
			dst = append(dst, " -"...)
		case c.Policy == "":
			dst = append(dst, " ACCEPT"...)
		default:
			dst = append(append(dst, ' '), c.Policy...)
		}
		dst = append(dst, ' ')
		if counters {
			dst = appendCounters(dst, c.Packets, c.Bytes)
		} else {
			dst = appendCounters(dst, 0, 0)
		}
		dst = append(dst, '\n')
	}
	for _, c := range chains {
		for _, r := range c.Rules {
			if counters {
				dst = append(appendCounters(dst, r.Packets, r.Bytes), ' ')
			}
			dst = append(append(dst, "-A "...), c.Name...)
			if text := rule(r); text != "" {
				dst = append(append(dst, ' '), text...)
			}
			dst = append(dst, '\n')
		}
	}
	return append(dst, "COMMIT\n"...)
}

// saveOrder returns the chains as iptables-save prints them, built-in ones that
// the table lacks included.
func (t *Table) saveOrder(builtin []string) []*Chain {
	out := make([]*Chain, 0, len(t.Chains)+len(builtin))
	for _, name := range builtin {
		c := t.Chain(name)
		if c == nil {
			c = &Chain{Name: name, Builtin: true}
		}
		out = append(out, c)
	}
	n := len(out)
	for _, c := range t.Chains {
		if !IsBuiltin(t.Name, c.Name) {
			out = append(out, c)
		}
	}
	sort.SliceStable(out[n:], func(i, j int) bool { return out[n+i].Name < out[n+j].Name })
	return out
}

func appendCounters(dst []byte, packets, bytes uint64) []byte {
	dst = strconv.AppendUint(append(dst, '['), packets, 10)
	dst = strconv.AppendUint(append(dst, ':'), bytes, 10)
	return append(dst, ']')
}
