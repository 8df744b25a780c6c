package diagnose

import (
	"fmt"
	"strings"

	"nfwhy/packet"
	"nfwhy/trace"
)

// policyDeny: the end of a chain decided.
var policyDeny = analyzer{
	cause: "policy-default-deny",
	doc:   "no rule is for this packet; the end of the chain or the policy decides",
	run: func(x *explanation, f *Finding) float64 {
		fx := x.facts()
		if !fx.refused || fx.j.Origin == trace.Made {
			return 0
		}
		f.Disposition = RulesErr
		f.Title = fmt.Sprintf("No rule accepts this %s%s.", describe(fx.pkt), toPort(fx))
		if fx.tcp && fx.flags != packet.SYN && !fx.fresh {
			f.Disposition = Undecided
			f.Summary = "It was " + fx.decider() + "."
			return 0.2
		}
		f.Summary = "It is the first packet of its flow, so the rules for known connections do not take it, and no other rule is for it: it was " + fx.decider() + "."
		if fx.cast {
			return 0.4
		}
		switch fx.dir {
		case outward:
			f.Title = fmt.Sprintf("This host wanted to send %s to %s, and no rule of OUTPUT allows it.", a(describe(fx.pkt)), target(fx))
			f.Summary += " The program that sent it gets \"Operation not permitted\" (EPERM) from the kernel."
			return 0.8
		case through:
			f.Title = fmt.Sprintf("%s on its way from %s to %s, which no rule of FORWARD allows.", capital(a(describe(fx.pkt))), fx.j.In, fx.x.scene.out)
			return 0.8
		case inward:
			if neighbour(fx.src) || tunnel(fx.j.In) || container(fx.j.In) {
				f.Title = fmt.Sprintf("%s wants to reach %s here, and no rule of INPUT allows it.", capital(fx.show(fx.src)), service_(fx))
				return 0.75
			}
		}
		return 0.5
	},
}

// target names where a packet goes: "192.0.2.1 port 53 (DNS)".
func target(fx *facts) string {
	s := fx.show(fx.dst)
	if fx.ports {
		s += fmt.Sprintf(" port %d", fx.dport)
		if n := famous[fx.dport]; n != "" {
			s += " (" + n + ")"
		}
	}
	return s
}

func service_(fx *facts) string {
	if !fx.ports {
		return "this host"
	}
	return fmt.Sprintf("port %d/%s", fx.dport, protoWord(fx.pkt.Proto))
}

func tunnel(dev string) bool {
	for _, p := range []string{"tun", "tap", "wg", "ppp", "ipsec", "tailscale", "zt", "vpn", "nebula"} {
		if strings.HasPrefix(dev, p) {
			return true
		}
	}
	return false
}

func container(dev string) bool {
	for _, p := range []string{"docker", "br-", "veth", "cni", "podman", "lxdbr", "lxcbr", "virbr", "incusbr", "cbr", "cali", "flannel", "vnet", "vmbr"} {
		if strings.HasPrefix(dev, p) {
			return true
		}
	}
	return false
}
