package conntrack

import "nfwhy/packet"

// result is what a protocol's tracker says of a packet.
type result uint8

const (
	accepted result = iota
	refused         // the packet is INVALID
	again           // the entry was deleted: look up and create anew
)

// In is the conntrack hook of PREROUTING and OUTPUT: it finds or makes the
// packet's entry and moves its state. Afterwards r is what every later rule
// sees. (nf_conntrack_core.c: nf_conntrack_in, Linux 6.18.)
func (t *Table) In(p *packet.Packet, r *Ref, hook packet.Hook, now packet.Time) Outcome {
	if r.Conn != nil || r.Info == Untracked {
		return Outcome{} // seen before, or NOTRACK
	}
	t.why.Code, t.extra.Code = NoReason, NoReason
	if hook == packet.Output && p.Family == packet.IPv4 && (p.FragOff != 0 || p.MoreFrags) {
		r.Template = nil
		return Outcome{Reason: Reason{Code: IsFragment}}
	}
	tmpl := r.Template
	if tmpl != nil {
		*r = Ref{}
	}
	drop := t.track(p, r, tmpl, hook, now.Jiffies())
	if t.why.Code == NoReason {
		return Outcome{Drop: drop}
	}
	o := Outcome{Drop: drop, Reason: t.why}
	if t.extra.Code != NoReason {
		o.Extra = t.extra
	}
	return o
}

func (t *Table) track(p *packet.Packet, r *Ref, tmpl *Template, hook packet.Hook, now int64) (drop bool) {
	if p.NoTransport || p.FragOff != 0 || p.L4 > len(p.Data) {
		t.say(NoTransport)
		return false
	}
	zone := zoneOf(tmpl, p)
	if p.Proto == packet.ProtoICMP || p.Proto == packet.ProtoICMPv6 {
		if t.icmpFirst(p, r, zone, hook, now) {
			return false
		}
	}
	tuple, ok := TupleOf(p)
	if !ok {
		t.sayNoTuple(p)
		return false
	}
	for {
		c, info := t.resolve(&tuple, zone, tmpl, now)
		if c == nil {
			return t.why.Code == TableFull
		}
		switch t.handle(c, info, p, hook, now) {
		case accepted:
			if info == EstablishedReply {
				c.Status |= SeenReply
			}
			*r = Ref{Conn: c, Info: info}
			return false
		case refused:
			if c.life == lifeNew {
				t.bury(c)
			}
			*r = Ref{}
			return false
		}
	}
}

// resolve finds the tuple's entry or makes it, and says how the packet relates to
// it as the entry is before the packet.
func (t *Table) resolve(k *Tuple, z Zone, tmpl *Template, now int64) (*Conn, Info) {
	c, d := t.find(k, z, now)
	if c == nil {
		reply, ok := k.Invert()
		if !ok {
			t.say(NoInverse)
			return nil, NoInfo
		}
		if c = t.create(k, &reply, z, tmpl, now); c == nil {
			t.say(TableFull)
			return nil, NoInfo
		}
		t.claimExpectation(c, tmpl, now)
	}
	switch {
	case d == Reply:
		return c, EstablishedReply
	case c.Status&SeenReply != 0:
		return c, Established
	case c.Status&Expected != 0:
		return c, Related
	}
	return c, New
}

func (t *Table) handle(c *Conn, info Info, p *packet.Packet, hook packet.Hook, now int64) result {
	switch p.Proto {
	case packet.ProtoTCP:
		return t.trackTCP(c, info, p, hook, now)
	case packet.ProtoUDP:
		return t.trackUDP(c, info, p, hook, now)
	case packet.ProtoICMP, packet.ProtoICMPv6:
		return t.trackICMP(c, info, p, now)
	case packet.ProtoUDPLite:
		return t.trackUDPLite(c, info, p, hook, now)
	case packet.ProtoGRE:
		return t.trackGRE(c, info, p, now)
	case packet.ProtoSCTP:
		return t.trackSCTP(c, info, p, hook, now)
	}
	c.refresh(t.timeouts(c)[0], info.Dir(), p, now)
	return accepted
}

// timeouts returns the entry's timeouts: its policy's or the settings'.
func (t *Table) timeouts(c *Conn) *TimeoutList {
	if c.x != nil && c.x.timeout != nil {
		return &c.x.timeout.Seconds
	}
	return t.sysctl.Timeouts.For(c.Orig.Proto)
}

// sayNoTuple says why a packet has no tuple.
func (t *Table) sayNoTuple(p *packet.Packet) {
	need := 4
	switch p.Proto {
	case packet.ProtoGRE:
		t.say(GREProtocol)
		return
	case packet.ProtoICMP, packet.ProtoICMPv6:
		need = 8
	}
	if p.Length-p.L4 >= need {
		t.say(CaptureCut)
		return
	}
	t.say(ShortHeader)
}

// Confirm is the last hook of INPUT and POSTROUTING: helpers read the packet, and
// a first packet's entry goes into the table.
// (nf_conntrack_proto.c: nf_confirm; nf_conntrack_core.c: __nf_conntrack_confirm,
// Linux 6.18.)
func (t *Table) Confirm(p *packet.Packet, r *Ref, hook packet.Hook, now packet.Time) Outcome {
	c := r.Conn
	if c == nil {
		return Outcome{}
	}
	t.why.Code, t.extra.Code = NoReason, NoReason
	if r.Info != RelatedReply && c.x != nil {
		moved := c.Status&SeqAdjust != 0 // as it is before the helper changes anything
		if c.x.helper != nil && !t.runHelper(p, r, now) {
			return Outcome{Drop: true, Reason: t.why}
		}
		if moved && !c.adjustSequence(p, r.Info.Dir()) {
			t.say(SeqAdjDrop)
			return Outcome{Drop: true, Reason: t.why}
		}
	}
	if c.Confirmed() || r.Info.Dir() == Reply {
		return Outcome{}
	}
	if c.life != lifeNew {
		return Outcome{Drop: true, Reason: Reason{Code: Clash}} // died under way
	}
	return t.confirm(r, now)
}

func (t *Table) confirm(r *Ref, now packet.Time) Outcome {
	c := r.Conn
	j := now.Jiffies()
	if other := t.clash(c, j); other != nil {
		if t.resolveClash(r, other, j) {
			return Outcome{}
		}
		return Outcome{Drop: true, Reason: Reason{Code: Clash}}
	}
	c.expiry += j
	if c.x != nil && c.x.stamped {
		c.x.start = now
	}
	t.enter(c)
	return Outcome{}
}

// clash returns the confirmed entry that has one of c's tuples already.
func (t *Table) clash(c *Conn, now int64) *Conn {
	if o, _ := t.probe(&c.Orig, c.Zone, c.Orig.hash(c.Zone.For(Original)), now); o != nil {
		return o
	}
	o, _ := t.probe(&c.Reply, c.Zone, c.Reply.hash(c.Zone.For(Reply)), now)
	return o
}

// resolveClash lets a connectionless packet live on although another packet's
// entry took its tuple first (nf_conntrack_core.c: nf_ct_resolve_clash). It
// happens only when packets overtake each other, in a queue for instance.
func (t *Table) resolveClash(r *Ref, other *Conn, now int64) bool {
	c := r.Conn
	switch c.Orig.Proto {
	case packet.ProtoUDP, packet.ProtoUDPLite, packet.ProtoGRE:
	default:
		return false
	}
	switch {
	case other.Orig.equal(&c.Reply) && other.Reply.equal(&c.Orig) &&
		other.Zone.For(Original) == c.Zone.For(Reply) && other.Zone.For(Reply) == c.Zone.For(Original):
		t.adopt(r, other, EstablishedReply)
		other.Status |= SeenReply
		return true
	case other.Orig.equal(&c.Orig) && other.Reply.equal(&c.Reply) && other.Zone == c.Zone:
		t.adopt(r, other, r.Info)
		return true
	}
	if o, _ := t.probe(&c.Reply, c.Zone, c.Reply.hash(c.Zone.For(Reply)), now); o != nil {
		return false
	}
	c.Status |= NATClash | FixedTimeout
	c.expiry = now + packet.JiffyHz
	t.enter(c)
	return true
}

// adopt gives the packet the other entry, which takes over what its own has
// counted; that goes away.
func (t *Table) adopt(r *Ref, other *Conn, info Info) {
	if d := r.Info.Dir(); other.x != nil && other.x.acct && r.Conn.x != nil && r.Conn.x.acct {
		other.x.packets[d]++
		other.x.bytes[d] += r.Conn.x.bytes[d]
	}
	t.Release(nil, r)
	*r = Ref{Conn: other, Info: info}
}
