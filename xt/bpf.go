package xt

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"nfwhy/trace"
)

var bpfExt = &Extension{
	Name: "bpf", Families: FamBoth, Model: Exact,
	Doc: "A classic BPF program over the packet from its IP header on, as nfbpf_compile makes it; matches when it returns other than 0.\n" +
		"A pinned eBPF program (--object-pinned) is not known here.",
	Options: []Option{
		{Name: "bytecode", Arg: Text, Excl: []string{"object-pinned"}, Help: "COUNT,CODE JT JF K,...",
			Samples: []string{"4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0", "1,6 0 0 1", "1,6 0 0 65535", "2,6 0 0 1", "1,21 0 1 6", "3,32 0 0 0,84 0 0 255,22 0 0 0,"}},
		{Name: "object-pinned", Arg: Text, Outside: true, Excl: []string{"bytecode"}, Help: "path of a pinned program"},
	},
	New: newBPF,
}

const bpfMaxInstructions = 64 // XT_BPF_MAX_NUM_INSTR

// bpfOp is one instruction of classic BPF (include/uapi/linux/filter.h).
type bpfOp struct {
	code   uint16
	jt, jf uint8
	k      uint32
}

type bpfMatch struct{ prog []bpfOp }

func newBPF(a *Args) (any, error) {
	if g := a.Get("object-pinned"); g != nil {
		return &gapMatch{"bpf", "what the pinned program does", func(w *Writer) { w.Printf("--object-pinned %s", g.Text()) }}, nil
	}
	g := a.Get("bytecode")
	if g == nil {
		return nil, a.Errorf("match bpf: --bytecode or --object-pinned must be given")
	}
	m := &bpfMatch{}
	fields := strings.Split(strings.TrimSuffix(g.Text(), ","), ",")
	n, rest, ok := numberBase(strings.TrimSpace(fields[0]), 10)
	if !ok || strings.TrimSpace(rest) != "" || n == 0 || n > bpfMaxInstructions || int(n) != len(fields)-1 {
		return nil, g.bad(fmt.Sprintf("COUNT,CODE JT JF K,... with COUNT instructions, 1 to %d", bpfMaxInstructions))
	}
	for i, f := range fields[1:] {
		op, ok := bpfInstruction(f)
		if !ok {
			return nil, g.Errorf("option %q: bad instruction %d %q (expected CODE JT JF K)", "--bytecode", i, f)
		}
		m.prog = append(m.prog, op)
	}
	if why := m.check(); why != "" {
		return nil, g.Errorf("option %q: the program is not valid: %s", "--bytecode", why)
	}
	return m, nil
}

func bpfInstruction(s string) (op bpfOp, ok bool) {
	f := strings.Fields(s)
	if len(f) != 4 {
		return op, false
	}
	limits := [4]uint64{math.MaxUint16, math.MaxUint8, math.MaxUint8, math.MaxUint32}
	var v [4]uint64
	for i := range f {
		n, rest, ok := numberBase(f[i], 10)
		if !ok || rest != "" || n > limits[i] {
			return op, false
		}
		v[i] = n
	}
	return bpfOp{uint16(v[0]), uint8(v[1]), uint8(v[2]), uint32(v[3])}, true
}

// Instruction classes and their parts.
const (
	bpfLD, bpfLDX, bpfST, bpfSTX, bpfALU, bpfJMP, bpfRET, bpfMISC = 0, 1, 2, 3, 4, 5, 6, 7
	bpfW, bpfH, bpfB                                              = 0x00, 0x08, 0x10
	bpfIMM, bpfABS, bpfIND, bpfMEM, bpfLEN, bpfMSH                = 0x00, 0x20, 0x40, 0x60, 0x80, 0xa0
	bpfX                                                          = 0x08
)

// check refuses what net/core/filter.c: bpf_check_classic refuses.
func (m *bpfMatch) check() string {
	n := len(m.prog)
	for i, op := range m.prog {
		if !bpfKnown(op.code) {
			return fmt.Sprintf("unknown instruction %d", op.code)
		}
		switch op.code & 7 {
		case bpfALU:
			switch op.code {
			case 0x34, 0x94:
				if op.k == 0 {
					return "division by zero"
				}
			case 0x64, 0x74:
				if op.k >= 32 {
					return "a shift by 32 or more"
				}
			}
		case bpfJMP:
			if op.code == 0x05 {
				if uint64(op.k) >= uint64(n-i-1) {
					return "a jump beyond the end"
				}
			} else if i+int(op.jt)+1 >= n || i+int(op.jf)+1 >= n {
				return "a jump beyond the end"
			}
		case bpfST, bpfSTX:
			if op.k > 15 {
				return "memory beyond 16 words"
			}
		case bpfLD, bpfLDX:
			if op.code&0xe0 == bpfMEM && op.k > 15 {
				return "memory beyond 16 words"
			}
			if op.code&7 == bpfLD && op.code&0xe0 == bpfABS && op.k >= 0xfffff000 && op.k-0xfffff000 > 64 {
				return "an unknown ancillary load"
			}
		}
	}
	if m.prog[n-1].code&7 != bpfRET {
		return "it does not end with a return"
	}
	return ""
}

// bpfKnown reports whether an instruction exists.
func bpfKnown(code uint16) bool {
	switch code {
	case 0x04, 0x0c, 0x14, 0x1c, 0x24, 0x2c, 0x34, 0x3c, 0x94, 0x9c, 0x54, 0x5c, 0x44, 0x4c, 0xa4, 0xac, 0x64, 0x6c, 0x74, 0x7c, 0x84, // ALU
		0x00, 0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0x60, 0x80, // LD
		0x01, 0x61, 0x81, 0xb1, // LDX
		0x02, 0x03, // ST, STX
		0x07, 0x87, // TAX, TXA
		0x06, 0x16, // RET
		0x05, 0x15, 0x1d, 0x25, 0x2d, 0x35, 0x3d, 0x45, 0x4d: // JMP
		return true
	}
	return false
}

// Match runs the program (xt_bpf.c: bpf_mt, Linux 6.18).
func (m *bpfMatch) Match(c *Ctx) trace.Truth {
	v, w := m.run(c)
	if w == cut {
		return c.unknown("bpf", "--bytecode", "", "the capture cut the packet before bytes the program reads, or it asks for something a packet does not hold")
	}
	return c.says("bpf", "--bytecode", "", "", trace.Of(v != 0))
}

// run interprets the program; a load beyond the packet ends it with 0.
func (m *bpfMatch) run(c *Ctx) (uint32, where) {
	var a, x uint32
	var mem [16]uint32
	for pc := 0; pc < len(m.prog); pc++ {
		op := m.prog[pc]
		switch op.code & 7 {
		case bpfLD, bpfLDX:
			v, w := c.bpfLoad(op, x, &mem)
			if w != here {
				return 0, w
			}
			if op.code&7 == bpfLD {
				a = v
			} else {
				x = v
			}
		case bpfST:
			mem[op.k&15] = a
		case bpfSTX:
			mem[op.k&15] = x
		case bpfALU:
			var ok bool
			if a, ok = bpfCompute(op, a, x); !ok {
				return 0, here
			}
		case bpfJMP:
			pc += bpfJump(op, a, x)
		case bpfRET:
			if op.code == 0x16 {
				return a, here
			}
			return op.k, here
		case bpfMISC:
			if op.code == 0x07 {
				x = a
			} else {
				a = x
			}
		}
	}
	return 0, here
}

func (c *Ctx) bpfLoad(op bpfOp, x uint32, mem *[16]uint32) (uint32, where) {
	off := uint64(op.k)
	switch op.code & 0xe0 {
	case bpfIMM:
		return op.k, here
	case bpfMEM:
		return mem[op.k&15], here
	case bpfLEN:
		return uint32(c.Pkt.Length), here
	case bpfMSH:
		b, w := c.bpfBytes(off, 1)
		if w != here {
			return 0, w
		}
		return uint32(b[0]&0xf) * 4, here
	case bpfIND:
		off = uint64(op.k + x)
	}
	if off >= 0xffe00000 { // ancillary data and negative offsets
		if off >= 0xfff00000 && off < 0xfffff000 {
			off -= 0xfff00000 // SKF_NET_OFF: the IP header is where data begin
		} else {
			return 0, cut
		}
	}
	switch op.code & 0x18 {
	case bpfH:
		b, w := c.bpfBytes(off, 2)
		if w != here {
			return 0, w
		}
		return uint32(binary.BigEndian.Uint16(b)), here
	case bpfB:
		b, w := c.bpfBytes(off, 1)
		if w != here {
			return 0, w
		}
		return uint32(b[0]), here
	}
	b, w := c.bpfBytes(off, 4)
	if w != here {
		return 0, w
	}
	return binary.BigEndian.Uint32(b), here
}

func (c *Ctx) bpfBytes(off uint64, n int) ([]byte, where) {
	if off > uint64(c.Pkt.Length) {
		return nil, absent
	}
	return c.bytes(int(off), n)
}

func bpfCompute(op bpfOp, a, x uint32) (uint32, bool) {
	v := op.k
	if op.code&bpfX != 0 {
		v = x
	}
	switch op.code & 0xf0 {
	case 0x00:
		return a + v, true
	case 0x10:
		return a - v, true
	case 0x20:
		return a * v, true
	case 0x30:
		if v == 0 {
			return 0, false
		}
		return a / v, true
	case 0x40:
		return a | v, true
	case 0x50:
		return a & v, true
	case 0x60:
		return a << (v & 31), true
	case 0x70:
		return a >> (v & 31), true
	case 0x80:
		return -a, true
	case 0x90:
		if v == 0 {
			return 0, false
		}
		return a % v, true
	}
	return a ^ v, true
}

func bpfJump(op bpfOp, a, x uint32) int {
	if op.code == 0x05 {
		return int(op.k)
	}
	v := op.k
	if op.code&bpfX != 0 {
		v = x
	}
	ok := false
	switch op.code & 0xf0 {
	case 0x10:
		ok = a == v
	case 0x20:
		ok = a > v
	case 0x30:
		ok = a >= v
	case 0x40:
		ok = a&v != 0
	}
	if ok {
		return int(op.jt)
	}
	return int(op.jf)
}

// Save writes the program in decimal.
func (m *bpfMatch) Save(w *Writer) {
	var b strings.Builder
	fmt.Fprint(&b, len(m.prog))
	for _, op := range m.prog {
		fmt.Fprintf(&b, ",%d %d %d %d", op.code, op.jt, op.jf, op.k)
	}
	w.Printf("--bytecode \"%s\"", b.String())
}
