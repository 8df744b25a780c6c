package conntrack

import "nfwhy/packet"

// trackGRE is nf_conntrack_proto_gre.c: nf_conntrack_gre_packet, Linux 6.18. The
// timeouts are those that held when the entry was made.
func (t *Table) trackGRE(c *Conn, info Info, p *packet.Packet, now int64) result {
	plain, stream := c.l4.greTimeouts()
	if !c.Confirmed() {
		wait := t.timeouts(c)
		*plain, *stream = wait[0], wait[1]
	}
	if c.Status&SeenReply == 0 {
		c.refresh(*plain, info.Dir(), p, now)
		return accepted
	}
	c.refresh(*stream, info.Dir(), p, now)
	c.Status |= Assured
	return accepted
}
