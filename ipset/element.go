package ipset

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"nfwhy/packet"
)

// part is one dimension of a set's type.
type part uint8

const (
	partIP part = iota
	partNet
	partPort
	partMAC
	partMark
	partIface
	partSet
)

var partNames = map[string]part{"ip": partIP, "net": partNet, "port": partPort, "mac": partMAC, "mark": partMark, "iface": partIface, "set": partSet}

// key is one element in a form that compares: only the fields of the set's type
// are set. Networks are masked.
type key struct {
	ip, ip2     netip.Addr
	bits, bits2 uint8
	port        uint16 // ICMP: type<<8 | code
	proto       uint8
	mac         [6]byte
	mark        uint32
	iface       string
}

// maxExpand bounds how many elements one entry with ranges becomes.
const maxExpand = 1 << 18

// expand turns the text of an entry into its elements.
func (s *Set) expand(elem string) ([]key, error) {
	fields := strings.Split(elem, ",")
	if len(fields) > len(s.parts) {
		return nil, fmt.Errorf("element %q has %d parts (expected %d for %s)", elem, len(fields), len(s.parts), s.Type)
	}
	keys := []key{{}}
	second := false
	for i, f := range fields {
		vals, err := s.field(s.parts[i], f, second)
		if err != nil {
			return nil, fmt.Errorf("element %q: %w", elem, err)
		}
		if len(keys)*len(vals) > maxExpand {
			return nil, fmt.Errorf("element %q is more than %d elements", elem, maxExpand)
		}
		out := make([]key, 0, len(keys)*len(vals))
		for _, k := range keys {
			for _, set := range vals {
				c := k
				set(&c)
				out = append(out, c)
			}
		}
		keys = out
		if s.parts[i] == partIP || s.parts[i] == partNet {
			second = true
		}
	}
	return keys, nil
}

// field reads one dimension; each result sets it in a key.
func (s *Set) field(p part, f string, second bool) ([]func(*key), error) {
	switch p {
	case partIP:
		return s.addresses(f, second)
	case partNet:
		return s.networks(f, second)
	case partPort:
		return s.ports(f)
	case partMAC:
		m, err := net.ParseMAC(f)
		if err != nil || len(m) != 6 {
			return nil, fmt.Errorf("%q is no MAC address", f)
		}
		return []func(*key){func(k *key) { k.mac = [6]byte(m) }}, nil
	case partMark:
		v, err := strconv.ParseUint(f, 0, 32)
		if err != nil {
			return nil, fmt.Errorf("%q is no mark", f)
		}
		return []func(*key){func(k *key) { k.mark = uint32(v) & s.markMask }}, nil
	case partIface:
		f = strings.TrimPrefix(f, "physdev:")
		return []func(*key){func(k *key) { k.iface = f }}, nil
	}
	return nil, fmt.Errorf("%q is no element of %s", f, s.Type)
}

func setIP(a netip.Addr, bits int, second bool) func(*key) {
	if second {
		return func(k *key) { k.ip2, k.bits2 = a, uint8(bits) }
	}
	return func(k *key) { k.ip, k.bits = a, uint8(bits) }
}

// addresses reads an address, a network or a range, every address of which
// becomes an element.
func (s *Set) addresses(f string, second bool) ([]func(*key), error) {
	lo, hi, err := span(f)
	if err != nil {
		return nil, err
	}
	var out []func(*key)
	for a := lo; ; a = a.Next() {
		m := a
		if s.netmask >= 0 && !second {
			m = netip.PrefixFrom(a, s.netmask).Masked().Addr()
		}
		out = append(out, setIP(m, 0, second))
		if a == hi || !a.IsValid() {
			return out, nil
		}
		if len(out) >= maxExpand {
			return nil, fmt.Errorf("%q is more than %d addresses", f, maxExpand)
		}
	}
}

// span reads an address, network or range as its first and last address.
func span(f string) (lo, hi netip.Addr, err error) {
	if a, b, ok := strings.Cut(f, "-"); ok {
		lo, err = netip.ParseAddr(a)
		if err == nil {
			hi, err = netip.ParseAddr(b)
		}
		if err != nil || hi.Less(lo) || lo.Is4() != hi.Is4() {
			return lo, hi, fmt.Errorf("%q is no range of addresses", f)
		}
		return lo, hi, nil
	}
	p, err := prefix(f)
	if err != nil {
		return lo, hi, err
	}
	return p.Addr(), last(p), nil
}

func prefix(f string) (netip.Prefix, error) {
	if p, err := netip.ParsePrefix(f); err == nil {
		return p.Masked(), nil
	}
	a, err := netip.ParseAddr(f)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is no address", f)
	}
	return netip.PrefixFrom(a, a.BitLen()), nil
}

func last(p netip.Prefix) netip.Addr {
	if p.Addr().Is4() {
		b := p.Addr().As4()
		fill(b[:], p.Bits())
		return netip.AddrFrom4(b)
	}
	b := p.Addr().As16()
	fill(b[:], p.Bits())
	return netip.AddrFrom16(b)
}

func fill(b []byte, from int) {
	for i := from; i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
}

// networks reads a network, or a range as the networks that make it up.
func (s *Set) networks(f string, second bool) ([]func(*key), error) {
	lo, hi, err := span(f)
	if err != nil {
		return nil, err
	}
	var out []func(*key)
	for lo.IsValid() && !hi.Less(lo) {
		bits := lo.BitLen()
		for bits > 0 {
			p := netip.PrefixFrom(lo, bits-1)
			if p.Masked().Addr() != lo || hi.Less(last(p)) {
				break
			}
			bits--
		}
		p := netip.PrefixFrom(lo, bits)
		out = append(out, setIP(lo, bits, second))
		end := last(p)
		if end == hi {
			break
		}
		lo = end.Next()
	}
	return out, nil
}

var protoNames = map[string]uint8{"icmp": 1, "tcp": 6, "udp": 17, "gre": 47, "esp": 50, "ah": 51, "icmpv6": 58, "ipv6-icmp": 58, "sctp": 132,
	"udplite": 136, "dccp": 33}

// ports reads [proto:]port, [proto:]port-port, icmp:type/code; tcp is the
// default protocol.
func (s *Set) ports(f string) ([]func(*key), error) {
	proto := uint8(packet.ProtoTCP)
	if name, rest, ok := strings.Cut(f, ":"); ok {
		f = rest
		if p, ok := protoNames[strings.ToLower(name)]; ok {
			proto = p
		} else if n, err := strconv.ParseUint(name, 10, 8); err == nil {
			proto = uint8(n)
		} else {
			return nil, fmt.Errorf("%q is no protocol", name)
		}
	}
	if s.Type == "bitmap:port" {
		proto = 0
	}
	one := func(v uint64) func(*key) { return func(k *key) { k.port, k.proto = uint16(v), proto } }
	if proto == packet.ProtoICMP || proto == packet.ProtoICMPv6 {
		v, err := icmpValue(f)
		return []func(*key){one(v)}, err
	}
	a, b, ranged := strings.Cut(f, "-")
	lo, err := portNumber(a)
	hi := lo
	if err == nil && ranged {
		hi, err = portNumber(b)
	}
	if err != nil || hi < lo {
		return nil, fmt.Errorf("%q is no port", f)
	}
	var out []func(*key)
	for v := lo; v <= hi; v++ {
		out = append(out, one(v))
	}
	return out, nil
}

func portNumber(s string) (uint64, error) {
	if v, err := strconv.ParseUint(s, 10, 16); err == nil {
		return v, nil
	}
	n, err := net.LookupPort("tcp", s)
	return uint64(n), err
}

var icmpNames = map[string]uint64{"echo-reply": 0, "pong": 0, "ping": 8 << 8, "echo-request": 8 << 8, "destination-unreachable": 3 << 8,
	"host-unreachable": 3<<8 | 1, "port-unreachable": 3<<8 | 3, "fragmentation-needed": 3<<8 | 4, "time-exceeded": 11 << 8, "ttl-exceeded": 11 << 8,
	"redirect": 5 << 8, "source-quench": 4 << 8}

func icmpValue(f string) (uint64, error) {
	if v, ok := icmpNames[f]; ok {
		return v, nil
	}
	t, c, _ := strings.Cut(f, "/")
	tv, err := strconv.ParseUint(t, 10, 8)
	if err != nil {
		return 0, fmt.Errorf("%q is no ICMP type/code", f)
	}
	var cv uint64
	if c != "" {
		if cv, err = strconv.ParseUint(c, 10, 8); err != nil {
			return 0, fmt.Errorf("%q is no ICMP type/code", f)
		}
	}
	return tv<<8 | cv, nil
}
