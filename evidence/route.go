package evidence

import (
	"net/netip"
	"strconv"
	"strings"

	"nfwhy/host"
)

// Route is a line of `ip route`, `route -n` or `netstat -rn`.
type Route struct {
	Source, Text string
	host.Route
	// Table is the routing table that the line names, "" for the main one.
	Table string
	// Rule says that the line is one of `ip rule`: packets may be routed by more
	// than their destination.
	Rule bool
}

// readRoute recognises a route.
func readRoute(s string) (Route, bool) {
	w := strings.Fields(s)
	if len(w) > 3 && w[0] == "ip" && (w[1] == "route" || w[1] == "r" || w[1] == "ro") && (w[2] == "add" || w[2] == "replace" || w[2] == "append" || w[2] == "change") {
		w = w[3:]
	}
	switch {
	case len(w) == 8:
		if r, ok := oldRoute(w); ok {
			return r, true
		}
	case len(w) < 2:
		return Route{}, false
	}
	if len(w) > 2 && strings.HasSuffix(w[0], ":") && digits(w[0][:len(w[0])-1]) && w[1] == "from" && strings.Contains(s, "lookup ") {
		return Route{Rule: true}, true
	}
	if !routeWord(w) {
		return Route{}, false
	}
	w, table := routeWords(w)
	r, ok := host.ParseRoute(strings.Join(w, " "))
	return Route{Route: r, Table: table}, ok
}

// routeWord reports whether the words after the destination are those of a route,
// not of a sentence.
func routeWord(w []string) bool {
	i := 1
	switch w[0] {
	case "blackhole", "unreachable", "prohibit":
		return w[1] == "default" || strings.ContainsAny(w[1], ".:") && isPrefix(w[1])
	case "unicast", "local", "broadcast", "multicast":
		i = 2
	}
	if w[i-1] != "default" && !isPrefix(w[i-1]) || len(w) < i+2 {
		return false
	}
	switch w[i] {
	case "via", "dev", "proto", "scope", "metric", "nhid", "src", "table":
		return true
	}
	return false
}

func isPrefix(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	_, err := netip.ParsePrefix(s)
	return err == nil
}

// routeWords leaves out the table, and gateways and sources that are blanked out:
// the link says enough.
func routeWords(w []string) (out []string, table string) {
	for i := 0; i < len(w); i++ {
		if i+1 < len(w) {
			switch w[i] {
			case "table":
				if table = w[i+1]; table == "main" {
					table = ""
				}
				i++
				continue
			case "via", "src":
				at := i + 1
				if w[at] == "inet" || w[at] == "inet6" { // via inet6 fe80::1
					at++
				}
				if at >= len(w) {
					return out, table
				}
				if _, err := netip.ParseAddr(w[at]); err == nil {
					out = append(out, w[i], w[at])
				}
				i = at
				continue
			}
		}
		out = append(out, w[i])
	}
	return out, table
}

// oldRoute reads "DESTINATION GATEWAY MASK FLAGS METRIC REF USE IFACE".
func oldRoute(w []string) (Route, bool) {
	if w[3] == "" || strings.Trim(w[3], "UGHRDMAC!") != "" || len(w[7]) > 15 || !digits(w[4]) || !digits(w[5]) {
		return Route{}, false
	}
	dst, err := netip.ParseAddr(w[0])
	if w[0] == "default" {
		dst, err = netip.IPv4Unspecified(), nil
	}
	mask, err2 := netip.ParseAddr(w[2])
	if err != nil || err2 != nil || !dst.Is4() || !mask.Is4() {
		return Route{}, false
	}
	bits := maskBits(w[2], -1)
	if bits < 0 {
		return Route{}, false
	}
	r := host.Route{Dst: netip.PrefixFrom(dst, bits).Masked(), Dev: w[7]}
	r.Metric, _ = strconv.Atoi(w[4])
	if g, err := netip.ParseAddr(w[1]); err == nil && !g.IsUnspecified() {
		r.Via = g
	}
	if strings.Contains(w[3], "!") {
		r.Kind, r.Dev = host.Unreachable, ""
	}
	return Route{Route: r}, true
}

func (e *Evidence) keepRoute(r Route) {
	if len(e.Routes) < maxFacts {
		e.Routes = append(e.Routes, r)
	} else {
		e.partial = true
	}
}
