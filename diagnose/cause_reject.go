package diagnose

import (
	"fmt"

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
