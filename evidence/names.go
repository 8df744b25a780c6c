package evidence

import (
	"encoding/binary"
	"net/netip"
	"sort"
	"strconv"
	"strings"

	"nfwhy/capture"
	"nfwhy/packet"
)

// Names keeps the addresses that a poster blanked. Each gets a stand-in that the
// engine can work with; equal text is an equal address, and what another line
// reveals replaces the stand-in. The zero value of no text is "no address".
type Names struct {
	byText map[string]netip.Addr
	byAddr map[netip.Addr]string
	made   map[netip.Addr]bool // stand-ins that nothing revealed
	next   int
}

func newNames() *Names {
	return &Names{byText: map[string]netip.Addr{}, byAddr: map[netip.Addr]string{}, made: map[netip.Addr]bool{}}
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
	var out []string
	for t := range n.byText {
		out = append(out, t)
	}
	sort.Strings(out)
	return out
}

// token is the identity of a blanked text.
func token(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return "(blank)"
	}
	return s
}

func (n *Names) learn(text string, a netip.Addr) {
	t := token(text)
	if _, ok := n.byText[t]; ok {
		return
	}
	n.byText[t] = a
	if _, ok := n.byAddr[a]; !ok {
		n.byAddr[a] = t
	}
}

// reveal takes an address from a hex dump for a text that blanks it. Where the
// dump's checksum does not fit the address the poster has blanked that as well,
// and what is left of it (108.162.0.0) serves as the stand-in.
func (n *Names) reveal(r *capture.Record, text string, a netip.Addr, f capture.Field) {
	if text == "" || len(r.Raw) == 0 || a.IsUnspecified() || a.IsMulticast() {
		return
	}
	if r.Untold.Has(f) {
		n.made[a] = true
	}
	n.learn(text, a)
}

// standIn returns the address for a blanked text, made now if need be: the
// octets that can be read are kept, the others filled.
func (n *Names) standIn(text string, six bool) netip.Addr {
	t := token(text)
	if a, ok := n.byText[t]; ok {
		return a
	}
	for {
		n.next++
		a := fill(t, n.next, six)
		if _, taken := n.byAddr[a]; taken {
			continue
		}
		n.byText[t], n.byAddr[a], n.made[a] = a, t, true
		return a
	}
}

// fill makes an address from the readable octets of t; k makes it distinct. What
// is not readable comes from 198.18.0.0/15, which no real host has.
func fill(t string, k int, six bool) netip.Addr {
	if six {
		b := [16]byte{0x20, 0x01, 0x0d, 0xb8}
		binary.BigEndian.PutUint32(b[12:], uint32(k))
		return netip.AddrFrom16(b)
	}
	b := [4]byte{198, 18, byte(k >> 8), byte(k)}
	if parts := strings.SplitN(t, ".", 4); len(parts) > 1 {
		known := 0
		for i, p := range parts {
			if v, err := strconv.ParseUint(p, 10, 8); err == nil {
				b[i] = byte(v)
				known |= 1 << i
			}
		}
		if known&1 != 0 && known&2 == 0 {
			b[1] = 18
		}
	}
	return netip.AddrFrom4(b)
}

// resolve gives every blanked address its stand-in, after what the hex dumps
// reveal was learnt, and writes it into lines and packets.
func (e *Evidence) resolve() {
	for _, r := range e.Packets {
		if r.Skip != nil {
			continue
		}
		e.Names.reveal(r, r.SrcText, r.Packet.Src(), capture.FieldSrc)
		e.Names.reveal(r, r.DstText, r.Packet.Dst(), capture.FieldDst)
	}
	e.learnEmpty()
	for _, r := range e.Packets {
		e.settle(r)
	}
	for i := range e.Logs {
		l := &e.Logs[i].Line
		six := l.Family == packet.IPv6
		if !l.Src.IsValid() {
			l.Src = e.Names.standIn(l.SrcText, six)
		}
		if !l.Dst.IsValid() {
			l.Dst = e.Names.standIn(l.DstText, six)
		}
		l.Inner = settleInner(l.Inner, e.Names)
	}
}

func settleInner(l *packet.LogLine, n *Names) *packet.LogLine {
	if l == nil {
		return nil
	}
	six := l.Family == packet.IPv6
	if !l.Src.IsValid() {
		l.Src = n.standIn(l.SrcText, six)
	}
	if !l.Dst.IsValid() {
		l.Dst = n.standIn(l.DstText, six)
	}
	return l
}

// learnEmpty finds out who a deleted address ("SRC= DST=...") is: the far end of
// a packet with the same ports between the same other address.
func (e *Evidence) learnEmpty() {
	for i := range e.Logs {
		l := &e.Logs[i].Line
		for _, p := range e.Packets {
			if p.Untold.Has(capture.FieldSrc | capture.FieldDst) {
				continue
			}
			s, d, ok := p.Packet.Ports()
			if !ok {
				continue
			}
			near, far := p.Packet.Src(), p.Packet.Dst()
			if s == l.DstPort && d == l.SrcPort {
				near, far = far, near
			} else if s != l.SrcPort || d != l.DstPort {
				continue
			}
			if !l.Src.IsValid() && (l.Dst == far || e.Names.byText[token(l.DstText)] == far) {
				e.Names.learn(l.SrcText, near)
			}
			if !l.Dst.IsValid() && (l.Src == near || e.Names.byText[token(l.SrcText)] == near) {
				e.Names.learn(l.DstText, far)
			}
		}
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
	if r.Untold.Has(capture.FieldSrc) {
		src = e.Names.standIn(r.SrcText, six)
	}
	if r.Untold.Has(capture.FieldDst) {
		dst = e.Names.standIn(r.DstText, six)
	}
	p.SetAddrs(src, dst)
}
