package xt

import (
	"math"

	"nfwhy/conntrack"
	"nfwhy/trace"
)

var connbytesExt = &Extension{
	Name: "connbytes", Families: FamBoth, Model: Exact, Tracks: true,
	Doc: "What a connection has carried so far, this packet included. Needs counters: connections made before the rule was loaded\n" +
		"have none (net.netfilter.nf_conntrack_acct) and never match.",
	Options: []Option{
		{Name: "connbytes", Arg: Span, Max: math.MaxUint64, Need: true, Neg: true, Help: "LO[:HI]",
			Samples: []string{"5", "5:", ":1000", "0:1000", "1000:1000", "0", ":", "0:18446744073709551615", "0:0"}},
		{Name: "connbytes-dir", Arg: Text, Need: true, Help: "original, reply or both", Samples: connDirs},
		{Name: "connbytes-mode", Arg: Text, Need: true, Help: "packets, bytes or avgpkt", Samples: connModes},
	},
	New: newConnbytes,
}

var (
	connDirs  = []string{"original", "reply", "both"}
	connModes = []string{"packets", "bytes", "avgpkt"}
)

// connbytesMatch holds the bounds as the kernel has them: an inverted range has
// its ends swapped.
type connbytesMatch struct {
	from, to  uint64
	dir, mode int
}

func newConnbytes(a *Args) (any, error) {
	g := a.Get("connbytes")
	m := &connbytesMatch{from: g.Lo, to: g.Hi, dir: -1, mode: -1}
	if g.Parts == 1 {
		m.to = math.MaxUint64
	}
	if m.to < m.from {
		return nil, g.Errorf("option %q: range %q is empty (the first number must not be larger)", "--connbytes", g.Text())
	}
	if g.Neg {
		m.from, m.to = m.to, m.from
	}
	var err error
	if m.dir, err = wordOf(a.Get("connbytes-dir"), connDirs); err != nil {
		return nil, err
	}
	m.mode, err = wordOf(a.Get("connbytes-mode"), connModes)
	return m, err
}

// wordOf returns the index of an option's value among the words it may be.
func wordOf(g *Given, words []string) (int, error) {
	for i, w := range words {
		if g.Text() == w {
			return i, nil
		}
	}
	return -1, g.bad(oneOf(words) + didYouMean(g.Text(), words))
}

// Match is xt_connbytes.c: connbytes_mt (Linux 6.18).
func (m *connbytesMatch) Match(c *Ctx) trace.Truth {
	ct := c.CT.Conn
	if ct == nil {
		return c.says("connbytes", "connection", "none", "a tracked connection", trace.No)
	}
	p0, b0, ok := ct.Counters(conntrack.Original)
	p1, b1, _ := ct.Counters(conntrack.Reply)
	if !ok {
		return c.says("connbytes", "counters", "none", "a connection that is counted", trace.No)
	}
	packets, bytes := p0+p1, b0+b1
	switch m.dir {
	case 0:
		packets, bytes = p0, b0
	case 1:
		packets, bytes = p1, b1
	}
	v := packets
	switch {
	case m.mode == 1:
		v = bytes
	case m.mode == 2 && packets != 0:
		v = bytes / packets
	case m.mode == 2:
		v = 0
	}
	if m.to >= m.from {
		return c.within("connbytes", "--connbytes", v, m.from, m.to, false)
	}
	// Outside: below the smaller or above the larger end.
	t := trace.Of(v < m.to || v > m.from)
	if c.Recorder != nil {
		c.Recorder.Term(trace.Term{Part: "connbytes", Field: "--connbytes", Saw: utoa(v), Want: "! " + spanText(m.to, m.from), Truth: t})
	}
	return t
}

// Save writes the range; an end of 0 or infinity is left out.
func (m *connbytesMatch) Save(w *Writer) {
	from, to, neg := m.from, m.to, m.from > m.to
	if neg {
		from, to = to, from
	}
	w.Opt("connbytes", neg)
	s := utoa(from)
	if to != 0 && to != math.MaxUint64 {
		s += ":" + utoa(to)
	}
	w.Word(s)
	w.Opt("connbytes-mode", false)
	w.Word(connModes[m.mode])
	w.Opt("connbytes-dir", false)
	w.Word(connDirs[m.dir])
}
