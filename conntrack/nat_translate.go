package conntrack

import "nfwhy/packet"

// Translate rewrites the packet as the nat hook at h does once everything is
// decided: addresses, ports, checksums, and the packet quoted in an ICMP error.
// It writes into p.Data. false means that the kernel drops the packet (an ICMP
// error with a bad checksum, a redirect for a translated flow).
// (nf_nat_core.c: nf_nat_packet; nf_nat_proto.c, Linux 6.18.)
func (t *Table) Translate(p *packet.Packet, r Ref, h packet.Hook) bool {
	c := r.Conn
	if c == nil {
		return true
	}
	if (r.Info == Related || r.Info == RelatedReply) && isICMP(p) {
		return t.translateError(p, r, h)
	}
	m := ManipAt(h)
	if c.Status&changes(m, r.Info.Dir()) == 0 {
		return true
	}
	to, ok := c.Tuple(r.Info.Dir().Other()).Invert()
	if !ok {
		return true
	}
	return rewrite(p.Data, p.L4, p.Family, p.Proto, &to, m) || p.Cut() > 0
}

// Changes reports whether [Table.Translate] at h will change packets like this
// one, and so whether a route may have to be looked up again.
func (r Ref) Changes(h packet.Hook) bool {
	return r.Conn != nil && r.Conn.Status&changes(ManipAt(h), r.Info.Dir()) != 0
}

// changes returns the status bit that makes a hook's manip change packets of a
// direction: what was changed one way is changed back the other way.
func changes(m Manip, d Direction) Status {
	if d == Reply {
		return m.bit() ^ NATMask
	}
	return m.bit()
}

// translateError translates the packet quoted in an ICMP error, then the error
// itself (nf_nat_proto.c: nf_nat_icmp_reply_translation, nf_nat_icmpv6_reply_translation).
func (t *Table) translateError(p *packet.Packet, r Ref, h packet.Hook) bool {
	c, m, d := r.Conn, ManipAt(h), r.Info.Dir()
	icmp, ok := p.ICMP()
	if !ok {
		return false
	}
	pseudo := uint8(0)
	redirect := uint8(packet.ICMPRedirect)
	if p.Family == packet.IPv6 {
		pseudo, redirect = packet.ProtoICMPv6, icmpv6Redirect
	}
	if !p.ChecksumOK(pseudo) {
		return false
	}
	if icmp.Type() == redirect && (c.Status&NATDoneMask != NATDoneMask || c.Status&NATMask != 0) {
		return false
	}
	if c.Status&changes(m, d) == 0 {
		return true
	}
	from := c.Tuple(d.Other())
	back, ok := from.Invert()
	if !ok {
		return true
	}
	// The quoted packet went the other way, so the other half of it changes.
	if quote := p.Data[p.L4+8:]; !rewriteQuote(quote, p.Family, from, m^1) && p.Cut() == 0 {
		return false
	}
	setICMPSum(p, icmp)
	return rewrite(p.Data, p.L4, p.Family, p.Proto, &back, m)
}

func setICMPSum(p *packet.Packet, icmp packet.ICMP) {
	if p.Cut() > 0 {
		return
	}
	s := uint64(0)
	if p.Family == packet.IPv6 {
		s = packet.PseudoSum(p.Src(), p.Dst(), packet.ProtoICMPv6, len(icmp))
	}
	icmp[2], icmp[3] = 0, 0
	be.PutUint16(icmp[2:], ^packet.Fold(packet.Sum(icmp, s)))
}

// rewriteQuote changes a quoted packet as far as it is there.
func rewriteQuote(b []byte, f packet.Family, to *Tuple, m Manip) bool {
	if f == packet.IPv6 {
		if len(b) < 40 {
			return false
		}
		proto, off, ok := skipExtensions(b)
		return ok && rewrite(b, off, f, proto, to, m)
	}
	if len(b) < 20 {
		return false
	}
	off := int(b[0]&0xf) * 4
	return off <= len(b) && rewrite(b, off, f, b[9], to, m)
}

// rewrite puts the tuple's address and port into the IP packet b, whose transport
// header begins at off, and keeps both checksums as right or wrong as they were
// (nf_nat_proto.c: nf_nat_ipv4_manip_pkt, l4proto_manip_pkt). false means that the
// transport header is too short; then nothing is changed.
func rewrite(b []byte, off int, f packet.Family, proto uint8, to *Tuple, m Manip) bool {
	var delta sumDelta
	was, is := addrBytes(b, f, m), to.half(m)
	delta.change(was, is[:len(was)])
	if !manipTransport(b[off:], f, proto, to, m, delta) {
		return false
	}
	copy(was, is[:len(was)])
	if f == packet.IPv4 {
		delta.apply(b[10:12])
	}
	return true
}

// half returns the address that the manip changes.
func (t *Tuple) half(m Manip) *[16]byte {
	if m == ManipSrc {
		return &t.src
	}
	return &t.dst
}

// addrBytes returns that address's place in an IP header.
func addrBytes(b []byte, f packet.Family, m Manip) []byte {
	switch {
	case f == packet.IPv6 && m == ManipSrc:
		return b[8:24]
	case f == packet.IPv6:
		return b[24:40]
	case m == ManipSrc:
		return b[12:16]
	}
	return b[16:20]
}

// manipTransport changes the transport header h. Of a quoted packet only eight
// bytes may be there; fewer are refused.
func manipTransport(h []byte, f packet.Family, proto uint8, to *Tuple, m Manip, addr sumDelta) bool {
	at, port := 0, to.SrcID
	if m == ManipDst {
		at, port = 2, to.DstID
	}
	switch proto {
	case packet.ProtoTCP, packet.ProtoUDP, packet.ProtoUDPLite, packet.ProtoSCTP, packet.ProtoICMP,
		packet.ProtoICMPv6, packet.ProtoGRE:
		if len(h) < 8 {
			return false
		}
	}
	switch proto {
	case packet.ProtoTCP:
		manipPort(h, at, port, addr, 16, 20, false)
	case packet.ProtoUDP:
		manipPort(h, at, port, addr, 6, 8, true)
	case packet.ProtoUDPLite:
		manipPort(h, at, port, addr, 6, 8, false)
	case packet.ProtoSCTP:
		be.PutUint16(h[at:], port)
		if len(h) >= 12 {
			le.PutUint32(h[8:], sctpChecksum(h))
		}
	case packet.ProtoICMP:
		if f == packet.IPv4 && hasID(h[0]) {
			manipID(h, to.SrcID, 0)
		}
	case packet.ProtoICMPv6:
		switch {
		case f != packet.IPv6:
		case h[0] == 128 || h[0] == 129:
			manipID(h, to.SrcID, addr)
		default:
			addr.apply(h[2:4])
		}
	case packet.ProtoGRE:
		if h[1]&7 == 1 && m == ManipDst {
			be.PutUint16(h[6:], to.DstID)
		}
	}
	return true
}

// hasID reports whether an ICMP type is a query or reply, with an identifier.
func hasID(typ uint8) bool {
	switch typ {
	case 0, 8, 13, 14, 15, 16, 17, 18:
		return true
	}
	return false
}

// manipPort writes a port and mends the checksum at sum, if the header is there
// as a whole. A UDP checksum of 0 is none and stays so.
func manipPort(h []byte, at int, port uint16, delta sumDelta, sum, whole int, udp bool) {
	was := be.Uint16(h[at:])
	be.PutUint16(h[at:], port)
	if len(h) < whole || udp && be.Uint16(h[sum:]) == 0 {
		return
	}
	delta.change16(was, port)
	delta.apply(h[sum : sum+2])
	if udp && be.Uint16(h[sum:]) == 0 {
		be.PutUint16(h[sum:], 0xffff)
	}
}

func manipID(h []byte, id uint16, delta sumDelta) {
	delta.change16(be.Uint16(h[4:]), id)
	be.PutUint16(h[4:], id)
	delta.apply(h[2:4])
}

// sumDelta is by how much replaced words change a one's complement sum
// (RFC 1624).
type sumDelta uint64

func (d *sumDelta) change16(was, is uint16) { *d += sumDelta(^was) + sumDelta(is) }

// change replaces bytes of even length.
func (d *sumDelta) change(was, is []byte) {
	for i := 0; i+1 < len(was); i += 2 {
		d.change16(be.Uint16(was[i:]), be.Uint16(is[i:]))
	}
}

// apply mends a checksum field. The high half stands for the kernel's 32-bit
// complement: it makes the sum never 0, which folds differently.
func (d sumDelta) apply(field []byte) {
	be.PutUint16(field, ^packet.Fold(0xffff0000+uint64(^be.Uint16(field))+uint64(d)))
}
