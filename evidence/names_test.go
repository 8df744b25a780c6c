package evidence

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

// line is a TCP log line with the given interfaces, addresses and ports.
func line(in, out, src, dst string, sport, dport int) string {
	mac := ""
	if in != "" {
		mac = "MAC=02:00:00:00:0b:01:02:00:00:00:0a:01:08:00 "
	}
	return fmt.Sprintf("kernel: X: IN=%s OUT=%s %sSRC=%s DST=%s LEN=44 TOS=0x00 PREC=0x00 TTL=240 ID=1 PROTO=TCP SPT=%d DPT=%d WINDOW=1024 RES=0x00 SYN URGP=0\n",
		in, out, mac, src, dst, sport, dport)
}

func TestStandIns(t *testing.T) {
	for _, blank := range []string{"1.2.3.*", "10.x.x.5", "MYIP", "<ip>", "[my ip]", "my ip", "", "258.1.2.3", "XXX.XXX.XXX.123", "108.162.[edited]", "x.x.x.x",
		"***.***.***.***", "1.2.3.x", "x.1.2.3", "*.*.*.4", "[removed]", "256.256.256.256", "2001:db8:xxxx::1", "a.b.c.d", "server_ip", "1.2.3.4.5"} {
		t.Run(blank, func(t *testing.T) {
			text := line("eth0", "", "203.0.113.7", blank, 4000, 23) + line("eth0", "", "203.0.113.8", blank, 4001, 24) + line("", "eth0", blank, "203.0.113.9", 25, 4002)
			e := read(t, text)
			if len(e.Logs) != 3 {
				t.Fatalf("found %v", found(e))
			}
			a := e.Logs[0].Line.Dst
			if !a.IsValid() || a != e.Logs[1].Line.Dst || a != e.Logs[2].Line.Src {
				t.Errorf("one text is %v, %v and %v", a, e.Logs[1].Line.Dst, e.Logs[2].Line.Src)
			}
			if want := token(e.Logs[0].Line.DstText); e.Names.Show(a) != want || !e.Names.Blanked(a) || !e.Names.MadeUp(a) {
				t.Errorf("%v is shown as %q, want %q", a, e.Names.Show(a), want)
			}
			if a.IsLoopback() || a.IsMulticast() || a.IsUnspecified() || looksBroadcast(a) {
				t.Errorf("stand-in %v is no host's address", a)
			}
		})
	}
}

func TestStandInKeepsOctets(t *testing.T) {
	tests := []struct{ text, prefix, suffix string }{
		{"1.2.3.*", "1.2.3.", ""},
		{"10.x.x.5", "10.", ".5"},
		{"XXX.XXX.XXX.123", "", ".123"},
		{"258.1.2.3", "", ".1.2.3"},
		{"192.168.x.x", "192.168.", ""},
		{"108.162.[edited]", "108.162.", ""},
		{"2001:db8:xxxx::1", "2001:db8:", "::1"},
		{"fe80::xxxx", "fe80::", ""},
	}
	for _, tt := range tests {
		e := read(t, line("eth0", "", "203.0.113.7", tt.text, 4000, 23))
		a := e.Logs[0].Line.Dst.String()
		if !strings.HasPrefix(a, tt.prefix) || !strings.HasSuffix(a, tt.suffix) {
			t.Errorf("%s became %s", tt.text, a)
		}
	}
}

// Many texts that leave little room must all get addresses, and different ones.
func TestStandInsAreDifferent(t *testing.T) {
	for _, form := range []string{"x%d.1.2.3", "1.x%d.2.3", "1.2.x%d.3", "1.2.3.x%d", "<%d>", "9%03d.1.2.3", "x%d.x.x.3", "2001:db8:x%d::1", "x%d::1", "::x%d"} {
		n := newNames()
		seen := map[netip.Addr]string{}
		for i := range 600 {
			text := fmt.Sprintf(form, i)
			a := n.standIn(text, "", isSix(text))
			if was, ok := seen[a]; ok {
				t.Fatalf("%s and %s are both %v", was, text, a)
			}
			seen[a] = text
		}
	}
}

// What blanked texts stand for is never an address that somebody has.
func TestStandInAvoidsRealAddresses(t *testing.T) {
	var text strings.Builder
	for i := 1; i < 255; i++ {
		text.WriteString(line("eth0", "", fmt.Sprintf("203.0.113.%d", i), "192.0.2.1", 4000, 23))
	}
	text.WriteString(line("eth0", "", "203.0.113.x", "192.0.2.1", 4000, 23))
	e := read(t, text.String())
	a := e.Logs[len(e.Logs)-1].Line.Src
	for _, l := range e.Logs[:len(e.Logs)-1] {
		if l.Line.Src == a {
			t.Errorf("the blanked address is taken for %v, which another line has", a)
		}
	}
}

// One text at both ends, or as the host's own and another's, is not one host.
func TestOneTextForSeveral(t *testing.T) {
	e := read(t, line("eth0", "", "x.x.x.x", "x.x.x.x", 4000, 23)+line("", "eth0", "x.x.x.x", "x.x.x.x", 23, 4000))
	a, b := e.Logs[0].Line, e.Logs[1].Line
	if a.Src == a.Dst || a.Src != b.Dst || a.Dst != b.Src {
		t.Errorf("ends %v %v, and back %v %v", a.Src, a.Dst, b.Src, b.Dst)
	}
	e = read(t, line("eth0", "", "<ip>", "192.0.2.1", 4000, 23)+line("", "eth0", "<ip>", "203.0.113.7", 23, 4000))
	if a, b := e.Logs[0].Line, e.Logs[1].Line; a.Src == b.Src {
		t.Errorf("%v is a stranger's address and the host's", a.Src)
	}
	e = read(t, line("eth0", "eth1", "x.x.x.x", "x.x.x.x", 4000, 23))
	if a := e.Logs[0].Line; a.Src == a.Dst {
		t.Errorf("forwarded from %v to itself", a.Src)
	}
	e = read(t, line("", "lo", "x.x.x.x", "x.x.x.x", 4000, 23))
	if a := e.Logs[0].Line; a.Src != a.Dst {
		t.Errorf("ends of a packet on lo are %v and %v", a.Src, a.Dst)
	}
	const icmp = "kernel: IN=eth0 OUT= MAC= SRC=x.x.x.x DST=x.x.x.x LEN=56 TOS=0x00 PREC=0x00 TTL=240 ID=1 PROTO=ICMP TYPE=3 CODE=3 " +
		"[SRC=x.x.x.x DST=x.x.x.x LEN=60 TOS=0x00 PREC=0x00 TTL=50 ID=2 PROTO=UDP SPT=53 DPT=4000 LEN=40 ] \n"
	if l := read(t, icmp).Logs[0].Line; l.Src != l.Inner.Dst || l.Dst != l.Inner.Src || l.Src == l.Dst {
		t.Errorf("outer %v>%v, quoted %v>%v", l.Src, l.Dst, l.Inner.Src, l.Inner.Dst)
	}
}

func TestRevealed(t *testing.T) {
	const hex = "04:05:06.000001 IP %s.4000 > %s.23: Flags [S], seq 1, win 1024, length 0\n" +
		"\t0x0000:  4500 0028 0001 0000 f006 ccc5 cb00 7107\n\t0x0010:  c000 0201 0fa0 0017 0000 0001 0000 0000\n\t0x0020:  5002 0400 9e21 0000\n"
	tests := []struct {
		name, text string
		src, dst   string // of the first log line
	}{
		{"by a hex dump", line("eth0", "", "1.2.3.[me]", "MYIP", 4000, 23) + fmt.Sprintf(hex, "203.0.113.7", "MYIP"), "", "192.0.2.1"},
		{"by another line", line("eth0", "", "", "192.0.2.1", 4000, 23) + line("eth0", "", "203.0.113.7", "192.0.2.1", 4000, 23), "203.0.113.7", "192.0.2.1"},
		{"by the answer", line("eth0", "", "", "192.0.2.1", 4000, 23) + line("", "eth0", "192.0.2.1", "203.0.113.7", 23, 4000), "203.0.113.7", "192.0.2.1"},
		{"by conntrack", line("eth0", "", "<bad guy>", "192.0.2.1", 4000, 23) +
			"tcp 6 100 SYN_RECV src=203.0.113.7 dst=192.0.2.1 sport=4000 dport=23 src=192.0.2.1 dst=203.0.113.7 sport=23 dport=4000 mark=0 use=1\n", "203.0.113.7", "192.0.2.1"},
		{"by ip addr", line("eth0", "", "203.0.113.7", "x.x.x.x", 4000, 23) + "2: eth0: <UP> mtu 1500\n    inet 192.0.2.1/24 scope global eth0\n", "203.0.113.7", "192.0.2.1"},
		{"not by ip addr of another link", line("eth1", "", "203.0.113.7", "x.x.x.x", 4000, 23) + "2: eth0: <UP> mtu 1500\n    inet 192.0.2.1/24 scope global eth0\n", "203.0.113.7", ""},
		{"not where octets differ", line("eth0", "", "203.0.113.7", "10.0.x.x", 4000, 23) + "2: eth0: <UP> mtu 1500\n    inet 192.0.2.1/24 scope global eth0\n", "203.0.113.7", ""},
		{"not by another flow", line("eth0", "", "", "192.0.2.1", 4000, 23) + line("eth0", "", "203.0.113.7", "192.0.2.1", 4001, 23), "", "192.0.2.1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := read(t, tt.text)
			l := e.Logs[0].Line
			for _, end := range []struct {
				what string
				got  netip.Addr
				want string
			}{{"SRC", l.Src, tt.src}, {"DST", l.Dst, tt.dst}} {
				if end.want == "" && !e.Names.MadeUp(end.got) {
					t.Errorf("%s is %v, which nothing tells", end.what, end.got)
				}
				if end.want != "" && (end.got.String() != end.want || e.Names.MadeUp(end.got)) {
					t.Errorf("%s is %v, want %s", end.what, end.got, end.want)
				}
			}
		})
	}
}

func TestBlankedInRules(t *testing.T) {
	e := read(t, "my rules\n-A INPUT -s 203.0.113.x -d MYIP -p tcp -j ACCEPT\n-A INPUT -s evil.example.org/32 -j DROP\n-A INPUT ! -d x.x.x.x/32 -j DROP\n-A OUTPUT -s MYIP -j ACCEPT\n"+
		line("eth0", "", "203.0.113.x", "MYIP", 4000, 23))
	if len(e.LeftOut) > 0 {
		t.Fatalf("left out: %v", e.Ignored)
	}
	l := e.Logs[0].Line
	rules := e.Files[0].V4.Table("filter").Chain("INPUT").Rules
	if rules[0].Words[1].Text != l.Src.String() || rules[0].Words[3].Text != l.Dst.String() {
		t.Errorf("the rule has %v, the line %v>%v", rules[0].Words, l.Src, l.Dst)
	}
	if out := e.Files[0].V4.Table("filter").Chain("OUTPUT").Rules[0]; out.Words[1].Text != l.Dst.String() {
		t.Errorf("MYIP of OUTPUT is %v, of the line %v", out.Words[1].Text, l.Dst)
	}
	if !strings.HasSuffix(rules[1].Words[1].Text, "/32") || rules[1].Text != "-A INPUT -s evil.example.org/32 -j DROP" {
		t.Errorf("rule with a name: %v, text %q", rules[1].Words, rules[1].Text)
	}
	// In a file of rules a name is the reader's to resolve, x.x.x.x is nobody's.
	e = read(t, "-A INPUT -s evil.example.org -j DROP\n-A INPUT -s x.x.x.x -j DROP\n")
	rules = e.Files[0].V4.Table("filter").Chain("INPUT").Rules
	if rules[0].Words[1].Text != "evil.example.org" || rules[1].Words[1].Text == "x.x.x.x" {
		t.Errorf("file of rules: %v %v", rules[0].Words, rules[1].Words)
	}
}

func TestLooksBlanked(t *testing.T) {
	for _, s := range []string{"x.x.x.x", "MYIP", "my_ip", "<ip>", "[edited]", "1.2.3.*", "258.1.2.3", "xxx", "a.b.c.d", "MY.SERVER", "WAN_IP", "$EXT", "2001:db8::xxxx", "1.2.3.x/24"} {
		if !looksBlanked(s) {
			t.Errorf("%q does not look blanked", s)
		}
	}
	for _, s := range []string{"", "www.example.org", "localhost", "fe80::1", "/24", "eth0", "1.2.3", strings.Repeat("x", 99)} {
		if looksBlanked(s) {
			t.Errorf("%q looks blanked", s)
		}
	}
}
