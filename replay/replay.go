package replay

import (
	"nfwhy/capture"
	"nfwhy/host"
	"nfwhy/netfilter"
	"nfwhy/packet"
	"nfwhy/trace"
)

// Case is one captured packet and what became of it. It is valid until the next
// call of [Replay.Packet].
type Case struct {
	Record *capture.Record
	Role   Role
	Iface  string // where it was captured, concluded when the capture does not tell
	Result netfilter.Result
	Trace  *trace.Trace // nil unless [Replay.Record] was set, and for echoes
}

// Replay runs captured packets through a simulated host. Set the fields before
// the first packet.
type Replay struct {
	// Record makes each Case carry its Trace.
	Record bool
	// Effects receives log lines and departing packets; nil for nobody.
	Effects netfilter.Effects

	net     *netfilter.Netns
	roles   *Roles
	started bool
}

// New makes the host of h ready for packets. Errors are those of
// [netfilter.New].
func New(h *host.Host) (*Replay, error) {
	n, err := netfilter.New(h)
	if err != nil {
		return nil, err
	}
	r := &Replay{net: n, roles: newRoles(h, n.FIB())}
	n.Attach(r)
	return r, nil
}

// Netns returns the machine: counters, connections and clock after the packets
// so far.
func (r *Replay) Netns() *netfilter.Netns { return r.net }

// Logged passes a log line on.
func (r *Replay) Logged(now packet.Time, level uint8, line []byte) {
	if r.Effects != nil {
		r.Effects.Logged(now, level, line)
	}
}

// Sent remembers a departing packet, so that the capture's copy of it is
// recognised, and passes it on.
func (r *Replay) Sent(now packet.Time, dev string, p *packet.Packet, how trace.Origin) {
	if how != trace.Sent {
		r.roles.Sent(now, p)
	}
	if r.Effects != nil {
		r.Effects.Sent(now, dev, p, how)
	}
}

// Packet runs one captured packet.
func (r *Replay) Packet(rec *capture.Record) Case {
	c := Case{Record: rec}
	if rec.Skip != nil {
		c.Role = RoleSkipped
		return c
	}
	p := &rec.Packet
	if !r.started {
		r.started = true
		r.net.Load(rec.Time)
	}
	p.Verified = p.Verified || p.Offloaded() || rec.Untold.Has(capture.FieldChecksum)
	c.Role, c.Iface = r.roles.Of(rec)
	if c.Role == RoleEcho {
		return c
	}
	var t *trace.Recorder
	if r.Record {
		t = &trace.Recorder{}
		r.net.Record(t)
	}
	if c.Role == RoleOut {
		c.Result = r.net.Send(p, c.Iface, rec.Time)
	} else {
		c.Result = r.net.Receive(p, c.Iface, rec.Time)
	}
	if t != nil {
		c.Trace = &t.Trace
		r.net.Record(nil)
	}
	return c
}
