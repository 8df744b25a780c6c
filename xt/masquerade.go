package xt

import (
	"net/netip"
	"strings"

	"nfwhy/conntrack"
	"nfwhy/packet"
	"nfwhy/trace"
)

var masqueradeExt = &Extension{
	Name: "MASQUERADE", IsTarget: true, Families: FamBoth, Tables: natTables, Hooks: []packet.Hook{packet.Postrouting}, Model: Exact, Tracks: true,
	Doc: "SNAT to an address of the interface the packet leaves by.",
	Options: []Option{
		{Name: "to-ports", Arg: Text, Help: "PORT[-PORT]", Samples: natPortSamples},
		{Name: "random", Help: "a random port"},
		{Name: "random-fully", Help: "a random port, without looking at the packet"},
	},
	Early: natEarly,
	New: func(a *Args) (any, error) {
		r, err := natPortRange(a)
		return &masqueradeTarget{r}, err
	},
}

var redirectExt = &Extension{
	Name: "REDIRECT", IsTarget: true, Families: FamBoth, Tables: natTables, Hooks: []packet.Hook{packet.Prerouting, packet.Output}, Model: Exact, Tracks: true,
	Doc: "DNAT to this host: to an address of the incoming interface, in OUTPUT to the loopback address.",
	Options: []Option{
		{Name: "to-ports", Arg: Text, Help: "PORT[-PORT]", Samples: natPortSamples},
		{Name: "random", Help: "a random port"},
	},
	Early: natEarly,
	New: func(a *Args) (any, error) {
		r, err := natPortRange(a)
		return &redirectTarget{r}, err
	},
}

var natPortSamples = []string{"80", "80-90", "http", "0", "5-5", "90-80", "80:90", "65535"}

// natPortRange reads --to-ports and the flags.
func natPortRange(a *Args) (conntrack.Range, error) {
	r := conntrack.Range{Random: a.Has("random"), FullyRandom: a.Has("random-fully")}
	g := a.Get("to-ports")
	if g == nil {
		return r, nil
	}
	if strings.Contains(g.Text(), ":") {
		return r, g.Errorf("option %q: bad value %q (ports are joined by a dash: LO-HI)", "--to-ports", g.Text())
	}
	if err := natPorts(g, g.Text(), &r); err != nil {
		return r, err
	}
	if r.Shift {
		return r, g.bad("PORT or LO-HI")
	}
	return r, nil
}

func saveToPorts(w *Writer, r *conntrack.Range) {
	if r.Ports {
		w.Opt("to-ports", false)
		w.Word(dashText(r.MinPort, r.MaxPort))
	}
	saveNATFlags(w, r)
}

// AddressKnower is a Machine that knows which addresses its links have.
type AddressKnower interface {
	// SourceFor returns the primary address of the packet's outgoing interface
	// for its next hop (inet_select_addr); ok is false when none is known.
	SourceFor(c *Ctx) (a netip.Addr, ok bool)
	// FirstAddr returns the first usable address of the incoming interface.
	FirstAddr(c *Ctx) (a netip.Addr, ok bool)
}

type masqueradeTarget struct{ r conntrack.Range }

// Apply is nf_nat_masquerade.c (Linux 6.18): a packet without source is left
// alone, one for which there is no address is dropped.
func (t *masqueradeTarget) Apply(c *Ctx) trace.Verdict {
	if c.Family == packet.IPv4 && c.CT.Conn != nil && c.Pkt.Src().IsUnspecified() {
		return trace.Accept
	}
	k, ok := c.Machine.(AddressKnower)
	if !ok {
		return trace.Accept
	}
	a, ok := k.SourceFor(c)
	if !ok {
		return trace.Drop
	}
	r := t.r
	r.Min, r.Max = a, a
	return c.bind(conntrack.ManipSrc, r)
}

// Save writes the ports and the flags.
func (t *masqueradeTarget) Save(w *Writer) { saveToPorts(w, &t.r) }

type redirectTarget struct{ r conntrack.Range }

// Apply is nf_nat_redirect.c (Linux 6.18).
func (t *redirectTarget) Apply(c *Ctx) trace.Verdict {
	r := t.r
	switch {
	case c.Hook == packet.Output && c.Family == packet.IPv6:
		r.Min = netip.IPv6Loopback()
	case c.Hook == packet.Output:
		r.Min = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	default:
		k, ok := c.Machine.(AddressKnower)
		if !ok {
			return trace.Accept
		}
		if r.Min, ok = k.FirstAddr(c); !ok {
			return trace.Drop
		}
	}
	r.Max = r.Min
	return c.bind(conntrack.ManipDst, r)
}

// Save writes the ports and the flags.
func (t *redirectTarget) Save(w *Writer) { saveToPorts(w, &t.r) }

var netmapExt = &Extension{
	Name: "NETMAP", IsTarget: true, Families: FamBoth, Tables: natTables,
	Hooks: []packet.Hook{packet.Prerouting, packet.Input, packet.Output, packet.Postrouting}, Model: Exact, Tracks: true,
	Doc:     "Replaces the network bits of an address and keeps the host bits: the destination in PREROUTING and OUTPUT, else the source.",
	Options: []Option{{Name: "to", Arg: HostMask, Need: true, Help: "ADDR[/PREFIX]"}},
	New: func(a *Args) (any, error) {
		g := a.Given[0]
		bits, _ := maskBits(g.Mask)
		p := netip.PrefixFrom(g.Addr, bits)
		return &netmapTarget{p.Masked()}, nil
	},
}

type netmapTarget struct{ to netip.Prefix }

// Apply is xt_NETMAP.c (Linux 6.18).
func (t *netmapTarget) Apply(c *Ctx) trace.Verdict {
	m := conntrack.ManipAt(c.Hook)
	a := c.Pkt.Src()
	if m == conntrack.ManipDst {
		a = c.Pkt.Dst()
	}
	return c.bind(m, conntrack.NetmapRange(a, t.to))
}

// Save writes the network with its prefix length.
func (t *netmapTarget) Save(w *Writer) {
	w.Opt("to", false)
	w.Printf("%s/%d", addrText(t.to.Addr()), t.to.Bits())
}
