package ruleset

import (
	"fmt"
	"strings"
	"testing"
)

// bigDump is a dump of n rules as they are found on busy hosts.
func bigDump(n int) []byte {
	var b strings.Builder
	b.WriteString("*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n")
	for i := range n {
		fmt.Fprintf(&b, "-A INPUT -s 10.%d.%d.%d/32 -p tcp -m tcp --dport %d -m conntrack --ctstate NEW -m comment --comment \"rule %d\" -j ACCEPT\n",
			i>>16&255, i>>8&255, i&255, 1+i%60000, i)
	}
	b.WriteString("COMMIT\n")
	return []byte(b.String())
}

func BenchmarkParse100k(b *testing.B) {
	data := bigDump(100000)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse("f", data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCommands100k(b *testing.B) {
	data := []byte(strings.ReplaceAll(string(bigDump(100000)), "-A INPUT", "iptables -I INPUT"))
	data = data[strings.Index(string(data), "iptables"):]
	data = data[:len(data)-len("COMMIT\n")]
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse("f", data); err != nil {
			b.Fatal(err)
		}
	}
}
