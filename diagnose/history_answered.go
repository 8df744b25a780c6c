package diagnose

import (
	"nfwhy/packet"
)

// answered: the packet of the line was made here, by the firewall or the stack,
// in answer to one that came in.
func answered(s *scene) []Hypothesis {
	if s.in != "" {
		return nil
	}
	switch s.pkt.Proto {
	case packet.ProtoTCP:
		return s.answeredTCP()
	case packet.ProtoICMP, packet.ProtoICMPv6:
		return s.answeredICMP()
	case packet.ProtoUDP:
		return nil
	}
	return nil
}

func (s *scene) answeredTCP() []Hypothesis {
	t, ok := s.pkt.TCP()
	if !ok || t.Flags()&packet.RST == 0 {
		return nil
	}
	var hs []Hypothesis
	dev := s.iface()
	for _, k := range flagKinds {
		in := Stimulus{Packet: s.trigger(k.flags, farSeq, nearSeq), In: dev, Answer: true}
		id := k.id + "-unsolicited"
		if k.flags == packet.SYN {
			id = k.id // a SYN is always that
		}
		hs = append(hs, Hypothesis{ID: id, What: k.title, When: "unsolicited", Kind: kindFirst, Steps: []Stimulus{in}, Prior: k.prior})
	}
	mine := s.opened(true)
	for _, k := range flagKinds[2:5] {
		in := Stimulus{Packet: s.trigger(k.flags, farSeq, nearSeq), In: dev, Answer: true}
		hs = append(hs,
			Hypothesis{ID: k.id + "-established", What: k.title, When: "of a connection that this host opened", Kind: kindLive, Steps: after(mine, packet.Second, in), Prior: k.prior},
			Hypothesis{ID: k.id + "-expired", What: k.title, When: "of a connection that conntrack has forgotten", Kind: kindGone, Steps: after(mine, tcpGone, in), Prior: k.prior, Gone: true})
		far := Stimulus{Packet: s.trigger(k.flags, farSeq+1<<30, nearSeq), In: dev, Answer: true}
		hs = append(hs, Hypothesis{ID: k.id + "-out-of-window", What: k.title, When: "outside the window of a connection", Kind: kindWindow, Steps: after(mine, packet.Second, far), Prior: k.prior / 10})
	}
	in := Stimulus{Packet: s.trigger(packet.SYN|packet.ACK, farSeq, nearSeq), In: dev, Answer: true}
	hs = append(hs, Hypothesis{ID: "synack-to-own-syn", What: "SYN/ACK", When: "to a SYN that this host sent", Kind: kindLive, Steps: after(mine[:1], packet.Second/10, in), Prior: 0.2})
	return hs
}

// answeredICMP: an error quotes the packet it answers.
func (s *scene) answeredICMP() []Hypothesis {
	m, ok := s.pkt.ICMP()
	if !ok {
		return nil
	}
	if s.pkt.Family == packet.IPv4 && m.Type() == packet.ICMPEchoReply || s.pkt.Family == packet.IPv6 && m.Type() == 129 {
		return s.answeredEcho(m)
	}
	inner := quoted(m[8:])
	if inner == nil {
		return nil
	}
	in := Stimulus{Packet: inner, In: s.iface(), Answer: true}
	return []Hypothesis{{ID: "quoted-packet-arrived", What: "the packet it quotes", When: "arrived", Kind: kindFirst, Steps: []Stimulus{in}, Prior: 1}}
}

func (s *scene) answeredEcho(m packet.ICMP) []Hypothesis {
	var body []byte
	proto := s.pkt.Proto
	if s.pkt.Family == packet.IPv4 {
		body = packet.EncodeICMP(packet.ICMPEcho, 0, m.Rest(), m[8:])
	} else {
		body = packet.EncodeICMPv6(s.far, s.near, 128, 0, m.Rest(), m[8:])
	}
	p := wrapIP(s.pkt.Family, s.far, s.near, proto, body)
	return []Hypothesis{{ID: "echo-request-arrived", What: "a ping", When: "arrived", Kind: kindFirst, Steps: []Stimulus{{Packet: p, In: s.iface(), Answer: true}}, Prior: 1}}
}

// quoted rebuilds the packet that an ICMP error quotes the start of; its
// checksums cannot be known.
func quoted(b []byte) *packet.Packet {
	if len(b) < 20 {
		return nil
	}
	full := append([]byte(nil), b...)
	want := int(full[2])<<8 | int(full[3])
	if full[0]>>4 == 6 {
		want = 40 + int(full[4])<<8 | int(full[5])
	}
	for len(full) < want && want <= 65535 {
		full = append(full, make([]byte, want-len(full))...)
	}
	return decoded(full)
}
