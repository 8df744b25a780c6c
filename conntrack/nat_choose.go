package conntrack

import (
	"math/bits"
	"net/netip"

	"nfwhy/packet"
)

// binder is one decision of [Table.Bind].
type binder struct {
	t   *Table
	c   *Conn
	m   Manip
	g   Range
	now int64
	rnd Random
}

// choose returns the tuple the packet shall have
// (nf_nat_core.c: get_unique_tuple, Linux 6.18).
func (b *binder) choose(current Tuple) Tuple {
	if b.m == ManipSrc && !b.g.random() {
		if b.inRange(&current) {
			if !b.used(&current) {
				return current
			}
		} else if k, ok := b.sameMapping(&current); ok && !b.used(&k) {
			return k
		}
	}
	k := current
	b.chooseAddr(&k)
	if !b.g.random() {
		switch {
		case !b.g.Ports:
			if !b.used(&k) {
				return k
			}
		case !b.g.Shift && b.portInRange(&k):
			if b.g.MinPort == b.g.MaxPort || !b.used(&k) {
				return k
			}
		}
	}
	b.choosePort(&k)
	return k
}

// used reports whether answers to k would be taken for another entry's.
func (b *binder) used(k *Tuple) bool {
	reply, ok := k.Invert()
	return ok && b.taken(&reply) != nil
}

// taken returns the other entry that has the tuple
// (nf_conntrack_core.c: nf_conntrack_tuple_taken). One with the same original
// tuple is the same flow; it is left to the clash at confirm.
func (b *binder) taken(reply *Tuple) *Conn {
	z := b.c.Zone
	o, _ := b.t.probe(reply, z, reply.hash(z.For(Reply)), b.now)
	if o == nil || o == b.c || o.Orig == b.c.Orig && o.Zone.For(Original) == z.For(Original) {
		return nil
	}
	return o
}

func (b *binder) inRange(k *Tuple) bool {
	if b.g.Min.IsValid() {
		a := k.Src()
		if a.Less(b.g.Min) || b.g.Max.Less(a) {
			return false
		}
	}
	return !b.g.Ports || b.portInRange(k)
}

// portOf returns the port or id that the manip may change; nil for protocols that
// have none.
func (b *binder) portOf(k *Tuple) *uint16 {
	switch k.Proto {
	case packet.ProtoICMP, packet.ProtoICMPv6:
		return &k.SrcID
	case packet.ProtoGRE, packet.ProtoTCP, packet.ProtoUDP, packet.ProtoUDPLite, packet.ProtoSCTP:
		if b.m == ManipSrc {
			return &k.SrcID
		}
		return &k.DstID
	}
	return nil
}

func (b *binder) portInRange(k *Tuple) bool {
	p := b.portOf(k)
	return p == nil || *p >= b.g.MinPort && *p <= b.g.MaxPort
}

// sameMapping returns the mapping that another connection of the same socket has,
// so that one socket keeps one outside address and port
// (nf_nat_core.c: find_appropriate_src).
func (b *binder) sameMapping(k *Tuple) (Tuple, bool) {
	var found Tuple
	ok := b.t.mapped.sameSource(b.t, k, b.c.Zone, func(o *Conn) bool {
		back, ok := o.Reply.Invert()
		if !ok {
			return false
		}
		found = *k
		found.src, found.SrcID = back.src, back.SrcID
		return b.inRange(&found)
	})
	return found, ok
}

// chooseAddr puts an address of the range into k; several are chosen from by a
// hash of source and destination (nf_nat_core.c: find_best_ips_proto).
func (b *binder) chooseAddr(k *Tuple) {
	if !b.g.Min.IsValid() {
		return
	}
	if b.g.Min == b.g.Max {
		b.setAddr(k, b.g.Min)
		return
	}
	lo, hi := addrWords(b.g.Min), addrWords(b.g.Max)
	src, dst := nativeWords(&k.src), nativeWords(&k.dst)
	last := 0
	if k.Family == packet.IPv6 {
		last = 3
	}
	var iv uint32
	if !b.g.Persistent {
		iv = dst[last] ^ uint32(b.c.Zone.ID)
	}
	h := jhash2(src[:], iv)
	var out [16]byte
	full := false
	for i := 0; i <= last; i++ {
		from, n := lo[i], hi[i]-lo[i]+1
		if full {
			from, n = 0, 1<<32-1
		}
		w := from + uint32(uint64(h)*uint64(n)>>32)
		be.PutUint32(out[4*i:], w)
		full = full || w != hi[i]
		if !b.g.Persistent {
			h ^= dst[i]
		}
	}
	if k.Family == packet.IPv6 {
		b.setAddr(k, netip.AddrFrom16(out))
	} else {
		b.setAddr(k, netip.AddrFrom4([4]byte(out[:4])))
	}
}

func (b *binder) setAddr(k *Tuple, a netip.Addr) {
	if b.m == ManipSrc {
		k.SetSrc(a)
	} else {
		k.SetDst(a)
	}
}

// addrWords returns an address as big-endian words, IPv4 in the first.
func addrWords(a netip.Addr) (w [4]uint32) {
	if a = a.Unmap(); a.Is4() {
		v := a.As4()
		w[0] = be.Uint32(v[:])
		return w
	}
	v := a.As16()
	for i := range w {
		w[i] = be.Uint32(v[4*i:])
	}
	return w
}

// nativeWords returns the words as a little-endian kernel reads them.
func nativeWords(b *[16]byte) (w [4]uint32) {
	for i := range w {
		w[i] = le.Uint32(b[4*i:])
	}
	return w
}

// jhash2 is Bob Jenkins' lookup3 over 32-bit words
// (http://burtleburtle.net/bob/c/lookup3.c), with the kernel's start value.
func jhash2(k []uint32, iv uint32) uint32 {
	a := 0xdeadbeef + uint32(len(k))<<2 + iv
	b, c := a, a
	rol := bits.RotateLeft32
	for len(k) > 3 {
		a, b, c = a+k[0], b+k[1], c+k[2]
		a = a - c ^ rol(c, 4)
		c += b
		b = b - a ^ rol(a, 6)
		a += c
		c = c - b ^ rol(b, 8)
		b += a
		a = a - c ^ rol(c, 16)
		c += b
		b = b - a ^ rol(a, 19)
		a += c
		c = c - b ^ rol(b, 4)
		b += a
		k = k[3:]
	}
	switch len(k) {
	case 3:
		c += k[2]
		fallthrough
	case 2:
		b += k[1]
		fallthrough
	case 1:
		a += k[0]
	default:
		return c
	}
	c = c ^ b - rol(b, 14)
	a = a ^ c - rol(c, 11)
	b = b ^ a - rol(a, 25)
	c = c ^ b - rol(b, 16)
	a = a ^ c - rol(c, 4)
	b = b ^ a - rol(a, 14)
	c = c ^ b - rol(b, 24)
	return c
}

// portRange returns where a free port may be looked for; ok is false when the
// port has to stay (nf_nat_core.c: nf_nat_l4proto_unique_tuple).
func (b *binder) portRange(k *Tuple) (from, size uint32, ok bool) {
	p := b.portOf(k)
	if p == nil || k.Proto == packet.ProtoGRE && b.c.Master == nil {
		return 0, 0, false // a GRE key means something only to PPTP
	}
	if b.g.Ports {
		lo, hi := uint32(b.g.MinPort), uint32(b.g.MaxPort)
		if hi < lo {
			lo, hi = hi, lo
		}
		return lo, hi - lo + 1, true
	}
	switch k.Proto {
	case packet.ProtoICMP, packet.ProtoICMPv6:
		return 0, 65536, true
	case packet.ProtoGRE:
		return 1, 65535, true
	}
	switch {
	case b.m == ManipDst:
		return 0, 0, false // the service's port is not ours to choose
	case *p < 512: // ports that rsh and its like take for credentials
		return 1, 511, true
	case *p < 1024:
		return 600, 424, true
	}
	return 1024, 64512, true
}

// maxAttempts bounds the search for a port.
const maxAttempts = 128

// choosePort puts a free port into k, or the last one tried.
func (b *binder) choosePort(k *Tuple) {
	from, size, ok := b.portRange(k)
	if !ok {
		return
	}
	p := b.portOf(k)
	off := uint32(0)
	switch {
	case b.g.Shift:
		off = uint32(*p) - uint32(b.g.BasePort)
	case b.g.random() || b.m == ManipSrc:
		off = random16(b.rnd)
	}
	for attempts := min(size, maxAttempts); ; attempts /= 2 {
		for i := range attempts {
			*p = uint16(from + off%size)
			if !b.usedHarder(k, attempts-i) {
				return
			}
			off++
		}
		if attempts >= size || attempts < 16 {
			return
		}
		off = random16(b.rnd)
	}
}

// harderBelow is from how few attempts left on a closed TCP connection gives up
// its port.
const harderBelow = 32

// usedHarder is used, but late in the search it takes the port of a connection
// that is over, if the new one's sequence numbers have gone on from there
// (nf_nat_core.c: nf_nat_used_tuple_harder, Linux 6.18).
func (b *binder) usedHarder(k *Tuple, left uint32) bool {
	if left > harderBelow || k.Proto != packet.ProtoTCP || b.c.l4.state != tcpSynSent {
		return b.used(k)
	}
	reply, ok := k.Invert()
	if !ok {
		return false
	}
	o, d := b.t.find(&reply, b.c.Zone, b.now)
	if o == nil {
		return false
	}
	if d == Original || o.Status&FixedTimeout != 0 || o.Status&SrcNAT == 0 || o.l4.state < tcpTimeWait ||
		int32(b.c.l4.side[0].end-o.l4.side[0].end) <= 0 {
		return true
	}
	b.t.remove(o)
	return false
}
