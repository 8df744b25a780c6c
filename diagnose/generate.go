package diagnose

import (
	"nfwhy/packet"
)

// history is a kind of history that may have led to a packet.
type history struct {
	name    string
	propose func(s *scene) []Hypothesis
}

// histories lists them all, one file each.
var histories = []history{
	{"arrived", arrived},
	{"answered", answered},
	{"sent", sent},
	{"queried", queried},
	{"translated", translated},
	{"remembered", remembered},
}

// Kinds of histories, for analyzers.
const (
	kindFirst     = "first"     // nothing went before
	kindLive      = "live"      // in a connection that conntrack knows
	kindGone      = "gone"      // in one that it has forgotten
	kindWindow    = "window"    // in one that it knows, outside the window
	kindLate      = "late"      // an answer after its question was forgotten
	kindQuery     = "query"     // an answer to a question to everybody
	kindNAT       = "nat"       // translated on the way in
	kindOldEntry  = "old-entry" // an entry from before the rules
	kindForged    = "forged"    // nobody's stack sent it
	kindReplyOnly = "one-way"   // the other direction takes another way
)

// flagKind is a flag mix that a trigger may have.
type flagKind struct {
	id, title string
	flags     uint16
	prior     float64
}

// flagKinds are the segments that can arrive, with how often one that belongs to
// nothing is of that kind on the internet.
var flagKinds = []flagKind{
	{"synack", "SYN/ACK", packet.SYN | packet.ACK, 0.5},
	{"syn", "SYN", packet.SYN, 1},
	{"ack", "ACK", packet.ACK, 0.2},
	{"finack", "FIN/ACK", packet.FIN | packet.ACK, 0.3},
	{"pshack", "PSH/ACK", packet.PSH | packet.ACK, 0.15},
	{"rst", "RST", packet.RST, 0.3},
	{"rstack", "RST/ACK", packet.RST | packet.ACK, 0.3},
	{"fin", "FIN", packet.FIN, 0.01},
	{"null", "no flags", 0, 0.01},
	{"xmas", "FIN/PSH/URG", packet.FIN | packet.PSH | packet.URG, 0.01},
}

// complete reports whether every packet of a history could be built.
func complete(h *Hypothesis) bool {
	for _, s := range h.Steps {
		if s.Packet == nil {
			return false
		}
	}
	return true
}
