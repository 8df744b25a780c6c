package xt

import (
	"net/netip"
	"strings"

	"nfwhy/conntrack"
	"nfwhy/packet"
	"nfwhy/trace"
)

// The file is named after xt_nat.c, which holds SNAT and DNAT; MASQUERADE,
// REDIRECT and NETMAP are their relatives.

var natTables = []string{"nat"}

var natSamples4 = []string{"192.0.2.1", "192.0.2.1-192.0.2.9", "192.0.2.1:80", "192.0.2.1-192.0.2.9:80-90", ":80", "192.0.2.1:80-90/85", "192.0.2.1:http",
	"10.1", "192.0.2.1:90-80", "192.0.2.1-192.0.2.1:0", "2001:db8::1", "[2001:db8::1]:80", "[2001:db8::1-2001:db8::9]:80-90", "[2001:db8::1]"}

var snatExt = &Extension{
	Name: "SNAT", IsTarget: true, Families: FamBoth, Tables: natTables, Hooks: []packet.Hook{packet.Postrouting, packet.Input}, Model: Exact, Tracks: true,
	Doc: "Gives the connection another source. Decided for its first packet, for all packets of it in both directions.",
	Options: []Option{
		{Name: "to-source", Arg: Text, Need: true, Help: "[ADDR[-ADDR]][:PORT[-PORT]]", Samples: natSamples4},
		{Name: "random", Help: "a random port"},
		{Name: "random-fully", Help: "a random port, without looking at the packet"},
		{Name: "persistent", Help: "the same address of a range for each client"},
	},
	Early: natEarly,
	New:   func(a *Args) (any, error) { return newNAT(a, a.Get("to-source"), conntrack.ManipSrc) },
}

var dnatExt = &Extension{
	Name: "DNAT", IsTarget: true, Families: FamBoth, Tables: natTables, Hooks: []packet.Hook{packet.Prerouting, packet.Output}, Model: Exact, Tracks: true,
	Doc: "Gives the connection another destination. Decided for its first packet, for all packets of it in both directions.",
	Options: []Option{
		{Name: "to-destination", Arg: Text, Need: true, Help: "[ADDR[-ADDR]][:PORT[-PORT[/BASE]]]", Samples: natSamples4},
		{Name: "random", Help: "a random port"},
		{Name: "persistent", Help: "the same address of a range for each client"},
	},
	Early: natEarly,
	New:   func(a *Args) (any, error) { return newNAT(a, a.Get("to-destination"), conntrack.ManipDst) },
}

// natPortProtos are the protocols that have a port for iptables' NAT targets; of
// ICMP the identifier is one.
var natPortProtos = []uint8{packet.ProtoTCP, packet.ProtoUDP, packet.ProtoSCTP, packet.ProtoDCCP, packet.ProtoICMP}

// natEarly refuses ports when the protocol is not known yet.
func natEarly(a *Args, g *Given) error {
	var has bool
	switch g.Option.Name {
	case "to-source", "to-destination":
		s := g.Text()
		if a.six() && strings.HasPrefix(s, "[") {
			_, s, _ = strings.Cut(s, "]")
			has = strings.HasPrefix(s, ":")
		} else {
			has = strings.Contains(s, ":") && (!a.six() || s[0] == ':' && !strings.HasPrefix(s, "::"))
		}
	case "to-ports":
		has = true
	}
	if !has {
		return nil
	}
	for _, p := range natPortProtos {
		if a.Rule.Base.HasProto && a.Rule.Base.Proto == p {
			return nil
		}
	}
	return g.Errorf("option %q: a port not allowed here: -p tcp, udp, sctp, dccp or icmp must stand before it", "--"+g.Option.Name)
}

// natTarget is SNAT or DNAT.
type natTarget struct {
	manip conntrack.Manip
	r     conntrack.Range
	six   bool
}

func newNAT(a *Args, g *Given, manip conntrack.Manip) (any, error) {
	t := &natTarget{manip: manip, six: a.six()}
	t.r.Random, t.r.FullyRandom, t.r.Persistent = a.Has("random"), a.Has("random-fully"), a.Has("persistent")
	addr, port, err := natSplit(a, g)
	if err != nil {
		return nil, err
	}
	if port != nil {
		if err := natPorts(g, *port, &t.r); err != nil {
			return nil, err
		}
	}
	if manip == conntrack.ManipSrc && t.r.Shift {
		t.r.BasePort = 0 // xt_nat's older range, which SNAT uses, has no room for it
	}
	if addr == "" && port != nil {
		return t, nil
	}
	first, last, dash := strings.Cut(addr, "-")
	if !dash {
		last = first
	}
	var ok1, ok2 bool
	t.r.Min, ok1 = strictAddr(first, a.six())
	t.r.Max, ok2 = strictAddr(last, a.six())
	if !ok1 || !ok2 {
		return nil, g.bad(addressWord(a.addrBits()) + " or a range of them, with or without :PORT")
	}
	return t, nil
}

// natSplit cuts the address from the port.
func natSplit(a *Args, g *Given) (addr string, port *string, err error) {
	s := g.Text()
	if a.six() {
		if !strings.HasPrefix(s, "[") {
			if strings.HasPrefix(s, ":") && !strings.HasPrefix(s, "::") {
				p := s[1:]
				return "", &p, nil
			}
			return s, nil, nil
		}
		addr, s, ok := strings.Cut(s[1:], "]")
		if !ok {
			return "", nil, g.bad("a bracket after the address")
		}
		if i := strings.IndexByte(s, ':'); i >= 0 {
			p := s[i+1:]
			return addr, &p, nil
		}
		return addr, nil, nil
	}
	if addr, p, ok := strings.Cut(s, ":"); ok {
		return addr, &p, nil
	}
	return s, nil, nil
}

// natPorts reads PORT[-PORT[/BASE]]; a single port may be a service name.
func natPorts(g *Given, s string, r *conntrack.Range) error {
	bad := g.bad("a port PORT[-PORT] after the colon")
	r.Ports = true
	lo, rest, ok := number(s)
	if !ok {
		if lo, ok = portNumber(s, ""); !ok {
			return bad
		}
		rest = ""
	}
	if lo > 65535 {
		return bad
	}
	r.MinPort, r.MaxPort = uint16(lo), uint16(lo)
	if rest == "" {
		return nil
	}
	hi, rest, ok := number(strings.TrimPrefix(rest, "-"))
	if !ok || rest == s || hi > 65535 || !strings.Contains(s, "-") {
		return bad
	}
	if hi < lo {
		return g.Errorf("option %q: port range %q is empty (the first port must not be larger)", "--"+g.Option.Name, s)
	}
	r.MaxPort = uint16(hi)
	if rest == "" {
		return nil
	}
	base, found := strings.CutPrefix(rest, "/")
	if !found {
		return bad
	}
	v, _, ok := number(base)
	if !ok {
		v, ok = portNumber(base, "")
	}
	if !ok || v == 0 || v > 65535 {
		return bad
	}
	r.Shift, r.BasePort = true, uint16(v)
	return nil
}

// strictAddr reads an address in its full form.
func strictAddr(s string, six bool) (netip.Addr, bool) {
	a, err := netip.ParseAddr(s)
	if err != nil || a.Is6() != six || a.Zone() != "" {
		return netip.Addr{}, false
	}
	return a, true
}

// bind makes the decision for the packet's connection.
func (c *Ctx) bind(m conntrack.Manip, r conntrack.Range) trace.Verdict {
	if c.CT.Conn == nil || c.Conns == nil {
		return trace.Accept
	}
	var rnd conntrack.Random
	if c.Rand != nil {
		rnd = c.Rand
	}
	if !c.Conns.Bind(c.CT.Conn, m, r, c.Now, rnd) {
		return trace.Drop
	}
	return trace.Accept
}

// Apply is xt_nat.c: xt_snat_target_v2, xt_dnat_target_v2 (Linux 6.18).
func (t *natTarget) Apply(c *Ctx) trace.Verdict { return c.bind(t.manip, t.r) }

// Save writes the range and the flags.
func (t *natTarget) Save(w *Writer) {
	name := "to-source"
	if t.manip == conntrack.ManipDst {
		name = "to-destination"
	}
	w.Opt(name, false)
	w.Word(t.rangeText())
	saveNATFlags(w, &t.r)
}

func (t *natTarget) rangeText() string {
	s := ""
	if t.r.Min.IsValid() {
		s = addrText(t.r.Min)
		if t.r.Max != t.r.Min {
			s += "-" + addrText(t.r.Max)
		}
		if t.six && t.r.Ports {
			s = "[" + s + "]"
		}
	}
	if !t.r.Ports {
		return s
	}
	s += ":" + dashText(t.r.MinPort, t.r.MaxPort)
	if t.r.Shift {
		s += "/" + utoa(uint64(t.r.BasePort))
	}
	return s
}

func dashText(lo, hi uint16) string {
	if lo == hi {
		return utoa(uint64(lo))
	}
	return utoa(uint64(lo)) + "-" + utoa(uint64(hi))
}

func saveNATFlags(w *Writer, r *conntrack.Range) {
	if r.Random {
		w.Opt("random", false)
	}
	if r.FullyRandom {
		w.Opt("random-fully", false)
	}
	if r.Persistent {
		w.Opt("persistent", false)
	}
}
