package diagnose

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"nfwhy/generator"
	"nfwhy/packet"
	"nfwhy/ruleset"
)

// shadowed: a rule would take the packet, but one before it decides.
var shadowed = analyzer{
	cause: "rule-order-shadowed",
	doc:   "a rule that would accept the packet stands behind the one that decides",
	run: func(x *explanation, f *Finding) float64 {
		fx := x.facts()
		if !fx.refused || fx.invalid {
			return 0
		}
		for _, m := range x.near() {
			if !m.later || m.holds == 0 || m.unknown || generator.Inferred(m.rule) {
				continue
			}
			f.Disposition = RulesErr
			f.Title = fmt.Sprintf("An earlier rule decides: %s never gets to see the packet.", ruleName(m.rule, m.chain, m.number))
			f.Summary = fmt.Sprintf("It would accept this %s, but it stands behind the rule that refuses: the packet was %s.", describe(fx.pkt), fx.decider())
			x.blamed = append(x.blamed, m)
			return 0.96
		}
		return 0
	},
}

// wrongChain: the rule meant for the packet is in a chain that it does not pass.
var wrongChain = analyzer{
	cause: "wrong-chain",
	doc:   "the rule is in INPUT for traffic of FORWARD or OUTPUT, or the reverse",
	run: func(x *explanation, f *Finding) float64 {
		fx := x.facts()
		if !fx.refused || fx.invalid || fx.cast {
			return 0
		}
		hook := map[direction]string{inward: "INPUT", through: "FORWARD", outward: "OUTPUT", inside: "INPUT"}[fx.dir]
		for _, m := range x.near() {
			if m.hook.String() == hook || len(m.fails) > 0 || m.holds == 0 || m.unknown || generator.Inferred(m.rule) {
				continue
			}
			other := m.hook.String()
			if m.hook == noHook {
				other = m.chain
			}
			f.Disposition = RulesErr
			f.Title = fmt.Sprintf("The rule meant for this packet is in chain %s; the packet passes %s.", other, hook)
			f.Summary = fmt.Sprintf("%s would take it, but %s. It was %s.", capital(ruleName(m.rule, m.chain, m.number)), whyChain(fx, hook), fx.decider())
			if m.hook == noHook {
				f.Notes = append(f.Notes, "no rule that was given leads into chain "+m.chain)
			}
			x.blamed = append(x.blamed, m)
			if fx.dir == through && !neighbour(fx.dst) && !neighbour(fx.src) {
				return 0.6
			}
			if m.hook == noHook {
				return 0.6
			}
			return 0.84
		}
		return 0
	},
}

func whyChain(fx *facts, hook string) string {
	switch hook {
	case "FORWARD":
		return fmt.Sprintf("IN=%s OUT=%s are both set: the packet goes through this host, not to it", fx.x.scene.in, fx.x.scene.out)
	case "OUTPUT":
		return "IN= is empty: this host sent the packet"
	}
	return "OUT= is empty: the packet is for this host itself"
}

// narrow and wrong: one condition of a rule meant for the packet does not hold.
var (
	tooNarrow = analyzer{cause: "rule-too-narrow", doc: "a restriction to a state, protocol or interface excludes packets that belong",
		run: func(x *explanation, f *Finding) float64 { return nearMiss(x, f, "rule-too-narrow") }}
	wrongValue = analyzer{cause: "wrong-match-value", doc: "the rule is meant right, one value in it is wrong: mask, port, source for destination, protocol",
		run: func(x *explanation, f *Finding) float64 { return nearMiss(x, f, "wrong-match-value") }}
	semantics = analyzer{cause: "rule-semantics", doc: "a match means something other than it seems to: recent, limit, masks that are not contiguous",
		run: func(x *explanation, f *Finding) float64 { return nearMiss(x, f, "rule-semantics") }}
	ownerNoSocket = analyzer{cause: "owner-match-no-socket", doc: "the kernel sends for a socket that is closed, so -m owner finds none",
		run: func(x *explanation, f *Finding) float64 { return nearMiss(x, f, "owner-match-no-socket") }}
)

// nearMiss is the best rule that misses the packet by one condition which has this
// cause.
func nearMiss(x *explanation, f *Finding, cause string) float64 {
	fx := x.facts()
	if !fx.refused || fx.cast && fx.dir == inward {
		return 0
	}
	hook := map[direction]packet.Hook{inward: packet.Input, through: packet.Forward, outward: packet.Output, inside: packet.Input}[fx.dir]
	best, score := miss{}, 0.0
	for _, m := range x.near() {
		if m.hook != hook || len(m.fails) != 1 || m.unknown || generator.Inferred(m.rule) {
			continue
		}
		c, sc := judgeMiss(fx, &m)
		if c == cause && sc > score {
			best, score = m, sc
		}
	}
	if score == 0 {
		return 0
	}
	x.blamed = append(x.blamed, best)
	n := best.fails[0]
	f.Disposition = RulesErr
	saw := n.saw
	if saw == "" {
		saw = "other"
	}
	f.Title = fmt.Sprintf("A rule meant for this packet misses it by one field: %s is %s, the packet has %s.", n.option, strings.TrimSpace(n.want), saw)
	f.Summary = fmt.Sprintf("%s fits in everything else. %s The packet was %s.", capital(ruleName(best.rule, best.chain, best.number)), missNote(fx, n), fx.decider())
	switch cause {
	case "owner-match-no-socket":
		f.Title = "The kernel itself sent this packet: no socket is left that -m owner could find."
		f.Summary = "For a closed connection the kernel repeats FIN, acknowledges or resets by itself; such a packet belongs to no user, so " + ruleName(best.rule, best.chain, best.number) + " does not take it, and the line has no UID=."
	case "rule-semantics":
		f.Title = fmt.Sprintf("%s does not mean what it seems to: it does not hold for this packet.", capital(n.option))
	}
	return score
}

// judgeMiss names the cause that a failed condition would be, and how likely it is
// that the rule was meant for the packet.
func judgeMiss(fx *facts, m *miss) (cause string, score float64) {
	n := m.fails[0]
	others := m.holds
	switch n.option {
	case "-s", "--source", "--src":
		if strings.HasPrefix(n.want, "!") {
			return "", 0
		}
		if sc := nearAddr(n.want, fx.src, others); sc > 0 {
			return "wrong-match-value", sc
		}
	case "-d", "--destination", "--dst":
		if strings.HasPrefix(n.want, "!") {
			return "", 0
		}
		sc := nearAddr(n.want, fx.dst, others)
		if sc == 0 && others > 0 {
			sc = 0.7
		}
		return "wrong-match-value", sc
	case "--dport", "--dports", "--destination-port", "--destination-ports":
		switch {
		case portIn(n.want, fx.sport) && !portIn(n.want, fx.dport):
			return "wrong-match-value", 0.74
		case nearPort(n.want, fx.dport):
			return "wrong-match-value", 0.76
		}
	case "--sport", "--sports", "--source-port", "--source-ports":
		switch {
		case portIn(n.want, fx.dport) && !portIn(n.want, fx.sport):
			return "wrong-match-value", 0.86
		case others > 0:
			return "rule-too-narrow", 0.78
		}
	case "-p", "--protocol", "--proto":
		if others > 0 && hasPortMatch(m.rule) {
			if wrongProtocol(fx) {
				return "wrong-match-value", 0.86
			}
			return "rule-too-narrow", 0.84
		}
	case "-i", "--in-interface", "-o", "--out-interface":
		if strings.TrimSpace(n.want) == "lo" {
			return "", 0
		}
		if others > 0 {
			return "rule-too-narrow", 0.87
		}
	case "--state", "--ctstate":
		if others > 0 && !fx.invalid && !strings.HasPrefix(n.want, "!") {
			return "rule-too-narrow", 0.86
		}
	case "--syn", "--tcp-flags":
		if others > 0 {
			return "rule-too-narrow", 0.5
		}
	case "--mac-source":
		if others > 0 {
			return "wrong-match-value", 0.8
		}
	case "--icmp-type", "--icmpv6-type":
		return "rule-too-narrow", 0.72
	case "-m owner":
		if fx.dir == outward && fx.tcp && (fx.flags&(packet.RST|packet.FIN) != 0 || fx.flags == packet.ACK) {
			return "owner-match-no-socket", 0.97
		}
		return "rule-too-narrow", 0.6
	case "-m recent", "-m limit", "-m hashlimit", "-m connlimit", "-m time", "-m statistic", "-m quota":
		if others > 0 {
			return "rule-semantics", 0.85
		}
	}
	return "", 0
}

// nearAddr says how likely it is that a network was meant to hold an address: they
// are in the same private block or share most of their bits.
func nearAddr(want string, a netip.Addr, others int) float64 {
	want = strings.TrimSpace(want)
	p, err := netip.ParsePrefix(want)
	if err != nil {
		ip, err := netip.ParseAddr(want)
		if err != nil {
			return 0
		}
		p = netip.PrefixFrom(ip, ip.BitLen())
	}
	if p.Addr().Is4() != a.Is4() || p.Bits() == 0 {
		return 0
	}
	common := commonBits(p.Addr(), a)
	same := neighbour(p.Addr()) && neighbour(a) && sameBlock(p.Addr(), a)
	switch {
	case same && common >= 8 && (p.Bits() > 8 || common >= 12):
		if others > 1 {
			return 0.93
		}
		return 0.88
	case common >= 20 && p.Bits() > common && p.Bits() < a.BitLen():
		return 0.8
	}
	return 0
}

func commonBits(a, b netip.Addr) int {
	x, y := a.AsSlice(), b.AsSlice()
	n := 0
	for i := range min(len(x), len(y)) {
		for bit := 7; bit >= 0; bit-- {
			if x[i]>>bit&1 != y[i]>>bit&1 {
				return n
			}
			n++
		}
	}
	return n
}

// blocks are the private networks.
var blocks = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("fd00::/8")}

func sameBlock(a, b netip.Addr) bool {
	for _, p := range blocks {
		if p.Contains(a) && p.Contains(b) {
			return true
		}
	}
	return false
}

// portIn reports whether a list of ports and ranges as in a rule holds a port.
func portIn(want string, port uint16) bool {
	for _, part := range strings.Split(strings.TrimSpace(strings.TrimPrefix(want, "! ")), ",") {
		lo, hi, isRange := strings.Cut(part, ":")
		a, err := strconv.Atoi(lo)
		if err != nil {
			continue
		}
		b := a
		if isRange {
			if b, err = strconv.Atoi(hi); err != nil {
				b = 65535
			}
		}
		if int(port) >= a && int(port) <= b {
			return true
		}
	}
	return false
}

// nearPort reports whether a port looks like a slip of the one in the rule: two
// digits swapped, one doubled or missing, one beside the end of a range.
func nearPort(want string, port uint16) bool {
	for _, part := range strings.Split(strings.TrimSpace(want), ",") {
		lo, hi, isRange := strings.Cut(part, ":")
		if isRange {
			a, _ := strconv.Atoi(lo)
			b, _ := strconv.Atoi(hi)
			if int(port) == a-1 || int(port) == b+1 {
				return true
			}
			continue
		}
		if len(lo) >= 4 && swapped(lo, strconv.Itoa(int(port))) {
			return true
		}
	}
	return false
}

func swapped(a, b string) bool {
	if len(a) != len(b) || a == b {
		return false
	}
	for i := 0; i+1 < len(a); i++ {
		if a[i] != b[i] {
			return a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
		}
	}
	return false
}

func hasPortMatch(r *ruleset.Rule) bool {
	for _, c := range conditions(r) {
		if strings.Contains(c.option, "port") {
			return true
		}
	}
	return false
}

// wrongProtocol reports whether the packet's service is one that uses only the
// packet's protocol.
func wrongProtocol(fx *facts) bool {
	if fx.udp {
		switch fx.dport {
		case 1194, 51820, 500, 4500, 123, 161, 67, 68, 69, 1900, 5353, 27015, 19132, 9987, 3478, 1812, 514:
			return true
		}
		return false
	}
	switch fx.dport {
	case 22, 80, 25, 110, 143, 993, 995, 3306, 5432, 8080, 25565, 3389, 587, 465:
		return true
	}
	return false
}

func missNote(fx *facts, n failed) string {
	switch n.option {
	case "--dport", "--dports":
		if portIn(n.want, fx.sport) {
			return fmt.Sprintf("The number stands in the packet as its source port (SPT=%d); its destination port is %d.", fx.sport, fx.dport)
		}
	case "--sport", "--sports":
		if portIn(n.want, fx.dport) {
			return fmt.Sprintf("The number stands in the packet as its destination port (DPT=%d); its source port is %d, which changes with every connection.", fx.dport, fx.sport)
		}
	case "-s", "-d":
		if p, err := netip.ParsePrefix(strings.TrimSpace(n.want)); err == nil {
			return fmt.Sprintf("%s ends at %s.", p, last(p))
		}
	case "-p":
		return fmt.Sprintf("The rule is for %s, this is %s.", strings.TrimSpace(n.want), protoWord(fx.pkt.Proto))
	case "--state", "--ctstate":
		return fmt.Sprintf("The packet is %s.", stateWord(fx.j.State))
	}
	return ""
}

// last is the highest address of a network.
func last(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}
