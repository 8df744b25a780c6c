package packet

import "net/netip"

// icmp6 prints an ICMPv6 message of length bytes, of which b was captured.
func (t *dumpText) icmp6(b []byte, length int, h dumpHeader) {
	t.proto = "icmp6"
	if length == 0 {
		t.str("ICMP6, length 0 (invalid)")
		return
	}
	if t.v > 0 && !h.fragmented && len(b) >= length {
		field := t.u16(b, 2)
		if sum := h.sum(b[:length], ProtoICMPv6); sum == 0xffff {
			t.str("[icmp6 sum ok] ")
		} else {
			t.hex("[bad icmp6 cksum 0x", uint32(field), 4)
			t.hex(" -> 0x", uint32(rightSum(field, sum)), 4)
			t.str("!] ")
		}
	}
	typ := t.u8(b, 0)
	t.str("ICMP6, ")
	known := t.icmp6Name(typ)
	if t.v > 0 && typ >= 133 && typ <= 137 {
		t.num(", length ", uint32(length))
	}
	code := t.u8(b, 1)
	if !known {
		t.num(", length ", uint32(length))
		if t.v < 2 {
			t.dump("\n\t", b[:min(len(b), length)])
		}
		return
	}
	t.icmp6Text(typ, code, b, length)
	if t.v == 0 {
		t.num(", length ", uint32(length))
	}
}

func (t *dumpText) icmp6Name(typ uint8) bool {
	name := ""
	switch typ {
	case 1:
		name = "destination unreachable"
	case 2:
		name = "packet too big"
	case 3:
		name = "time exceeded in-transit"
	case 4:
		name = "parameter problem"
	case 128:
		name = "echo request"
	case 129:
		name = "echo reply"
	case 130:
		name = "multicast listener query"
	case 131:
		name = "multicast listener report"
	case 132:
		name = "multicast listener done"
	case 133:
		name = "router solicitation"
	case 134:
		name = "router advertisement"
	case 135:
		name = "neighbor solicitation"
	case 136:
		name = "neighbor advertisement"
	case 137:
		name = "redirect"
	case 143:
		name = "multicast listener report v2"
	default:
		t.num("unknown icmp6 type (", uint32(typ))
		t.str(")")
		return false
	}
	t.str(name)
	return true
}

func (t *dumpText) icmp6Text(typ, code uint8, b []byte, length int) {
	switch typ { // what names an address is told whole or not at all
	case 1:
		t.unreachable6(code, b)
	case 2:
		t.num(", mtu ", t.u32(b, 4))
	case 3:
		switch code {
		case 0:
			t.named(" for ", b, 8+24)
		case 1:
			t.str(" (reassembly)")
		default:
			t.num(", unknown code (", uint32(code))
			t.str(")")
		}
	case 4:
		t.parameter6(code, b)
	case 128, 129:
		t.need(b, 4, 4)
		t.num(", id ", uint32(t.u16(b, 4)))
		t.num(", seq ", uint32(t.u16(b, 6)))
	case 130:
		switch {
		case length == 24:
			t.listener6(b)
		case length >= 28:
			t.str(" v2")
			t.listenerQuery6(b, length)
		default:
			t.num(" unknown-version (len ", uint32(length))
			t.str(") ")
		}
	case 131, 132:
		t.listener6(b)
	case 133:
		t.neighborOptions(b, 8, length)
	case 134:
		t.router6(b, length)
	case 135:
		t.named(", who has ", b, 8)
		t.neighborOptions(b, 24, length)
	case 136:
		t.named(", tgt is ", b, 8)
		if t.v > 0 {
			t.str(", Flags [")
			t.words(t.u8(b, 4), "router", "solicited", "override")
			t.str("]")
		}
		t.neighborOptions(b, 24, length)
	case 137:
		t.named(", ", b, 24)
		t.named(" to ", b, 8)
		t.neighborOptions(b, 40, length)
	case 143:
		if length < 8 {
			t.num(" [invalid len ", uint32(length))
			t.str("]")
			return
		}
		t.num(", ", uint32(t.u16(b, 6)))
		t.str(" group record(s)")
		t.listenerRecords6(b, length)
	}
}

// words prints the names of the bits set, the top one of the byte first.
func (t *dumpText) words(bits uint8, names ...string) {
	sep := ""
	for i, n := range names {
		if bits<<i&0x80 != 0 && n != "" {
			t.str(sep)
			t.str(n)
			sep = ", "
		}
	}
	if sep == "" {
		t.str("none")
	}
}

func (t *dumpText) unreachable6(code uint8, b []byte) {
	t.str(", ")
	switch code {
	case 0:
		t.str("unreachable route")
	case 1:
		t.str(" unreachable prohibited")
	case 2:
		t.str("beyond scope")
	case 3:
		t.str("unreachable address")
	case 4:
		t.str("unreachable port")
		t.unreachablePort6(b)
		return
	default:
		t.num("unknown unreach code (", uint32(code))
		t.str(")")
		if t.v < 2 {
			t.dump("\n\t", b)
		}
		return
	}
	if code == 2 && !t.need(b, 8+8, 32) {
		return
	}
	t.named(" ", b, 8+24)
	if code == 2 {
		t.named(", source address ", b, 8+8)
	}
}

// named writes s and the IPv6 address at off, or neither.
func (t *dumpText) named(s string, b []byte, off int) {
	if t.need(b, off, 16) {
		t.str(s)
		t.addr6(b, off)
	}
}

// dump writes bytes in hexadecimal, sixteen a line, each line behind sep and its
// offset.
func (t *dumpText) dump(sep string, b []byte) {
	for i, c := range b {
		if i%16 == 0 {
			t.str(sep)
			t.hex("0x", uint32(i), 4)
			t.str(": ")
		}
		if i%2 == 0 {
			t.str(" ")
		}
		t.hex("", uint32(c), 2)
	}
}

// unreachablePort6 finds the port in the packet that the error quotes.
func (t *dumpText) unreachablePort6(b []byte) {
	proto, port, ok := quotedPort6(b[min(8, len(b)):])
	if !ok {
		t.end()
		return
	}
	t.str(", ")
	t.addr6(b, 8+24)
	if proto == ProtoTCP {
		t.num(" tcp port ", uint32(port))
	} else {
		t.num(" udp port ", uint32(port))
	}
}

func quotedPort6(b []byte) (proto uint8, port uint16, ok bool) {
	if len(b) < 7 {
		return 0, 0, false
	}
	next, at := b[6], 40
	for at <= len(b) {
		switch next {
		case ProtoTCP, ProtoUDP:
			if at+4 > len(b) {
				return 0, 0, false
			}
			return next, be.Uint16(b[at+2:]), true
		case ProtoHopByHop, ProtoDstOpts, ProtoRouting, ProtoAH, ProtoFragment:
			if at+4 > len(b) {
				return 0, 0, false
			}
		default:
			return 0, 0, false
		}
		n := int(b[at+1])*8 + 8
		switch next {
		case ProtoAH:
			n = (int(b[at+1]) + 2) * 4
		case ProtoFragment:
			if be.Uint16(b[at+2:])&^7 != 0 {
				return 0, 0, false
			}
			n = 8
		}
		next = b[at]
		at += n
	}
	return 0, 0, false
}

func (t *dumpText) parameter6(code uint8, b []byte) {
	if !t.need(b, 8+24, 16) {
		return
	}
	switch code {
	case 0:
		t.num(", erroneous - octet ", be.Uint32(b[4:]))
	case 1:
		t.num(", next header - octet ", be.Uint32(b[4:]))
	case 2:
		t.num(", option - octet ", be.Uint32(b[4:]))
	case 3:
		t.num(", incomplete header chain - octet ", be.Uint32(b[4:]))
	default:
		t.num(", code-#", uint32(code))
	}
}

func (t *dumpText) listener6(b []byte) {
	if len(b) < 24 {
		return
	}
	t.num("max resp delay: ", uint32(be.Uint16(b[4:])))
	t.str(" addr: ")
	t.addr6(b, 8)
}

// listenerQuery6 prints what version 2 of the query adds (RFC 3810).
func (t *dumpText) listenerQuery6(b []byte, length int) {
	delay := uint32(t.u16(b, 4))
	if t.v > 0 {
		if delay >= 0x8000 {
			delay = (delay&0xfff | 0x1000) << (delay>>12&7 + 3)
		}
		t.num(" [max resp delay=", delay)
		t.str("]")
	}
	t.named(" [gaddr ", b, 8)
	if t.v > 0 {
		misc, interval := t.u8(b, 24), t.u8(b, 25)
		if misc&8 != 0 {
			t.str(" sflag")
		}
		if misc&7 != 0 {
			t.num(" robustness=", uint32(misc&7))
		}
		if interval != 0 {
			t.num(" qqi=", queryInterval(interval))
		}
	}
	n := int(t.u16(b, 26))
	switch {
	case n == 0:
		t.str("]")
	case length < 28+16*n:
		t.str(" [invalid number of sources]")
	default:
		t.sources(n, func(i int) { t.named(" ", b, 28+16*i) })
	}
}

// queryInterval reads an interval that is a number below 128 and a tiny float
// above.
func queryInterval(v uint8) uint32 {
	if v < 128 {
		return uint32(v)
	}
	return uint32(v&15|16) << (v>>4&7 + 3)
}

// listenerRecords6 prints the groups of a report with -v.
func (t *dumpText) listenerRecords6(b []byte, length int) {
	if t.v == 0 {
		return
	}
	at := 8
	for range int(t.u16(b, 6)) {
		if length < at+20 {
			t.str(" [invalid number of groups]")
			return
		}
		t.named(" [gaddr ", b, at+4)
		t.record(t.u8(b, at), " [v2-report-#")
		n := int(t.u16(b, at+2))
		if t.ended {
			return
		}
		if length < at+20+16*n {
			t.num(" [invalid number of sources ", uint32(n))
			t.str("]")
			return
		}
		t.sources(n, func(i int) { t.named(" ", b, at+20+16*i) })
		at += 20 + 16*n
	}
}

func (t *dumpText) router6(b []byte, length int) {
	if t.v == 0 || !t.need(b, 0, 16) {
		return
	}
	t.num("\n\thop limit ", uint32(t.u8(b, 4)))
	t.str(", Flags [")
	f := t.u8(b, 5)
	t.words(f, "managed", "other stateful", "home agent", "", "", "", "ipv6 only")
	t.str("], pref ")
	t.str(routePreference(f))
	t.num(", router lifetime ", uint32(t.u16(b, 6)))
	t.num("s, reachable time ", t.u32(b, 8))
	t.num("ms, retrans timer ", t.u32(b, 12))
	t.str("ms")
	t.neighborOptions(b, 16, length)
}

// routePreference names the two bits of RFC 4191.
func routePreference(flags uint8) string {
	return [...]string{"medium", "high", "rsv", "low"}[flags>>3&3]
}

// neighborOptions prints the options of neighbour discovery with -v.
func (t *dumpText) neighborOptions(b []byte, at, length int) {
	if t.v == 0 || t.ended {
		return
	}
	for at < len(b) && at < length {
		if !t.need(b, at, 2) {
			return
		}
		kind, n := b[at], int(b[at+1])*8
		if n == 0 || at+n > len(b) {
			t.end()
			return
		}
		t.str("\n\t  ")
		t.str(neighborOptionName(kind))
		t.num(" option (", uint32(kind))
		t.num("), length ", uint32(n))
		t.num(" (", uint32(n/8))
		t.str("): ")
		known := t.neighborOption(kind, b[at:at+n])
		if t.v > 1 {
			t.dump("\n\t    ", b[at+2:at+n])
		} else if !known {
			t.dump("\n\t  ", b[at+2:at+n])
			return
		}
		at += n
	}
}

func neighborOptionName(kind uint8) string {
	switch kind {
	case 1:
		return "source link-address"
	case 2:
		return "destination link-address"
	case 3:
		return "prefix info"
	case 4:
		return "redirected header"
	case 5:
		return "mtu"
	case 24:
		return "route info"
	case 25:
		return "rdnss"
	}
	return "unknown"
}

// neighborOption prints the inside of one option; false when it has no words for
// it.
func (t *dumpText) neighborOption(kind uint8, b []byte) bool {
	switch {
	case kind == 1 || kind == 2:
		for i, c := range b[2:] {
			if i > 0 {
				t.str(":")
			}
			t.hex("", uint32(c), 2)
		}
	case kind == 5:
		t.num(" ", be.Uint32(b[4:]))
		if len(b) != 8 {
			t.str("bad option length")
		}
	case kind == 3 && len(b) >= 32:
		t.addr(netip.AddrFrom16([16]byte(b[16:32])))
		t.num("/", uint32(b[2]))
		if len(b) != 32 {
			t.str("badlen")
		}
		t.str(", Flags [")
		t.words(b[3], "onlink", "auto", "router")
		t.str("], valid time ")
		t.lifetime(be.Uint32(b[4:]))
		t.str(", pref. time ")
		t.lifetime(be.Uint32(b[8:]))
	case kind == 24 && len(b) <= 24:
		var a [16]byte
		copy(a[:], b[8:])
		t.str(" ")
		t.addr(netip.AddrFrom16(a))
		t.num("/", uint32(b[2]))
		t.str(", pref=")
		t.str(routePreference(b[3]))
		t.str(", lifetime=")
		t.lifetime(be.Uint32(b[4:]))
	case kind == 25:
		t.num(" lifetime ", be.Uint32(b[4:]))
		t.str("s,")
		for i := 8; i+16 <= len(b); i += 16 {
			t.str(" addr: ")
			t.addr6(b, i)
		}
	default:
		return false
	}
	return true
}

func (t *dumpText) lifetime(v uint32) {
	if v == 0xffffffff {
		t.str("infinity")
		return
	}
	t.num("", v)
	t.str("s")
}
