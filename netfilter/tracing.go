package netfilter

import (
	"strconv"

	"nfwhy/host"
	"nfwhy/packet"
	"nfwhy/trace"
	"nfwhy/xt"
)

// Trace follows the packet of c through all rules from now on, as the TRACE
// target asks. With x_tables each rule that matches writes a kernel log line; with
// nf_tables it is an event for nft monitor trace, which no log shows.
func (n *Netns) Trace(c *xt.Ctx) { n.current().traced = n.host.Backend == host.Legacy }

var _ xt.Tracer = (*Netns)(nil)

// traceRule writes the line of a rule that matched (net/ipv4/netfilter/ip_tables.c:
// trace_packet, get_chainname_rulenum; Linux 6.18). A rule without any condition
// that decides is called what it is at the end of a chain.
func (n *Netns) traceRule(f *flight, ch *chain, r *rule) {
	kind := "rule"
	if r.final {
		kind = "return"
		if ch.builtin {
			kind = "policy"
		}
	}
	n.traceLine(f, ch, kind, r.num)
}

// traceEnd writes the line of the end of a user chain.
func (n *Netns) traceEnd(f *flight, ch *chain) {
	if !f.traced {
		return
	}
	if f.journey != nil {
		f.journey.Steps = append(f.journey.Steps, trace.Step{Hook: f.ctx.Hook, Table: ch.table, Chain: ch.name,
			Text: "end of chain", Matched: trace.Yes, Verdict: trace.Return})
	}
	n.traceLine(f, ch, "return", len(ch.rules)+1)
}

func (n *Netns) traceLine(f *flight, ch *chain, kind string, num int) {
	const flags = packet.LogTCPSeq | packet.LogTCPOptions | packet.LogIPOptions | packet.LogUID
	prefix := "TRACE: " + ch.table + ":" + ch.name + ":" + kind + ":" + strconv.Itoa(num) + " "
	n.logbuf = packet.AppendLog(n.logbuf[:0], f.pkt, f.ctx.In, f.ctx.Out, prefix, flags)
	n.line(4)
}

// final reports whether a rule has no condition and a plain verdict.
func final(x *xt.Rule) bool {
	b := x.Base
	if b.In == "+" && !b.NegIn {
		b.In = ""
	}
	if b.Out == "+" && !b.NegOut {
		b.Out = ""
	}
	return b == (xt.Base{}) && len(x.Parts) == 0 && x.Jump == "" && x.Target.Name == "" && x.Verdict != trace.Continue
}
