package host

import (
	"net/netip"
	"strings"
	"testing"
)

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

func router(t *testing.T) *Host {
	t.Helper()
	h := &Host{}
	for _, a := range []string{"10.66.1.1/24@ext", "10.66.2.1/24@int", "192.0.2.9/32@ext", "10.9.0.1/31@p2p", "fd66:1::1/64@ext", "fe80::1/64@ext", "fe80::2/64@int"} {
		if err := h.AddAddr(a); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range []string{"default via 10.66.1.254 dev ext", "198.51.100.0/24 via 10.66.2.2", "blackhole 203.0.113.0/24", "10.66.3.0/24 dev int src 10.66.2.1 metric 5", "default via fd66:1::ff dev ext"} {
		if err := h.AddRoute(r); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

func TestLookup(t *testing.T) {
	f := NewFIB(router(t))
	for _, c := range []struct {
		dst  string
		kind RouteKind
		dev  string
	}{
		{"10.66.1.1", Local, "ext"},
		{"10.66.1.2", Unicast, "ext"},
		{"10.66.1.0", Unicast, "ext"}, // the network address is no broadcast since Linux 5.14
		{"10.66.1.255", Broadcast, "ext"},
		{"10.66.2.77", Unicast, "int"},
		{"10.66.3.1", Unicast, "int"},
		{"192.0.2.9", Local, "ext"},
		{"10.9.0.0", Unicast, "p2p"}, // a /31 has no broadcast
		{"127.5.5.5", Local, "lo"},
		{"127.255.255.255", Broadcast, "lo"},
		{"8.8.8.8", Unicast, "ext"},
		{"198.51.100.7", Unicast, "int"},
		{"203.0.113.5", Blackhole, ""},
		{"fd66:1::1", Local, "ext"},
		{"fd66:1::5", Unicast, "ext"},
		{"::1", Local, "lo"},
		{"2001:db8::1", Unicast, "ext"},
	} {
		r, ok := f.Lookup(addr(c.dst))
		if !ok || r.Kind != c.kind || r.Dev != c.dev {
			t.Errorf("%s: kind %v dev %q ok %v, want %v %q", c.dst, r.Kind, r.Dev, ok, c.kind, c.dev)
		}
	}
	if _, ok := NewFIB(&Host{}).Lookup(addr("8.8.8.8")); ok {
		t.Error("a host without routes has a route to 8.8.8.8")
	}
	if r, ok := NewFIB(&Host{Open: true, Links: []Link{{Name: "eth9"}}}).Lookup(addr("8.8.8.8")); !ok || r.Dev != "eth9" {
		t.Error("an open host does not reach everything by its first link")
	}
}

func TestLocalKind(t *testing.T) {
	f := NewFIB(router(t))
	for _, c := range []struct {
		a, dev string
		want   RouteKind
	}{
		{"10.66.1.1", "", Local}, {"10.66.1.1", "ext", Local}, {"10.66.1.1", "int", Unicast}, {"10.66.1.255", "", Broadcast},
		{"255.255.255.255", "", Broadcast}, {"0.0.0.0", "", Broadcast}, {"0.1.2.3", "", Broadcast}, {"224.0.0.251", "", Multicast},
		{"203.0.113.5", "", Unicast}, {"8.8.8.8", "", Unicast}, {"ff02::1", "", Multicast},
	} {
		if got := f.LocalKind(addr(c.a), c.dev); got != c.want {
			t.Errorf("%s on %q: %v, want %v", c.a, c.dev, got, c.want)
		}
	}
}

func TestSource(t *testing.T) {
	f := NewFIB(router(t))
	for _, c := range []struct{ dst, want string }{
		{"10.66.1.2", "10.66.1.1"}, {"10.66.2.2", "10.66.2.1"}, {"8.8.8.8", "10.66.1.1"}, {"198.51.100.7", "10.66.2.1"},
		{"10.66.3.4", "10.66.2.1"}, {"10.66.1.1", "10.66.1.1"}, {"fd66:1::5", "fd66:1::1"}, {"2001:db8::1", "fd66:1::1"},
	} {
		r, _ := f.Lookup(addr(c.dst))
		if got := f.Source(r, addr(c.dst)); got != addr(c.want) {
			t.Errorf("to %s: from %s, want %s", c.dst, got, c.want)
		}
	}
}

func TestMember(t *testing.T) {
	f := NewFIB(router(t))
	for g, want := range map[string]bool{"224.0.0.1": true, "224.0.0.251": false, "ff02::1": true, "ff02::1:ff00:1": true, "ff02::fb": false} {
		if f.Member(addr(g)) != want {
			t.Errorf("member of %s: %v, want %v", g, !want, want)
		}
	}
}

func TestRefused(t *testing.T) {
	h := &Host{}
	for _, s := range []string{"", "10.0.0.1", "@eth0", "10.0.0.1/33@eth0", "x@eth0", "10.0.0.1/24@"} {
		if err := h.AddAddr(s); err == nil || !strings.Contains(err.Error(), "expected ADDR/PREFIX@IFACE") {
			t.Errorf("address %q: %v", s, err)
		}
	}
	for _, s := range []string{"", "default", "nonsense dev eth0", "10.0.0.0/8 via x dev eth0", "10.0.0.0/8 metric y dev eth0"} {
		if err := h.AddRoute(s); err == nil || !strings.Contains(err.Error(), "expected the words of ip route") {
			t.Errorf("route %q: %v", s, err)
		}
	}
}

const ipText = `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
       valid_lft forever preferred_lft forever
2: eth0@if5: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1400 qdisc mq state UP group default qlen 1000
    link/ether 02:00:00:00:00:05 brd ff:ff:ff:ff:ff:ff
    inet 192.0.2.5/24 brd 192.0.2.255 scope global eth0
    inet6 2001:db8::5/64 scope global
default via 192.0.2.1 dev eth0 proto dhcp metric 100
198.51.100.0/24 via 192.0.2.2 dev eth0
unreachable 203.0.113.0/24
`

const ipJSONText = `[{"ifname":"lo","link_type":"loopback","mtu":65536,"addr_info":[{"local":"127.0.0.1","prefixlen":8}]},
{"ifname":"eth0","link_type":"ether","address":"02:00:00:00:00:05","mtu":1400,"addr_info":[{"local":"192.0.2.5","prefixlen":24},{"local":"2001:db8::5","prefixlen":64}]}]
[{"dst":"default","gateway":"192.0.2.1","dev":"eth0","metric":100},{"dst":"198.51.100.0/24","gateway":"192.0.2.2","dev":"eth0"},{"type":"unreachable","dst":"203.0.113.0/24"}]`

func TestReadIP(t *testing.T) {
	for name, text := range map[string]string{"text": ipText, "json": ipJSONText} {
		t.Run(name, func(t *testing.T) {
			h := &Host{}
			if err := h.ReadIP("host.txt", []byte(text)); err != nil {
				t.Fatal(err)
			}
			l := h.Link("eth0")
			if l == nil || l.MTU != 1400 || !l.Ethernet || len(l.Addrs) != 2 || l.MAC[5] != 5 {
				t.Fatalf("eth0: %+v", l)
			}
			if lo := h.Link("lo"); lo == nil || !lo.Loopback {
				t.Errorf("lo: %+v", lo)
			}
			f := NewFIB(h)
			for dst, want := range map[string]RouteKind{"8.8.8.8": Unicast, "203.0.113.1": Unreachable, "192.0.2.255": Broadcast} {
				if r, ok := f.Lookup(addr(dst)); !ok || r.Kind != want {
					t.Errorf("%s: %+v %v, want %v", dst, r, ok, want)
				}
			}
		})
	}
	if err := (&Host{}).ReadIP("host.txt", []byte("nothing of the kind\n")); err == nil || !strings.Contains(err.Error(), "host.txt: no address") {
		t.Errorf("error %v", err)
	}
	if err := (&Host{}).ReadIP("host.txt", []byte("[{")); err == nil {
		t.Error("broken JSON is read")
	}
}

func FuzzReadIP(f *testing.F) {
	f.Add([]byte(ipText))
	f.Add([]byte(ipJSONText))
	f.Fuzz(func(t *testing.T, b []byte) {
		h := &Host{}
		if h.ReadIP("x", b) == nil {
			NewFIB(h).Lookup(addr("10.0.0.1"))
		}
	})
}
