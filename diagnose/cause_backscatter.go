package diagnose

import (
	"fmt"

	"nfwhy/packet"
	"nfwhy/trace"
)

// backscatter: somebody else's victim answers us.
var backscatter = analyzer{
	cause: "backscatter",
	doc:   "an answer to a flood or scan that forged our address",
	run: func(x *explanation, f *Finding) float64 {
		t := x.triggerJourney()
		if t.Origin != trace.Received || !isInvalid(t) || neighbour(t.Packet.Src()) {
			return 0
		}
		act := actorOf(t.Packet, false)
		if act.Role != RoleBackscatter {
			return 0
		}
		f.Disposition = Harmless
		f.Title = "A server answers packets that someone else sent in your name."
		f.Summary = act.Why + "."
		fl, _ := tcpFlags(t)
		fx := x.facts()
		far := fx.distinct(func(l *lineFacts) any { return l.src })
		near := fx.distinct(func(l *lineFacts) any { return l.dport })
		if fl == packet.SYN|packet.ACK && fx.dir == inward && (far >= 3 || near >= 3) {
			f.Title = "Servers answer packets that someone else sent in your name."
			f.Summary = fmt.Sprintf("SYN/ACKs from %s to %s of yours, none of which asked: somebody floods or scans those servers with your address as a forged source.",
				plural(far, "address", "addresses"), plural(near, "port", "ports"))
			return 0.88
		}
		if fl&packet.RST != 0 {
			return 0.5
		}
		return 0.7
	},
}
