package xt

import (
	"encoding/binary"
	"strings"

	"nfwhy/packet"
	"nfwhy/trace"
)

var dccpExt = &Extension{
	Name: "dccp", Families: FamBoth, Protos: []uint8{packet.ProtoDCCP}, Model: Exact,
	Doc: "Ports, packet types and options of DCCP.",
	Options: []Option{
		{Name: "source-port", Aliases: []string{"sport"}, Arg: PortSpan, Neg: true, Help: "source port or LO:HI"},
		{Name: "destination-port", Aliases: []string{"dport"}, Arg: PortSpan, Neg: true, Help: "destination port or LO:HI"},
		{Name: "dccp-types", Arg: Text, Neg: true, Help: "packet types, any of the list", Samples: []string{"REQUEST", "DATA,ack", "RESET,INVALID", strings.Join(dccpTypes, ",")}},
		{Name: "dccp-option", Arg: Number, Min: 1, Max: 255, Neg: true, Help: "an option of this kind is there"},
	},
	New: newDCCP,
}

var dccpTypes = []string{"REQUEST", "RESPONSE", "DATA", "ACK", "DATAACK", "CLOSEREQ", "CLOSE", "RESET", "SYNC", "SYNCACK", "INVALID"}

// dccpInvalid is the bit of all types that have no name.
const dccpInvalid = 10

type dccpMatch struct {
	sport, dport portRange
	has          [2]bool
	types        uint16
	negTypes     bool
	option       uint8
	negOption    bool
}

func newDCCP(a *Args) (any, error) {
	m := &dccpMatch{sport: givenPorts(a.Get("source-port")), dport: givenPorts(a.Get("destination-port"))}
	m.has = [2]bool{a.Has("source-port"), a.Has("destination-port")}
	if g := a.Get("dccp-types"); g != nil {
		m.negTypes = g.Neg
		for _, item := range strings.Split(g.Text(), ",") {
			i := 0
			for i < len(dccpTypes) && !strings.EqualFold(item, dccpTypes[i]) {
				i++
			}
			if i == len(dccpTypes) {
				return nil, g.Errorf("option %q: unknown type %q (expected %s)%s", "--dccp-types", item, oneOf(dccpTypes), didYouMean(item, dccpTypes))
			}
			m.types |= 1 << i
		}
	}
	if g := a.Get("dccp-option"); g != nil {
		m.option, m.negOption = uint8(g.Lo), g.Neg
	}
	return m, nil
}

// Match is xt_dccp.c: dccp_mt (Linux 6.18).
func (m *dccpMatch) Match(c *Ctx) trace.Truth {
	tr := c.transport()
	h, t, ok := c.header("dccp", 12)
	if !ok {
		return t
	}
	for i, p := range [...]portRange{m.sport, m.dport} {
		field := [...]string{"--source-port", "--destination-port"}[i]
		if m.has[i] && c.within("dccp", field, uint64(binary.BigEndian.Uint16(h[2*i:])), uint64(p.lo), uint64(p.hi), p.neg) == trace.No {
			return trace.No
		}
	}
	typ := h[8] >> 1 & 0xf
	if m.types != 0 {
		t := trace.Of(m.types&(1<<min(typ, dccpInvalid)) != 0).Not(m.negTypes)
		if c.Recorder != nil {
			c.Recorder.Term(trace.Term{Part: "dccp", Field: "--dccp-types", Saw: dccpTypes[min(typ, dccpInvalid)], Want: not(m.negTypes, m.typeList()), Truth: t})
		}
		if t == trace.No {
			return t
		}
	}
	if m.option == 0 {
		return trace.Yes
	}
	return m.matchOption(c, tr.off, h, typ)
}

// matchOption looks for an option behind the header and its type's own part
// (xt_dccp.c: dccp_find_option).
func (m *dccpMatch) matchOption(c *Ctx, off int, h []byte, typ uint8) trace.Truth {
	base := 12
	if h[8]&1 != 0 {
		base = 16
	}
	start := base + dccpTypeLen(typ)
	end := int(h[4]) * 4
	if end < start {
		return c.malformed("dccp", "--dccp-option", "a data offset inside the header").Not(m.negOption)
	}
	found := false
	if end > start {
		opts, t, ok := c.headerAt("dccp", off+start, end-start)
		if !ok {
			return t.Not(m.negOption)
		}
		found = dccpHasOption(opts, m.option)
	}
	t := trace.Of(found).Not(m.negOption)
	if c.Recorder != nil {
		saw := "absent"
		if found {
			saw = "present"
		}
		c.Recorder.Term(trace.Term{Part: "dccp", Field: "--dccp-option", Saw: saw, Want: not(m.negOption, utoa(uint64(m.option))), Truth: t})
	}
	return t
}

// dccpTypeLen is the length of what a type adds to the header.
func dccpTypeLen(typ uint8) int {
	switch typ {
	case 0: // request: service code
		return 4
	case 1: // response: acknowledgement, service code
		return 12
	case 2: // data
		return 0
	case 3, 4, 5, 6, 8, 9: // with an acknowledgement
		return 8
	}
	return 12 // reset: acknowledgement, code; and what is no type
}

func dccpHasOption(opts []byte, want uint8) bool {
	for i := 0; i < len(opts); {
		if opts[i] == want {
			return true
		}
		if opts[i] < 2 || i == len(opts)-1 {
			i++
		} else {
			i += max(1, int(opts[i+1]))
		}
	}
	return false
}

func (m *dccpMatch) typeList() string {
	var w []string
	for i, n := range dccpTypes {
		if m.types&(1<<i) != 0 {
			w = append(w, n)
		}
	}
	return strings.Join(w, ",")
}

// Save writes the options in iptables-save's order.
func (m *dccpMatch) Save(w *Writer) {
	for i, p := range [...]portRange{m.sport, m.dport} {
		if m.has[i] {
			w.Opt([...]string{"sport", "dport"}[i], p.neg)
			w.Range(uint64(p.lo), uint64(p.hi))
		}
	}
	if m.types != 0 {
		w.Opt("dccp-types", m.negTypes)
		w.Word(m.typeList())
	}
	if m.option != 0 {
		w.Opt("dccp-option", m.negOption)
		w.Uint(uint64(m.option))
	}
}
