package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"nfwhy/capture"
	"nfwhy/conntrack"
	"nfwhy/craft"
	"nfwhy/host"
	"nfwhy/internal/lab"
	"nfwhy/netfilter"
	"nfwhy/packet"
	"nfwhy/replay"
	"nfwhy/trace"

	"golang.org/x/sys/unix"
)

// labFeed makes the steps of a lab out of captures, and hands back what became
// of each packet.
type labFeed struct {
	c     *cli
	names []string
	flags *labFlags
	host  *host.Host
	sc    lab.Scenario
	roles *replay.Roles
	// begin is called with every record, done with what became of it.
	begin func(rec *capture.Record)
	done  func(c *replay.Case, p *lab.Played) error

	file    io.Closer
	reader  *capture.Reader
	pending replay.Case // the packet that is with the kernel
	at      time.Duration
	before  packet.Time
	started bool
	tracked map[packet.Family]bool
	states  bool              // the kernel tells connection states
	devs    map[string]string // what the host's links are called in the lab
}

func newLabFeed(c *cli, names []string, f *labFlags, h *host.Host) (*labFeed, error) {
	feed := &labFeed{c: c, names: names, flags: f, host: h, tracked: map[packet.Family]bool{}, states: tellsStates()}
	var err error
	if feed.sc, err = lab.FromHost(feed.renamed(h)); err != nil {
		return nil, err
	}
	if err := feed.look(); err != nil {
		return nil, err
	}
	feed.roles = replay.NewRoles(h)
	// Whether connections are tracked is a matter of the rules alone. Where the
	// engine cannot say, a state that the kernel tells does.
	if n, err := netfilter.New(h); err == nil {
		for _, f := range []packet.Family{packet.IPv4, packet.IPv6} {
			feed.tracked[f] = n.Tracking(f)
		}
	}
	return feed, nil
}

// renamed returns h with names that Linux takes for its links: captures from
// elsewhere have others.
func (f *labFeed) renamed(h *host.Host) *host.Host {
	f.devs = map[string]string{}
	r := *h
	r.Links = slices.Clone(h.Links)
	r.Routes = slices.Clone(h.Routes)
	for i := range r.Links {
		l := &r.Links[i]
		if lab.LinkName(l.Name) || l.Loopback {
			f.devs[l.Name] = l.Name
			continue
		}
		name := fmt.Sprintf("if%d", i)
		f.devs[l.Name] = name
		if !f.c.quiet {
			fmt.Fprintf(f.c.err, "nfwhy: the interface %q is called %s here\n", l.Name, name)
		}
		for j := range r.Routes {
			if r.Routes[j].Dev == l.Name {
				r.Routes[j].Dev = name
			}
		}
		l.Name = name
	}
	return &r
}

// tellsStates reports whether the kernel's trace has connection states.
func tellsStates() bool {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return false
	}
	var a, b int
	fmt.Sscanf(unix.ByteSliceToString(u.Release[:]), "%d.%d", &a, &b)
	return a > 6 || a == 6 && b >= 16
}

// look reads the captures ahead for what nobody told of the links: the hardware
// address that frames were sent to, and how large packets get. Captures show
// what a host sends before its device cuts it, and a raw socket sends nothing
// that is larger than the MTU.
func (f *labFeed) look() error {
	told := map[string]bool{}
	for i := range f.host.Links {
		told[f.host.Links[i].Name] = lab.MACOfHost(f.host.Links[i].MAC)
	}
	roles := replay.NewRoles(f.host)
	for _, name := range f.names {
		if name == "-" {
			continue
		}
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		r, err := capture.Open(name, file)
		if err != nil {
			file.Close()
			return err
		}
		for range inferFrom {
			rec, err := r.Next()
			if err != nil {
				break
			}
			if rec.Skip != nil {
				continue
			}
			role, dev := roles.Of(rec)
			l, p := f.link(dev), &rec.Packet
			switch {
			case l == nil:
			case role == replay.RoleOut && f.host.Link(dev).MTU == 0 && p.Length > max(1500, l.MTU):
				l.MTU = min(p.Length, 65521)
			case role == replay.RoleIn && !told[dev] && len(p.Link) == 14 && p.Cast == packet.CastHost && lab.MACOfHost(p.Link[:6]):
				l.MAC = append(lab.Hex(nil), p.Link[:6]...)
				told[dev] = true
			}
		}
		r.Close()
		file.Close()
	}
	return nil
}

// next is the lab's question for the following step.
func (f *labFeed) next(last *lab.Played) (*lab.Step, error) {
	if last != nil {
		if err := f.answered(last); err != nil {
			return nil, err
		}
	}
	for {
		rec, err := f.record()
		if err == io.EOF {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		st, err := f.step(rec)
		if st != nil || err != nil {
			return st, err
		}
	}
}

// record reads the next record of the captures.
func (f *labFeed) record() (*capture.Record, error) {
	for {
		if f.reader == nil {
			if len(f.names) == 0 {
				return nil, io.EOF
			}
			in, err := f.c.open(f.names[0])
			if err != nil {
				return nil, err
			}
			if c, ok := in.(io.Closer); ok && f.names[0] != "-" {
				f.file = c
			}
			if f.reader, err = capture.Open(f.names[0], in); err != nil {
				f.close()
				return nil, err
			}
			f.names = f.names[1:]
		}
		rec, err := f.reader.Next()
		if err != io.EOF {
			return rec, err
		}
		f.problems()
		f.close()
	}
}

func (f *labFeed) problems() {
	if f.c.quiet {
		return
	}
	for _, p := range f.reader.Problems() {
		fmt.Fprintf(f.c.err, "nfwhy: %s\n", visible(p.Error()))
	}
}

func (f *labFeed) close() {
	if f.reader != nil {
		f.reader.Close()
		f.reader = nil
	}
	if f.file != nil {
		f.file.Close()
		f.file = nil
	}
}

var errNoLink = errors.New("captured on an interface that the host does not have (--addr tells its interfaces)")

// step makes a step of a record, nil for what is not sent.
func (f *labFeed) step(rec *capture.Record) (*lab.Step, error) {
	f.begin(rec)
	c := replay.Case{Record: rec, Role: replay.RoleSkipped}
	if rec.Skip != nil {
		return nil, f.done(&c, nil)
	}
	c.Role, c.Iface = f.roles.Of(rec)
	b, err := craft.Whole(rec)
	if err != nil {
		rec.Skip, c.Role = err, replay.RoleSkipped
	}
	st := &lab.Step{At: f.pace(rec), Packet: b, Mark: rec.Packet.Mark}
	switch c.Role {
	case replay.RoleOut:
		st.From = lab.Local
		if rec.Packet.Family == packet.IPv4 && b != nil && b[4]|b[5] == 0 && b[6]&0x40 == 0 {
			b[5] = 1 // for 0 the kernel would draw one (net/ipv4/raw.c)
			packet.IPv4Header(b).SetChecksum()
		}
	case replay.RoleIn:
		l := f.link(c.Iface)
		if l == nil {
			rec.Skip, c.Role = errNoLink, replay.RoleSkipped
			break
		}
		st.From, st.Mark, st.Eth = l.Name, 0, frameHeader(&rec.Packet, l)
	}
	if c.Role == replay.RoleSkipped || c.Role == replay.RoleEcho {
		return nil, f.done(&c, nil)
	}
	f.pending = c
	return st, nil
}

// link returns the lab's link for an interface of the host, nil for none.
func (f *labFeed) link(name string) *lab.Link {
	for i := range f.sc.Links {
		if f.sc.Links[i].Name == f.devs[name] {
			return &f.sc.Links[i]
		}
	}
	return nil
}

// frameHeader is the captured link header, to the link's own address; nil when
// there was none and the usual one will do.
func frameHeader(p *packet.Packet, l *lab.Link) lab.Hex {
	h := make(lab.Hex, 14)
	copy(h, l.MAC)
	copy(h[6:], []byte{2, 0, 0, 1, 0, 2})
	if len(p.Link) == 14 {
		copy(h, p.Link)
	}
	switch p.Cast {
	case packet.CastHost:
		copy(h, l.MAC)
	case packet.CastBroadcast:
		copy(h, "\xff\xff\xff\xff\xff\xff")
	case packet.CastMulticast:
		if h[0]&1 == 0 {
			h[0] |= 1
		}
	}
	h[12], h[13] = 8, 0
	if p.Family == packet.IPv6 {
		h[12], h[13] = 0x86, 0xdd
	}
	return h
}

// original is what the host calls a link of the lab.
func (f *labFeed) original(dev string) string {
	for name, here := range f.devs {
		if here == dev {
			return name
		}
	}
	return dev
}

// pace is when a packet is sent.
func (f *labFeed) pace(rec *capture.Record) time.Duration {
	if rec.Clock == capture.NoClock {
		return f.at
	}
	if f.started && rec.Time > f.before {
		gap := time.Duration(rec.Time - f.before)
		if f.flags.maxGap >= 0 {
			gap = min(gap, f.flags.maxGap)
		}
		f.at += gap
	}
	f.before, f.started = max(f.before, rec.Time), true
	return f.at
}

// answered takes the kernel's answer to the pending packet.
func (f *labFeed) answered(p *lab.Played) error {
	c := &f.pending
	rec := c.Record
	for i, d := range p.Result.Out {
		var q packet.Packet
		b := d.Packet()
		if d.Dev == "lo" || q.Decode(b, len(b)) != nil {
			continue
		}
		if c.Role != replay.RoleOut || i > 0 { // the process's own packet comes first
			f.roles.Sent(rec.Time, &q)
		}
	}
	if j := p.Journey; j != nil {
		c.Result = f.result(j, rec.Packet.Family)
	}
	return f.done(c, p)
}

// result puts a journey into the engine's form.
func (f *labFeed) result(j *lab.Journey, family packet.Family) netfilter.Result {
	r := netfilter.Result{Fate: j.Fate, Hook: j.Hook, Chain: j.Chain, Rule: j.Rule}
	switch r.Fate {
	case trace.Dropped, trace.Rejected, trace.Consumed:
		r.Table = j.Table
	}
	if rs := f.host.Rules(family); rs != nil && j.Rule > 0 {
		if t := rs.Table(j.Table); t != nil {
			if ch := t.Chain(j.Chain); ch != nil && j.Rule <= len(ch.Rules) {
				r.Source = ch.Rules[j.Rule-1]
			}
		}
	}
	state, told := ctStates[j.State]
	r.Tracked = told && (j.State != "" || f.tracked[family] && f.states)
	r.State = state
	return r
}

var ctStates = map[string]conntrack.State{"": conntrack.StateInvalid, "NEW": conntrack.StateNew, "ESTABLISHED": conntrack.StateEstablished,
	"RELATED": conntrack.StateRelated, "UNTRACKED": conntrack.StateUntracked}
