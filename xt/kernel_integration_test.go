package xt

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"nfwhy/host"
	"nfwhy/packet"
)

var (
	kernelSeed    = flag.Uint64("xt.seed", 1, "seed of the random rules")
	kernelRules   = flag.Int("xt.rules", 500, "how many random rules to compare with the kernel")
	updateVectors = flag.Int("xt.update", 0, "rewrite testdata with so many random vectors for each extension and family")
	kernelOnly    = flag.String("xt.only", "", "random rules of this extension only")
)

// kernel runs iptables in a network namespace of its own.
type kernel struct{ ns string }

// needKernel returns a fresh namespace, or skips the test where there can be
// none; with NFWHY_KERNEL=1 it fails instead.
func needKernel(t *testing.T) *kernel {
	t.Helper()
	give := t.Skipf
	if os.Getenv("NFWHY_KERNEL") == "1" {
		give = t.Fatalf
	}
	if os.Getuid() != 0 {
		give("needs root")
	}
	for _, tool := range []string{"ip", "iptables-restore", "ip6tables-restore", "iptables-save", "ip6tables-save"} {
		if _, err := exec.LookPath(tool); err != nil {
			give("needs %s", tool)
		}
	}
	out, err := exec.Command("iptables-restore", "--version").Output()
	if err != nil || !bytes.Contains(out, []byte("v1.8.9 (nf_tables)")) {
		give("needs iptables 1.8.9 with nf_tables, not %q", out)
	}
	k := &kernel{fmt.Sprintf("nfwhyxt-%d-%s", os.Getpid(), strings.ToLower(t.Name()[4:min(len(t.Name()), 14)]))}
	if out, err := exec.Command("ip", "netns", "add", k.ns).CombinedOutput(); err != nil {
		give("no network namespace: %s", out)
	}
	t.Cleanup(func() { exec.Command("ip", "netns", "del", k.ns).Run() })
	return k
}

func (k *kernel) run(stdin string, args ...string) (string, error) {
	cmd := exec.Command("ip", append([]string{"netns", "exec", k.ns}, args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%v: %s", err, strings.TrimSpace(errs.String()))
	}
	return out.String(), nil
}

func tool(f packet.Family, name string) string {
	if f == packet.IPv6 {
		return "ip6tables-" + name
	}
	return "iptables-" + name
}

// load restores the rules of one chain alone.
func (k *kernel) load(f packet.Family, table, chain string, rules []string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "*%s\n", table)
	if chain == userChain {
		fmt.Fprintf(&b, ":%s - [0:0]\n", chain)
	} else {
		fmt.Fprintf(&b, "-F %s\n", chain)
	}
	for _, r := range rules {
		fmt.Fprintf(&b, "-A %s %s\n", chain, r)
	}
	b.WriteString("COMMIT\n")
	_, err := k.run(b.String(), tool(f, "restore"), "--noflush")
	return err
}

// save returns what the kernel holds of a chain.
func (k *kernel) save(f packet.Family, table, chain string) []string {
	out, err := k.run("", tool(f, "save"), "-t", table)
	if err != nil {
		return []string{err.Error()}
	}
	var rules []string
	for _, l := range strings.Split(out, "\n") {
		if r, ok := strings.CutPrefix(l, "-A "+chain); ok && (r == "" || r[0] == ' ') {
			rules = append(rules, strings.TrimSpace(r))
		}
	}
	return rules
}

const userChain = "u"

// compare holds rules that Compile takes against what the kernel makes of them,
// and rules it refuses against the kernel's refusal.
func (k *kernel) compare(t *testing.T, f packet.Family, table, chain string, rules []string) {
	t.Helper()
	var good, want []string
	for _, text := range rules {
		rs, err := compileText(table, chain, text, Env{Family: f, Backend: host.NFT})
		if err != nil {
			if kerr := k.load(f, table, chain, []string{text}); kerr == nil {
				t.Errorf("%s %s %s: %q\nwe refuse: %v\nthe kernel has: %q", f, table, chain, text, err, k.save(f, table, chain))
			}
			continue
		}
		good, want = append(good, text), append(want, saved(rs))
	}
	k.agree(t, f, table, chain, good, want)
}

// agree loads rules at once; when that fails it looks for those at fault.
func (k *kernel) agree(t *testing.T, f packet.Family, table, chain string, rules, want []string) {
	t.Helper()
	if len(rules) == 0 {
		return
	}
	if err := k.load(f, table, chain, rules); err != nil {
		if len(rules) == 1 {
			t.Errorf("%s %s %s: %q\nwe take it: %q\nthe kernel: %v", f, table, chain, rules[0], want[0], err)
			return
		}
		h := len(rules) / 2
		k.agree(t, f, table, chain, rules[:h], want[:h])
		k.agree(t, f, table, chain, rules[h:], want[h:])
		return
	}
	got := k.save(f, table, chain)
	wantLines := strings.Split(strings.Join(want, "\n"), "\n")
	if strings.Join(got, "\n") == strings.Join(wantLines, "\n") {
		return
	}
	if len(rules) > 1 {
		h := len(rules) / 2
		k.agree(t, f, table, chain, rules[:h], want[:h])
		k.agree(t, f, table, chain, rules[h:], want[h:])
		return
	}
	t.Errorf("%s %s %s: %q\n   ours %q\n kernel %q", f, table, chain, rules[0], want[0], strings.Join(got, "\n"))
}

// TestRandomRulesKernel generates rules from the list of extensions itself and
// holds both readings of each against each other.
func TestRandomRulesKernel(t *testing.T) {
	k := needKernel(t)
	t.Logf("seed %d", *kernelSeed)
	k.needSets(t)
	rng := rand.New(rand.NewPCG(*kernelSeed, 0))
	g := &ruleGen{rng: rng}
	type group struct {
		f            packet.Family
		table, chain string
	}
	groups := map[group][]string{}
	var order []group
	for i := 0; i < *kernelRules; i++ {
		f, table, chain, text := g.rule()
		key := group{f, table, chain}
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], text)
	}
	for _, key := range order {
		k.compare(t, key.f, key.table, key.chain, groups[key])
	}
}

// needSets makes the sets that generated rules name.
func (k *kernel) needSets(t *testing.T) {
	t.Helper()
	for name, family := range map[string]string{"xtset": "inet", "xtset6": "inet6"} {
		if _, err := k.run("", "ipset", "create", name, "hash:ip", "family", family); err != nil {
			t.Skipf("needs ipset: %v", err)
		}
	}
}

// TestVectorsKernel holds the vectors of testdata against the kernel, or with
// -xt.update has the kernel write them.
func TestVectorsKernel(t *testing.T) {
	k := needKernel(t)
	k.needSets(t)
	if *updateVectors > 0 {
		k.writeVectors(t)
		return
	}
	files, _ := filepath.Glob(filepath.Join("testdata", "*.t"))
	for _, f := range files {
		vs, err := readVectors(f)
		if err != nil {
			t.Fatal(err)
		}
		type place struct {
			f            packet.Family
			table, chain string
		}
		good := map[place][2][]string{}
		for _, v := range vs {
			p := place{v.family, v.table, v.chain}
			if v.ok {
				g := good[p]
				good[p] = [2][]string{append(g[0], v.rule), append(g[1], v.want)}
				continue
			}
			if k.load(v.family, v.table, v.chain, []string{v.rule}) == nil {
				t.Errorf("%s:%d: the kernel takes %q", v.file, v.line, v.rule)
			}
		}
		for p, g := range good {
			if absentFile(f) {
				continue
			}
			k.agree(t, p.f, p.table, p.chain, g[0], g[1])
			k.load(p.f, p.table, p.chain, nil)
		}
	}
}

// absentFile reports vectors of extensions that this kernel does not have.
func absentFile(path string) bool {
	for _, e := range Extensions {
		if vectorFile(e) == filepath.Base(path) && (e.Absent || e.Objects) {
			return true
		}
	}
	return false
}

// writeVectors asks the kernel about random rules of each extension.
func (k *kernel) writeVectors(t *testing.T) {
	for i, e := range Extensions {
		if e.Absent || e.Objects {
			continue
		}
		g := &ruleGen{rng: rand.New(rand.NewPCG(*kernelSeed, uint64(i))), force: e}
		var b strings.Builder
		fmt.Fprintf(&b, "# %s %s: random rules, and what iptables 1.8.9 with Linux 6.18 makes of them.\n", e.kind(), e.Name)
		last := ""
		for _, f := range []packet.Family{packet.IPv4, packet.IPv6} {
			if e.Families&famMask(f) == 0 {
				continue
			}
			fmt.Fprintf(&b, "%%%d\n", f)
			last = ""
			seen := map[string]bool{}
			var lines []string
			for n := 0; n < *updateVectors; n++ {
				table, chain, text := g.ruleOf(f)
				head := "*" + table + "\n:" + chain + "\n"
				if seen[head+text] {
					continue
				}
				seen[head+text] = true
				lines = append(lines, head+k.vector(f, table, chain, text))
			}
			sort.Strings(lines)
			for _, l := range lines {
				i := strings.LastIndexByte(l, '\n') + 1
				if l[:i] != last {
					last = l[:i]
					b.WriteString(last)
				}
				b.WriteString(l[i:] + "\n")
			}
		}
		if err := os.WriteFile(filepath.Join("testdata", vectorFile(e)), []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// vector returns the line for a rule.
func (k *kernel) vector(f packet.Family, table, chain, text string) string {
	if k.load(f, table, chain, []string{text}) != nil {
		return text + ";;FAIL"
	}
	got := strings.Join(k.save(f, table, chain), "\n")
	k.load(f, table, chain, nil)
	if got == text {
		return text + ";=;OK"
	}
	return text + ";" + got + ";OK"
}
