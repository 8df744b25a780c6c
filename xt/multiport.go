package xt

import (
	"encoding/binary"
	"strings"

	"nfwhy/packet"
	"nfwhy/trace"
)

var multiportExt = &Extension{
	Name:     "multiport",
	Families: FamBoth,
	Protos:   []uint8{packet.ProtoTCP, packet.ProtoUDP, packet.ProtoUDPLite, packet.ProtoSCTP, packet.ProtoDCCP},
	Model:    Exact,
	Doc:      "Up to 15 ports; a range counts as two. -p must stand before it.",
	Options: []Option{
		{Name: "source-ports", Aliases: []string{"sports"}, Arg: Text, Neg: true, Excl: []string{"destination-ports", "ports"},
			Help: "source port is one of these", Samples: multiSamples},
		{Name: "destination-ports", Aliases: []string{"dports"}, Arg: Text, Neg: true, Excl: []string{"source-ports", "ports"},
			Help: "destination port is one of these", Samples: multiSamples},
		{Name: "ports", Arg: Text, Neg: true, Excl: []string{"source-ports", "destination-ports"},
			Help: "source or destination port is one of these", Samples: multiSamples},
	},
	Early: multiportEarly,
	New:   newMultiport,
}

var multiSamples = []string{"22", "ssh,http", "1:3,5", "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15", "0:65535", "1:2,3:4,5:6,7:8,9:10,11:12,13:14,15"}

type multiportMatch struct {
	src, dst bool
	neg      bool
	ports    []portRange
	list     string
}

// multiportEarly refuses the option when the protocol is not known yet.
func multiportEarly(a *Args, g *Given) error {
	b := &a.Rule.Base
	if !b.HasProto || b.NegProto {
		return errorAt(g.Word.Pos, "option %q not allowed here: -p tcp, udp, udplite, sctp or dccp must stand before it", "--"+g.Option.Name)
	}
	return nil
}

func newMultiport(a *Args) (any, error) {
	if len(a.Given) == 0 {
		return nil, a.Errorf("match multiport: one of --sports, --dports or --ports must be given")
	}
	g := a.Given[0]
	m := &multiportMatch{neg: g.Neg, src: g.Option.Name != "destination-ports", dst: g.Option.Name != "source-ports"}
	slots, transport := 0, transportLetter(a.Rule.Base.Proto)
	var list []string
	for _, item := range strings.Split(g.Text(), ",") {
		lo, hi, colon := strings.Cut(item, ":")
		v, ok := portNumber(lo, transport)
		p := portRange{lo: uint16(v), hi: uint16(v)}
		slots++
		if ok && colon {
			v, ok = portNumber(hi, transport)
			p.hi = uint16(v)
			slots++
		}
		switch {
		case !ok:
			return nil, g.Errorf("option %q: bad port %q (expected a number, service name or LO:HI)%s", "--"+g.Option.Name, item, didYouMean(item, serviceNames()))
		case colon && p.lo >= p.hi:
			return nil, g.Errorf("option %q: range %q is empty (the first port must be smaller than the second)", "--"+g.Option.Name, item)
		case slots > 15:
			return nil, g.Errorf("option %q: too many ports (at most 15, a range counts as two)", "--"+g.Option.Name)
		}
		m.ports = append(m.ports, p)
		list = append(list, spanText(uint64(p.lo), uint64(p.hi)))
	}
	m.list = strings.Join(list, ",")
	return m, nil
}

// transportLetter names the service list of a protocol, one without entries for
// those that have none.
func transportLetter(proto uint8) string {
	switch proto {
	case packet.ProtoTCP:
		return "t"
	case packet.ProtoUDP:
		return "u"
	case packet.ProtoSCTP:
		return "s"
	case packet.ProtoDCCP:
		return "d"
	}
	return "-"
}

// Match is xt_multiport.c: multiport_mt (Linux 6.18).
func (m *multiportMatch) Match(c *Ctx) trace.Truth {
	h, t, ok := c.header("multiport", 4)
	if !ok {
		return t
	}
	sport, dport := binary.BigEndian.Uint16(h), binary.BigEndian.Uint16(h[2:])
	found := false
	for _, p := range m.ports {
		found = found || m.src && sport >= p.lo && sport <= p.hi || m.dst && dport >= p.lo && dport <= p.hi
	}
	t = trace.Of(found).Not(m.neg)
	if c.Recorder != nil {
		saw := utoa(uint64(dport))
		switch {
		case m.src && m.dst:
			saw = utoa(uint64(sport)) + " and " + saw
		case m.src:
			saw = utoa(uint64(sport))
		}
		c.Recorder.Term(trace.Term{Part: "multiport", Field: "--" + m.option(), Saw: saw, Want: not(m.neg, m.list), Truth: t})
	}
	return t
}

func (m *multiportMatch) option() string {
	switch {
	case m.src && m.dst:
		return "ports"
	case m.src:
		return "sports"
	}
	return "dports"
}

// Save writes the list in its short name.
func (m *multiportMatch) Save(w *Writer) {
	w.Opt(m.option(), m.neg)
	w.Word(m.list)
}
