package packet

// tcp prints a TCP segment of length bytes, of which b was captured.
func (t *dumpText) tcp(b []byte, length int, h dumpHeader) {
	t.proto = "tcp"
	if len(b) < 4 {
		t.pair(h.src(), h.dst(), ":")
		t.has(b, 0, 4)
		return
	}
	t.endpoints(ProtoTCP, h, t.u16(b, 0), t.u16(b, 2))
	if !t.has(b, 0, 20) {
		return
	}
	s := TCP(b)
	hl, flags := s.DataOffset(), s.Flags()&0xff
	if hl < 20 {
		t.num(" tcp ", uint32(length-hl))
		t.num(" [bad hdr length ", uint32(hl))
		t.str(" - too short, < 20]")
		return
	}
	t.str("Flags [")
	t.flags(flags)
	t.str("]")
	if hl > length {
		t.num(" [bad hdr length ", uint32(hl))
		t.num(" - too long, > ", uint32(length))
		t.str("]")
		return
	}
	if t.v > 0 && !h.fragmented && len(b) >= length {
		t.hex(", cksum 0x", uint32(s.Checksum()), 4)
		if sum := h.sum(b[:length], ProtoTCP); sum == 0xffff {
			t.str(" (correct)")
		} else {
			t.hex(" (incorrect -> 0x", uint32(rightSum(s.Checksum(), sum)), 4)
			t.str(")")
		}
	}
	data := length - hl
	if t.v > 1 || data > 0 || flags&(SYN|FIN|RST) != 0 {
		t.num(", seq ", s.Seq())
		if data > 0 {
			t.num(":", s.Seq()+uint32(data))
		}
	}
	if flags&ACK != 0 {
		t.num(", ack ", s.Ack())
	}
	t.num(", win ", uint32(s.Window()))
	if flags&URG != 0 {
		t.num(", urg ", uint32(s.Urgent()))
	}
	if hl > 20 {
		t.str(", options [")
		o := tcpOptionText{t, b[20:], hl - 20, len(b) >= length}
		if !o.list() {
			return
		}
		t.str("]")
	}
	t.num(", length ", uint32(data))
	if data > 0 && len(b) < hl {
		t.num(" [remaining caplen(", uint32(len(b)))
		t.num(") < header length(", uint32(hl))
		t.str(")]")
		t.end()
	}
	if data > 0 && flags&RST != 0 && t.v > 0 {
		t.rstData(b[min(hl, len(b)):], data)
	}
}

// sum is the folded sum over a transport message with its pseudo header; 0xffff
// when its checksum is right.
func (h dumpHeader) sum(b []byte, proto uint8) uint16 {
	s := uint64(proto) + uint64(len(b))
	if h.family == IPv6 && h.final != nil {
		return Fold(Sum(b, Sum(h.b[8:24], Sum(h.final, s))))
	}
	if h.family == IPv6 {
		return Fold(Sum(b, Sum(h.b[8:40], s)))
	}
	dst := h.b[16:20]
	if routed := routeEnd(h.b); routed != nil {
		dst = routed
	}
	return Fold(Sum(b, Sum(dst, Sum(h.b[12:16], s))))
}

// routeEnd returns the last hop of a source route, which is what the checksum
// was made with; nil without one.
func routeEnd(b []byte) []byte {
	hl := IPv4Header(b).HeaderLen()
	for opts := b[20:min(hl, len(b))]; len(opts) > 0 && opts[0] != 0; {
		size := 1
		if opts[0] != 1 {
			if len(opts) < 2 || opts[1] < 2 {
				return nil
			}
			size = int(opts[1])
		}
		if size > len(opts) {
			return nil
		}
		if (opts[0] == 131 || opts[0] == 137) && size >= 7 {
			return opts[size-4 : size]
		}
		opts = opts[size:]
	}
	return nil
}

func (t *dumpText) flags(f uint16) {
	if f == 0 {
		t.str("none")
		return
	}
	for i, mark := range [...]string{"F", "S", "R", "P", ".", "U", "E", "W"} {
		if f&(1<<i) != 0 {
			t.str(mark)
		}
	}
}

// tcpOptionText prints the options of one segment.
type tcpOptionText struct {
	*dumpText
	b     []byte // captured bytes of the options
	n     int    // bytes of options that the header says there are
	whole bool   // the whole segment was captured
}

// list prints all options; false when it ended the text.
func (t *tcpOptionText) list() bool {
	for at := 0; at < t.n; {
		if at > 0 {
			t.str(",")
		}
		code := t.u8(t.b, at)
		size := 1
		if code > 1 {
			size = int(t.u8(t.b, at+1))
			if !t.ended && (size < 2 || size > t.n-at) {
				return t.bad(at)
			}
		}
		t.tcpOptionName(code)
		if code > 1 {
			if at > 0 {
				t.closing = ">" // a slip of tcpdump
			}
			used, ok := t.option(code, at+2, size-2)
			t.closing = ""
			if !ok {
				return t.bad(at)
			}
			if used != size-2 {
				t.num("[len ", uint32(size))
				t.str("]")
			}
			size = used + 2
		}
		if t.ended {
			return false
		}
		at += size
		if code == 0 {
			break
		}
	}
	return true
}

// bad ends the text; the bracket is closed from the second option on.
func (t *tcpOptionText) bad(at int) bool {
	t.str("[bad opt]")
	if at > 0 {
		t.str("]")
	}
	t.ended = true
	return false
}

func (t *dumpText) tcpOptionName(code uint8) {
	switch code {
	case 0:
		t.str("eol")
	case 1:
		t.str("nop")
	case 2:
		t.str("mss")
	case 3:
		t.str("wscale")
	case 4:
		t.str("sackOK")
	case 5:
		t.str("sack")
	case 6:
		t.str("echo")
	case 7:
		t.str("echoreply")
	case 8:
		t.str("TS")
	case 11:
		t.str("cc")
	case 12:
		t.str("ccnew")
	case 13:
		t.str("")
	case 19:
		t.str("md5")
	case 20:
		t.str("scps")
	case 28:
		t.str("uto")
	case 29:
		t.str("tcp-ao")
	case 30:
		t.str("mptcp")
	case 34:
		t.str("tfo")
	case 254:
		t.str("exp")
	default:
		t.num("unknown-", uint32(code))
	}
}

// tcpOptionSize is the length of the data of options that have one, -1 for those
// that have any.
func tcpOptionSize(code uint8) int {
	switch code {
	case 4:
		return 0
	case 3:
		return 1
	case 2, 20, 28:
		return 2
	case 6, 7, 11, 12, 13:
		return 4
	case 8:
		return 8
	case 19:
		return 16
	}
	return -1
}

// option prints the data of one option, which says that it is size bytes at off,
// and returns how many it read; ok is false when there are not so many.
func (t *tcpOptionText) option(code uint8, at, size int) (used int, ok bool) {
	used = tcpOptionSize(code)
	if used < 0 {
		used = size
	}
	if used > t.n-at || code == 254 && size < 2 {
		return 0, false
	}
	b := t.b
	if tcpOptionSize(code) >= 0 && !t.has(b, at, used) {
		return used, true
	}
	switch code {
	case 2:
		t.num(" ", uint32(be.Uint16(b[at:])))
	case 3:
		t.num(" ", uint32(b[at]))
	case 4:
	case 5:
		t.sack(b, at, size)
	case 6, 7, 11, 12, 13:
		t.num(" ", be.Uint32(b[at:]))
	case 8:
		t.num(" val ", be.Uint32(b[at:]))
		t.num(" ecr ", be.Uint32(b[at+4:]))
	case 19:
		if t.whole {
			t.str(" shared secret not supplied with -M, can't check - ")
		} else {
			t.str(" snaplen too short, can't check - ")
		}
		t.bytes(b, at, 16)
	case 20:
		t.hex(" cap ", uint32(b[at]), 2)
		t.num(" id ", uint32(b[at+1]))
	case 28:
		v := be.Uint16(b[at:])
		t.hex(" 0x", uint32(v), 1)
		if v&1 != 0 {
			t.num(" ", uint32(v>>1)*60)
		} else {
			t.num(" ", uint32(v>>1))
		}
	case 29:
		t.keys(b, at, size)
	case 34:
		t.fastOpen(b, at, size)
	case 254:
		t.experiment(b, at, size)
	default:
		if size > 0 {
			t.str(" 0x")
			t.bytes(b, at, size)
		}
	}
	return used, true
}

// keys prints an authentication option (RFC 5925).
func (t *dumpText) keys(b []byte, at, n int) {
	if n < 2 {
		t.str(" (invalid)")
		return
	}
	if !t.has(b, at, 1) {
		return
	}
	t.num(" keyid ", uint32(b[at]))
	if !t.has(b, at+1, 1) {
		return
	}
	t.num(" rnextkeyid ", uint32(b[at+1]))
	if n > 2 {
		t.str(" mac 0x")
		t.bytes(b, at+2, n-2)
	}
}

// fastOpen prints a fast open cookie (RFC 7413) or the wish for one.
func (t *dumpText) fastOpen(b []byte, at, n int) {
	if !t.has(b, at, n) {
		return
	}
	switch {
	case n == 0:
		t.str("  cookiereq")
	case n%2 != 0 || n < 4 || n > 16:
		t.str("  (invalid)")
	default:
		t.str("  cookie ")
		t.bytes(b, at, n)
	}
}

// experiment prints a shared experimental option (RFC 6994).
func (t *dumpText) experiment(b []byte, at, n int) {
	if !t.has(b, at, n) {
		return
	}
	magic := t.u16(b, at)
	if magic == 0xf989 {
		t.str("-tfo")
		t.fastOpen(b, at+2, n-2)
		return
	}
	t.hex("-", uint32(magic), 4)
}

func (t *dumpText) sack(b []byte, at, n int) {
	if n%8 != 0 {
		t.str(" invalid sack")
		return
	}
	t.num(" ", uint32(n/8))
	t.str(" ")
	for i := at; i < at+n; i += 8 {
		if !t.has(b, i, 8) {
			return
		}
		t.num("{", be.Uint32(b[i:]))
		t.num(":", be.Uint32(b[i+4:]))
		t.str("}")
	}
}

// bytes writes n bytes at off in hexadecimal, as far as they were captured.
func (t *dumpText) bytes(b []byte, off, n int) {
	for i := off; i < off+n && t.has(b, i, 1); i++ {
		t.hex("", uint32(b[i]), 2)
	}
}

// rstData prints the text that a reset may carry (RFC 1122), 30 bytes at most.
func (t *dumpText) rstData(b []byte, n int) {
	if len(b) >= n {
		t.str(" [RST")
	} else {
		t.str(" [!RST")
	}
	if n > 30 {
		n = 30
		t.str("+")
	}
	t.str(" ")
	for _, c := range b[:min(n, len(b))] {
		t.safe(c)
	}
	t.str("]")
}

// safe writes a byte so that a terminal is not harmed.
func (t *dumpText) safe(c byte) {
	if c < 0x80 && c >= 0x20 && c != 0x7f {
		t.str(string(rune(c)))
		return
	}
	if c >= 0x80 {
		t.str("M-")
		c &= 0x7f
	}
	if c < 0x20 || c == 0x7f {
		t.str("^")
		c ^= 0x40
	}
	t.str(string(rune(c)))
}

// udp prints a UDP datagram of length bytes, of which b was captured.
func (t *dumpText) udp(b []byte, length int, h dumpHeader) {
	t.proto = "udp"
	if len(b) < 4 {
		if h.first == ProtoUDP {
			t.pair(h.src(), h.dst(), ": ")
		}
		t.has(b, 0, 4)
		return
	}
	t.endpoints(ProtoUDP, h, t.u16(b, 0), t.u16(b, 2))
	if length < 8 {
		t.num("truncated-udp ", uint32(length))
		return
	}
	if !t.has(b, 4, 2) {
		return
	}
	size := int(t.u16(b, 4))
	if size < 8 {
		t.num("truncated-udplength ", uint32(size))
		return
	}
	if !t.has(b, 0, 8) {
		return
	}
	there := min(size, length)
	// -v is enough where the checksum is mandatory.
	if (t.v > 1 || t.v > 0 && h.family == IPv6) && !h.fragmented {
		t.udpSum(b, there, h)
	}
	if size > there && !h.fragmented {
		t.num("UDP, bad length ", uint32(size-8))
		t.num(" > ", uint32(there-8))
		return
	}
	t.num("UDP, length ", uint32(size-8))
}

func (t *dumpText) udpSum(b []byte, n int, h dumpHeader) {
	field := be.Uint16(b[6:])
	if field == 0 && h.family == IPv4 {
		t.str("[no cksum] ")
		return
	}
	if len(b) < n {
		return
	}
	if sum := h.sum(b[:n], ProtoUDP); sum != 0xffff {
		t.hex("[bad udp cksum 0x", uint32(field), 4)
		t.hex(" -> 0x", uint32(rightSum(field, sum)), 4)
		t.str("!] ")
		return
	}
	t.str("[udp sum ok] ")
}
