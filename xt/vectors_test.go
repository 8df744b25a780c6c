package xt

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nfwhy/host"
	"nfwhy/packet"
	"nfwhy/ruleset"
)

// split cuts a rule's text into words as iptables-restore does.
func split(text string) []ruleset.Word {
	var words []ruleset.Word
	for i := 0; i < len(text); {
		if text[i] == ' ' || text[i] == '\t' {
			i++
			continue
		}
		w := ruleset.Word{Pos: ruleset.Pos{File: "t", Line: 1, Col: i + 1}}
		var b strings.Builder
		quoted := false
		for ; i < len(text) && (quoted || text[i] != ' ' && text[i] != '\t'); i++ {
			switch c := text[i]; {
			case c == '\\' && quoted && i+1 < len(text):
				i++
				b.WriteByte(text[i])
			case c == '"':
				quoted = !quoted
				w.Quoted = true
			default:
				b.WriteByte(c)
			}
		}
		w.Text = b.String()
		words = append(words, w)
	}
	return words
}

func compileText(table, chain, text string, env Env) ([]*Rule, error) {
	r := &ruleset.Rule{Pos: ruleset.Pos{File: "t", Line: 1, Col: 1}, Text: text, Table: table, Chain: chain, Words: split(text)}
	return CompileAll(r, env)
}

// vector is one line of a .t file.
type vector struct {
	file, table, chain string
	family             packet.Family
	rule, want         string
	ok                 bool
	line               int
}

// readVectors reads a .t file: a line ":CHAIN,..." and a line "*TABLE" say where
// the rules after them stand, "%4" and "%6" of which family they are (both
// without), then come lines "rule;saved form or =;OK or FAIL".
func readVectors(path string) ([]vector, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	base := filepath.Base(path)
	families := []packet.Family{packet.IPv4, packet.IPv6}
	switch {
	case strings.HasPrefix(base, "libip6t_"):
		families = families[1:]
	case strings.HasPrefix(base, "libipt_"):
		families = families[:1]
	}
	var out []vector
	table, chains := "filter", []string(nil)
	for i, line := range strings.Split(string(data), "\n") {
		switch {
		case line == "%4":
			families = []packet.Family{packet.IPv4}
			continue
		case line == "%6":
			families = []packet.Family{packet.IPv6}
			continue
		case line == "" || line[0] == '#' || line[0] == '%' || line[0] == '@':
			continue
		case line[0] == ':':
			chains = strings.Split(line[1:], ",")
			continue
		case line[0] == '*':
			table = strings.TrimSpace(line[1:])
			continue
		}
		rule, want, ok := cutVector(line)
		if !ok {
			return nil, fmt.Errorf("%s:%d: not a vector", path, i+1)
		}
		if want == "LEGACY" {
			continue
		}
		for _, fam := range families {
			for _, c := range chains {
				out = append(out, vector{base, table, strings.TrimSpace(c), fam, rule, want, strings.HasSuffix(strings.TrimSpace(line), "OK"), i + 1})
			}
		}
	}
	return out, nil
}

// cutVector splits a line into rule and expected text; the rule may hold
// semicolons.
func cutVector(line string) (rule, want string, ok bool) {
	f := strings.Split(line, ";")
	n := len(f)
	if n < 3 {
		return "", "", false
	}
	if strings.TrimSpace(f[n-1]) == "LEGACY" {
		return "", "LEGACY", true
	}
	half := n / 2 // both texts hold the same semicolons
	if want = strings.TrimSpace(f[n-2]); want == "=" || want == "" {
		half = n - 2
	}
	rule = strings.Join(f[:half], ";")
	if want != "" && want != "=" {
		want = strings.TrimSpace(strings.Join(f[half:n-1], ";"))
	}
	if want == "=" {
		want = rule
	}
	return rule, want, true
}

func (v vector) check(t *testing.T, env Env) {
	t.Helper()
	rules, err := compileText(v.table, v.chain, v.rule, env)
	switch {
	case err != nil && v.ok:
		t.Errorf("%s:%d %s %s %s: %q refused: %v", v.file, v.line, v.family, v.table, v.chain, v.rule, err)
	case err == nil && !v.ok:
		t.Errorf("%s:%d %s %s %s: %q accepted as %q", v.file, v.line, v.family, v.table, v.chain, v.rule, saved(rules))
	case err == nil && saved(rules) != strings.TrimSpace(v.want):
		t.Errorf("%s:%d %s: %q\n got %q\nwant %q", v.file, v.line, v.family, v.rule, saved(rules), v.want)
	}
}

func saved(rules []*Rule) string {
	var lines []string
	for _, r := range rules {
		lines = append(lines, r.Save())
	}
	return strings.Join(lines, "\n")
}

// sharedData returns the folder of real data, "" when it is not there.
func sharedData() string {
	dir := os.Getenv("NFWHY_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	if _, err := os.Stat(dir); err != nil {
		return ""
	}
	return dir
}

// TestUpstreamVectors holds Compile and Save against the test vectors of
// iptables itself, which are of release 1.8.11.
func TestUpstreamVectors(t *testing.T) {
	dir := sharedData()
	if dir == "" {
		t.Skip("no data folder")
	}
	files, _ := filepath.Glob(filepath.Join(dir, "iptables", "extensions", "*.t"))
	if len(files) == 0 {
		t.Fatal("no vectors")
	}
	for _, f := range files {
		vs, err := readVectors(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range vs {
			v.check(t, Env{Family: v.family, Backend: host.NFT, Version: V1_8_11, HasSet: func(string) bool { return false }})
		}
	}
}

// TestVectors holds Compile and Save against vectors of our own, which the
// kernel has confirmed (TestVectorsKernel).
func TestVectors(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join("testdata", "*.t"))
	have := map[string]bool{}
	for _, f := range files {
		vs, err := readVectors(f)
		if err != nil {
			t.Fatal(err)
		}
		have[filepath.Base(f)] = true
		for _, v := range vs {
			v.check(t, Env{Family: v.family, Backend: host.NFT})
		}
	}
	for _, e := range Extensions {
		if !have[vectorFile(e)] {
			t.Errorf("%s %s has no vectors: testdata/%s", e.kind(), e.Name, vectorFile(e))
		}
	}
}

// vectorFile names the file of an extension's vectors; targets are told from
// matches in more than the case of letters.
func vectorFile(e *Extension) string {
	if e.IsTarget {
		return "target_" + e.Name + ".t"
	}
	return e.Name + ".t"
}
