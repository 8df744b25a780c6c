package conntrack

import "nfwhy/packet"

// maxWarm is how many packets [Table.Warm] looks at.
const maxWarm = 64

// Warm reads what [Table.In] is about to need for the given packets, all of them
// side by side, so that the processor waits for memory once and not packet by
// packet. It changes nothing; only speed depends on it. Packets beyond the first
// 64 are left out. Packets are taken to be in the default zone.
func (t *Table) Warm(ps []*packet.Packet) {
	x := &t.index
	if len(x.slots) == 0 {
		return
	}
	ps = ps[:min(len(ps), maxWarm)]
	var hashes, refs [maxWarm]uint32
	n := 0
	for _, p := range ps {
		if k, ok := TupleOf(p); ok {
			hashes[n] = k.hash(0)
			n++
		}
	}
	for i, h := range hashes[:n] {
		refs[i] = x.slots[x.home(h)].ref
	}
	mask := len(x.slots) - 1
	for i, h := range hashes[:n] {
		at := x.home(h)
		for refs[i] != 0 && x.slots[at].hash != h {
			at = (at + 1) & mask
			refs[i] = x.slots[at].ref
		}
	}
	for _, r := range refs[:n] {
		if r != 0 {
			c := t.slab.at(r >> 1)
			t.warmth ^= uint32(c.life) ^ uint32(c.Reply.Proto) ^ uint32(c.l4.state)
		}
	}
}
