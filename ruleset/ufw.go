package ruleset

import (
	"regexp"
	"strings"
)

// "ufw status" tells what the user allowed and denied; the chains that ufw puts
// around it are the same on all hosts whose administrator left ufw's own files
// alone. Both are made from it, and the assumption is noted.

// ufwStatus is an "ufw status" being read.
type ufwStatus struct {
	pos                         Pos
	head                        bool // before the rows
	input, output, forward, log string
	rows                        []ufwRow
}

// ufwRow is one rule of ufw.
type ufwRow struct {
	pos         Pos
	text        string
	v6          bool
	action, dir string
	to, from    ufwEnd
	comment     string
	logged      bool
}

// ufwEnd is the "To" or "From" of a rule.
type ufwEnd struct{ addr, ports, proto, iface string }

var (
	ufwRowLine = regexp.MustCompile(`^(?:\[ *\d+\] +)?(.+?) {1,}(ALLOW|DENY|REJECT|LIMIT)(?: (IN|OUT|FWD))? +(.+?) *(?:# *(.*))?$`)
	ufwApp     = regexp.MustCompile(`^([\d,:]+(?:/[a-z]+)?) \(([^)]*)\)`)
	ufwDefault = regexp.MustCompile(`(\w+) \((incoming|outgoing|routed)\)`)
)

// ufwApps are the profiles that packages ship, where the status does not say
// their ports.
var ufwApps = map[string][]string{"OpenSSH": {"22/tcp"}, "Apache": {"80/tcp"}, "Apache Secure": {"443/tcp"}, "Apache Full": {"80,443/tcp"},
	"Nginx HTTP": {"80/tcp"}, "Nginx HTTPS": {"443/tcp"}, "Nginx Full": {"80,443/tcp"}, "WWW": {"80/tcp"}, "WWW Secure": {"443/tcp"},
	"WWW Full": {"80,443/tcp"}, "CUPS": {"631"}, "Samba": {"137,138/udp", "139,445/tcp"}, "Postfix": {"25/tcp"}, "SMTP": {"25/tcp"},
	"Dovecot IMAP": {"143/tcp"}, "Dovecot Secure IMAP": {"993/tcp"}, "Dovecot POP3": {"110/tcp"}, "Dovecot Secure POP3": {"995/tcp"},
	"IMAPS": {"993/tcp"}, "DNS": {"53"}, "Bind9": {"53"}, "SSH": {"22/tcp"}}

// readUfw reads a line of "ufw status"; false when the line is none.
func (p *parser) readUfw(body string, pos Pos) bool {
	if rest, ok := strings.CutPrefix(body, "Status: active"); ok {
		p.ufw = &ufwStatus{pos: pos, head: true, input: "deny", output: "allow", forward: "deny", log: "low"}
		p.f.ufw = p.ufw
		p.ufw.header(strings.ReplaceAll(rest, " / ", "\n"))
		return true
	}
	u := p.ufw
	switch {
	case u == nil:
		return false
	case u.header(body):
		return true
	case strings.HasPrefix(body, "To ") && strings.Contains(body, "Action") || strings.HasPrefix(body, "-- "):
		return true
	}
	m := ufwRowLine.FindStringSubmatch(body)
	if m == nil {
		if !u.head {
			p.ufw = nil
		}
		return false
	}
	u.head = false
	row := ufwRow{pos: pos, text: body, action: m[2], dir: m[3], comment: m[5]}
	to, from := strings.TrimSpace(m[1]), strings.TrimSpace(m[4])
	for _, s := range []*string{&to, &from} {
		row.v6 = row.v6 || strings.Contains(*s, "(v6)") || strings.Count(*s, ":") >= 2
		*s = strings.ReplaceAll(*s, " (v6)", "")
		for _, mark := range []string{" (out)", " (log)", " (log-all)"} {
			if strings.HasSuffix(*s, mark) {
				*s = strings.TrimSuffix(*s, mark)
				row.logged = row.logged || mark != " (out)"
				if mark == " (out)" {
					row.dir = "OUT"
				}
			}
		}
	}
	var ok1, ok2 bool
	var more []string
	row.to, more, ok1 = ufwSide(to)
	row.from, _, ok2 = ufwSide(from)
	if !ok1 || !ok2 {
		p.f.Ignored = append(p.f.Ignored, Line{pos, body, "the ports of this ufw application are not known"})
		return true
	}
	u.rows = append(u.rows, row)
	for _, ports := range more {
		row.to, _, _ = ufwSide(ports)
		u.rows = append(u.rows, row)
	}
	return true
}

// header reads "Logging: on (low)" and "Default: deny (incoming), ...".
func (u *ufwStatus) header(text string) bool {
	found := false
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "Logging: off"):
			u.log, found = "off", true
		case strings.HasPrefix(line, "Logging: on"):
			u.log = strings.Trim(strings.TrimPrefix(line, "Logging: on"), " ()")
			found = true
		case strings.HasPrefix(line, "Default: "):
			for _, m := range ufwDefault.FindAllStringSubmatch(line, -1) {
				switch m[2] {
				case "incoming":
					u.input = m[1]
				case "outgoing":
					u.output = m[1]
				default:
					u.forward = m[1]
				}
			}
			found = true
		case strings.HasPrefix(line, "New profiles:"):
			found = true
		}
	}
	return found
}

// ufwSide reads one side of a rule: "22/tcp", "10.0.0.1 80,443/tcp on eth0",
// "Anywhere", "80/tcp (Nginx HTTP)", "OpenSSH". more are the further ports of an
// application.
func ufwSide(s string) (e ufwEnd, more []string, ok bool) {
	if at, dev, found := strings.Cut(s, " on "); found {
		s, e.iface = at, strings.TrimSpace(dev)
	}
	if m := ufwApp.FindStringSubmatch(s); m != nil {
		s = m[1]
	}
	if ports, found := ufwApps[s]; found {
		s, more = ports[0], ports[1:]
	}
	for _, w := range strings.Fields(s) {
		switch {
		case w == "Anywhere":
		case strings.HasPrefix(w, "Anywhere/"):
			e.proto = strings.TrimPrefix(w, "Anywhere/")
		case addressFamily(w) != 0:
			e.addr = w
			if i := strings.LastIndexByte(w, '/'); i >= 0 && !isNumber(w[i+1:], false) && !strings.Contains(w[i+1:], ".") {
				e.addr, e.proto = w[:i], w[i+1:]
			}
		case w[0] >= '0' && w[0] <= '9':
			e.ports, e.proto, _ = strings.Cut(w, "/")
		default:
			return e, nil, false
		}
	}
	return e, more, true
}

// ufwRules makes the rules of an "ufw status", unless the text has ufw's chains
// anyway.
func (p *parser) ufwRules() {
	u := p.f.ufw
	if u == nil {
		return
	}
	for _, st := range p.stmts {
		if strings.HasPrefix(st.chainName(), "ufw") {
			return
		}
	}
	fams := []int{4}
	for _, r := range u.rows {
		if r.v6 {
			fams = []int{4, 6}
		}
	}
	for _, fam := range fams {
		if p.opt.family == 0 || p.opt.family == fam {
			b := &ufwBuilder{p: p, u: u, fam: fam, name: "ufw"}
			if fam == 6 {
				b.name = "ufw6"
			}
			b.build()
		}
	}
	p.note(u.pos, "the rules around those of ufw status are taken to be as ufw installs them")
}

// ufwBuilder makes statements of one family.
type ufwBuilder struct {
	p    *parser
	u    *ufwStatus
	fam  int
	name string // "ufw" or "ufw6", with which the names of chains begin
}

// rule appends a rule; "@" in the words stands for the prefix of chains.
func (b *ufwBuilder) rule(pos Pos, text, chain, spec string) {
	st := b.stmt(stmtCommand, pos, text)
	st.cmd = command{op: 'A', chain: Word{Text: b.chain(chain), Pos: pos}}
	slab := make([]Word, 0, 64)
	lx := lexer{file: pos.File, s: strings.ReplaceAll(spec, "@", b.name+"-"), line: pos.Line, slab: &slab}
	st.cmd.words = lx.restoreWords()
	for i := range st.cmd.words {
		st.cmd.words[i].Pos = pos
	}
}

func (b *ufwBuilder) chain(name string) string { return strings.ReplaceAll(name, "@", b.name+"-") }

func (b *ufwBuilder) stmt(k stmtKind, pos Pos, text string) *stmt {
	st := b.p.newStmt(k, pos)
	st.style, st.table, st.text, st.family = styleListing, "filter", text, b.fam
	return st
}

func (b *ufwBuilder) declare(name, policy string) {
	b.stmt(stmtChain, b.u.pos, "").chain = &chainLine{name: Word{Text: b.chain(name), Pos: b.u.pos}, policy: Word{Text: policy, Pos: b.u.pos}}
}

func ufwPolicy(word string) string {
	if word == "allow" {
		return "ACCEPT"
	}
	return "DROP"
}

// build makes all chains and rules in ufw's order (ufw 0.36, logging level low).
func (b *ufwBuilder) build() {
	b.p.enter("")
	b.p.cur.told, b.p.cur.family = "filter", b.fam
	u := b.u
	b.declare("INPUT", ufwPolicy(u.input))
	b.declare("FORWARD", ufwPolicy(u.forward))
	b.declare("OUTPUT", ufwPolicy(u.output))
	hooks := []struct{ chain, name, policy string }{{"INPUT", "input", u.input}, {"FORWARD", "forward", u.forward}, {"OUTPUT", "output", u.output}}
	parts := []string{"before-logging", "before", "after", "after-logging", "reject", "track"}
	for _, h := range hooks {
		for _, part := range parts {
			b.declare("@"+part+"-"+h.name, "-")
		}
		b.declare("@user-"+h.name, "-")
		b.declare("@skip-to-policy-"+h.name, "-")
	}
	for _, c := range []string{"logging-deny", "logging-allow", "user-limit", "user-limit-accept", "not-local"} {
		b.declare("@"+c, "-")
	}
	for _, h := range hooks {
		for _, part := range parts {
			b.own(h.chain, "-j @"+part+"-"+h.name)
		}
		b.own("@skip-to-policy-"+h.name, "-j "+map[string]string{"ACCEPT": "ACCEPT", "DROP": "DROP"}[ufwPolicy(h.policy)])
	}
	b.before()
	b.after()
	b.logging(hooks[0].policy, hooks[1].policy)
	for i := range u.rows {
		if r := &u.rows[i]; r.v6 == (b.fam == 6) {
			b.row(r)
		}
	}
	b.own("@user-limit", `-m limit --limit 3/min -j LOG --log-prefix "[UFW LIMIT BLOCK] "`)
	b.own("@user-limit", "-j REJECT")
	b.own("@user-limit-accept", "-j ACCEPT")
}

// own appends a rule that no row of the status stands for.
func (b *ufwBuilder) own(chain, spec string) { b.rule(b.u.pos, b.u.pos.String(), chain, spec) }

func (b *ufwBuilder) before() {
	b.own("@before-input", "-i lo -j ACCEPT")
	b.own("@before-output", "-o lo -j ACCEPT")
	for _, h := range []string{"input", "output", "forward"} {
		b.own("@before-"+h, "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT")
	}
	if b.fam == 6 {
		b.own("@before-input", "-p ipv6-icmp -m icmp6 --icmpv6-type 129 -j ACCEPT")
	}
	b.own("@before-input", "-m conntrack --ctstate INVALID -j @logging-deny")
	b.own("@before-input", "-m conntrack --ctstate INVALID -j DROP")
	if b.fam == 6 {
		b.icmpv6()
	} else {
		for _, h := range []string{"input", "forward"} {
			for _, t := range []string{"3", "11", "12", "8"} {
				b.own("@before-"+h, "-p icmp -m icmp --icmp-type "+t+" -j ACCEPT")
			}
		}
		b.own("@before-input", "-p udp -m udp --sport 67 --dport 68 -j ACCEPT")
		b.own("@before-input", "-j @not-local")
		for _, t := range []string{"LOCAL", "MULTICAST", "BROADCAST"} {
			b.own("@not-local", "-m addrtype --dst-type "+t+" -j RETURN")
		}
		b.own("@not-local", "-m limit --limit 3/min --limit-burst 10 -j @logging-deny")
		b.own("@not-local", "-j DROP")
		b.own("@before-input", "-d 224.0.0.251/32 -p udp -m udp --dport 5353 -j ACCEPT")
		b.own("@before-input", "-d 239.255.255.250/32 -p udp -m udp --dport 1900 -j ACCEPT")
	}
	for _, h := range []string{"input", "output", "forward"} {
		b.own("@before-"+h, "-j @user-"+h)
	}
}

func (b *ufwBuilder) icmpv6() {
	icmp := func(h, types, more string) {
		for _, t := range strings.Fields(types) {
			b.own("@before-"+h, "-p ipv6-icmp -m icmp6 --icmpv6-type "+t+more+" -j ACCEPT")
		}
	}
	icmp("input", "1 2 3 4 128", "")
	icmp("input", "133 134 135 136 141 142", " -m hl --hl-eq 255")
	icmp("output", "1 2 3 4 128 129", "")
	icmp("output", "133 136 135 134 141 142", " -m hl --hl-eq 255")
	icmp("forward", "1 2 3 4 128 129", "")
	b.own("@before-input", "-s fe80::/10 -d fe80::/10 -p udp -m udp --sport 547 --dport 546 -j ACCEPT")
	b.own("@before-input", "-d ff02::fb/128 -p udp -m udp --dport 5353 -j ACCEPT")
	b.own("@before-input", "-d ff02::f/128 -p udp -m udp --dport 1900 -j ACCEPT")
}

func (b *ufwBuilder) after() {
	ports := []string{"udp 137", "udp 138", "tcp 139", "tcp 445", "udp 67", "udp 68"}
	if b.fam == 6 {
		ports = []string{"udp 137", "udp 138", "tcp 139", "tcp 445", "udp 546", "udp 547"}
	}
	for _, pp := range ports {
		proto, port, _ := strings.Cut(pp, " ")
		b.own("@after-input", "-p "+proto+" -m "+proto+" --dport "+port+" -j @skip-to-policy-input")
	}
	if b.fam == 4 {
		b.own("@after-input", "-m addrtype --dst-type BROADCAST -j @skip-to-policy-input")
	}
}

func (b *ufwBuilder) logging(input, forward string) {
	if b.u.log == "off" {
		return
	}
	const limit = "-m limit --limit 3/min --limit-burst 10 "
	b.own("@logging-deny", "-m conntrack --ctstate INVALID "+limit+"-j RETURN")
	b.own("@logging-deny", limit+`-j LOG --log-prefix "[UFW BLOCK] "`)
	b.own("@logging-allow", limit+`-j LOG --log-prefix "[UFW ALLOW] "`)
	if ufwPolicy(input) == "DROP" {
		b.own("@after-logging-input", limit+`-j LOG --log-prefix "[UFW BLOCK] "`)
	}
	if ufwPolicy(forward) == "DROP" {
		b.own("@after-logging-forward", limit+`-j LOG --log-prefix "[UFW BLOCK] "`)
	}
	for _, h := range []struct{ name, policy string }{{"input", b.u.input}, {"output", b.u.output}, {"forward", b.u.forward}} {
		if ufwPolicy(h.policy) == "ACCEPT" {
			b.own("@track-"+h.name, "-p tcp -m conntrack --ctstate NEW -j ACCEPT")
			b.own("@track-"+h.name, "-p udp -m conntrack --ctstate NEW -j ACCEPT")
		}
	}
}

// row makes the rules of one row.
func (b *ufwBuilder) row(r *ufwRow) {
	chain := map[string]string{"": "@user-input", "IN": "@user-input", "OUT": "@user-output", "FWD": "@user-forward"}[r.dir]
	proto := r.to.proto
	if proto == "" {
		proto = r.from.proto
	}
	protos := []string{proto}
	if proto == "" && (r.to.ports != "" || r.from.ports != "") {
		protos = []string{"tcp", "udp"}
	}
	for _, proto := range protos {
		var spec strings.Builder
		put := func(opt, v string) {
			if v != "" {
				spec.WriteString(opt + " " + v + " ")
			}
		}
		put("-s", r.from.addr)
		put("-d", r.to.addr)
		switch r.dir {
		case "OUT":
			put("-o", r.from.iface+r.to.iface)
		case "FWD":
			put("-i", r.from.iface)
			put("-o", r.to.iface)
		default:
			put("-i", r.to.iface+r.from.iface)
		}
		put("-p", proto)
		ufwPorts(&spec, proto, "sport", r.from.ports)
		ufwPorts(&spec, proto, "dport", r.to.ports)
		b.action(r, chain, spec.String(), proto)
	}
}

func ufwPorts(spec *strings.Builder, proto, opt, ports string) {
	switch {
	case ports == "":
	case strings.Contains(ports, ","):
		spec.WriteString("-m multiport --" + opt + "s " + ports + " ")
	default:
		spec.WriteString("-m " + proto + " --" + opt + " " + ports + " ")
	}
}

func (b *ufwBuilder) action(r *ufwRow, chain, spec, proto string) {
	put := func(s string) { b.rule(r.pos, r.text, chain, s) }
	if r.logged {
		word := map[string]string{"ALLOW": "ALLOW", "LIMIT": "LIMIT BLOCK"}[r.action]
		if word == "" {
			word = "BLOCK"
		}
		put(spec + `-m conntrack --ctstate NEW -m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix "[UFW ` + word + `] "`)
	}
	switch r.action {
	case "ALLOW":
		put(spec + "-j ACCEPT")
	case "DENY":
		put(spec + "-j DROP")
	case "REJECT":
		if proto == "tcp" {
			put(spec + "-j REJECT --reject-with tcp-reset")
		} else {
			put(spec + "-j REJECT")
		}
	case "LIMIT":
		put(spec + "-m conntrack --ctstate NEW -m recent --set")
		put(spec + "-m conntrack --ctstate NEW -m recent --update --seconds 30 --hitcount 6 -j @user-limit")
		put(spec + "-j @user-limit-accept")
	}
}
