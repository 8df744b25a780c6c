package xt

import (
	"strings"

	"nfwhy/packet"
	"nfwhy/trace"
)

var ipv6headerExt = &Extension{
	Name: "ipv6header", Families: Fam6, Model: Exact,
	Doc: "Which extension headers a packet has: exactly those listed, or with --soft at least those.",
	Options: []Option{
		{Name: "header", Arg: Text, Need: true, Neg: true, Help: "hop,dst,route,frag,auth,esp,none,prot or numbers",
			Samples: []string{"hop,dst", "frag", "0,60,43,44,51,50,59,255", "ah,esp", "ipv6-nonxt", "protocol", "foo"}},
		{Name: "soft", Help: "at least these"},
	},
	New: newIPv6Header,
}

// ipv6Headers are in the order in which they are printed; the bits are the
// kernel's MASK_ constants (ip6t_ipv6header.h).
var ipv6Headers = []struct {
	long, short string
	number      string
	bit         uint8
}{
	{"hop-by-hop", "hop", "0", 128}, {"ipv6-opts", "dst", "60", 64}, {"ipv6-route", "route", "43", 32}, {"ipv6-frag", "frag", "44", 16},
	{"ah", "auth", "51", 8}, {"esp", "esp", "50", 4}, {"ipv6-nonxt", "none", "59", 2}, {"protocol", "prot", "255", 1},
}

type ipv6headerMatch struct {
	bits uint8
	neg  bool
	soft bool
}

func newIPv6Header(a *Args) (any, error) {
	g := a.Get("header")
	m := &ipv6headerMatch{neg: g.Neg, soft: a.Has("soft")}
	var words []string
	for _, h := range ipv6Headers {
		words = append(words, h.long, h.short)
	}
	for _, item := range strings.FieldsFunc(g.Text(), func(r rune) bool { return r == ',' }) {
		found := false
		for _, h := range ipv6Headers {
			if item == h.long || item == h.short || item == h.number {
				m.bits |= h.bit
				found = true
			}
		}
		if !found {
			return nil, g.Errorf("option %q: unknown header %q (expected %s)%s", "--header", item, oneOf(words), didYouMean(item, words))
		}
	}
	return m, nil
}

// Match is ip6t_ipv6header.c (Linux 6.18).
func (m *ipv6headerMatch) Match(c *Ctx) trace.Truth {
	has, w := c.headerBits()
	if w == cut {
		return c.unknown("ipv6header", "--header", m.want(c), "the capture cut the packet inside its extension headers")
	}
	if w == absent {
		return c.says("ipv6header", "--header", "headers longer than the packet", m.want(c), trace.No)
	}
	t := trace.Of((has == m.bits) != m.neg)
	if m.soft { // negated: none of them
		want := m.bits
		if m.neg {
			want = 0
		}
		t = trace.Of(has&m.bits == want)
	}
	if c.Recorder != nil {
		c.says("ipv6header", "--header", headerText(has), m.text(), t)
	}
	return t
}

// headerBits walks the extension headers.
func (c *Ctx) headerBits() (bits uint8, w where) {
	next, off := c.Pkt.Data[6], 40
	for packet.IsExtensionHeader(next) {
		h, w := c.bytes(off, 2)
		if w != here {
			return 0, w
		}
		n := int(h[1])*8 + 8
		switch next {
		case packet.ProtoHopByHop:
			bits |= 128
		case packet.ProtoDstOpts:
			bits |= 64
		case packet.ProtoRouting:
			bits |= 32
		case packet.ProtoFragment:
			bits |= 16
			n = 8
		case packet.ProtoAH:
			bits |= 8
			n = (int(h[1]) + 2) * 4
		}
		next = h[0]
		off += n
		if off > c.Pkt.Length {
			break
		}
	}
	switch next {
	case packet.ProtoNoNext:
		bits |= 2
	case packet.ProtoESP:
		bits |= 4
	default:
		bits |= 1
	}
	return bits, here
}

func headerText(bits uint8) string {
	var list []string
	for _, h := range ipv6Headers {
		if bits&h.bit != 0 {
			list = append(list, h.long)
		}
	}
	return strings.Join(list, ",")
}

func (m *ipv6headerMatch) want(c *Ctx) string {
	if c.Recorder == nil {
		return ""
	}
	return m.text()
}

func (m *ipv6headerMatch) text() string { return not(m.neg, headerText(m.bits)) }

// Save writes the long names.
func (m *ipv6headerMatch) Save(w *Writer) {
	w.Opt("header", m.neg)
	w.Word(headerText(m.bits))
	if m.soft {
		w.Opt("soft", false)
	}
}
