package conntrack

import (
	"net/netip"

	"nfwhy/packet"
)

// Manip is which half of a packet NAT changes.
type Manip uint8

// The two manips (NF_NAT_MANIP_SRC, NF_NAT_MANIP_DST).
const (
	ManipSrc Manip = iota
	ManipDst
)

// ManipAt returns what the nat hooks change at a hook: the destination in
// PREROUTING and OUTPUT, the source in INPUT and POSTROUTING (HOOK2MANIP).
func ManipAt(h packet.Hook) Manip {
	if h == packet.Postrouting || h == packet.Input {
		return ManipSrc
	}
	return ManipDst
}

// bit returns the status bit of entries that were changed so.
func (m Manip) bit() Status {
	if m == ManipSrc {
		return SrcNAT
	}
	return DstNAT
}

func (m Manip) done() Status {
	if m == ManipSrc {
		return SrcNATDone
	}
	return DstNATDone
}

// Range is what a NAT rule asks for. The zero value changes nothing but may
// choose another port where the packet's own is taken.
type Range struct {
	// Min and Max bound the new address; invalid means the address stays.
	Min, Max netip.Addr
	// MinPort and MaxPort bound the new port or ICMP id; valid iff Ports.
	MinPort, MaxPort uint16
	Ports            bool
	// BasePort turns the range into a shift: port - BasePort + MinPort; valid iff
	// Shift (--to-destination address:min-max/base).
	BasePort uint16
	Shift    bool
	// Random is --random, FullyRandom --random-fully, Persistent --persistent.
	Random, FullyRandom, Persistent bool
}

func (g *Range) random() bool { return g.Random || g.FullyRandom }

// NetmapRange returns the range that NETMAP makes of a prefix for an address:
// the prefix's network bits with the address's host bits (xt_NETMAP.c).
func NetmapRange(addr netip.Addr, to netip.Prefix) Range {
	a, p := addr.AsSlice(), to.Masked().Addr().AsSlice()
	if len(a) != len(p) {
		return Range{}
	}
	for i := range a {
		bits := min(max(to.Bits()-8*i, 0), 8)
		mask := byte(0xff) << (8 - bits)
		a[i] = p[i]&mask | a[i]&^mask
	}
	n, _ := netip.AddrFromSlice(a)
	return Range{Min: n, Max: n}
}

// Random is where random ports come from; math/rand/v2.Rand is one.
type Random interface{ Uint32() uint32 }

func random16(r Random) uint32 {
	if r == nil {
		return 0
	}
	return r.Uint32() & 0xffff
}

// NeedsBinding reports whether the nat hook at h has to decide about the packet's
// entry: only then are nat chains traversed, once per entry and manip. ICMP that
// belongs to another entry never traverses them
// (nf_nat_core.c: nf_nat_inet_fn, Linux 6.18).
func (t *Table) NeedsBinding(p *packet.Packet, r Ref, h packet.Hook) bool {
	if r.Conn == nil {
		return false
	}
	switch r.Info {
	case Related, RelatedReply:
		if isICMP(p) {
			return false
		}
	case New:
	default:
		return false
	}
	return r.Conn.Status&ManipAt(h).done() == 0
}

func isICMP(p *packet.Packet) bool {
	if p.Family == packet.IPv6 {
		return p.Proto == packet.ProtoICMPv6
	}
	return p.Proto == packet.ProtoICMP
}

// Bind decides one manip of an entry that is not confirmed: it chooses an address
// and port in the range and changes the entry's reply tuple. Decisions about
// confirmed entries are final; then nothing happens. false means that the packet
// is to be dropped: the manip was decided before, or the range is of another
// family. (nf_nat_core.c: nf_nat_setup_info, Linux 6.18.)
func (t *Table) Bind(c *Conn, m Manip, g Range, now packet.Time, rnd Random) bool {
	if c.Confirmed() {
		return true
	}
	if c.Status&m.done() != 0 || g.Min.IsValid() && familyOf(g.Min) != c.Orig.Family {
		return false
	}
	current, ok := c.Reply.Invert()
	if !ok {
		return false
	}
	b := binder{t: t, c: c, m: m, g: g, now: now.Jiffies(), rnd: rnd}
	if next := b.choose(current); next != current {
		reply, ok := next.Invert()
		if !ok {
			return false
		}
		c.Reply = reply
		c.Status |= m.bit()
		if m == ManipSrc {
			t.mapped.insert(t, c)
		}
	}
	c.Status |= m.done()
	return true
}

// BindNull is the decision where no rule decided: the address stays, the port
// too unless it is taken (nf_nat_core.c: nf_nat_alloc_null_binding).
func (t *Table) BindNull(c *Conn, m Manip, now packet.Time, rnd Random) bool {
	a := c.Reply.Dst()
	if m == ManipDst {
		a = c.Reply.Src()
	}
	return t.Bind(c, m, Range{Min: a, Max: a}, now, rnd)
}

// natIndex finds the entries with source NAT by the source of their original
// tuple: chains through the entries, newest first.
type natIndex struct {
	heads []uint32
	n     int
}

func natHash(k *Tuple) uint32 {
	s := Tuple{src: k.src, SrcID: k.SrcID, Proto: k.Proto, Family: k.Family}
	return s.hash(0)
}

func (x *natIndex) head(k *Tuple) *uint32 { return &x.heads[natHash(k)&uint32(len(x.heads)-1)] }

func (x *natIndex) insert(t *Table, c *Conn) {
	if x.n >= len(x.heads) {
		x.grow(t)
	}
	x.push(t, c)
	x.n++
}

func (x *natIndex) push(t *Table, c *Conn) {
	h := x.head(&c.Orig)
	c.next, c.prev = *h, 0
	if *h != 0 {
		t.slab.at(*h).prev = c.self
	}
	*h = c.self
}

func (x *natIndex) remove(t *Table, c *Conn) {
	if len(x.heads) == 0 {
		return
	}
	if c.prev != 0 {
		t.slab.at(c.prev).next = c.next
	} else if h := x.head(&c.Orig); *h == c.self {
		*h = c.next
	} else {
		return // never inserted: an entry of a saved table
	}
	if c.next != 0 {
		t.slab.at(c.next).prev = c.prev
	}
	c.next, c.prev = 0, 0
	x.n--
}

// grow doubles the heads. Chains are walked from their ends so that the newest
// stay first.
func (x *natIndex) grow(t *Table) {
	old := x.heads
	x.heads = make([]uint32, max(64, 2*len(old)))
	for _, i := range old {
		var last *Conn
		for i != 0 {
			last = t.slab.at(i)
			i = last.next
		}
		for last != nil {
			prev := last.prev
			x.push(t, last)
			if last = nil; prev != 0 {
				last = t.slab.at(prev)
			}
		}
	}
}

func (x *natIndex) clone() natIndex {
	return natIndex{heads: append([]uint32(nil), x.heads...), n: x.n}
}

// sameSource calls f for the entries of the zone that have the same source and
// protocol, newest first, until it returns true.
func (x *natIndex) sameSource(t *Table, k *Tuple, z Zone, f func(*Conn) bool) bool {
	if len(x.heads) == 0 {
		return false
	}
	for i := *x.head(k); i != 0; {
		c := t.slab.at(i)
		if c.Orig.src == k.src && c.Orig.SrcID == k.SrcID && c.Orig.Proto == k.Proto && c.Orig.Family == k.Family &&
			c.Zone.For(Original) == z.For(Original) && f(c) {
			return true
		}
		i = c.next
	}
	return false
}
