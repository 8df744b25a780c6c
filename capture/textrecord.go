package capture

import (
	"net/netip"
	"strings"

	"nfwhy/packet"
)

// finish makes the record of the open packet.
func (s *TextScanner) finish() {
	p := s.open
	s.open = nil
	if p == nil || p.void {
		return
	}
	s.count++
	t := &p.told
	rec := &Record{File: s.File, Line: p.line, Number: s.count, Iface: t.iface, Dir: t.dir, LinkType: LinkRaw}
	if t.number > 0 {
		rec.Number = t.number
	}
	if rec.Iface == "" {
		rec.Iface = s.iface
	}
	rec.Text = strings.TrimSpace(unquote(p.lines[0]))
	if p.second {
		rec.Text += " " + strings.TrimSpace(unquoteBody(p.lines[1]))
	}
	if reason := s.fill(rec, p); reason != "" {
		s.count--
		s.fail(p.line, p.lines[0], reason)
		return
	}
	s.clock.see(t.stamp)
	s.done = append(s.done, finished{rec, t.stamp})
}

// fill makes the packet from the dump or from the lines.
func (s *TextScanner) fill(rec *Record, p *pending) (reason string) {
	t := &p.told
	if p.reason != "" && len(p.dump.b) == 0 {
		return p.reason
	}
	if t.skip != nil {
		rec.Skip = t.skip
		return ""
	}
	var inDump bool
	if len(p.dump.b) > 0 {
		if p.bare {
			rec.Text = ""
			t = nil
		}
		inDump = fromDump(rec, p.dump.b, t)
	}
	switch {
	case inDump && rec.Skip == nil && t != nil:
		s.compare(rec, t)
	case inDump:
	case t == nil:
		return "hex dump holds no IP packet"
	case p.reason != "":
		return p.reason
	case t.needAddr:
		return "the second line with the addresses is missing"
	default:
		var inner *told
		if p.inner != nil && !p.inner.needAddr {
			inner = p.inner
		}
		rec.Skip = build(rec, t, inner, &s.seqs)
		s.link(rec, t)
	}
	if t != nil && rec.Skip == nil {
		textCast(rec, t)
	}
	return ""
}

// compare notes which addresses the poster blanked in the line, and lets the
// sequence numbers of the dump serve for lines that have none. A dump whose
// checksum is right with its addresses holds the true ones.
func (s *TextScanner) compare(rec *Record, t *told) {
	p := &rec.Packet
	tcp, isTCP := p.TCP()
	_, isUDP := p.UDP()
	ports := isTCP || isUDP || printsPorts(int(p.Proto)) && p.FragOff == 0
	if t.src != "" || t.dst != "" {
		src, dst := parseEndpoint(t.src, p.Family, ports), parseEndpoint(t.dst, p.Family, ports)
		right := p.Cut() == 0 && transportRight(p)
		if src.addr != p.Src() || !src.known {
			rec.SrcText = src.text
			rec.Untold |= unless(right, FieldSrc)
		}
		if dst.addr != p.Dst() || !dst.known {
			rec.DstText = dst.text
			rec.Untold |= unless(right, FieldDst)
		}
		if isTCP {
			told := tcpTold{flags: tcp.Flags(), hasFlags: true, seq: tcp.Seq(), ack: tcp.Ack(), hasSeq: true,
				hasAck: tcp.Flags()&packet.ACK != 0, length: max(0, p.Length-p.L4-tcp.DataOffset())}
			s.seqs.resolve(&told, side{src.text, src.port}, side{dst.text, dst.port})
		}
	}
	if rec.Untold.Has(FieldSrc | FieldDst) {
		p.Verified = true // the checksum is that of the true addresses
	}
}

func unless(right bool, f Field) Field {
	if right {
		return 0
	}
	return f
}

// transportRight reports whether a whole packet's transport checksum fits its
// addresses.
func transportRight(p *packet.Packet) bool {
	switch p.Proto {
	case packet.ProtoTCP, packet.ProtoUDP, packet.ProtoICMPv6:
		return p.FragOff == 0 && !p.MoreFrags && !p.NoTransport && p.ChecksumOK(p.Proto)
	}
	return p.Family == packet.IPv4 && packet.IPv4Header(p.Data).ChecksumOK()
}

// link rebuilds the link header that -e prints.
func (s *TextScanner) link(rec *Record, t *told) {
	if t.hasVLAN {
		rec.Packet.VLAN, rec.Packet.VLANProto = t.vlan, t.vlanProto
	}
	if !t.hasSrc && !t.hasDst || rec.Skip != nil {
		return
	}
	h := t.link
	h[12], h[13] = 0x08, 0x00
	if t.family == packet.IPv6 {
		h[12], h[13] = 0x86, 0xdd
	}
	rec.Packet.Link = h[:]
	if !t.hasDst {
		rec.Untold |= FieldLinkDst
	}
}

// textCast sets how the link addressed the packet, from the line, the link
// header, or what a host does with the destination address.
func textCast(rec *Record, t *told) {
	p := &rec.Packet
	dst := p.Dst()
	switch {
	case t.cast != castUnknown:
		p.Cast = packet.Cast(t.cast)
	case rec.Dir == Out:
		p.Cast = packet.CastOutgoing
	case len(p.Link) == 14 && !rec.Untold.Has(FieldLinkDst):
		p.Cast = packet.CastHost
		if p.Link[0]&1 != 0 {
			p.Cast = packet.CastMulticast
		}
		if [6]byte(p.Link) == [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff} {
			p.Cast = packet.CastBroadcast
		}
	case dst.IsMulticast():
		p.Cast = packet.CastMulticast
	case dst == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		p.Cast = packet.CastBroadcast
	}
}
