package netfilter

import (
	"errors"
	"math/rand/v2"

	"nfwhy/conntrack"
	"nfwhy/host"
	"nfwhy/ipset"
	"nfwhy/packet"
	"nfwhy/ruleset"
	"nfwhy/trace"
	"nfwhy/xt"
)

// Effects receives what a packet causes outside the machine. The bytes handed
// over are reused: keep a copy, not the slice.
type Effects interface {
	// Logged is a line that a LOG rule wrote, as the kernel prints it after its
	// timestamp.
	Logged(now packet.Time, level uint8, line []byte)
	// Sent is a packet that left the host on dev. made tells that the firewall or
	// the stack made it, forwarded that it came from elsewhere.
	Sent(now packet.Time, dev string, p *packet.Packet, how trace.Origin)
}

// Result says what became of a packet, without the story.
type Result struct {
	Fate   trace.Fate
	Hook   packet.Hook     // where it was decided
	Table  string          // the table that decided; "" for the stack
	Chain  string          // and the chain
	Rule   int             // and the rule's number in it, 0 for the policy
	Source *ruleset.Rule   // and its text; nil for none
	State  conntrack.State // ctstate after conntrack-in
	Info   conntrack.Info
	Reason conntrack.Reason
	// Tracked is false when no rule needs connection tracking, so it is off.
	Tracked bool
	Out     string // the interface it left by
	// Refused is set when a hook ended the packet: a local program that sent it
	// is told that it must not (EPERM).
	Refused bool
	// Open lists the other outcomes when a gap decides; Gaps why.
	Open []trace.Alternative
	Gaps []trace.Gap
}

type counter struct{ packets, bytes uint64 }

// Netns is a running host. Make it with [New]. It is not safe for concurrent use.
type Netns struct {
	host     *host.Host
	fib      *host.FIB
	programs [2]*program // v4, v6
	counters [2][]counter
	states   [2][]xt.State
	shared   map[string]xt.State
	conns    *conntrack.Table
	sets     *ipset.Collection
	now      packet.Time
	pcg      *rand.PCG
	rand     *rand.Rand
	icmp     icmpLimits
	frags    fragTable
	sysctl   stackSysctl

	recorder *trace.Recorder
	effects  Effects
	flights  []*flight // one per depth of packets made by packets
	depth    int
	stack    []frame
	logbuf   []byte

	// choosing between the outcomes of a gap
	wary   bool // a modelled part could not tell once
	script []bool
	chosen int
	gaps   []trace.Gap
	mute   bool // exploring: no effects
	logs   []string
}

// New makes the running host. Rules that do not compile are all reported, as one
// error joined of *ruleset errors with their positions.
func New(h *host.Host) (*Netns, error) {
	n := &Netns{host: h, fib: host.NewFIB(h), shared: map[string]xt.State{}}
	ct := conntrack.DefaultSysctl()
	var errs []error
	for k, v := range h.Sysctl {
		if isConntrackKey(k) {
			if err := ct.Set(k, v); err != nil {
				errs = append(errs, err)
			}
		}
	}
	n.sysctl = readStackSysctl(h)
	sets, err := ipset.New(h.Sets, 0)
	if err != nil {
		errs = append(errs, err)
	}
	n.sets = sets
	n.Seed(1)
	for i, fam := range [2]packet.Family{packet.IPv4, packet.IPv6} {
		p, err := compile(h, fam)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		n.programs[i] = p
		n.counters[i] = make([]counter, p.counters)
		p.initialCounters(n.counters[i])
		n.states[i] = make([]xt.State, p.states)
		p.initialStates(n.states[i], n.now, n.shared)
		ct.Acct = ct.Acct || p.accounting
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	n.conns = conntrack.NewTable(ct)
	return n, nil
}

// Seed sets the source of everything the kernel draws at random.
func (n *Netns) Seed(seed uint64) {
	n.pcg = rand.NewPCG(seed, 0x6e667768)
	n.rand = rand.New(n.pcg)
}

// Record sets the recorder of journeys, nil for none.
func (n *Netns) Record(r *trace.Recorder) { n.recorder = r }

// Attach sets who receives the effects, nil for nobody.
func (n *Netns) Attach(e Effects) { n.effects = e }

// Conntrack returns the connection table.
func (n *Netns) Conntrack() *conntrack.Table { return n.conns }

// Host returns the description the machine was made from.
func (n *Netns) Host() *host.Host { return n.host }

// FIB returns the routing tables.
func (n *Netns) FIB() *host.FIB { return n.fib }

// Now returns the machine's clock.
func (n *Netns) Now() packet.Time { return n.now }

// Tracking reports whether connection tracking is on for a family: some rule of
// the family needs it (nf_ct_netns_get).
func (n *Netns) Tracking(f packet.Family) bool {
	p := n.program(f)
	return p != nil && p.tracking
}

// Load starts the machine's clock: rules are loaded at that instant. Token
// buckets count from it. Call it before the first packet.
func (n *Netns) Load(at packet.Time) {
	n.now = at
	n.sets, _ = ipset.New(n.host.Sets, at)
	n.shared = map[string]xt.State{}
	for i, p := range n.programs {
		p.initialStates(n.states[i], at, n.shared)
	}
}

// Clock moves the clock forward; backward moves are ignored.
func (n *Netns) Clock(t packet.Time) {
	if t > n.now {
		n.now = t
	}
}

// Fork returns an independent copy of the machine in its present state, without
// recorder and effects.
func (n *Netns) Fork() *Netns {
	m := &Netns{host: n.host, wary: n.wary, fib: n.fib, programs: n.programs, now: n.now, icmp: n.icmp.clone(), frags: n.frags.clone(), sysctl: n.sysctl,
		conns: n.conns.Fork(), sets: n.sets.Clone(), shared: make(map[string]xt.State, len(n.shared))}
	copies := make(map[xt.State]xt.State, len(n.shared))
	for k, s := range n.shared {
		c := s.Clone()
		m.shared[k] = c
		copies[s] = c
	}
	for i := range n.counters {
		m.counters[i] = append([]counter(nil), n.counters[i]...)
		m.states[i] = make([]xt.State, len(n.states[i]))
		for j, s := range n.states[i] {
			if s == nil {
				continue
			}
			if c, ok := copies[s]; ok {
				m.states[i][j] = c
			} else {
				m.states[i][j] = s.Clone()
			}
		}
	}
	pcg := *n.pcg
	m.pcg = &pcg
	m.rand = rand.New(m.pcg)
	return m
}

func (n *Netns) program(f packet.Family) *program {
	if f == packet.IPv6 {
		return n.programs[1]
	}
	return n.programs[0]
}

func familyIndex(f packet.Family) int {
	if f == packet.IPv6 {
		return 1
	}
	return 0
}
