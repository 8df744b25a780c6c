package replay

import (
	"nfwhy/capture"
	"nfwhy/host"
	"nfwhy/netfilter"
	"nfwhy/packet"
	"nfwhy/trace"
)

// Role is what a captured packet is to the host that captured it.
type Role uint8

// The roles.
const (
	RoleIn      Role = iota // arrived: run through the machine
	RoleOut                 // a local process or the stack sent it: run through the machine
	RoleEcho                // the simulated host has sent it already: forwarded, or made by the firewall
	RoleSkipped             // not for netfilter: ARP, undecodable
)

// String returns the role in a word.
func (r Role) String() string { return [...]string{"in", "out", "echo", "skipped"}[r] }

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
	host    *host.Host
	pending pending
	iface   string // the only interface there is, when the capture names none
	started bool
}

// New makes the host of h ready for packets. Errors are those of
// [netfilter.New].
func New(h *host.Host) (*Replay, error) {
	n, err := netfilter.New(h)
	if err != nil {
		return nil, err
	}
	r := &Replay{net: n, host: h}
	r.pending.ring = make([]sent, pendingSize)
	r.pending.count = make(map[uint64]int32, pendingSize)
	for _, l := range h.Links {
		if !l.Loopback {
			r.iface = l.Name
			break
		}
	}
	if r.iface == "" {
		r.iface = "eth0"
	}
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
		r.pending.add(now, fingerprint(p))
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
	c.Role, c.Iface = r.role(rec)
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

// role decides which way a packet went: what the capture says, else whose
// address the source is. What leaves is compared with what the simulated host
// has sent already.
func (r *Replay) role(rec *capture.Record) (Role, string) {
	p := &rec.Packet
	out := rec.Dir == capture.Out
	if rec.Dir == capture.Unknown {
		out = r.net.FIB().IsLocal(p.Src())
	}
	if rec.Dir != capture.In && r.pending.take(rec.Time, fingerprint(p)) {
		return RoleEcho, r.ifaceOf(rec, out)
	}
	if out {
		return RoleOut, r.ifaceOf(rec, out)
	}
	return RoleIn, r.ifaceOf(rec, out)
}

// ifaceOf names the interface: the capture's, else the one that the routes give
// for the far end, else the only one there is.
func (r *Replay) ifaceOf(rec *capture.Record, out bool) string {
	if rec.Iface != "" {
		return rec.Iface
	}
	far := rec.Packet.Src()
	if out {
		far = rec.Packet.Dst()
	}
	if rt, ok := r.net.FIB().Lookup(far); ok && rt.Dev != "" && rt.Kind == host.Unicast {
		return rt.Dev
	}
	if out && r.net.FIB().IsLocal(far) {
		return "lo"
	}
	return r.iface
}
