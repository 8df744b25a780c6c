package diagnose

import (
	"fmt"

	"nfwhy/capture"
	"nfwhy/packet"
	"nfwhy/trace"
)

// middlebox: somebody between speaks in the far end's name.
var middlebox = analyzer{
	cause: "middlebox-generated",
	doc:   "a device on the way speaks in the far end's name: its TTL is not the far end's",
	run: func(x *explanation, f *Finding) float64 {
		fx := x.facts()
		t := x.triggerJourney()
		if t.Origin != trace.Received {
			return 0
		}
		p := t.Packet
		if th, ok := p.TCP(); !ok || th.Flags()&(packet.RST|packet.FIN|packet.SYN) == 0 {
			return 0
		}
		if !fx.told(packet.FieldTTL) {
			return 0
		}
		other, far := x.s.otherTTL(p)
		if !far {
			return 0
		}
		f.Disposition = Elsewhere
		f.Title = fmt.Sprintf("%s claims to come from %s, but its TTL does not: %d here, %d in that host's other packets.", capital(a(describe(p))), fx.show(p.Src()), p.TTL(), other)
		f.Summary = "A device on the way (a filter, a proxy, a carrier's equipment) made it in the far end's name."
		return 0.9
	},
}

// otherTTL looks for packets of the same source with a TTL that no other route
// explains.
func (s *session) otherTTL(p *packet.Packet) (ttl uint8, differs bool) {
	seen := map[uint8]int{}
	if x := s.who.bySource[p.Src()]; x != nil {
		for _, v := range x.ttls {
			seen[v]++
		}
	}
	for _, r := range s.e.Packets {
		if r.Skip == nil && r.Packet.Src() == p.Src() && !r.Untold.Has(capture.FieldTTL) {
			seen[r.Packet.TTL()]++
		}
	}
	best := 0
	for v, n := range seen {
		d := int(v) - int(p.TTL())
		if (d > 4 || d < -4) && n > best {
			best, ttl, differs = n, v, true
		}
	}
	return ttl, differs
}
