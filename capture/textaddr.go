package capture

import (
	"net/netip"
	"strings"

	"nfwhy/packet"
)

// endpoint is one side of "src > dst" as the text has it.
type endpoint struct {
	text    string     // the address as written, without its port; "" if missing
	addr    netip.Addr // the address, or what the text shows of a blanked one
	known   bool       // addr is what the text says
	port    uint16
	hasPort bool
}

// parseEndpoint reads an address with the port behind its last dot. ports says
// whether the protocol prints ports; without them a name keeps its last part.
func parseEndpoint(s string, family packet.Family, ports bool) endpoint {
	s = strings.TrimSpace(s)
	if a, ok := parseAddr(s); ok {
		return endpoint{text: s, addr: a, known: true}
	}
	e := endpoint{text: s}
	if i := strings.LastIndexByte(s, '.'); i >= 0 {
		host, port := s[:i], s[i+1:]
		a, isAddr := parseAddr(host)
		n, isPort := parsePort(port)
		switch {
		case isAddr:
			return endpoint{text: host, addr: a, known: true, port: n, hasPort: isPort}
		case ports && isPort:
			e = endpoint{text: host, port: n, hasPort: true}
		case ports && isServiceName(port) && !looksBlanked(s):
			e.text = host
		}
	}
	if i := strings.LastIndexByte(e.text, ':'); i >= 0 && !e.hasPort && ports && strings.Count(e.text, ":") == 1 {
		// 192.0.2.1:80, as people write it themselves
		if n, ok := parsePort(e.text[i+1:]); ok {
			e.text, e.port, e.hasPort = e.text[:i], n, true
			if a, ok := parseAddr(e.text); ok {
				e.addr, e.known = a, true
				return e
			}
		}
	}
	e.addr = shownPart(e.text, family)
	return e
}

// parseAddr reads a literal address, perhaps in brackets or with a zone.
func parseAddr(s string) (netip.Addr, bool) {
	if len(s) > 2 && s[0] == '[' && s[len(s)-1] == ']' {
		s = s[1 : len(s)-1]
	}
	if len(s) < 2 || len(s) > 60 || !isHex(s[0]) && s[0] != ':' {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}, false
	}
	return a.WithZone(""), true
}

// parsePort reads a number or the name of a service.
func parsePort(s string) (uint16, bool) {
	if n, rest, ok := cutUint32(s); ok && rest == "" && n <= 65535 {
		return uint16(n), true
	}
	n, ok := services[s]
	return n, ok
}

// isServiceName reports whether s can be the name of a service that is not in
// the list: tcpdump always prints a port, so the last part of a name is one.
func isServiceName(s string) bool {
	if s == "" || len(s) > 15 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c >= 'A' && c <= 'Z') {
			return false
		}
	}
	return true
}

// looksBlanked reports whether s is an IPv4 address with parts struck out and no
// port behind: four parts, each digits, x or other marks.
func looksBlanked(s string) bool {
	parts := strings.Split(s, ".")
	if len(parts) != 4 {
		return false
	}
	for _, p := range parts {
		if strings.Trim(p, "0123456789xX*#?_-") != "" {
			return false
		}
	}
	return true
}

// shownPart is the address that a text shows in part: the octets of an IPv4
// address that are not struck out, zero for the others.
func shownPart(s string, family packet.Family) netip.Addr {
	if family == packet.IPv6 {
		return netip.IPv6Unspecified()
	}
	var a [4]byte
	parts := strings.Split(s, ".")
	for i, p := range parts[:min(len(parts), 4)] {
		n, rest, ok := cutUint32(p)
		switch {
		case ok && rest == "" && n <= 255:
			a[i] = byte(n)
		case len(parts) != 4:
			// the parts behind the mark cannot be placed
			return netip.AddrFrom4(a)
		}
	}
	if len(parts) > 4 {
		return netip.AddrFrom4([4]byte{})
	}
	return netip.AddrFrom4(a)
}

// cutEndpoints splits "src > dst: rest". A side that is missing, as when a web
// page took the blanked address for markup, is "". ok is false without " > ".
func cutEndpoints(s string) (src, dst, rest string, ok bool) {
	s = skipBlanks(s)
	if t, cut := strings.CutPrefix(s, "> "); cut {
		s = t
	} else {
		i := strings.Index(s, " > ")
		if i < 0 {
			return "", "", "", false
		}
		src, s = s[:i], skipBlanks(s[i+3:])
	}
	if startsBody(s) {
		return src, "", s, true
	}
	i := strings.Index(s, ": ")
	switch {
	case i >= 0:
		dst, rest = s[:i], s[i+2:]
	case strings.HasSuffix(s, ":"):
		dst = s[:len(s)-1]
	default:
		return "", "", "", false
	}
	return src, dst, rest, true
}

// startsBody reports whether s is what follows the addresses.
func startsBody(s string) bool {
	return strings.HasPrefix(s, "Flags [") || strings.HasPrefix(s, "UDP, length") || strings.HasPrefix(s, "ICMP ")
}
