package replay

import (
	"hash/maphash"

	"nfwhy/packet"
)

// echoWindow is how long after the simulated host sent a packet its copy in the
// capture is still recognised.
const echoWindow = 5 * packet.Second

// pendingSize is how many sent packets are remembered.
const pendingSize = 1 << 14

type sent struct {
	print uint64
	at    packet.Time
}

// pending remembers what the simulated host sent: a ring, and a count per
// fingerprint.
type pending struct {
	ring  []sent
	next  int
	count map[uint64]int32
}

func (q *pending) add(now packet.Time, print uint64) {
	q.forget(q.next)
	q.ring[q.next] = sent{print, now}
	q.count[print]++
	q.next = (q.next + 1) % len(q.ring)
}

func (q *pending) forget(i int) {
	if p := q.ring[i].print; p != 0 {
		if q.count[p]--; q.count[p] <= 0 {
			delete(q.count, p)
		}
		q.ring[i] = sent{}
	}
}

// take reports whether a packet of that fingerprint was sent shortly before now,
// and forgets one.
func (q *pending) take(now packet.Time, print uint64) bool {
	if q.count[print] == 0 {
		return false
	}
	for k := range q.ring {
		i := (q.next - 1 - k + 2*len(q.ring)) % len(q.ring)
		s := q.ring[i]
		if s.print == 0 || s.at+echoWindow < now {
			if s.print == 0 && k < len(q.ring)-1 {
				continue
			}
			return false
		}
		if s.print == print {
			q.forget(i)
			return true
		}
	}
	return false
}

var seed = maphash.MakeSeed()

// fingerprint is a hash of a packet without what differs between the packet the
// machine made and the captured one: checksums (offload, blanked addresses), and
// the IP ID of ICMP errors, which the kernel draws at random.
func fingerprint(p *packet.Packet) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	var head [60]byte
	n := copy(head[:], p.Data)
	if p.Family == packet.IPv4 {
		head[10], head[11] = 0, 0
		if p.Proto == packet.ProtoICMP {
			head[4], head[5] = 0, 0
		}
	} else if p.Proto == packet.ProtoICMPv6 {
		head[1], head[2], head[3] = head[1]&0xf0, 0, 0
	}
	if off := checksumOffset(p); off >= 0 && off+2 <= n {
		head[off], head[off+1] = 0, 0
	}
	h.Write(head[:n])
	h.Write(p.Data[n:])
	s := h.Sum64()
	if s == 0 {
		s = 1
	}
	return s
}

// checksumOffset is where in Data the transport checksum lies, -1 for none.
func checksumOffset(p *packet.Packet) int {
	if p.FragOff != 0 || p.NoTransport {
		return -1
	}
	switch p.Proto {
	case packet.ProtoTCP:
		return p.L4 + 16
	case packet.ProtoUDP, packet.ProtoUDPLite:
		return p.L4 + 6
	case packet.ProtoICMP, packet.ProtoICMPv6:
		return p.L4 + 2
	}
	return -1
}
