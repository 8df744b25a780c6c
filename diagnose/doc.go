// Package diagnose finds out why a packet is in a firewall log.
//
// [Explain] takes evidence and a host and gives a [Report] of [Finding]s. A
// subject is a log line, or a packet of a capture that the firewall dropped,
// rejected or made. First the evidence itself is replayed; where the simulation
// writes the subject's line, the trace of that run is the explanation. For what
// is left, generators propose histories ([Hypothesis]): packets that could have
// come, with what went before. Each is simulated in a fork of the machine and
// kept if it gives the line byte for byte.
//
// What survived is read by analyzers, one file each, which name the cause from
// the trace: who made the packet, what conntrack called it and why, which rule
// wrote the line and what became of it. Fixes are edits of the rules; each is
// simulated on everything the finding rests on before it is shown, together with
// what else it changes.
//
// The package reads no files and prints nothing.
package diagnose
