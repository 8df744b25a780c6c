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
	// Backend is what the rule was compiled for: some matches differ.
	Backend        host.Backend
	Packets, Bytes uint64 // from -c; valid iff Counted
	Counted        bool
}

// Part is one -m or -j of a rule.
type Part struct {
	Ext    *Extension // nil for an extension that nfwhy does not know
	Name   string     // as written
	Match  Match      // nil in a target part
	Target Target     // nil in a match part
	Words  []string   // the words of an extension that nfwhy does not know
}

// Base is what iptables itself matches: addresses, interfaces, protocol,
// fragments (struct ipt_ip, ip6t_ip6). Zero fields restrict nothing.
type Base struct {
	Src, Dst      AddrMask
	In, Out       string // as written; a trailing + is a wildcard
	NegIn, NegOut bool
	Proto         uint8 // valid iff HasProto; never 0, which is any
	HasProto      bool
	NegProto      bool
	Frag, NegFrag bool // -f, ! -f
	anyProto      bool // -p all was given: IPv6 headers are parsed all the same
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
	HasSet   func(name string) bool         // ipsets that exist; nil: any may
	Version  Version
}

// Version is the release of iptables whose reading of rules counts. The zero
// value is 1.8.9, what Debian 12 installs.
type Version uint8

// The releases told apart.
const (
	V1_8_9 Version = iota
	// V1_8_11 refuses ranges whose ends are reversed, "--ctproto 0" and the like,
	// and keeps an inverted range of all ports.
	V1_8_11
)
