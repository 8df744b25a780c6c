package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReadme runs every "$ nfwhy ..." session of the README and holds its output
// against what stands there; -update rewrites it.
func TestReadme(t *testing.T) {
	const name = "README.md"
	t.Chdir("../..")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	sessions := 0
	rest := string(text)
	for {
		before, block, ok := strings.Cut(rest, "```console\n$ nfwhy ")
		out.WriteString(before)
		if !ok {
			break
		}
		command, after, _ := strings.Cut(block, "\n")
		_, tail, ok := strings.Cut(after, "```\n")
		if !ok {
			t.Fatalf("the session of %q has no end", command)
		}
		var stdout, stderr bytes.Buffer
		run(words(command), strings.NewReader(""), &stdout, &stderr)
		if stderr.Len() > 0 {
			t.Errorf("nfwhy %s: %s", command, &stderr)
		}
		out.WriteString("```console\n$ nfwhy " + command + "\n" + stdout.String() + "```\n")
		rest = tail
		sessions++
	}
	if sessions < 2 {
		t.Fatalf("%d sessions found in %s", sessions, name)
	}
	if *update {
		if err := os.WriteFile(name, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(string(text), out.String()); d != "" {
		t.Errorf("%s is not what the commands print (run with -update):\n%s", name, d)
	}
}

// words splits a command at blanks, with single quotes.
func words(s string) []string {
	var out []string
	for i, part := range strings.Split(s, "'") {
		if i%2 == 1 {
			out = append(out, part)
		} else {
			out = append(out, strings.Fields(part)...)
		}
	}
	return out
}
