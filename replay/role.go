package replay

import (
	"nfwhy/capture"
	"nfwhy/host"
	"nfwhy/packet"
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

// Roles decides what each packet of a capture is to the host that captured it.
// It is told what that host, simulated or real, sends by itself, so that the
// capture's copy of it is recognised.
type Roles struct {
	fib     *host.FIB
	pending pending
	iface   string // the only interface there is, when the capture names none
	links   []host.Link
}

// NewRoles returns the roles at the host of h.
func NewRoles(h *host.Host) *Roles { return newRoles(h, host.NewFIB(h)) }

func newRoles(h *host.Host, fib *host.FIB) *Roles {
	r := &Roles{fib: fib, iface: "eth0", links: h.Links}
	r.pending.ring = make([]sent, pendingSize)
	r.pending.count = make(map[uint64]int32, pendingSize)
	for _, l := range h.Links {
		if !l.Loopback {
			r.iface = l.Name
			break
		}
	}
	return r
}

// Sent remembers a packet that the host has forwarded or made.
func (r *Roles) Sent(now packet.Time, p *packet.Packet) { r.pending.add(now, fingerprint(p)) }

// Of returns the role of a packet that rec holds (Skip is nil), and the interface
// it was captured on: what the capture says, else whose address the source is.
// What leaves is compared with what the host has sent already.
func (r *Roles) Of(rec *capture.Record) (Role, string) {
	p := &rec.Packet
	out := rec.Dir == capture.Out
	if rec.Dir == capture.Unknown {
		out = r.fib.IsLocal(p.Src())
	}
	iface := r.ifaceOf(rec, out)
	if (rec.Dir != capture.In || iface == "lo") && r.pending.take(rec.Time, fingerprint(p)) {
		return RoleEcho, iface
	}
	switch {
	case out && iface == "lo":
		r.Sent(rec.Time, p) // lo shows a packet twice: leaving, then arriving
		return RoleOut, iface
	case out:
		return RoleOut, iface
	}
	r.address(rec, iface)
	return RoleIn, iface
}

// address writes the interface's own MAC address into the link header of an
// arriving frame of which the capture does not tell it (cooked captures).
func (r *Roles) address(rec *capture.Record, iface string) {
	p := &rec.Packet
	if !rec.Untold.Has(capture.FieldLinkDst) || p.Cast != packet.CastHost || len(p.Link) != 14 {
		return
	}
	for i := range r.links {
		if l := &r.links[i]; l.Name == iface && len(l.MAC) == 6 {
			copy(p.Link, l.MAC)
		}
	}
}

// ifaceOf names the interface: the capture's, else the one that the routes give
// for the far end, else the only one there is.
func (r *Roles) ifaceOf(rec *capture.Record, out bool) string {
	if rec.Iface != "" && rec.Iface != "any" {
		return rec.Iface
	}
	far := rec.Packet.Src()
	if out {
		far = rec.Packet.Dst()
	}
	if rt, ok := r.fib.Lookup(far); ok && rt.Dev != "" && rt.Kind == host.Unicast {
		return rt.Dev
	}
	if out && r.fib.IsLocal(far) {
		return "lo"
	}
	return r.iface
}
