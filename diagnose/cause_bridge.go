package diagnose

import (
	"fmt"

	"nfwhy/packet"
)

// bridgeDoublePass: a bridged frame meets the IP rules.
var bridgeDoublePass = analyzer{
	cause: "bridge-nf-double-pass",
	doc:   "br_netfilter runs the IP hooks for bridged frames too",
	run: func(x *explanation, f *Finding) float64 {
		fx := x.facts()
		if fx.line == nil || fx.line.PhysIn == "" || fx.line.PhysOut == "" && fx.line.Out != fx.line.In {
			return 0
		}
		if fx.line.PhysOut == "" {
			return 0
		}
		f.Disposition = RulesErr
		f.Title = fmt.Sprintf("This is a bridged frame, from port %s to port %s of %s: it meets the rules only because of br_netfilter.", fx.line.PhysIn, fx.line.PhysOut, fx.line.In)
		f.Summary = "The bridge passes it on by its MAC address, no routing is involved. With net.bridge.bridge-nf-call-iptables=1 (Docker, libvirt and Kubernetes set it) bridged frames pass FORWARD as if they were routed. It was " + fx.decider() + "."
		f.Notes = append(f.Notes, "either accept it: -A FORWARD -m physdev --physdev-is-bridged -j ACCEPT; or keep bridged frames out: sysctl net.bridge.bridge-nf-call-iptables=0 (which Docker and Kubernetes need)")
		if fx.accepted {
			return 0.6
		}
		if fx.tcp && fx.flags&(packet.RST|packet.FIN) != 0 {
			return 0.8
		}
		return 0.94
	},
}
