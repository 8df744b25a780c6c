package xt

import (
	"encoding/binary"
	"strings"

	"nfwhy/packet"
	"nfwhy/trace"
)

var sctpExt = &Extension{
	Name: "sctp", Families: FamBoth, Protos: []uint8{packet.ProtoSCTP}, Model: Exact,
	Doc: "Ports and chunks of SCTP.",
	Options: []Option{
		{Name: "source-port", Aliases: []string{"sport"}, Arg: Text, Neg: true, Help: "source port or LO:HI", Samples: []string{"5", "1:99", ":", ":7", "65535", "http"}},
		{Name: "destination-port", Aliases: []string{"dport"}, Arg: Text, Neg: true, Help: "destination port or LO:HI", Samples: []string{"5", "1:99", "80:"}},
		{Name: "chunk-types", Arg: Text, Two: true, Neg: true, Help: "all, any or only of CHUNK[:FLAGS],...",
			Samples: []string{"all DATA", "any DATA:BE", "only INIT,SACK", "any ALL", "all NONE", "ANY ABORT:t,SHUTDOWN_COMPLETE:T", "any data:iube", "any FOO"}},
	},
	New: newSCTP,
}

// sctpChunks are the chunks that iptables 1.8.9 knows, in its order, with the
// letters of their flags from bit 7 to bit 0.
var sctpChunks = []struct {
	name  string
	typ   uint8
	flags string
}{
	{"DATA", 0, "----IUBE"}, {"INIT", 1, "--------"}, {"INIT_ACK", 2, "--------"}, {"SACK", 3, "--------"},
	{"HEARTBEAT", 4, "--------"}, {"HEARTBEAT_ACK", 5, "--------"}, {"ABORT", 6, "-------T"}, {"SHUTDOWN", 7, "--------"},
	{"SHUTDOWN_ACK", 8, "--------"}, {"ERROR", 9, "--------"}, {"COOKIE_ECHO", 10, "--------"}, {"COOKIE_ACK", 11, "--------"},
	{"ECN_ECNE", 12, "--------"}, {"ECN_CWR", 13, "--------"}, {"SHUTDOWN_COMPLETE", 14, "-------T"},
	{"I_DATA", 64, "----IUBE"}, {"RE_CONFIG", 130, "--------"}, {"PAD", 132, "--------"}, {"ASCONF", 193, "--------"},
	{"ASCONF_ACK", 128, "--------"}, {"FORWARD_TSN", 192, "--------"}, {"I_FORWARD_TSN", 194, "--------"},
}

// chunkFlags are the flags that a chunk must have set or clear.
type chunkFlags struct {
	typ         uint8
	mask, value uint8
}

type sctpMatch struct {
	sport, dport portRange
	has          [2]bool
	mode         string // "all", "any", "only"; "" when chunks are not asked for
	negChunks    bool
	types        [4]uint64
	flags        []chunkFlags
}

func newSCTP(a *Args) (any, error) {
	m := &sctpMatch{has: [2]bool{a.Has("source-port"), a.Has("destination-port")}}
	var err error
	if m.sport, err = portRangeOf(a.Get("source-port"), "s"); err != nil {
		return nil, err
	}
	if m.dport, err = portRangeOf(a.Get("destination-port"), "s"); err != nil {
		return nil, err
	}
	if g := a.Get("chunk-types"); g != nil {
		return m, m.chunks(g)
	}
	return m, nil
}

func (m *sctpMatch) chunks(g *Given) error {
	m.negChunks = g.Neg
	m.mode = strings.ToLower(g.Text())
	if m.mode != "all" && m.mode != "any" && m.mode != "only" {
		return g.bad("all, any or only")
	}
	list := g.Words[1]
	switch strings.ToUpper(list.Text) {
	case "ALL":
		m.types = [4]uint64{1<<64 - 1, 1<<64 - 1, 1<<64 - 1, 1<<64 - 1}
		return nil
	case "NONE":
		return nil
	}
	var words []string
	for _, c := range sctpChunks {
		words = append(words, c.name)
	}
	for _, item := range strings.Split(list.Text, ",") {
		name, flags, _ := strings.Cut(item, ":")
		i := 0
		for i < len(sctpChunks) && !strings.EqualFold(sctpChunks[i].name, name) {
			i++
		}
		if i == len(sctpChunks) {
			return errorAt(list.Pos, "option %q: unknown chunk %q%s", "--chunk-types", name, didYouMean(name, words))
		}
		typ := sctpChunks[i].typ
		m.types[typ/64] |= 1 << (typ % 64)
		for _, f := range flags {
			bit := strings.IndexRune(sctpChunks[i].flags, f&^0x20)
			if bit < 0 || f == '-' {
				return errorAt(list.Pos, "option %q: chunk %s has no flag %q", "--chunk-types", name, string(f))
			}
			m.setFlag(typ, 0x80>>bit, f < 'a')
		}
	}
	return nil
}

// setFlag notes that a chunk's flag must be set or clear.
func (m *sctpMatch) setFlag(typ, bit uint8, on bool) {
	at := -1
	for i := range m.flags {
		if m.flags[i].typ == typ {
			at = i
		}
	}
	if at < 0 {
		m.flags = append(m.flags, chunkFlags{typ: typ})
		at = len(m.flags) - 1
	}
	f := &m.flags[at]
	f.mask |= bit
	if on {
		f.value |= bit
	}
}

func (m *sctpMatch) asks(typ uint8) bool { return m.types[typ/64]&(1<<(typ%64)) != 0 }

// Match is xt_sctp.c: sctp_mt (Linux 6.18).
func (m *sctpMatch) Match(c *Ctx) trace.Truth {
	tr := c.transport()
	h, t, ok := c.header("sctp", 12)
	if !ok {
		return t
	}
	for i, p := range [...]portRange{m.sport, m.dport} {
		field := [...]string{"--source-port", "--destination-port"}[i]
		if m.has[i] && c.within("sctp", field, uint64(binary.BigEndian.Uint16(h[2*i:])), uint64(p.lo), uint64(p.hi), p.neg) == trace.No {
			return trace.No
		}
	}
	if m.mode == "" {
		return trace.Yes
	}
	t = m.matchChunks(c, tr.off+12).Not(m.negChunks)
	if c.Recorder != nil && !c.Hotdrop {
		c.Recorder.Term(trace.Term{Part: "sctp", Field: "--chunk-types", Saw: m.chunksSeen(c, tr.off+12), Want: not(m.negChunks, m.mode+" "+m.chunkText()), Truth: t, Gap: m.gap(t)})
	}
	return t
}

// matchChunks walks the chunks (xt_sctp.c: match_packet).
func (m *sctpMatch) matchChunks(c *Ctx, off int) trace.Truth {
	left := m.types
	for {
		h, w := c.bytes(off, 4)
		if w == cut {
			return trace.Unknown
		}
		if w == absent || h[2]|h[3] == 0 {
			return c.malformed("sctp", "chunk", "a chunk that is cut short or empty")
		}
		n := int(binary.BigEndian.Uint16(h[2:]))
		typ, flags := h[0], h[1]
		off += (n + 3) &^ 3
		if m.asks(typ) {
			switch fits := m.flagsFit(typ, flags); {
			case m.mode == "any" && fits:
				return trace.Yes
			case m.mode == "all" && fits:
				left[typ/64] &^= 1 << (typ % 64)
			case m.mode == "only" && !fits:
				return trace.No
			}
		} else if m.mode == "only" {
			return trace.No
		}
		if off >= c.Pkt.Length {
			return m.verdict(left)
		}
	}
}

// chunksSeen names the packet's chunks.
func (m *sctpMatch) chunksSeen(c *Ctx, off int) string {
	var list []string
	for off < c.Pkt.Length {
		h, w := c.bytes(off, 4)
		if w != here || h[2]|h[3] == 0 {
			break
		}
		list = append(list, chunkName(h[0]))
		off += (int(binary.BigEndian.Uint16(h[2:])) + 3) &^ 3
	}
	return strings.Join(list, ",")
}

func chunkName(typ uint8) string {
	for _, ch := range sctpChunks {
		if ch.typ == typ {
			return ch.name
		}
	}
	return utoa(uint64(typ))
}

func (m *sctpMatch) gap(t trace.Truth) string {
	if t == trace.Unknown {
		return "the capture cut the packet inside its chunks"
	}
	return ""
}

func (m *sctpMatch) verdict(left [4]uint64) trace.Truth {
	switch m.mode {
	case "all":
		return trace.Of(left == [4]uint64{})
	case "any":
		return trace.No
	}
	return trace.Yes
}

func (m *sctpMatch) flagsFit(typ, flags uint8) bool {
	for _, f := range m.flags {
		if f.typ == typ {
			return flags&f.mask == f.value
		}
	}
	return true
}

// Save writes the options in iptables-save's order.
func (m *sctpMatch) Save(w *Writer) {
	for i, p := range [...]portRange{m.sport, m.dport} {
		if m.has[i] {
			w.Opt([...]string{"sport", "dport"}[i], p.neg)
			w.Range(uint64(p.lo), uint64(p.hi))
		}
	}
	if m.mode == "" {
		return
	}
	w.Opt("chunk-types", m.negChunks)
	w.Word(m.mode + " " + m.chunkText())
}

func (m *sctpMatch) chunkText() string {
	if m.types == [4]uint64{} {
		return "NONE"
	}
	if m.types == [4]uint64{1<<64 - 1, 1<<64 - 1, 1<<64 - 1, 1<<64 - 1} {
		return "ALL"
	}
	var list []string
	for typ := 0; typ < 256; typ++ {
		for _, ch := range sctpChunks {
			if int(ch.typ) == typ && m.asks(ch.typ) {
				list = append(list, ch.name+m.flagText(ch.typ, ch.flags))
			}
		}
	}
	return strings.Join(list, ",")
}

// flagText writes the flags asked for: capitals must be set.
func (m *sctpMatch) flagText(typ uint8, letters string) string {
	for _, f := range m.flags {
		if f.typ != typ {
			continue
		}
		s := ":"
		for i := 0; i < 8; i++ {
			bit := uint8(0x80 >> i)
			switch {
			case f.mask&bit == 0:
			case f.value&bit != 0:
				s += letters[i : i+1]
			default:
				s += strings.ToLower(letters[i : i+1])
			}
		}
		return s
	}
	return ""
}
