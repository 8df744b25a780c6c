package evidence

import (
	"fmt"
	"net/netip"
	"strings"

	"nfwhy/capture"
	"nfwhy/host"
	"nfwhy/packet"
	"nfwhy/ruleset"
)

// InferHost completes h from the evidence: first with the addresses and routes
// that listings tell, then with conclusions: whose addresses are the host's own,
// which interfaces there are. What was concluded is noted in h.Inferred with what
// it rests on. Facts that were told (addresses already in h) are not touched, and
// told ones beat inferred ones: a link that a listing shows has the listing's
// addresses. With addresses and routes both told, h is not Open and nothing but
// the names of links is inferred.
func (e *Evidence) InferHost(h *host.Host) {
	in := inference{e: e, h: h, listed: map[string]bool{}}
	h.Open = true
	in.told()
	in.fromLogs()
	if h.Open {
		in.fromRules()
		in.fromPackets()
	}
	if len(h.Links) == 0 || len(h.Links) == 1 && h.Links[0].Loopback {
		h.AddLink("eth0")
		in.note("the interface is called eth0", "nothing names one")
	}
	if h.Open && len(in.listed) == 0 {
		in.fromTTL()
	}
}

type inference struct {
	e      *Evidence
	h      *host.Host
	listed map[string]bool // links whose addresses a listing shows
	early  map[string]bool // log prefixes that only rules of PREROUTING write
}

// told takes what listings say.
func (in *inference) told() {
	addrs := false
	for i := range in.e.Addresses {
		a := &in.e.Addresses[i]
		l := in.h.AddLink(a.Dev)
		in.listed[a.Dev] = true
		if a.Kind != "" {
			l.Ethernet, l.Loopback = a.Kind == "ether", a.Kind == "loopback" || a.Dev == "lo"
		}
		if a.MTU > 0 {
			l.MTU = a.MTU
		}
		if a.MAC != nil && l.Ethernet {
			l.MAC = a.MAC
		}
		if a.Prefix.IsValid() && !l.Loopback {
			in.addAddr(l, a.Prefix)
			addrs = true
		}
	}
	routes, only := false, !in.e.partial
	for i := range in.e.Routes {
		r := &in.e.Routes[i]
		switch {
		case r.Rule:
			continue
		case r.Table != "":
			only = only && (r.Table == "local" || r.Table == "255")
			continue
		case r.Kind == host.Local || r.Kind == host.Broadcast || r.Kind == host.Multicast:
			continue
		}
		if r.Dev != "" {
			in.h.AddLink(r.Dev)
		}
		in.h.Routes = append(in.h.Routes, r.Route)
		routes = true
		if r.Src.IsValid() && !in.listed[r.Dev] && r.Dev != "" { // the host's own, by the kernel's word
			in.own(r.Src, r.Dev, "src of the route "+r.Dst.String()+" ("+r.Source+")")
		}
	}
	if addrs && routes && only {
		in.h.Open = false
	}
}

func (in *inference) addAddr(l *host.Link, p netip.Prefix) {
	for _, have := range l.Addrs {
		if have == p {
			return
		}
	}
	l.Addrs = append(l.Addrs, p)
}

func (in *inference) note(fact, from string) {
	for _, have := range in.h.Inferred {
		if have.Fact == fact {
			return
		}
	}
	in.h.Inferred = append(in.h.Inferred, host.Inference{Fact: fact, From: from})
}

// maxOwn bounds the addresses inferred for one link.
const maxOwn = 64

// own makes a an address of the host on dev.
func (in *inference) own(a netip.Addr, dev, from string) {
	if !a.IsValid() || a.IsMulticast() || a.IsUnspecified() || a.IsLoopback() || a == broadcast || in.listed[dev] || in.known(a) {
		return
	}
	l := in.h.AddLink(dev)
	if l.Loopback || len(l.Addrs) >= maxOwn {
		return
	}
	l.Addrs = append(l.Addrs, netip.PrefixFrom(a, a.BitLen()))
	in.note(fmt.Sprintf("%s is this host's address on %s", in.e.Names.Show(a), dev), from)
}

var broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})

// fromLogs: a line with only OUT= has the host's address as source, one with only
// IN= as destination, unless the frame was a broadcast or multicast, or the line
// was written before routing.
func (in *inference) fromLogs() {
	in.early = in.earlyPrefixes()
	for i := range in.e.Logs {
		g := &in.e.Logs[i]
		in.line(&g.Line, g.Source, in.early[strings.TrimSpace(g.Line.Prefix)])
	}
	for i := range in.e.Traces {
		x := &in.e.Traces[i]
		if x.Packet != nil {
			in.line(x.Packet, x.Source, x.Table == "raw" || x.Chain == "PREROUTING" || x.Table == "")
		}
	}
}

// line takes what one line tells; early means that it may have been written before
// the packet was routed.
func (in *inference) line(l *packet.LogLine, source string, early bool) {
	if l.Family == 0 || !l.Known(packet.FieldLen) {
		return
	}
	switch {
	case l.In == "" && l.Out != "" && l.Out != "lo":
		in.h.AddLink(l.Out)
		if in.h.Open {
			in.own(l.Src, l.Out, "SRC= of a line with only OUT= ("+source+")")
		}
	case l.In != "" && l.Out == "" && l.In != "lo":
		in.h.AddLink(l.In)
		if !in.h.Open || early || len(l.Link) >= 6 && l.Link[0]&1 != 0 || looksBroadcast(l.Dst) {
			break
		}
		in.own(l.Dst, l.In, "DST= of a line with only IN= ("+source+")")
	case l.In != "" && l.Out != "":
		in.h.AddLink(l.In)
		in.h.AddLink(l.Out)
	}
	in.loMAC(l)
}

// earlyPrefixes are the prefixes that rules of PREROUTING write and no others.
func (in *inference) earlyPrefixes() map[string]bool {
	early, late := map[string]bool{}, map[string]bool{}
	in.eachRule(func(r *ruleset.Rule) {
		prefix := ""
		for i, w := range r.Words {
			if w.Text == "--log-prefix" && i+1 < len(r.Words) {
				prefix = strings.TrimSpace(r.Words[i+1].Text)
			}
		}
		if target, _ := r.Jump(); target == "LOG" {
			if r.Chain == "PREROUTING" {
				early[prefix] = true
			} else {
				late[prefix] = true
			}
		}
	})
	for p := range late {
		delete(early, p)
	}
	return early
}

func (in *inference) loMAC(l *packet.LogLine) {
	if l.In == "" || len(l.Link) < 12 || l.Link[0]&1 != 0 {
		return
	}
	if k := in.h.Link(l.In); k != nil && k.MAC == nil && !k.Loopback {
		k.MAC = append([]byte(nil), l.Link[:6]...)
	}
}

func looksBroadcast(a netip.Addr) bool {
	return a.Is4() && a.As4()[3] == 255
}

// fromRules: interface names, and host addresses that INPUT has as destination
// or OUTPUT as source.
func (in *inference) fromRules() { in.eachRule(in.rule) }

func (in *inference) eachRule(f func(*ruleset.Rule)) {
	for _, file := range in.e.Files {
		for _, rs := range file.Rulesets() {
			for _, t := range rs.Tables {
				for _, c := range t.Chains {
					for _, r := range c.Rules {
						f(r)
					}
				}
			}
		}
	}
}

func (in *inference) rule(r *ruleset.Rule) {
	for i := 0; i+1 < len(r.Words); i++ {
		w, v := r.Words[i], r.Words[i+1]
		if w.Quoted || i > 0 && r.Words[i-1].Text == "!" {
			continue
		}
		switch w.Text {
		case "-i", "--in-interface", "-o", "--out-interface":
			if n := v.Text; n != "!" && !strings.HasSuffix(n, "+") && len(n) < 16 {
				in.h.AddLink(n)
			}
		case "-d", "--dst", "--destination":
			if r.Chain == "INPUT" {
				in.ownText(v.Text, r)
			}
		case "-s", "--src", "--source":
			if r.Chain == "OUTPUT" {
				in.ownText(v.Text, r)
			}
		}
	}
}

func (in *inference) ownText(s string, r *ruleset.Rule) {
	s = strings.TrimSuffix(strings.TrimSuffix(s, "/32"), "/128")
	a, err := netip.ParseAddr(s)
	if err != nil || looksBroadcast(a) {
		return
	}
	in.own(a, in.someLink(), "rule "+r.Pos.String())
}

// someLink is the first interface that is not lo.
func (in *inference) someLink() string {
	for _, l := range in.h.Links {
		if !l.Loopback {
			return l.Name
		}
	}
	return "eth0"
}

// fromPackets: a capture that tells directions tells addresses.
func (in *inference) fromPackets() {
	for _, r := range in.e.Packets {
		dev := r.Iface
		if dev == "" || dev == "any" {
			dev = in.someLink()
		}
		p := &r.Packet
		switch {
		case r.Skip != nil:
		case r.Dir == capture.Out && !in.known(p.Src()):
			in.own(p.Src(), dev, "source of a packet that the capture marks as sent ("+r.Source()+")")
		case r.Dir == capture.In && p.Cast == packet.CastHost && !looksBroadcast(p.Dst()) && !in.known(p.Dst()):
			in.own(p.Dst(), dev, "destination of a packet that the capture marks as received ("+r.Source()+")")
		case r.Iface != "":
			in.h.AddLink(dev)
		}
	}
}

func (in *inference) known(a netip.Addr) bool {
	for _, l := range in.h.Links {
		for _, p := range l.Addrs {
			if p.Addr() == a {
				return true
			}
		}
	}
	return false
}

// fromTTL finds the host in a capture where nothing else tells: a packet whose
// TTL is still one that systems start with, answered by or answering one whose
// TTL is not, was sent by the host that captured it.
func (in *inference) fromTTL() {
	for _, r := range in.e.Packets {
		if r.Skip == nil && (in.known(r.Packet.Src()) || in.known(r.Packet.Dst())) {
			return
		}
	}
	score := map[netip.Addr]int{}
	var order []netip.Addr
	for _, r := range in.e.Packets {
		if r.Skip != nil || r.Untold.Has(capture.FieldTTL) {
			continue
		}
		s := r.Packet.Src()
		if _, ok := score[s]; !ok {
			order = append(order, s)
		}
		switch r.Packet.TTL() {
		case 64, 128, 255:
			score[s]++
		default:
			score[s] -= 2
		}
	}
	var best netip.Addr
	for _, a := range order {
		if !best.IsValid() || score[a] > score[best] {
			best = a
		}
	}
	if best.IsValid() && score[best] > 0 {
		in.own(best, in.someLink(), "its packets have the TTL that hosts start with; the others have crossed routers")
		return
	}
	if len(in.e.Packets) > 0 && in.e.Packets[0].Skip == nil {
		in.own(in.e.Packets[0].Packet.Dst(), in.someLink(), "destination of the first packet of the capture")
	}
}
