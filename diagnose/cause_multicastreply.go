package diagnose

import (
	"fmt"
)

// multicastReply: unicast answer to an own query to a group.
var multicastReply = analyzer{
	cause: "multicast-query-unicast-reply",
	doc:   "a unicast answer to an own multicast or broadcast query is NEW",
	run: func(x *explanation, f *Finding) float64 {
		fx := x.facts()
		if !fx.udp || fx.dir != inward || !fx.fresh || fx.cast || fx.accepted {
			return 0
		}
		name, group := discoveryOf(fx.sport)
		if group == "" || !neighbour(fx.src) && !fx.blanked(fx.src) || service(fx.dport) && fx.dport != 546 && fx.dport != 68 && fx.sport != fx.dport {
			return 0
		}
		f.Disposition = RulesErr
		f.Title = fmt.Sprintf("%s answers a question that this host had sent to everybody: %s, port %d.", capital(fx.show(fx.src)), name, fx.sport)
		f.Summary = fmt.Sprintf("The question went to %s, the answer comes from a neighbour's own address: conntrack expects the answer from the address that was asked, so this one is NEW. The number %d is its source port; its destination port %d is one that changes with every question, so no rule for destination port %d takes it.",
			group, fx.sport, fx.dport, fx.sport)
		if fx.sport == 67 {
			f.Disposition = Harmless
			f.Notes = append(f.Notes, "DHCP clients read such answers from a packet socket, before any rule: the lease is not at risk")
		}
		if fx.sport == fx.dport && fx.sport != 137 {
			return 0.5
		}
		return 0.9
	},
}
