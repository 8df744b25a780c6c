package conntrack

import "nfwhy/packet"

// icmpFirst looks at ICMP before any tuple is built: errors belong to the entry
// of the packet they quote, neighbour discovery to none. done is false for
// messages that are tracked by themselves, and for ICMP of the other family.
// (nf_conntrack_core.c: nf_conntrack_handle_icmp.)
func (t *Table) icmpFirst(p *packet.Packet, r *Ref, z Zone, hook packet.Hook, now int64) (done bool) {
	switch {
	case p.Family == packet.IPv4 && p.Proto == packet.ProtoICMP:
		return t.icmpv4First(p, r, z, hook, now)
	case p.Family == packet.IPv6 && p.Proto == packet.ProtoICMPv6:
		return t.icmpv6First(p, r, z, hook, now)
	}
	return false
}

// maxICMPType is the highest type that IPv4 tracking knows (NR_ICMP_TYPES).
const maxICMPType = 18

// icmpv4First is nf_conntrack_proto_icmp.c: nf_conntrack_icmpv4_error, Linux 6.18.
func (t *Table) icmpv4First(p *packet.Packet, r *Ref, z Zone, hook packet.Hook, now int64) bool {
	h, ok := t.icmpHeader(p)
	if !ok {
		return true
	}
	if hook == packet.Prerouting && t.sysctl.Checksum && !p.ChecksumOK(0) {
		t.say(ICMPChecksum)
		return true
	}
	switch typ := h.Type(); {
	case typ > maxICMPType:
		t.say(ICMPType)
		return true
	case IsICMPError(typ):
		t.icmpQuote(p, r, z, h[8:], now)
		return true
	}
	return false
}

// IsICMPError reports whether an IPv4 ICMP type quotes the packet it is about:
// unreachable, source quench, redirect, time exceeded, parameter problem
// (include/net/icmp.h: icmp_is_err).
func IsICMPError(typ uint8) bool {
	switch typ {
	case packet.ICMPUnreachable, packet.ICMPSourceQuench, packet.ICMPRedirect, packet.ICMPTimeExceeded, packet.ICMPParameter:
		return true
	}
	return false
}

func (t *Table) icmpHeader(p *packet.Packet) (packet.ICMP, bool) {
	if p.Length-p.L4 < 8 {
		t.say(ShortPacket)
		return nil, false
	}
	h := packet.ICMP(p.Data[p.L4:])
	if len(h) < 8 {
		t.say(CaptureCut)
		return nil, false
	}
	return h, true
}

const icmpv6Redirect = 137

// icmpv6First is nf_conntrack_proto_icmpv6.c: nf_conntrack_icmpv6_error, Linux 6.18.
func (t *Table) icmpv6First(p *packet.Packet, r *Ref, z Zone, hook packet.Hook, now int64) bool {
	h, ok := t.icmpHeader(p)
	if !ok {
		return true
	}
	if hook == packet.Prerouting && t.sysctl.Checksum && !p.ChecksumOK(packet.ProtoICMPv6) {
		t.say(ICMPv6Checksum)
		return true
	}
	switch typ := h.Type(); {
	case isND(typ):
		*r = Ref{Info: Untracked}
		t.say(NDUntracked)
		return true
	case typ == icmpv6Redirect:
		return t.redirect(p, r, z, h, now)
	case typ < 128:
		t.icmpQuote(p, r, z, h[8:], now)
		return true
	}
	return false
}

// isND reports whether an ICMPv6 type is never tracked: multicast listener,
// neighbour and router messages.
func isND(typ uint8) bool {
	switch typ {
	case 130, 131, 132, 133, 134, 135, 136, 143, 151, 152:
		return true
	}
	return false
}

// redirect is nf_conntrack_proto_icmpv6.c: nf_conntrack_icmpv6_redirect, Linux 6.18:
// a redirect quotes the redirected packet in its first option.
func (t *Table) redirect(p *packet.Packet, r *Ref, z Zone, h packet.ICMP, now int64) bool {
	length := p.Length - p.L4
	if length < 40 {
		t.say(RedirectShort)
		return true
	}
	if h.Code() != 0 {
		return false
	}
	if p.TTL() != 255 || !p.Src().IsLinkLocalUnicast() {
		t.say(RedirectHop)
		return true
	}
	switch {
	case length < 42 || len(h) >= 42 && h[41] == 0:
		t.say(RedirectOptions)
		return true
	case len(h) < 42:
		t.say(CaptureCut)
		return true
	case h[40] != 4: // ND_OPT_REDIRECT_HDR
		return false
	}
	t.icmpQuote(p, r, z, h[min(48, len(h)):], now)
	return true
}

// icmpQuote attaches an ICMP error to the entry of the packet it quotes: the
// error is part of the direction opposite to that packet's
// (nf_conntrack_proto_icmp.c: nf_conntrack_inet_error, Linux 6.18).
func (t *Table) icmpQuote(p *packet.Packet, r *Ref, z Zone, quote []byte, now int64) {
	var inner Tuple
	if !quotedTuple(&inner, quote, p.Family) {
		t.say(QuoteUnreadable)
		return
	}
	back, ok := inner.Invert()
	if !ok {
		t.say(QuoteNoInverse)
		return
	}
	c, d := t.find(&back, z, now)
	if c == nil {
		t.say(QuoteNoEntry)
		return
	}
	// The error goes to whoever receives this direction's packets. The direction
	// found is that of the answer to the quoted packet.
	if to := c.Tuple(d); p.Dst() != to.Dst() {
		t.sayOuterDst(p, to)
		return
	}
	*r = Ref{Conn: c, Info: Related}
	if d == Reply {
		r.Info = RelatedReply
	}
}

// trackICMP is nf_conntrack_icmp_packet and nf_conntrack_icmpv6_packet, Linux 6.18:
// only queries open an entry.
func (t *Table) trackICMP(c *Conn, info Info, p *packet.Packet, now int64) result {
	want := uint8(packet.ProtoICMP)
	if p.Family == packet.IPv6 {
		want = packet.ProtoICMPv6
	}
	if p.Proto != want {
		t.say(WrongFamily)
		return refused
	}
	if typ, _ := c.Orig.ICMPType(); !isQuery(want, typ) {
		t.say(NoRequest)
		return refused
	}
	c.refresh(t.timeouts(c)[0], info.Dir(), p, now)
	return accepted
}

func isQuery(proto, typ uint8) bool {
	if proto == packet.ProtoICMPv6 {
		return typ == 128 || typ == 139
	}
	return typ == 8 || typ == 13 || typ == 15 || typ == 17
}
