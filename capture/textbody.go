package capture

import (
	"strings"

	"nfwhy/packet"
)

// protoUnsaid is a protocol that the text behind the addresses does not show.
const protoUnsaid = -1

// bodyWords start what tcpdump prints for protocols other than TCP.
var bodyWords = []struct {
	prefix string
	proto  int
}{
	{"UDP, ", packet.ProtoUDP},
	{"udp ", packet.ProtoUDP},
	{"ICMP ", packet.ProtoICMP},
	{"icmp: ", packet.ProtoICMP},
	{"ICMP6, ", packet.ProtoICMPv6},
	{"icmp6: ", packet.ProtoICMPv6},
	{"igmp ", packet.ProtoIGMP},
	{"ESP(", packet.ProtoESP},
	{"AH(", packet.ProtoAH},
	{"GREv", packet.ProtoGRE},
	{"gre ", packet.ProtoGRE},
	{"IP ", packet.ProtoIPIP},
	{"IP6 ", 41},
	{"OSPFv", 89},
	{"VRRPv", 112},
	{"CARPv", 112},
	{"PIMv", 103},
	{"EIGRP", 88},
	{"RSVPv", 46},
	{"PGM", 113},
	{"IPComp(", 108},
	{"sctp", packet.ProtoSCTP},
	{"DCCP", packet.ProtoDCCP},
	{"UDP-Lite", packet.ProtoUDPLite},
	{"mobility:", 135},
	{"no next header", packet.ProtoNoNext},
}

// protocolOf tells the protocol from the text behind the addresses.
func protocolOf(body string) int {
	s, _ := stripChecksum(body)
	if strings.HasPrefix(s, "Flags [") || strings.HasPrefix(s, "[|tcp]") || strings.HasPrefix(s, "tcp ") || s == "tcp" || oldTCP(s) {
		return packet.ProtoTCP
	}
	for _, w := range bodyWords {
		if strings.HasPrefix(s, w.prefix) {
			return w.proto
		}
	}
	if p, ok := fragmentOf(s); ok {
		return int(p)
	}
	return protoUnsaid
}

// oldTCP recognises the flags of tcpdump before version 4 with what follows.
func oldTCP(s string) bool {
	word, rest := cutWord(s)
	word = strings.TrimSuffix(word, ",")
	if word == "" || strings.Trim(word, "SFRPWE.") != "" {
		return false
	}
	next, _ := cutWord(rest)
	if d, tail := cutDigits(next); d != "" && strings.HasPrefix(tail, ":") {
		return true
	}
	return next == "ack" || next == "win" || next == "cksum" || next == "[tcp"
}

// fragmentOf reads what stands for a later fragment: its protocol alone, or with
// "(frag 1234:1480@2960+)" before version 3.9.
func fragmentOf(s string) (proto uint8, ok bool) {
	word, rest := cutWord(strings.TrimSpace(s))
	if rest != "" && !strings.HasPrefix(rest, "(frag ") {
		return 0, false
	}
	switch word {
	case "tcp":
		return packet.ProtoTCP, true
	case "udp":
		return packet.ProtoUDP, true
	case "icmp":
		return packet.ProtoICMP, true
	case "ipv6-icmp":
		return packet.ProtoICMPv6, true
	case "esp":
		return packet.ProtoESP, true
	case "gre":
		return packet.ProtoGRE, true
	}
	if tail, cut := strings.CutPrefix(word, "ip-proto-"); cut {
		n, rest, ok := cutUint32(tail)
		return uint8(n), ok && rest == "" && n <= 255
	}
	return 0, false
}

// printsPorts reports whether tcpdump prints ports with the protocol's addresses.
func printsPorts(proto int) bool {
	switch proto {
	case packet.ProtoTCP, packet.ProtoUDP, packet.ProtoUDPLite, packet.ProtoSCTP, packet.ProtoDCCP:
		return true
	}
	return false
}

// checksumNotes are what -v puts in front of the protocol's own text.
var checksumNotes = []string{"[udp sum ok] ", "[no cksum] ", "[udp sum 0] ", "[tcp sum ok] ", "[icmp6 sum ok] ", "[cksum missing] "}

// stripChecksum takes off what -v says of a checksum; told reports whether it
// says that it is right, in which case the whole packet determines it.
func stripChecksum(s string) (rest string, zero bool) {
	s = strings.TrimLeft(s, " ")
	for _, n := range checksumNotes {
		if tail, ok := strings.CutPrefix(s, n); ok {
			return tail, n == "[no cksum] "
		}
	}
	for _, n := range []string{"[bad udp cksum ", "[bad icmp6 cksum ", "[bad tcp cksum "} {
		if strings.HasPrefix(s, n) {
			tail, _ := after(s, "] ")
			return strings.TrimLeft(tail, " "), false
		}
	}
	return s, false
}

// udpLength is the payload length that the text of a UDP packet tells.
func udpLength(s string) (int, bool) {
	if n, ok := numberAfter(firstRunes(s, 40), "UDP, length "); ok {
		return clampLength(n), true
	}
	if tail, ok := strings.CutPrefix(s, "udp "); ok { // before version 4
		if n, _, ok := cutUint32(tail); ok {
			return clampLength(n), true
		}
	}
	s = strings.TrimRight(s, " ")
	// DNS starts with its id and ends in the length in parentheses
	if i := strings.LastIndexByte(s, '('); i >= 0 && strings.HasSuffix(s, ")") {
		id, _ := cutDigits(s)
		if n, rest, ok := cutUint32(s[i+1:]); ok && rest == ")" && strings.HasSuffix(s[:i], " ") && id != "" {
			return clampLength(n), true
		}
	}
	for _, word := range []string{"BOOTP/DHCP, ", "NTPv", "RADIUS, ", "SYSLOG ", "sFlowv", "RIPv"} {
		if !strings.HasPrefix(s, word) {
			continue
		}
		for _, key := range []string{", length ", ", length: ", " length: "} {
			if n, ok := numberAfter(s, key); ok {
				return clampLength(n), true
			}
		}
	}
	return 0, false
}

// oldIP reads what tcpdump before 3.9 put at the end of a line: "(DF) [tos 0x10]
// (ttl 64, id 4660, len 40)" and "(frag 1234:1480@2960+)".
func (t *told) oldIP() {
	s := t.body
	i := strings.LastIndex(s, "(ttl ")
	if j := strings.LastIndex(s, "(DF"); j >= 0 && (i < 0 || j < i) {
		i = j
	}
	if i < 0 || t.ip.verbose {
		return
	}
	tail := s[i:]
	if strings.HasPrefix(tail, "(DF") {
		t.ip.frag |= 2
	}
	ttl, okTTL := numberAfter(tail, "ttl ")
	id, okID := numberAfter(tail, "id ")
	if !okTTL || !okID || ttl > 255 {
		return
	}
	t.ip.ttl, t.ip.id, t.ip.verbose = uint8(ttl), uint16(id), true
	length, okLen := numberAfter(tail, "len ")
	t.ip.length, t.ip.hasLen = clampLength(length), okLen
	if tos, ok := after(s, "[tos "); ok {
		n, _, _ := cutHex(tos)
		t.ip.tos = uint8(n)
	}
}

// oldFragment reads "(frag 1234:1480@2960+)": id, bytes, offset, more.
func (t *told) oldFragment() bool {
	s, ok := after(t.body, "(frag ")
	if !ok {
		return false
	}
	id, s, ok1 := cutUint32(s)
	size, s, ok2 := cutUint32(strings.TrimPrefix(s, ":"))
	off, s, ok3 := cutUint32(strings.TrimPrefix(s, "@"))
	if !ok1 || !ok2 || !ok3 {
		return false
	}
	t.ip.id, t.ip.offset = uint16(id), int(off)&0xfff8
	if strings.HasPrefix(s, "+") {
		t.ip.frag |= 1
	}
	t.ip.length, t.ip.hasLen = clampLength(size+20), true
	return true
}
