package diagnose

import (
	"fmt"
	"net/netip"

	"nfwhy/conntrack"
	"nfwhy/host"
	"nfwhy/netfilter"
	"nfwhy/packet"
	"nfwhy/trace"
)

// seen is a packet of the evidence, captured or told in a listing.
type seen struct {
	source, text string
	pkt          *packet.Packet
}

// allSeen lists the packets of captures and listings in order.
func (s *session) allSeen() []seen {
	var out []seen
	for _, r := range s.e.Packets {
		if r.Skip == nil {
			out = append(out, seen{r.Source(), summary(r), &r.Packet})
		}
	}
	for i := range s.post.Packets {
		p := &s.post.Packets[i]
		out = append(out, seen{p.Line.Source(), p.Line.Text, p.Pkt})
	}
	return out
}

// explainLeaks looks for packets that left with an inner address: their far end is
// that of a connection which the same listing shows under a public address.
func (s *session) explainLeaks() {
	all := s.allSeen()
	type far struct {
		addr netip.Addr
		port uint16
	}
	peers := map[far][]int{}
	for i := range all {
		_, dp, ok := all[i].pkt.Ports()
		if !ok {
			continue
		}
		peers[far{all[i].pkt.Dst(), dp}] = append(peers[far{all[i].pkt.Dst(), dp}], i)
	}
	var found *Finding
	for i := range all {
		p := all[i].pkt
		t, ok := p.TCP()
		if !ok || !neighbour(p.Src()) || neighbour(p.Dst()) || s.ownAddr(p.Src()) || t.Flags()&(packet.RST|packet.FIN|packet.ACK) == 0 {
			continue
		}
		sp, dp, _ := p.Ports()
		other := -1
		for _, k := range peers[far{p.Dst(), dp}] {
			if q := all[k].pkt; q.Src() != p.Src() && !neighbour(q.Src()) && q.Proto == p.Proto {
				other = k
			}
		}
		if other < 0 {
			continue
		}
		s.rep.Subjects++
		s.rep.Explained++
		if found != nil {
			found.Count++
			continue
		}
		op, _, _ := all[other].pkt.Ports()
		found = s.leak(all[i], all[other].pkt.Src(), op, sp)
		s.rep.Findings = append(s.rep.Findings, found)
	}
}

// leak is the finding for a packet that left untranslated; front is the address
// and port that the far end knows.
func (s *session) leak(x seen, front netip.Addr, frontPort, innerPort uint16) *Finding {
	p := x.pkt
	f := &Finding{Cause: "invalid-skips-nat", Also: []string{"late-packet-after-expiry"}, Disposition: RulesErr, Word: Likely, Confidence: 0.85, Count: 1,
		Subjects: []Subject{{Source: x.source, Text: x.text}}}
	name := s.rep.Show(p.Src())
	f.Title = fmt.Sprintf("%s of %s went out untranslated: conntrack calls it INVALID, and the nat table is never asked for such packets.", capital(a(describe(p))), name)
	f.Summary = fmt.Sprintf("The far end talks to %s port %d, which is translated to %s port %d. When the connection is closed or reset, its entry is gone or in state CLOSE; what the inner host still sends then fits no entry, so neither the translation back nor masquerading is applied. FORWARD accepts it, and it leaves with the inner address and port.",
		s.rep.Show(front), frontPort, name, innerPort)
	f.Actors = []Actor{{Address: p.Src(), Role: RoleOwnHost, Why: "a container or inner host whose socket was closed already"}}
	f.Story = s.playLeak(p, front, frontPort)
	if len(f.Story) > 0 {
		f.Confidence = 0.93
		j := f.Story[len(f.Story)-1]
		f.Line = Place{j.ID, len(j.Steps) - 1}
	}
	rule := "-m conntrack --ctstate INVALID -j DROP"
	fix := Fix{Title: "drop packets that belong to no connection where they would leave", Commands: []string{"iptables -I FORWARD 1 " + rule},
		Of: 1, Table: "filter", Chain: "FORWARD", Number: 1, Rule: rule,
		Changes: []string{"packets that conntrack calls INVALID are no longer forwarded; all others are judged as before"}}
	if s.testLeak(p, front, frontPort, &fix) {
		fix.Silences, fix.Tested = 1, "simulated"
	}
	f.Fixes = []Fix{fix}
	return f
}

// leakHost is a host with the translation that the listing shows.
func (s *session) leakHost(p *packet.Packet, front netip.Addr) *host.Host {
	h := cloneHost(s.host)
	h.Open = true
	h.AddLink("eth0")
	h.AddLink("cni0")
	in, out := h.Link("eth0"), h.Link("cni0")
	if in == nil || out == nil {
		return nil
	}
	in.Addrs = append(in.Addrs, netip.PrefixFrom(front, front.BitLen()))
	h.Routes = append(h.Routes, host.Route{Dst: netip.PrefixFrom(p.Src(), p.Src().BitLen()), Dev: "cni0"},
		host.Route{Dst: netip.PrefixFrom(p.Dst(), p.Dst().BitLen()), Dev: "eth0"})
	if h.Rules4 == nil || h.Rules4.Table("nat") == nil {
		return nil
	}
	return h
}

// leakHistory is a translated connection that the far end resets, and then the
// inner host's packet.
func (s *session) leakHistory(p *packet.Packet, front netip.Addr, frontPort uint16) (*Hypothesis, bool) {
	sp, dp, _ := p.Ports()
	client, inner := p.Dst(), p.Src()
	orig := conntrack.MakeTuple(client, front, packet.ProtoTCP, dp, frontPort)
	reply := conntrack.MakeTuple(inner, client, packet.ProtoTCP, sp, dp)
	e := conntrack.Entry{Orig: orig, Reply: reply, State: "ESTABLISHED",
		Status: conntrack.SeenReply | conntrack.Assured | conntrack.DstNAT | conntrack.NATDoneMask}
	rst := segment{src: client, dst: front, sport: dp, dport: frontPort, flags: packet.RST | packet.ACK, seq: farSeq, ack: nearSeq, ttl: 60}.packet()
	if rst == nil {
		return nil, false
	}
	q := p.Clone()
	q.SetTTL(64)
	q.Verified = true
	return &Hypothesis{ID: "reset-then-late-packet", What: "the inner host's packet", When: "after the far end had reset the connection", Kind: kindGone,
		Entries: []conntrack.Entry{e},
		Steps:   []Stimulus{{Packet: rst, In: "eth0"}, {Packet: q, In: "cni0", Wait: 11 * packet.Second}}, Prior: 1}, true
}

// playLeak runs the history; nil when it does not lead to the packet.
func (s *session) playLeak(p *packet.Packet, front netip.Addr, frontPort uint16) []*trace.Journey {
	h := s.leakHost(p, front)
	if h == nil {
		return nil
	}
	n, err := netfilter.New(h)
	if err != nil {
		return nil
	}
	hyp, ok := s.leakHistory(p, front, frontPort)
	if !ok {
		return nil
	}
	o := simulate(n, hyp, begun)
	if len(o.story) < 2 || len(o.results) < 2 {
		return nil
	}
	j := o.story[len(o.story)-1]
	if !isInvalid(j) || j.Fate != trace.Forwarded {
		return nil
	}
	return o.story
}

// testLeak reports whether the packet no longer leaves with the fix in place.
func (s *session) testLeak(p *packet.Packet, front netip.Addr, frontPort uint16, fix *Fix) bool {
	h := s.leakHost(p, front)
	if h == nil {
		return false
	}
	h = withRule(h, p.Family, fix)
	if h == nil {
		return false
	}
	n, err := netfilter.New(h)
	if err != nil {
		return false
	}
	hyp, ok := s.leakHistory(p, front, frontPort)
	if !ok {
		return false
	}
	o := simulate(n, hyp, begun)
	return len(o.story) > 0 && o.story[len(o.story)-1].Fate == trace.Dropped
}
