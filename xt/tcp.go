package xt

import (
	"encoding/binary"
	"strings"

	"nfwhy/host"
	"nfwhy/packet"
	"nfwhy/trace"
)

var tcpMatchExt = &Extension{
	Name:     "tcp",
	Families: FamBoth,
	Protos:   []uint8{packet.ProtoTCP},
	Model:    Exact,
	Doc: "Ports, flags and options of a TCP segment. Loaded by itself when one of its options follows -p tcp.\n" +
		"--syn is short for --tcp-flags FIN,SYN,RST,ACK SYN: the first packet of a connection.",
	Options: []Option{
		{Name: "sport", Aliases: []string{"source-port"}, Arg: Text, Neg: true, Help: "source port or LO:HI", Samples: portSamples},
		{Name: "dport", Aliases: []string{"destination-port"}, Arg: Text, Neg: true, Help: "destination port or LO:HI", Samples: portSamples},
		{Name: "syn", Neg: true, Excl: []string{"tcp-flags"}, Help: "only SYN of FIN, SYN, RST, ACK is set"},
		{Name: "tcp-flags", Arg: Text, Two: true, Neg: true, Excl: []string{"syn"}, Help: "flags to look at, flags of these that must be set",
			Samples: []string{"FIN,SYN,RST,ACK SYN", "ALL NONE", "ALL FIN,URG,PSH", "SYN,FIN SYN,FIN", "ack ACK"}},
		{Name: "tcp-option", Arg: Number, Min: 1, Max: 255, Neg: true, Help: "an option of this kind is there"},
	},
	New: newTCP,
}

var portSamples = []string{"0", "22", "ssh", "1:1023", "1024:", ":99", "65535", "0x50", "22:http"}

// portRange is lo <= port <= hi, or not.
type portRange struct {
	lo, hi uint16
	neg    bool
}

func (p portRange) any() bool { return p.lo == 0 && p.hi == 65535 }

func (p portRange) never() bool { return p.any() && p.neg }

// portRangeOf reads PORT or LO:HI; transport is the letter whose service names
// count.
func portRangeOf(g *Given, transport string) (portRange, error) {
	if g == nil {
		return portRange{0, 65535, false}, nil
	}
	lo, hi, colon := strings.Cut(g.Text(), ":")
	r := portRange{0, 65535, g.Neg}
	read := func(s string, to *uint16) error {
		v, ok := portNumber(s, transport)
		if !ok {
			return g.bad("a port number, service name or LO:HI" + didYouMean(s, serviceNames()))
		}
		*to = uint16(v)
		return nil
	}
	if !colon {
		err := read(lo, &r.lo)
		r.hi = r.lo
		return r, err
	}
	if lo != "" {
		if err := read(lo, &r.lo); err != nil {
			return r, err
		}
	}
	if hi != "" {
		if err := read(hi, &r.hi); err != nil {
			return r, err
		}
	}
	if r.lo > r.hi {
		return r, g.Errorf("option %q: range %q is empty (the first port must not be larger than the second)", "--"+g.Option.Name, g.Text())
	}
	return r, nil
}

// match tests a port and notes it.
func (p portRange) match(c *Ctx, part, field string, port uint16) trace.Truth {
	if p.any() && !p.neg {
		return trace.Yes
	}
	return c.within(part, field, uint64(port), uint64(p.lo), uint64(p.hi), p.neg)
}

// save writes the option unless it restricts nothing.
func (p portRange) save(w *Writer, name string) {
	if p.any() && !p.neg {
		return
	}
	w.Opt(name, p.neg)
	w.Range(uint64(p.lo), uint64(p.hi))
}

type tcpMatch struct {
	sport, dport portRange
	mask, comp   uint8 // flags; mask 0 and comp 0: not asked
	negFlags     bool
	option       uint8 // 0: not asked
	negOption    bool
	native       bool // iptables-nft writes it in nf_tables' own terms
}

func newTCP(a *Args) (any, error) {
	m := &tcpMatch{}
	var err error
	if m.sport, err = portRangeOf(a.Get("sport"), "t"); err != nil {
		return nil, err
	}
	if m.dport, err = portRangeOf(a.Get("dport"), "t"); err != nil {
		return nil, err
	}
	if g := a.Get("syn"); g != nil {
		m.mask, m.comp, m.negFlags = uint8(packet.FIN|packet.SYN|packet.RST|packet.ACK), uint8(packet.SYN), g.Neg
	}
	if g := a.Get("tcp-flags"); g != nil {
		m.negFlags = g.Neg
		if m.mask, err = tcpFlags(g, 0); err != nil {
			return nil, err
		}
		if m.comp, err = tcpFlags(g, 1); err != nil {
			return nil, err
		}
	}
	if g := a.Get("tcp-option"); g != nil {
		m.option, m.negOption = uint8(g.Lo), g.Neg
	}
	asked := !m.sport.any() || !m.dport.any() || m.sport.neg || m.dport.neg || m.mask != 0 || m.comp != 0 || m.negFlags
	m.native = a.Env.Backend == host.NFT && asked && m.option == 0 && !(a.Env.Version >= V1_8_11 && m.inverted())
	return m, nil
}

// inverted reports a port range that can never hold.
func (m *tcpMatch) inverted() bool { return m.sport.never() || m.dport.never() }

var tcpFlagNames = []struct {
	name string
	bit  uint8
}{{"FIN", 1}, {"SYN", 2}, {"RST", 4}, {"PSH", 8}, {"ACK", 16}, {"URG", 32}}

// tcpFlags reads a comma list of flag names.
func tcpFlags(g *Given, i int) (uint8, error) {
	var bits uint8
	for _, name := range strings.FieldsFunc(g.Words[i].Text, func(r rune) bool { return r == ',' }) {
		switch bit := tcpFlag(name); {
		case bit != 0:
			bits |= bit
		case strings.EqualFold(name, "ALL"):
			bits |= 0x3f
		case !strings.EqualFold(name, "NONE"):
			words := []string{"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ALL", "NONE"}
			return 0, errorAt(g.Words[i].Pos, "option %q: unknown flag %q (expected %s)", "--tcp-flags", name, oneOf(words))
		}
	}
	return bits, nil
}

func tcpFlag(name string) uint8 {
	for _, f := range tcpFlagNames {
		if strings.EqualFold(name, f.name) {
			return f.bit
		}
	}
	return 0
}

// flagList writes flags as --tcp-flags does.
func flagList(bits uint8) string {
	var w []string
	for _, f := range tcpFlagNames {
		if bits&f.bit != 0 {
			w = append(w, f.name)
		}
	}
	if w == nil {
		return "NONE"
	}
	return strings.Join(w, ",")
}

// Native reports whether iptables-nft writes the match in nf_tables' own terms.
func (m *tcpMatch) Native() bool { return m.native }

// Match is xt_tcpudp.c: tcp_mt, or nf_tables' payload expressions (Linux 6.18).
func (m *tcpMatch) Match(c *Ctx) trace.Truth {
	if m.native {
		return m.matchNative(c)
	}
	tr := c.transport()
	if tr.frag == 1 && c.Family == packet.IPv4 {
		return c.malformed("tcp", "fragment", "a fragment that starts inside the TCP header")
	}
	h, t, ok := c.header("tcp", 20)
	if !ok {
		return t
	}
	if m.sport.match(c, "tcp", "--sport", binary.BigEndian.Uint16(h)) == trace.No ||
		m.dport.match(c, "tcp", "--dport", binary.BigEndian.Uint16(h[2:])) == trace.No ||
		m.matchFlags(c, h[13]) == trace.No {
		return trace.No
	}
	if m.option == 0 {
		return trace.Yes
	}
	return m.matchOption(c, tr.off, int(h[12]>>4)*4)
}

// matchNative reads each field where the transport header would be, whatever is
// there; a field beyond the packet's end fails.
func (m *tcpMatch) matchNative(c *Ctx) trace.Truth {
	t := c.nativePorts("tcp", &m.sport, &m.dport)
	if t == trace.No {
		return t
	}
	if m.mask == 0 { // nothing to compare: iptables-nft leaves the condition out
		return t
	}
	b, w, u := c.native("tcp", "--tcp-flags", 13, 1)
	if w {
		return and(t, m.matchFlags(c, b[0]))
	}
	return and(t, u)
}

// nativePorts compares both ports. Two inverted single ports make one condition
// of four bytes in iptables-nft (nft.c: add_nft_tcpudp, 1.8.9): it fails only
// when both ports are the ones named.
func (c *Ctx) nativePorts(part string, s, d *portRange) trace.Truth {
	if s.neg && d.neg && s.lo == s.hi && d.lo == d.hi && s.lo != 0 && d.lo != 0 {
		b, ok, t := c.native(part, "--sport", 0, 4)
		if !ok {
			return t
		}
		sp, dp := binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
		t = trace.Of(sp != s.lo || dp != d.lo)
		if c.Recorder != nil {
			c.Recorder.Term(trace.Term{Part: part, Field: "--sport and --dport", Saw: utoa(uint64(sp)) + " and " + utoa(uint64(dp)),
				Want: "not both " + utoa(uint64(s.lo)) + " and " + utoa(uint64(d.lo)) + " (iptables-nft makes one condition of them)", Truth: t})
		}
		return t
	}
	t := trace.Yes
	if !s.any() {
		t = c.nativePort(part, "--sport", *s, 0)
	}
	if t != trace.No && !d.any() {
		t = and(t, c.nativePort(part, "--dport", *d, 2))
	}
	return t
}

func (c *Ctx) nativePort(part, field string, r portRange, at int) trace.Truth {
	b, ok, t := c.native(part, field, at, 2)
	if !ok {
		return t
	}
	return r.match(c, part, field, binary.BigEndian.Uint16(b))
}

// native reads n bytes of the transport header as nf_tables' payload expression
// does (net/netfilter/nf_tables_core.c: nft_payload_fast_eval, Linux 6.18).
func (c *Ctx) native(part, field string, at, n int) (b []byte, ok bool, t trace.Truth) {
	tr := c.transport()
	w := tr.state
	if w == here {
		b, w = c.bytes(tr.off+at, n)
	}
	switch w {
	case here:
		return b, true, trace.Yes
	case cut:
		return nil, false, c.unknown(part, field, "", "the capture cut the packet before this field")
	}
	return nil, false, c.says(part, field, "not in the packet", "", trace.No)
}

func (m *tcpMatch) matchFlags(c *Ctx, flags uint8) trace.Truth {
	if m.mask == 0 && m.comp == 0 && !m.negFlags {
		return trace.Yes
	}
	t := trace.Of(flags&m.mask == m.comp).Not(m.negFlags)
	if c.Recorder != nil {
		want := flagList(m.mask) + " " + flagList(m.comp)
		c.Recorder.Term(trace.Term{Part: "tcp", Field: "--tcp-flags", Saw: packet.FlagNames(uint16(flags)), Want: not(m.negFlags, want), Truth: t})
	}
	return t
}

// matchOption looks for an option kind (xt_tcpudp.c: tcp_find_option): it does
// not stop at the end-of-list option.
func (m *tcpMatch) matchOption(c *Ctx, off, doff int) trace.Truth {
	if doff < 20 {
		return c.malformed("tcp", "--tcp-option", "a data offset below 20 bytes")
	}
	opts, t, ok := c.headerAt("tcp", off+20, doff-20)
	if !ok {
		return t
	}
	found := false
	for i := 0; i < len(opts) && !found; {
		if opts[i] == m.option {
			found = true
		}
		if opts[i] < 2 || i == len(opts)-1 {
			i++
		} else {
			i += max(1, int(opts[i+1]))
		}
	}
	t = trace.Of(found).Not(m.negOption)
	if c.Recorder != nil {
		saw := "absent"
		if found {
			saw = "present"
		}
		c.Recorder.Term(trace.Term{Part: "tcp", Field: "--tcp-option", Saw: saw, Want: not(m.negOption, utoa(uint64(m.option))), Truth: t})
	}
	return t
}

// Save writes the options in iptables-save's order.
func (m *tcpMatch) Save(w *Writer) {
	m.sport.save(w, "sport")
	m.dport.save(w, "dport")
	if m.option != 0 {
		w.Opt("tcp-option", m.negOption)
		w.Uint(uint64(m.option))
	}
	if m.mask != 0 || m.negFlags {
		w.Opt("tcp-flags", m.negFlags)
		w.Word(flagList(m.mask) + " " + flagList(m.comp))
	}
}
