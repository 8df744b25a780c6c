package netfilter

import (
	"net/netip"

	"nfwhy/conntrack"
	"nfwhy/packet"
	"nfwhy/xt"
)

// nat is nf_nat_inet_fn (net/netfilter/nf_nat_core.c, Linux 6.18): the first
// packet of a connection runs through the nat chain, where no rule decides the
// address stays; then every packet of the connection is rewritten.
func (n *Netns) nat(f *flight, h packet.Hook, s stop) bool {
	c := f.ref.Conn
	if c == nil {
		return true
	}
	manip := conntrack.ManipAt(h)
	if n.conns.NeedsBinding(f.pkt, f.ref, h) && !n.bind(f, h, s, manip) {
		return false
	}
	before := f.pkt.Dst()
	src := f.pkt.Src()
	if !n.conns.Translate(f.pkt, f.ref, h) {
		f.res.Refused = true
		n.discard(f, h, "nat cannot translate it")
		return false
	}
	if f.journey != nil && (f.pkt.Dst() != before || f.pkt.Src() != src) {
		n.note(f, h, "nat: now "+f.pkt.Src().String()+" > "+f.pkt.Dst().String())
	}
	if d := f.ref.Info.Dir(); h == packet.Output && c.Tuple(d).Dst() != c.Tuple(1-d).Src() {
		return n.reroute(f) // nf_nat_ipv4_local_fn
	}
	return true
}

// bind lets the nat chain decide one manip of a new connection.
func (n *Netns) bind(f *flight, h packet.Hook, s stop, manip conntrack.Manip) bool {
	if s.chain >= 0 && !n.table(f, h, s) {
		return false
	}
	if n.conns.NeedsBinding(f.pkt, f.ref, h) && !n.conns.BindNull(f.ref.Conn, manip, n.now, n.rand) {
		f.res.Refused = true
		n.discard(f, h, "nat: no binding is free")
		return false
	}
	return true
}

// SourceFor is what MASQUERADE takes: the address of the outgoing interface for
// the next hop (nf_nat_masquerade.c).
func (n *Netns) SourceFor(c *xt.Ctx) (netip.Addr, bool) {
	dst := c.Pkt.Dst()
	toward := dst
	if r, ok := n.fib.Lookup(dst); ok && r.Via.IsValid() && r.Dev == c.Out {
		toward = r.Via
	}
	a := n.fib.AddrOf(c.Out, toward)
	return a, a.IsValid()
}

// FirstAddr is what REDIRECT takes: the first address of the incoming interface
// (nf_nat_redirect.c).
func (n *Netns) FirstAddr(c *xt.Ctx) (netip.Addr, bool) {
	l := n.host.Link(c.In)
	if l == nil {
		return netip.Addr{}, false
	}
	for _, p := range l.Addrs {
		if p.Addr().Is4() == (c.Family == packet.IPv4) {
			return p.Addr(), true
		}
	}
	return netip.Addr{}, false
}

var (
	_ xt.AddressKnower = (*Netns)(nil)
	_ xt.SetKeeper     = (*Netns)(nil)
)

// echoOptions returns the IP options that an ICMP error repeats.
func (n *Netns) echoOptions(p *packet.Packet) []byte { return nil }
