package xt

import (
	"net/netip"
	"strings"

	"nfwhy/trace"
)

var iprangeExt = &Extension{
	Name:     "iprange",
	Families: FamBoth,
	Model:    Exact,
	Doc:      "Addresses from FIRST to LAST, both included.",
	Options: []Option{
		{Name: "src-range", Arg: Text, Neg: true, Help: "FIRST[-LAST] of the source address", Samples: rangeSamples},
		{Name: "dst-range", Arg: Text, Neg: true, Help: "FIRST[-LAST] of the destination address", Samples: rangeSamples},
	},
	New: newIPRange,
}

var rangeSamples = []string{"192.0.2.1-192.0.2.9", "192.0.2.1", "10.1-10.2", "192.0.2.9-192.0.2.1", "2001:db8::1-2001:db8::9", "::1"}

type addrRange struct {
	first, last netip.Addr
	neg         bool
}

func (r *addrRange) text() string { return addrText(r.first) + "-" + addrText(r.last) }

func (r *addrRange) match(c *Ctx, field string, a netip.Addr) trace.Truth {
	t := trace.Of(a.Compare(r.first) >= 0 && a.Compare(r.last) <= 0).Not(r.neg)
	if c.Recorder != nil {
		c.Recorder.Term(trace.Term{Part: "iprange", Field: field, Saw: addrText(a), Want: not(r.neg, r.text()), Truth: t})
	}
	return t
}

type iprangeMatch struct{ src, dst addrRange }

func newIPRange(a *Args) (any, error) {
	m := &iprangeMatch{}
	for name, r := range map[string]*addrRange{"src-range": &m.src, "dst-range": &m.dst} {
		g := a.Get(name)
		if g == nil {
			continue
		}
		first, last, dash := strings.Cut(g.Text(), "-")
		if !dash {
			last = first
		}
		var ok1, ok2 bool
		r.neg = g.Neg
		r.first, ok1 = plainAddr(a, first)
		r.last, ok2 = plainAddr(a, last)
		if !ok1 || !ok2 {
			return nil, g.bad(addressWord(a.addrBits()) + " or FIRST-LAST")
		}
	}
	if len(a.Given) == 0 {
		return nil, a.Errorf("match iprange: --src-range or --dst-range must be given")
	}
	return m, nil
}

// plainAddr reads an address as -s does: no names, missing bytes are zero.
func plainAddr(a *Args, s string) (netip.Addr, bool) {
	if a.six() {
		return hostAddr(s, 128)
	}
	return dottedAddr(s)
}

// Match is xt_iprange.c (Linux 6.18).
func (m *iprangeMatch) Match(c *Ctx) trace.Truth {
	if m.src.first.IsValid() {
		if m.src.match(c, "--src-range", c.Pkt.Src()) == trace.No {
			return trace.No
		}
	}
	if m.dst.first.IsValid() {
		return m.dst.match(c, "--dst-range", c.Pkt.Dst())
	}
	return trace.Yes
}

// Save writes both ends, also of a single address.
func (m *iprangeMatch) Save(w *Writer) {
	if m.src.first.IsValid() {
		w.Opt("src-range", m.src.neg)
		w.Word(m.src.text())
	}
	if m.dst.first.IsValid() {
		w.Opt("dst-range", m.dst.neg)
		w.Word(m.dst.text())
	}
}
