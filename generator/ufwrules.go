package generator

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// ufwRule is one rule that a user gave to ufw, by command or seen in a status.
type ufwRule struct {
	line   Line
	action string // "allow", "deny", "reject", "limit"
	chain  string // "input", "output", "forward"
	in     string // interfaces
	out    string
	from   ufwEnd
	to     ufwEnd
	proto  string
	log    bool
	six    bool // for IPv6 only; four for IPv4 only, neither for both
	four   bool
	spec   string // instead of all that: the words of a loaded rule
}

// ufwEnd is one side: an address and ports, "" for any.
type ufwEnd struct{ addr, ports, proto string }

// command takes a ufw command or two settings that look like one; false when the
// words are none.
func (c *ufwConfig) command(l Line, cmd string, q *Question) bool {
	w := strings.Fields(cmd)
	for len(w) > 0 && (w[0] == "sudo" || w[0] == "/usr/sbin/ufw" || w[0] == "--force" || w[0] == "--dry-run") {
		if w[0] == "/usr/sbin/ufw" {
			w[0] = "ufw"
			break
		}
		w = w[1:]
	}
	if len(w) < 2 || w[0] != "ufw" {
		return false
	}
	w = w[1:]
	for len(w) > 0 && strings.HasPrefix(w[0], "--") {
		w = w[1:]
	}
	if len(w) == 0 {
		return false
	}
	switch w[0] {
	case "enable", "reload", "disable", "status", "reset", "show", "app":
		return true
	case "logging":
		if len(w) > 1 {
			c.setLevel(w[1])
		}
		return true
	case "default":
		word, dir := "", "incoming"
		for _, x := range w[1:] {
			if x == "allow" || x == "deny" || x == "reject" {
				word = x
			} else {
				dir = x
			}
		}
		c.setDefault(word, dir)
		return true
	}
	r, ok := ufwCommand(w, q)
	if !ok {
		return false
	}
	r.line = l
	if at := slicesIndex(w, "prepend"); at == 0 || slicesIndex(w, "insert") == 0 && len(w) > 1 && w[1] == "1" {
		c.rules = append([]ufwRule{r}, c.rules...)
		return true
	}
	c.rules = append(c.rules, r)
	return true
}

func slicesIndex(w []string, s string) int {
	for i, x := range w {
		if x == s {
			return i
		}
	}
	return -1
}

// ufwCommand reads what follows "ufw": [route] [insert N|prepend] ACTION [in|out]
// [on IFACE] [log|log-all] and either PORT[/PROTO] or the words proto, from, to,
// port, app.
func ufwCommand(w []string, q *Question) (r ufwRule, ok bool) {
	r.chain = "input"
	for len(w) > 0 {
		switch w[0] {
		case "rule", "prepend":
			w = w[1:]
			continue
		case "route":
			r.chain, w = "forward", w[1:]
			continue
		case "insert":
			w = w[min(2, len(w)):]
			continue
		}
		break
	}
	if len(w) == 0 {
		return r, false
	}
	switch w[0] {
	case "allow", "deny", "reject", "limit":
		r.action, w = w[0], w[1:]
	default:
		return r, false
	}
	simple := true
	dir := ""
	side := &r.to
	for i := 0; i < len(w); i++ {
		next := ""
		if i+1 < len(w) {
			next = w[i+1]
		}
		switch w[i] {
		case "in", "out":
			dir = w[i]
			if dir == "out" && r.chain == "input" {
				r.chain = "output"
			}
		case "on":
			if dir == "out" {
				r.out = next
			} else {
				r.in = next
			}
			i++
		case "log", "log-all":
			r.log = true
		case "comment":
			i = len(w)
		case "proto":
			r.proto, simple = next, false
			i++
		case "from", "to":
			side, simple = &r.from, false
			if w[i] == "to" {
				side = &r.to
			}
			if next != "any" {
				a, good := q.prefix(next)
				if !good {
					return r, false
				}
				side.addr = a
			}
			i++
		case "port":
			side.ports, simple = next, false
			i++
		case "app":
			next = strings.Trim(next, `"'`)
			p, good := ufwApps[next]
			if !good {
				return r, false
			}
			side.ports, side.proto, _ = strings.Cut(p[0], "/")
			simple = false
			i++
		default:
			if !simple || !r.port(strings.Trim(strings.Join(w[i:], " "), `"'`), w[i]) {
				return r, false
			}
		}
	}
	if r.proto == "" {
		r.proto = r.to.proto
	}
	r.four, r.six = isFour(r.from.addr+r.to.addr), isSix(r.from.addr+r.to.addr)
	return r, true
}

// port reads the simple form: 22, 22/tcp, 6000:6007/tcp, ssh, "Nginx Full".
func (r *ufwRule) port(rest, word string) bool {
	if p, ok := ufwApps[rest]; ok {
		word = p[0]
	} else if p, ok := ufwApps[word]; ok {
		word = p[0]
	}
	ports, proto, _ := strings.Cut(word, "/")
	if n, ok := serviceNames[ports]; ok {
		ports = strconv.Itoa(n)
	}
	if ports == "" || ports[0] < '0' || ports[0] > '9' {
		return false
	}
	if _, err := netip.ParsePrefix(word); err == nil {
		return false
	}
	r.to.ports, r.to.proto = ports, proto
	return true
}

func isFour(s string) bool { return strings.Contains(s, ".") }
func isSix(s string) bool  { return strings.Contains(s, ":") }

var serviceNames = map[string]int{"ssh": 22, "http": 80, "https": 443, "smtp": 25, "domain": 53, "ftp": 21, "imap": 143, "imaps": 993,
	"pop3": 110, "pop3s": 995, "openssh": 22, "ntp": 123, "telnet": 23, "mysql": 3306, "postgresql": 5432}

// ufwApps are the profiles that packages ship.
var ufwApps = map[string][]string{"OpenSSH": {"22/tcp"}, "Apache": {"80/tcp"}, "Apache Secure": {"443/tcp"}, "Apache Full": {"80,443/tcp"},
	"Nginx HTTP": {"80/tcp"}, "Nginx HTTPS": {"443/tcp"}, "Nginx Full": {"80,443/tcp"}, "WWW": {"80/tcp"}, "WWW Secure": {"443/tcp"},
	"WWW Full": {"80,443/tcp"}, "CUPS": {"631"}, "Samba": {"137,138/udp", "139,445/tcp"}, "Postfix": {"25/tcp"}, "SMTP": {"25/tcp"},
	"Dovecot IMAP": {"143/tcp"}, "Dovecot Secure IMAP": {"993/tcp"}, "Dovecot POP3": {"110/tcp"}, "Dovecot Secure POP3": {"995/tcp"},
	"IMAPS": {"993/tcp"}, "DNS": {"53"}, "Bind9": {"53"}, "SSH": {"22/tcp"}}

var ufwRowPattern = regexp.MustCompile(`^(?:\[ *\d+\] *)?(.+?)\s+(ALLOW|DENY|REJECT|LIMIT)(?: (IN|OUT|FWD))?\s+(.+?)\s*(?:#.*)?$`)

// ufwStatusRow reads a row "To  Action  From" of a status.
func ufwStatusRow(l Line, q *Question) (r ufwRule, ok bool) {
	m := ufwRowPattern.FindStringSubmatch(strings.TrimSpace(strings.TrimLeft(l.Text, "> ")))
	if m == nil {
		return r, false
	}
	r.line, r.action = l, strings.ToLower(m[2])
	r.chain = map[string]string{"": "input", "IN": "input", "OUT": "output", "FWD": "forward"}[m[3]]
	to, from := m[1], m[4]
	r.six = strings.Contains(to+from, "(v6)")
	for _, s := range []*string{&to, &from} {
		*s = strings.ReplaceAll(*s, "(v6)", "")
		for _, mark := range []string{"(out)", "(log)", "(log-all)"} {
			if strings.Contains(*s, mark) {
				*s = strings.ReplaceAll(*s, mark, "")
				r.log = r.log || mark != "(out)"
				if mark == "(out)" {
					r.chain = "output"
				}
			}
		}
	}
	var toDev, fromDev string
	r.to, toDev, ok = ufwSide(to, q)
	if !ok {
		return r, false
	}
	r.from, fromDev, ok = ufwSide(from, q)
	if !ok {
		return r, false
	}
	switch r.chain {
	case "output":
		r.out = fromDev + toDev
	case "forward":
		r.in, r.out = fromDev, toDev
	default:
		r.in = toDev + fromDev
	}
	r.proto = r.to.proto
	if r.proto == "" {
		r.proto = r.from.proto
	}
	r.four = isFour(r.from.addr + r.to.addr)
	r.six = r.six || isSix(r.from.addr+r.to.addr)
	return r, true
}

// ufwSide reads one column of a row.
func ufwSide(s string, q *Question) (e ufwEnd, dev string, ok bool) {
	s = strings.TrimSpace(s)
	if at, d, found := strings.Cut(s, " on "); found {
		s, dev = at, strings.TrimSpace(d)
	}
	if i := strings.IndexByte(s, '('); i > 0 {
		s = strings.TrimSpace(s[:i])
	}
	if p, found := ufwApps[s]; found {
		s = p[0]
	}
	for _, w := range strings.Fields(s) {
		switch {
		case w == "Anywhere":
			continue
		case strings.HasPrefix(w, "Anywhere/"):
			e.proto = strings.TrimPrefix(w, "Anywhere/")
			continue
		}
		if a, good := q.prefix(w); good {
			e.addr = a
			continue
		}
		if at, proto, found := strings.Cut(w, "/"); found && !isNumber(proto) {
			if a, good := q.prefix(at); good {
				e.addr, e.proto = a, proto
				continue
			}
		}
		if w[0] < '0' || w[0] > '9' || strings.Trim(w, "0123456789,:/tcpudaheslnr") != "" {
			return e, dev, false
		}
		e.ports, e.proto, _ = strings.Cut(w, "/")
	}
	return e, dev, s != ""
}

func isNumber(s string) bool {
	_, err := strconv.Atoi(s)
	return err == nil
}

// prefix reads an address or network, also one that the text blanks. Host bits
// are cut off, as ufw does.
func (q *Question) prefix(s string) (string, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked().String(), true
	}
	if a, err := netip.ParseAddr(s); err == nil {
		return a.String(), true
	}
	if q.Address != nil {
		if a, ok := q.Address(s); ok {
			return a.String(), true
		}
	}
	return "", false
}

// write adds the rule to the text of a model, as ufw's backend makes it.
func (r ufwRule) write(b *builder, pre string, fam int) {
	if fam == 4 && r.six || fam == 6 && r.four {
		return
	}
	chain := pre + "-user-" + r.chain
	if r.spec != "" {
		b.from(r.line, "-A "+chain+" "+r.spec)
		return
	}
	protos := []string{r.proto}
	if r.proto == "" && (r.to.ports != "" || r.from.ports != "") {
		protos = []string{"tcp", "udp"}
	}
	for _, proto := range protos {
		spec := r.match(proto)
		if r.log {
			verb := "ALLOW"
			if r.action == "deny" || r.action == "reject" {
				verb = "BLOCK"
			}
			b.from(r.line, fmt.Sprintf(`-A %s-user-logging-%s %s-m conntrack --ctstate NEW -m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix "[UFW %s] "`, pre, r.chain, spec, verb))
			b.from(r.line, fmt.Sprintf(`-A %s-user-logging-%s %s-j RETURN`, pre, r.chain, spec))
		}
		switch r.action {
		case "allow":
			b.from(r.line, fmt.Sprintf("-A %s %s-j ACCEPT", chain, spec))
		case "deny":
			b.from(r.line, fmt.Sprintf("-A %s %s-j DROP", chain, spec))
		case "reject":
			how := "-j REJECT"
			if proto == "tcp" {
				how = "-j REJECT --reject-with tcp-reset"
			}
			b.from(r.line, fmt.Sprintf("-A %s %s%s", chain, spec, how))
		case "limit":
			b.from(r.line, fmt.Sprintf("-A %s %s-m conntrack --ctstate NEW -m recent --set", chain, spec))
			b.from(r.line, fmt.Sprintf("-A %s %s-m conntrack --ctstate NEW -m recent --update --seconds 30 --hitcount 6 -j %s-user-limit", chain, spec, pre))
			b.from(r.line, fmt.Sprintf("-A %s %s-j %s-user-limit-accept", chain, spec, pre))
		}
	}
}

// match is the part of the rule in front of its target.
func (r ufwRule) match(proto string) string {
	var s strings.Builder
	put := func(opt, v string) {
		if v != "" {
			s.WriteString(opt + " " + v + " ")
		}
	}
	put("-s", r.from.addr)
	put("-d", r.to.addr)
	put("-i", r.in)
	put("-o", r.out)
	put("-p", proto)
	for _, side := range []struct{ opt, ports string }{{"sport", r.from.ports}, {"dport", r.to.ports}} {
		switch {
		case side.ports == "" || proto == "":
		case strings.Contains(side.ports, ","):
			put("-m multiport --"+side.opt+"s", side.ports)
		default:
			put("-m "+proto+" --"+side.opt, side.ports)
		}
	}
	return s.String()
}
