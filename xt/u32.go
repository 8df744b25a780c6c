package xt

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"nfwhy/trace"
)

var u32Ext = &Extension{
	Name: "u32", Families: FamBoth, Model: Exact,
	Doc: "Tests on 32-bit words of the packet, counted from the start of the IP header. A packet too short fails the test; with\n" +
		"\"!\" it matches therefore.",
	Options: []Option{{Name: "u32", Arg: Text, Need: true, Neg: true, Help: `LOCATION=VALUE[,VALUE...][&&...], LOCATION = OFFSET [&|<<|>>|@ NUMBER]...`,
		Samples: []string{"0>>22&0x3C@8=0x5", "6&0xFF=6 && 4&0x1FFF=0", "0=1:5,7", "100=0", "0=5:3", "0&0xff", "0=1,2,3,4,5,6,7,8,9,10", "2&0xFFFF=0x2:0x0100"}}},
	New: newU32,
}

const u32Max = 10 // XT_U32_MAXSIZE: tests, values and operators each (locations 11)

type u32Op struct {
	op     byte // '&', '<', '>', '@'; 0 for the start
	number uint32
}

type u32Test struct {
	location []u32Op
	values   [][2]uint32
}

type u32Match struct {
	tests []u32Test
	neg   bool
}

// u32Parser reads the program.
type u32Parser struct {
	g *Given
	s string
	i int
}

func newU32(a *Args) (any, error) {
	g := a.Given[0]
	p := u32Parser{g: g, s: g.Text()}
	m := &u32Match{neg: g.Neg}
	for {
		t, err := p.test()
		if err != nil {
			return nil, err
		}
		m.tests = append(m.tests, t)
		if p.skip(); p.i == len(p.s) {
			return m, nil
		}
		if !strings.HasPrefix(p.s[p.i:], "&&") {
			return nil, p.bad("\",\" or \"&&\"")
		}
		p.i += 2
		if len(m.tests) == u32Max {
			return nil, p.g.Errorf("option %q: more than %d tests", "--u32", u32Max)
		}
	}
}

func (p *u32Parser) bad(expected string) error {
	pos := p.g.Words[0].Pos
	if pos.Col > 0 && !p.g.Words[0].Quoted {
		pos.Col += p.i
	}
	rest := p.s[p.i:]
	if rest == "" {
		return errorAt(pos, "option %q: the test ends too early (expected %s)", "--u32", expected)
	}
	return errorAt(pos, "option %q: bad text %q (expected %s)", "--u32", rest, expected)
}

func (p *u32Parser) skip() {
	for p.i < len(p.s) && strings.IndexByte(" \t\n\v\f\r", p.s[p.i]) >= 0 {
		p.i++
	}
}

func (p *u32Parser) number() (uint32, bool) {
	v, rest, ok := number(p.s[p.i:])
	if !ok || v > math.MaxUint32 {
		return 0, false
	}
	p.i = len(p.s) - len(rest)
	return uint32(v), true
}

func (p *u32Parser) test() (u32Test, error) {
	var t u32Test
	p.skip()
	v, ok := p.number()
	if !ok {
		return t, p.bad("an offset")
	}
	t.location = append(t.location, u32Op{0, v})
	for {
		p.skip()
		var op byte
		switch rest := p.s[p.i:]; {
		case strings.HasPrefix(rest, "="):
			p.i++
			return t, p.values(&t)
		case strings.HasPrefix(rest, "<<"), strings.HasPrefix(rest, ">>"):
			op = rest[0]
			p.i += 2
		case strings.HasPrefix(rest, "&"), strings.HasPrefix(rest, "@"):
			op = rest[0]
			p.i++
		default:
			return t, p.bad("an operator &, <<, >>, @ or =")
		}
		if len(t.location) == u32Max {
			return t, p.g.Errorf("option %q: more than %d operators", "--u32", u32Max-1)
		}
		p.skip()
		if v, ok = p.number(); !ok {
			return t, p.bad("a number of 32 bits")
		}
		t.location = append(t.location, u32Op{op, v})
	}
}

func (p *u32Parser) values(t *u32Test) error {
	for {
		p.skip()
		lo, ok := p.number()
		if !ok {
			return p.bad("a number of 32 bits")
		}
		hi := lo
		if p.skip(); p.i < len(p.s) && p.s[p.i] == ':' {
			p.i++
			p.skip()
			if hi, ok = p.number(); !ok {
				return p.bad("a number of 32 bits")
			}
		}
		if len(t.values) == u32Max {
			return p.g.Errorf("option %q: more than %d values", "--u32", u32Max)
		}
		t.values = append(t.values, [2]uint32{lo, hi})
		if p.skip(); p.i == len(p.s) || p.s[p.i] != ',' {
			return nil
		}
		p.i++
	}
}

// Match is xt_u32.c: u32_mt (Linux 6.18).
func (m *u32Match) Match(c *Ctx) trace.Truth {
	t := trace.Yes
	for i := range m.tests {
		if t = and(t, m.tests[i].match(c)); t == trace.No {
			break
		}
	}
	t = t.Not(m.neg)
	if c.Recorder != nil {
		gap := ""
		if t == trace.Unknown {
			gap = "the capture cut the packet before the words tested"
		}
		var w Writer
		m.Save(&w)
		c.Recorder.Term(trace.Term{Part: "u32", Field: "--u32", Saw: m.saw(c), Want: w.String(), Truth: t, Gap: gap})
	}
	return t
}

// saw shows the values of the tests' locations.
func (m *u32Match) saw(c *Ctx) string {
	var parts []string
	for i := range m.tests {
		v, w := m.tests[i].load(c)
		switch w {
		case here:
			parts = append(parts, fmt.Sprintf("0x%x", v))
		case absent:
			parts = append(parts, "beyond the packet")
		default:
			parts = append(parts, "cut off")
		}
	}
	return strings.Join(parts, ", ")
}

func (t *u32Test) match(c *Ctx) trace.Truth {
	v, w := t.load(c)
	if w != here {
		if w == cut {
			return trace.Unknown
		}
		return trace.No
	}
	for _, r := range t.values {
		if v >= r[0] && v <= r[1] {
			return trace.Yes
		}
	}
	return trace.No
}

// load computes the location's value.
func (t *u32Test) load(c *Ctx) (v uint32, w where) {
	at, pos := uint32(0), t.location[0].number
	v, w = c.word(uint64(pos))
	for _, op := range t.location[1:] {
		if w != here {
			return 0, w
		}
		switch op.op {
		case '&':
			v &= op.number
		case '<':
			v = shift(v, op.number, true)
		case '>':
			v = shift(v, op.number, false)
		case '@':
			if at+v < at {
				return 0, absent
			}
			at += v
			v, w = c.word(uint64(at) + uint64(op.number))
		}
	}
	return v, w
}

// shift moves bits by n modulo 32, as x86 does with what the kernel leaves to
// the processor.
func shift(v, n uint32, left bool) uint32 {
	if left {
		return v << (n & 31)
	}
	return v >> (n & 31)
}

// word reads four bytes at a distance from the IP header.
func (c *Ctx) word(off uint64) (uint32, where) {
	if off > uint64(c.Pkt.Length) {
		return 0, absent
	}
	b, w := c.bytes(int(off), 4)
	if w != here {
		return 0, w
	}
	return binary.BigEndian.Uint32(b), here
}

// Save writes the program with all numbers in hexadecimal.
func (m *u32Match) Save(w *Writer) {
	var b strings.Builder
	for i, t := range m.tests {
		if i > 0 {
			b.WriteString("&&")
		}
		for _, op := range t.location {
			switch op.op {
			case '<', '>':
				b.WriteByte(op.op)
				b.WriteByte(op.op)
			case '&', '@':
				b.WriteByte(op.op)
			}
			fmt.Fprintf(&b, "0x%x", op.number)
		}
		b.WriteByte('=')
		for j, r := range t.values {
			if j > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, "0x%x", r[0])
			if r[1] != r[0] {
				fmt.Fprintf(&b, ":0x%x", r[1])
			}
		}
	}
	w.Opt("u32", m.neg)
	w.Word(`"` + b.String() + `"`)
}
