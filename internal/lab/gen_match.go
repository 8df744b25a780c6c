package lab

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// matcher draws one -m part; fits says where it may stand.
type matcher struct {
	name string
	need Features
	fits func(p *place) bool
	draw func(g *gen, p *place) string
}

func anywhere(*place) bool { return true }

func withProto(names ...string) func(*place) bool {
	return func(p *place) bool {
		for _, n := range names {
			if p.proto == n {
				return true
			}
		}
		return false
	}
}

var matchers = []weighted[matcher]{
	{30, matcher{"tcp", 0, withProto("tcp"), (*gen).matchTCP}},
	{30, matcher{"udp", 0, withProto("udp"), (*gen).matchUDP}},
	{30, matcher{"icmp", 0, withProto("icmp"), (*gen).matchICMP}},
	{30, matcher{"icmp6", 0, withProto("ipv6-icmp"), (*gen).matchICMPv6}},
	{16, matcher{"state", 0, anywhere, (*gen).matchState}},
	{24, matcher{"conntrack", 0, anywhere, (*gen).matchConntrack}},
	{8, matcher{"limit", 0, anywhere, (*gen).matchLimit}},
	{4, matcher{"comment", 0, anywhere, (*gen).matchComment}},
	{10, matcher{"multiport", 0, withProto("tcp", "udp", "udplite", "sctp", "dccp"), (*gen).matchMultiport}},
	{6, matcher{"length", 0, anywhere, (*gen).matchLength}},
	{6, matcher{"ttl", 0, anywhere, (*gen).matchTTL}},
	{6, matcher{"mark", 0, anywhere, (*gen).matchMark}},
	{6, matcher{"addrtype", 0, anywhere, (*gen).matchAddrtype}},
	{5, matcher{"pkttype", 0, anywhere, (*gen).matchPkttype}},
	{5, matcher{"iprange", 0, anywhere, (*gen).matchIPRange}},
	{5, matcher{"mac", 0, func(p *place) bool { return p.only(atPre | atIn | atFwd) }, (*gen).matchMAC}},
}

// match draws a match that fits, or "".
func (g *gen) match(p *place) string {
	from := matchers
	if g.has(Extensions) && g.percent(45) {
		from = rareMatchers
	}
	for range 4 {
		m := pickWeighted(g, from)
		if m.need&^g.o.Features == 0 && m.fits(p) {
			return m.draw(g, p)
		}
	}
	return ""
}

// port draws a port or a range of ports as options write them.
func (g *gen) port() string {
	switch g.r.IntN(10) {
	case 0:
		return ":1023"
	case 1:
		return "1024:"
	case 2:
		lo := pick(g, g.w.ports...)
		return fmt.Sprintf("%d:%d", lo, g.between(lo, 65535))
	case 3:
		return strconv.Itoa(g.r.IntN(65536))
	}
	return strconv.Itoa(pick(g, g.w.ports...))
}

func (g *gen) matchTCP(*place) string {
	s := "-m tcp"
	if g.percent(30) {
		s += " " + g.not(15) + "--sport " + g.port()
	}
	if g.percent(50) {
		s += " " + g.not(15) + "--dport " + g.port()
	}
	switch {
	case g.percent(15):
		s += " " + g.not(25) + "--syn"
	case g.percent(20):
		flags := []string{"FIN", "SYN", "RST", "PSH", "ACK", "URG"}
		mask := some(g, 1, 6, flags)
		comp := some(g, 0, 2, mask)
		s += fmt.Sprintf(" %s--tcp-flags %s %s", g.not(20), strings.Join(mask, ","), orNone(comp))
	}
	if g.percent(8) {
		s += " " + g.not(30) + "--tcp-option " + strconv.Itoa(pick(g, 1, 2, 2, 3, 4, 5, 8, 254))
	}
	return s
}

func orNone(ss []string) string {
	if len(ss) == 0 {
		return "NONE"
	}
	return strings.Join(ss, ",")
}

func (g *gen) matchUDP(*place) string {
	s := "-m udp"
	if g.percent(35) {
		s += " " + g.not(15) + "--sport " + g.port()
	}
	if g.percent(60) {
		s += " " + g.not(15) + "--dport " + g.port()
	}
	return s
}

func (g *gen) matchICMP(*place) string {
	return "-m icmp " + g.not(15) + "--icmp-type " + pick(g, "8", "0", "3", "3/3", "3/4", "11", "11/0", "12", "13", "14", "5", "any", "17", "42", "8/0", "8/5",
		"echo-request", "destination-unreachable", "port-unreachable", "time-exceeded", "fragmentation-needed", "255")
}

func (g *gen) matchICMPv6(*place) string {
	return "-m icmp6 " + g.not(15) + "--icmpv6-type " + pick(g, "128", "129", "1", "1/4", "1/0", "2", "3", "3/0", "4", "4/1", "133", "134", "135", "136", "139", "143",
		"200", "128/0", "128/7", "echo-request", "destination-unreachable", "packet-too-big", "100")
}

var states = []string{"INVALID", "NEW", "ESTABLISHED", "RELATED", "UNTRACKED"}

func (g *gen) matchState(*place) string {
	if g.percent(40) {
		return "-m state --state " + pick(g, "RELATED,ESTABLISHED", "INVALID", "NEW", "ESTABLISHED", "RELATED")
	}
	return "-m state " + g.not(20) + "--state " + strings.Join(some(g, 1, 3, states), ",")
}

func (g *gen) matchConntrack(p *place) string {
	s := "-m conntrack"
	opt := func(percent int, s2 func() string) {
		if g.percent(percent) {
			s += " " + s2()
		}
	}
	opt(45, func() string {
		return g.not(20) + "--ctstate " + strings.Join(some(g, 1, 3, append([]string{"SNAT", "DNAT"}, states...)), ",")
	})
	opt(20, func() string { return "--ctdir " + pick(g, "ORIGINAL", "REPLY") })
	opt(20, func() string {
		if g.percent(10) {
			return "--ctstatus NONE"
		}
		return g.not(25) + "--ctstatus " + strings.Join(some(g, 1, 3, []string{"EXPECTED", "SEEN_REPLY", "ASSURED", "CONFIRMED"}), ",")
	})
	opt(12, func() string {
		return g.not(25) + "--ctexpire " + pick(g, "0", "0:29", "0:9", "1:100", "100:", "0:1000", "200:433000")
	})
	opt(15, func() string {
		return g.not(20) + "--ctproto " + pick(g, "tcp", "udp", "icmp", "ipv6-icmp", "6", "17", "47")
	})
	for _, o := range []string{"--ctorigsrc", "--ctorigdst", "--ctreplsrc", "--ctrepldst"} {
		opt(8, func() string { return g.not(20) + o + " " + pick(g, g.w.prefixes...) })
	}
	for _, o := range []string{"--ctorigsrcport", "--ctorigdstport", "--ctreplsrcport", "--ctrepldstport"} {
		opt(8, func() string { return g.not(20) + o + " " + g.plainRange(g.port()) })
	}
	if s == "-m conntrack" {
		return s + " --ctstate " + pick(g, "INVALID", "NEW", "ESTABLISHED,RELATED")
	}
	return s
}

// plainRange gives a port range both ends, which the conntrack match wants.
func (g *gen) plainRange(s string) string {
	if strings.HasPrefix(s, ":") {
		s = "0" + s
	}
	if strings.HasSuffix(s, ":") {
		s += "65535"
	}
	return s
}

// matchLimit draws rates at which nothing flows back within a scenario, or so
// high that they never bind: no answer hangs on microseconds.
func (g *gen) matchLimit(*place) string {
	switch g.r.IntN(6) {
	case 0:
		return "-m limit"
	case 1:
		return "-m limit --limit 10000/sec --limit-burst 10000"
	case 2:
		return "-m limit --limit 1/day --limit-burst 1" // legacy has no room for 2 of a day's credit
	}
	return fmt.Sprintf("-m limit --limit %s --limit-burst %d", pick(g, "3/hour", "1/min", "2/minute", "6/hour", "7/hour"), g.between(1, 8))
}

func (g *gen) matchComment(*place) string {
	return "-m comment --comment " + iptQuote(pick(g, "plain", "two words", `a "quoted" word`, `back\slash`, "-j DROP", "#hash", "it's"))
}

func (g *gen) matchMultiport(*place) string {
	var ports []string
	room := g.between(1, 15)
	for room > 0 && len(ports) < 6 {
		if room > 1 && g.percent(25) {
			lo := pick(g, g.w.ports...)
			ports = append(ports, fmt.Sprintf("%d:%d", lo, min(65535, lo+g.between(1, 3000))))
			room -= 2
			continue
		}
		ports = append(ports, strconv.Itoa(pick(g, g.w.ports...)))
		room--
	}
	for i, s := range ports {
		if s == "65535:65535" {
			ports[i] = "65535"
		}
	}
	return "-m multiport " + g.not(20) + pick(g, "--sports ", "--dports ", "--ports ") + strings.Join(ports, ",")
}

func (g *gen) matchLength(*place) string {
	return "-m length " + g.not(25) + "--length " + pick(g, "40", "28", "0:59", "60:100", "41:", ":1000", "44", "60", "100:1500", "0:65535", "80")
}

func (g *gen) matchTTL(*place) string {
	v := pick(g, "1", "62", "63", "64", "65", "128", "254", "255", "2", "0")
	if g.six {
		return "-m hl " + pick(g, "--hl-eq ", "! --hl-eq ", "--hl-lt ", "--hl-gt ") + v
	}
	return "-m ttl " + pick(g, "--ttl-eq ", "! --ttl-eq ", "--ttl-lt ", "--ttl-gt ") + v
}

func (g *gen) matchMark(*place) string {
	return "-m mark " + g.not(25) + "--mark " + pick(g, "0x0", "0x1", "0x5", "0x1/0x1", "0x0/0xff", "0x4/0x4", "0xdeadbeef", "0x100/0xf00")
}

func (g *gen) matchAddrtype(p *place) string {
	types := []string{"UNICAST", "LOCAL", "BROADCAST", "MULTICAST", "ANYCAST", "UNREACHABLE"}
	if !g.six {
		types = append(types, "BLACKHOLE", "PROHIBIT", "UNSPEC")
	}
	list := func() string {
		if g.percent(75) {
			return pick(g, "LOCAL", "BROADCAST", "MULTICAST", "UNICAST")
		}
		return strings.Join(some(g, 1, 3, types), ",")
	}
	if g.six {
		list = func() string { return pick(g, "LOCAL", "MULTICAST", "UNICAST", "LOCAL", "UNICAST") }
	}
	s := "-m addrtype"
	if g.percent(50) {
		s += " " + g.not(20) + "--src-type " + list()
	}
	if s == "-m addrtype" || g.percent(60) {
		s += " " + g.not(20) + "--dst-type " + list()
	}
	switch {
	case g.percent(10) && p.only(atPre|atIn|atFwd):
		s += " --limit-iface-in"
	case g.percent(10) && p.only(atFwd|atOut|atPost):
		s += " --limit-iface-out"
	}
	return s
}

func (g *gen) matchPkttype(*place) string {
	return "-m pkttype " + g.not(25) + "--pkt-type " + pick(g, "unicast", "broadcast", "multicast")
}

func (g *gen) matchIPRange(*place) string {
	side := func(o string) string {
		a, b := pick(g, g.w.all()...), pick(g, g.w.all()...)
		if b.Less(a) {
			a, b = b, a
		}
		return fmt.Sprintf(" %s--%s-range %v-%v", g.not(20), o, a, b)
	}
	s := "-m iprange"
	if g.percent(60) {
		s += side("src")
	}
	if s == "-m iprange" || g.percent(30) {
		s += side("dst")
	}
	return s
}

func (g *gen) matchMAC(*place) string {
	return "-m mac " + g.not(25) + "--mac-source " + pick(g, "02:00:00:00:01:02", "02:00:00:00:02:02", "02:00:00:00:01:07")
}

// family returns v4 or v6 by the scenario's family.
func (g *gen) family(v4, v6 string) string {
	if g.six {
		return v6
	}
	return v4
}

// anyAddr draws an address of the world.
func (g *gen) anyAddr() netip.Addr { return pick(g, g.w.all()...) }
