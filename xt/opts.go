package xt

import (
	"strings"

	"nfwhy/packet"
	"nfwhy/trace"
)

// The file is named after ip6t_opts.h: dst and hbh are one match over two
// headers (ip6t_hbh.c).

var dstExt = optsExt("dst", packet.ProtoDstOpts, "The destination options header: its length and options in order.")
var hbhExt = optsExt("hbh", packet.ProtoHopByHop, "The hop-by-hop options header: its length and options in order.")

func optsExt(name string, header uint8, doc string) *Extension {
	return &Extension{
		Name: name, Families: Fam6, Model: Exact, Doc: doc,
		Options: []Option{
			{Name: name + "-len", Arg: Number, Max: 1<<32 - 1, Neg: true, Help: "length of the header in bytes"},
			{Name: name + "-opts", Arg: Text, Help: "TYPE[:LENGTH],... at most 16", Samples: []string{"5", "1:2,23:42,4:6", "0x10:0", "256", "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17"}},
		},
		New: func(a *Args) (any, error) { return newOpts(a, name, header) },
	}
}

// optWanted is one option of the list; length below 0 is any.
type optWanted struct {
	typ    uint8
	length int
}

type optsMatch struct {
	name           string
	header         uint8
	length         uint64
	hasLen, negLen bool
	opts           []optWanted
}

func newOpts(a *Args, name string, header uint8) (any, error) {
	m := &optsMatch{name: name, header: header}
	if g := a.Get(name + "-len"); g != nil {
		m.hasLen, m.length, m.negLen = true, g.Lo, g.Neg
	}
	g := a.Get(name + "-opts")
	if g == nil {
		return m, nil
	}
	for _, item := range strings.Split(g.Text(), ",") {
		if len(m.opts) == 16 {
			return nil, g.Errorf("option %q: more than 16 options", "--"+g.Option.Name)
		}
		typ, length, colon := strings.Cut(item, ":")
		v, ok := wholeNumber(typ, 0, 256)
		o := optWanted{uint8(v), -1}
		if ok && colon {
			v, ok = wholeNumber(length, 0, 256)
			o.length = int(uint8(v)) // iptables lets 256 pass for 0
		}
		if !ok {
			return nil, g.Errorf("option %q: bad item %q (expected TYPE[:LENGTH], 0-255)", "--"+g.Option.Name, item)
		}
		m.opts = append(m.opts, o)
	}
	return m, nil
}

// Match is ip6t_hbh.c: hbh_mt6 (Linux 6.18).
func (m *optsMatch) Match(c *Ctx) trace.Truth {
	off, t, ok := c.extension(m.name, m.header)
	if !ok {
		return t
	}
	h, t, ok := c.headerAt(m.name, off, 2)
	if !ok {
		return t
	}
	n := int(h[1])*8 + 8
	if _, w := c.bytes(off, n); w == absent {
		return c.says(m.name, "header", "longer than the packet", "a complete header", trace.No)
	}
	if m.hasLen && c.within(m.name, "--"+m.name+"-len", uint64(n), m.length, m.length, m.negLen) == trace.No {
		return trace.No
	}
	if m.opts == nil {
		return trace.Yes
	}
	return m.matchOptions(c, off, n)
}

// matchOptions holds the header's options against the list, in order and without
// gaps.
func (m *optsMatch) matchOptions(c *Ctx, off, n int) trace.Truth {
	ptr, left, ok := off+2, n-2, 0
	for _, o := range m.opts {
		if left < 1 {
			break
		}
		b, w := c.bytes(ptr, 1)
		if w != here {
			return c.unknown(m.name, "options", m.optionText(), "the capture cut the packet inside the header")
		}
		if b[0] != o.typ {
			break
		}
		size := 1
		if o.typ != 0 { // Pad1 has no length
			l, w := c.bytes(ptr+1, 1)
			if w == cut {
				return c.unknown(m.name, "options", m.optionText(), "the capture cut the packet inside the header")
			}
			if w == absent || left < 2 {
				break
			}
			if o.length >= 0 && int(l[0]) != o.length {
				break
			}
			size = int(l[0]) + 2
		}
		if size > left {
			break
		}
		ptr, left = ptr+size, left-size
		ok++
	}
	t := trace.Of(ok == len(m.opts))
	if c.Recorder != nil {
		c.Recorder.Term(trace.Term{Part: m.name, Field: "--" + m.name + "-opts", Saw: utoa(uint64(ok)) + " of them", Want: m.optionText(), Truth: t})
	}
	return t
}

func (m *optsMatch) optionText() string {
	list := make([]string, len(m.opts))
	for i, o := range m.opts {
		list[i] = utoa(uint64(o.typ))
		if o.length >= 0 {
			list[i] += ":" + utoa(uint64(o.length))
		}
	}
	return strings.Join(list, ",")
}

// Save writes the options in iptables-save's order.
func (m *optsMatch) Save(w *Writer) {
	if m.hasLen {
		w.Opt(m.name+"-len", m.negLen)
		w.Uint(m.length)
	}
	if m.opts != nil {
		w.Opt(m.name+"-opts", false)
		w.Word(m.optionText())
	}
}
