package lab

import (
	"bytes"
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"nfwhy/packet"
)

// Difference is one thing that two answers to a scenario do not agree on.
type Difference struct {
	Step   int    // from 1; 0 for the end of the scenario
	What   string // "log", "out ext", "counters", "conntrack", "error"
	Kernel string
	Engine string
}

// String returns the difference in three lines.
func (d Difference) String() string {
	where := "at the end"
	if d.Step > 0 {
		where = "step " + strconv.Itoa(d.Step)
	}
	return fmt.Sprintf("%s: %s\n  kernel %s\n  engine %s", where, d.What, orNothing(d.Kernel), orNothing(d.Engine))
}

func orNothing(s string) string {
	if s == "" {
		return "(nothing)"
	}
	return s
}

// Compare holds the engine's answer against the kernel's: log lines, departing
// packets, rule counters, the connection table, what the sender was told. What
// the kernel draws at random is left out: the IP ID of ICMP errors. Remaining
// times of connections may differ by a second, since reading the table takes
// time. Packets on lo are not compared; the chains they pass twice are.
func Compare(kernel, engine Result) []Difference {
	var ds []Difference
	for i := range kernel.Steps {
		var e StepResult
		if i < len(engine.Steps) {
			e = engine.Steps[i]
		}
		ds = append(ds, compareStep(i+1, &kernel.Steps[i], &e)...)
	}
	ds = append(ds, compareCounters("counters of iptables", 4, kernel.Save4, engine.Save4)...)
	ds = append(ds, compareCounters("counters of ip6tables", 6, kernel.Save6, engine.Save6)...)
	return append(ds, compareConntrack(0, kernel.Conntrack, engine.Conntrack)...)
}

func compareStep(n int, k, e *StepResult) []Difference {
	var ds []Difference
	add := func(what, kernel, engine string) {
		if kernel != engine {
			ds = append(ds, Difference{n, what, kernel, engine})
		}
	}
	for i := range max(len(k.Log), len(e.Log)) {
		add("log", logAt(k.Log, i), logAt(e.Log, i))
	}
	kd, ed := departures(k.Out), departures(e.Out)
	for _, dev := range bothKeys(kd, ed) {
		for i := range max(len(kd[dev]), len(ed[dev])) {
			add("out "+dev, packetAt(kd[dev], i), packetAt(ed[dev], i))
		}
	}
	add("error", refusedByRules(k.Error), refusedByRules(e.Error))
	return ds
}

// refusedByRules keeps of an error what rules make of it. What the stack itself
// refuses (no route, too large) the engine has no words for; it shows in what
// was not sent.
func refusedByRules(err string) string {
	if err == errPerm.Error() {
		return err
	}
	return ""
}

// drawnID finds the IP ID in the line of an ICMP error.
var drawnID = regexp.MustCompile(`ID=\d+ (PROTO=ICMP TYPE=(?:3|4|5|11|12) )`)

func logAt(ls []LogLine, i int) string {
	if i >= len(ls) {
		return ""
	}
	text := ls[i].Text
	if loc := drawnID.FindStringIndex(text); loc != nil && !strings.Contains(text[:loc[0]], "[SRC=") {
		text = text[:loc[0]] + drawnID.ReplaceAllString(text[loc[0]:loc[1]], "ID=* $1") + text[loc[1]:]
	}
	return fmt.Sprintf("<%d>%s|", ls[i].Level, text)
}

func departures(ds []Departure) map[string][][]byte {
	m := map[string][][]byte{}
	for _, d := range ds {
		if d.Dev != "lo" {
			m[d.Dev] = append(m[d.Dev], d.Packet())
		}
	}
	return m
}

func bothKeys(a, b map[string][][]byte) []string {
	var names []string
	for dev := range a {
		names = append(names, dev)
	}
	for dev := range b {
		if a[dev] == nil {
			names = append(names, dev)
		}
	}
	sort.Strings(names)
	return names
}

// packetAt writes a packet in hex with what is drawn at random in stars.
func packetAt(ps [][]byte, i int) string {
	if i >= len(ps) {
		return ""
	}
	p := ps[i]
	s := fmt.Sprintf("%x", p)
	if isError4(p) {
		s = s[:8] + "****" + s[12:20] + "****" + s[24:]
	}
	return s
}

// isError4 reports whether p is an ICMP error of IPv4.
func isError4(p []byte) bool {
	if len(p) < 28 || p[0]>>4 != 4 || p[9] != packet.ProtoICMP {
		return false
	}
	if hl := int(p[0]&0xf) * 4; hl < len(p) {
		return bytes.IndexByte([]byte{3, 4, 5, 11, 12}, p[hl]) >= 0
	}
	return false
}

// count is a counter of a rule or policy.
type count struct {
	where          string
	packets, bytes uint64
}

func compareCounters(what string, family int, kernel, engine string) []Difference {
	if kernel == engine {
		return nil
	}
	ks, kerr := counts(kernel, family)
	es, eerr := counts(engine, family)
	if kerr != nil || eerr != nil {
		return []Difference{{0, what, fmt.Sprint(kerr), fmt.Sprint(eerr)}}
	}
	have := map[string]count{}
	for _, c := range es {
		have[c.where] = c
	}
	var ds []Difference
	for _, k := range ks {
		e, ok := have[k.where]
		delete(have, k.where)
		if !ok || e.packets != k.packets || e.bytes != k.bytes {
			d := Difference{0, what + ", " + k.where, fmt.Sprintf("[%d:%d]", k.packets, k.bytes), ""}
			if ok {
				d.Engine = fmt.Sprintf("[%d:%d]", e.packets, e.bytes)
			}
			ds = append(ds, d)
		}
	}
	for _, e := range es {
		if _, left := have[e.where]; left && e.packets != 0 { // nft makes no chain that nobody used
			ds = append(ds, Difference{0, what + ", " + e.where, "", fmt.Sprintf("[%d:%d]", e.packets, e.bytes)})
		}
	}
	return ds
}

// counts lists the counters of a save text by table, chain and rule number.
func counts(save string, family int) ([]count, error) {
	rs, err := parseRules("save", save, family)
	if err != nil || rs == nil {
		return nil, err
	}
	var cs []count
	for _, t := range rs.Tables {
		for _, c := range t.Chains {
			cs = append(cs, count{t.Name + " " + c.Name + " policy", c.Packets, c.Bytes})
			for i, r := range c.Rules {
				cs = append(cs, count{fmt.Sprintf("%s %s %d", t.Name, c.Name, i+1), r.Packets, r.Bytes})
			}
		}
	}
	return cs, nil
}

// compareConntrack compares two listings, seconds within one of each other.
func compareConntrack(step int, kernel, engine string) []Difference {
	if kernel == engine {
		return nil
	}
	es := map[string][]entry{}
	for _, e := range entries(engine) {
		es[e.rest] = append(es[e.rest], e)
	}
	var ds []Difference
	for _, k := range entries(kernel) {
		like := es[k.rest]
		if len(like) == 0 {
			ds = append(ds, Difference{step, "conntrack", k.line, ""})
			continue
		}
		if d := like[0].seconds - k.seconds; d < -1 || d > 1 {
			ds = append(ds, Difference{step, "conntrack", k.line, like[0].line})
		}
		es[k.rest] = like[1:]
	}
	for _, e := range entries(engine) {
		if len(es[e.rest]) > 0 {
			es[e.rest] = es[e.rest][1:]
			ds = append(ds, Difference{step, "conntrack", "", e.line})
		}
	}
	return ds
}

// entry is a line of conntrack -L: "tcp      6 431999 ESTABLISHED src=..."
type entry struct {
	line, rest string
	seconds    int
}

func entries(text string) []entry {
	var es []entry
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		e := entry{line: line, rest: line}
		if w := strings.Fields(line); len(w) > 2 {
			if n, err := strconv.Atoi(w[2]); err == nil {
				e.seconds = n
				e.rest = strings.Join(append([]string{w[0], w[1], "*"}, w[3:]...), " ")
			}
		}
		es = append(es, e)
	}
	sort.Slice(es, func(i, j int) bool { return es[i].line < es[j].line })
	return es
}
