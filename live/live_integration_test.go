//go:build linux

package live

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"nfwhy/conntrack"
	"nfwhy/host"
	"nfwhy/packet"
)

// pair makes two namespaces joined by a veth pair: 10.66.7.1 and .2, fd66:7::1
// and ::2, on links "left" and "right". It skips where that cannot be; with
// NFWHY_KERNEL=1 it fails instead.
func pair(t *testing.T) (left, right *Netns) {
	t.Helper()
	if os.Geteuid() != 0 {
		if os.Getenv("NFWHY_KERNEL") == "1" {
			t.Fatal("not root")
		}
		t.Skip("not root: network namespaces need root")
	}
	l, r := fmt.Sprintf("nfwl-%d-l", os.Getpid()), fmt.Sprintf("nfwl-%d-r", os.Getpid())
	t.Cleanup(func() {
		exec.Command("ip", "netns", "del", l).Run()
		exec.Command("ip", "netns", "del", r).Run()
	})
	for _, args := range []string{
		"netns add " + l, "netns add " + r,
		"-n " + l + " link add left type veth peer name right netns " + r,
		"-n " + l + " addr add 10.66.7.1/24 dev left", "-n " + l + " addr add fd66:7::1/64 dev left nodad",
		"-n " + r + " addr add 10.66.7.2/24 dev right", "-n " + r + " addr add fd66:7::2/64 dev right nodad",
		"-n " + l + " link set lo up", "-n " + r + " link set lo up",
		"-n " + l + " link set left up", "-n " + r + " link set right up",
		"-n " + l + " route add 198.51.100.0/24 via 10.66.7.2 src 10.66.7.1", "-n " + l + " route add blackhole 203.0.113.0/24",
	} {
		if out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
			t.Fatalf("ip %s: %v: %s", args, err, out)
		}
	}
	open := func(name string) *Netns {
		n, err := Open(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { n.Close() })
		return n
	}
	return open(l), open(r)
}

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

func TestPath(t *testing.T) {
	left, right := pair(t)
	p, err := left.Path(addr("10.66.7.2"), "")
	if err != nil || p.Local || p.Cast || p.Via.IsValid() || p.Dev.Name != "left" || p.Dev.Type != "veth" || p.Src != addr("10.66.7.1") {
		t.Errorf("on link: %+v, %v", p, err)
	}
	end, link, err := left.FarEnd(p.Dev)
	if err != nil || end == nil || !end.Same(right) || link.Name != "right" {
		t.Errorf("far end: %v, %+v, %v", end, link, err)
	}
	p, err = left.Path(addr("198.51.100.9"), "")
	if err != nil || p.Via != addr("10.66.7.2") {
		t.Errorf("behind a router: %+v, %v", p, err)
	}
	p, err = left.Path(addr("fd66:7::1"), "")
	if err != nil || !p.Local {
		t.Errorf("own: %+v, %v", p, err)
	}
	p, err = left.Path(addr("10.66.7.255"), "")
	if err != nil || !p.Cast {
		t.Errorf("broadcast: %+v, %v", p, err)
	}
	for _, a := range []string{"203.0.113.1", "192.0.2.1"} {
		if p, err := left.Path(addr(a), ""); !errors.Is(err, ErrNoRoute) {
			t.Errorf("%s: %+v, %v", a, p, err)
		}
	}
	held, err := Holding(addr("fd66:7::2"))
	if err != nil || len(held) != 1 || !held[0].Same(right) || held[0].Name != right.Name {
		t.Errorf("holding: %v, %v", held, err)
	}
	if held, err := Holding(addr("127.0.0.1")); err != nil || len(held) != 1 || !held[0].here {
		t.Errorf("holding loopback: %v, %v", held, err)
	}
	if initial, ok := left.Initial(); initial || !ok {
		t.Errorf("initial: %v, %v", initial, ok)
	}
}

func TestHost(t *testing.T) {
	left, _ := pair(t)
	if out, err := exec.Command("ip", "netns", "exec", left.Name, "iptables-nft", "-A", "INPUT", "-p", "tcp", "-m", "conntrack", "--ctstate", "INVALID", "-j", "DROP").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	h, notes, err := left.Host()
	if err != nil || notes != nil {
		t.Fatal(notes, err)
	}
	l := h.Link("left")
	if l == nil || !l.Ethernet || len(l.MAC) != 6 || l.MTU != 1500 || len(l.Addrs) < 2 || l.Addrs[0] != netip.MustParsePrefix("10.66.7.1/24") {
		t.Errorf("link: %+v", l)
	}
	if lo := h.Link("lo"); lo == nil || !lo.Loopback {
		t.Errorf("lo: %+v", lo)
	}
	fib := host.NewFIB(h)
	if r, ok := fib.Lookup(addr("198.51.100.9")); !ok || r.Dev != "left" || r.Via != addr("10.66.7.2") || r.Src != addr("10.66.7.1") {
		t.Errorf("route: %+v, %v", r, ok)
	}
	if r, ok := fib.Lookup(addr("203.0.113.1")); !ok || r.Kind != host.Blackhole {
		t.Errorf("blackhole: %+v, %v", r, ok)
	}
	if h.Sysctl["net.ipv4.ip_default_ttl"] != "64" || h.Sysctl["net.netfilter.nf_conntrack_tcp_loose"] == "" || h.Sysctl["net.ipv4.conf.left.rp_filter"] == "" {
		t.Errorf("sysctls: %v", h.Sysctl)
	}
	r, err := left.Rules(context.Background())
	if err != nil || r.Backend != host.NFT || r.V4 == nil || r.V6 != nil || !strings.Contains(r.Text4, "--ctstate INVALID -j DROP") {
		t.Errorf("rules: %+v, %v", r, err)
	}
}

func TestWire(t *testing.T) {
	left, right := pair(t)
	ctx := context.Background()
	for _, c := range []struct{ src, dst string }{{"10.66.7.1", "10.66.7.2"}, {"fd66:7::1", "fd66:7::2"}, {"192.0.2.9", "10.66.7.2"}, {"10.66.7.1", "10.66.7.1"}} {
		p, err := left.Path(addr(c.dst), "")
		if err != nil {
			t.Fatal(err)
		}
		w, err := left.Wire(p)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		src, dst := addr(c.src), addr(c.dst)
		seg := packet.TCPFields{SrcPort: 4000, DstPort: 5000, Seq: 1, Flags: packet.SYN, Window: 1}.Encode(src, dst, nil)
		var b []byte
		if src.Is4() {
			b = packet.IPv4Fields{Protocol: packet.ProtoTCP, Src: src, Dst: dst, ID: 4711}.Encode(seg)
		} else {
			b = packet.IPv6Fields{NextHeader: packet.ProtoTCP, Src: src, Dst: dst}.Encode(seg)
		}
		if err := w.Send(b); err != nil {
			t.Fatal(err)
		}
		sent, answered := false, c.src == "192.0.2.9" // no route back
		for deadline := time.Now().Add(5 * time.Second); !sent || !answered; {
			s, ok, err := w.Next(ctx, deadline)
			if err != nil || !ok {
				t.Fatalf("%v: sent %v, answered %v, %v", c, sent, answered, err)
			}
			var q packet.Packet
			if q.Decode(s.Data, len(s.Data)) != nil {
				continue
			}
			if s.Out && string(s.Data) == string(b) {
				sent = true
			}
			if h, ok := q.TCP(); ok && !s.Out && q.Src() == dst && h.SrcPort() == 5000 && h.Flags() == packet.RST|packet.ACK {
				answered = true
			}
		}
	}
	if err := right.Do(func() error { _, err := net.Listen("tcp", "10.66.7.2:7"); return err }); err != nil {
		t.Fatal(err)
	}
	for port, want := range map[uint16]bool{7: true, 8: false} {
		if got, err := right.Listens(packet.ProtoTCP, addr("10.66.7.2"), port); err != nil || got != want {
			t.Errorf("port %d: %v, %v", port, got, err)
		}
	}
	if got, err := left.Listens(packet.ProtoTCP, addr("10.66.7.2"), 7); err != nil || got {
		t.Errorf("in the other namespace: %v, %v", got, err)
	}
}

// The wire does not send where nobody answers for the address.
func TestNeighbourSilent(t *testing.T) {
	left, _ := pair(t)
	p, err := left.Path(addr("10.66.7.77"), "")
	if err != nil {
		t.Fatal(err)
	}
	if mac, err := left.Neighbour(p, 20*time.Millisecond); err == nil {
		t.Errorf("%v", mac)
	}
}

func TestConnections(t *testing.T) {
	left, _ := pair(t)
	if out, err := exec.Command("ip", "netns", "exec", left.Name, "iptables-nft", "-A", "INPUT", "-m", "conntrack", "--ctstate", "NEW").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	left.Do(func() error { _, err := net.DialTimeout("tcp", "10.66.7.2:9", time.Second); return err })
	left.Do(func() error {
		c, err := net.Dial("udp", "10.66.7.2:9")
		if err == nil {
			c.Write([]byte("x"))
		}
		return err
	})
	es, err := left.Connections(context.Background(), func(e conntrack.Entry) bool { return e.Orig.Proto == packet.ProtoUDP })
	if err != nil || len(es) != 1 || es[0].Orig.Dst() != addr("10.66.7.2") {
		t.Errorf("%+v, %v", es, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, name := range []string{"no-such-namespace", "/etc/passwd", "/no/such"} {
		if n, err := Open(name); err == nil {
			t.Errorf("%s: %v", name, n)
		}
	}
}
