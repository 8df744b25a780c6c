package diagnose

import (
	"fmt"

	"nfwhy/packet"
	"nfwhy/trace"
)

// rejectReplyUntracked: REJECT answered a packet that had no entry to lend.
var rejectReplyUntracked = analyzer{
	cause: "reject-reply-untracked",
	doc:   "REJECT's answer to an INVALID packet has no entry to borrow, so it is INVALID on OUTPUT too",
	run: func(x *explanation, f *Finding) float64 {
		j, _ := x.line()
		p, st := x.parent(j)
		if j.Origin != trace.Made || st == nil || st.Target != "REJECT" || !isInvalid(j) || !isInvalid(p) {
			return 0
		}
		f.Disposition = RulesErr
		f.Title = fmt.Sprintf("Your REJECT rule sent this %s, in answer to %s that belongs to no connection.", describe(j.Packet), a(describe(p.Packet)))
		f.Summary = fmt.Sprintf("%s answered %s that conntrack calls INVALID (%s). A packet made by REJECT borrows the entry of the packet it answers; here there was none, so on OUTPUT it is INVALID too and no RELATED,ESTABLISHED rule takes it.",
			ruleText(st), a(describe(p.Packet)), p.Reason.Text())
		if x.rec == nil {
			f.Title = fmt.Sprintf("Your REJECT rule sent this %s, in answer to a packet that belongs to no connection: %s.", describe(j.Packet), x.s.triggers(x))
		}
		return 1
	},
}

// stackReply: the host's own TCP/IP stack answered, nothing was listening.
var stackReply = analyzer{
	cause: "unsolicited-inbound",
	doc:   "the host's own stack answered a packet for which nothing listens",
	run: func(x *explanation, f *Finding) float64 {
		j, _ := x.line()
		p, st := x.parent(j)
		if j.Origin != trace.Made || p == nil || st != nil && st.Target == "REJECT" {
			return 0
		}
		f.Disposition = Harmless
		f.Title = fmt.Sprintf("This host's TCP/IP stack sent this %s by itself, in answer to %s that nothing here listens for.", describe(j.Packet), a(describe(p.Packet)))
		f.Summary = fmt.Sprintf("The packet was let in (%s), no program took it, and the kernel answered.", ending(p))
		return 0.7
	},
}

// outOfWindow: the connection exists, the segment does not fit it.
var outOfWindow = analyzer{
	cause: "out-of-window",
	doc:   "a connection exists, but the segment's numbers lie outside its window",
	run: func(x *explanation, f *Finding) float64 {
		j, _ := x.line()
		t := j
		if p, _ := x.parent(j); p != nil {
			t = p
		}
		if !isInvalid(t) || x.hyp == nil || !hasSuffix(x.hyp.ID, "out-of-window") {
			return 0
		}
		f.Disposition = Harmless
		f.Title = "The packet belongs to a connection but lies outside its window."
		f.Summary = t.Reason.Text()
		return 0.6
	},
}

func hasSuffix(s, suffix string) bool {
	return len(s) >= len(suffix) && s[len(s)-len(suffix):] == suffix
}

// trigger is the packet that came from outside: the subject's own, or the one it
// answers.
func (x *explanation) triggerJourney() *trace.Journey {
	j, _ := x.line()
	if p, _ := x.parent(j); p != nil {
		return p
	}
	return j
}

// invalidUnsolicitedSynack: an answer to a SYN that this host did not send.
var invalidUnsolicitedSynack = analyzer{
	cause: "invalid-unsolicited-synack",
	doc:   "a SYN/ACK arrived to which no SYN of this host belongs",
	run: func(x *explanation, f *Finding) float64 {
		t := x.triggerJourney()
		fl, ok := tcpFlags(t)
		if !ok || fl != packet.SYN|packet.ACK || !isInvalid(t) || t.Origin != trace.Received {
			return 0
		}
		f.Disposition = Harmless
		f.Title = "A SYN/ACK arrived that answers no SYN of this host."
		f.Summary = "Conntrack has no entry for it and a SYN/ACK cannot open one, so it is INVALID. Either somebody used your address as a forged source (backscatter), or your SYN left by another way."
		return 0.8
	},
}

// backscatter: somebody else's victim answers us.
var backscatter = analyzer{
	cause: "backscatter",
	doc:   "an answer to a flood or scan that forged our address",
	run: func(x *explanation, f *Finding) float64 {
		t := x.triggerJourney()
		if t.Origin != trace.Received || !isInvalid(t) {
			return 0
		}
		act := actorOf(t.Packet, false)
		if act.Role != RoleBackscatter {
			return 0
		}
		f.Disposition = Harmless
		f.Title = "A server answers packets that someone else sent in your name."
		f.Summary = act.Why + "."
		return 0.7
	},
}

// latePacket: the rest of a connection that conntrack has forgotten.
var latePacket = analyzer{
	cause: "late-packet-after-expiry",
	doc:   "FIN, RST, data or ACK of a session whose entry is gone",
	run: func(x *explanation, f *Finding) float64 {
		t := x.triggerJourney()
		fl, ok := tcpFlags(t)
		if !ok || x.hyp != nil && hasSuffix(x.hyp.ID, "out-of-window") {
			return 0
		}
		if t.Origin == trace.Made && fl&packet.RST != 0 {
			return 0
		}
		late := isInvalid(t) && (fl&packet.FIN != 0 && fl&packet.ACK != 0 || fl&packet.RST != 0)
		pickedUp := !isInvalid(t) && t.State.String() == "NEW" && fl&packet.ACK != 0 && fl&packet.SYN == 0
		if !late && !pickedUp {
			return 0
		}
		s, d := portsOf(t)
		if !service(s) && !service(d) && t.Origin == trace.Received && !pickedUp {
			return 0.3
		}
		f.Disposition = Harmless
		f.Title = fmt.Sprintf("%s of a connection that conntrack no longer knows.", capital(a(describe(t.Packet))))
		f.Summary = "The connection was closed, or idle longer than its timeout, or the table was emptied (reboot, reload); " + fmt.Sprintf("what still comes is %s.", t.State)
		return 0.75
	},
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}
