package evidence

import (
	"strconv"
	"strings"

	"nfwhy/packet"
)

// Trace is one line of what the TRACE target leads to: a rule, or the end of a
// chain, that a packet came to. There are three forms: the kernel log's of
// iptables-legacy, xtables-monitor's and nft monitor's.
type Trace struct {
	Source, Text string
	ID           string // of the packet; "" in the kernel log
	Family       string // "ip", "ip6", "inet" ...; "" when the line does not tell
	Table, Chain string
	// Kind is "rule", "return" (end of a user chain), "policy", or "packet" for a
	// line that shows the packet only.
	Kind    string
	Rule    int    // its number; for return and policy one more than there are rules
	Handle  string // nft's number of the rule, "" when not told
	Verdict string // "" when not told
	Says    string // the rule's text, or the packet in nft's words
	// Packet is the packet; nil when the line does not show it as LOG does.
	Packet *packet.LogLine
}

// traceOf recognises the kernel log's form, "TRACE: filter:INPUT:rule:3 IN=...",
// and the line with the packet that xtables-monitor writes.
func traceOf(s string, l *packet.LogLine) (Trace, bool) {
	x := Trace{Text: s}
	if _, rest, ok := strings.Cut(l.Prefix, "TRACE: "); ok {
		f := strings.Split(strings.TrimSpace(rest), ":")
		if len(f) != 4 {
			return x, false
		}
		line := *l
		x.Table, x.Chain, x.Kind, x.Packet = f[0], f[1], f[2], &line
		x.Rule, _ = strconv.Atoi(f[3])
		return x, true
	}
	if i := strings.Index(l.Prefix, "PACKET: "); i >= 0 {
		w := strings.Fields(l.Prefix[i:])
		if len(w) < 3 {
			return x, false
		}
		line := *l
		x.Kind, x.ID, x.Packet = "packet", w[2], &line
		return x, true
	}
	return x, false
}

// readTrace recognises the forms that are no LOG lines.
func readTrace(s string) (Trace, bool) {
	if i := strings.Index(s, "trace id "); i >= 0 && i < 40 {
		return readNftTrace(s, s[i+len("trace id "):])
	}
	if i := strings.Index(s, "TRACE: "); i >= 0 && i < 80 {
		return readXtablesTrace(s, s[i+len("TRACE: "):])
	}
	return Trace{}, false
}

// readXtablesTrace reads xtables-monitor's "TRACE: 2 fc475095
// raw:PREROUTING:rule:0x3:CONTINUE -4 -t raw -A PREROUTING -p icmp -j TRACE".
func readXtablesTrace(s, rest string) (Trace, bool) {
	w := strings.SplitN(rest, " ", 4)
	if len(w) < 3 {
		return Trace{}, false
	}
	f := strings.Split(strings.TrimSpace(w[2]), ":")
	if len(f) < 4 {
		return Trace{}, false
	}
	x := Trace{Text: s, ID: w[1], Table: f[0], Chain: f[1], Kind: f[2], Family: map[string]string{"2": "ip", "10": "ip6"}[w[0]]}
	x.Handle = f[3]
	if len(f) > 4 {
		x.Verdict = f[4]
	}
	if x.Kind == "policy" || x.Kind == "return" {
		x.Handle, x.Verdict = "", f[3]
	}
	if len(w) > 3 {
		x.Says = strings.TrimSpace(w[3])
	}
	return x, true
}

// readNftTrace reads "ID FAMILY TABLE CHAIN packet: ...", "... rule TEXT (verdict
// V)", "... verdict V", "... policy V" of nft monitor trace.
func readNftTrace(s, rest string) (Trace, bool) {
	w := strings.SplitN(strings.TrimSpace(rest), " ", 6)
	if len(w) < 5 || len(w[0]) == 0 {
		return Trace{}, false
	}
	if _, err := strconv.ParseUint(w[0], 16, 64); err != nil {
		return Trace{}, false
	}
	x := Trace{Text: s, ID: w[0], Family: w[1], Table: w[2], Chain: w[3]}
	if len(w) > 5 {
		x.Says = w[5]
	}
	switch w[4] {
	case "packet:":
		x.Kind = "packet"
	case "rule":
		x.Kind = "rule"
		if i := strings.LastIndex(x.Says, " (verdict "); i >= 0 {
			x.Verdict = strings.TrimSuffix(strings.TrimSpace(x.Says[i+len(" (verdict "):]), ")")
			x.Says = x.Says[:i]
		}
		if i := strings.LastIndex(x.Says, "# handle "); i >= 0 {
			x.Handle = strings.TrimSpace(x.Says[i+len("# handle "):])
		}
	case "verdict":
		x.Kind, x.Verdict, x.Says = "return", x.Says, ""
	case "policy":
		x.Kind, x.Verdict, x.Says = "policy", x.Says, ""
	default:
		return Trace{}, false
	}
	return x, true
}

// keepTrace keeps the first lines.
func (e *Evidence) keepTrace(x *Trace) {
	e.events++
	if len(e.Traces) < maxMessages {
		e.Traces = append(e.Traces, *x)
	}
}
