package xt

import (
	"fmt"

	"nfwhy/host"
	"nfwhy/packet"
	"nfwhy/trace"
)

var macExt = &Extension{
	Name:     "mac",
	Families: FamBoth,
	Hooks:    []packet.Hook{packet.Prerouting, packet.Input, packet.Forward},
	Model:    Exact,
	Doc:      "Ethernet source address of a received packet. Without a link header it fails, inverted or not.",
	Options:  []Option{{Name: "mac-source", Arg: MAC, Need: true, Neg: true, Help: "XX:XX:XX:XX:XX:XX"}},
	New: func(a *Args) (any, error) {
		g := a.Given[0]
		return &macMatch{g.Lo, g.Neg}, nil
	},
}

type macMatch struct {
	addr uint64
	neg  bool
}

// Match is xt_mac.c (Linux 6.18).
func (m *macMatch) Match(c *Ctx) trace.Truth {
	l := c.Pkt.Link
	if len(l) != 14 || c.Host != nil && notEthernet(c.Host.Link(c.In)) {
		return c.says("mac", "--mac-source", "no Ethernet header", "an Ethernet header", trace.No)
	}
	var saw uint64
	for _, b := range l[6:12] {
		saw = saw<<8 | uint64(b)
	}
	t := trace.Of(saw == m.addr).Not(m.neg)
	if c.Recorder != nil {
		c.Recorder.Term(trace.Term{Part: "mac", Field: "--mac-source", Saw: macText(saw), Want: not(m.neg, macText(m.addr)), Truth: t})
	}
	return t
}

// notEthernet reports a device of another type, such as lo, whose header only
// looks like Ethernet's.
func notEthernet(l *host.Link) bool { return l != nil && !l.Ethernet }

func macText(v uint64) string {
	return fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", byte(v>>40), byte(v>>32), byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
}

// Save writes the address.
func (m *macMatch) Save(w *Writer) {
	w.Opt("mac-source", m.neg)
	w.Word(macText(m.addr))
}
