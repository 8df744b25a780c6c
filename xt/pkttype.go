package xt

import (
	"strings"

	"nfwhy/packet"
	"nfwhy/trace"
)

var pkttypeExt = &Extension{
	Name:     "pkttype",
	Families: FamBoth,
	Model:    Exact,
	Doc:      "Whom the link layer addressed: unicast is this host. A packet looped back by this host counts by its IP destination.",
	Options: []Option{{Name: "pkt-type", Arg: Text, Need: true, Neg: true, Help: "unicast, broadcast, multicast or otherhost",
		Samples: []string{"unicast", "broadcast", "multicast", "otherhost", "host", "bcast", "mcast", "BROADCAST"}}},
	New: newPkttype,
}

var pktTypes = []struct {
	name, alias string
	cast        packet.Cast
}{
	{"unicast", "host", packet.CastHost}, {"broadcast", "bcast", packet.CastBroadcast}, {"multicast", "mcast", packet.CastMulticast},
	{"otherhost", "", packet.CastOther},
}

type pkttypeMatch struct {
	cast packet.Cast
	neg  bool
}

func newPkttype(a *Args) (any, error) {
	g := a.Given[0]
	var words []string
	for _, p := range pktTypes {
		if strings.EqualFold(g.Text(), p.name) || p.alias != "" && strings.EqualFold(g.Text(), p.alias) {
			return &pkttypeMatch{p.cast, g.Neg}, nil
		}
		words = append(words, p.name)
	}
	return nil, g.bad(oneOf(words) + didYouMean(g.Text(), words))
}

func castName(c packet.Cast) string {
	for _, p := range pktTypes {
		if p.cast == c {
			return p.name
		}
	}
	if c == packet.CastOutgoing {
		return "outgoing"
	}
	return "loopback"
}

// Match is xt_pkttype.c: pkttype_mt (Linux 6.18).
func (m *pkttypeMatch) Match(c *Ctx) trace.Truth {
	cast := c.Pkt.Cast
	if cast == packet.CastLoopback {
		cast = packet.CastBroadcast
		if c.Family == packet.IPv6 || c.Pkt.Data[16]&0xf0 == 0xe0 {
			cast = packet.CastMulticast
		}
	}
	t := trace.Of(cast == m.cast).Not(m.neg)
	if c.Recorder != nil {
		c.Recorder.Term(trace.Term{Part: "pkttype", Field: "--pkt-type", Saw: castName(cast), Want: not(m.neg, castName(m.cast)), Truth: t})
	}
	return t
}

// Save writes the type.
func (m *pkttypeMatch) Save(w *Writer) {
	w.Opt("pkt-type", m.neg)
	w.Word(castName(m.cast))
}
