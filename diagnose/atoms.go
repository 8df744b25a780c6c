package diagnose

import (
	"net"
	"net/netip"
	"sort"
	"strconv"
	"strings"

	"nfwhy/host"
	"nfwhy/packet"
	"nfwhy/ruleset"
)

// atoms are the constants that the rules compare with: two packets that lie
// between the same constants cannot be told apart by them.
type atoms struct {
	numbers  []int // TTLs, lengths and ports: every number in a rule
	ports    []int // those that stand as ports
	prefixes []netip.Prefix
	own      map[netip.Addr]bool
	classes  map[netip.Addr]string // addresses by the prefixes that hold them
}

// atomsOf collects the constants of a host's rules.
func atomsOf(h *host.Host) *atoms {
	a := &atoms{own: map[netip.Addr]bool{}, classes: map[netip.Addr]string{}}
	for _, l := range h.Links {
		for _, p := range l.Addrs {
			a.own[p.Addr()] = true
		}
	}
	seen, ports := map[int]bool{}, map[int]bool{}
	for _, rs := range []*ruleset.Ruleset{h.Rules4, h.Rules6} {
		if rs == nil {
			continue
		}
		for _, t := range rs.Tables {
			for _, c := range t.Chains {
				for _, r := range c.Rules {
					for i, w := range r.Words {
						a.word(w.Text, seen)
						if i > 0 && portOption(r.Words[i-1].Text) {
							a.portWord(w.Text, ports)
						}
					}
				}
			}
		}
	}
	for n := range seen {
		a.numbers = append(a.numbers, n)
	}
	sort.Ints(a.numbers)
	for n := range ports {
		a.ports = append(a.ports, n)
	}
	sort.Ints(a.ports)
	return a
}

// portOption reports whether an option's value is ports.
func portOption(s string) bool {
	switch s {
	case "--dport", "--sport", "--dports", "--sports", "--ports", "--destination-port", "--source-port", "--destination-ports", "--source-ports",
		"--ctorigdstport", "--ctorigsrcport", "--ctrepldstport", "--ctreplsrcport":
		return true
	}
	return false
}

func (a *atoms) portWord(s string, ports map[int]bool) {
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ':' }) {
		if v, err := strconv.Atoi(part); err == nil && v > 0 && v < 65536 {
			ports[v] = true
		} else if v, err := net.LookupPort("tcp", part); err == nil {
			ports[v] = true
		}
	}
}

func (a *atoms) word(s string, seen map[int]bool) {
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == '-' && !strings.Contains(s, ":") }) {
		if p, err := netip.ParsePrefix(part); err == nil {
			a.prefixes = append(a.prefixes, p.Masked())
			continue
		}
		if ip, err := netip.ParseAddr(part); err == nil {
			a.prefixes = append(a.prefixes, netip.PrefixFrom(ip, ip.BitLen()))
			continue
		}
		for _, n := range strings.Split(part, ":") {
			if v, err := strconv.Atoi(n); err == nil && v >= 0 && v < 65536 {
				seen[v], seen[v+1] = true, true
			}
		}
	}
}

// interval is which gap between constants v lies in.
func (a *atoms) interval(v int) int { return sort.SearchInts(a.numbers, v+1) }

// addr appends which prefixes hold an address, and whether it is the host's own.
func (a *atoms) addr(dst []byte, ip netip.Addr) []byte {
	if a.own[ip] {
		return append(dst, "own"...)
	}
	if ip.IsMulticast() {
		dst = append(dst, 'm')
	}
	class, ok := a.classes[ip]
	if !ok {
		var b []byte
		for i, p := range a.prefixes {
			if p.Contains(ip) {
				b = strconv.AppendInt(append(b, '.'), int64(i), 10)
			}
		}
		class = string(b)
		if len(a.classes) < maxClasses {
			a.classes[ip] = class
		}
	}
	return append(dst, class...)
}

// maxClasses bounds the memory of which addresses lie where.
const maxClasses = 1 << 16

// service reports whether a port is one that services listen on; it keeps lines
// about different sides of a connection apart.
func service(p uint16) bool { return p != 0 && p < 1024 || wellKnown[p] }

var wellKnown = map[uint16]bool{1194: true, 1433: true, 1521: true, 1723: true, 1883: true, 2049: true, 2375: true, 3306: true, 3389: true,
	3702: true, 5060: true, 5353: true, 5355: true, 5432: true, 5900: true, 6379: true, 6667: true, 8000: true, 8080: true, 8443: true,
	9200: true, 11211: true, 1900: true, 27017: true, 51820: true}

// signature appends what is equal for lines that one explanation serves.
func (a *atoms) signature(b []byte, l *packet.LogLine) []byte {
	num := func(n int) { b = append(strconv.AppendInt(b, int64(n), 10), '|') }
	is := func(v bool) {
		if v {
			b = append(b, '+')
		}
		b = append(b, '|')
	}
	for _, s := range [...]string{l.Prefix, l.In, l.Out, l.PhysIn, l.PhysOut} {
		b = append(append(b, s...), '|')
	}
	num(int(l.Proto))
	b = append(a.addr(b, l.Src), '|')
	b = append(a.addr(b, l.Dst), '|')
	num(a.interval(l.Len))
	num(a.interval(int(l.TTL)))
	num(int(l.TCPFlags))
	num(a.interval(int(l.SrcPort)))
	is(service(l.SrcPort))
	num(a.interval(int(l.DstPort)))
	is(service(l.DstPort))
	num(int(l.Type))
	num(int(l.Code))
	is(l.ID == 0)
	num(int(l.Mark))
	is(l.FragOff > 0)
	num(int(l.TOS))
	is(l.Proto == packet.ProtoTCP && l.Window == 0)
	num(int(l.UID))
	if l.Inner != nil {
		b = append(a.signature(append(b, '['), l.Inner), ']')
	}
	return b
}
