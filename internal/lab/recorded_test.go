package lab

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The engine gives the answers that kernels gave: testdata/recorded holds
// scenarios with the answer of Linux 6.18, so that who has no root holds the
// engine against the kernel too. TestRecord writes them anew.
func TestRecorded(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "recorded", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatal("no recorded scenarios", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			r, err := Parse(file, b)
			if err != nil {
				t.Fatal(err)
			}
			if r.Answer == nil || r.Answer.Refused != "" || len(r.Answer.Steps) != len(r.Scenario.Steps) {
				t.Fatal("the record has no complete answer")
			}
			e, err := Simulate(r.Scenario, *r.Answer)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range Compare(*r.Answer, e) {
				t.Error(d)
			}
		})
	}
}
