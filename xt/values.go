package xt

import (
	"math"
	"net/netip"
	"strconv"
	"strings"
)

// markMask reads VALUE[/MASK].
func markMask(s string) (v, mask uint64, ok bool) {
	v, rest, ok := number(s)
	if !ok || v > math.MaxUint32 {
		return 0, 0, false
	}
	if rest == "" {
		return v, math.MaxUint32, true
	}
	if rest[0] != '/' {
		return 0, 0, false
	}
	mask, ok = wholeNumber(rest[1:], 0, math.MaxUint32)
	return v, mask, ok
}

var tosNames = []struct {
	name  string
	value uint64
}{{"Minimize-Delay", 0x10}, {"Maximize-Throughput", 0x08}, {"Maximize-Reliability", 0x04}, {"Minimize-Cost", 0x02}, {"Normal-Service", 0x00}}

func tosWords() []string {
	var w []string
	for _, t := range tosNames {
		w = append(w, t.name)
	}
	return w
}

// tosMask reads VALUE[/MASK], or a symbol's name, which leaves the two upper bits
// alone.
func tosMask(s string) (v, mask uint64, ok bool) {
	if v, rest, ok := number(s); ok {
		if v > 255 {
			return 0, 0, false
		}
		if rest == "" {
			return v, 255, true
		}
		if rest[0] != '/' {
			return 0, 0, false
		}
		mask, ok = wholeNumber(rest[1:], 0, 255)
		return v, mask, ok
	}
	for _, t := range tosNames {
		if strings.EqualFold(s, t.name) {
			return t.value, 0x3f, true
		}
	}
	return 0, 0, false
}

var levels = map[string]uint64{"emerg": 0, "panic": 0, "alert": 1, "crit": 2, "error": 3, "warning": 4, "notice": 5, "info": 6, "debug": 7}

func levelWords() []string {
	return []string{"emerg", "panic", "alert", "crit", "error", "warning", "notice", "info", "debug"}
}

func syslogLevel(s string) (uint64, bool) {
	if v, ok := wholeNumber(s, 0, 7); ok {
		return v, true
	}
	v, ok := levels[s]
	return v, ok
}

// macNumber reads six hexadecimal bytes with colons.
func macNumber(s string) (v uint64, ok bool) {
	parts := strings.Split(s, ":")
	if len(parts) != 6 {
		return 0, false
	}
	for _, p := range parts {
		b, err := strconv.ParseUint(p, 16, 8)
		if err != nil || len(p) > 2 {
			return 0, false
		}
		v = v<<8 | b
	}
	return v, true
}

// hostAddr reads an address of the given size. IPv4 takes the short forms that
// the C library reads (10.1 is 10.0.0.1). Names are not looked up.
func hostAddr(s string, size int) (netip.Addr, bool) {
	if size == 128 {
		a, err := netip.ParseAddr(s)
		if err != nil || !a.Is6() || a.Zone() != "" {
			return netip.Addr{}, false
		}
		return a, true
	}
	return inetAton(s)
}

// inetAton reads an IPv4 address as inet_aton does: one to four numbers in C
// notation, the last of which fills what is left.
func inetAton(s string) (netip.Addr, bool) {
	parts := strings.Split(s, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var v uint64
	for i, p := range parts {
		if p == "" || digit(p[0]) > 9 {
			return netip.Addr{}, false
		}
		limit := uint64(255)
		if i == len(parts)-1 {
			limit = 1<<(8*(5-len(parts))) - 1
		}
		n, ok := wholeNumber(p, 0, limit)
		if !ok {
			return netip.Addr{}, false
		}
		if i == len(parts)-1 {
			v = v<<(8*(5-len(parts))) | n
		} else {
			v = v<<8 | n
		}
	}
	return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}), true
}

// addrMask reads a prefix length or a mask in the family's address notation.
func addrMask(s string, size int) (netip.Addr, bool) {
	if n, ok := wholeNumber(s, 0, uint64(size)); ok {
		return prefixMask(int(n), size), true
	}
	return hostAddr(s, size)
}

// dottedAddr reads the address of -s and -d: up to four decimal bytes, missing
// ones being zero (10.77 is 10.77.0.0).
func dottedAddr(s string) (netip.Addr, bool) {
	parts := strings.Split(s, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var b [4]byte
	for i, p := range parts {
		n, ok := wholeNumber(p, 0, 255)
		if !ok {
			return netip.Addr{}, false
		}
		b[i] = byte(n)
	}
	return netip.AddrFrom4(b), true
}

// prefixOf reads the mask of an extension's option: a prefix length, or a mask
// that is one. iptables takes any other mask for one that covers everything
// (xtables_ipmask_to_cidr fails; 1.8.9).
func prefixOf(s string, size int) (netip.Addr, bool) {
	m, ok := addrMask(s, size)
	if _, contiguous := maskBits(m); ok && !contiguous {
		m = prefixMask(size, size)
	}
	return m, ok
}
