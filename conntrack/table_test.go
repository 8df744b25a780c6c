package conntrack

import (
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"nfwhy/packet"
)

const start = 1700000000 * packet.Second

// decode returns the packet that the text describes (see builder.packet).
func decode(t testing.TB, spec string) *packet.Packet {
	t.Helper()
	b := newBuilder()
	data := b.packet(spec)
	p := new(packet.Packet)
	if err := p.Decode(data, len(data)); err != nil {
		t.Fatalf("%s: %v", spec, err)
	}
	return p
}

// pass sends the packet through a router that lets everything pass.
func pass(t testing.TB, tb *Table, spec string, now packet.Time) (Ref, Outcome) {
	t.Helper()
	p := decode(t, spec)
	var r Ref
	o := tb.In(p, &r, packet.Prerouting, now)
	if c := tb.Confirm(p, &r, packet.Postrouting, now); c.Drop {
		o = c
	}
	at := r
	tb.Release(p, &r)
	return at, o
}

func newTable(t testing.TB, set ...string) *Table {
	t.Helper()
	tb := NewTable(DefaultSysctl())
	for _, s := range set {
		k, v, _ := strings.Cut(s, "=")
		if err := tb.Sysctl().Set(k, v); err != nil {
			t.Fatal(err)
		}
	}
	return tb
}

// TestAttachReply: what an answer borrows from the packet it answers.
func TestAttachReply(t *testing.T) {
	for _, tt := range []struct {
		name string
		ref  Ref
		want Ref
	}{
		{"nothing", Ref{}, Ref{}},
		{"untracked", Ref{Info: Untracked}, Ref{Null: true}},
		{"null again", Ref{Null: true}, Ref{Null: true}},
		{"new", Ref{Conn: new(Conn), Info: New}, Ref{Info: RelatedReply}},
		{"established", Ref{Conn: new(Conn), Info: Established}, Ref{Info: RelatedReply}},
		{"related", Ref{Conn: new(Conn), Info: Related}, Ref{Info: RelatedReply}},
		{"reply", Ref{Conn: new(Conn), Info: EstablishedReply}, Ref{Info: Related}},
		{"related reply", Ref{Conn: new(Conn), Info: RelatedReply}, Ref{Info: Related}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.Conn = tt.ref.Conn
			if got := newTable(t).AttachReply(tt.ref); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

// TestRejectedFirst: a RST for a rejected SYN is RELATED at all hooks, confirms
// nothing, and the entry is gone when both packets are.
func TestRejectedFirst(t *testing.T) {
	tb := newTable(t)
	syn, rst := decode(t, "c:S 1000/0"), decode(t, "s:RA 0/1001")
	var r Ref
	tb.In(syn, &r, packet.Prerouting, start)
	a := tb.AttachReply(r)
	if o := tb.In(rst, &a, packet.Output, start); o != (Outcome{}) {
		t.Errorf("the answer was tracked: %+v", o)
	}
	if got := a.State(); got != StateRelated || a.Info.Dir() != Reply {
		t.Errorf("answer is %s %s", got, a.Info.Dir())
	}
	tb.SetClosing(r.Conn, start) // not confirmed: nothing happens
	if o := tb.Confirm(rst, &a, packet.Postrouting, start); o.Drop || tb.Len() != 0 {
		t.Errorf("the answer confirmed: drop %v, %d entries", o.Drop, tb.Len())
	}
	tb.Release(rst, &a)
	if tb.Count() != 1 || r.Conn.ProtoState() != "SYN_SENT" {
		t.Errorf("after the answer %d entries, state %s", tb.Count(), r.Conn.ProtoState())
	}
	tb.Release(syn, &r)
	if tb.Count() != 0 || r != (Ref{}) {
		t.Errorf("after the SYN %d entries, %+v", tb.Count(), r)
	}
	checkTable(t, tb)
}

// TestRejectedLater: a RST for a packet of a known connection closes the entry.
func TestRejectedLater(t *testing.T) {
	tb := newTable(t)
	for _, p := range []string{"c:S 1000/0", "s:SA 5000/1001", "c:A 1001/5001"} {
		pass(t, tb, p, start)
	}
	p := decode(t, "s:PA 5001/1001 +10")
	var r Ref
	tb.In(p, &r, packet.Prerouting, start)
	tb.SetClosing(r.Conn, start)
	if c := r.Conn; c.ProtoState() != "CLOSE" || c.Remaining(start) != 10 || c.Status&Assured == 0 {
		t.Errorf("%s", AppendList(nil, c, start))
	}
	if a := tb.AttachReply(r); a.Info != Related {
		t.Errorf("answer to a reply is %s", a.Info)
	}
}

// TestNull: an answer to an untracked packet is tracked by itself.
func TestNull(t *testing.T) {
	tb := newTable(t)
	r := Ref{Null: true}
	if r.Empty() {
		t.Error("a null attachment must keep raw rules away")
	}
	rst := decode(t, "s:RA 0/1001")
	if o := tb.In(rst, &r, packet.Output, start); o.Reason.Log() != "invalid new" || r.State() != StateInvalid {
		t.Errorf("%s, %q", r.State(), o.Reason.Log())
	}
}

// TestLoopback: a packet keeps what it carries on its second pass.
func TestLoopback(t *testing.T) {
	tb := newTable(t)
	p := decode(t, "c:udp 1>2")
	var r Ref
	tb.In(p, &r, packet.Output, start)
	tb.Confirm(p, &r, packet.Postrouting, start)
	tb.In(p, &r, packet.Prerouting, start)
	if r.Info != New || !r.Conn.Confirmed() {
		t.Errorf("%s, confirmed %v", r.Info, r.Conn.Confirmed())
	}
}

// TestLocalFragment: a local fragment is neither tracked nor does it keep a
// template.
func TestLocalFragment(t *testing.T) {
	tb := newTable(t)
	p := decode(t, "c:udp 1>2 frag=8")
	r := Ref{Template: new(Template)}
	o := tb.In(p, &r, packet.Output, start)
	if r != (Ref{}) || o.Reason.Code != IsFragment || o.Reason.Log() != "" {
		t.Errorf("%+v %+v", r, o)
	}
}

// TestFull: over nf_conntrack_max an entry without ASSURED makes room; if there is
// none the packet is dropped.
func TestFull(t *testing.T) {
	tb := newTable(t, "max=20", "buckets=8")
	for i := range 20 {
		pass(t, tb, "c:udp "+num10(1000+i)+">53", start)
	}
	r, o := pass(t, tb, "c:udp 2000>53", start)
	if o.Drop || r.State() != StateNew || tb.Count() > 20 {
		t.Errorf("drop %v %s, %d entries", o.Drop, r.State(), tb.Count())
	}
	checkTable(t, tb)
	for c := range tb.All(start) {
		c.Status |= Assured
	}
	for i := 0; tb.Count() < 20; i++ {
		r, _ = pass(t, tb, "c:udp "+num10(3000+i)+">53", start)
		r.Conn.Status |= Assured
	}
	if r, o = pass(t, tb, "c:udp 4000>53", start); !o.Drop || o.Reason.Code != TableFull || r.Conn != nil {
		t.Errorf("full table: drop %v, %q, %+v", o.Drop, o.Reason.Text(), r)
	}
	later := start + 31*packet.Second
	if _, o = pass(t, tb, "c:udp 4000>53", later); o.Drop {
		t.Error("expired entries do not make room")
	}
	checkTable(t, tb)
}

func num10(i int) string {
	return string([]byte{byte('0' + i/1000), byte('0' + i/100%10), byte('0' + i/10%10), byte('0' + i%10)})
}

// TestBounded: flows that never come back do not pile up.
func TestBounded(t *testing.T) {
	tb := newTable(t, "max=0")
	p := decode(t, "c:udp 1>53 sum=0")
	now := packet.Time(start)
	for i := range 200000 {
		aim(p, i)
		var r Ref
		tb.In(p, &r, packet.Prerouting, now)
		tb.Confirm(p, &r, packet.Postrouting, now)
		now += packet.Second / 100 // 3,000 flows within their 30 s
	}
	if tb.Len() > 10000 || len(tb.index.slots) > 1<<16 {
		t.Errorf("%d entries, %d slots for 3000 live flows", tb.Len(), len(tb.index.slots))
	}
}

// TestFork: what happens to a fork does not happen to its origin, nor the other
// way round; relations between entries stay inside.
func TestFork(t *testing.T) {
	tb := newTable(t, "acct=1")
	tb.Sysctl().Timestamp = true
	for _, p := range []string{"c:S 1000/0 dport=21", "s:SA 5000/1001 sport=21", "c:A 1001/5001 dport=21"} {
		r := Ref{Template: &Template{Helper: "ftp"}}
		pk := decode(t, p)
		tb.In(pk, &r, packet.Prerouting, start)
		tb.Confirm(pk, &r, packet.Postrouting, start)
	}
	pass(t, tb, `s:PA 5001/1001 sport=21 data="220\n"`, start)
	pass(t, tb, `s:PA 5005/1001 sport=21 data="227 10,66,2,2,50,2\r\n"`, start)
	list := func(tb *Table) (s string) {
		for c := range tb.All(start) {
			s += string(AppendList(nil, c, start)) + "\n"
		}
		for e := range tb.Expectations(start) {
			s += string(e.AppendList(nil, start)) + "\n"
		}
		return s
	}
	before := list(tb)
	f := tb.Fork()
	if list(f) != before {
		t.Errorf("fork differs:\n%s\n%s", list(f), before)
	}
	r, _ := pass(t, f, "c:S 1/0 sport=3333 dport=12802", start)
	if r.State() != StateRelated || f.Twin(r.Conn.Master) != r.Conn.Master || tb.Twin(r.Conn.Master) == r.Conn.Master {
		t.Errorf("%s, master of another table", r.State())
	}
	pass(t, f, "c:R 1001/0 dport=21", start)
	if list(tb) != before {
		t.Errorf("origin changed:\n%s\n%s", list(tb), before)
	}
	checkTable(t, tb)
	checkTable(t, f)
	f.Flush()
	if f.Count() != 0 || f.Len() != 0 || list(f) != "" || tb.Len() != 1 {
		t.Errorf("flush left %d, origin has %d", f.Count(), tb.Len())
	}
}

// TestMasterOutlivesDeletion: a child's master can be read after it was deleted.
func TestMasterOutlivesDeletion(t *testing.T) {
	tb := newTable(t)
	r := Ref{Template: &Template{Helper: "tftp"}}
	p := decode(t, `c:udp 1069>69 data="\x00\x01f\x00octet\x00"`)
	tb.In(p, &r, packet.Prerouting, start)
	tb.Confirm(p, &r, packet.Postrouting, start)
	child, _ := pass(t, tb, "s:udp 4242>1069", start)
	master := child.Conn.Master
	if master == nil || child.State() != StateRelated {
		t.Fatalf("no child: %+v", child)
	}
	id := master.ID()
	tb.Delete(master)
	for i := range 500 {
		pass(t, tb, "c:udp "+num10(1000+i)+">9", start)
	}
	for c := range tb.All(start) {
		if c != child.Conn {
			tb.Delete(c)
		}
	}
	for i := range 500 {
		pass(t, tb, "c:udp "+num10(2000+i)+">9", start)
	}
	if child.Conn.Master.ID() != id || master.Status&Dying == 0 {
		t.Errorf("master %d became %d", id, child.Conn.Master.ID())
	}
	checkTable(t, tb)
}

// TestIndex holds the hash table against a map under random insertions and
// removals with few distinct hashes.
func TestIndex(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var x index
	twin := map[uint32]uint32{}
	for i := range 200000 {
		ref := uint32(1 + rnd.IntN(300))
		if h, ok := twin[ref]; ok {
			if !x.remove(h, ref) {
				t.Fatalf("step %d: %d not found", i, ref)
			}
			delete(twin, ref)
		} else {
			h := rnd.Uint32() & 0xf000000f
			if rnd.IntN(4) == 0 {
				h = 0xffffffff // the last place: runs wrap around
			}
			x.insert(h, ref)
			twin[ref] = h
		}
		if i%1000 == 0 {
			for ref, h := range twin {
				if !x.has(h, ref) {
					t.Fatalf("step %d: %d lost", i, ref)
				}
			}
			if x.used != len(twin) {
				t.Fatalf("step %d: %d used, want %d", i, x.used, len(twin))
			}
		}
	}
	if x.remove(1, 9999) {
		t.Error("removed what is not there")
	}
}

// TestTuple: inverse, equality, hash.
func TestTuple(t *testing.T) {
	a, b := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")
	c, d := netip.MustParseAddr("fd00::1"), netip.MustParseAddr("fd00::2")
	var all []Tuple
	for _, k := range []Tuple{
		MakeTuple(a, b, 6, 1, 2), MakeTuple(a, b, 17, 1, 2), MakeTuple(a, b, 50, 0, 0), MakeTuple(a, b, 1, 7, 8<<8|3),
		MakeTuple(c, d, 6, 1, 2), MakeTuple(c, d, 58, 7, 128<<8), MakeTuple(c, d, 58, 7, 140<<8),
	} {
		inv, ok := k.Invert()
		if !ok {
			t.Fatalf("%+v has no inverse", k)
		}
		if back, _ := inv.Invert(); back != k || !back.equal(&k) || back.hash(0) != k.hash(0) {
			t.Errorf("inverse of the inverse of %+v is %+v", k, back)
		}
		if inv.Src() != k.Dst() || inv.Dst() != k.Src() {
			t.Errorf("%+v inverts to %+v", k, inv)
		}
		all = append(all, k, inv)
	}
	for i := range all {
		for j := range all {
			if (all[i] == all[j]) != all[i].equal(&all[j]) {
				t.Errorf("equal disagrees on %+v and %+v", all[i], all[j])
			}
			if i != j && all[i] != all[j] && all[i].hash(0) == all[j].hash(0) {
				t.Errorf("%+v and %+v have one hash", all[i], all[j])
			}
		}
		if all[i].hash(0) == all[i].hash(1) {
			t.Error("the zone is not hashed")
		}
	}
	for _, typ := range []uint16{3, 5, 11, 200} {
		if _, ok := MakeTuple(a, b, 1, 7, typ<<8).Invert(); ok {
			t.Errorf("type %d has an inverse", typ)
		}
	}
	if typ, code := all[6].ICMPType(); typ != 8 || code != 3 {
		t.Errorf("type %d code %d", typ, code)
	}
}

// TestInfo holds the numbers and directions against the kernel's.
func TestInfo(t *testing.T) {
	for _, tt := range []struct {
		i     Info
		n     int
		d     Direction
		state State
	}{
		{NoInfo, 0, Original, StateInvalid}, {Established, 0, Original, StateEstablished}, {Related, 1, Original, StateRelated},
		{New, 2, Original, StateNew}, {EstablishedReply, 3, Reply, StateEstablished}, {RelatedReply, 4, Reply, StateRelated},
		{Untracked, 7, Reply, StateUntracked},
	} {
		if tt.i.Kernel() != tt.n || tt.i.Dir() != tt.d || tt.i.State() != tt.state {
			t.Errorf("%s: %d %s %s, want %d %s %s", tt.i, tt.i.Kernel(), tt.i.Dir(), tt.i.State(), tt.n, tt.d, tt.state)
		}
	}
	r := Ref{Conn: &Conn{Status: SrcNAT | DstNAT}, Info: New}
	if got := r.State().String(); got != "NEW,SNAT,DNAT" {
		t.Errorf("state %s", got)
	}
	if got := (SeenReply | Assured | Confirmed).String(); got != "SEEN_REPLY|ASSURED|CONFIRMED" {
		t.Errorf("status %s", got)
	}
}

// TestClash: two first packets of one flow that overtook each other.
func TestClash(t *testing.T) {
	two := func(a, b string) (Ref, Outcome, *Table) {
		tb := newTable(t)
		p, q := decode(t, a), decode(t, b)
		var r, s Ref
		tb.In(p, &r, packet.Prerouting, start)
		tb.In(q, &s, packet.Prerouting, start)
		if r.Info != New || s.Info != New || r.Conn == s.Conn {
			t.Fatalf("%s %s, one entry %v", r.Info, s.Info, r.Conn == s.Conn)
		}
		tb.Confirm(p, &r, packet.Postrouting, start)
		o := tb.Confirm(q, &s, packet.Postrouting, start)
		at := s
		tb.Release(q, &s)
		checkTable(t, tb)
		return at, o, tb
	}
	if s, o, tb := two("c:udp 1>53", "c:udp 1>53"); o.Drop || tb.Count() != 1 || s.Info != New {
		t.Errorf("UDP: drop %v, %d entries, %s", o.Drop, tb.Count(), s.Info)
	}
	if s, o, tb := two("c:udp 1>53", "s:udp 53>1"); o.Drop || tb.Count() != 1 || s.Info != EstablishedReply {
		t.Errorf("UDP reversed: drop %v, %d entries, %s", o.Drop, tb.Count(), s.Info)
	}
	if _, o, tb := two("c:S 1000/0", "c:S 1000/0"); !o.Drop || o.Reason.Code != Clash || tb.Count() != 1 {
		t.Errorf("TCP: drop %v, %d entries", o.Drop, tb.Count())
	}
}

// TestFixedTimeout: an entry with a fixed timeout is counted but not prolonged.
func TestFixedTimeout(t *testing.T) {
	tb := newTable(t, "acct=1")
	r, _ := pass(t, tb, "c:udp 1>53", start)
	r.Conn.Status |= FixedTimeout
	later := packet.Time(start + 10*packet.Second)
	pass(t, tb, "s:udp 53>1", later)
	_, _, ok := r.Conn.Counters(Reply)
	if n, _, _ := r.Conn.Counters(Reply); !ok || n != 1 || r.Conn.Remaining(later) != 20 {
		t.Errorf("counted %d, %d s left", n, r.Conn.Remaining(later))
	}
}

// TestLabels: label bits, and entries without.
func TestLabels(t *testing.T) {
	var c Conn
	if _, ok := c.Labels(); ok || c.HasLabel(3) {
		t.Error("an entry begins with labels")
	}
	c.SetLabel(3)
	c.SetLabel(127)
	c.SetLabel(200)
	b, ok := c.Labels()
	if !ok || b[0] != 8 || b[15] != 0x80 || !c.HasLabel(3) || c.HasLabel(4) || c.HasLabel(200) {
		t.Errorf("%x", b)
	}
}

// TestUnconfirmed: readers of an entry that is not confirmed.
func TestUnconfirmed(t *testing.T) {
	tb := newTable(t)
	p := decode(t, "c:udp 1>53")
	var r Ref
	tb.In(p, &r, packet.Prerouting, start)
	if c := r.Conn; c.Confirmed() || c.Remaining(start) != 0 || c.Lifetime(start) != 30 || tb.Len() != 0 || tb.Count() != 1 {
		t.Errorf("confirmed %v, %d s, %d s", c.Confirmed(), c.Remaining(start), c.Lifetime(start))
	}
	if c, _ := tb.FindPacket(p, 0, start); c != nil {
		t.Error("found before it was confirmed")
	}
	tb.Release(p, &r)
	checkTable(t, tb)
}

// TestSwitchOn: after tracking was off, a living connection is judged by what is
// seen from now on.
func TestSwitchOn(t *testing.T) {
	tb := newTable(t)
	for _, p := range []string{"c:S 1000/0", "s:SA 5000/1001", "c:A 1001/5001"} {
		pass(t, tb, p, start)
	}
	later := "s:A 9005001/9001001"
	f := tb.Fork()
	f.SwitchOn(packet.IPv6)
	if r, _ := pass(t, f, later, start); r.State() != StateInvalid {
		t.Errorf("other family: %s", r.State())
	}
	tb.SwitchOn(packet.IPv4)
	if r, o := pass(t, tb, later, start); r.State() != StateEstablished {
		t.Errorf("%s: %s", r.State(), o.Reason.Text())
	}
}
