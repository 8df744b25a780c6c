package conntrack

import "nfwhy/packet"

// TCP states, in the kernel's numbering
// (include/uapi/linux/netfilter/nf_conntrack_tcp.h).
const (
	tcpNone        = 0 // TCP_CONNTRACK_NONE
	tcpSynSent     = 1
	tcpSynRecv     = 2
	tcpEstablished = 3
	tcpFinWait     = 4
	tcpCloseWait   = 5
	tcpLastAck     = 6
	tcpTimeWait    = 7
	tcpClose       = 8
	tcpSynSent2    = 9
	numTCPStates   = 10
	tcpIV          = 10 // the packet is invalid
	tcpIG          = 11 // the packet is ignored
)

var tcpStateNames = [numTCPStates]string{
	"NONE", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT", "CLOSE", "SYN_SENT2",
}

func tcpStateName(s uint32) string {
	if s < numTCPStates {
		return tcpStateNames[s]
	}
	return "<invalid>"
}

// Kinds of segment, as log lines number them.
const (
	tcpIdxSyn    = 0
	tcpIdxSynAck = 1
	tcpIdxFin    = 2
	tcpIdxAck    = 3
	tcpIdxRst    = 4
	tcpIdxNone   = 5
)

// Flags of one side.
const (
	tcpWScale  = 0x01 // sent a window scale option
	tcpSack    = 0x02 // permits selective acknowledgements
	tcpCloser  = 0x04 // sent the first FIN
	tcpLiberal = 0x08 // windows are never held against it
	tcpUnacked = 0x10 // sent data that is not acknowledged yet
	tcpAckSeen = 0x20 // maxAck is valid

	// In l4State.lastFlags besides the first two.
	tcpChallengeAck = 0x40 // the answer to an ignored SYN may be a challenge ACK
	tcpSimultaneous = 0x80 // both sides sent a SYN
)

// Short names for the table below.
const (
	sNO = tcpNone
	sSS = tcpSynSent
	sSR = tcpSynRecv
	sES = tcpEstablished
	sFW = tcpFinWait
	sCW = tcpCloseWait
	sLA = tcpLastAck
	sTW = tcpTimeWait
	sCL = tcpClose
	sS2 = tcpSynSent2
	sIV = tcpIV
	sIG = tcpIG
)

// tcpTable is nf_conntrack_proto_tcp.c: tcp_conntracks as Linux 6.18 behaves:
// direction, kind of segment, state before -> state after.
var tcpTable = [2][6][numTCPStates]uint8{
	Original: {
		// Opens or re-opens a connection. On a living one it may come from a client
		// that restarted, or be forged: the server's answer will tell, so ignored.
		tcpIdxSyn: {sSS, sSS, sIG, sIG, sIG, sIG, sIG, sSS, sSS, sS2},
		// The client sends one only in a simultaneous open.
		tcpIdxSynAck: {sIV, sIV, sSR, sIV, sIV, sIV, sIV, sIV, sIV, sSR},
		// Closes once a connection was answered; whoever sends the second FIN is not
		// told apart, so a repeated FIN counts as the other side's.
		tcpIdxFin: {sIV, sIV, sFW, sFW, sLA, sLA, sLA, sTW, sCL, sIV},
		// Completes the handshake, acknowledges FINs; alone it picks a connection up
		// in the middle.
		tcpIdxAck: {sES, sIV, sES, sES, sCW, sCW, sTW, sTW, sCL, sIV},
		// Ends whatever is there; nothing to end is no reason for an entry.
		tcpIdxRst: {sIV, sCL, sCL, sCL, sCL, sCL, sCL, sCL, sCL, sCL},
		// No segment of a connection is without flags.
		tcpIdxNone: {sIV, sIV, sIV, sIV, sIV, sIV, sIV, sIV, sIV, sIV},
	},
	Reply: {
		// Simultaneous open, or the server re-opens a connection in TIME_WAIT.
		tcpIdxSyn: {sIV, sS2, sIV, sIV, sIV, sIV, sIV, sSS, sIV, sS2},
		// The answer to the SYN. Later ones answer a SYN that was ignored, or repeat.
		tcpIdxSynAck: {sIV, sSR, sIG, sIG, sIG, sIG, sIG, sIG, sIG, sSR},
		tcpIdxFin:    {sIV, sIV, sFW, sFW, sLA, sLA, sLA, sTW, sCL, sIV},
		// To a SYN it may be a challenge ACK of an old connection at the server.
		tcpIdxAck:  {sIV, sIG, sSR, sES, sCW, sCW, sTW, sTW, sCL, sIG},
		tcpIdxRst:  {sIV, sCL, sCL, sCL, sCL, sCL, sCL, sCL, sCL, sCL},
		tcpIdxNone: {sIV, sIV, sIV, sIV, sIV, sIV, sIV, sIV, sIV, sIV},
	},
}

// tcpSegment is a TCP segment with what the tracker reads of it.
type tcpSegment struct {
	h     packet.TCP
	opts  []byte // option bytes that are present; nil when there are none
	seq   uint32
	ack   uint32
	end   uint32 // sequence number behind the segment
	win   uint16
	flags uint16
	index uint8
	dir   Direction
}

func (s *tcpSegment) has(f uint16) bool { return s.flags&f != 0 }

func before(a, b uint32) bool { return int32(a-b) < 0 }
func after(a, b uint32) bool  { return int32(b-a) < 0 }

// tcpIndex classifies a segment by its flags
// (nf_conntrack_proto_tcp.c: get_conntrack_index).
func tcpIndex(f uint16) uint8 {
	switch {
	case f&packet.RST != 0:
		return tcpIdxRst
	case f&packet.SYN != 0:
		if f&packet.ACK != 0 {
			return tcpIdxSynAck
		}
		return tcpIdxSyn
	case f&packet.FIN != 0:
		return tcpIdxFin
	case f&packet.ACK != 0:
		return tcpIdxAck
	}
	return tcpIdxNone
}

// tcpFlagsOK reports whether the flags occur in real connections; PSH, ECE, CWR
// and AE do not matter (nf_conntrack_proto_tcp.c: tcp_valid_flags).
func tcpFlagsOK(f uint16) bool {
	switch f & (packet.FIN | packet.SYN | packet.RST | packet.ACK | packet.URG) {
	case packet.SYN, packet.SYN | packet.URG, packet.SYN | packet.ACK,
		packet.RST, packet.RST | packet.ACK,
		packet.FIN | packet.ACK, packet.FIN | packet.ACK | packet.URG,
		packet.ACK, packet.ACK | packet.URG:
		return true
	}
	return false
}

// tcpParse checks a segment by itself and reads it; false means INVALID
// (nf_conntrack_proto_tcp.c: tcp_error).
func (t *Table) tcpParse(s *tcpSegment, p *packet.Packet, d Direction, hook packet.Hook) bool {
	length := p.Length - p.L4
	if length < 20 {
		t.say(TCPShort)
		return false
	}
	b := p.Data[p.L4:]
	if len(b) < 20 {
		t.say(CaptureCut)
		return false
	}
	h := packet.TCP(b)
	off := h.DataOffset()
	if off < 20 || off > length {
		t.say(TCPTruncated)
		return false
	}
	if hook == packet.Prerouting && t.sysctl.Checksum && !p.ChecksumOK(packet.ProtoTCP) {
		t.say(BadChecksum)
		return false
	}
	f := h.Flags()
	if !tcpFlagsOK(f) {
		t.say(TCPFlags)
		return false
	}
	s.h, s.flags, s.index, s.dir = h, f, tcpIndex(f), d
	s.seq, s.ack, s.win = h.Seq(), h.Ack(), h.Window()
	if off > 20 {
		s.opts = b[20:min(off, len(b))]
	}
	s.end = s.seq + uint32(length-off)
	if f&packet.SYN != 0 {
		s.end++
	}
	if f&packet.FIN != 0 {
		s.end++
	}
	return true
}

// tcpFirst sets up the entry that its first segment made; false means INVALID
// (nf_conntrack_proto_tcp.c: tcp_new).
func (t *Table) tcpFirst(c *Conn, s *tcpSegment) bool {
	l := &c.l4
	switch tcpTable[Original][s.index][tcpNone] {
	case tcpSynSent:
		l.side[0].end, l.side[0].maxEnd = s.end, s.end
		l.side[0].maxWin = max(uint32(s.win), 1)
		l.parseOptions(0, s)
	case tcpEstablished:
		if !t.sysctl.TCPLoose {
			t.say(PickupOff)
			return false
		}
		l.side[0].end = s.end
		l.side[0].maxWin = max(uint32(s.win), 1)
		l.side[0].maxEnd = s.end + l.side[0].maxWin
		l.flags[0] = tcpSack | tcpLiberal
		l.flags[1] = tcpSack | tcpLiberal
		t.say(TCPPickup)
	default:
		t.say(TCPNew, uint32(s.index))
		return false
	}
	l.lastIndex = tcpIdxNone
	return true
}

// tcpAction is what is to be done with a segment before its window is looked at.
type tcpAction uint8

const (
	tcpWindow tcpAction = iota // check the window
	tcpSkip                    // accept without
	tcpStop                    // accepted as it is, nothing else changes
	tcpRefuse                  // INVALID
	tcpAgain                   // a new connection: start over without the entry
)

// trackTCP is nf_conntrack_proto_tcp.c: nf_conntrack_tcp_packet, Linux 6.18.
func (t *Table) trackTCP(c *Conn, info Info, p *packet.Packet, hook packet.Hook, now int64) result {
	var s tcpSegment
	if !t.tcpParse(&s, p, info.Dir(), hook) {
		return refused
	}
	if !c.Confirmed() && !t.tcpFirst(c, &s) {
		return refused
	}
	old := c.l4.state
	next := tcpTable[s.dir][s.index][old]
	switch t.tcpDecide(c, &s, &old, &next) {
	case tcpStop:
		return accepted
	case tcpRefuse:
		return refused
	case tcpAgain:
		t.remove(c)
		t.say(TCPReopened)
		return again
	case tcpWindow:
		switch t.tcpInWindow(c, &s) {
		case windowIgnore:
			return accepted
		case windowInvalid:
			t.tcpRefusedClose(c, &s, now)
			return refused
		}
	}
	t.tcpAccept(c, &s, old, next, p, now)
	return accepted
}

// tcpDecide does what the new state asks for before the window check. It may
// change both states.
func (t *Table) tcpDecide(c *Conn, s *tcpSegment, old, next *uint8) tcpAction {
	l := &c.l4
	switch *next {
	case tcpSynSent:
		if *old != tcpTimeWait && *old != tcpClose && *old != tcpSynSent2 {
			return tcpWindow
		}
		if (l.flags[0]|l.flags[1])&tcpCloser != 0 || l.lastDir == s.dir && l.lastIndex == tcpIdxRst {
			return tcpAgain
		}
		return t.tcpIgnore(c, s, old, next)
	case tcpIG:
		return t.tcpIgnore(c, s, old, next)
	case tcpIV:
		t.say(TCPState, uint32(s.index), uint32(s.dir), uint32(*old))
		return tcpRefuse
	case tcpTimeWait:
		if *old == tcpLastAck && s.index == tcpIdxAck && l.lastDir != s.dir && l.lastIndex == tcpIdxSyn &&
			l.lastFlags&tcpChallengeAck != 0 {
			l.lastFlags &^= tcpChallengeAck
			t.say(TCPChallengeAck)
			return tcpStop
		}
	case tcpSynSent2:
		l.lastFlags |= tcpSimultaneous
	case tcpSynRecv:
		if s.dir == Reply && s.index == tcpIdxAck && l.lastFlags&tcpSimultaneous != 0 {
			*next = tcpEstablished
		}
	case tcpClose:
		if s.index == tcpIdxRst {
			return t.tcpReset(c, s, *old, next)
		}
	}
	return tcpWindow
}

// tcpIgnore handles a segment that may be right if our view is wrong: it is
// remembered and let through. A SYN/ACK that answers an ignored SYN proves the
// view wrong; then the connection is taken anew from the two.
func (t *Table) tcpIgnore(c *Conn, s *tcpSegment, old, next *uint8) tcpAction {
	l := &c.l4
	if s.index == tcpIdxSynAck && l.lastIndex == tcpIdxSyn && l.lastDir != s.dir && s.ack == l.lastEnd {
		*old, *next = tcpSynSent, tcpSynRecv
		p := l.lastDir
		l.side[p].end, l.side[p].maxEnd = l.lastEnd, l.lastEnd
		l.side[p].maxWin = max(uint32(l.lastWin), 1)
		l.scale[p] = l.lastScale
		l.lastFlags &^= tcpChallengeAck
		l.flags[p] = l.lastFlags
		l.side[s.dir] = tcpSide{}
		l.scale[s.dir] = 0
		l.flags[s.dir] &= tcpLiberal
		return tcpWindow
	}
	l.lastIndex, l.lastDir = s.index, s.dir
	l.lastSeq, l.lastEnd, l.lastWin = s.seq, s.end, s.win
	if s.index == tcpIdxSyn && s.dir == Original {
		l.lastFlags, l.lastScale = 0, 0
		if flags, scale := readOptions(s, 0, 0); flags != 0 {
			l.lastFlags = flags
			if flags&tcpWScale != 0 {
				l.lastScale = scale
			}
		}
		if *old == tcpLastAck {
			l.lastFlags |= tcpChallengeAck
		}
	}
	if *old == tcpSynSent && s.index == tcpIdxAck && s.dir == Reply {
		l.lastAck = s.ack
	}
	t.say(TCPIgnored, uint32(s.index), uint32(s.dir), uint32(*old))
	return tcpStop
}

// tcpReset judges a RST. Only one that hits the sequence number exactly, or one
// that answers the last packet, ends an established connection; the check is
// that of RFC 5961 as far as someone in the middle can do it.
func (t *Table) tcpReset(c *Conn, s *tcpSegment, old uint8, next *uint8) tcpAction {
	l := &c.l4
	switch l.state {
	case tcpFinWait, tcpCloseWait, tcpLastAck, tcpTimeWait, tcpClose:
		return tcpSkip // closing already
	}
	o := s.dir.Other()
	if l.flags[o]&tcpAckSeen != 0 && l.lastIndex != tcpIdxSyn {
		established := l.state == tcpEstablished && c.Status&Assured != 0
		switch {
		case s.seq == 0 && !established:
			return tcpWindow
		case before(s.seq, l.side[o].maxAck) && !t.sysctl.TCPIgnoreInvalidRST:
			t.say(TCPInvalidRST)
			return tcpRefuse
		case !established || s.seq == l.side[o].maxAck:
			return tcpWindow
		case l.lastIndex == tcpIdxAck && l.lastDir == s.dir && s.seq == l.lastEnd:
			return tcpWindow // directly behind data
		}
		*next = old // in the window perhaps, but not exact: the state stays
	}
	if s.ack == l.lastEnd {
		// Answers the SYN or the ACK before it. The direction counts for the SYN
		// only since 6.18.
		if c.Status&SeenReply != 0 && l.lastIndex == tcpIdxSyn && l.lastDir != s.dir ||
			c.Status&Assured == 0 && l.lastIndex == tcpIdxAck {
			return tcpSkip
		}
	}
	if old == tcpSynSent && l.lastIndex == tcpIdxAck && l.lastDir == Reply && s.seq == l.lastAck {
		return tcpSkip // answers a challenge ACK
	}
	return tcpWindow
}

// tcpAccept moves the entry on after a segment that was found good.
func (t *Table) tcpAccept(c *Conn, s *tcpSegment, old, next uint8, p *packet.Packet, now int64) {
	l := &c.l4
	l.lastIndex, l.lastDir = s.index, s.dir
	l.state = next
	if next == tcpFinWait && next != old {
		l.flags[s.dir] |= tcpCloser
	}
	seconds := t.timeouts(c)
	wait := t.tcpTimeout(l, s, next, seconds)
	if c.Status&SeenReply == 0 {
		switch {
		case s.index == tcpIdxRst:
			c.count(s.dir, p)
			t.remove(c)
			return
		case s.index == tcpIdxSyn && old == tcpSynSent:
			return // repeated SYNs do not prolong
		case next == tcpEstablished && wait > seconds[timeoutUnacked]:
			wait = seconds[timeoutUnacked]
		}
	} else if c.Status&Assured == 0 && (old == tcpSynRecv || old == tcpEstablished) && next == tcpEstablished {
		c.Status |= Assured
	}
	c.refresh(wait, s.dir, p, now)
}

func (t *Table) tcpTimeout(l *l4State, s *tcpSegment, next uint8, seconds *TimeoutList) uint32 {
	wait := seconds[next]
	switch {
	case l.retrans >= t.sysctl.TCPMaxRetrans && wait > seconds[timeoutRetrans]:
		return seconds[timeoutRetrans]
	case s.index == tcpIdxRst:
		return seconds[tcpClose]
	case (l.flags[0]|l.flags[1])&tcpUnacked != 0 && wait > seconds[timeoutUnacked]:
		return seconds[timeoutUnacked]
	case l.lastWin == 0 && wait > seconds[timeoutRetrans]:
		return seconds[timeoutRetrans]
	}
	return wait
}

// tcpRefusedClose notes a FIN or RST that was outside the window. When both sides
// send such, our view is likely the wrong one, and the entry is not kept long
// (nf_conntrack_proto_tcp.c: nf_tcp_handle_invalid).
func (t *Table) tcpRefusedClose(c *Conn, s *tcpSegment, now int64) {
	if c.Status&Assured == 0 || c.Status&FixedTimeout != 0 || s.index != tcpIdxFin && s.index != tcpIdxRst {
		return
	}
	l := &c.l4
	if l.lastDir == s.dir || l.lastIndex != tcpIdxFin && l.lastIndex != tcpIdxRst {
		l.lastIndex, l.lastDir = s.index, s.dir
		return
	}
	left := c.expiry - now
	wait := int64(t.timeouts(c)[timeoutUnacked]) * packet.JiffyHz
	if left < 120*packet.JiffyHz || left <= wait {
		return
	}
	t.extra = Reason{Code: TCPLowerTimeout}
	t.extra.n[0], t.extra.n[1], t.extra.n[2], t.extra.n[3] =
		uint32(s.index), uint32(s.dir), uint32(l.lastIndex), uint32(wait)
	c.expiry = now + wait
}

// SetClosing does what REJECT with a RST does to the rejected packet's entry:
// a confirmed TCP entry goes to CLOSE (nf_conntrack_core.c: nf_ct_set_closing).
func (t *Table) SetClosing(c *Conn, now packet.Time) {
	if c == nil || !c.Confirmed() || c.Orig.Proto != packet.ProtoTCP {
		return
	}
	old := c.l4.state
	c.l4.state = tcpClose
	if old == tcpClose || c.Status&FixedTimeout != 0 {
		return
	}
	c.expiry = now.Jiffies() + int64(t.timeouts(c)[tcpClose])*packet.JiffyHz
}
