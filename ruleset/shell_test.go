package ruleset

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestScript(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"variables, loops, functions", `#!/bin/sh
IPT="/sbin/iptables -w"
EXT=eth0
PORTS="22 80"
allow() {
	local port=$1
	$IPT -A INPUT -i $EXT -p tcp --dport "$port" -j ACCEPT
}
$IPT -P INPUT DROP
for p in $PORTS; do allow $p; done
i=0
while [ $i -lt 2 ]; do
	iptables -A OUTPUT -p udp --dport $((1000 + i * 10)) -j DROP
	i=$((i+1))
done
case "$EXT" in
	ppp*) iptables -A FORWARD -j LOG ;;
	eth*) iptables -A FORWARD -o ${EXT%0}1 -j ACCEPT ;;
esac
`, `family 4
*filter
:INPUT DROP
-A INPUT -i eth0 -p tcp --dport 22 -j ACCEPT
-A INPUT -i eth0 -p tcp --dport 80 -j ACCEPT
:OUTPUT 
-A OUTPUT -p udp --dport 1000 -j DROP
-A OUTPUT -p udp --dport 1010 -j DROP
:FORWARD 
-A FORWARD -o eth1 -j ACCEPT
`},
		{"both families, arrays, C loop, here-document", `#!/bin/bash
for ipt in iptables ip6tables; do $ipt -A INPUT -i lo -j ACCEPT; done
nets=(10.0.0.0/8 "192.168.0.0/16")
for n in "${nets[@]}"; do iptables -A INPUT -s $n -j ACCEPT; done
for ((i = 1; i <= 2; i++)); do iptables -t raw -A PREROUTING -p tcp --dport $i -j DROP; done
ip6tables-restore -n <<EOF
*filter
-A INPUT -p icmpv6 -m comment --comment "a b" -j ACCEPT
COMMIT
EOF
echo 1 > /proc/sys/net/ipv4/ip_forward
sysctl -w net.netfilter.nf_conntrack_tcp_loose=0
`, `family 4
*filter
:INPUT 
-A INPUT -i lo -j ACCEPT
-A INPUT -s 10.0.0.0/8 -j ACCEPT
-A INPUT -s 192.168.0.0/16 -j ACCEPT
*raw
:PREROUTING 
-A PREROUTING -p tcp --dport 1 -j DROP
-A PREROUTING -p tcp --dport 2 -j DROP
family 6
*filter
:INPUT 
-A INPUT -i lo -j ACCEPT
-A INPUT -p icmpv6 -m comment --comment "a b" -j ACCEPT
sysctl net.ipv4.ip_forward=1
sysctl net.netfilter.nf_conntrack_tcp_loose=0
`},
		{"status of commands", `#!/bin/sh
iptables -N foo 2>/dev/null || iptables -F foo
iptables -N foo 2>/dev/null || iptables -A foo -j LOG
iptables -C INPUT -j foo 2>/dev/null || iptables -A INPUT -j foo
iptables -C INPUT -j foo 2>/dev/null || iptables -A INPUT -j foo
while iptables -D OUTPUT -j DROP 2>/dev/null; do :; done
if ! iptables -C OUTPUT -j DROP; then iptables -A OUTPUT -j DROP; fi
`, "family 4\n*filter\n:foo \n-A foo -j LOG\n:INPUT \n-A INPUT -j foo\n:OUTPUT \n-A OUTPUT -j DROP\n"},
		{"what is not known", `#!/bin/sh
IP=$(ifconfig eth0 | grep inet | cut -d: -f2)
iptables -A INPUT -d $IP -j ACCEPT
. /etc/fw.conf
iptables -A INPUT -i "$WAN" -s 1.2.3.4 -j DROP
[ -f /etc/blocked ] && iptables -A INPUT -j LOG
[ -x /sbin/iptables ] || exit 0
while read a b; do iptables -A FORWARD -s $a -j DROP; done < /etc/blocked
`, "family 4\n*filter\n:INPUT \n-A INPUT -d \"$(ifconfig eth0 | grep inet | cut -d: -f2)\" -j ACCEPT hidden [$(ifconfig eth0 | grep inet | cut -d: -f2)]\n" +
			"-A INPUT -i \"$WAN\" -s 1.2.3.4 -j DROP hidden [$WAN]\n:FORWARD \n-A FORWARD -s \"$(cat /etc/blocked)\" -j DROP hidden [$(cat /etc/blocked)]\n"},
		{"init script", "#!/bin/sh\ncase \"$1\" in\nstart) iptables -A INPUT -j DROP;;\nstop) iptables -F;;\n*) exit 1;;\nesac\n",
			"family 4\n*filter\n:INPUT \n-A INPUT -j DROP\n"},
		{"no shebang", "IF=eth0\niptables -A INPUT -i $IF -m comment --comment \"-t nat\" -j DROP\n",
			"family 4\n*filter\n:INPUT \n-A INPUT -i eth0 -m comment --comment \"-t nat\" -j DROP\n"},
		{"unset program", "#!/bin/sh\n$IPT6 -A INPUT -s ::1 -j DROP\n${IPTABLES} -A INPUT -j DROP\n",
			"family 4\n*filter\n:INPUT \n-A INPUT -j DROP\nfamily 6\n*filter\n:INPUT \n-A INPUT -s ::1 -j DROP\n"},
		{"ipset", "#!/bin/sh\nipset create bad hash:ip\nfor i in 1 2; do ipset add bad 10.0.0.$i; done\nipset -q destroy nope 2>/dev/null\niptables -A INPUT -m set --match-set bad src -j DROP\n",
			"family 4\n*filter\n:INPUT \n-A INPUT -m set --match-set bad src -j DROP\ncreate bad hash:ip family inet\nadd bad 10.0.0.1\nadd bad 10.0.0.2\n"},
		{"eval, read from a here-document, pipes", "#!/bin/bash\ncmd='iptables -A INPUT -p tcp --dport 1 -j DROP'\neval $cmd\nwhile read p rest; do\n  iptables -A INPUT -p tcp --dport $p -j DROP\ndone <<X\n2 two\n3 three\nX\n" +
			"echo 4:5 | cut -d: -f2 | while read p; do iptables -A INPUT -p tcp --dport $p -j DROP; done\nfor p in {6..7} $(seq 8 9); do iptables -A INPUT -p tcp --dport $p -j DROP; done\n",
			"family 4\n*filter\n:INPUT \n" + func() (s string) {
				for _, p := range []int{1, 2, 3, 5, 6, 7, 8, 9} {
					s += fmt.Sprintf("-A INPUT -p tcp --dport %d -j DROP\n", p)
				}
				return s
			}()},
		{"process substitution", "#!/bin/bash\nwhile read p; do iptables -A INPUT -p tcp --dport $p -j DROP; done < <(seq 2; echo 7)\n",
			"family 4\n*filter\n:INPUT \n-A INPUT -p tcp --dport 1 -j DROP\n-A INPUT -p tcp --dport 2 -j DROP\n-A INPUT -p tcp --dport 7 -j DROP\n"},
		{"loops that wait", "#!/bin/sh\nwhile ping -c1 x; do iptables -A INPUT -j LOG; done\nwhile true; do iptables -A OUTPUT -j LOG; sleep 60; done\n",
			"family 4\n*filter\n:INPUT \n-A INPUT -j LOG\n:OUTPUT \n-A OUTPUT -j LOG\n"},
		{"conditions", "#!/bin/bash\nA=1\nt() { iptables -A INPUT -p tcp --dport $1 -j DROP; }\n[ \"$A\" = 1 -a -n x ] && t 1\n[ ! -z \"$A\" ] && t 2\n[[ $A == [0-9] && ! $A -gt 1 ]] && t 3\n" +
			"[[ abc =~ ^a.c$ ]] && t 4\ntest $A -ne 1 || t 5\n((A == 1)) && t 6\nif false; then t 7; elif true; then t 8; else t 9; fi\nuntil ((A > 2)); do t 1$A; ((A++)); done\n" +
			"for x in 1 2 3; do [ $x = 2 ] && continue; [ $x = 3 ] && break; t 2$x; done\n",
			"family 4\n*filter\n:INPUT \n" + func() (s string) {
				for _, p := range []int{1, 2, 3, 4, 5, 6, 8, 11, 12, 21} {
					s += fmt.Sprintf("-A INPUT -p tcp --dport %d -j DROP\n", p)
				}
				return s
			}()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Parse("f", []byte(tt.in))
			if err != nil {
				t.Error(err)
			}
			got := dump(f) + setsOf(f)
			for _, k := range []string{"net.ipv4.ip_forward", "net.netfilter.nf_conntrack_tcp_loose"} {
				if v, ok := f.Sysctl[k]; ok {
					got += "sysctl " + k + "=" + v + "\n"
				}
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got)\n%s\nnotes %v", d, f.Notes)
			}
		})
	}
}

func TestScriptErrors(t *testing.T) {
	long := "#!/bin/sh\nx=" + strings.Repeat("a", 1000) + "\n"
	for range 40 {
		long += "x=$x$x\n"
	}
	for _, tt := range []struct{ name, in, want string }{
		{"endless loop", "#!/bin/sh\nwhile :; do :; done\n", "f:2:13: the script does not end (more than 1000000 steps)"},
		{"endless loop of rules", "#!/bin/sh\nwhile :; do iptables -A INPUT; done\n", "f:2:"},
		{"endless recursion", "#!/bin/sh\nf() { f; }\nf\n", "f:2:7: subshells and functions nest deeper than 100"},
		{"doubling", long, "an expansion is too long"},
		{"replacement", "#!/bin/bash\nx=" + strings.Repeat("a", 5000) + "\ny=${x//a/$x$x}\nz=${y//a/$y}\n", "an expansion is too long"},
		{"braces", "#!/bin/bash\nfor i in {1..100}{1..100}{1..100}{1..100}; do :; done\niptables -A INPUT\n", "<nil>"},
		{"seq", "#!/bin/bash\nfor i in $(seq 1 1000000000); do :; done\n", "the script does not end"},
		{"syntax", "#!/bin/sh\nif true\n", `f:2:1: "if <cond>" must be followed by "then"`},
		{"a mistake in a rule", "#!/bin/sh\nx=1\niptables -A INPTU -p tcp --dport $x\n", `f:3:13: chain "INPTU" does not exist in table filter (did you mean "INPUT"?)`},
		{"set -u and the like", "#!/bin/sh\n: ${X:?needed}\niptables -A INPUT\n", "f:2:3: X: needed"},
		{"printf", "#!/bin/sh\nx=$(printf '%99999999d' 1)\nx=$(printf '%*d' 99999999 1)\niptables -A INPUT -j DROP\n", "<nil>"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("f", []byte(tt.in))
			if got := fmt.Sprint(err); !strings.Contains(got, tt.want) {
				t.Errorf("got %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestScriptEdit(t *testing.T) {
	const in = "#!/bin/sh\nIPT=iptables\n$IPT -A INPUT -i lo -j ACCEPT # lo\nfor p in 22 80; do\n\t$IPT -A INPUT -p tcp --dport $p -j ACCEPT\ndone\n$IPT -A INPUT -j DROP\n"
	f, err := Parse("f", []byte(in))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		edit Edit
		want string
	}{
		{Edit{Op: Insert, Table: "filter", Chain: "INPUT", Num: 4, Rule: `-m comment --comment "a b" -j LOG`},
			"@@ -4,4 +4,5 @@\n for p in 22 80; do\n \t$IPT -A INPUT -p tcp --dport $p -j ACCEPT\n done\n+$IPT -A INPUT -m comment --comment \"a b\" -j LOG\n $IPT -A INPUT -j DROP\n"},
		{Edit{Op: Insert, Table: "filter", Chain: "INPUT", Num: 3, Rule: "-j LOG"},
			"@@ -5,3 +5,4 @@\n \t$IPT -A INPUT -p tcp --dport $p -j ACCEPT\n done\n $IPT -A INPUT -j DROP\n+$IPT -I INPUT 3 -j LOG\n"},
		{Edit{Op: Replace, Table: "filter", Chain: "INPUT", Num: 1, Rule: "-i lo+ -j ACCEPT"},
			"@@ -1,6 +1,6 @@\n #!/bin/sh\n IPT=iptables\n-$IPT -A INPUT -i lo -j ACCEPT # lo\n+$IPT -A INPUT -i lo+ -j ACCEPT # lo\n for p in 22 80; do\n \t$IPT -A INPUT -p tcp --dport $p -j ACCEPT\n done\n"},
		{Edit{Op: Delete, Table: "filter", Chain: "INPUT", Num: 2},
			"@@ -5,3 +5,4 @@\n \t$IPT -A INPUT -p tcp --dport $p -j ACCEPT\n done\n $IPT -A INPUT -j DROP\n+$IPT -D INPUT 2\n"},
	} {
		g, err := f.Edit(tt.edit)
		if err != nil {
			t.Error(err)
			continue
		}
		got := strings.TrimPrefix(Diff("f", f.Bytes(), g.Bytes()), "--- f\n+++ f\n")
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s (-want +got)\n%s", tt.edit, d)
		}
	}
}
