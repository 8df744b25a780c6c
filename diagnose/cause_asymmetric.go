package diagnose

import (
	"fmt"

	"nfwhy/conntrack"
	"nfwhy/packet"
	"nfwhy/trace"
)

// asymmetricRoute: only one direction of a connection passes this host.
var asymmetricRoute = analyzer{
	cause: "asymmetric-route",
	doc:   "only one direction passes this host, so conntrack never sees the connection begin",
	run: func(x *explanation, f *Finding) float64 {
		fx := x.facts()
		t := x.triggerJourney()
		fl, ok := tcpFlags(t)
		if !ok || fl&packet.ACK == 0 && fl&packet.RST == 0 || fx.cast || !isInvalid(t) && !isNew(t) || t.Origin == trace.Made {
			return 0
		}
		synack := fl == packet.SYN|packet.ACK
		same := fx.dir == through && fx.x.scene.in == fx.x.scene.out
		f.Disposition = Elsewhere
		f.Title = fmt.Sprintf("Only one direction of this connection passes here: the %s came without what it answers.", describe(t.Packet))
		f.Summary = "The other direction takes another way, so conntrack does not know the connection and no rule about ports can help."
		if same {
			f.Summary += fmt.Sprintf(" It comes in and leaves by %s: both ends reach each other directly on that network, and one of them sends its packets here because its route says so.", fx.x.scene.in)
			f.Notes = append(f.Notes, fmt.Sprintf("give %s a direct route to %s, so that both directions take the same way", fx.show(fx.src), fx.show(fx.dst)))
		}
		f.Missing = append(f.Missing, fmt.Sprintf("the way back: ip route get %s from %s, on both ends", fx.show(fx.dst), fx.show(fx.src)))
		if gateways := x.s.defaultRoutes(); gateways > 1 {
			f.Notes = append(f.Notes, fmt.Sprintf("the host has %d default routes: answers may leave by another interface than the question came in", gateways))
			return 0.9
		}
		if c := fx.entry(); c != nil && c.Status&conntrack.SeenReply == 0 {
			f.Notes = append(f.Notes, "its entry is [UNREPLIED]: the other direction was never seen")
			return 0.95
		}
		switch {
		case same && synack:
			return 0.96
		case same:
			return 0.86
		case synack && fx.dir == through:
			return 0.9
		case synack && (neighbour(fx.src) || fx.x.s.multihomed()):
			return 0.83
		case synack:
			return 0.5
		case fx.dir == through && fl&(packet.RST|packet.FIN) == 0 && isInvalid(t):
			return 0.5
		}
		return 0
	},
}

// defaultRoutes counts the default routes that were told.
func (s *session) defaultRoutes() int {
	n := 0
	for _, r := range s.host.Routes {
		if r.Dst.Bits() == 0 && r.Dst.Addr().Is4() {
			n++
		}
	}
	return n
}

// multihomed reports whether the evidence shows several interfaces to the outside.
func (s *session) multihomed() bool {
	n := 0
	for _, l := range s.host.Links {
		if l.Loopback || container(l.Name) {
			continue
		}
		for _, p := range l.Addrs {
			if !neighbour(p.Addr()) && !s.e.Names.MadeUp(p.Addr()) {
				n++
			}
		}
	}
	return n > 1
}
