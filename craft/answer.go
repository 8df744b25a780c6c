package craft

import (
	"nfwhy/packet"
)

// Certainty says how far the packet of [Answer] can be relied on.
type Certainty uint8

// The certainties.
const (
	Certain Certainty = iota // this, or silence when there is no packet
	Maybe                    // this, or silence: answers of this kind are limited in rate
	Open                     // a program decides
)

// Answer returns what a Linux host's stack, as of 6.18, answers to a packet that
// was delivered to it, nil for nothing. listening says whether a socket waits
// for peers at the packet's port. Only what a peer could not know by itself is
// left zero: sequence number, window and options of a SYN/ACK, IPv4 IDs.
func Answer(p *packet.Packet, listening bool) ([]byte, Certainty) {
	if p.FragOff != 0 || p.NoTransport || p.Dst().IsMulticast() {
		return nil, Open
	}
	s := Spec{Src: p.Dst(), Dst: p.Src(), Proto: p.Proto}
	switch p.Proto {
	case packet.ProtoTCP:
		return answerTCP(p, s, listening), Certain
	case packet.ProtoUDP:
		if listening || !p.ChecksumOK(p.Proto) {
			return nil, Open
		}
		return unreachable(p, s), Maybe
	case packet.ProtoICMP, packet.ProtoICMPv6:
		return answerEcho(p, s)
	}
	return nil, Open
}

// answerTCP is tcp_v4_rcv without a connection (net/ipv4/tcp_ipv4.c), and the
// LISTEN state of tcp_rcv_state_process (net/ipv4/tcp_input.c).
func answerTCP(p *packet.Packet, s Spec, listening bool) []byte {
	h, ok := p.TCP()
	if !ok || !p.ChecksumOK(packet.ProtoTCP) || h.DataOffset() < 20 || h.Flags()&packet.RST != 0 {
		return nil
	}
	s.SrcPort, s.DstPort = h.DstPort(), h.SrcPort()
	s.DF = true
	f := h.Flags()
	next := h.Seq() + uint32(p.Length-p.L4-h.DataOffset())
	if f&packet.SYN != 0 {
		next++
	}
	if f&packet.FIN != 0 {
		next++
	}
	switch {
	case listening && f&packet.ACK == 0 && f&packet.SYN == 0, listening && f&(packet.ACK|packet.SYN|packet.FIN) == packet.SYN|packet.FIN:
		return nil
	case listening && f&packet.ACK == 0:
		s.Flags, s.Ack = packet.SYN|packet.ACK, h.Seq()+1
	case f&packet.ACK != 0:
		s.Flags, s.Seq = packet.RST, h.Ack()
	default:
		s.Flags, s.Ack = packet.RST|packet.ACK, next
	}
	return must(s.Build())
}

// unreachable is the ICMP error for a UDP port where nobody listens.
func unreachable(p *packet.Packet, s Spec) []byte {
	s.Proto, s.Type, s.Code = packet.ProtoICMP, packet.ICMPUnreachable, 3
	room := 576 - 28
	if p.Family == packet.IPv6 {
		s.Type, s.Code, room = 1, 4, 1280-48
	} else {
		s.TOS = p.TOS()&0x1e | 0xc0
	}
	s.Payload = p.Data[:min(len(p.Data), room)]
	return must(s.Build())
}

func answerEcho(p *packet.Packet, s Spec) ([]byte, Certainty) {
	h, ok := p.ICMP()
	sum := p.Proto
	if p.Family == packet.IPv4 {
		sum = 0
	}
	switch {
	case !ok || !p.ChecksumOK(sum):
		return nil, Certain
	case p.Family == packet.IPv4 && h.Type() == packet.ICMPEcho && h.Code() == 0:
		s.Type, s.TOS = packet.ICMPEchoReply, p.TOS()
	case p.Family == packet.IPv6 && h.Type() == 128:
		s.Type = 129
	case p.Family == packet.IPv6 && h.Type() >= 130, p.Family == packet.IPv4 && h.Type() == 13:
		return nil, Open // neighbour discovery and the like, timestamps
	default:
		return nil, Certain
	}
	s.Proto, s.Rest, s.Payload = packet.ProtoICMP, h.Rest(), h[8:]
	return must(s.Build()), Certain
}

// must is for packets that answer one which exists, and so can be built.
func must(b []byte, err error) []byte {
	if err != nil {
		return nil
	}
	return b
}
