package diagnose

import (
	"fmt"

	"nfwhy/generator"
	"nfwhy/trace"
)

// logPrefixLies: the line sounds like a refusal, the packet went on.
var logPrefixLies = analyzer{
	cause: "log-prefix-lies",
	doc:   "the LOG text is no verdict: the packet was accepted, or decided elsewhere",
	run: func(x *explanation, f *Finding) float64 {
		fx := x.facts()
		if fx.j.Origin == trace.Made || fx.line == nil {
			return 0
		}
		audit := fx.prefix.Claim == generator.Audits
		if !fx.accepted && !audit {
			return 0
		}
		f.Disposition = Harmless
		f.Title = "The line is no refusal: the packet was let through."
		f.Summary = "LOG only writes and goes on with the next rule; here the packet was " + ending(fx.j) + "."
		switch {
		case audit && fx.refused:
			f.Title = "The line is no verdict: it is written for every packet, before any rule decides."
			f.Summary = "What became of the packet shows in another line, or in none: here it was " + ending(fx.j) + "."
			return 0.91
		case audit:
			return 0.93
		case fx.prefix.Claim == generator.Drops || fx.prefix.Claim == generator.Rejects:
			f.Summary = fmt.Sprintf("The words %q are only the prefix that somebody gave to the rule. ", fx.prefix.Text) + f.Summary
			return 0.95
		case fx.prefix.Claim == generator.Accepts:
			return 0.9
		}
		if fx.assumedVerdict {
			return 0.2
		}
		return 0.86
	},
}
