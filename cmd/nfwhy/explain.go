package main

import (
	"fmt"
	"io"
	"os"

	"nfwhy/diagnose"
	"nfwhy/evidence"
	"nfwhy/host"
	"nfwhy/prose"
	"nfwhy/report"

	"github.com/spf13/cobra"
)

func explainCommand(c *cli) *cobra.Command {
	var (
		hf                    hostFlags
		rules, logs, captures []string
		opt                   diagnose.Options
		level                 string
	)
	cmd := &cobra.Command{
		Use:   "explain [FILE...]",
		Short: "why are these packets in the log?",
		Long: `explain reads any mix of rules, kernel log lines, captures and tcpdump text, each
file's kind found from its content; one text may hold all of it among prose. It
replays the evidence, tries what could have led to each line, and prints the
cause, the history, what was ruled out, who is at the other end, and a tested
fix. "-" is standard input.

The words it uses: proven means that the evidence itself, replayed, gives the
line by the rules given; likely, that of all histories tried those of this cause
give the line and others do not or are much rarer; possible, that other causes
give it as well, or that too much had to be assumed. Where only the name, the log
prefix, the commands or the status of a program are there that writes firewalls
(ufw, firewalld, Shorewall, Docker ...), its rules are modelled and the answer
says so.`,
		Example: `  nfwhy explain post.txt                      a whole forum post, prose and all
  nfwhy explain /etc/iptables/rules.v4 kern.log eth0.pcap
  dmesg | nfwhy explain --rules rules.v4 -    log lines from a pipe
  nfwhy explain --json post.txt | jq .findings[0].cause`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.explain(args, rules, logs, captures, hf, opt, level)
		},
	}
	fl := cmd.Flags()
	fl.StringArrayVar(&rules, "rules", nil, "read `FILE` as rules (repeat)")
	fl.StringArrayVar(&logs, "log", nil, "read `FILE` as log lines (repeat)")
	fl.StringArrayVar(&captures, "capture", nil, "read `FILE` as a capture (repeat)")
	fl.IntVar(&opt.Line, "line", 0, "explain only the log line of line `N` of its file")
	fl.IntVar(&opt.Packet, "packet", 0, "explain only packet `N` of the capture")
	fl.StringVar(&level, "explain-level", "normal", "how much to say: `brief|normal|full`")
	hf.add(cmd)
	return cmd
}

var levels = map[string]report.Level{"brief": report.Brief, "normal": report.Normal, "full": report.Full}

func (c *cli) explain(args, rules, logs, captures []string, hf hostFlags, opt diagnose.Options, level string) error {
	format, err := c.formatOf("text", "json")
	if err != nil {
		return err
	}
	lv, ok := levels[level]
	if !ok {
		return fmt.Errorf("explain: --explain-level %q (expected brief, normal or full)", level)
	}
	if len(args)+len(rules)+len(logs)+len(captures) == 0 {
		return fmt.Errorf("explain: no file (expected FILE..., or - for standard input)")
	}
	var inputs []evidence.Input
	var texts []*said
	var files []io.Reader
	defer func() {
		for _, r := range files {
			if f, ok := r.(*os.File); ok && f != os.Stdin {
				f.Close()
			}
		}
	}()
	for _, set := range []struct {
		kind  evidence.Kind
		names []string
	}{{evidence.Rules, rules}, {evidence.Auto, args}, {evidence.Logs, logs}, {evidence.Capture, captures}} {
		for _, name := range set.names {
			r, err := c.open(name)
			if err != nil {
				return err
			}
			said := &said{name: name, r: r}
			texts = append(texts, said)
			inputs = append(inputs, evidence.Input{Name: name, Kind: set.kind, R: said.reader()})
			files = append(files, r)
		}
	}
	e, err := evidence.Read(inputs...)
	if err != nil {
		return err
	}
	var h host.Host
	told, err := hf.apply(&h)
	if err != nil {
		return err
	}
	e.AddRules(&h, hf.family)
	if !told {
		e.InferHost(&h)
	}
	for _, t := range texts {
		opt.Text = append(opt.Text, t.lines()...)
	}
	r, err := diagnose.Explain(e, &h, opt)
	if err != nil {
		return err
	}
	out, err := c.result()
	if err != nil {
		return err
	}
	if format == "json" {
		err = report.JSON(out, r)
	} else {
		err = report.Text(out, r, c.colored(), lv)
	}
	if err = out.finish(err); err != nil {
		return err
	}
	switch {
	case len(r.Gaps) > 0:
		return status(exitIncomplete)
	case r.Explained < r.Subjects:
		return status(exitObjection)
	}
	return nil
}

// said keeps the beginning of an input, for what a text says in words.
type said struct {
	name string
	r    io.Reader
	kept []byte
	at   int64 // where in the input the next byte comes from
}

// maxSaid is how much of an input is looked at for words.
const maxSaid = 4 << 20

// Read reads on and keeps what there is room for.
func (s *said) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if room := maxSaid - len(s.kept); room > 0 && s.at == int64(len(s.kept)) {
		s.kept = append(s.kept, p[:min(room, n)]...)
	}
	s.at += int64(n)
	return n, err
}

// seekable is a said whose input can be read again.
type seekable struct {
	*said
	io.Seeker
}

// Seek goes to another place of the input.
func (s seekable) Seek(offset int64, whence int) (int64, error) {
	at, err := s.Seeker.Seek(offset, whence)
	if err == nil {
		s.at = at
	}
	return at, err
}

// reader is what evidence reads from.
func (s *said) reader() io.Reader {
	if k, ok := s.r.(io.Seeker); ok {
		return seekable{s, k}
	}
	return s
}

// lines returns the text line by line, nothing of what is no text.
func (s *said) lines() []prose.Line { return prose.Lines(s.name, s.kept) }
