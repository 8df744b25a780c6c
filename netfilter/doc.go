// Package netfilter is the machine: a host's hooks, tables, chains and routing,
// run on packets.
//
// A [Netns] is made from a [host.Host] and is a deterministic state machine.
// [Netns.Receive] is a packet arriving on an interface, [Netns.Send] one sent by
// a local process; each returns a [Result] and, through [Effects], the packets
// that left the host and the kernel log lines written, in order. With a
// [trace.Recorder] set, the whole journey is recorded as well, and nothing else
// changes. There is no wall clock, no goroutine and no global state; time is the
// packet's, randomness comes from a seed.
//
// [Netns.Fork] makes an independent copy, cheap enough that every hypothesis
// runs in one.
//
// Where a rule asks for something that is not modelled or not known, the machine
// runs the packet with each possible answer and says in the Result whether it
// matters.
package netfilter
