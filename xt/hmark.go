package xt

import (
	"encoding/binary"
	"net/netip"
	"strings"

	"nfwhy/conntrack"
	"nfwhy/packet"
	"nfwhy/trace"
)

var hmarkExt = &Extension{
	Name: "HMARK", IsTarget: true, Families: FamBoth, Model: Exact,
	Doc: "Marks the packet with a hash over its addresses, ports and protocol: the same for both directions of a flow.",
	Options: []Option{
		{Name: "hmark-tuple", Arg: Text, Help: "src, dst, sport, dport, spi, proto, ct: what to hash", Samples: []string{"src,dst", "src,dst,sport,dport,proto", "ct,src,dst", "spi", "foo"}},
		{Name: "hmark-mod", Arg: Number, Min: 1, Max: 1<<32 - 1, Need: true, Help: "how many marks"},
		{Name: "hmark-offset", Arg: Number, Max: 1<<32 - 1, Help: "first mark"},
		{Name: "hmark-rnd", Arg: Number, Max: 1<<32 - 1, Need: true, Help: "start of the hash"},
		{Name: "hmark-src-prefix", Arg: PrefixMask, Help: "bits of the source address", Samples: []string{"24", "32"}},
		{Name: "hmark-dst-prefix", Arg: PrefixMask, Help: "bits of the destination address", Samples: []string{"24", "0"}},
		{Name: "hmark-sport-mask", Arg: Number, Max: 65535, Help: "bits of the source port"},
		{Name: "hmark-dport-mask", Arg: Number, Max: 65535, Help: "bits of the destination port"},
		{Name: "hmark-spi-mask", Arg: Number, Max: 1<<32 - 1, Help: "bits of the SPI"},
		{Name: "hmark-sport", Arg: Number, Max: 65535, Help: "bits to set in the source port"},
		{Name: "hmark-dport", Arg: Number, Max: 65535, Help: "bits to set in the destination port"},
		{Name: "hmark-spi", Arg: Number, Max: 1<<32 - 1, Help: "bits to set in the SPI"},
		{Name: "hmark-proto-mask", Arg: Number, Max: 65535, Help: "bits of the protocol"},
	},
	Early: hmarkEarly,
	New:   newHMark,
}

// hmarkTupleSets are the options that an item of --hmark-tuple stands for.
var hmarkTupleSets = map[string]string{"src": "hmark-src-prefix", "dst": "hmark-dst-prefix", "sport": "hmark-sport-mask", "dport": "hmark-dport-mask",
	"spi": "hmark-spi-mask", "proto": "hmark-proto-mask"}

// hmarkEarly refuses an option that --hmark-tuple has given before.
func hmarkEarly(a *Args, g *Given) error {
	t := a.Get("hmark-tuple")
	if t == nil {
		return nil
	}
	for _, item := range strings.Split(t.Text(), ",") {
		if hmarkTupleSets[item] == g.Option.Name {
			return errorAt(g.Word.Pos, "option %q can only be given once: --hmark-tuple stands for it", "--"+g.Option.Name)
		}
	}
	return nil
}

type hmarkTarget struct {
	hasOffset            bool
	mod, offset, rnd     uint32
	ct                   bool
	src, dst             netip.Addr // masks; invalid when not hashed
	srcBits, dstBits     int
	sportMask, dportMask *uint32
	sport, dport, spi    *uint32
	spiMask, protoMask   *uint32
}

func newHMark(a *Args) (any, error) {
	t := &hmarkTarget{mod: uint32(a.Get("hmark-mod").Lo), rnd: uint32(a.Get("hmark-rnd").Lo)}
	num := func(name string) *uint32 {
		if g := a.Get(name); g != nil {
			v := uint32(g.Lo)
			return &v
		}
		return nil
	}
	if v := num("hmark-offset"); v != nil {
		t.offset, t.hasOffset = *v, true
	}
	t.sportMask, t.dportMask, t.sport, t.dport = num("hmark-sport-mask"), num("hmark-dport-mask"), num("hmark-sport"), num("hmark-dport")
	t.spiMask, t.spi, t.protoMask = num("hmark-spi-mask"), num("hmark-spi"), num("hmark-proto-mask")
	if g := a.Get("hmark-src-prefix"); g != nil {
		t.src = g.Mask
		t.srcBits, _ = maskBits(g.Mask)
	}
	if g := a.Get("hmark-dst-prefix"); g != nil {
		t.dst = g.Mask
		t.dstBits, _ = maskBits(g.Mask)
	}
	if g := a.Get("hmark-tuple"); g != nil {
		if err := t.tuple(a, g); err != nil {
			return nil, err
		}
	}
	ports := t.sportMask != nil || t.dportMask != nil || t.sport != nil || t.dport != nil
	switch {
	case t.spiMask != nil && (t.sportMask != nil || t.dportMask != nil), t.spi != nil && (t.sport != nil || t.dport != nil):
		return nil, a.Errorf("target HMARK: SPI and ports cannot be hashed together")
	case !ports && t.spiMask == nil && t.spi == nil && t.protoMask == nil && !t.src.IsValid() && !t.dst.IsValid() && !t.ct:
		return nil, a.Errorf("target HMARK: --hmark-tuple, or what to hash, must be given")
	}
	return t, nil
}

// tuple takes the short form; what it leaves out is not hashed.
func (t *hmarkTarget) tuple(a *Args, g *Given) error {
	full := func(v uint32) *uint32 { return &v }
	words := []string{"src", "dst", "sport", "dport", "spi", "proto", "ct"}
	for _, item := range strings.Split(g.Text(), ",") {
		switch item {
		case "src":
			t.src, t.srcBits = prefixMask(a.addrBits(), a.addrBits()), a.addrBits()
		case "dst":
			t.dst, t.dstBits = prefixMask(a.addrBits(), a.addrBits()), a.addrBits()
		case "sport":
			t.sportMask = full(0xffff)
		case "dport":
			t.dportMask = full(0xffff)
		case "spi":
			t.spiMask = full(0xffffffff)
		case "proto":
			t.protoMask = full(0xffff)
		case "ct":
			t.ct = true
		default:
			return g.Errorf("option %q: unknown item %q (expected %s)%s", "--hmark-tuple", item, oneOf(words), didYouMean(item, words))
		}
	}
	return nil
}

// Apply is xt_HMARK.c (Linux 6.18).
func (t *hmarkTarget) Apply(c *Ctx) trace.Verdict {
	var src, dst, ports uint32
	var proto uint8
	var ok bool
	if t.ct {
		src, dst, ports, proto, ok = t.connection(c)
	} else {
		src, dst, ports, proto, ok = t.packet(c)
	}
	if !ok {
		return trace.Continue
	}
	if dst < src {
		src, dst = dst, src
	}
	h := jhash3(src, dst, ports, t.rnd)
	if t.protoMask != nil {
		h ^= uint32(proto) & *t.protoMask & 0xff
	}
	c.Pkt.Mark = uint32(uint64(h)*uint64(t.mod)>>32) + t.offset
	return trace.Continue
}

// connection reads both ends of the packet's connection as they see each other.
func (t *hmarkTarget) connection(c *Ctx) (src, dst, ports uint32, proto uint8, ok bool) {
	ct := c.CT.Conn
	if ct == nil {
		return
	}
	o, r := ct.Tuple(conntrack.Original), ct.Tuple(conntrack.Reply)
	proto = o.Proto
	if proto != packet.ProtoICMP {
		ports = t.sorted(uint32(o.SrcID)<<16 | uint32(r.SrcID))
	}
	return hmarkAddr(o.Src(), t.src), hmarkAddr(r.Src(), t.dst), ports, proto, true
}

// packet reads the packet, or the one that an ICMP error quotes; what a quoted
// header says is taken for granted.
func (t *hmarkTarget) packet(c *Ctx) (src, dst, ports uint32, proto uint8, ok bool) {
	d, off, whole := c.Pkt.Data, 0, true
	if c.Family == packet.IPv4 {
		if l4 := int(d[0]&15) * 4; d[9] == packet.ProtoICMP && len(d) >= l4+8 && icmpError(d[l4]) {
			off = l4 + 8
		}
		if len(d) < off+20 {
			return
		}
		d = d[off:]
		src, dst = hmarkAddr(netip.AddrFrom4([4]byte(d[12:])), t.src), hmarkAddr(netip.AddrFrom4([4]byte(d[16:])), t.dst)
		proto, off, whole = d[9], int(d[0]&15)*4, binary.BigEndian.Uint16(d[6:])&0x3fff == 0
	} else {
		proto, off, whole, ok = hmarkTransport(d)
		if !ok {
			return 0, 0, 0, 0, true
		}
		if proto == packet.ProtoICMPv6 && whole && len(d) >= off+8 && d[off] > 0 && d[off] < 128 {
			d = d[off+8:]
			if proto, off, whole, ok = hmarkTransport(d); !ok {
				return
			}
		}
		src, dst = hmarkAddr(netip.AddrFrom16([16]byte(d[8:])), t.src), hmarkAddr(netip.AddrFrom16([16]byte(d[24:])), t.dst)
	}
	switch proto {
	case packet.ProtoTCP, packet.ProtoUDP, packet.ProtoUDPLite, packet.ProtoSCTP, packet.ProtoDCCP, packet.ProtoESP:
	case packet.ProtoAH:
		off += 4
	default:
		whole = false
	}
	if whole && len(d) >= off+4 {
		ports = t.sorted(binary.BigEndian.Uint32(d[off:]))
	}
	return src, dst, ports, proto, true
}

// icmpError is icmp_is_err.
func icmpError(typ uint8) bool {
	switch typ {
	case packet.ICMPUnreachable, packet.ICMPSourceQuench, packet.ICMPRedirect, packet.ICMPTimeExceeded, packet.ICMPParameter:
		return true
	}
	return false
}

// hmarkTransport finds what IPv6 carries, an authentication header included;
// whole says that it is no fragment (ipv6_find_hdr with IP6_FH_F_AUTH).
func hmarkTransport(d []byte) (proto uint8, off int, whole, ok bool) {
	if len(d) < 40 || d[0]>>4 != 6 {
		return
	}
	proto, off, whole = d[6], 40, true
	for packet.IsExtensionHeader(proto) {
		if off+4 > len(d) {
			return proto, off, whole, false
		}
		switch proto {
		case packet.ProtoAH:
			return proto, off, whole, true
		case packet.ProtoFragment:
			whole = false
			if binary.BigEndian.Uint16(d[off+2:])&^7 != 0 {
				return d[off], off, false, !packet.IsExtensionHeader(d[off])
			}
			proto, off = d[off], off+8
		default:
			proto, off = d[off], off+int(d[off+1])*8+8
		}
	}
	return proto, off, whole, true
}

// hmarkAddr folds a masked address to 32 bits.
func hmarkAddr(a, mask netip.Addr) uint32 {
	if !mask.IsValid() {
		return 0
	}
	a = maskAddr(a, mask)
	if a.Is4() {
		b := a.As4()
		return binary.BigEndian.Uint32(b[:])
	}
	b := a.As16()
	var v uint32
	for i := 0; i < len(b); i += 4 {
		v ^= binary.BigEndian.Uint32(b[i:])
	}
	return v
}

// sorted masks the ports (or the SPI) and puts the larger half first.
func (t *hmarkTarget) sorted(v uint32) uint32 {
	half := func(high, low *uint32) (w uint32) {
		if high != nil {
			w = *high << 16
		}
		if low != nil {
			w |= *low
		}
		return w
	}
	mask, set := half(t.sportMask, t.dportMask), half(t.sport, t.dport)
	if t.spiMask != nil {
		mask = *t.spiMask
	}
	if t.spi != nil {
		set = *t.spi
	}
	v = v&mask | set
	if v&0xffff > v>>16 {
		v = v<<16 | v>>16
	}
	return v
}

// Save writes what is hashed in the long form.
func (t *hmarkTarget) Save(w *Writer) {
	if t.src.IsValid() {
		w.Printf("--hmark-src-prefix %d", t.srcBits)
	}
	if t.dst.IsValid() {
		w.Printf("--hmark-dst-prefix %d", t.dstBits)
	}
	for _, x := range []struct {
		v    *uint32
		form string
	}{
		{t.sportMask, "--hmark-sport-mask 0x%04x"}, {t.dportMask, "--hmark-dport-mask 0x%04x"}, {t.spiMask, "--hmark-spi-mask 0x%08x"},
		{t.sport, "--hmark-sport 0x%04x"}, {t.dport, "--hmark-dport 0x%04x"}, {t.spi, "--hmark-spi 0x%08x"},
	} {
		if x.v != nil {
			w.Printf(x.form, *x.v)
		}
	}
	if t.protoMask != nil {
		w.Printf("--hmark-proto-mask 0x%02x", *t.protoMask)
	}
	w.Printf("--hmark-rnd 0x%08x --hmark-mod %d", t.rnd, t.mod)
	if t.hasOffset {
		w.Printf("--hmark-offset %d", t.offset)
	}
	if t.ct {
		w.Word("--hmark-tuple ct")
	}
}
