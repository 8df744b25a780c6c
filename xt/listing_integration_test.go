package xt

import (
	"path/filepath"
	"strings"
	"testing"

	"nfwhy/host"
	"nfwhy/packet"
)

// TestListingKernel holds the listed form of every vector's rule against what
// iptables -L prints of it.
func TestListingKernel(t *testing.T) {
	k := needKernel(t)
	k.needSets(t)
	files, _ := filepath.Glob(filepath.Join("testdata", "*.t"))
	all, same := 0, 0
	for _, f := range files {
		if absentFile(f) {
			continue
		}
		vs, err := readVectors(f)
		if err != nil {
			t.Fatal(err)
		}
		type place struct {
			f            packet.Family
			table, chain string
		}
		rules := map[place][]string{}
		for _, v := range vs {
			if v.ok {
				p := place{v.family, v.table, v.chain}
				rules[p] = append(rules[p], v.rule)
			}
		}
		for p, texts := range rules {
			a, s := k.listed(t, p.f, p.table, p.chain, texts)
			all, same = all+a, same+s
			k.load(p.f, p.table, p.chain, nil)
		}
	}
	t.Logf("%d of %d rules listed alike", same, all)
	if same*100 < all*99 { // the rest is logged: inverted full SPI ranges, hashlimit after a rate interval
		t.Errorf("%d of %d rules are listed in another way", all-same, all)
	}
	if all < 1000 {
		t.Errorf("only %d rules were listed by the kernel", all)
	}
}

// listed compares rules of a chain, and returns how many there were and how many
// were alike.
func (k *kernel) listed(t *testing.T, f packet.Family, table, chain string, texts []string) (all, same int) {
	t.Helper()
	if err := k.load(f, table, chain, texts); err != nil {
		if len(texts) == 1 {
			t.Logf("not taken: %s: %v", texts[0], err)
			return 0, 0
		}
		h := len(texts) / 2
		a, s := k.listed(t, f, table, chain, texts[:h])
		a2, s2 := k.listed(t, f, table, chain, texts[h:])
		return a + a2, s + s2
	}
	out, err := k.run("", strings.TrimSuffix(tool(f, "x"), "-x"), "-t", table, "-L", chain, "-n", "-v", "--line-numbers")
	if err != nil {
		t.Errorf("%s: %v", table, err)
		return 0, 0
	}
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")[2:]
	for _, text := range texts {
		rs, err := compileText(table, chain, text, Env{Family: f, Backend: host.NFT})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		for _, r := range rs {
			if all >= len(lines) {
				t.Errorf("%s: the kernel lists only %d rules", text, len(lines))
				return all, same
			}
			got := string(r.AppendListing(nil, all+1, 0, 0))
			if got == lines[all] {
				same++
			} else {
				t.Logf("%s: %s\n   ours %q\n kernel %q", table, text, got, lines[all])
			}
			all++
		}
	}
	return all, same
}
