package xt

import (
	"encoding/binary"

	"nfwhy/host"
	"nfwhy/packet"
	"nfwhy/trace"
)

var tcpmssMatchExt = &Extension{
	Name: "tcpmss", Families: FamBoth, Protos: []uint8{packet.ProtoTCP}, Model: Exact,
	Doc:     "The maximum segment size option of TCP. A segment without one matches the inverted test only.",
	Options: []Option{{Name: "mss", Arg: Span, Max: 65535, Need: true, Neg: true, Help: "bytes, N or LO:HI"}},
	New: func(a *Args) (any, error) {
		g := a.Given[0]
		if g.Lo > g.Hi {
			return nil, g.Errorf("option %q: range %q is empty (the first number must not be larger)", "--mss", g.Text())
		}
		return &tcpmssMatch{g.Lo, g.Hi, g.Neg}, nil
	},
}

type tcpmssMatch struct {
	lo, hi uint64
	neg    bool
}

// Match is xt_tcpmss.c: tcpmss_mt (Linux 6.18). It does not look at the fragment
// offset.
func (m *tcpmssMatch) Match(c *Ctx) trace.Truth {
	off := c.transport().off
	h, t, ok := c.headerAt("tcpmss", off, 20)
	if !ok {
		return t
	}
	doff := int(h[12]>>4) * 4
	if doff < 20 {
		return c.malformed("tcpmss", "--mss", "a data offset below 20 bytes")
	}
	opts, t, ok := c.headerAt("tcpmss", off+20, doff-20)
	if !ok {
		return t
	}
	mss, found := findMSS(opts)
	if !found {
		return c.says("tcpmss", "--mss", "no MSS option", not(m.neg, "an MSS option"), trace.Of(m.neg))
	}
	return c.within("tcpmss", "--mss", uint64(mss), m.lo, m.hi, m.neg)
}

// findMSS looks for an option of kind 2 and length 4.
func findMSS(opts []byte) (uint16, bool) {
	for i := 0; i < len(opts); {
		if opts[i] == 2 && len(opts)-i >= 4 && opts[i+1] == 4 {
			return binary.BigEndian.Uint16(opts[i+2:]), true
		}
		if opts[i] < 2 || i == len(opts)-1 {
			i++
		} else {
			i += max(1, int(opts[i+1]))
		}
	}
	return 0, false
}

// Save writes the range.
func (m *tcpmssMatch) Save(w *Writer) {
	w.Opt("mss", m.neg)
	w.Range(m.lo, m.hi)
}

var tcpmssTargetExt = &Extension{
	Name: "TCPMSS", IsTarget: true, Families: FamBoth, Protos: []uint8{packet.ProtoTCP}, Model: Exact,
	Doc: "Lowers the maximum segment size that a TCP SYN offers, and adds it where it is missing. Never raises it.",
	Options: []Option{
		{Name: "set-mss", Arg: Number, Max: 65515, Help: "to this"},
		{Name: "clamp-mss-to-pmtu", Help: "to the path MTU less 40 (IPv4) or 60 (IPv6) bytes"},
	},
	New: newTCPMSS,
}

type tcpmssTarget struct {
	mss   uint16
	clamp bool
}

func newTCPMSS(a *Args) (any, error) {
	t := &tcpmssTarget{clamp: a.Has("clamp-mss-to-pmtu")}
	if len(a.Given) == 0 {
		return nil, a.Errorf("target TCPMSS: --set-mss or --clamp-mss-to-pmtu must be given")
	}
	if g := a.Get("set-mss"); g != nil && a.six() && g.Lo > 65495 {
		return nil, g.bad("a number from 0 to 65495")
	}
	if a.Env.Backend == host.Legacy && !matchesSYN(a.Rule.Parts) {
		return nil, a.Errorf("target TCPMSS not allowed here: x_tables wants a match of TCP's SYN flag (--syn or --tcp-flags)")
	}
	if g := a.Get("set-mss"); g != nil && a.Given[len(a.Given)-1] == g || !t.clamp {
		t.mss, t.clamp = uint16(a.Get("set-mss").Lo), false
	}
	return t, nil
}

// matchesSYN reports whether a -m tcp asks for the SYN flag (xt_TCPMSS.c:
// find_syn_match).
func matchesSYN(parts []Part) bool {
	for _, p := range parts {
		if m, ok := p.Match.(*tcpMatch); ok && m.comp&uint8(packet.SYN) != 0 && !m.negFlags {
			return true
		}
	}
	return false
}

// CheckHook refuses clamping where the way out is not known yet.
func (t *tcpmssTarget) CheckHook(h packet.Hook) error {
	if t.clamp && h != packet.Forward && h != packet.Output && h != packet.Postrouting {
		return errNotHere("--clamp-mss-to-pmtu", h)
	}
	return nil
}

// PathKnower is a Machine that knows the MTU of the way a packet takes.
type PathKnower interface {
	// PathMTU is the smaller of the MTU of the packet's route and of the route
	// back to its source; 0 when it is not known.
	PathMTU(c *Ctx) int
}

// Apply is xt_TCPMSS.c: tcpmss_tg4, tcpmss_tg6 (Linux 6.18).
func (t *tcpmssTarget) Apply(c *Ctx) trace.Verdict {
	tr := c.transport()
	if tr.frag != 0 {
		return trace.Continue
	}
	h, w := c.bytes(tr.off, 20)
	if w != here {
		return dropIf(w == absent)
	}
	doff := int(h[12]>>4) * 4
	if doff < 20 {
		return trace.Drop
	}
	opts, w := c.bytes(tr.off+20, doff-20)
	if w != here {
		return dropIf(w == absent)
	}
	mss := t.mss
	if t.clamp {
		k, ok := c.Machine.(PathKnower)
		if !ok {
			return trace.Continue
		}
		mtu, head := k.PathMTU(c), 40
		if c.Family == packet.IPv6 {
			head = 60
		}
		if mtu <= head {
			return dropIf(mtu > 0)
		}
		mss = uint16(min(mtu-head, 65535))
	}
	return setMSS(c, tr.off, opts, mss)
}

func dropIf(b bool) trace.Verdict {
	if b {
		return trace.Drop
	}
	return trace.Continue
}

// setMSS lowers an MSS option, or adds one where a SYN without payload has none.
func setMSS(c *Ctx, off int, opts []byte, mss uint16) trace.Verdict {
	p := c.Pkt
	for i := 0; i+4 <= len(opts); i += optionLen(opts, i) {
		if opts[i] != 2 || opts[i+1] != 4 {
			continue
		}
		if old := binary.BigEndian.Uint16(opts[i+2:]); old > mss {
			binary.BigEndian.PutUint16(opts[i+2:], mss)
			// The kernel mends the checksum as if the option were aligned.
			mendChecksum(p.Data[off+16:], old, mss)
		}
		return trace.Continue
	}
	n := p.Length - off
	if n > 20+len(opts) || len(opts) == 40 || p.Cut() > 0 {
		return trace.Continue
	}
	limit := uint16(536)
	if c.Family == packet.IPv6 {
		limit = 1220
	}
	mss = min(mss, limit)
	data := make([]byte, len(p.Data)+4)
	copy(data, p.Data[:off+20])
	copy(data[off+24:], p.Data[off+20:])
	tcp := data[off:]
	mendChecksum(tcp[16:], uint16(n), uint16(n+4))
	tcp[20], tcp[21] = 2, 4
	binary.BigEndian.PutUint16(tcp[22:], mss)
	mendChecksum(tcp[16:], 0, 0x0204)
	mendChecksum(tcp[16:], 0, mss)
	old := binary.BigEndian.Uint16(tcp[12:])
	tcp[12] += 0x10
	mendChecksum(tcp[16:], old, binary.BigEndian.Uint16(tcp[12:]))
	p.Data, p.Length = data, p.Length+4
	if c.Family == packet.IPv6 {
		binary.BigEndian.PutUint16(data[4:], binary.BigEndian.Uint16(data[4:])+4)
	} else {
		binary.BigEndian.PutUint16(data[2:], binary.BigEndian.Uint16(data[2:])+4)
		packet.IPv4Header(data).SetChecksum()
	}
	return trace.Continue
}

// optionLen is how far the kernel's targets step over an option.
func optionLen(opts []byte, i int) int {
	if opts[i] <= 1 || i+1 >= len(opts) || opts[i+1] == 0 {
		return 1
	}
	return int(opts[i+1])
}

// mendChecksum corrects a checksum for a 16-bit word that changed (RFC 1624).
func mendChecksum(sum []byte, old, now uint16) {
	s := uint32(^binary.BigEndian.Uint16(sum)) + uint32(^old) + uint32(now)
	s = s&0xffff + s>>16
	s = s&0xffff + s>>16
	binary.BigEndian.PutUint16(sum, ^uint16(s))
}

// Save writes the option.
func (t *tcpmssTarget) Save(w *Writer) {
	if t.clamp {
		w.Opt("clamp-mss-to-pmtu", false)
		return
	}
	w.Printf("--set-mss %d", t.mss)
}
