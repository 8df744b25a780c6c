package conntrack

// index is the hash over the tuples of all confirmed entries: one flat
// open-addressing table with linear probing. A slot is the tuple's hash and
// which entry and direction it belongs to, eight bytes, so that a search touches
// one cache line here and then the entry itself. A tuple's place grows with its
// hash, which lets the kernel's buckets be found again as ranges of places
// (see [Table.earlyDrop]).
type index struct {
	slots []slot
	shift uint8 // 32 - log2(len(slots))
	used  int
}

// slot is empty iff ref is 0.
type slot struct {
	hash uint32
	ref  uint32 // slab index * 2 + direction
}

const minSlots = 64

func refOf(c *Conn, d Direction) uint32 { return c.self<<1 | uint32(d) }

func (x *index) home(hash uint32) int { return int(hash >> x.shift) }

// insert adds a slot. Of two slots with one tuple, the first to be inserted is
// the one that is found.
func (x *index) insert(hash, ref uint32) {
	if len(x.slots) == 0 || (x.used+1)*8 > len(x.slots)*5 {
		x.resize(max(minSlots, len(x.slots)*2))
	}
	x.put(hash, ref)
	x.used++
}

func (x *index) put(hash, ref uint32) {
	mask := len(x.slots) - 1
	i := x.home(hash)
	for x.slots[i].ref != 0 {
		i = (i + 1) & mask
	}
	x.slots[i] = slot{hash, ref}
}

func (x *index) resize(n int) {
	old := x.slots
	x.slots = make([]slot, n)
	x.shift = 32
	for m := n; m > 1; m >>= 1 {
		x.shift--
	}
	// Slots of one hash keep their order: begin behind a gap, not inside a run.
	gap := 0
	for gap < len(old) && old[gap].ref != 0 {
		gap++
	}
	for i := range old {
		if s := old[(gap+i)&(len(old)-1)]; s.ref != 0 {
			x.put(s.hash, s.ref)
		}
	}
}

// remove takes a slot out and moves later ones of the same run up, so that no
// marks of deletion are needed.
func (x *index) remove(hash, ref uint32) bool {
	if len(x.slots) == 0 {
		return false
	}
	mask := len(x.slots) - 1
	i := x.home(hash)
	for x.slots[i].ref != ref {
		if x.slots[i].ref == 0 {
			return false
		}
		i = (i + 1) & mask
	}
	for j := (i + 1) & mask; x.slots[j].ref != 0; j = (j + 1) & mask {
		// The slot at j may move to i unless its home lies behind i.
		if home := x.home(x.slots[j].hash); (j-home)&mask >= (j-i)&mask {
			x.slots[i] = x.slots[j]
			i = j
		}
	}
	x.slots[i] = slot{}
	x.used--
	return true
}
