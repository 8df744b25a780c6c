package diagnose

import (
	"fmt"
	"slices"

	"nfwhy/host"
	"nfwhy/netfilter"
	"nfwhy/packet"
	"nfwhy/trace"
)

// kind is a representative of the INVALID packets that the rules cannot tell
// apart: a protocol, for TCP the flags, and a port.
type kind struct {
	proto string // "TCP", "ICMP"
	what  string // flags or ICMP type
	port  int    // 0 for one that no rule names
	pkt   *packet.Packet
}

// maxPorts bounds the ports for which representatives are run.
const maxPorts = 500

// invalidFlags are the segments that conntrack refuses when they belong to
// nothing.
var invalidFlags = []uint16{packet.SYN | packet.ACK, packet.FIN | packet.ACK, packet.RST, packet.RST | packet.ACK, 0,
	packet.FIN, packet.FIN | packet.PSH | packet.URG}

// kinds makes representatives of the INVALID packets that can come the way of
// journey t: the flag mixes to every port the rules know, and ICMP.
func kinds(h *host.Host, t *trace.Journey) []kind {
	src, dst := t.Packet.Src(), t.Packet.Dst()
	ports := atomsOf(h).ports
	ports = ports[:min(len(ports), maxPorts)]
	var out []kind
	for _, p := range append([]int{0}, ports...) {
		for _, fl := range invalidFlags {
			g := segment{src: src, dst: dst, sport: 40000, dport: uint16(p), flags: fl, seq: farSeq, ack: nearSeq, ttl: 60, window: 1000}
			if p == 0 {
				g.dport = free(ports)
			}
			out = append(out, kind{"TCP", packet.FlagNames(fl), p, g.packet()})
		}
	}
	if src.Is4() {
		for _, m := range []struct {
			name      string
			typ, code uint8
		}{{"echo reply", 0, 0}, {"unreachable", 3, 1}, {"time exceeded", 11, 0}} {
			body := packet.EncodeICMP(m.typ, m.code, 0, make([]byte, 28))
			out = append(out, kind{"ICMP", m.name, 0, decoded(packet.IPv4Fields{Protocol: packet.ProtoICMP, Src: src, Dst: dst}.Encode(body))})
		}
	}
	return out
}

// free returns a port that no rule names.
func free(ports []int) uint16 {
	for p := 33333; ; p++ {
		if !slices.Contains(ports, p) {
			return uint16(p)
		}
	}
}

// change is a pair of fates and the kinds of packet that it happens to.
type change struct {
	from, to string
	kinds    []kind
}

// changesOf runs every kind through both machines.
func changesOf(old, now *netfilter.Netns, ks []kind, in string) []change {
	var out []change
next:
	for _, k := range ks {
		a, b := fateIn(old, k, in), fateIn(now, k, in)
		if a == b || a == "" {
			continue
		}
		for i := range out {
			if out[i].from == a && out[i].to == b {
				out[i].kinds = append(out[i].kinds, k)
				continue next
			}
		}
		out = append(out, change{a, b, []kind{k}})
	}
	return out
}

// words says which packets a change concerns: whole protocols where all kinds
// are in it, else the ports and flags.
func (c *change) words() []string {
	var out, icmp []string
	byPort := map[int][]string{}
	var ports []int
	for _, k := range c.kinds {
		if k.proto == "ICMP" {
			icmp = append(icmp, k.what)
			continue
		}
		if _, ok := byPort[k.port]; !ok {
			ports = append(ports, k.port)
		}
		byPort[k.port] = append(byPort[k.port], k.what)
	}
	for _, p := range ports {
		s := "TCP"
		if len(byPort[p]) < len(invalidFlags) {
			s += " " + joinWords(byPort[p])
		}
		switch {
		case p > 0 && slices.Equal(byPort[p], byPort[0]):
			continue // said already for every port
		case p > 0:
			s += fmt.Sprintf(" to port %d", p)
		}
		out = append(out, s)
	}
	if len(icmp) > 0 {
		out = append(out, "ICMP "+joinWords(icmp))
	}
	return out
}
