package conntrack

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"nfwhy/packet"
)

// fixed is a source of randomness that always says the same.
type fixed uint32

func (f fixed) Uint32() uint32 { return uint32(f) }

// parseRange reads "10.0.0.1-10.0.0.9:1000-1003/50 random persistent".
func parseRange(s string) (g Range) {
	if v6, ok := strings.CutPrefix(s, "["); ok {
		a := netip.MustParseAddr(strings.TrimSuffix(v6, "]"))
		return Range{Min: a, Max: a}
	}
	f := strings.Fields(s)
	addr, port, hasPort := strings.Cut(f[0], ":")
	if addr != "" {
		lo, hi, ok := strings.Cut(addr, "-")
		if !ok {
			hi = lo
		}
		g.Min, g.Max = netip.MustParseAddr(lo), netip.MustParseAddr(hi)
	}
	if hasPort {
		port, base, shift := strings.Cut(port, "/")
		lo, hi, ok := strings.Cut(port, "-")
		if !ok {
			hi = lo
		}
		g.Ports, g.MinPort, g.MaxPort = true, uint16(num(lo)), uint16(num(hi))
		g.Shift, g.BasePort = shift, uint16(num(base))
	}
	for _, w := range f[1:] {
		switch w {
		case "random":
			g.Random = true
		case "random-fully":
			g.FullyRandom = true
		case "persistent":
			g.Persistent = true
		}
	}
	return g
}

// bindPass takes a first packet through POSTROUTING with source NAT (or PREROUTING
// with destination NAT) and returns the entry's reply tuple as text.
func bindPass(t *testing.T, tb *Table, spec string, m Manip, g Range, rnd Random) string {
	t.Helper()
	p := decode(t, spec)
	var r Ref
	tb.In(p, &r, packet.Prerouting, start)
	if m == ManipDst {
		if !tb.Bind(r.Conn, ManipDst, g, start, rnd) || !tb.Translate(p, r, packet.Prerouting) {
			return "refused"
		}
		tb.BindNull(r.Conn, ManipSrc, start, rnd)
	} else {
		tb.BindNull(r.Conn, ManipDst, start, rnd)
		if !tb.Bind(r.Conn, ManipSrc, g, start, rnd) {
			return "refused"
		}
	}
	ok := tb.Translate(p, r, packet.Postrouting)
	reply := r.Conn.Reply
	if tb.Confirm(p, &r, packet.Postrouting, start).Drop || !ok {
		tb.Release(p, &r)
		return "dropped"
	}
	tb.Release(p, &r)
	checkTable(t, tb)
	back, _ := reply.Invert()
	got, ok := TupleOf(p)
	if !ok || got != back {
		t.Errorf("%s: packet is %s, entry says %s", spec, tupleOf(&got), tupleOf(&back))
	}
	if proto := map[uint8]uint8{1: 0, 6: 6, 17: 17}[p.Proto]; !p.ChecksumOK(proto) || !packet.IPv4Header(p.Data).ChecksumOK() {
		t.Errorf("%s: wrong checksum after translation", spec)
	}
	return tupleOf(&back)
}

func tupleOf(k *Tuple) string {
	if k.Proto == packet.ProtoICMP {
		return fmt.Sprintf("%s>%s id=%d", k.Src(), k.Dst(), k.SrcID)
	}
	return fmt.Sprintf("%s:%d>%s:%d", k.Src(), k.SrcID, k.Dst(), k.DstID)
}

// TestBind: each case is a sequence of first packets under one rule and what they
// become; the random number is always 5. (Choices as seen on Linux 6.18.)
func TestBind(t *testing.T) {
	for _, tt := range []struct {
		name  string
		manip Manip
		rng   string
		steps string
	}{
		{"the port stays", ManipSrc, "9.9.9.9", "c:udp 5000>53 => 9.9.9.9:5000>10.66.2.2:53"},
		{"taken port", ManipSrc, "9.9.9.9", `
			c:udp 5000>53 => 9.9.9.9:5000>10.66.2.2:53
			x:udp 5000>53 to=s => 9.9.9.9:1029>10.66.2.2:53
			t:udp 5000>53 to=s => 9.9.9.9:1030>10.66.2.2:53`},
		{"one socket keeps its mapping", ManipSrc, "9.9.9.9", `
			c:udp 5000>53 => 9.9.9.9:5000>10.66.2.2:53
			x:udp 5000>53 to=s => 9.9.9.9:1029>10.66.2.2:53
			x:udp 5000>54 to=s => 9.9.9.9:1029>10.66.2.2:54`},
		{"low ports stay low", ManipSrc, "9.9.9.9", `
			c:udp 300>53 => 9.9.9.9:300>10.66.2.2:53
			x:udp 300>53 to=s => 9.9.9.9:6>10.66.2.2:53
			c:udp 700>53 => 9.9.9.9:700>10.66.2.2:53
			x:udp 700>53 to=s => 9.9.9.9:605>10.66.2.2:53`},
		{"port range", ManipSrc, "9.9.9.9:3000-3003", `
			c:udp 3001>53 => 9.9.9.9:3001>10.66.2.2:53
			c:udp 5001>53 => 9.9.9.9:3002>10.66.2.2:53
			c:udp 5002>53 => 9.9.9.9:3003>10.66.2.2:53
			c:udp 5003>53 => 9.9.9.9:3000>10.66.2.2:53
			c:udp 5004>53 => dropped`},
		{"one port", ManipSrc, "9.9.9.9:3000", `
			c:udp 5001>53 => 9.9.9.9:3000>10.66.2.2:53
			c:udp 5002>53 => dropped
			c:udp 5002>54 => 9.9.9.9:3000>10.66.2.2:54`},
		{"ping", ManipSrc, "9.9.9.9", `
			c:icmp 8/0 id=7 => 9.9.9.9>10.66.2.2 id=7
			x:icmp 8/0 id=7 to=s => 9.9.9.9>10.66.2.2 id=5`},
		{"random", ManipSrc, "9.9.9.9 random", "c:udp 5000>53 => 9.9.9.9:1029>10.66.2.2:53"},
		{"no ports", ManipSrc, "9.9.9.9", "c:proto 50 +8 => 9.9.9.9:0>10.66.2.2:0\nx:proto 50 +8 to=s => dropped"},
		{"destination", ManipDst, "9.9.9.9", "c:udp 5000>53 => 10.66.1.2:5000>9.9.9.9:53"},
		{"destination ports begin at the first", ManipDst, "9.9.9.9:6000-6003", `
			c:udp 5000>53 => 10.66.1.2:5000>9.9.9.9:6000
			c:udp 5001>53 => 10.66.1.2:5001>9.9.9.9:6000
			c:udp 5001>6002 => 10.66.1.2:5001>9.9.9.9:6002
			c:udp 5001>54 => 10.66.1.2:5001>9.9.9.9:6001`},
		{"destination range kept", ManipDst, "9.9.9.9:50-60", "c:udp 5000>53 => 10.66.1.2:5000>9.9.9.9:53"},
		{"shift", ManipDst, "9.9.9.9:6000-6010/50", `
			c:udp 5000>53 => 10.66.1.2:5000>9.9.9.9:6003
			c:udp 5000>55 => 10.66.1.2:5000>9.9.9.9:6005`},
		{"destination, random", ManipDst, "9.9.9.9:6000-6003 random-fully", "c:udp 5000>53 => 10.66.1.2:5000>9.9.9.9:6001"},
		{"several addresses", ManipSrc, "10.77.2.100-10.77.2.109", "c:udp 5000>53 => 10.77.2.105:5000>10.66.2.2:53"},
		{"several addresses, persistent", ManipSrc, "10.77.2.100-10.77.2.109 persistent", "c:udp 5000>53 => 10.77.2.101:5000>10.66.2.2:53"},
		{"other family", ManipSrc, "[fd00::1]", "c:udp 5000>53 => refused"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tb := newTable(t)
			for _, line := range strings.Split(strings.TrimSpace(tt.steps), "\n") {
				spec, want, _ := strings.Cut(strings.TrimSpace(line), " => ")
				if got := bindPass(t, tb, spec, tt.manip, parseRange(tt.rng), fixed(5)); got != want {
					t.Errorf("%s => %s, want %s", spec, got, want)
				}
			}
		})
	}
}

// TestJhash holds the hash against lookup3's published value for nothing, and
// checks that every word counts.
func TestJhash(t *testing.T) {
	if got := jhash2(nil, 0); got != 0xdeadbeef {
		t.Errorf("jhash2 of nothing is %#x", got)
	}
	k := []uint32{1, 2, 3, 4, 5, 6, 7}
	for n := range len(k) + 1 {
		h := jhash2(k[:n], 9)
		for i := range n {
			k[i] ^= 1 << 31
			if jhash2(k[:n], 9) == h {
				t.Errorf("word %d of %d does not count", i, n)
			}
			k[i] ^= 1 << 31
		}
	}
}

// TestNullBinding: without a rule the port changes only where it is taken.
func TestNullBinding(t *testing.T) {
	tb := newTable(t)
	if got := bindPass(t, tb, "c:udp 5555>53", ManipSrc, parseRange("10.66.2.5"), fixed(5)); got != "10.66.2.5:5555>10.66.2.2:53" {
		t.Fatal(got)
	}
	p := decode(t, "c:udp 5555>53 from=10.66.2.5")
	var r Ref
	tb.In(p, &r, packet.Output, start)
	tb.BindNull(r.Conn, ManipDst, start, fixed(5))
	tb.BindNull(r.Conn, ManipSrc, start, fixed(5))
	if back, _ := r.Conn.Reply.Invert(); tupleOf(&back) != "10.66.2.5:1029>10.66.2.2:53" || r.Conn.Status&NATMask != SrcNAT {
		t.Errorf("%s %s", tupleOf(&back), r.Conn.Status)
	}
	q := decode(t, "c:udp 1>53")
	var s Ref
	tb.In(q, &s, packet.Output, start)
	if !tb.NeedsBinding(q, s, packet.Output) || !tb.NeedsBinding(q, s, packet.Postrouting) {
		t.Error("first packet is to be decided about")
	}
	tb.BindNull(s.Conn, ManipDst, start, nil)
	tb.BindNull(s.Conn, ManipSrc, start, nil)
	if s.Conn.Status != NATDoneMask || tb.NeedsBinding(q, s, packet.Output) {
		t.Errorf("status %s", s.Conn.Status)
	}
	if tb.Bind(s.Conn, ManipSrc, Range{}, start, nil) {
		t.Error("decided twice")
	}
}

// TestTranslate: packets of both directions and errors about them, as the kernel
// changes them; every checksum that was right stays right.
func TestTranslate(t *testing.T) {
	tb := newTable(t)
	step := func(spec string, bind bool) (*packet.Packet, Ref) {
		p := decode(t, spec)
		var r Ref
		tb.In(p, &r, packet.Prerouting, start)
		if bind {
			tb.Bind(r.Conn, ManipDst, parseRange("10.66.2.9:8080"), start, nil)
		}
		if !tb.Translate(p, r, packet.Prerouting) {
			t.Fatalf("%s dropped", spec)
		}
		if bind {
			tb.Bind(r.Conn, ManipSrc, parseRange("10.66.2.1"), start, nil)
		}
		if !tb.Translate(p, r, packet.Postrouting) {
			t.Fatalf("%s dropped", spec)
		}
		tb.Confirm(p, &r, packet.Postrouting, start)
		return p, r
	}
	text := func(p *packet.Packet) string {
		k, _ := TupleOf(p)
		return tupleOf(&k)
	}
	p, r := step("c:S 1/0", true)
	if text(p) != "10.66.2.1:1000>10.66.2.9:8080" || !p.ChecksumOK(6) || r.State() != StateNew|StateSNAT|StateDNAT {
		t.Errorf("%s %s", text(p), r.State())
	}
	p, r = step("x:SA 1/2 from=10.66.2.9 to=10.66.2.1 sport=8080 dport=1000", false)
	if text(p) != "10.66.2.2:80>10.66.1.2:1000" || !p.ChecksumOK(6) || r.Info != EstablishedReply {
		t.Errorf("%s %s", text(p), r.Info)
	}
	// An error from behind about the translated packet.
	p, r = step("x:icmp 3/3 to=10.66.2.1 q[c:S 1/0 from=10.66.2.1 to=10.66.2.9 dport=8080]", false)
	if r.Info != RelatedReply || p.Dst().String() != "10.66.1.2" || !p.ChecksumOK(0) {
		t.Errorf("%s to %s", r.Info, p.Dst())
	}
	var inner Tuple
	if !quotedTuple(&inner, p.Data[28:], packet.IPv4) || tupleOf(&inner) != "10.66.1.2:1000>10.66.2.2:80" {
		t.Errorf("quotes %s", tupleOf(&inner))
	}
	if want := decode(t, "c:S 1/0").Data; !bytes.Equal(p.Data[28:], want) {
		t.Errorf("quoted packet is not the one that was sent\n got %x\nwant %x", p.Data[28:], want)
	}
	// A redirect for a translated flow is dropped, and so is a broken error.
	for _, spec := range []string{
		"x:icmp 5/1 to=10.66.2.1 q[c:S 1/0 from=10.66.2.1 to=10.66.2.9 dport=8080]",
	} {
		p := decode(t, spec)
		var r Ref
		tb.In(p, &r, packet.Prerouting, start)
		if r.Info != RelatedReply || tb.Translate(p, r, packet.Prerouting) {
			t.Errorf("%s: %s passes", spec, r.Info)
		}
	}
	if NetmapRange(netip.MustParseAddr("10.1.2.3"), netip.MustParsePrefix("192.168.0.0/22")) != parseRange("192.168.2.3") {
		t.Error("NETMAP keeps the wrong bits")
	}
	if NetmapRange(netip.MustParseAddr("fd00::1:2"), netip.MustParsePrefix("2001:db8::/33")).Min != netip.MustParseAddr("2001:db8::1:2") {
		t.Error("NETMAP keeps the wrong bits of IPv6")
	}
}

// TestTranslate6: the same for IPv6, with an error about it.
func TestTranslate6(t *testing.T) {
	tb := newTable(t)
	b := newBuilder()
	b.v6()
	get := func(spec string) *packet.Packet {
		p := new(packet.Packet)
		data := b.packet(spec)
		if err := p.Decode(data, len(data)); err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := get("c:icmp 128/0 id=7 +9")
	var r Ref
	tb.In(p, &r, packet.Prerouting, start)
	tb.BindNull(r.Conn, ManipDst, start, nil)
	tb.Bind(r.Conn, ManipSrc, Range{Min: b.addr['x'], Max: b.addr['x']}, start, nil)
	if !tb.Translate(p, r, packet.Postrouting) || p.Src() != b.addr['x'] || !p.ChecksumOK(58) {
		t.Errorf("source %s", p.Src())
	}
	sent := p.Clone()
	tb.Confirm(p, &r, packet.Postrouting, start)
	e := get("s:icmp 1/4 to=fd66:2::9 q[s:icmp 128/0 from=fd66:2::9 to=fd66:2::2 id=7 +9]")
	var q Ref
	tb.In(e, &q, packet.Prerouting, start)
	if q.Info != RelatedReply || !tb.Translate(e, q, packet.Prerouting) || e.Dst() != b.addr['c'] || !e.ChecksumOK(58) {
		t.Errorf("%s to %s", q.Info, e.Dst())
	}
	if got := packet.IPv6Header(e.Data[48:]).Src(); got != b.addr['c'] {
		t.Errorf("quotes a packet from %s (sent from %s)", got, sent.Src())
	}
}

// TestRewrittenPORT: an FTP command of a translated client names the outside
// address, and what follows is moved by the difference.
func TestRewrittenPORT(t *testing.T) {
	tb := newTable(t)
	send := func(spec string) *packet.Packet {
		p := decode(t, spec)
		r := Ref{Template: &Template{Helper: "ftp"}}
		tb.In(p, &r, packet.Prerouting, start)
		if tb.NeedsBinding(p, r, packet.Prerouting) {
			tb.BindNull(r.Conn, ManipDst, start, nil)
		}
		tb.Translate(p, r, packet.Prerouting)
		if tb.NeedsBinding(p, r, packet.Postrouting) {
			tb.Bind(r.Conn, ManipSrc, parseRange("192.168.200.201"), start, nil)
		}
		tb.Translate(p, r, packet.Postrouting)
		if o := tb.Confirm(p, &r, packet.Postrouting, start); o.Drop {
			t.Fatalf("%s: %s", spec, o.Reason.Text())
		}
		if !p.ChecksumOK(6) {
			t.Errorf("%s: wrong checksum", spec)
		}
		return p
	}
	send("c:S 1000/0 dport=21")
	send("s:SA 5000/1001 sport=21 to=192.168.200.201")
	send("c:A 1001/5001 dport=21")
	send(`c:PA 1001/5001 dport=21 data="USER x\r\n"`)
	p := send(`c:PA 1009/5001 dport=21 data="PORT 10,66,1,2,4,5\r\n"`)
	if got := string(p.Data[40:]); got != "PORT 192,168,200,201,4,5\r\n" {
		t.Errorf("%q", got)
	}
	p = send(`c:PA 1029/5001 dport=21 data="NOOP\r\n"`) // 6 bytes longer before
	if h, _ := p.TCP(); h.Seq() != 1035 {
		t.Errorf("sequence number %d, want 1035", h.Seq())
	}
	p = send("s:A 5001/1041 sport=21 to=192.168.200.201")
	if h, _ := p.TCP(); h.Ack() != 1035 {
		t.Errorf("acknowledges %d, want 1035", h.Ack())
	}
	p = send("s:S 1/0 sport=20 dport=1029 to=192.168.200.201")
	if got := p.Dst().String(); got != "10.66.1.2" {
		t.Errorf("data connection goes to %s", got)
	}
}

// TestEviction: with all ports of a range taken a TCP connection in TIME_WAIT
// gives its port to one whose sequence numbers have gone on.
func TestEviction(t *testing.T) {
	for _, tt := range []struct {
		seq  string
		want string
	}{{"5000", "9.9.9.9:3000>10.66.2.2:80"}, {"5", "dropped"}} {
		tb := newTable(t)
		if got := bindPass(t, tb, "c:S 1000/0", ManipSrc, parseRange("9.9.9.9:3000-3001"), fixed(0)); got != "9.9.9.9:3000>10.66.2.2:80" {
			t.Fatal(got)
		}
		if got := bindPass(t, tb, "c:S 1000/0 sport=1001", ManipSrc, parseRange("9.9.9.9:3000-3001"), fixed(0)); got != "9.9.9.9:3001>10.66.2.2:80" {
			t.Fatal(got)
		}
		for c := range tb.All(start) {
			if c.Orig.SrcID == 1000 {
				c.l4.state = tcpTimeWait
			}
		}
		if got := bindPass(t, tb, "c:S "+tt.seq+"/0 sport=1002", ManipSrc, parseRange("9.9.9.9:3000-3001"), fixed(0)); got != tt.want {
			t.Errorf("SYN %s: %s, want %s", tt.seq, got, tt.want)
		}
	}
}

// TestMapped: the index of mapped sources follows entries that come and go.
func TestMapped(t *testing.T) {
	tb := newTable(t)
	count := func() (n int) {
		for i := range tb.mapped.heads {
			for at := tb.mapped.heads[i]; at != 0; at = tb.slab.at(at).next {
				n++
			}
		}
		return n
	}
	for i := range 300 {
		bindPass(t, tb, "c:udp "+num10(1000+i%100)+">"+num10(2000+i), ManipSrc, parseRange("9.9.9.9"), fixed(1))
		if count() != i+1 || tb.mapped.n != i+1 {
			t.Fatalf("after %d: %d linked, %d counted", i+1, count(), tb.mapped.n)
		}
	}
	f := tb.Fork()
	left := 300
	for c := range tb.All(start) {
		tb.Delete(c)
		if left--; count() != left || tb.mapped.n != left {
			t.Fatalf("%d left: %d linked, %d counted", left, count(), tb.mapped.n)
		}
	}
	if f.mapped.n != 300 {
		t.Errorf("the fork has %d", f.mapped.n)
	}
}
