package diagnose

import (
	"nfwhy/packet"
)

// arrived: the packet of the line itself came in, with some history.
func arrived(s *scene) []Hypothesis {
	if s.in == "" {
		return nil
	}
	if s.in == "lo" {
		out := Stimulus{Packet: s.pkt, Out: "lo"}
		return []Hypothesis{{ID: "sent-to-itself", What: "a program here", When: "sent it to this host itself", Kind: kindFirst, Steps: []Stimulus{out}, Prior: 1}}
	}
	last := s.last()
	hs := []Hypothesis{{ID: "unsolicited", What: "it came", When: "out of nothing", Kind: kindFirst, Steps: []Stimulus{last}, Prior: s.firstPrior()}}
	switch s.pkt.Proto {
	case packet.ProtoTCP:
		hs = append(hs, s.arrivedTCP()...)
	case packet.ProtoUDP:
		hs = append(hs, s.arrivedUDP(last)...)
	case packet.ProtoICMP, packet.ProtoICMPv6:
		hs = append(hs, s.arrivedICMP(last)...)
	}
	return hs
}

// firstPrior is how common it is that such a packet comes out of nothing: what
// ends or continues a connection rarely does.
func (s *scene) firstPrior() float64 {
	t, ok := s.pkt.TCP()
	if !ok {
		return 1
	}
	switch fl := t.Flags() & (packet.SYN | packet.ACK | packet.RST | packet.FIN | packet.PSH | packet.URG); {
	case fl == packet.SYN|packet.ACK, fl&packet.ACK == 0 && fl&packet.RST == 0:
		return 1
	case fl&packet.RST != 0:
		return 0.5
	}
	return 0.2
}

func (s *scene) arrivedTCP() []Hypothesis {
	if pureSyn(s.pkt) {
		return nil
	}
	in, odd := s.inConnection(), s.outOfWindow()
	first, second := s.opened(true), s.opened(false)
	mine, theirs := "opened here", "opened there"
	if s.forwarded() {
		mine, theirs = "opened by its receiver", "opened by its sender"
	}
	hs := []Hypothesis{
		{ID: "in-own-connection", What: "it came", When: "in a known connection " + mine, Kind: kindLive, Steps: after(second, packet.Second, in), Prior: 0.9},
		{ID: "in-their-connection", What: "it came", When: "in a known connection " + theirs, Kind: kindLive, Steps: after(first, packet.Second, in), Prior: 0.9},
		{ID: "own-connection-expired", What: "it came", When: "in a forgotten connection " + mine, Kind: kindGone, Steps: after(second, tcpGone, in), Prior: 0.6, Gone: true},
		{ID: "their-connection-expired", What: "it came", When: "in a forgotten connection " + theirs, Kind: kindGone, Steps: after(first, tcpGone, in), Prior: 0.6, Gone: true},
		{ID: "own-connection-out-of-window", What: "it came", When: "outside the window of one " + mine, Kind: kindWindow, Steps: after(second, packet.Second, odd), Prior: 0.05},
		{ID: "their-connection-out-of-window", What: "it came", When: "outside the window of one " + theirs, Kind: kindWindow, Steps: after(first, packet.Second, odd), Prior: 0.05},
		{ID: "answers-own-syn", What: "it came", When: "in answer to a SYN", Kind: kindLive, Steps: after(second[:1], packet.Second/10, in), Prior: 0.3},
	}
	t, ok := s.pkt.TCP()
	if ok && t.Flags()&packet.RST != 0 {
		hs = append(hs, Hypothesis{ID: "second-reset", What: "it came", When: "after another reset", Kind: kindGone,
			Steps: after(after(first, packet.Second, in), 15*packet.Second, in), Prior: 0.3, Gone: true})
	}
	if ok && t.Flags()&packet.FIN != 0 {
		hs = append(hs, s.closedBefore(first, in))
	}
	return hs
}

// closedBefore: both sides have closed, the entry's last timeout ran out, and a
// FIN is repeated.
func (s *scene) closedBefore(handshake []Stimulus, in Stimulus) Hypothesis {
	sp, dp, _ := s.pkt.Ports()
	x, y := s.sequence()
	b := segment{src: s.pkt.Dst(), dst: s.pkt.Src(), sport: dp, dport: sp, ttl: 61, flags: packet.FIN | packet.ACK, seq: y, ack: x + 1}
	steps := after(handshake, packet.Second, in)
	steps = after(steps, packet.Second/10, s.move(false, b.packet()))
	return Hypothesis{ID: "closed-and-repeated", What: "it came", When: "again after both sides had closed", Kind: kindGone,
		Steps: after(steps, 200*packet.Second, in), Prior: 0.4, Gone: true}
}

// answerPorts are ports of services that are asked by UDP.
var answerPorts = map[uint16]bool{53: true, 123: true, 161: true, 443: true, 500: true, 514: true, 853: true, 1194: true, 1812: true, 3478: true,
	4500: true, 5060: true, 51820: true, 67: true, 88: true, 389: true, 137: true, 19302: true, 27015: true}

func (s *scene) arrivedUDP(last Stimulus) []Hypothesis {
	sp, dp, ok := s.pkt.Ports()
	if !ok || !s.near.IsValid() || s.near.IsMulticast() {
		return nil
	}
	prior := 0.1
	if answerPorts[sp] && !service(dp) {
		prior = 3
	}
	ask := s.move(false, datagram(s.pkt.Dst(), s.pkt.Src(), dp, sp, 20))
	return []Hypothesis{
		{ID: "answers-own-request", What: "it came", When: "in answer to a fresh question", Kind: kindLive, Steps: after([]Stimulus{ask}, packet.Second/10, last), Prior: prior},
		{ID: "answer-too-late", What: "it came", When: "in answer to a question more than 30 s old", Kind: kindLate, Steps: after([]Stimulus{ask}, 35*packet.Second, last), Prior: prior, Gone: true},
	}
}

// arrivedICMP: an error about a packet of this host, known or forgotten, or an
// answer to a ping.
func (s *scene) arrivedICMP(last Stimulus) []Hypothesis {
	m, ok := s.pkt.ICMP()
	if !ok {
		return nil
	}
	if s.pkt.Family == packet.IPv4 && m.Type() == packet.ICMPEchoReply {
		ask := s.move(false, wrapIP(packet.IPv4, s.pkt.Dst(), s.pkt.Src(), packet.ProtoICMP, packet.EncodeICMP(packet.ICMPEcho, 0, m.Rest(), m[8:])))
		return []Hypothesis{
			{ID: "answers-own-ping", What: "it came", When: "in answer to a fresh ping", Kind: kindLive, Steps: after([]Stimulus{ask}, packet.Second/10, last), Prior: 0.5},
			{ID: "late-ping-answer", What: "it came", When: "in answer to a ping more than 30 s old", Kind: kindLate, Steps: after([]Stimulus{ask}, 35*packet.Second, last), Prior: 0.5, Gone: true},
		}
	}
	inner := quoted(m[8:])
	if inner == nil || s.forwarded() || inner.Src() != s.near {
		return nil
	}
	sent := s.move(false, inner)
	return []Hypothesis{
		{ID: "about-own-packet", What: "it came", When: "about a packet just sent", Kind: kindLive, Steps: after([]Stimulus{sent}, packet.Second/10, last), Prior: 0.7},
		{ID: "about-forgotten-packet", What: "it came", When: "about a packet of a forgotten flow", Kind: kindLate, Steps: after([]Stimulus{sent}, tcpGone, last), Prior: 0.5, Gone: true},
	}
}
