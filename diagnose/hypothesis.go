package diagnose

import (
	"nfwhy/conntrack"
	"nfwhy/host"
	"nfwhy/netfilter"
	"nfwhy/packet"
	"nfwhy/trace"
)

// Hypothesis is a history that may have led to a subject: packets in order, the
// last of which is the one that matters.
type Hypothesis struct {
	ID string
	// What came and When: "SYN/ACK", "unsolicited".
	What, When string
	Steps      []Stimulus
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
}

// simulate runs a history in a fork of base.
func simulate(base *netfilter.Netns, h *Hypothesis, start packet.Time) *outcome {
	n := base.Fork()
	var rec trace.Recorder
	n.Record(&rec)
	o := &outcome{hyp: h}
	now := start
	for _, s := range h.Steps {
		now += s.Wait
		o.last = len(rec.Trace.Journeys) + 1
		p := s.Packet.Clone()
		var r netfilter.Result
		if s.In == "" {
			r = n.Send(p, s.Out, now)
		} else {
			r = n.Receive(p, s.In, now)
		}
		o.results = append(o.results, r)
		if s.Answer && r.Fate == trace.Delivered {
			if q := stackAnswer(s.Packet, n.Host()); q != nil {
				at := len(rec.Trace.Journeys)
				o.results = append(o.results, n.Send(q, s.In, now))
				if at < len(rec.Trace.Journeys) {
					j := rec.Trace.Journeys[at]
					j.Origin, j.Parent = trace.Made, o.last
					p := rec.Trace.Journeys[o.last-1]
					j.Step = len(p.Steps) - 1
				}
			}
		}
	}
	o.story = rec.Trace.Journeys
	return o
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
