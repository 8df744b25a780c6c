package conntrack

import (
	"testing"

	"nfwhy/packet"
)

// FuzzTable sends packets made of the fuzzer's bytes through a table with NAT and
// helpers: nothing panics, and what must hold of a table holds.
func FuzzTable(f *testing.F) {
	b := newBuilder()
	for _, specs := range [][]string{
		{"c:S 1000/0 opt=0303070104020101", "s:SA 5000/1001", "c:A 1001/5001", "c:PA 1001/5001 +10", "s:FA 5001/1011", "c:R 1011/0"},
		{"c:udp 1>53 +5", "s:udp 53>1", "x:icmp 3/1 to=c q[c:udp 1>53 +5]"},
		{"c:icmp 8/0 id=7", "s:icmp 0/0 id=7", "c:proto 50 +3", "c:gre 2001880b00000005"},
		{"c:sctp 0 hex=0100001400000011000000000001000100000001", "s:sctp 0x11 rev=1 hex=0200001400000022000000000001000100000001"},
		{"c:S 1000/0 dport=21", "s:SA 5000/1001 sport=21", "c:A 1001/5001 dport=21", `s:PA 5001/1001 sport=21 data="220\n"`,
			`s:PA 5005/1001 sport=21 data="227 10,66,2,2,50,2\r\n"`, "c:S 1/0 sport=3333 dport=12802"},
	} {
		var seed []byte
		for _, s := range specs {
			p := b.packet(s)
			seed = append(seed, 0, byte(len(p)>>8), byte(len(p)))
			seed = append(seed, p...)
		}
		f.Add(seed, uint8(0))
		f.Add(seed, uint8(0xff))
	}
	f.Fuzz(func(t *testing.T, data []byte, mode uint8) {
		s := DefaultSysctl()
		s.Max, s.Acct = 64, mode&1 != 0
		s.Checksum = mode&2 != 0
		tb := NewTable(s)
		now := packet.Time(start)
		for i := 0; i < 60 && len(data) >= 3; i++ {
			how, n := data[0], int(data[1])<<8|int(data[2])
			data = data[3:]
			n = min(n, len(data))
			fuzzPacket(tb, data[:n:n], how, mode, now)
			data = data[n:]
			now += packet.Time(how) * packet.Second / 16
			checkTable(t, tb)
			if tb.Count() > 64 {
				t.Fatalf("%d entries", tb.Count())
			}
		}
		f := tb.Fork()
		checkTable(t, f)
		for c := range f.All(now) {
			if d, dir := f.Lookup(c.Orig, c.Zone.For(Original), now); c.Status&NATClash == 0 && (d != c || dir != Original && c.Orig != c.Reply) {
				t.Errorf("%s is not found by its original tuple", AppendList(nil, c, now))
			}
			line := string(AppendList(nil, c, now))
			if _, err := ParseList(line); err != nil {
				t.Errorf("%s: %v", line, err)
			}
		}
		f.Flush()
		if f.Len() != 0 {
			t.Errorf("flush left %d", f.Len())
		}
	})
}

// fuzzPacket takes one packet through the hooks of a router.
func fuzzPacket(tb *Table, ip []byte, how, mode uint8, now packet.Time) {
	p := new(packet.Packet)
	if p.Decode(append([]byte(nil), ip...), len(ip)+int(how&1)*20) != nil {
		return
	}
	var r Ref
	if how&2 != 0 {
		helpers, _ := Helpers()
		r.Template = &Template{Helper: helpers[int(how>>4)%len(helpers)], Zone: Zone{ID: uint16(how & 4)}}
	} else if mode&8 != 0 {
		r.Template = &Template{Helper: "ftp"}
	}
	hook := packet.Prerouting
	if how&4 != 0 {
		hook = packet.Output
	}
	o := tb.In(p, &r, hook, now)
	_ = o.Reason.Text()
	_ = o.Reason.Prefix(p.Proto)
	drop := o.Drop || how&8 != 0
	for _, h := range []packet.Hook{hook, packet.Postrouting} {
		if drop {
			break
		}
		if mode&4 != 0 && tb.NeedsBinding(p, r, h) {
			g := Range{Random: how&16 != 0, Persistent: how&32 != 0}
			if p.Family == packet.IPv4 {
				g.Min, g.Max = newBuilder().addr['t'], newBuilder().addr['x']
			}
			if how&64 != 0 {
				g.Ports, g.MinPort, g.MaxPort = true, 1000, 1003
			}
			drop = !tb.Bind(r.Conn, ManipAt(h), g, now, nil)
		}
		drop = drop || !tb.Translate(p, r, h)
	}
	if how&16 != 0 && r.Conn != nil {
		a := tb.AttachReply(r)
		tb.SetClosing(r.Conn, now)
		tb.Release(p, &a)
	}
	if !drop {
		tb.Confirm(p, &r, packet.Postrouting, now)
	}
	tb.Release(p, &r)
}

// FuzzParseList: any line is an entry or an error, and an entry goes into a table
// and comes out as a line that says the same.
func FuzzParseList(f *testing.F) {
	for _, line := range []string{
		"tcp      6 431999 ESTABLISHED src=10.66.1.2 dst=10.66.2.2 sport=1000 dport=80 src=10.66.2.2 dst=10.66.1.2 sport=80 dport=1000 [ASSURED] mark=0 use=1",
		"ipv6     10 icmpv6   58 29 src=fd66::2 dst=fd66::3 type=128 code=0 id=5 [UNREPLIED] src=fd66::3 dst=fd66::2 type=129 code=0 id=5 mark=0 zone=0 use=2",
		"    [NEW] udp      17 30 src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 [UNREPLIED] src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1",
		"gre 47 29 src=10.66.1.2 dst=10.66.2.2 srckey=0x0 dstkey=0x5 src=10.66.2.2 dst=10.66.1.2 srckey=0x5 dstkey=0x0 mark=4294967295 zone=9 helper=pptp delta-time=7 use=1",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		e, err := ParseList(line)
		if err != nil {
			return
		}
		tb := NewTable(DefaultSysctl())
		c, err := tb.Insert(e, start)
		if err != nil {
			return
		}
		checkTable(t, tb)
		one := string(AppendList(nil, c, start))
		e2, err := ParseList(one)
		if err != nil {
			t.Fatalf("%q became %q: %v", line, one, err)
		}
		tb2 := NewTable(DefaultSysctl())
		c2, err := tb2.Insert(e2, start)
		if err != nil {
			t.Fatalf("%q became %q: %v", line, one, err)
		}
		if two := string(AppendList(nil, c2, start)); two != one {
			t.Errorf("%q\n one %s\n two %s", line, one, two)
		}
	})
}
