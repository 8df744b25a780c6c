package xt

import (
	"encoding/binary"

	"nfwhy/packet"
	"nfwhy/trace"
)

// spanMatch is a numeric range that prints nothing when it covers all numbers.
type spanMatch struct {
	lo, hi uint64
	neg    bool
}

func spanOf(g *Given, limit uint64) spanMatch {
	if g == nil {
		return spanMatch{0, limit, false}
	}
	return spanMatch{g.Lo, g.Hi, g.Neg}
}

// save leaves a range of everything out, inverted or not, as iptables 1.8.9 does.
func (m spanMatch) save(w *Writer, name string, limit uint64, version Version) {
	if m.lo == 0 && m.hi == limit && (!m.neg || version < V1_8_11) {
		return
	}
	w.Opt(name, m.neg)
	w.Range(m.lo, m.hi)
}

const allSPI = 1<<32 - 1

var espExt = &Extension{
	Name: "esp", Families: FamBoth, Protos: []uint8{packet.ProtoESP}, Model: Exact,
	Doc:     "SPI of an IPsec ESP packet.",
	Options: []Option{{Name: "espspi", Arg: Span, Max: allSPI, Neg: true, Help: "SPI or LO:HI"}},
	New: func(a *Args) (any, error) {
		return &espMatch{spanOf(a.Get("espspi"), allSPI), a.Env.Version}, nil
	},
}

type espMatch struct {
	spi     spanMatch
	version Version
}

// Match is xt_esp.c (Linux 6.18).
func (m *espMatch) Match(c *Ctx) trace.Truth {
	h, t, ok := c.header("esp", 8)
	if !ok {
		return t
	}
	return c.within("esp", "--espspi", uint64(binary.BigEndian.Uint32(h)), m.spi.lo, m.spi.hi, m.spi.neg)
}

// Save writes the range unless it is everything.
func (m *espMatch) Save(w *Writer) { m.spi.save(w, "espspi", allSPI, m.version) }

var ipcompExt = &Extension{
	Name: "ipcomp", Families: FamBoth, Protos: []uint8{108}, Model: Exact,
	Doc: "CPI of an IPComp packet.",
	Options: []Option{
		{Name: "ipcompspi", Arg: Span, Max: allSPI, Neg: true, Help: "CPI or LO:HI"},
		{Name: "compres", Help: "also look at the reserved field (the kernel does not)"},
	},
	New: func(a *Args) (any, error) {
		m := &ipcompMatch{reserved: a.Has("compres"), version: a.Env.Version}
		if a.Has("ipcompspi") {
			m.spi = spanOf(a.Get("ipcompspi"), allSPI)
		}
		return m, nil
	},
}

// ipcompMatch asks for CPI 0 when no range was given.
type ipcompMatch struct {
	spi      spanMatch
	reserved bool
	version  Version
}

// Match is xt_ipcomp.c (Linux 6.18): the CPI is the header's last 16 bits.
func (m *ipcompMatch) Match(c *Ctx) trace.Truth {
	h, t, ok := c.header("ipcomp", 4)
	if !ok {
		return t
	}
	return c.within("ipcomp", "--ipcompspi", uint64(binary.BigEndian.Uint16(h[2:])), m.spi.lo, m.spi.hi, m.spi.neg)
}

// Save writes the range unless it is everything.
func (m *ipcompMatch) Save(w *Writer) {
	m.spi.save(w, "ipcompspi", allSPI, m.version)
	if m.reserved {
		w.Opt("compres", false)
	}
}
