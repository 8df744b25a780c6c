package conntrack

import (
	"iter"

	"nfwhy/packet"
)

// Table is the connection table of one network namespace. Make it with
// [NewTable].
type Table struct {
	sysctl Sysctl
	index  index
	slab   slab

	expects expectations
	mapped  natIndex

	count   int // entries alive, confirmed or not
	inTable int // confirmed ones
	nextID  uint32
	sweepAt int64 // tick of the next search for expired entries when full

	warmth uint32 // keeps Warm's reads from being optimised away

	// What the packet at hand met; read by In and Confirm.
	why, extra Reason
}

// NewTable returns an empty table with the given settings.
func NewTable(s Sysctl) *Table { return &Table{sysctl: s} }

// Sysctl returns the table's settings; changes take effect with the next packet.
func (t *Table) Sysctl() *Sysctl { return &t.sysctl }

// Len returns the number of confirmed entries, those included that have expired
// and were not looked at since.
func (t *Table) Len() int { return t.inTable }

// Count returns the number of all entries, confirmed or not: what
// nf_conntrack_count says and nf_conntrack_max limits.
func (t *Table) Count() int { return t.count }

// LogsInvalid reports whether the kernel writes reasons of this protocol to its
// log (nf_conntrack_log_invalid).
func (t *Table) LogsInvalid(proto uint8) bool {
	l := t.sysctl.LogInvalid
	return l == 255 || l != 0 && l == proto
}

// Lookup returns the confirmed entry that has the tuple in the zone, and in which
// direction; nil when there is none. An entry that has expired is none.
func (t *Table) Lookup(tuple Tuple, zone uint16, now packet.Time) (*Conn, Direction) {
	return t.find(&tuple, Zone{ID: zone}, now.Jiffies())
}

// FindPacket returns the entry that p would be found to belong to in the zone.
func (t *Table) FindPacket(p *packet.Packet, zone uint16, now packet.Time) (*Conn, Direction) {
	tuple, ok := TupleOf(p)
	if !ok {
		return nil, Original
	}
	return t.Lookup(tuple, zone, now)
}

// All yields the confirmed entries that have not expired, in an order that
// depends on nothing but the table's history. The table must not change
// meanwhile.
func (t *Table) All(now packet.Time) iter.Seq[*Conn] {
	j := now.Jiffies()
	return func(yield func(*Conn) bool) {
		for i := uint32(1); i < t.slab.top; i++ {
			c := t.slab.at(i)
			if c.life == lifeTable && !c.expired(j) && !yield(c) {
				return
			}
		}
	}
}

// find looks the tuple up with the id that the zone has for the original
// direction, then for the reply direction
// (nf_conntrack_core.c: resolve_normal_ct, Linux 6.18).
func (t *Table) find(k *Tuple, z Zone, now int64) (*Conn, Direction) {
	id := z.For(Original)
	c, d := t.probe(k, z, k.hash(id), now)
	if c == nil {
		if rid := z.For(Reply); rid != id {
			return t.probe(k, z, k.hash(rid), now)
		}
	}
	return c, d
}

// probe searches one hash. Expired entries it meets are deleted.
func (t *Table) probe(k *Tuple, z Zone, hash uint32, now int64) (*Conn, Direction) {
	x := &t.index
	if len(x.slots) == 0 {
		return nil, Original
	}
	mask := len(x.slots) - 1
	for i := x.home(hash); ; {
		s := x.slots[i]
		if s.ref == 0 {
			return nil, Original
		}
		if s.hash == hash {
			c, d := t.slab.at(s.ref>>1), Direction(s.ref&1)
			if k.equal(c.Tuple(d)) && c.Zone.For(d) == z.For(d) {
				if !c.expired(now) {
					if k.SrcID == k.DstID && c.Zone.For(Reply) == c.Zone.For(Original) && k.equal(&c.Reply) {
						d = Reply // a tuple that is its own inverse: the reply comes first in the kernel's bucket
					}
					return c, d
				}
				t.remove(c)
				i = x.home(hash) // slots have moved
				continue
			}
		}
		i = (i + 1) & mask
	}
}

// create makes an unconfirmed entry; nil when the table is full.
func (t *Table) create(k, reply *Tuple, z Zone, tmpl *Template, now int64) *Conn {
	t.sweepSome(now)
	if m := t.sysctl.Max; m != 0 && uint32(t.count) >= m && !t.makeRoom(k.hash(z.For(Original)), now) {
		return nil
	}
	c := t.slab.take()
	x := c.x
	*c = Conn{Orig: *k, Reply: *reply, Zone: z, self: c.self, refs: 1, life: lifeNew}
	t.nextID++
	c.id = t.nextID
	t.count++
	if x != nil {
		*x = extra{}
		c.x = x
	}
	if t.sysctl.Acct {
		c.extra().acct = true
	}
	if t.sysctl.Timestamp {
		c.extra().stamped = true
	}
	if tmpl != nil && tmpl.Timeout != nil {
		c.extra().timeout = tmpl.Timeout
	}
	return c
}

// enter puts an entry into the table.
func (t *Table) enter(c *Conn) {
	c.life = lifeTable
	c.Status |= Confirmed
	t.inTable++
	// The reply tuple first: a flow to its own address and port has both alike,
	// and the kernel takes its packets for replies.
	t.index.insert(c.Reply.hash(c.Zone.For(Reply)), refOf(c, Reply))
	if c.Status&NATClash == 0 {
		t.index.insert(c.Orig.hash(c.Zone.For(Original)), refOf(c, Original))
	}
}

// remove takes a confirmed entry out of the table.
func (t *Table) remove(c *Conn) {
	if c.life != lifeTable {
		return
	}
	if c.Status&NATClash == 0 {
		t.index.remove(c.Orig.hash(c.Zone.For(Original)), refOf(c, Original))
	}
	t.index.remove(c.Reply.hash(c.Zone.For(Reply)), refOf(c, Reply))
	t.inTable--
	c.Status |= Dying
	t.bury(c)
}

// bury ends an entry that is not (or no longer) in the table.
func (t *Table) bury(c *Conn) {
	t.count--
	if c.Status&SrcNAT != 0 {
		t.mapped.remove(t, c)
	}
	t.forgetExpectations(c)
	c.life = lifeDead
	m := c.Master
	if c.children == 0 {
		t.slab.give(c)
	}
	if m != nil {
		m.children--
		if m.children == 0 && m.life == lifeDead {
			t.slab.give(m)
		}
	}
}

// Delete removes an entry, as `conntrack -D` does.
func (t *Table) Delete(c *Conn) { t.remove(c) }

// Flush removes every confirmed entry, as `conntrack -F` does.
func (t *Table) Flush() {
	for i := uint32(1); i < t.slab.top; i++ {
		t.remove(t.slab.at(i))
	}
}

// SwitchOn is to be called when the rules begin to need tracking of a family that
// they did not need before: what the windows of living TCP connections are is
// learned anew (nf_conntrack_proto.c: nf_ct_netns_do_get, Linux 6.18).
func (t *Table) SwitchOn(f packet.Family) {
	for i := uint32(1); i < t.slab.top; i++ {
		c := t.slab.at(i)
		if c.life == lifeTable && c.Orig.Proto == packet.ProtoTCP && c.Orig.Family == f && c.l4.state == tcpEstablished {
			c.l4.side[0].maxWin, c.l4.side[1].maxWin = 0, 0
		}
	}
}

// Hold notes another packet that carries the same unconfirmed entry (a copy).
// Each holder is released by itself.
func (t *Table) Hold(r Ref) {
	if r.Conn != nil && r.Conn.life == lifeNew {
		r.Conn.refs++
	}
}

// Release ends a packet's hold on what it carries: call it when a packet's
// journey is over, however it ended. An entry that was not confirmed by then is
// gone when its last holder is; a confirmed one stays. r is emptied.
func (t *Table) Release(_ *packet.Packet, r *Ref) {
	if c := r.Conn; c != nil && c.life == lifeNew {
		c.refs--
		if c.refs == 0 {
			t.bury(c)
		}
	}
	*r = Ref{}
}

// sweepSome looks at two places of the slab for expired entries with every new
// entry, so that a table whose flows never return does not keep them.
func (t *Table) sweepSome(now int64) {
	for range 2 {
		if t.slab.hand++; t.slab.hand >= t.slab.top {
			t.slab.hand = 1
			if t.slab.top <= 1 {
				return
			}
		}
		if c := t.slab.at(t.slab.hand); c.life == lifeTable && c.expired(now) {
			t.remove(c)
		}
	}
}

// makeRoom is called when nf_conntrack_max is reached. The kernel's collector
// will have taken what expired a while ago; then it drops early.
func (t *Table) makeRoom(hash uint32, now int64) bool {
	if now >= t.sweepAt {
		t.sweepAt = now + packet.JiffyHz
		for i := uint32(1); i < t.slab.top; i++ {
			if c := t.slab.at(i); c.life == lifeTable && c.expired(now) {
				t.remove(c)
			}
		}
		if uint32(t.count) < t.sysctl.Max {
			return true
		}
	}
	return t.earlyDrop(hash)
}

// evictionRange is how many buckets are searched (NF_CT_EVICTION_RANGE).
const evictionRange = 8

// earlyDrop deletes the entries without ASSURED of the first of eight buckets
// that has any, beginning with the new tuple's
// (nf_conntrack_core.c: early_drop, Linux 6.18). The kernel's hash is keyed at
// random per boot, so which entries go can not be predicted; how many are looked
// at is the same.
func (t *Table) earlyDrop(hash uint32) bool {
	buckets := uint64(max(t.sysctl.Buckets, 1))
	b := uint64(hash) * buckets >> 32
	for range min(evictionRange, buckets) {
		if t.dropBucket(b, buckets) {
			return true
		}
		b = (b + 1) % buckets
	}
	return false
}

func (t *Table) dropBucket(b, buckets uint64) bool {
	x := &t.index
	if len(x.slots) == 0 {
		return false
	}
	var doomed [16]uint32
	n := 0
	mask := len(x.slots) - 1
	first := (b<<32 + buckets - 1) / buckets
	i := x.home(uint32(first))
	for steps := 0; steps <= mask; steps++ {
		s := x.slots[i]
		at := uint64(s.hash) * buckets >> 32
		if s.ref == 0 && i >= x.home(uint32(min(((b+1)<<32)/buckets, 1<<32-1))) || s.ref != 0 && at > b {
			break
		}
		if s.ref != 0 && at == b && n < len(doomed) && t.slab.at(s.ref>>1).Status&Assured == 0 {
			doomed[n] = s.ref >> 1
			n++
		}
		i = (i + 1) & mask
	}
	for _, ref := range doomed[:n] {
		t.remove(t.slab.at(ref))
	}
	return n > 0
}

// Fork returns an independent copy of t. Entries have other addresses in the
// copy: see [Table.Twin].
func (t *Table) Fork() *Table {
	f := *t
	f.index.slots = append([]slot(nil), t.index.slots...)
	f.slab = t.slab.clone()
	f.expects = t.expects.clone()
	f.mapped = t.mapped.clone()
	for i := uint32(1); i < f.slab.top; i++ {
		c := f.slab.at(i)
		if c.Master != nil {
			c.Master = f.slab.at(c.Master.self)
		}
		if c.x != nil {
			c.x = c.x.clone()
		}
	}
	f.expects.rebase(&f)
	return &f
}

// Twin returns this table's copy of an entry of the table it was forked from (or
// that was forked from it), as long as both have lived on unchanged.
func (t *Table) Twin(c *Conn) *Conn {
	if c == nil || c.self >= t.slab.top {
		return nil
	}
	return t.slab.at(c.self)
}
