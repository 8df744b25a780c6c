package xt

import (
	"net/netip"

	"nfwhy/host"
	"nfwhy/packet"
	"nfwhy/ruleset"
	"nfwhy/trace"
)

// Rule is a [ruleset.Rule] understood: ready to judge packets and to be printed
// in iptables-save's form.
type Rule struct {
	Source *ruleset.Rule
	Family packet.Family
	Table  string
	Chain  string
	Base   Base
	Parts  []Part // the -m parts, in order
	// At most one of Target, Jump and Verdict is set; none for a rule that only counts.
	Target  Part
	Jump    string // user chain, by -j or -g
	Goto    bool
	Verdict trace.Verdict // Accept, Drop, Return or Queue for the standard targets
}

// Part is one -m or -j of a rule.
type Part struct {
	Ext    *Extension // nil for an extension that nfwhy does not know
	Name   string     // as written
	Match  Match      // nil in a target part
	Target Target     // nil in a match part
}

// Base is what iptables itself matches: addresses, interfaces, protocol,
// fragments (struct ipt_ip, ip6t_ip6). Zero fields restrict nothing.
type Base struct {
	Src, Dst       AddrMask
	In, Out        string // as written; a trailing + is a wildcard
	NegIn, NegOut  bool
	Proto          uint8
	HasProto       bool
	NegProto       bool
	Frag, NegFrag  bool // -f, ! -f
	GotoUnresolved bool // reserved for listings: interfaces were not shown
}

// AddrMask is an address under a mask that need not be contiguous.
type AddrMask struct {
	Addr, Mask netip.Addr // both invalid: no restriction
	Neg        bool
}

// Env is what compiling a rule depends on besides the rule.
type Env struct {
	Family   packet.Family
	Backend  host.Backend
	HasChain func(table, chain string) bool // user chains that exist
}
