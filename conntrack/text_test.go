package conntrack

import (
	"regexp"
	"strings"
	"testing"

	"nfwhy/packet"
)

// Lines of real listings, and how the entry they make is listed again.
const listings = `
tcp      6 431999 ESTABLISHED src=10.66.1.2 dst=10.66.2.2 sport=1000 dport=80 src=10.66.2.2 dst=10.66.1.2 sport=80 dport=1000 [ASSURED] mark=0 use=1
= same
ipv4     2 tcp      6 431999 ESTABLISHED src=10.66.1.2 dst=10.66.2.2 sport=1000 dport=80 src=10.66.2.2 dst=10.66.1.2 sport=80 dport=1000 [ASSURED] mark=0 zone=0 use=2
= proc
ipv4     2 udp      17 29 src=10.66.1.2 dst=10.66.2.2 sport=1 dport=53 packets=1 bytes=33 [UNREPLIED] src=10.66.2.2 dst=10.66.1.2 sport=53 dport=1 packets=0 bytes=0 mark=31 zone=0 delta-time=0 use=2
= proc
ipv4     2 icmp     1 29 src=10.66.1.2 dst=10.66.2.2 type=8 code=0 id=5 [UNREPLIED] src=10.66.2.2 dst=10.66.1.2 type=0 code=0 id=5 mark=0 zone=0 use=2
= proc
ipv4     2 unknown  50 599 src=10.66.1.2 dst=10.66.2.2 [UNREPLIED] src=10.66.2.2 dst=10.66.1.2 mark=0 zone=0 use=2
= proc
ipv4     2 gre      47 29 timeout=30, stream_timeout=180 src=10.66.1.2 dst=10.66.2.2 srckey=0x0 dstkey=0x0 [UNREPLIED] src=10.66.2.2 dst=10.66.1.2 srckey=0x0 dstkey=0x0 mark=0 zone=0 use=2
= proc
ipv4     2 sctp     132 9 CLOSED src=10.66.1.2 dst=10.66.2.2 sport=1 dport=9 [UNREPLIED] src=10.66.2.2 dst=10.66.1.2 sport=9 dport=1 mark=0 zone=0 use=2
= proc
ipv6     10 icmpv6   58 29 src=fd66:0001:0000:0000:0000:0000:0000:0002 dst=fd66:0002:0000:0000:0000:0000:0000:0002 type=128 code=0 id=5 [UNREPLIED] src=fd66:0002:0000:0000:0000:0000:0000:0002 dst=fd66:0001:0000:0000:0000:0000:0000:0002 type=129 code=0 id=5 mark=0 zone=0 use=2
= proc
ipv4     2 udp      17 29 src=10.66.1.2 dst=10.66.2.2 sport=1 dport=60 zone-orig=5 [UNREPLIED] src=10.66.2.2 dst=10.66.1.2 sport=60 dport=1 mark=0 use=2
= proc
icmpv6   58 29 src=fd66:1::2 dst=fd66:2::2 type=128 code=0 id=5 src=fd66:2::2 dst=fd66:1::2 type=129 code=0 id=5 mark=0 use=1
= same
tcp      6 299 ESTABLISHED src=10.66.1.2 dst=10.66.2.2 sport=2000 dport=21 src=10.66.2.2 dst=10.66.1.2 sport=21 dport=2000 [ASSURED] mark=0 helper=ftp use=1
= same
udp      17 29 src=10.66.1.2 dst=10.66.2.2 sport=1 dport=60 [UNREPLIED] src=10.66.2.2 dst=10.66.1.2 sport=60 dport=1 zone-reply=7 mark=0 use=1
= same
udp      17 29 src=10.66.1.2 dst=10.66.2.2 sport=1 dport=60 [UNREPLIED] src=10.66.2.2 dst=10.66.1.2 sport=60 dport=1 mark=0 secctx=system_u:object_r:unlabeled_t:s0 zone=3 use=1
= same
tcp      6 100 SYN_SENT src=10.1.0.2 dst=10.1.0.1 sport=5 dport=8080 [UNREPLIED] src=10.2.0.2 dst=10.2.0.1 sport=80 dport=5 mark=0 use=1
= same
ipv4     2 tcp      6 30 LAST_ACK src=1.1.1.1 dst=2.2.2.2 sport=5 dport=80 src=2.2.2.2 dst=1.1.1.1 sport=80 dport=5 [ASSURED] mark=7 use=1 id=123456
= tcp      6 30 LAST_ACK src=1.1.1.1 dst=2.2.2.2 sport=5 dport=80 src=2.2.2.2 dst=1.1.1.1 sport=80 dport=5 [ASSURED] mark=7 use=1
[1700000000.123456]	    [NEW] udp      17 30 src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 [UNREPLIED] src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1
= udp      17 30 src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 [UNREPLIED] src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 mark=0 use=1
 [UPDATE] tcp      6 60 SYN_RECV src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1
= tcp      6 60 SYN_RECV src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 mark=0 use=1
[DESTROY] tcp      6 src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 [ASSURED]
= tcp      6 432000 ESTABLISHED src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 [ASSURED] mark=0 use=1
`

// TestListings reads every line, inserts the entry and lists it again.
func TestListings(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(listings), "\n")
	if len(lines)%2 != 0 {
		t.Fatal("lines are not pairs")
	}
	for i := 0; i < len(lines); i += 2 {
		line, want := lines[i], strings.TrimPrefix(lines[i+1], "= ")
		e, err := ParseList(line)
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		tb := newTable(t)
		c, err := tb.Insert(e, start)
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		got := string(AppendList(nil, c, start))
		switch want {
		case "same":
			want = line
		case "proc":
			got, want = string(AppendProc(nil, c, start)), line
		}
		if got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
		if _, err := tb.Insert(e, start); err == nil {
			t.Errorf("%s: went in twice", line)
		}
		checkTable(t, tb)
	}
}

// TestListErrors: what is no entry is said so.
func TestListErrors(t *testing.T) {
	for _, tt := range [][2]string{
		{"", `no connection entry "" (expected a protocol name first)`},
		{"src=1.2.3.4", `no connection entry "src=1.2.3.4" (expected a protocol name first)`},
		{"tcp six", `bad protocol number "six" (expected 0 to 255 after "tcp")`},
		{"tcp 6 10 ESTABLISHED", "entry has no complete tuple (expected src= and dst= of both directions)"},
		{"udp 17 10 src=1.2.3.4 dst=host", `bad address "host" (expected dst=ADDRESS)`},
		{"udp 17 10 src=1.2.3.4 dst=::1", "src=1.2.3.4 and dst=::1 are of different families"},
		{"udp 17 10 dst=::1", "dst=::1 without its src="},
		{"udp 17 10 src=1.2.3.4 dst=1.1.1.1 sport=70000", `bad number "70000" (expected sport=0 to 65535)`},
		{"udp 17 10 src=1.2.3.4 dst=1.1.1.1 src=1.2.3.4 dst=1.1.1.1 src=1.1.1.1", "third src=1.1.1.1 (expected two tuples)"},
		{"udp 17 10 src=1.2.3.4 dst=1.1.1.1 src=::1 dst=::2", "the two tuples are of different families"},
	} {
		if _, err := ParseList(tt[0]); err == nil || err.Error() != tt[1] {
			t.Errorf("%q\n got %v\nwant %s", tt[0], err, tt[1])
		}
	}
	e, _ := ParseList("tcp 6 10 BUSY src=1.2.3.4 dst=1.1.1.1 sport=1 dport=2")
	if _, err := newTable(t).Insert(e, start); err == nil || err.Error() != `unknown state "BUSY" (expected one like "SYN_SENT")` {
		t.Errorf("%v", err)
	}
}

// TestSeeded: a connection of a saved table goes on, whatever its sequence numbers
// are, until it ends.
func TestSeeded(t *testing.T) {
	tb := newTable(t)
	e, err := ParseList("tcp 6 431999 ESTABLISHED src=10.66.1.2 dst=10.66.2.2 sport=1000 dport=80 src=10.66.2.2 dst=10.66.1.2 sport=80 dport=1000 [ASSURED] mark=9 use=1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tb.Insert(e, start); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"c:PA 700/900 +10", "s:A 90000000/710", "c:PA 3999999999/5 +100 win=3"} {
		if r, o := pass(t, tb, p, start); r.State() != StateEstablished || o.Reason.Log() != "" || r.Conn.Mark != 9 {
			t.Errorf("%s: %s %s", p, r.State(), o.Reason.Log())
		}
	}
	if r, o := pass(t, tb, "c:FA 1/1", start+432001*packet.Second); r.State() != StateInvalid || o.Reason.Log() != "invalid new" {
		t.Errorf("%s %s", r.State(), o.Reason.Log())
	}
}

// TestSysctl: every key can be read and set in every spelling, and the defaults
// are the kernel's.
func TestSysctl(t *testing.T) {
	s := DefaultSysctl()
	keys := s.Keys()
	for i, k := range keys {
		if i > 0 && keys[i-1] >= k {
			t.Errorf("%s is not behind %s", k, keys[i-1])
		}
		v, ok := s.Value(k)
		if !ok {
			t.Errorf("%s can not be read", k)
		}
		short := strings.TrimPrefix(k, sysctlPrefix)
		for _, name := range []string{k, short, "nf_conntrack_" + short, strings.ReplaceAll(k, ".", "/")} {
			if err := s.Set(name, v+"\n"); err != nil {
				t.Errorf("%s = %s: %v", name, v, err)
			}
		}
		if err := s.Set(k, "-1"); err == nil {
			t.Errorf("%s took -1", k)
		}
	}
	if s != DefaultSysctl() {
		t.Error("setting the values they have changed something")
	}
	// The same key must not be kept twice.
	for _, k := range keys {
		c := DefaultSysctl()
		if err := c.Set(k, "1"); err != nil {
			t.Error(err)
		}
		if v, _ := c.Value(k); v != "1" {
			t.Errorf("%s is %s after being set to 1", k, v)
		}
		for _, o := range keys {
			v, _ := c.Value(o)
			if d, _ := s.Value(o); o != k && v != d {
				t.Errorf("setting %s changed %s", k, o)
			}
		}
	}
	for _, tt := range [][3]string{
		{"tcp_losse", "1", `unknown conntrack sysctl "tcp_losse" (expected one like "net.netfilter.nf_conntrack_tcp_loose")`},
		{"tcp_loose", "2", `net.netfilter.nf_conntrack_tcp_loose: bad value "2" (expected 0 to 1)`},
		{"count", "2", `net.netfilter.nf_conntrack_count can only be read`},
		{"udp_timeout", "x", `net.netfilter.nf_conntrack_udp_timeout: bad value "x" (expected 0 to 8589934)`},
	} {
		if err := s.Set(tt[0], tt[1]); err == nil || err.Error() != tt[2] {
			t.Errorf("%v\nwant %s", err, tt[2])
		}
	}
}

// TestReasons: every reason has a sentence, and log texts agree with their codes.
func TestReasons(t *testing.T) {
	plain := regexp.MustCompile(`^[^A-Z]|^(ICMP|SCTP|UDP|PPTP|IPv)`)
	for c := NoReason + 1; c < numCodes; c++ {
		r := Reason{Code: c}
		text := r.Text()
		if text == "" || strings.HasSuffix(text, ".") || !plain.MatchString(text) {
			t.Errorf("reason %d: text %q", c, text)
		}
		log := r.Log()
		if p := r.Prefix(6); (p == "") != (log == "") || p != "" && !strings.HasSuffix(p, " ") {
			t.Errorf("reason %d: prefix %q", c, p)
		}
		silent := c <= SCTPBadTag || c >= TCPReopened && c <= ExpectedFlow || c > TCPLowerTimeout && c != HelperDrop
		if silent != (log == "") {
			t.Errorf("reason %d: silent %v, log %q", c, silent, log)
		}
		if r.Invalid() && r.Ignored() {
			t.Errorf("reason %d is both invalid and ignored", c)
		}
	}
	if r := (Reason{}); r.Text() != "" || r.Log() != "" || r.Prefix(6) != "" || r.Invalid() || r.Ignored() {
		t.Error("no reason says something")
	}
	if got := (Reason{Code: TCPNew, n: [8]uint32{tcpIdxSynAck}}).Text(); got != "no entry: a SYN/ACK cannot open a connection, no SYN of this connection came before" {
		t.Error(got)
	}
	if got := (Reason{Code: TCPNew}).Prefix(6); got != "nf_ct_proto_6: invalid new " {
		t.Error(got)
	}
	if got := (Reason{Code: HelperDrop, n: [8]uint32{0, helperPORT}}).Prefix(6); got != "nf_ct_ftp: dropping packet: partial matching of `PORT' " {
		t.Error(got)
	}
}

// TestLogsInvalid: which protocols log_invalid covers.
func TestLogsInvalid(t *testing.T) {
	for _, tt := range []struct {
		set   string
		proto uint8
		want  bool
	}{{"0", 6, false}, {"0", 0, false}, {"255", 6, true}, {"6", 6, true}, {"6", 17, false}} {
		tb := newTable(t, "log_invalid="+tt.set)
		if got := tb.LogsInvalid(tt.proto); got != tt.want {
			t.Errorf("log_invalid=%s, protocol %d: %v", tt.set, tt.proto, got)
		}
	}
}
