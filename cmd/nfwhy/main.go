// Command nfwhy answers why a packet is in a firewall's log.
//
// Standard output is the answer, standard error everything else. Exit status: 0
// done, nothing to object to; 1 something to object to; 2 bad usage or
// unreadable input; 3 the answer is incomplete; 4 the machine cannot; 130
// interrupted.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// The exit statuses, a contract with scripts.
const (
	exitOK         = 0
	exitObjection  = 1
	exitUsage      = 2
	exitIncomplete = 3
	exitCannot     = 4
	exitInterrupt  = 130
)

// status is an exit status with nothing more to say.
type status int

func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// cannot is a failure of the machine, not of the user.
type cannot struct{ error }

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is main without the process: tests call it.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	defer signal.Stop(interrupted)
	go func() {
		if _, ok := <-interrupted; ok {
			os.Exit(exitInterrupt)
		}
	}()
	c := &cli{in: stdin, out: stdout, err: stderr}
	root := c.root()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	return c.exit(root.Execute())
}

// exit prints an error once, in the form of all programs of the field, and gives
// its status.
func (c *cli) exit(err error) int {
	var s status
	var m cannot
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &s):
		return int(s)
	case errors.Is(err, syscall.EPIPE):
		return exitOK
	}
	for _, line := range strings.Split(strings.TrimRight(err.Error(), "\n"), "\n") {
		fmt.Fprintf(c.err, "nfwhy: %s\n", visible(line))
	}
	if errors.As(err, &m) {
		return exitCannot
	}
	return exitUsage
}

// visible escapes control characters, so that untrusted text cannot drive the
// terminal.
func visible(s string) string {
	clean := true
	for _, r := range s {
		if r < 0x20 && r != '\t' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0xfffd {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r := rune(s[i])
		n := 1
		if r >= 0x80 {
			r, n = decodeRune(s[i:])
		}
		switch {
		case r == 0xfffd && n == 1, r < 0x20 && r != '\t', r == 0x7f, r >= 0x80 && r < 0xa0:
			for _, x := range []byte(s[i : i+n]) {
				fmt.Fprintf(&b, `\x%02x`, x)
			}
		default:
			b.WriteRune(r)
		}
		i += n
	}
	return b.String()
}

// cli is what all subcommands share.
type cli struct {
	in       io.Reader
	out, err io.Writer

	format string
	json   bool
	output string
	color  string
	quiet  bool
}

func (c *cli) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "nfwhy",
		Short: "why is this packet in my firewall log?",
		Long: `nfwhy holds an exact model of Linux netfilter. It replays what happened, tries
what could have provoked it, keeps what reproduces the evidence byte for byte,
and proposes a change whose effect is tested.`,
		Example: `  nfwhy explain post.txt                 rules, log lines and tcpdump text, as pasted
  nfwhy explain rules.v4 kern.log        the same from files
  nfwhy replay --rules rules.v4 eth0.pcap`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return cmd.Help()
		},
	}
	pf := root.PersistentFlags()
	pf.StringVar(&c.format, "format", "text", "output format")
	pf.BoolVar(&c.json, "json", false, "short for --format json")
	pf.StringVarP(&c.output, "output", "o", "", "write the result to `FILE`")
	pf.StringVar(&c.color, "color", "auto", "colour: auto, always or never; NO_COLOR is honoured")
	pf.BoolVarP(&c.quiet, "quiet", "q", false, "no progress, no summary on standard error")
	root.CompletionOptions.HiddenDefaultCmd = false
	for _, sub := range subcommands {
		root.AddCommand(sub(c))
	}
	return root
}

// subcommands lists the constructors, one file each.
var subcommands = []func(*cli) *cobra.Command{
	explainCommand,
	fmtCommand,
	labCommand,
	modelCommand,
	parseCommand,
	probeCommand,
	replayCommand,
	versionCommand,
}
