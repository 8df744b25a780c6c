package lab

// targeter draws one -j part.
type targeter struct {
	name string
	need Features
	fits func(p *place) bool
	draw func(g *gen, p *place) string
}

func inTable(names ...string) func(*place) bool {
	return func(p *place) bool {
		for _, n := range names {
			if p.table == n {
				return true
			}
		}
		return false
	}
}

func verdict(s string) func(*gen, *place) string {
	return func(*gen, *place) string { return "-j " + s }
}

var targeters = []weighted[targeter]{
	{24, targeter{"ACCEPT", 0, anywhere, verdict("ACCEPT")}},
	{12, targeter{"DROP", 0, func(p *place) bool { return p.table != "nat" }, verdict("DROP")}},
	{6, targeter{"RETURN", 0, anywhere, verdict("RETURN")}},
	{18, targeter{"jump", 0, func(p *place) bool { return len(p.callable) > 0 }, (*gen).jump}},
	{22, targeter{"REJECT", 0, inTable("filter"), (*gen).targetREJECT}},
	{30, targeter{"LOG", 0, anywhere, (*gen).targetLOG}},
	{8, targeter{"MARK", 0, anywhere, (*gen).targetMARK}},
	{8, targeter{"none", 0, anywhere, func(*gen, *place) string { return "" }}},
}

func (g *gen) target(p *place) string {
	from := targeters
	if g.o.Features&(Extensions|Tables) != 0 && g.percent(40) {
		from = rareTargeters
	}
	for range 8 {
		t := pickWeighted(g, from)
		if t.need&^g.o.Features == 0 && t.fits(p) {
			return t.draw(g, p)
		}
	}
	return ""
}

func (g *gen) jump(p *place) string {
	return pick(g, "-j ", "-j ", "-j ", "-g ") + pick(g, p.callable...)
}

var (
	rejects4 = []string{"icmp-net-unreachable", "icmp-host-unreachable", "icmp-port-unreachable", "icmp-proto-unreachable",
		"icmp-net-prohibited", "icmp-host-prohibited", "icmp-admin-prohibited"}
	rejects6 = []string{"icmp6-no-route", "icmp6-adm-prohibited", "icmp6-addr-unreachable", "icmp6-port-unreachable",
		"icmp6-policy-fail", "icmp6-reject-route"}
)

func (g *gen) targetREJECT(p *place) string {
	if p.proto == "tcp" && g.percent(60) {
		return "-j REJECT --reject-with tcp-reset"
	}
	if g.percent(25) {
		return "-j REJECT"
	}
	if g.six {
		return "-j REJECT --reject-with " + pick(g, rejects6...)
	}
	return "-j REJECT --reject-with " + pick(g, rejects4...)
}

func (g *gen) targetLOG(*place) string {
	s := "-j LOG"
	if g.percent(70) {
		s += " --log-prefix " + iptQuote(pick(g, "IN: ", "UNKNOWN_OUTGOING: ", "drop", "[UFW BLOCK] ", `q"uote `, `back\slash `, "100% ", "IN=x OUT=y "))
	}
	if g.percent(40) {
		s += " --log-level " + pick(g, "4", "5", "6", "7", "info", "debug", "notice", "warning", "3", "error")
	}
	for _, o := range []string{"--log-tcp-sequence", "--log-tcp-options", "--log-ip-options", "--log-uid", "--log-macdecode"} {
		if g.percent(25) {
			s += " " + o
		}
	}
	return s
}

func (g *gen) targetMARK(*place) string {
	v := pick(g, "0x1", "0x5", "0x0", "0x100", "0xdeadbeef", "0x4")
	return "-j MARK " + pick(g, "--set-mark ", "--set-xmark ", "--or-mark ", "--and-mark ", "--xor-mark ") + v
}
