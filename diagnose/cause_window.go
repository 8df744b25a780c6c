package diagnose

import (
	"fmt"

	"nfwhy/conntrack"
	"nfwhy/packet"
)

// outOfWindow: the connection exists, the segment does not fit it.
var outOfWindow = analyzer{
	cause: "out-of-window",
	doc:   "a connection exists, but the segment's sequence or acknowledgement lies outside the tracked window",
	run: func(x *explanation, f *Finding) float64 {
		t := x.triggerJourney()
		fl, ok := tcpFlags(t)
		if !ok || !isInvalid(t) || x.hyp == nil && !t.Reason.Invalid() {
			return 0
		}
		known := x.facts().entry() != nil
		window := t.Reason.Code == conntrack.TCPSeqOver || t.Reason.Code == conntrack.TCPAckOver || t.Reason.Code == conntrack.TCPInvalidRST
		if !known && (x.rec == nil && (x.hyp == nil || x.hyp.Kind != kindWindow) || x.rec != nil && !window) {
			return 0
		}
		f.Disposition = Elsewhere
		f.Title = fmt.Sprintf("%s belongs to a connection but lies outside its window.", capital(a(describe(t.Packet))))
		f.Summary = "Conntrack follows sequence numbers and windows; this segment's do not fit (" + t.Reason.Text() + "), so it is INVALID although the connection is known. Without an entry it would have been NEW, not INVALID. Devices that change sequence numbers, lost window scaling or packets that took another way do this."
		f.Missing = append(f.Missing, "sysctl -w net.netfilter.nf_conntrack_log_invalid=6, then dmesg: the kernel says which bound was crossed")
		if known {
			f.Notes = append(f.Notes, "the connection table given has an entry for it")
			return 0.92
		}
		if fl&(packet.FIN|packet.RST|packet.SYN) == 0 {
			return 0.85
		}
		return 0.6
	},
}
