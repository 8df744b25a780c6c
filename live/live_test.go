//go:build linux

package live

import (
	"net/netip"
	"testing"
)

func TestParseRecord(t *testing.T) {
	for _, c := range []struct {
		in   string
		want LogLine
		ok   bool
	}{
		{"5,1203,81795100496,-;UNKNOWN: IN= OUT=eth0 \n SUBSYSTEM=x\n", LogLine{5, "UNKNOWN: IN= OUT=eth0 "}, true},
		{"4,1,2,-;a\\x5cb\\x1b[m\n", LogLine{4, "a\\b\x1b[m"}, true},
		{"4,1,2,-;end\\x5", LogLine{4, "end\\x5"}, true},
		{"12,1,2,-;a program wrote this\n", LogLine{}, false},
		{"-3,1,2,-;x", LogLine{}, false},
		{"no record", LogLine{}, false},
		{"x,1;y", LogLine{}, false},
	} {
		got, ok := parseRecord([]byte(c.in))
		if got != c.want || ok != c.ok {
			t.Errorf("%q: %+v, %v; want %+v, %v", c.in, got, ok, c.want, c.ok)
		}
	}
}

func TestCastMAC(t *testing.T) {
	for _, c := range []struct{ addr, want string }{
		{"224.129.2.3", "01:00:5e:01:02:03"},
		{"ff02::1:ff00:1", "33:33:ff:00:00:01"},
		{"255.255.255.255", "ff:ff:ff:ff:ff:ff"},
		{"10.0.0.255", "ff:ff:ff:ff:ff:ff"},
	} {
		if got := castMAC(netip.MustParseAddr(c.addr)).String(); got != c.want {
			t.Errorf("%s: %s, want %s", c.addr, got, c.want)
		}
	}
}

const procTCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0000000000000000 100 0 0 10 0
   1: 0200000A:0050 0300000A:1234 01 00000000:00000000 00:00000000 00000000     0        0 2 1 0000000000000000 100 0 0 10 0
   2: 00000000:0019 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 3 1 0000000000000000 100 0 0 10 0
`

const procTCP6 = `  sl  local_address                         remote_address                        st
   0: 00000000000000000000000000000000:01BB 00000000000000000000000000000000:0000 0A 0
   1: 000000FD000000000000000001000000:0035 00000000000000000000000000000000:0000 07 0
`

func TestListed(t *testing.T) {
	if !littleEndian {
		t.Skip("the samples are of a little-endian machine")
	}
	for _, c := range []struct {
		text, addr string
		port       uint16
		want       bool
	}{
		{procTCP, "127.0.0.1", 22, true},
		{procTCP, "10.0.0.2", 22, false},
		{procTCP, "10.0.0.2", 80, false}, // a connection, no listener
		{procTCP, "10.0.0.2", 25, true},
		{procTCP, "fd00::1", 25, false},
		{procTCP6, "fd00::1", 443, true},
		{procTCP6, "10.0.0.2", 443, true},
		{procTCP6, "fd00::1", 53, true},
		{procTCP6, "fd00::2", 53, false},
		{"nonsense\n0: 1 2 0A\n0: zz:zz x 0A\n", "10.0.0.2", 1, false},
	} {
		if got := listed(c.text, netip.MustParseAddr(c.addr), c.port); got != c.want {
			t.Errorf("%s port %d: %v", c.addr, c.port, got)
		}
	}
}

func TestHoldsRules(t *testing.T) {
	for _, c := range []struct {
		text string
		want bool
	}{
		{"", false},
		{"*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n", false},
		{"*filter\n:INPUT DROP [0:0]\nCOMMIT\n", true},
		{"*filter\n:INPUT ACCEPT [0:0]\n[1:2] -A INPUT -j ACCEPT\nCOMMIT\n", true},
	} {
		if got := holdsRules([2]string{"", c.text}); got != c.want {
			t.Errorf("%q: %v", c.text, got)
		}
	}
}

func FuzzParsers(f *testing.F) {
	f.Add("5,1203,81795100496,-;UNKNOWN: IN= OUT=eth0 \\x5c\n")
	f.Add(procTCP)
	f.Add(procTCP6)
	f.Fuzz(func(t *testing.T, s string) {
		if l, ok := parseRecord([]byte(s)); ok && (l.Level < 0 || l.Level > 7) {
			t.Errorf("level %d", l.Level)
		}
		listed(s, netip.IPv6Loopback(), 22)
	})
}
