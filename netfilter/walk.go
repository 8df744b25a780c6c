package netfilter

import (
	"nfwhy/packet"
	"nfwhy/trace"
	"nfwhy/xt"
)

// frame is a place to return to: the rule after a jump.
type frame struct{ chain, rule int }

// hook runs everything registered at h on the packet. It returns false when the
// packet does not go on; f.res then says why.
func (n *Netns) hook(f *flight, h packet.Hook) bool {
	f.ctx.Hook, f.ctx.In, f.ctx.Out = h, f.in, f.out
	for _, s := range f.prog.stops[h] {
		ok := true
		switch s.what {
		case stDefrag:
			ok = n.defrag(f, h)
		case stConntrack:
			ok = n.track(f, h)
		case stTable:
			ok = n.table(f, h, s)
		case stNATDst, stNATSrc:
			ok = n.nat(f, h, s)
		case stConfirm:
			ok = n.confirm(f, h)
		}
		if !ok {
			return false
		}
	}
	return true
}

// track is conntrack-in.
func (n *Netns) track(f *flight, h packet.Hook) bool {
	known := f.ref.Conn != nil || f.ref.Info != 0
	o := n.conns.In(f.pkt, &f.ref, h, n.now)
	f.res.State, f.res.Info = f.ref.State(), f.ref.Info
	if !known {
		f.res.Reason = o.Reason
	}
	if f.journey != nil {
		f.journey.State, f.journey.Info, f.journey.Reason = f.res.State, f.res.Info, f.res.Reason
	}
	n.logInvalid(f, o)
	if o.Drop {
		f.res.Refused = true
		n.discard(f, h, "conntrack drops it: "+o.Reason.Text())
		return false
	}
	return true
}

// confirm is nf_confirm: helper, sequence adjustment, insertion.
func (n *Netns) confirm(f *flight, h packet.Hook) bool {
	if f.ref.Conn == nil {
		return true
	}
	o := n.conns.Confirm(f.pkt, &f.ref, h, n.now)
	if o.Drop {
		f.res.Refused = true
		n.discard(f, h, "conntrack drops it when confirming: "+o.Reason.Text())
		return false
	}
	return true
}

// table runs a base chain; false ends the packet.
func (n *Netns) table(f *flight, h packet.Hook, s stop) bool {
	f.ctx.Table = s.table
	reroutes := h == packet.Output && s.table == "mangle"
	mark, head := f.pkt.Mark, [37]byte{}
	if reroutes {
		head = routeKey(f.pkt)
	}
	v := n.walk(f, s.chain)
	switch v {
	case trace.Drop:
		f.res.Refused = true
		if f.res.Fate == trace.NoFate {
			f.res.Fate = trace.Dropped
		}
	case trace.Stolen, trace.Queue:
		f.res.Fate = trace.Consumed
	default:
		if reroutes && (f.pkt.Mark != mark || routeKey(f.pkt) != head) {
			return n.reroute(f)
		}
		return true
	}
	f.res.Hook, f.res.Table = h, s.table
	if f.journey != nil {
		f.journey.Decided = len(f.journey.Steps) - 1
	}
	return false
}

// routeKey is what of a header, besides the mark, makes mangle OUTPUT route a
// packet again when a rule changes it (ipt_mangle_out, ip6t_mangle_out).
func routeKey(p *packet.Packet) (k [37]byte) {
	if p.Family == packet.IPv4 {
		k[0] = p.Data[1]
		copy(k[1:], p.Data[12:20])
		return k
	}
	copy(k[:4], p.Data[:4])
	k[4] = p.Data[7]
	copy(k[5:], p.Data[8:40])
	return k
}

// walk runs a base chain rule by rule, as ipt_do_table and nft_do_chain do
// (net/ipv4/netfilter/ip_tables.c, net/netfilter/nf_tables_core.c; Linux 6.18),
// and returns the verdict for the hook: Accept, Drop, Queue or Stolen.
func (n *Netns) walk(f *flight, ci int) trace.Verdict {
	counters := n.counters[familyIndex(f.prog.family)]
	floor := len(n.stack)
	defer func() { n.stack = n.stack[:floor] }()
	i, base := 0, ci
	for {
		ch := &f.prog.chains[ci]
		if i >= len(ch.rules) {
			if ci == base {
				return n.policy(f, base, counters)
			}
			n.traceEnd(f, ch)
			if len(n.stack) == floor {
				return n.policy(f, base, counters)
			}
			ci, i = n.pop()
			continue
		}
		r := &ch.rules[i]
		step := n.open(f, ch, r)
		truth := n.judge(f, r)
		if f.ctx.Hotdrop {
			f.ctx.Hotdrop = false
			n.close(f, step, truth, trace.Drop)
			f.res.Chain, f.res.Rule, f.res.Source = ch.name, r.num, r.x.Source
			return trace.Drop
		}
		if truth != trace.Yes {
			n.close(f, step, truth, trace.Continue)
			i++
			continue
		}
		k := &counters[r.counter]
		k.packets++
		k.bytes += uint64(f.pkt.Length)
		if f.traced {
			n.traceRule(f, ch, r)
		}
		v := n.target(f, r, step)
		n.close(f, step, truth, v)
		switch v {
		case trace.Continue:
			i++
		case trace.Jump:
			n.stack = append(n.stack, frame{ci, i + 1})
			ci, i = r.jump, 0
		case trace.Goto:
			ci, i = r.jump, 0
		case trace.Return:
			if len(n.stack) == floor {
				return n.policy(f, base, counters)
			}
			ci, i = n.pop()
		default:
			f.res.Chain, f.res.Rule, f.res.Source = ch.name, r.num, r.x.Source
			return v
		}
	}
}

// pop returns to where the last jump came from.
func (n *Netns) pop() (chain, rule int) {
	top := n.stack[len(n.stack)-1]
	n.stack = n.stack[:len(n.stack)-1]
	return top.chain, top.rule
}

// policy is the end of a base chain.
func (n *Netns) policy(f *flight, ci int, counters []counter) trace.Verdict {
	ch := &f.prog.chains[ci]
	if ch.counts {
		k := &counters[ch.counter]
		k.packets++
		k.bytes += uint64(f.pkt.Length)
	}
	f.res.Chain, f.res.Rule, f.res.Source = ch.name, 0, nil
	if f.journey != nil {
		f.journey.Steps = append(f.journey.Steps, trace.Step{Hook: f.ctx.Hook, Table: ch.table, Chain: ch.name,
			Text: "policy " + ch.policy.String(), Matched: trace.Yes, Verdict: ch.policy, Target: "policy"})
	}
	if f.traced {
		n.traceLine(f, ch, "policy", len(ch.rules)+1)
	}
	return ch.policy
}

// judge asks the rule's parts in order; the first that fails ends it.
func (n *Netns) judge(f *flight, r *rule) trace.Truth {
	c := &f.ctx
	t := r.x.Base.Match(c)
	if t == trace.Unknown {
		t = n.choose(f, r, "interface", trace.No)
	}
	if t == trace.No {
		return t
	}
	for i := range r.x.Parts {
		p := &r.x.Parts[i]
		c.State = nil
		if r.slots != nil && r.slots[i] >= 0 {
			c.State = n.states[familyIndex(f.prog.family)][r.slots[i]]
		}
		if p.Match == nil {
			t = trace.Unknown
		} else {
			t = p.Match.Match(c)
		}
		if c.Hotdrop {
			return t
		}
		if t == trace.Unknown {
			t = n.choose(f, r, p.Gap(), p.Guess())
		}
		if t == trace.No {
			return t
		}
	}
	return trace.Yes
}

// target applies what the rule does.
func (n *Netns) target(f *flight, r *rule, step int) trace.Verdict {
	x := r.x
	switch {
	case x.Jump != "":
		if r.jump < 0 {
			return trace.Continue
		}
		if x.Goto {
			return trace.Goto
		}
		return trace.Jump
	case x.Target.Name == "":
		return x.Verdict
	case x.Target.Target == nil:
		return n.undecided(f, r)
	}
	c := &f.ctx
	c.State = nil
	if r.slots != nil {
		if s := r.slots[len(r.slots)-1]; s >= 0 {
			c.State = n.states[familyIndex(f.prog.family)][s]
		}
	}
	v := x.Target.Target.Apply(c)
	if v == trace.Undecided {
		return n.undecided(f, r)
	}
	return v
}

// undecided is the verdict of a target whose effect is not known: the walk goes
// on, or the packet is dropped, or accepted.
func (n *Netns) undecided(f *flight, r *rule) trace.Verdict {
	if n.choose(f, r, r.x.Target.Gap(), trace.No) == trace.No {
		return trace.Continue
	}
	if n.choose(f, r, r.x.Target.Gap(), trace.No) == trace.No {
		return trace.Drop
	}
	return trace.Accept
}

// open begins the record of a rule looked at; it returns the step's index, -1
// when nothing is recorded.
func (n *Netns) open(f *flight, ch *chain, r *rule) int {
	if f.journey == nil {
		return -1
	}
	n.recorder.TakeTerms()
	f.journey.Steps = append(f.journey.Steps, trace.Step{Hook: f.ctx.Hook, Table: ch.table, Chain: ch.name, Rule: r.num,
		Source: r.x.Source, Text: r.text, Target: targetName(r.x)})
	return len(f.journey.Steps) - 1
}

func targetName(x *xt.Rule) string {
	switch {
	case x.Jump != "":
		return x.Jump
	case x.Target.Name != "":
		return x.Target.Name
	case x.Verdict != trace.Continue:
		return x.Verdict.String()
	}
	return ""
}

func (n *Netns) close(f *flight, step int, t trace.Truth, v trace.Verdict) {
	if step < 0 {
		return
	}
	s := &f.journey.Steps[step]
	s.Terms = append(s.Terms, n.recorder.TakeTerms()...)
	s.Matched, s.Verdict = t, v
}
