package xt

import (
	"fmt"
	"strings"

	"nfwhy/packet"
	"nfwhy/ruleset"
)

// kind returns "match" or "target".
func (e *Extension) kind() string {
	if e.IsTarget {
		return "target"
	}
	return "match"
}

func (e *Extension) optionNames() []string {
	var names []string
	for i := range e.Options {
		names = append(names, e.Options[i].Name)
		names = append(names, e.Options[i].Aliases...)
	}
	return names
}

// allowed holds the table and protocol of the rule against what the extension
// demands (struct xt_match, xt_target: table, proto).
func (c *compiler) allowed(p *pending) error {
	e, r := p.args.Ext, c.rule
	if len(e.Tables) > 0 && r.Table != "" && !contains(e.Tables, r.Table) {
		return p.args.Errorf("%s %s not allowed here: only in table %s, not in %s", e.kind(), e.Name, strings.Join(e.Tables, " and "), r.Table)
	}
	if len(e.Protos) == 0 {
		return nil
	}
	want := make([]string, len(e.Protos))
	for i, n := range e.Protos {
		want[i] = "-p " + protocolName(n)
	}
	b := &r.Base
	switch {
	case !b.HasProto || b.Proto == 0:
		return p.args.Errorf("%s %s not allowed here: the rule needs %s", e.kind(), e.Name, strings.Join(want, " or "))
	}
	for _, n := range e.Protos {
		if n == b.Proto {
			return nil
		}
	}
	return p.args.Errorf("%s %s not allowed here: the rule needs %s, not -p %s", e.kind(), e.Name, strings.Join(want, " or "), protoText(b.Proto))
}

// native is a Match that iptables-nft writes in nf_tables' own terms, which is
// less strict about the rule around it.
type native interface{ Native() bool }

// allowedInverted refuses "! -p tcp" with a match that needs -p tcp.
func (c *compiler) allowedInverted(p *pending, v any) error {
	e := p.args.Ext
	if !c.rule.Base.NegProto || len(e.Protos) == 0 {
		return nil
	}
	if n, ok := v.(native); ok && n.Native() {
		return nil
	}
	return p.args.Errorf("%s %s not allowed here: -p must not be inverted", e.kind(), e.Name)
}

func protoText(p uint8) string {
	if n := protocolName(p); n != "" {
		return n
	}
	return utoa(uint64(p))
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// hook returns the hook of a built-in chain.
func (r *Rule) hook() (packet.Hook, bool) {
	if !ruleset.IsBuiltin(r.Table, r.Chain) {
		return 0, false
	}
	for h := packet.Hook(0); h < packet.NumHooks; h++ {
		if h.String() == r.Chain {
			return h, true
		}
	}
	return 0, false
}

// HookChecker is a Match or Target whose options decide at which hooks it may
// stand.
type HookChecker interface{ CheckHook(h packet.Hook) error }

// CheckHook reports why the part may not be evaluated at hook h: the reason for
// which the kernel refuses a rule, or a jump to its chain from that hook.
func (p Part) CheckHook(h packet.Hook) error {
	if p.Ext == nil {
		return nil
	}
	if len(p.Ext.Hooks) > 0 {
		var names []string
		ok := false
		for _, x := range p.Ext.Hooks {
			ok = ok || x == h
			names = append(names, x.String())
		}
		if !ok {
			return fmt.Errorf("%s %s not allowed in %s (only in %s)", p.Ext.kind(), p.Ext.Name, h, strings.Join(names, ", "))
		}
	}
	for _, v := range [...]any{p.Match, p.Target} {
		if c, ok := v.(HookChecker); ok {
			return c.CheckHook(h)
		}
	}
	return nil
}

// CheckHook reports why the rule may not be evaluated at hook h, nil when it
// may. Compile asks it for built-in chains; a user chain is bound by every hook
// that its callers are reached from.
func (r *Rule) CheckHook(h packet.Hook) error {
	for _, p := range r.Parts {
		if err := p.CheckHook(h); err != nil {
			return err
		}
	}
	return r.Target.CheckHook(h)
}

// unknownOption explains an option that belongs to nothing in the rule: a slip,
// or an option of an extension that was not loaded.
func (c *compiler) unknownOption(t token) error {
	w := t.word
	name, _, _ := strings.Cut(strings.TrimLeft(w.Text, "-"), "=")
	if t.bad != "" {
		return errorAt(w.Pos, "option %q %s (it may mean %s)", w.Text, t.bad, oneOf(c.meanings(name)))
	}
	if strings.HasPrefix(w.Text, "--") {
		if owners := c.owners(name); len(owners) > 0 {
			return errorAt(w.Pos, "option %q not allowed here: it belongs to %s", "--"+name, strings.Join(owners, ", "))
		}
	}
	var valid []string
	for _, o := range baseOptions {
		if strings.ContainsRune("sdpijmogf46c", rune(o.short)) {
			valid = append(valid, "--"+o.name)
		}
	}
	what := ""
	for _, e := range c.scan.scope {
		for _, n := range e.optionNames() {
			valid = append(valid, "--"+n)
		}
		if what == "" {
			what = fmt.Sprintf(" for %s %s", e.kind(), e.Name)
		}
	}
	if c.last == nil {
		what = ""
	}
	word, _, _ := strings.Cut(w.Text, "=")
	hint := didYouMean(word, valid)
	if hint == "" && strings.HasPrefix(w.Text, "--") {
		hint = didYouMean(word, allOptions(c.env.Family))
	}
	return errorAt(w.Pos, "unknown option %q%s%s", word, what, hint)
}

// meanings lists the options that an ambiguous abbreviation fits.
func (c *compiler) meanings(name string) []string {
	var m []string
	for _, o := range baseOptions {
		if strings.HasPrefix(o.name, name) {
			m = append(m, "--"+o.name)
		}
	}
	for _, e := range c.scan.scope {
		for _, n := range e.optionNames() {
			if strings.HasPrefix(n, name) {
				m = append(m, "--"+n)
			}
		}
	}
	return m
}

// owners lists the extensions that have an option of that name, with what makes
// it known in a rule.
func (c *compiler) owners(name string) []string {
	var out []string
	for i := range Extensions {
		e := Extensions[i]
		if e.option(name) == nil || e.Families&famMask(c.env.Family) == 0 {
			continue
		}
		switch {
		case e.IsTarget:
			out = append(out, "target "+e.Name+" (add -j "+e.Name+" before it)")
		case len(e.Protos) == 1:
			out = append(out, "match "+e.Name+" (add -p "+protoText(e.Protos[0])+" before it)")
		default:
			out = append(out, "match "+e.Name+" (add -m "+e.Name+" before it)")
		}
	}
	return out
}

func allOptions(f packet.Family) []string {
	var out []string
	for _, e := range Extensions {
		if e.Families&famMask(f) != 0 {
			for _, n := range e.optionNames() {
				out = append(out, "--"+n)
			}
		}
	}
	return out
}

func errNotHere(what string, h packet.Hook) error {
	return fmt.Errorf("%s not allowed in %s", what, h)
}
