package main

import (
	"fmt"
	"strings"

	"nfwhy/xt"

	"github.com/spf13/cobra"
)

// modelCommand is the help topic "model": what is modelled, read off the code.
func modelCommand(*cli) *cobra.Command {
	return &cobra.Command{
		Use:   "model",
		Short: "what is modelled, partly, and not (a help topic)",
		Long:  modelText(),
	}
}

func modelText() string {
	var b strings.Builder
	b.WriteString(`What nfwhy models of netfilter (Linux 6.18, iptables 1.8.9). Where a rule uses
something that is not, or only partly, modelled, the answer says so, names the
rule, and shows every outcome that is left open.

Tables raw, mangle, nat, filter, security on all hooks, IPv4 and IPv6; connection
tracking of TCP, UDP, UDP-Lite, ICMP, ICMPv6, SCTP, GRE and other protocols.

`)
	for _, d := range []struct {
		model xt.Fidelity
		title string
	}{{xt.Exact, "Exact"}, {xt.Partly, "Partly: what is not known is said behind the name"}, {xt.Unmodelled, "Not: such a rule parses and prints, its meaning is unknown"}} {
		fmt.Fprintf(&b, "%s\n", d.title)
		for _, target := range []bool{false, true} {
			appendExtensions(&b, d.model, target)
		}
		b.WriteByte('\n')
	}
	b.WriteString("Any other match or target is kept and printed as written; a packet that meets it\nhas an unknown outcome.\n")
	return b.String()
}

func appendExtensions(b *strings.Builder, model xt.Fidelity, target bool) {
	kind, one := "matches", "match"
	if target {
		kind, one = "targets", "target"
	}
	var names []string
	for _, e := range xt.Extensions {
		if e.Model != model || e.IsTarget != target {
			continue
		}
		name := e.Name
		switch e.Families {
		case xt.Fam4:
			name += " (IPv4)"
		case xt.Fam6:
			name += " (IPv6)"
		}
		if model != xt.Exact {
			fmt.Fprintf(b, "  %-8s %-18s %s\n", one, name, e.Gap)
			continue
		}
		names = append(names, name)
	}
	line := "  " + kind + ":"
	for i, n := range names {
		if i < len(names)-1 {
			n += ","
		}
		if len(line)+1+len(n) > 80 {
			b.WriteString(line + "\n")
			line = "   "
		}
		line += " " + n
	}
	if len(names) > 0 {
		b.WriteString(line + "\n")
	}
}
