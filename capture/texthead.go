package capture

import (
	"net"
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

// linkPart reads up to the IP header: interface, direction, link header.
func (t *told) linkPart(s string) (rest string, ok bool) {
	for range 8 {
		word, tail := cutWord(s)
		switch word {
		case "":
			return "", false
		case "IP", "IP6":
			return t.ipWord(word, tail)
		case "ip:":
			t.strong = t.stamp.form != noStamp
			return tail, true
		case "In", "Out", "B", "M", "P", "?", "<", ">":
			if word != "?" && t.dir == Unknown {
				t.direction(word)
			}
			s = tail
			continue
		case "ifindex":
			_, s = cutWord(tail)
			continue
		case "vlan":
			s = t.vlanPart(tail)
			continue
		case "ethertype":
			rest, again, ok := t.etherPart(tail)
			if !again {
				return rest, ok
			}
			s = rest
			continue
		case "IPOIB,":
			s = tail
			continue
		case "AF", "version":
			return t.familyPart(s)
		}
		if err := nonIPWord(word, tail); err != nil {
			t.skip, t.strong = err, t.stamp.form != noStamp || t.number > 0
			return "", true
		}
		if tail, ok := t.macPart(s); ok {
			s = tail
			continue
		}
		if next, more := cutWord(tail); t.iface == "" && isDirection(next) && len(word) <= 32 && namesIface(word, next, more) {
			if word != "?" {
				t.iface = word
			}
			s = tail
			continue
		}
		return t.bare(s)
	}
	return "", false
}

// namesIface tells the interface of "eth0 > src > dst" from the source of "src >
// dst".
func namesIface(word, next, rest string) bool {
	if next != ">" && next != "<" {
		return true
	}
	return strings.Contains(rest, " > ") && !parseEndpoint(word, packet.IPv4, true).known
}

// bare accepts a line that has its addresses right behind the time, as tcpdump
// before 3.7 wrote it.
func (t *told) bare(s string) (string, bool) {
	src, dst, body, ok := cutEndpoints(s)
	if !ok || strings.Contains(src, " ") || strings.Contains(dst, " ") {
		return "", false
	}
	if t.stamp.form == noStamp && !strings.HasPrefix(body, "Flags [") && t.number == 0 {
		return "", false
	}
	a, b := parseEndpoint(src, packet.IPv4, true), parseEndpoint(dst, packet.IPv4, true)
	return s, a.known || b.known || protocolOf(body) != protoUnsaid && a.hasPort && b.hasPort
}

func isDirection(w string) bool {
	switch w {
	case "In", "Out", "B", "M", "P", "?", "<", ">":
		return true
	}
	return false
}

// direction reads the packet type of a cooked capture, or the arrow of tcpdump
// on Linux 2.2.
func (t *told) direction(w string) {
	t.dir = In
	switch w {
	case "Out", ">":
		t.dir, t.cast = Out, uint8(packet.CastOutgoing)
	case "In":
		t.cast = uint8(packet.CastHost)
	case "B":
		t.cast = uint8(packet.CastBroadcast)
	case "M":
		t.cast = uint8(packet.CastMulticast)
	case "P":
		t.cast = uint8(packet.CastOther)
	}
}

// ipWord handles "IP" and "IP6", which PPP's -e form follows with the protocol.
func (t *told) ipWord(word, rest string) (string, bool) {
	t.family = packet.IPv4
	if word == "IP6" {
		t.family = packet.IPv6
	}
	if strings.HasPrefix(rest, "(0x0021)") || strings.HasPrefix(rest, "(0x0057)") {
		tail, ok := after(rest, ": ")
		t.strong = ok
		return tail, ok
	}
	t.strong = t.stamp.form != noStamp || t.number > 0 || strings.HasPrefix(rest, "(tos 0x") || t.family == packet.IPv6 && strings.HasPrefix(rest, "(")
	return rest, true
}

// vlanPart reads "10, p 0, [DEI, ]"; the outermost tag counts.
func (t *told) vlanPart(s string) string {
	id, rest, ok := cutUint32(s)
	if !ok {
		return s
	}
	var tci uint16
	if tail, ok := strings.CutPrefix(rest, ", p "); ok {
		var prio uint32
		prio, rest, _ = cutUint32(tail)
		tci = uint16(prio & 7 << 13)
	}
	if tail, ok := strings.CutPrefix(rest, ", DEI"); ok {
		tci, rest = tci|1<<12, tail
	}
	if !t.hasVLAN {
		t.hasVLAN, t.vlan = true, tci|uint16(id&0xfff)
		if t.vlanProto == 0 {
			t.vlanProto = etherVLAN
		}
	}
	return strings.TrimLeft(rest, ", ")
}

// etherPart reads behind "ethertype": again is true when a VLAN tag follows.
func (t *told) etherPart(s string) (rest string, again, ok bool) {
	i := strings.IndexAny(s, "(,:")
	if i < 0 {
		return "", false, false
	}
	name := strings.TrimSpace(s[:i])
	typ, rest := uint32(0), s[i:]
	if strings.HasPrefix(rest, "(") {
		typ, rest, _ = cutHex(rest[1:])
		rest = strings.TrimPrefix(rest, ")")
	}
	if tail, ok := strings.CutPrefix(rest, ", length "); ok {
		_, rest = cutDigits(tail)
	}
	rest = strings.TrimLeft(rest, ",: ")
	t.strong = true
	switch {
	case name == "IPv4":
		t.family = packet.IPv4
	case name == "IPv6":
		t.family = packet.IPv6
	case strings.HasPrefix(name, "802.1Q"), strings.HasPrefix(name, "802.1ad"):
		if t.vlanProto == 0 {
			t.vlanProto = uint16(typ)
		}
		return rest, true, true
	case name == "ARP":
		t.skip = ErrARP
	default:
		t.skip = notIP(uint16(max(typ, 0x0600)))
	}
	return rest, false, true
}

// familyPart reads the -e forms "AF IPv4 (2), length 48: " and "version 0,
// resource ID 5, family IPv4 (2), length 108: ".
func (t *told) familyPart(s string) (string, bool) {
	i := strings.Index(s, ": ")
	if i < 0 || !strings.Contains(s[:i], ", length ") {
		return "", false
	}
	switch head := s[:i]; {
	case strings.Contains(head, "IPv4 ("):
		t.family = packet.IPv4
	case strings.Contains(head, "IPv6 ("):
		t.family = packet.IPv6
	default:
		return "", false
	}
	t.strong = true
	return s[i+2:], true
}

// macPart reads the addresses of a link header: "src > dst," or "src" alone, or
// the "src dst 0800 74:" of tcpdump before 3.9.
func (t *told) macPart(s string) (string, bool) {
	src, rest, ok := cutMAC(s)
	if !ok {
		return "", false
	}
	copy(t.link[6:12], src)
	t.hasSrc = true
	if strings.HasPrefix(rest, "ethertype ") {
		return rest, true
	}
	arrow := strings.HasPrefix(rest, "> ")
	dst, rest, ok := cutMAC(strings.TrimPrefix(rest, "> "))
	if !ok {
		return "", false
	}
	copy(t.link[:6], dst)
	t.hasDst = true
	if arrow {
		if tail, ok := strings.CutPrefix(rest, "802.3"); ok {
			return "STP " + tail, true
		}
		return rest, strings.HasPrefix(rest, "ethertype ")
	}
	typ, rest := cutWord(rest)
	_, rest = cutWord(rest) // the length and its colon
	switch typ {
	case "0800", "ip":
		return "IP " + rest, true
	case "86dd", "ip6":
		return "IP6 " + rest, true
	case "0806", "arp":
		return "arp " + rest, true
	}
	return "", false
}

// cutMAC takes a link address, its vendor and the comma behind it.
func cutMAC(s string) (mac net.HardwareAddr, rest string, ok bool) {
	i := strings.IndexAny(s, " ,")
	if i < 0 {
		return nil, s, false
	}
	word, rest := s[:i], s[i:]
	if word == "Broadcast" {
		mac = net.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	} else if mac, ok = parseMAC(word); !ok {
		return nil, s, false
	}
	if strings.HasPrefix(rest, " (oui ") {
		if j := strings.IndexByte(rest, ')'); j > 0 {
			rest = rest[j+1:]
		}
	}
	return mac, strings.TrimLeft(rest, ", "), true
}

// parseMAC reads six groups of one or two hex digits.
func parseMAC(s string) (net.HardwareAddr, bool) {
	if strings.Count(s, ":") != 5 || len(s) > 17 {
		return nil, false
	}
	mac := make(net.HardwareAddr, 0, 6)
	for g := range strings.SplitSeq(s, ":") {
		v, rest, ok := cutHex("0x" + g)
		if !ok || rest != "" || v > 255 {
			return nil, false
		}
		mac = append(mac, byte(v))
	}
	return mac, true
}

// nonIPWord tells what a line is about that starts with another protocol.
func nonIPWord(word, rest string) error {
	switch word = strings.TrimSuffix(word, ","); word {
	case "ARP", "arp":
		return ErrARP
	case "RARP", "rarp":
		return ErrRARP
	case "Request":
		if strings.HasPrefix(rest, "who-has ") {
			return ErrARP
		}
	case "LLDP":
		return ErrLLDP
	case "EAPOL", "EAP":
		return ErrEAPOL
	case "MPLS":
		return ErrMPLS
	case "PPPoE":
		return ErrPPPoE
	case "Loopback":
		return ErrLoopback
	case "STP", "802.1d", "CDPv1", "CDPv2", "IS-IS", "LLC", "IPX", "SNAP", "VTPv1", "VTPv2", "DTPv1", "UDLD", "aarp", "AT", "LACPv1":
		return ErrLLC
	case "IP6", "IP0":
		return packet.ErrHeader // "IP6, wrong link-layer encapsulation (invalid)"
	case "LCP", "IPCP", "IP6CP", "CHAP", "PAP", "CCP":
		return ErrPPPProto
	}
	return nil
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
