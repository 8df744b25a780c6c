package lab

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

var record = flag.Bool("record", false, "ask this machine's kernel and write testdata/recorded anew")

// recordings are what the corpus holds: how many scenarios of which features.
var recordings = []struct {
	features string
	count    int
}{
	{"core", 40}, {"ipv6", 40}, {"ipv6 tables", 30},
}

// TestRecord writes the corpus of recorded scenarios when -record is given. A
// scenario on which the kernel and the engine differ is written all the same:
// the difference is the engine's to explain.
func TestRecord(t *testing.T) {
	if !*record {
		t.Skip("-record was not given")
	}
	h := openLab(t, Options{Fast: true})
	dir := filepath.Join("testdata", "recorded")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for i, r := range recordings {
		f, err := ParseFeatures(r.features)
		if err != nil {
			t.Fatal(err)
		}
		for k := range r.count {
			seed := uint64(1000*(i+1) + k)
			s := Generate(seed, GenOptions{Features: f, Packets: 14})
			answer, err := h.Run(context.Background(), s)
			if err != nil || answer.Refused != "" {
				t.Fatal(seed, err, answer.Refused)
			}
			rec := Record{Scenario: s, Answer: &answer}
			b, err := rec.AppendText(nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.txtar", seed)), b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
