package netfilter

import (
	"errors"
	"strings"

	"nfwhy/host"
	"nfwhy/packet"
	"nfwhy/ruleset"
	"nfwhy/trace"
	"nfwhy/xt"
)

// station is one function registered at a hook.
type station uint8

const (
	stDefrag station = iota
	stConntrack
	stTable
	stNATDst
	stNATSrc
	stConfirm
)

// stations is the order of everything at the hooks
// (include/uapi/linux/netfilter_ipv4.h NF_IP_PRI_*; Linux 6.18).
var stations = []struct {
	priority int
	what     station
	table    string
	hooks    []packet.Hook
}{
	{-400, stDefrag, "", []packet.Hook{packet.Prerouting, packet.Output}},
	{-300, stTable, "raw", []packet.Hook{packet.Prerouting, packet.Output}},
	{-200, stConntrack, "", []packet.Hook{packet.Prerouting, packet.Output}},
	{-150, stTable, "mangle", []packet.Hook{packet.Prerouting, packet.Input, packet.Forward, packet.Output, packet.Postrouting}},
	{-100, stNATDst, "nat", []packet.Hook{packet.Prerouting, packet.Output}},
	{0, stTable, "filter", []packet.Hook{packet.Input, packet.Forward, packet.Output}},
	{50, stTable, "security", []packet.Hook{packet.Input, packet.Forward, packet.Output}},
	{100, stNATSrc, "nat", []packet.Hook{packet.Input, packet.Postrouting}},
	{1<<31 - 1, stConfirm, "", []packet.Hook{packet.Input, packet.Postrouting}},
}

// stop is a station as a program holds it.
type stop struct {
	what  station
	table string
	chain int // index of the base chain, -1 for none
}

// program is one family's rules made ready to run: immutable, shared by forks.
type program struct {
	family   packet.Family
	stops    [packet.NumHooks][]stop
	chains   []chain
	counters int
	states   int
	tracking bool // some rule needs conntrack
	// accounting: connbytes switches nf_conntrack_acct on (xt_connbytes.c:
	// connbytes_mt_check)
	accounting bool
	gaps       bool // some part is not, or not completely, modelled
	nat        bool // a nat chain exists and tracking is on
}

type chain struct {
	table, name string
	builtin     bool
	policy      trace.Verdict
	counts      bool // the policy's counters move
	counter     int
	rules       []rule
	src         *ruleset.Chain
}

type rule struct {
	x       *xt.Rule
	num     int // from 1
	counter int
	jump    int   // chain index, -1 for none
	slots   []int // state slot per part, target last; -1 for none; nil when all are
	final   bool  // no condition, and a plain verdict
	text    string
}

// compile makes the program of one family.
func compile(h *host.Host, fam packet.Family) (*program, error) {
	p := &program{family: fam}
	rs := h.Rules(fam)
	index := map[[2]string]int{}
	if rs != nil {
		for _, t := range rs.Tables {
			for _, c := range t.Chains {
				index[[2]string{t.Name, c.Name}] = len(p.chains)
				p.chains = append(p.chains, p.newChain(h, t.Name, c))
			}
			for _, c := range unnamed(h, t) {
				p.chains = append(p.chains, p.newChain(h, t.Name, c))
			}
		}
	}
	var errs []error
	if rs != nil {
		for _, t := range rs.Tables {
			for _, l := range t.Loops() {
				errs = append(errs, &ruleset.Error{Pos: l.Rule.Pos, Msg: "the rule closes a loop of jumps: " + l.String()})
			}
		}
	}
	env := xt.Env{Family: fam, Backend: h.Backend, HasChain: func(table, name string) bool {
		_, ok := index[[2]string{table, name}]
		return ok
	}}
	for i := range p.chains {
		c := &p.chains[i]
		for k, r := range c.src.Rules {
			x, err := xt.Compile(r, env)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			c.rules = append(c.rules, p.newRule(x, k+1, index))
		}
	}
	p.place()
	return p, errors.Join(errs...)
}

// unnamed are the built-in chains that a text leaves out and that are there all
// the same: with x_tables a table has all of its own once it is touched.
func unnamed(h *host.Host, t *ruleset.Table) []*ruleset.Chain {
	if h.Backend != host.Legacy {
		return nil
	}
	var out []*ruleset.Chain
	for _, b := range ruleset.BuiltinChains {
		if b.Table != t.Name {
			continue
		}
		for _, name := range b.Chains {
			if t.Chain(name) == nil {
				out = append(out, &ruleset.Chain{Name: name, Builtin: true, Policy: "ACCEPT"})
			}
		}
	}
	return out
}

func (p *program) newChain(h *host.Host, table string, c *ruleset.Chain) chain {
	ch := chain{table: table, name: c.Name, builtin: c.Builtin, policy: trace.Accept, src: c, counter: p.counters}
	p.counters++
	if c.Policy == "DROP" {
		ch.policy = trace.Drop
	}
	ch.counts = h.Backend == host.Legacy || c.PolicySet
	return ch
}

func (p *program) newRule(x *xt.Rule, num int, index map[[2]string]int) rule {
	r := rule{x: x, num: num, counter: p.counters, jump: -1, final: final(x)}
	p.counters++
	if x.Jump != "" {
		if i, ok := index[[2]string{x.Table, x.Jump}]; ok {
			r.jump = i
		}
	}
	parts := append(append([]xt.Part(nil), x.Parts...), x.Target)
	slots := make([]int, len(parts))
	any := false
	for i, part := range parts {
		slots[i] = -1
		if stateful(part) != nil {
			slots[i], any = p.states, true
			p.states++
		}
		p.tracking = p.tracking || part.Tracks()
		p.accounting = p.accounting || part.Match != nil && part.Name == "connbytes"
		p.gaps = p.gaps || part.Gap() != ""
	}
	if any {
		r.slots = slots
	}
	r.text = "-A " + x.Chain + " " + x.Save()
	r.text = strings.TrimSpace(r.text)
	return r
}

func stateful(part xt.Part) xt.Stateful {
	if s, ok := part.Match.(xt.Stateful); ok {
		return s
	}
	if s, ok := part.Target.(xt.Stateful); ok {
		return s
	}
	return nil
}

// place puts the base chains at their hooks.
func (p *program) place() {
	at := map[[2]string]int{}
	for i, c := range p.chains {
		if c.builtin {
			at[[2]string{c.table, c.name}] = i
			p.nat = p.nat || c.table == "nat"
		}
	}
	p.nat = p.nat && p.tracking
	for _, s := range stations {
		for _, h := range s.hooks {
			st := stop{what: s.what, table: s.table, chain: -1}
			if i, ok := at[[2]string{s.table, h.String()}]; ok {
				st.chain = i
			}
			switch s.what {
			case stTable:
				if st.chain < 0 {
					continue
				}
			case stNATDst, stNATSrc:
				if !p.nat {
					continue
				}
			default:
				if !p.tracking {
					continue
				}
			}
			p.stops[h] = append(p.stops[h], st)
		}
	}
}

func (p *program) initialCounters(c []counter) {
	for i := range p.chains {
		ch := &p.chains[i]
		c[ch.counter] = counter{ch.src.Packets, ch.src.Bytes}
		for k := range ch.rules {
			s := ch.rules[k].x.Source
			c[ch.rules[k].counter] = counter{s.Packets, s.Bytes}
		}
	}
}

func (p *program) initialStates(out []xt.State, now packet.Time, shared map[string]xt.State) {
	for i := range p.chains {
		for k := range p.chains[i].rules {
			r := &p.chains[i].rules[k]
			for j, slot := range r.slots {
				if slot < 0 {
					continue
				}
				part := r.x.Target
				if j < len(r.x.Parts) {
					part = r.x.Parts[j]
				}
				out[slot] = stateful(part).NewState(now, shared)
			}
		}
	}
}
