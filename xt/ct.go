package xt

import (
	"strings"

	"nfwhy/conntrack"
	"nfwhy/trace"
)

var ctExt = &Extension{
	Name: "CT", IsTarget: true, Families: FamBoth, Tables: []string{"raw"}, Model: Partly,
	Gap: "timeout policies by name are kept outside the rules",
	Doc: "Says how conntrack is to treat the packet and the connection it may begin: not at all (--notrack), in a zone, with a helper.\n" +
		"The first such rule counts; later ones do nothing.",
	Options: []Option{
		{Name: "notrack", Help: "no connection: the packet is UNTRACKED"},
		{Name: "helper", Arg: Text, Help: "conntrack helper", Samples: []string{"ftp", "tftp", "sip", "irc", "nope"}},
		{Name: "timeout", Arg: Text, Outside: true, Help: "timeout policy"},
		{Name: "ctevents", Arg: Text, Help: "events to report", Samples: []string{"new", "new,destroy", strings.Join(ctEvents, ","), "NEW"}},
		{Name: "expevents", Arg: Text, Help: "expectation events to report", Samples: []string{"new"}},
		{Name: "zone-orig", Arg: Text, Help: "zone of packets in original direction: ID or mark", Samples: zoneSamples},
		{Name: "zone-reply", Arg: Text, Help: "zone of packets in reply direction: ID or mark", Samples: zoneSamples},
		{Name: "zone", Arg: Text, Help: "zone of both directions: ID or mark", Samples: zoneSamples},
	},
	New: newCT,
}

var notrackExt = &Extension{
	Name: "NOTRACK", IsTarget: true, Families: FamBoth, Tables: []string{"raw"}, Model: Exact,
	Doc: "The packet is not tracked: its state is UNTRACKED. The older name of -j CT --notrack.",
	New: func(a *Args) (any, error) { return &ctTarget{notrack: true, old: true}, nil },
}

var zoneSamples = []string{"5", "0", "65535", "mark", "0x10", "65536"}

var ctEvents = []string{"new", "related", "destroy", "reply", "assured", "protoinfo", "helper", "mark", "natseqinfo", "secmark"}

// ctHelpers are the helpers of a current kernel: name, protocol, families.
var ctHelpers = []struct {
	name     string
	protos   []uint8
	families uint8
}{
	{"ftp", []uint8{6}, FamBoth}, {"tftp", []uint8{17}, FamBoth}, {"sip", []uint8{6, 17}, FamBoth}, {"irc", []uint8{6}, Fam4},
	{"amanda", []uint8{17}, FamBoth}, {"sane", []uint8{6}, FamBoth}, {"pptp", []uint8{6}, Fam4}, {"netbios-ns", []uint8{17}, Fam4},
	{"snmp", []uint8{17}, Fam4}, {"Q.931", []uint8{6}, FamBoth}, {"RAS", []uint8{17}, FamBoth},
}

type ctTarget struct {
	notrack, old bool
	orig, reply  bool // a zone for one direction was given
	helper       string
	timeout      string
	events       uint16
	expEvents    bool
	zone         conntrack.Zone
	template     *conntrack.Template
}

func newCT(a *Args) (any, error) {
	t := &ctTarget{notrack: a.Has("notrack")}
	var err error
	for _, g := range a.Given {
		switch g.Option.Name {
		case "helper":
			t.helper = g.Text()
			err = t.checkHelper(a, g)
		case "timeout":
			t.timeout = g.Text()
		case "ctevents":
			t.events, err = ctEventsOf(g, ctEvents)
		case "expevents":
			_, err = ctEventsOf(g, ctEvents[:1])
			t.expEvents = true
		case "zone", "zone-orig", "zone-reply":
			err = t.setZone(g)
		}
		if err != nil {
			return nil, err
		}
	}
	t.template = &conntrack.Template{Zone: t.zone, Helper: t.helper}
	return t, nil
}

// checkHelper refuses helpers that the kernel does not have for the protocol.
func (t *ctTarget) checkHelper(a *Args, g *Given) error {
	b := &a.Rule.Base
	if t.helper == "" || a.Has("notrack") {
		return nil
	}
	var names []string
	for _, h := range ctHelpers {
		names = append(names, h.name)
		if h.name != t.helper || h.families&famMask(a.Rule.Family) == 0 {
			continue
		}
		for _, p := range h.protos {
			if b.HasProto && !b.NegProto && b.Proto == p {
				return nil
			}
		}
		return g.Errorf("option %q: helper %q not allowed here: the rule needs -p %s", "--helper", t.helper, protoText(h.protos[0]))
	}
	return g.Errorf("option %q: unknown helper %q%s", "--helper", t.helper, didYouMean(t.helper, names))
}

func ctEventsOf(g *Given, words []string) (uint16, error) {
	var bits uint16
	for _, item := range strings.Split(g.Text(), ",") {
		i := 0
		for i < len(words) && words[i] != item {
			i++
		}
		if i == len(words) {
			return 0, g.Errorf("option %q: unknown event %q (expected %s)%s", "--"+g.Option.Name, item, oneOf(words), didYouMean(item, words))
		}
		bits |= 1 << i
	}
	return bits, nil
}

// setZone takes a zone option. What several of them say adds up, as for iptables:
// the last number counts, mark stays, both directions are no direction.
func (t *ctTarget) setZone(g *Given) error {
	if g.Text() == "mark" {
		t.zone.FromMark = true
	} else {
		v, ok := wholeNumber(g.Text(), 0, 65535)
		if !ok {
			return g.bad("a zone from 0 to 65535, or mark")
		}
		t.zone.ID = uint16(v)
	}
	switch g.Option.Name {
	case "zone-orig":
		t.orig = true
	case "zone-reply":
		t.reply = true
	}
	switch t.zone.Dir = conntrack.ZoneBoth; {
	case t.orig && !t.reply:
		t.zone.Dir = conntrack.ZoneOrig
	case t.reply && !t.orig:
		t.zone.Dir = conntrack.ZoneReply
	}
	return nil
}

// Tracks reports whether the target needs conntrack: all but a bare --notrack.
func (t *ctTarget) Tracks() bool { return !t.notrack }

// Apply is xt_CT.c: xt_ct_target, notrack_tg (Linux 6.18).
func (t *ctTarget) Apply(c *Ctx) trace.Verdict {
	if !c.CT.Empty() {
		return trace.Continue
	}
	if t.notrack {
		c.CT.Info = conntrack.Untracked
		return trace.Continue
	}
	c.CT.Template = t.template
	return trace.Continue
}

// SaveName keeps NOTRACK as it was written.
func (t *ctTarget) SaveName() string {
	if t.old {
		return "NOTRACK"
	}
	return "CT"
}

// Save writes the options in iptables-save's order.
func (t *ctTarget) Save(w *Writer) {
	if t.old {
		return
	}
	if t.notrack {
		w.Opt("notrack", false)
	}
	if t.helper != "" {
		w.Printf("--helper %s", t.helper)
	}
	if t.timeout != "" {
		w.Printf("--timeout %s", t.timeout)
	}
	if t.events != 0 {
		var list []string
		for i, e := range ctEvents {
			if t.events&(1<<i) != 0 {
				list = append(list, e)
			}
		}
		w.Printf("--ctevents %s", strings.Join(list, ","))
	}
	if t.expEvents {
		w.Printf("--expevents new")
	}
	name := [...]string{"zone", "zone-orig", "zone-reply"}[t.zone.Dir]
	switch {
	case t.zone.FromMark:
		w.Printf("--%s mark", name)
	case t.zone.ID != 0:
		w.Printf("--%s %d", name, t.zone.ID)
	}
}
