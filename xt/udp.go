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
		{Name: "sport", Aliases: []string{"source-port"}, Arg: Text, Neg: true, Help: "source port or LO:HI", Samples: portSamples},
		{Name: "dport", Aliases: []string{"destination-port"}, Arg: Text, Neg: true, Help: "destination port or LO:HI", Samples: portSamples},
	},
	New: newUDP,
}

type udpMatch struct {
	sport, dport portRange
	native       bool
}

func newUDP(a *Args) (any, error) {
	m := &udpMatch{}
	var err error
	if m.sport, err = portRangeOf(a.Get("sport")); err != nil {
		return nil, err
	}
	if m.dport, err = portRangeOf(a.Get("dport")); err != nil {
		return nil, err
	}
	m.native = a.Env.Backend == host.NFT && (!m.sport.any() || !m.dport.any() || m.sport.neg || m.dport.neg) &&
		!(a.Env.Version >= V1_8_11 && (m.sport.never() || m.dport.never()))
	return m, nil
}

// Native reports whether iptables-nft writes the match in nf_tables' own terms.
func (m *udpMatch) Native() bool { return m.native }

// Match is xt_tcpudp.c: udp_mt, or nf_tables' payload expressions (Linux 6.18).
func (m *udpMatch) Match(c *Ctx) trace.Truth {
	if m.native {
		t := trace.Yes
		if !m.sport.any() {
			t = c.nativePort("udp", "--sport", m.sport, 0)
		}
		if t != trace.No && !m.dport.any() {
			t = and(t, c.nativePort("udp", "--dport", m.dport, 2))
		}
		return t
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
