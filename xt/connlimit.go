package xt

import (
	"net/netip"

	"nfwhy/conntrack"
	"nfwhy/packet"
	"nfwhy/trace"
)

var connlimitExt = &Extension{
	Name: "connlimit", Families: FamBoth, Model: Exact, Tracks: true,
	Doc: "How many connections an address (or network) has at once, this one included. All protocols count together unless -p says\n" +
		"otherwise, and only connections whose packets got this far in the rule.",
	Options: []Option{
		{Name: "connlimit-upto", Arg: Number, Max: 1<<32 - 1, Neg: true, Excl: []string{"connlimit-above"}, Help: "at most this many"},
		{Name: "connlimit-above", Arg: Number, Max: 1<<32 - 1, Neg: true, Excl: []string{"connlimit-upto"}, Help: "more than this many"},
		{Name: "connlimit-mask", Arg: PrefixMask, Help: "prefix length that makes addresses one (all bits)", Samples: []string{"24", "32", "0", "8"}},
		{Name: "connlimit-saddr", Excl: []string{"connlimit-daddr"}, Help: "by source address (the default)"},
		{Name: "connlimit-daddr", Excl: []string{"connlimit-saddr"}, Help: "by destination address"},
	},
	New: newConnlimit,
}

type connlimitMatch struct {
	limit uint32
	above bool
	mask  netip.Addr
	bits  int
	dst   bool
}

func newConnlimit(a *Args) (any, error) {
	m := &connlimitMatch{dst: a.Has("connlimit-daddr"), bits: a.addrBits(), mask: prefixMask(a.addrBits(), a.addrBits())}
	switch upto, above := a.Get("connlimit-upto"), a.Get("connlimit-above"); {
	case upto != nil:
		m.limit, m.above = uint32(upto.Lo), upto.Neg
	case above != nil:
		m.limit, m.above = uint32(above.Lo), !above.Neg
	default:
		return nil, a.Errorf("match connlimit: --connlimit-above or --connlimit-upto must be given")
	}
	if g := a.Get("connlimit-mask"); g != nil {
		m.mask = g.Mask
		m.bits, _ = maskBits(g.Mask)
	}
	return m, nil
}

// connKey groups connections: the masked address and the zone.
type connKey struct {
	addr netip.Addr
	zone uint16
}

// member is one connection counted.
type member struct {
	tuple conntrack.Tuple
	zone  conntrack.Zone
}

// connList are the connections of one group, oldest first.
type connList struct {
	members []member
	cleaned int64 // jiffy of the last cleaning
	left    int   // how many it left
}

// connlimitState counts connections for one rule.
type connlimitState struct{ groups map[connKey]*connList }

// Clone copies the lists.
func (s *connlimitState) Clone() State {
	n := &connlimitState{make(map[connKey]*connList, len(s.groups))}
	for k, l := range s.groups {
		n.groups[k] = &connList{append([]member(nil), l.members...), l.cleaned, l.left}
	}
	return n
}

// NewState returns an empty count.
func (m *connlimitMatch) NewState(packet.Time, map[string]State) State {
	return &connlimitState{map[connKey]*connList{}}
}

// Match is xt_connlimit.c: connlimit_mt, with nf_conncount.c (Linux 6.18).
func (m *connlimitMatch) Match(c *Ctx) trace.Truth {
	s, ok := c.State.(*connlimitState)
	if !ok {
		return c.unknown("connlimit", "connections", "", "how many connections there were before")
	}
	var me member
	conn := c.CT.Conn
	if conn != nil {
		me = member{conn.Orig, conn.Zone}
	} else {
		t, ok := conntrack.TupleOf(c.Pkt)
		if !ok {
			return c.malformed("connlimit", "header", "no ports to know the connection by")
		}
		me.tuple = t
		if c.CT.Template != nil {
			me.zone = c.CT.Template.Zone
		}
		conn, _ = c.Conns.Lookup(t, me.zone.For(conntrack.Original), c.Now)
	}
	a := c.Pkt.Src()
	if m.dst {
		a = c.Pkt.Dst()
	}
	n := s.count(c, connKey{maskAddr(a, m.mask), me.zone.ID}, me, conn)
	if n == 0 {
		return c.malformed("connlimit", "connections", "no connection left to count")
	}
	t := trace.Of((n > int(m.limit)) == m.above)
	if c.Recorder != nil {
		want := "at most "
		if m.above {
			want = "more than "
		}
		c.Recorder.Term(trace.Term{Part: "connlimit", Field: "connections of " + addrText(a), Saw: utoa(uint64(n)), Want: want + utoa(uint64(m.limit)), Truth: t})
	}
	return t
}

// count puts the packet's connection on its list, unless it is there, and
// returns the list's length (__nf_conncount_add).
func (s *connlimitState) count(c *Ctx, key connKey, me member, conn *conntrack.Conn) int {
	l := s.groups[key]
	if l == nil {
		l = &connList{members: []member{me}, cleaned: c.Now.Jiffies()}
		s.groups[key] = l
		return 1
	}
	known, same := conn != nil && conn.Confirmed(), l.cleaned == c.Now.Jiffies()
	switch {
	case known && conn.Status&conntrack.Assured != 0:
		if !same {
			l.clean(c, nil)
		}
	case !known && same && len(l.members)-l.left < connlimitClean:
		l.members = append(l.members, me)
	case !l.clean(c, &me):
		l.members = append(l.members, me)
	}
	return len(l.members)
}

// connlimitClean is how many members pile up before a walk in the same jiffy, and
// when a walk stops removing (CONNCOUNT_GC_MAX_COLLECT).
const connlimitClean = 64

// clean walks the list from the oldest member, removes connections that are gone
// or closed, and stops at one equal to me. It reports whether there was one.
func (l *connList) clean(c *Ctx, me *member) bool {
	removed, keep := 0, l.members[:0]
	for i, m := range l.members {
		if removed > connlimitClean {
			keep = append(keep, l.members[i:]...)
			break
		}
		conn, _ := c.Conns.Lookup(m.tuple, m.zone.For(conntrack.Original), c.Now)
		switch {
		case conn == nil:
			removed++
			continue
		case me != nil && m.tuple == me.tuple && m.zone.For(conntrack.Original) == me.zone.For(conntrack.Original):
			l.members = append(keep, l.members[i:]...)
			return true
		case conn.Orig.Proto == packet.ProtoTCP && closed(conn.ProtoState()):
			removed++
			continue
		}
		keep = append(keep, m)
	}
	l.members = keep
	l.cleaned, l.left = c.Now.Jiffies(), len(keep)
	return false
}

func closed(state string) bool { return state == "TIME_WAIT" || state == "CLOSE" }

// Save writes the options in iptables-save's order.
func (m *connlimitMatch) Save(w *Writer) {
	name := "connlimit-upto"
	if m.above {
		name = "connlimit-above"
	}
	w.Opt(name, false)
	w.Uint(uint64(m.limit))
	w.Printf("--connlimit-mask %d", m.bits)
	if m.dst {
		w.Opt("connlimit-daddr", false)
	} else {
		w.Opt("connlimit-saddr", false)
	}
}
