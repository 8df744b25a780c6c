package xt

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"nfwhy/trace"
)

var rateestTargetExt = &Extension{
	Name: "RATEEST", IsTarget: true, Families: FamBoth, Model: Exact,
	Doc: "Counts packets into a rate estimator, for -m rateest.",
	Options: []Option{
		{Name: "rateest-name", Arg: Text, Need: true, Help: "the estimator", Samples: []string{"XE%d"}},
		{Name: "rateest-interval", Arg: Text, Need: true, Help: "measuring interval", Samples: []string{"250ms"}},
		{Name: "rateest-ewmalog", Arg: Text, Need: true, Help: "averaging time", Samples: []string{"500ms", "1s"}},
	},
	New: newRateest,
}

// rateestTime reads a duration: seconds, or with s, ms or us behind, in
// microseconds.
func rateestTime(g *Given) (uint64, error) {
	s := strings.TrimLeft(g.Text(), " ")
	i := len(s)
	for i > 0 && !(s[i-1] >= '0' && s[i-1] <= '9' || s[i-1] == '.') {
		i--
	}
	v, err := strconv.ParseFloat(s[:i], 64)
	scale, ok := map[string]float64{"": 1, "s": 1e6, "sec": 1e6, "secs": 1e6, "ms": 1e3, "msec": 1e3, "msecs": 1e3, "us": 1, "usec": 1, "usecs": 1}[strings.ToLower(s[i:])]
	if err != nil || !ok || v < 0 || math.IsNaN(v) || v*scale > math.MaxUint32 {
		return 0, g.bad("a time with s, ms or us")
	}
	return uint64(v * scale), nil
}

func newRateest(a *Args) (any, error) {
	interval, err := rateestTime(a.Get("rateest-interval"))
	if err != nil {
		return nil, err
	}
	ewma, err := rateestTime(a.Get("rateest-ewmalog"))
	if err != nil {
		return nil, err
	}
	in := -2
	for in <= 3 && interval > rateestUnit(in) {
		in++
	}
	if in > 3 {
		return nil, a.Get("rateest-interval").Errorf("option %q: interval %q is too large (at most 8s)", "--rateest-interval", a.Get("rateest-interval").Text())
	}
	log := rateestLog(float64(ewma), float64(rateestUnit(in)))
	if log == 0 || log >= 31 {
		return nil, a.Get("rateest-ewmalog").Errorf("option %q: value %q is out of range for the interval", "--rateest-ewmalog", a.Get("rateest-ewmalog").Text())
	}
	name := a.Get("rateest-name").Text()
	name = name[:min(len(name), 15)]
	unit := rateestUnit(in)
	return &sideEffect{"RATEEST", func(w *Writer) {
		w.Printf("--rateest-name %s --rateest-interval %s --rateest-ewmalog %s", name, timeText(unit), timeText(unit<<log))
	}}, nil
}

// rateestUnit is the interval that the kernel's number stands for.
func rateestUnit(in int) uint64 { return uint64(1000000 << (in + 2) / 4) }

// rateestLog finds the averaging constant: the power of two whose time constant
// first reaches the one asked for.
func rateestLog(ewma, interval float64) uint {
	for i := uint(1); i < 32; i++ {
		w := 1 - 1/float64(uint64(1)<<i)
		if interval/-math.Log(w) > ewma {
			return i - 1
		}
	}
	return 0
}

func timeText(us uint64) string {
	switch t := float64(us); {
	case t >= 1e6:
		return fmt.Sprintf("%.1fs", t/1e6)
	case t >= 1e3:
		return fmt.Sprintf("%.1fms", t/1e3)
	}
	return fmt.Sprintf("%dus", us)
}

var rateestExt = &Extension{
	Name: "rateest", Families: FamBoth, Model: Partly, Gap: "the estimator's rate, which depends on its own clock", Objects: true,
	Doc: "Compares the rate of an estimator (-j RATEEST) with a number or with another.",
	Options: []Option{
		{Name: "rateest1", Aliases: []string{"rateest"}, Arg: Text, Help: "the estimator"},
		{Name: "rateest2", Arg: Text, Help: "the one to compare with"},
		{Name: "rateest-delta", Help: "compare what is left to a rate"},
		{Name: "rateest-bps1", Aliases: []string{"rateest-bps"}, Arg: OptionalText, Help: "bits per second"},
		{Name: "rateest-pps1", Aliases: []string{"rateest-pps"}, Arg: OptionalText, Help: "packets per second"},
		{Name: "rateest-bps2", Arg: OptionalText, Help: "bits per second of the second"},
		{Name: "rateest-pps2", Arg: OptionalText, Help: "packets per second of the second"},
		{Name: "rateest-lt", Neg: true, Multi: true, Help: "less"},
		{Name: "rateest-gt", Neg: true, Multi: true, Help: "greater"},
		{Name: "rateest-eq", Neg: true, Multi: true, Help: "equal"},
	},
	New: newRateestMatch,
}

type rateestMatch struct {
	name1, name2    string
	delta, bps, pps bool
	bps1, bps2      uint32
	pps1, pps2      uint32
	mode            string
	neg             bool
}

func newRateestMatch(a *Args) (any, error) {
	m := &rateestMatch{delta: a.Has("rateest-delta")}
	for _, g := range a.Given {
		var err error
		second := strings.HasSuffix(g.Option.Name, "2") || strings.HasPrefix(g.Word.Text, "--rateest-bps") && g.Word.Text == "--rateest-bps" ||
			g.Word.Text == "--rateest-pps"
		switch g.Option.Name {
		case "rateest1":
			m.name1 = g.Text()
		case "rateest2":
			m.name2 = g.Text()
		case "rateest-bps1", "rateest-bps2":
			m.bps = true
			to := &m.bps1
			if second {
				to = &m.bps2
			}
			if len(g.Words) > 0 {
				*to, err = bitRate(g)
			}
		case "rateest-pps1", "rateest-pps2":
			m.pps = true
			to := &m.pps1
			if second {
				to = &m.pps2
			}
			if len(g.Words) > 0 {
				v, ok := wholeNumber(g.Text(), 0, 1<<32-1)
				if *to = uint32(v); !ok {
					err = g.bad("packets per second")
				}
			}
		case "rateest-lt", "rateest-gt", "rateest-eq":
			m.mode = g.Option.Name
			m.neg = m.neg || g.Neg
		}
		if err != nil {
			return nil, err
		}
	}
	if m.name1 == "" || m.mode == "" || !m.bps && !m.pps {
		return nil, a.Errorf("match rateest: an estimator, a comparison and --rateest-bps or --rateest-pps must be given")
	}
	return m, nil
}

var rateUnits = map[string]float64{"": 1, "bit": 1, "kibit": 1024, "kbit": 1e3, "mibit": 1024 * 1024, "mbit": 1e6, "gibit": 1024 * 1024 * 1024, "gbit": 1e9,
	"bps": 8, "kibps": 8 * 1024, "kbps": 8e3, "mibps": 8 * 1024 * 1024, "mbps": 8e6, "gibps": 8 * 1024 * 1024 * 1024, "gbps": 8e9}

// bitRate reads a rate in bits and returns bytes per second.
func bitRate(g *Given) (uint32, error) {
	s := g.Text()
	i := 0
	for i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] == '.') {
		i++
	}
	v, err := strconv.ParseFloat(s[:i], 64)
	scale, ok := rateUnits[strings.ToLower(s[i:])]
	if err != nil || !ok || v*scale/8 > math.MaxUint32 {
		return 0, g.bad("a rate with bit, kbit, mbit, bps, ...")
	}
	return uint32(v * scale / 8), nil
}

// Match answers that it is not known.
func (m *rateestMatch) Match(c *Ctx) trace.Truth {
	return c.unknown("rateest", "rate", "", "the rate of estimator "+m.name1)
}

func rateText8(v uint32) string {
	bits := float64(v) * 8
	switch {
	case bits >= 1e9 && math.Mod(bits, 1e6) == 0 && bits >= 1e9:
		return fmt.Sprintf("%.0fMbit", bits/1e6)
	case bits >= 1e6:
		return fmt.Sprintf("%.0fKbit", bits/1e3)
	}
	return fmt.Sprintf("%.0fbit", bits)
}

// Save writes the comparison in iptables-save's order.
func (m *rateestMatch) Save(w *Writer) {
	if m.delta {
		w.Opt("rateest-delta", false)
	}
	if m.name2 == "" {
		w.Printf("--rateest %s", m.name1)
		if m.bps {
			m.saveOne(w, "bps", rateText8(m.bps1), rateText8(m.bps2))
		}
		if m.pps {
			m.saveOne(w, "pps", utoa(uint64(m.pps1)), utoa(uint64(m.pps2)))
		}
		return
	}
	w.Printf("--rateest1 %s", m.name1)
	if m.delta {
		if m.bps {
			m.saveOne(w, "bps", rateText8(m.bps1), rateText8(m.bps2))
		}
		if m.pps {
			m.saveOne(w, "pps", utoa(uint64(m.pps1)), utoa(uint64(m.pps2)))
		}
	} else {
		w.Opt(m.mode, m.neg)
		if m.bps {
			w.Opt("rateest-bps", false)
		}
		if m.pps {
			w.Opt("rateest-pps", false)
		}
	}
	w.Printf("--rateest2 %s", m.name2)
}

func (m *rateestMatch) saveOne(w *Writer, unit, first, second string) {
	if m.delta {
		w.Printf("--rateest-%s1 %s", unit, first)
		w.Opt(m.mode, m.neg)
		w.Printf("--rateest-%s2 %s", unit, second)
		return
	}
	w.Opt(m.mode, m.neg)
	w.Printf("--rateest-%s %s", unit, second)
}
