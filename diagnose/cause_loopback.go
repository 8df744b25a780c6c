package diagnose

import (
	"fmt"
)

// missingLoopback: the host talks to itself.
var missingLoopback = analyzer{
	cause: "missing-loopback-accept",
	doc:   "traffic on lo meets the rules",
	run: func(x *explanation, f *Finding) float64 {
		fx := x.facts()
		if fx.dir != inside || !fx.refused {
			return 0
		}
		f.Disposition = RulesErr
		f.Title = "A program here talks to another one here, and the rules refuse it: nothing accepts the loopback interface."
		f.Summary = "Packets on lo pass OUTPUT and then INPUT like all others. It was " + fx.decider() + "."
		return 0.95
	},
}

// selfConnect: a socket connected to itself.
var selfConnect = analyzer{
	cause: "self-connect",
	doc:   "source equals destination on loopback: a socket that reached itself",
	run: func(x *explanation, f *Finding) float64 {
		fx := x.facts()
		if !fx.tcp || fx.src != fx.dst || fx.sport != fx.dport {
			return 0
		}
		f.Disposition = Elsewhere
		f.Title = fmt.Sprintf("A socket connected to itself: %s on both sides.", fx.flow())
		f.Summary = "A program here tried again and again to reach a port on which nothing listens, one that lies in the range of ephemeral ports; the kernel once gave it just that port as its own, and a simultaneous open with itself succeeds."
		f.Missing = append(f.Missing, fmt.Sprintf("which program it is: ss -tnp 'sport = :%d'; the range: sysctl net.ipv4.ip_local_port_range", fx.sport))
		if fx.dir != inside && fx.src != fx.dst {
			return 0.5
		}
		return 0.98
	},
}
