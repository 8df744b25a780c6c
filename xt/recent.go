package xt

import (
	"fmt"
	"net/netip"
	"strings"

	"nfwhy/packet"
	"nfwhy/trace"
)

var recentActions = []string{"set", "rcheck", "update", "remove"}

var recentExt = &Extension{
	Name: "recent", Families: FamBoth, Model: Exact,
	Doc: "A list of addresses seen lately, by name, shared by all rules that name it (IPv4 and IPv6 together): 100 addresses, of\n" +
		"each the times it was put there. The mask is that of the rule that made the list.",
	Options: []Option{
		{Name: "set", Neg: true, Excl: othersOf("set", recentActions), Help: "put the address on the list; true"},
		{Name: "rcheck", Neg: true, Excl: othersOf("rcheck", recentActions), Help: "the address is on the list"},
		{Name: "update", Neg: true, Excl: othersOf("update", recentActions), Help: "as rcheck, and note this time when true"},
		{Name: "remove", Neg: true, Excl: othersOf("remove", recentActions), Help: "the address was on the list, and is no longer"},
		{Name: "seconds", Arg: Number, Min: 1, Max: 1<<32 - 1, Help: "within so many seconds"},
		{Name: "hitcount", Arg: Number, Max: 1<<32 - 1, Help: "so many times", Samples: []string{"3", "32", "33", "65535", "65536", "0"}},
		{Name: "rttl", Excl: []string{"set", "remove"}, Help: "with the same TTL"},
		{Name: "name", Arg: Text, Help: "the list (DEFAULT)", Samples: []string{"ssh", "x-y", "DEFAULT", "portscan", "a/b"}},
		{Name: "rsource", Help: "the source address (the default)"},
		{Name: "rdest", Help: "the destination address"},
		{Name: "mask", Arg: Host, Help: "only these bits of the address"},
		{Name: "reap", Also: []string{"seconds"}, Help: "forget an entry that is too old"},
	},
	New: newRecent,
}

const (
	recentNameLen  = 199 // XT_RECENT_NAME_LEN less the end
	recentList     = 100 // ip_list_tot
	recentMaxCount = 65535
)

type recentMatch struct {
	action   int // index of recentActions
	neg      bool
	seconds  uint32
	hits     uint32
	ttl      bool
	reap     bool
	name     string
	dst      bool
	mask     netip.Addr
	family   packet.Family
	ringSize int
}

func newRecent(a *Args) (any, error) {
	m := &recentMatch{action: -1, name: "DEFAULT", ttl: a.Has("rttl"), reap: a.Has("reap"), family: a.Rule.Family,
		mask: prefixMask(a.addrBits(), a.addrBits())}
	for i, name := range recentActions {
		if g := a.Get(name); g != nil {
			m.action, m.neg = i, g.Neg
		}
	}
	if m.action < 0 {
		return nil, a.Errorf("match recent: one of --set, --rcheck, --update or --remove must be given")
	}
	if g := a.Get("seconds"); g != nil {
		m.seconds = uint32(g.Lo)
	}
	if g := a.Get("hitcount"); g != nil {
		m.hits = uint32(g.Lo)
		if m.hits > recentMaxCount {
			return nil, g.bad(fmt.Sprintf("a number from 0 to %d", recentMaxCount))
		}
	}
	if m.action == 0 || m.action == 3 {
		if m.seconds != 0 || m.hits != 0 {
			return nil, a.Errorf("match recent: --seconds and --hitcount need --rcheck or --update")
		}
	}
	for _, g := range a.Given {
		switch g.Option.Name {
		case "rsource":
			m.dst = false
		case "rdest":
			m.dst = true
		}
	}
	if g := a.Get("mask"); g != nil {
		m.mask = g.Addr
	}
	if g := a.Get("name"); g != nil {
		m.name = g.Text()[:min(len(g.Text()), recentNameLen)]
		if m.name == "" || m.name == "." || m.name == ".." || strings.ContainsRune(m.name, '/') {
			return nil, g.Errorf("option %q: %q cannot be a list's name", "--name", m.name)
		}
	}
	m.ringSize = 32
	if m.hits > 0 {
		m.ringSize = 1
		for m.ringSize < int(m.hits) {
			m.ringSize *= 2
		}
	}
	return m, nil
}

// recentEntry is one address with a ring of jiffies.
type recentEntry struct {
	addr   netip.Addr
	ttl    uint8
	stamps []int64
	index  int // where the next stamp goes, not yet wrapped
}

// recentTable is one named list, its entries by age of last use.
type recentTable struct {
	mask    netip.Addr // of IPv4 or IPv6 addresses, as the first rule has it
	size    int        // of each ring
	entries []*recentEntry
}

// Clone copies the list.
func (s *recentTable) Clone() State {
	n := &recentTable{s.mask, s.size, make([]*recentEntry, len(s.entries))}
	for i, e := range s.entries {
		c := *e
		c.stamps = append([]int64(nil), e.stamps...)
		n.entries[i] = &c
	}
	return n
}

// NewState returns the list of that name, made with this rule's mask if it is
// the first. A rule that needs more stamps than the list has empties it.
func (m *recentMatch) NewState(_ packet.Time, shared map[string]State) State {
	key := "recent/" + m.name
	if s, ok := shared[key].(*recentTable); ok {
		if m.ringSize > s.size {
			s.size, s.entries = m.ringSize, nil
		}
		return s
	}
	s := &recentTable{mask: m.mask, size: m.ringSize}
	if shared != nil {
		shared[key] = s
	}
	return s
}

// masked applies the list's mask; of a mask made for the other family the kernel
// uses the bytes as they lie.
func (s *recentTable) masked(a netip.Addr) netip.Addr {
	if s.mask.BitLen() == a.BitLen() {
		return maskAddr(a, s.mask)
	}
	m := s.mask.AsSlice()
	if a.Is4() {
		return maskAddr(a, netip.AddrFrom4([4]byte(m[:4])))
	}
	var b [16]byte
	copy(b[:], m)
	return maskAddr(a, netip.AddrFrom16(b))
}

func (s *recentTable) find(a netip.Addr, ttl uint8) int {
	for i, e := range s.entries {
		if e.addr == a && (ttl == 0 || e.ttl == 0 || e.ttl == ttl) {
			return i
		}
	}
	return -1
}

func (s *recentTable) remove(i int) {
	s.entries = append(s.entries[:i], s.entries[i+1:]...)
}

// Match is xt_recent.c: recent_mt (Linux 6.18).
func (m *recentMatch) Match(c *Ctx) trace.Truth {
	s, ok := c.State.(*recentTable)
	if !ok {
		return c.unknown("recent", "list "+m.name, m.want(c), "which addresses were on the list before")
	}
	a := c.Pkt.Src()
	if m.dst {
		a = c.Pkt.Dst()
	}
	ttl := c.Pkt.TTL()
	if c.Out != "" && c.socket() == SocketNone {
		ttl++ // the TTL as it was before forwarding
	}
	found, ok := m.apply(s, s.masked(a), ttl, c.Now.Jiffies())
	t := trace.Of(ok)
	if c.Recorder != nil {
		c.Recorder.Term(trace.Term{Part: "recent", Field: "list " + m.name, Saw: addrText(a) + " " + found, Want: m.want(c), Truth: t})
	}
	return t
}

// apply does what the rule says and returns what it found, in words.
func (m *recentMatch) apply(s *recentTable, a netip.Addr, ttl uint8, now int64) (found string, ok bool) {
	ask := uint8(0)
	if m.ttl {
		ask = ttl
	}
	ok = m.neg
	i := s.find(a, ask)
	if i < 0 {
		if m.action != 0 {
			return "is not on it", ok
		}
		if len(s.entries) >= recentList {
			s.remove(0)
		}
		e := &recentEntry{addr: a, stamps: make([]int64, 1, 4)}
		e.stamps[0], e.index = now, 1
		e.ttl = ttl
		s.entries = append(s.entries, e)
		return "is put on it", !ok
	}
	e := s.entries[i]
	found = "is on it"
	switch m.action {
	case 0:
		ok = !ok
	case 3:
		s.remove(i)
		return "is taken off it", !ok
	default:
		if m.recently(e, now) {
			ok = !ok
		} else {
			found = "is on it, but not that recently or often"
		}
		if m.reap {
			s.reap(now-int64(m.seconds)*packet.JiffyHz, e, m.action == 2 && ok)
		}
	}
	if m.action == 0 || m.action == 2 && ok {
		s.touch(e, ttl, now)
	}
	return found, ok
}

// recently counts the stamps that qualify.
func (m *recentMatch) recently(e *recentEntry, now int64) bool {
	since := now - int64(m.seconds)*packet.JiffyHz
	hits := uint32(0)
	for _, stamp := range e.stamps {
		if m.seconds != 0 && since > stamp {
			continue
		}
		if hits++; m.hits == 0 || hits >= m.hits {
			return true
		}
	}
	return false
}

// reap forgets the entry that was used longest ago if even its newest stamp is
// older than since (recent_entry_reap).
func (s *recentTable) reap(since int64, working *recentEntry, update bool) {
	e := s.entries[0]
	if e == working && update {
		return
	}
	if since > e.stamps[e.index-1] {
		s.remove(0)
	}
}

// touch notes one more time and moves the entry to the end.
func (s *recentTable) touch(e *recentEntry, ttl uint8, now int64) {
	e.index &= s.size - 1
	if e.index == len(e.stamps) {
		e.stamps = append(e.stamps, now)
	} else {
		e.stamps[e.index] = now
	}
	e.index++
	e.ttl = ttl
	for i, x := range s.entries {
		if x == e {
			copy(s.entries[i:], s.entries[i+1:])
			s.entries[len(s.entries)-1] = e
			return
		}
	}
}

func (m *recentMatch) want(c *Ctx) string {
	if c.Recorder == nil {
		return ""
	}
	s := "--" + recentActions[m.action]
	if m.seconds != 0 {
		s += fmt.Sprintf(" within %d s", m.seconds)
	}
	if m.hits != 0 {
		s += fmt.Sprintf(" at least %d times", m.hits)
	}
	return not(m.neg, s)
}

// Save writes the options in iptables-save's order; seconds beyond 2^31 print as
// the negative number iptables takes them for.
func (m *recentMatch) Save(w *Writer) {
	w.Opt(recentActions[m.action], m.neg)
	if m.seconds != 0 {
		w.Printf("--seconds %d", int32(m.seconds))
	}
	if m.reap {
		w.Opt("reap", false)
	}
	if m.hits != 0 {
		w.Printf("--hitcount %d", m.hits)
	}
	if m.ttl {
		w.Opt("rttl", false)
	}
	w.Printf("--name %s --mask %s", m.name, addrText(m.mask))
	if m.dst {
		w.Opt("rdest", false)
	} else {
		w.Opt("rsource", false)
	}
}
