package capture

import (
	"encoding/binary"
	"strings"

	"nfwhy/packet"
)

// conversations undoes tcpdump's relative sequence numbers. Without -S it prints
// a conversation's first numbers, and those of every SYN/ACK and of segments
// without ACK, as they are, and all others relative to the first
// (print-tcp.c: tcp_print, 4.99). Whether -S was given is not told; each number
// is taken the way that lies closer to where its side stands.
type conversations struct {
	m     map[pair]*conversation
	votes int // for relative numbers, negative against
}

// pair is a conversation: both sides as written, the smaller first.
type pair struct{ a, b side }

type side struct {
	text string
	port uint16
}

// conversation is what is known of both sides, the smaller one at 0.
type conversation struct {
	base     [2]uint32 // what tcpdump subtracts
	known    [2]bool   // base is known
	next     [2]uint32 // next sequence number expected
	recorded bool      // tcpdump has its bases
}

// maxConversations bounds the memory; older ones are forgotten all at once.
const maxConversations = 1 << 16

// relativeLimit is below what a number of a conversation seen for the first
// time is taken for a relative one. An absolute one is as small once in 4096.
const relativeLimit = 1 << 20

// find returns the conversation and the index of the sender.
func (c *conversations) find(src, dst side) (*conversation, int) {
	k, from := pair{src, dst}, 0
	if dst.text < src.text || dst.text == src.text && dst.port < src.port {
		k, from = pair{dst, src}, 1
	}
	if v := c.m[k]; v != nil {
		return v, from
	}
	if c.m == nil || len(c.m) >= maxConversations {
		c.m = make(map[pair]*conversation)
	}
	v := new(conversation)
	k.a.text, k.b.text = strings.Clone(k.a.text), strings.Clone(k.b.text) // not the whole line
	c.m[k] = v
	return v, from
}

// resolve replaces the numbers of t by absolute ones and returns those that
// remain untold.
func (c *conversations) resolve(t *tcpTold, src, dst side) (untold Field) {
	if !t.hasFlags {
		return FieldSeq | FieldAck
	}
	v, from := c.find(src, dst)
	to := 1 - from
	isAck, isSYN := t.flags&packet.ACK != 0 && t.hasAck, t.flags&packet.SYN != 0
	switch {
	case !isAck || isSYN:
		v.absolute(t, from, isAck, isSYN)
	case !v.recorded && (v.looksAbsolute(t) || v.near(from, t.seq, t.hasSeq) || v.near(to, t.ack, true)):
		v.absolute(t, from, true, true)
	default:
		v.recorded = true
		untold |= v.relative(t, from, &c.votes)
	}
	if isAck && v.known[to] {
		t.sackEdges(v.base[to])
	}
	if !t.hasSeq {
		t.seq = v.next[from]
		untold |= FieldSeq
	}
	if t.flags&packet.ACK != 0 && !t.hasAck {
		untold |= FieldAck
	}
	v.advance(t, from, untold)
	return untold
}

// absolute takes the numbers as they are; rebase makes them the bases, as
// tcpdump does on a first segment with ACK and on every SYN/ACK.
func (v *conversation) absolute(t *tcpTold, from int, isAck, rebase bool) {
	if t.hasSeq && rebase {
		v.base[from], v.known[from] = t.seq, true
		v.next[from] = t.seq
	} else if rebase && v.known[from] {
		v.base[from] = v.next[from]
	}
	if isAck && rebase {
		to := 1 - from
		v.base[to], v.known[to] = t.ack-1, true
		v.recorded = true
		if v.next[to] == 0 {
			v.next[to] = t.ack
		}
	}
}

// looksAbsolute says that the first numbers seen are too large for relative ones.
func (v *conversation) looksAbsolute(t *tcpTold) bool {
	return t.ack >= relativeLimit || t.hasSeq && t.seq >= relativeLimit
}

// near says that n, taken as it is, continues what the side has sent.
func (v *conversation) near(i int, n uint32, has bool) bool {
	return has && v.known[i] && distance(n, v.next[i]) < relativeLimit
}

// relative resolves each number against its side.
func (v *conversation) relative(t *tcpTold, from int, votes *int) (untold Field) {
	if t.hasSeq {
		d, ok := v.offset(from, t.seq, votes)
		t.seq += d
		if !ok {
			untold |= FieldSeq
		}
	}
	d, ok := v.offset(1-from, t.ack, votes)
	t.ack += d
	if !ok {
		untold |= FieldAck
		if t.sackEnd > t.sackAt {
			untold |= FieldTCPOptions
		}
	}
	return untold
}

// sackEdges makes SACK edges absolute; tcpdump prints them relative also where
// the other numbers are not, so the nearer to the acknowledgement is taken.
func (t *tcpTold) sackEdges(base uint32) {
	for i := t.sackAt; i < t.sackEnd; i += 4 {
		edge := binary.BigEndian.Uint32(t.opts[i:])
		if distance(edge+base, t.ack) <= distance(edge, t.ack) {
			binary.BigEndian.PutUint32(t.opts[i:], edge+base)
		}
	}
}

// offset is what to add to the number n of side i; ok is false if n is a
// relative one whose base is not known. The way in which n lies nearer to what is
// expected counts. Where initial numbers near 0 leave both open, what the others
// of the text were decides.
func (v *conversation) offset(i int, n uint32, votes *int) (d uint32, ok bool) {
	if !v.known[i] {
		return 0, n >= relativeLimit
	}
	abs, rel := distance(n, v.next[i]), distance(v.base[i]+n, v.next[i])
	switch {
	case abs == rel:
	case rel == 0, abs != 0 && rel+nearlySame < abs:
		*votes = min(*votes+1, maxVotes)
		return v.base[i], true
	case abs == 0, abs+nearlySame < rel:
		*votes = max(*votes-1, -maxVotes)
		return 0, true
	}
	if *votes < 0 {
		return 0, true
	}
	return v.base[i], true
}

// nearlySame is the difference of distances that says nothing; maxVotes is how
// many numbers of one dump the next has to outvote.
const (
	nearlySame = 1 << 12
	maxVotes   = 16
)

// distance is how far apart two sequence numbers are.
func distance(a, b uint32) uint32 { return min(a-b, b-a) }

// advance notes what the segment brings.
func (v *conversation) advance(t *tcpTold, from int, untold Field) {
	if !untold.Has(FieldSeq) {
		end := t.seq + uint32(t.length)
		if t.flags&(packet.SYN|packet.FIN) != 0 {
			end++
		}
		if int32(end-v.next[from]) > 0 || v.next[from] == 0 || t.flags&packet.SYN != 0 {
			v.next[from] = end
		}
	}
	if to := 1 - from; t.hasAck && !untold.Has(FieldAck) && (int32(t.ack-v.next[to]) > 0 || v.next[to] == 0) {
		v.next[to] = t.ack
	}
}
