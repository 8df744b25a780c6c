package lab

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"nfwhy/packet"
)

// Every drawn ruleset is taken by both back ends, and the kernel answers every
// packet.
func TestGeneratedRulesAreAccepted(t *testing.T) {
	h := openLab(t, Options{Fast: true})
	for seed := range uint64(60) {
		s := Generate(seed, GenOptions{Features: IPv6})
		r, err := h.Run(context.Background(), s)
		if err != nil || r.Refused != "" || len(r.Steps) != len(s.Steps) {
			text, _ := s.AppendText(nil)
			t.Fatalf("seed %d: %v %s\n%s", seed, err, r.Refused, text)
		}
	}
}

// The kernel answers a question twice in the same way; otherwise no comparison
// with it means anything.
func TestKernelRepeatsItself(t *testing.T) {
	h := openLab(t, Options{Fast: true})
	for seed := range uint64(25) {
		s := Generate(seed, GenOptions{Features: IPv6})
		var first string
		for range 2 {
			r, err := h.Run(context.Background(), s)
			if err != nil {
				t.Fatal(err)
			}
			got := steady(r)
			if first == "" {
				first = got
			} else if got != first {
				t.Errorf("seed %d: first\n%s\nthen\n%s", seed, first, got)
			}
		}
	}
}

// steady is what does not depend on time or chance in a result.
func steady(r Result) string {
	var b strings.Builder
	for i, s := range r.Steps {
		for _, l := range s.Log {
			text := l.Text
			if at := strings.Index(text, " ID="); at >= 0 && strings.Contains(text, "TYPE=") {
				end := strings.IndexByte(text[at+1:], ' ')
				text = text[:at] + text[at+1+end:]
			}
			fmt.Fprintln(&b, i, l.Level, text)
		}
		fmt.Fprintln(&b, i, s.Error)
		for _, d := range s.Out {
			f := bytes.Clone(d.Frame)
			if len(f) > 34 && f[12] == 8 && f[23] == packet.ProtoICMP {
				f[18], f[19], f[24], f[25] = 0, 0, 0, 0
			}
			fmt.Fprintf(&b, "%d %s %x\n", i, d.Dev, f)
		}
	}
	return b.String() + r.Save4 + r.Save6
}
