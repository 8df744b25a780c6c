package xt

import (
	"encoding/binary"

	"nfwhy/host"
	"nfwhy/packet"
	"nfwhy/trace"
)

var udpMatchExt = &Extension{
	Name:     "udp",
	Families: FamBoth,
	Protos:   []uint8{packet.ProtoUDP},
	Model:    Exact,
	Doc:      "Ports of a UDP datagram. Loaded by itself when one of its options follows -p udp.",
	Options: []Option{
		{Name: "sport", Aliases: []string{"source-port"}, Arg: PortSpan, Neg: true, Help: "source port or LO:HI"},
		{Name: "dport", Aliases: []string{"destination-port"}, Arg: PortSpan, Neg: true, Help: "destination port or LO:HI"},
	},
	New: newUDP,
}

type udpMatch struct {
	sport, dport portRange
	native       bool
}

func newUDP(a *Args) (any, error) {
	m := &udpMatch{sport: givenPorts(a.Get("sport")), dport: givenPorts(a.Get("dport"))}
	m.native = a.Env.Backend == host.NFT && (!m.sport.any() || !m.dport.any() || m.sport.neg || m.dport.neg) &&
		!(a.Env.Version >= V1_8_11 && (m.sport.never() || m.dport.never()))
	return m, nil
}

// givenPorts returns the range of a PortSpan option, all ports for none.
func givenPorts(g *Given) portRange {
	if g == nil {
		return portRange{0, 65535, false}
	}
	return portRange{uint16(g.Lo), uint16(g.Hi), g.Neg}
}

// Native reports whether iptables-nft writes the match in nf_tables' own terms.
func (m *udpMatch) Native() bool { return m.native }

// Match is xt_tcpudp.c: udp_mt, or nf_tables' payload expressions (Linux 6.18).
func (m *udpMatch) Match(c *Ctx) trace.Truth {
	if m.native {
		return c.nativePorts("udp", &m.sport, &m.dport)
	}
	h, t, ok := c.header("udp", 8)
	if !ok {
		return t
	}
	if m.sport.match(c, "udp", "--sport", binary.BigEndian.Uint16(h)) == trace.No {
		return trace.No
	}
	return m.dport.match(c, "udp", "--dport", binary.BigEndian.Uint16(h[2:]))
}

// Save writes the options in iptables-save's order.
func (m *udpMatch) Save(w *Writer) {
	m.sport.save(w, "sport")
	m.dport.save(w, "dport")
}
