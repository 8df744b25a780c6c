package xt

import (
	"fmt"
	"strings"

	"nfwhy/packet"
	"nfwhy/trace"
)

// Targets that do something outside the packet's way.

var traceExt = &Extension{
	Name: "TRACE", IsTarget: true, Families: FamBoth, Model: Exact,
	Doc: "Makes every later rule that matches the packet write a TRACE line (x_tables), or an event for nft monitor trace.",
	New: func(*Args) (any, error) { return &traceTarget{}, nil },
}

// Tracer is a Machine that follows a packet marked by TRACE.
type Tracer interface{ Trace(c *Ctx) }

type traceTarget struct{}

// Apply is xt_TRACE.c (Linux 6.18).
func (*traceTarget) Apply(c *Ctx) trace.Verdict {
	if t, ok := c.Machine.(Tracer); ok {
		t.Trace(c)
	}
	return trace.Continue
}

// Save writes nothing.
func (*traceTarget) Save(*Writer) {}

var checksumExt = &Extension{
	Name: "CHECKSUM", IsTarget: true, Families: FamBoth, Tables: []string{"mangle"}, Model: Exact,
	Doc:     "Fills in a checksum that a virtual device left to hardware. A complete packet stays as it is.",
	Options: []Option{{Name: "checksum-fill", Need: true, Help: "fill in the checksum"}},
	New: func(*Args) (any, error) {
		return &sideEffect{"CHECKSUM", func(w *Writer) { w.Opt("checksum-fill", false) }}, nil
	},
}

var auditTypes = []string{"accept", "drop", "reject"}

var auditExt = &Extension{
	Name: "AUDIT", IsTarget: true, Families: FamBoth, Model: Exact,
	Doc:     "Writes an audit record and goes on.",
	Options: []Option{{Name: "type", Arg: Text, Need: true, Help: "accept, drop or reject", Samples: []string{"accept", "drop", "REJECT", "foo"}}},
	New: func(a *Args) (any, error) {
		g := a.Given[0]
		for _, t := range auditTypes {
			if strings.EqualFold(g.Text(), t) {
				return &sideEffect{"AUDIT", func(w *Writer) { w.Printf("--type %s", t) }}, nil
			}
		}
		return nil, g.bad(oneOf(auditTypes) + didYouMean(g.Text(), auditTypes))
	},
}

var secTables = []string{"mangle", "security"}

var secmarkExt = &Extension{
	Name: "SECMARK", IsTarget: true, Families: FamBoth, Tables: secTables, Model: Exact, Objects: true,
	Doc:     "Sets the packet's SELinux context.",
	Options: []Option{{Name: "selctx", Arg: Text, Need: true, Max: 255, Help: "the context", Samples: []string{"system_u:object_r:x_t:s0"}}},
	New: func(a *Args) (any, error) {
		return &sideEffect{"SECMARK", func(w *Writer) { w.Printf("--selctx %s", a.Given[0].Text()) }}, nil
	},
}

var connsecmarkExt = &Extension{
	Name: "CONNSECMARK", IsTarget: true, Families: FamBoth, Tables: secTables, Model: Exact, Tracks: true,
	Doc: "Copies the SELinux context between packet and connection.",
	Options: []Option{
		{Name: "save", Excl: []string{"restore"}, Help: "from packet to connection"},
		{Name: "restore", Excl: []string{"save"}, Help: "from connection to packet"},
	},
	New: func(a *Args) (any, error) {
		if len(a.Given) == 0 {
			return nil, a.Errorf("target CONNSECMARK: --save or --restore must be given")
		}
		return &sideEffect{"CONNSECMARK", func(w *Writer) { w.Opt(a.Given[0].Option.Name, false) }}, nil
	},
}

var idletimerExt = &Extension{
	Name: "IDLETIMER", IsTarget: true, Families: FamBoth, Model: Exact,
	Doc: "Restarts a timer that tells user space when no packet came for a while.",
	Options: []Option{
		{Name: "timeout", Arg: Number, Max: 1<<32 - 1, Need: true, Help: "seconds", Samples: []string{"5", "1", "4000000"}},
		{Name: "label", Arg: Text, Need: true, Help: "the timer", Samples: []string{"xt-%d", "xt b%d", "xt%d5678901234567890123456789"}},
		{Name: "alarm", Help: "wake a sleeping host"},
	},
	New: newIdletimer,
}

func newIdletimer(a *Args) (any, error) {
	seconds, label := a.Get("timeout").Lo, a.Get("label").Text()
	const maxSeconds = 0x7fffffff / 1000
	if seconds == 0 || seconds >= maxSeconds {
		return nil, a.Get("timeout").bad(fmt.Sprintf("seconds from 1 to %d", maxSeconds-1))
	}
	if label == "" {
		return nil, a.Get("label").bad("a name")
	}
	label = label[:min(len(label), 27)]
	alarm := a.Has("alarm")
	return &sideEffect{"IDLETIMER", func(w *Writer) {
		w.Printf("--timeout %d --label %s", seconds, label)
		if alarm {
			w.Opt("alarm", false)
		}
	}}, nil
}

var ledExt = &Extension{
	Name: "LED", IsTarget: true, Families: FamBoth, Model: Exact, Absent: true,
	Doc: "Switches an LED of the machine.",
	Options: []Option{
		{Name: "led-trigger-id", Arg: Text, Need: true, Min: 1, Help: "name of the trigger"},
		{Name: "led-delay", Arg: Text, Help: "milliseconds, or inf"},
		{Name: "led-always-blink", Help: "blink for each packet"},
	},
	New: func(a *Args) (any, error) {
		id, delay := a.Get("led-trigger-id").Text(), ""
		if len(id) > 26 {
			return nil, a.Get("led-trigger-id").bad("at most 26 characters")
		}
		if g := a.Get("led-delay"); g != nil {
			if v, ok := wholeNumber(g.Text(), 0, 1<<32-1); ok && v > 0 {
				delay = utoa(v)
			} else if strings.EqualFold(g.Text(), "inf") {
				delay = "inf"
			} else if !ok {
				return nil, g.bad("milliseconds or inf")
			}
		}
		return &sideEffect{"LED", func(w *Writer) {
			w.Printf("--led-trigger-id \"%s\"", id)
			if delay != "" {
				w.Printf("--led-delay %s", delay)
			}
			if a.Has("led-always-blink") {
				w.Opt("led-always-blink", false)
			}
		}}, nil
	},
}

var ulogExt = &Extension{
	Name: "ULOG", IsTarget: true, Families: Fam4, Model: Exact, Absent: true,
	Doc: "The predecessor of NFLOG; gone since Linux 3.17.",
	Options: []Option{
		{Name: "ulog-nlgroup", Arg: Number, Min: 1, Max: 32, Help: "netlink group"},
		{Name: "ulog-prefix", Arg: Text, Min: 1, Help: "text before the packet"},
		{Name: "ulog-cprange", Arg: Number, Max: 1<<32 - 1, Help: "bytes of each packet"},
		{Name: "ulog-qthreshold", Arg: Number, Min: 1, Max: 50, Help: "packets to collect"},
	},
	New: func(a *Args) (any, error) {
		return &sideEffect{"ULOG", func(w *Writer) {
			if g := a.Get("ulog-prefix"); g != nil {
				w.Opt("ulog-prefix", false)
				w.Quote(g.Text()[:min(31, len(g.Text()))])
			}
			for _, n := range []string{"ulog-nlgroup", "ulog-cprange", "ulog-qthreshold"} {
				if g := a.Get(n); g != nil && !(n == "ulog-cprange" && g.Lo == 0) && !(n != "ulog-cprange" && g.Lo == 1) {
					w.Printf("--%s %d", n, g.Lo)
				}
			}
		}}, nil
	},
}

var clusteripExt = &Extension{
	Name: "CLUSTERIP", IsTarget: true, Families: Fam4, Model: Unmodelled, Absent: true, Gap: "gone from current kernels (since Linux 6.7)",
	Doc: "An address shared by a cluster. Gone since Linux 6.7.",
	Options: []Option{
		{Name: "new", Help: "create the cluster"},
		{Name: "hashmode", Arg: Text, Also: []string{"new"}, Help: "sourceip, sourceip-sourceport or sourceip-sourceport-destport"},
		{Name: "clustermac", Arg: MAC, Also: []string{"new"}, Help: "shared Ethernet address"},
		{Name: "total-nodes", Arg: Number, Max: 16, Also: []string{"new"}, Help: "how many nodes"},
		{Name: "local-node", Arg: Number, Max: 16, Also: []string{"new"}, Help: "this node"},
		{Name: "hash-init", Arg: Number, Max: 1<<32 - 1, Also: []string{"new"}, Help: "start of the hash"},
	},
	New: func(a *Args) (any, error) {
		return &sideEffect{"CLUSTERIP", func(w *Writer) {
			if !a.Has("new") {
				return
			}
			w.Opt("new", false)
			for i := range a.Ext.Options[1:] {
				o := &a.Ext.Options[i+1]
				g := a.Get(o.Name)
				switch {
				case g == nil:
				case o.Arg == MAC:
					w.Printf("--%s %s", o.Name, macText(g.Lo))
				default:
					w.Printf("--%s %s", o.Name, g.Text())
				}
			}
		}}, nil
	},
}

var synproxyExt = &Extension{
	Name: "SYNPROXY", IsTarget: true, Families: FamBoth, Protos: []uint8{packet.ProtoTCP}, Hooks: []packet.Hook{packet.Input, packet.Forward},
	Model: Partly, Tracks: true, Gap: "the handshake it makes is not followed",
	Doc: "Answers connection attempts itself, with SYN cookies, and opens the connection to the server once the client is real.",
	Options: []Option{
		{Name: "sack-perm", Help: "pass SACK permitted"},
		{Name: "timestamp", Help: "pass timestamps"},
		{Name: "wscale", Arg: Number, Max: 1<<32 - 1, Help: "window scale", Samples: []string{"7", "0", "14", "256"}},
		{Name: "mss", Arg: Number, Max: 1<<32 - 1, Help: "MSS of the server", Samples: []string{"1460", "65536", "0"}},
		{Name: "ecn", Help: "pass ECN"},
	},
	New: func(a *Args) (any, error) { return &synproxyTarget{given: a}, nil },
}

type synproxyTarget struct{ given *Args }

// Synproxier is a Machine that models SYNPROXY.
type Synproxier interface{ Synproxy(c *Ctx) trace.Verdict }

// Apply drops the packet when the machine does not say otherwise
// (ipt_SYNPROXY.c, Linux 6.18: a SYN is answered and dropped).
func (t *synproxyTarget) Apply(c *Ctx) trace.Verdict {
	if s, ok := c.Machine.(Synproxier); ok {
		return s.Synproxy(c)
	}
	h, w := c.bytes(c.transport().off, 20)
	if w != here {
		return trace.Drop
	}
	if flags := h[13] & 0x17; flags == 0x02 || flags == 0x10 {
		return trace.Drop
	}
	return trace.Continue
}

// Save writes the options in iptables-save's order.
func (t *synproxyTarget) Save(w *Writer) {
	for _, n := range []string{"sack-perm", "timestamp", "wscale", "mss", "ecn"} {
		g := t.given.Get(n)
		switch {
		case g == nil:
		case n == "wscale":
			w.Printf("--wscale %d", uint8(g.Lo))
		case n == "mss":
			w.Printf("--mss %d", uint16(g.Lo))
		default:
			w.Opt(n, false)
		}
	}
}

var tproxyExt = &Extension{
	Name: "TPROXY", IsTarget: true, Families: FamBoth, Tables: []string{"mangle"}, Hooks: []packet.Hook{packet.Prerouting},
	Protos: []uint8{packet.ProtoTCP, packet.ProtoUDP}, Model: Partly, Gap: "which local sockets there are",
	Doc: "Gives the packet to a local socket without changing it, and marks it; without a socket it is dropped.",
	Options: []Option{
		{Name: "on-port", Arg: Port, Need: true, Help: "port of the socket, 0 for the packet's own"},
		{Name: "on-ip", Arg: Host, Help: "address of the socket"},
		{Name: "tproxy-mark", Arg: MarkMask, Help: "VALUE[/MASK] to mark the packet with"},
	},
	New: func(a *Args) (any, error) {
		t := &tproxyTarget{port: uint16(a.Get("on-port").Lo), ip: "0.0.0.0"}
		if a.six() {
			t.ip = "::"
		}
		if g := a.Get("on-ip"); g != nil {
			t.ip = addrText(g.Addr)
		}
		if g := a.Get("tproxy-mark"); g != nil {
			t.value, t.mask = uint32(g.Lo), uint32(g.Hi)
		}
		return t, nil
	},
}

type tproxyTarget struct {
	port        uint16
	ip          string
	value, mask uint32
}

// SocketFinder is a Machine that knows local sockets.
type SocketFinder interface {
	// FindSocket is Yes when a local socket takes the packet.
	FindSocket(c *Ctx, port uint16) trace.Truth
}

// Apply is xt_TPROXY.c: tproxy_tg4 (Linux 6.18).
func (t *tproxyTarget) Apply(c *Ctx) trace.Verdict {
	f, ok := c.Machine.(SocketFinder)
	if !ok {
		return trace.Undecided
	}
	switch f.FindSocket(c, t.port) {
	case trace.Yes:
		c.Pkt.Mark = c.Pkt.Mark&^t.mask ^ t.value
		return trace.Accept
	case trace.No:
		return trace.Drop
	}
	return trace.Undecided
}

// Save writes all options.
func (t *tproxyTarget) Save(w *Writer) {
	w.Printf("--on-port %d --on-ip %s --tproxy-mark 0x%x/0x%x", t.port, t.ip, t.value, t.mask)
}
