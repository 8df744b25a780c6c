package netfilter

import (
	"net/netip"

	"nfwhy/host"
	"nfwhy/packet"
	"nfwhy/trace"
	"nfwhy/xt"
)

// way is where the routing decision sends an arriving packet.
type way uint8

const (
	nowhere way = iota
	toLocal
	toForward
)

// routeInput is ip_route_input_slow (net/ipv4/route.c; Linux 6.18), without
// policy rules.
func (n *Netns) routeInput(f *flight) way {
	p := f.pkt
	src, dst := p.Src(), p.Dst()
	if p.Family == packet.IPv6 {
		return n.routeInput6(f, src, dst)
	}
	s4, d4 := src.As4(), dst.As4()
	lim := [4]byte{255, 255, 255, 255}
	switch {
	case src.IsMulticast() || s4 == lim:
		return n.martian(f, "source "+src.String()+" can be no host's")
	case dst.IsMulticast():
		f.bcast = true
		if n.fib.Member(dst) {
			return toLocal
		}
		n.discard(f, packet.Prerouting, "nobody on this host listens to the multicast group "+dst.String())
		return nowhere
	case d4 == lim || s4 == [4]byte{} && d4 == [4]byte{}, n.host.Open && f.pkt.Cast != packet.CastHost:
		f.bcast = true
		return toLocal
	case s4[0] == 0:
		return n.martian(f, "source "+src.String()+" can be no host's")
	case d4[0] == 0:
		return n.martian(f, "destination "+dst.String()+" can be no host's")
	case !n.fib.IsLoopback(f.in) && (d4[0] == 127 || s4[0] == 127):
		return n.martian(f, "a loopback address arrived on "+f.in)
	}
	if n.fib.IsLocal(src) && !n.fib.IsLoopback(f.in) && !n.host.Open {
		return n.martian(f, "source "+src.String()+" is this host's own address")
	}
	if !n.reversePath(f, src) {
		n.discard(f, packet.Prerouting, "reverse path filter: "+src.String()+" is not reached through "+f.in)
		return nowhere
	}
	r, ok := n.fib.Lookup(dst)
	return n.routed(f, r, ok, dst)
}

func (n *Netns) martian(f *flight, why string) way {
	n.discard(f, packet.Prerouting, "martian: "+why)
	return nowhere
}

// routed turns the route found for an arriving packet into its way.
func (n *Netns) routed(f *flight, r host.Route, ok bool, dst netip.Addr) way {
	f.route = r
	switch {
	case !ok:
		n.unreachable(f, 0)
		n.discard(f, packet.Prerouting, "no route to "+dst.String())
	case r.Kind == host.Local:
		f.local = true
		return toLocal
	case r.Kind == host.Broadcast:
		f.bcast = true
		return toLocal
	case !n.sysctl.forward[familyIndex(f.pkt.Family)]:
		n.discard(f, packet.Prerouting, "this host does not forward (ip_forward=0)")
	case r.Kind == host.Blackhole:
		n.discard(f, packet.Prerouting, "blackhole route for "+dst.String())
	case r.Kind == host.Unreachable:
		n.unreachable(f, 1)
		n.discard(f, packet.Prerouting, "unreachable route for "+dst.String())
	case r.Kind == host.Prohibit:
		n.unreachable(f, 13)
		n.discard(f, packet.Prerouting, "prohibit route for "+dst.String())
	default:
		return toForward
	}
	return nowhere
}

func (n *Netns) routeInput6(f *flight, src, dst netip.Addr) way {
	if dst.IsMulticast() {
		f.bcast = true
		if n.fib.Member(dst) {
			return toLocal
		}
		n.discard(f, packet.Prerouting, "nobody on this host listens to the multicast group "+dst.String())
		return nowhere
	}
	r, ok := n.fib.Lookup(dst)
	return n.routed(f, r, ok, dst)
}

// reversePath is the rp_filter check of fib_validate_source.
func (n *Netns) reversePath(f *flight, src netip.Addr) bool {
	mode := n.sysctl.rpFilter(n.host, f.in)
	if mode == 0 || n.host.Open {
		return true
	}
	r, ok := n.fib.Lookup(src)
	if !ok || r.Kind != host.Unicast {
		return false
	}
	return mode == 2 || r.Dev == f.in
}

// routeOutput finds the way out of a packet of this host. Who sends it has not
// tied its socket to an address, as a program that writes the header itself; dev
// is the interface it is known to leave by, "" when only the tables know.
func (n *Netns) routeOutput(f *flight, dev string) bool {
	dst := f.pkt.Dst()
	r, ok := n.fib.Lookup(dst)
	switch {
	case dev != "" && (!ok || r.Kind != host.Local) && (n.host.Open || !ok || dst.IsMulticast()):
		r, ok = host.Route{Dst: r.Dst, Dev: dev}, true
	case dst.Is6() && dst.IsMulticast():
		r, ok = n.firstLink()
	}
	return n.setRoute(f, r, ok)
}

// firstLink is where IPv6 multicast goes when nobody says where.
func (n *Netns) firstLink() (host.Route, bool) {
	for _, l := range n.host.Links {
		if !l.Loopback {
			return host.Route{Dev: l.Name, Kind: host.Multicast}, true
		}
	}
	return host.Route{}, false
}

// setRoute gives a packet of this host its route; false when it has none.
func (n *Netns) setRoute(f *flight, r host.Route, ok bool) bool {
	dst := f.pkt.Dst()
	if !ok {
		n.discard(f, packet.Output, "no route to "+dst.String())
		return false
	}
	f.route, f.out = r, r.Dev
	f.local, f.deaf = r.Kind == host.Local, false
	k := n.fib.LocalKind(dst, "")
	f.bcast = r.Kind == host.Broadcast || k == host.Broadcast || k == host.Multicast
	switch r.Kind {
	case host.Local:
		f.out = "lo"
	case host.Blackhole, host.Unreachable, host.Prohibit:
		n.discard(f, packet.Output, "its route refuses "+dst.String())
		return false
	}
	return true
}

// reroute is ip_route_me_harder (net/ipv4/netfilter.c, net/ipv6/netfilter.c;
// Linux 6.18): a packet of this host that a rule of mangle OUTPUT, or NAT,
// changed gets a new route. Now its source address counts too. The chains of
// OUTPUT that follow go on seeing the old device.
func (n *Netns) reroute(f *flight) bool {
	src, dst := f.pkt.Src(), f.pkt.Dst()
	if dst.Is6() {
		if dst.IsMulticast() || dst.IsLinkLocalUnicast() {
			return true // stays with its device
		}
		r, ok := n.fib.Lookup(dst)
		return n.setRoute(f, r, ok)
	}
	from := n.fib.LocalKind(src, "")
	known := from == host.Local || from == host.Unicast
	limited := dst == netip.AddrFrom4([4]byte{255, 255, 255, 255})
	if known && (dst.IsMulticast() || limited) {
		dev, ok := n.fib.DevOf(src)
		if !n.setRoute(f, host.Route{Dev: dev, Kind: n.fib.LocalKind(dst, "")}, ok) {
			return false
		}
		f.deaf = n.fib.IsLoopback(dev) && !limited && !n.fib.Member(dst)
	} else if r, ok := n.fib.Lookup(dst); !n.setRoute(f, r, ok) {
		return false
	}
	if known && src.IsLoopback() && !n.fib.IsLoopback(f.out) && !n.sysctl.routeLocalnet(n.host, f.out) {
		n.discard(f, packet.Output, "a loopback address must not leave by "+f.out)
		return false
	}
	return true
}

// PathMTU is what TCPMSS clamps to: the smaller MTU of the packet's route and of
// the route back to its source (xt_TCPMSS.c: tcpmss_reverse_mtu).
func (n *Netns) PathMTU(c *xt.Ctx) int {
	f := n.current()
	mtu := n.fib.MTU(outDev(f.route))
	if r, ok := n.fib.Lookup(c.Pkt.Src()); ok && r.Kind <= host.Multicast {
		mtu = min(mtu, n.fib.MTU(outDev(r)))
	}
	return mtu
}

var _ xt.PathKnower = (*Netns)(nil)

// ReverseOK is what rpfilter asks (ipt_rpfilter.c: rpfilter_lookup_reverse, its
// IPv6 twin; Linux 6.18).
func (n *Netns) ReverseOK(c *xt.Ctx, loose, _, local bool) trace.Truth {
	src := c.Pkt.Src()
	if src.Is6() && src.IsLinkLocalUnicast() {
		return trace.Yes // the network of every interface
	}
	r, ok := n.fib.Lookup(src)
	switch {
	case n.host.Open && (!ok || r.Kind == host.Unicast):
		return trace.Unknown
	case !ok, r.Kind != host.Unicast && !(local && r.Kind == host.Local):
		return trace.No
	}
	return trace.Of(loose || r.Dev == c.In)
}

var _ xt.ReversePath = (*Netns)(nil)
