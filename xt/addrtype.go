package xt

import (
	"errors"
	"strings"

	"nfwhy/packet"
	"nfwhy/trace"
)

// The bits of addrtype's masks (include/uapi/linux/netfilter/xt_addrtype.h).
const (
	AddrUnspec      AddrType = 1 << iota // XT_ADDRTYPE_UNSPEC
	AddrUnicast                          // XT_ADDRTYPE_UNICAST
	AddrLocal                            // XT_ADDRTYPE_LOCAL
	AddrBroadcast                        // XT_ADDRTYPE_BROADCAST
	AddrAnycast                          // XT_ADDRTYPE_ANYCAST
	AddrMulticast                        // XT_ADDRTYPE_MULTICAST
	AddrBlackhole                        // XT_ADDRTYPE_BLACKHOLE
	AddrUnreachable                      // XT_ADDRTYPE_UNREACHABLE
	AddrProhibit                         // XT_ADDRTYPE_PROHIBIT
	AddrThrow                            // XT_ADDRTYPE_THROW
	AddrNAT                              // XT_ADDRTYPE_NAT
	AddrXResolve                         // XT_ADDRTYPE_XRESOLVE
)

var addrTypeNames = []string{"UNSPEC", "UNICAST", "LOCAL", "BROADCAST", "ANYCAST", "MULTICAST", "BLACKHOLE", "UNREACHABLE", "PROHIBIT",
	"THROW", "NAT", "XRESOLVE"}

// String returns the names joined by commas.
func (t AddrType) String() string {
	var w []string
	for i, n := range addrTypeNames {
		if t&(1<<i) != 0 {
			w = append(w, n)
		}
	}
	return strings.Join(w, ",")
}

var addrtypeExt = &Extension{
	Name:     "addrtype",
	Families: FamBoth,
	Model:    Exact,
	Doc: "What an address is to this host: LOCAL its own, BROADCAST, MULTICAST, UNICAST anything else with a route, ...\n" +
		"0.0.0.0/8 and 255.255.255.255 are BROADCAST.",
	Options: []Option{
		{Name: "src-type", Arg: Text, Neg: true, Help: "type of the source address, any of the list", Samples: addrSamples},
		{Name: "dst-type", Arg: Text, Neg: true, Help: "type of the destination address, any of the list", Samples: addrSamples},
		{Name: "limit-iface-in", Excl: []string{"limit-iface-out"}, Help: "as seen from the incoming interface"},
		{Name: "limit-iface-out", Excl: []string{"limit-iface-in"}, Help: "as seen from the outgoing interface"},
	},
	New: newAddrtype,
}

var addrSamples = []string{"LOCAL", "UNICAST,LOCAL", "BROADCAST", "MULTICAST", "ANYCAST,UNSPEC", "UNREACHABLE", "local,uni", "BLACKHOLE,PROHIBIT,THROW,NAT,XRESOLVE"}

type addrtypeMatch struct {
	src, dst       AddrType
	negSrc, negDst bool
	in, out        bool
}

func newAddrtype(a *Args) (any, error) {
	m := &addrtypeMatch{in: a.Has("limit-iface-in"), out: a.Has("limit-iface-out")}
	var err error
	for _, x := range []struct {
		name string
		bits *AddrType
		neg  *bool
	}{{"src-type", &m.src, &m.negSrc}, {"dst-type", &m.dst, &m.negDst}} {
		if g := a.Get(x.name); g != nil {
			*x.neg = g.Neg
			if *x.bits, err = addrTypes(a, g); err != nil {
				return nil, err
			}
		}
	}
	if m.src == 0 && m.dst == 0 {
		return nil, a.Errorf("match addrtype: --src-type or --dst-type must be given")
	}
	return m, nil
}

func addrTypes(a *Args, g *Given) (AddrType, error) {
	var t AddrType
	for _, item := range strings.Split(g.Text(), ",") {
		i := abbreviated(item, addrTypeNames)
		if i < 0 {
			return 0, g.Errorf("option %q: bad type %q (expected %s)%s", "--"+g.Option.Name, item, oneOf(addrTypeNames), didYouMean(item, addrTypeNames))
		}
		t |= 1 << i
	}
	if bad := t & (AddrBroadcast | AddrBlackhole | AddrProhibit | AddrThrow | AddrNAT | AddrXResolve); a.six() && bad != 0 {
		return 0, g.Errorf("option %q: IPv6 has no type %s here", "--"+g.Option.Name, bad)
	}
	return t, nil
}

// CheckHook refuses to ask for an interface that packets there do not have.
func (m *addrtypeMatch) CheckHook(h packet.Hook) error {
	if m.in && (h == packet.Postrouting || h == packet.Output) {
		return errors.New("--limit-iface-in not allowed in " + h.String() + ": there is no incoming interface")
	}
	if m.out && (h == packet.Prerouting || h == packet.Input) {
		return errors.New("--limit-iface-out not allowed in " + h.String() + ": there is no outgoing interface")
	}
	return nil
}

// Match is xt_addrtype.c: addrtype_mt_v1, addrtype_mt6 (Linux 6.18).
func (m *addrtypeMatch) Match(c *Ctx) trace.Truth {
	dev := ""
	if m.in {
		dev = c.In
	} else if m.out {
		dev = c.Out
	}
	t := trace.Yes
	if m.src != 0 {
		t = m.test(c, true, dev, m.src, m.negSrc)
	}
	if m.dst != 0 && t != trace.No {
		t = and(t, m.test(c, false, dev, m.dst, m.negDst))
	}
	return t
}

func (m *addrtypeMatch) test(c *Ctx, src bool, dev string, want AddrType, neg bool) trace.Truth {
	field := "--dst-type"
	if src {
		field = "--src-type"
	}
	is := c.Machine.AddrType(c, src, dev)
	if is == 0 {
		if c.Recorder == nil {
			return trace.Unknown
		}
		return c.unknown("addrtype", field, not(neg, want.String()), "whether "+addrOf(c, src)+" is an address of this host")
	}
	ok := is&want != 0
	if c.Family == packet.IPv6 {
		ok = addrtype6(is, want)
	}
	t := trace.Of(ok).Not(neg)
	if c.Recorder != nil {
		c.Recorder.Term(trace.Term{Part: "addrtype", Field: field, Saw: is.String() + " " + addrOf(c, src), Want: not(neg, want.String()), Truth: t})
	}
	return t
}

func addrOf(c *Ctx, src bool) string {
	if src {
		return addrText(c.Pkt.Src())
	}
	return addrText(c.Pkt.Dst())
}

// addrtype6 tests IPv6 types, which are not alternatives: each of MULTICAST,
// UNICAST and UNSPEC that is asked for must hold, then one of the kinds that
// need a route (xt_addrtype.c: match_type6). is holds all that is true.
func addrtype6(is, want AddrType) bool {
	class := want & (AddrMulticast | AddrUnicast | AddrUnspec)
	if is&class != class {
		return false
	}
	routed := want & (AddrLocal | AddrAnycast | AddrUnreachable)
	return routed == 0 || is&routed != 0
}

// Save writes the options in iptables-save's order.
func (m *addrtypeMatch) Save(w *Writer) {
	if m.src != 0 {
		w.Opt("src-type", m.negSrc)
		w.Word(m.src.String())
	}
	if m.dst != 0 {
		w.Opt("dst-type", m.negDst)
		w.Word(m.dst.String())
	}
	if m.in {
		w.Opt("limit-iface-in", false)
	}
	if m.out {
		w.Opt("limit-iface-out", false)
	}
}
