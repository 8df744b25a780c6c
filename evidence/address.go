package evidence

import (
	"net"
	"net/netip"
	"strconv"
	"strings"

	"nfwhy/host"
)

// Address is a line of `ip addr` or `ifconfig`: a link, or an address of one.
type Address struct {
	Source, Text string
	Dev          string
	// Prefix is the address; not valid for the line of a link.
	Prefix netip.Prefix
	// Blanked is the address as the text has it where that is no address.
	Blanked string
	// MAC, MTU and Kind ("ether", "loopback", "none" ...) are a link's; zero where
	// the line does not tell.
	MAC  []byte
	MTU  int
	Kind string

	bits int
}

// address takes a line about links and their addresses.
func (f *factReader) address(e *Evidence, source, s string) bool {
	if strings.HasPrefix(s, "[{") {
		return e.jsonListing(source, s)
	}
	w := strings.Fields(s)
	if len(w) < 2 {
		return false
	}
	add := func(a Address) bool {
		a.Source, a.Text = source, s
		if a.Dev == "" {
			a.Dev = f.dev
		}
		if a.Dev == "" {
			return false
		}
		if len(e.Addresses) < maxFacts {
			e.Addresses = append(e.Addresses, a)
		}
		return true
	}
	if a, ok := linkLine(s, w); ok {
		f.dev = a.Dev
		return add(a)
	}
	if as, ok := briefLine(w); ok {
		for _, a := range as {
			add(a)
		}
		return true
	}
	if strings.HasPrefix(w[0], "link/") {
		a := Address{Kind: strings.TrimPrefix(w[0], "link/")}
		a.MAC = macOf(w[1])
		return f.dev != "" && add(a)
	}
	if w[0] == "ether" && f.dev != "" {
		if mac := macOf(w[1]); mac != nil {
			return add(Address{Kind: "ether", MAC: mac})
		}
	}
	if w[0] == "inet" || w[0] == "inet6" {
		a, ok := inetLine(w)
		return ok && add(a)
	}
	return f.dev != "" && (w[0] == "valid_lft" || w[0] == "RX" || w[0] == "TX" || w[0] == "UP" && strings.Contains(s, "MTU:"))
}

// linkLine reads "2: eth0: <BROADCAST,...> mtu 1500 ..." of ip, "eth0: flags=..."
// and "eth0      Link encap:Ethernet  HWaddr ..." of ifconfig.
func linkLine(s string, w []string) (Address, bool) {
	a := Address{}
	switch {
	case len(w) > 2 && strings.HasSuffix(w[0], ":") && digits(w[0][:len(w[0])-1]) && strings.HasSuffix(w[1], ":") && strings.HasPrefix(w[2], "<"):
		a.Dev, _, _ = strings.Cut(strings.TrimSuffix(w[1], ":"), "@")
		if strings.Contains(w[2], "LOOPBACK") {
			a.Kind = "loopback"
		}
	case strings.HasSuffix(w[0], ":") && strings.HasPrefix(w[1], "flags="):
		a.Dev = strings.TrimSuffix(w[0], ":")
	case len(w) > 2 && w[1] == "Link" && strings.HasPrefix(w[2], "encap:"):
		a.Dev = w[0]
		if a.Kind = "none"; w[2] == "encap:Ethernet" {
			a.Kind = "ether"
		}
		if i := strings.Index(s, "HWaddr "); i >= 0 {
			a.MAC = macOf(strings.Fields(s[i+len("HWaddr "):] + " -")[0])
		}
	default:
		return a, false
	}
	for i := 1; i+1 < len(w); i++ {
		if w[i] == "mtu" {
			a.MTU, _ = strconv.Atoi(w[i+1])
		}
	}
	return a, a.Dev != "" && len(a.Dev) < 16
}

// briefLine reads "eth0  UP  192.0.2.1/24 fe80::1/64" of ip -br addr.
func briefLine(w []string) ([]Address, bool) {
	if len(w) < 3 || w[1] != "UP" && w[1] != "DOWN" && w[1] != "UNKNOWN" {
		return nil, false
	}
	dev, _, _ := strings.Cut(w[0], "@")
	var out []Address
	for _, x := range w[2:] {
		p, err := netip.ParsePrefix(x)
		if err != nil {
			return nil, false
		}
		out = append(out, Address{Dev: dev, Prefix: p})
	}
	return out, true
}

// inetLine reads the line of an address: "inet 192.0.2.1/24 brd ... scope global
// eth0", "inet 192.0.2.1  netmask 255.255.255.0 ...", "inet addr:192.0.2.1 ...
// Mask:255.255.255.0", and the same of IPv6.
func inetLine(w []string) (Address, bool) {
	six := w[0] == "inet6"
	rest := w[1:]
	if v, ok := strings.CutPrefix(rest[0], "addr:"); ok {
		if v == "" && len(rest) > 1 {
			rest = rest[1:]
			v = rest[0]
		}
		rest = append([]string{v}, rest[1:]...)
	}
	text, bitsText, slash := strings.Cut(rest[0], "/")
	bits := 32
	if six {
		bits = 128
	}
	if slash {
		n, err := strconv.Atoi(bitsText)
		if err != nil || n < 0 || n > bits {
			return Address{}, false
		}
		bits = n
	}
	var a Address
	told := slash
	for i := 1; i < len(rest); i++ {
		mask, old := strings.CutPrefix(rest[i], "Mask:")
		switch {
		case old:
			bits, told = maskBits(mask, bits), true
		case i+1 == len(rest):
			// ip's label is the last word
			if slash && len(rest) > 2 && !addressFlag[rest[i]] && rest[i-1] != "scope" {
				a.Dev, _, _ = strings.Cut(rest[i], ":")
			}
		case rest[i] == "netmask":
			bits, told = maskBits(rest[i+1], bits), true
		case rest[i] == "prefixlen":
			bits, _ = strconv.Atoi(rest[i+1])
			told = true
		case rest[i] == "peer" && !slash:
			told = true
		}
	}
	ip, err := netip.ParseAddr(text)
	if err != nil {
		if !told || !looksBlanked(text) {
			return a, false
		}
		a.Blanked, a.bits = text, bits
		return a, true
	}
	if bits > ip.BitLen() || bits < 0 || ip.Is6() != six || !told && len(rest) < 2 {
		return a, false
	}
	a.Prefix = netip.PrefixFrom(ip.WithZone(""), bits)
	return a, true
}

// maskBits counts the bits of a mask; def when it is none.
func maskBits(s string, def int) int {
	m, err := netip.ParseAddr(s)
	if err != nil || !m.Is4() {
		return def
	}
	b := m.As4()
	n, _ := net.IPMask(b[:]).Size()
	if n == 0 && !m.IsUnspecified() {
		return def
	}
	return n
}

func macOf(s string) []byte {
	m, err := net.ParseMAC(s)
	if err != nil || len(m) != 6 {
		return nil
	}
	return m
}

func digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// jsonListing reads the output of ip -j addr or ip -j route.
func (e *Evidence) jsonListing(source, s string) bool {
	if !strings.Contains(s, `"ifname"`) && !strings.Contains(s, `"dst"`) {
		return false
	}
	var h host.Host
	if h.ReadIP(source, []byte(s)) != nil || len(h.Links)+len(h.Routes) == 0 {
		return false
	}
	for _, l := range h.Links {
		kind := ""
		switch {
		case l.Loopback:
			kind = "loopback"
		case l.Ethernet:
			kind = "ether"
		}
		if len(e.Addresses)+len(l.Addrs) < maxFacts {
			e.Addresses = append(e.Addresses, Address{Source: source, Text: l.Name, Dev: l.Name, MAC: l.MAC, MTU: l.MTU, Kind: kind})
			for _, p := range l.Addrs {
				e.Addresses = append(e.Addresses, Address{Source: source, Text: p.String(), Dev: l.Name, Prefix: p})
			}
		}
	}
	for _, r := range h.Routes {
		e.keepRoute(Route{Source: source, Text: r.Dst.String() + " dev " + r.Dev, Route: r})
	}
	return true
}

// addressFlag are the words that ip addr prints behind an address where the
// interface's label may stand.
var addressFlag = map[string]bool{"tentative": true, "noprefixroute": true, "dynamic": true, "deprecated": true, "dadfailed": true,
	"secondary": true, "temporary": true, "mngtmpaddr": true, "permanent": true, "optimistic": true, "nodad": true, "home": true, "autojoin": true}
