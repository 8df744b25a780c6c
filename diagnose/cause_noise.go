package diagnose

import (
	"fmt"

	"nfwhy/packet"
	"nfwhy/trace"
)

// broadcastNoise: announcements of neighbours.
var broadcastNoise = analyzer{
	cause: "broadcast-multicast-noise",
	doc:   "neighbour or router announcements to a broadcast or multicast address",
	run: func(x *explanation, f *Finding) float64 {
		fx := x.facts()
		if !fx.cast || fx.j.Origin == trace.Made || fx.tcp && fx.src != fx.dst && !fx.dst.IsMulticast() && fx.dst != broadcastAddr && fx.dir != inward {
			return 0
		}
		f.Disposition = Harmless
		what := noiseName(fx)
		f.Title = fmt.Sprintf("A neighbour's %s, sent to everybody.", what)
		f.Summary = fmt.Sprintf("It is addressed to %s, not to this host alone; nothing here has to take it.", groupName(fx))
		if fx.dir == outward {
			f.Title = fmt.Sprintf("This host's own %s, sent to everybody on the network.", what)
			f.Summary = fmt.Sprintf("A service here announces itself or looks for others at %s; refusing it does no harm unless that service is wanted.", groupName(fx))
		}
		if fx.accepted {
			return 0.6
		}
		return 0.9
	},
}

// groups names multicast addresses.
var groups = map[string]string{"224.0.0.1": "all hosts", "224.0.0.2": "all routers", "224.0.0.5": "OSPF routers", "224.0.0.6": "OSPF routers",
	"224.0.0.9": "RIP routers", "224.0.0.13": "PIM routers", "224.0.0.18": "VRRP routers", "224.0.0.22": "IGMPv3 routers",
	"224.0.0.102": "HSRP routers", "224.0.0.251": "multicast DNS", "224.0.0.252": "LLMNR", "224.0.1.1": "NTP", "224.0.1.60": "HP printers",
	"239.255.255.250": "SSDP and WS-Discovery", "239.255.255.253": "SLP", "ff02::1": "all nodes", "ff02::2": "all routers",
	"ff02::fb": "multicast DNS", "ff02::c": "SSDP", "ff02::16": "MLDv2 routers", "ff02::1:2": "DHCPv6 servers", "ff02::1:3": "LLMNR"}

func groupName(fx *facts) string {
	d := fx.dst.String()
	if n := groups[d]; n != "" {
		return fmt.Sprintf("the group %s (%s)", d, n)
	}
	if fx.dst.IsMulticast() {
		return "the multicast group " + d
	}
	return "the broadcast address " + fx.show(fx.dst)
}

// noisePorts names what announces itself to groups and broadcasts.
var noisePorts = map[uint16]string{67: "DHCP message", 68: "DHCP message", 137: "NetBIOS name query", 138: "NetBIOS announcement", 1900: "SSDP (UPnP) message",
	5353: "multicast DNS message", 5355: "LLMNR query", 3702: "WS-Discovery message", 17500: "Dropbox LAN sync announcement", 27036: "Steam announcement",
	5678: "MikroTik neighbour announcement", 10001: "Ubiquiti announcement", 6771: "BitTorrent local peer search", 520: "RIP announcement",
	1985: "HSRP message", 161: "SNMP query", 9956: "Xbox announcement", 6667: "Tuya announcement", 34569: "camera announcement", 111: "portmapper query",
	631: "printer announcement", 32412: "Plex search", 32414: "Plex search", 57621: "Spotify announcement", 8612: "Canon search", 3289: "Epson search", 123: "NTP message"}

func noiseName(fx *facts) string {
	switch fx.pkt.Proto {
	case packet.ProtoIGMP:
		return "IGMP message (who wants which multicast group)"
	case 112:
		return "VRRP announcement (a router says that it is alive)"
	case 103:
		return "PIM message"
	case packet.ProtoICMPv6:
		return describe(fx.pkt)
	}
	if fx.ports {
		if n := noisePorts[fx.dport]; n != "" {
			return n
		}
		if n := noisePorts[fx.sport]; n != "" {
			return n
		}
	}
	return describe(fx.pkt)
}
