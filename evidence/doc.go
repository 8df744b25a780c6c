// Package evidence reads what people have: any mix of firewall rules, kernel log
// lines and messages, traces, listings of connections, addresses, routes, sockets
// and settings, tcpdump text and captures, from files or out of one pasted post
// with prose around them.
//
// [Read] finds each input's kind from its content and sorts every line into what
// it is. Prose, in any language, is passed over; what looks like evidence and
// could not be read is listed with its line and the reason. Lines that mail or
// forums wrapped are joined, repetitions counted. Blanked addresses
// ("108.162.[edited]", "MYIP", "x.x.x.x") become stand-ins in [Names]: equal text
// is an equal address, and what another line reveals about one is used.
//
// A log of any length is read in bounded memory: of more lines than fit, one of
// each sort is kept, and [Evidence.Each] goes through all of them by reading
// again, when the rules are known.
//
// [Evidence.AddRules] and [Evidence.InferHost] make the host of it: what listings
// tell is taken, what nobody told is concluded and kept with what it rests on.
//
// The package decides nothing about packets: it hands records, lines and rules
// to whoever does.
package evidence
