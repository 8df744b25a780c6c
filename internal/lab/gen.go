package lab

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
)

// Features are what [Generate] may use besides the core: the filter table, IPv4,
// the matches and targets that most servers have, packets without fragments
// where connections are tracked.
type Features uint

// The features.
const (
	IPv6       Features = 1 << iota // scenarios of the other family too
	Tables                          // raw, mangle and security, their targets
	NAT                             // the nat table
	Fragments                       // fragments with reassembly
	Extensions                      // the rarer matches and targets
	Sets                            // ipsets
	Waits                           // real time passes: a second or more each
	Routing                         // routes, MTU, rp_filter, martians and the like
	Helpers                         // CT target: helpers, zones, templates
)

// AllFeatures is everything that the generator can draw but [Waits].
const AllFeatures = IPv6 | Tables | NAT | Fragments | Extensions | Sets | Routing | Helpers

// GenOptions say what [Generate] draws.
type GenOptions struct {
	Features Features
	Packets  int // 0 means 30
}

// Generate draws a scenario: a ruleset that iptables-restore takes, and
// conversations that meet it. The same seed and options give the same scenario.
func Generate(seed uint64, o GenOptions) Scenario {
	if o.Packets == 0 {
		o.Packets = 30
	}
	g := &gen{r: rand.New(rand.NewPCG(seed, 0x6e667768)), o: o}
	g.sc.Name = fmt.Sprintf("seed %d", seed)
	g.six = g.has(IPv6) && g.percent(45)
	if g.percent(35) {
		g.sc.Backend = Legacy
	}
	g.w = newWorld(g.six)
	g.topology()
	g.sysctls()
	g.rules()
	g.traffic()
	return g.sc
}

// gen is one drawing.
type gen struct {
	r   *rand.Rand
	o   GenOptions
	sc  Scenario
	six bool // the scenario's family
	w   world
	// tracked is whether some rule switches connection tracking on.
	tracked bool
}

func (g *gen) has(f Features) bool { return g.o.Features&f != 0 }

// percent is true in p of 100 draws.
func (g *gen) percent(p int) bool { return g.r.IntN(100) < p }

// between returns a number from lo to hi, both included.
func (g *gen) between(lo, hi int) int { return lo + g.r.IntN(hi-lo+1) }

// not is "! " in p of 100 draws.
func (g *gen) not(p int) string {
	if g.percent(p) {
		return "! "
	}
	return ""
}

// pick returns one of xs.
func pick[T any](g *gen, xs ...T) T { return xs[g.r.IntN(len(xs))] }

// some returns n to m different ones of xs, in their order.
func some[T any](g *gen, n, m int, xs []T) []T {
	k := min(g.between(n, m), len(xs))
	var out []T
	for i, x := range xs {
		if g.r.IntN(len(xs)-i) < k-len(out) {
			out = append(out, x)
		}
	}
	return out
}

// a weighted alternative; draw may return "" to say that it does not fit.
type weighted[T any] struct {
	weight int
	what   T
}

func pickWeighted[T any](g *gen, xs []weighted[T]) T {
	sum := 0
	for _, x := range xs {
		sum += x.weight
	}
	k := g.r.IntN(sum)
	for _, x := range xs {
		if k -= x.weight; k < 0 {
			return x.what
		}
	}
	panic("lab: weights changed while drawing")
}

// world are the addresses and ports that rules and packets share, so that they meet.
type world struct {
	outside, inside, internet, host []netip.Addr
	// nobody is answered by no one; multicast and broadcast as the family has them.
	broadcast []netip.Addr
	prefixes  []string
	ports     []int
}

func addrs(ss ...string) []netip.Addr {
	as := make([]netip.Addr, len(ss))
	for i, s := range ss {
		as[i] = netip.MustParseAddr(s)
	}
	return as
}

func newWorld(six bool) world {
	w := world{ports: []int{20, 21, 22, 25, 53, 80, 123, 443, 1024, 3594, 5060, 8080, 33333, 40000, 65535, 1, 0}}
	if six {
		w.outside = addrs("fd66:1::2", "fd66:1::7")
		w.inside = addrs("fd66:2::2", "fd66:2::9")
		w.internet = addrs("2001:db8:5::9", "2001:db8:77::200", "2001:db8:5:1::1")
		w.host = addrs("fd66:1::1", "fd66:2::1")
		w.broadcast = addrs("ff02::1", "ff02::fb", "ff05::2", "ff0e::1234", "ff02::1:ff00:1")
		w.prefixes = []string{"fd66:1::/64", "fd66:2::/64", "fd66::/16", "2001:db8::/32", "2001:db8:5::/48", "fd66:1::2",
			"fd66:2::2", "fd66:1::1", "fd66:2::1", "2001:db8:5::9", "ff00::/8", "::1", "::/1", "8000::/1",
			"::2/::ffff", "fd66::7/ffff:0:ffff::ffff"}
		return w
	}
	w.outside = addrs("10.66.1.2", "10.66.1.7")
	w.inside = addrs("10.66.2.2", "10.66.2.9")
	w.internet = addrs("198.51.100.9", "203.0.113.200", "108.162.206.73")
	w.host = addrs("10.66.1.1", "10.66.2.1")
	w.broadcast = addrs("10.66.1.255", "255.255.255.255", "224.0.0.1", "224.0.0.251", "239.1.2.3", "10.66.2.255", "224.0.0.5")
	w.prefixes = []string{"10.66.1.0/24", "10.66.2.0/24", "10.66.0.0/16", "10.0.0.0/8", "198.51.100.0/24", "203.0.113.128/25",
		"10.66.1.2", "10.66.2.2", "10.66.1.1", "10.66.2.1", "198.51.100.9", "108.162.206.73", "127.0.0.0/8", "224.0.0.0/4",
		"128.0.0.0/1", "0.0.0.0/1", "10.66.0.2/255.255.0.255", "0.0.0.7/0.0.0.7", "255.255.255.255"}
	return w
}

func (w *world) all() []netip.Addr {
	var as []netip.Addr
	for _, l := range [][]netip.Addr{w.outside, w.inside, w.internet, w.host} {
		as = append(as, l...)
	}
	return as
}

func (g *gen) topology() {
	if g.six {
		if g.percent(90) {
			g.sc.Routes = append(g.sc.Routes, Route{Dst: netip.MustParsePrefix("::/0"), Via: netip.MustParseAddr("fd66:1::2")})
		}
		return
	}
	if g.percent(90) {
		g.sc.Routes = append(g.sc.Routes, Route{Dst: netip.MustParsePrefix("0.0.0.0/0"), Via: netip.MustParseAddr("10.66.1.2")})
	}
}

// sysctls draws settings. Each is rare, so that most scenarios have the usual ones.
func (g *gen) sysctls() {
	set := func(percent int, key string, values ...string) {
		if g.percent(percent) {
			g.sc.Sysctls = append(g.sc.Sysctls, Sysctl{key, pick(g, values...)})
		}
	}
	const ct = "net.netfilter.nf_conntrack_"
	set(30, ct+"log_invalid", "255", "255", "6", "17", "1", "58")
	set(10, ct+"tcp_loose", "0")
	set(10, ct+"tcp_be_liberal", "1")
	set(10, ct+"tcp_ignore_invalid_rst", "1")
	set(10, ct+"tcp_max_retrans", "0", "1", "2", "5")
	set(10, ct+"checksum", "0")
	set(15, ct+"acct", "1")
	for _, t := range []string{"tcp_timeout_syn_sent", "tcp_timeout_syn_recv", "tcp_timeout_established",
		"tcp_timeout_fin_wait", "tcp_timeout_close_wait", "tcp_timeout_last_ack", "tcp_timeout_time_wait", "tcp_timeout_close",
		"tcp_timeout_max_retrans", "tcp_timeout_unacknowledged", "udp_timeout", "udp_timeout_stream", "icmp_timeout",
		"icmpv6_timeout", "generic_timeout", "gre_timeout", "gre_timeout_stream"} {
		set(4, ct+t, "17", "77", "333", "900")
	}
	if g.six {
		set(8, "net.ipv6.fwmark_reflect", "1")
		set(6, "net.ipv6.conf.all.hop_limit", "31")
		set(6, "net.ipv6.conf.ext.hop_limit", "33")
		return
	}
	set(8, "net.ipv4.fwmark_reflect", "1")
	set(6, "net.ipv4.ip_default_ttl", "31", "255")
	set(6, "net.ipv4.icmp_errors_use_inbound_ifaddr", "1")
	if g.has(Routing) {
		set(10, "net.ipv4.conf.all.rp_filter", "1", "2")
		set(5, "net.ipv4.ip_forward", "0")
		set(5, "net.ipv4.conf.all.accept_local", "1")
		set(5, "net.ipv4.conf.all.route_localnet", "1")
	}
}

// tracks reports whether rules switch connection tracking on (nf_ct_netns_get).
func tracks(rules string) bool {
	for _, w := range []string{"-m state", "-m conntrack", "-m connmark", "-m connlimit", "-m connbytes", "-m connlabel", "-m helper",
		"-m cluster", "-j CONNMARK", "-j CT --zone", "-j CT --helper", "-j SNAT", "-j DNAT", "-j MASQUERADE", "-j REDIRECT", "-j NETMAP", "-j SYNPROXY"} {
		if strings.Contains(rules, w) {
			return true
		}
	}
	return false
}

var featureNames = []struct {
	name string
	f    Features
}{
	{"core", 0}, {"all", AllFeatures}, {"ipv6", IPv6}, {"tables", Tables}, {"nat", NAT}, {"fragments", Fragments},
	{"extensions", Extensions}, {"sets", Sets}, {"waits", Waits}, {"routing", Routing}, {"helpers", Helpers},
}

// ParseFeatures reads words such as "ipv6 nat", "core" or "all"; "" is core.
func ParseFeatures(s string) (Features, error) {
	var f Features
words:
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' }) {
		for _, n := range featureNames {
			if n.name == w {
				f |= n.f
				continue words
			}
		}
		return 0, fmt.Errorf("feature %q (expected core, all, ipv6, tables, nat, fragments, extensions, sets, waits, routing or helpers)", w)
	}
	return f, nil
}
