package diagnose

import (
	"fmt"
	"net/netip"
	"strings"

	"nfwhy/conntrack"
	"nfwhy/generator"
	"nfwhy/host"
	"nfwhy/netfilter"
	"nfwhy/packet"
	"nfwhy/ruleset"
	"nfwhy/trace"
)

// remedy is a change that may be proposed: what the user does, and the same done
// to the simulated host.
type remedy struct {
	fix   Fix
	edit  func(h *host.Host) *host.Host // nil: the rules and settings stay
	opens bool                          // the packet is to get through, not only the line to be gone
	// forget removes the entries of the history before it is played.
	forget bool
	// only says in words which packets the change can concern.
	only string
}

// proposals are the kinds of change that are tried, best first. Each looks at the
// finding's cause and returns nil where it has nothing to offer.
var proposals = []func(x *explanation, f *Finding) *remedy{
	dropInvalid, forgetEntry, correctRule, moveRule, acceptLoopback, acceptEstablished, acceptTranslated, acceptPacket, acceptBridged,
	longerMemory, beLiberal, assignHelper, quiet,
}

// maxFixes is how many fixes a finding shows.
const maxFixes = 3

// fixes proposes changes and keeps those that do what they promise when they are
// simulated.
func (s *session) fixes(x *explanation, f *Finding) {
	for _, p := range proposals {
		if len(f.Fixes) >= maxFixes {
			return
		}
		r := p(x, f)
		if r == nil {
			continue
		}
		if s.test(x, f, r) {
			f.Fixes = append(f.Fixes, r.fix)
		}
	}
}

// test simulates a change on the subject's history and on every other history that
// gives the line. It returns false when the line is still written, or the packet
// that it was to let through is not.
func (s *session) test(x *explanation, f *Finding, r *remedy) bool {
	h := x.stage.host
	if r.edit != nil {
		if h = r.edit(h); h == nil {
			return false
		}
	}
	n, err := netfilter.New(h)
	if err != nil {
		return false
	}
	fix := &r.fix
	fix.Of = f.Count
	for _, o := range x.survivors {
		if o.hyp.Prior < 0.01 || x.hyp != nil && (x.hyp.Kind == kindNAT && o.hyp.Kind != kindNAT || !s.sameCause(x, o, f)) {
			continue
		}
		hyp := *o.hyp
		if r.forget {
			hyp.Entries = nil
		}
		if !s.cured(x, n, &hyp, r) {
			return false
		}
	}
	if x.rec != nil && !s.silencedInCapture(x, n) {
		return false
	}
	fix.Silences = f.Count
	fix.Tested = "simulated"
	fix.Changes = s.effects(x, n, r)
	return true
}

// sameCause reports whether a history is one of the finding's cause: a fix for one
// cause need not cure another.
func (s *session) sameCause(x *explanation, o *outcome, f *Finding) bool {
	return o.hyp == x.hyp || s.causeOf(x, o) == f.Cause
}

// cured reports whether a history no longer gives the line, and lets its last
// packet through where it should.
func (s *session) cured(x *explanation, n *netfilter.Netns, hyp *Hypothesis, r *remedy) bool {
	o := simulate(n, hyp, begun)
	if placeOf(o, x.group.line).Journey != 0 {
		return false
	}
	if limitDecides(o) && insist(n, hyp, begun, x.group.line) != nil {
		return false
	}
	if !r.opens || o.last == 0 || o.last > len(o.story) {
		return true
	}
	switch o.story[o.last-1].Fate {
	case trace.Delivered, trace.Forwarded, trace.Left:
		return true
	}
	return x.scene.in == "lo" || x.scene.out == "lo"
}

// silencedInCapture replays the packet of the capture that led to the subject.
func (s *session) silencedInCapture(x *explanation, n *netfilter.Netns) bool {
	t := x.triggerJourney()
	h := &Hypothesis{Steps: []Stimulus{{Packet: t.Packet, In: t.In}}}
	if x.group.line == nil {
		o := simulate(n, h, t.Time)
		return len(o.lines()) == 0 && (o.last == 0 || o.story[o.last-1].Fate != trace.Rejected)
	}
	return placeOf(simulate(n, h, t.Time), x.group.line).Journey == 0
}

// effects says which packets change verdict. An inserted rule can only change
// packets that it matches; which of the INVALID ones do is found by running one of
// each kind that the rules can tell apart through both rulesets.
func (s *session) effects(x *explanation, n *netfilter.Netns, r *remedy) []string {
	if r.only != "" {
		return []string{r.only}
	}
	t := x.triggerJourney()
	out := []string{"of the packets these rules can meet, only INVALID ones change verdict"}
	for _, c := range changesOf(x.stage.net, n, kinds(x.stage.host, t), t.In) {
		w := c.words()
		if len(w) > 8 {
			w = append(w[:8:8], fmt.Sprintf("%d more", len(w)-8))
		}
		out = append(out, c.from+" before, "+c.to+" now: "+joinWords(w))
	}
	return out
}

func joinWords(w []string) string { return strings.Join(w, ", ") }

// fateIn runs a packet in a fork and returns what becomes of it, "" when conntrack
// does not call it INVALID.
func fateIn(n *netfilter.Netns, k kind, in string) string {
	m := n.Fork()
	r := m.Receive(k.pkt.Clone(), in, begun)
	if r.State&conntrack.StateInvalid == 0 {
		return ""
	}
	return r.Fate.String()
}

// inserted is an edit that puts a rule into a chain.
func inserted(fam packet.Family, fix *Fix) func(h *host.Host) *host.Host {
	return func(h *host.Host) *host.Host { return withRule(h, fam, fix) }
}

// program is the command for a family.
func program(fam packet.Family) string {
	if fam == packet.IPv6 {
		return "ip6tables"
	}
	return "iptables"
}

// insertion is the remedy of a rule put before rule number of a chain.
func insertion(x *explanation, title, chain string, number int, rule string) *remedy {
	fam := x.scene.pkt.Family
	if x.stage.grade == framed {
		number = 1 // what stands in the chain is not known
	}
	fix := Fix{Title: title, Table: "filter", Chain: chain, Number: number, Rule: rule,
		Commands: []string{fmt.Sprintf("%s -I %s %d %s", program(fam), chain, number, rule)}}
	r := &remedy{fix: fix}
	r.edit = inserted(fam, &r.fix)
	return r
}

// dropInvalid: drop what belongs to no connection before a rule answers or logs
// it. The rule goes behind the one that accepts established connections, when
// that comes first, as every guide has it.
func dropInvalid(x *explanation, f *Finding) *remedy {
	t := x.triggerJourney()
	if !isInvalid(t) || t.Origin != trace.Received {
		return nil
	}
	switch f.Cause {
	case "asymmetric-route", "out-of-window", "mtu-blackhole", "checksum-invalid", "log-prefix-lies":
		return nil
	}
	at, st := deciding(x, t)
	if st == nil || st.Table != "filter" {
		return nil
	}
	if x.program() == "ufw" {
		return dropInvalidUfw(x, t)
	}
	chain, number := st.Chain, st.Rule
	if !ruleset.IsBuiltin("filter", chain) {
		chain, number = entry(t, at)
	}
	if number == 0 {
		number = lastRule(x.stage.host, t.Packet.Family, chain) + 1
	}
	if n := behindEstablished(t, chain, number); n > 0 {
		number = n
	}
	return insertion(x, "drop packets that belong to no connection before they are answered or logged", chain, number, "-m conntrack --ctstate INVALID -j DROP")
}

// dropInvalidUfw puts the same into ufw's own file, above its rule that logs.
func dropInvalidUfw(x *explanation, t *trace.Journey) *remedy {
	pre := "ufw"
	if t.Packet.Family == packet.IPv6 {
		pre = "ufw6"
	}
	chain := pre + "-before-input"
	number := 0
	for i := range t.Steps {
		if st := &t.Steps[i]; st.Chain == chain && st.Target == pre+"-logging-deny" {
			number = st.Rule
			break
		}
	}
	if number == 0 {
		return nil
	}
	r := insertion(x, "drop packets that belong to no connection without logging them", chain, number, "-m conntrack --ctstate INVALID -j DROP")
	file := "/etc/ufw/before.rules"
	if pre == "ufw6" {
		file = "/etc/ufw/before6.rules"
	}
	r.fix.Commands = []string{fmt.Sprintf("# in %s, above the line with \"-j %s-logging-deny\":", file, pre), "-A " + chain + " -m conntrack --ctstate INVALID -j DROP", "ufw reload"}
	return r
}

// program is the program that the user gives commands to, "" for iptables itself.
func (x *explanation) program() string {
	p := generator.Read("")
	if x.group.line != nil {
		p = generator.Read(x.group.line.Prefix)
	}
	if p.Program != "" {
		return p.Program
	}
	for _, m := range x.s.used {
		if m.Program == "ufw" || m.Program == "firewalld" || m.Program == "shorewall" {
			return m.Program
		}
	}
	return ""
}

// deciding is the step of the trigger that led to the subject: the one that made
// the answer, or the one that wrote the line.
func deciding(x *explanation, t *trace.Journey) (int, *trace.Step) {
	j, _ := x.line()
	if j != t {
		if j.Step >= 0 && j.Step < len(t.Steps) && t.Steps[j.Step].Table != "" {
			return j.Step, &t.Steps[j.Step]
		}
		return 0, nil
	}
	return x.place.Step, &t.Steps[x.place.Step]
}

// entry is the rule of the built-in chain through which the packet came to step at.
func entry(t *trace.Journey, at int) (chain string, number int) {
	for i := at; i >= 0; i-- {
		st := &t.Steps[i]
		if st.Table == "filter" && ruleset.IsBuiltin("filter", st.Chain) && st.Hook == t.Steps[at].Hook {
			return st.Chain, st.Rule
		}
	}
	return t.Steps[at].Hook.String(), 1
}

// behindEstablished returns the number behind the rule of chain that accepts
// ESTABLISHED packets, if the packet met it before number; 0 if not.
func behindEstablished(t *trace.Journey, chain string, number int) int {
	for i := range t.Steps {
		st := &t.Steps[i]
		if st.Chain != chain || st.Table != "filter" || st.Rule >= number || st.Target != "ACCEPT" {
			continue
		}
		for _, term := range st.Terms {
			if (term.Part == "state" || term.Part == "conntrack") && strings.Contains(term.Want, "ESTABLISHED") {
				return st.Rule + 1
			}
		}
	}
	return 0
}

func lastRule(h *host.Host, fam packet.Family, chain string) int {
	if t := h.Rules(fam).Table("filter"); t != nil {
		if c := t.Chain(chain); c != nil {
			return len(c.Rules)
		}
	}
	return 0
}

// forgetEntry: delete the entry that keeps the old decision.
func forgetEntry(x *explanation, f *Finding) *remedy {
	if f.Cause != "stale-conntrack-entry" {
		return nil
	}
	fx := x.facts()
	cmd := fmt.Sprintf("conntrack -D -s %s -d %s -p %s", fx.show(fx.src), fx.show(fx.dst), protoWord(fx.pkt.Proto))
	if fx.ports {
		cmd += fmt.Sprintf(" --sport %d --dport %d", fx.sport, fx.dport)
	}
	return &remedy{fix: Fix{Title: "delete the entry: the next packet asks the rules", Commands: []string{cmd}}, forget: true,
		only: "no rule changes; the flow's next packet is its first again and is judged by the rules as they are now"}
}

// longerMemory: let conntrack wait longer for UDP answers.
func longerMemory(x *explanation, f *Finding) *remedy {
	if f.Cause != "udp-reply-after-timeout" {
		return nil
	}
	key := "net.netfilter.nf_conntrack_udp_timeout"
	return &remedy{fix: Fix{Title: "remember unanswered questions longer", Commands: []string{"sysctl -w " + key + "=60"}},
		edit: withSysctl(key, "60"), opens: true,
		only: "answers within 60 s are ESTABLISHED; entries of unanswered requests stay twice as long"}
}

// beLiberal: do not judge by the window.
func beLiberal(x *explanation, f *Finding) *remedy {
	if f.Cause != "out-of-window" {
		return nil
	}
	key := "net.netfilter.nf_conntrack_tcp_be_liberal"
	return &remedy{fix: Fix{Title: "let segments outside the window be", Commands: []string{"sysctl -w " + key + "=1"}}, edit: withSysctl(key, "1"), opens: true,
		only: "segments of known connections are no longer INVALID for their sequence numbers, resets excepted"}
}

func withSysctl(key, value string) func(h *host.Host) *host.Host {
	return func(h *host.Host) *host.Host {
		c := cloneHost(h)
		c.Sysctl[key] = value
		return c
	}
}

// assignHelper: give the control connection its helper.
func assignHelper(x *explanation, f *Finding) *remedy {
	if f.Cause != "helper-missing-or-blind" || x.helper == "" {
		return nil
	}
	proto, port := "tcp", map[string]int{"ftp": 21, "tftp": 69, "sip": 5060}[x.helper]
	if x.helper != "ftp" {
		proto = "udp"
	}
	chain := "PREROUTING"
	if x.scene.out != "" && x.scene.in == "" {
		chain = "OUTPUT"
	}
	f.Fixes = append(f.Fixes, Fix{Title: "assign the helper to the control connection", Of: f.Count, Commands: []string{
		"modprobe nf_conntrack_" + x.helper,
		fmt.Sprintf("%s -t raw -I %s 1 -p %s --dport %d -j CT --helper %s", program(x.scene.pkt.Family), chain, proto, port, x.helper)},
		Changes: []string{"data connections that the helper reads of become RELATED; not simulated, as the control connection is not in the evidence"}})
	return nil
}

// networkOf is the local network that an address is in, as a rule would name it.
func networkOf(h *host.Host, a netip.Addr) string {
	for _, l := range h.Links {
		for _, p := range l.Addrs {
			if p.Bits() < a.BitLen() && p.Contains(a) {
				return p.Masked().String()
			}
		}
	}
	bits := 24
	if a.Is6() {
		bits = 64
	}
	if p, err := a.Prefix(bits); err == nil && neighbour(a) {
		return p.String()
	}
	return a.String()
}
