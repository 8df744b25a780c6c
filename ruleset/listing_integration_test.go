package ruleset

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestListingKernel loads rules, lists them, reads the listing, loads what was
// read, and holds the two against each other.
func TestListingKernel(t *testing.T) {
	k := newKernel(t)
	for _, set := range [][]string{{"create", "s1", "hash:ip"}, {"create", "s2", "hash:ip,port"}} {
		if _, err := k.run("", append([]string{"ipset"}, set...)...); err != nil {
			t.Log(err)
		}
	}
	data, err := os.ReadFile(filepath.Join("testdata", "listing.txt"))
	if err != nil {
		t.Fatal(err)
	}
	loaded := 0
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		w := strings.SplitN(line, " ", 4)
		prog := "iptables"
		if w[0] == "6" {
			prog = "ip6tables"
		}
		if checkListed(t, k, prog, w[1], w[2], w[3]) {
			loaded++
		}
	}
	t.Logf("%d rules listed and read back", loaded)
	if loaded < 100 {
		t.Errorf("only %d rules were taken by the kernel", loaded)
	}
}

func checkListed(t *testing.T, k *kernel, prog, table, chain, rule string) bool {
	empty := "*" + table + "\n:ch - [0:0]\n"
	in := empty + "-A " + chain + " " + rule + "\nCOMMIT\n"
	if _, err := k.run(in, prog+"-restore"); err != nil {
		t.Logf("not taken: %s %s: %v", table, rule, firstLines(err.Error(), 1))
		return false
	}
	want := k.save(prog)
	for _, flags := range [][]string{{"-n", "-v", "--line-numbers"}, {"-v"}} {
		out, err := k.run("", append([]string{prog, "-t", table, "-L"}, flags...)...)
		if err != nil {
			t.Fatal(err)
		}
		f, err := Parse("listing", []byte("# "+prog+" -t "+table+" -L\n"+out))
		if err != nil {
			t.Errorf("%s: %v\n%s", rule, err, out)
			continue
		}
		rs := f.Rulesets()[0]
		for _, i := range f.Ignored {
			t.Errorf("%s: %s: %s", rule, i.Text, i.Why)
		}
		var hidden []string
		for _, c := range rs.Table(table).Chains {
			for _, r := range c.Rules {
				hidden = append(hidden, r.Hidden...)
			}
		}
		back := string(rs.AppendSave(nil, nil, false))
		if slices.Contains(hidden, "--hashlimit-name") {
			back = strings.ReplaceAll(back, "-m hashlimit", "-m hashlimit --hashlimit-name x")
		}
		if _, err := k.run(back, prog+"-restore"); err != nil {
			t.Errorf("%s: %v\nlisted %s\nread %s", rule, err, out, back)
		} else if got := k.save(prog); got != want {
			t.Errorf("%s %v (-want +got)\n%s\nlisted %s", rule, flags, cmp.Diff(want, got), out)
		}
		if _, err := k.run(in, prog+"-restore"); err != nil {
			t.Fatal(err)
		}
	}
	k.run("*"+table+"\nCOMMIT\n", prog+"-restore")
	return true
}
