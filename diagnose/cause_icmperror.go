package diagnose

import (
	"fmt"

	"nfwhy/packet"
)

// icmpErrorUnrelated: an ICMP error about a flow that conntrack does not know.
var icmpErrorUnrelated = analyzer{
	cause: "icmp-error-unrelated",
	doc:   "an ICMP error whose quoted packet matches no entry",
	run: func(x *explanation, f *Finding) float64 {
		fx := x.facts()
		m, ok := fx.pkt.ICMP()
		if !ok || !icmpError(fx.pkt, m) || fx.accepted && fx.dir != through {
			return 0
		}
		if !fx.invalid && !fx.fresh {
			return 0
		}
		f.Disposition = Harmless
		f.Title = capital(a(describe(fx.pkt))) + " about a packet that conntrack does not know."
		f.Summary = "The packet quoted in the brackets belongs to no entry, so the error is INVALID and not RELATED."
		if fx.line != nil && fx.line.Inner != nil {
			quotedNotes(fx, f)
		}
		return 0.85
	},
}

// icmpError reports whether an ICMP message quotes another packet.
func icmpError(p *packet.Packet, m packet.ICMP) bool {
	if p.Family == packet.IPv6 {
		return m.Type() < 128
	}
	switch m.Type() {
	case 3, 4, 5, 11, 12:
		return true
	}
	return false
}

// quotedNotes says what the quoted packet tells: it is the one that this host
// sent, as the other side saw it.
func quotedNotes(fx *facts, f *Finding) {
	in := fx.line.Inner
	who := fx.show(in.Src)
	if in.Src == fx.dst {
		who = "this host"
	}
	what := protoWord(in.Proto)
	if in.Known(packet.FieldSrcPort) {
		what = fmt.Sprintf("%s packet from port %d to %s port %d", what, in.SrcPort, fx.show(in.Dst), in.DstPort)
	} else {
		what = fmt.Sprintf("%s packet to %s", what, fx.show(in.Dst))
	}
	f.Summary += fmt.Sprintf(" Read the brackets first: %s had sent a %s, and %s complains about it.", who, what, fx.show(fx.src))
	if neighbour(in.Dst) && !neighbour(fx.src) && in.Src == fx.dst {
		f.Notes = append(f.Notes, fmt.Sprintf("%s is a private address on the far side: %s translates addresses and changed only the outer header of the error, so that it matches nothing here", fx.show(in.Dst), fx.show(fx.src)))
	}
	if in.Src != fx.dst && !fx.own(in.Src) && fx.dir == inward {
		f.Notes = append(f.Notes, "the quoted packet did not come from the address that the error was sent to: the error is forged or was translated on the way")
	}
}
