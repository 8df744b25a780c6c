package ruleset

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// TestLimits reads texts that are large or broken in one way. What matters is
// that each is answered.
func TestLimits(t *testing.T) {
	var nest strings.Builder
	nest.WriteString("*filter\n")
	for i := range 10000 {
		fmt.Fprintf(&nest, ":c%d - [0:0]\n", i)
	}
	nest.WriteString("-A INPUT -j c0\n")
	for i := range 9999 {
		fmt.Fprintf(&nest, "-A c%d -j c%d\n", i, i+1)
	}
	var busy strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&busy, "iptables -N c%d\niptables -A INPUT -j c%d\n", i, i)
	}
	for i := range 5000 {
		fmt.Fprintf(&busy, "iptables -D INPUT 1\niptables -X c%d\n", i)
	}
	list := strings.Repeat("1.1.1.1,", 5000) + "1.1.1.1"
	for _, tt := range []struct{ name, in, want string }{
		{"empty", "", "<nil>"},
		{"only a BOM", "\ufeff", "<nil>"},
		{"a line of a megabyte", "*filter\n-A INPUT -m comment --comment " + strings.Repeat("x", 1<<20) + " -j DROP\nCOMMIT\n", "<nil>"},
		{"a megabyte of nothing", strings.Repeat("x", 1<<20), `f:1:1: "xxx`},
		{"a megabyte of quotes", "iptables -A INPUT " + strings.Repeat(`"`, 1<<20), "<nil>"},
		{"a megabyte of open quotes", "iptables -A INPUT " + strings.Repeat("\\\n\"a", 1<<18+1), "f:"},
		{"a megabyte of blanks", strings.Repeat(" ", 1<<20), "<nil>"},
		{"a megabyte of newlines", strings.Repeat("\n", 1<<20), "<nil>"},
		{"a megabyte of wrong lines", strings.Repeat("x\n", 1<<19), `f:1:1: "x" is not a rule`},
		{"many chains that are not there", "*filter\n" + strings.Repeat("-D x\x01 1\n", 100000), `f:2:4: chain "x\x01" does not exist`},
		{"NUL bytes", "*filter\n-A INPUT -j DROP\x00\nCOMMIT\n", "f:2:1: NUL byte in the line"},
		{"invalid UTF-8", "*filter\n-A INPUT -m comment --comment \xff\xfe -j DROP\nCOMMIT\n", "<nil>"},
		{"10,000 chains one in another", nest.String() + "COMMIT\n", "<nil>"},
		{"10,000 chains in a circle", nest.String() + "-A c9999 -j c0\nCOMMIT\n", "jumps form a loop in table filter: c0 -> c1 -> c2"},
		{"a rule that jumps to its chain", "*filter\n:a -\n-A a -j a\n-A INPUT -j a\n", "f:3:1: jumps form a loop in table filter: a -> a"},
		{"a loop that nothing reaches", "*filter\n:a -\n-A a -j a\n", "<nil>"},
		{"chains made and deleted", busy.String(), "<nil>"},
		{"address lists", "iptables -A INPUT -s " + list + " -d " + list + "\n", "the address lists stand for more than 262144 rules"},
		{"many insertions", strings.Repeat("iptables -I INPUT -j DROP\n", 30000), "<nil>"},
		{"numbers too big", "iptables -D INPUT 99999999999999999999\n", "invalid rule number"},
		{"counters too big", "*filter\n[99999999999999999999:1] -A INPUT\n", "counters are not"},
		{"a comment of comments", "Chain INPUT (policy ACCEPT)\ntarget prot opt source destination\nDROP all -- 1.2.3.4 1.2.3.4 /* " + strings.Repeat("a */ ", 50000), "<nil>"},
		{"nested script", "#!/bin/sh\n" + strings.Repeat("(", 300000), "too deeply nested"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Parse("f", []byte(tt.in))
			if got := fmt.Sprint(err); !strings.Contains(got, tt.want) {
				t.Errorf("got %s\nwant %s", clip(got), tt.want)
			}
			if !bytes.Equal(f.Bytes(), []byte(tt.in)) {
				t.Error("text not kept")
			}
			if _, err := Parse("f", []byte(tt.in), Lenient()); err != nil {
				t.Errorf("lenient: %v", err)
			}
			Sniff([]byte(tt.in))
		})
	}
}

func TestDeepest(t *testing.T) {
	f, err := Parse("f", []byte("*filter\n:a -\n:b -\n:c -\n-A INPUT -j c\n-A a -j b\n-A b -g c\n-A FORWARD -j a\n-A c -j ACCEPT\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(f.V4.Table("filter").Deepest(), " "); got != "FORWARD a b c" {
		t.Error(got)
	}
	if l := f.V4.Table("filter").Loops(); len(l) != 0 {
		t.Error(l)
	}
}

func TestSniff(t *testing.T) {
	for in, want := range map[string]Kind{
		"": KindUnknown, "hello\nworld\n": KindUnknown, "# x\n*filter\n": KindSave, "Hi!\n> -A INPUT -j DROP\n": KindFragment,
		"iptables -F\n": KindCommands, "#!/bin/sh\n": KindScript, "X=1\niptables -A INPUT -i $X\n": KindScript,
		"Chain INPUT (policy ACCEPT)\n": KindListing, "create a hash:ip family inet\n": KindSetSave,
		"Name: a\nType: hash:ip\n": KindSetList, "Status: active\n": KindUfw, "Name: a\nType: b\n": KindUnknown,
		":INPUT ACCEPT [0:0]\n": KindSave, "#!/sbin/iptables-restore\n*nat\n": KindSave,
	} {
		if got := Sniff([]byte(in)); got != want {
			t.Errorf("%q: %v, want %v", in, got, want)
		}
	}
}
