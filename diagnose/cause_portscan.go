package diagnose

import (
	"fmt"

	"nfwhy/packet"
	"nfwhy/trace"
)

// portScan: one source on many ports or hosts.
var portScan = analyzer{
	cause: "port-scan",
	doc:   "one source, many ports or many hosts",
	run: func(x *explanation, f *Finding) float64 {
		fx := x.facts()
		if fx.j.Origin != trace.Received || fx.dir == inside || fx.accepted {
			return 0
		}
		name := oddFlags(fx)
		p := x.s.who.bySource[fx.src]
		ports, hosts := 0, 0
		if p != nil {
			ports, hosts = len(p.ports), len(p.hosts)
		}
		if ports < manyPorts && hosts < manyPorts {
			if name == "" {
				return 0
			}
			f.Disposition = Harmless
			f.Title = "A " + name + " scan."
			return 0.6
		}
		if fx.tcp && fx.flags&packet.ACK != 0 && name == "" && fx.flags&packet.SYN != 0 || fx.udp && (answerPorts[fx.sport] || service(fx.sport) && !service(fx.dport)) {
			return 0
		}
		if fx.tcp && fx.flags&(packet.ACK|packet.RST) != 0 && name == "" && (service(fx.sport) || service(fx.dport) && ports < 20) {
			return 0
		}
		kind := name
		if kind == "" {
			kind = map[bool]string{true: "SYN", false: "ACK"}[fx.flags&packet.ACK == 0]
			if fx.udp {
				kind = "UDP"
			}
		}
		f.Disposition = Harmless
		f.Title = fmt.Sprintf("%s scans: %s on %s.", fx.show(fx.src), plural(ports, "port", "ports"), plural(max(hosts, 1), "host", "hosts"))
		f.Summary = fmt.Sprintf("One source tries many ports or hosts within one log: a %s scan. It was %s.", kind, fx.decider())
		return 0.94
	},
}

// manyPorts is from how many ports or hosts on a source counts as scanning.
const manyPorts = 5
