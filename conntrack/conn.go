package conntrack

import (
	"nfwhy/packet"
)

// Conn is one entry of a [Table]. A pointer to it stays the same entry for as
// long as the entry lives, and can be read until the packet at hand has ended
// its journey even when the entry is deleted under it (Dying is set then).
// Afterwards the memory is used again: keep [Conn.ID], not the pointer.
type Conn struct {
	// Orig is the tuple of the packet that made the entry, Reply the tuple its
	// answers will have: the inverse of Orig until NAT changes it.
	Orig, Reply Tuple
	Zone        Zone
	Status      Status
	// Mark is the connection mark (ctmark).
	Mark uint32
	// Master is the entry whose helper expected this one, nil for none.
	Master *Conn

	x *extra // what few entries have
	// expiry is the tick at which the entry ends; until it is confirmed, for how
	// many ticks it shall live then.
	expiry   int64
	l4       l4State
	self     uint32 // index in the slab
	id       uint32
	next     uint32 // in the list of free slots, or in natIndex
	prev     uint32 // in natIndex
	refs     uint16 // packets that carry it, until it is confirmed
	children uint16 // entries that have it as Master
	life     life
}

type life uint8

const (
	lifeFree  life = iota
	lifeNew        // not confirmed
	lifeTable      // in the table
	lifeDead       // deleted; its slot waits for reuse or for children to go
)

// l4State is what a protocol's tracker remembers. The names are TCP's
// (include/linux/netfilter/nf_conntrack_tcp.h); the methods below say what the
// other protocols keep in the same words.
type l4State struct {
	side [2]tcpSide

	lastSeq, lastAck, lastEnd uint32
	lastWin                   uint16

	state     uint8 // TCP or SCTP state
	lastDir   Direction
	lastIndex uint8
	lastScale uint8
	retrans   uint8
	lastFlags uint8
	scale     [2]uint8
	flags     [2]uint8
}

// tcpSide is the sequence space of one sender.
type tcpSide struct {
	end    uint32 // td_end: highest sequence number sent, plus one
	maxEnd uint32 // td_maxend: highest the receiver allowed
	maxWin uint32 // td_maxwin: largest window this side offered
	maxAck uint32 // td_maxack: highest this side acknowledged
}

// UDP: the tick after which two-way traffic counts as a stream.
func (s *l4State) streamMark() int64 {
	return int64(uint64(s.side[0].end) | uint64(s.side[0].maxEnd)<<32)
}

func (s *l4State) setStreamMark(v int64) {
	s.side[0].end, s.side[0].maxEnd = uint32(v), uint32(uint64(v)>>32)
}

// GRE: both timeouts in seconds, copied at creation.
func (s *l4State) greTimeouts() (plain, stream *uint32) { return &s.side[0].end, &s.side[0].maxEnd }

// SCTP: the verification tag expected in each direction.
func (s *l4State) tag(d Direction) *uint32 { return &s.side[d].end }

// extra holds what few entries have. It stays with the slot for the next entry.
type extra struct {
	acct     bool
	packets  [2]uint64
	bytes    [2]uint64
	stamped  bool
	start    packet.Time
	timeout  *TimeoutPolicy
	helper   *helperState
	labels   [16]byte
	labelled bool
	adjust   [2]seqAdjust
	secctx   string
	masq     string
}

func (x *extra) clone() *extra {
	n := *x
	if x.helper != nil {
		h := *x.helper
		n.helper = &h
	}
	return &n
}

func (c *Conn) extra() *extra {
	if c.x == nil {
		c.x = new(extra)
	}
	return c.x
}

// ID numbers the entries of a table in the order of their creation, from 1.
func (c *Conn) ID() uint32 { return c.id }

// Tuple returns the tuple of one direction.
func (c *Conn) Tuple(d Direction) *Tuple {
	if d == Original {
		return &c.Orig
	}
	return &c.Reply
}

// Confirmed reports whether the entry is in the table.
func (c *Conn) Confirmed() bool { return c.Status&Confirmed != 0 }

// Remaining returns the whole seconds the entry has left, as --ctexpire and the
// listings show them; 0 for an entry that is not confirmed.
func (c *Conn) Remaining(now packet.Time) int64 {
	if !c.Confirmed() {
		return 0
	}
	return max(c.expiry-now.Jiffies(), 0) / packet.JiffyHz
}

// Lifetime returns for how many whole seconds an entry that is not confirmed
// will live once it is; for a confirmed one it is [Conn.Remaining].
func (c *Conn) Lifetime(now packet.Time) int64 {
	if c.Confirmed() {
		return c.Remaining(now)
	}
	return c.expiry / packet.JiffyHz
}

// expired reports whether a confirmed entry has ended by tick j.
func (c *Conn) expired(j int64) bool { return c.expiry <= j }

// Counters returns the packets and bytes counted in one direction; ok is false
// for an entry made with nf_conntrack_acct=0.
func (c *Conn) Counters(d Direction) (packets, bytes uint64, ok bool) {
	if c.x == nil || !c.x.acct {
		return 0, 0, false
	}
	return c.x.packets[d], c.x.bytes[d], true
}

// EnableCounters makes the entry count from now on, as connbytes and acct=1 do
// for new entries.
func (c *Conn) EnableCounters() { c.extra().acct = true }

// Started returns when the entry was confirmed; ok is false for an entry made
// with nf_conntrack_timestamp=0.
func (c *Conn) Started() (at packet.Time, ok bool) {
	if c.x == nil || !c.x.stamped {
		return 0, false
	}
	return c.x.start, true
}

// ProtoState returns the name of the TCP or SCTP state, "" for protocols that
// have none.
func (c *Conn) ProtoState() string {
	switch c.Orig.Proto {
	case packet.ProtoTCP:
		return tcpStateName(uint32(c.l4.state))
	case packet.ProtoSCTP:
		return sctpStateName(c.l4.state)
	}
	return ""
}

// HelperName returns the name of the helper attached to the entry, "" for none.
func (c *Conn) HelperName() string {
	if c.x == nil || c.x.helper == nil {
		return ""
	}
	return c.x.helper.spec.name
}

// Children returns how many live entries this one's helper expected.
func (c *Conn) Children() int { return int(c.children) }

// Labels returns the connection's 128 label bits; ok is false when none was ever
// set.
func (c *Conn) Labels() (bits [16]byte, ok bool) {
	if c.x == nil {
		return bits, false
	}
	return c.x.labels, c.x.labelled
}

// HasLabel reports whether label bit n (0..127) is set.
func (c *Conn) HasLabel(n uint8) bool {
	return c.x != nil && n < 128 && c.x.labels[n/8]&(1<<(n%8)) != 0
}

// SetLabel sets label bit n (0..127), as -m connlabel --set does.
func (c *Conn) SetLabel(n uint8) {
	if n < 128 {
		x := c.extra()
		x.labels[n/8] |= 1 << (n % 8)
		x.labelled = true
	}
}

// SetMasquerade notes the interface whose address MASQUERADE chose.
func (c *Conn) SetMasquerade(iface string) { c.extra().masq = iface }

// Masquerade returns the interface noted by [Conn.SetMasquerade], "" for none. The
// kernel drops a packet of the original direction that leaves POSTROUTING through
// another one, and deletes the entry (nf_nat_core.c: nf_nat_oif_changed).
func (c *Conn) Masquerade() string {
	if c.x == nil {
		return ""
	}
	return c.x.masq
}

// SeqOffset returns how far the sequence numbers of one direction are moved at
// sequence number seq, because a helper changed the length of what was sent
// before.
func (c *Conn) SeqOffset(d Direction, seq uint32) int32 {
	if c.x == nil || c.Status&SeqAdjust == 0 {
		return 0
	}
	return c.x.adjust[d].at(seq)
}

// refresh gives the entry t more seconds and counts the packet
// (nf_conntrack_core.c: __nf_ct_refresh_acct).
func (c *Conn) refresh(seconds uint32, d Direction, p *packet.Packet, now int64) {
	c.refreshTicks(int64(seconds)*packet.JiffyHz, now)
	c.count(d, p)
}

func (c *Conn) refreshTicks(ticks, now int64) {
	if c.Status&FixedTimeout != 0 {
		return
	}
	if c.Confirmed() {
		ticks += now
	}
	c.expiry = ticks
}

// count adds the packet to its direction's counters.
func (c *Conn) count(d Direction, p *packet.Packet) {
	if c.x != nil && c.x.acct {
		c.x.packets[d]++
		c.x.bytes[d] += uint64(p.Length)
	}
}

// Ref is what a packet carries of connection tracking (skb->_nfct). The zero
// value says nothing is attached.
type Ref struct {
	Conn *Conn
	Info Info
	// Template is what a CT target attached before the conntrack hook.
	Template *Template
	// Null is the empty attachment of a packet made in answer to an untracked
	// one: it keeps raw-table rules from acting and has no other effect.
	Null bool
}

// State returns the state as --ctstate sees it; the entry's SNAT and DNAT
// are included.
func (r Ref) State() State {
	if r.Conn == nil {
		switch {
		case r.Info == Untracked:
			return StateUntracked
		case r.Template != nil:
			return StateNew
		}
		return StateInvalid
	}
	s := r.Info.State()
	if r.Conn.Status&SrcNAT != 0 {
		s |= StateSNAT
	}
	if r.Conn.Status&DstNAT != 0 {
		s |= StateDNAT
	}
	return s
}

// Seen returns the entry that a rule sees: the packet's own, or between a CT
// target and the conntrack hook the template, a confirmed entry without
// addresses; nil for none.
func (r *Ref) Seen(f packet.Family) *Conn {
	switch {
	case r.Conn != nil || r.Template == nil:
		return r.Conn
	case f == packet.IPv6:
		return &template6
	}
	return &template4
}

// What templates look like; nobody writes to them.
var (
	template4 = Conn{Status: Confirmed, Orig: Tuple{Family: packet.IPv4}, Reply: Tuple{Family: packet.IPv4}}
	template6 = Conn{Status: Confirmed, Orig: Tuple{Family: packet.IPv6}, Reply: Tuple{Family: packet.IPv6}}
)

// Empty reports whether nothing at all is attached: the condition under which
// the CT and NOTRACK targets act.
func (r Ref) Empty() bool {
	return r.Conn == nil && r.Template == nil && !r.Null && r.Info != Untracked
}

// AttachReply returns what a packet carries that this host makes in answer to a
// packet carrying r and before that packet is gone: a RST of REJECT, any ICMP
// error. It counts as another holder of r: see [Table.Release].
// (nf_conntrack_core.c: nf_conntrack_attach, Linux 6.18.)
func (t *Table) AttachReply(r Ref) Ref {
	switch {
	case r.Conn != nil:
		a := Ref{Conn: r.Conn, Info: RelatedReply}
		if r.Info.Dir() == Reply {
			a.Info = Related
		}
		t.Hold(r)
		return a
	case r.Template != nil:
		return Ref{Template: r.Template}
	case r.Null || r.Info == Untracked:
		return Ref{Null: true}
	}
	return Ref{}
}
