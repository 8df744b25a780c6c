package capture

import (
	"net"
	"strings"

	"nfwhy/packet"
)

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
