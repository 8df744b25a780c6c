package diagnose

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"nfwhy/generator"
	"nfwhy/host"
	"nfwhy/netfilter"
	"nfwhy/packet"
	"nfwhy/prose"
	"nfwhy/ruleset"
	"nfwhy/trace"
	"nfwhy/xt"
)

// stage is the machine on which one group's histories are played: the session's
// own, or one with what this line needs besides.
type stage struct {
	host *host.Host
	net  *netfilter.Netns
	// assumed says in words what of the rules nobody gave; "" when the line's rule
	// was given.
	assumed string
	// grade is how the rule that writes the line is known.
	grade grade
}

// grade is how well the rules behind a line are known, best first.
type grade int

const (
	given    grade = iota // the LOG rule is in the text
	modelled              // a program's model writes it
	closed                // rules were given, the LOG rule was not: it is assumed at the end
	framed                // nothing was given: the usual rules are assumed
)

// question gathers what generators may recognise a program by.
func (s *session) question() *generator.Question {
	q := &generator.Question{Lines: s.opt.Text, Given4: s.host.Rules4, Given6: s.host.Rules6}
	blanked := map[string]netip.Addr{}
	for i := range s.e.Logs {
		l := &s.e.Logs[i].Line
		q.Logs = append(q.Logs, l)
		if s.e.Names.Blanked(l.Src) {
			blanked[l.SrcText] = l.Src
		}
		if s.e.Names.Blanked(l.Dst) {
			blanked[l.DstText] = l.Dst
		}
	}
	q.Address = func(text string) (netip.Addr, bool) {
		a, ok := blanked[text]
		return a, ok && text != ""
	}
	return q
}

// setRules decides by which rules the evidence is judged: those given, completed
// by the model of a program where only its traces are there.
func (s *session) setRules() {
	s.host = cloneHost(s.host)
	s.givenRules()
	s.told4, s.told6 = s.host.Rules4, s.host.Rules6
	s.whole = s.wholeRules()
	s.models = generator.Recognise(s.question())
	for _, fam := range []packet.Family{packet.IPv4, packet.IPv6} {
		old := s.host.Rules(fam)
		for _, m := range s.models {
			if m.Rules(fam) == nil || !s.needs(m, fam, old) {
				continue
			}
			setRules(s.host, fam, joinModel(s.host.Rules(fam), m.Rules(fam)))
			s.use(m)
		}
		setRules(s.host, fam, revealLoopback(s.host.Rules(fam)))
		if !s.whole {
			s.declareMissing(fam)
		}
	}
	s.rep.Host = s.host
}

// givenRules reads rules out of the text in forms that the evidence leaves to
// ruleset as a whole: listings among prose.
func (s *session) givenRules() {
	if s.host.Rules4 != nil || s.host.Rules6 != nil || len(s.opt.Text) == 0 {
		return
	}
	for name, text := range textsOf(s.opt.Text) {
		f, _ := ruleset.Parse(name, []byte(text), ruleset.Lenient())
		if f == nil {
			continue
		}
		for _, rs := range f.Rulesets() {
			if countRules(rs) == 0 {
				continue
			}
			if rs.Family == 6 {
				s.host.Rules6 = rs
			} else {
				s.host.Rules4 = rs
			}
		}
	}
}

func textsOf(lines []prose.Line) map[string]string {
	out := map[string]string{}
	for _, l := range lines {
		out[l.File] += l.Text + "\n"
	}
	return out
}

func countRules(rs *ruleset.Ruleset) int {
	n := 0
	if rs != nil {
		for _, t := range rs.Tables {
			for _, c := range t.Chains {
				n += len(c.Rules)
			}
		}
	}
	return n
}

// wholeRules reports whether the rules given are all there were: a dump, not
// some lines out of one.
func (s *session) wholeRules() bool {
	for _, f := range s.e.Files {
		if f.Kind() == ruleset.KindSave {
			return true
		}
	}
	return false
}

// needs reports whether a model is to be used for a family: nothing was given,
// or lines are there that the model writes and the given rules do not.
func (s *session) needs(m *generator.Model, fam packet.Family, old *ruleset.Ruleset) bool {
	if countRules(old) == 0 {
		return true
	}
	if s.whole {
		return false
	}
	if m.Fills != nil && m.Fills(old) {
		return true
	}
	for i := range s.e.Logs {
		l := &s.e.Logs[i].Line
		p := generator.Read(l.Prefix)
		if l.Family == fam && slices.Contains(m.Covers, p.Text) && !writes(old, l) {
			return true
		}
	}
	return false
}

func (s *session) use(m *generator.Model) {
	if slices.Contains(s.used, m) {
		return
	}
	s.used = append(s.used, m)
	fact := fmt.Sprintf("the rules of %s are modelled, not given", m.Program)
	if m.User > 0 {
		fact = fmt.Sprintf("the rules of %s around the %s given are modelled", m.Program, plural(m.User, "rule", "rules"))
	}
	s.host.Inferred = append(s.host.Inferred, host.Inference{Fact: fact, From: "recognised by " + m.Basis})
	for _, a := range m.Assumed {
		s.host.Inferred = append(s.host.Inferred, host.Inference{Fact: a, From: m.Program})
	}
}

func cloneHost(h *host.Host) *host.Host {
	c := *h
	c.Links = append([]host.Link(nil), h.Links...)
	for i := range c.Links {
		c.Links[i].Addrs = slices.Clone(h.Links[i].Addrs)
	}
	c.Routes = slices.Clone(h.Routes)
	c.Inferred = slices.Clone(h.Inferred)
	c.Sysctl = map[string]string{}
	for k, v := range h.Sysctl {
		c.Sysctl[k] = v
	}
	return &c
}

func setRules(h *host.Host, fam packet.Family, rs *ruleset.Ruleset) {
	if fam == packet.IPv6 {
		h.Rules6 = rs
	} else {
		h.Rules4 = rs
	}
}

// joinModel puts the given rules and a model's together. A chain of the
// program's own that both have is the fuller one; in built-in chains the model's
// rules come first, as the program was there before, unless the given ones
// contain the jumps into its chains.
func joinModel(old, m *ruleset.Ruleset) *ruleset.Ruleset {
	if old == nil {
		return m
	}
	out := &ruleset.Ruleset{Family: m.Family}
	for _, t := range m.Tables {
		out.Tables = append(out.Tables, joinTable(old.Table(t.Name), t))
	}
	for _, t := range old.Tables {
		if m.Table(t.Name) == nil {
			out.Tables = append(out.Tables, t)
		}
	}
	return out
}

func joinTable(old, m *ruleset.Table) *ruleset.Table {
	if old == nil {
		return m
	}
	out := &ruleset.Table{Name: m.Name}
	for _, c := range m.Chains {
		have := old.Chain(c.Name)
		switch {
		case have == nil:
			out.Chains = append(out.Chains, c)
		case c.Builtin:
			out.Chains = append(out.Chains, joinChain(have, c))
		case len(have.Rules) >= len(c.Rules):
			out.Chains = append(out.Chains, have)
		default:
			out.Chains = append(out.Chains, c)
		}
	}
	for _, c := range old.Chains {
		if m.Chain(c.Name) == nil {
			out.Chains = append(out.Chains, c)
		}
	}
	return out
}

func joinChain(old, m *ruleset.Chain) *ruleset.Chain {
	c := *m
	c.Rules = nil
	if old.PolicySet {
		c.Policy, c.PolicySet, c.Pos = old.Policy, true, old.Pos
	}
	jumps := map[string]bool{}
	for _, r := range old.Rules {
		name, _ := r.Jump()
		jumps[name] = true
	}
	for _, r := range m.Rules {
		if name, _ := r.Jump(); !jumps[name] {
			c.Rules = append(c.Rules, r)
		}
	}
	c.Rules = append(c.Rules, old.Rules...)
	return &c
}

// declareMissing makes the chains that rules jump to and that the text does not
// show: what they do is not known.
func (s *session) declareMissing(fam packet.Family) {
	rs := s.host.Rules(fam)
	if rs == nil {
		return
	}
	out := &ruleset.Ruleset{Family: rs.Family}
	for _, t := range rs.Tables {
		nt := &ruleset.Table{Name: t.Name, Chains: slices.Clone(t.Chains)}
		for _, c := range t.Chains {
			for _, r := range c.Rules {
				name, _ := r.Jump()
				if name == "" || nt.Chain(name) != nil || standard(name) || xt.Lookup(name, true, fam) != nil {
					continue
				}
				nt.Chains = append(nt.Chains, &ruleset.Chain{Name: name, Declared: true})
				s.gap(trace.Gap{Source: r, What: "chain " + name + " is not in the text: it is taken to be empty"})
			}
		}
		out.Tables = append(out.Tables, nt)
	}
	setRules(s.host, fam, out)
}

func standard(name string) bool {
	switch name {
	case "ACCEPT", "DROP", "RETURN", "QUEUE":
		return true
	}
	return false
}

// revealLoopback completes the rule that a listing without -v shows as accepting
// everything: of rules that guides put there, only the one for lo looks so, and a
// chain that accepted everything would have no rules behind.
func revealLoopback(rs *ruleset.Ruleset) *ruleset.Ruleset {
	t := rs.Table("filter")
	if t == nil {
		return rs
	}
	for _, c := range t.Chains {
		opt := map[string]string{"INPUT": "-i", "OUTPUT": "-o", "ufw-before-input": "-i", "ufw-before-output": "-o"}[c.Name]
		for i, r := range c.Rules {
			if opt == "" || i == len(c.Rules)-1 || len(r.Hidden) == 0 || !acceptsAll(r) {
				continue
			}
			n := *r
			pos := r.Pos
			n.Words = append([]ruleset.Word{{Text: opt, Pos: pos}, {Text: "lo", Pos: pos}}, r.Words...)
			c.Rules[i] = &n
			break
		}
	}
	return rs
}

func acceptsAll(r *ruleset.Rule) bool {
	name, _ := r.Jump()
	return name == "ACCEPT" && len(r.Words) == 2
}

// writes reports whether some rule that a packet can get to writes lines with
// l's prefix.
func writes(rs *ruleset.Ruleset, l *packet.LogLine) bool {
	if rs == nil {
		return false
	}
	want := strings.Join(strings.Fields(l.Prefix), " ")
	for _, t := range rs.Tables {
		seen := map[string]bool{}
		for _, c := range t.Chains {
			if c.Builtin && chainWrites(t, c, want, seen) {
				return true
			}
		}
	}
	return false
}

func chainWrites(t *ruleset.Table, c *ruleset.Chain, want string, seen map[string]bool) bool {
	if c == nil || seen[c.Name] {
		return false
	}
	seen[c.Name] = true
	for _, r := range c.Rules {
		if p, ok := logPrefix(r); ok && strings.Join(strings.Fields(p), " ") == want {
			return true
		}
		if name, _ := r.Jump(); name != "" && chainWrites(t, t.Chain(name), want, seen) {
			return true
		}
	}
	return false
}

// stageOf makes the machine for a line: routes that it shows, and the LOG rule
// where the text does not have it.
func (s *session) stageOf(l *packet.LogLine) (*stage, error) {
	h := s.host
	st := &stage{host: h, net: s.base, grade: given}
	var key strings.Builder
	if s.host.Open && l.In != "" && l.Out != "" {
		fmt.Fprintf(&key, "%s>%s %s>%s|", l.In, l.Out, l.Src, l.Dst)
	}
	rs := s.host.Rules(l.Family)
	missing := !writes(rs, l) && !s.whole
	switch {
	case missing:
		fmt.Fprintf(&key, "%d %s %v %v %x", l.Family, l.Prefix, l.In == "", l.Out == "", l.LogFlags())
		st.grade = closed
		if countRules(rs) == 0 || s.framedOnly(rs, l) {
			st.grade = framed
		}
	case !s.givenWrites(l):
		st.grade = modelled
	}
	if key.Len() == 0 {
		return st, nil
	}
	if have := s.stages[key.String()]; have != nil {
		return have, nil
	}
	h = cloneHost(h)
	st.host = h
	routeLine(h, l)
	if missing {
		st.complete(l)
	}
	n, err := netfilter.New(h)
	if err != nil {
		return nil, err
	}
	st.net = n
	if len(s.stages) < maxStages {
		s.stages[key.String()] = st
	}
	return st, nil
}

// frameOf makes the machine with nothing but the usual rules around a line.
func (s *session) frameOf(l *packet.LogLine) (*stage, error) {
	st := &stage{host: cloneHost(s.host), grade: framed}
	routeLine(st.host, l)
	m := generator.Frame(l)
	setRules(st.host, l.Family, m.Rules(l.Family))
	st.assumed = strings.Join(m.Assumed, "; ")
	n, err := netfilter.New(st.host)
	st.net = n
	return st, err
}

// maxStages bounds the machines that are kept.
const maxStages = 2000

// framedOnly reports whether the rules given say nothing of the hook at which the
// line was written.
func (s *session) framedOnly(rs *ruleset.Ruleset, l *packet.LogLine) bool {
	t := rs.Table("filter")
	if t == nil {
		return true
	}
	c := t.Chain(generator.Hook(l).String())
	return c == nil || len(c.Rules) == 0
}

// givenWrites reports whether the rule that writes l's prefix is the user's.
func (s *session) givenWrites(l *packet.LogLine) bool {
	return len(s.used) == 0 || writes(s.told(l.Family), l)
}

// told is what the user gave, before models.
func (s *session) told(fam packet.Family) *ruleset.Ruleset {
	if fam == packet.IPv6 {
		return s.told6
	}
	return s.told4
}

// routeLine adds the routes that a forwarded line proves: its destination lies
// behind OUT, its source behind IN.
func routeLine(h *host.Host, l *packet.LogLine) {
	if !h.Open || l.In == "" || l.Out == "" {
		return
	}
	for _, x := range []struct {
		a   netip.Addr
		dev string
	}{{l.Src, l.In}, {l.Dst, l.Out}} {
		if x.a.IsValid() && !x.a.IsMulticast() && !known(h, x.a) {
			h.Routes = append(h.Routes, host.Route{Dst: netip.PrefixFrom(x.a, x.a.BitLen()), Dev: x.dev})
		}
	}
}

func known(h *host.Host, a netip.Addr) bool {
	for _, r := range h.Routes {
		if r.Dst.Contains(a) {
			return true
		}
	}
	return false
}

// complete adds the LOG rule that wrote l, with what its prefix claims behind it.
func (st *stage) complete(l *packet.LogLine) {
	fam := l.Family
	rs := st.host.Rules(fam)
	p := generator.Read(l.Prefix)
	hook := generator.Hook(l)
	if st.grade == framed {
		m := generator.Frame(l)
		setRules(st.host, fam, joinModel(rs, m.Rules(fam)))
		st.assumed = strings.Join(m.Assumed, "; ")
		return
	}
	out := &ruleset.Ruleset{Family: rs.Family}
	for _, t := range rs.Tables {
		if t.Name != "filter" {
			out.Tables = append(out.Tables, t)
			continue
		}
		nt := &ruleset.Table{Name: t.Name}
		for _, c := range t.Chains {
			if c.Name == hook.String() && c.Builtin {
				c = closeChain(c, l, p)
			}
			nt.Chains = append(nt.Chains, c)
		}
		out.Tables = append(out.Tables, nt)
	}
	setRules(st.host, fam, out)
	st.assumed = fmt.Sprintf("the rule that writes %q is not among those given: it is taken to stand at the end of %s", strings.TrimSpace(l.Prefix), hook)
}

// closeChain returns the chain with a LOG rule for l where guides have it: before
// the rule that refuses everything, else at the end.
func closeChain(c *ruleset.Chain, l *packet.LogLine, p generator.Prefix) *ruleset.Chain {
	n := *c
	at := len(c.Rules)
	for i, r := range c.Rules {
		if refusesAll(r) {
			at = i
			break
		}
	}
	rules := append([]*ruleset.Rule(nil), c.Rules[:at]...)
	if r := generator.LogRule(c.Name, l, p.Kind); r != nil {
		rules = append(rules, r)
	}
	if r := generator.Verdict(c.Name, p); r != nil && at == len(c.Rules) {
		rules = append(rules, r)
	}
	n.Rules = append(rules, c.Rules[at:]...)
	return &n
}

// refusesAll reports whether a rule drops or rejects whatever comes to it.
func refusesAll(r *ruleset.Rule) bool {
	name, at := r.Jump()
	return (name == "DROP" || name == "REJECT") && at <= 1
}
