package netfilter

import (
	"nfwhy/packet"
	"nfwhy/trace"
)

// Receive is a packet arriving on the interface in at time now. The machine
// takes p over and may change its bytes (TTL, marks, NAT).
func (n *Netns) Receive(p *packet.Packet, in string, now packet.Time) Result {
	n.Clock(now)
	if n.risky() {
		q := p.Clone()
		return n.stimulus(func(m *Netns) Result {
			if m == n {
				return m.receive(p, in)
			}
			return m.receive(q.Clone(), in)
		})
	}
	return n.surprised(n.receive(p, in))
}

// Send is a packet that a local process sends at time now. dev is the interface
// it was seen leaving by, "" when only the routing table knows.
func (n *Netns) Send(p *packet.Packet, dev string, now packet.Time) Result {
	n.Clock(now)
	if n.risky() {
		q := p.Clone()
		return n.stimulus(func(m *Netns) Result {
			if m == n {
				return m.send(p, dev)
			}
			return m.send(q.Clone(), dev)
		})
	}
	return n.surprised(n.send(p, dev))
}

// risky reports whether some rule may meet a gap, so that packets are worth
// running in every way.
func (n *Netns) risky() bool { return n.wary || n.programs[0].gaps || n.programs[1].gaps }

func (n *Netns) receive(p *packet.Packet, in string) Result {
	f := n.take()
	f.in = in
	n.start(f, p, trace.Received)
	n.arrive(f)
	n.finish(f)
	return f.res
}

func (n *Netns) send(p *packet.Packet, dev string) Result {
	f := n.take()
	n.start(f, p, trace.Sent)
	n.output(f, dev)
	n.finish(f)
	return f.res
}

// arrive is ip_rcv to the end of the packet's way (net/ipv4/ip_input.c,
// net/ipv6/ip6_input.c; Linux 6.18).
func (n *Netns) arrive(f *flight) {
	p := f.pkt
	if p.Cast == packet.CastOther {
		n.discard(f, packet.Prerouting, "the frame is addressed to another host's MAC")
		return
	}
	if p.Family == packet.IPv4 && !p.Verified && p.Cut() == 0 && !packet.IPv4Header(p.Data).ChecksumOK() {
		n.discard(f, packet.Prerouting, "the IP header checksum is wrong")
		return
	}
	if p.Family == packet.IPv6 {
		if why := n.refused6(f); why != "" {
			n.discard(f, packet.Prerouting, why)
			return
		}
	}
	if !n.hook(f, packet.Prerouting) {
		return
	}
	p = f.pkt
	if f.looped {
		if f.deaf {
			n.discard(f, packet.Prerouting, "nobody on "+f.in+" listens to the multicast group "+p.Dst().String())
			return
		}
		n.deliver(f)
		return
	}
	switch n.routeInput(f) {
	case toLocal:
		n.deliver(f)
	case toForward:
		n.forward(f)
	}
}

// deliver is ip_local_deliver.
func (n *Netns) deliver(f *flight) {
	f.out = ""
	p := f.pkt
	if p.Family == packet.IPv4 && (p.FragOff != 0 || p.MoreFrags) && !n.reassemble4(f, packet.Input, userLocal) {
		return
	}
	if !n.hook(f, packet.Input) {
		return
	}
	f.res.Fate, f.res.Hook = trace.Delivered, packet.Input
}

// forward is ip_forward: the checks before the hook, the hook, the way out.
func (n *Netns) forward(f *flight) {
	p := f.pkt
	if p.Cast != packet.CastHost {
		n.discard(f, packet.Forward, "not forwarded: the frame is a link-layer "+castWord(p.Cast))
		return
	}
	if p.TTL() <= 1 {
		f.out = ""
		n.expired(f)
		n.discard(f, packet.Forward, "not forwarded: its TTL is used up; ICMP time exceeded is sent")
		return
	}
	if p.Family == packet.IPv6 && f.in != f.route.Dev && !n.mayPass6(f) {
		return
	}
	if n.tooBig(f) {
		return
	}
	p.SetTTL(p.TTL() - 1)
	f.out = f.route.Dev
	if !n.hook(f, packet.Forward) {
		return
	}
	if n.leave(f) {
		f.res.Fate = trace.Forwarded
	}
}

// mayPass6 holds a source against what a router must not forward. It is not asked
// for a packet that leaves where it came from (net/ipv6/ip6_output.c:
// ip6_forward, Linux 6.18).
func (n *Netns) mayPass6(f *flight) bool {
	src := f.pkt.Src()
	switch {
	case src.IsUnspecified(), src.IsMulticast(), src.IsLoopback():
		n.discard(f, packet.Forward, "not forwarded: source "+src.String()+" can be no host's")
		return false
	case src.IsLinkLocalUnicast():
		n.sendICMPv6(f, 1, 2, 0)
		n.discard(f, packet.Forward, "not forwarded: source "+src.String()+" is of one link only; ICMPv6 beyond scope is sent")
		return false
	}
	return true
}

func castWord(c packet.Cast) string {
	if c == packet.CastBroadcast {
		return "broadcast"
	}
	return "multicast"
}

// output is ip_local_out for a packet of this host.
func (n *Netns) output(f *flight, dev string) {
	if !n.routeOutput(f, dev) {
		return
	}
	if !n.hook(f, packet.Output) {
		return
	}
	if n.leave(f) && f.res.Fate == trace.NoFate {
		f.res.Fate = trace.Left
	}
}

// leave is POSTROUTING and the device; a packet for lo comes back in.
func (n *Netns) leave(f *flight) bool {
	if f.bcast && !n.fib.IsLoopback(f.out) && !n.overhear(f) {
		return false
	}
	if !n.hook(f, packet.Postrouting) {
		return false
	}
	f.res.Out, f.res.Hook = f.out, packet.Postrouting
	if n.fib.IsLoopback(f.out) {
		n.loop(f)
		return false
	}
	if n.effects != nil && !n.mute {
		n.transmit(f)
	}
	return true
}

// overhear gives this host its copy of a broadcast, or of a multicast to a group
// that it listens to, which it sends itself; it comes back in on the device it
// leaves by (net/ipv4/ip_output.c: ip_mc_output, Linux 6.18). It returns false
// for a multicast that must not leave the host.
func (n *Netns) overhear(f *flight) bool {
	p := f.pkt
	multicast := p.Dst().IsMulticast()
	if p.Family == packet.IPv6 || multicast && !n.fib.Member(p.Dst()) {
		return true
	}
	g := n.take()
	g.buf = append(g.buf[:0], p.Data...)
	g.own = *p
	g.own.Data = g.buf
	g.own.Socket = false
	g.ref, g.route, g.bcast, g.looped, g.traced, g.out = f.ref, f.route, true, true, f.traced, f.out
	n.conns.Hold(g.ref)
	rec := n.begin(g, trace.Sent)
	if n.hook(g, packet.Postrouting) {
		g.in, g.out = g.out, ""
		g.own.Link, g.own.Cast, g.own.Verified = noHeader, packet.CastLoopback, true
		n.arrive(g)
	}
	n.finish(g)
	n.resume(rec)
	if multicast && p.TTL() == 0 {
		n.discard(f, packet.Postrouting, "a multicast with TTL 0 does not leave the host")
		return false
	}
	return true
}

// noHeader is the link header of a copy that never had one.
var noHeader = []byte{}

var loHeader = []byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0}
var loHeader6 = []byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x86, 0xdd}

// loop brings a packet sent to lo back in, with its entry, mark and route
// (drivers/net/loopback.c: loopback_xmit).
func (n *Netns) loop(f *flight) {
	f.in, f.out, f.looped = f.out, "", true
	f.pkt.Link = loHeader
	if f.pkt.Family == packet.IPv6 {
		f.pkt.Link = loHeader6
	}
	f.pkt.Socket = false
	n.arrive(f)
}

// refused6 says why ip6_rcv_core drops a packet before any hook, "" when it does not.
func (n *Netns) refused6(f *flight) string {
	src, dst := f.pkt.Src(), f.pkt.Dst()
	lo := n.fib.IsLoopback(f.in)
	scope := byte(0xff)
	if dst.IsMulticast() {
		scope = dst.As16()[1] & 0xf
	}
	switch {
	case !lo && (src.IsLoopback() || dst.IsLoopback()):
		return "a loopback address arrived on " + f.in
	case scope == 1 && !lo && f.pkt.Cast != packet.CastLoopback:
		return "a group of one interface only, from outside"
	case scope == 0:
		return "a group with the reserved scope 0"
	case src.IsMulticast():
		return "source " + src.String() + " can be no host's"
	}
	return ""
}
