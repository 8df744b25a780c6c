package diagnose

import (
	"fmt"

	"nfwhy/trace"
)

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
