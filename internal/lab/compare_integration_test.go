package lab

import (
	"context"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// agreed are the features that the engine is to be without a difference in.
const agreed = "ipv6 tables"

// TestKernelAgrees holds the engine against the kernel on drawn scenarios: a few
// of a fixed seed, or as the environment says:
//
//	NFWHY_SCENARIOS  how many (150)
//	NFWHY_SEED       the first seed (1); each scenario has the next
//	NFWHY_FEATURES   core, or words of: ipv6 tables nat fragments extensions sets waits routing helpers, or all
//	NFWHY_FAILURES   after how many failing seeds to stop (3)
func TestKernelAgrees(t *testing.T) {
	n := envInt("NFWHY_SCENARIOS", 150)
	first := envInt("NFWHY_SEED", 1)
	words := os.Getenv("NFWHY_FEATURES")
	if words == "" {
		words = agreed
	}
	features, err := ParseFeatures(words)
	if err != nil {
		t.Fatal(err)
	}
	var next, failed atomic.Int64
	limit := int64(envInt("NFWHY_FAILURES", 3))
	var wg sync.WaitGroup
	for range 2 {
		h := openLab(t, Options{Fast: true})
		wg.Go(func() {
			for failed.Load() < limit {
				k := next.Add(1) - 1
				if k >= int64(n) {
					return
				}
				if msg := check(h, uint64(int64(first)+k), features); msg != "" {
					failed.Add(1)
					t.Error(msg)
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d scenarios from seed %d (%s), both back ends: %d with differences", min(next.Load(), int64(n)), first, words, failed.Load())
}

// check runs one seed on both sides; it returns the shrunk case when they differ
// every time.
func check(h *Host, seed uint64, f Features) string {
	s := Generate(seed, GenOptions{Features: f})
	ds, err := differences(h, s)
	once := ds
	// A tick of the clock between measuring the time and the packet's way through
	// a rule can make a difference; it does not come again and again.
	for try := 0; err == nil && len(ds) > 0 && try < 3; try++ {
		ds, err = differences(h, s)
	}
	if err != nil {
		text, _ := s.AppendText(nil)
		return err.Error() + "\n" + string(text)
	}
	if len(ds) == 0 {
		return ""
	}
	small := Shrink(s, func(c Scenario) bool {
		ds, err := differences(h, c)
		return err == nil && len(ds) > 0
	})
	if ds, err = differences(h, small); err != nil || len(ds) == 0 {
		small = s
		if ds, _ = differences(h, s); len(ds) == 0 {
			ds = once
		}
	}
	var b strings.Builder
	for _, d := range ds {
		b.WriteString(d.String() + "\n")
	}
	text, _ := small.AppendText(nil)
	return b.String() + string(text)
}

func differences(h *Host, s Scenario) ([]Difference, error) {
	k, err := h.Run(context.Background(), s)
	if err != nil || k.Refused != "" {
		return nil, err
	}
	e, err := Simulate(s, k)
	if err != nil {
		return nil, err
	}
	return Compare(k, e), nil
}

func envInt(name string, def int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return def
}
