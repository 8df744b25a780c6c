package diagnose

import (
	"nfwhy/packet"
)

// firstPacket: who speaks first decides.
var firstPacket = analyzer{
	cause: "order-of-first-packet",
	doc:   "the outcome depends on which side sent first",
	run: func(x *explanation, f *Finding) float64 {
		fx := x.facts()
		if fx.dir == outward || fx.dir == inside || !fx.refused || !fx.fresh || fx.cast {
			return 0
		}
		symmetric := fx.udp && fx.sport == fx.dport && fx.sport > 0 && fx.outsider(fx.src) || fx.pkt.Proto == packet.ProtoGRE || fx.pkt.Proto == packet.ProtoESP
		if !symmetric {
			return 0
		}
		f.Disposition = RulesErr
		f.Title = "Had this host sent first, this packet would have been an answer."
		f.Summary = "Both sides use the same ports, so whoever sends first makes the entry: from this side outwards it is accepted and answers are ESTABLISHED, from the other side it is NEW and refused."
		return 0.45
	},
}
