package xt

import (
	"math/rand/v2"

	"nfwhy/conntrack"
	"nfwhy/host"
	"nfwhy/packet"
	"nfwhy/trace"
)

// Ctx is everything a match or target may look at: the kernel's
// xt_action_param. One Ctx is reused for all rules of a packet at a hook.
type Ctx struct {
	Pkt      *packet.Packet
	CT       *conntrack.Ref
	Hook     packet.Hook
	In, Out  string // interface names, "" for none
	Now      packet.Time
	Family   packet.Family
	Backend  host.Backend
	Table    string
	Host     *host.Host
	Conns    *conntrack.Table
	Machine  Machine
	Rand     *rand.Rand // what the kernel draws at random; handed in
	State    State      // of the part being evaluated; nil for most
	Hotdrop  bool       // set by a match: drop now, no counter moves
	Recorder *trace.Recorder
}

// Term notes a term when recording and returns its truth, so that a match can
// end with it. Build the strings only behind Recording.
func (c *Ctx) Term(t trace.Term) trace.Truth {
	c.Recorder.Term(t)
	return t.Truth
}

// Recording reports whether somebody wants to know why.
func (c *Ctx) Recording() bool { return c.Recorder != nil }

// Machine is what a target can make happen outside the packet.
type Machine interface {
	// Log writes a kernel log line for the packet of c.
	Log(c *Ctx, level uint8, prefix string, flags packet.LogFlags)
	// RejectReset answers the packet with a TCP reset (nf_reject_ipv4.c).
	RejectReset(c *Ctx)
	// RejectICMP answers the packet with an ICMP or ICMPv6 error.
	RejectICMP(c *Ctx, typ, code uint8)
	// AddrType says what an address is to this host (RTN_*); dev restricts the
	// question to one interface, "" to none.
	AddrType(c *Ctx, src bool, dev string) AddrType
}

// AddrType is the kind of an address in the routing table, as a bit of
// addrtype's mask (include/uapi/linux/rtnetlink.h RTN_*).
type AddrType uint16

// Match is one -m part of a rule, ready to judge packets.
type Match interface {
	// Match judges the packet of c. It allocates nothing unless recording.
	Match(c *Ctx) trace.Truth
	// Save appends the options in iptables-save's order and spelling (1.8.9).
	Save(w *Writer)
}

// Target is the -j part of a rule, for anything but a chain.
type Target interface {
	Apply(c *Ctx) trace.Verdict
	Save(w *Writer)
}

// Stateful is a Match or Target that remembers something between packets.
// NewState makes what the rule holds right after it was loaded; shared keeps
// states that several rules name (recent lists, hashlimit tables), by a key such
// as "recent/4/DEFAULT".
type Stateful interface {
	NewState(now packet.Time, shared map[string]State) State
}

// State is what a stateful part remembers. Clone makes the copy that a fork of
// the machine works on; a state held under shared is cloned once per fork.
type State interface{ Clone() State }

// Fidelity says how much of an extension's meaning is modelled.
type Fidelity uint8

// The degrees. The zero value: parses and prints, but its meaning is unknown.
const (
	Unmodelled Fidelity = iota
	Partly
	Exact
)

// Family masks for Extension.Families.
const (
	Fam4 = 1 << iota
	Fam6
	FamBoth = Fam4 | Fam6
)

// Extension describes one match or target.
type Extension struct {
	Name     string   // as after -m or -j
	Aliases  []string // other names it is called by and saved without
	IsTarget bool
	Families uint8         // Fam4, Fam6, FamBoth
	Tables   []string      // where it may stand; nil for anywhere
	Hooks    []packet.Hook // nil for anywhere
	Protos   []uint8       // the rule must have -p with one of these; nil for any
	Model    Fidelity
	Gap      string   // for Unmodelled and Partly: what is not known, and why
	Objects  bool     // names things that must have been made outside the rules
	Absent   bool     // not in current kernels: no rule with it can be loaded
	Tracks   bool     // a rule with it switches connection tracking on (nf_ct_netns_get)
	Doc      string   // a sentence or two, then what matters to a reader of rules
	Options  []Option // in the order of the help
	// Early, if set, looks at an option when it is read: what comes later in the
	// rule is not known to it, as it is not to iptables.
	Early func(a *Args, g *Given) error
	// New makes the Match or Target (a value of that interface) from what the
	// rule gave. Errors are made with Args.Errorf or Given.Errorf.
	New func(a *Args) (any, error)
}
