package xt

import (
	"nfwhy/packet"
	"nfwhy/trace"
)

var rpfilterExt = &Extension{
	Name: "rpfilter", Families: FamBoth, Tables: []string{"raw", "mangle"}, Hooks: []packet.Hook{packet.Prerouting}, Model: Exact,
	Doc: "The way back to the packet's source leads out by the interface it came in by.",
	Options: []Option{
		{Name: "loose", Help: "by any interface"},
		{Name: "validmark", Help: "look up the route with the packet's mark"},
		{Name: "accept-local", Help: "the source may be this host's own"},
		{Name: "invert", Help: "packets that fail the test"},
	},
	New: func(a *Args) (any, error) {
		return &rpfilterMatch{a.Has("loose"), a.Has("validmark"), a.Has("accept-local"), a.Has("invert")}, nil
	},
}

// ReversePath is a Machine that looks up the route back to a packet's source.
type ReversePath interface {
	// ReverseOK is Yes when a route to the source exists and leads out by the
	// packet's incoming interface (any with loose). local accepts own sources.
	ReverseOK(c *Ctx, loose, validMark, local bool) trace.Truth
}

type rpfilterMatch struct{ loose, validMark, local, invert bool }

// Match is ipt_rpfilter.c, ip6t_rpfilter.c (Linux 6.18).
func (m *rpfilterMatch) Match(c *Ctx) trace.Truth {
	if c.In == "lo" || c.Pkt.Cast == packet.CastLoopback {
		return c.says("rpfilter", "interface", "lo", "", trace.Of(!m.invert))
	}
	src := c.Pkt.Src()
	if c.Family == packet.IPv4 && src.IsUnspecified() {
		if d := c.Pkt.Dst(); d.IsLinkLocalMulticast() || d.As4() == [4]byte{255, 255, 255, 255} {
			return c.says("rpfilter", "source", "0.0.0.0", "", trace.Of(!m.invert))
		}
	}
	if c.Family == packet.IPv6 && (src.IsUnspecified() || src.IsLinkLocalUnicast() && c.Pkt.Dst().IsLinkLocalMulticast()) {
		return c.says("rpfilter", "source", "none yet", "", trace.Of(!m.invert))
	}
	k, ok := c.Machine.(ReversePath)
	if !ok {
		return c.unknown("rpfilter", "reverse path", "", "the host's routes")
	}
	t := k.ReverseOK(c, m.loose, m.validMark, m.local)
	if t == trace.Unknown {
		return c.unknown("rpfilter", "reverse path", "", "the route back to the source")
	}
	saw := "the way back does not lead out by it"
	if t == trace.Yes {
		saw = "the way back leads out by it"
	}
	return c.says("rpfilter", "incoming interface", saw, "", t.Not(m.invert))
}

// Save writes the flags in iptables-save's order.
func (m *rpfilterMatch) Save(w *Writer) {
	for _, x := range []struct {
		on   bool
		name string
	}{{m.loose, "loose"}, {m.validMark, "validmark"}, {m.local, "accept-local"}, {m.invert, "invert"}} {
		if x.on {
			w.Opt(x.name, false)
		}
	}
}

var socketExt = &Extension{
	Name: "socket", Families: FamBoth, Hooks: []packet.Hook{packet.Prerouting, packet.Input}, Model: Partly, Gap: "which local sockets there are",
	Doc: "A local socket exists for the packet.",
	Options: []Option{
		{Name: "transparent", Help: "a transparent one"},
		{Name: "nowildcard", Help: "also one listening on any address"},
		{Name: "restore-skmark", Help: "take the socket's mark"},
	},
	New: func(a *Args) (any, error) {
		return &gapMatch{"socket", a.Ext.Gap, func(w *Writer) {
			for _, n := range []string{"transparent", "nowildcard", "restore-skmark"} {
				if a.Has(n) {
					w.Opt(n, false)
				}
			}
		}}, nil
	},
}

var osfExt = &Extension{
	Name: "osf", Families: Fam4, Protos: []uint8{packet.ProtoTCP}, Hooks: []packet.Hook{packet.Input, packet.Prerouting, packet.Forward},
	Model: Partly, Gap: "which fingerprints are loaded (nfnl_osf)",
	Doc: "The operating system that a TCP SYN looks like, by the fingerprints that were loaded.",
	Options: []Option{
		{Name: "genre", Arg: Text, Need: true, Neg: true, Help: "name of the system", Samples: []string{"Linux", "a b"}},
		{Name: "ttl", Arg: Number, Max: 2, Help: "0 true TTL, 1 not greater, 2 not compared"},
		{Name: "log", Arg: Number, Max: 2, Help: "0 all, 1 first, 2 all known"},
	},
	New: func(a *Args) (any, error) {
		g := a.Get("genre")
		m := gapMatch{"osf", a.Ext.Gap, func(w *Writer) {
			w.Opt("genre", g.Neg)
			w.Word(g.Text()[:min(len(g.Text()), 31)])
			for _, n := range []string{"ttl", "log"} {
				if o := a.Get(n); o != nil {
					w.Printf("--%s %d", n, o.Lo)
				}
			}
		}}
		return &osfMatch{m}, nil
	},
}

type osfMatch struct{ gapMatch }

// Match is xt_osf.c (Linux 6.18): only a SYN can have a fingerprint.
func (m *osfMatch) Match(c *Ctx) trace.Truth {
	h, w := c.bytes(c.transport().off, 20)
	if w == here && h[13]&0x02 == 0 {
		return c.says("osf", "--genre", "no SYN", "a SYN", trace.No)
	}
	return m.gapMatch.Match(c)
}

var ipvsExt = &Extension{
	Name: "ipvs", Families: FamBoth, Model: Partly, Gap: "what IPVS does with connections", Absent: true, Tracks: true,
	Doc: "The packet belongs to a connection of the IPVS load balancer.",
	Options: []Option{
		{Name: "ipvs", Neg: true, Help: "it does at all"},
		{Name: "vproto", Arg: Proto, Neg: true, Help: "protocol of the virtual service"},
		{Name: "vaddr", Arg: HostMask, Neg: true, Help: "address of the virtual service"},
		{Name: "vport", Arg: Port, Neg: true, Help: "port of the virtual service"},
		{Name: "vdir", Arg: Text, Help: "ORIGINAL or REPLY"},
		{Name: "vmethod", Arg: Text, Neg: true, Help: "GATE, IPIP or MASQ"},
		{Name: "vportctl", Arg: Port, Neg: true, Help: "port of the controlling connection"},
	},
	New: newIPVS,
}

func newIPVS(a *Args) (any, error) {
	if len(a.Given) == 0 {
		return nil, a.Errorf("match ipvs: at least one option must be given")
	}
	words := map[string][]string{"vdir": {"ORIGINAL", "REPLY"}, "vmethod": {"GATE", "IPIP", "MASQ"}}
	text := map[string]string{}
	for _, g := range a.Given {
		if list := words[g.Option.Name]; list != nil {
			i := abbreviated(g.Text(), list)
			if i < 0 || len(list[i]) != len(g.Text()) {
				return nil, g.bad(oneOf(list) + didYouMean(g.Text(), list))
			}
			text[g.Option.Name] = list[i]
		}
	}
	return &gapMatch{"ipvs", a.Ext.Gap, func(w *Writer) {
		if g := a.Get("ipvs"); g != nil && len(a.Given) == 1 {
			w.Opt("ipvs", g.Neg)
		}
		for _, n := range []string{"vproto", "vaddr", "vport", "vdir", "vmethod", "vportctl"} {
			g := a.Get(n)
			if g == nil {
				continue
			}
			w.Opt(n, g.Neg)
			switch {
			case text[n] != "":
				w.Word(text[n])
			case n == "vaddr":
				w.Word(addrText(g.Addr) + maskText(g.Mask))
			default:
				w.Uint(g.Lo)
			}
		}
	}}, nil
}
