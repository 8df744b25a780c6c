package diagnose

import (
	"fmt"

	"nfwhy/host"
	"nfwhy/packet"
	"nfwhy/trace"
)

// kind is a representative of packets that the rules cannot tell apart.
type kind struct {
	name string
	pkt  *packet.Packet
}

// maxKinds bounds the representatives that are run.
const maxKinds = 4000

// kinds makes representatives of the packets that a rule about INVALID packets
// can meet, on the way of journey t: the flag mixes that conntrack refuses, to
// every port the rules know apart, and the other protocols' refused packets.
func kinds(h *host.Host, t *trace.Journey) []kind {
	src, dst := t.Packet.Src(), t.Packet.Dst()
	ports := []int{0}
	for _, n := range atomsOf(h).numbers {
		ports = append(ports, n)
	}
	var out []kind
	for _, fl := range []uint16{packet.SYN | packet.ACK, packet.FIN | packet.ACK, packet.RST, packet.RST | packet.ACK, 0,
		packet.FIN, packet.FIN | packet.PSH | packet.URG} {
		for i, p := range ports {
			if len(out) > maxKinds {
				return out
			}
			name := packet.FlagNames(fl)
			if i > 0 && p < 65536 && isConstant(ports, p) {
				name += fmt.Sprintf(" to port %d", p)
			}
			g := segment{src: src, dst: dst, sport: 40000, dport: uint16(p), flags: fl, seq: farSeq, ack: nearSeq, ttl: 60, window: 1000}
			if i == 0 {
				g.dport = free(ports)
			}
			out = append(out, kind{name, g.packet()})
		}
	}
	if src.Is4() {
		for _, m := range []struct {
			name      string
			typ, code uint8
		}{{"ICMP echo reply", 0, 0}, {"ICMP unreachable", 3, 1}, {"ICMP time exceeded", 11, 0}} {
			body := packet.EncodeICMP(m.typ, m.code, 0, make([]byte, 28))
			out = append(out, kind{m.name, decoded(packet.IPv4Fields{Protocol: packet.ProtoICMP, Src: src, Dst: dst}.Encode(body))})
		}
	}
	return out
}

// isConstant reports whether p is a number that a rule has, and not the one
// behind it that closes an interval.
func isConstant(ports []int, p int) bool {
	for _, q := range ports {
		if q == p-1 && q != 0 {
			return false
		}
	}
	return true
}

// free returns a port that no rule names.
func free(ports []int) uint16 {
	used := map[int]bool{}
	for _, p := range ports {
		used[p] = true
	}
	for p := 33333; ; p++ {
		if !used[p] {
			return uint16(p)
		}
	}
}
