package nfwhy_test

import (
	"go/build"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// policy is which package of nfwhy may import which others: one direction, from
// reading to reporting. It is a statement of design: it is not loosened to make
// a build pass. A folder that is not listed fails the test.
var policy = map[string][]string{
	"packet":       nil,
	"ruleset":      nil,
	"conntrack":    {"packet"},
	"capture":      {"packet"},
	"craft":        {"packet", "capture"},
	"ipset":        {"packet", "ruleset"},
	"host":         {"packet", "ruleset", "conntrack"},
	"trace":        {"packet", "ruleset", "conntrack"},
	"xt":           {"packet", "ruleset", "conntrack", "host", "trace"},
	"netfilter":    {"ipset", "packet", "ruleset", "conntrack", "host", "trace", "xt"},
	"replay":       {"packet", "capture", "host", "trace", "netfilter"},
	"prose":        {"packet"},
	"generator":    {"packet", "ruleset", "host", "prose"},
	"evidence":     {"packet", "ruleset", "conntrack", "capture", "host", "xt"},
	"diagnose":     {"packet", "ruleset", "conntrack", "capture", "host", "trace", "xt", "netfilter", "replay", "evidence", "prose", "generator"},
	"report":       {"packet", "ruleset", "conntrack", "capture", "host", "trace", "evidence", "diagnose"},
	"live":         {"packet", "ruleset", "conntrack", "host", "trace", "capture"},
	".":            {"packet", "ruleset", "conntrack", "capture", "host", "trace", "xt", "netfilter", "replay", "evidence", "diagnose"},
	"cmd/nfwhy":    {".", "packet", "ruleset", "conntrack", "capture", "host", "trace", "xt", "netfilter", "replay", "evidence", "prose", "generator", "diagnose", "report", "craft", "live", "internal/lab"},
	"internal/lab": {".", "packet", "ruleset", "conntrack", "capture", "host", "trace", "xt", "netfilter", "replay", "evidence", "diagnose", "report", "live"},
}

// leaves are forbidden to everything that must build for the browser.
var linuxOnly = []string{"internal/lab", "live", "cmd/nfwhy"}

func TestImportDirection(t *testing.T) {
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		if strings.HasPrefix(d.Name(), ".") && rel != "." || d.Name() == "testdata" {
			return filepath.SkipDir
		}
		pkg, err := build.ImportDir(path, 0)
		if err != nil {
			if _, none := err.(*build.NoGoError); none {
				return nil
			}
			return err
		}
		seen++
		allowed, listed := policy[rel]
		if !listed {
			t.Errorf("package %s is not in the policy: decide what it may import", rel)
			return nil
		}
		for _, imp := range pkg.Imports {
			if imp != "nfwhy" && !strings.HasPrefix(imp, "nfwhy/") {
				continue
			}
			name := strings.TrimPrefix(strings.TrimPrefix(imp, "nfwhy"), "/")
			if name == "" {
				name = "."
			}
			if !slices.Contains(allowed, name) {
				t.Errorf("%s imports %s, which the policy does not allow", rel, imp)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 8 {
		t.Errorf("only %d packages found: the walk is broken", seen)
	}
}

// TestEveryPackageTellsItsStory holds every package to exactly one doc.go with a
// package comment.
func TestEveryPackageTellsItsStory(t *testing.T) {
	for rel := range policy {
		pkg, err := build.ImportDir(rel, build.ImportComment)
		if err != nil {
			if _, none := err.(*build.NoGoError); !none {
				t.Error(err)
			}
			continue
		}
		if pkg.Name == "main" {
			continue
		}
		if len(strings.TrimSpace(pkg.Doc)) < 20 {
			t.Errorf("%s has no package comment", rel)
		}
		if !slices.Contains(pkg.GoFiles, "doc.go") {
			t.Errorf("%s has no doc.go", rel)
		}
	}
}

// TestEngineBuildsForTheBrowser checks by imports that nothing the engine needs
// is bound to Linux.
func TestEngineBuildsForTheBrowser(t *testing.T) {
	for rel, imports := range policy {
		if slices.Contains(linuxOnly, rel) {
			continue
		}
		for _, l := range linuxOnly {
			if slices.Contains(imports, l) {
				t.Errorf("%s may import %s, which is for Linux only", rel, l)
			}
		}
	}
}
