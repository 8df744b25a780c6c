package evidence

import (
	"net/netip"
	"strconv"
	"strings"

	"nfwhy/capture"
	"nfwhy/packet"
)

// revealDumps takes the addresses that hex dumps show for texts that blank them.
func (e *Evidence) revealDumps() {
	n := e.Names
	for _, r := range e.Packets {
		if r.Skip != nil {
			continue
		}
		if !r.Untold.Has(capture.FieldSrc) {
			n.real[r.Packet.Src()] = true
		}
		if !r.Untold.Has(capture.FieldDst) {
			n.real[r.Packet.Dst()] = true
		}
		if r.SrcText != "" && r.SrcText == r.DstText {
			n.several[token(r.SrcText)] = true
		}
	}
	for _, r := range e.Packets {
		if r.Skip != nil {
			continue
		}
		src, dst := recordParts(r)
		n.reveal(r, r.SrcText, src, r.Packet.Src(), capture.FieldSrc)
		n.reveal(r, r.DstText, dst, r.Packet.Dst(), capture.FieldDst)
	}
}

// revealListings takes the host's own address for a text that stands for it, when
// the listing of its addresses leaves one only.
func (e *Evidence) revealListings() {
	own := map[string][]netip.Addr{}
	for i := range e.Addresses {
		a := &e.Addresses[i]
		if a.Prefix.IsValid() {
			e.Names.real[a.Prefix.Addr()] = true
			own[a.Dev] = append(own[a.Dev], a.Prefix.Addr())
		}
	}
	e.eachLine(func(l *packet.LogLine) {
		dev, text, here := l.In, l.DstText, l.Dst
		if l.In == "" {
			dev, text, here = l.Out, l.SrcText, l.Src
		} else if l.Out != "" {
			return
		}
		if here.IsValid() || dev == "" {
			return
		}
		if a, ok := only(own[dev], text, l.Family == packet.IPv6 || isSix(text)); ok {
			e.Names.learn(text, ownPart, a)
		}
	})
}

// only returns the one address of a list that a blanked text can be.
func only(list []netip.Addr, text string, six bool) (found netip.Addr, ok bool) {
	for _, a := range list {
		if a.Is6() != six || a.IsLinkLocalUnicast() || !agrees(text, a) {
			continue
		}
		if found.IsValid() && found != a {
			return netip.Addr{}, false
		}
		found = a
	}
	return found, found.IsValid()
}

// agrees reports whether what can be read of a blanked text is so in a.
func agrees(text string, a netip.Addr) bool {
	if a.Is6() {
		return !isSix(text) || strings.HasPrefix(a.String(), strings.SplitN(text, ":", 2)[0])
	}
	parts := strings.SplitN(token(text), ".", 4)
	if len(parts) < 2 {
		return true
	}
	b := a.As4()
	for i, p := range parts {
		if v, err := strconv.ParseUint(p, 10, 8); err == nil && byte(v) != b[i] {
			return false
		}
	}
	return true
}

// flowEnd is one end of a packet, from wherever it is known.
type flowEnd struct {
	addr netip.Addr // not valid when blanked
	text string
	part string
	port uint16
}

// flow is a packet's two ends.
type flow struct{ src, dst flowEnd }

// maxFlows bounds how much of the evidence is compared with each other.
const maxFlows = 20000

// flows lists the ends of what is kept: blanked ones in open, known ones by their
// ports.
func (e *Evidence) flows() (open []flow, known map[[2]uint16][]flow) {
	known = map[[2]uint16][]flow{}
	n := 0
	add := func(f flow) {
		if f.src.port == 0 || f.dst.port == 0 || n >= maxFlows {
			return
		}
		n++
		if f.src.addr.IsValid() && f.dst.addr.IsValid() {
			k := [2]uint16{f.src.port, f.dst.port}
			if len(known[k]) < 16 {
				known[k] = append(known[k], f)
			}
			return
		}
		open = append(open, f)
	}
	e.eachLine(func(l *packet.LogLine) {
		src, dst := partsOf(l)
		add(flow{flowEnd{l.Src, l.SrcText, src, l.SrcPort}, flowEnd{l.Dst, l.DstText, dst, l.DstPort}})
	})
	for _, r := range e.Packets {
		s, d, ok := r.Packet.Ports()
		if r.Skip != nil || !ok {
			continue
		}
		f := flow{flowEnd{r.Packet.Src(), r.SrcText, "", s}, flowEnd{r.Packet.Dst(), r.DstText, "", d}}
		if r.Untold.Has(capture.FieldSrc) {
			f.src.addr = netip.Addr{}
		}
		if r.Untold.Has(capture.FieldDst) {
			f.dst.addr = netip.Addr{}
		}
		add(f)
	}
	for i := range e.Conntrack {
		t := &e.Conntrack[i].Orig
		if !e.Conntrack[i].blanked && (t.Proto == packet.ProtoTCP || t.Proto == packet.ProtoUDP) {
			add(flow{flowEnd{t.Src(), "", "", t.SrcID}, flowEnd{t.Dst(), "", "", t.DstID}})
		}
	}
	return open, known
}

// revealFlows finds out who a blanked address is: that end of another packet with
// the same ports between the same other address, when there is but one such.
func (e *Evidence) revealFlows() {
	open, known := e.flows()
	for _, o := range open {
		ports := [2]uint16{o.src.port, o.dst.port}
		like := known[ports]
		for _, k := range known[[2]uint16{ports[1], ports[0]}] {
			like = append(like[:len(like):len(like)], flow{k.dst, k.src})
		}
		if !o.src.addr.IsValid() {
			e.revealEnd(o.src, o.dst, like, func(f flow) (end, other netip.Addr) { return f.src.addr, f.dst.addr })
		}
		if !o.dst.addr.IsValid() {
			e.revealEnd(o.dst, o.src, like, func(f flow) (end, other netip.Addr) { return f.dst.addr, f.src.addr })
		}
	}
}

// revealEnd learns who end is, from packets with the same ports.
func (e *Evidence) revealEnd(end, other flowEnd, like []flow, ends func(flow) (end, other netip.Addr)) {
	if !other.addr.IsValid() {
		var ok bool
		if other.addr, ok = e.Names.known(other.text, other.part); !ok {
			return
		}
	}
	var found netip.Addr
	for _, f := range like {
		a, b := ends(f)
		if b != other.addr || !agrees(end.text, a) {
			continue
		}
		if found.IsValid() && found != a {
			return
		}
		found = a
	}
	e.Names.learn(end.text, end.part, found)
}

// settleAddresses gives blanked addresses of the host's listing their stand-ins.
func (e *Evidence) settleAddresses() {
	for i := range e.Addresses {
		a := &e.Addresses[i]
		if a.Blanked == "" {
			continue
		}
		ip := e.Names.standIn(a.Blanked, ownPart, isSix(a.Blanked))
		if a.bits <= ip.BitLen() {
			a.Prefix = netip.PrefixFrom(ip, a.bits)
		}
	}
}
