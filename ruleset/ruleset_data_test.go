package ruleset

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// dataDir is where real rulesets lie that are not part of the repository.
func dataDir(t testing.TB) string {
	dir := os.Getenv("NFWHY_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no real data: %v (set NFWHY_DATA)", err)
	}
	return dir
}

var tableLine = regexp.MustCompile(`(?m)^\*(filter|nat|mangle|raw|security)\b`)

func TestRealDumps(t *testing.T) {
	dir := dataDir(t)
	files, parsed, rules := 0, 0, 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil || !tableLine.Match(data) || notDump(path) {
			return err
		}
		files++
		f, err := Parse(strings.TrimPrefix(path, dir+"/"), data)
		if err != nil {
			t.Logf("%v", firstLines(err.Error(), 3))
		} else {
			parsed++
		}
		if !bytes.Equal(f.Bytes(), data) {
			t.Errorf("%s: text not kept", path)
		}
		for _, rs := range f.Rulesets() {
			for _, tb := range rs.Tables {
				for _, c := range tb.Chains {
					rules += len(c.Rules)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d of %d files parse without complaint; %d rules", parsed, files, rules)
	if files-parsed > 8 { // outputs of other tools around a dump, and a dump with broken lines
		t.Errorf("%d files do not parse", files-parsed)
	}
}

// notDump names files that hold a table line and are something else.
func notDump(path string) bool {
	return strings.HasSuffix(path, ".t") || strings.HasSuffix(path, ".hs")
}

func firstLines(s string, n int) string {
	lines := strings.SplitN(s, "\n", n+1)
	if len(lines) > n {
		lines = append(lines[:n], "...")
	}
	return strings.Join(lines, "\n")
}

var chainHead = regexp.MustCompile(`(?m)^Chain \S+ \((policy|\d+ references)`)

func TestRealListings(t *testing.T) {
	dir := dataDir(t)
	files, rules, unread := 0, 0, 0
	why := map[string]int{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil || !chainHead.Match(data) {
			return err
		}
		files++
		f, _ := Parse(strings.TrimPrefix(path, dir+"/"), data, Lenient())
		for _, i := range f.Ignored {
			unread++
			if why[i.Why]++; why[i.Why] == 1 {
				t.Logf("%s: %s", i.Pos, i.Why)
			}
		}
		n := 0
		for _, rs := range f.Rulesets() {
			for _, tb := range rs.Tables {
				for _, c := range tb.Chains {
					n += len(c.Rules)
				}
			}
		}
		if rows := len(regexp.MustCompile(`(?m)^[ \d]*.*\s(--|-f|!f)\s.*[\d.]+`).FindAll(data, -1)); rows > n {
			t.Logf("%s: %d rows, %d rules", path, rows, n)
		}
		rules += n
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files, %d rules, %d rows not understood completely", files, rules, unread)
}

var commandLine = regexp.MustCompile(`(?m)^\s*(sudo )?(\S*/)?(\$\{?)?(ip6?tables|IPT\w*|IP6?TABLES)\}?"? .*-[AIP] `)

func TestRealScripts(t *testing.T) {
	dir := dataDir(t)
	files, clean, rules := 0, 0, 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil || !commandLine.Match(data) || notDump(path) || strings.HasSuffix(path, ".txlate") || strings.HasSuffix(path, ".md") || strings.HasSuffix(path, ".pkt") {
			return err
		}
		files++
		f, err := Parse(strings.TrimPrefix(path, dir+"/"), data)
		if err != nil {
			t.Logf("%v", firstLines(err.Error(), 3))
		} else {
			clean++
		}
		for _, n := range f.Notes[:min(len(f.Notes), 4)] {
			t.Logf("note %v: %s", n.Pos, n.Text)
		}
		for _, rs := range f.Rulesets() {
			for _, tb := range rs.Tables {
				for _, c := range tb.Chains {
					rules += len(c.Rules)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d of %d files without complaint, %d rules", clean, files, rules)
}
