package xt

import (
	"encoding/binary"
	"math/bits"
	"net/netip"

	"nfwhy/packet"
	"nfwhy/trace"
)

// The kernel's credits (xt_hashlimit.c, HZ=250): per jiffy, and per unit of avg.
const (
	hashlimitJiffy = 1 << 39
	hashlimitUnit  = hashlimitJiffy * packet.JiffyHz / hashlimitScale
	byteJiffy      = 1 << 24
	byteFull       = byteJiffy * packet.JiffyHz
)

// hashlimitKey is what a bucket belongs to.
type hashlimitKey struct {
	src, dst     netip.Addr
	sport, dport uint16
}

type hashlimitEntry struct {
	credit  uint64
	cap     uint64 // of credit; byte mode: whole buckets left of the burst
	cost    uint64 // of a packet, or of 16 bytes
	prev    int64
	expires int64
	count   uint64 // rate match: of this interval
	over    bool   // rate match: the interval before was over
}

// hashlimitTable is shared by all rules that name it.
type hashlimitTable struct {
	cfg     hashlimitConfig
	entries map[hashlimitKey]*hashlimitEntry
	sweep   int64 // jiffy of the next collection
}

// Clone copies the table.
func (s *hashlimitTable) Clone() State {
	n := &hashlimitTable{s.cfg, make(map[hashlimitKey]*hashlimitEntry, len(s.entries)), s.sweep}
	for k, e := range s.entries {
		c := *e
		n.entries[k] = &c
	}
	return n
}

// NewState returns the table of that name, made with this rule's parameters if
// it is the first.
func (m *hashlimitMatch) NewState(now packet.Time, shared map[string]State) State {
	family := "4"
	if m.six {
		family = "6"
	}
	key := "hashlimit/" + family + "/" + m.name
	if s, ok := shared[key]; ok {
		return s
	}
	t := &hashlimitTable{cfg: m.cfg, entries: map[hashlimitKey]*hashlimitEntry{}}
	if t.cfg.size == 0 {
		t.cfg.size = 8192
	}
	if t.cfg.max == 0 {
		t.cfg.max = 8 * t.cfg.size
	}
	t.cfg.max = max(t.cfg.max, t.cfg.size)
	t.sweep = now.Jiffies() + t.cfg.gcJiffies()
	if shared != nil {
		shared[key] = t
	}
	return t
}

func (c *hashlimitConfig) gcJiffies() int64 { return max(1, int64(c.gc)*packet.JiffyHz/1000) }

// Match is xt_hashlimit.c: hashlimit_mt_common (Linux 6.18).
func (m *hashlimitMatch) Match(c *Ctx) trace.Truth {
	s, ok := c.State.(*hashlimitTable)
	if !ok {
		return c.unknown("hashlimit", "rate", m.text(), "how much the limit has let through before")
	}
	key, t, ok := s.key(c)
	if !ok {
		return t
	}
	now := c.Now.Jiffies()
	s.collect(now)
	e := s.entries[key]
	fresh := e == nil
	if fresh {
		if uint32(len(s.entries)) >= s.cfg.max {
			return c.malformed("hashlimit", "table "+m.name, "a full table")
		}
		e = s.cfg.entry(now)
		s.entries[key] = e
	}
	e.expires = now + int64(s.cfg.expire)*packet.JiffyHz/1000
	under := m.cfg.take(e, &s.cfg, now, uint64(c.Pkt.Length), fresh)
	t = trace.Of(under != m.above)
	if c.Recorder != nil {
		saw := "over the limit"
		if under {
			saw = "within the limit"
		}
		c.Recorder.Term(trace.Term{Part: "hashlimit", Field: "rate of " + key.text(), Saw: saw, Want: m.text(), Truth: t})
	}
	return t
}

func (k hashlimitKey) text() string {
	s := ""
	for _, a := range []netip.Addr{k.src, k.dst} {
		if a.IsValid() {
			s += " " + addrText(a)
		}
	}
	for _, p := range []uint16{k.sport, k.dport} {
		if p != 0 {
			s += " port " + utoa(uint64(p))
		}
	}
	if s == "" {
		return "all packets"
	}
	return s[1:]
}

// collect forgets idle entries, at the times the kernel's collector would run.
func (s *hashlimitTable) collect(now int64) {
	if now < s.sweep {
		return
	}
	gc := s.cfg.gcJiffies()
	last := s.sweep + (now-s.sweep)/gc*gc
	for k, e := range s.entries {
		if e.expires <= last {
			delete(s.entries, k)
		}
	}
	s.sweep = last + gc
}

// key reads what the table distinguishes packets by; ports are read behind the
// IP header whatever is there, also in later fragments.
func (s *hashlimitTable) key(c *Ctx) (k hashlimitKey, t trace.Truth, ok bool) {
	if s.cfg.srcIP {
		k.src = maskAddr(c.Pkt.Src(), s.cfg.srcMask)
	}
	if s.cfg.dstIP {
		k.dst = maskAddr(c.Pkt.Dst(), s.cfg.dstMask)
	}
	if !s.cfg.srcPort && !s.cfg.dstPort {
		return k, trace.Yes, true
	}
	proto, off := c.Pkt.Proto, c.Pkt.L4
	if c.Family == packet.IPv6 {
		if c.Pkt.NoTransport && c.Pkt.FragOff == 0 {
			return k, c.malformed("hashlimit", "header", "extension headers that cannot be read"), false
		}
		if c.Pkt.FragOff != 0 {
			return k, trace.Yes, true
		}
	}
	switch proto {
	case packet.ProtoTCP, packet.ProtoUDP, packet.ProtoUDPLite, packet.ProtoSCTP, packet.ProtoDCCP, packet.ProtoESP:
	case packet.ProtoAH:
		off += 4
	default:
		return k, trace.Yes, true
	}
	h, t, ok := c.headerAt("hashlimit", off, 4)
	if !ok {
		return k, t, false
	}
	if s.cfg.srcPort {
		k.sport = binary.BigEndian.Uint16(h)
	}
	if s.cfg.dstPort {
		k.dport = binary.BigEndian.Uint16(h[2:])
	}
	return k, trace.Yes, true
}

// entry makes a full bucket.
func (c *hashlimitConfig) entry(now int64) *hashlimitEntry {
	e := &hashlimitEntry{prev: now}
	switch {
	case c.match:
	case c.bytes:
		e.credit, e.cap, e.cost = byteFull, c.burst, byteCost(c.avg)
	default:
		e.cap, e.cost = c.avg*c.burst*hashlimitUnit, c.avg*hashlimitUnit
		e.credit = e.cap
	}
	return e
}

// take charges a packet and reports whether it was within the limit. table are
// the parameters of the entry's table, m those of the rule, which are asked only
// whether bytes cost or packets.
func (m *hashlimitConfig) take(e *hashlimitEntry, table *hashlimitConfig, now int64, length uint64, fresh bool) bool {
	if !fresh {
		e.refill(table, now)
	}
	if table.match {
		return e.measure(table, m, length)
	}
	cost := e.cost
	if m.bytes {
		cost = min(byteFull, (length/hashlimitBytes+1)*e.cost)
		if e.credit < cost && e.cap > 0 {
			e.cap--
			e.credit = byteFull
		}
	}
	if e.credit < cost {
		return false
	}
	e.credit -= cost
	return true
}

// byteCost is what 16 bytes cost (user2credits_byte).
func byteCost(avg uint64) uint64 {
	hi, lo := bits.Mul64(avg, byteFull)
	return hi<<32 | lo>>32
}

// refill adds what time has earned (xt_hashlimit.c: rateinfo_recalc).
func (e *hashlimitEntry) refill(c *hashlimitConfig, now int64) {
	d := now - e.prev
	if d == 0 && !c.match {
		return
	}
	switch {
	case c.match:
		interval := uint64(c.interval) * packet.JiffyHz
		if uint64(d) < interval {
			return
		}
		e.over = e.count*interval > uint64(d)*c.ratePer()
		e.count, e.prev = 0, now
	case c.bytes:
		e.credit = min(byteFull, e.credit+min(uint64(d), packet.JiffyHz)*byteJiffy)
		e.prev = now
	default:
		hi, add := bits.Mul64(uint64(d), hashlimitJiffy)
		sum, carry := bits.Add64(e.credit, add, 0)
		if hi != 0 || carry != 0 || sum > e.cap {
			sum = e.cap
		}
		e.credit, e.prev = sum, now
	}
}

// ratePer is the rate in the unit of the rate match: packets or bytes.
func (c *hashlimitConfig) ratePer() uint64 {
	if c.bytes {
		return byteRate(c.avg)
	}
	return hashlimitScale / c.avg
}

// measure counts a packet of the rate match.
func (e *hashlimitEntry) measure(table, rule *hashlimitConfig, length uint64) bool {
	rate := table.ratePer()
	limit := table.burst + rate
	if table.bytes {
		limit = rate
		if table.burst != 0 {
			limit = table.burst * rate
		}
	}
	if rule.bytes {
		e.count += length
	} else {
		e.count++
	}
	return !e.over && e.count <= limit
}
