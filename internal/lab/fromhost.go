package lab

import (
	"fmt"
	"net/netip"
	"slices"
	"sort"

	"nfwhy/host"
)

// FromHost returns the scenario of a described host, without steps: its links as
// TAP devices, so all with Ethernet headers. What a description leaves open gets
// a value: MAC addresses are made up; where routes are not completely known,
// everything else is reached by the first link.
func FromHost(h *host.Host) (Scenario, error) {
	s := Scenario{Links: []Link{}}
	if h.Backend == host.Legacy {
		s.Backend = Legacy
	}
	for i := range h.Links {
		l := &h.Links[i]
		addrs := slices.DeleteFunc(slices.Clone(l.Addrs), func(p netip.Prefix) bool { return !assignable(p.Addr()) })
		if l.Loopback {
			for _, p := range addrs {
				s.Routes = append(s.Routes, Route{Kind: "local", Dst: netip.PrefixFrom(p.Addr(), p.Addr().BitLen()), Dev: "lo"})
			}
			continue
		}
		n := byte(len(s.Links) + 1)
		mac := Hex(l.MAC)
		if !MACOfHost(mac) {
			mac = Hex{2, 0, 0, 1, n, 1}
		}
		s.Links = append(s.Links, Link{Name: l.Name, MAC: mac, MTU: min(l.MTU, 65521), Addrs: addrs})
	}
	s.addRoutes(h)
	for k, v := range h.Sysctl {
		s.Sysctls = append(s.Sysctls, Sysctl{k, v})
	}
	sort.Slice(s.Sysctls, func(i, j int) bool { return s.Sysctls[i].Key < s.Sysctls[j].Key })
	var b []byte
	for _, set := range h.Sets {
		b = set.AppendSave(b)
	}
	s.Sets = string(b)
	s.Rules4 = string(h.Rules4.AppendSave(nil, nil, false))
	s.Rules6 = string(h.Rules6.AppendSave(nil, nil, false))
	if err := s.Validate(); err != nil {
		return Scenario{}, fmt.Errorf("host: %w", err)
	}
	return s, nil
}

// MACOfHost reports whether a link can have the hardware address
// (include/linux/etherdevice.h: is_valid_ether_addr).
func MACOfHost(mac []byte) bool {
	return len(mac) == 6 && mac[0]&1 == 0 && string(mac) != "\x00\x00\x00\x00\x00\x00"
}

// assignable reports whether a link can have the address: the kernel refuses
// others, which no host has but evidence may seem to say.
func assignable(a netip.Addr) bool {
	if a.Is4() {
		b := a.As4()
		return b[0] != 0 && b[0] != 127 && b[0] < 224
	}
	return !a.IsUnspecified() && !a.IsMulticast() && !a.IsLoopback() && !a.Is4In6()
}

// kindNames are the words for kinds of routes.
var kindNames = map[host.RouteKind]string{host.Unicast: "", host.Local: "local", host.Broadcast: "broadcast", host.Multicast: "multicast",
	host.Blackhole: "blackhole", host.Unreachable: "unreachable", host.Prohibit: "prohibit"}

// addRoutes takes over the routes that do not come with addresses, those that
// others go by first.
func (s *Scenario) addRoutes(h *host.Host) {
	var via []Route
	for _, r := range h.Routes {
		n := Route{Kind: kindNames[r.Kind], Dst: r.Dst, Via: r.Via, Dev: r.Dev, Src: r.Src, Metric: r.Metric}
		switch {
		case s.connected(n), r.Dst.Addr().IsLinkLocalUnicast(), r.Dst.Addr().IsMulticast():
		case n.Via.IsValid():
			via = append(via, n)
		default:
			s.Routes = append(s.Routes, n)
		}
	}
	for _, r := range via {
		// The link asks nobody, so a router that lies on none of the networks is as
		// good as none; the kernel would not take it.
		if r.Dev != "" && !s.onLink(r.Via) {
			r.Via = netip.Addr{}
		}
		s.Routes = append(s.Routes, r)
	}
	if !h.Open || len(s.Links) == 0 {
		return
	}
	for _, all := range []netip.Prefix{netip.PrefixFrom(netip.IPv4Unspecified(), 0), netip.PrefixFrom(netip.IPv6Unspecified(), 0)} {
		if !s.routed(all) {
			s.Routes = append(s.Routes, Route{Dst: all, Dev: s.Links[0].Name})
		}
	}
}

// connected reports whether the kernel adds r by itself for an address.
func (s *Scenario) connected(r Route) bool {
	if r.Via.IsValid() || r.Kind != "" {
		return false
	}
	for _, l := range s.Links {
		for _, p := range l.Addrs {
			if l.Name == r.Dev && p.Masked() == r.Dst {
				return true
			}
		}
	}
	return false
}

// onLink reports whether a router is reached without another.
func (s *Scenario) onLink(a netip.Addr) bool {
	for _, l := range s.AllLinks() {
		for _, p := range l.Addrs {
			if p.Contains(a) && p.Addr() != a {
				return true
			}
		}
	}
	for _, r := range s.Routes {
		if !r.Via.IsValid() && r.Kind == "" && r.Dst.Contains(a) {
			return true
		}
	}
	return false
}

// routed reports whether there is a route to exactly dst.
func (s *Scenario) routed(dst netip.Prefix) bool {
	return slices.ContainsFunc(s.Routes, func(r Route) bool { return r.Dst == dst })
}

// WithPeers returns s with somebody at the other end of every link, and with a
// default route to the first of them for each family that has none: a host to
// live in. Links of one address alone get a peer by a route of its own.
func (s Scenario) WithPeers() Scenario {
	s = s.Clone()
	s.Links = slices.Clone(s.AllLinks())
	for i := range s.Links {
		l := &s.Links[i]
		l.Peers = slices.Clone(l.Peers)
		for _, p := range l.Addrs {
			if l.peer(p.Addr().Is6()).IsValid() {
				continue
			}
			a := neighbour(p)
			if !a.IsValid() {
				a = madeUpPeer(p.Addr().Is6(), byte(i+1))
				s.Routes = append([]Route{{Dst: netip.PrefixFrom(a, a.BitLen()), Dev: l.Name}}, s.Routes...)
			}
			l.Peers = append(l.Peers, Peer{a, Hex{2, 0, 0, 1, byte(i + 1), 2}})
		}
	}
	s.defaultRoutes()
	return s
}

// peer is the first peer of a family, invalid for none.
func (l *Link) peer(six bool) netip.Addr {
	for _, p := range l.Peers {
		if p.Addr.Is6() == six {
			return p.Addr
		}
	}
	return netip.Addr{}
}

// neighbour is another host's address in p, invalid when there is no room.
func neighbour(p netip.Prefix) netip.Addr {
	if p.Bits() > p.Addr().BitLen()-2 {
		return netip.Addr{}
	}
	for _, a := range []netip.Addr{p.Addr().Next(), p.Addr().Prev()} {
		if p.Contains(a) && a != p.Masked().Addr() && p.Contains(a.Next()) {
			return a
		}
	}
	return netip.Addr{}
}

func madeUpPeer(six bool, n byte) netip.Addr {
	if six {
		return netip.AddrFrom16([16]byte{0: 0xfd, 1: 0x66, 2: 0xff, 3: n, 15: 2})
	}
	return netip.AddrFrom4([4]byte{169, 254, n, 2})
}

// defaultRoutes makes default routes go by peers.
func (s *Scenario) defaultRoutes() {
	for _, all := range []netip.Prefix{netip.PrefixFrom(netip.IPv4Unspecified(), 0), netip.PrefixFrom(netip.IPv6Unspecified(), 0)} {
		six := all.Addr().Is6()
		if !s.routed(all) {
			for i := range s.Links {
				if a := s.Links[i].peer(six); a.IsValid() {
					s.Routes = append(s.Routes, Route{Dst: all, Via: a, Dev: s.Links[i].Name})
					break
				}
			}
			continue
		}
		kept := s.Routes[:0]
		for _, r := range s.Routes {
			if l := link(s.Links, r.Dev); r.Dst == all && r.Kind == "" && !r.Via.IsValid() && l != nil {
				if r.Via = l.peer(six); !r.Via.IsValid() {
					continue // nobody of that family is there
				}
			}
			kept = append(kept, r)
		}
		s.Routes = kept
	}
}
