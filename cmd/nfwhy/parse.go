package main

import (
	"encoding/json"
	"fmt"
	"sort"
	"time"

	"nfwhy/capture"
	"nfwhy/evidence"
	"nfwhy/packet"
	"nfwhy/report"
	"nfwhy/ruleset"

	"github.com/spf13/cobra"
)

func parseCommand(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "parse [FILE...]",
		Short: "print what is recognised in any evidence, as JSON lines",
		Long: `parse prints one JSON object for each log line, packet and rule that it recognises:
kind, source (file:line), time, fields, and the rest that it could not use. For a
log line the fields have the kernel's own keys, flags as a list in FLAGS, the text
before IN= in PREFIX, and the packet that an ICMP error quotes in INNER. What
looks like evidence and could not be read is listed on standard error.`,
		Example: `  nfwhy parse post.txt
  journalctl -k | nfwhy parse - | jq 'select(.kind == "log") | .fields.SRC'`,
		RunE: func(cmd *cobra.Command, args []string) error { return c.parse(args) },
	}
}

// item is one recognised thing, in the form of the command line's contract.
type item struct {
	Kind   string         `json:"kind"`
	Source string         `json:"source"`
	Time   string         `json:"time,omitempty"`
	Fields map[string]any `json:"fields"`
	Rest   string         `json:"rest,omitempty"`

	file string
	line int
}

func (c *cli) parse(args []string) error {
	if len(args) == 0 {
		args = []string{"-"}
	}
	o, err := c.result()
	if err != nil {
		return err
	}
	enc := json.NewEncoder(o)
	for _, name := range args {
		in, err := c.open(name)
		if err != nil {
			return err
		}
		inputs := []evidence.Input{{Name: name, R: in}}
		e, err := evidence.Read(inputs...)
		closeAll(inputs)
		if err != nil {
			return o.finish(err)
		}
		for _, it := range items(e) {
			if err := enc.Encode(it); err != nil {
				return o.finish(err)
			}
		}
		for _, i := range e.Ignored {
			fmt.Fprintf(c.err, "nfwhy: %s: %q: %s\n", report.Visible(i.Source), i.Text, report.Visible(i.Why))
		}
	}
	return o.finish(nil)
}

// items lists everything recognised in the order of the text.
func items(e *evidence.Evidence) []item {
	var out []item
	for i := range e.Logs {
		out = append(out, logItem(&e.Logs[i]))
	}
	for _, p := range e.Packets {
		out = append(out, packetItem(p))
	}
	for _, f := range e.Files {
		for _, rs := range f.Rulesets() {
			for _, t := range rs.Tables {
				for _, ch := range t.Chains {
					for n, r := range ch.Rules {
						out = append(out, ruleItem(t.Name, ch.Name, n+1, r))
					}
				}
			}
		}
	}
	sort.SliceStable(out, func(i, j int) bool {
		return out[i].file == out[j].file && out[i].line < out[j].line
	})
	return out
}

func logItem(l *evidence.Log) item {
	it := item{Kind: "log", Source: l.Source, Fields: l.Line.Fields(), Rest: l.Line.Rest}
	it.file, it.line = place(l.Source)
	it.Time = l.Line.Time.Text
	return it
}

func packetItem(r *capture.Record) item {
	it := item{Kind: "packet", Source: r.Source(), file: r.File, line: r.Line + r.Number}
	if r.Clock == capture.Epoch {
		it.Time = time.Unix(0, int64(r.Time)).UTC().Format(time.RFC3339Nano)
	} else if r.Clock != capture.NoClock {
		it.Time = time.Unix(0, int64(r.Time)).UTC().Format("15:04:05.000000")
	}
	p := &r.Packet
	f := map[string]any{"summary": string(p.AppendTcpdump(nil, 0)), "length": p.Length, "proto": p.Proto, "src": p.Src().String(), "dst": p.Dst().String()}
	if r.SrcText != "" {
		f["src"] = r.SrcText
	}
	if r.DstText != "" {
		f["dst"] = r.DstText
	}
	if s, d, ok := p.Ports(); ok {
		f["sport"], f["dport"] = s, d
	}
	if t, ok := p.TCP(); ok {
		f["flags"] = packet.FlagNames(t.Flags())
	}
	if r.Iface != "" {
		f["iface"] = r.Iface
	}
	if r.Dir != capture.Unknown {
		f["dir"] = r.Dir.String()
	}
	if r.Untold != 0 {
		f["untold"] = r.Untold.Names()
	}
	it.Fields = f
	return it
}

func ruleItem(table, chain string, n int, r *ruleset.Rule) item {
	words := make([]string, len(r.Words))
	for i, w := range r.Words {
		words[i] = w.Text
	}
	it := item{Kind: "rule", Source: fmt.Sprintf("%s:%d", r.Pos.File, r.Pos.Line), file: r.Pos.File, line: r.Pos.Line,
		Fields: map[string]any{"table": table, "chain": chain, "number": n, "words": words, "text": r.Text}}
	if r.Counted {
		it.Fields["packets"], it.Fields["bytes"] = r.Packets, r.Bytes
	}
	return it
}

// place splits "file:line".
func place(source string) (file string, line int) {
	for i := len(source) - 1; i >= 0; i-- {
		if source[i] == ':' {
			fmt.Sscan(source[i+1:], &line)
			return source[:i], line
		}
	}
	return source, 0
}
