package lab

import (
	"fmt"
	"net/netip"
	"testing"

	"nfwhy/host"
)

func TestFromHost(t *testing.T) {
	h := &host.Host{Open: true, Sysctl: map[string]string{"net.ipv4.ip_default_ttl": "63"}}
	for _, a := range []string{"192.0.2.1/24@eth0", "192.0.2.9@eth1", "2001:db8::1/64@eth0", "203.0.113.5@lo", "224.0.0.5@eth1", "255.255.255.255@eth1", "::@eth0", "ff02::1@eth0"} {
		if err := h.AddAddr(a); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range []string{"192.0.2.0/24 dev eth0", "198.51.100.0/24 via 192.0.2.7 dev eth0", "10.0.0.0/8 via 172.16.0.1 dev eth1", "blackhole 10.9.0.0/16"} {
		if err := h.AddRoute(r); err != nil {
			t.Fatal(err)
		}
	}
	s, err := FromHost(h)
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.AppendText(nil)
	if err != nil {
		t.Fatal(err)
	}
	const want = `-- host --
link eth0 mac 02:00:00:01:01:01 addr 192.0.2.1/24 addr 2001:db8::1/64
link eth1 mac 02:00:00:01:02:01 addr 192.0.2.9/32
route local 203.0.113.5/32 dev lo
route blackhole 10.9.0.0/16
route 198.51.100.0/24 via 192.0.2.7 dev eth0
route 10.0.0.0/8 dev eth1
route 0.0.0.0/0 dev eth0
route ::/0 dev eth0
sysctl net.ipv4.ip_default_ttl=63
-- packets --
`
	if string(b) != want {
		t.Errorf("got\n%s\nwant\n%s", b, want)
	}
	p := s.WithPeers()
	got := ""
	for _, l := range p.Links {
		got += fmt.Sprintln(l.Name, l.Peers)
	}
	for _, r := range p.Routes {
		got += fmt.Sprintln(r)
	}
	const wantPeers = `eth0 [{192.0.2.2 [2 0 0 1 1 2]} {2001:db8::2 [2 0 0 1 1 2]}]
eth1 [{169.254.2.2 [2 0 0 1 2 2]}]
169.254.2.2/32 dev eth1
local 203.0.113.5/32 dev lo
blackhole 10.9.0.0/16
198.51.100.0/24 via 192.0.2.7 dev eth0
10.0.0.0/8 dev eth1
0.0.0.0/0 via 192.0.2.2 dev eth0
::/0 via 2001:db8::2 dev eth0
`
	if got != wantPeers {
		t.Errorf("got\n%s\nwant\n%s", got, wantPeers)
	}
}

func TestNeighbour(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"192.0.2.1/24", "192.0.2.2"}, {"192.0.2.254/24", "192.0.2.253"}, {"192.0.2.1/30", "192.0.2.2"}, {"192.0.2.2/30", "192.0.2.1"},
		{"192.0.2.1/31", "invalid IP"}, {"192.0.2.1/32", "invalid IP"}, {"fd00::1/64", "fd00::2"}, {"fd00::1/128", "invalid IP"},
		{"255.255.255.254/24", "255.255.255.253"},
	} {
		if got := neighbour(netip.MustParsePrefix(c.in)).String(); got != c.want {
			t.Errorf("%s: %s, want %s", c.in, got, c.want)
		}
	}
}
