package diagnose

import (
	"fmt"
	"net/netip"
	"strings"

	"nfwhy/conntrack"
	"nfwhy/evidence"
	"nfwhy/generator"
	"nfwhy/packet"
	"nfwhy/ruleset"
	"nfwhy/trace"
)

// direction is which way the subject's packet went.
type direction int

const (
	inward direction = iota // to this host
	outward
	through
	inside // on the loopback interface
)

// facts are what the analyzers ask of a subject again and again.
type facts struct {
	x      *explanation
	j      *trace.Journey // the subject's packet
	st     *trace.Step    // the step that wrote the line, or decided
	t      *trace.Journey // what came from outside: j, or what it answers
	pkt    *packet.Packet // the subject's packet as the line shows it
	dir    direction
	prefix generator.Prefix
	line   *packet.LogLine // nil for a packet of a capture

	src, dst       netip.Addr
	sport, dport   uint16
	ports          bool
	flags          uint16 // valid iff tcp
	tcp, udp       bool
	invalid, fresh bool // state of j
	refused        bool // the packet went no further
	accepted       bool
	assumedVerdict bool // what became of it rests on the prefix only
	cast           bool // to a group or to all
	hop            uint8
	histories      []*outcome
	kind           string // of the best history
	same           []lineFacts
}

// facts returns the facts of an explanation, once gathered.
func (x *explanation) facts() *facts {
	if x.fx != nil {
		return x.fx
	}
	j, st := x.line()
	f := &facts{x: x, j: j, st: st, t: x.triggerJourney(), pkt: x.scene.pkt, histories: x.survivors}
	x.fx = f
	f.src, f.dst = f.pkt.Src(), f.pkt.Dst()
	f.sport, f.dport, f.ports = f.pkt.Ports()
	if t, ok := f.pkt.TCP(); ok {
		f.tcp, f.flags = true, t.Flags()&(packet.SYN|packet.ACK|packet.RST|packet.FIN|packet.PSH|packet.URG)
	}
	_, f.udp = f.pkt.UDP()
	f.invalid, f.fresh = isInvalid(j), isNew(j)
	if x.group.line != nil {
		f.line = x.group.line
		f.prefix = generator.Read(f.line.Prefix)
		f.same = x.group.all
	}
	f.hop = f.pkt.TTL()
	f.setDirection()
	f.setFate()
	d := f.dst
	f.cast = d.IsMulticast() || d == broadcastAddr || f.pkt.Cast == packet.CastBroadcast || f.pkt.Cast == packet.CastMulticast ||
		d.Is4() && d.As4()[3] == 255 && f.dir == inward
	if x.hyp != nil {
		f.kind = x.hyp.Kind
	}
	return f
}

var broadcastAddr = netip.AddrFrom4([4]byte{255, 255, 255, 255})

func (f *facts) setDirection() {
	in, out := f.x.scene.in, f.x.scene.out
	switch {
	case in == "lo" || out == "lo":
		f.dir = inside
	case in != "" && out != "":
		f.dir = through
	case in != "":
		f.dir = inward
	default:
		f.dir = outward
	}
}

// setFate says what became of the packet: what the simulation found, unless what
// follows the line was only assumed.
func (f *facts) setFate() {
	switch f.j.Fate {
	case trace.Dropped, trace.Rejected:
		f.refused = true
	case trace.Delivered, trace.Forwarded, trace.Left:
		f.accepted = true
	}
	if d := f.j.Decided; d >= 0 && d < len(f.j.Steps) && generator.Inferred(f.j.Steps[d].Source) && f.x.stage.grade >= closed {
		f.assumedVerdict = true
	}
	if f.x.stage.grade == framed {
		f.assumedVerdict = true
	}
}

// entry returns the line of the connection table that the subject's packet belongs
// to, nil for none.
func (f *facts) entry() *evidence.Conn {
	t, ok := conntrack.TupleOf(f.pkt)
	if !ok {
		return nil
	}
	for i := range f.x.s.e.Conntrack {
		c := &f.x.s.e.Conntrack[i]
		if (c.Orig == t || c.Reply == t) && c.Event != "DESTROY" {
			return c
		}
	}
	return nil
}

// own reports whether an address is this host's.
func (f *facts) own(a netip.Addr) bool {
	for _, l := range f.x.stage.host.Links {
		for _, p := range l.Addrs {
			if p.Addr() == a {
				return true
			}
		}
	}
	return false
}

// blanked reports whether an address is not known, so that nothing can be said of
// the network it is in. A partly readable one tells its network.
func (f *facts) blanked(a netip.Addr) bool {
	n := f.x.s.e.Names
	return n.MadeUp(a) && !neighbour(a) && (fillIn.Contains(a) || docNet6.Contains(a))
}

// fillIn is where stand-ins for blanked addresses come from.
var (
	fillIn  = netip.MustParsePrefix("198.18.0.0/15")
	docNet6 = netip.MustParsePrefix("2001:db8::/32")
)

// outsider reports whether an address is one of the internet's, or may be.
func (f *facts) outsider(a netip.Addr) bool { return !neighbour(a) && !f.own(a) && !a.IsLoopback() }

// show prints an address as the evidence writes it.
func (f *facts) show(a netip.Addr) string { return f.x.s.rep.Show(a) }

// told reports whether the line itself says all fields of m.
func (f *facts) told(m packet.Mask) bool { return f.x.group.told&m == m }

// sources, ports and the like count what differs among the lines of the group.
func (f *facts) distinct(of func(l *lineFacts) any) int {
	seen := map[any]bool{}
	for i := range f.same {
		seen[of(&f.same[i])] = true
	}
	return len(seen)
}

// says reports whether the user's text has one of the words.
func (f *facts) says(words ...string) bool {
	for _, l := range f.x.s.opt.Text {
		low := strings.ToLower(l.Text)
		for _, w := range words {
			if strings.Contains(low, w) {
				return true
			}
		}
	}
	return false
}

// flow names both ends: "10.0.0.1:40000 > 10.0.0.2:22".
func (f *facts) flow() string {
	if !f.ports {
		return f.show(f.src) + " > " + f.show(f.dst)
	}
	return fmt.Sprintf("%s:%d > %s:%d", f.show(f.src), f.sport, f.show(f.dst), f.dport)
}

// ruleName names a rule as the reader finds it.
func ruleName(r *ruleset.Rule, chain string, number int) string {
	if generator.Inferred(r) {
		return fmt.Sprintf("rule %d of %s (modelled)", number, chain)
	}
	text := r.Text
	if len(text) > 80 {
		text = text[:77] + "..."
	}
	return fmt.Sprintf("%q (%s)", strings.TrimSpace(text), r.Pos)
}

// decider names what decided the packet's fate.
func (f *facts) decider() string { return ending(f.j) }
