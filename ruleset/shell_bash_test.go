package ruleset

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestScriptsAsBash runs scripts in a real bash, with an iptables that writes
// down its arguments, and holds them against what the scripts come to here.
func TestScriptsAsBash(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	files, err := filepath.Glob("testdata/scripts/*.sh")
	if err != nil || len(files) < 2 {
		t.Fatalf("scripts: %v %v", files, err)
	}
	for _, file := range files {
		dir := t.TempDir()
		log := filepath.Join(dir, "log")
		stub := "#!/bin/sh\n{ for a; do printf '<%s>' \"$a\"; done; echo; } >>" + log + "\n"
		if err := os.WriteFile(filepath.Join(dir, "iptables"), []byte(stub), 0o700); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(bash, file)
		cmd.Env = []string{"PATH=" + dir + ":/usr/bin:/bin"}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v %s", file, err, out)
		}
		logged, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		f, err := Parse(file, data)
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
		for _, n := range f.Notes {
			t.Errorf("%v: %s", n.Pos, n.Text)
		}
		if d := cmp.Diff(commandsOf(string(logged)), scriptCommands(f)); d != "" {
			t.Errorf("%s (-bash +here)\n%s", file, d)
		}
	}
}

// commandsOf drops "-t TABLE", which a statement does not keep among its words.
func commandsOf(log string) []string {
	var out []string
	for _, line := range strings.Split(strings.TrimSpace(log), "\n") {
		for _, table := range []string{"<-t><filter>", "<-t><nat>"} {
			line = strings.TrimPrefix(line, table)
		}
		out = append(out, line)
	}
	return out
}

func scriptCommands(f *File) []string {
	var out []string
	for _, st := range f.stmts {
		words := []string{"-" + string(rune(st.cmd.op)), st.cmd.chain.Text}
		if st.cmd.arg != nil {
			words = append(words, st.cmd.arg.Text)
		}
		for _, w := range st.cmd.words {
			words = append(words, w.Text)
		}
		out = append(out, "<"+strings.Join(words, "><")+">")
	}
	return out
}
