package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

// labFlags are those of the lab's commands beside replay's.
type labFlags struct {
	replayFlags
	pace     string
	maxGap   time.Duration // between two packets, concluded from pace; -1 for no limit
	fast     bool
	noShrink bool
	generate int
	seed     uint64
	features string
	check    bool
}

func labCommand(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lab",
		Short: "ask the real kernel, in a throw-away host",
		Long: `The lab's commands build a host of its own in a network namespace of this
machine's kernel, with the rules loaded, and ask that. It needs root, and the
commands iptables, ip6tables, ipset and conntrack. Nothing of the machine's own
network is touched, and everything is gone when the command ends. While it runs,
LOG rules of all namespaces write to the kernel log (nf_log_all_netns); after a
kill -9 the next lab puts that back.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return cmd.Help() },
	}
	cmd.AddCommand(labReplayCommand(c), labCompareCommand(c), labRunCommand(c), labShellCommand(c))
	return cmd
}

const paceHelp = `  --pace fast      send packets as fast as they are taken (the default); limits and
                   timeouts then see next to no time pass
  --pace real      wait between packets as long as in the capture
  --pace 500ms     the same, but never longer than that at once`

func labReplayCommand(c *cli) *cobra.Command {
	var f labFlags
	cmd := &cobra.Command{
		Use:   "replay --rules FILE CAPTURE...",
		Short: "run a capture through the rules on the real kernel",
		Long: `lab replay is replay with the kernel's answers: the same flags, files and lines.
Verdict, connection state and the rule that decided are what the kernel's own
trace tells. Links are Ethernet here, and a packet that was captured without a
link header gets one, which LOG shows as MAC=.

` + paceHelp,
		Example: `  nfwhy lab replay --rules rules.v4 eth0.pcap
  nfwhy lab replay --rules rules.v4 --format none --save after.rules --kernel-log - eth0.pcapng`,
		RunE: func(cmd *cobra.Command, args []string) error { return c.labReplay(args, &f) },
	}
	f.replayFlags.add(cmd)
	f.addPace(cmd)
	return cmd
}

func (f *labFlags) addPace(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.pace, "pace", "fast", "time between packets: `fast|real|DURATION`")
}

// readPace settles maxGap.
func (f *labFlags) readPace() error {
	switch f.pace {
	case "fast":
		f.maxGap = 0
	case "real":
		f.maxGap = -1
	default:
		d, err := time.ParseDuration(f.pace)
		if err != nil || d < 0 {
			return fmt.Errorf("--pace: %q (expected fast, real or a duration such as 500ms)", f.pace)
		}
		f.maxGap = d
	}
	return nil
}

func labCompareCommand(c *cli) *cobra.Command {
	var f labFlags
	cmd := &cobra.Command{
		Use:   "compare [--rules FILE CAPTURE... | CASE.txtar... | --generate N]",
		Short: "where do the engine and the kernel differ?",
		Long: `lab compare puts the same question to the kernel and to nfwhy's own engine and
prints where the answers differ: log lines, departing packets byte by byte, rule
counters, the connection table. What the kernel draws at random is left out. A
difference is made small: packets and rules that it does not need are taken
away. What is printed then is a case to report, in the form that lab run and lab
compare read: rules, packets, the kernel's answer, and the differences on top.

The question is a capture with rules, cases of that form, or --generate N drawn
at random. Of several that differ, text shows the first and names the others;
JSON has all. The exit status is 1 when something differs.

` + paceHelp,
		Example: `  nfwhy lab compare --rules rules.v4 eth0.pcap
  nfwhy lab compare -o case.txtar --rules rules.v4 eth0.pcap
  nfwhy lab compare case.txtar
  nfwhy lab compare --generate 1000 --features all`,
		RunE: func(cmd *cobra.Command, args []string) error { return c.labCompare(args, &f) },
	}
	fl := cmd.Flags()
	fl.StringArrayVar(&f.rules, "rules", nil, "`FILE` with the rules, iptables-save or commands (repeat, e.g. for IPv6)")
	fl.BoolVar(&f.noShrink, "whole", false, "print the whole case, not a small one")
	fl.IntVar(&f.generate, "generate", 0, "draw `N` cases at random")
	fl.Uint64Var(&f.seed, "seed", 1, "`NUMBER` of the first case drawn")
	fl.StringVar(&f.features, "features", "core", "what to draw: core, all, or words such as `'ipv6 nat fragments'`")
	fl.BoolVar(&f.fast, "fast", false, "change more settings of the machine meanwhile, for speed (a machine that does nothing else)")
	f.host.add(cmd)
	f.addPace(cmd)
	fl.SortFlags = false
	return cmd
}

func labRunCommand(c *cli) *cobra.Command {
	var f labFlags
	cmd := &cobra.Command{
		Use:   "run CASE.txtar...",
		Short: "put written cases to the real kernel",
		Long: `lab run reads cases in the lab's own form (a host, its rules, packets), runs them
on the kernel and prints the answers: as text for people, as --format txtar the
case with the kernel's answer in it, or as JSON. With --check, answers that the
files hold are compared with the new ones; the exit status is 1 when they differ.`,
		Example: `  nfwhy lab run case.txtar
  nfwhy lab run --format txtar -o recorded.txtar case.txtar
  nfwhy lab run --check recorded.txtar`,
		RunE: func(cmd *cobra.Command, args []string) error { return c.labRun(args, &f) },
	}
	cmd.Flags().BoolVar(&f.check, "check", false, "compare with the answers recorded in the files")
	return cmd
}

func labShellCommand(c *cli) *cobra.Command {
	var f labFlags
	cmd := &cobra.Command{
		Use:   "shell [--rules FILE] [CASE.txtar] [-- COMMAND...]",
		Short: "a shell in a host with the rules loaded",
		Long: `lab shell builds a host with the rules loaded and drops you into it, or runs a
command there. At the other end of each link is a network namespace, named after
it (peer-eth0), with a default route to the host. Lines that LOG rules write are
shown as they come. When the shell or command ends, everything that it started
ends too, and the host is gone.

The host is the one that flags or a case describe; without addresses it has the
interfaces that the rules name with addresses out of 10.67.0.0/16 and fd67::/16,
else eth0 and eth1.`,
		Example: `  nfwhy lab shell --rules rules.v4
  nfwhy lab shell --rules rules.v4 --addr 192.0.2.1/24@eth0 -- iptables -L -v
  nfwhy lab shell --rules rules.v4 -- nfwhy probe --from peer-eth0 --syn --ack -p 3594 -s 80 10.67.1.1`,
		RunE: func(cmd *cobra.Command, args []string) error {
			dash := cmd.ArgsLenAtDash()
			if dash < 0 {
				dash = len(args)
			}
			return c.labShell(args[:dash], args[dash:], &f)
		},
	}
	fl := cmd.Flags()
	fl.StringArrayVar(&f.rules, "rules", nil, "`FILE` with the rules, iptables-save or commands (repeat, e.g. for IPv6)")
	f.host.add(cmd)
	fl.SortFlags = false
	return cmd
}
