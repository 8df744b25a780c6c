package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"nfwhy/capture"
	"nfwhy/conntrack"
	"nfwhy/evidence"
	"nfwhy/host"
	"nfwhy/packet"
	"nfwhy/replay"
	"nfwhy/ruleset"
	"nfwhy/trace"

	"github.com/spf13/cobra"
)

type replayFlags struct {
	rules                                      []string
	kernelLog, save, conntrack, emit, annotate string
	host                                       hostFlags
}

func replayCommand(c *cli) *cobra.Command {
	var f replayFlags
	cmd := &cobra.Command{
		Use:   "replay --rules FILE CAPTURE...",
		Short: "run a capture through the rules as the kernel would",
		Long: `replay runs every packet of a capture (pcap, pcapng, tcpdump text, also gzip, xz or
zstd) through the rules, with the capture's clock, and prints a line per packet:
tcpdump's notation, the verdict, the connection state, the rule that decided.
A packet's direction comes from the capture when it tells, else from the host's
addresses. A packet that the simulated firewall has sent itself is recognised and
not sent twice.`,
		Example: `  nfwhy replay --rules rules.v4 eth0.pcap
  nfwhy replay --rules rules.v4 --addr 192.0.2.1/24@eth0 --format none --save after.rules --kernel-log - eth0.pcapng
  nfwhy replay --rules rules.v4 --annotate fate.pcapng eth0.pcapng     then open fate.pcapng in Wireshark`,
		RunE: func(cmd *cobra.Command, args []string) error { return c.replay(args, f) },
	}
	f.add(cmd)
	return cmd
}

// add defines the flags, for those who replay by other means too.
func (f *replayFlags) add(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringArrayVar(&f.rules, "rules", nil, "`FILE` with the rules, iptables-save or commands (repeat, e.g. for IPv6)")
	fl.StringVar(&f.kernelLog, "kernel-log", "", "write every LOG line, as the kernel prints it after its timestamp, to `FILE`")
	fl.StringVar(&f.save, "save", "", "write the rules with counters, as iptables-save -c, to `FILE`")
	fl.StringVar(&f.conntrack, "conntrack", "", "write the connection table after the last packet, as conntrack -L, to `FILE`")
	fl.StringVar(&f.emit, "emit", "", "write every packet that leaves the host to the pcapng `FILE`")
	fl.StringVar(&f.annotate, "annotate", "", "write all packets, each with its fate as a comment, to the pcapng `FILE`")
	f.host.add(cmd)
	addHostFlagsLast(cmd)
}

// addHostFlagsLast keeps the help in the order in which flags were defined.
func addHostFlagsLast(cmd *cobra.Command) { cmd.Flags().SortFlags = false }

// replayRun is one run of the command.
type replayRun struct {
	c      *cli
	format string
	out    *outFile
	r      *replay.Replay
	host   host.Host

	log      *outFile
	emit     *capture.Writer
	emitFile *outFile
	ann      *capture.Writer
	annFile  *outFile

	enc     *json.Encoder
	logs    []string // of the packet under way, for JSON
	sent    int
	packets int
	fates   map[trace.Fate]int
	skipped int
	echoes  int
	noRoute int // packets from addresses that the host has no route to
	gaps    []trace.Gap
	last    packet.Time
	line    []byte
	err     error
}

func (c *cli) replay(args []string, f replayFlags) (err error) {
	run := &replayRun{c: c, fates: map[trace.Fate]int{}}
	if run.format, err = c.formatOf("text", "json", "none"); err != nil {
		return err
	}
	if len(f.rules) == 0 {
		return fmt.Errorf("replay: no rules (expected --rules FILE)")
	}
	if len(args) == 0 {
		return fmt.Errorf("replay: no capture (expected CAPTURE..., or - for standard input)")
	}
	if err := run.prepare(f, args); err != nil {
		return err
	}
	if err := run.create(f); err != nil {
		run.abandon(err)
		return err
	}
	for _, name := range args {
		if err = run.file(name); err != nil {
			break
		}
	}
	if err == nil {
		err = run.state(f)
	}
	if err = run.close(err); err != nil {
		return err
	}
	run.summary()
	if len(run.gaps) > 0 {
		return status(exitIncomplete)
	}
	return nil
}

// prepare reads the rules and describes the host; without addresses it looks at
// the first capture to conclude them.
func (run *replayRun) prepare(f replayFlags, args []string) error {
	err := run.describe(f, args)
	if err == nil {
		run.r, err = replay.New(&run.host)
	}
	return err
}

func (run *replayRun) describe(f replayFlags, args []string) error {
	var inputs []evidence.Input
	for _, name := range f.rules {
		r, err := run.c.open(name)
		if err != nil {
			return err
		}
		inputs = append(inputs, evidence.Input{Name: name, Kind: evidence.Rules, R: r})
	}
	e, err := evidence.Read(inputs...)
	closeAll(inputs)
	if err != nil {
		return err
	}
	told, err := f.host.apply(&run.host)
	if err != nil {
		return err
	}
	e.AddRules(&run.host, f.host.family)
	if !told {
		return run.infer(e, args)
	}
	return nil
}

func closeAll(inputs []evidence.Input) {
	for _, in := range inputs {
		if f, ok := in.R.(io.Closer); ok && in.Name != "-" {
			f.Close()
		}
	}
}

// inferFrom is how many packets are looked at to conclude the host's addresses.
const inferFrom = 10000

func (run *replayRun) infer(e *evidence.Evidence, args []string) error {
	for _, name := range args {
		if name == "-" {
			continue
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		r, err := capture.Open(name, f)
		if err != nil {
			f.Close()
			return err
		}
		for len(e.Packets) < inferFrom {
			rec, err := r.Next()
			if err != nil {
				break
			}
			if rec.Skip == nil {
				e.Packets = append(e.Packets, rec.Clone())
			}
		}
		r.Close()
		f.Close()
	}
	e.InferHost(&run.host)
	if !run.c.quiet {
		for _, i := range run.host.Inferred {
			fmt.Fprintf(run.c.err, "nfwhy: concluded: %s (%s); --addr tells otherwise\n", visible(i.Fact), visible(i.From))
		}
	}
	return nil
}

// create opens the files to write.
func (run *replayRun) create(f replayFlags) (err error) {
	if run.out, err = run.c.result(); err != nil {
		return err
	}
	run.enc = json.NewEncoder(run.out)
	if f.kernelLog != "" {
		if run.log, err = run.file1(f.kernelLog); err != nil {
			return err
		}
	}
	if f.emit != "" {
		if run.emitFile, err = run.file1(f.emit); err != nil {
			return err
		}
		run.emit = capture.NewWriter(run.emitFile)
	}
	if f.annotate != "" {
		if run.annFile, err = run.file1(f.annotate); err != nil {
			return err
		}
		run.ann = capture.NewWriter(run.annFile)
	}
	run.r.Effects = run
	return nil
}

// file1 creates a file to write; "-" is standard output.
func (run *replayRun) file1(name string) (*outFile, error) {
	if name == "-" {
		return &outFile{Writer: bufio.NewWriterSize(run.c.out, 1<<16)}, nil
	}
	return create(name)
}

func (run *replayRun) file(name string) error {
	in, err := run.c.open(name)
	if err != nil {
		return err
	}
	if f, ok := in.(*os.File); ok && name != "-" {
		defer f.Close()
	}
	r, err := capture.Open(name, in)
	if err != nil {
		return err
	}
	defer r.Close()
	bar := run.c.progress(in, name)
	defer bar.done()
	for {
		rec, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if err := run.packet(rec); err != nil {
			return err
		}
		bar.add(rec.WireLen)
	}
	if !run.c.quiet {
		for _, p := range r.Problems() {
			fmt.Fprintf(run.c.err, "nfwhy: %s\n", visible(p.Error()))
		}
	}
	return nil
}

// packet runs one packet and writes what was asked for.
func (run *replayRun) packet(rec *capture.Record) error {
	run.begin(rec)
	c := run.r.Packet(rec)
	if c.Role == replay.RoleIn {
		if _, ok := run.r.Netns().FIB().Lookup(rec.Packet.Src()); !ok {
			run.noRoute++
		}
	}
	return run.done(&c)
}

// begin notes a packet as captured: whoever runs it may change it.
func (run *replayRun) begin(rec *capture.Record) {
	run.packets++
	run.logs = run.logs[:0]
	run.sent = 0
	if run.format != "none" && rec.Skip == nil {
		run.line = rec.Packet.AppendTcpdump(run.line[:0], 0)
	}
	if rec.Skip == nil {
		run.last = rec.Time
	}
}

// done writes what became of the packet.
func (run *replayRun) done(c *replay.Case) error {
	rec := c.Record
	switch c.Role {
	case replay.RoleSkipped:
		run.skipped++
	case replay.RoleEcho:
		run.echoes++
	default:
		run.fates[c.Result.Fate]++
		if len(c.Result.Open) > 0 {
			run.gaps = append(run.gaps, c.Result.Gaps...)
			if len(run.gaps) > 100 {
				run.gaps = run.gaps[:100]
			}
		}
	}
	if run.ann != nil {
		rec.Comment = strings.TrimPrefix(rec.Comment+"\n"+run.fate(c), "\n")
		if err := run.ann.Write(rec); err != nil {
			return err
		}
	}
	switch run.format {
	case "text":
		run.text(c)
	case "json":
		if err := run.enc.Encode(run.json(c)); err != nil {
			return err
		}
	}
	return run.err
}

// Logged takes a log line.
func (run *replayRun) Logged(_ packet.Time, _ uint8, line []byte) {
	if run.format == "json" {
		run.logs = append(run.logs, string(line))
	}
	if run.log != nil {
		if _, err := run.log.Write(append(line, '\n')); err != nil && run.err == nil {
			run.err = err
		}
	}
}

// Sent takes a packet that left the host.
func (run *replayRun) Sent(now packet.Time, dev string, p *packet.Packet, _ trace.Origin) {
	run.sent++
	if run.emit == nil {
		return
	}
	link, vlan := p.Link, p.VLANProto
	p.Link, p.VLANProto = nil, 0
	err := run.emit.WritePacket(dev, now, capture.Out, p, "")
	p.Link, p.VLANProto = link, vlan
	if err != nil && run.err == nil {
		run.err = err
	}
}

// verdictWord is what became of a packet, in the words of rules.
func verdictWord(c *replay.Case) string {
	switch c.Role {
	case replay.RoleSkipped:
		return "SKIPPED"
	case replay.RoleEcho:
		return "OWN"
	}
	if len(c.Result.Open) > 0 {
		return "UNKNOWN"
	}
	switch c.Result.Fate {
	case trace.Delivered, trace.Left, trace.Forwarded:
		return "ACCEPT"
	case trace.Dropped:
		return "DROP"
	case trace.Rejected:
		return "REJECT"
	case trace.Discarded:
		return "DISCARD"
	case trace.Held:
		return "HELD"
	}
	return "STOLEN"
}

// fate is the verdict with state and deciding rule: "REJECT INVALID by INPUT 4".
func (run *replayRun) fate(c *replay.Case) string {
	var b strings.Builder
	b.WriteString(verdictWord(c))
	switch c.Role {
	case replay.RoleSkipped:
		b.WriteString(" (" + c.Record.Skip.Error() + ")")
		return b.String()
	case replay.RoleEcho:
		b.WriteString(" (sent by the simulated host already)")
		return b.String()
	}
	r := &c.Result
	if r.Tracked {
		b.WriteString(" " + r.State.String())
	}
	switch {
	case r.Rule > 0:
		fmt.Fprintf(&b, " by %s %d", r.Chain, r.Rule)
		if r.Source != nil {
			b.WriteString(" (" + r.Source.Pos.String() + ")")
		}
	case r.Chain != "":
		b.WriteString(" by the policy of " + r.Chain)
	}
	if reason := r.Reason.Text(); reason != "" {
		b.WriteString(": " + reason)
	}
	for i, o := range r.Open {
		sep := "; or "
		if i == 0 {
			sep = ": " + r.Fate.String() + ", or "
		}
		b.WriteString(sep + o.Fate.String() + " (" + o.Why + ")")
	}
	return b.String()
}

func (run *replayRun) text(c *replay.Case) {
	rec := c.Record
	dir := map[replay.Role]string{replay.RoleIn: "In ", replay.RoleOut: "Out", replay.RoleEcho: "Out", replay.RoleSkipped: "   "}[c.Role]
	what := string(run.line)
	if rec.Skip != nil {
		what = "(not IP)"
	}
	fmt.Fprintf(run.out, "%s %s %s %s -- %s\n", stamp(rec), c.Iface, dir, visible(what), visible(run.fate(c)))
}

// stamp prints a record's time as tcpdump does, in UTC.
func stamp(rec *capture.Record) string {
	if rec.Clock == capture.NoClock {
		return fmt.Sprintf("#%d", rec.Number)
	}
	return time.Unix(0, int64(rec.Time)).UTC().Format("15:04:05.000000")
}

type replayJSON struct {
	Packet  int        `json:"packet"`
	Source  string     `json:"source"`
	Time    string     `json:"time,omitempty"`
	Iface   string     `json:"iface"`
	Role    string     `json:"role"`
	Summary string     `json:"summary,omitempty"`
	Verdict string     `json:"verdict"`
	Fate    string     `json:"fate,omitempty"`
	State   string     `json:"ctstate,omitempty"`
	Why     string     `json:"ctstate_why,omitempty"`
	Hook    string     `json:"hook,omitempty"`
	Table   string     `json:"table,omitempty"`
	Chain   string     `json:"chain,omitempty"`
	Rule    int        `json:"rule"`
	Text    string     `json:"text,omitempty"`
	At      string     `json:"at,omitempty"`
	Log     []string   `json:"log"`
	Sent    int        `json:"sent"`
	Open    []jsonOpen `json:"open,omitempty"`
	Skip    string     `json:"skip,omitempty"`
}

type jsonOpen struct {
	Fate string   `json:"fate"`
	Log  []string `json:"log,omitempty"`
	Why  string   `json:"why"`
}

func (run *replayRun) json(c *replay.Case) replayJSON {
	rec, r := c.Record, &c.Result
	j := replayJSON{Packet: rec.Number, Source: rec.Source(), Iface: c.Iface, Role: c.Role.String(), Verdict: verdictWord(c), Log: []string{}, Sent: run.sent}
	if rec.Clock != capture.NoClock {
		j.Time = time.Unix(0, int64(rec.Time)).UTC().Format(time.RFC3339Nano)
	}
	if rec.Skip != nil {
		j.Skip = rec.Skip.Error()
		return j
	}
	j.Summary = string(run.line)
	j.Log = append(j.Log, run.logs...)
	if c.Role == replay.RoleEcho {
		return j
	}
	j.Fate = r.Fate.String()
	if r.Tracked {
		j.State, j.Why = r.State.String(), r.Reason.Text()
	}
	j.Hook, j.Table, j.Chain, j.Rule = r.Hook.String(), r.Table, r.Chain, r.Rule
	if r.Source != nil {
		j.Text, j.At = r.Source.Text, r.Source.Pos.String()
	}
	for _, o := range r.Open {
		j.Open = append(j.Open, jsonOpen{o.Fate.String(), o.Logs, o.Why})
	}
	return j
}

// state writes the files about the state after the last packet.
func (run *replayRun) state(f replayFlags) error {
	n := run.r.Netns()
	if f.save != "" {
		o, err := run.file1(f.save)
		if err != nil {
			return err
		}
		b := n.AppendSave(nil, packet.IPv4)
		b = n.AppendSave(b, packet.IPv6)
		_, err = o.Write(b)
		if err = o.finish(err); err != nil {
			return err
		}
	}
	if f.conntrack != "" {
		o, err := run.file1(f.conntrack)
		if err != nil {
			return err
		}
		var b []byte
		for c := range n.Conntrack().All(n.Now()) {
			b = append(conntrack.AppendList(b[:0], c, n.Now()), '\n')
			if _, err = o.Write(b); err != nil {
				break
			}
		}
		if err = o.finish(err); err != nil {
			return err
		}
	}
	return nil
}

// close ends the files written along the way.
func (run *replayRun) close(err error) error {
	if run.emit != nil && err == nil {
		err = run.emit.Close()
	}
	if run.ann != nil && err == nil {
		err = run.ann.Close()
	}
	for _, o := range []*outFile{run.log, run.emitFile, run.annFile, run.out} {
		if o != nil {
			if e := o.finish(err); err == nil {
				err = e
			}
		}
	}
	return err
}

func (run *replayRun) abandon(err error) { run.close(err) }

// summary goes to standard error: packets, verdicts, rules never hit.
func (run *replayRun) summary() {
	if run.c.quiet {
		return
	}
	var w []string
	for f := trace.Delivered; f <= trace.Uncertain; f++ {
		if k := run.fates[f]; k > 0 {
			w = append(w, fmt.Sprintf("%d %s", k, f))
		}
	}
	if run.echoes > 0 {
		w = append(w, fmt.Sprintf("%d sent by the host already", run.echoes))
	}
	if run.skipped > 0 {
		w = append(w, fmt.Sprintf("%d not IP", run.skipped))
	}
	fmt.Fprintf(run.c.err, "%d packets: %s\n", run.packets, strings.Join(w, ", "))
	if run.noRoute > 0 {
		fmt.Fprintf(run.c.err, "%d packets came from addresses without a route: they are answered by nothing (--route 'default via GATEWAY dev IFACE' if there is one)\n", run.noRoute)
	}
	n := run.r.Netns()
	unused := append([]*ruleset.Rule(nil), n.Unused(packet.IPv4)...)
	unused = append(unused, n.Unused(packet.IPv6)...)
	if len(unused) > 0 {
		fmt.Fprintf(run.c.err, "%d rules never hit:\n", len(unused))
	}
	for i, r := range unused {
		if i == 10 {
			fmt.Fprintf(run.c.err, "  and %d more\n", len(unused)-10)
			break
		}
		fmt.Fprintf(run.c.err, "  %s: %s\n", r.Pos, visible(strings.TrimSpace(r.Text)))
	}
	for i, g := range run.gaps {
		if i == 0 {
			fmt.Fprintln(run.c.err, "not modelled or not known, and it decides:")
		}
		where := ""
		if g.Source != nil {
			where = g.Source.Pos.String() + ": "
		}
		if i > 0 && g == run.gaps[i-1] {
			continue
		}
		fmt.Fprintf(run.c.err, "  %s%s\n", where, visible(g.What))
		if i == 10 {
			break
		}
	}
}
