package diagnose

import (
	"fmt"
)

// limitHides: a limit decides which packets show.
var limitHides = analyzer{
	cause: "log-limit-hides",
	doc:   "a limit decides which packets appear in the log",
	run: func(x *explanation, f *Finding) float64 {
		if x.repeat < 2 && !x.limited() {
			return 0
		}
		f.Disposition = Harmless
		f.Title = "A limit decides which of these packets are logged."
		f.Summary = "The rule writes a line for some of the packets only; there are more than the log shows."
		if x.repeat > 1 {
			f.Summary = fmt.Sprintf("The first %d such packets in a row write no line (a limit lets them pass by the LOG rule); the log shows what comes beyond.", x.repeat-1)
			return 0.35
		}
		return 0.1
	},
}

// limited reports whether the rule that wrote the line has a limit.
func (x *explanation) limited() bool {
	_, st := x.line()
	if st == nil {
		return false
	}
	for _, t := range st.Terms {
		if t.Part == "limit" || t.Part == "hashlimit" {
			return true
		}
	}
	return false
}
