package lab

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"nfwhy/live"
	"nfwhy/packet"
	"nfwhy/trace"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// Journey is what the kernel itself tells of a packet's way.
type Journey struct {
	Fate trace.Fate
	Hook packet.Hook // where it ended
	// Table, Chain and Rule decided last; Rule is 0 for a policy. Table is "" when
	// no table looked at the packet.
	Table, Chain string
	Rule         int
	// State is the connection state behind conntrack: NEW, ESTABLISHED, RELATED,
	// UNTRACKED; "" for INVALID, where connections are not tracked, and where the
	// kernel does not tell (before Linux 6.16).
	State string
}

// follower sets the trace bit on every packet and reads what the kernel tells.
// Its chains decide nothing: they have no rules but the one that sets the bit.
type follower struct {
	n      *network
	tracer *live.Tracer
	// numbers are the rules of iptables-nft by family, table, chain and handle.
	numbers map[ruleKey]int
	// userTraces: the rules use TRACE themselves, so their lines stay.
	userTraces bool
}

type ruleKey struct {
	family       uint8
	table, chain string
	handle       uint64
}

// followTable is the table of the follower's chains.
const followTable = "nfwhy-follow"

// The chains of the follower.
const (
	markBegin     = "begin"     // behind defragmentation, before everything else
	markState     = "state"     // behind conntrack
	markDelivered = "delivered" // last in INPUT
	markLeft      = "left"      // last in POSTROUTING
)

// follow starts following packets.
func (n *network) follow() (*follower, error) {
	f := &follower{n: n, userTraces: strings.Contains(n.sc.Rules4+n.sc.Rules6, "-j TRACE")}
	var err error
	if f.tracer, err = live.NewTracer(); err != nil {
		return nil, err
	}
	c, err := nftables.New()
	if err == nil {
		for _, family := range []nftables.TableFamily{nftables.TableFamilyIPv4, nftables.TableFamilyIPv6} {
			addFollower(c, family)
		}
		if err = c.Flush(); err == nil {
			f.numbers, err = ruleNumbers(c)
		}
	}
	if err != nil {
		f.tracer.Close()
		return nil, fmt.Errorf("following packets: %w", err)
	}
	return f, nil
}

func (f *follower) close() { f.tracer.Close() }

// hookMarks are the chains that tell which hook a packet has come to.
var hookMarks = map[string]packet.Hook{"prerouting": packet.Prerouting, "input": packet.Input, "forward": packet.Forward,
	"output": packet.Output, "postrouting": packet.Postrouting}

func addFollower(c *nftables.Conn, family nftables.TableFamily) {
	t := c.AddTable(&nftables.Table{Name: followTable, Family: family})
	chain := func(name string, hook *nftables.ChainHook, priority int32) *nftables.Chain {
		accept := nftables.ChainPolicyAccept
		return c.AddChain(&nftables.Chain{Name: name, Table: t, Type: nftables.ChainTypeFilter, Hooknum: hook,
			Priority: nftables.ChainPriorityRef(nftables.ChainPriority(priority)), Policy: &accept})
	}
	const behindDefrag, behindConntrack, last = -399, -199, 1<<31 - 2
	for _, at := range []struct {
		name string
		hook *nftables.ChainHook
	}{{"prerouting", nftables.ChainHookPrerouting}, {"output", nftables.ChainHookOutput}} {
		begin := chain(markBegin+"-"+at.name, at.hook, behindDefrag)
		c.AddRule(&nftables.Rule{Table: t, Chain: begin, Exprs: []expr.Any{
			&expr.Immediate{Register: 1, Data: []byte{1}},
			&expr.Meta{Key: expr.MetaKeyNFTRACE, SourceRegister: true, Register: 1},
		}})
		chain(at.name, at.hook, behindDefrag+1)
		chain(markState+"-"+at.name, at.hook, behindConntrack)
	}
	chain("input", nftables.ChainHookInput, behindDefrag)
	chain("forward", nftables.ChainHookForward, behindDefrag)
	chain("postrouting", nftables.ChainHookPostrouting, behindDefrag)
	chain(markDelivered, nftables.ChainHookInput, last)
	chain(markLeft, nftables.ChainHookPostrouting, last)
}

// ruleNumbers lists the rules of all tables but the lab's own.
func ruleNumbers(c *nftables.Conn) (map[ruleKey]int, error) {
	chains, err := c.ListChains()
	if err != nil {
		return nil, err
	}
	m := map[ruleKey]int{}
	for _, ch := range chains {
		if ch.Table.Name == followTable {
			continue
		}
		rules, err := c.GetRules(ch.Table, ch)
		if err != nil && !errors.Is(err, unix.ENOENT) {
			return nil, err
		}
		for i, r := range rules {
			m[ruleKey{uint8(ch.Table.Family), ch.Table.Name, ch.Name, r.Handle}] = i + 1
		}
	}
	return m, nil
}

// journey reads what became of the packet of st, and takes the lines of legacy
// tracing out of its answer.
func (f *follower) journey(st *Step, sr *StepResult) (*Journey, error) {
	events, lost, err := f.tracer.Events()
	if err != nil {
		return nil, err
	}
	if lost {
		return nil, errors.New("the kernel's trace overflowed within one step")
	}
	lines := f.legacyLines(sr)
	j := &Journey{}
	j.read(events, f.numbers)
	save := f.n.sc.Rules4
	if len(st.Packet) > 0 && st.Packet[0]>>4 == 6 {
		save = f.n.sc.Rules6
	}
	if f.n.sc.Backend == Legacy {
		j.readLegacy(lines, st)
		if j.Fate == trace.NoFate && j.drops(save) {
			j.Fate = trace.Dropped
		}
	}
	if j.Fate == trace.Dropped && strings.Contains(ruleText(save, j.Table, j.Chain, j.Rule), "-j REJECT") {
		j.Fate = trace.Rejected
	}
	j.judge(st)
	return j, nil
}

// read follows the first packet of the events: the step's own. Those that it
// provoked have IDs of their own.
func (j *Journey) read(events []live.TraceEvent, numbers map[ruleKey]int) {
	for _, e := range events {
		if e.ID != events[0].ID {
			continue
		}
		if e.Table == followTable {
			j.mark(e)
			continue
		}
		if e.Table == "nfwhy" || e.Type == live.TraceReturn || e.Verdict < 0 {
			continue
		}
		j.Table, j.Chain, j.Rule = e.Table, e.Chain, numbers[ruleKey{e.Family, e.Table, e.Chain, e.Handle}]
		switch e.Verdict {
		case nfDrop:
			j.Fate = trace.Dropped
		case nfStolen, nfQueue:
			j.Fate = trace.Consumed
		}
	}
}

// Verdicts (include/uapi/linux/netfilter.h).
const (
	nfDrop   = 0
	nfStolen = 2
	nfQueue  = 3
)

// mark notes what one of the follower's chains tells.
func (j *Journey) mark(e live.TraceEvent) {
	if h, ok := hookMarks[e.Chain]; ok {
		j.Hook = h
		return
	}
	switch {
	case strings.HasPrefix(e.Chain, markState):
		if e.HasCt { // the event of the chain's end has it, that of the policy has not
			j.State = stateNames[e.CtState]
		}
	case e.Chain == markDelivered:
		j.Fate = trace.Delivered
	case e.Chain == markLeft:
		j.Fate = trace.Left
	}
}

// stateNames are the bits of NF_CT_STATE_BIT
// (include/uapi/linux/netfilter/nf_conntrack_common.h).
var stateNames = map[uint32]string{1 << 1: "ESTABLISHED", 1 << 2: "RELATED", 1 << 3: "NEW", 1 << 6: "UNTRACKED"}

// judge settles the fate from where the packet got to.
func (j *Journey) judge(st *Step) {
	switch {
	case j.Fate == trace.Left && st.From != Local:
		j.Fate = trace.Forwarded
	case j.Fate != trace.NoFate:
	case isFragment(st.Packet) && j.Table == "":
		j.Fate = trace.Held
	default:
		j.Fate = trace.Discarded
	}
}

func isFragment(b []byte) bool {
	var p packet.Packet
	return p.Decode(append([]byte(nil), b...), len(b)) == nil && (p.FragOff != 0 || p.MoreFrags)
}

// drops reports whether the rule or policy that the packet met last drops it.
func (j *Journey) drops(save string) bool {
	if j.Rule > 0 {
		t := ruleText(save, j.Table, j.Chain, j.Rule)
		return strings.Contains(t, "-j DROP") || strings.Contains(t, "-j REJECT")
	}
	in := false
	for line := range strings.Lines(save) {
		if strings.HasPrefix(line, "*") {
			in = strings.TrimSpace(line) == "*"+j.Table
		}
		if in && strings.HasPrefix(line, ":"+j.Chain+" DROP ") {
			return true
		}
	}
	return false
}

// ruleText finds a rule by its number in iptables-save text.
func ruleText(save, table, chain string, number int) string {
	if number == 0 {
		return ""
	}
	in := false
	for line := range strings.Lines(save) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "*") {
			in = line == "*"+table
			continue
		}
		if i := strings.Index(line, "-A "+chain+" "); in && (i == 0 || i > 0 && line[0] == '[') {
			if number--; number == 0 {
				return line
			}
		}
	}
	return ""
}

// legacyTrace is how x_tables tells of a rule that a traced packet matched
// (net/ipv4/netfilter/ip_tables.c: trace_packet, Linux 6.18).
var legacyTrace = regexp.MustCompile(`^TRACE: ([a-z]+):(\S+):(rule|return|policy):(\d+) IN=.* SRC=(\S+) `)

// legacyLines takes the lines of x_tables' tracing out of the answer, unless the
// rules ask for them.
func (f *follower) legacyLines(sr *StepResult) []string {
	var traces []string
	kept := sr.Log[:0]
	for _, l := range sr.Log {
		if legacyTrace.MatchString(l.Text) {
			traces = append(traces, l.Text)
			if !f.userTraces {
				continue
			}
		}
		kept = append(kept, l)
	}
	sr.Log = kept
	return traces
}

// readLegacy finds the last rule or policy that the packet met.
func (j *Journey) readLegacy(lines []string, st *Step) {
	var p packet.Packet
	if p.Decode(append([]byte(nil), st.Packet...), len(st.Packet)) != nil {
		return
	}
	for _, l := range lines {
		m := legacyTrace.FindStringSubmatch(l)
		src := m[5]
		if src != p.Src().String() && src != longForm(p) || m[3] == "return" {
			continue
		}
		j.Table, j.Chain, j.Rule = m[1], m[2], 0
		if m[3] == "rule" {
			j.Rule, _ = strconv.Atoi(m[4])
		}
	}
}

// longForm is the source as LOG prints IPv6 addresses.
func longForm(p packet.Packet) string { return p.Src().StringExpanded() }
