package generator

import (
	"fmt"
	"slices"
	"strings"

	"nfwhy/packet"
	"nfwhy/ruleset"
)

// zoneConfig is what the traces tell of a firewalld.
type zoneConfig struct {
	zone     string
	target   string // default, ACCEPT, DROP, REJECT
	accepts  []zoneAccept
	prefixes map[string]Prefix
	lines    map[string]*packet.LogLine
}

// zoneAccept is a service or port that is let in.
type zoneAccept struct {
	line Line
	spec string
}

// firewalldModel recognises firewalld by its log prefixes, its commands and its
// listing, and makes the chains of firewalld 1.x in iptables' words.
func firewalldModel(q *Question) *Model {
	c := &zoneConfig{zone: "public", target: "default", prefixes: map[string]Prefix{}, lines: map[string]*packet.LogLine{}}
	basis := ""
	known := func(s string) {
		if basis == "" {
			basis = s
		}
	}
	for _, l := range q.Logs {
		p := Read(l.Prefix)
		if p.Program != "firewalld" {
			continue
		}
		known("the log prefix " + p.Text)
		if c.lines[p.Text] == nil {
			c.lines[p.Text], c.prefixes[p.Text] = l, p
		}
		if _, name, ok := strings.Cut(p.Chain, "_"); ok {
			c.zone = name
		}
	}
	listing := false
	for _, l := range q.Lines {
		s := clean(l.Text)
		if strings.Contains(s, "firewall-cmd") {
			known(fmt.Sprintf("its command (%s)", posOf(l)))
			c.command(l, s)
		}
		if strings.HasSuffix(s, "(active)") || strings.HasPrefix(s, "target: ") {
			listing = true
		}
		if listing && c.listed(l, s) {
			known(fmt.Sprintf("its listing (%s)", posOf(l)))
		}
	}
	if basis == "" {
		if l, ok := q.says("firewalld", "state_invalid_drop", "filter_in_"); ok {
			known(fmt.Sprintf("its name (%s)", posOf(l)))
		}
	}
	if basis == "" {
		return nil
	}
	m := &Model{Basis: basis, User: len(c.accepts), Assumed: []string{"the chains of firewalld 1.x, zone " + c.zone + ", denied packets logged (LogDenied=all)"}}
	four, six := q.families()
	if four {
		m.Rules4 = c.build(4)
	}
	if six {
		m.Rules6 = c.build(6)
	}
	m.Covers = append(m.Covers, "STATE_INVALID_DROP:", "FINAL_REJECT:", "rpfilter_DROP:")
	for p := range c.prefixes {
		m.Covers = append(m.Covers, p)
	}
	return m
}

// zoneServices are the services of firewalld that questions name.
var zoneServices = map[string]string{"ssh": "tcp 22", "http": "tcp 80", "https": "tcp 443", "dhcpv6-client": "udp 546", "dns": "udp 53", "ftp": "tcp 21",
	"smtp": "tcp 25", "imap": "tcp 143", "imaps": "tcp 993", "mdns": "udp 5353", "samba": "tcp 445", "nfs": "tcp 2049", "ntp": "udp 123",
	"cockpit": "tcp 9090", "openvpn": "udp 1194", "wireguard": "udp 51820", "mysql": "tcp 3306", "postgresql": "tcp 5432", "tftp": "udp 69",
	"vnc-server": "tcp 5900", "dhcp": "udp 67", "snmp": "udp 161", "ssdp": "udp 1900", "ipsec": "udp 500"}

func (c *zoneConfig) service(l Line, name string) {
	if s, ok := zoneServices[name]; ok {
		proto, port, _ := strings.Cut(s, " ")
		c.accepts = append(c.accepts, zoneAccept{l, fmt.Sprintf("-p %s -m %s --dport %s", proto, proto, port)})
	}
}

func (c *zoneConfig) port(l Line, s string) {
	port, proto, ok := strings.Cut(s, "/")
	port = strings.ReplaceAll(port, "-", ":")
	if ok && (proto == "tcp" || proto == "udp") && strings.Trim(port, "0123456789:") == "" && port != "" {
		c.accepts = append(c.accepts, zoneAccept{l, fmt.Sprintf("-p %s -m %s --dport %s", proto, proto, port)})
	}
}

// command reads firewall-cmd with its options.
func (c *zoneConfig) command(l Line, s string) {
	for _, w := range strings.Fields(s) {
		k, v, ok := strings.Cut(w, "=")
		if !ok {
			continue
		}
		v = strings.Trim(v, `"'`)
		switch k {
		case "--zone":
			c.zone = v
		case "--add-service":
			c.service(l, v)
		case "--add-port":
			c.port(l, v)
		case "--set-target":
			c.target = v
		}
	}
}

// listed reads a line of firewall-cmd --list-all.
func (c *zoneConfig) listed(l Line, s string) bool {
	if name, ok := strings.CutSuffix(s, " (active)"); ok && !strings.Contains(name, " ") {
		c.zone = name
		return true
	}
	k, v, ok := strings.Cut(s, ":")
	if !ok {
		return false
	}
	switch k {
	case "target":
		c.target = strings.Trim(strings.TrimSpace(v), "%")
	case "services":
		for _, w := range strings.Fields(v) {
			c.service(l, w)
		}
	case "ports":
		for _, w := range strings.Fields(v) {
			c.port(l, w)
		}
	case "interfaces", "sources", "masquerade", "forward", "protocols", "rich rules", "icmp-blocks", "forward-ports", "source-ports":
	default:
		return false
	}
	return true
}

// build writes the chains: known connections, loopback, INVALID, the zone, the
// refusal of the rest (firewalld 1.x; nftables back end).
func (c *zoneConfig) build(fam int) *ruleset.Ruleset {
	b := newBuilder("firewalld", fam)
	b.own("*filter", ":INPUT ACCEPT [0:0]", ":FORWARD ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]", ":IN_"+c.zone+" - [0:0]", ":FWD_"+c.zone+" - [0:0]")
	for _, h := range []struct{ hook, chain string }{{"INPUT", "IN_" + c.zone}, {"FORWARD", "FWD_" + c.zone}} {
		b.own("-A "+h.hook+" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
			"-A "+h.hook+" -m conntrack --ctstate DNAT -j ACCEPT",
			"-A "+h.hook+" -i lo -j ACCEPT",
			"-A "+h.hook+` -m conntrack --ctstate INVALID -j LOG --log-prefix "STATE_INVALID_DROP: "`+c.options("STATE_INVALID_DROP:"),
			"-A "+h.hook+" -m conntrack --ctstate INVALID -j DROP")
		if fam == 6 && h.hook == "INPUT" {
			for _, t := range []string{"133", "134", "135", "136"} {
				b.own("-A INPUT -p icmpv6 -m icmp6 --icmpv6-type " + t + " -j ACCEPT")
			}
		}
		b.own("-A " + h.hook + " -j " + h.chain)
		b.own("-A "+h.hook+` -j LOG --log-prefix "FINAL_REJECT: "`+c.options("FINAL_REJECT:"),
			"-A "+h.hook+" -j REJECT")
	}
	in := "IN_" + c.zone
	for _, a := range c.accepts {
		b.from(a.line, "-A "+in+" "+a.spec+" -m conntrack --ctstate NEW,UNTRACKED -j ACCEPT")
	}
	if len(c.accepts) == 0 {
		b.own("-A " + in + " -p tcp -m tcp --dport 22 -m conntrack --ctstate NEW,UNTRACKED -j ACCEPT")
	}
	icmp := map[int]string{4: "icmp", 6: "icmpv6"}[fam]
	switch c.target {
	case "DROP":
	default:
		b.own("-A " + in + " -p " + icmp + " -j ACCEPT")
	}
	for _, p := range sortedKeys(c.prefixes) {
		x := c.prefixes[p]
		if x.Chain == "" {
			continue
		}
		chain := in
		if !strings.HasPrefix(x.Chain, "IN_") {
			chain = "FWD_" + c.zone
		}
		b.own("-A " + chain + " " + logRule(c.lines[p]))
		if t := target(x); t != "" {
			b.own("-A " + chain + " -j " + t)
		}
	}
	b.own("-A OUTPUT -o lo -j ACCEPT", "COMMIT")
	return b.rules()
}

// options are the LOG options that the lines with a prefix show.
func (c *zoneConfig) options(prefix string) string {
	l := c.lines[prefix]
	if l == nil {
		return ""
	}
	bare := *l
	bare.Prefix = ""
	return strings.TrimPrefix(logRule(&bare), "-j LOG")
}

func sortedKeys(m map[string]Prefix) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
