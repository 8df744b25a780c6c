package ipset

import (
	"net/netip"

	"nfwhy/packet"
)

// Query is a packet with what a rule's set match says about it.
type Query struct {
	Packet  *packet.Packet
	In, Out string
	Now     packet.Time
	// Src tells for each dimension whether the rule says src (dst otherwise);
	// Dims is how many it gives.
	Src  [6]bool
	Dims int
	// NoCount leaves the element's counters alone (! --update-counters).
	NoCount bool
	// ReturnNomatch makes exceptions match and the rest not (--return-nomatch).
	ReturnNomatch bool
	// Packets and Bytes restrict the element's counters.
	Packets, Bytes Compare
}

// Compare is a condition on a counter.
type Compare struct {
	Op    CompareOp
	Value uint64
}

// CompareOp is the relation of a [Compare]; the zero value restricts nothing.
type CompareOp uint8

// The relations.
const (
	Any CompareOp = iota
	Equal
	NotEqual
	Less
	Greater
)

func (c Compare) holds(v uint64) bool {
	switch c.Op {
	case Equal:
		return v == c.Value
	case NotEqual:
		return v != c.Value
	case Less:
		return v < c.Value
	case Greater:
		return v > c.Value
	}
	return true
}

// Test reports whether the packet matches the set of that name; a set that does
// not exist matches nothing (ip_set_test, ip_set_core.c).
func (c *Collection) Test(name string, q *Query) bool {
	s := c.Set(name)
	if s == nil || q.Dims < len(s.parts) || s.family != 0 && s.family != q.Packet.Family {
		return false
	}
	if s.parts[0] == partSet {
		for _, m := range s.members {
			if (m.expires == 0 || m.expires > q.Now) && c.Test(m.name, q) {
				return true
			}
		}
		return false
	}
	k, ok := s.keyOf(q)
	if !ok {
		return false
	}
	e := s.find(k, q.Now)
	if e == nil {
		return false
	}
	if !s.count(e, q) {
		return false
	}
	return e.nomatch == (q.ReturnNomatch && len(s.bits) > 0)
}

// count counts the packet, exceptions included, then checks the conditions on
// the counters (ip_set_match_extensions).
func (s *Set) count(e *element, q *Query) bool {
	if !s.counted {
		return true
	}
	if !q.NoCount {
		e.packets++
		e.bytes += uint64(q.Packet.Length)
	}
	return q.Packets.holds(e.packets) && q.Bytes.holds(e.bytes)
}

// find looks an element up; networks are tried from the longest prefix on, and
// the first that is there decides, exception or not.
func (s *Set) find(k key, now packet.Time) *element {
	if len(s.bits) == 0 {
		if e := s.elems[k]; e != nil && e.live(now) {
			return e
		}
		if s.Type == "bitmap:ip,mac" {
			return s.learn(k, now)
		}
		return nil
	}
	ip, ip2 := k.ip, k.ip2
	for _, b := range s.bits {
		k.ip, k.bits = ip, b
		if s.firstNet() {
			k.ip = mask(ip, b)
		}
		for _, b2 := range s.bits2 {
			k.ip2, k.bits2 = ip2, b2
			if ip2.IsValid() && s.secondNet() {
				k.ip2 = mask(ip2, b2)
			}
			if e := s.elems[k]; e != nil && e.live(now) {
				return e
			}
		}
	}
	return nil
}

// learn gives an address that was entered without a MAC address the first one
// seen (bitmap_ipmac_do_test).
func (s *Set) learn(k key, now packet.Time) *element {
	bare := k
	bare.mac = [6]byte{}
	e := s.elems[bare]
	if e == nil || !e.live(now) {
		return nil
	}
	delete(s.elems, bare)
	s.elems[k] = e
	return e
}

func (s *Set) firstNet() bool { return s.parts[0] == partNet }

func (s *Set) secondNet() bool {
	return s.parts[len(s.parts)-1] == partNet && len(s.parts) > 1
}

func mask(a netip.Addr, bits uint8) netip.Addr {
	p, err := a.Prefix(int(bits))
	if err != nil {
		return a
	}
	return p.Addr()
}

// keyOf takes the dimensions of the set's type from a packet; ok is false when
// the packet does not have them.
func (s *Set) keyOf(q *Query) (k key, ok bool) {
	second := false
	for i, p := range s.parts {
		src := q.Src[i]
		switch p {
		case partIP, partNet:
			a := q.Packet.Dst()
			if src {
				a = q.Packet.Src()
			}
			if second {
				k.ip2 = a
				continue
			}
			second = true
			k.ip = a
			if s.netmask >= 0 {
				k.ip = mask(a, uint8(s.netmask))
			}
		case partPort:
			if k.port, k.proto, ok = portOf(q.Packet, src); !ok {
				return k, false
			}
			if s.Type == "bitmap:port" {
				if k.proto != packet.ProtoTCP && k.proto != packet.ProtoUDP {
					return k, false
				}
				k.proto = 0
			}
		case partMAC:
			if len(q.Packet.Link) != 14 {
				return k, false
			}
			k.mac = [6]byte(q.Packet.Link[6:12])
			if !src {
				k.mac = [6]byte(q.Packet.Link[:6])
			}
			if k.mac == [6]byte{} {
				return k, false
			}
		case partMark:
			k.mark = q.Packet.Mark & s.markMask
		case partIface:
			k.iface = q.Out
			if src {
				k.iface = q.In
			}
			if k.iface == "" {
				return k, false
			}
		}
	}
	return k, true
}

// portOf is ip_set_get_ip_port: ports of the protocols that have some, type and
// code of ICMP, 0 for others; no ports in later fragments.
func portOf(p *packet.Packet, src bool) (port uint16, proto uint8, ok bool) {
	proto = p.Proto
	if p.NoTransport && p.Family == packet.IPv6 {
		return 0, 0, false
	}
	b := p.Payload()
	switch proto {
	case packet.ProtoTCP, packet.ProtoUDP, packet.ProtoUDPLite, packet.ProtoSCTP:
		if p.FragOff != 0 || len(b) < 4 {
			return 0, 0, false
		}
		if !src {
			b = b[2:]
		}
		return uint16(b[0])<<8 | uint16(b[1]), proto, true
	case packet.ProtoICMP, packet.ProtoICMPv6:
		if proto == packet.ProtoICMP && p.Family != packet.IPv4 || proto == packet.ProtoICMPv6 && p.Family != packet.IPv6 {
			return 0, proto, true
		}
		if p.FragOff != 0 || len(b) < 2 {
			return 0, 0, false
		}
		return uint16(b[0])<<8 | uint16(b[1]), proto, true
	}
	return 0, proto, true
}

// Add adds the packet's element, as SET --add-set does; exist refreshes one that
// is there, timeout (valid iff given) replaces the set's default.
func (c *Collection) Add(name string, q *Query, exist bool, timeout uint64, given bool) {
	s := c.Set(name)
	if s == nil || q.Dims < len(s.parts) || s.family != 0 && s.family != q.Packet.Family || s.parts[0] == partSet {
		return
	}
	k, ok := s.keyOf(q)
	if !ok {
		return
	}
	if s.firstNet() || s.secondNet() {
		k = s.host(k)
	}
	old := s.elems[k]
	live := old != nil && old.live(q.Now)
	if live && !exist {
		return
	}
	if !live && len(s.elems) >= s.maxElem && s.Len(q.Now) >= s.maxElem {
		return
	}
	e := element{}
	if live {
		e = *old
	}
	if s.timed {
		e.expires = s.expiry(timeout, given, q.Now)
	}
	s.put(k, e)
}

// host is a network element of full length: what a packet can be added as.
func (s *Set) host(k key) key {
	if s.firstNet() {
		k.bits = uint8(k.ip.BitLen())
	}
	if s.secondNet() && k.ip2.IsValid() {
		k.bits2 = uint8(k.ip2.BitLen())
	}
	return k
}

// Delete removes the packet's element, as SET --del-set does.
func (c *Collection) Delete(name string, q *Query) {
	s := c.Set(name)
	if s == nil || q.Dims < len(s.parts) || s.family != 0 && s.family != q.Packet.Family || s.parts[0] == partSet {
		return
	}
	k, ok := s.keyOf(q)
	if !ok {
		return
	}
	delete(s.elems, s.host(k))
}
