package diagnose

import (
	"nfwhy/conntrack"
	"nfwhy/host"
	"nfwhy/netfilter"
	"nfwhy/packet"
	"nfwhy/ruleset"
	"nfwhy/trace"
)

// Hypothesis is a history that may have led to a subject: packets in order, the
// last of which is the one that matters.
type Hypothesis struct {
	ID string
	// What came and When: "SYN/ACK", "unsolicited".
	What, When string
	Kind       string // one of the kinds of histories
	Steps      []Stimulus
	// Entries are in the connection table before the first packet.
	Entries []conntrack.Entry
	// Rule is the rule that the history is about, nil for most.
	Rule *ruleset.Rule
	// Prior is how common such a history is, relative to the others.
	Prior float64
	// Gone is true when the history says that a connection was there and is not
	// any more, as opposed to never having been.
	Gone bool
}

// Stimulus is one packet that reaches the machine.
type Stimulus struct {
	Wait   packet.Time // after the one before
	Packet *packet.Packet
	In     string // interface it arrives on; "" when a local process sends it
	Out    string // interface it leaves by
	// Answer lets the host's own TCP/IP stack answer what is delivered, as a host
	// with nothing listening there does.
	Answer bool
}

// outcome is what a history led to.
type outcome struct {
	hyp     *Hypothesis
	story   []*trace.Journey
	last    int // ID of the journey of the last stimulus
	results []netfilter.Result
	// repeat is how many times the last packet had to come for the line to be
	// written; 1 for at once.
	repeat int
}

// begun is when histories begin: late enough that what went before fits in.
const begun packet.Time = 1 << 40

// simulate runs a history in a fork of base.
func simulate(base *netfilter.Netns, h *Hypothesis, start packet.Time) *outcome {
	n := base.Fork()
	for _, e := range h.Entries {
		n.Conntrack().Insert(e, start) // one that does not fit is not there
	}
	r := &run{net: n, now: start, out: &outcome{hyp: h, repeat: 1}}
	n.Record(&r.rec)
	for _, s := range h.Steps {
		r.step(s)
	}
	r.out.story = r.rec.Trace.Journeys
	return r.out
}

// run is a history being played.
type run struct {
	net *netfilter.Netns
	rec trace.Recorder
	now packet.Time
	out *outcome
}

func (r *run) step(s Stimulus) {
	n, rec := r.net, &r.rec
	r.now += s.Wait
	r.out.last = len(rec.Trace.Journeys) + 1
	p := s.Packet.Clone()
	var res netfilter.Result
	if s.In == "" {
		res = n.Send(p, s.Out, r.now)
	} else {
		res = n.Receive(p, s.In, r.now)
	}
	r.out.results = append(r.out.results, res)
	if !s.Answer || res.Fate != trace.Delivered {
		return
	}
	q := stackAnswer(s.Packet, n.Host())
	if q == nil {
		return
	}
	at := len(rec.Trace.Journeys)
	r.out.results = append(r.out.results, n.Send(q, s.In, r.now))
	if at < len(rec.Trace.Journeys) {
		j := rec.Trace.Journeys[at]
		j.Origin, j.Parent = trace.Made, r.out.last
		p := rec.Trace.Journeys[r.out.last-1]
		j.Step = len(p.Steps) - 1
	}
}

// maxRepeats is how often the last packet of a history is sent again where a
// limit keeps the line from being written at once.
const maxRepeats = 30

// insist plays a history whose last packet comes again and again until l is
// written; nil when it never is.
func insist(base *netfilter.Netns, h *Hypothesis, start packet.Time, l *packet.LogLine) *outcome {
	n := base.Fork()
	for _, e := range h.Entries {
		n.Conntrack().Insert(e, start)
	}
	r := &run{net: n, now: start, out: &outcome{hyp: h}}
	n.Record(&r.rec)
	for _, s := range h.Steps[:len(h.Steps)-1] {
		r.step(s)
	}
	last := h.Steps[len(h.Steps)-1]
	for k := 1; k <= maxRepeats; k++ {
		r.rec = trace.Recorder{}
		n.Record(&r.rec)
		r.step(last)
		last.Wait = packet.Second / 20
		r.out.story, r.out.repeat = r.rec.Trace.Journeys, k
		if placeOf(r.out, l).Journey != 0 {
			return r.out
		}
	}
	return nil
}

// limitDecides reports whether a rate limit had a say in what became of the
// packets of an outcome.
func limitDecides(o *outcome) bool {
	for _, j := range o.story {
		for i := range j.Steps {
			for _, t := range j.Steps[i].Terms {
				if t.Part == "limit" || t.Part == "hashlimit" || t.Part == "recent" || t.Part == "connlimit" {
					return true
				}
			}
		}
	}
	return false
}

// written is a log line that a history led to.
type written struct {
	place Place
	text  string
	j     *trace.Journey
}

func (o *outcome) lines() []written { return linesOf(o.story) }

func linesOf(story []*trace.Journey) []written {
	var out []written
	for _, j := range story {
		for i := range j.Steps {
			if t := j.Steps[i].Log; t != "" {
				out = append(out, written{Place{j.ID, i}, t, j})
			}
		}
	}
	return out
}

// stackAnswer is what the host's own TCP/IP stack sends for a delivered packet
// when nothing listens: a reset, a port unreachable, an echo reply (tcp_v4_send_reset,
// __udp4_lib_rcv, icmp_echo). It returns nil when the stack stays silent.
func stackAnswer(p *packet.Packet, h *host.Host) *packet.Packet {
	src, dst := p.Src(), p.Dst()
	if p.Cast != packet.CastHost || dst.IsMulticast() {
		return nil
	}
	var body []byte
	proto := p.Proto
	switch {
	case proto == packet.ProtoTCP:
		t, ok := p.TCP()
		if !ok || t.Flags()&packet.RST != 0 {
			return nil
		}
		body = resetFor(p, t)
	case proto == packet.ProtoUDP && p.Family == packet.IPv4:
		q := p.Data[:min(len(p.Data), 548)]
		body, proto = packet.EncodeICMP(packet.ICMPUnreachable, 3, 0, q), packet.ProtoICMP
	case proto == packet.ProtoUDP:
		q := p.Data[:min(len(p.Data), 1232)]
		body, proto = packet.EncodeICMPv6(dst, src, 1, 4, 0, q), packet.ProtoICMPv6
	case proto == packet.ProtoICMP && p.Family == packet.IPv4:
		m, ok := p.ICMP()
		if !ok || m.Type() != packet.ICMPEcho {
			return nil
		}
		body = packet.EncodeICMP(packet.ICMPEchoReply, 0, m.Rest(), m[8:])
	case proto == packet.ProtoICMPv6:
		m, ok := p.ICMP()
		if !ok || m.Type() != 128 {
			return nil
		}
		body = packet.EncodeICMPv6(dst, src, 129, 0, m.Rest(), m[8:])
	default:
		return nil
	}
	return wrapIP(p.Family, dst, src, proto, body)
}

func decoded(data []byte) *packet.Packet {
	p := &packet.Packet{Verified: true}
	if err := p.Decode(data, len(data)); err != nil {
		return nil
	}
	return p
}

// stateWord is a ctstate as iptables writes it.
func stateWord(s conntrack.State) string { return s.String() }
