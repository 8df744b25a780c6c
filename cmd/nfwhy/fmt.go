package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"nfwhy/host"
	"nfwhy/packet"
	"nfwhy/ruleset"
	"nfwhy/xt"

	"github.com/spf13/cobra"
)

type fmtFlags struct {
	as       string
	counters bool
	check    bool
	inPlace  bool
	family   int
}

func fmtCommand(c *cli) *cobra.Command {
	var f fmtFlags
	cmd := &cobra.Command{
		Use:   "fmt [FILE]",
		Short: "print a ruleset as iptables-save would",
		Long: `fmt prints the ruleset as iptables-save (1.8.9, nft back end) would after a restore
of FILE, without comment lines and counters. It reads iptables-save output, -A
fragments, iptables commands, listings of iptables -L and shell scripts.`,
		Example: `  nfwhy fmt rules.v4
  nfwhy fmt --as commands rules.v4        iptables commands that build it
  nfwhy fmt --check rules.v4              exit 1 if it would change
  iptables -L -n -v | nfwhy fmt -`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name := "-"
			if len(args) == 1 {
				name = args[0]
			}
			return c.fmt(name, f)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.as, "as", "save", "form to print: save, commands, listing or json")
	fl.BoolVarP(&f.counters, "counters", "c", false, "keep the counters")
	fl.BoolVar(&f.check, "check", false, "print nothing, exit 1 if the file would change")
	fl.BoolVar(&f.inPlace, "in-place", false, "write the result to FILE")
	fl.IntVar(&f.family, "family", 0, "IP family of rules that do not tell: 4 or 6")
	return cmd
}

func (c *cli) fmt(name string, f fmtFlags) error {
	switch f.as {
	case "save", "commands", "listing", "json":
	default:
		return fmt.Errorf("--as: %q (expected save, commands, listing or json)", f.as)
	}
	if f.inPlace && name == "-" {
		return fmt.Errorf("fmt: --in-place needs a file")
	}
	in, err := c.open(name)
	if err != nil {
		return err
	}
	data, err := io.ReadAll(in)
	if closer, ok := in.(io.Closer); ok && name != "-" {
		closer.Close()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	out, err := formatRules(name, data, f)
	if err != nil {
		return err
	}
	switch {
	case f.check:
		if !bytes.Equal(out, data) {
			return status(exitObjection)
		}
		return nil
	case f.inPlace:
		if bytes.Equal(out, data) {
			return nil
		}
		o, err := create(name)
		if err != nil {
			return err
		}
		_, err = o.Write(out)
		return o.finish(err)
	}
	o, err := c.result()
	if err != nil {
		return err
	}
	_, err = o.Write(out)
	return o.finish(err)
}

// formatRules parses, checks and prints a ruleset.
func formatRules(name string, data []byte, f fmtFlags) ([]byte, error) {
	var opts []ruleset.Option
	if f.family != 0 {
		opts = append(opts, ruleset.Family(f.family))
	}
	file, err := ruleset.Parse(name, data, opts...)
	if err != nil {
		return nil, err
	}
	var out []byte
	for _, rs := range file.Rulesets() {
		printer, err := compileAll(rs)
		if err != nil {
			return nil, err
		}
		switch f.as {
		case "save":
			out = rs.AppendSave(out, printer.text, f.counters)
		case "commands":
			out = appendCommands(out, rs, printer)
		case "listing":
			out = appendListing(out, rs, printer, f.counters)
		case "json":
			if out, err = appendRulesJSON(out, rs, printer); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// compiled are the rules of a ruleset, understood.
type compiled map[*ruleset.Rule]*xt.Rule

func (m compiled) text(r *ruleset.Rule) string { return strings.TrimSpace(m[r].Save()) }

func familyOf(rs *ruleset.Ruleset) packet.Family {
	if rs.Family == 6 {
		return packet.IPv6
	}
	return packet.IPv4
}

// compileAll understands every rule; all errors are reported at once.
func compileAll(rs *ruleset.Ruleset) (compiled, error) {
	env := xt.Env{Family: familyOf(rs), Backend: host.NFT, HasChain: func(table, chain string) bool {
		t := rs.Table(table)
		return t != nil && t.Chain(chain) != nil
	}}
	m := compiled{}
	var errs []error
	for _, t := range rs.Tables {
		for _, c := range t.Chains {
			for _, r := range c.Rules {
				x, err := xt.Compile(r, env)
				if err != nil {
					errs = append(errs, err)
					continue
				}
				m[r] = x
			}
		}
	}
	return m, errors.Join(errs...)
}

// appendCommands writes the iptables commands that build the rules.
func appendCommands(out []byte, rs *ruleset.Ruleset, m compiled) []byte {
	prog := "iptables"
	if rs.Family == 6 {
		prog = "ip6tables"
	}
	for _, b := range ruleset.BuiltinChains {
		t := rs.Table(b.Table)
		if t == nil {
			continue
		}
		with := prog
		if t.Name != "filter" {
			with += " -t " + t.Name
		}
		for _, c := range t.Chains {
			switch {
			case !c.Builtin:
				out = fmt.Appendf(out, "%s -N %s\n", with, c.Name)
			case c.PolicySet && c.Policy != "":
				out = fmt.Appendf(out, "%s -P %s %s\n", with, c.Name, c.Policy)
			}
		}
		for _, c := range t.Chains {
			for _, r := range c.Rules {
				out = append(out, strings.TrimRight(fmt.Sprintf("%s -A %s %s", with, c.Name, m.text(r)), " ")+"\n"...)
			}
		}
	}
	return out
}

type rulesJSON struct {
	Family int         `json:"family"`
	Tables []tableJSON `json:"tables"`
}

type tableJSON struct {
	Name   string      `json:"name"`
	Chains []chainJSON `json:"chains"`
}

type chainJSON struct {
	Name    string     `json:"name"`
	Policy  string     `json:"policy,omitempty"`
	Packets uint64     `json:"packets"`
	Bytes   uint64     `json:"bytes"`
	Rules   []ruleJSON `json:"rules"`
}

type ruleJSON struct {
	Number  int        `json:"number"`
	Source  string     `json:"source"`
	Text    string     `json:"text"`
	Packets uint64     `json:"packets"`
	Bytes   uint64     `json:"bytes"`
	Parts   []partJSON `json:"parts"`
	Target  string     `json:"target,omitempty"`
	Goto    bool       `json:"goto,omitempty"`
	Origin  string     `json:"origin,omitempty"`
	Hidden  []string   `json:"hidden,omitempty"`
}

type partJSON struct {
	Match   string `json:"match"`
	Modeled bool   `json:"modelled"`
}

func appendRulesJSON(out []byte, rs *ruleset.Ruleset, m compiled) ([]byte, error) {
	doc := rulesJSON{Family: int(familyOf(rs)), Tables: []tableJSON{}}
	for _, t := range rs.Tables {
		tj := tableJSON{Name: t.Name, Chains: []chainJSON{}}
		for _, c := range t.Chains {
			cj := chainJSON{Name: c.Name, Policy: c.Policy, Packets: c.Packets, Bytes: c.Bytes, Rules: []ruleJSON{}}
			for i, r := range c.Rules {
				cj.Rules = append(cj.Rules, ruleAsJSON(i+1, r, m[r]))
			}
			tj.Chains = append(tj.Chains, cj)
		}
		doc.Tables = append(doc.Tables, tj)
	}
	b, err := json.MarshalIndent(doc, "", "  ")
	return append(append(out, b...), '\n'), err
}

func ruleAsJSON(n int, r *ruleset.Rule, x *xt.Rule) ruleJSON {
	j := ruleJSON{Number: n, Source: r.Pos.String(), Text: x.Save(), Packets: r.Packets, Bytes: r.Bytes, Parts: []partJSON{}, Goto: x.Goto}
	for _, p := range x.Parts {
		j.Parts = append(j.Parts, partJSON{p.Name, p.Gap() == ""})
	}
	switch {
	case x.Jump != "":
		j.Target = x.Jump
	case x.Target.Name != "":
		j.Target = x.Target.Name
	case x.Verdict != 0:
		j.Target = x.Verdict.String()
	}
	return j
}
