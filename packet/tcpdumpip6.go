package packet

import "strconv"

// ip6 prints an IPv6 packet: b is what was captured of its length bytes.
func (t *dumpText) ip6(b []byte, length int) {
	t.proto = "ip6"
	if !t.need(b, 0, 40) {
		return
	}
	if length < 40 {
		t.num("truncated-ip6 ", uint32(length))
		return
	}
	t.str("IP6 ")
	h := IPv6Header(b)
	if b[0]>>4 != 6 {
		t.num("version error: ", uint32(b[0]>>4))
		t.str(" != 6")
		return
	}
	total := 40 + h.PayloadLen()
	if length < total {
		t.num("truncated-ip6 - ", uint32(total-length))
		t.str(" bytes missing!")
	}
	b = b[:min(len(b), total)]
	next := h.NextHeader()
	if t.v > 0 {
		t.header6(h)
	}
	if !ownsPorts(next) && len(b) > 0 {
		t.pair(h.Src(), h.Dst(), ": ")
	}
	at, fragmented, final := 40, false, []byte(nil)
	for !t.ended {
		if at > total { // a header said that it is longer than the packet
			t.proto = "ip6"
			t.end()
			return
		}
		n := 0
		switch next {
		case ProtoHopByHop, ProtoDstOpts:
			n = t.options6(next, b, at)
		case ProtoFragment:
			n = t.fragment6(b, at, total)
			fragmented = true
			if at+n >= len(b) {
				return
			}
		case ProtoRouting:
			n = t.routing6(b, at)
			final = routingEnd(b, at, n, final)
		default:
			t.payload(next, b[min(at, len(b)):], total-at, dumpHeader{b: b, family: IPv6, fragmented: fragmented, first: h.NextHeader(), final: final})
			return
		}
		if n == 0 || t.ended {
			return
		}
		next = b[at]
		at += n
	}
}

func (t *dumpText) header6(h IPv6Header) {
	t.str("(")
	if c := h.TrafficClass(); c != 0 {
		t.hex("class 0x", uint32(c), 2)
		t.str(", ")
	}
	if f := h.FlowLabel(); f != 0 {
		t.hex("flowlabel 0x", f, 5)
		t.str(", ")
	}
	t.num("hlim ", uint32(h.HopLimit()))
	t.str(", next-header ")
	t.str(dumpProtoName(h.NextHeader()))
	t.num(" (", uint32(h.NextHeader()))
	t.num(") payload length: ", uint32(h.PayloadLen()))
	t.str(") ")
}

// fragment6 prints a fragment header and returns its length, 0 when what follows
// is no header.
func (t *dumpText) fragment6(b []byte, at, total int) int {
	t.proto = "frag6"
	off := t.u16(b, at+2)
	if t.v > 0 {
		t.hex("frag (0x", t.u32(b, at+4), 8)
		t.num(":", uint32(off&^7))
	} else {
		t.num("frag (", uint32(off&^7))
	}
	t.str("|")
	if !t.ended { // a size_t, whatever comes out
		t.dst = strconv.AppendUint(t.dst, uint64(total-at-8), 10)
	}
	t.str(")")
	if off&^7 != 0 {
		return 0
	}
	t.str(" ")
	return 8
}

// routing6 prints a routing header and returns its length, 0 when it ends the
// text.
func (t *dumpText) routing6(b []byte, at int) int {
	t.proto = "ip6"
	if !t.need(b, at, 1) {
		return 0
	}
	t.proto = "rt6"
	t.str("RT6")
	n := int(t.u8(b, at+1))
	t.num(" (len=", uint32(n))
	kind := t.u8(b, at+2)
	t.num(", type=", uint32(kind))
	if kind == 0 {
		t.str(" [Deprecated]")
	}
	t.num(", segleft=", uint32(t.u8(b, at+3)))
	if t.ended {
		return 0
	}
	switch kind {
	case 0, 2:
		if rsv := t.u32(b, at+4); rsv != 0 || t.v > 0 {
			t.hex(", rsv=0x", rsv, 1)
		}
	case 4:
		t.num(", last-entry=", uint32(t.u8(b, at+4)))
		t.hex(", flags=0x", uint32(t.u8(b, at+5)), 1)
		t.hex(", tag=", uint32(t.u16(b, at+6)), 1)
	default:
		t.str(" (unknown type) (invalid)")
		return 0
	}
	if n%2 == 1 {
		t.num(" (invalid length ", uint32(n))
		t.str(") (invalid)")
		return 0
	}
	for i := range n / 2 {
		if !t.need(b, at+8+16*i, 16) {
			return 0
		}
		t.num(", [", uint32(i))
		t.str("]")
		t.addr6(b, at+8+16*i)
	}
	t.str(") ")
	return n*8 + 8
}

// routingEnd is the last hop of the routing header of n bytes at off, old when it
// has none.
func routingEnd(b []byte, off, n int, old []byte) []byte {
	if n > 0 && off+24 <= len(b) && b[off+2] == 4 { // a segment routing header lists the last hop first
		return b[off+8 : off+24]
	}
	if n < 24 || off+n > len(b) {
		return old
	}
	return b[off+n-16 : off+n]
}

// options6 prints hop-by-hop or destination options and returns their length.
func (t *dumpText) options6(kind uint8, b []byte, at int) int {
	name := "DSTOPT "
	t.proto = "dstopt"
	if kind == ProtoHopByHop {
		name = "HBH "
		t.proto = "hbhopt"
	}
	n := int(t.u8(b, at+1))*8 + 8
	if !t.need(b, at, n) {
		return 0
	}
	t.str(name)
	if t.v > 0 {
		t.optionList6(b[at+2:at+n], kind == ProtoHopByHop)
	}
	return n
}

func (t *dumpText) optionList6(b []byte, hopByHop bool) {
	for len(b) > 0 {
		code, size := b[0], 1
		if code != 0 {
			if !t.need(b, 0, 2) || !t.need(b, 0, 2+int(b[1])) {
				return
			}
			size = 2 + int(b[1])
		}
		switch {
		case code == 0:
			t.str("(pad1)")
		case code == 1:
			t.str("(padn)")
		case code == 5 && len(b) < 4:
			t.str("(rtalert: trunc)")
			t.end()
		case code == 5 && size == 4:
			t.hex("(rtalert: 0x", uint32(be.Uint16(b[2:])), 4)
			t.str(") ")
		case code == 5:
			t.num("(rtalert: invalid len ", uint32(b[1]))
			t.str(")")
			t.end()
		case code == 0xc2:
			t.jumbo(b, hopByHop)
		case code == 0xc9 && len(b) < 18:
			t.str("(homeaddr: trunc)")
			t.end()
		case code == 0xc9 && size < 18:
			t.num("(homeaddr: invalid len ", uint32(b[1]))
			t.str(")")
			t.end()
		case code == 0xc9:
			t.named("(homeaddr: ", b, 2)
			t.need(b[:18], 0, size) // options of the option are not told
			t.str(")")
		default:
			t.hex("(opt_type 0x", uint32(code), 2)
			t.num(": len=", uint32(b[1]))
			t.str(")")
		}
		b = b[size:]
	}
	t.str(" ")
}

// jumbo prints the option of a packet beyond 65,535 bytes (RFC 2675).
func (t *dumpText) jumbo(b []byte, hopByHop bool) {
	if len(b) < 6 {
		t.str("(jumbo: trunc)")
		t.end()
		return
	}
	if b[1] != 4 {
		t.num("(jumbo: invalid len ", uint32(b[1]))
		t.str(")")
		t.end()
		return
	}
	size := be.Uint32(b[2:])
	t.num("(jumbo: ", size)
	switch {
	case !hopByHop:
		t.str(" - not a hop-by-hop option")
	case size < 65536:
		t.str(" - < 65536")
	}
	t.str(") ")
}
