package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"nfwhy/conntrack"
	"nfwhy/host"
	"nfwhy/live"
)

// probePlaces are the namespaces of a probe.
type probePlaces struct {
	from *live.Netns // sends
	path live.Path
	// judge is where the packet arrives: its rules decide. nil when that cannot be
	// seen.
	judge *live.Netns
	in    string // the judge's interface, "" where only its routes tell
	reach reach
}

// openLive finds the namespaces, refuses what may not be probed, and opens the
// wire.
func (run *probeRun) openLive(ctx context.Context, told *host.Host, isTold, rules bool) error {
	f := run.plan.f
	if !f.dryRun && os.Geteuid() != 0 {
		return cannot{errors.New("probe: not root: sending packets needs root (--dry-run only prints and predicts)")}
	}
	places, err := run.places()
	if err != nil {
		return err
	}
	if !f.dryRun {
		if err := places.reach.refuse(run.plan.target, run.plan.allow); err != nil {
			return err
		}
	}
	site := &probeSite{source: run.plan.source, target: run.plan.target, dev: places.path.Dev.Name, local: places.path.Local, in: places.in}
	site.direct = site.local || places.in != "" && !places.path.Via.IsValid()
	if places.from.Name != "" {
		site.from = places.from.Name
	}
	if !site.source.IsValid() {
		site.source = places.path.Src
	}
	if !site.source.IsValid() {
		return fmt.Errorf("probe: no source address on %s (expected --source ADDRESS)", site.dev)
	}
	run.site = site
	if !f.dryRun {
		if err := run.mayClaim(places); err != nil {
			return err
		}
	}
	h, entries, err := run.judgeHost(ctx, places, told, isTold, rules)
	if err != nil {
		return err
	}
	if !f.dryRun {
		if err := run.openSink(places); err != nil {
			return err
		}
	}
	if h == nil {
		return nil
	}
	run.model, err = newProbeModel(h, site, time.Now(), entries)
	return err
}

// places finds out who sends, and where the packet goes.
func (run *probeRun) places() (*probePlaces, error) {
	f := run.plan.f
	p := &probePlaces{}
	var err error
	if p.from, err = run.sender(); err != nil {
		return nil, err
	}
	if p.path, err = p.from.Path(run.plan.target, f.iface); err != nil {
		return nil, fmt.Errorf("probe: %w", err)
	}
	if f.iface != "" && !p.path.Local && p.path.Dev.Name != f.iface {
		return nil, fmt.Errorf("--iface: %v is reached by %s, not by %s", run.plan.target, p.path.Dev.Name, f.iface)
	}
	p.reach = reach{own: p.path.Local, dev: p.path.Dev.Name, onLink: !p.path.Via.IsValid(), cast: p.path.Cast}
	if err := p.arrival(f.netns); err != nil {
		return nil, err
	}
	return p, nil
}

// sender is the namespace that was named, else the one that has the source
// address, else this one.
func (run *probeRun) sender() (*live.Netns, error) {
	f := run.plan.f
	if f.from != "" {
		n, err := live.Open(f.from)
		if err != nil {
			return nil, fmt.Errorf("--from: %w", err)
		}
		return n, nil
	}
	if f.netns != "" && run.plan.target.IsLoopback() {
		n, err := live.Open(f.netns)
		if err != nil {
			return nil, fmt.Errorf("--netns: %w", err)
		}
		return n, nil
	}
	if src := run.plan.source; src.IsValid() && !f.dryRun {
		held, err := live.Holding(src)
		if err != nil {
			return nil, err
		}
		for _, n := range held[min(1, len(held)):] {
			n.Close()
		}
		if len(held) > 0 {
			if !run.c.quiet && held[0].Name != "" {
				fmt.Fprintf(run.c.err, "nfwhy: sending from %v, which has %v; --from tells otherwise\n", held[0], src)
			}
			return held[0], nil
		}
	}
	return live.Here()
}

// arrival finds the namespace that the packet arrives in: the one that was named,
// else the sender's own, else the one with the hardware address it goes to.
func (p *probePlaces) arrival(named string) (err error) {
	all, err := live.All()
	if err != nil {
		return err
	}
	defer func() {
		for _, n := range all {
			if n != p.judge {
				n.Close()
			}
		}
	}()
	if p.reach.own {
		p.judge = p.from
	} else if err = p.nextHop(all); err != nil {
		return err
	}
	if !p.reach.own {
		p.holder(all)
	}
	if named == "" {
		return nil
	}
	n, err := live.Open(named)
	if err != nil {
		return fmt.Errorf("--netns: %w", err)
	}
	if p.judge == nil || !p.judge.Same(n) {
		p.judge, p.in = n, ""
	}
	return nil
}

// askable are the types of links whose neighbours may be asked for before it is
// clear that the target may be probed: what is asked stays on this machine.
var askable = map[string]bool{"veth": true, "tuntap": true, "dummy": true, "bridge": true}

// nextHop finds whose hardware address the packet goes to.
func (p *probePlaces) nextHop(all []*live.Netns) error {
	dev := p.path.Dev
	end, link, err := p.from.FarEnd(dev)
	if err != nil {
		return err
	}
	if end != nil {
		defer end.Close()
	}
	p.reach.wire = end != nil && !link.Bridged && !dev.Bridged || dev.Type == "tuntap" && dev.Tap && !dev.Bridged
	if p.path.Cast {
		if end != nil {
			p.found(all, end, link.Name)
		}
		return nil
	}
	wait := 3 * time.Second
	if !askable[dev.Type] {
		wait = 0
	}
	mac, err := p.from.Neighbour(p.path, wait)
	if err != nil && wait == 0 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	if len(mac) == 0 || mac.String() == dev.MAC.String() {
		if end != nil {
			p.found(all, end, link.Name)
		}
		return nil
	}
	for _, n := range all {
		links, err := n.Links()
		if err != nil || n.Same(p.from) {
			continue
		}
		for _, l := range links {
			if l.MAC.String() == mac.String() && l.Up {
				p.found(all, n, l.Name)
				return nil
			}
		}
	}
	return nil
}

// found notes the namespace that the packet arrives in.
func (p *probePlaces) found(all []*live.Netns, n *live.Netns, in string) {
	for _, m := range all {
		if m.Same(n) {
			p.judge, p.in, p.reach.nextHop = m, in, m.String()
		}
	}
}

// holder finds a namespace that has the target.
func (p *probePlaces) holder(all []*live.Netns) {
	if p.path.Cast {
		return
	}
	for _, n := range all {
		if n.Same(p.from) {
			continue
		}
		if holds, err := n.Holds(p.path.Dst); err == nil && holds && !p.path.Dst.IsLoopback() {
			p.reach.where = n.String()
			return
		}
	}
}

// mayClaim refuses a source that is not the sender's own, unless everything,
// answers included, stays inside namespaces of this machine.
func (run *probeRun) mayClaim(p *probePlaces) error {
	src := run.site.source
	if own, err := p.from.Holds(src); err != nil || own {
		return err
	}
	refuse := func(why string) error {
		return fmt.Errorf("source %v is refused: it is not an address of %v, and %s (expected one of its own, or a sender inside a network namespace: --from)", src, p.from, why)
	}
	if initial, _ := p.from.Initial(); initial {
		return refuse("the sender is this machine's first namespace")
	}
	if !p.reach.stays() {
		return refuse("the target is outside this machine")
	}
	if p.judge == nil {
		return refuse("where answers would go cannot be seen")
	}
	back, err := p.judge.Path(src, "")
	if errors.Is(err, live.ErrNoRoute) {
		return nil
	}
	if err != nil {
		return err
	}
	if back.Dev.Type == "device" {
		return refuse(fmt.Sprintf("answers would leave this machine by %s", back.Dev.Name))
	}
	return nil
}

// judgeHost describes the host that decides: as told, else as it is, with the
// rules told or its own. nil when nothing is known of it.
func (run *probeRun) judgeHost(ctx context.Context, p *probePlaces, told *host.Host, isTold, rules bool) (*host.Host, []conntrack.Entry, error) {
	if isTold {
		return told, nil, nil
	}
	if p.judge == nil {
		if !rules {
			run.note("what decides at %v cannot be seen from here; --rules tells", run.site.target)
			return nil, nil, nil
		}
		if err := told.AddAddr(run.site.target.String() + "@" + someLink(told)); err != nil {
			return nil, nil, err
		}
		return told, nil, nil
	}
	h, notes, err := p.judge.Host()
	if err != nil {
		return nil, nil, err
	}
	h.Kernel = told.Kernel
	for k, v := range told.Sysctl {
		h.Sysctl[k] = v
	}
	run.site.listens = p.judge.Listens
	if rules {
		h.Rules4, h.Rules6, h.Backend, h.Sets = told.Rules4, told.Rules6, told.Backend, told.Sets
		run.notes(notes)
		return h, nil, nil
	}
	r, err := p.judge.Rules(ctx)
	if err != nil {
		if errors.Is(err, os.ErrPermission) || os.Geteuid() != 0 {
			return nil, nil, cannot{fmt.Errorf("probe: the live rules cannot be read: %w (--rules tells others)", err)}
		}
		return nil, nil, err
	}
	h.Rules4, h.Rules6, h.Backend, h.Sets = r.V4, r.V6, r.Backend, r.Sets
	run.notes(append(notes, r.Notes...))
	entries, err := p.judge.Connections(ctx, func(e conntrack.Entry) bool {
		return e.Orig.Src() == run.site.source || e.Orig.Dst() == run.site.source || e.Reply.Src() == run.site.source || e.Reply.Dst() == run.site.source
	})
	if err != nil {
		run.note("the connection table is taken to be empty: %v", err)
	}
	return h, entries, nil
}

func someLink(h *host.Host) string {
	for _, l := range h.Links {
		if !l.Loopback {
			return l.Name
		}
	}
	return "eth0"
}

func (run *probeRun) note(format string, args ...any) {
	if !run.c.quiet {
		fmt.Fprintf(run.c.err, "nfwhy: %s\n", visible(fmt.Sprintf(format, args...)))
	}
}

func (run *probeRun) notes(texts []string) {
	for _, t := range texts {
		run.note("%s", t)
	}
}

// openSink opens the wire and the kernel log.
func (run *probeRun) openSink(p *probePlaces) error {
	w, err := p.from.Wire(p.path)
	if err != nil {
		if errors.Is(err, os.ErrPermission) {
			return cannot{fmt.Errorf("probe: %w", err)}
		}
		return fmt.Errorf("probe: %w", err)
	}
	s := &liveSink{wire: w}
	if s.log, err = live.OpenKernelLog(); err != nil {
		run.note("the kernel log is not looked at: %v", err)
	}
	if run.site.direct && !run.site.local {
		run.site.header = w.Header
	}
	run.site.sink = s
	run.site.logged = s.log != nil && p.judge != nil && seesLog(p.judge)
	return nil
}

// seesLog reports whether LOG lines of n are sure to be in the kernel log: those
// of other namespaces than the first are only if a setting says so
// (net/netfilter/nf_log_syslog.c, Linux 6.18).
func seesLog(n *live.Netns) bool {
	if initial, ok := n.Initial(); initial && ok {
		return true
	}
	b, err := os.ReadFile("/proc/sys/net/netfilter/nf_log_all_netns")
	return err == nil && strings.TrimSpace(string(b)) == "1"
}

// liveSink is the running kernel.
type liveSink struct {
	wire *live.Wire
	log  *live.KernelLog
}

func (s *liveSink) Send(b []byte) error { return s.wire.Send(b) }

func (s *liveSink) Next(ctx context.Context, until time.Time) (probeSeen, bool, error) {
	p, ok, err := s.wire.Next(ctx, until)
	return probeSeen{p.Data, p.Dev, p.Out, p.Time}, ok, err
}

func (s *liveSink) Log() []string {
	if s.log == nil {
		return nil
	}
	lines, _, err := s.log.Lines()
	if err != nil {
		return nil
	}
	var texts []string
	for _, l := range lines {
		texts = append(texts, l.Text)
	}
	return texts
}

func (s *liveSink) Close() {
	s.wire.Close()
	if s.log != nil {
		s.log.Close()
	}
}
