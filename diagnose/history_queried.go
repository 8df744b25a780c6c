package diagnose

import (
	"net/netip"

	"nfwhy/packet"
)

// discovery lists ports on which neighbours are looked for, with the group that
// the question goes to; the zero address is the network's broadcast.
var discovery = []struct {
	port  uint16
	group string
	name  string
}{
	{1900, "239.255.255.250", "SSDP (UPnP)"}, {5353, "224.0.0.251", "multicast DNS"}, {3702, "239.255.255.250", "WS-Discovery"},
	{5355, "224.0.0.252", "LLMNR"}, {137, "255.255.255.255", "NetBIOS name service"}, {138, "255.255.255.255", "NetBIOS"},
	{32410, "255.255.255.255", "Plex discovery"}, {32412, "255.255.255.255", "Plex discovery"}, {32413, "255.255.255.255", "Plex discovery"},
	{32414, "255.255.255.255", "Plex discovery"}, {17500, "255.255.255.255", "Dropbox LAN sync"}, {8612, "255.255.255.255", "Canon scanner discovery"},
	{8610, "255.255.255.255", "Canon printer discovery"}, {161, "255.255.255.255", "SNMP printer discovery"}, {427, "239.255.255.253", "SLP"},
	{3289, "255.255.255.255", "Epson printer discovery"}, {9003, "255.255.255.255", "HDHomeRun"}, {65001, "255.255.255.255", "HDHomeRun discovery"},
	{10001, "255.255.255.255", "Ubiquiti discovery"}, {5678, "255.255.255.255", "MikroTik discovery"}, {1982, "239.255.255.250", "Yeelight discovery"},
	{27036, "255.255.255.255", "Steam in-home streaming"}, {6667, "255.255.255.255", "Tuya discovery"}, {3478, "", ""},
	{9999, "255.255.255.255", "TP-Link discovery"}, {56700, "255.255.255.255", "LIFX discovery"}, {38899, "255.255.255.255", "WiZ discovery"},
	{8009, "", ""}, {67, "255.255.255.255", "DHCP"}, {547, "ff02::1:2", "DHCPv6"}, {5351, "224.0.0.1", "NAT-PMP"},
}

// discoveryOf names the search that answers come from that port of, "" for none.
func discoveryOf(port uint16) (name, group string) {
	for _, d := range discovery {
		if d.port == port && d.group != "" {
			return d.name, d.group
		}
	}
	return "", ""
}

// queried: this host had asked everybody on the network, and one neighbour
// answers from its own address.
func queried(s *scene) []Hypothesis {
	sp, dp, ok := s.pkt.Ports()
	if !ok || s.pkt.Proto != packet.ProtoUDP || s.in == "" || s.forwarded() || s.near.IsMulticast() || s.in == "lo" {
		return nil
	}
	if !neighbour(s.far) && !s.unknown(s.far) {
		return nil
	}
	_, group := discoveryOf(sp)
	prior := 2.0
	if group == "" {
		group, prior = "255.255.255.255", 0.02
	}
	if service(dp) && sp != dp {
		prior /= 10
	}
	to := netip.MustParseAddr(group)
	if to.Is4() != s.near.Is4() {
		to = map[bool]netip.Addr{true: netip.MustParseAddr("255.255.255.255"), false: netip.MustParseAddr("ff02::1")}[s.near.Is4()]
	}
	ask := Stimulus{Packet: datagram(s.near, to, dp, sp, 60), Out: s.in}
	return []Hypothesis{{ID: "answers-own-search", What: "it came", When: "in answer to a question to everybody (" + to.String() + ")",
		Kind: kindQuery, Steps: after([]Stimulus{ask}, packet.Second/10, s.last()), Prior: prior}}
}

// neighbour reports whether an address can only be on a local network.
func neighbour(a netip.Addr) bool {
	return a.IsPrivate() || a.IsLinkLocalUnicast()
}

// unknown reports whether an address is a stand-in of which nothing is known.
func (s *scene) unknown(a netip.Addr) bool { return s.names != nil && s.names.MadeUp(a) }
