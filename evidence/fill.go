package evidence

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
)

// fill makes an address from the readable octets of t; k makes it distinct. What
// is not readable comes from 198.18.0.0/15 or 2001:db8::/32, which no real host
// has.
func fill(t string, k int, six bool) netip.Addr {
	if six {
		return fill6(t, k)
	}
	b := [4]byte{198, 18, 0, 0}
	var open []int // octets to fill
	parts := strings.SplitN(t, ".", 4)
	for i := range b {
		v, err := uint64(0), strconv.ErrSyntax
		if len(parts) > 1 && i < len(parts) {
			v, err = strconv.ParseUint(parts[i], 10, 8)
		}
		if err != nil {
			open = append(open, i)
			continue
		}
		b[i] = byte(v)
	}
	rest := k - 1
	for n := len(open) - 1; n >= 0 && open[n] > 1; n-- {
		b[open[n]] = byte(rest % 253)
		if rest /= 253; open[n] == 3 {
			b[3]++ // neither the network's address nor the broadcast's
		}
	}
	first, second := holds(open, 0), holds(open, 1)
	switch {
	case first && second:
		b[1] = byte(18 + rest%2)
	case first: // 256.1.2.3, x.1.2.3
		b[0] = byte(198 - rest%70)
	case second:
		b[1] = byte((18 + rest) % 256)
	}
	return netip.AddrFrom4(b)
}

func holds(list []int, x int) bool {
	for _, v := range list {
		if v == x {
			return true
		}
	}
	return false
}

// fill6 keeps the groups that can be read; the last one that cannot gets k.
func fill6(t string, k int) netip.Addr {
	if isSix(t) {
		groups := strings.Split(t, ":")
		last := -1
		for i, g := range groups {
			if _, err := strconv.ParseUint(g, 16, 16); err != nil && g != "" {
				groups[i], last = "0", i
			}
		}
		if last > 0 {
			groups[last] = strconv.FormatInt(int64(k&0xffff), 16)
			if a, err := netip.ParseAddr(strings.Join(groups, ":")); err == nil && !a.IsUnspecified() && !a.IsLoopback() {
				return a
			}
		}
	}
	b := [16]byte{0x20, 0x01, 0x0d, 0xb8}
	binary.BigEndian.PutUint32(b[12:], uint32(k))
	return netip.AddrFrom16(b)
}

// looksBlanked reports whether a text stands where an address should and looks
// like what people write instead: letters or signs for octets, impossible octets,
// brackets, a few words.
func looksBlanked(s string) bool {
	s, _, _ = strings.Cut(s, "/")
	if s == "" || len(s) > 64 {
		return false
	}
	if strings.ContainsAny(s, "<>[]{}*#…?$") {
		return true
	}
	if isSix(s) {
		return strings.ContainsAny(s, "xXyYzZ")
	}
	if parts := strings.Split(s, "."); len(parts) == 4 {
		for _, p := range parts {
			if len(p) > 3 || p == "" || !digits(p) && strings.Trim(p, "abcdnwxyzABCDNWXYZ_") != "" {
				return false
			}
		}
		return true
	}
	return isPlaceWord(s)
}

// isPlaceWord reports words such as MYIP, server_ip, PUBLIC-ADDRESS, xxxx.
func isPlaceWord(s string) bool {
	low := strings.ToLower(s)
	if low == "localhost" {
		return false
	}
	if strings.Trim(low, "x.") == "" || strings.Trim(low, "-_.") == "" {
		return true
	}
	for _, end := range []string{"ip", "ipv4", "ipv6", "ip4", "ip6", "addr", "address", "host", "server", "client", "router", "gateway", "edited", "removed",
		"redacted", "hidden", "censored", "masked"} {
		if strings.HasSuffix(strings.TrimRight(low, "0123456789"), end) {
			return true
		}
	}
	for _, word := range []string{"my", "your", "wan", "lan", "ext", "int", "vpn", "public", "private", "local", "remote", "server", "client", "home"} {
		if low == word || strings.HasPrefix(low, word+"_") || strings.HasPrefix(low, word+"-") || strings.HasPrefix(low, word+".") {
			return true
		}
	}
	return false
}
