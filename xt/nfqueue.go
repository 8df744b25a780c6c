package xt

import (
	"nfwhy/packet"
	"nfwhy/trace"
)

var nfqueueExt = &Extension{
	Name: "NFQUEUE", IsTarget: true, Families: FamBoth, Model: Partly, Gap: "the process that decides is not part of the host's description",
	Doc: "Hands the packet to a process. Without a listener it is dropped, or with --queue-bypass accepted at once: the rules after\n" +
		"this one are not looked at.",
	Options: []Option{
		{Name: "queue-num", Arg: Number, Max: 65535, Excl: []string{"queue-balance"}, Help: "queue (0)"},
		{Name: "queue-balance", Arg: Span, Max: 65535, Excl: []string{"queue-num"}, Help: "FIRST:LAST queue", Samples: []string{"0:1", "1:65535", "5:", ":5", "4:4", "7", "0:65535"}},
		{Name: "queue-bypass", Help: "accept when nobody listens"},
		{Name: "queue-cpu-fanout", Also: []string{"queue-balance"}, Help: "one queue for each CPU"},
	},
	New: newNFQueue,
}

type nfqueueTarget struct {
	first, last    uint64
	bypass, fanout bool
}

func newNFQueue(a *Args) (any, error) {
	t := &nfqueueTarget{bypass: a.Has("queue-bypass"), fanout: a.Has("queue-cpu-fanout")}
	if g := a.Get("queue-num"); g != nil {
		t.first, t.last = g.Lo, g.Lo
	}
	if g := a.Get("queue-balance"); g != nil {
		t.first, t.last = g.Lo, g.Hi
		if a.Env.Version >= V1_8_11 && g.Parts == 2 && g.Text()[len(g.Text())-1] == ':' {
			t.last = 65534
		}
		if g.Parts != 2 || t.first >= t.last || t.last-t.first >= 65535 {
			return nil, g.bad("FIRST:LAST, at most 65535 queues")
		}
	}
	return t, nil
}

// Queuer is a Machine that knows who listens to queues.
type Queuer interface {
	// Queue says what becomes of a packet sent to one of the queues first to
	// last: Queue, or what the kernel does without a listener (Drop, or Accept
	// with bypass). Undecided when nobody knows.
	Queue(c *Ctx, first, last uint16, bypass bool) trace.Verdict
}

// Apply is xt_NFQUEUE.c (Linux 6.18).
func (t *nfqueueTarget) Apply(c *Ctx) trace.Verdict {
	if q, ok := c.Machine.(Queuer); ok {
		return q.Queue(c, uint16(t.first), uint16(t.last), t.bypass)
	}
	return trace.Queue
}

// Save writes the options in iptables-save's order.
func (t *nfqueueTarget) Save(w *Writer) {
	if t.first != t.last {
		w.Printf("--queue-balance %d:%d", t.first, t.last)
	} else {
		w.Printf("--queue-num %d", t.first)
	}
	if t.bypass {
		w.Opt("queue-bypass", false)
	}
	if t.fanout {
		w.Opt("queue-cpu-fanout", false)
	}
}

var nflogExt = &Extension{
	Name: "NFLOG", IsTarget: true, Families: FamBoth, Model: Exact,
	Doc: "Sends the packet to a logging process (ulogd, tcpdump -i nflog) and goes on; no line in the kernel log.",
	Options: []Option{
		{Name: "nflog-group", Arg: Number, Max: 65535, Help: "netlink group (0)"},
		{Name: "nflog-prefix", Arg: Text, Min: 1, Help: "text before the packet, at most 127 bytes", Samples: []string{"x", "a b", "it's: "}},
		{Name: "nflog-range", Arg: Number, Max: 1<<32 - 1, Excl: []string{"nflog-size"}, Help: "has no effect"},
		{Name: "nflog-size", Arg: Number, Max: 1<<32 - 1, Excl: []string{"nflog-range"}, Help: "how many bytes to send"},
		{Name: "nflog-threshold", Arg: Number, Max: 65535, Help: "packets to collect before sending"},
	},
	New: newNFLog,
}

const nflogPrefixLen = 127

type nflogTarget struct {
	group, threshold uint64
	size             uint64
	hasSize          bool
	prefix           string
}

func newNFLog(a *Args) (any, error) {
	t := &nflogTarget{}
	for _, g := range a.Given {
		switch g.Option.Name {
		case "nflog-group":
			t.group = g.Lo
		case "nflog-threshold":
			t.threshold = g.Lo
		case "nflog-size":
			t.size, t.hasSize = g.Lo, true
		case "nflog-prefix":
			t.prefix = g.Text()[:min(len(g.Text()), nflogPrefixLen)]
			for i := range t.prefix {
				if t.prefix[i] == '\n' {
					return nil, g.Errorf("option %q: the prefix must not contain a line break", "--nflog-prefix")
				}
			}
		}
	}
	return t, nil
}

// Group returns the netlink group.
func (t *nflogTarget) Group() uint16 { return uint16(t.group) }

// Apply goes on with the next rule (xt_NFLOG.c, Linux 6.18).
func (t *nflogTarget) Apply(*Ctx) trace.Verdict { return trace.Continue }

// Save writes what is not the default.
func (t *nflogTarget) Save(w *Writer) {
	if t.prefix != "" {
		w.Opt("nflog-prefix", false)
		w.Quote(t.prefix)
	}
	if t.group != 0 {
		w.Printf("--nflog-group %d", t.group)
	}
	if t.hasSize {
		w.Printf("--nflog-size %d", t.size)
	}
	if t.threshold != 0 {
		w.Printf("--nflog-threshold %d", t.threshold)
	}
}

var classifyExt = &Extension{
	Name: "CLASSIFY", IsTarget: true, Families: FamBoth, Hooks: []packet.Hook{packet.Output, packet.Forward, packet.Postrouting}, Model: Exact,
	Doc:     "Sets the packet's traffic class for the queueing discipline (always hexadecimal).",
	Options: []Option{{Name: "set-class", Arg: Text, Need: true, Help: "MAJOR:MINOR", Samples: []string{"1:2", "ffff:ffff", "0x1:0x2", "1", "10000:1", "g:1", "1:2x"}}},
	New: func(a *Args) (any, error) {
		g := a.Given[0]
		major, rest, ok1 := hexField(g.Text())
		if !ok1 || rest == "" || rest[0] != ':' {
			return nil, g.bad("MAJOR:MINOR in hexadecimal")
		}
		minor, _, ok2 := hexField(rest[1:])
		if !ok2 {
			return nil, g.bad("MAJOR:MINOR in hexadecimal")
		}
		return &sideEffect{"CLASSIFY", func(w *Writer) { w.Printf("--set-class %04x:%04x", major&0xffff, minor&0xffff) }}, nil
	},
}

// hexField reads a number as scanf's %x does: blanks, a sign, digits.
func hexField(s string) (v uint64, rest string, ok bool) {
	i := 0
	for i < len(s) && (s[i] == ' ' || s[i] == '\t') {
		i++
	}
	s = s[i:]
	neg := s != "" && s[0] == '-'
	if neg {
		s = s[1:]
	}
	if len(s) > 1 && s[0] == '0' && s[1]|0x20 == 'x' && (len(s) == 2 || digit(s[2]) > 15) {
		return 0, s[2:], true
	}
	v, rest, ok = numberBase(s, 16)
	if neg {
		v = -v
	}
	return v, rest, ok
}
