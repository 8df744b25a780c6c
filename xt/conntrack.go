package xt

import (
	"net/netip"
	"strings"

	"nfwhy/conntrack"
	"nfwhy/trace"
)

var conntrackExt = &Extension{
	Name:     "conntrack",
	Families: FamBoth,
	Model:    Exact,
	Tracks:   true,
	Doc: "What connection tracking knows of the packet's connection. A packet that is INVALID or UNTRACKED has no connection:\n" +
		"it is judged by --ctstate alone, all other options are ignored; without --ctstate it never matches.",
	Options: []Option{
		{Name: "ctstate", Arg: Text, Neg: true, Help: "INVALID, NEW, RELATED, ESTABLISHED, UNTRACKED, SNAT, DNAT: any of the list",
			Samples: []string{"NEW", "RELATED,ESTABLISHED", "INVALID", "UNTRACKED,DNAT", "SNAT", "est,new"}},
		{Name: "ctproto", Arg: Proto, Neg: true, Help: "protocol of the connection"},
		{Name: "ctorigsrc", Arg: HostMask, Neg: true, Help: "who opened the connection"},
		{Name: "ctorigdst", Arg: HostMask, Neg: true, Help: "whom the opener addressed"},
		{Name: "ctreplsrc", Arg: HostMask, Neg: true, Help: "who answers"},
		{Name: "ctrepldst", Arg: HostMask, Neg: true, Help: "whom the answers address"},
		{Name: "ctorigsrcport", Arg: PortSpan, Neg: true, Help: "the opener's port"},
		{Name: "ctorigdstport", Arg: PortSpan, Neg: true, Help: "the port the opener addressed"},
		{Name: "ctreplsrcport", Arg: PortSpan, Neg: true, Help: "the answering port"},
		{Name: "ctrepldstport", Arg: PortSpan, Neg: true, Help: "the port the answers address"},
		{Name: "ctstatus", Arg: Text, Neg: true, Help: "NONE, EXPECTED, SEEN_REPLY, ASSURED, CONFIRMED: any of the list",
			Samples: []string{"ASSURED", "NONE", "EXPECTED,SEEN_REPLY,CONFIRMED", "seen"}},
		{Name: "ctexpire", Arg: Span, Max: 1<<32 - 1, Neg: true, Help: "seconds the entry has left"},
		{Name: "ctdir", Arg: Text, Help: "ORIGINAL or REPLY", Samples: []string{"ORIGINAL", "REPLY", "reply"}},
	},
	New: newConntrack,
}

var stateExt = &Extension{
	Name:     "state",
	Families: FamBoth,
	Model:    Exact,
	Tracks:   true,
	Doc:      "The older name of -m conntrack --ctstate.",
	Options: []Option{{Name: "state", Arg: Text, Need: true, Neg: true, Help: "INVALID, NEW, RELATED, ESTABLISHED, UNTRACKED: any of the list",
		Samples: []string{"NEW", "RELATED,ESTABLISHED", "INVALID", "NEW,UNTRACKED"}}},
	New: func(a *Args) (any, error) {
		g := a.Given[0]
		states, err := ctStates(g, ctStateNames[:5])
		return &conntrackMatch{alias: true, hasState: true, states: states, negState: g.Neg}, err
	},
}

// ctStateNames are in the order in which iptables tries abbreviations and prints.
var ctStateNames = []struct {
	name string
	bit  conntrack.State
}{
	{"INVALID", conntrack.StateInvalid}, {"NEW", conntrack.StateNew}, {"RELATED", conntrack.StateRelated},
	{"ESTABLISHED", conntrack.StateEstablished}, {"UNTRACKED", conntrack.StateUntracked},
	{"SNAT", conntrack.StateSNAT}, {"DNAT", conntrack.StateDNAT},
}

var ctStatusNames = []struct {
	name string
	bit  conntrack.Status
}{
	{"EXPECTED", conntrack.Expected}, {"SEEN_REPLY", conntrack.SeenReply}, {"ASSURED", conntrack.Assured}, {"CONFIRMED", conntrack.Confirmed},
}

// conntrackMatch is one -m conntrack. Its tests run in the kernel's order.
type conntrackMatch struct {
	alias    bool // written as -m state
	hasState bool
	states   conntrack.State
	negState bool
	addrs    [4]AddrMask // origsrc, origdst, replsrc, repldst
	ports    [4]portRange
	hasPort  [4]bool
	hasProto bool
	proto    uint8
	negProto bool
	hasStat  bool
	status   conntrack.Status
	negStat  bool
	hasExp   bool
	lo, hi   uint64
	negExp   bool
	hasDir   bool
	dir      conntrack.Direction
}

// ctSides are the suffixes of the options over the four ends.
var ctSides = [4]string{"origsrc", "origdst", "replsrc", "repldst"}

func newConntrack(a *Args) (any, error) {
	if len(a.Given) == 0 {
		return nil, a.Errorf("match conntrack: at least one option must be given")
	}
	m := &conntrackMatch{}
	var err error
	if g := a.Get("ctstate"); g != nil {
		m.hasState, m.negState = true, g.Neg
		if m.states, err = ctStates(g, ctStateNames); err != nil {
			return nil, err
		}
	}
	for i, side := range ctSides {
		if g := a.Get("ct" + side); g != nil {
			m.addrs[i] = AddrMask{Addr: g.Addr, Mask: g.Mask, Neg: g.Neg}
		}
		if g := a.Get("ct" + side + "port"); g != nil {
			m.hasPort[i] = true
			m.ports[i] = portRange{uint16(g.Lo), uint16(g.Hi), g.Neg}
		}
	}
	if g := a.Get("ctproto"); g != nil {
		m.hasProto, m.proto, m.negProto = true, uint8(g.Lo), g.Neg
		if a.Env.Version >= V1_8_11 && m.proto == 0 {
			return nil, g.bad("a protocol from 1 to 255")
		}
	}
	if g := a.Get("ctstatus"); g != nil {
		m.hasStat, m.negStat = true, g.Neg
		if m.status, err = ctStatuses(g); err != nil {
			return nil, err
		}
	}
	if g := a.Get("ctexpire"); g != nil {
		m.hasExp, m.lo, m.hi, m.negExp = true, g.Lo, g.Hi, g.Neg
	}
	if g := a.Get("ctdir"); g != nil {
		m.hasDir = true
		switch strings.ToUpper(g.Text()) {
		case "ORIGINAL":
		case "REPLY":
			m.dir = conntrack.Reply
		default:
			return nil, g.bad("ORIGINAL or REPLY")
		}
	}
	return m, nil
}

// ctStates reads a comma list of states; each may be abbreviated.
func ctStates(g *Given, names []struct {
	name string
	bit  conntrack.State
}) (conntrack.State, error) {
	var s conntrack.State
	var words []string
	for _, n := range names {
		words = append(words, n.name)
	}
	for _, item := range strings.Split(g.Text(), ",") {
		i := abbreviated(item, words)
		if i < 0 {
			return 0, g.Errorf("option %q: bad state %q (expected %s)%s", "--"+g.Option.Name, item, oneOf(words), didYouMean(item, words))
		}
		s |= names[i].bit
	}
	return s, nil
}

func ctStatuses(g *Given) (conntrack.Status, error) {
	var s conntrack.Status
	words := []string{"NONE"}
	for _, n := range ctStatusNames {
		words = append(words, n.name)
	}
	for _, item := range strings.Split(g.Text(), ",") {
		i := abbreviated(item, words)
		if i < 0 {
			return 0, g.Errorf("option %q: bad status %q (expected %s)%s", "--"+g.Option.Name, item, oneOf(words), didYouMean(item, words))
		}
		if i > 0 {
			s |= ctStatusNames[i-1].bit
		}
	}
	return s, nil
}

// abbreviated returns the index of the first word that begins with s in any
// case, -1 for none or an empty s.
func abbreviated(s string, words []string) int {
	for i, w := range words {
		if s != "" && len(s) <= len(w) && strings.EqualFold(w[:len(s)], s) {
			return i
		}
	}
	return -1
}

func (m *conntrackMatch) part() string {
	if m.alias {
		return "state"
	}
	return "conntrack"
}

// Match is xt_conntrack.c: conntrack_mt (Linux 6.18).
func (m *conntrackMatch) Match(c *Ctx) trace.Truth {
	if m.hasState {
		if m.matchState(c) == trace.No {
			return trace.No
		}
	}
	ct := c.CT.Seen(c.Family)
	if ct == nil {
		if m.hasState {
			return trace.Yes
		}
		return c.says("conntrack", "connection", "none", "a tracked connection (without --ctstate)", trace.No)
	}
	if m.hasDir {
		if c.says("conntrack", "--ctdir", c.CT.Info.Dir().String(), m.dir.String(), trace.Of(c.CT.Info.Dir() == m.dir)) == trace.No {
			return trace.No
		}
	}
	if !m.matchEnds(c, ct) {
		return trace.No
	}
	if m.hasStat {
		if m.matchStatus(c, ct) == trace.No {
			return trace.No
		}
	}
	if m.hasExp {
		return c.within("conntrack", "--ctexpire", uint64(ct.Remaining(c.Now)), m.lo, m.hi, m.negExp)
	}
	return trace.Yes
}

func (m *conntrackMatch) matchState(c *Ctx) trace.Truth {
	s := c.CT.State()
	t := trace.Of(s&m.states != 0).Not(m.negState)
	if c.Recorder != nil {
		field := "--ctstate"
		if m.alias {
			field = "--state"
		}
		c.Recorder.Term(trace.Term{Part: m.part(), Field: field, Saw: stateList(s), Want: not(m.negState, stateList(m.states)), Truth: t})
	}
	return t
}

// stateList joins states in iptables-save's order.
func stateList(s conntrack.State) string {
	var w []string
	for _, n := range ctStateNames {
		if s&n.bit != 0 {
			w = append(w, n.name)
		}
	}
	return strings.Join(w, ",")
}

// matchEnds tests the addresses, then the protocol, then the ports.
func (m *conntrackMatch) matchEnds(c *Ctx, ct *conntrack.Conn) bool {
	for i := range m.addrs {
		if a := &m.addrs[i]; a.Addr.IsValid() && m.matchAddr(c, i, endAddr(ct, i)) == trace.No {
			return false
		}
	}
	if m.hasProto {
		t := trace.Of(ct.Orig.Proto == m.proto).Not(m.negProto)
		if c.Recorder != nil {
			c.Recorder.Term(trace.Term{Part: "conntrack", Field: "--ctproto", Saw: protoText(ct.Orig.Proto), Want: not(m.negProto, protoText(m.proto)), Truth: t})
		}
		if t == trace.No {
			return false
		}
	}
	for i := range m.ports {
		if m.hasPort[i] {
			p := m.ports[i]
			if c.within("conntrack", ctPortFields[i], uint64(endPort(ct, i)), uint64(p.lo), uint64(p.hi), p.neg) == trace.No {
				return false
			}
		}
	}
	return true
}

var (
	ctAddrFields = [4]string{"--ctorigsrc", "--ctorigdst", "--ctreplsrc", "--ctrepldst"}
	ctPortFields = [4]string{"--ctorigsrcport", "--ctorigdstport", "--ctreplsrcport", "--ctrepldstport"}
)

func endAddr(ct *conntrack.Conn, i int) netip.Addr {
	t := ct.Tuple(conntrack.Direction(i / 2))
	if i%2 == 0 {
		return t.Src()
	}
	return t.Dst()
}

func endPort(ct *conntrack.Conn, i int) uint16 {
	t := ct.Tuple(conntrack.Direction(i / 2))
	if i%2 == 0 {
		return t.SrcID
	}
	return t.DstID
}

// matchAddr compares under the mask; the address in the rule may have bits
// outside it, which count for nothing.
func (m *conntrackMatch) matchAddr(c *Ctx, i int, a netip.Addr) trace.Truth {
	want := &m.addrs[i]
	t := trace.Of(maskAddr(a, want.Mask) == maskAddr(want.Addr, want.Mask)).Not(want.Neg)
	if c.Recorder != nil {
		c.Recorder.Term(trace.Term{Part: "conntrack", Field: ctAddrFields[i], Saw: addrText(a), Want: not(want.Neg, want.text()), Truth: t})
	}
	return t
}

func (m *conntrackMatch) matchStatus(c *Ctx, ct *conntrack.Conn) trace.Truth {
	t := trace.Of(ct.Status&m.status != 0).Not(m.negStat)
	if c.Recorder != nil {
		c.Recorder.Term(trace.Term{Part: "conntrack", Field: "--ctstatus", Saw: statusList(ct.Status), Want: not(m.negStat, statusList(m.status)), Truth: t})
	}
	return t
}

func statusList(s conntrack.Status) string {
	var w []string
	for _, n := range ctStatusNames {
		if s&n.bit != 0 {
			w = append(w, n.name)
		}
	}
	if w == nil {
		return "NONE"
	}
	return strings.Join(w, ",")
}

// Save writes the options in iptables-save's order.
func (m *conntrackMatch) Save(w *Writer) {
	if m.hasState {
		name := "ctstate"
		if m.alias {
			name = "state"
		}
		w.Opt(name, m.negState)
		w.Word(stateList(m.states))
	}
	if m.hasProto {
		w.Opt("ctproto", m.negProto)
		w.Uint(uint64(m.proto))
	}
	for i := range m.addrs {
		if a := &m.addrs[i]; a.Addr.IsValid() {
			w.Opt("ct"+ctSides[i], a.Neg)
			w.Word(a.text())
		}
	}
	for _, i := range [4]int{0, 1, 2, 3} {
		if m.hasPort[i] {
			w.Opt("ct"+ctSides[i]+"port", m.ports[i].neg)
			if m.ports[i].hi == 0 { // iptables takes it for not given
				w.Uint(uint64(m.ports[i].lo))
				continue
			}
			w.Range(uint64(m.ports[i].lo), uint64(m.ports[i].hi))
		}
	}
	if m.hasStat {
		w.Opt("ctstatus", m.negStat)
		w.Word(statusList(m.status))
	}
	if m.hasExp {
		w.Opt("ctexpire", m.negExp)
		w.Range(m.lo, m.hi)
	}
	if m.hasDir {
		w.Opt("ctdir", false)
		w.Word(m.dir.String())
	}
}
