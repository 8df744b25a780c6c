package diagnose

import (
	"fmt"

	"nfwhy/packet"
	"nfwhy/trace"
)

// portScan: a segment that only scanners send.
var portScan = analyzer{
	cause: "port-scan",
	doc:   "a segment that no TCP stack sends, or one source on many ports",
	run: func(x *explanation, f *Finding) float64 {
		t := x.triggerJourney()
		fl, ok := tcpFlags(t)
		if !ok || t.Origin != trace.Received || !isInvalid(t) {
			return 0
		}
		switch fl {
		case 0, packet.FIN, packet.FIN | packet.PSH | packet.URG, packet.SYN | packet.FIN:
		default:
			return 0
		}
		name := map[uint16]string{0: "NULL", packet.FIN: "FIN", packet.FIN | packet.PSH | packet.URG: "XMAS", packet.SYN | packet.FIN: "SYN/FIN"}[fl]
		f.Disposition = Harmless
		f.Title = "A " + name + " scan: no TCP stack sends such a segment."
		f.Summary = "Conntrack calls it INVALID (" + t.Reason.Text() + ")."
		return 0.9
	},
}

// icmpErrorUnrelated: an ICMP error about a flow that conntrack does not know.
var icmpErrorUnrelated = analyzer{
	cause: "icmp-error-unrelated",
	doc:   "an ICMP error whose quoted packet matches no entry",
	run: func(x *explanation, f *Finding) float64 {
		j, _ := x.line()
		m, ok := j.Packet.ICMP()
		if !ok || !isInvalid(j) {
			return 0
		}
		v4 := j.Packet.Family == packet.IPv4 && (m.Type() == 3 || m.Type() == 4 || m.Type() == 5 || m.Type() == 11 || m.Type() == 12)
		v6 := j.Packet.Family == packet.IPv6 && m.Type() < 128
		if !v4 && !v6 {
			return 0
		}
		f.Disposition = Harmless
		f.Title = capital(a(describe(j.Packet))) + " about a packet that conntrack does not know."
		f.Summary = j.Reason.Text() + ": the packet quoted in the brackets belongs to no entry, so the error is INVALID and not RELATED."
		return 0.8
	},
}

// broadcastNoise: announcements of neighbours.
var broadcastNoise = analyzer{
	cause: "broadcast-multicast-noise",
	doc:   "neighbour or router announcements to a broadcast or multicast address",
	run: func(x *explanation, f *Finding) float64 {
		j, _ := x.line()
		d := j.Packet.Dst()
		if j.Origin != trace.Received || !d.IsMulticast() && j.Packet.Cast == packet.CastHost && !(d.Is4() && d.As4()[3] == 255) {
			return 0
		}
		f.Disposition = Harmless
		f.Title = fmt.Sprintf("A neighbour's %s to everybody.", describe(j.Packet))
		f.Summary = "It is addressed to a broadcast or multicast group, not to this host alone; nothing here has to take it."
		return 0.85
	},
}

// multicastReply: unicast answer to an own query to a group.
var multicastReply = analyzer{
	cause: "multicast-query-unicast-reply",
	doc:   "a unicast answer to an own multicast or broadcast query is NEW",
	run: func(x *explanation, f *Finding) float64 {
		j, _ := x.line()
		u, ok := j.Packet.UDP()
		if !ok || j.Origin != trace.Received || j.State.String() != "NEW" || !j.Packet.Src().IsPrivate() && !j.Packet.Src().IsLinkLocalUnicast() {
			return 0
		}
		switch u.SrcPort() {
		case 1900, 5353, 3702, 137, 5355:
		default:
			return 0
		}
		if service(u.DstPort()) && u.SrcPort() == u.DstPort() {
			return 0
		}
		f.Disposition = RulesErr
		f.Title = fmt.Sprintf("An answer to a discovery query of this host (port %d).", u.SrcPort())
		f.Summary = "The query went to a multicast or broadcast address, the answer comes from a neighbour's own address: conntrack cannot pair the two, so the answer is NEW."
		return 0.8
	},
}

// udpLate: the answer came after the entry had expired.
var udpLate = analyzer{
	cause: "udp-reply-after-timeout",
	doc:   "a UDP answer later than 30 s (unreplied) or 120 s (stream)",
	run: func(x *explanation, f *Finding) float64 {
		j, _ := x.line()
		u, ok := j.Packet.UDP()
		if !ok || j.Origin != trace.Received || j.State.String() != "NEW" || !j.Packet.Dst().IsValid() || j.Packet.Dst().IsMulticast() {
			return 0
		}
		switch u.SrcPort() {
		case 53, 123, 161, 443, 500, 853, 1194, 4500, 51820:
		default:
			return 0
		}
		if service(u.DstPort()) {
			return 0
		}
		f.Disposition = Harmless
		f.Title = fmt.Sprintf("An answer from port %d that came after conntrack had forgotten the question.", u.SrcPort())
		f.Summary = "An unanswered UDP request is remembered for 30 s (nf_conntrack_udp_timeout). What comes later is NEW. It may also answer a question that somebody asked in your name."
		return 0.78
	},
}

// logPrefixLies: the line sounds like a refusal, the packet went on.
var logPrefixLies = analyzer{
	cause: "log-prefix-lies",
	doc:   "the LOG text is no verdict: the packet was accepted, or decided elsewhere",
	run: func(x *explanation, f *Finding) float64 {
		j, _ := x.line()
		if j.Origin == trace.Made {
			return 0
		}
		switch j.Fate {
		case trace.Delivered, trace.Forwarded, trace.Left:
		default:
			return 0
		}
		f.Disposition = Harmless
		f.Title = "The line is no refusal: the packet was let through."
		f.Summary = "LOG only writes and goes on with the next rule; here the packet was " + ending(j) + "."
		return 0.5
	},
}

// unsolicitedInbound: something new from outside that no rule takes.
var unsolicitedInbound = analyzer{
	cause: "unsolicited-inbound",
	doc:   "scan, spam, leftover peers: nothing here provoked it",
	run: func(x *explanation, f *Finding) float64 {
		j, _ := x.line()
		if j.Origin != trace.Received || j.State.String() != "NEW" && j.Tracked || !refused(j.Fate) {
			return 0
		}
		if fl, ok := tcpFlags(j); ok && fl != packet.SYN {
			return 0
		}
		f.Disposition = Harmless
		f.Title = fmt.Sprintf("%s from outside that no rule lets in.", capital(a(describe(j.Packet))))
		f.Summary = "Nothing on this host provoked it; it was " + ending(j) + ", as the rules say."
		return 0.6
	},
}

// policyDeny: the end of a chain decided.
var policyDeny = analyzer{
	cause: "policy-default-deny",
	doc:   "no rule is for this packet; the end of the chain or the policy decides",
	run: func(x *explanation, f *Finding) float64 {
		j, _ := x.line()
		if !refused(j.Fate) {
			return 0
		}
		f.Disposition = Undecided
		f.Title = fmt.Sprintf("No rule accepts this %s.", describe(j.Packet))
		f.Summary = "It was " + ending(j) + "."
		return 0.4
	},
}

func refused(f trace.Fate) bool { return f == trace.Dropped || f == trace.Rejected }
