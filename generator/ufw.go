package generator

import (
	"fmt"
	"strings"

	"nfwhy/packet"
	"nfwhy/ruleset"
)

// ufwConfig is what the traces tell of a ufw.
type ufwConfig struct {
	input, output, forward string // "deny", "reject", "allow"
	level                  string // "off", "low", "medium", "high", "full"
	assumed                []string
	rules                  []ufwRule
	told                   map[string]bool // which of the fields somebody told
}

// ufwModel recognises ufw by its log prefixes, its chains, its commands and its
// status, and makes the rules of ufw 0.36.
func ufwModel(q *Question) *Model {
	c := &ufwConfig{input: "deny", output: "allow", forward: "deny", level: "low", told: map[string]bool{}}
	basis := c.read(q)
	if basis == "" {
		return nil
	}
	c.fromLogs(q)
	m := &Model{Basis: basis, Assumed: c.assumed, User: len(c.rules),
		Covers: []string{"[UFW BLOCK]", "[UFW ALLOW]", "[UFW AUDIT]", "[UFW AUDIT INVALID]", "[UFW LIMIT BLOCK]"}}
	four, six := q.families()
	if four {
		m.Rules4 = c.build(q, 4)
	}
	if six {
		m.Rules6 = c.build(q, 6)
	}
	m.Assumed = append(m.Assumed, "the chains around the user's rules are those that ufw 0.36 installs, logging level "+c.level)
	return m
}

// read takes what the text says; it returns by what ufw was recognised, "" when
// nothing speaks of it.
func (c *ufwConfig) read(q *Question) string {
	basis := ""
	known := func(s string) {
		if basis == "" {
			basis = s
		}
	}
	for _, l := range q.Logs {
		if p := Read(l.Prefix); p.Program == "ufw" || p.Program == "ufw-docker" {
			known("the log prefix " + strings.TrimSpace(p.Text))
			break
		}
	}
	for i, l := range q.Lines {
		if c.header(l.Text) {
			known(fmt.Sprintf("its status (%s)", posOf(l)))
			continue
		}
		for _, cmd := range commands(l.Text) {
			if c.command(l, cmd, q) {
				known(fmt.Sprintf("its command (%s)", posOf(l)))
			}
		}
		if strings.HasPrefix(strings.TrimSpace(l.Text), "To ") && strings.Contains(l.Text, "Action") {
			known(fmt.Sprintf("its status (%s)", posOf(l)))
		}
		if basis != "" || ufwNear(q, i) {
			if r, ok := ufwStatusRow(l, q); ok {
				c.rules = append(c.rules, r)
				known(fmt.Sprintf("a row of its status (%s)", posOf(l)))
			}
		}
	}
	c.givenRules(q)
	return basis
}

// givenRules takes the user's rules out of a part of the loaded rules that shows
// ufw's user chains, when neither commands nor status gave any.
func (c *ufwConfig) givenRules(q *Question) {
	if len(c.rules) > 0 {
		return
	}
	for _, fam := range []packet.Family{packet.IPv4, packet.IPv6} {
		t := q.given(fam).Table("filter")
		if t == nil {
			continue
		}
		for _, h := range ufwHooks {
			for _, name := range []string{"ufw-user-" + h.name, "ufw6-user-" + h.name} {
				ch := t.Chain(name)
				if ch == nil {
					continue
				}
				for _, r := range ch.Rules {
					c.rules = append(c.rules, ufwRule{line: Line{File: r.Pos.File, No: r.Pos.Line, Text: r.Text}, chain: h.name, spec: r.Spec(), six: fam == packet.IPv6})
				}
			}
		}
	}
}

// ufwNear reports whether the lines around i speak of ufw.
func ufwNear(q *Question, i int) bool {
	for k := max(0, i-4); k < min(len(q.Lines), i+1); k++ {
		if strings.Contains(strings.ToLower(q.Lines[k].Text), "ufw") {
			return true
		}
	}
	return false
}

// header reads the lines above the rows of a status and the settings of
// /etc/default/ufw and ufw.conf.
func (c *ufwConfig) header(text string) bool {
	found := false
	for _, s := range strings.Split(text, " / ") {
		s = clean(s)
		low := strings.ToLower(s)
		switch {
		case strings.HasPrefix(s, "Status: active"):
			found = true
		case strings.HasPrefix(s, "Logging: "), strings.HasPrefix(s, "LOGLEVEL="):
			c.setLevel(low)
			found = true
		case strings.HasPrefix(s, "Default: "):
			for _, part := range strings.Split(low[len("default: "):], ",") {
				word, dir, _ := strings.Cut(strings.TrimSpace(part), " ")
				c.setDefault(word, strings.Trim(dir, "() "))
			}
			found = true
		case strings.HasPrefix(s, "DEFAULT_") && strings.Contains(s, "_POLICY="):
			dir, word, _ := strings.Cut(low[len("default_"):], "_policy=")
			c.setDefault(map[string]string{"accept": "allow", "drop": "deny", "reject": "reject"}[strings.Trim(word, `"' `)], dir)
			found = true
		}
	}
	return found
}

func (c *ufwConfig) setLevel(s string) {
	c.told["level"] = true
	for _, l := range []string{"off", "low", "medium", "high", "full"} {
		if strings.Contains(s, l) {
			c.level = l
			return
		}
	}
}

func (c *ufwConfig) setDefault(word, dir string) {
	switch word {
	case "allow", "deny", "reject":
	case "disabled":
		word = "deny"
	default:
		return
	}
	for _, f := range []struct {
		names string
		field *string
		key   string
	}{{"incoming input in", &c.input, "input"}, {"outgoing output out", &c.output, "output"}, {"routed forward", &c.forward, "forward"}} {
		for _, n := range strings.Fields(f.names) {
			if n == dir {
				*f.field = word
				c.told[f.key] = true
			}
		}
	}
}

// fromLogs concludes defaults and level from the lines: a refused packet of this
// host needs a default of deny for outgoing packets, an audited one a level that
// audits.
func (c *ufwConfig) fromLogs(q *Question) {
	for _, l := range q.Logs {
		p := Read(l.Prefix)
		if p.Program != "ufw" {
			continue
		}
		switch {
		case p.Claim == Audits && p.Kind == Any:
			want := "medium"
			if l.Proto == packet.ProtoTCP && l.TCPFlags&packet.SYN == 0 {
				want = "full"
			}
			c.raise(want)
		case p.Claim == Audits, p.Claim == Accepts && len(c.rules) == 0:
			c.raise("medium")
		case p.Claim == Drops && Hook(l) == packet.Output && c.output == "allow" && !c.told["output"]:
			c.output, c.told["output"] = "deny", true
			c.assumed = append(c.assumed, "ufw denies outgoing packets by default: it blocked one")
		}
	}
}

func (c *ufwConfig) raise(level string) {
	order := map[string]int{"off": 0, "low": 1, "medium": 2, "high": 3, "full": 4}
	if order[level] > order[c.level] {
		c.level = level
	}
}

// ufwHooks are the three built-in chains with ufw's word for each.
var ufwHooks = []struct{ chain, name string }{{"INPUT", "input"}, {"OUTPUT", "output"}, {"FORWARD", "forward"}}

func (c *ufwConfig) policy(name string) string {
	return map[string]string{"input": c.input, "output": c.output, "forward": c.forward}[name]
}

// build writes the chains in the order in which ufw-init and the backend do.
func (c *ufwConfig) build(q *Question, fam int) *ruleset.Ruleset {
	b := newBuilder("ufw", fam)
	pre := "ufw"
	if fam == 6 {
		pre = "ufw6"
	}
	b.own("*filter")
	for _, h := range ufwHooks {
		b.own(fmt.Sprintf(":%s %s [0:0]", h.chain, map[bool]string{true: "ACCEPT", false: "DROP"}[c.policy(h.name) == "allow"]))
	}
	parts := []string{"before-logging", "before", "after", "after-logging", "reject", "track"}
	for _, h := range ufwHooks {
		for _, p := range append(parts, "user", "user-logging", "skip-to-policy") {
			b.own(fmt.Sprintf(":%s-%s-%s - [0:0]", pre, p, h.name))
		}
	}
	for _, n := range []string{"logging-deny", "logging-allow", "user-limit", "user-limit-accept", "not-local"} {
		b.own(fmt.Sprintf(":%s-%s - [0:0]", pre, n))
	}
	for _, h := range ufwHooks {
		for _, p := range parts {
			b.own(fmt.Sprintf("-A %s -j %s-%s-%s", h.chain, pre, p, h.name))
		}
	}
	c.before(b, pre, fam)
	c.after(b, pre, fam)
	c.logging(b, pre)
	for _, h := range ufwHooks {
		c.ends(b, pre, h.name)
	}
	for _, r := range c.rules {
		r.write(b, pre, fam)
	}
	b.own(fmt.Sprintf(`-A %s-user-limit -m limit --limit 3/min -j LOG --log-prefix "[UFW LIMIT BLOCK] "`, pre),
		fmt.Sprintf("-A %s-user-limit -j REJECT", pre), fmt.Sprintf("-A %s-user-limit-accept -j ACCEPT", pre), "COMMIT")
	return b.rules()
}

// ends writes what decides behind all rules of a direction.
func (c *ufwConfig) ends(b *builder, pre, dir string) {
	switch c.policy(dir) {
	case "allow":
		b.own(fmt.Sprintf("-A %s-skip-to-policy-%s -j ACCEPT", pre, dir))
		for _, proto := range []string{"tcp", "udp"} {
			b.own(fmt.Sprintf("-A %s-track-%s -p %s -m conntrack --ctstate NEW -j ACCEPT", pre, dir, proto))
		}
	case "reject":
		b.own(fmt.Sprintf("-A %s-skip-to-policy-%s -j REJECT", pre, dir), fmt.Sprintf("-A %s-reject-%s -j REJECT", pre, dir))
	default:
		b.own(fmt.Sprintf("-A %s-skip-to-policy-%s -j DROP", pre, dir))
	}
}

// before is before.rules and before6.rules of ufw 0.36.
func (c *ufwConfig) before(b *builder, pre string, fam int) {
	a := func(chain, spec string) { b.own(fmt.Sprintf("-A %s-before-%s %s", pre, chain, spec)) }
	a("input", "-i lo -j ACCEPT")
	a("output", "-o lo -j ACCEPT")
	if fam == 6 {
		a("input", "-m rt --rt-type 0 -j DROP")
		a("output", "-m rt --rt-type 0 -j DROP")
		a("forward", "-m rt --rt-type 0 -j DROP")
	}
	for _, h := range ufwHooks {
		a(h.name, "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT")
	}
	if fam == 6 {
		a("input", "-p icmpv6 -m icmp6 --icmpv6-type 129 -j ACCEPT")
	}
	a("input", "-m conntrack --ctstate INVALID -j "+pre+"-logging-deny")
	a("input", "-m conntrack --ctstate INVALID -j DROP")
	if fam == 6 {
		c.before6(a)
	} else {
		c.before4(b, a)
	}
	for _, h := range ufwHooks {
		a(h.name, fmt.Sprintf("-j %s-user-%s", pre, h.name))
	}
	for _, h := range ufwHooks {
		b.own(fmt.Sprintf("-A %s-user-%s -j %s-user-logging-%s", pre, h.name, pre, h.name))
	}
}

func (c *ufwConfig) before4(b *builder, a func(chain, spec string)) {
	for _, h := range []string{"input", "forward"} {
		for _, t := range []string{"3", "11", "12", "8"} {
			a(h, "-p icmp -m icmp --icmp-type "+t+" -j ACCEPT")
		}
	}
	a("input", "-p udp -m udp --sport 67 --dport 68 -j ACCEPT")
	a("input", "-j ufw-not-local")
	for _, t := range []string{"LOCAL", "MULTICAST", "BROADCAST"} {
		b.own("-A ufw-not-local -m addrtype --dst-type " + t + " -j RETURN")
	}
	b.own("-A ufw-not-local -m limit --limit 3/min --limit-burst 10 -j ufw-logging-deny", "-A ufw-not-local -j DROP")
	a("input", "-d 224.0.0.251/32 -p udp -m udp --dport 5353 -j ACCEPT")
	a("input", "-d 239.255.255.250/32 -p udp -m udp --dport 1900 -j ACCEPT")
}

func (c *ufwConfig) before6(a func(chain, spec string)) {
	icmp := func(dir, types, more string) {
		for _, t := range strings.Fields(types) {
			a(dir, "-p icmpv6 -m icmp6 --icmpv6-type "+t+more+" -j ACCEPT")
		}
	}
	icmp("input", "1 2 3 4 128", "")
	icmp("input", "133 134 135 136 141 142", " -m hl --hl-eq 255")
	for _, t := range []string{"130", "131", "132", "143"} {
		a("input", "-p icmpv6 -m icmp6 --icmpv6-type "+t+" -s fe80::/10 -j ACCEPT")
	}
	icmp("input", "151 152 153", " -s fe80::/10 -m hl --hl-eq 1")
	icmp("output", "1 2 3 4 128 129", "")
	icmp("output", "133 136 135 134 141 142", " -m hl --hl-eq 255")
	for _, t := range []string{"130", "131", "132", "143"} {
		a("output", "-p icmpv6 -m icmp6 --icmpv6-type "+t+" -s fe80::/10 -j ACCEPT")
	}
	icmp("forward", "1 2 3 4 128 129", "")
	a("input", "-s fe80::/10 -d fe80::/10 -p udp -m udp --sport 547 --dport 546 -j ACCEPT")
	a("input", "-d ff02::fb/128 -p udp -m udp --dport 5353 -j ACCEPT")
	a("input", "-d ff02::f/128 -p udp -m udp --dport 1900 -j ACCEPT")
}

// after is after.rules: noise that is not to be logged.
func (c *ufwConfig) after(b *builder, pre string, fam int) {
	ports := "udp 137,udp 138,tcp 139,tcp 445,udp 67,udp 68"
	if fam == 6 {
		ports = "udp 137,udp 138,tcp 139,tcp 445,udp 546,udp 547"
	}
	for _, pp := range strings.Split(ports, ",") {
		proto, port, _ := strings.Cut(pp, " ")
		b.own(fmt.Sprintf("-A %s-after-input -p %s -m %s --dport %s -j %s-skip-to-policy-input", pre, proto, proto, port, pre))
	}
	if fam == 4 {
		b.own("-A ufw-after-input -m addrtype --dst-type BROADCAST -j ufw-skip-to-policy-input")
	}
}

// logging is what the backend adds for a level (ufw 0.36, backend_iptables.py:
// _get_logging_rules): LOG at the end of refused directions; INVALID kept quiet
// at level low, up to its limit; everything audited from medium on.
func (c *ufwConfig) logging(b *builder, pre string) {
	order := map[string]int{"off": 0, "low": 1, "medium": 2, "high": 3, "full": 4}[c.level]
	if order == 0 {
		return
	}
	limit := "-m limit --limit 3/min --limit-burst 10 "
	bounded := limit
	if order >= 3 {
		bounded = ""
	}
	if order < 2 {
		b.own(fmt.Sprintf("-A %s-logging-deny -m conntrack --ctstate INVALID %s-j RETURN", pre, bounded))
	} else {
		b.own(fmt.Sprintf(`-A %s-logging-deny -m conntrack --ctstate INVALID %s-j LOG --log-prefix "[UFW AUDIT INVALID] "`, pre, bounded))
	}
	b.own(fmt.Sprintf(`-A %s-logging-deny %s-j LOG --log-prefix "[UFW BLOCK] "`, pre, bounded),
		fmt.Sprintf(`-A %s-logging-allow %s-j LOG --log-prefix "[UFW ALLOW] "`, pre, bounded))
	for _, h := range ufwHooks {
		switch {
		case c.policy(h.name) != "allow":
			b.own(fmt.Sprintf(`-A %s-after-logging-%s %s-j LOG --log-prefix "[UFW BLOCK] "`, pre, h.name, bounded))
		case order >= 2:
			b.own(fmt.Sprintf(`-A %s-after-logging-%s %s-j LOG --log-prefix "[UFW ALLOW] "`, pre, h.name, bounded))
		}
		audit := map[int]string{2: limit + "-m conntrack --ctstate NEW ", 3: limit}[order]
		if order >= 2 {
			b.own(fmt.Sprintf(`-A %s-before-logging-%s %s-j LOG --log-prefix "[UFW AUDIT] "`, pre, h.name, audit))
		}
	}
}
