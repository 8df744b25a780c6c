package xt

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"nfwhy/host"
	"nfwhy/packet"
	"nfwhy/ruleset"
)

// ruleGen makes random rules out of the list of extensions: most of them right,
// some of them wrong in one place.
type ruleGen struct {
	rng   *rand.Rand
	count int
	force *Extension // in every rule
}

func (g *ruleGen) one(list ...string) string { return list[g.rng.IntN(len(list))] }

func (g *ruleGen) chance(percent int) bool { return g.rng.IntN(100) < percent }

// rule returns a rule and where it is to stand.
func (g *ruleGen) rule() (f packet.Family, table, chain, text string) {
	f = packet.IPv4
	if g.chance(40) {
		f = packet.IPv6
	}
	table, chain, text = g.ruleOf(f)
	return f, table, chain, text
}

// ruleOf is rule for one family. Most rules that do not compile are thrown away,
// or few others would be left.
func (g *ruleGen) ruleOf(f packet.Family) (table, chain, text string) {
	for {
		table, chain, text = g.anyRule(f)
		if _, err := compileText(table, chain, text, Env{Family: f, Backend: host.NFT}); err == nil || g.chance(25) {
			return table, chain, text
		}
	}
}

func (g *ruleGen) anyRule(f packet.Family) (table, chain, text string) {
	exts := g.extensions(f)
	if g.force != nil {
		exts = []*Extension{g.force}
	}
	table, chain = g.place(exts)
	var words []string
	proto := g.protocol(exts)
	words = append(words, g.base(f, chain)...)
	words = append(words, proto)
	for _, e := range exts {
		words = append(words, g.part(e, f))
	}
	if len(exts) == 0 || !exts[len(exts)-1].IsTarget && g.chance(30) {
		words = append(words, "-j "+g.one("ACCEPT", "DROP", "RETURN"))
	}
	return table, chain, strings.Join(strings.Fields(strings.Join(words, " ")), " ")
}

// extensions picks up to three matches and perhaps a target.
func (g *ruleGen) extensions(f packet.Family) []*Extension {
	var matches, targets []*Extension
	for _, e := range Extensions {
		switch {
		case e.Families&famMask(f) == 0 || *kernelOnly != "" && e.Name != *kernelOnly || e.Absent || e.Objects:
		case e.IsTarget:
			targets = append(targets, e)
		default:
			matches = append(matches, e)
		}
	}
	var out []*Extension
	n := 1
	if g.chance(25) {
		n = g.rng.IntN(3)
	}
	for ; n > 0 && len(matches) > 0; n-- {
		out = append(out, matches[g.rng.IntN(len(matches))])
	}
	if len(targets) > 0 && (len(out) == 0 || g.chance(40)) {
		if g.chance(70) {
			out = out[:0]
		}
		out = append(out, targets[g.rng.IntN(len(targets))])
	}
	return out
}

// place picks a table and chain that suit the extensions, mostly.
func (g *ruleGen) place(exts []*Extension) (table, chain string) {
	table = "filter"
	if g.chance(30) {
		table = g.one("filter", "mangle", "raw", "nat", "security")
	}
	for _, e := range exts {
		if len(e.Tables) > 0 && !g.chance(3) {
			table = e.Tables[g.rng.IntN(len(e.Tables))]
		}
	}
	if g.chance(10) {
		return table, userChain
	}
	var chains []string
	for _, b := range ruleset.BuiltinChains {
		if b.Table == table {
			chains = b.Chains
		}
	}
	chain = chains[g.rng.IntN(len(chains))]
	for _, e := range exts {
		for try := 0; try < 20 && len(e.Hooks) > 0 && !g.chance(2); try++ {
			h := e.Hooks[g.rng.IntN(len(e.Hooks))].String()
			if contains(chains, h) {
				chain = h
				break
			}
		}
	}
	return table, chain
}

func (g *ruleGen) protocol(exts []*Extension) string {
	for _, e := range exts {
		if len(e.Protos) > 0 && !g.chance(3) {
			p := e.Protos[g.rng.IntN(len(e.Protos))]
			if g.chance(20) {
				return fmt.Sprintf("-p %d", p)
			}
			return "-p " + protoText(p)
		}
	}
	if g.chance(35) {
		return g.one("", "", "! ") + "-p " + g.one("tcp", "udp", "icmp", "icmpv6", "sctp", "41", "gre", "ah", "esp", "255", "TCP", "udplite", "dccp")
	}
	return ""
}

func (g *ruleGen) base(f packet.Family, chain string) []string {
	var w []string
	neg := func() string {
		if g.chance(25) {
			return "! "
		}
		return ""
	}
	for _, o := range []string{"-s", "-d"} {
		if g.chance(15) {
			n := neg()
			w = append(w, n+o+" "+g.value(f, &Option{Arg: HostMask}))
		}
	}
	if g.chance(12) && chain != "OUTPUT" && chain != "POSTROUTING" {
		w = append(w, neg()+"-i "+g.one("eth0", "eth+", "lo", "+", "a.b:c", "abcdefghijklmno"))
	}
	if g.chance(12) && chain != "INPUT" && chain != "PREROUTING" {
		w = append(w, neg()+"-o "+g.one("eth0", "eth+", "lo", "+"))
	}
	if g.chance(4) && f == packet.IPv4 {
		w = append(w, neg()+"-f")
	}
	return w
}

// part writes an extension with a random choice of its options.
func (g *ruleGen) part(e *Extension, f packet.Family) string {
	w := []string{"-m", e.Name}
	if e.IsTarget {
		w[0] = "-j"
	}
	perm := g.rng.Perm(len(e.Options))
	used := map[string]bool{}
	want := g.rng.IntN(4)
	for _, i := range perm {
		o := &e.Options[i]
		if o.Outside || !o.Need && (want <= 0 || g.chance(30)) {
			continue
		}
		clash := false
		for _, x := range o.Excl {
			clash = clash || used[x]
		}
		if clash && !g.chance(2) {
			continue
		}
		w = append(w, g.option(o, f)...)
		used[o.Name] = true
		want--
		for _, also := range o.Also {
			if !used[also] && !g.chance(3) {
				used[also] = true
				w = append(w, g.option(e.option(also), f)...)
			}
		}
	}
	return strings.Join(w, " ")
}

func (g *ruleGen) option(o *Option, f packet.Family) []string {
	var w []string
	if o.Neg && g.chance(25) || g.chance(1) {
		w = append(w, "!")
	}
	name := o.Name
	if len(o.Aliases) > 0 && g.chance(30) {
		name = o.Aliases[g.rng.IntN(len(o.Aliases))]
	}
	if g.chance(3) && len(name) > 3 {
		name = name[:len(name)-1]
	}
	w = append(w, "--"+name)
	if o.Arg != NoArg {
		v := g.value(f, o)
		if !o.Two {
			v = Quote(v)
		}
		w = append(w, v)
	}
	return w
}

// value makes a value of an option's kind, at its edges.
func (g *ruleGen) value(f packet.Family, o *Option) string {
	if len(o.Samples) > 0 && (o.Arg == Text || g.chance(80)) {
		v := g.one(o.Samples...)
		if strings.Contains(v, "%d") {
			g.count++
			v = fmt.Sprintf(v, g.count)
		}
		if f == packet.IPv6 {
			v = strings.Replace(v, "xtset", "xtset6", 1)
		}
		return v
	}
	limit := o.Max
	num := func(lo, hi uint64) string {
		v := [...]uint64{lo, hi, lo + (hi-lo)/2, hi - min(hi, 1), lo + 1, 10}[g.rng.IntN(6)]
		if g.chance(2) {
			v = hi + 1
		}
		return fmt.Sprintf([...]string{"%d", "%d", "%d", "0x%x"}[g.rng.IntN(4)], v)
	}
	addr := func() string {
		if f == packet.IPv6 {
			return g.one("2001:db8::1", "fe80::1", "::", "2001:db8:0:1:2:3:4:5", "::ffff:192.0.2.1", "::192.0.2.1", "ff02::1")
		}
		return g.one("192.0.2.1", "10.1.2.3", "0.0.0.0", "255.255.255.255", "127.0.0.1", "10.1")
	}
	switch o.Arg {
	case Number:
		return num(o.Min, limit)
	case Span:
		return g.one(num(0, limit), num(0, limit)+":"+num(0, limit), ":"+num(0, limit), num(0, limit)+":", ":")
	case Port, PortSpan:
		p := func() string { return g.one("22", "0", "65535", "ssh", "http", "1024") }
		if o.Arg == PortSpan && g.chance(40) {
			return g.one(p()+":"+p(), ":"+p(), p()+":", ":")
		}
		return p()
	case Proto:
		return g.one("tcp", "udp", "6", "255", "0", "icmp", "TCP", "ipv6-icmp", "sctp", "nope")
	case MarkMask:
		return num(0, 1<<32-1) + g.one("", "", "/0xff", "/0", "/0xffffffff", "/4294967296")
	case TOSMask:
		return g.one(num(0, 255), num(0, 255)+"/0x3f", "Minimize-Delay", "minimize-c", "normal", "0x10/0xff")
	case Host:
		return addr()
	case HostMask:
		if f == packet.IPv6 {
			return addr() + g.one("", "/64", "/128", "/0", "/ffff:ffff::", "/129")
		}
		return addr() + g.one("", "/24", "/32", "/0", "/255.255.0.0", "/255.0.255.0", "/33")
	case PrefixLen, PrefixMask:
		return g.one("0", "24", "32", "64", "128")
	case Level:
		return g.one("0", "7", "debug", "warning", "nope")
	case MAC:
		return g.one("00:01:02:03:04:05", "aa:BB:c:d:e:f", "00:01:02:03:04")
	case Real:
		return g.one("0.5", "0", "1", "0.00001", "0.333333333333", "1e-3", "2")
	}
	return g.one("x", "some-name")
}
