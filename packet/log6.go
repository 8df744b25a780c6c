package packet

import "strconv"

// ipv6 writes the IPv6 packet at off (nf_log_syslog.c: dump_ipv6_packet).
func (t *logText) ipv6(off int) {
	h, ok := t.bytes(off, 40)
	if !ok {
		t.str("TRUNCATED")
		return
	}
	ip := IPv6Header(h)
	next := ip.NextHeader()
	t.str("SRC=")
	t.addr6(h[8:24])
	t.str(" DST=")
	t.addr6(h[24:40])
	t.num(" LEN=", uint32(ip.PayloadLen()+40))
	t.num("TC=", uint32(ip.TrafficClass()))
	t.num("HOPLIMIT=", uint32(ip.HopLimit()))
	t.num("FLOWLBL=", ip.FlowLabel())
	next, l4, fragment, ok := t.ipv6Extensions(next, off+40)
	if !ok || !t.ipv6Payload(next, off, l4, fragment) {
		return
	}
	if off == 0 {
		t.tail()
	}
}

// ipv6Extensions walks the extension headers as the LOG target does, which is
// not as the hooks do: ESP ends the line, AH's length is not checked.
func (t *logText) ipv6Extensions(next uint8, off int) (_ uint8, _ int, fragment, ok bool) {
	opts := t.flags&LogIPOptions != 0
	for IsExtensionHeader(next) || next == ProtoESP {
		h, ok := t.bytes(off, 2)
		if !ok {
			t.str("TRUNCATED")
			return 0, 0, false, false
		}
		after, n := h[0], int(h[1])*8+8
		if opts {
			t.str("OPT ( ")
		}
		switch next {
		case ProtoFragment:
			later, ok := t.fragment6(off)
			if !ok {
				return 0, 0, false, false
			}
			fragment, n = fragment || later, 8
		case ProtoAH:
			n = (int(h[1]) + 2) * 4
			if opts && !t.ipsec6("AH ", off, 12, 4, fragment) {
				return 0, 0, false, false
			}
		case ProtoESP:
			if opts && t.ipsec6("ESP ", off, 8, 0, fragment) {
				t.str(")")
			}
			return 0, 0, false, false
		default:
			if fragment {
				if opts {
					t.str(")")
				}
				return 0, 0, false, false
			}
		}
		if opts {
			t.str(") ")
		}
		next = after
		off += n
	}
	return next, off, fragment, true
}

func (t *logText) fragment6(off int) (later, ok bool) {
	t.str("FRAG:")
	h, ok := t.bytes(off, 8)
	if !ok {
		t.str("TRUNCATED ")
		return false, false
	}
	at := be.Uint16(h[2:])
	t.dst = strconv.AppendUint(t.dst, uint64(at&^7), 10)
	t.str(" ")
	if at&1 != 0 {
		t.str("INCOMPLETE ")
	}
	t.str("ID:")
	t.hex(uint64(be.Uint32(h[4:])), 8)
	t.str(" ")
	return at&^7 != 0, true
}

// ipsec6 writes an AH or ESP header among the options; false means that it
// closed the parenthesis and the line ends.
func (t *logText) ipsec6(name string, off, n, at int, fragment bool) bool {
	t.str(name)
	if fragment {
		t.str(")")
		return false
	}
	_, ok := t.bytes(off, n)
	t.spi(off, n, at)
	if !ok {
		t.str(")")
	}
	return ok
}

func (t *logText) ipv6Payload(proto uint8, ipOff, off int, fragment bool) bool {
	switch proto {
	case ProtoTCP:
		return t.tcp(off, fragment)
	case ProtoUDP, ProtoUDPLite:
		return t.udp(proto, off, fragment)
	case ProtoICMPv6:
		return t.icmp6(ipOff, off, fragment)
	}
	t.num("PROTO=", uint32(proto))
	return true
}

func (t *logText) icmp6(ipOff, off int, fragment bool) bool {
	t.str("PROTO=ICMPv6 ")
	if fragment {
		return true
	}
	b, ok := t.bytes(off, 8)
	if !ok {
		t.incomplete(off)
		return false
	}
	h := ICMP(b)
	typ, rest := h.Type(), h.Rest()
	t.num("TYPE=", uint32(typ))
	t.num("CODE=", uint32(h.Code()))
	switch typ {
	case 128, 129: // echo request and reply
		t.num("ID=", rest>>16)
		t.num("SEQ=", rest&0xffff)
	case 4: // parameter problem
		t.str("POINTER=")
		t.hex(uint64(rest), 8)
		t.str(" ")
		t.quoted6(ipOff, off+8)
	case 1, 2, 3: // unreachable, packet too big, time exceeded
		t.quoted6(ipOff, off+8)
	}
	if typ == 2 {
		t.num("MTU=", rest)
	}
	return true
}

func (t *logText) quoted6(ipOff, off int) {
	if ipOff != 0 {
		return
	}
	t.str("[")
	t.ipv6(off)
	t.str("] ")
}
