package diagnose

import (
	"fmt"

	"nfwhy/packet"
	"nfwhy/trace"
)

// selfProbe: this host's own traceroute.
var selfProbe = analyzer{
	cause: "self-generated-probe",
	doc:   "own traceroute or scan",
	run: func(x *explanation, f *Finding) float64 {
		fx := x.facts()
		if fx.dir != outward || fx.cast || fx.j.Origin == trace.Made || !fx.told(packet.FieldTTL) {
			return 0
		}
		low := fx.hop < 30
		trace := fx.udp && fx.dport >= 33434 && fx.dport <= 33700
		if !trace && !(low && (fx.udp || fx.pkt.Proto == packet.ProtoICMP || fx.tcp && fx.flags == packet.SYN)) {
			return 0
		}
		f.Disposition = Harmless
		f.Title = fmt.Sprintf("A traceroute of this host itself: TTL=%d%s.", fx.hop, toPort(fx))
		f.Summary = "Somebody or something here measures the way to " + fx.show(fx.dst) + " with packets that are meant to die on the way."
		if fx.hop == 1 && fx.udp && !trace {
			return 0.7
		}
		if trace {
			return 0.95
		}
		return 0.85
	},
}
