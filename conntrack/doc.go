// Package conntrack is an exact, deterministic model of Linux connection
// tracking (nf_conntrack), as Linux 6.18 behaves.
//
// A [Table] is one network namespace's table. A packet is handed to [Table.In]
// where the kernel has its conntrack hook (PREROUTING, OUTPUT) and to
// [Table.Confirm] where the kernel confirms (last in INPUT and POSTROUTING); in
// between it carries a [Ref], the kernel's skb->_nfct. What a rule can see of it
// is [Ref.State], the [Info] (direction) and the entry itself, a [Conn].
//
//	t := conntrack.NewTable(conntrack.DefaultSysctl())
//	var r conntrack.Ref
//	out := t.In(p, &r, packet.Prerouting, now)
//	if r.State() == conntrack.StateInvalid {
//		fmt.Println(out.Reason.Text())
//	}
//	t.Confirm(p, &r, packet.Postrouting, now)
//	t.Release(p, &r)
//
// Every packet that the tracker refuses or looks away from has a [Reason]: the
// words the kernel writes for it with nf_conntrack_log_invalid, and a sentence
// for people. NAT decisions are made by [Table.Bind] and applied by
// [Table.Translate]; helpers ([Helpers]) read payloads and register
// expectations.
//
// The package promises: the same packets at the same times give the same
// answers; no allocation per packet once the table has its size; no panic
// whatever the bytes are; memory bounded by nf_conntrack_max. Time is the
// packets' own; it is counted in the kernel's ticks ([packet.JiffyHz]) where the
// kernel counts in ticks. It does not decide whether tracking is on at all
// (that is ruleset content), does not reassemble fragments, and knows no rules,
// interfaces or routes.
//
// A Table is not safe for concurrent use; [Table.Fork] makes an independent copy.
package conntrack
