package capture

import (
	"strings"

	"nfwhy/packet"
)

// told is what one tcpdump line tells of a packet, hex aside.
type told struct {
	number int
	stamp  stamp
	iface  string
	dir    Direction
	cast   uint8

	link             [14]byte
	hasSrc, hasDst   bool // link holds the addresses
	hasVLAN          bool
	vlan, vlanProto  uint16
	skip             error // no IP, or an IP packet that the line calls invalid
	family           packet.Family
	ip               ipTold
	missing          int // bytes missing, of "truncated-ip"
	src, dst, body   string
	needAddr, strong bool // the addresses are on the next line; surely tcpdump's
}

// ipTold is the parenthesis of -v, and what stands for it in older forms.
type ipTold struct {
	verbose bool // the fields below are valid
	proto   uint8
	hasLen  bool // length is valid
	length  int  // of the whole packet
	tos     uint8
	ttl     uint8
	id      uint16
	frag    uint8 // the three flag bits
	offset  int   // in bytes
	flow    uint32
	options bool // the header has options
}

// unquote removes what a forum or mail puts in front of a line. A ">" that
// stands for the arrow of a line without its source stays.
func unquote(s string) string {
	s = strings.TrimRight(s, " \t\r\n`")
	for {
		t := strings.TrimLeft(s, " \t|`\u00a0")
		if u, ok := strings.CutPrefix(t, ">"); ok && !losesArrow(u) {
			t = u
		}
		t = strings.TrimPrefix(t, "* ")
		if t == s {
			return s
		}
		s = t
	}
}

// losesArrow says that s needs the ">" in front of it.
func losesArrow(s string) bool {
	if !strings.HasPrefix(s, " ") || strings.Contains(s, " > ") {
		return false
	}
	return strings.Contains(s, ": Flags [") || strings.Contains(s, ": UDP, ") || strings.Contains(s, ": ICMP")
}

// firstRunes is the start of s, for looking at.
func firstRunes(s string, n int) string { return s[:min(len(s), n)] }

// parseLine reads a line as the first of a packet. ok is false when it is none
// of tcpdump's; reason tells what is wrong with one that surely is.
func parseLine(line string) (t told, ok bool, reason string) {
	s := unquote(line)
	t = told{cast: castUnknown}
	s = t.prefix(s)
	rest, ok := t.linkPart(s)
	if !ok {
		return t, false, ""
	}
	if t.skip != nil {
		return t, t.strong, ""
	}
	rest = t.ipPart(rest)
	if strings.HasPrefix(rest, "[|") {
		t.skip = packet.ErrTruncated
	} else if strings.HasPrefix(rest, "IP") && strings.Contains(firstRunes(rest, 60), "(invalid)") {
		t.skip = packet.ErrHeader // "IP6, wrong link-layer encapsulation (invalid)"
	}
	if t.skip != nil {
		return t, t.strong, ""
	}
	if rest == "" && t.ip.verbose {
		t.needAddr = true
		return t, true, ""
	}
	if !t.addresses(rest) {
		if t.strong {
			return t, true, "no addresses (expected \"source > destination:\")"
		}
		return t, false, ""
	}
	if !t.strong && !t.plausible() {
		return t, false, ""
	}
	return t, true, ""
}

// plausible tells tcpdump's line without a time from prose with a " > " in it.
func (t *told) plausible() bool {
	if strings.Count(t.src, " ") > 1 || strings.Count(t.dst, " ") > 1 {
		return false
	}
	return protocolOf(t.body) != protoUnsaid || t.ip.verbose
}

// prefix takes off the packet number and the time.
func (t *told) prefix(s string) string {
	d, rest := cutDigits(s)
	s = strings.TrimPrefix(s, "[Error converting time] ")
	rest = strings.TrimPrefix(rest, "  [Error converting time]")
	if d != "" && len(d) <= 9 && strings.HasPrefix(rest, " ") {
		if st, tail := cutStamp(skipBlanks(rest)); st.form != noStamp {
			t.number, t.stamp = int(number(d)), st
			return tail
		}
	}
	if st, tail := cutStamp(s); st.form != noStamp {
		t.stamp = st
		return tail
	}
	if d != "" && len(d) <= 9 && strings.HasPrefix(rest, " ") {
		t.number = int(number(d))
		return skipBlanks(rest)
	}
	return s
}

// ipPart reads what -v and damage put between "IP" and the addresses.
func (t *told) ipPart(s string) string {
	s = skipBlanks(s)
	if tail, ok := strings.CutPrefix(s, "truncated-ip"); ok {
		if n, ok := numberAfter(firstRunes(tail, 20), " - "); ok {
			t.missing = int(n)
		}
		s, _ = after(tail, "! ")
	}
	switch {
	case strings.HasPrefix(s, "[version "), strings.HasPrefix(s, "bad-hlen"), strings.HasPrefix(s, "bad-len"),
		strings.HasPrefix(s, "[header length"), strings.HasPrefix(s, "[total length"),
		strings.HasPrefix(s, "version error"), strings.HasPrefix(s, "[length "):
		t.skip = packet.ErrHeader
		return ""
	}
	if !strings.HasPrefix(s, "(") {
		return s
	}
	n := balanced(s)
	if n == 0 || !t.verbose(s[1:n-1]) {
		return s
	}
	return skipBlanks(s[n:])
}

// verbose reads the fields of the parenthesis of -v.
func (t *told) verbose(s string) bool {
	var ip ipTold
	sawTTL := false
	for field := range topLevel(s) {
		key, v := cutWord(field)
		v = skipBlanks(strings.TrimPrefix(v, ":"))
		switch strings.TrimSuffix(key, ":") {
		case "tos", "class":
			n, _, _ := cutHex(v)
			ip.tos = uint8(n)
		case "flowlabel":
			ip.flow, _, _ = cutHex(v)
		case "ttl", "hlim":
			n, _, _ := cutUint32(v)
			ip.ttl, sawTTL = uint8(n), true
		case "id":
			n, _, _ := cutUint32(v)
			ip.id = uint16(n)
		case "offset":
			n, _, _ := cutUint32(v)
			ip.offset = int(n) & 0xffff &^ 7
		case "flags":
			ip.frag = fragFlags(v)
		case "proto":
			ip.proto, ip.verbose = protoNumber(v)
		case "next-header":
			ip.proto, ip.verbose = protoNumber(v)
			if n, ok := numberAfter(v, "payload length: "); ok && n <= 0xffff {
				ip.length, ip.hasLen = int(n)+40, true
			}
		case "payload": // a field of its own since 5.0
			if n, ok := numberAfter(v, "length "); ok && n <= 0xffff {
				ip.length, ip.hasLen = int(n)+40, true
			}
		case "length", "len":
			n, _, ok := cutUint32(v)
			ip.length, ip.hasLen = int(min(n, 0xffff)), ok
		case "options":
			ip.options = true
		}
	}
	if !ip.verbose || !sawTTL && t.family == packet.IPv6 && ip.length == 0 {
		return false
	}
	t.ip = ip
	return true
}

// topLevel yields the comma separated fields of s that are in no bracket.
func topLevel(s string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		depth, from := 0, 0
		for i := 0; i <= len(s); i++ {
			switch {
			case i == len(s), s[i] == ',' && depth == 0:
				if !yield(strings.TrimSpace(s[from:i])) {
					return
				}
				from = i + 1
			case s[i] == '(', s[i] == '[':
				depth++
			case s[i] == ')', s[i] == ']':
				depth--
			}
		}
	}
}

// fragFlags reads "[DF]", "[+]", "[none]", "[+, DF]".
func fragFlags(s string) (f uint8) {
	for flag := range strings.SplitSeq(strings.Trim(s, "[]"), ",") {
		switch strings.TrimSpace(flag) {
		case "+":
			f |= 1
		case "DF":
			f |= 2
		case "rsvd":
			f |= 4
		}
	}
	return f
}

// protoNumber reads "TCP (6)" or "6".
func protoNumber(s string) (uint8, bool) {
	if i := strings.LastIndexByte(s, '('); i >= 0 { // "Mobile IP (old) (62)"
		s = s[i+1:]
	}
	n, _, ok := cutUint32(s)
	return uint8(n), ok && n <= 255
}

// maxEndpoint is longer than any name with a port.
const maxEndpoint = 300

// addresses reads "src > dst: body".
func (t *told) addresses(s string) bool {
	src, dst, body, ok := cutEndpoints(s)
	if !ok || len(src) > maxEndpoint || len(dst) > maxEndpoint {
		return false
	}
	t.src, t.dst, t.body = strings.TrimSpace(src), strings.TrimSpace(dst), body
	if t.family == 0 {
		t.family = packet.IPv4
		if strings.Count(src, ":") >= 2 && !strings.ContainsAny(src, " ") {
			t.family = packet.IPv6
		}
	}
	return true
}
