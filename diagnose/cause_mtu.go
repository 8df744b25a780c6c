package diagnose

import (
	"fmt"

	"nfwhy/packet"
)

// mtuBlackhole: the error that tells a sender to send smaller packets does not get
// through.
var mtuBlackhole = analyzer{
	cause: "mtu-blackhole",
	doc:   "large segments are lost because the ICMP error about their size is dropped or missing",
	run: func(x *explanation, f *Finding) float64 {
		fx := x.facts()
		m, ok := fx.pkt.ICMP()
		v4 := ok && fx.pkt.Family == packet.IPv4 && m.Type() == packet.ICMPUnreachable && m.Code() == 4
		v6 := ok && fx.pkt.Family == packet.IPv6 && m.Type() == 2
		if !v4 && !v6 {
			return 0
		}
		f.Disposition = RulesErr
		name := map[bool]string{true: "fragmentation needed", false: "packet too big"}[v4]
		f.Title = fmt.Sprintf("The message %q is refused: large packets vanish from now on.", name)
		f.Summary = fmt.Sprintf("A router on the way asks for smaller packets. As long as the sender does not hear it, small packets pass and large ones are lost, so connections open and then hang. It was %s.", fx.decider())
		if fx.accepted {
			f.Disposition = Elsewhere
			f.Title = fmt.Sprintf("A router on the way asks for smaller packets (%s).", name)
			f.Summary = "The message is let through; where connections still hang, it does not reach the sender, or the path in the other direction is smaller."
			return 0.7
		}
		return 0.93
	},
}
