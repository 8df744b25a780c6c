package main

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nfwhy/craft"
	"nfwhy/packet"
)

func TestRefuse(t *testing.T) {
	target := netip.MustParseAddr("192.0.2.9")
	allow := []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}
	for _, c := range []struct {
		name  string
		reach reach
		want  string // part of the refusal, "" when it may be sent
	}{
		{"own", reach{own: true, dev: "lo"}, ""},
		{"in a namespace, next hop in one", reach{where: "namespace a", nextHop: "namespace a", dev: "veth0", onLink: true}, ""},
		{"in a namespace behind a router in one", reach{where: "namespace b", nextHop: "namespace a", dev: "veth0"}, ""},
		{"in a namespace, but the route leads out", reach{where: "namespace a", dev: "eth0"}, "eth0 leads elsewhere"},
		{"a router in a namespace that leads out", reach{nextHop: "namespace a", dev: "veth0"}, "is not this host's"},
		{"on a tap", reach{wire: true, onLink: true, dev: "tap0"}, ""},
		{"behind a router on a tap", reach{wire: true, dev: "tap0"}, "reached by tap0"},
		{"outside", reach{dev: "eth0", onLink: true}, "reached by eth0"},
		{"a group outside", reach{cast: true, dev: "eth0"}, "eth0 leads out of this host"},
		{"a group on a tap", reach{cast: true, wire: true, dev: "tap0"}, ""},
	} {
		err := c.reach.refuse(target, allow)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if err := c.reach.refuse(netip.MustParseAddr("198.51.100.7"), allow); err != nil {
			t.Errorf("%s, allowed by the file: %v", c.name, err)
		}
	}
}

func TestAllowFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "allow")
	if err := os.WriteFile(name, []byte("# lab\n192.0.2.1\n 198.51.100.9/24 # net\n\nfd00::/8\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ps, err := readAllowFile(name)
	if err != nil || len(ps) != 3 || ps[0].String() != "192.0.2.1/32" || ps[1].String() != "198.51.100.0/24" || ps[2].String() != "fd00::/8" {
		t.Errorf("%v, %v", ps, err)
	}
	if err := os.WriteFile(name, []byte("192.0.2.1\nexample.org\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if ps, err := readAllowFile(name); err == nil || !strings.Contains(err.Error(), "allow:2: \"example.org\"") {
		t.Errorf("%v, %v", ps, err)
	}
	if _, err := readAllowFile(name + "-missing"); err == nil {
		t.Error("a named file that is not there is no error")
	}
}

func TestParseInterval(t *testing.T) {
	for _, c := range []struct {
		in   string
		want time.Duration
		ok   bool
	}{{"1", time.Second, true}, {"0.5", 500 * time.Millisecond, true}, {"u10000", 10 * time.Millisecond, true}, {"0", 0, true},
		{"-1", 0, false}, {"", 0, false}, {"u", 0, false}, {"NaN", 0, false}, {"1e300", 0, false}, {"1s", 0, false}} {
		got, err := parseInterval(c.in)
		if (err == nil) != c.ok || c.ok && got != c.want {
			t.Errorf("%q: %v, %v", c.in, got, err)
		}
	}
}

func TestPace(t *testing.T) {
	for _, c := range []struct {
		f    probeFlags
		want time.Duration
		ok   bool
	}{
		{probeFlags{rate: 10}, 100 * time.Millisecond, true},
		{probeFlags{rate: 100}, 10 * time.Millisecond, true},
		{probeFlags{rate: 101}, 0, false},
		{probeFlags{rate: 0}, 0, false},
		{probeFlags{rate: 10, interval: "2"}, 2 * time.Second, true},
		{probeFlags{rate: 10, interval: "u10000"}, 10 * time.Millisecond, true},
		{probeFlags{rate: 10, interval: "u9999"}, 0, false},
		{probeFlags{rate: 10, interval: "0"}, 0, false},
		{probeFlags{rate: 2, interval: "u10000"}, 500 * time.Millisecond, true},
	} {
		got, err := c.f.pace()
		if (err == nil) != c.ok || c.ok && got != c.want {
			t.Errorf("%d %q: %v, %v", c.f.rate, c.f.interval, got, err)
		}
	}
}

func decoded(t *testing.T, text string) *packet.Packet {
	t.Helper()
	b, err := craft.Line(text)
	if err != nil {
		t.Fatal(err)
	}
	var p packet.Packet
	if err := p.Decode(b, len(b)); err != nil {
		t.Fatal(err)
	}
	return &p
}

func TestAnswers(t *testing.T) {
	const syn = "IP 10.0.0.1.4000 > 10.0.0.2.80: Flags [S], seq 1, win 1, length 0"
	const ping = "IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 5, seq 6, length 8"
	for _, c := range []struct {
		sent, got string
		want      bool
	}{
		{syn, "IP 10.0.0.2.80 > 10.0.0.1.4000: Flags [R.], seq 0, ack 2, win 0, length 0", true},
		{syn, "IP 10.0.0.2.80 > 10.0.0.1.4001: Flags [R.], seq 0, ack 2, win 0, length 0", false},
		{syn, "IP 10.0.0.3.80 > 10.0.0.1.4000: Flags [R.], seq 0, ack 2, win 0, length 0", false},
		{syn, syn, false},
		{syn, "IP 10.0.0.9 > 10.0.0.1: ICMP 10.0.0.2 tcp port 80 unreachable, length 36", false}, // its source port is not told
		{ping, "IP 10.0.0.2 > 10.0.0.1: ICMP echo reply, id 5, seq 6, length 8", true},
		{ping, "IP 10.0.0.2 > 10.0.0.1: ICMP echo reply, id 5, seq 7, length 8", false},
	} {
		if got := answers(decoded(t, c.got), decoded(t, c.sent)); got != c.want {
			t.Errorf("%s\nfor %s: %v", c.got, c.sent, got)
		}
	}
	// An error is recognised by what it quotes, whoever sends it.
	sent := decoded(t, syn)
	for _, c := range []struct {
		quoted []byte
		want   bool
	}{{sent.Data, true}, {sent.Data[:28], true}, {decoded(t, ping).Data, false}} {
		b, err := (&craft.Spec{Src: netip.MustParseAddr("10.0.0.9"), Dst: sent.Src(), Proto: packet.ProtoICMP, Type: 3, Code: 3, Payload: c.quoted}).Build()
		if err != nil {
			t.Fatal(err)
		}
		var p packet.Packet
		if err := p.Decode(b, len(b)); err != nil {
			t.Fatal(err)
		}
		if got := answers(&p, sent); got != c.want {
			t.Errorf("quoting %x: %v", c.quoted, got)
		}
	}
}

// What the kernel leaves to chance is no difference; everything else is.
func TestCompare(t *testing.T) {
	site := &probeSite{source: netip.MustParseAddr("10.0.0.1"), target: netip.MustParseAddr("10.0.0.2"), direct: true, logged: true}
	rst := decoded(t, "IP 10.0.0.2.80 > 10.0.0.1.4000: Flags [R], seq 7, win 0, length 0").Data
	other := decoded(t, "IP 10.0.0.2.80 > 10.0.0.1.4000: Flags [R], seq 8, win 0, length 0").Data
	sum := append([]byte(nil), rst...)
	sum[36] ^= 0xff
	hop := append([]byte(nil), rst...)
	hop[8]--
	const log = "X: IN= OUT=eth0 SRC=10.0.0.2 DST=10.0.0.1 LEN=40 TOS=0x00 PREC=0x00 TTL=64 ID=0 DF PROTO=TCP SPT=80 DPT=4000 WINDOW=0 RES=0x00 RST URGP=0 "
	exact := []expectedAnswer{{data: rst, exact: true, must: true}}
	for _, c := range []struct {
		name    string
		want    expectation
		answers [][]byte
		logs    []string
		far     bool
		differs string
	}{
		{"as predicted", expectation{answers: exact, logs: []string{log}}, [][]byte{rst}, []string{log}, false, ""},
		{"checksum left to the device", expectation{answers: exact}, [][]byte{sum}, nil, false, ""},
		{"another", expectation{answers: exact}, [][]byte{other}, nil, false, "did not come"},
		{"none", expectation{answers: exact}, nil, nil, false, "did not come"},
		{"none, though one may come", expectation{answers: []expectedAnswer{{data: rst}}}, nil, nil, false, ""},
		{"an unexpected one", expectation{}, [][]byte{rst}, nil, false, "was not predicted"},
		{"whatever the program says", expectation{anything: true}, [][]byte{rst}, nil, false, ""},
		{"again", expectation{answers: exact}, [][]byte{rst, rst}, nil, false, ""},
		{"a hop on the same link", expectation{answers: exact}, [][]byte{hop}, nil, false, "did not come"},
		{"a hop where a router lies between", expectation{answers: exact}, [][]byte{hop}, nil, true, ""},
		{"log line missing", expectation{answers: exact, logs: []string{log}}, [][]byte{rst}, nil, false, "not in the kernel log"},
		{"log line too many", expectation{answers: exact}, [][]byte{rst}, []string{log}, false, "in the kernel log, and not predicted"},
		{"another log line", expectation{answers: exact, logs: []string{log}}, [][]byte{rst}, []string{strings.Replace(log, "ID=0", "ID=1", 1)}, false, "ID=1"},
	} {
		s := *site
		s.direct = !c.far
		a := s.compare(&c.want, c.answers, c.logs)
		got := strings.Join(a.differs, "; ")
		if !a.known || (got == "") != (c.differs == "") || !strings.Contains(got, c.differs) {
			t.Errorf("%s: %q, want %q", c.name, got, c.differs)
		}
	}
	site.logged = false
	e := expectation{answers: exact, logs: []string{log}}
	if a := site.compare(&e, [][]byte{rst}, nil); len(a.differs) != 0 {
		t.Errorf("a log that is not seen: %v", a.differs)
	}
}
