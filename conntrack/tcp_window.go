package conntrack

import "nfwhy/packet"

// minWindow is the least distance an acknowledgement may lag behind
// (nf_conntrack_proto_tcp.c: MAXACKWINCONST).
const minWindow = 66000

// windowResult is what the window check says of a segment.
type windowResult uint8

const (
	windowAccept windowResult = iota
	windowIgnore
	windowInvalid
)

// readOptions reads window scale and SACK-permitted; with no option bytes it
// returns what it was given (nf_conntrack_proto_tcp.c: tcp_options).
func readOptions(s *tcpSegment, flags, scale uint8) (uint8, uint8) {
	b := s.opts
	if b == nil {
		return flags, scale
	}
	flags &= tcpLiberal
	scale = 0
	for len(b) > 0 {
		switch b[0] {
		case 0:
			return flags, scale
		case 1:
			b = b[1:]
			continue
		}
		if len(b) < 2 || b[1] < 2 || int(b[1]) > len(b) {
			break
		}
		switch {
		case b[0] == 4 && b[1] == 2:
			flags |= tcpSack
		case b[0] == 3 && b[1] == 3:
			flags |= tcpWScale
			scale = min(b[2], 14)
		}
		b = b[b[1]:]
	}
	return flags, scale
}

func (l *l4State) parseOptions(d Direction, s *tcpSegment) {
	l.flags[d], l.scale[d] = readOptions(s, l.flags[d], l.scale[d])
}

// highestSack returns the highest right edge in the first well-formed SACK
// option, or ack (nf_conntrack_proto_tcp.c: tcp_sack).
func highestSack(s *tcpSegment, sack uint32) uint32 {
	b := s.opts
	for len(b) > 0 {
		switch b[0] {
		case 0:
			return sack
		case 1:
			b = b[1:]
			continue
		}
		if len(b) < 2 || b[1] < 2 || int(b[1]) > len(b) {
			return sack
		}
		if n := int(b[1]); b[0] == 5 && n >= 10 && (n-2)%8 == 0 {
			for i := 2; i < n; i += 8 {
				if right := be.Uint32(b[i+4:]); after(right, sack) {
					sack = right
				}
			}
			return sack
		}
		b = b[b[1]:]
	}
	return sack
}

// windowInit takes a side's sequence space from its SYN
// (nf_conntrack_proto_tcp.c: tcp_init_sender).
func (l *l4State) windowInit(s *tcpSegment) {
	d, o := s.dir, s.dir.Other()
	snd := &l.side[d]
	snd.end, snd.maxEnd = s.end, s.end
	snd.maxWin = max(uint32(s.win), 1)
	l.parseOptions(d, s)
	// Scaling needs the option from both sides (RFC 7323).
	if d == Reply && l.flags[d]&l.flags[o]&tcpWScale == 0 {
		l.scale[d], l.scale[o] = 0, 0
	}
}

// tcpInWindow is nf_conntrack_proto_tcp.c: tcp_in_window, Linux 6.18.
func (t *Table) tcpInWindow(c *Conn, s *tcpSegment) windowResult {
	l := &c.l4
	d, o := s.dir, s.dir.Other()
	snd, rcv := &l.side[d], &l.side[o]
	seq, end, ack := s.seq, s.end, s.ack
	sack := ack
	if l.flags[o]&tcpSack != 0 {
		sack = highestSack(s, sack)
	}
	// What the receiver sent may have been moved by a helper on its way here.
	moved := uint32(c.SeqOffset(o, ack-1))
	ack -= moved
	sack -= moved

	if snd.maxWin == 0 || s.has(packet.SYN) {
		if t.tcpAdopt(l, s, sack) {
			return windowAccept
		}
	}
	switch {
	case !s.has(packet.ACK):
		ack, sack = rcv.end, rcv.end
	case s.has(packet.RST) && ack == 0:
		ack, sack = rcv.end, rcv.end
	}
	if s.has(packet.RST) && seq == 0 && l.state == tcpSynSent {
		seq, end = snd.end, snd.end
	}
	if r, done := t.tcpBounds(l, s, seq, end, sack); done {
		return r
	}
	l.windowUpdate(s, end, ack, sack)
	if s.index == tcpIdxAck {
		l.countRepeats(s, seq, end, ack)
	}
	return windowAccept
}

// tcpAdopt learns a side's sequence space from its first segment; true means the
// segment is accepted as it is (the SYN of a simultaneous open).
func (t *Table) tcpAdopt(l *l4State, s *tcpSegment, sack uint32) bool {
	snd, rcv := &l.side[s.dir], &l.side[s.dir.Other()]
	switch {
	case snd.maxWin == 0 && s.has(packet.SYN):
		l.windowInit(s)
		return !s.has(packet.ACK)
	case snd.maxWin == 0:
		// In the middle of a connection: no more than this segment is known.
		snd.end = s.end
		snd.maxWin = max(uint32(s.win)<<l.scale[s.dir], 1)
		snd.maxEnd = s.end + snd.maxWin
		if rcv.maxWin == 0 {
			rcv.end, rcv.maxEnd = sack, sack
		} else if sack == rcv.end+1 {
			rcv.end++ // a keep-alive, or data seen by nobody
		}
	case after(s.end, snd.end) && (l.state == tcpSynSent || l.state == tcpSynRecv):
		// A later SYN replaces the earlier one.
		l.windowInit(s)
		return s.dir == Reply && !s.has(packet.ACK)
	}
	return false
}

// tcpBounds holds a segment against the four bounds (G. van Rooij, "Real stateful
// TCP packet filtering in IP Filter"). done is false when all hold.
func (t *Table) tcpBounds(l *l4State, s *tcpSegment, seq, end, sack uint32) (r windowResult, done bool) {
	snd, rcv := &l.side[s.dir], &l.side[s.dir.Other()]
	lag := max(snd.maxWin, minWindow)
	aboveLow := after(end, snd.end-rcv.maxWin-1)
	ackAboveLow := after(sack, rcv.end-lag-1)
	ackBelowHigh := before(sack, rcv.end+1)

	if !before(seq, snd.maxEnd+1) {
		over := end - snd.maxEnd + 1
		if rcv.maxWin != 0 && aboveLow && ackAboveLow && over <= rcv.maxWin && ackBelowHigh {
			snd.end = end
			l.flags[s.dir] |= tcpUnacked
			return t.outside(l, s, windowIgnore, TCPBytesMore, over), true
		}
		return t.outside(l, s, windowInvalid, TCPSeqOver, snd.maxEnd+1), true
	}
	if !ackBelowHigh {
		return t.outside(l, s, windowInvalid, TCPAckOver, rcv.end+1), true
	}
	if rcv.maxWin != 0 && !aboveLow {
		return t.outside(l, s, windowIgnore, TCPSeqUnder, snd.end-rcv.maxWin-1), true
	}
	if !ackAboveLow {
		return t.outside(l, s, windowIgnore, TCPAckUnder, rcv.end-lag-1), true
	}
	return windowAccept, false
}

// outside turns a violation into acceptance where windows are not to be judged.
func (t *Table) outside(l *l4State, s *tcpSegment, r windowResult, code Code, bound uint32) windowResult {
	if l.flags[s.dir]&tcpLiberal != 0 || t.sysctl.TCPBeLiberal {
		return windowAccept
	}
	t.say(code, bound)
	return r
}

// windowUpdate learns from a segment inside the bounds.
func (l *l4State) windowUpdate(s *tcpSegment, end, ack, sack uint32) {
	d, o := s.dir, s.dir.Other()
	snd, rcv := &l.side[d], &l.side[o]
	win := uint32(s.win)
	if !s.has(packet.SYN) {
		win <<= l.scale[d]
	}
	snd.maxWin = max(snd.maxWin, win+(sack-ack))
	if after(end, snd.end) {
		snd.end = end
		l.flags[d] |= tcpUnacked
	}
	if s.has(packet.ACK) {
		if l.flags[d]&tcpAckSeen == 0 {
			snd.maxAck = ack
			l.flags[d] |= tcpAckSeen
		} else if after(ack, snd.maxAck) {
			snd.maxAck = ack
		}
	}
	if rcv.maxWin != 0 && after(end, snd.maxEnd) {
		rcv.maxWin += end - snd.maxEnd
	}
	if after(sack+win, rcv.maxEnd-1) {
		rcv.maxEnd = sack + win
		if win == 0 {
			rcv.maxEnd++
		}
	}
	if ack == rcv.end {
		l.flags[o] &^= tcpUnacked
	}
}

// countRepeats counts a segment that says the same as the one before.
func (l *l4State) countRepeats(s *tcpSegment, seq, end, ack uint32) {
	if l.lastDir == s.dir && l.lastSeq == seq && l.lastAck == ack && l.lastEnd == end && l.lastWin == s.win {
		l.retrans++
		return
	}
	l.lastDir = s.dir
	l.lastSeq, l.lastAck, l.lastEnd, l.lastWin = seq, ack, end, s.win
	l.retrans = 0
}
