package host

import (
	"fmt"
	"net/netip"
	"sort"
	"strings"

	"nfwhy/packet"
	"nfwhy/ruleset"
)

// Backend is which of iptables' two kernel sides holds the rules.
type Backend uint8

// The back ends. The zero value is nft, what current distributions install.
const (
	NFT    Backend = iota // iptables-nft: nf_tables
	Legacy                // iptables-legacy: x_tables
)

// Link is a network interface.
type Link struct {
	Name     string
	MAC      []byte // nil when not known
	MTU      int    // 0 means 1500
	Loopback bool
	Ethernet bool // has a 14-byte link header
	NoARP    bool // asks nobody for link addresses, and joins no group to be asked
	Addrs    []netip.Prefix
}

// RouteKind is a route's type, as `ip route` names it.
type RouteKind uint8

// The kinds of routes that change what becomes of a packet.
const (
	Unicast RouteKind = iota
	Local
	Broadcast
	Multicast
	Blackhole
	Unreachable
	Prohibit
)

// Route is one entry of the routing table.
type Route struct {
	Dst    netip.Prefix
	Via    netip.Addr // invalid: on link
	Dev    string
	Src    netip.Addr // preferred source; invalid: chosen from Dev's addresses
	Metric int
	Kind   RouteKind
}

// Inference is a fact about the host that was concluded, not told.
type Inference struct{ Fact, From string }

// Host is the description of one computer. The zero value has no rules, no
// addresses and the sysctls of a current kernel.
type Host struct {
	Rules4, Rules6 *ruleset.Ruleset
	Sets           []*ruleset.Set
	Links          []Link
	Routes         []Route
	// Sysctl holds what differs from a current kernel's defaults, by full name
	// (net.netfilter.nf_conntrack_tcp_loose, net.ipv4.ip_forward ...).
	Sysctl   map[string]string
	Backend  Backend
	Kernel   string // "" means 6.18
	Inferred []Inference
	// Open means that addresses and routes are not completely known, so that an
	// address not listed may still be the host's and any destination is reachable.
	Open bool
}

// Rules returns the rules of a family, nil for none.
func (h *Host) Rules(f packet.Family) *ruleset.Ruleset {
	if f == packet.IPv6 {
		return h.Rules6
	}
	return h.Rules4
}

// Link returns the link of that name, nil for none.
func (h *Host) Link(name string) *Link {
	for i := range h.Links {
		if h.Links[i].Name == name {
			return &h.Links[i]
		}
	}
	return nil
}

// AddLink returns the link of that name, made if it is not there yet.
func (h *Host) AddLink(name string) *Link {
	if l := h.Link(name); l != nil {
		return l
	}
	h.Links = append(h.Links, Link{Name: name, Loopback: name == "lo", Ethernet: name != "lo" && !isPointToPoint(name)})
	return &h.Links[len(h.Links)-1]
}

// isPointToPoint reports names of links that by custom carry no link header.
func isPointToPoint(name string) bool {
	for _, p := range []string{"tun", "ppp", "wg", "sit", "gre", "ipip", "tunl", "ip6tnl", "wwan"} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

// AddAddr adds an address in the form of --addr: ADDR[/PREFIX]@IFACE.
func (h *Host) AddAddr(s string) error {
	a, dev, ok := strings.Cut(s, "@")
	if !ok || dev == "" {
		return fmt.Errorf("address %q (expected ADDR/PREFIX@IFACE, e.g. 192.0.2.1/24@eth0)", s)
	}
	p, err := netip.ParsePrefix(a)
	if err != nil {
		ip, err2 := netip.ParseAddr(a)
		if err2 != nil {
			return fmt.Errorf("address %q (expected ADDR/PREFIX@IFACE, e.g. 192.0.2.1/24@eth0)", s)
		}
		p = netip.PrefixFrom(ip, ip.BitLen())
	}
	l := h.AddLink(dev)
	for _, have := range l.Addrs {
		if have == p {
			return nil
		}
	}
	l.Addrs = append(l.Addrs, p)
	return nil
}

// AddRoute adds a route in the words of `ip route`: CIDR|default [via GW] [dev
// IFACE] [src ADDR] [metric N], or a kind first (blackhole, unreachable ...).
func (h *Host) AddRoute(s string) error {
	r, ok := ParseRoute(s)
	if !ok {
		return fmt.Errorf("route %q (expected the words of ip route: CIDR [via GW] dev IFACE)", s)
	}
	if r.Dev != "" {
		h.AddLink(r.Dev)
	}
	h.Routes = append(h.Routes, r)
	return nil
}

var routeKinds = map[string]RouteKind{"unicast": Unicast, "local": Local, "broadcast": Broadcast, "multicast": Multicast,
	"blackhole": Blackhole, "unreachable": Unreachable, "prohibit": Prohibit}

// ParseRoute reads one line of `ip route`; words it does not know are passed
// over with their values.
func ParseRoute(s string) (Route, bool) {
	w := strings.Fields(s)
	var r Route
	if len(w) == 0 {
		return r, false
	}
	if k, ok := routeKinds[w[0]]; ok && len(w) > 1 {
		r.Kind, w = k, w[1:]
	}
	six := false
	for _, x := range w[1:] {
		six = six || strings.Contains(x, ":")
	}
	switch p, err := netip.ParsePrefix(w[0]); {
	case err == nil:
		r.Dst = p.Masked()
	case w[0] == "default" || w[0] == "0/0":
		if six {
			r.Dst = netip.PrefixFrom(netip.IPv6Unspecified(), 0)
		} else {
			r.Dst = netip.PrefixFrom(netip.IPv4Unspecified(), 0)
		}
	default:
		a, err := netip.ParseAddr(w[0])
		if err != nil {
			return r, false
		}
		r.Dst = netip.PrefixFrom(a, a.BitLen())
	}
	for i := 1; i+1 < len(w); i += 2 {
		var err error
		switch w[i] {
		case "via":
			r.Via, err = netip.ParseAddr(w[i+1])
		case "dev":
			r.Dev = w[i+1]
		case "src":
			r.Src, err = netip.ParseAddr(w[i+1])
		case "metric":
			_, err = fmt.Sscan(w[i+1], &r.Metric)
		case "onlink", "linkdown", "dead":
			i--
		}
		if err != nil {
			return r, false
		}
	}
	return r, r.Dev != "" || r.Via.IsValid() || r.Kind >= Blackhole
}

// Sorted puts the routes in the order in which the kernel prefers them: longest
// prefix, then lowest metric, then as given.
func (h *Host) Sorted() []Route {
	rs := append([]Route(nil), h.Routes...)
	sort.SliceStable(rs, func(i, j int) bool {
		if a, b := rs[i].Dst.Bits(), rs[j].Dst.Bits(); a != b {
			return a > b
		}
		return rs[i].Metric < rs[j].Metric
	})
	return rs
}
