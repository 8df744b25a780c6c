package packet

// icmp prints an ICMP message of length bytes, of which b was captured.
func (t *dumpText) icmp(b []byte, length int, fragmented bool) {
	t.proto = "icmp"
	at := len(t.dst)
	if !t.need(b, 0, 2) {
		return
	}
	t.str("ICMP ")
	typ, code := b[0], b[1]
	t.icmpText(typ, code, b)
	if t.ended { // nothing of the message was printed before all of it was read
		t.ended = false
		t.dst = t.dst[:at]
		t.end()
		t.local = true
		return
	}
	t.num(", length ", uint32(length))
	if t.v == 0 {
		return
	}
	if !fragmented && len(b) >= length {
		if sum := Fold(Sum(b[:length], 0)); sum != 0xffff {
			field := t.u16(b, 2)
			t.hex(" (wrong icmp cksum ", uint32(field), 1)
			t.hex(" (->", uint32(rightSum(field, sum)), 1)
			t.str(")!)")
		}
	}
	if quotesPacket(typ) {
		t.quote(b)
		t.ended = t.ended && !t.local
		t.proto = "icmp"
		t.extension(typ, b, length)
	}
}

// extension prints the head of a multi-part extension (RFC 4884), which begins
// behind 128 bytes of quoted packet; without a length field only a right checksum
// tells it from a long quote. Its objects are not told.
func (t *dumpText) extension(typ uint8, b []byte, length int) {
	const at = 136
	if length <= at || typ != ICMPUnreachable && typ != ICMPTimeExceeded && typ != ICMPParameter || t.ended {
		return
	}
	whole := len(b) >= length
	sum := uint16(0)
	if whole {
		sum = Fold(Sum(b[at:length], 0))
	}
	if b[5] == 0 && (!whole || sum != 0xffff) {
		return
	}
	version := t.u8(b, at) >> 4
	t.num("\n\tICMP Multi-Part extension v", uint32(version))
	if version != 2 {
		t.str(" packet not supported")
		return
	}
	if !whole || length < at+4 {
		return
	}
	t.hex(", checksum 0x", uint32(be.Uint16(b[at+2:])), 4)
	t.str(" (")
	if sum != 0xffff {
		t.str("in")
	}
	t.num("correct), length ", uint32(length-at))
}

// quotesPacket reports whether an ICMP type carries the packet it is about.
func quotesPacket(typ uint8) bool {
	switch typ {
	case ICMPUnreachable, ICMPSourceQuench, ICMPRedirect, ICMPTimeExceeded, ICMPParameter:
		return true
	}
	return false
}

// quote prints the packet that an ICMP error carries, on lines of its own.
func (t *dumpText) quote(b []byte) {
	t.str("\n\t")
	if t.depth++; t.depth > 16 || !t.need(b, 8, 4) {
		return
	}
	n := int(be.Uint16(b[10:]))
	b = b[8:]
	b = b[:min(len(b), n)]
	if t.need(b, 0, 4) {
		t.ip4(b, n)
	}
}

func (t *dumpText) icmpText(typ, code uint8, b []byte) {
	switch typ {
	case ICMPEcho, ICMPEchoReply:
		t.str("echo re")
		t.str([]string{"ply", "quest"}[typ>>3])
		t.num(", id ", uint32(t.u16(b, 4)))
		t.num(", seq ", uint32(t.u16(b, 6)))
	case ICMPUnreachable:
		t.unreachable(code, b)
	case ICMPSourceQuench:
		t.str("source quench")
	case ICMPRedirect:
		t.redirect(code, b)
	case 9:
		t.routerAdvertisement(b)
	case 10:
		t.str("router solicitation")
	case ICMPTimeExceeded:
		t.need(b, 24, 4)
		switch code {
		case 0:
			t.str("time exceeded in-transit")
		case 1:
			t.str("ip reassembly time exceeded")
		default:
			t.num("time exceeded-#", uint32(code))
		}
	case ICMPParameter:
		if code != 0 {
			t.num("parameter problem - code ", uint32(code))
		} else {
			t.num("parameter problem - octet ", uint32(t.u8(b, 4)))
		}
	case 13:
		t.num("time stamp query id ", uint32(t.u16(b, 4)))
		t.num(" seq ", uint32(t.u16(b, 6)))
	case 14:
		t.timestampReply(b)
	case 15:
		t.str("information request")
	case 16:
		t.str("information reply")
	case 17:
		t.str("address mask request")
	case 18:
		t.hex("address mask is 0x", t.u32(b, 8), 8)
	default:
		t.num("type-#", uint32(typ))
	}
}

func (t *dumpText) timestampReply(b []byte) {
	t.num("time stamp reply id ", uint32(t.u16(b, 4)))
	t.num(" seq ", uint32(t.u16(b, 6)))
	for i, name := range [...]string{": org ", ", recv ", ", xmit "} {
		t.str(name)
		t.clock(t.u32(b, 8+4*i))
	}
}

// clock prints milliseconds since midnight.
func (t *dumpText) clock(ms uint32) {
	t.two("", ms/3600000)
	t.two(":", ms/60000%60)
	t.two(":", ms/1000%60)
	t.str(".")
	if ms%1000 < 100 {
		t.str("0")
	}
	t.two("", ms%1000)
}

// two writes s and the number with at least two digits.
func (t *dumpText) two(s string, v uint32) {
	if v < 10 {
		t.str(s)
		s = "0"
	}
	t.num(s, v)
}

// unreachableText is what stands before and after the destination, by code.
var unreachableText = [...][2]string{
	0: {"net ", " unreachable"}, 1: {"host ", " unreachable"},
	5: {"", " unreachable - source route failed"}, 6: {"net ", " unreachable - unknown"}, 7: {"host ", " unreachable - unknown"},
	8: {"", " unreachable - source host isolated"}, 9: {"net ", " unreachable - admin prohibited"},
	10: {"host ", " unreachable - admin prohibited"}, 11: {"net ", " unreachable - tos prohibited"}, 12: {"host ", " unreachable - tos prohibited"},
	13: {"host ", " unreachable - admin prohibited filter"}, 14: {"host ", " unreachable - host precedence violation"},
	15: {"host ", " unreachable - precedence cutoff"},
}

func (t *dumpText) unreachable(code uint8, b []byte) {
	if !t.need(b, 24, 4) {
		return
	}
	dst, proto := b[24:28], b[17]
	switch {
	case code == 2:
		t.addr4(dst)
		t.num(" protocol ", uint32(proto))
		t.str(" unreachable")
	case code == 3:
		port := t.u16(b, 8+IPv4Header(b[8:]).HeaderLen()+2)
		t.addr4(dst)
		switch proto {
		case ProtoTCP:
			t.num(" tcp port ", uint32(port))
		case ProtoUDP:
			t.num(" udp port ", uint32(port))
		default:
			t.num(" protocol ", uint32(proto))
			t.num(" port ", uint32(port))
		}
		t.str(" unreachable")
	case code == 4:
		t.addr4(dst)
		t.str(" unreachable - need to frag")
		if mtu := be.Uint16(b[6:]); mtu != 0 {
			t.num(" (mtu ", uint32(mtu))
			t.str(")")
		}
	case int(code) < len(unreachableText):
		t.str(unreachableText[code][0])
		t.addr4(dst)
		t.str(unreachableText[code][1])
	default:
		t.addr4(dst)
		t.num(" unreachable - #", uint32(code))
	}
}

func (t *dumpText) redirect(code uint8, b []byte) {
	if !t.need(b, 24, 4) {
		return
	}
	between := " to "
	switch code {
	case 0:
		t.str("redirect ")
		between = " to net "
	case 1:
		t.str("redirect ")
		between = " to host "
	case 2:
		t.str("redirect-tos ")
		between = " to net "
	case 3:
		t.str("redirect-tos ")
		between = " to host "
	default:
		t.num("redirect-#", uint32(code))
		t.str(" ")
	}
	t.addr4(b[24:])
	t.str(between)
	t.addr4(b[4:])
}

func (t *dumpText) routerAdvertisement(b []byte) {
	t.str("router advertisement lifetime ")
	life := uint32(t.u16(b, 6))
	switch {
	case life < 60:
		t.num("", life)
	case life < 3600:
		t.num("", life/60)
		t.two(":", life%60)
	default:
		t.num("", life/3600)
		t.two(":", life%3600/60)
		t.two(":", life%60)
	}
	n, size := t.u8(b, 4), t.u8(b, 5)
	t.num(" ", uint32(n))
	t.str(":")
	if size != 2 {
		t.num(" [size ", uint32(size))
		t.str("]")
		return
	}
	for i := range int(n) {
		if !t.need(b, 8+8*i, 8) {
			return
		}
		t.str(" {")
		t.addr4(b[8+8*i:])
		t.num(" ", be.Uint32(b[12+8*i:]))
		t.str("}")
	}
}

// igmp prints an IGMP message (RFC 2236, RFC 3376).
func (t *dumpText) igmp(b []byte, length int) {
	t.proto = "igmp"
	typ := t.u8(b, 0)
	switch typ {
	case 0x11:
		t.str("igmp query")
		t.igmpQuery(b, length)
	case 0x12, 0x16:
		t.str("igmp v1 report ")
		if typ == 0x16 {
			t.dst[len(t.dst)-len("1 report ")] = '2'
		}
		if t.need(b, 4, 4) {
			t.addr4(b[4:])
		}
		if length != 8 {
			t.num(" [len ", uint32(length))
			t.str("]")
		}
	case 0x17:
		t.str("igmp leave ")
		if t.need(b, 4, 4) {
			t.addr4(b[4:])
		}
		if length != 8 {
			t.num(" [len ", uint32(length))
			t.str("]")
		}
	case 0x22:
		t.str("igmp v3 report")
		t.igmpReport(b, length)
	default:
		t.num("igmp-", uint32(typ))
	}
	if t.v > 0 && len(b) >= length && length >= 4 {
		if Fold(Sum(b[:length], 0)) != 0xffff {
			t.hex(" bad igmp cksum ", uint32(be.Uint16(b[2:])), 1)
			t.str("!")
		}
	}
}

// groupRecord is what a record of a report says of its group.
var groupRecord = [...]string{1: "is_in", 2: "is_ex", 3: "to_in", 4: "to_ex", 5: "allow", 6: "block"}

func (t *dumpText) igmpReport(b []byte, length int) {
	n := t.u16(b, 6)
	t.num(", ", uint32(n))
	t.str(" group record(s)")
	if t.v == 0 {
		return
	}
	at := 8
	for range int(n) {
		if length < at+8 {
			t.str(" [invalid number of groups]")
			return
		}
		if !t.need(b, at, 8) {
			return
		}
		t.str(" [gaddr ")
		t.addr4(b[at+4:])
		t.record(b[at], " [v3-report-#")
		sources := int(be.Uint16(b[at+2:]))
		if length < at+8+4*sources {
			t.num(" [invalid number of sources ", uint32(sources))
			t.str("]")
			return
		}
		t.sources(sources, func(i int) {
			if t.need(b, at+8+4*i, 4) {
				t.str(" ")
				t.addr4(b[at+8+4*i:])
			}
		})
		at += 8 + 4*sources
	}
}

// record prints the kind of a group record.
func (t *dumpText) record(kind uint8, unknown string) {
	t.str(" ")
	if kind == 0 || int(kind) >= len(groupRecord) {
		t.num(unknown, uint32(kind))
		t.str("]")
		return
	}
	t.str(groupRecord[kind])
}

// sources prints how many sources a group record has, or with -vv which.
func (t *dumpText) sources(n int, one func(int)) {
	if t.v > 1 {
		t.str(" {")
		for i := range n {
			one(i)
		}
		t.str(" }")
	} else {
		t.num(", ", uint32(n))
		t.str(" source(s)")
	}
	t.str("]")
}

func (t *dumpText) igmpQuery(b []byte, length int) {
	resp := t.u8(b, 1)
	switch {
	case length >= 12:
		t.igmpQuery3(b, length)
		return
	case resp != 0:
		t.str(" v2")
		if resp != 100 {
			t.num(" [max resp time ", uint32(resp))
			t.str("]")
		}
	default:
		t.str(" v1")
	}
	if group := t.u32(b, 4); group != 0 {
		t.str(" [gaddr ")
		t.addr4(b[4:])
		t.str("]")
	}
}

// igmpQuery3 prints a query of version 3 (RFC 3376).
func (t *dumpText) igmpQuery3(b []byte, length int) {
	t.str(" v3")
	tenths := uint32(t.u8(b, 1))
	if tenths >= 128 {
		tenths = (tenths&15 | 16) << (tenths>>4&7 + 3)
	}
	if tenths != 100 {
		t.num(" [max resp time ", tenths/10)
		if tenths < 600 {
			t.num(".", tenths%10)
		}
		t.str("s]")
	}
	if t.u32(b, 4) == 0 {
		return
	}
	t.str(" [gaddr ")
	t.addr4(b[4:])
	n := int(t.u16(b, 10))
	switch {
	case n == 0:
		t.str("]")
	case length < 12+4*n:
		t.num(" [invalid number of sources ", uint32(n))
		t.str("]")
	default:
		t.sources(n, func(i int) {
			if t.need(b, 12+4*i, 4) {
				t.str(" ")
				t.addr4(b[12+4*i:])
			}
		})
	}
}
