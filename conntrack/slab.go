package conntrack

import "math/bits"

// slab owns the memory of all entries. It is a list of chunks, each as long as
// all before it together; they never move, so pointers to entries stay good.
// Index 0 is never used.
type slab struct {
	chunks [32 - firstBits][]Conn
	top    uint32 // first index never used; at least 1 once anything was taken
	hand   uint32 // where sweepSome looks next

	freeHead, freeTail uint32
	free               int
}

const (
	firstBits = 4
	// resting is how many freed slots wait before the first of them is used
	// again, so that a packet can still show an entry that was deleted under it.
	resting = 64
)

// chunkOf returns in which chunk an index lies, and where: chunk 0 holds the
// indexes below 16, chunk k those from 16<<(k-1) on.
func chunkOf(i uint32) (chunk int, at uint32) {
	chunk = bits.Len32(i >> firstBits)
	if chunk == 0 {
		return 0, i
	}
	return chunk, i - 1<<(firstBits+chunk-1)
}

func chunkLen(chunk int) int { return 1 << (firstBits + max(chunk-1, 0)) }

func (s *slab) at(i uint32) *Conn {
	chunk, at := chunkOf(i)
	return &s.chunks[chunk][at]
}

// take returns a slot: the one that has been free the longest, or a new one.
func (s *slab) take() *Conn {
	if s.free > resting {
		c := s.at(s.freeHead)
		s.freeHead = c.next
		s.free--
		return c
	}
	if s.top == 0 {
		s.top = 1
	}
	i := s.top
	if chunk, _ := chunkOf(i); s.chunks[chunk] == nil {
		s.chunks[chunk] = make([]Conn, chunkLen(chunk))
	}
	s.top++
	c := s.at(i)
	c.self = i
	return c
}

// give puts a slot at the end of the free list.
func (s *slab) give(c *Conn) {
	c.life = lifeFree
	c.next = 0
	if s.free == 0 {
		s.freeHead = c.self
	} else {
		s.at(s.freeTail).next = c.self
	}
	s.freeTail = c.self
	s.free++
}

func (s *slab) clone() slab {
	f := *s
	for i, c := range s.chunks {
		if c != nil {
			f.chunks[i] = append([]Conn(nil), c...)
		}
	}
	return f
}
