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

func FuzzScript(f *testing.F) {
	for _, s := range []string{
		"IPT=iptables\nfor p in 22 80; do $IPT -A INPUT -p tcp --dport $p -j ACCEPT; done\n",
		"f() { local a=$1; iptables -A INPUT -s ${a:-1.2.3.4} -m comment --comment \"${a%%x*} $(echo $((1+2)))\" || return 1; }\nf $(hostname -i) <<E | while read x; do f $x; done\na\nE\n",
		"x=(a b [5]=c); declare -A m=([k]=v); [[ ${x[1]} == b* && ! -z ${m[k]} ]] && iptables-restore <<< '*filter\nCOMMIT'\ncase $1 in start) ipset create s hash:ip;; esac\nset -e; shift; eval 'iptables -F'\n",
		"while :; do :; done", "x=${y/a/$x}; ((a[3]=5**2)); let i++; trap 'x' EXIT; echo 1 >/proc/sys/a/b; printf '%5d' 1 2>&1; select a in b; do :; done; time ls & wait",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		file, _ := Parse("f", []byte("#!/bin/bash\n"+src), func(o *options) { o.steps = 2000 })
		for _, rs := range file.Rulesets() {
			for _, tb := range rs.Tables {
				for _, c := range tb.Chains {
					for _, r := range c.Rules {
						if r.Pos.Line < 1 {
							t.Fatalf("rule %q at %v", r, r.Pos)
						}
						for _, w := range r.Words {
							if isSymbol(w.Text) {
								t.Fatalf("symbol left in %q", w.Text)
							}
						}
					}
				}
			}
		}
	})
}

func FuzzEdit(f *testing.F) {
	f.Add("*filter\n:INPUT DROP [1:2]\n[3:4] -A INPUT -s 1.2.3.4,2.3.4.5 -j DROP\nCOMMIT\n", uint8(0), uint8(1), "-j LOG")
	f.Add("iptables -I INPUT -j DROP; iptables -A INPUT 'x' \\\n -j \"y\"\r\n", uint8(3), uint8(2), "-m comment --comment \"a b\"")
	f.Add("#!/bin/sh\nfor i in 1 2; do iptables -A INPUT -s $i; done\n", uint8(2), uint8(1), "")
	f.Fuzz(func(t *testing.T, src string, op, n uint8, rule string) {
		file, err := Parse("f", []byte(src), func(o *options) { o.steps = 2000 })
		if err != nil {
			return
		}
		for _, rs := range file.Rulesets() {
			for _, tb := range rs.Tables {
				for _, c := range tb.Chains[:min(len(tb.Chains), 2)] {
					e := Edit{Op: EditOp(op % 6), Family: rs.Family, Table: tb.Name, Chain: c.Name, Num: int(n), To: 1, Rule: rule}
					g, err := file.Edit(e)
					if err == nil && e.Op == Delete && len(g.Rulesets()) == 0 {
						t.Fatal("rules gone")
					}
					if d := Diff("f", file.Bytes(), file.Bytes()); d != "" || string(file.Bytes()) != src {
						t.Fatal("the old text changed")
					}
				}
			}
		}
	})
}
