// Package xt holds every match and target of iptables, one file each, named as
// the kernel's file without its prefix: conntrack.go for xt_conntrack.c.
//
// An [Extension] is a value: its name, the options it takes, where it may stand
// (families, tables, hooks, protocols), its help text, and New, which turns the
// options given in a rule into a [Match] or a [Target]. The file of an extension
// holds all of it: options, checks, printed form and meaning on a packet.
// [Extensions] lists them all; nothing registers itself.
//
// [Compile] understands a [ruleset.Rule]: which option belongs to which
// extension, implicit matches, defaults, and whether iptables and the kernel
// would take it. [Rule.Save] prints what iptables-save would.
//
// A match is written once and both decides and explains: it returns a
// [trace.Truth] and notes a [trace.Term] only when the context records.
// Extensions whose meaning is not modelled parse and print like all others;
// they answer Unknown and say why.
//
// A Match or Target is immutable and shared; what it must remember between
// packets (a token bucket, a list) is a [State] that the machine keeps.
//
// The package knows no machine: what a target does to the world goes through
// the [Machine] interface of the [Ctx].
package xt
