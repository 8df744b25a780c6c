package lab

import (
	"fmt"
	"strings"
)

// hooks is a set of netfilter hooks.
type hooks uint8

const (
	atPre hooks = 1 << iota
	atIn
	atFwd
	atOut
	atPost
)

// builtin are the chains of the tables, in the order that iptables-save has.
var builtin = map[string][]struct {
	name string
	hook hooks
}{
	"filter":   {{"INPUT", atIn}, {"FORWARD", atFwd}, {"OUTPUT", atOut}},
	"security": {{"INPUT", atIn}, {"FORWARD", atFwd}, {"OUTPUT", atOut}},
	"raw":      {{"PREROUTING", atPre}, {"OUTPUT", atOut}},
	"mangle":   {{"PREROUTING", atPre}, {"INPUT", atIn}, {"FORWARD", atFwd}, {"OUTPUT", atOut}, {"POSTROUTING", atPost}},
	"nat":      {{"PREROUTING", atPre}, {"INPUT", atIn}, {"OUTPUT", atOut}, {"POSTROUTING", atPost}},
}

// place is where a rule will stand: what may be in it depends on that.
type place struct {
	table string
	hooks hooks // from which the chain may be reached
	user  bool
	// callable are the user chains that may be jumped to from here.
	callable []string
	// What the base part of the rule said already.
	proto    string // "" for none or inverted
	inverted bool   // the protocol is inverted
}

type userChain struct {
	name  string
	hooks hooks
}

// rules draws the rulesets.
func (g *gen) rules() {
	var b strings.Builder
	if g.has(Tables) {
		for _, t := range []string{"raw", "mangle", "security"} {
			if g.percent(35) {
				g.table(&b, t)
			}
		}
	}
	if g.has(NAT) && g.percent(50) {
		g.table(&b, "nat")
	}
	g.table(&b, "filter")
	text := b.String()
	g.tracked = tracks(text)
	if g.six {
		g.sc.Rules6 = text
	} else {
		g.sc.Rules4 = text
	}
}

func (g *gen) table(b *strings.Builder, table string) {
	fmt.Fprintf(b, "*%s\n", table)
	var all hooks
	for _, c := range builtin[table] {
		policy := "ACCEPT"
		if table != "nat" && g.percent(12) {
			policy = "DROP"
		}
		fmt.Fprintf(b, ":%s %s [0:0]\n", c.name, policy)
		all |= c.hook
	}
	users := g.userChains(all)
	for _, u := range users {
		fmt.Fprintf(b, ":%s - [0:0]\n", u.name)
	}
	most := 7
	if table != "filter" {
		most = 3
	}
	for _, c := range builtin[table] {
		p := place{table: table, hooks: c.hook, callable: callable(users, c.hook)}
		for range g.between(0, most) {
			g.rule(b, c.name, p)
		}
	}
	for i, u := range users {
		p := place{table: table, hooks: u.hooks, user: true, callable: callable(users[i+1:], u.hooks)}
		for range g.between(0, 4) {
			g.rule(b, u.name, p)
		}
	}
	b.WriteString("COMMIT\n")
}

// userChains draws up to four chains. A chain is called only from earlier ones,
// so there are no loops, and only from hooks that its rules are made for.
func (g *gen) userChains(all hooks) []userChain {
	var us []userChain
	for i := range pick(g, 0, 0, 1, 2, 3, 4) {
		h := all
		if g.percent(50) {
			h &= hooks(g.r.IntN(32))
		}
		if h == 0 {
			h = all
		}
		us = append(us, userChain{fmt.Sprintf("%s%d", pick(g, "C", "user-", "log_"), i), h})
	}
	return us
}

// callable are the chains fit for every hook of h.
func callable(us []userChain, h hooks) []string {
	var names []string
	for _, u := range us {
		if u.hooks&h == h {
			names = append(names, u.name)
		}
	}
	return names
}

// rule draws one rule.
func (g *gen) rule(b *strings.Builder, chain string, p place) {
	var parts []string
	add := func(s string) {
		if s != "" {
			parts = append(parts, s)
		}
	}
	add(g.base(&p))
	for range pick(g, 0, 0, 0, 1, 1, 1, 2, 3) {
		add(g.match(&p))
	}
	add(g.target(&p))
	fmt.Fprintf(b, "-A %s", chain)
	for _, s := range parts {
		b.WriteString(" " + s)
	}
	b.WriteByte('\n')
}

// protocols are what -p may name, with how often.
var protocols4 = []weighted[string]{
	{30, ""}, {35, "tcp"}, {18, "udp"}, {14, "icmp"}, {1, "47"}, {1, "esp"}, {1, "ah"}, {1, "sctp"}, {1, "udplite"}, {1, "dccp"}, {1, "253"}, {1, "igmp"},
}

var protocols6 = []weighted[string]{
	{30, ""}, {35, "tcp"}, {18, "udp"}, {14, "ipv6-icmp"}, {1, "47"}, {1, "esp"}, {1, "sctp"}, {1, "udplite"}, {1, "dccp"}, {1, "253"},
}

// base draws addresses, interfaces and protocol, and notes the protocol in p.
func (g *gen) base(p *place) string {
	var s []string
	if g.percent(22) {
		s = append(s, g.not(15)+"-s "+pick(g, g.w.prefixes...))
	}
	if g.percent(22) {
		s = append(s, g.not(15)+"-d "+pick(g, g.w.prefixes...))
	}
	if g.percent(18) && p.mayUse(atPre|atIn|atFwd) {
		s = append(s, g.not(15)+"-i "+g.iface())
	}
	if g.percent(18) && p.mayUse(atFwd|atOut|atPost) {
		s = append(s, g.not(15)+"-o "+g.iface())
	}
	protos := protocols4
	if g.six {
		protos = protocols6
	}
	if p.proto = pickWeighted(g, protos); p.proto != "" {
		not := g.not(6)
		s = append(s, not+"-p "+p.proto)
		if not != "" {
			p.proto, p.inverted = "", true
		}
	}
	if !g.six && p.proto == "" && g.percent(3) {
		s = append(s, g.not(50)+"-f")
	}
	return strings.Join(s, " ")
}

// mayUse reports whether something bound to hooks h fits: in a built-in chain of
// one of them, and in user chains if iptables checks no more than the options.
func (p *place) mayUse(h hooks) bool { return p.user || p.hooks&h == p.hooks }

// only reports whether the chain is reached from hooks of h only.
func (p *place) only(h hooks) bool { return p.hooks&^h == 0 }

func (g *gen) iface() string {
	return pick(g, "ext", "int", "ext", "int", "lo", "e+", "ext+", "in+", "eth0", "ex", "i+")
}

// quoted writes a word as iptables-save does.
func iptQuote(s string) string {
	if s != "" && !strings.ContainsAny(s, " \"'\\\t") {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
