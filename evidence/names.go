package evidence

import (
	"net/netip"
	"sort"
	"strings"

	"nfwhy/capture"
	"nfwhy/packet"
)

// Names keeps the addresses that a poster blanked. Each gets a stand-in that the
// engine can work with; equal text is an equal address, and what another line
// reveals replaces the stand-in. A text that must stand for several hosts, such as
// x.x.x.x at both ends of one packet, is one host for each part that it plays.
// The zero value of no text is "no address".
type Names struct {
	byText  map[string]netip.Addr // by text and, where it is ambiguous, part
	byAddr  map[netip.Addr]string
	made    map[netip.Addr]bool // stand-ins that nothing revealed
	parts   map[string]string   // the part that a text was first seen in
	several map[string]bool     // texts that play several
	real    map[netip.Addr]bool // addresses that the evidence has in full
	next    int
}

func newNames() *Names {
	return &Names{byText: map[string]netip.Addr{}, byAddr: map[netip.Addr]string{}, made: map[netip.Addr]bool{},
		parts: map[string]string{}, several: map[string]bool{}, real: map[netip.Addr]bool{}}
}

// Show prints an address as the evidence writes it.
func (n *Names) Show(a netip.Addr) string {
	if n != nil {
		if s, ok := n.byAddr[a]; ok {
			return s
		}
	}
	return a.String()
}

// Blanked reports whether a is the stand-in of, or known under, a blanked text.
func (n *Names) Blanked(a netip.Addr) bool {
	_, ok := n.byAddr[a]
	return ok
}

// MadeUp reports whether a is a stand-in of which nothing, or not all, is known.
func (n *Names) MadeUp(a netip.Addr) bool { return n.made[a] }

// Texts returns the blanked texts in order.
func (n *Names) Texts() []string {
	seen := map[string]bool{}
	for t := range n.byText {
		t, _, _ = strings.Cut(t, partMark)
		seen[t] = true
	}
	out := make([]string, 0, len(seen))
	for t := range seen {
		out = append(out, t)
	}
	sort.Strings(out)
	return out
}

// The parts that an address can play.
const (
	ownPart  = "own"  // the host's
	farPart  = "far"  // of who talks to the host, or is forwarded
	nextPart = "next" // the other end of what is forwarded
)

const partMark = "\x00"

// partsOf returns what the source and the destination of a line are.
func partsOf(l *packet.LogLine) (src, dst string) {
	switch {
	case l.In == "lo" || l.Out == "lo":
		return ownPart, ownPart
	case l.In == "" && l.Out != "":
		return ownPart, farPart
	case l.In != "" && l.Out != "":
		return farPart, nextPart
	}
	return farPart, ownPart
}

// token is the identity of a blanked text.
func token(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return "(blank)"
	}
	return s
}

// play notes that a text plays a part: one that is the host's own and another's is
// several hosts.
func (n *Names) play(text, part string) {
	t := token(text)
	first, ok := n.parts[t]
	if !ok {
		n.parts[t] = part
	} else if first != part && (first == ownPart || part == ownPart) {
		n.several[t] = true
	}
}

func (n *Names) key(text, part string) string {
	t := token(text)
	if part != "" && n.several[t] {
		return t + partMark + part
	}
	return t
}

func (n *Names) learn(text, part string, a netip.Addr) {
	k := n.key(text, part)
	if _, ok := n.byText[k]; ok || !a.IsValid() {
		return
	}
	n.byText[k] = a
	if _, ok := n.byAddr[a]; !ok {
		n.byAddr[a] = token(text)
	}
}

// known returns what a text stands for as far as that is settled.
func (n *Names) known(text, part string) (netip.Addr, bool) {
	a, ok := n.byText[n.key(text, part)]
	return a, ok
}

// reveal takes an address from a hex dump for a text that blanks it. Where the
// dump's checksum does not fit the address the poster has blanked that as well,
// and what is left of it (108.162.0.0) serves as the stand-in.
func (n *Names) reveal(r *capture.Record, text, part string, a netip.Addr, f capture.Field) {
	if text == "" || len(r.Raw) == 0 || a.IsUnspecified() || a.IsMulticast() {
		return
	}
	if r.Untold.Has(f) {
		n.made[a] = true
	}
	n.learn(text, part, a)
}

// standIn returns the address for a blanked text, made now if need be: the
// octets that can be read are kept, the others filled.
func (n *Names) standIn(text, part string, six bool) netip.Addr {
	k, t := n.key(text, part), token(text)
	if a, ok := n.byText[k]; ok {
		return a
	}
	for try := 0; ; try++ {
		n.next++
		from := t
		if try > 300 {
			from = "" // what can be read leaves no room
		}
		a := fill(from, n.next, six)
		if _, taken := n.byAddr[a]; taken || n.real[a] {
			continue
		}
		n.byText[k], n.byAddr[a], n.made[a] = a, t, true
		return a
	}
}

// isSix reports whether a blanked text was an IPv6 address.
func isSix(s string) bool { return strings.Count(s, ":") >= 2 }

// settleLine writes stand-ins into a line that blanks addresses.
func (n *Names) settleLine(l *packet.LogLine) {
	if l == nil {
		return
	}
	src, dst := partsOf(l)
	n.settleEnds(l, src, dst)
	if l.Inner != nil {
		n.settleEnds(l.Inner, dst, src) // a quoted packet went the other way
	}
}

func (n *Names) settleEnds(l *packet.LogLine, src, dst string) {
	if l.Src.IsValid() && l.Dst.IsValid() {
		return
	}
	six := l.Family == packet.IPv6
	if src != dst && !l.Src.IsValid() && !l.Dst.IsValid() && token(l.SrcText) == token(l.DstText) {
		n.several[token(l.SrcText)] = true
	}
	if !l.Src.IsValid() {
		l.Src = n.standIn(l.SrcText, src, six || isSix(l.SrcText))
	}
	if !l.Dst.IsValid() {
		l.Dst = n.standIn(l.DstText, dst, six || isSix(l.DstText))
	}
}

// resolve gives every blanked address its stand-in, after what other lines reveal
// was learnt, and writes it into lines, packets and entries.
func (e *Evidence) resolve() {
	e.eachLine(func(l *packet.LogLine) { e.Names.look(l) })
	e.revealDumps()
	e.revealListings()
	e.revealFlows()
	for _, r := range e.Packets {
		e.settle(r)
	}
	e.eachLine(e.Names.settleLine)
	e.settleConns()
	e.settleAddresses()
}

// eachLine visits the LOG lines of everything that is kept.
func (e *Evidence) eachLine(f func(*packet.LogLine)) {
	for i := range e.Logs {
		f(&e.Logs[i].Line)
	}
	for i := range e.Messages {
		if p := e.Messages[i].Packet; p != nil {
			f(p)
		}
	}
	for i := range e.Traces {
		if p := e.Traces[i].Packet; p != nil {
			f(p)
		}
	}
}

// look notes what addresses a line has and what parts blanked ones play.
func (n *Names) look(l *packet.LogLine) {
	src, dst := partsOf(l)
	n.lookAt(l, src, dst)
	if l.Inner != nil {
		n.lookAt(l.Inner, dst, src)
	}
}

func (n *Names) lookAt(l *packet.LogLine, src, dst string) {
	if l.Src.IsValid() {
		n.real[l.Src] = true
	} else {
		n.play(l.SrcText, src)
	}
	if l.Dst.IsValid() {
		n.real[l.Dst] = true
	} else {
		n.play(l.DstText, dst)
	}
	if src != dst && !l.Src.IsValid() && !l.Dst.IsValid() && token(l.SrcText) == token(l.DstText) {
		n.several[token(l.SrcText)] = true
	}
}

// settle writes the stand-ins into a packet whose addresses the text blanked.
// Its checksums are not to be believed then: the poster changed the bytes.
func (e *Evidence) settle(r *capture.Record) {
	if r.Skip != nil || r.SrcText == "" && r.DstText == "" && r.Untold == 0 {
		return
	}
	p := &r.Packet
	p.Verified = true
	six := p.Family == packet.IPv6
	src, dst := p.Src(), p.Dst()
	srcPart, dstPart := recordParts(r)
	if r.Untold.Has(capture.FieldSrc) {
		src = e.Names.standIn(r.SrcText, srcPart, six)
	}
	if r.Untold.Has(capture.FieldDst) {
		dst = e.Names.standIn(r.DstText, dstPart, six)
	}
	p.SetAddrs(src, dst)
}

// recordParts says which end of a captured packet is which. Where nothing tells,
// the port does: one text for both ends of a conversation is told apart by it.
func recordParts(r *capture.Record) (src, dst string) {
	switch r.Dir {
	case capture.In:
		return farPart, ownPart
	case capture.Out:
		return ownPart, farPart
	}
	if s, d, ok := r.Packet.Ports(); ok && s != d {
		if s < d {
			return farPart, ownPart
		}
		return ownPart, farPart
	}
	return "", ""
}
