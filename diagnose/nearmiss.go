package diagnose

import (
	"slices"
	"strings"

	"nfwhy/conntrack"
	"nfwhy/host"
	"nfwhy/packet"
	"nfwhy/ruleset"
	"nfwhy/trace"
	"nfwhy/xt"
)

// miss is a rule that accepts, and what kept it from taking the packet.
type miss struct {
	rule   *ruleset.Rule
	chain  string
	number int
	hook   packet.Hook // the hook at which the rule can be reached; noHook for none
	fails  []failed
	// holds counts the conditions that fit and say something of the packet: ports,
	// addresses, protocols, interfaces.
	holds   int
	unknown bool // something could not be decided
	later   bool // in the packet's own hook, behind the rule that decided
}

const noHook packet.Hook = packet.NumHooks

// failed is a condition that does not hold.
type failed struct {
	option string // as written: "--dport", "-s"
	want   string
	saw    string
	part   string
}

// condition is one option of a rule, or all of a match whose options belong
// together.
type condition struct {
	part    string // "" for iptables' own
	option  string
	words   []ruleset.Word // with "!" in front and the values behind
	negated bool
	value   string
}

// conditions cuts a rule's words into single conditions; the target is left out.
func conditions(r *ruleset.Rule) []condition {
	var out []condition
	part := ""
	for i := 0; i < len(r.Words); i++ {
		w := r.Words[i]
		neg := false
		start := i
		if w.Text == "!" && !w.Quoted && i+1 < len(r.Words) {
			neg = true
			i++
			w = r.Words[i]
		}
		end := i + 1
		for end < len(r.Words) && (r.Words[end].Quoted || !strings.HasPrefix(r.Words[end].Text, "-")) && r.Words[end].Text != "!" {
			end++
		}
		switch w.Text {
		case "-m", "--match":
			if i+1 < len(r.Words) {
				part = r.Words[i+1].Text
				end = i + 2
			}
			i = end - 1
			if whole(part) {
				last := end
				for last < len(r.Words) && r.Words[last].Text != "-j" && r.Words[last].Text != "-g" && r.Words[last].Text != "-m" {
					last++
				}
				out = append(out, condition{part: part, option: "-m " + part, words: r.Words[start:last], value: texts(r.Words[end:last])})
				i = last - 1
			}
			continue
		case "-j", "-g", "--jump", "--goto":
			return out
		}
		c := condition{option: w.Text, words: r.Words[start:end], negated: neg, value: texts(r.Words[i+1 : end])}
		if !baseOption(w.Text) {
			c.part = part
		}
		if c.option == "--comment" {
			i = end - 1
			continue
		}
		out = append(out, c)
		i = end - 1
	}
	return out
}

// whole reports whether a match's options make sense together only.
func whole(part string) bool {
	switch part {
	case "", "tcp", "udp", "multiport", "icmp", "icmp6", "icmpv6", "conntrack", "state", "comment", "physdev", "addrtype", "mac", "mark", "sctp", "pkttype":
		return false
	}
	return true
}

func baseOption(s string) bool {
	switch s {
	case "-s", "--src", "--source", "-d", "--dst", "--destination", "-i", "--in-interface", "-o", "--out-interface", "-p", "--protocol", "--proto", "-f", "--fragment", "-4", "-6":
		return true
	}
	return false
}

func texts(w []ruleset.Word) string {
	var s []string
	for _, x := range w {
		s = append(s, x.Text)
	}
	return strings.Join(s, " ")
}

// path is a way to a rule that accepts: the conditions of all jumps and its own.
type path struct {
	rule   *ruleset.Rule
	chain  string
	number int
	hook   packet.Hook
	conds  []condition
	order  []int // numbers of the rules on the way, for comparing positions
}

// maxPaths bounds the paths that are looked at, maxPathDepth the jumps of one.
const (
	maxPaths     = 4000
	maxPathDepth = 8
)

// missFinder holds the accepting paths of a host's filter table.
type missFinder struct {
	host  *host.Host
	fam   packet.Family
	paths []path
	cache map[string]*xt.Rule
}

func newMissFinder(h *host.Host, fam packet.Family) *missFinder {
	m := &missFinder{host: h, fam: fam, cache: map[string]*xt.Rule{}}
	t := h.Rules(fam).Table("filter")
	if t == nil {
		return m
	}
	reached := map[string]bool{}
	for _, hook := range []packet.Hook{packet.Input, packet.Forward, packet.Output} {
		if c := t.Chain(hook.String()); c != nil {
			m.collect(t, c, hook, nil, nil, reached, 0)
		}
	}
	for _, c := range t.Chains {
		if !c.Builtin && !reached[c.Name] {
			m.collect(t, c, noHook, nil, nil, map[string]bool{}, maxPathDepth)
		}
	}
	return m
}

func (m *missFinder) collect(t *ruleset.Table, c *ruleset.Chain, hook packet.Hook, conds []condition, order []int, reached map[string]bool, depth int) {
	reached[c.Name] = true
	for i, r := range c.Rules {
		if len(m.paths) >= maxPaths {
			return
		}
		name, _ := r.Jump()
		all := append(slices.Clone(conds), conditions(r)...)
		at := append(slices.Clone(order), i+1)
		if name == "ACCEPT" {
			m.paths = append(m.paths, path{rule: r, chain: c.Name, number: i + 1, hook: hook, conds: all, order: at})
			continue
		}
		if next := t.Chain(name); next != nil && !next.Builtin && depth < maxPathDepth {
			m.collect(t, next, hook, all, at, reached, depth+1)
		}
	}
}

// find returns the rules that would have accepted the packet of j, at the hook of
// the deciding step, but for something; those that hold completely first.
func (m *missFinder) find(j *trace.Journey, pkt *packet.Packet, machine xt.Machine, hook packet.Hook, decided []int) []miss {
	var out []miss
	c := xt.Ctx{Pkt: pkt, CT: &conntrack.Ref{}, Hook: hook, In: j.In, Out: j.Out, Now: j.Time, Family: m.fam, Backend: m.host.Backend,
		Table: "filter", Host: m.host, Machine: machine}
	for i := range m.paths {
		p := &m.paths[i]
		x := miss{rule: p.rule, chain: p.chain, number: p.number, hook: p.hook}
		for k := range p.conds {
			cond := &p.conds[k]
			if (p.hook != hook) && (cond.option == "-i" || cond.option == "-o") && cond.value != "lo" {
				continue // another chain has other interfaces
			}
			t, saw := m.holds(&c, j, cond)
			if t == trace.Unknown && cond.part == "owner" && hook == packet.Output && !pkt.Socket {
				t, saw = trace.No, "no socket"
			}
			switch t {
			case trace.Yes:
				if tells(cond) {
					x.holds++
				}
			case trace.No:
				x.fails = append(x.fails, failed{option: cond.option, want: wantOf(cond), saw: saw, part: cond.part})
			default:
				x.unknown = true
			}
			if len(x.fails) > 2 {
				break
			}
		}
		if len(x.fails) > 1 {
			continue
		}
		x.later = p.hook == hook && len(x.fails) == 0 && comesLater(p.order, decided)
		out = append(out, x)
	}
	return out
}

// comesLater compares positions: order is behind decided where they part.
func comesLater(order, decided []int) bool {
	for i := range order {
		if i >= len(decided) {
			return false
		}
		if order[i] != decided[i] {
			return order[i] > decided[i]
		}
	}
	return false
}

func wantOf(c *condition) string {
	if c.negated {
		return "! " + c.value
	}
	return c.value
}

// tells reports whether a condition says something of a single kind of packet.
func tells(c *condition) bool {
	if c.negated {
		return false
	}
	switch c.option {
	case "-s", "-d", "--source", "--destination", "--src", "--dst":
		return c.value != "0.0.0.0/0" && c.value != "::/0"
	case "--dport", "--sport", "--dports", "--sports", "--ports", "--destination-port", "--source-port", "--destination-ports", "--source-ports", "--port", "--icmp-type", "--icmpv6-type":
		return true
	}
	return false
}

// holds judges one condition on the packet of c.
func (m *missFinder) holds(c *xt.Ctx, j *trace.Journey, cond *condition) (t trace.Truth, saw string) {
	switch cond.option {
	case "--state", "--ctstate":
		return stateHolds(j, cond), stateWord(j.State)
	case "-4", "-6":
		return trace.Yes, ""
	}
	x := m.compiled(c, cond)
	if x == nil {
		return trace.Unknown, ""
	}
	rec := &trace.Recorder{Current: &trace.Journey{}}
	c.Recorder = rec
	defer func() { c.Recorder = nil; c.Hotdrop = false }()
	t = x.Base.Match(c)
	if onlyBase := baseOption(cond.option); t == trace.Yes && !onlyBase {
		for i := range x.Parts {
			p := &x.Parts[i]
			if p.Match == nil {
				return trace.Unknown, ""
			}
			c.State = nil
			if s, ok := p.Match.(xt.Stateful); ok {
				c.State = s.NewState(c.Now, map[string]xt.State{})
			}
			if t = p.Match.Match(c); t != trace.Yes {
				break
			}
		}
	}
	if terms := rec.TakeTerms(); len(terms) > 0 {
		saw = terms[len(terms)-1].Saw
	}
	return t, saw
}

// stateHolds compares the packet's state with the names in a condition.
func stateHolds(j *trace.Journey, cond *condition) trace.Truth {
	hit := false
	for _, w := range strings.Split(strings.ToUpper(cond.value), ",") {
		hit = hit || w == j.State.String()
	}
	return trace.Of(hit).Not(cond.negated)
}

// compiled makes a rule of one condition. Ports are compared whatever the
// protocol, which is a condition of its own.
func (m *missFinder) compiled(c *xt.Ctx, cond *condition) *xt.Rule {
	var w []ruleset.Word
	put := func(s ...string) {
		for _, x := range s {
			w = append(w, ruleset.Word{Text: x})
		}
	}
	proto := protoWord(c.Pkt.Proto)
	switch cond.part {
	case "tcp", "udp", "sctp":
		if _, _, ok := c.Pkt.Ports(); !ok || proto != "tcp" && strings.HasPrefix(cond.option, "--tcp") || proto != "tcp" && cond.option == "--syn" {
			return nil
		}
		put("-p", proto, "-m", proto)
	case "multiport":
		if _, _, ok := c.Pkt.Ports(); !ok {
			return nil
		}
		put("-p", proto, "-m", "multiport")
	case "icmp":
		put("-p", "icmp", "-m", "icmp")
	case "icmp6", "icmpv6":
		put("-p", "icmpv6", "-m", "icmp6")
	case "":
		if !baseOption(cond.option) { // an option that its protocol implies
			if _, _, ok := c.Pkt.Ports(); ok {
				put("-p", proto)
			} else {
				put("-p", map[bool]string{true: "icmpv6", false: "icmp"}[c.Family == packet.IPv6])
			}
		}
	default:
		if !whole(cond.part) {
			put("-m", cond.part)
		}
	}
	w = append(w, cond.words...)
	key := texts(w)
	if x, ok := m.cache[key]; ok {
		return x
	}
	r := &ruleset.Rule{Table: "filter", Chain: "INPUT", Words: w}
	x, err := xt.Compile(r, xt.Env{Family: m.fam, Backend: m.host.Backend})
	if err != nil {
		x = nil
		r.Chain = "nowhere" // user chains allow what INPUT does not, such as -o
		if y, err := xt.Compile(r, xt.Env{Family: m.fam, Backend: m.host.Backend}); err == nil {
			x = y
		}
	}
	m.cache[key] = x
	return x
}

// near returns the misses of the subject's packet, once computed.
func (x *explanation) near() []miss {
	if x.asked {
		return x.missed
	}
	x.asked = true
	j, _ := x.line()
	if j == nil || j.Origin == trace.Made || x.scene == nil {
		return nil
	}
	hook := packet.Input
	switch {
	case j.Origin == trace.Sent:
		hook = packet.Output
	case x.scene.forwarded(), j.Out != "" && j.In != "":
		hook = packet.Forward
	}
	m := x.s.finder(x.stage.host, j.Packet.Family)
	x.missed = m.find(j, x.scene.pkt, x.stage.net, hook, positions(j, hook))
	return x.missed
}

// finder returns the miss finder of a host; the last one is kept.
func (s *session) finder(h *host.Host, fam packet.Family) *missFinder {
	if s.misses == nil || s.misses.host != h || s.misses.fam != fam {
		s.misses = newMissFinder(h, fam)
	}
	return s.misses
}

// positions are the numbers of the rules on the way to the step that decided at a
// hook of the filter table.
func positions(j *trace.Journey, hook packet.Hook) []int {
	var stack []struct {
		chain string
		num   int
	}
	for i := range j.Steps {
		st := &j.Steps[i]
		if st.Table != "filter" || st.Hook != hook || st.Chain == "" {
			continue
		}
		num := st.Rule
		if st.Target == "policy" {
			num = 1 << 30
		}
		for k, f := range stack {
			if f.chain == st.Chain {
				stack = stack[:k]
				break
			}
		}
		stack = append(stack, struct {
			chain string
			num   int
		}{st.Chain, num})
		if st.Verdict == trace.Return {
			stack = stack[:len(stack)-1]
		}
	}
	var out []int
	for _, f := range stack {
		out = append(out, f.num)
	}
	return out
}
