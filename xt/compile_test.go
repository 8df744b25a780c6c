package xt

import (
	"strings"
	"testing"

	"nfwhy/host"
	"nfwhy/packet"
	"nfwhy/trace"
)

var testChains = func(table, name string) bool { return name == "USER" || name == "f2b-sshd" }

// TestErrors holds the whole text of refusals.
func TestErrors(t *testing.T) {
	for _, c := range []struct{ family, table, chain, rule, want string }{
		{"4", "filter", "INPUT", "-p tcp --dprot 22 -j ACCEPT", `t:1:8: unknown option "--dprot" for match tcp (did you mean "--dport"?)`},
		{"4", "filter", "INPUT", "--dport 22", `t:1:1: option "--dport" not allowed here: it belongs to match dccp (add -p dccp before it), match sctp (add -p sctp before it), match tcp (add -p tcp before it), match udp (add -p udp before it)`},
		{"4", "filter", "INPUT", "-m conntrack --state NEW", `t:1:14: option "--state" not allowed here: it belongs to match state (add -m state before it)`},
		{"4", "filter", "INPUT", "-m conntrack --ctstate NEU", `t:1:24: option "--ctstate": bad state "NEU" (expected INVALID, NEW, RELATED, ESTABLISHED, UNTRACKED, SNAT, DNAT) (did you mean "NEW"?)`},
		{"4", "filter", "INPUT", "-m conntrak --ctstate NEW", `t:1:4: unknown match "conntrak" (did you mean "conntrack"?)`},
		{"4", "filter", "INPUT", "-j ACEPT", `t:1:4: unknown target "ACEPT" (did you mean "ACCEPT"?)`},
		{"4", "filter", "INPUT", "-j nowhere", `t:1:4: no chain or target "nowhere" in table filter`},
		{"4", "filter", "INPUT", "-j INPUT", `t:1:4: cannot jump to built-in chain "INPUT"`},
		{"4", "filter", "INPUT", "-j limit", `t:1:4: "limit" is a match (use -m)`},
		{"4", "filter", "INPUT", "-m LOG", `t:1:4: "LOG" is a target (use -j)`},
		{"6", "filter", "INPUT", "-m ttl --ttl-eq 3", `t:1:4: match "ttl" not allowed here: it is for IPv4 only`},
		{"4", "filter", "INPUT", "-o eth0 -j DROP", `t:1:1: option "-o" not allowed here: packets in INPUT have no such interface`},
		{"4", "filter", "INPUT", "-s 10.0.0.0/33", `t:1:4: bad mask "33" in "10.0.0.0/33" (expected a prefix length 0-32 or a mask)`},
		{"4", "filter", "INPUT", "-s example.org", `t:1:4: bad address "example.org" (expected an IPv4 address; host names are not looked up)`},
		{"4", "filter", "INPUT", "-s fe80::1", `t:1:4: bad address "fe80::1" (expected an IPv4 address: these are iptables rules)`},
		{"4", "filter", "INPUT", "-p tpc", `t:1:4: unknown protocol "tpc" (expected a name or 0-255) (did you mean "tcp"?)`},
		{"4", "filter", "INPUT", "-p tcp -p udp", `t:1:8: option "-p" can only be given once`},
		{"4", "filter", "INPUT", "! -j DROP", `t:1:1: option "-j" cannot be inverted`},
		{"4", "filter", "INPUT", "-j DROP !", `t:1:9: nothing follows "!" (expected the option to invert)`},
		{"4", "filter", "INPUT", "! ! -p tcp", `t:1:3: two "!" in a row`},
		{"4", "filter", "INPUT", "dport 22", `t:1:1: unexpected word "dport" (expected an option)`},
		{"4", "filter", "INPUT", "-p tcp jump ACCEPT", `t:1:8: unexpected word "jump" (expected an option) (did you mean "--jump"?)`},
		{"4", "filter", "INPUT", "-p udp -m tcp --dport 3", `t:1:11: match tcp not allowed here: the rule needs -p tcp, not -p udp`},
		{"4", "filter", "INPUT", "-p tcp --dport 70000", `t:1:16: option "--dport": bad value "70000" (expected a port number, service name or LO:HI)`},
		{"4", "filter", "INPUT", "-p tcp --dport shh", `t:1:16: option "--dport": bad value "shh" (expected a port number, service name or LO:HI) (did you mean "ssh"?)`},
		{"4", "filter", "PREROUTING", "-j REJECT", ``},
		{"4", "nat", "PREROUTING", "-j REJECT", `t:1:4: target REJECT not allowed here: only in table filter, not in nat`},
		{"4", "nat", "PREROUTING", "-j SNAT --to-source 1.2.3.4", `t:1:4: target SNAT not allowed in PREROUTING (only in POSTROUTING, INPUT)`},
		{"4", "nat", "PREROUTING", "-j DNAT --to-destination 1.2.3.4:80", `t:1:26: option "--to-destination": a port not allowed here: -p tcp, udp, sctp, dccp or icmp must stand before it`},
		{"4", "filter", "INPUT", "-j REJECT --reject-with tcp-reset", `t:1:25: option "--reject-with": tcp-reset not allowed here: the rule needs -p tcp`},
		{"4", "filter", "INPUT", "-m limit ! --limit 3/s", `t:1:12: option "--limit" cannot be inverted`},
		{"4", "filter", "INPUT", "-m mac", `t:1:4: match mac: option "--mac-source" must be given`},
		{"4", "filter", "INPUT", "-m ttl --ttl-eq 4 --ttl-lt 3", `t:1:19: option "--ttl-eq" cannot be used together with "--ttl-lt"`},
		{"4", "filter", "INPUT", "-m length --len", `t:1:11: option "--len" requires a value`},
		{"4", "filter", "INPUT", "-t nat", `t:1:1: option "-t" not allowed here: it is not part of a rule`},
		{"4", "filter", "INPUT", "-A FORWARD", `t:1:1: option "-A" not allowed here: it is not part of a rule`},
	} {
		fam := packet.IPv4
		if c.family == "6" {
			fam = packet.IPv6
		}
		_, err := compileText(c.table, c.chain, c.rule, Env{Family: fam, HasChain: testChains})
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.rule, got, c.want)
		}
	}
}

// TestCompileSave covers the framework: whose option is whose, spellings of base
// options, what iptables-nft makes of several -m tcp.
func TestCompileSave(t *testing.T) {
	for _, c := range []struct{ family, rule, want string }{
		{"4", "-p tcp --dport 22 -j ACCEPT", "-p tcp -m tcp --dport 22 -j ACCEPT"},
		{"4", "-p 6 --dport ssh", "-p tcp -m tcp --dport 22"},
		{"4", "-p tcp -m multiport --dport 22,23", "-p tcp -m multiport --dports 22,23"},
		{"4", "-p tcp --dport=22 -j ACCEPT", "-p tcp -m tcp --dport 22 -j ACCEPT"},
		{"4", "-p tcp --dpo 22", "-p tcp -m tcp --dport 22"},
		{"4", "-p tcp --dport ! 22", "-p tcp -m tcp ! --dport 22"},
		{"4", "-s ! 10.0.0.0/8 -i ! eth0", "! -s 10.0.0.0/8 ! -i eth0"},
		{"4", "-m comment --comment ! -j ACCEPT", `-m comment --comment "!" -j ACCEPT`},
		{"4", "-ptcp -s1.2.3.4 -ieth0 -jACCEPT", "-s 1.2.3.4/32 -i eth0 -p tcp -j ACCEPT"},
		{"4", "--protocol=tcp --source=1.2.3.4 --jump=USER", "-s 1.2.3.4/32 -p tcp -j USER"},
		{"4", "-g USER", "-g USER"},
		{"4", "--goto USER", "-g USER"},
		{"4", "-fj DROP", "-f -j DROP"},
		{"4", "-p tcp -m tcp --dport 22 -m tcp --sport 5", "-p tcp -m tcp --sport 5 --dport 22"},
		{"4", "-p tcp -m tcp --dport 22 -m comment --comment a -m tcp --dport 23", "-p tcp -m tcp --dport 23 -m comment --comment a"},
		{"4", "-p tcp --tcp-option 4 -m tcp --dport 22", "-p tcp -m tcp --tcp-option 4 -m tcp --dport 22"},
		{"4", "-p tcp ! --dport 0:99", "-p tcp -m tcp --dport 100:65535"},
		{"4", "-p tcp ! --dport :", "-p tcp"},
		{"4", "-s 1.2.3.4,5.6.7.8 -d 9.9.9.9,8.8.8.8/24", "-s 1.2.3.4/32 -d 9.9.9.9/32\n-s 1.2.3.4/32 -d 8.8.8.0/24\n-s 5.6.7.8/32 -d 9.9.9.9/32\n-s 5.6.7.8/32 -d 8.8.8.0/24"},
		{"4", "-6 -j ACCEPT", ""},
		{"6", "-4 -j ACCEPT", ""},
		{"6", "-6 -j ACCEPT", "-j ACCEPT"},
		{"6", "-p icmpv6 --icmpv6-type ping", "-p ipv6-icmp -m icmp6 --icmpv6-type 128"},
		{"6", "-s ::ffff:1.2.3.4 -d ::1.2.3.4", "-s ::ffff:1.2.3.4/128 -d ::1.2.3.4/128"},
		{"4", "-c 12 345 -j ACCEPT", "-j ACCEPT"},
		{"4", `-m geoip --src-cc DE,AT -p tcp --dport 22 -j DROP`, `-p tcp -m geoip --src-cc "DE,AT" -m tcp --dport 22 -j DROP`},
		{"4", `-j TARPIT --honeypot`, `-j TARPIT --honeypot`},
		{"4", `-m u32 ! --u32 "0=1" -j LOG --log-prefix "a b\"c"`, `-m u32 ! --u32 "0x0=0x1" -j LOG --log-prefix "a b\"c"`},
	} {
		fam := packet.IPv4
		if c.family == "6" {
			fam = packet.IPv6
		}
		rules, err := compileText("filter", "INPUT", c.rule, Env{Family: fam, HasChain: testChains})
		if err != nil {
			t.Errorf("%s: %v", c.rule, err)
			continue
		}
		if got := saved(rules); got != c.want {
			t.Errorf("%s\n got %q\nwant %q", c.rule, got, c.want)
		}
	}
}

// TestCompiled looks at the parts of the compiled form that others use.
func TestCompiled(t *testing.T) {
	rules, err := compileText("filter", "INPUT", `-c 12 345 -m comment --comment "a b" -m conntrack --ctstate NEW -j LOG --log-prefix "x "`, Env{Family: packet.IPv4})
	if err != nil {
		t.Fatal(err)
	}
	r := rules[0]
	if r.Packets != 12 || r.Bytes != 345 || !r.Counted {
		t.Errorf("counters: %d %d %v", r.Packets, r.Bytes, r.Counted)
	}
	if r.Comment() != "a b" {
		t.Errorf("comment %q", r.Comment())
	}
	if l, ok := r.Target.Target.(Logger); !ok || l.Prefix() != "x " || l.Level() != 4 {
		t.Errorf("logger %v", r.Target.Target)
	}
	if len(r.Parts) != 2 || !r.Parts[1].Tracks() || r.Parts[0].Tracks() {
		t.Errorf("parts %v", r.Parts)
	}
	rules, err = compileText("filter", "INPUT", "-j DROP", Env{Family: packet.IPv4})
	if err != nil || rules[0].Verdict != trace.Drop {
		t.Errorf("verdict: %v %v", rules, err)
	}
	rules, err = compileText("raw", "PREROUTING", "-j CT --notrack", Env{Family: packet.IPv4})
	if err != nil || rules[0].Target.Tracks() {
		t.Errorf("a bare --notrack needs no tracking: %v", err)
	}
	if _, err := compileText("filter", "INPUT", "-j QUEUE", Env{Family: packet.IPv4, Backend: host.Legacy}); err != nil {
		t.Errorf("legacy has QUEUE: %v", err)
	}
}

// TestCheckHook asks a user chain's rule about the hooks its callers are at.
func TestCheckHook(t *testing.T) {
	rules, err := compileText("filter", "USER", "-m addrtype --src-type LOCAL --limit-iface-in -j REJECT", Env{Family: packet.IPv4})
	if err != nil {
		t.Fatal(err)
	}
	if err := rules[0].CheckHook(packet.Input); err != nil {
		t.Errorf("INPUT: %v", err)
	}
	if err := rules[0].CheckHook(packet.Output); err == nil {
		t.Errorf("OUTPUT accepted")
	}
}

// FuzzCompile feeds any text: nothing panics, and what is printed for a rule
// that compiles compiles again and prints the same.
func FuzzCompile(f *testing.F) {
	for _, s := range []string{"-p tcp --dport 22 -j ACCEPT", `-m u32 --u32 "0>>22&0x3C@8=0x5"`, "-m conntrack --ctstate NEW -j LOG --log-prefix \"a b\"",
		"-p tcp -m multiport --dports 1,2:3", "! -s 10.0.0.0/8 -m set --match-set x src,dst", "-p sctp --chunk-types any DATA:BE",
		"-m hashlimit --hashlimit-upto 5kb/s --hashlimit-name x", `-m bpf --bytecode "1,6 0 0 1"`, "-m time --weekdays Mon --timestart 08:00"} {
		f.Add(s, "filter", "INPUT", false)
	}
	f.Add("-p tcp -j DNAT --to-destination 1.2.3.4:80-90/85", "nat", "PREROUTING", false)
	f.Add("-p tcp -j SNAT --to-source [2001:db8::1-2001:db8::2]:80", "nat", "POSTROUTING", true)
	f.Add("-j HMARK --hmark-tuple src,dst --hmark-mod 10 --hmark-rnd 1", "mangle", "FORWARD", false)
	f.Fuzz(func(t *testing.T, text, table, chain string, six bool) {
		env := Env{Family: packet.IPv4}
		if six {
			env.Family = packet.IPv6
		}
		rules, err := compileText(table, chain, text, env)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "t:1") {
				t.Fatalf("error without a place: %v", err)
			}
			return
		}
		for _, r := range rules {
			once := r.Save()
			again, err := compileText(table, chain, once, env)
			if err != nil {
				t.Fatalf("%q prints as %q, which does not compile: %v", text, once, err)
			}
			if len(again) != 1 || again[0].Save() != once {
				t.Fatalf("%q prints as %q, then as %q", text, once, saved(again))
			}
		}
	})
}
