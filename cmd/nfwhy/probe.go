package main

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"syscall"
	"time"

	"nfwhy/craft"
	"nfwhy/packet"

	"github.com/spf13/cobra"
)

type probeFlags struct {
	packet probePacketFlags

	count    int
	interval string
	rate     int
	wait     time.Duration
	dryRun   bool

	source, iface, netns, from string
	allowFile                  string
	rules                      []string
	host                       hostFlags
}

func probeCommand(c *cli) *cobra.Command {
	var f probeFlags
	cmd := &cobra.Command{
		Use:   "probe [flags] HOST|PACKET...",
		Short: "send packets as hping3 does, and hold the answers against the rules",
		Long: `probe builds a packet from flags in the spirit of hping3, or takes one as tcpdump
prints it, sends it, waits for the answer, and prints both as tcpdump does,
together with what the rules predict (those of --rules, else the live ones) and
whether the answer agrees. Log lines that the kernel writes meanwhile are shown
and compared too, where this host sees them.

It sends only to where it can do no harm: addresses of this host and of network
namespaces of this host, what is behind a veth or tap of this host, and what the
file of --allow-file names (an address or network a line). A source that is not
the sender's own works only inside network namespaces. At most 100 packets are
sent in a second.

The sender is the namespace of --from, else the one that holds the source
address, else this one. Packets to another namespace leave the sender's link
byte for byte; they do not pass the sender's own rules.`,
		Example: `  nfwhy probe --syn --ack -p 3594 -s 80 10.0.0.2
  nfwhy probe 'IP 10.0.0.1.80 > 10.0.0.2.3594: Flags [S.], seq 1, ack 2, win 29200, length 0'
  nfwhy probe --udp -p 53 -c 3 -i 0.5 fd00::2
  nfwhy probe --dry-run --rules rules.v4 --source 198.51.100.7 --syn --ack -p 3594 192.0.2.123
  nfwhy lab shell --rules rules.v4 -- nfwhy probe --from peer-eth0 --syn -p 25 10.67.1.1`,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.packet.changed = cmd.Flags().Changed
			return c.probe(args, &f)
		},
	}
	fl := cmd.Flags()
	f.packet.add(fl)
	fl.IntVarP(&f.count, "count", "c", 1, "how many packets to send")
	fl.StringVarP(&f.interval, "interval", "i", "", "`SECONDS` between packets, or microseconds as in u10000")
	fl.IntVar(&f.rate, "rate", 10, "packets in a second at most (1 to 100)")
	fl.DurationVar(&f.wait, "wait", time.Second, "how long to wait for an answer")
	fl.BoolVarP(&f.dryRun, "dry-run", "n", false, "only print the packets and what the rules predict")
	fl.StringVarP(&f.iface, "iface", "I", "", "send by this `INTERFACE`")
	fl.StringVarP(&f.source, "source", "a", "", "source `ADDRESS`; one that is not the sender's own only inside namespaces")
	fl.StringVar(&f.from, "from", "", "send from this network `NAMESPACE`: a name, a process number or a path")
	fl.StringVar(&f.netns, "netns", "", "the `NAMESPACE` whose rules decide, where that is not clear by itself")
	fl.StringVar(&f.allowFile, "allow-file", defaultAllowFile, "`FILE` with further addresses and networks that may be probed")
	fl.StringArrayVar(&f.rules, "rules", nil, "`FILE` with the rules that predict, instead of the live ones (repeat)")
	f.host.add(cmd)
	fl.SortFlags = false
	return cmd
}

const (
	defaultAllowFile = "/etc/nfwhy/allow"
	maxRate          = 100
	maxWait          = 10 * time.Minute
)

// probePlan is what the flags mean.
type probePlan struct {
	f        *probeFlags
	target   netip.Addr
	source   netip.Addr // invalid: the sender's own
	packets  packetSource
	interval time.Duration
	allow    []netip.Prefix
}

// packetSource makes the packets of a series.
type packetSource interface {
	// total is how many packets there are.
	total() int
	// next returns the following packet, sent from src, and the pieces it is sent
	// in.
	next(src netip.Addr) (whole []byte, pieces [][]byte, err error)
}

func (c *cli) probe(args []string, f *probeFlags) error {
	format, err := c.formatOf("text", "json")
	if err != nil {
		return err
	}
	plan, err := newProbePlan(args, f)
	if err != nil {
		return err
	}
	// The process's own handler would leave at once; here sockets are to be closed
	// and what was seen so far is to be printed.
	signal.Reset(os.Interrupt)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	out, err := c.result()
	if err != nil {
		return err
	}
	run := &probeRun{c: c, plan: plan, out: out, asJSON: format == "json"}
	if err = run.all(ctx); ctx.Err() != nil {
		err = status(exitInterrupt)
	}
	if s, ok := err.(status); ok {
		if err := out.finish(nil); err != nil {
			return err
		}
		return s
	}
	return out.finish(err)
}

// newProbePlan checks all that can be checked before anything is opened.
func newProbePlan(args []string, f *probeFlags) (*probePlan, error) {
	p := &probePlan{f: f}
	var err error
	if f.source != "" {
		if p.source, err = netip.ParseAddr(f.source); err != nil {
			return nil, fmt.Errorf("--source: %q (expected an address)", f.source)
		}
	}
	if p.interval, err = f.pace(); err != nil {
		return nil, err
	}
	if f.count < 1 {
		return nil, fmt.Errorf("--count: %d (expected 1 or more)", f.count)
	}
	if f.wait < 0 || f.wait > maxWait {
		return nil, fmt.Errorf("--wait: %v (expected 0 to %v)", f.wait, maxWait)
	}
	if p.allow, err = readAllowFile(f.allowFile); err != nil {
		return nil, err
	}
	if len(args) == 0 {
		return nil, fmt.Errorf("probe: no target (expected HOST, or a packet as tcpdump prints it)")
	}
	if isPacketLine(args[0]) {
		return p, p.lines(args)
	}
	return p, p.series(args)
}

// lines takes the packets that the arguments tell.
func (p *probePlan) lines(args []string) error {
	if name := p.f.packet.given(); name != "" {
		return fmt.Errorf("--%s: the packet is told by a line already (expected one or the other)", name)
	}
	var ls lineSource
	ls.count = p.f.count
	for _, a := range args {
		b, err := craft.Line(a)
		if err != nil {
			return err
		}
		var q packet.Packet
		if err := q.Decode(b, len(b)); err != nil {
			return fmt.Errorf("line %q: %w", a, err)
		}
		src, dst := q.Src(), q.Dst()
		if p.target.IsValid() && (dst != p.target || src != p.source) {
			return fmt.Errorf("line %q goes from %v to %v, the one before from %v to %v (expected the same)", a, src, dst, p.source, p.target)
		}
		if p.f.source != "" && src != p.source {
			return fmt.Errorf("--source: %v, and the packet says %v (expected one or the other)", p.source, src)
		}
		p.source, p.target = src, dst
		ls.packets = append(ls.packets, b)
	}
	p.packets = &ls
	return nil
}

// series takes one target and the packet that the flags tell.
func (p *probePlan) series(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("probe: %q after the target %q (expected one HOST)", args[1], args[0])
	}
	var err error
	if p.target, err = netip.ParseAddr(args[0]); err != nil {
		return fmt.Errorf("probe: target %q (expected an address, or a packet as tcpdump prints it)", args[0])
	}
	if p.f.packet.six && !p.target.Is6() {
		return fmt.Errorf("-6: target %v is IPv4", p.target)
	}
	if p.source.IsValid() && p.source.Is4() != p.target.Is4() {
		return fmt.Errorf("--source: %v and target %v are of different families", p.source, p.target)
	}
	p.packets, err = p.f.packet.source(p.target, p.f.count)
	return err
}

// pace is the time between packets.
func (f *probeFlags) pace() (time.Duration, error) {
	if f.rate < 1 || f.rate > maxRate {
		return 0, fmt.Errorf("--rate: %d (expected 1 to %d packets in a second)", f.rate, maxRate)
	}
	d := time.Second / time.Duration(f.rate)
	if f.interval == "" {
		return d, nil
	}
	i, err := parseInterval(f.interval)
	if err != nil {
		return 0, err
	}
	if i < time.Second/maxRate {
		return 0, fmt.Errorf("--interval: %q is more than %d packets in a second", f.interval, maxRate)
	}
	if f.rate == 10 { // not asked for besides
		return i, nil
	}
	return max(i, d), nil
}
