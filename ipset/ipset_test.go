package ipset

import (
	"net/netip"
	"strings"
	"testing"

	"nfwhy/packet"
	"nfwhy/ruleset"
)

func collection(t testing.TB, text string) *Collection {
	t.Helper()
	f, err := ruleset.Parse("sets", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(f.Sets, 1000*packet.Second)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func udp(t testing.TB, src, dst string, sport, dport uint16) *packet.Packet {
	t.Helper()
	s, d := netip.MustParseAddr(src), netip.MustParseAddr(dst)
	data := packet.IPv4Fields{Protocol: packet.ProtoUDP, Src: s, Dst: d}.Encode(packet.EncodeUDP(s, d, sport, dport, nil))
	p := &packet.Packet{Link: []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0}}
	if err := p.Decode(data, len(data)); err != nil {
		t.Fatal(err)
	}
	return p
}

// ask tests a packet at an instant; dirs is like "src,dst".
func ask(c *Collection, name string, p *packet.Packet, dirs string, at float64) bool {
	q := Query{Packet: p, In: "eth0", Now: packet.Time(at * 1e9)}
	for i, d := range strings.Split(dirs, ",") {
		q.Src[i], q.Dims = d == "src", i+1
	}
	return c.Test(name, &q)
}

func TestMembership(t *testing.T) {
	c := collection(t, `create a hash:ip
add a 10.0.0.1
add a 10.0.0.8/30
create n hash:net
add n 10.0.0.0/8
add n 10.1.0.0/16 nomatch
add n 10.1.2.3
create ip hash:ip,port
add ip 10.0.0.1,udp:53
add ip 10.0.0.1,80
create i hash:net,iface
add i 0.0.0.0/0,eth0
create l list:set
add l a
add l ip
`)
	for _, x := range []struct {
		set, dirs, src, dst string
		sport, dport        uint16
		want                bool
	}{
		{"a", "src", "10.0.0.1", "10.9.9.9", 1, 2, true},
		{"a", "dst", "10.0.0.1", "10.9.9.9", 1, 2, false},
		{"a", "src", "10.0.0.11", "10.9.9.9", 1, 2, true},
		{"a", "src", "10.0.0.12", "10.9.9.9", 1, 2, false},
		{"n", "src", "10.200.0.1", "1.1.1.1", 1, 2, true},
		{"n", "src", "10.1.9.9", "1.1.1.1", 1, 2, false},
		{"n", "src", "10.1.2.3", "1.1.1.1", 1, 2, true},
		{"ip", "dst,dst", "9.9.9.9", "10.0.0.1", 1, 53, true},
		{"ip", "dst,dst", "9.9.9.9", "10.0.0.1", 1, 80, false}, // tcp:80
		{"ip", "dst,src", "9.9.9.9", "10.0.0.1", 53, 9, true},
		{"ip", "dst", "9.9.9.9", "10.0.0.1", 1, 53, false}, // too few directions
		{"i", "src,src", "9.9.9.9", "10.0.0.1", 1, 53, true},
		{"i", "src,dst", "9.9.9.9", "10.0.0.1", 1, 53, false}, // no outgoing interface
		{"l", "src,src", "10.0.0.1", "8.8.8.8", 53, 9, true},
		{"l", "src", "10.0.0.1", "8.8.8.8", 1, 9, true},
		{"nosuch", "src", "10.0.0.1", "8.8.8.8", 1, 9, false},
	} {
		if got := ask(c, x.set, udp(t, x.src, x.dst, x.sport, x.dport), x.dirs, 1000); got != x.want {
			t.Errorf("%s %s %s:%d > %s:%d: %v", x.set, x.dirs, x.src, x.sport, x.dst, x.dport, got)
		}
	}
}

func TestTimeout(t *testing.T) {
	c := collection(t, "create a hash:ip timeout 10\nadd a 10.0.0.1\nadd a 10.0.0.2 timeout 0\nadd a 10.0.0.3 timeout 100\n")
	for _, x := range []struct {
		src  string
		at   float64
		want bool
	}{{"10.0.0.1", 1009.9, true}, {"10.0.0.1", 1010, false}, {"10.0.0.2", 9e6, true}, {"10.0.0.3", 1099, true}, {"10.0.0.3", 1100, false}} {
		if got := ask(c, "a", udp(t, x.src, "1.1.1.1", 1, 2), "src", x.at); got != x.want {
			t.Errorf("%s at %v: %v", x.src, x.at, got)
		}
	}
}

func TestAddDelete(t *testing.T) {
	c := collection(t, "create a hash:ip timeout 10\n")
	p := udp(t, "10.0.0.7", "1.1.1.1", 1, 2)
	q := Query{Packet: p, Dims: 1, Now: 1000 * packet.Second}
	q.Src[0] = true
	fork := c.Clone()
	c.Add("a", &q, false, 0, false)
	if !ask(c, "a", p, "src", 1009) || ask(c, "a", p, "src", 1011) {
		t.Error("an added element does not live its timeout")
	}
	if ask(fork, "a", p, "src", 1009) {
		t.Error("a clone sees what was added later")
	}
	q.Now = 1005 * packet.Second
	c.Add("a", &q, false, 50, true)
	if ask(c, "a", p, "src", 1011) {
		t.Error("an element that is there was refreshed without --exist")
	}
	c.Add("a", &q, true, 50, true)
	if !ask(c, "a", p, "src", 1054) {
		t.Error("--exist did not refresh the element")
	}
	c.Delete("a", &q)
	if ask(c, "a", p, "src", 1009) {
		t.Error("a deleted element is there")
	}
}

func TestErrors(t *testing.T) {
	f, err := ruleset.Parse("sets", []byte("create a hash:ip\nadd a 10.0.0.999\nadd a 10.0.0.1\n"))
	if err != nil {
		t.Skip("the parser refuses it already")
	}
	c, err := New(f.Sets, 0)
	if err == nil || !strings.Contains(err.Error(), "sets:2") {
		t.Errorf("error %v, want one naming sets:2", err)
	}
	if !ask(c, "a", udp(t, "10.0.0.1", "1.1.1.1", 1, 2), "src", 0) {
		t.Error("the good entry is lost")
	}
}

func TestNoAllocation(t *testing.T) {
	c := collection(t, "create n hash:net\nadd n 10.0.0.0/8\nadd n 10.1.0.0/16 nomatch\nadd n 10.1.2.3\n")
	p := udp(t, "10.1.9.9", "1.1.1.1", 1, 2)
	q := Query{Packet: p, Dims: 1, Now: 1}
	q.Src[0] = true
	if n := testing.AllocsPerRun(100, func() { c.Test("n", &q) }); n != 0 {
		t.Errorf("%v allocations a test", n)
	}
}

func FuzzElement(f *testing.F) {
	for _, s := range []string{"10.0.0.1", "10.0.0.0/8", "10.0.0.1-10.0.0.9", "10.0.0.1,tcp:80-90,10.0.0.0/24", "::1,icmpv6:1/2", "0-99"} {
		f.Add("hash:ip,port,net", s)
		f.Add("bitmap:port", s)
	}
	f.Fuzz(func(t *testing.T, typ, elem string) {
		s, err := newSet(&ruleset.Set{Name: "x", Type: typ})
		if err != nil {
			return
		}
		keys, err := s.expand(elem)
		if err == nil && len(keys) > maxExpand {
			t.Fatalf("%d elements", len(keys))
		}
	})
}
