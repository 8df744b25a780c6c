package diagnose

import (
	"fmt"
)

// udpLate: the answer came after the entry had expired.
var udpLate = analyzer{
	cause: "udp-reply-after-timeout",
	doc:   "a UDP answer later than 30 s (unreplied) or 120 s (stream)",
	run: func(x *explanation, f *Finding) float64 {
		fx := x.facts()
		if !fx.udp || !fx.fresh || fx.cast || fx.dir == inside || fx.accepted || !answerPorts[fx.sport] || service(fx.dport) && fx.sport != fx.dport {
			return 0
		}
		if _, group := discoveryOf(fx.sport); group != "" && neighbour(fx.src) && fx.dir == inward {
			return 0
		}
		f.Disposition = Harmless
		f.Title = fmt.Sprintf("An answer from port %d that came after conntrack had forgotten the question.", fx.sport)
		f.Summary = "An unanswered UDP request is remembered for 30 s (nf_conntrack_udp_timeout), a conversation for 120 s (nf_conntrack_udp_timeout_stream). What comes later is NEW."
		if fx.dir == inward {
			f.Summary += " It may also answer a question that somebody asked in your name."
		}
		if n := fx.pkt.Length - fx.pkt.L4 - 8; fx.sport == 53 && n > 0 && n < 80 {
			f.Notes = append(f.Notes, fmt.Sprintf("%d bytes of DNS hold little more than the question: an error such as SERVFAIL, sent when the resolver itself gave up; the slow name is the thing to look at", n))
		}
		if fx.sport == 53 && (service(fx.dport) || fx.dport < 1024) {
			return 0.4
		}
		if fx.sport == fx.dport {
			return 0.55
		}
		return 0.8
	},
}
