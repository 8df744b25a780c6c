package ruleset

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLooksLikeRule(t *testing.T) {
	yes := `-A INPUT -j DROP
-A INPUT -p tcp --dport 22 -j ACCEPT
[12:345] -A INPUT ! -i lo -j DROP
-I INPUT 3 -s 1.2.3.4 -j DROP
-D INPUT 3
-t nat -A POSTROUTING -o eth0 -j MASQUERADE
*filter
COMMIT
:INPUT ACCEPT [0:0]
:ufw-user-input - [0:0]
-P INPUT DROP
-N LOGGING
iptables -A INPUT -j DROP
  sudo ip6tables -I FORWARD 1 -j ACCEPT
root@box:~# iptables -F
[root@box ~]# iptables -A INPUT -j DROP
$ sudo iptables -t nat -F
/sbin/iptables -P FORWARD DROP
$IPT -A INPUT -j ACCEPT
${IPTABLES} -N foo
> -A INPUT -j DROP
> > iptables -A INPUT -j DROP
* -A INPUT -j DROP
12. -A INPUT -j DROP
12  iptables -A INPUT -j DROP
` + "`-A INPUT -j DROP`" + `
–A INPUT –p tcp —dport 22 –j DROP
-A INPUT -m comment --comment &quot;a b&quot; -j DROP
<code>-A INPUT -j DROP</code><br>
[code]-A INPUT -j DROP[/code]
iptables -A INPUT
iptables --apend INPUT -j DROP
iptables -Z`
	for _, line := range strings.Split(yes, "\n") {
		if !LooksLikeRule(line) {
			t.Errorf("not taken for a rule: %q", line)
		}
	}
	no := `-A nice day to you
-A INPUT
-A is the option for append
- I do not know what to do
-I think that -j DROP is wrong
*nothing*
* filter your mails
COMMITTED
:-)
:) thanks [1:2]
:warning - do not
-P is for policy
iptables is hard
iptables -L shows nothing
iptables -A adds a rule
what does iptables -A INPUT -j DROP do?
Jan  1 00:00:00 host kernel: [12.3] IN=eth0 OUT= SRC=1.2.3.4
12:34:56.789 IP 1.2.3.4.80 > 5.6.7.8.99: Flags [S.], seq 1, win 2
Olá, minha regra -A INPUT não funciona
-j DROP
[12:345] hello
Ich habe iptables -A benutzt
0 0 DROP tcp -- * * 0.0.0.0/0 0.0.0.0/0
--
---
- -
*
:`
	for _, line := range strings.Split(no, "\n") {
		if LooksLikeRule(line) {
			t.Errorf("taken for a rule: %q", line)
		}
	}
}

func TestLenient(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"post", `Olá pessoal,
as minhas regras:

> *filter
> :INPUT DROP [0:0]
> -A INPUT -m comment --comment &quot;um dois&quot; -j ACCEPT
E depois
<pre>-A PREROUTING -p tcp --dport 80 -j REDIRECT --to-ports 8080<br/>
iptables -A INPUT –p tcp \
  —dport 22 -j “ACCEPT”
</pre>
what iptables -A INPUT does
iptables -A INPUT -D INPUT -j LOG
`, "family 4\n*filter\n:INPUT DROP\n-A INPUT -m comment --comment \"um dois\" -j ACCEPT\n-A INPUT -p tcp --dport 22 -j ACCEPT\n" +
			"*nat\n:PREROUTING \n-A PREROUTING -p tcp --dport 80 -j REDIRECT --to-ports 8080\n" +
			"ignored 13:19 \"iptables -A INPUT -D INPUT -j LOG\": cannot use \"-D\" with \"-A\" (one command at a time)\n"},
		{"sentences, variables", "My script so far (<snip>):\n\nEXT=\"eth0\"\nNET=10.0.0.0/8 # lan\n$IPT -A INPUT -i $EXT -s ${NET} -d $ME -j DROP\n" +
			"-A INPUT -j DROP before the REJECT rule.\n-A INPUT -j ACCEPT (everything).\n-A INPUT -j LOG --log-prefix \"a $5\"\n",
			"family 4\n*filter\n:INPUT \n-A INPUT -i eth0 -s 10.0.0.0/8 -d \"$ME\" -j DROP hidden [$ME]\n-A INPUT -j LOG --log-prefix \"a $5\"\n" +
				"ignored 6:1 \"-A INPUT -j DROP before the REJECT rule.\": \"before\" follows the target (taken for prose)\n" +
				"ignored 7:1 \"-A INPUT -j ACCEPT (everything).\": \"(everything).\" follows the target (taken for prose)\n"},
		{"a chain that is not there", "iptables -D foo 3\niptables -A foo -j DROP\n-I INPUT 7 -j LOG\n",
			"family 4\n*filter\n:foo \n-A foo -j DROP\n:INPUT \nignored 3:10 \"-I INPUT 7 -j LOG\": rule number 7 is too big (chain INPUT has 0 rules)\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Parse("f", []byte(tt.in), Lenient())
			if err != nil {
				t.Fatal(err)
			}
			got := dump(f)
			for _, i := range f.Ignored {
				got += fmt.Sprintf("ignored %d:%d %q: %s\n", i.Pos.Line, i.Pos.Col, i.Text, i.Why)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestCleanedPositions(t *testing.T) {
	in := "> &quot;\n> -A INPUT –p tcp \\\n>   —dport 22 -j ACCEPT\n"
	f, err := Parse("f", []byte(in), Lenient())
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(in, "\n")
	want := []string{"–p", "tcp", "—dport", "22", "-j", "ACCEPT"}
	r := f.V4.Table("filter").Chain("INPUT").Rules[0]
	for i, w := range r.Words {
		if !strings.HasPrefix(lines[w.Pos.Line-1][w.Pos.Col-1:], want[i]) {
			t.Errorf("%q at %v", w.Text, w.Pos)
		}
	}
}
