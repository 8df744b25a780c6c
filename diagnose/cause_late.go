package diagnose

import (
	"fmt"
	"time"

	"nfwhy/packet"
	"nfwhy/trace"
)

// latePacket: the rest of a connection that conntrack has forgotten.
var latePacket = analyzer{
	cause: "late-packet-after-expiry",
	doc:   "FIN, RST, data or ACK of a session whose entry is gone: closed, idle too long, or the table was emptied",
	run: func(x *explanation, f *Finding) float64 {
		fx := x.facts()
		t := x.triggerJourney()
		fl, ok := tcpFlags(t)
		if !ok || x.hyp != nil && x.hyp.Kind == kindWindow || t.Origin == trace.Made && fl&packet.RST != 0 {
			return 0
		}
		if fl == packet.FIN || fl == packet.FIN|packet.PSH|packet.URG || fl&packet.SYN != 0 || fl == 0 {
			return 0
		}
		if fx.entry() != nil {
			return 0
		}
		late := isInvalid(t) && fl&(packet.FIN|packet.RST|packet.ACK) != 0
		pickedUp := isNew(t) && fl&packet.ACK != 0
		if !late && !pickedUp {
			return 0
		}
		f.Disposition = Harmless
		f.Title = fmt.Sprintf("%s of a connection that conntrack no longer knows.", capital(a(describe(t.Packet))))
		f.Summary = "The connection was closed, or idle longer than its timeout, or the table was emptied (reboot, reload); " + lateState(fx, t, fl)
		lateNotes(fx, f)
		s, d := portsOf(t)
		if !service(s) && !service(d) {
			return 0.6
		}
		return 0.82
	},
}

func lateState(fx *facts, t *trace.Journey, fl uint16) string {
	if isInvalid(t) {
		s := "what still comes of it is INVALID"
		if fl&(packet.FIN|packet.RST) != 0 {
			s += ", since a " + map[bool]string{true: "FIN", false: "RST"}[fl&packet.FIN != 0] + " cannot open an entry"
		}
		if fx.refused {
			s += "; no rule that accepts a port is asked for it"
		}
		return s + "."
	}
	return "what still comes of it counts as NEW although it is no SYN (nf_conntrack_tcp_loose=1 picks it up in the middle)."
}

// lateNotes adds what the lines tell of why the entry is missing.
func lateNotes(fx *facts, f *Finding) {
	if fx.line != nil && fx.line.HasUptime && fx.line.Uptime < 15*time.Minute {
		f.Notes = append(f.Notes, fmt.Sprintf("the machine had been up for %d s only: a reboot empties the connection table", int(fx.line.Uptime.Seconds())))
	}
	if n := repeated(fx.same); n > 1 {
		f.Notes = append(f.Notes, fmt.Sprintf("the same segment comes %d times: its sender repeats it because nothing answers", n))
	}
	if fx.tcp && fx.flags == packet.RST|packet.ACK || fx.flags == packet.RST {
		f.Notes = append(f.Notes, "a reset ends a connection at once: browsers and phones send them when they close idle connections")
	}
	if !f.hasMissing() {
		f.Missing = append(f.Missing, "whether the entry was there: conntrack -E -p tcp, while it happens")
	}
}

func (f *Finding) hasMissing() bool { return len(f.Missing) > 0 }

// repeated counts the lines of the most frequent pair of ends and flags.
func repeated(lines []lineFacts) int {
	best := 1
	count := map[lineFacts]int{}
	for _, l := range lines {
		if l.sport == 0 && l.dport == 0 {
			continue
		}
		k := lineFacts{src: l.src, dst: l.dst, sport: l.sport, dport: l.dport, flags: l.flags}
		count[k]++
		best = max(best, count[k])
	}
	return best
}
