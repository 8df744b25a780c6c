package capture

import (
	"net/netip"
	"strings"

	"nfwhy/packet"
)

// maxDump bounds the bytes that a hex dump can give.
const maxDump = maxPacket

// hexLine reads a line of a hex dump: "0x0010:  59ee 417b ...  Y.A{", and the
// one without offset of tcpdump before 3.8. Groups are two or four digits with a
// blank between; two blanks end them, because text may follow that looks like
// hex. offset is -1 for a line without one.
func hexLine(line string) (offset int, data []byte, ok bool) {
	s := unquote(line)
	offset = -1
	if strings.HasPrefix(s, "0x") {
		off, rest, ok := cutHex(s)
		if !ok || !strings.HasPrefix(rest, ":") || off > maxDump {
			return 0, nil, false
		}
		offset, s = int(off), skipBlanks(rest[1:])
	}
	for len(data) < 16 {
		n := 0
		for n < len(s) && isHex(s[n]) {
			n++
		}
		if n != 4 && n != 2 || n < len(s) && s[n] != ' ' && s[n] != '\t' {
			break
		}
		for i := 0; i < n; i += 2 {
			data = append(data, unhexDigit(s[i])<<4|unhexDigit(s[i+1]))
		}
		s = s[n:]
		if strings.HasPrefix(s, "  ") || strings.HasPrefix(s, "\t") || s == "" {
			s = skipBlanks(s)
			break
		}
		s = s[1:]
	}
	if offset < 0 && (s != "" || len(data) < 2) {
		return 0, nil, false // groups and nothing else
	}
	return offset, data, len(data) > 0
}

func unhexDigit(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 10
	case c >= 'A':
		return c - 'A' + 10
	}
	return c - '0'
}

// dump collects the lines of a hex dump.
type dump struct {
	b   []byte
	end bool // a line was missing: what follows cannot be placed
}

// add takes a line; it is false if the line belongs to no dump, or starts
// another one.
func (d *dump) add(line string) bool {
	off, data, ok := hexLine(line)
	first := len(d.b) == 0
	if !ok || off < 0 && first && data[0]>>4 != 4 && data[0]>>4 != 6 {
		return false
	}
	if off < 0 {
		off = len(d.b)
	}
	switch {
	case off == len(d.b) && !d.end && off+len(data) <= maxDump:
		d.b = append(d.b, data...)
	case off == 0:
		return false
	default:
		d.end = true
	}
	return true
}

// place is where a link header ends and which type it is.
type place struct {
	off  int
	link LinkType
}

// places are the link headers that -xx prints, in the order of likelihood.
// Offset 0 is -x, which starts at the IP header.
var places = [...]place{{0, LinkRaw}, {14, LinkEthernet}, {16, LinkSLL}, {20, LinkSLL2}, {18, LinkEthernet},
	{22, LinkEthernet}, {26, LinkEthernet}, {4, LinkNull}, {2, LinkPPP}, {4, LinkPPP}}

// fromDump makes the record's packet from the bytes of a hex dump; t is the line
// above it or nil. It reports whether it found an IP packet in them.
func fromDump(rec *Record, b []byte, t *told) bool {
	best, score := place{}, 0
	for _, p := range places {
		if n := fits(b, p, t); n > score {
			best, score = p, n
		}
	}
	if score == 0 {
		return false
	}
	rec.Raw, rec.LinkType = b, best.link
	rec.WireLen = len(b)
	if n := best.off + ipLength(b[best.off:]); n > len(b) && (t == nil || t.missing == 0) {
		rec.WireLen = n // the dump is cut; that the packet was is told by the line
	}
	d := linkDecoder{cast: castUnknown}
	if t != nil {
		d.cast = t.cast
	}
	if best.off == 0 || best.link != LinkEthernet && best.link != LinkSLL && best.link != LinkSLL2 {
		d.ip(rec, best.off, 0)
	} else {
		d.decode(rec)
	}
	if rec.Packet.Link != nil {
		rec.Packet.Link = append([]byte(nil), rec.Packet.Link...) // out of the decoder
	}
	return true
}

// fits says how well b, from p on, is the IP packet that the line describes; 0
// is not at all.
func fits(b []byte, p place, t *told) int {
	if len(b) < p.off+20 || len(b) < p.off+40 && b[p.off]>>4 == 6 {
		return 0
	}
	h := b[p.off:]
	family := packet.Family(h[0] >> 4)
	if family != packet.IPv4 && family != packet.IPv6 || t != nil && t.family != 0 && t.family != family {
		return 0
	}
	n := ipLength(h)
	switch {
	case family == packet.IPv4 && (h[0]&0xf < 5 || n < 20):
		return 0
	case !p.typeFits(b, family):
		return 0
	}
	score, sure := 1, false
	if p.off > 0 {
		score++ // the link header agrees
	}
	if family == packet.IPv4 && packet.IPv4Header(h).HeaderLen() <= len(h) && packet.IPv4Header(h).ChecksumOK() {
		score, sure = score+4, true
	}
	if n >= len(h)-46 && n < len(h)+1500 {
		score++
	} else if t == nil && !sure {
		return 0
	}
	if t == nil {
		return score - 1
	}
	if t.ip.verbose && t.ip.hasLen && t.ip.length == n {
		score, sure = score+4, true
	}
	fit, known := addressesFit(h, family, t)
	if known > 0 && fit == 0 && !sure {
		return 0 // the dump of something else, such as a payload
	}
	return score + 4*fit
}

// typeFits checks the link header's type in front of the packet.
func (p place) typeFits(b []byte, family packet.Family) bool {
	typ := uint16(0)
	switch {
	case p.off == 0:
		return true
	case p.link == LinkNull:
		af := [4]byte(b)
		if af[0] != 0 {
			af = [4]byte{af[3], af[2], af[1], af[0]}
		}
		return af[0]|af[1]|af[2] == 0 && (af[3] == 2) == (family == packet.IPv4) && af[3] != 0
	case p.link == LinkPPP:
		head := b[p.off-2 : p.off]
		return head[0] == 0 && (head[1] == 0x21 && family == packet.IPv4 || head[1] == 0x57 && family == packet.IPv6) &&
			(p.off == 2 || b[0] == 0xff && b[1] == 3)
	case p.link == LinkEthernet && p.off > 14 && !isTag(uint16(b[12])<<8|uint16(b[13])):
		return false
	case p.link == LinkSLL2:
		typ = uint16(b[0])<<8 | uint16(b[1])
	default:
		typ = uint16(b[p.off-2])<<8 | uint16(b[p.off-1])
	}
	return typ == etherIPv4 && family == packet.IPv4 || typ == etherIPv6 && family == packet.IPv6
}

// addressesFit counts the addresses that the line tells, and those of them that
// the packet has.
func addressesFit(h []byte, family packet.Family, t *told) (fit, known int) {
	var p packet.Packet
	if p.Decode(h, max(len(h), ipLength(h))) != nil {
		return 0, 0
	}
	src, dst := parseEndpoint(t.src, family, true), parseEndpoint(t.dst, family, true)
	for _, side := range []struct {
		told endpoint
		is   netip.Addr
	}{{src, p.Src()}, {dst, p.Dst()}} {
		if side.told.known {
			known++
			if side.told.addr == side.is {
				fit++
			}
		}
	}
	return fit, known
}
