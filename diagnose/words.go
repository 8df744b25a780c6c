package diagnose

import (
	"fmt"
	"strings"

	"nfwhy/packet"
)

// describe names a packet's kind in a word or two: "SYN/ACK", "RST", "ping",
// "UDP datagram", "ICMP port unreachable".
func describe(p *packet.Packet) string {
	if t, ok := p.TCP(); ok {
		f := t.Flags() &^ (packet.ECE | packet.CWR | packet.AE)
		if f == 0 {
			return "TCP segment with no flags"
		}
		switch f {
		case packet.RST:
			return "reset"
		case packet.RST | packet.ACK:
			return "reset with ACK"
		}
		return packet.FlagNames(f)
	}
	if m, ok := p.ICMP(); ok {
		return icmpName(p.Family, m.Type(), m.Code())
	}
	switch p.Proto {
	case packet.ProtoUDP:
		return "UDP datagram"
	case packet.ProtoIGMP:
		return "IGMP message"
	case packet.ProtoGRE:
		return "GRE packet"
	case packet.ProtoESP:
		return "ESP packet"
	case packet.ProtoTCP:
		return "TCP fragment"
	}
	return fmt.Sprintf("packet of protocol %d", p.Proto)
}

var icmp4Names = map[uint8]string{0: "echo reply", 3: "ICMP unreachable", 4: "ICMP source quench", 5: "ICMP redirect",
	8: "ping", 11: "ICMP time exceeded", 12: "ICMP parameter problem", 13: "ICMP timestamp request", 14: "ICMP timestamp reply"}

var unreachableNames = map[uint8]string{0: "ICMP net unreachable", 1: "ICMP host unreachable", 2: "ICMP protocol unreachable",
	3: "ICMP port unreachable", 4: "ICMP fragmentation needed", 9: "ICMP net prohibited", 10: "ICMP host prohibited", 13: "ICMP admin prohibited"}

var icmp6Names = map[uint8]string{1: "ICMPv6 unreachable", 2: "ICMPv6 packet too big", 3: "ICMPv6 time exceeded", 4: "ICMPv6 parameter problem",
	128: "ping", 129: "echo reply", 133: "router solicitation", 134: "router advertisement", 135: "neighbour solicitation",
	136: "neighbour advertisement", 137: "ICMPv6 redirect", 143: "MLD report"}

func icmpName(f packet.Family, typ, code uint8) string {
	if f == packet.IPv6 {
		if n := icmp6Names[typ]; n != "" {
			return n
		}
		return fmt.Sprintf("ICMPv6 type %d", typ)
	}
	if typ == packet.ICMPUnreachable {
		if n := unreachableNames[code]; n != "" {
			return n
		}
	}
	if n := icmp4Names[typ]; n != "" {
		return n
	}
	return fmt.Sprintf("ICMP type %d", typ)
}

// a puts the right article before a word.
func a(word string) string {
	if word == "" {
		return word
	}
	switch {
	case strings.HasPrefix(word, "UDP"):
		return "a " + word
	case strings.ContainsRune("AEFIMaeio", rune(word[0])), strings.HasPrefix(word, "SYN") && false:
		return "an " + word
	}
	return "a " + word
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// initialTTL guesses the TTL that the sender started with and the hops on the way.
func initialTTL(ttl uint8) (start, hops int) {
	for _, s := range []int{32, 64, 128, 255} {
		if int(ttl) <= s {
			if s == 32 {
				return 64, 64 - int(ttl)
			}
			return s, s - int(ttl)
		}
	}
	return 255, 0
}

func capital(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}
