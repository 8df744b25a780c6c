package host

import (
	"net/netip"
	"strings"

	"github.com/gaissmai/bart"
)

// FIB answers routing questions: the local table, the connected networks of the
// addresses, and the routes given. It is immutable and shared.
type FIB struct {
	routes bart.Table[Route] // what may be routed to, local addresses included
	local  bart.Table[Route] // the kernel's local table: Local and Broadcast only
	host   *Host
	open   bool
	def    string // on an open host: the link that unknown destinations leave by
	groups map[netip.Addr]bool
}

// NewFIB builds the lookup tables of h.
func NewFIB(h *Host) *FIB {
	f := &FIB{host: h, open: h.Open, groups: map[netip.Addr]bool{}}
	f.addLocal(netip.MustParsePrefix("127.0.0.0/8"), "lo", Local)
	f.addLocal(netip.MustParsePrefix("127.255.255.255/32"), "lo", Broadcast)
	f.addLocal(netip.MustParsePrefix("::1/128"), "lo", Local)
	for _, g := range []string{"224.0.0.1", "ff01::1", "ff02::1"} {
		f.groups[netip.MustParseAddr(g)] = true
	}
	for _, r := range reversed(h.Sorted()) {
		f.routes.Insert(r.Dst, r)
	}
	for _, l := range h.Links {
		if !l.Loopback && f.def == "" {
			f.def = l.Name
		}
		for _, p := range l.Addrs {
			f.addAddr(l, p)
		}
	}
	if d, ok := f.routes.Lookup(netip.IPv4Unspecified()); ok && d.Dev != "" {
		f.def = d.Dev
	}
	return f
}

func (f *FIB) addLocal(p netip.Prefix, dev string, k RouteKind) {
	r := Route{Dst: p, Dev: dev, Kind: k}
	f.routes.Insert(p, r)
	f.local.Insert(p, r)
}

// addAddr adds what the kernel adds for an address (net/ipv4/fib_frontend.c:
// fib_add_ifaddr, Linux 6.18: the network address itself is no broadcast).
func (f *FIB) addAddr(l Link, p netip.Prefix) {
	a, dev := p.Addr(), l.Name
	f.addLocal(netip.PrefixFrom(a, a.BitLen()), dev, Local)
	if p.Bits() < a.BitLen() {
		if _, ok := f.routes.Get(p.Masked()); !ok {
			r := Route{Dst: p.Masked(), Dev: dev}
			if a.Is4() { // IPv6 has no preferred source unless asked for (addrconf_prefix_route)
				r.Src = a
			}
			f.routes.Insert(p.Masked(), r)
		}
	}
	if a.Is4() && p.Bits() < 31 {
		f.addLocal(netip.PrefixFrom(lastAddr(p), 32), dev, Broadcast)
	}
	if a.Is6() && !l.NoARP {
		b := a.As16()
		f.groups[netip.AddrFrom16([16]byte{0: 0xff, 1: 2, 11: 1, 12: 0xff, 13: b[13], 14: b[14], 15: b[15]})] = true
	}
}

func lastAddr(p netip.Prefix) netip.Addr {
	b := p.Addr().As4()
	for i := p.Bits(); i < 32; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	return netip.AddrFrom4(b)
}

func reversed(rs []Route) []Route {
	for i, j := 0, len(rs)-1; i < j; i, j = i+1, j-1 {
		rs[i], rs[j] = rs[j], rs[i]
	}
	return rs
}

// Lookup returns the route to dst; ok is false when there is none. On an open
// host what is not known is a unicast route by the first link.
func (f *FIB) Lookup(dst netip.Addr) (Route, bool) {
	if r, ok := f.routes.Lookup(dst); ok {
		if r.Dev == "" && r.Via.IsValid() {
			if g, ok := f.routes.Lookup(r.Via); ok {
				r.Dev = g.Dev
			}
		}
		return r, true
	}
	if f.open {
		r := Route{Dev: f.def}
		if dst.Is4() && dst.As4()[3] == 255 {
			r.Kind = Broadcast // nobody told the networks: this is what such an address mostly is
		}
		return r, true
	}
	return Route{}, false
}

// IsLocal reports whether dst is one of the host's own addresses.
func (f *FIB) IsLocal(dst netip.Addr) bool {
	r, ok := f.local.Lookup(dst)
	return ok && r.Kind == Local
}

// DevOf returns the link that one of the host's own addresses is on.
func (f *FIB) DevOf(a netip.Addr) (dev string, ok bool) {
	r, ok := f.local.Lookup(a)
	return r.Dev, ok && r.Kind == Local
}

// LocalKind is the kind of an address in the kernel's local table, as addrtype
// sees it: Local, Broadcast, Multicast, or Unicast for everything else
// (net/ipv4/fib_frontend.c: __inet_dev_addr_type, Linux 6.18). dev restricts the
// question to addresses of one link, "" to none.
func (f *FIB) LocalKind(a netip.Addr, dev string) RouteKind {
	if a.Is4() {
		b := a.As4()
		if b[0] == 0 || b == [4]byte{255, 255, 255, 255} {
			return Broadcast
		}
	}
	if a.IsMulticast() {
		return Multicast
	}
	if r, ok := f.local.Lookup(a); ok && (dev == "" || dev == r.Dev) {
		return r.Kind
	}
	return Unicast
}

// Member reports whether this host listens to the multicast group. On an open
// host nobody said, and it does.
func (f *FIB) Member(group netip.Addr) bool { return f.open || f.groups[group] }

// Source picks the source address for a packet to dst leaving by dev: the
// route's preferred source, an address of dev in dst's network, dev's first
// address, any link's first address of the family (inet_select_addr).
func (f *FIB) Source(r Route, dst netip.Addr) netip.Addr {
	if r.Kind == Local {
		return dst
	}
	if r.Src.IsValid() && r.Src.Is4() == dst.Is4() {
		return r.Src
	}
	toward := dst
	if r.Via.IsValid() {
		toward = r.Via
	}
	if a := f.AddrOf(r.Dev, toward); a.IsValid() {
		return a
	}
	for _, l := range f.host.Links {
		if !l.Loopback {
			if a := f.AddrOf(l.Name, toward); a.IsValid() {
				return a
			}
		}
	}
	return netip.Addr{}
}

// AddrOf returns the address of dev to speak to toward from: one whose network
// holds it, else the first of the family; invalid when dev has none.
func (f *FIB) AddrOf(dev string, toward netip.Addr) netip.Addr {
	l := f.host.Link(dev)
	if l == nil {
		return netip.Addr{}
	}
	var first netip.Addr
	for _, p := range l.Addrs {
		if p.Addr().Is4() != toward.Is4() {
			continue
		}
		if p.Contains(toward) && !(p.Addr().Is6() && p.Addr().IsLinkLocalUnicast() != toward.IsLinkLocalUnicast()) {
			return p.Addr()
		}
		if !first.IsValid() || first.IsLinkLocalUnicast() && !p.Addr().IsLinkLocalUnicast() {
			first = p.Addr()
		}
	}
	return first
}

// IsLoopback reports whether dev is the loopback device.
func (f *FIB) IsLoopback(dev string) bool {
	if l := f.host.Link(dev); l != nil {
		return l.Loopback
	}
	return dev == "lo"
}

// MTU returns the MTU of dev.
func (f *FIB) MTU(dev string) int {
	if l := f.host.Link(dev); l != nil && l.MTU > 0 {
		return l.MTU
	}
	if f.IsLoopback(dev) {
		return 65536
	}
	return 1500
}

// SysctlInt returns the value of an integer sysctl, or def when it was not set.
// A per-device key (net.ipv4.conf.*.x) may be given with %s for the device; the
// larger of all and the device counts, as for rp_filter.
func (h *Host) SysctlInt(key string, def int) int {
	s, ok := h.Sysctl[key]
	if !ok {
		return def
	}
	n, neg := 0, strings.HasPrefix(s, "-")
	for _, c := range strings.TrimPrefix(strings.TrimSpace(s), "-") {
		if c < '0' || c > '9' {
			return def
		}
		n = n*10 + int(c-'0')
	}
	if neg {
		n = -n
	}
	return n
}
