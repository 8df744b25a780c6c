package xt

import (
	"encoding/binary"

	"nfwhy/packet"
	"nfwhy/trace"
)

var ah4Ext = &Extension{
	Name: "ah", Families: Fam4, Protos: []uint8{packet.ProtoAH}, Model: Exact,
	Doc:     "SPI of an IPsec AH packet.",
	Options: []Option{{Name: "ahspi", Arg: Span, Max: allSPI, Neg: true, Help: "SPI or LO:HI"}},
	New: func(a *Args) (any, error) {
		return &ah4Match{spanOf(a.Get("ahspi"), allSPI), a.Env.Version}, nil
	},
}

type ah4Match struct {
	spi     spanMatch
	version Version
}

// Match is ipt_ah.c (Linux 6.18).
func (m *ah4Match) Match(c *Ctx) trace.Truth {
	h, t, ok := c.header("ah", 12)
	if !ok {
		return t
	}
	return c.within("ah", "--ahspi", uint64(binary.BigEndian.Uint32(h[4:])), m.spi.lo, m.spi.hi, m.spi.neg)
}

// Save writes the range unless it is everything.
func (m *ah4Match) Save(w *Writer) { m.spi.save(w, "ahspi", allSPI, m.version) }

var ah6Ext = &Extension{
	Name: "ah", Families: Fam6, Model: Exact,
	Doc: "The authentication header among the extension headers.",
	Options: []Option{
		{Name: "ahspi", Arg: Span, Max: allSPI, Neg: true, Help: "SPI or LO:HI"},
		{Name: "ahlen", Arg: Number, Max: 1<<32 - 1, Neg: true, Help: "length of the header in bytes"},
		{Name: "ahres", Help: "the reserved field must be zero"},
	},
	New: func(a *Args) (any, error) {
		m := &ah6Match{spi: spanOf(a.Get("ahspi"), allSPI), reserved: a.Has("ahres"), version: a.Env.Version}
		if g := a.Get("ahlen"); g != nil {
			m.length, m.negLen = g.Lo, g.Neg
		}
		return m, nil
	},
}

type ah6Match struct {
	spi      spanMatch
	length   uint64 // 0: any
	negLen   bool
	reserved bool
	version  Version
}

// Match is ip6t_ah.c (Linux 6.18).
func (m *ah6Match) Match(c *Ctx) trace.Truth {
	off, t, ok := c.extension("ah", packet.ProtoAH)
	if !ok {
		return t
	}
	h, t, ok := c.headerAt("ah", off, 12)
	if !ok {
		return t
	}
	if c.within("ah", "--ahspi", uint64(binary.BigEndian.Uint32(h[4:])), m.spi.lo, m.spi.hi, m.spi.neg) == trace.No {
		return trace.No
	}
	if m.length != 0 { // 0 asks for nothing, inverted or not
		n := (uint64(h[1]) + 2) * 4
		if c.within("ah", "--ahlen", n, m.length, m.length, m.negLen) == trace.No {
			return trace.No
		}
	}
	if m.reserved && binary.BigEndian.Uint16(h[2:]) != 0 {
		return c.says("ah", "--ahres", "a reserved field that is not zero", "zero", trace.No)
	}
	return trace.Yes
}

// Save writes the options in iptables-save's order.
func (m *ah6Match) Save(w *Writer) {
	m.spi.save(w, "ahspi", allSPI, m.version)
	if m.length != 0 || m.negLen {
		w.Opt("ahlen", m.negLen)
		w.Uint(m.length)
	}
	if m.reserved {
		w.Opt("ahres", false)
	}
}
