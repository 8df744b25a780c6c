package netfilter

import (
	"nfwhy/conntrack"
	"nfwhy/host"
	"nfwhy/packet"
	"nfwhy/trace"
	"nfwhy/xt"
)

// flight is one packet under way: the kernel's sk_buff with its hook state. A
// flight is reused by the next packet at the same depth.
type flight struct {
	pkt     *packet.Packet
	ref     conntrack.Ref
	in, out string
	origin  trace.Origin
	ctx     xt.Ctx
	prog    *program
	route   host.Route
	traced  bool // TRACE follows it
	deaf    bool // goes to a group on lo that nobody there listens to
	looped  bool // came back through lo: routed and tracked already
	bcast   bool // its route is broadcast or multicast
	local   bool // its route is local
	journey *trace.Journey
	res     Result

	frags   []int // payload sizes of the fragments it arrived in
	fragMax int   // the largest of them, header included
	fragAt  int   // IPv6: where the fragment header was

	own packet.Packet // for packets that the machine makes
	buf []byte
}

// take returns the flight of the next depth, cleared.
func (n *Netns) take() *flight {
	if n.depth == len(n.flights) {
		n.flights = append(n.flights, &flight{})
	}
	f := n.flights[n.depth]
	n.depth++
	*f = flight{buf: f.buf, frags: f.frags[:0]}
	return f
}

// start puts a packet into a flight and opens its journey.
func (n *Netns) start(f *flight, p *packet.Packet, origin trace.Origin) {
	f.pkt, f.origin = p, origin
	f.prog = n.program(p.Family)
	f.ctx = xt.Ctx{Pkt: p, CT: &f.ref, Family: p.Family, Backend: n.host.Backend, Host: n.host,
		Conns: n.conns, Machine: n, Rand: n.rand, Recorder: n.recorder, Now: n.now}
	f.res = Result{Tracked: f.prog.tracking}
	if n.recorder != nil {
		whole := p.Clone()
		whole.Finish()
		f.journey = n.recorder.Begin(&trace.Journey{Origin: origin, Time: n.now, In: f.in, Out: f.out,
			Packet: whole, Tracked: f.prog.tracking})
	}
}

// finish ends a flight whose fate is in f.res.
func (n *Netns) finish(f *flight) {
	n.conns.Release(f.pkt, &f.ref)
	if j := f.journey; j != nil {
		j.Fate, j.State, j.Info, j.Reason = f.res.Fate, f.res.State, f.res.Info, f.res.Reason
		j.In, j.Out = f.in, f.out
	}
	n.depth--
}

// note adds a step that no rule made: tracking, routing, the stack.
func (n *Netns) note(f *flight, h packet.Hook, text string) {
	if f.journey != nil {
		f.journey.Steps = append(f.journey.Steps, trace.Step{Hook: h, Text: text})
	}
}

// discard ends the packet outside the tables.
func (n *Netns) discard(f *flight, h packet.Hook, why string) {
	f.res.Fate, f.res.Hook = trace.Discarded, h
	if f.journey != nil {
		f.journey.Steps = append(f.journey.Steps, trace.Step{Hook: h, Text: why, Verdict: trace.Drop})
		f.journey.Decided = len(f.journey.Steps) - 1
	}
}
