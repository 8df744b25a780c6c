package diagnose

import (
	"fmt"

	"nfwhy/packet"
)

// neighbourDiscovery: IPv6 cannot do without.
var neighbourDiscovery = analyzer{
	cause: "ipv6-nd-not-allowed",
	doc:   "neighbour discovery or a router advertisement is dropped",
	run: func(x *explanation, f *Finding) float64 {
		fx := x.facts()
		m, ok := fx.pkt.ICMP()
		if !ok || fx.pkt.Family != packet.IPv6 || m.Type() < 133 || m.Type() > 137 || fx.accepted {
			return 0
		}
		f.Disposition = RulesErr
		f.Title = fmt.Sprintf("%s is refused: IPv6 does not work without.", capital(a(describe(fx.pkt))))
		f.Summary = "Neighbour discovery is to IPv6 what ARP is to IPv4, but it is ICMPv6 and passes the rules. conntrack does not track it, so no rule for known connections takes it."
		return 0.97
	},
}
