package diagnose

import (
	"nfwhy/packet"
)

// invalidUnsolicitedSynack: an answer to a SYN that this host did not send.
var invalidUnsolicitedSynack = analyzer{
	cause: "invalid-unsolicited-synack",
	doc:   "a SYN/ACK arrived to which no SYN of this host belongs",
	run: func(x *explanation, f *Finding) float64 {
		t := x.triggerJourney()
		fl, ok := tcpFlags(t)
		if !ok || fl != packet.SYN|packet.ACK || !isInvalid(t) {
			return 0
		}
		f.Disposition = Harmless
		f.Title = "A SYN/ACK that answers no SYN seen here."
		f.Summary = "Conntrack has no entry for it and a SYN/ACK cannot open one, so it is INVALID. Either somebody used your address as a forged source (backscatter), or the SYN left by another way."
		return 0.8
	},
}
