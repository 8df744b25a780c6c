package capture

import (
	"encoding/binary"
	"net/netip"
	"strings"

	"nfwhy/packet"
)

// icmpTold is what a line tells of an ICMP or ICMPv6 message.
type icmpTold struct {
	typ, code uint8
	hasType   bool
	rest      uint32 // second word
	hasRest   bool
	length    int // of the whole message
	hasLen    bool
	isError   bool       // quotes a packet
	innerDst  netip.Addr // where the quoted packet went
	inProto   uint8      // its protocol and destination port, 0 if not told
	inPort    uint16
	body      []byte // what follows the second word, as far as told
}

// icmpPhrase is a phrase of tcpdump (print-icmp.c and print-icmp6.c, 4.99) with
// the type and code it stands for.
type icmpPhrase struct {
	phrase    string
	typ, code uint8
}

// The more special phrases stand before those that they contain.
var icmp4Phrases = []icmpPhrase{
	{"extended echo request", 42, 0},
	{"extended echo reply", 43, 0},
	{"echo request", 8, 0},
	{"echo reply", 0, 0},
	{" unreachable - source host isolated", 3, 8},
	{" unreachable - admin prohibited filter", 3, 13},
	{" unreachable - host precedence violation", 3, 14},
	{" unreachable - precedence cutoff", 3, 15},
	{" unreachable - need to frag", 3, 4},
	{" unreachable - source route failed", 3, 5},
	{" unreachable - admin prohibited", 3, 10}, // net: 9
	{" unreachable - tos prohibited", 3, 12},   // net: 11
	{" unreachable - unknown", 3, 7},           // net: 6
	{" unreachable - bad host", 3, 14},
	{" port unreachable", 3, 3},
	{"unreachable", 3, 1}, // net: 0, protocol: 2, port: 3
	{"source quench", 4, 0},
	{"redirect-tos ", 5, 2},
	{"redirect ", 5, 1}, // "to net": 0
	{"router advertisement", 9, 0},
	{"router solicitation", 10, 0},
	{"time exceeded in-transit", 11, 0},
	{"ip reassembly time exceeded", 11, 1},
	{"parameter problem", 12, 0},
	{"time stamp query", 13, 0},
	{"time stamp reply", 14, 0},
	{"information request", 15, 0},
	{"information reply", 16, 0},
	{"address mask request", 17, 0},
	{"address mask is ", 18, 0},
	{"address mask reply", 18, 0},
}

var icmp6Phrases = []icmpPhrase{
	{"extended echo request", 160, 0},
	{"extended echo reply", 161, 0},
	{"echo request", 128, 0},
	{"echo reply", 129, 0},
	{"unreachable route", 1, 0},
	{"unreachable prohibited", 1, 1},
	{"beyond scope", 1, 2},
	{"unreachable address", 1, 3},
	{"unreachable port", 1, 4},
	{"packet too big", 2, 0},
	{"time exceeded in-transit (reassembly)", 3, 1},
	{"time exceeded in-transit", 3, 0},
	{"parameter problem, err", 4, 0},
	{"parameter problem, next header", 4, 1},
	{"parameter problem, option", 4, 2},
	{"parameter problem, incomplete header chain", 4, 3},
	{"router solicitation", 133, 0},
	{"router advertisement", 134, 0},
	{"neighbor solicitation", 135, 0},
	{"neighbor advertisement", 136, 0},
	{"redirect", 137, 0},
	{"multicast listener query", 130, 0},
	{"multicast listener report v2", 143, 0},
	{"multicast listener report", 131, 0},
	{"multicast listener done", 132, 0},
	{"router renumbering", 138, 0},
	{"who-are-you", 139, 0},
	{"node information query", 139, 0},
	{"node information reply", 140, 0},
}

// parseICMP reads the text behind the addresses.
func parseICMP(s string, family packet.Family) (m icmpTold) {
	if n, ok := lengthOf(s); ok {
		m.length, m.hasLen = n, true
	}
	phrases := icmp4Phrases
	if family == packet.IPv6 {
		phrases = icmp6Phrases
	}
	for _, p := range phrases {
		if strings.Contains(s, p.phrase) {
			m.typ, m.code, m.hasType = p.typ, p.code, true
			break
		}
	}
	if !m.hasType {
		m.numericType(s)
		return m
	}
	if family == packet.IPv6 {
		m.details6(s)
	} else {
		m.details4(s)
	}
	return m
}

// lengthOf reads "length N", which ICMP has at its end, or behind the type in
// ICMPv6's -v form.
func lengthOf(s string) (int, bool) {
	if n, ok := numberAfter(s, ", length "); ok {
		return clampLength(n), true
	}
	return 0, false
}

// numericType reads "type-#42" and "icmp-type 42".
func (m *icmpTold) numericType(s string) {
	for _, key := range []string{"type-#", "type-", "unknown icmp6 type ("} {
		if n, ok := numberAfter(s, key); ok && n <= 255 {
			m.typ, m.hasType = uint8(n), true
			return
		}
	}
}

func (m *icmpTold) details4(s string) {
	s = strings.TrimPrefix(strings.TrimPrefix(s, "ICMP "), "icmp: ")
	net := strings.HasPrefix(s, "net ")
	switch m.typ {
	case packet.ICMPEcho, packet.ICMPEchoReply, 13, 14, 17, 18:
		m.idSeq(s)
	case packet.ICMPUnreachable:
		m.isError = true
		switch {
		case net && m.code == 10, net && m.code == 12, net && m.code == 7, net && m.code == 1:
			m.code--
		case m.code == 1 && strings.Contains(s, " port "):
			m.code = 3
		case m.code == 1 && strings.Contains(s, " protocol "):
			m.code = 2
		case m.code == 4:
			mtu, _ := numberAfter(s, "(mtu ")
			m.rest = mtu
		}
		m.hasRest = true
		m.unreachable(s)
	case packet.ICMPRedirect:
		m.isError = true
		if strings.Contains(s, " to net ") {
			m.code--
		}
		m.redirect(s)
	case packet.ICMPTimeExceeded, packet.ICMPSourceQuench:
		m.isError, m.hasRest = true, true
	case packet.ICMPParameter:
		m.isError = true
		octet, ok := numberAfter(s, "octet ")
		m.rest, m.hasRest = octet<<24, ok
	}
}

// idSeq reads "id 6495, seq 0".
func (m *icmpTold) idSeq(s string) {
	id, ok1 := numberAfter(s, "id ")
	seq, ok2 := numberAfter(s, "seq ")
	m.rest, m.hasRest = id<<16|seq&0xffff, ok1 && ok2 && id <= 0xffff
}

// unreachable reads "192.0.2.1 udp port 53 unreachable", "host 192.0.2.1
// unreachable", "192.0.2.1 protocol 47 unreachable".
func (m *icmpTold) unreachable(s string) {
	word, rest := cutWord(s)
	if word == "host" || word == "net" {
		word, rest = cutWord(rest)
	}
	m.innerDst, _ = parseAddr(word)
	proto, rest := cutWord(rest)
	switch proto {
	case "tcp":
		m.inProto = packet.ProtoTCP
	case "udp":
		m.inProto = packet.ProtoUDP
	case "protocol":
		n, tail, _ := cutUint32(rest)
		m.inProto, rest = uint8(n), skipBlanks(tail)
	}
	if tail, ok := strings.CutPrefix(rest, "port "); ok {
		port, _ := cutWord(tail)
		m.inPort, _ = parsePort(port)
	}
}

// redirect reads "redirect 192.0.2.9 to host 192.0.2.1".
func (m *icmpTold) redirect(s string) {
	tail, _ := after(s, "redirect")
	_, tail = cutWord(tail)
	word, tail := cutWord(tail)
	m.innerDst, _ = parseAddr(word)
	for _, key := range []string{"to host ", "to net "} {
		if gw, ok := after(tail, key); ok {
			word, _ = cutWord(gw)
			if a, ok := parseAddr(strings.TrimSuffix(word, ",")); ok && a.Is4() {
				b := a.As4()
				m.rest, m.hasRest = binary.BigEndian.Uint32(b[:]), true
			}
		}
	}
}

func (m *icmpTold) details6(s string) {
	switch m.typ {
	case 128, 129:
		m.idSeq(s)
	case 1, 3:
		m.isError, m.hasRest = true, true
		if m.typ == 1 {
			m.unreachable6(s)
		}
	case 2:
		m.isError = true
		m.rest, m.hasRest = numberAfter(s, "mtu ")
	case 4:
		m.isError = true
		m.rest, m.hasRest = numberAfter(s, "octet ")
	case 135, 136:
		for _, key := range []string{"who has ", "tgt is "} {
			if tail, ok := after(s, key); ok {
				word, _ := cutWord(tail)
				if a, ok := parseAddr(strings.TrimSuffix(word, ",")); ok && a.Is6() {
					b := a.As16()
					m.body = b[:]
				}
			}
		}
		m.hasRest = m.typ == 135
	}
}

// unreachable6 reads "unreachable port, 2001:db8::1 udp port 53" and
// "unreachable address 2001:db8::1".
func (m *icmpTold) unreachable6(s string) {
	tail, _ := after(s, "unreachable ")
	for tail != "" {
		var word string
		word, tail = cutWord(tail)
		word = strings.Trim(word, ",[]")
		if a, ok := parseAddr(word); ok {
			m.innerDst = a
		}
		switch word {
		case "tcp":
			m.inProto = packet.ProtoTCP
		case "udp":
			m.inProto = packet.ProtoUDP
		case "port":
			w, _ := cutWord(tail)
			if n, ok := parsePort(strings.Trim(w, ",]")); ok && m.innerDst.IsValid() {
				m.inPort = n
			}
		}
	}
}
