package diagnose

import (
	"fmt"
	"strings"

	"nfwhy/conntrack"
	"nfwhy/generator"
	"nfwhy/packet"
	"nfwhy/ruleset"
	"nfwhy/trace"
	"nfwhy/xt"
)

// dnatWithoutForward: the translation works, the way on is closed.
var dnatWithoutForward = analyzer{
	cause: "dnat-without-forward",
	doc:   "DNAT works, FORWARD lacks the accept for the translated packet",
	run: func(x *explanation, f *Finding) float64 {
		fx := x.facts()
		if fx.dir != through || !fx.refused || fx.invalid || fx.x.scene.in == fx.x.scene.out {
			return 0
		}
		if fx.tcp && fx.flags != packet.SYN {
			return 0
		}
		known := fx.kind == kindNAT
		if !known && (!neighbour(fx.dst) || neighbour(fx.src) || container(fx.x.scene.in)) {
			return 0
		}
		f.Disposition = RulesErr
		f.Title = fmt.Sprintf("The redirection works, FORWARD does not let its packets through: %s port %d.", fx.show(fx.dst), fx.dport)
		f.Summary = fmt.Sprintf("After DNAT the packet is for another host, so it takes FORWARD and not INPUT, and FORWARD sees the new address and port (DST=%s DPT=%d). It was %s.", fx.show(fx.dst), fx.dport, fx.decider())
		if !known {
			f.Summary = fmt.Sprintf("A packet from outside to a private address can only come here by DNAT: the line shows the translated destination (DST=%s DPT=%d), which FORWARD does not accept. It was %s.", fx.show(fx.dst), fx.dport, fx.decider())
		}
		before, _ := x.originalPort()
		for _, m := range x.near() {
			if len(m.fails) != 1 || generator.Inferred(m.rule) || before == 0 || before == fx.dport {
				continue
			}
			if n := m.fails[0]; strings.Contains(n.option, "dport") && portIn(n.want, before) {
				f.Notes = append(f.Notes, fmt.Sprintf("%s names port %d, which is the port before the translation; behind it the port is %d", ruleName(m.rule, m.chain, m.number), before, fx.dport))
			}
		}
		if known {
			return 0.97
		}
		return 0.9
	},
}

// originalPort is the destination port before the translation of the history.
func (x *explanation) originalPort() (uint16, bool) {
	if x.hyp == nil || x.hyp.Kind != kindNAT || len(x.hyp.Steps) == 0 {
		return 0, false
	}
	_, dp, ok := x.hyp.Steps[len(x.hyp.Steps)-1].Packet.Ports()
	return dp, ok
}

// hairpin: client and server are on the same side.
var hairpin = analyzer{
	cause: "hairpin-nat",
	doc:   "client and server are on the same side of the NAT, and the packet turns around here",
	run: func(x *explanation, f *Finding) float64 {
		fx := x.facts()
		if fx.dir != through || fx.x.scene.in != fx.x.scene.out || fx.pkt.PhysOut != "" || fx.cast {
			return 0
		}
		if fx.tcp && fx.flags != packet.SYN || fx.invalid {
			return 0
		}
		f.Disposition = RulesErr
		f.Title = fmt.Sprintf("%s and %s are both behind %s: the packet turns around in this host.", fx.show(fx.src), fx.show(fx.dst), fx.x.scene.in)
		f.Summary = "A redirection for the outside was used from the inside. FORWARD has to allow IN=OUT, and the source has to be translated as well, or the server answers its client directly and the client does not know the answer."
		if !fx.refused {
			f.Summary += " The packet itself was " + fx.decider() + "."
		}
		if neighbour(fx.src) && neighbour(fx.dst) {
			return 0.92
		}
		return 0.75
	},
}

// staleEntry: conntrack remembers a flow from before the rules.
var staleEntry = analyzer{
	cause: "stale-conntrack-entry",
	doc:   "an old entry keeps its NAT decision; new rules are not consulted",
	run: func(x *explanation, f *Finding) float64 {
		fx := x.facts()
		if fx.j.Origin == trace.Made || fx.invalid || fx.cast || fx.tcp && fx.flags != packet.SYN {
			return 0
		}
		d := x.untranslated()
		if d == nil {
			return 0
		}
		f.Disposition = StateErr
		f.Title = fmt.Sprintf("An old connection entry keeps this flow as it was: %s is not asked.", ruleName(d, d.Chain, 0))
		f.Summary = fmt.Sprintf("The rule fits this packet, yet the line shows the destination unchanged (%s, OUT=%s). The nat table is asked for the first packet of a flow only; this flow has an entry from before the rule was there, and every packet refreshes it, also one that is dropped later.",
			fx.show(fx.dst), orNothing(fx.x.scene.out))
		f.Notes = append(f.Notes, "the first packet of a flow that is dropped leaves no entry: it stems from a time when such packets were accepted")
		if !hasLaterTimeout(fx) {
			f.Notes = append(f.Notes, "the sender keeps the same source port, so that the entry never gets the chance to expire")
		}
		return 0.95
	},
}

func hasLaterTimeout(fx *facts) bool { return fx.tcp }

func orNothing(s string) string {
	if s == "" {
		return "(empty)"
	}
	return s
}

// untranslated returns a DNAT rule that holds for the subject's packet although
// the line shows it untranslated; nil for none.
func (x *explanation) untranslated() *ruleset.Rule {
	fx := x.facts()
	t := x.stage.host.Rules(fx.pkt.Family).Table("nat")
	if t == nil || fx.dir == outward {
		return nil
	}
	m := x.s.finder(x.stage.host, fx.pkt.Family)
	c := t.Chain("PREROUTING")
	return x.holdingDNAT(m, t, c, 0)
}

func (x *explanation) holdingDNAT(m *missFinder, t *ruleset.Table, c *ruleset.Chain, depth int) *ruleset.Rule {
	if c == nil || depth > maxPathDepth {
		return nil
	}
	fx := x.facts()
	for _, r := range c.Rules {
		if !x.holdsAll(m, r) {
			continue
		}
		name, _ := r.Jump()
		switch {
		case name == "DNAT" || name == "REDIRECT":
			for _, d := range redirects(&ruleset.Ruleset{Tables: []*ruleset.Table{{Name: "nat", Chains: []*ruleset.Chain{{Name: c.Name, Rules: []*ruleset.Rule{r}}}}}}) {
				if d.to.IsValid() && d.to == fx.dst && (d.toPort == 0 || d.toPort == fx.dport) || !d.to.IsValid() && d.toPort == fx.dport {
					return nil // it was translated, to just that
				}
			}
			return r
		case name == "ACCEPT" || name == "RETURN":
			return nil
		}
		if n := t.Chain(name); n != nil {
			if d := x.holdingDNAT(m, t, n, depth+1); d != nil {
				return d
			}
		}
	}
	return nil
}

// holdsAll reports whether every condition of a rule holds for the subject's
// packet as it arrived.
func (x *explanation) holdsAll(m *missFinder, r *ruleset.Rule) bool {
	fx := x.facts()
	c := xt.Ctx{Pkt: fx.pkt, CT: &conntrack.Ref{}, Hook: packet.Prerouting, In: fx.x.scene.in, Now: fx.j.Time, Family: fx.pkt.Family,
		Backend: x.stage.host.Backend, Table: "nat", Host: x.stage.host, Machine: x.stage.net}
	for _, cond := range conditions(r) {
		if t, _ := m.holds(&c, fx.j, &cond); t != trace.Yes {
			return false
		}
	}
	return true
}

// invalidSkipsNAT: a private source is outside.
var invalidSkipsNAT = analyzer{
	cause: "invalid-skips-nat",
	doc:   "an INVALID packet leaves untranslated because the nat table never sees it",
	run: func(x *explanation, f *Finding) float64 {
		fx := x.facts()
		if !fx.tcp || fx.flags&(packet.RST|packet.FIN|packet.ACK) == 0 || fx.flags&packet.SYN != 0 {
			return 0
		}
		if !neighbour(fx.src) || !fx.outsider(fx.dst) && !fx.own(fx.dst) || neighbour(fx.dst) {
			return 0
		}
		inner := fx.dir == through && fx.invalid && translates(x.stage.host.Rules(fx.pkt.Family))
		foreign := fx.dir == inward && fx.invalid
		if !inner && !foreign {
			return 0
		}
		f.Disposition = RulesErr
		f.Title = fmt.Sprintf("%s from the private address %s goes out untranslated.", capital(a(describe(fx.pkt))), fx.show(fx.src))
		f.Summary = "It is INVALID: its connection is closed or forgotten. The nat table is never asked for INVALID packets, neither to put back nor to hide addresses, so where FORWARD accepts it, it leaves with the inner address and port."
		if foreign {
			f.Disposition = Elsewhere
			f.Title = fmt.Sprintf("%s with the private source %s arrived from outside: the sender's NAT did not translate it.", capital(a(describe(fx.pkt))), fx.show(fx.src))
			f.Summary = "Somebody's router leaves packets untranslated that its connection tracking calls INVALID, such as a late FIN or RST. Nothing here can answer it."
			return 0.84
		}
		if fx.refused {
			return 0.5
		}
		return 0.92
	},
}
