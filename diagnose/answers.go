package diagnose

import (
	"nfwhy/capture"
	"nfwhy/packet"
	"nfwhy/replay"
	"nfwhy/trace"
)

// answerWindow is how long after a packet the stack's own answer may be captured.
const answerWindow = packet.Second

// answers knows what the host's own TCP/IP stack would say to the packets
// delivered lately, so that its answers in a capture are known as such.
type answers struct {
	pending []pendingAnswer
}

type pendingAnswer struct {
	at    packet.Time
	pkt   *packet.Packet
	story []*trace.Journey
}

// maxAnswers is how many packets are remembered.
const maxAnswers = 64

// deliver remembers a packet that was delivered; p is as it arrived.
func (a *answers) deliver(s *session, rec *capture.Record, c *replay.Case) {
	if c.Role != replay.RoleIn || c.Result.Fate != trace.Delivered || c.Trace == nil {
		return
	}
	q := stackAnswer(rec.Packet.Clone(), s.host)
	if q == nil {
		return
	}
	if len(a.pending) == maxAnswers {
		a.pending = a.pending[1:]
	}
	a.pending = append(a.pending, pendingAnswer{rec.Time, q, c.Trace.Journeys})
}

// join puts the story of a packet that this host sent behind that of the packet
// it answers; story unchanged when it answers none.
func (a *answers) join(rec *capture.Record, c *replay.Case) []*trace.Journey {
	story := c.Trace.Journeys
	if c.Role != replay.RoleOut || len(story) == 0 {
		return story
	}
	for i := len(a.pending) - 1; i >= 0; i-- {
		q := &a.pending[i]
		if rec.Time-q.at > answerWindow || !sameAnswer(q.pkt, story[0].Packet) {
			continue
		}
		n := len(q.story)
		for _, j := range story {
			j.ID += n
			if j.Parent > 0 {
				j.Parent += n
			}
			for k := range j.Steps {
				for e := range j.Steps[k].Emits {
					j.Steps[k].Emits[e] += n
				}
			}
		}
		story[0].Origin, story[0].Parent, story[0].Step = trace.Made, 1, len(q.story[0].Steps)-1
		return append(append([]*trace.Journey(nil), q.story...), story...)
	}
	return story
}

// sameAnswer compares a captured packet with what the stack would have sent,
// without what the stack draws at random or leaves to the card.
func sameAnswer(want, got *packet.Packet) bool {
	if want.Proto != got.Proto || want.Src() != got.Src() || want.Dst() != got.Dst() {
		return false
	}
	if a, ok := want.TCP(); ok {
		b, ok := got.TCP()
		return ok && a.SrcPort() == b.SrcPort() && a.DstPort() == b.DstPort() && a.Flags() == b.Flags() &&
			a.Seq() == b.Seq() && a.Ack() == b.Ack()
	}
	if a, ok := want.ICMP(); ok {
		b, ok := got.ICMP()
		return ok && a.Type() == b.Type() && a.Code() == b.Code() && a.Rest() == b.Rest()
	}
	return false
}

// answeredHere looks whether a captured packet of the line's flow leads to it by
// way of the stack's own answer, which the capture does not hold.
func (s *session) answeredHere(x *explanation) {
	for _, m := range x.moment {
		if m.role != replay.RoleIn || len(m.story) == 0 || m.story[0].Fate != trace.Delivered {
			continue
		}
		p := m.story[0].Packet.Clone()
		h := &Hypothesis{Steps: []Stimulus{{Packet: p, In: m.story[0].In, Answer: true}}}
		o := simulate(x.stage.net, h, m.story[0].Time)
		if at := placeOf(o, x.group.line); at.Journey != 0 {
			x.rec, x.story, x.place, x.moment = m.rec, o.story, at, nil
			return
		}
	}
}
