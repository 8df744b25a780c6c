package diagnose

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"nfwhy/generator"
	"nfwhy/netfilter"
	"nfwhy/packet"
	"nfwhy/ruleset"
	"nfwhy/trace"
)

// explainRules looks at rules that come without any line or packet: for each rule
// of the user's a packet is made that it is for, and played. What becomes of it
// instead of what the rule says is a finding.
func (s *session) explainRules() {
	if s.rep.Subjects > 0 || len(s.rep.Findings) > 0 {
		return
	}
	for _, fam := range []packet.Family{packet.IPv4, packet.IPv6} {
		rs := s.host.Rules(fam)
		if rs == nil || !s.userRules(rs) {
			continue
		}
		if f := s.firstOf(fam, s.blockedRedirect, s.unreachedRule, s.strangeMatch, s.closedLoopback); f != nil {
			s.rep.Findings = append(s.rep.Findings, f)
			return
		}
	}
}

// firstOf asks one check after the other.
func (s *session) firstOf(fam packet.Family, checks ...func(packet.Family) *Finding) *Finding {
	for _, c := range checks {
		if f := c(fam); f != nil {
			return f
		}
	}
	return nil
}

func (s *session) userRules(rs *ruleset.Ruleset) bool {
	for _, t := range rs.Tables {
		for _, c := range t.Chains {
			for _, r := range c.Rules {
				if !generator.Inferred(r) {
					return true
				}
			}
		}
	}
	return false
}

// ruleFinding begins a finding about a rule.
func ruleFinding(cause string, r *ruleset.Rule) *Finding {
	f := &Finding{Cause: cause, Disposition: RulesErr, Word: Possible, Confidence: 0.5, Count: 1}
	if r != nil {
		f.Subjects = []Subject{{Source: r.Pos.String(), Text: strings.TrimSpace(r.Text)}}
	}
	f.Notes = append(f.Notes, "there is no log line and no packet in the evidence: this is what the rules themselves show")
	f.Missing = append(f.Missing, "a line of the packet in question: iptables -I CHAIN 1 -j LOG, then dmesg")
	return f
}

// witness is a packet that a path's conditions ask for.
type witness struct {
	in, out  string
	src, dst netip.Addr
	proto    uint8
	sp, dp   uint16
	ok       bool
	stranger bool // some condition cannot be met by a first packet
}

// witnessOf makes a first packet that meets the conditions of a rule at a hook.
func (s *session) witnessOf(fam packet.Family, conds []condition, hook packet.Hook) witness {
	w := witness{proto: packet.ProtoTCP, sp: 40001, dp: 40002, ok: true}
	near, far := netip.MustParseAddr("192.0.2.254"), netip.MustParseAddr("203.0.113.77")
	if fam == packet.IPv6 {
		near, far = netip.MustParseAddr("2001:db8::fe"), netip.MustParseAddr("2001:db8:1::77")
	}
	if own := publicOf(s.host, ""); own.IsValid() && own.Is4() == near.Is4() {
		near = own
	}
	w.src, w.dst = far, near
	if hook == packet.Output {
		w.src, w.dst = near, far
	}
	for i := range conds {
		w.meet(&conds[i])
	}
	return w
}

func (w *witness) meet(c *condition) {
	if c.negated {
		return
	}
	first := func(v string) string {
		v, _, _ = strings.Cut(v, ",")
		v, _, _ = strings.Cut(v, ":")
		return v
	}
	switch c.option {
	case "-s", "--source", "--src":
		w.src = inside1(first(c.value), w.src)
	case "-d", "--destination", "--dst":
		w.dst = inside1(first(c.value), w.dst)
	case "-i", "--in-interface":
		w.in = strings.TrimSuffix(c.value, "+")
	case "-o", "--out-interface":
		w.out = strings.TrimSuffix(c.value, "+")
	case "-p", "--protocol", "--proto":
		w.protocol(c.value)
	case "--dport", "--dports", "--destination-port", "--destination-ports", "--ports":
		if n, err := strconv.ParseUint(first(c.value), 10, 16); err == nil {
			w.dp = uint16(n)
		}
	case "--sport", "--sports", "--source-port", "--source-ports":
		if n, err := strconv.ParseUint(first(c.value), 10, 16); err == nil {
			w.sp = uint16(n)
		}
	case "--state", "--ctstate":
		if !strings.Contains(strings.ToUpper(c.value), "NEW") {
			w.stranger = true
		}
	case "--syn", "--comment", "-4", "-6":
	case "--tcp-flags":
		w.stranger = w.stranger || !strings.HasSuffix(c.value, " SYN")
	default:
		w.stranger = true
	}
}

// inside1 is an address of a network as a rule names it; def when it names none.
func inside1(s string, def netip.Addr) netip.Addr {
	if p, err := netip.ParsePrefix(s); err == nil {
		if p.Bits() == 0 {
			return def
		}
		if p.IsSingleIP() {
			return p.Addr()
		}
		return p.Masked().Addr().Next()
	}
	if a, err := netip.ParseAddr(s); err == nil {
		return a
	}
	return def
}

func (w *witness) protocol(v string) {
	switch strings.ToLower(v) {
	case "tcp", "6":
		w.proto = packet.ProtoTCP
	case "udp", "17":
		w.proto = packet.ProtoUDP
	case "all", "0":
	default:
		w.stranger = true
	}
}

// packet builds the witness.
func (w *witness) packet() *packet.Packet {
	if w.src.Is4() != w.dst.Is4() {
		return nil
	}
	if w.proto == packet.ProtoUDP {
		return datagram(w.src, w.dst, w.sp, w.dp, 30)
	}
	return segment{src: w.src, dst: w.dst, sport: w.sp, dport: w.dp, flags: packet.SYN, seq: farSeq, ttl: 60}.packet()
}

// playWitness runs a witness through the hook it is for.
func (s *session) playWitness(w *witness, hook packet.Hook) *outcome {
	p := w.packet()
	if p == nil {
		return nil
	}
	h := cloneHost(s.host)
	h.Open = true
	in := w.in
	if in == "" {
		in = "eth0"
		for _, l := range h.Links {
			if !l.Loopback && l.Name != w.out {
				in = l.Name
				break
			}
		}
	}
	h.AddLink(in)
	switch hook {
	case packet.Input:
		l := h.Link(in)
		l.Addrs = append(l.Addrs, netip.PrefixFrom(w.dst, w.dst.BitLen()))
	case packet.Forward:
		out := w.out
		if out == "" {
			out = "eth1"
		}
		h.AddLink(out)
		h.Routes = append(h.Routes, routeTo(w.dst, out), routeTo(w.src, in))
	}
	n, err := netfilter.New(h)
	if err != nil {
		return nil
	}
	st := Stimulus{Packet: p, In: in}
	if hook == packet.Output {
		st = Stimulus{Packet: p, Out: in}
		if w.out != "" {
			st.Out = w.out
		}
	}
	return simulate(n, &Hypothesis{Steps: []Stimulus{st}}, begun)
}

// unreachedRule finds a rule whose own packet is decided by another one, against
// what the rule says; and LOG rules that nothing gets to.
func (s *session) unreachedRule(fam packet.Family) *Finding {
	m := newPaths(s.host, fam)
	for i := range m.paths {
		p := &m.paths[i]
		if generator.Inferred(p.rule) || p.hook == noHook {
			continue
		}
		w := s.witnessOf(fam, p.conds, p.hook)
		if w.stranger || w.in == "lo" || w.out == "lo" {
			continue
		}
		name, _ := p.rule.Jump()
		if name == "DROP" || name == "REJECT" {
			if f := s.passedBefore(fam, m, i); f != nil {
				return f
			}
		}
		o := s.playWitness(&w, p.hook)
		if o == nil || len(o.story) == 0 {
			continue
		}
		j := o.story[0]
		if f := s.judgeWitness(p, name, j); f != nil {
			f.Story = o.story
			return f
		}
	}
	return nil
}

// passedBefore looks for a packet of an address that rule i blocks and that an
// earlier rule accepts for its port: a ban that bans only from what is left.
func (s *session) passedBefore(fam packet.Family, m *missFinder, i int) *Finding {
	p := &m.paths[i]
	if !bans(p.conds) {
		return nil
	}
	for k := 0; k < i; k++ {
		q := &m.paths[k]
		name, _ := q.rule.Jump()
		if q.hook != p.hook || name != "ACCEPT" || generator.Inferred(q.rule) {
			continue
		}
		w := s.witnessOf(fam, append(append([]condition(nil), q.conds...), p.conds...), p.hook)
		if w.stranger || w.in == "lo" || w.out == "lo" {
			continue
		}
		o := s.playWitness(&w, p.hook)
		if o == nil || len(o.story) == 0 {
			continue
		}
		j := o.story[0]
		by := deciderStep(j)
		if by == nil || by.Source != q.rule || by.Verdict != trace.Accept {
			continue
		}
		f := ruleFinding("rule-order-shadowed", p.rule)
		f.Story = o.story
		f.Title = fmt.Sprintf("The rule that is to block %s comes too late: %s accepts before it.", w.src, stepName(by))
		f.Summary = fmt.Sprintf("The first rule that decides counts. %s takes the packets of this address as well; a ban has to stand in front of the rules that accept.", capital(ruleText(by)))
		f.Fixes = []Fix{{Title: "put the ban first", Commands: []string{
			fmt.Sprintf("%s -D %s %s", program(fam), p.chain, p.rule.Spec()), fmt.Sprintf("%s -I %s 1 %s", program(fam), p.chain, p.rule.Spec())},
			Of: 1, Changes: []string{"packets that match the ban are refused, whatever they are for"}}}
		return f
	}
	return nil
}

// bans reports whether conditions are about an address only.
func bans(conds []condition) bool {
	addr := false
	for _, c := range conds {
		switch c.option {
		case "-s", "--source", "--src":
			addr = addr || !c.negated && c.value != "0.0.0.0/0"
		case "--dport", "--dports", "--sport", "--sports":
			return false
		}
	}
	return addr
}

// judgeWitness compares what became of a rule's own packet with what it says.
func (s *session) judgeWitness(p *path, target string, j *trace.Journey) *Finding {
	for i := range j.Steps {
		if j.Steps[i].Source == p.rule && j.Steps[i].Matched == trace.Yes {
			return nil // it was reached
		}
	}
	accepted := j.Fate == trace.Delivered || j.Fate == trace.Forwarded || j.Fate == trace.Left
	refused := j.Fate == trace.Dropped || j.Fate == trace.Rejected
	by := deciderStep(j)
	switch {
	case target == "LOG" && refused:
		f := ruleFinding("log-missing", p.rule)
		f.Title = fmt.Sprintf("This LOG rule never writes a line: the packet is %s before.", ending(j))
		f.Summary = "LOG writes for packets that get to it; what an earlier rule drops never does. It has to stand in front of the rule that refuses."
		return f
	case (target == "DROP" || target == "REJECT") && accepted && forwardedInstead(p, j):
		f := ruleFinding("wrong-chain", p.rule)
		f.Title = "The rule that is to block stands in INPUT; the packet is redirected before and takes FORWARD."
		f.Summary = "The nat table changes the destination in PREROUTING, before any filter rule. What is redirected to another host or container never gets to INPUT: it was " + ending(j) + "."
		return f
	case (target == "DROP" || target == "REJECT") && accepted && by != nil && by.Source != nil:
		f := ruleFinding("rule-order-shadowed", p.rule)
		f.Title = fmt.Sprintf("This rule blocks nothing: %s accepts the packet before.", stepName(by))
		f.Summary = fmt.Sprintf("The first rule that decides counts. %s takes what this rule is for.", capital(ruleText(by)))
		return f
	case target == "ACCEPT" && refused && by != nil:
		f := ruleFinding("rule-order-shadowed", p.rule)
		f.Title = fmt.Sprintf("This rule accepts nothing: the packet is %s before.", ending(j))
		f.Summary = fmt.Sprintf("The first rule that decides counts. %s takes what this rule is for.", capital(ruleText(by)))
		return f
	}
	return nil
}

// forwardedInstead reports whether a packet for INPUT was redirected elsewhere.
func forwardedInstead(p *path, j *trace.Journey) bool {
	return p.hook == packet.Input && j.Fate == trace.Forwarded
}

// deciderStep is the filter step that decided.
func deciderStep(j *trace.Journey) *trace.Step {
	if j.Decided >= 0 && j.Decided < len(j.Steps) {
		return &j.Steps[j.Decided]
	}
	return decisive(j)
}

// newPaths lists the ways to all rules of the user's that accept, refuse or log.
func newPaths(h hostRules, fam packet.Family) *missFinder {
	m := &missFinder{fam: fam}
	t := h.Rules(fam).Table("filter")
	if t == nil {
		return m
	}
	for _, hook := range []packet.Hook{packet.Input, packet.Forward, packet.Output} {
		if c := t.Chain(hook.String()); c != nil {
			m.collectAll(t, c, hook, nil, 0)
		}
	}
	return m
}

type hostRules interface {
	Rules(packet.Family) *ruleset.Ruleset
}

func (m *missFinder) collectAll(t *ruleset.Table, c *ruleset.Chain, hook packet.Hook, conds []condition, depth int) {
	for i, r := range c.Rules {
		if len(m.paths) >= maxPaths {
			return
		}
		name, _ := r.Jump()
		all := append(append([]condition(nil), conds...), conditions(r)...)
		switch name {
		case "ACCEPT", "DROP", "REJECT", "LOG":
			m.paths = append(m.paths, path{rule: r, chain: c.Name, number: i + 1, hook: hook, conds: all})
			continue
		}
		if next := t.Chain(name); next != nil && !next.Builtin && depth < maxPathDepth {
			m.collectAll(t, next, hook, all, depth+1)
		}
	}
}

// blockedRedirect finds a DNAT rule whose packet FORWARD does not let through.
func (s *session) blockedRedirect(fam packet.Family) *Finding {
	rs := s.host.Rules(fam)
	for _, d := range redirects(rs) {
		if d.out || !d.to.IsValid() || generator.Inferred(d.rule) {
			continue
		}
		w := s.witnessOf(fam, conditions(d.rule), packet.Input)
		if w.stranger || w.src.Is4() != d.to.Is4() {
			continue
		}
		h := w
		h.out = "eth1"
		p := h.packet()
		if p == nil {
			continue
		}
		o := s.playRedirect(&w, d.to)
		if o == nil || len(o.story) == 0 || o.story[0].Fate != trace.Dropped && o.story[0].Fate != trace.Rejected {
			continue
		}
		f := ruleFinding("dnat-without-forward", d.rule)
		f.Story = o.story
		f.Title = "The redirection works, FORWARD does not let its packets through."
		f.Summary = "After DNAT the packet is for another host and takes FORWARD with its new address and port; there it is " + ending(o.story[0]) + "."
		fix := Fix{Title: "let through what was redirected", Table: "filter", Chain: "FORWARD", Number: 1, Rule: "-m conntrack --ctstate DNAT -j ACCEPT",
			Commands: []string{program(fam) + " -I FORWARD 1 -m conntrack --ctstate DNAT -j ACCEPT"}, Of: 1, Changes: []string{"connections that a DNAT rule redirected are let through"}}
		f.Fixes = []Fix{fix}
		return f
	}
	return nil
}

// playRedirect runs a packet that is redirected to an inner host.
func (s *session) playRedirect(w *witness, to netip.Addr) *outcome {
	h := cloneHost(s.host)
	h.Open = true
	in := w.in
	if in == "" {
		in = "eth0"
	}
	out := "eth1"
	for _, l := range h.Links {
		if !l.Loopback && l.Name != in {
			out = l.Name
			break
		}
	}
	h.AddLink(in)
	h.AddLink(out)
	h.Routes = append(h.Routes, routeTo(to, out), routeTo(w.src, in))
	n, err := netfilter.New(h)
	p := w.packet()
	if err != nil || p == nil {
		return nil
	}
	return simulate(n, &Hypothesis{Steps: []Stimulus{{Packet: p, In: in}}}, begun)
}

// closedLoopback finds rules that keep the host from talking to itself.
func (s *session) closedLoopback(fam packet.Family) *Finding {
	lo := netip.MustParseAddr("127.0.0.1")
	if fam == packet.IPv6 {
		lo = netip.IPv6Loopback()
	}
	p := segment{src: lo, dst: lo, sport: 40001, dport: 5432, flags: packet.SYN, seq: farSeq, ttl: 64}.packet()
	if p == nil || countRules(s.host.Rules(fam)) < 2 {
		return nil
	}
	o := simulate(s.base, &Hypothesis{Steps: []Stimulus{{Packet: p, Out: "lo"}}}, begun)
	if len(o.story) == 0 || o.story[0].Fate != trace.Dropped && o.story[0].Fate != trace.Rejected {
		return nil
	}
	f := ruleFinding("missing-loopback-accept", nil)
	f.Story = o.story
	f.Title = "Programs of this host cannot reach each other: nothing accepts the loopback interface."
	f.Summary = "Packets on lo pass OUTPUT and INPUT like all others; a connection from 127.0.0.1 to 127.0.0.1 is " + ending(o.story[0]) + "."
	f.Fixes = []Fix{{Title: "accept the loopback interface", Commands: []string{program(fam) + " -I INPUT 1 -i lo -j ACCEPT"}, Of: 1, Changes: []string{"packets on lo are accepted"}}}
	return f
}

// strangeMatch finds matches that mean something other than they seem to.
func (s *session) strangeMatch(fam packet.Family) *Finding {
	t := s.host.Rules(fam).Table("filter")
	if t == nil {
		return nil
	}
	unnamed := map[string]*ruleset.Rule{}
	for _, c := range t.Chains {
		for _, r := range c.Rules {
			if generator.Inferred(r) {
				continue
			}
			if f := oddMask(r); f != nil {
				return f
			}
			if port, ok := unnamedRecent(r); ok {
				unnamed[port] = r
			}
		}
	}
	if len(unnamed) > 1 {
		for _, r := range unnamed {
			f := ruleFinding("rule-semantics", r)
			f.Title = "Rules for several services share one list of addresses: recent without --name uses the list DEFAULT."
			f.Summary = "What one rule sets, the other counts: connections to one port use up the allowance of the other. Give each its own --name."
			return f
		}
	}
	return nil
}

// unnamedRecent returns the port of a rule with an unnamed recent match.
func unnamedRecent(r *ruleset.Rule) (port string, ok bool) {
	for _, c := range conditions(r) {
		switch {
		case c.part == "recent":
			ok = !strings.Contains(c.value, "--name")
		case strings.Contains(c.option, "dport"):
			port = c.value
		}
	}
	return port, ok && port != ""
}

// oddMask finds an address mask that is not contiguous.
func oddMask(r *ruleset.Rule) *Finding {
	for _, c := range conditions(r) {
		if c.option != "-s" && c.option != "-d" {
			continue
		}
		_, mask, ok := strings.Cut(c.value, "/")
		m, err := netip.ParseAddr(mask)
		if !ok || err != nil || !m.Is4() {
			continue
		}
		b := m.As4()
		v := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
		if inv := ^v; inv&(inv+1) == 0 {
			continue
		}
		f := ruleFinding("rule-semantics", r)
		f.Title = fmt.Sprintf("The mask %s has holes: it compares only the bits that are set.", mask)
		f.Summary = "Such a mask is allowed and means what it says bit by bit; it looks like the wildcard masks of routers, where ones and zeros are exchanged. Written as a length it would be unmistakable."
		return f
	}
	return nil
}
