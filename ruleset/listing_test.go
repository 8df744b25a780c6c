package ruleset

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestListing(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"-L", `Chain INPUT (policy DROP)
target     prot opt source               destination         
ACCEPT     tcp  --  10.0.0.0/8           anywhere             tcp dpt:ssh state NEW,ESTABLISHED
           all  --  anywhere             anywhere            
LOG        all  --  anywhere             anywhere             limit: avg 3/min burst 5 /* why not */ LOG level debug prefix "a b "
mychain    all  --  anywhere            !localhost           [goto] 

Chain mychain (1 references)
target     prot opt source               destination         
`, `family 4
*filter
:INPUT DROP
-A INPUT -s 10.0.0.0/8 -p tcp -m tcp --dport ssh -m state --state NEW,ESTABLISHED -j ACCEPT hidden [-i -o]
-A INPUT hidden [-i -o]
-A INPUT -m limit --limit 3/min --limit-burst 5 -m comment --comment "why not" -j LOG --log-level 7 --log-prefix "a b " hidden [-i -o]
-A INPUT ! -d 127.0.0.1 -g mychain hidden [-i -o]
:mychain 
`},
		{"-L -n -v --line-numbers of two tables", `Chain INPUT (policy ACCEPT 528K packets, 79M bytes)
num   pkts bytes target     prot opt in     out     source               destination
1      85M   23G ACCEPT     !6   !f  !eth0  *       0.0.0.0/0           !1.2.3.4             ctstate INVALID
Chain PREROUTING (policy ACCEPT 0 packets, 0 bytes)
num   pkts bytes target     prot opt in     out     source               destination
1        0     0 DNAT       tcp  --  *      *       0.0.0.0/0            0.0.0.0/0            tcp dpt:80 to:10.0.0.1:8080
Chain INPUT (policy ACCEPT 0 packets, 0 bytes)
num   pkts bytes target     prot opt in     out     source               destination
Chain OUTPUT (policy ACCEPT 0 packets, 0 bytes)
num   pkts bytes target     prot opt in     out     source               destination
Chain POSTROUTING (policy ACCEPT 0 packets, 0 bytes)
num   pkts bytes target     prot opt in     out     source               destination
`, `family 4
*filter
:INPUT ACCEPT[528000:79000000]
[85000000:23000000000] -A INPUT ! -d 1.2.3.4 ! -i eth0 ! -p 6 ! -f -m conntrack --ctstate INVALID -j ACCEPT
*nat
:PREROUTING ACCEPT
[0:0] -A PREROUTING -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.1:8080
:INPUT ACCEPT
:OUTPUT ACCEPT
:POSTROUTING ACCEPT
`},
		{"ip6tables of old, no options column", `Chain INPUT (policy ACCEPT)
target     prot opt source               destination         
ACCEPT     icmpv6    ::/0                 fe80::/10            ipv6-icmptype 135 code 0
DROP       all      ::/0                 ::/0                
`, "family 6\n*filter\n:INPUT ACCEPT\n-A INPUT -d fe80::/10 -p icmpv6 -m icmp6 --icmpv6-type 135/0 -j ACCEPT hidden [-i -o]\n-A INPUT -j DROP hidden [-i -o]\n"},
		{"told by the command", "# iptables -t mangle -L\nChain INPUT (policy ACCEPT)\ntarget     prot opt source               destination\nDROP       all  --  anywhere             anywhere\n",
			"family 4\n*mangle\n:INPUT ACCEPT\n-A INPUT -j DROP hidden [-i -o]\n"},
		{"service iptables status", "Table: nat\nChain OUTPUT (policy ACCEPT)\nnum  target     prot opt source               destination         \n1    ACCEPT     all  --  1.2.3.4  0.0.0.0/0           \n",
			"family 4\n*nat\n:OUTPUT ACCEPT\n-A OUTPUT -s 1.2.3.4 -j ACCEPT hidden [-i -o]\n"},
		{"what cannot be read", "Chain INPUT (policy ACCEPT)\ntarget     prot opt source               destination\nACCEPT     all  --  1.2.3.4             anywhere             ctstate NEW frobnicates 7\n",
			"family 4\n*filter\n:INPUT ACCEPT\n-A INPUT -s 1.2.3.4 -m conntrack --ctstate NEW -j ACCEPT hidden [-i -o frobnicates 7]\nignored: cannot read \"frobnicates 7\" of the rule\n"},
		{"hashlimit's name", "Chain INPUT (policy ACCEPT 1 packets, 2 bytes)\n pkts bytes target     prot opt in     out     source               destination\n    0     0 DROP  all  --  *      *       0.0.0.0/0            0.0.0.0/0            limit: above 3/min burst 5 mode srcip-dstport\n",
			"family 4\n*filter\n:INPUT ACCEPT[1:2]\n[0:0] -A INPUT -m hashlimit --hashlimit-above 3/min --hashlimit-burst 5 --hashlimit-mode srcip,dstport -j DROP hidden [--hashlimit-name]\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Parse("f", []byte(tt.in))
			if err != nil {
				t.Error(err)
			}
			got := dump(f)
			for _, i := range f.Ignored {
				got += "ignored: " + i.Why + "\n"
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
			if _, err := f.Delete("filter", "INPUT", 1); err == nil && len(f.stmts) > 0 {
				t.Error("a listing was edited")
			}
		})
	}
}

func TestShortNumber(t *testing.T) {
	for in, want := range map[string]string{"0": "0 true", "12": "12 true", "528K": "528000 true", "27T": "27000000000000 true",
		"": "0 false", "K": "0 false", "99999999999999999999": "0 false", "999999999999999T": "0 false", "-1": "0 false"} {
		n, ok := shortNumber(in)
		if got := fmt.Sprint(n, ok); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}
