package conntrack

import (
	"iter"

	"nfwhy/packet"
)

// Expectation announces a connection that a helper read about: its first packet
// is RELATED instead of NEW.
type Expectation struct {
	// Tuple is what the connection will look like. Its source port is not
	// compared, nor its source address if AnySrc.
	Tuple  Tuple
	AnySrc bool
	// SrcPort says that the source port is compared too.
	SrcPort bool
	// Master is the entry whose helper expects.
	Master *Conn
	// Helper is attached to the expected connection; "" for none.
	Helper string
	Class  uint8
	// Permanent is not used up by the first connection; Inactive only reserves.
	Permanent, Inactive bool

	expiry int64 // tick
	// follow says that the connection is to be translated like its master: its
	// source as what dir's packets of the master come from, its destination port
	// back to saved.
	follow  bool
	dir     Direction
	saved   uint16
	expects string // the expecting helper's name
}

// Remaining returns the whole seconds the expectation has left.
func (e *Expectation) Remaining(now packet.Time) int64 {
	return max(e.expiry-now.Jiffies(), 0) / packet.JiffyHz
}

// ExpectedBy returns the name of the helper that made the expectation.
func (e *Expectation) ExpectedBy() string { return e.expects }

// matches reports whether a new flow is the expected one
// (nf_conntrack_expect.c: nf_ct_exp_equal).
func (e *Expectation) matches(k *Tuple, z Zone) bool {
	return !e.Inactive &&
		e.Tuple.Family == k.Family && e.Tuple.Proto == k.Proto &&
		e.Tuple.dst == k.dst && e.Tuple.DstID == k.DstID &&
		(e.AnySrc || e.Tuple.src == k.src) &&
		(!e.SrcPort || e.Tuple.SrcID == k.SrcID) &&
		e.Master.Zone.ID == z.ID
}

// same reports whether two expectations stand for the same flows.
func (e *Expectation) same(o *Expectation) bool {
	return e.AnySrc == o.AnySrc && e.SrcPort == o.SrcPort && e.clashes(o)
}

// clashes reports whether some flow would match both
// (nf_conntrack_expect.c: expect_clash).
func (e *Expectation) clashes(o *Expectation) bool {
	return e.Tuple.Family == o.Tuple.Family && e.Tuple.Proto == o.Tuple.Proto &&
		e.Tuple.dst == o.Tuple.dst && e.Tuple.DstID == o.Tuple.DstID &&
		(e.AnySrc || o.AnySrc || e.Tuple.src == o.Tuple.src) &&
		(!e.SrcPort || !o.SrcPort || e.Tuple.SrcID == o.Tuple.SrcID) &&
		e.Master.Zone.ID == o.Master.Zone.ID
}

// expectations are those of one table, oldest first. There are few.
type expectations struct {
	list []*Expectation
}

func (x *expectations) clone() expectations {
	f := expectations{}
	for _, e := range x.list {
		n := *e
		f.list = append(f.list, &n)
	}
	return f
}

// rebase points the masters into the table the expectations were copied to.
func (x *expectations) rebase(t *Table) {
	for _, e := range x.list {
		e.Master = t.slab.at(e.Master.self)
	}
}

func (x *expectations) drop(i int) { x.list = append(x.list[:i], x.list[i+1:]...) }

// expire drops what is over.
func (x *expectations) expire(now int64) {
	keep := x.list[:0]
	for _, e := range x.list {
		if e.expiry > now {
			keep = append(keep, e)
		}
	}
	clear(x.list[len(keep):])
	x.list = keep
}

// Expectations yields the live expectations, oldest first.
func (t *Table) Expectations(now packet.Time) iter.Seq[*Expectation] {
	j := now.Jiffies()
	return func(yield func(*Expectation) bool) {
		for _, e := range t.expects.list {
			if e.expiry > j && !yield(e) {
				return
			}
		}
	}
}

// claimExpectation makes a new entry the expected one if some expectation matches
// it, and uses that up; else the template's helper is attached
// (nf_conntrack_core.c: init_conntrack).
func (t *Table) claimExpectation(c *Conn, tmpl *Template, now int64) {
	if len(t.expects.list) > 0 {
		if e := t.takeExpectation(&c.Orig, c.Zone, now); e != nil {
			t.fulfil(c, e, now)
			return
		}
	}
	if tmpl != nil && tmpl.Helper != "" {
		if s := findHelper(tmpl.Helper, c.Orig.Family, c.Orig.Proto); s != nil {
			c.extra().helper = &helperState{spec: s}
			c.Status |= HelperSet
		}
	}
}

func (t *Table) takeExpectation(k *Tuple, z Zone, now int64) *Expectation {
	x := &t.expects
	x.expire(now)
	for i := len(x.list) - 1; i >= 0; i-- {
		e := x.list[i]
		if !e.matches(k, z) {
			continue
		}
		if e.Master.life != lifeTable {
			return nil // its packet has not left yet
		}
		if e.Master.expired(now) {
			t.remove(e.Master) // takes e with it
			return nil
		}
		if !e.Permanent {
			x.drop(i)
		}
		return e
	}
	return nil
}

// fulfil makes c the child of the expectation's master.
func (t *Table) fulfil(c *Conn, e *Expectation, now int64) {
	c.Status |= Expected
	c.Master = e.Master
	e.Master.children++
	c.Mark = e.Master.Mark
	if s := findHelper(e.Helper, c.Orig.Family, c.Orig.Proto); s != nil {
		c.extra().helper = &helperState{spec: s}
	}
	t.say(ExpectedFlow)
	if e.follow {
		t.followMaster(c, e, now)
	}
}

// followMaster translates an expected connection like its master
// (nf_nat_helper.c: nf_nat_follow_master).
func (t *Table) followMaster(c *Conn, e *Expectation, now int64) {
	m := e.Master.Tuple(e.dir.Other())
	at := packet.Time(now) * packet.Second / packet.JiffyHz
	t.Bind(c, ManipSrc, Range{Min: m.Dst(), Max: m.Dst()}, at, nil)
	t.Bind(c, ManipDst, Range{Min: m.Src(), Max: m.Src(), MinPort: e.saved, MaxPort: e.saved, Ports: true}, at, nil)
}

// forgetExpectations drops the expectations of an entry that ends.
func (t *Table) forgetExpectations(c *Conn) {
	x := &t.expects
	for i := len(x.list) - 1; i >= 0; i-- {
		if x.list[i].Master == c {
			x.drop(i)
		}
	}
}

// expect registers e for seconds
// (nf_conntrack_expect.c: nf_ct_expect_related_report, __nf_ct_expect_check).
func (t *Table) expect(e Expectation, limit int, seconds uint32, now int64) expectResult {
	x := &t.expects
	x.expire(now)
	oldest, n := -1, 0
	for i := 0; i < len(x.list); i++ {
		o := x.list[i]
		switch {
		case o.same(&e):
			if o.Master != e.Master || o.Class != e.Class {
				return expectRefused
			}
			x.drop(i)
			i--
			continue
		case o.clashes(&e):
			return expectBusy
		}
		if o.Master == e.Master && o.Class == e.Class {
			if oldest < 0 {
				oldest = i
			}
			n++
		}
	}
	if limit > 0 && n >= limit {
		x.drop(oldest)
	}
	if uint32(len(x.list)) >= t.sysctl.ExpectMax {
		return expectRefused
	}
	e.expiry = now + int64(seconds)*packet.JiffyHz
	x.list = append(x.list, &e)
	return expectAdded
}
