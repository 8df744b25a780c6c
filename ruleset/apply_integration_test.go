package ruleset

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCommandsKernel runs random commands on the kernel and here: both must take
// or refuse each of them, and come to the same rules.
func TestCommandsKernel(t *testing.T) {
	k := newKernel(t)
	for seed := range uint64(8) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		var script strings.Builder
		if _, err := k.run("*filter\nCOMMIT\n*nat\nCOMMIT\n", "iptables-restore"); err != nil {
			t.Fatal(err)
		}
		for range 60 {
			cmd := randomCommand(rnd)
			if f, _ := Parse("f", []byte(script.String())); jumpsNowhere(f, cmd) {
				continue // whether a target exists is not this package's to know
			}
			_, err := k.run("", append([]string{"iptables"}, strings.Fields(cmd)...)...)
			_, ours := Parse("f", []byte(script.String()+"iptables "+cmd+"\n"))
			if (err == nil) != (ours == nil) {
				t.Fatalf("seed %d: after\n%siptables %s\nkernel: %v\nhere: %v", seed, script.String(), cmd, err, ours)
			}
			if err == nil {
				script.WriteString("iptables " + cmd + "\n")
			}
		}
		f, err := Parse("f", []byte(script.String()))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if f.V4 != nil {
			got = string(f.V4.AppendSave(nil, nil, false))
		}
		if d := cmp.Diff(k.save("iptables"), got); d != "" {
			t.Errorf("seed %d (-kernel +here)\n%s\n%s", seed, d, script.String())
		}
	}
}

// jumpsNowhere reports a jump to a user chain that is not there.
func jumpsNowhere(f *File, cmd string) bool {
	_, to, ok := strings.Cut(cmd, " -j ")
	if !ok || to == "ACCEPT" || to == "RETURN" {
		return false
	}
	table := "filter"
	if strings.HasPrefix(cmd, "-t nat") {
		table = "nat"
	}
	t := f.V4.Table(table)
	return t == nil || t.Chain(to) == nil
}

func pick(rnd *rand.Rand, s ...string) string { return s[rnd.IntN(len(s))] }

// randomCommand makes commands of which many fail. Loops of jumps are left out:
// they are reported at the end of a text here, at the command by the kernel.
func randomCommand(rnd *rand.Rand) string {
	table := pick(rnd, "", "", "", "-t nat ")
	builtin := pick(rnd, "INPUT", "OUTPUT", "FORWARD")
	if table != "" {
		builtin = pick(rnd, "INPUT", "OUTPUT", "POSTROUTING")
	}
	user := pick(rnd, "a", "b", "c")
	chain := pick(rnd, builtin, builtin, user)
	target := pick(rnd, "ACCEPT", "RETURN")
	if chain == builtin {
		target = pick(rnd, "ACCEPT", "RETURN", user, user)
	}
	addr := fmt.Sprintf("10.0.0.%d/32", rnd.IntN(4))
	spec := "-s " + addr + " -j " + target
	n := rnd.IntN(4)
	switch rnd.IntN(16) {
	case 0, 1, 2, 3:
		return table + "-A " + chain + " " + spec
	case 4, 5:
		return fmt.Sprintf("%s-I %s %s", table, chain, spec)
	case 6:
		return fmt.Sprintf("%s-I %s %d %s", table, chain, n, spec)
	case 7:
		return fmt.Sprintf("%s-R %s %d %s", table, chain, n, spec)
	case 8:
		return fmt.Sprintf("%s-D %s %d", table, chain, n)
	case 9:
		return table + "-D " + chain + " " + spec
	case 10, 11:
		return table + "-N " + pick(rnd, user, "INPUT", "-x", strings.Repeat("n", 28+rnd.IntN(2)))
	case 12:
		return table + "-X " + user
	case 13:
		return table + "-F" + pick(rnd, "", " "+chain)
	case 14:
		return table + "-E " + user + " " + pick(rnd, "a", "b", "c", "INPUT")
	}
	return table + "-P " + pick(rnd, builtin, user) + " " + pick(rnd, "ACCEPT", "DROP", "REJECT")
}

// TestRestoreKernel gives texts to iptables-restore that are right or wrong in
// one place.
func TestRestoreKernel(t *testing.T) {
	k := newKernel(t)
	for _, tt := range []struct {
		in   string
		ours bool // what is read here where iptables-restore is stricter
	}{
		{in: "*filter\n:INPUT DROP [1:2]\n:foo - [0:0]\n-A foo -s 10.0.0.1/32 -j DROP\n-A INPUT -j foo\nCOMMIT\n"},
		{in: "*filter\n:zz - [0:0]\n:aa - [0:0]\n:A1 - [0:0]\n:_x - [0:0]\nCOMMIT\n*nat\n:zz - [0:0]\nCOMMIT\n*raw\nCOMMIT\n*mangle\nCOMMIT\n"},
		{in: "*filter\n:foo ACCEPT [0:0]\nCOMMIT\n"},
		{in: "*filter\n:INPUT - [0:0]\nCOMMIT\n"},
		{in: "*filter\n:INPUT REJECT [0:0]\nCOMMIT\n"},
		{in: "*filter\n:INPUT ACCEPT [x:0]\nCOMMIT\n"},
		{in: "*filter\n:INPUT ACCEPT junk\nCOMMIT\n"},
		{in: "*filter\n:INPUT\nCOMMIT\n"},
		{in: "*filter\n: INPUT DROP\nCOMMIT\n"},
		{in: "*filter\n:foo - [0:0]\n-A foo -j DROP\n:foo - [0:0]\nCOMMIT\n"},
		{in: "*filter\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n"},
		{in: "*filter\n-A INPUT -t nat -j DROP\nCOMMIT\n"},
		{in: "*filter\n-A INPUT -m comment --comment -t -j DROP\nCOMMIT\n"},
		{in: "*filter\n-A INPUT -m comment --comment \"-t nat\" -j DROP\nCOMMIT\n"},
		{in: "*filter\n-A INPUT -m comment --comment \"a\\\"b\\\\c\\n d\" -j DROP\nCOMMIT\n"},
		{in: "*filter\n[3:4]-A INPUT -j DROP\nCOMMIT\n"},
		{in: "*filter\n-A INPUT -c 5 6 -j DROP\nCOMMIT\n"},
		{in: "*filter\n-N foo\n-A foo -j DROP\n-F foo\n-P INPUT DROP\n-I INPUT -j foo\nCOMMIT\n"},
		{in: "*filter\n-N foo\n-X foo\nCOMMIT\n"},
		{in: "*filter\n-4 -A INPUT -s 10.0.0.1/32 -j DROP\n-6 -A INPUT -j REJECT\n--ipv6 -A INPUT -j LOG\nCOMMIT\n"},
		{in: "*filter\nCOMMIT\n-A INPUT -j DROP\n", ours: true},
		{in: "junk\n*filter\nCOMMIT\n"},
		{in: "* filter\nCOMMIT\n"},
		{in: "*foo\nCOMMIT\n"},
		{in: "*filter\n-A nochain -j DROP\nCOMMIT\n"},
		{in: "*filter\n:a -\n:b -\n-A a -j b\n-A b -j a\nCOMMIT\n"},
		{in: "*filter\n:a -\n:b -\n-A a -j b\n-A b -j a\n-A INPUT -j a\nCOMMIT\n"},
		{in: "*filter\n-A INPUT -j OUTPUT\nCOMMIT\n"},
		{in: "*filter\n:a -\n-A INPUT -s 10.0.0.1,10.0.0.2 -d 10.1.0.1,10.1.0.2 -j a\n-I a -s 10.0.0.1,10.0.0.2 -j DROP\nCOMMIT\n"},
		{in: "*filter\n-A INPUT ! -s 10.0.0.1,10.0.0.2 -j DROP\nCOMMIT\n"},
		{in: "*filter\n-A INPUT -j DROP\nCOMMIT\n*filter\n-A OUTPUT -j DROP\nCOMMIT\n"},
		{in: "*filter\n-A INPUT -j DROP\n", ours: true},
		{in: "*filter\r\n-A INPUT -j DROP\r\nCOMMIT\r\n", ours: true},
	} {
		k.run("*mangle\nCOMMIT\n*raw\nCOMMIT\n*nat\nCOMMIT\n*filter\nCOMMIT\n", "iptables-restore")
		_, err := k.run(tt.in, "iptables-restore")
		f, ours := Parse("f", []byte(tt.in), Family(4))
		if (err == nil || tt.ours) != (ours == nil) {
			t.Errorf("%q\nkernel: %v\nhere: %v", tt.in, err, ours)
			continue
		}
		if err != nil {
			continue
		}
		want := k.save("iptables")
		if f.V4 == nil {
			f.V4 = &Ruleset{}
		}
		got := strings.ReplaceAll(string(f.V4.AppendSave(nil, nil, false)), "10.0.0.1 ", "10.0.0.1/32 ")
		for _, a := range []string{"10.0.0.2", "10.1.0.1", "10.1.0.2"} {
			got = strings.ReplaceAll(got, a+" ", a+"/32 ")
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q (-kernel +here)\n%s", tt.in, d)
		}
	}
}
