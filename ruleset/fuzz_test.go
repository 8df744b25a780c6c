package ruleset

import (
	"bytes"
	"testing"
)

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"*filter\n:INPUT DROP [1:2]\n:foo - [0:0]\n[3:4] -A INPUT -s 1.2.3.4/32,::1 -m comment --comment \"a\\\"b\" -j foo\nCOMMIT\n",
		"iptables -P INPUT DROP; iptables -I INPUT 1 -s 1.1.1.1,2.2.2.2 -j DROP\nip6tables -D INPUT 1 \\\n\n",
		"-A PREROUTING -j DNAT --to 1.2.3.4\n-P INPUT ACCEPT\n-N x\n-E x y\n-X\n",
		"> -A INPUT -j DROP\n\ufeff*nat\r\nCOMMIT\r\n", "\x00\xff'\"\\",
		"Chain INPUT (policy DROP 13 packets, 4264K bytes)\nnum pkts bytes target prot opt in out source destination\n1 13 89M LOG !tcp -f eth0 * 0.0.0.0/0 !1.2.3.4 [goto] tcp spts:!1:5 flags:0x17/0x02 /* a */ b */ LOG flags 7 level 4 prefix \"x\"\n",
	} {
		f.Add([]byte(s), false)
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, data []byte, lenient bool) {
		var o []Option
		if lenient {
			o = append(o, Lenient())
		}
		keep := bytes.Clone(data)
		file, err := Parse("f", data, o...)
		if lenient && err != nil {
			t.Fatalf("lenient: %v", err)
		}
		if !bytes.Equal(file.Bytes(), keep) {
			t.Fatal("text not kept")
		}
		lines := bytes.Count(data, []byte("\n")) + 1
		for _, rs := range file.Rulesets() {
			for _, tb := range rs.Tables {
				for _, c := range tb.Chains {
					for _, r := range c.Rules {
						if r.Pos.Line < 1 || r.Pos.Line > lines || r.Table != tb.Name || r.Chain != c.Name {
							t.Fatalf("rule %q at %v in %s %s", r, r.Pos, tb.Name, c.Name)
						}
						for _, w := range r.Words {
							if w.Pos.Line < r.Pos.Line || w.Pos.Line > lines || w.Pos.Col < 1 {
								t.Fatalf("word %q at %v", w.Text, w.Pos)
							}
						}
					}
				}
			}
		}
	})
}
