package diagnose

import (
	"fmt"

	"nfwhy/capture"
	"nfwhy/packet"
	"nfwhy/trace"
)

// explainPackets takes as subjects what the firewall logged, dropped, rejected or
// made, when there are no log lines.
func (s *session) explainPackets() {
	byKey := map[string]*Finding{}
	for i := range s.played {
		p := &s.played[i]
		if s.opt.Packet > 0 && p.rec.Number != s.opt.Packet {
			continue
		}
		place, ok := s.notable(p)
		if !ok {
			continue
		}
		s.rep.Subjects++
		s.rep.Explained++
		x := &explanation{s: s, rec: p.rec, story: p.story, place: place, repeat: 1, stage: &stage{host: s.host, net: s.base}}
		j := p.story[place.Journey-1]
		x.scene = &scene{pkt: j.Packet, in: j.In, out: j.Out, host: s.host, near: j.Packet.Dst(), far: j.Packet.Src(), names: s.e.Names}
		if j.In == "" {
			x.scene.near, x.scene.far = j.Packet.Src(), j.Packet.Dst()
		}
		x.group = &group{count: 1, told: ^packet.Mask(0), subjects: []Subject{{Source: p.rec.Source(), Text: summary(p.rec)}}}
		key := packetKey(j, place)
		if f := byKey[key]; f != nil {
			f.Count++
			if len(f.Subjects) < maxSubjects {
				f.Subjects = append(f.Subjects, x.group.subjects...)
			}
			continue
		}
		x.hypothesizePacket()
		f := s.conclude(x)
		byKey[key] = f
		s.rep.Findings = append(s.rep.Findings, f)
	}
}

func summary(r *capture.Record) string {
	if r.Text != "" {
		return r.Text
	}
	return string(r.Packet.AppendTcpdump(nil, 0))
}

// packetKey is what makes two packets of a capture the same kind of subject: the
// rule that decided, the state, the protocol and flags.
func packetKey(j *trace.Journey, at Place) string {
	st := &j.Steps[at.Step]
	k := fmt.Sprintf("%v/%s/%d/%v/%d/%d", st.Hook, st.Chain, st.Rule, j.State, j.Packet.Proto, j.Origin)
	if t, ok := j.Packet.TCP(); ok {
		k += packet.FlagNames(t.Flags())
	}
	return k
}

// notable finds the step of a packet's trace that needs explaining: a log line,
// a drop, a rejection, a packet made.
func (s *session) notable(p *played) (Place, bool) {
	if len(p.story) > 0 && orphanReset(p.story[0]) {
		return Place{}, false
	}
	if len(p.written) > 0 {
		return p.written[len(p.written)-1].place, true
	}
	for _, j := range p.story {
		switch j.Fate {
		case trace.Dropped, trace.Rejected, trace.Discarded:
			if len(j.Steps) > 0 {
				at := j.Decided
				if at < 0 {
					at = len(j.Steps) - 1
				}
				return Place{j.ID, at}, true
			}
		}
	}
	return Place{}, false
}

// hypothesizePacket tries the other triggers for a captured packet that the
// firewall made or logged, so that the answer shows what would have differed.
func (x *explanation) hypothesizePacket() {
	j, st := x.line()
	if st == nil || st.Log == "" {
		return
	}
	l, ok := packet.ParseLog(st.Log)
	if !ok {
		return
	}
	l.Src, l.Dst = j.Packet.Src(), j.Packet.Dst()
	x.group.line = &l
	if j.Origin == trace.Made {
		x.s.hypothesize(x)
	}
}
