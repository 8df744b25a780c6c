package generator

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"nfwhy/packet"
	"nfwhy/ruleset"
)

// wall is what the traces tell of a Shorewall.
type wall struct {
	ifaces   map[string]string // of zones, as far as lines show them
	rules    []wallRule
	policies []wallPolicy
	pairs    []wallPair // chains that lines name
	dash     bool       // chains are called "net-fw" and not "net2fw"
}

type wallRule struct {
	line             Line
	action, src, dst string // zones
	srcAddr, dstAddr string
	dstPort          string // of a DNAT
	proto            string
	dport, sport     string
	orig             string
}

type wallPolicy struct {
	line             Line
	src, dst, action string
	log              bool
}

// wallPair is a chain seen in a prefix with what it says.
type wallPair struct {
	chain, src, dst string
	log             *packet.LogLine
	prefix          Prefix
}

// shorewallModel recognises Shorewall by its log prefixes and by lines of its
// rules and policy files, and makes a chain for each pair of zones.
func shorewallModel(q *Question) *Model {
	w := &wall{ifaces: map[string]string{}}
	basis := w.fromLogs(q)
	word, said := q.says("shorewall")
	for i, l := range q.Lines {
		if w.file(l, said || basis != "") && basis == "" {
			basis = fmt.Sprintf("its rules (%s)", posOf(q.Lines[i]))
		}
	}
	if basis == "" && said && len(q.Logs) == 0 {
		return nil
	}
	if basis == "" {
		return nil
	}
	_ = word
	m := &Model{Basis: basis, User: len(w.rules), Assumed: []string{"each pair of zones has a chain that accepts known connections, then asks the rules given, then the policy"}}
	four, six := q.families()
	if four {
		m.Rules4 = w.build(q, 4)
	}
	if six {
		m.Rules6 = w.build(q, 6)
	}
	for _, p := range w.pairs {
		m.Covers = append(m.Covers, p.prefix.Text)
	}
	return m
}

// fromLogs takes zones and their interfaces from the chains that prefixes name.
func (w *wall) fromLogs(q *Question) string {
	basis := ""
	for _, l := range q.Logs {
		p := Read(l.Prefix)
		if p.Program != "shorewall" {
			continue
		}
		if basis == "" {
			basis = "the log prefix " + p.Text
		}
		src, dst, ok := zonesOf(p.Chain)
		if ok {
			w.dash = w.dash || strings.Contains(p.Chain, "-")
			if l.In != "" && src != "all" && src != "fw" {
				w.ifaces[src] = l.In
			}
			if l.Out != "" && dst != "all" && dst != "fw" {
				w.ifaces[dst] = l.Out
			}
		}
		if !slices.ContainsFunc(w.pairs, func(x wallPair) bool {
			return x.prefix.Text == p.Text && Hook(x.log) == Hook(l) && x.log.In == l.In && x.log.Out == l.Out
		}) {
			w.pairs = append(w.pairs, wallPair{p.Chain, src, dst, l, p})
		}
	}
	return basis
}

// zonesOf splits "net2fw" or "net-fw".
func zonesOf(chain string) (src, dst string, ok bool) {
	if a, b, found := strings.Cut(chain, "-"); found {
		return a, b, a != "" && b != ""
	}
	if i := strings.LastIndexByte(chain, '2'); i > 0 && i < len(chain)-1 {
		return chain[:i], chain[i+1:], true
	}
	return "", "", false
}

var (
	wallAction = regexp.MustCompile(`^(?:(ACCEPT|DROP|REJECT|DNAT-?|REDIRECT-?|LOG|Invalid|Ping|[A-Z]\w+)(?:[(/](ACCEPT|DROP|REJECT|DNAT)\)?)?)(?::\w+)?$`)
	wallZone   = regexp.MustCompile(`^(?:\$FW|\$fw|[a-z]\w{0,9}|all)(?::(\S+))?$`)
)

// wallMacros are the services of Shorewall's macros that questions name.
var wallMacros = map[string][2]string{"SSH": {"tcp", "22"}, "HTTP": {"tcp", "80"}, "HTTPS": {"tcp", "443"}, "Web": {"tcp", "80,443"}, "DNS": {"udp", "53"},
	"FTP": {"tcp", "21"}, "SMTP": {"tcp", "25"}, "IMAP": {"tcp", "143"}, "IMAPS": {"tcp", "993"}, "POP3": {"tcp", "110"}, "NTP": {"udp", "123"},
	"Ping": {"icmp", "8"}, "RDP": {"tcp", "3389"}, "VNC": {"tcp", "5900"}, "OpenVPN": {"udp", "1194"}, "SIP": {"udp", "5060"}, "SMB": {"tcp", "445"}}

// file reads a line of the rules or policy file.
func (w *wall) file(l Line, known bool) bool {
	text, _, _ := strings.Cut(l.Text, "#")
	f := strings.Fields(text)
	if len(f) < 3 || len(f) > 10 {
		return false
	}
	if m := wallAction.FindStringSubmatch(f[0]); m != nil && zoneLike(f[1]) && zoneLike(f[2]) {
		r := wallRule{line: l, action: strings.TrimSuffix(m[1], "-")}
		if m[2] != "" {
			if svc, ok := wallMacros[m[1]]; ok {
				r.proto, r.dport = svc[0], svc[1]
			}
			r.action = m[2]
		}
		switch r.action {
		case "ACCEPT", "DROP", "REJECT", "DNAT", "REDIRECT", "LOG":
		default:
			return false
		}
		if !known && (r.action == "ACCEPT" || r.action == "LOG") && len(f) < 5 {
			return false
		}
		r.ends(f)
		w.rules = append(w.rules, r)
		return true
	}
	if known && zoneLike(f[0]) && zoneLike(f[1]) {
		switch a, _, _ := strings.Cut(f[2], ":"); a {
		case "ACCEPT", "DROP", "REJECT":
			w.policies = append(w.policies, wallPolicy{l, zone(f[0]), zone(f[1]), a, len(f) > 3 && f[3] != "-"})
			return true
		}
	}
	return false
}

func zoneLike(s string) bool { return wallZone.MatchString(s) }

func zone(s string) string {
	z, _, _ := strings.Cut(s, ":")
	if strings.EqualFold(z, "$fw") {
		return "fw"
	}
	return z
}

func (r *wallRule) ends(f []string) {
	r.src, r.dst = zone(f[1]), zone(f[2])
	_, r.srcAddr, _ = strings.Cut(f[1], ":")
	_, to, _ := strings.Cut(f[2], ":")
	if r.action == "REDIRECT" {
		r.dstPort, r.dst = r.dst, "fw"
	} else if a, port, ok := strings.Cut(to, ":"); ok && !strings.Contains(port, ":") {
		r.dstAddr, r.dstPort = a, port
	} else {
		r.dstAddr = to
	}
	col := func(i int) string {
		if i < len(f) && f[i] != "-" {
			return f[i]
		}
		return ""
	}
	if col(3) != "" {
		r.proto = strings.ToLower(col(3))
	}
	if col(4) != "" {
		r.dport = col(4)
	}
	r.sport, r.orig = col(5), col(6)
}

// name is the chain of a pair of zones.
func (w *wall) name(src, dst string) string {
	if w.dash {
		return src + "-" + dst
	}
	return src + "2" + dst
}

func (w *wall) build(q *Question, fam int) *ruleset.Ruleset {
	b := newBuilder("shorewall", fam)
	chains := map[string][2]string{}
	var order []string
	add := func(src, dst string) {
		n := w.name(src, dst)
		if _, ok := chains[n]; !ok {
			chains[n] = [2]string{src, dst}
			order = append(order, n)
		}
	}
	for _, r := range w.rules {
		add(r.src, r.dst)
	}
	for _, p := range w.pairs {
		if p.src != "" && !strings.HasPrefix(p.dst, "all") && p.src != "all" {
			add(p.src, p.dst)
		}
	}
	w.nat(b, fam)
	b.own("*filter", ":INPUT DROP [0:0]", ":FORWARD DROP [0:0]", ":OUTPUT DROP [0:0]")
	for _, n := range order {
		b.own(fmt.Sprintf(":%s - [0:0]", n))
	}
	b.own("-A INPUT -i lo -j ACCEPT", "-A OUTPUT -o lo -j ACCEPT")
	for _, n := range order {
		w.jump(b, n, chains[n])
	}
	for _, n := range order {
		w.pair(b, n, chains[n])
	}
	w.rest(b)
	b.own("COMMIT")
	return b.rules()
}

// nat makes the rules that DNAT and REDIRECT lines ask for.
func (w *wall) nat(b *builder, fam int) {
	open := false
	for _, r := range w.rules {
		if r.action != "DNAT" && r.action != "REDIRECT" {
			continue
		}
		if !open {
			b.own("*nat", ":PREROUTING ACCEPT [0:0]", ":POSTROUTING ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]")
			open = true
		}
		spec := ""
		if dev := w.ifaces[r.src]; dev != "" {
			spec = "-i " + dev + " "
		}
		spec += r.match(r.orig, r.dport)
		if r.action == "REDIRECT" {
			b.from(r.line, "-A PREROUTING "+spec+"-j REDIRECT --to-ports "+r.dstPort)
			continue
		}
		to := r.dstAddr
		if r.dstPort != "" {
			to += ":" + r.dstPort
		}
		b.from(r.line, "-A PREROUTING "+spec+"-j DNAT --to-destination "+to)
	}
	if open {
		b.own("COMMIT")
	}
}

// match is the part in front of a target, for a destination address and ports.
func (r *wallRule) match(dst, dport string) string {
	s := ""
	put := func(opt, v string) {
		if v != "" && v != "-" {
			s += opt + " " + v + " "
		}
	}
	if plainAddr(r.srcAddr) {
		put("-s", r.srcAddr)
	}
	if plainAddr(dst) {
		put("-d", dst)
	}
	proto := r.proto
	if proto == "all" || proto == "any" {
		proto = ""
	}
	put("-p", proto)
	if proto == "icmp" {
		put("-m icmp --icmp-type", dport)
		return s
	}
	for _, x := range []struct{ opt, ports string }{{"sport", r.sport}, {"dport", dport}} {
		ports := strings.ReplaceAll(x.ports, "-", ":")
		switch {
		case ports == "" || proto == "":
		case strings.Contains(ports, ","):
			put("-m multiport --"+x.opt+"s", ports)
		default:
			put("-m "+proto+" --"+x.opt, ports)
		}
	}
	return s
}

func plainAddr(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	_, err := netip.ParsePrefix(s)
	return err == nil
}

// jump leads packets into the chain of a pair.
func (w *wall) jump(b *builder, name string, z [2]string) {
	in, out := "", ""
	if dev := w.ifaces[z[0]]; dev != "" {
		in = "-i " + dev + " "
	}
	if dev := w.ifaces[z[1]]; dev != "" {
		out = "-o " + dev + " "
	}
	switch {
	case z[1] == "fw":
		b.own("-A INPUT " + in + "-j " + name)
	case z[0] == "fw":
		b.own("-A OUTPUT " + out + "-j " + name)
	case in != "" && out != "":
		b.own("-A FORWARD " + in + out + "-j " + name)
	case in != "" || out != "":
		b.own("-A FORWARD " + in + out + "-j " + name)
	}
}

// pair fills the chain of a pair: known connections, rules, policy.
func (w *wall) pair(b *builder, name string, z [2]string) {
	b.own("-A " + name + " -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT")
	for _, r := range w.rules {
		if !covers(r.src, z[0]) || !covers(r.dst, z[1]) {
			continue
		}
		switch r.action {
		case "DNAT":
			dport := r.dport
			if r.dstPort != "" {
				dport = r.dstPort
			}
			b.from(r.line, "-A "+name+" "+r.match(r.dstAddr, dport)+"-j ACCEPT")
		case "REDIRECT":
			b.from(r.line, "-A "+name+" "+r.match("", r.dstPort)+"-j ACCEPT")
		case "LOG":
		default:
			b.from(r.line, "-A "+name+" "+r.match(r.dstAddr, r.dport)+"-j "+r.action)
		}
	}
	for _, p := range w.pairs {
		if p.chain == name {
			b.own("-A " + name + " " + logRule(p.log))
			if t := target(p.prefix); t != "" {
				b.own("-A " + name + " -j " + t)
			}
			return
		}
	}
	for _, p := range w.policies {
		if covers(p.src, z[0]) && covers(p.dst, z[1]) {
			b.from(p.line, "-A "+name+" -j "+p.action)
			return
		}
	}
}

func covers(rule, zone string) bool {
	return rule == zone || rule == "all" || rule == "all+" || rule == "any"
}

// rest adds the rules of chains that are no single pair: net2all, all2all,
// logflags, FORWARD and INPUT themselves.
func (w *wall) rest(b *builder) {
	done := map[packet.Hook]bool{}
	for _, p := range w.pairs {
		if p.src != "" && p.src != "all" && !strings.HasPrefix(p.dst, "all") {
			continue
		}
		hook := Hook(p.log)
		if !done[hook] {
			b.own(fmt.Sprintf("-A %s -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", hook))
			done[hook] = true
		}
		match := kindMatch(p.prefix.Kind)
		if p.log.In != "" {
			match += "-i " + p.log.In + " "
		}
		if p.log.Out != "" {
			match += "-o " + p.log.Out + " "
		}
		b.own(fmt.Sprintf("-A %s %s%s", hook, match, logRule(p.log)))
		if t := target(p.prefix); t != "" {
			b.own(fmt.Sprintf("-A %s %s-j %s", hook, match, t))
		}
	}
}
