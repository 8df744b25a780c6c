package xt_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"nfwhy/host"
	"nfwhy/internal/lab"
	"nfwhy/packet"
	"nfwhy/ruleset"
	"nfwhy/xt"
)

var (
	meaningSeed = flag.Uint64("xt.meaning", 1, "first seed of the scenarios whose rules count packets")
	meaningN    = flag.Int("xt.scenarios", 25, "how many such scenarios")
	meaningOnly = flag.String("xt.ext", "", "rules of this extension only")
)

// TestMeaningKernel lets matches count packets and targets change them, on the
// kernel and on the engine, and holds counters and packets against each other.
func TestMeaningKernel(t *testing.T) {
	if err := lab.Supported(); err != nil {
		if os.Getenv("NFWHY_KERNEL") == "1" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	h, err := lab.New(lab.Options{Fast: true})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	differ := func(s lab.Scenario) ([]lab.Difference, error) {
		k, err := h.Run(context.Background(), s)
		if err != nil {
			return nil, err
		}
		if k.Refused != "" {
			return nil, fmt.Errorf("%w: %s", errRefused, k.Refused)
		}
		e, err := lab.Simulate(s, k)
		if err != nil {
			return nil, err
		}
		for i := range k.Steps { // what xt_hashlimit says is no answer to a packet
			k.Steps[i].Log = slices.DeleteFunc(k.Steps[i].Log, func(l lab.LogLine) bool { return strings.HasPrefix(l.Text, "xt_hashlimit: ") })
		}
		return lab.Compare(k, e), nil
	}
	failures, refused := 0, 0
	for i := 0; i < *meaningN && failures < 4; i++ {
		s := meaningScenario(*meaningSeed + uint64(i))
		ds, err := differ(s)
		if err == nil && len(ds) == 0 {
			continue
		}
		if errors.Is(err, errRefused) { // that is another test's matter
			t.Logf("seed %d: %v", *meaningSeed+uint64(i), err)
			refused++
			continue
		}
		failures++
		if err != nil {
			t.Errorf("seed %d: %v\n%s", *meaningSeed+uint64(i), err, s.Rules4+s.Rules6)
			continue
		}
		small := lab.Shrink(s, func(c lab.Scenario) bool {
			ds, err := differ(c)
			return err == nil && len(ds) > 0
		})
		if ds, _ = differ(small); len(ds) == 0 {
			t.Logf("seed %d: differs only once", *meaningSeed+uint64(i))
			continue
		}
		var b strings.Builder
		for _, d := range ds {
			b.WriteString(d.String() + "\n")
		}
		text, _ := small.AppendText(nil)
		t.Errorf("seed %d\n%s%s", *meaningSeed+uint64(i), b.String(), text)
	}
	if refused > 5+*meaningN/4 {
		t.Errorf("%d of %d rule sets refused", refused, *meaningN)
	}
}

var errRefused = errors.New("refused")

// drawer draws rules and packets.
type drawer struct {
	*rand.Rand
	six    bool
	legacy bool
	// untracked scenarios have no rule that needs conntrack, and fragments.
	untracked bool
}

func (d *drawer) pick(list ...string) string { return list[d.IntN(len(list))] }

func (d *drawer) chance(percent int) bool { return d.IntN(100) < percent }

func (d *drawer) not() string {
	if d.chance(25) {
		return "! "
	}
	return ""
}

// meaningScenario is a drawn scenario with further rules at the head of its
// chains, and further packets.
func meaningScenario(seed uint64) lab.Scenario {
	d := &drawer{Rand: rand.New(rand.NewPCG(seed, 99))}
	s := lab.Generate(seed, lab.GenOptions{Features: lab.IPv6 | lab.Tables, Packets: 12})
	d.legacy = s.Backend == lab.Legacy
	d.six = s.Rules6 != ""
	if d.untracked = seed%3 == 0; d.untracked { // no rule needs conntrack: fragments stay what they are
		const none = "*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n"
		if s.Steps = nil; d.six {
			s.Rules6 = none
		} else {
			s.Rules4 = none
		}
	}
	if d.six {
		s.Rules6 = d.addRules(s.Rules6)
	} else {
		s.Rules4 = d.addRules(s.Rules4)
	}
	for range 25 {
		s.Steps = append(s.Steps, lab.Step{From: "ext", Packet: d.packet()})
	}
	return s
}

// addRules puts rules right behind the chain lines of each table.
func (d *drawer) addRules(text string) string {
	if !strings.Contains(text, "*mangle") {
		text += "*mangle\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n"
	}
	lines := strings.Split(text, "\n")
	var out []string
	table := ""
	var chains []string
	for _, l := range lines {
		if strings.HasPrefix(l, "*") {
			table, chains = l[1:], nil
		}
		if name, ok := strings.CutPrefix(l, ":"); ok {
			name, _, _ = strings.Cut(name, " ")
			if ruleset.IsBuiltin(table, name) {
				chains = append(chains, name)
			}
		} else if chains != nil {
			var more []string
			for range 8 {
				if table != "nat" {
					more = append(more, d.rule(table, chains))
				}
			}
			// By chain, as iptables-save writes them: the first rule that names a
			// shared list decides about it.
			for _, c := range chains {
				for _, r := range more {
					if strings.HasPrefix(r, "-A "+c+" ") || r == "-A "+c {
						out = append(out, r)
					}
				}
			}
			chains = nil
		}
		out = append(out, l)
	}
	return strings.Join(out, "\n")
}

// rule draws a rule that compiles.
func (d *drawer) rule(table string, chains []string) string {
	for range 200 {
		chain := chains[d.IntN(len(chains))]
		text := d.text()
		if *meaningOnly != "" && !strings.Contains(text+" ", "-m "+*meaningOnly+" ") && !strings.Contains(text+" ", "-j "+*meaningOnly+" ") {
			continue
		}
		env := xt.Env{Family: packet.IPv4}
		if d.six {
			env.Family = packet.IPv6
		}
		if d.legacy {
			env.Backend = host.Legacy
		}
		r := &ruleset.Rule{Table: table, Chain: chain}
		for _, w := range words(text) {
			r.Words = append(r.Words, ruleset.Word{Text: w})
		}
		x, err := xt.Compile(r, env)
		if err == nil && !(d.untracked && tracks(x)) {
			return "-A " + chain + " " + text
		}
	}
	return "-A " + chains[0]
}

func tracks(r *xt.Rule) bool {
	for _, p := range append(r.Parts, r.Target) {
		if p.Tracks() {
			return true
		}
	}
	return false
}

// words splits at blanks outside quotes.
func words(s string) []string {
	var out []string
	quoted := false
	for _, f := range strings.FieldsFunc(s, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ' ' && !quoted
	}) {
		out = append(out, strings.ReplaceAll(f, `"`, ""))
	}
	return out
}

// notHere is not, but where a negated match of what cannot be read is true: the
// old tables count the packet before they drop it.
func (d *drawer) notHere() string {
	if d.legacy {
		return ""
	}
	return d.not()
}

func (d *drawer) num(list ...int) string { return fmt.Sprint(list[d.IntN(len(list))]) }

// text draws matches and perhaps a target.
func (d *drawer) text() string {
	m := meanings[d.IntN(len(meanings))]
	s := m(d)
	if d.chance(20) && !strings.Contains(s, "-j") {
		s += " " + meanings[d.IntN(len(meanings))](d)
		if strings.Count(s, "-p ") > 1 || strings.Count(s, "-j ") > 1 {
			return d.text()
		}
	}
	return s
}
