package diagnose

import (
	"fmt"
	"net/netip"
	"strings"

	"nfwhy/generator"
	"nfwhy/host"
	"nfwhy/packet"
	"nfwhy/ruleset"
	"nfwhy/trace"
)

// refusal is the place where an accepting rule for the subject's packet has to
// stand: in a built-in chain, before the rule that wrote the line.
func refusal(x *explanation) (chain string, number int, ok bool) {
	j, st := x.line()
	if st == nil || j.Origin == trace.Made {
		return "", 0, false
	}
	at := x.place.Step
	if st.Table != "filter" || st.Chain == "" {
		at = j.Decided
		if at < 0 || at >= len(j.Steps) || j.Steps[at].Table != "filter" {
			return "", 0, false
		}
		st = &j.Steps[at]
	}
	chain, number = st.Chain, st.Rule
	if !ruleset.IsBuiltin("filter", chain) {
		chain, number = entry(j, at)
	}
	if number == 0 {
		number = lastRule(x.stage.host, j.Packet.Family, chain) + 1
	}
	return chain, number, true
}

// acceptLoopback: let the host talk to itself.
func acceptLoopback(x *explanation, f *Finding) *remedy {
	if f.Cause != "missing-loopback-accept" {
		return nil
	}
	fam := x.scene.pkt.Family
	r := &remedy{opens: true, only: "packets on lo are accepted; no other packet changes verdict"}
	r.fix = Fix{Title: "accept the loopback interface", Commands: []string{program(fam) + " -I INPUT 1 -i lo -j ACCEPT"}}
	in := Fix{Table: "filter", Chain: "INPUT", Number: 1, Rule: "-i lo -j ACCEPT"}
	out := Fix{Table: "filter", Chain: "OUTPUT", Number: 1, Rule: "-o lo -j ACCEPT"}
	closed := func(h *host.Host) bool {
		t := h.Rules(fam).Table("filter")
		return t != nil && t.Chain("OUTPUT") != nil && (len(t.Chain("OUTPUT").Rules) > 0 || t.Chain("OUTPUT").Policy == "DROP")
	}
	if closed(x.stage.host) {
		r.fix.Commands = append(r.fix.Commands, program(fam)+" -I OUTPUT 1 -o lo -j ACCEPT")
	}
	r.edit = func(h *host.Host) *host.Host {
		n := withRule(h, fam, &in)
		if n != nil && closed(h) {
			return withRule(n, fam, &out)
		}
		return n
	}
	return r
}

// acceptEstablished: a rule for known connections in front of one for users.
func acceptEstablished(x *explanation, f *Finding) *remedy {
	if f.Cause != "owner-match-no-socket" {
		return nil
	}
	chain, number, ok := refusal(x)
	if !ok {
		return nil
	}
	fx := x.facts()
	rule := "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
	r := insertion(x, "accept packets of known connections whoever owns them", chain, number, rule)
	r.only = "packets of connections that some rule had accepted are accepted"
	r.opens = false
	if fx.invalid || !fx.j.Tracked {
		r.fix.Tested = ""
	}
	return r
}

// acceptTranslated: let through what the nat table has redirected.
func acceptTranslated(x *explanation, f *Finding) *remedy {
	if f.Cause != "dnat-without-forward" {
		return nil
	}
	chain, number, ok := refusal(x)
	if !ok {
		return nil
	}
	fx := x.facts()
	if x.program() == "ufw" {
		return ufwAccept(x, fx, "")
	}
	if fx.kind == kindNAT {
		r := insertion(x, "let through what was redirected", chain, number, fmt.Sprintf("-i %s -o %s -m conntrack --ctstate DNAT -j ACCEPT", x.scene.in, x.scene.out))
		r.opens = true
		r.only = "only connections that a DNAT rule redirected, from " + x.scene.in + " to " + x.scene.out + ", are let through"
		return r
	}
	return acceptPlain(x, fx, chain, number)
}

// acceptPacket: a rule for just this kind of packet.
func acceptPacket(x *explanation, f *Finding) *remedy {
	switch f.Cause {
	case "policy-default-deny", "multicast-query-unicast-reply", "protocol-not-allowed", "ipv6-nd-not-allowed", "mtu-blackhole", "rule-too-narrow",
		"wrong-match-value", "wrong-chain", "hairpin-nat", "rule-semantics":
	default:
		return nil
	}
	if f.Disposition != RulesErr || len(f.Fixes) > 0 {
		return nil
	}
	fx := x.facts()
	chain, number, ok := refusal(x)
	if !ok {
		return nil
	}
	switch x.program() {
	case "ufw":
		if r := ufwAccept(x, fx, f.Cause); r != nil {
			return r
		}
	case "firewalld":
		if r := zoneAccept(x, fx); r != nil {
			return r
		}
	}
	return acceptPlain(x, fx, chain, number)
}

func acceptPlain(x *explanation, fx *facts, chain string, number int) *remedy {
	spec := matchOf(x, fx)
	if spec == "" {
		return nil
	}
	r := insertion(x, "accept this kind of packet", chain, number, spec+"-j ACCEPT")
	r.opens = true
	r.only = "only packets that match " + strings.TrimSpace(spec) + " change verdict: they are accepted"
	return r
}

// matchOf describes the subject's kind of packet in iptables' words, as wide as a
// rule for it would be: the service, not the one client.
func matchOf(x *explanation, fx *facts) string {
	var b strings.Builder
	put := func(format string, args ...any) { fmt.Fprintf(&b, format+" ", args...) }
	in, out := x.scene.in, x.scene.out
	known := func(a netip.Addr) bool { return neighbour(a) && !fx.blanked(a) }
	if in != "" {
		put("-i %s", in)
	}
	if out != "" {
		put("-o %s", out)
	}
	if fx.dir == inward && known(fx.src) {
		put("-s %s", networkOf(x.stage.host, fx.src))
	}
	if fx.dir == through {
		if known(fx.src) {
			put("-s %s", networkOf(x.stage.host, fx.src))
		}
		if known(fx.dst) {
			put("-d %s", fx.dst)
		}
	}
	if m, ok := fx.pkt.ICMP(); ok {
		if fx.pkt.Family == packet.IPv6 {
			return fmt.Sprintf("-p icmpv6 --icmpv6-type %d ", m.Type())
		}
		if m.Type() == 3 && m.Code() == 4 {
			return "-p icmp --icmp-type fragmentation-needed "
		}
		put("-p icmp --icmp-type %d", m.Type())
		return b.String()
	}
	put("-p %s", protoWord(fx.pkt.Proto))
	if !fx.ports {
		return b.String()
	}
	if _, group := discoveryOf(fx.sport); group != "" && !service(fx.dport) && fx.dir == inward {
		put("--sport %d", fx.sport)
	} else {
		put("--dport %d", fx.dport)
	}
	return b.String()
}

// ufwAccept is the ufw command for the subject's kind of packet, tested as the
// rule that ufw would make of it.
func ufwAccept(x *explanation, fx *facts, cause string) *remedy {
	if !fx.ports && fx.dir != through {
		return nil
	}
	fam := fx.pkt.Family
	pre := "ufw"
	if fam == packet.IPv6 {
		pre = "ufw6"
	}
	known := neighbour(fx.src) && !fx.blanked(fx.src)
	cmd, chain := "", ""
	proto := protoWord(fx.pkt.Proto)
	spec := matchOf(x, fx)
	switch fx.dir {
	case inward:
		chain = pre + "-user-input"
		cmd = fmt.Sprintf("ufw allow in on %s", x.scene.in)
		if known {
			cmd += " from " + networkOf(x.stage.host, fx.src)
		}
		if _, group := discoveryOf(fx.sport); group != "" && !service(fx.dport) {
			if !known {
				cmd += " from any"
			}
			cmd += fmt.Sprintf(" port %d proto %s", fx.sport, proto)
		} else {
			cmd += fmt.Sprintf(" to any port %d proto %s", fx.dport, proto)
		}
	case outward:
		chain = pre + "-user-output"
		cmd = fmt.Sprintf("ufw allow out on %s to any port %d proto %s", x.scene.out, fx.dport, proto)
	case through:
		chain = pre + "-user-forward"
		cmd = fmt.Sprintf("ufw route allow in on %s out on %s", x.scene.in, x.scene.out)
		spec = fmt.Sprintf("-i %s -o %s ", x.scene.in, x.scene.out)
		if cause == "" && fx.ports {
			cmd += fmt.Sprintf(" to %s port %d proto %s", fx.show(fx.dst), fx.dport, proto)
			spec += fmt.Sprintf("-d %s -p %s --dport %d ", fx.dst, proto, fx.dport)
		} else if known {
			cmd += " from " + networkOf(x.stage.host, fx.src)
			spec += "-s " + networkOf(x.stage.host, fx.src) + " "
		}
	default:
		return nil
	}
	return programAccept(x, cmd, chain, spec)
}

// zoneAccept is the same for firewalld.
func zoneAccept(x *explanation, fx *facts) *remedy {
	if fx.dir != inward || !fx.ports {
		return nil
	}
	zone := "public"
	for _, t := range x.stage.host.Rules(fx.pkt.Family).Tables {
		for _, c := range t.Chains {
			if z, ok := strings.CutPrefix(c.Name, "IN_"); ok {
				zone = z
			}
		}
	}
	r := programAccept(x, fmt.Sprintf("firewall-cmd --permanent --zone=%s --add-port=%d/%s", zone, fx.dport, protoWord(fx.pkt.Proto)), "IN_"+zone, matchOf(x, fx))
	if r != nil {
		r.fix.Commands = append(r.fix.Commands, "firewall-cmd --reload")
	}
	return r
}

// programAccept is a command of a program and the rule that it makes.
func programAccept(x *explanation, cmd, chain, spec string) *remedy {
	fam := x.scene.pkt.Family
	t := x.stage.host.Rules(fam).Table("filter")
	if t == nil || t.Chain(chain) == nil {
		c, n, ok := refusal(x) // the program's chains are not modelled here
		if !ok {
			return nil
		}
		chain, _ = c, n
		r := insertion(x, "accept this kind of packet", c, n, spec+"-j ACCEPT")
		r.fix.Commands = []string{cmd}
		r.opens = true
		r.only = "only packets that match " + strings.TrimSpace(spec) + " change verdict: they are accepted"
		return r
	}
	number := len(t.Chain(chain).Rules) + 1
	if strings.HasPrefix(chain, "IN_") {
		number = 1
	}
	r := insertion(x, "accept this kind of packet", chain, number, spec+"-j ACCEPT")
	r.fix.Commands = []string{cmd}
	r.opens = true
	r.only = "only packets that match " + strings.TrimSpace(spec) + " change verdict: they are accepted"
	return r
}

// acceptBridged: bridged frames are none of the rules' business.
func acceptBridged(x *explanation, f *Finding) *remedy {
	if f.Cause != "bridge-nf-double-pass" {
		return nil
	}
	chain, number, ok := refusal(x)
	if !ok {
		return nil
	}
	r := insertion(x, "accept bridged frames", chain, number, "-m physdev --physdev-is-bridged -j ACCEPT")
	r.only = "only frames that a bridge passes on are accepted; what is routed is judged as before"
	return r
}

// moveRule: put the rule that never matches in front of the one that decides.
func moveRule(x *explanation, f *Finding) *remedy {
	if f.Cause != "rule-order-shadowed" || len(x.blamed) == 0 {
		return nil
	}
	m := x.blamed[len(x.blamed)-1]
	chain, number, ok := refusal(x)
	if !ok || m.chain != chain || m.rule == nil {
		return nil
	}
	spec := m.rule.Spec()
	r := insertion(x, "move the rule in front of the one that decides", chain, number, spec)
	r.fix.Commands = []string{fmt.Sprintf("%s -D %s %s", program(x.scene.pkt.Family), chain, spec), r.fix.Commands[0]}
	r.opens = true
	r.only = "only packets that match the moved rule change verdict"
	return r
}

// correctRule: change the one value that keeps a rule from taking the packet.
func correctRule(x *explanation, f *Finding) *remedy {
	if f.Cause != "wrong-match-value" && f.Cause != "rule-too-narrow" || len(x.blamed) == 0 {
		return nil
	}
	m := x.blamed[len(x.blamed)-1]
	if m.rule == nil || generator.Inferred(m.rule) || len(m.fails) != 1 || strings.HasPrefix(m.chain, "ufw") || strings.HasPrefix(m.chain, "IN_") {
		return nil
	}
	value := corrected(x, &m.fails[0])
	if value == "" {
		return nil
	}
	words := append([]ruleset.Word(nil), m.rule.Words...)
	option := m.fails[0].option
	done := false
	for i := 0; i+1 < len(words); i++ {
		if words[i].Text != option || words[i].Quoted {
			continue
		}
		if option == "-p" || option == "--protocol" {
			words = changeProtocol(words, words[i+1].Text, value)
		} else if option == "--sport" || option == "--source-port" {
			words[i].Text = strings.Replace(option, "s", "d", 1)
			if words[i].Text == "--dource-port" {
				words[i].Text = "--destination-port"
			}
		} else {
			words[i+1].Text = value
		}
		done = true
		break
	}
	if !done {
		return nil
	}
	spec := (&ruleset.Rule{Words: words}).Spec()
	fam := x.scene.pkt.Family
	r := &remedy{opens: true, only: "packets that match the rule as it is now are accepted: " + spec}
	r.fix = Fix{Title: "correct the value", Table: "filter", Chain: m.chain, Number: m.number, Rule: spec,
		Commands: []string{fmt.Sprintf("%s -R %s %d %s", program(fam), m.chain, m.number, spec)}}
	r.edit = func(h *host.Host) *host.Host { return replacedRule(h, fam, &r.fix) }
	return r
}

// corrected is the value that a failed condition needs.
func corrected(x *explanation, n *failed) string {
	fx := x.facts()
	switch n.option {
	case "-s", "--source", "--src":
		return widened(n.want, fx.src)
	case "-d", "--destination", "--dst":
		return widened(n.want, fx.dst)
	case "--dport", "--destination-port":
		if portIn(n.want, fx.sport) {
			return ""
		}
		return fmt.Sprint(fx.dport)
	case "--sport", "--source-port":
		return strings.TrimSpace(n.want)
	case "-p", "--protocol":
		return protoWord(fx.pkt.Proto)
	case "-i", "--in-interface":
		return x.scene.in
	case "-o", "--out-interface":
		return x.scene.out
	}
	return ""
}

// widened is the network to put in place of one that misses an address: the
// private block when the rule looks as if it meant that, else the same size.
func widened(want string, a netip.Addr) string {
	p, err := netip.ParsePrefix(strings.TrimSpace(want))
	if err != nil {
		return a.String()
	}
	q, err := a.Prefix(p.Bits())
	if err != nil {
		return ""
	}
	return q.String()
}

// changeProtocol writes another protocol into the words of a rule, the match that
// is named like it included.
func changeProtocol(words []ruleset.Word, old, now string) []ruleset.Word {
	for i := range words {
		if words[i].Text == old && i > 0 && (words[i-1].Text == "-p" || words[i-1].Text == "-m" || words[i-1].Text == "--protocol") {
			words[i].Text = now
		}
	}
	return words
}

// replacedRule returns the host with one rule changed.
func replacedRule(h *host.Host, fam packet.Family, fix *Fix) *host.Host {
	n := withRule(h, fam, fix)
	if n == nil {
		return nil
	}
	c := n.Rules(fam).Table(fix.Table).Chain(fix.Chain)
	if c == nil || fix.Number >= len(c.Rules)+1 {
		return nil
	}
	c.Rules = append(c.Rules[:fix.Number:fix.Number], c.Rules[fix.Number+1:]...)
	return n
}

// withRule returns the host with one more rule, nil when the place does not exist.
func withRule(h *host.Host, fam packet.Family, fix *Fix) *host.Host {
	old := h.Rules(fam)
	if old == nil {
		return nil
	}
	parsed, err := ruleset.Parse("fix", []byte(fmt.Sprintf("*%s\n-A %s %s\nCOMMIT\n", fix.Table, fix.Chain, fix.Rule)))
	if err != nil || len(parsed.Rulesets()) == 0 {
		return nil
	}
	src := parsed.Rulesets()[0].Table(fix.Table)
	if src == nil || src.Chain(fix.Chain) == nil || len(src.Chain(fix.Chain).Rules) == 0 {
		return nil
	}
	rule := src.Chain(fix.Chain).Rules[0]
	rs := &ruleset.Ruleset{Family: old.Family}
	done := false
	for _, t := range old.Tables {
		nt := &ruleset.Table{Name: t.Name}
		for _, c := range t.Chains {
			nc := *c
			if t.Name == fix.Table && c.Name == fix.Chain && fix.Number >= 1 && fix.Number <= len(c.Rules)+1 {
				nc.Rules = append(append(append([]*ruleset.Rule(nil), c.Rules[:fix.Number-1]...), rule), c.Rules[fix.Number-1:]...)
				done = true
			}
			nt.Chains = append(nt.Chains, &nc)
		}
		rs.Tables = append(rs.Tables, nt)
	}
	if !done {
		return nil
	}
	nh := *h
	if fam == packet.IPv6 {
		nh.Rules6 = rs
	} else {
		nh.Rules4 = rs
	}
	return &nh
}

// quiet: drop harmless noise before it is logged.
func quiet(x *explanation, f *Finding) *remedy {
	if f.Disposition != Harmless || f.Cause != "broadcast-multicast-noise" || len(f.Fixes) > 0 {
		return nil
	}
	fx := x.facts()
	if !fx.refused {
		return nil
	}
	chain, number, ok := refusal(x)
	if !ok {
		return nil
	}
	spec := fmt.Sprintf("-d %s ", fx.dst)
	r := insertion(x, "drop it without a line, if it annoys", chain, number, spec+"-j DROP")
	if x.program() == "ufw" && fx.dir == inward {
		r.fix.Commands = []string{"# in /etc/ufw/after.rules:", fmt.Sprintf("-A ufw-after-input -d %s -j ufw-skip-to-policy-input", fx.dst), "ufw reload"}
	}
	r.only = fmt.Sprintf("packets to %s are dropped without being logged; no verdict changes", fx.dst)
	return r
}
