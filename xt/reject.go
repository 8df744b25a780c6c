package xt

import (
	"strings"

	"nfwhy/packet"
	"nfwhy/trace"
)

var rejectExt = &Extension{
	Name:     "REJECT",
	IsTarget: true,
	Families: FamBoth,
	Tables:   []string{"filter"},
	Hooks:    []packet.Hook{packet.Input, packet.Forward, packet.Output},
	Model:    Exact,
	Doc: "Drops the packet and answers it with an ICMP error or a TCP reset. The answer is a packet of this host: it passes OUTPUT,\n" +
		"with the connection of the packet it answers, or with none when that had none.",
	Options: []Option{{Name: "reject-with", Arg: Text, Help: "the answer (icmp-port-unreachable, icmp6-port-unreachable)",
		Samples: []string{"icmp-net-unreachable", "icmp-host-unreachable", "icmp-proto-unreachable", "icmp-port-unreachable", "icmp-net-prohibited",
			"icmp-host-prohibited", "icmp-admin-prohibited", "admin-prohib", "port", "tcp-reset", "tcp-rst", "icmp6-no-route",
			"icmp6-adm-prohibited", "icmp6-addr-unreachable", "icmp6-port-unreachable", "icmp6-policy-fail", "icmp6-reject-route", "no-route"}}},
	New: newReject,
}

// rejectKind is one --reject-with.
type rejectKind struct {
	name, alias string
	typ, code   uint8
	reset       bool
}

// rejects4 and rejects6 are in the order in which iptables tries abbreviations.
var rejects4 = []rejectKind{
	{"icmp-net-unreachable", "net-unreach", 3, 0, false},
	{"icmp-host-unreachable", "host-unreach", 3, 1, false},
	{"icmp-proto-unreachable", "proto-unreach", 3, 2, false},
	{"icmp-port-unreachable", "port-unreach", 3, 3, false},
	{"icmp-net-prohibited", "net-prohib", 3, 9, false},
	{"icmp-host-prohibited", "host-prohib", 3, 10, false},
	{"tcp-reset", "tcp-rst", 0, 0, true},
	{"icmp-admin-prohibited", "admin-prohib", 3, 13, false},
}

var rejects6 = []rejectKind{
	{"icmp6-no-route", "no-route", 1, 0, false},
	{"icmp6-adm-prohibited", "adm-prohibited", 1, 1, false},
	{"icmp6-addr-unreachable", "addr-unreach", 1, 3, false},
	{"icmp6-port-unreachable", "port-unreach", 1, 4, false},
	{"tcp-reset", "tcp-reset", 0, 0, true},
	{"icmp6-policy-fail", "policy-fail", 1, 5, false},
	{"icmp6-reject-route", "reject-route", 1, 6, false},
}

type rejectTarget struct{ kind *rejectKind }

func newReject(a *Args) (any, error) {
	kinds := rejects4
	if a.six() {
		kinds = rejects6
	}
	t := &rejectTarget{&kinds[3]}
	g := a.Get("reject-with")
	if g == nil {
		return t, nil
	}
	var words []string
	t.kind = nil
	for i := range kinds {
		k := &kinds[i]
		words = append(words, k.name)
		if t.kind == nil && (hasFoldPrefix(k.name, g.Text()) || hasFoldPrefix(k.alias, g.Text())) {
			t.kind = k
		}
	}
	if t.kind == nil {
		return nil, g.bad(oneOf(words) + didYouMean(g.Text(), words))
	}
	b := &a.Rule.Base
	if t.kind.reset && (!b.HasProto || b.NegProto || b.Proto != packet.ProtoTCP) {
		return nil, g.Errorf("option %q: tcp-reset not allowed here: the rule needs -p tcp", "--reject-with")
	}
	return t, nil
}

func hasFoldPrefix(s, prefix string) bool {
	return len(prefix) <= len(s) && strings.EqualFold(s[:len(prefix)], prefix)
}

// Rejecter is a Target that answers packets.
type Rejecter interface {
	// RejectWith returns the ICMP type and code of the answer; reset is true for
	// a TCP reset instead.
	RejectWith() (typ, code uint8, reset bool)
}

// RejectWith returns what the packet is answered with.
func (t *rejectTarget) RejectWith() (typ, code uint8, reset bool) {
	return t.kind.typ, t.kind.code, t.kind.reset
}

// Apply is ipt_REJECT.c: reject_tg, ip6t_REJECT.c: reject_tg6 (Linux 6.18).
func (t *rejectTarget) Apply(c *Ctx) trace.Verdict {
	if t.kind.reset {
		c.Machine.RejectReset(c)
	} else {
		c.Machine.RejectICMP(c, t.kind.typ, t.kind.code)
	}
	return trace.Drop
}

// Save writes the kind, also the usual one.
func (t *rejectTarget) Save(w *Writer) {
	w.Opt("reject-with", false)
	w.Word(t.kind.name)
}
