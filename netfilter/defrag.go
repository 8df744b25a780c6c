package netfilter

import (
	"net/netip"
	"slices"

	"nfwhy/packet"
)

// Fragment queues are those of the kernel (net/ipv4/ip_fragment.c,
// net/ipv6/netfilter/nf_conntrack_reasm.c; Linux 6.18): one per datagram, gone
// after a timeout, dropped whole when pieces overlap.

// fragKey names a datagram under way. Who asks is part of it: arriving and
// locally sent packets, and local delivery, have queues of their own.
type fragKey struct {
	src, dst netip.Addr
	id       uint32
	proto    uint8
	user     uint8
}

const (
	userIn    = iota // conntrack at PREROUTING
	userOut          // conntrack at OUTPUT
	userLocal        // local delivery, IPv4
)

// fragQueue is a datagram of which pieces came.
type fragQueue struct {
	pieces  []piece
	got     int
	total   int // length of the payload, -1 until the last piece came
	expires packet.Time
	maxSize int // largest fragment, IP header included
	maxDF   int // largest with DF set
	head    []byte
	link    []byte
}

type piece struct {
	off  int
	data []byte
	size int // of the whole fragment
}

// maxFragBytes bounds what all queues hold (net.ipv4.ipfrag_high_thresh).
const maxFragBytes = 4 << 20

type fragTable struct {
	queues map[fragKey]*fragQueue
	bytes  int
}

func (t *fragTable) clone() fragTable {
	c := fragTable{bytes: t.bytes}
	if len(t.queues) > 0 {
		c.queues = make(map[fragKey]*fragQueue, len(t.queues))
		for k, q := range t.queues {
			d := *q
			d.pieces = slices.Clone(q.pieces)
			c.queues[k] = &d
		}
	}
	return c
}

// defrag holds fragments back until the datagram is whole; it returns false for
// a packet that waits or was dropped.
func (n *Netns) defrag(f *flight, h packet.Hook) bool {
	user := uint8(userIn)
	if h == packet.Output {
		user = userOut
	}
	if f.pkt.Family == packet.IPv6 {
		return n.defrag6(f, h, user)
	}
	if f.looped || f.pkt.FragOff == 0 && !f.pkt.MoreFrags {
		return true
	}
	return n.reassemble4(f, h, user)
}

func (n *Netns) reassemble4(f *flight, h packet.Hook, user uint8) bool {
	p := f.pkt
	hdr := packet.IPv4Header(p.Data)
	k := fragKey{p.Src(), p.Dst(), uint32(hdr.ID()), p.Proto, user}
	q := n.frags.queue(k, n.now, 30*packet.Second)
	q.maxSize = max(q.maxSize, p.Length)
	if hdr.DontFragment() {
		q.maxDF = max(q.maxDF, p.Length)
	}
	if p.FragOff == 0 {
		q.head = slices.Clone(p.Data[:p.L4])
		q.link = p.Link
	}
	if !n.frags.add(k, q, p.FragOff, p.MoreFrags, p.Data[p.L4:], p.Length) {
		n.discard(f, h, "fragment dropped: it overlaps others or is malformed")
		return false
	}
	if !q.complete() {
		n.hold(f, h)
		return false
	}
	n.frags.remove(k)
	data := q.join(n.bigBuffer(f))
	if len(data) > 65535 {
		n.discard(f, h, "the reassembled datagram is larger than 65535 bytes")
		return false
	}
	be.PutUint16(data[2:], uint16(len(data)))
	be.PutUint16(data[6:], 0)
	if q.maxDF == q.maxSize {
		be.PutUint16(data[6:], 0x4000)
	}
	packet.IPv4Header(data).SetChecksum()
	n.whole(f, q, data)
	return true
}

// whole puts the reassembled datagram in the place of its last fragment.
func (n *Netns) whole(f *flight, q *fragQueue, data []byte) {
	p := f.pkt
	if err := p.Decode(data, len(data)); err != nil {
		return
	}
	f.frags = f.frags[:0]
	for _, c := range q.pieces {
		f.frags = append(f.frags, len(c.data))
	}
	f.fragMax = q.maxSize
	if f.journey != nil {
		f.journey.Packet = p.Clone()
		n.note(f, f.ctx.Hook, "reassembled from fragments")
	}
}

// bigBuffer returns an empty buffer for a reassembled datagram.
func (n *Netns) bigBuffer(f *flight) []byte {
	if cap(f.buf) < 65536+64 {
		f.buf = make([]byte, 0, 65536+64)
	}
	return f.buf[:0]
}

func (n *Netns) hold(f *flight, h packet.Hook) {
	f.res.Fate, f.res.Hook = fateHeld, h
	n.note(f, h, "a fragment: held until the datagram is whole")
}

func (t *fragTable) queue(k fragKey, now, timeout packet.Time) *fragQueue {
	if t.queues == nil {
		t.queues = map[fragKey]*fragQueue{}
	}
	q := t.queues[k]
	if q != nil && q.expires <= now {
		t.remove(k)
		q = nil
	}
	if q == nil {
		if t.bytes > maxFragBytes || len(t.queues) > 4096 {
			t.expire(now)
		}
		q = &fragQueue{total: -1, expires: now + timeout}
		t.queues[k] = q
	}
	return q
}

// expire frees queues whose time is over, and all when that does not help.
func (t *fragTable) expire(now packet.Time) {
	for k, q := range t.queues {
		if q.expires <= now {
			t.remove(k)
		}
	}
	if t.bytes > maxFragBytes || len(t.queues) > 4096 {
		clear(t.queues)
		t.bytes = 0
	}
}

func (t *fragTable) remove(k fragKey) {
	if q := t.queues[k]; q != nil {
		t.bytes -= q.got
		delete(t.queues, k)
	}
}

// add files a piece. Exact repeats are ignored; an overlap drops the whole queue,
// as does a piece beyond the known end. It returns false when the piece is lost.
func (t *fragTable) add(k fragKey, q *fragQueue, off int, more bool, data []byte, size int) bool {
	if more {
		data = data[:len(data)&^7]
	}
	end := off + len(data)
	switch {
	case !more && q.total >= 0 && end != q.total, !more && end < q.highest(),
		more && q.total >= 0 && end > q.total, len(data) == 0:
		t.remove(k)
		return false
	}
	i, found := slices.BinarySearchFunc(q.pieces, off, func(p piece, off int) int { return p.off - off })
	if found && len(q.pieces[i].data) == len(data) {
		return true
	}
	if found || i > 0 && q.pieces[i-1].off+len(q.pieces[i-1].data) > off || i < len(q.pieces) && end > q.pieces[i].off {
		t.remove(k)
		return false
	}
	q.pieces = slices.Insert(q.pieces, i, piece{off, slices.Clone(data), size})
	q.got += len(data)
	t.bytes += len(data)
	if !more {
		q.total = end
	}
	return true
}

func (q *fragQueue) highest() int {
	if len(q.pieces) == 0 {
		return 0
	}
	last := q.pieces[len(q.pieces)-1]
	return last.off + len(last.data)
}

func (q *fragQueue) complete() bool { return q.total >= 0 && q.got == q.total && q.head != nil }

// join appends header and pieces to b.
func (q *fragQueue) join(b []byte) []byte {
	b = append(b, q.head...)
	for _, p := range q.pieces {
		b = append(b, p.data...)
	}
	return b
}

// defrag6 is nf_ct_frag6_gather: a packet with a fragment header.
func (n *Netns) defrag6(f *flight, h packet.Hook, user uint8) bool {
	p := f.pkt
	at, prev := fragmentHeader(p.Data)
	if at < 0 || f.looped {
		return true
	}
	fh := p.Data[at:]
	off, more := int(be.Uint16(fh[2:]))&^7, fh[3]&1 != 0
	k := fragKey{p.Src(), p.Dst(), be.Uint32(fh[4:]), 0, user}
	q := n.frags.queue(k, n.now, 60*packet.Second)
	q.maxSize = max(q.maxSize, p.Length)
	if off == 0 {
		q.head = slices.Clone(p.Data[:at])
		q.head[prev] = fh[0]
		q.link = p.Link
	}
	if !n.frags.add(k, q, off, more, p.Data[at+8:], p.Length) {
		n.discard(f, h, "fragment dropped: it overlaps others or is malformed")
		return false
	}
	if !q.complete() {
		n.hold(f, h)
		return false
	}
	n.frags.remove(k)
	data := q.join(n.bigBuffer(f))
	if len(data)-40 > 65535 {
		n.discard(f, h, "the reassembled datagram is larger than 65535 bytes")
		return false
	}
	be.PutUint16(data[4:], uint16(len(data)-40))
	n.whole(f, q, data)
	f.fragAt = len(q.head)
	return true
}

// fragmentHeader finds the fragment header of an IPv6 packet: its offset and the
// offset of the next-header byte that names it; -1 for none.
func fragmentHeader(b []byte) (at, prev int) {
	next, off, prev := b[6], 40, 6
	for {
		switch next {
		case packet.ProtoFragment:
			if len(b)-off < 8 {
				return -1, 0
			}
			return off, prev
		case packet.ProtoHopByHop, packet.ProtoRouting, packet.ProtoDstOpts:
		default:
			return -1, 0
		}
		if len(b)-off < 8 {
			return -1, 0
		}
		next, prev = b[off], off
		off += int(b[off+1])*8 + 8
		if off > len(b) {
			return -1, 0
		}
	}
}
