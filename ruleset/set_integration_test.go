package ruleset

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var drawn = regexp.MustCompile(` bucketsize \d+| initval 0x[0-9a-f]+`)

// sortedLines orders lines: a hash gives its entries in any order.
func sortedLines(s string) []string {
	lines := strings.Split(s, "\n")
	slices.Sort(lines)
	return lines
}

// TestSetsKernel makes sets, reads what ipset saves and lists, and has ipset
// restore what was printed of it.
func TestSetsKernel(t *testing.T) {
	k := newKernel(t)
	const in = `create a hash:ip timeout 100 counters comment
add a 1.2.3.4 comment "x y" timeout 0
add a 1.2.3.5 timeout 0
create b hash:net family inet6 skbinfo
add b fe80::/10 nomatch
add b 2001:db8::/32 skbmark 0x1/0xff skbprio 1:2 skbqueue 5
create c bitmap:port range 0-1000
add c 5-7
create e bitmap:ip range 10.0.0.0/24 netmask 28
add e 10.0.0.17
create f hash:ip,port,net
add f 1.1.1.1,udp:53,10.0.0.0/8
create g hash:ip netmask 24 forceadd hashsize 64 maxelem 100
add g 1.2.3.4
create d list:set size 4
add d a
add d c
`
	if _, err := k.run(in, "ipset", "restore"); err != nil {
		t.Fatal(err)
	}
	saved, err := k.run("", "ipset", "save")
	if err != nil {
		t.Fatal(err)
	}
	listed, err := k.run("", "ipset", "list")
	if err != nil {
		t.Fatal(err)
	}
	want := drawn.ReplaceAllString(saved, "")
	for _, text := range []string{saved, listed} {
		f, err := Parse("f", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if len(f.Sets) != 7 {
			t.Errorf("%d sets read of 7", len(f.Sets))
		}
		for _, cmd := range []string{"flush", "destroy"} {
			if _, err := k.run("", "ipset", cmd); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := k.run(setsOf(f), "ipset", "restore"); err != nil {
			t.Fatalf("%v\n%s", err, setsOf(f))
		}
		again, err := k.run("", "ipset", "save")
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(sortedLines(want), sortedLines(drawn.ReplaceAllString(again, ""))); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
	}
}
