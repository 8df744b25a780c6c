package conntrack

import "nfwhy/packet"

// seqAdjust is by how much the sequence numbers of one direction are moved, up to
// and behind the place where a helper last changed the length of the data
// (include/net/netfilter/nf_conntrack_seqadj.h).
type seqAdjust struct {
	pos           uint32
	before, after int32
}

func (a *seqAdjust) at(seq uint32) int32 {
	if after(seq, a.pos) {
		return a.after
	}
	return a.before
}

// back returns how far an acknowledgement of moved numbers is moved.
func (a *seqAdjust) back(ack uint32) int32 {
	if after(ack-uint32(a.before), a.pos) {
		return a.after
	}
	return a.before
}

// shiftSequence notes that the data of direction d has become longer by n behind
// sequence number seq (nf_conntrack_seqadj.c: nf_ct_seqadj_set).
func (c *Conn) shiftSequence(d Direction, seq uint32, n int32) {
	if n == 0 {
		return
	}
	c.Status |= SeqAdjust
	a := &c.extra().adjust[d]
	if a.before == a.after || before(a.pos, seq) {
		a.pos = seq
		a.before = a.after
		a.after += n
	}
}

// adjustSequence moves the packet's numbers; false when it has no TCP header
// (nf_conntrack_seqadj.c: nf_ct_seq_adjust).
func (c *Conn) adjustSequence(p *packet.Packet, d Direction) bool {
	h, ok := p.TCP()
	if !ok {
		return false
	}
	own, peer := &c.x.adjust[d], &c.x.adjust[d.Other()]
	put32(h, 4, h.Seq()+uint32(own.at(h.Seq())), h[16:18])
	if h.Flags()&packet.ACK == 0 {
		return true
	}
	put32(h, 8, h.Ack()-uint32(peer.back(h.Ack())), h[16:18])
	opts, ok := h.Options()
	if !ok {
		return false
	}
	for len(opts) > 0 {
		if opts[0] == 0 {
			break
		}
		if opts[0] == 1 {
			opts = opts[1:]
			continue
		}
		n := 0
		if len(opts) >= 2 {
			n = int(opts[1])
		}
		if n < 2 || n > len(opts) {
			return false
		}
		if opts[0] == 5 && n >= 10 && (n-2)%8 == 0 {
			for i := 2; i < n; i += 4 {
				edge := be.Uint32(opts[i:])
				put32(opts, i, edge-uint32(peer.back(edge)), h[16:18])
			}
		}
		opts = opts[n:]
	}
	return true
}

// put32 writes a word at i and mends the checksum. i may be odd relative to the
// checksum's words only for options, whose sum the kernel mends the same way.
func put32(b []byte, i int, v uint32, sum []byte) {
	was := be.Uint32(b[i:])
	var d sumDelta
	d.change16(uint16(was>>16), uint16(v>>16))
	d.change16(uint16(was), uint16(v))
	be.PutUint32(b[i:], v)
	d.apply(sum)
}
