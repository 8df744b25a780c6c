package diagnose

import (
	"fmt"
	"net/netip"

	"nfwhy/capture"
	"nfwhy/packet"
)

// explainPatterns looks at packets of captures and listings when no rule says
// anything about them: what the packets tell by themselves.
func (s *session) explainPatterns() {
	if s.rep.Subjects > 0 || len(s.rep.Findings) > 0 {
		return
	}
	all := s.allSeen()
	for _, look := range []func([]seen) *Finding{s.patternMTU, s.patternMiddlebox, s.patternSynAck, s.patternProhibited, s.patternChecksum, s.patternSilence} {
		if f := look(all); f != nil {
			s.rep.Findings = append(s.rep.Findings, f)
			return
		}
	}
}

func packetFinding(x seen, cause, disposition string, confidence float64) *Finding {
	f := &Finding{Cause: cause, Disposition: disposition, Word: Likely, Confidence: confidence, Count: 1, Subjects: []Subject{{Source: x.source, Text: x.text}}}
	if confidence < 0.6 {
		f.Word = Possible
	}
	return f
}

// patternMTU: a router asks for smaller packets.
func (s *session) patternMTU(all []seen) *Finding {
	for _, x := range all {
		m, ok := x.pkt.ICMP()
		if !ok {
			continue
		}
		v4 := x.pkt.Family == packet.IPv4 && m.Type() == packet.ICMPUnreachable && m.Code() == 4
		if !v4 && !(x.pkt.Family == packet.IPv6 && m.Type() == 2) {
			continue
		}
		f := packetFinding(x, "mtu-blackhole", Elsewhere, 0.7)
		f.Title = fmt.Sprintf("%s asks for smaller packets.", capital(s.rep.Show(x.pkt.Src())))
		f.Summary = "A link on the way has a smaller MTU. Where the sender does not hear this message or does not heed it, large segments vanish: connections open and then hang."
		f.Fixes = append(f.Fixes, Fix{Title: "keep TCP segments small enough", Of: 1, Commands: []string{"iptables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu"},
			Changes: []string{"the MSS of forwarded SYNs is lowered to what the route allows; nothing else changes"}})
		f.Missing = append(f.Missing, "the largest size that passes: ping -M do -s 1472 FAR_END, then smaller")
		return f
	}
	return nil
}

// patternMiddlebox: a reset whose TTL is not its host's.
func (s *session) patternMiddlebox(all []seen) *Finding {
	ttl := map[netip.Addr]uint8{}
	for _, x := range all {
		t, ok := x.pkt.TCP()
		if ok && t.Flags()&packet.RST == 0 && !s.untoldTTL(x) {
			if _, have := ttl[x.pkt.Src()]; !have {
				ttl[x.pkt.Src()] = x.pkt.TTL()
			}
		}
	}
	for _, x := range all {
		t, ok := x.pkt.TCP()
		usual, have := ttl[x.pkt.Src()]
		if !ok || t.Flags()&packet.RST == 0 || !have || s.untoldTTL(x) {
			continue
		}
		if d := int(usual) - int(x.pkt.TTL()); d > 4 || d < -4 {
			f := packetFinding(x, "middlebox-generated", Elsewhere, 0.85)
			f.Title = fmt.Sprintf("This reset claims to come from %s, but its TTL does not: %d here, %d in that host's other packets.", s.rep.Show(x.pkt.Src()), x.pkt.TTL(), usual)
			f.Summary = "A device on the way made it in the far end's name."
			return f
		}
	}
	return nil
}

// untoldTTL reports whether a packet's TTL is only assumed.
func (s *session) untoldTTL(x seen) bool {
	for _, r := range s.e.Packets {
		if &r.Packet == x.pkt {
			return r.Untold.Has(capture.FieldTTL)
		}
	}
	return true
}

// patternSynAck: an answer without a question.
func (s *session) patternSynAck(all []seen) *Finding {
	asked := map[[2]netip.AddrPort]bool{}
	for _, x := range all {
		t, ok := x.pkt.TCP()
		if !ok {
			continue
		}
		a, b := netip.AddrPortFrom(x.pkt.Src(), t.SrcPort()), netip.AddrPortFrom(x.pkt.Dst(), t.DstPort())
		switch t.Flags() & (packet.SYN | packet.ACK | packet.RST) {
		case packet.SYN:
			asked[[2]netip.AddrPort{a, b}] = true
		case packet.SYN | packet.ACK:
			if asked[[2]netip.AddrPort{b, a}] {
				continue
			}
			f := packetFinding(x, "invalid-unsolicited-synack", Harmless, 0.6)
			f.Also = []string{"backscatter", "asymmetric-route"}
			f.Title = "A SYN/ACK that answers no SYN of this capture."
			f.Summary = "Either somebody used this address as a forged source, or the SYN took another way. Conntrack calls it INVALID."
			f.Actors = []Actor{actorOf(x.pkt, false)}
			return f
		}
	}
	return nil
}

// patternProhibited: an ICMP error that only a firewall sends.
func (s *session) patternProhibited(all []seen) *Finding {
	for _, x := range all {
		m, ok := x.pkt.ICMP()
		if !ok || x.pkt.Family != packet.IPv4 || m.Type() != packet.ICMPUnreachable || m.Code() != 9 && m.Code() != 10 && m.Code() != 13 {
			continue
		}
		f := packetFinding(x, "policy-default-deny", RulesErr, 0.6)
		f.Title = fmt.Sprintf("A REJECT rule of %s refuses the packet.", s.rep.Show(x.pkt.Src()))
		f.Summary = fmt.Sprintf("%s is what firewalls answer with (--reject-with), no router does; the host that sends it is the one whose rules refuse.", capital(a(describe(x.pkt))))
		f.Missing = append(f.Missing, fmt.Sprintf("the rules of %s: iptables-save", s.rep.Show(x.pkt.Src())))
		return f
	}
	return nil
}

// patternChecksum: checksums that look wrong where they are sent.
func (s *session) patternChecksum(all []seen) *Finding {
	bad, good := 0, 0
	var first seen
	for _, r := range s.e.Packets {
		if r.Skip != nil || r.Untold.Has(capture.FieldChecksum) || r.Packet.Cut() > 0 || r.Packet.Proto != packet.ProtoTCP {
			continue
		}
		if r.Packet.ChecksumOK(packet.ProtoTCP) {
			good++
			continue
		}
		if bad == 0 {
			first = seen{r.Source(), summary(r), &r.Packet}
		}
		bad++
	}
	if bad == 0 || good == 0 || bad > len(all) {
		return nil
	}
	f := packetFinding(first, "checksum-invalid", Harmless, 0.6)
	f.Count = bad
	f.Title = "The checksums look wrong because the capture sees packets before the network card fills them in."
	f.Summary = "They are wrong in one direction only, that of packets this host sends: checksum offload. On the wire they are right."
	return f
}

// patternSilence: a SYN again and again, no answer.
func (s *session) patternSilence(all []seen) *Finding {
	count := map[[2]netip.AddrPort]int{}
	answered := map[[2]netip.AddrPort]bool{}
	where := map[[2]netip.AddrPort]seen{}
	var order [][2]netip.AddrPort
	for _, x := range all {
		t, ok := x.pkt.TCP()
		if !ok {
			continue
		}
		a, b := netip.AddrPortFrom(x.pkt.Src(), t.SrcPort()), netip.AddrPortFrom(x.pkt.Dst(), t.DstPort())
		k := [2]netip.AddrPort{a, b}
		answered[[2]netip.AddrPort{b, a}] = true
		if t.Flags()&(packet.SYN|packet.ACK) == packet.SYN {
			if count[k] == 0 {
				order = append(order, k)
				where[k] = x
			}
			count[k]++
		}
	}
	for _, k := range order {
		if count[k] < 2 || answered[k] {
			continue
		}
		f := packetFinding(where[k], "evidence-insufficient", Undecided, 0.5)
		f.Title = fmt.Sprintf("%s asks %d times and gets no answer, not even a refusal.", s.rep.Show(k[0].Addr()), count[k])
		f.Summary = "The packets arrive where they were captured, which is before any rule. A rule that drops, the reverse path filter, or an answer that takes another way look the same here."
		f.Missing = append(f.Missing, "iptables-save -c, twice while it happens: which counter grows; nstat -az | grep -i filter; ip route get "+s.rep.Show(k[0].Addr()))
		return f
	}
	return nil
}
