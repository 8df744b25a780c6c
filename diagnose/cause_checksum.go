package diagnose

import (
	"fmt"

	"nfwhy/conntrack"
)

// checksumInvalid: judged corrupt.
var checksumInvalid = analyzer{
	cause: "checksum-invalid",
	doc:   "the packet is judged corrupt, or offload makes a capture look so",
	run: func(x *explanation, f *Finding) float64 {
		t := x.triggerJourney()
		switch t.Reason.Code {
		case conntrack.BadChecksum, conntrack.ICMPChecksum, conntrack.ICMPv6Checksum, conntrack.SCTPChecksum:
		default:
			return 0
		}
		f.Disposition = Elsewhere
		f.Title = fmt.Sprintf("%s has a wrong checksum: conntrack calls it INVALID.", capital(a(describe(t.Packet))))
		f.Summary = "Either it was damaged on the way, or a device or virtual interface left the checksum to hardware that never filled it in."
		f.Missing = append(f.Missing, "ethtool -k IFACE | grep checksum; with checksum offload switched off the same packet is right if only offload is to blame")
		return 0.93
	},
}
