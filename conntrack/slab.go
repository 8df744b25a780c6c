package conntrack

// slab owns the memory of all entries. Chunks never move, so pointers to entries
// stay good; index 0 is never used.
type slab struct {
	chunks []*[chunkLen]Conn
	top    uint32 // first index never used; at least 1 once anything was taken
	hand   uint32 // where sweepSome looks next

	freeHead, freeTail uint32
	free               int
}

const (
	chunkBits = 6
	chunkLen  = 1 << chunkBits
	// resting is how many freed slots wait before the first of them is used
	// again, so that a packet can still show an entry that was deleted under it.
	resting = 64
)

func (s *slab) at(i uint32) *Conn { return &s.chunks[i>>chunkBits][i&(chunkLen-1)] }

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
	if int(i>>chunkBits) == len(s.chunks) {
		s.chunks = append(s.chunks, new([chunkLen]Conn))
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
	f.chunks = make([]*[chunkLen]Conn, len(s.chunks))
	for i, c := range s.chunks {
		n := new([chunkLen]Conn)
		*n = *c
		f.chunks[i] = n
	}
	return f
}
