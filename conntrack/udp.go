package conntrack

import "nfwhy/packet"

// streamAfter is how long after its first packet two-way UDP traffic begins to
// count as a stream.
const streamAfter = 2 * packet.JiffyHz

// trackUDP is nf_conntrack_proto_udp.c: nf_conntrack_udp_packet, Linux 6.18.
func (t *Table) trackUDP(c *Conn, info Info, p *packet.Packet, hook packet.Hook, now int64) result {
	if !t.udpGood(p, hook) {
		return refused
	}
	wait := t.timeouts(c)
	if !c.Confirmed() {
		c.l4.setStreamMark(now + streamAfter)
	}
	if c.Status&SeenReply == 0 || now <= c.l4.streamMark() {
		c.refresh(wait[0], info.Dir(), p, now)
		return accepted
	}
	c.refresh(wait[1], info.Dir(), p, now)
	if c.Status&NATClash == 0 {
		c.Status |= Assured
	}
	return accepted
}

// udpGood is nf_conntrack_proto_udp.c: udp_error.
func (t *Table) udpGood(p *packet.Packet, hook packet.Hook) bool {
	length := p.Length - p.L4
	if length < 8 {
		t.say(ShortPacket)
		return false
	}
	h := packet.UDP(p.Data[p.L4:])
	if len(h) < 8 {
		t.say(CaptureCut)
		return false
	}
	if n := h.Len(); n > length || n < 8 {
		t.say(UDPMalformed)
		return false
	}
	if h.Checksum() == 0 {
		return true
	}
	if hook == packet.Prerouting && t.sysctl.Checksum && !p.ChecksumOK(packet.ProtoUDP) {
		t.say(BadChecksum)
		return false
	}
	return true
}

// trackUDPLite is nf_conntrack_proto_udp.c: nf_conntrack_udplite_packet.
func (t *Table) trackUDPLite(c *Conn, info Info, p *packet.Packet, hook packet.Hook, now int64) result {
	if !t.udpLiteGood(p, hook) {
		return refused
	}
	wait := t.timeouts(c)
	if c.Status&SeenReply == 0 {
		c.refresh(wait[0], info.Dir(), p, now)
		return accepted
	}
	c.refresh(wait[1], info.Dir(), p, now)
	if c.Status&NATClash == 0 {
		c.Status |= Assured
	}
	return accepted
}

// udpLiteGood is nf_conntrack_proto_udp.c: udplite_error. The kernel verifies the
// checksum with UDP's number in the pseudo header, so that conforming packets
// fail (and for IPv4 with the low byte of the length only:
// net/netfilter/utils.c nf_ip_checksum_partial).
func (t *Table) udpLiteGood(p *packet.Packet, hook packet.Hook) bool {
	length := p.Length - p.L4
	if length < 8 {
		t.say(ShortPacket)
		return false
	}
	h := packet.UDP(p.Data[p.L4:])
	if len(h) < 8 {
		t.say(CaptureCut)
		return false
	}
	cover := h.Len()
	if cover == 0 {
		cover = length
	}
	if cover < 8 || cover > length {
		t.say(UDPLiteCoverage)
		return false
	}
	if h.Checksum() == 0 {
		t.say(UDPLiteMissing)
		return false
	}
	if hook != packet.Prerouting || !t.sysctl.Checksum || p.Verified || p.Cut() > 0 {
		return true
	}
	if p.Family == packet.IPv4 {
		length &= 0xff // it hands length and protocol over in the wrong order, and the second is a byte
	}
	sum := packet.PseudoSum(p.Src(), p.Dst(), packet.ProtoUDP, length)
	if packet.Fold(packet.Sum(h[:cover], sum)) != 0xffff {
		t.say(BadChecksum)
		return false
	}
	return true
}
