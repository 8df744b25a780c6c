package conntrack

import (
	"hash/crc32"

	"nfwhy/packet"
)

// SCTP states, in the kernel's numbering
// (include/uapi/linux/netfilter/nf_conntrack_sctp.h).
const (
	sctpNone            = 0
	sctpClosed          = 1
	sctpCookieWait      = 2
	sctpCookieEchoed    = 3
	sctpEstablished     = 4
	sctpShutdownSent    = 5
	sctpShutdownRecd    = 6
	sctpShutdownAckSent = 7
	sctpHeartbeatSent   = 8
	numSCTPStates       = 9
	sctpInvalid         = 9
)

var sctpStateNames = [numSCTPStates]string{
	"NONE", "CLOSED", "COOKIE_WAIT", "COOKIE_ECHOED", "ESTABLISHED", "SHUTDOWN_SENT", "SHUTDOWN_RECD",
	"SHUTDOWN_ACK_SENT", "HEARTBEAT_SENT",
}

func sctpStateName(s uint8) string {
	if s < numSCTPStates {
		return sctpStateNames[s]
	}
	return "<invalid>"
}

// Chunk types (RFC 9260).
const (
	chunkData             = 0
	chunkInit             = 1
	chunkInitAck          = 2
	chunkHeartbeat        = 4
	chunkHeartbeatAck     = 5
	chunkAbort            = 6
	chunkShutdown         = 7
	chunkShutdownAck      = 8
	chunkError            = 9
	chunkCookieEcho       = 10
	chunkCookieAck        = 11
	chunkShutdownComplete = 14
)

// Short names for the table below.
const (
	cNO = sctpNone
	cCL = sctpClosed
	cCW = sctpCookieWait
	cCE = sctpCookieEchoed
	cES = sctpEstablished
	cSS = sctpShutdownSent
	cSR = sctpShutdownRecd
	cSA = sctpShutdownAckSent
	cHS = sctpHeartbeatSent
	cIV = sctpInvalid
)

type sctpRow [numSCTPStates]uint8

// sctpTable is nf_conntrack_proto_sctp.c: sctp_conntracks, Linux 6.18: chunk,
// direction, state before -> state after. Chunks that are not in it keep the
// state. A reply can not come before anything else (first column) nor, but for
// the answer to a heartbeat, in HEARTBEAT_SENT (last).
var sctpTable = [15][2]sctpRow{
	chunkInit: {
		{cCL, cCL, cCW, cCE, cES, cCL, cCL, cSA, cCW},
		{cIV, cCL, cCW, cCE, cES, cSS, cSR, cSA, cIV},
	},
	chunkInitAck: {
		{cCL, cCL, cCW, cCE, cES, cSS, cSR, cSA, cCL},
		{cIV, cCW, cCW, cCE, cES, cSS, cSR, cSA, cIV},
	},
	chunkHeartbeat: {
		{cHS, cCL, cCW, cCE, cES, cSS, cSR, cSA, cHS},
		{cIV, cCL, cCW, cCE, cES, cSS, cSR, cSA, cHS},
	},
	chunkHeartbeatAck: {
		{cCL, cCL, cCW, cCE, cES, cSS, cSR, cSA, cHS},
		{cIV, cCL, cCW, cCE, cES, cSS, cSR, cSA, cES},
	},
	chunkAbort: {
		{cCL, cCL, cCL, cCL, cCL, cCL, cCL, cCL, cCL},
		{cIV, cCL, cCL, cCL, cCL, cCL, cCL, cCL, cIV},
	},
	chunkShutdown: {
		{cCL, cCL, cCW, cCE, cSS, cSS, cSR, cSA, cCL},
		{cIV, cCL, cCW, cCE, cSR, cSS, cSR, cSA, cIV},
	},
	chunkShutdownAck: {
		{cSA, cCL, cCW, cCE, cES, cSA, cSA, cSA, cSA},
		{cIV, cCL, cCW, cCE, cES, cSA, cSA, cSA, cIV},
	},
	chunkError: {
		{cCL, cCL, cCW, cCE, cES, cSS, cSR, cSA, cCL},
		{cIV, cCL, cCW, cCL, cES, cSS, cSR, cSA, cIV},
	},
	chunkCookieEcho: {
		{cCL, cCL, cCE, cCE, cES, cSS, cSR, cSA, cCL},
		{cIV, cCL, cCE, cCE, cES, cSS, cSR, cSA, cIV},
	},
	chunkCookieAck: {
		{cCL, cCL, cCW, cES, cES, cSS, cSR, cSA, cCL},
		{cIV, cCL, cCW, cES, cES, cSS, cSR, cSA, cIV},
	},
	chunkShutdownComplete: {
		{cCL, cCL, cCW, cCE, cES, cSS, cSR, cCL, cCL},
		{cIV, cCL, cCW, cCE, cES, cSS, cSR, cCL, cIV},
	},
}

// sctpNext returns the state after a chunk.
func sctpNext(d Direction, state, chunk uint8) uint8 {
	switch chunk {
	case chunkInit, chunkInitAck, chunkHeartbeat, chunkHeartbeatAck, chunkAbort, chunkShutdown, chunkShutdownAck,
		chunkError, chunkCookieEcho, chunkCookieAck, chunkShutdownComplete:
		return sctpTable[chunk][d][state]
	}
	return state
}

// Flags in l4State.lastFlags, which SCTP has for itself.
const (
	sctpBeatFailed = 0x01 // a heartbeat came with a wrong tag
	sctpInitOrig   = 0x02 // an INIT was sent in the original direction
	sctpInitReply  = 0x04
)

func sctpInitFlag(d Direction) uint8 { return sctpInitOrig << d }

// sctpChunks walks over the chunks behind the common header: b is what is left,
// from the current chunk's header on.
type sctpChunks struct{ b []byte }

func (w *sctpChunks) next() (typ, flags uint8, body []byte, ok bool) {
	if len(w.b) < 4 {
		return 0, 0, nil, false
	}
	n := max(int(be.Uint16(w.b[2:])), 4) // 0 is refused by sctpShape
	typ, flags, body = w.b[0], w.b[1], w.b[4:]
	w.b = w.b[min((n+3)&^3, len(w.b)):]
	return typ, flags, body, true
}

// trackSCTP is nf_conntrack_proto_sctp.c: nf_conntrack_sctp_packet, Linux 6.18.
func (t *Table) trackSCTP(c *Conn, info Info, p *packet.Packet, hook packet.Hook, now int64) result {
	if !t.sctpGood(p, hook) {
		return refused
	}
	h := p.Data[p.L4:]
	tag := le.Uint32(h[4:])
	d := info.Dir()
	seen, ok := t.sctpShape(h[12:])
	if !ok {
		return refused
	}
	if !c.Confirmed() {
		const never = 1<<chunkAbort | 1<<chunkShutdownComplete | 1<<chunkCookieAck
		if seen&never != 0 || !sctpFirst(&c.l4, h[12:], tag) {
			t.say(SCTPFirst)
			return refused
		}
	}
	const ownRules = 1<<chunkInit | 1<<chunkShutdownComplete | 1<<chunkCookieEcho | 1<<chunkAbort |
		1<<chunkShutdownAck | 1<<chunkHeartbeat | 1<<chunkHeartbeatAck
	if seen&ownRules == 0 && tag != *c.l4.tag(d) {
		t.say(SCTPTag, tag, *c.l4.tag(d), uint32(d))
		return refused
	}
	state, still, ok := t.sctpWalk(c, h[12:], tag, d, seen)
	if !ok {
		return refused
	}
	if !still {
		c.refresh(t.timeouts(c)[state], d, p, now)
	}
	return accepted
}

// sctpWalk applies chunk after chunk. still says that the entry is not to be
// refreshed.
func (t *Table) sctpWalk(c *Conn, chunks []byte, tag uint32, d Direction, seen uint64) (state uint8, still, ok bool) {
	l := &c.l4
	w := sctpChunks{chunks}
	for {
		typ, flags, body, more := w.next()
		if !more {
			return state, still, true
		}
		switch l.sctpTagRule(typ, flags, tag, d, seen, still) {
		case sctpTagBad:
			t.say(SCTPBadTag)
			return 0, false, false
		case sctpTagIgnore:
			still = true
			continue
		}
		old := l.state
		state = sctpNext(d, old, typ)
		if state == sctpInvalid {
			t.say(SCTPTransition, uint32(old), uint32(d), uint32(typ))
			return 0, false, false
		}
		if typ == chunkInit || typ == chunkInitAck {
			if len(body) < 16 || !l.sctpLearnTag(typ, le.Uint32(body), d, old) {
				t.say(SCTPBadTag)
				return 0, false, false
			}
			// A repeated INIT does not prolong the entry.
			still = still || typ == chunkInit && state == sctpClosed && old == sctpClosed && c.Confirmed()
		}
		l.state = state
		if state == sctpEstablished && old != state {
			c.Status |= Assured
		}
	}
}

// sctpGood is nf_conntrack_proto_sctp.c: sctp_error.
func (t *Table) sctpGood(p *packet.Packet, hook packet.Hook) bool {
	if p.Length-p.L4 < 12 {
		t.say(SCTPShort)
		return false
	}
	h := p.Data[p.L4:]
	if len(h) < 12 {
		t.say(CaptureCut)
		return false
	}
	if hook != packet.Prerouting || !t.sysctl.Checksum || p.Verified || p.Cut() > 0 {
		return true
	}
	if sctpChecksum(h) != le.Uint32(h[8:]) {
		t.say(SCTPChecksum)
		return false
	}
	return true
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sctpChecksum is the CRC32c of an SCTP packet with its checksum field as zero.
func sctpChecksum(h []byte) uint32 {
	var zero [4]byte
	s := crc32.Update(0, castagnoli, h[:8])
	s = crc32.Update(s, castagnoli, zero[:])
	return crc32.Update(s, castagnoli, h[12:])
}

// sctpShape checks which chunks stand together and returns the set of types below
// 64 (nf_conntrack_proto_sctp.c: do_basic_checks).
func (t *Table) sctpShape(chunks []byte) (seen uint64, ok bool) {
	w := sctpChunks{chunks}
	alone := uint32(0)
	count := uint32(0)
	for {
		b := w.b
		typ, _, _, more := w.next()
		if !more {
			break
		}
		switch typ {
		case chunkInit, chunkInitAck, chunkShutdownComplete:
			alone = 1
		}
		if count != 0 && (alone == 1 || typ == chunkCookieAck || typ == chunkCookieEcho) || b[2]|b[3] == 0 {
			t.say(SCTPChunks, count, uint32(typ), uint32(le.Uint16(b[2:])), alone)
			return 0, false
		}
		if typ < 64 {
			seen |= 1 << typ
		}
		count++
	}
	if count == 0 {
		t.say(SCTPNoChunk)
		return 0, false
	}
	return seen, true
}

// sctpFirst sets up the entry that its first packet made; false means that such a
// packet opens nothing (nf_conntrack_proto_sctp.c: sctp_new).
func sctpFirst(l *l4State, chunks []byte, tag uint32) bool {
	w := sctpChunks{chunks}
	for {
		typ, _, body, more := w.next()
		if !more {
			return true
		}
		switch next := sctpNext(Original, sctpNone, typ); {
		case next == sctpNone || next == sctpInvalid:
			return false
		case typ == chunkInit:
			if tag != 0 || len(body) < 16 {
				return false
			}
			*l.tag(Reply) = le.Uint32(body)
		case typ == chunkHeartbeat:
			*l.tag(Original) = tag
		case typ == chunkShutdownAck:
			*l.tag(Reply) = tag // the answer to a stray one carries its tag
		}
	}
}

type sctpTagResult uint8

const (
	sctpTagGood sctpTagResult = iota
	sctpTagBad
	sctpTagIgnore
)

// sctpTagRule holds a chunk against the special rules for its tag (RFC 9260,
// 8.5.1), and learns tags from heartbeats after a move to another path.
func (l *l4State) sctpTagRule(typ, flags uint8, tag uint32, d Direction, seen uint64, still bool) sctpTagResult {
	own, peer := l.tag(d), l.tag(d.Other())
	good := true
	switch typ {
	case chunkInit:
		good = tag == 0
	case chunkAbort, chunkShutdownComplete:
		if flags&1 != 0 { // T: the sender reflects the tag
			good = tag == *peer
		} else {
			good = tag == *own
		}
	case chunkCookieEcho:
		good = tag == *own
	case chunkCookieAck:
		l.lastFlags &^= sctpInitOrig | sctpInitReply
	case chunkHeartbeat, chunkHeartbeatAck:
		return l.sctpBeat(typ, tag, d, seen, still)
	}
	if !good {
		return sctpTagBad
	}
	return sctpTagGood
}

func (l *l4State) sctpBeat(typ uint8, tag uint32, d Direction, seen uint64, still bool) sctpTagResult {
	own := l.tag(d)
	switch {
	case *own == 0:
		*own = tag
	case tag == *own:
		l.lastFlags &^= sctpBeatFailed
	case seen&(1<<chunkData) != 0 || still:
		return sctpTagBad
	case typ == chunkHeartbeat:
		l.lastFlags |= sctpBeatFailed
		l.lastDir = d
		return sctpTagIgnore
	case l.lastFlags&sctpBeatFailed == 0 || l.lastDir == d:
		return sctpTagBad
	default:
		l.lastFlags &^= sctpBeatFailed
		*own = tag
		*l.tag(d.Other()) = 0
	}
	return sctpTagGood
}

// sctpLearnTag stores the tag that an INIT or INIT_ACK announces for the packets
// of the other direction.
func (l *l4State) sctpLearnTag(typ uint8, tag uint32, d Direction, old uint8) bool {
	o := d.Other()
	mine, theirs := l.lastFlags&sctpInitFlag(d) != 0, l.lastFlags&sctpInitFlag(o) != 0
	if typ == chunkInit {
		if old != sctpNone && *l.tag(o) == tag {
			return true // repeated, or stale (since the 6.18 stable series)
		}
		if mine && theirs {
			l.lastFlags &^= sctpInitFlag(o)
		}
		l.lastFlags |= sctpInitFlag(d)
		*l.tag(o) = tag
		return true
	}
	known := *l.tag(o)
	switch {
	case !theirs && known != 0 && known != tag:
		return false
	case mine && theirs && known != tag:
		return false
	}
	*l.tag(o) = tag
	return true
}
