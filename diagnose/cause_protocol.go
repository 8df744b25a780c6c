package diagnose

import (
	"fmt"

	"nfwhy/packet"
)

// protocolNotAllowed: neither TCP, UDP nor ICMP.
var protocolNotAllowed = analyzer{
	cause: "protocol-not-allowed",
	doc:   "another protocol than TCP, UDP and ICMP, without a rule",
	run: func(x *explanation, f *Finding) float64 {
		fx := x.facts()
		name := protocols[fx.pkt.Proto]
		switch fx.pkt.Proto {
		case packet.ProtoTCP, packet.ProtoUDP, packet.ProtoICMP, packet.ProtoICMPv6:
			return 0
		}
		if !fx.refused {
			return 0
		}
		if name == "" {
			name = fmt.Sprintf("protocol %d", fx.pkt.Proto)
		}
		f.Disposition = RulesErr
		f.Title = fmt.Sprintf("%s (PROTO=%d) needs a rule of its own: it has no ports.", capital(name), fx.pkt.Proto)
		f.Summary = fmt.Sprintf("No rule accepts protocol %d here; rules for ports are for TCP and UDP only. It was %s.", fx.pkt.Proto, fx.decider())
		switch {
		case fx.pkt.Proto == 89 || fx.pkt.Proto == 103:
			return 0.95
		case fx.cast && fx.dir != outward:
			f.Disposition = Harmless
			return 0.6
		case fx.pkt.Proto == packet.ProtoIGMP && fx.cast:
			f.Disposition = Harmless
			return 0.7
		}
		return 0.94
	},
}

var protocols = map[uint8]string{2: "IGMP", 4: "IP in IP", 41: "IPv6 in IPv4 (6in4)", 47: "GRE", 50: "ESP (IPsec)", 51: "AH (IPsec)", 88: "EIGRP",
	89: "OSPF", 94: "IP in IP", 97: "Ethernet in IP", 103: "PIM", 108: "IPComp", 112: "VRRP", 115: "L2TP", 132: "SCTP", 136: "UDP-Lite", 33: "DCCP"}
