package xt

import (
	"net/netip"

	"nfwhy/packet"
	"nfwhy/trace"
)

var snptExt = nptExt("SNPT", []packet.Hook{packet.Input, packet.Postrouting}, "Replaces the source's network prefix, statelessly and without touching checksums (RFC 6296).")
var dnptExt = nptExt("DNPT", []packet.Hook{packet.Prerouting, packet.Output}, "Replaces the destination's network prefix, statelessly and without touching checksums (RFC 6296).")

func nptExt(name string, hooks []packet.Hook, doc string) *Extension {
	return &Extension{
		Name: name, IsTarget: true, Families: Fam6, Tables: []string{"mangle"}, Hooks: hooks, Model: Exact, Doc: doc,
		Options: []Option{
			{Name: "src-pfx", Arg: HostMask, Need: true, Help: "prefix to replace", Samples: []string{"2001:db8::/64", "2001:db8::/48", "::/0", "2001:db8::1/64"}},
			{Name: "dst-pfx", Arg: HostMask, Need: true, Help: "prefix to put there", Samples: []string{"2001:db8:1::/64", "2001:db8:2::/48", "::/0"}},
		},
		New: func(a *Args) (any, error) { return newNPT(a) },
	}
}

type nptTarget struct {
	from, to netip.Prefix
	dst      bool
	adjust   uint16 // what keeps the checksum, in one's complement
}

func newNPT(a *Args) (any, error) {
	t := &nptTarget{dst: a.Ext.Name == "DNPT"}
	for name, p := range map[string]*netip.Prefix{"src-pfx": &t.from, "dst-pfx": &t.to} {
		g := a.Get(name)
		bits, _ := maskBits(g.Mask)
		*p = netip.PrefixFrom(g.Addr, bits)
		if bits > 64 || p.Masked().Addr() != g.Addr {
			return nil, g.bad("a prefix of at most 64 bits without host bits")
		}
	}
	src, dst := t.from.Addr().As16(), t.to.Addr().As16()
	t.adjust = onesAdd(packet.Fold(packet.Sum(src[:], 0)), ^packet.Fold(packet.Sum(dst[:], 0)))
	return t, nil
}

func onesAdd(a, b uint16) uint16 {
	s := uint32(a) + uint32(b)
	return uint16(s + s>>16)
}

// Apply is ip6t_NPT.c: ip6t_npt_map_pfx (Linux 6.18). An address that cannot be
// mapped is answered with an ICMPv6 parameter problem and dropped.
func (t *nptTarget) Apply(c *Ctx) trace.Verdict {
	at := 8
	if t.dst {
		at = 24
	}
	b := c.Pkt.Data[at : at+16]
	if !t.mapPrefix(b) {
		c.Machine.RejectICMP(c, 4, 0)
		return trace.Drop
	}
	return trace.Continue
}

func (t *nptTarget) mapPrefix(b []byte) bool {
	bits := max(t.from.Bits(), t.to.Bits())
	to := t.to.Addr().As16()
	for i := 0; i < bits; i += 32 {
		mask := uint32(0)
		if left := bits - i; left < 32 {
			mask = 1<<(32-left) - 1
		}
		for j := 0; j < 4; j++ {
			m := byte(mask >> (24 - 8*j))
			b[i/8+j] = b[i/8+j]&m | to[i/8+j]&^m
		}
	}
	word := 3
	if bits > 48 {
		for word = 4; word < 8; word++ {
			if b[2*word] != 0xff || b[2*word+1] != 0xff {
				break
			}
		}
		if word == 8 {
			return false
		}
	}
	v := onesAdd(uint16(b[2*word])<<8|uint16(b[2*word+1]), t.adjust)
	if v == 0xffff {
		v = 0
	}
	b[2*word], b[2*word+1] = byte(v>>8), byte(v)
	return true
}

// Save writes both prefixes; ::/0 is left out.
func (t *nptTarget) Save(w *Writer) {
	for _, x := range []struct {
		name string
		p    netip.Prefix
	}{{"src-pfx", t.from}, {"dst-pfx", t.to}} {
		if x.p.Bits() != 0 || !x.p.Addr().IsUnspecified() {
			w.Printf("--%s %s/%d", x.name, addrText(x.p.Addr()), x.p.Bits())
		}
	}
}
