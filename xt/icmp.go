package xt

import (
	"strings"

	"nfwhy/packet"
	"nfwhy/trace"
)

var icmpMatchExt = &Extension{
	Name:     "icmp",
	Families: Fam4,
	Protos:   []uint8{packet.ProtoICMP},
	Model:    Exact,
	Doc:      "Type and code of an ICMP message. Loaded by itself when --icmp-type follows -p icmp.",
	Options: []Option{{Name: "icmp-type", Arg: Text, Need: true, Neg: true, Help: "any, a type's name, TYPE or TYPE/CODE",
		Samples: []string{"any", "8", "echo-request", "3/4", "fragmentation-needed", "0", "11/1", "ping", "254", "255/3", "network-redirect"}}},
	New: func(a *Args) (any, error) { return newICMP(a, "icmp", icmpNames) },
}

var icmp6MatchExt = &Extension{
	Name:     "icmp6",
	Aliases:  []string{"icmpv6", "ipv6-icmp"},
	Families: Fam6,
	Protos:   []uint8{packet.ProtoICMPv6},
	Model:    Exact,
	Doc:      "Type and code of an ICMPv6 message. Loaded by itself when --icmpv6-type follows -p icmpv6.",
	Options: []Option{{Name: "icmpv6-type", Arg: Text, Need: true, Neg: true, Help: "a type's name, TYPE or TYPE/CODE",
		Samples: []string{"128", "echo-request", "1/4", "packet-too-big", "133", "neighbor-solicitation", "255", "4/1", "ping"}}},
	New: func(a *Args) (any, error) { return newICMP(a, "icmpv6", icmp6Names) },
}

// icmpName is a name of a type, or of one code of it.
type icmpName struct {
	name   string
	typ    uint8
	lo, hi uint8
}

var icmpNames = []icmpName{
	{"any", 255, 0, 255},
	{"echo-reply", 0, 0, 255}, {"pong", 0, 0, 255},
	{"destination-unreachable", 3, 0, 255}, {"network-unreachable", 3, 0, 0}, {"host-unreachable", 3, 1, 1},
	{"protocol-unreachable", 3, 2, 2}, {"port-unreachable", 3, 3, 3}, {"fragmentation-needed", 3, 4, 4},
	{"source-route-failed", 3, 5, 5}, {"network-unknown", 3, 6, 6}, {"host-unknown", 3, 7, 7},
	{"network-prohibited", 3, 9, 9}, {"host-prohibited", 3, 10, 10}, {"TOS-network-unreachable", 3, 11, 11},
	{"TOS-host-unreachable", 3, 12, 12}, {"communication-prohibited", 3, 13, 13}, {"host-precedence-violation", 3, 14, 14},
	{"precedence-cutoff", 3, 15, 15},
	{"source-quench", 4, 0, 255},
	{"redirect", 5, 0, 255}, {"network-redirect", 5, 0, 0}, {"host-redirect", 5, 1, 1},
	{"TOS-network-redirect", 5, 2, 2}, {"TOS-host-redirect", 5, 3, 3},
	{"echo-request", 8, 0, 255}, {"ping", 8, 0, 255},
	{"router-advertisement", 9, 0, 255}, {"router-solicitation", 10, 0, 255},
	{"time-exceeded", 11, 0, 255}, {"ttl-exceeded", 11, 0, 255}, {"ttl-zero-during-transit", 11, 0, 0},
	{"ttl-zero-during-reassembly", 11, 1, 1},
	{"parameter-problem", 12, 0, 255}, {"ip-header-bad", 12, 0, 0}, {"required-option-missing", 12, 1, 1},
	{"timestamp-request", 13, 0, 255}, {"timestamp-reply", 14, 0, 255},
	{"address-mask-request", 17, 0, 255}, {"address-mask-reply", 18, 0, 255},
}

var icmp6Names = []icmpName{
	{"destination-unreachable", 1, 0, 255}, {"no-route", 1, 0, 0}, {"communication-prohibited", 1, 1, 1}, {"beyond-scope", 1, 2, 2},
	{"address-unreachable", 1, 3, 3}, {"port-unreachable", 1, 4, 4}, {"failed-policy", 1, 5, 5}, {"reject-route", 1, 6, 6},
	{"packet-too-big", 2, 0, 255},
	{"time-exceeded", 3, 0, 255}, {"ttl-exceeded", 3, 0, 255}, {"ttl-zero-during-transit", 3, 0, 0},
	{"ttl-zero-during-reassembly", 3, 1, 1},
	{"parameter-problem", 4, 0, 255}, {"bad-header", 4, 0, 0}, {"unknown-header-type", 4, 1, 1}, {"unknown-option", 4, 2, 2},
	{"echo-request", 128, 0, 255}, {"ping", 128, 0, 255}, {"echo-reply", 129, 0, 255}, {"pong", 129, 0, 255},
	{"router-solicitation", 133, 0, 255}, {"router-advertisement", 134, 0, 255},
	{"neighbour-solicitation", 135, 0, 255}, {"neighbor-solicitation", 135, 0, 255},
	{"neighbour-advertisement", 136, 0, 255}, {"neighbor-advertisement", 136, 0, 255},
	{"redirect", 137, 0, 255},
}

type icmpMatch struct {
	part     string // "icmp" or "icmpv6", as LOG's readers call it
	option   string
	typ      uint8
	lo, hi   uint8
	any, neg bool
	shown    bool // print the code of type 255
	names    []icmpName
}

func newICMP(a *Args, part string, names []icmpName) (any, error) {
	g := a.Given[0]
	m := &icmpMatch{part: part, option: g.Option.Name, neg: g.Neg, names: names}
	n, err := icmpType(g, names)
	if err != nil {
		return nil, err
	}
	m.typ, m.lo, m.hi = n.typ, n.lo, n.hi
	m.any = part == "icmp" && n.typ == 255
	if a.Env.Version >= V1_8_11 {
		m.shown = n.lo != 0 || n.hi != 255
	}
	return m, nil
}

// icmpType reads a type: the start of one name, or numbers.
func icmpType(g *Given, names []icmpName) (icmpName, error) {
	s := g.Text()
	var found *icmpName
	var words []string
	for i := range names {
		n := &names[i]
		words = append(words, n.name)
		if len(s) > len(n.name) || !strings.EqualFold(n.name[:len(s)], s) {
			continue
		}
		if found != nil {
			return icmpName{}, g.Errorf("option %q: %q is ambiguous (%q or %q?)", "--"+g.Option.Name, s, found.name, n.name)
		}
		found = n
	}
	if found != nil {
		return *found, nil
	}
	typ, code, slash := strings.Cut(s, "/")
	bad := g.bad("a type's name, TYPE or TYPE/CODE" + didYouMean(s, words))
	t, ok := wholeNumber(typ, 0, 255)
	if !ok {
		return icmpName{}, bad
	}
	n := icmpName{typ: uint8(t), hi: 255}
	if !slash {
		return n, nil
	}
	lo, hi, colon := strings.Cut(code, ":")
	v, ok := wholeNumber(lo, 0, 255)
	n.lo, n.hi = uint8(v), uint8(v)
	if ok && colon {
		v, ok = wholeNumber(hi, 0, 255)
		n.hi = uint8(v)
	}
	if !ok {
		return icmpName{}, bad
	}
	return n, nil
}

// Match is ip_tables.c: icmp_match, ip6_tables.c: icmp6_match (Linux 6.18).
func (m *icmpMatch) Match(c *Ctx) trace.Truth {
	h, t, ok := c.header(m.part, 8)
	if !ok {
		return t
	}
	typ, code := h[0], h[1]
	t = trace.Of(m.any || typ == m.typ && code >= m.lo && code <= m.hi).Not(m.neg)
	if c.Recorder != nil {
		c.Recorder.Term(trace.Term{Part: m.part, Field: "--" + m.option, Saw: icmpText(m.names, typ, code), Want: not(m.neg, m.text()), Truth: t})
	}
	return t
}

// icmpText names a type and code, with their numbers.
func icmpText(names []icmpName, typ, code uint8) string {
	s := utoa(uint64(typ)) + "/" + utoa(uint64(code))
	best := ""
	for _, n := range names {
		if n.typ == typ && n.name != "any" && code >= n.lo && code <= n.hi && (best == "" || n.lo == n.hi) {
			best = n.name
		}
	}
	if best != "" {
		s += " (" + best + ")"
	}
	return s
}

func (m *icmpMatch) text() string {
	switch {
	case m.any && !m.shown:
		return "any"
	case m.lo == 0 && m.hi == 255:
		return utoa(uint64(m.typ))
	}
	return utoa(uint64(m.typ)) + "/" + spanText(uint64(m.lo), uint64(m.hi))
}

// Save writes the type; of a range of codes iptables 1.8.9 prints the first.
func (m *icmpMatch) Save(w *Writer) {
	w.Opt(m.option, m.neg)
	s, _, _ := strings.Cut(m.text(), ":")
	w.Word(s)
}
