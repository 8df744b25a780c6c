package xt

import (
	"fmt"
	"net/netip"

	"nfwhy/trace"
)

// and joins two terms of a rule: No wins over Unknown, Unknown over Yes.
func and(a, b trace.Truth) trace.Truth {
	switch {
	case a == trace.No || b == trace.No:
		return trace.No
	case a == trace.Unknown:
		return a
	}
	return b
}

// The functions below test one thing, note the term when recording, and allocate
// nothing otherwise.

// within tests lo <= v <= hi.
func (c *Ctx) within(part, field string, v, lo, hi uint64, neg bool) trace.Truth {
	t := trace.Of(v >= lo && v <= hi).Not(neg)
	if c.Recorder != nil {
		c.Recorder.Term(trace.Term{Part: part, Field: field, Saw: utoa(v), Want: not(neg, spanText(lo, hi)), Truth: t})
	}
	return t
}

// masked tests v & mask == want and shows hexadecimal numbers.
func (c *Ctx) masked(part, field string, v, mask, want uint64, neg bool) trace.Truth {
	t := trace.Of(v&mask == want).Not(neg)
	if c.Recorder != nil {
		wanted := hex(want)
		if mask != 0xffffffff {
			wanted += "/" + hex(mask)
		}
		c.Recorder.Term(trace.Term{Part: part, Field: field, Saw: hex(v), Want: not(neg, wanted), Truth: t})
	}
	return t
}

// says notes a truth about constant texts.
func (c *Ctx) says(part, field, saw, want string, t trace.Truth) trace.Truth {
	if c.Recorder != nil {
		c.Recorder.Term(trace.Term{Part: part, Field: field, Saw: saw, Want: want, Truth: t})
	}
	return t
}

// unknown notes that a question cannot be answered, and why.
func (c *Ctx) unknown(part, field, want, gap string) trace.Truth {
	if c.Recorder != nil {
		c.Recorder.Term(trace.Term{Part: part, Field: field, Want: want, Truth: trace.Unknown, Gap: gap})
	}
	return trace.Unknown
}

// malformed drops the packet at once, as a match does that cannot read a header
// (par->hotdrop).
func (c *Ctx) malformed(part, field, why string) trace.Truth {
	c.Hotdrop = true
	return c.says(part, field, why, "a complete header (malformed packets are dropped here)", trace.No)
}

// addrWithin tests an address under a mask.
func (c *Ctx) addrWithin(part, field string, a netip.Addr, m *AddrMask) trace.Truth {
	t := trace.Of(maskAddr(a, m.Mask) == m.Addr).Not(m.Neg)
	if c.Recorder != nil {
		c.Recorder.Term(trace.Term{Part: part, Field: field, Saw: addrText(a), Want: not(m.Neg, m.text()), Truth: t})
	}
	return t
}

// text returns the address with its mask unless the mask covers all of it.
func (a *AddrMask) text() string { return addrText(a.Addr) + maskText(a.Mask) }

func not(neg bool, s string) string {
	if neg {
		return "! " + s
	}
	return s
}

func spanText(lo, hi uint64) string {
	if lo == hi {
		return utoa(lo)
	}
	return utoa(lo) + ":" + utoa(hi)
}

func sizeText(n int) string { return fmt.Sprintf("%d bytes", n) }
