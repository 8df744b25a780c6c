package diagnose

import (
	"encoding/binary"
	"net/netip"

	"nfwhy/conntrack"
	"nfwhy/host"
	"nfwhy/packet"
)

// scene is a packet that a log line shows, and what surrounds it.
type scene struct {
	pkt  *packet.Packet // as the line tells it
	open packet.Mask    // what the line leaves open
	in   string         // IN= and OUT= of the line
	out  string
	host *host.Host
	// near is the address on this host's side, far the other; of a forwarded
	// packet near is its destination.
	near, far netip.Addr
	// public is an address of this host that packets for inner hosts are sent to.
	public netip.Addr
	names  interface{ MadeUp(netip.Addr) bool }
	shown  func(netip.Addr) string
}

// show prints an address as the evidence writes it.
func (s *scene) show(a netip.Addr) string {
	if s.shown != nil {
		return s.shown(a)
	}
	return a.String()
}

// forwarded reports whether both ends are elsewhere.
func (s *scene) forwarded() bool { return s.in != "" && s.out != "" }

// iface is the interface that the far end is behind.
func (s *scene) iface() string {
	if s.in != "" {
		return s.in
	}
	return s.out
}

// move is a packet on its way in the direction of the line's packet, or back.
func (s *scene) move(forth bool, p *packet.Packet) Stimulus {
	switch {
	case s.forwarded() && forth:
		return Stimulus{Packet: p, In: s.in}
	case s.forwarded():
		return Stimulus{Packet: p, In: s.out}
	case s.in != "" && forth, s.in == "" && !forth:
		return Stimulus{Packet: p, In: s.iface()}
	}
	return Stimulus{Packet: p, Out: s.iface()}
}

// arriving is the packet of the line as it was before this host touched it: one
// that is forwarded has lost one of its TTL by the time FORWARD sees it.
func (s *scene) arriving(p *packet.Packet) *packet.Packet {
	if !s.forwarded() || p.TTL() == 255 {
		return p
	}
	q := p.Clone()
	q.SetTTL(p.TTL() + 1)
	return q
}

// last is the line's packet as the stimulus that ends a history.
func (s *scene) last() Stimulus { return s.move(true, s.arriving(s.pkt)) }

const (
	farSeq  = 0x04c35c35 // any number does: nothing depends on its value
	nearSeq = 0x0e0a6364
)

// trigger builds the segment from the far end to this host that a packet of the
// host may answer.
func (s *scene) trigger(flags uint16, seq, ack uint32) *packet.Packet {
	sp, dp, _ := s.pkt.Ports()
	g := segment{src: s.far, dst: s.near, sport: dp, dport: sp, flags: flags, seq: seq, ack: ack, ttl: 60}
	if s.in != "" {
		g.sport, g.dport = sp, dp
	}
	if flags&packet.ACK == 0 {
		g.ack = 0
	}
	if flags&packet.PSH != 0 && flags&packet.ACK != 0 {
		g.payload = []byte("x")
	}
	return g.packet()
}

// opened is the handshake of a connection between the two ends of the line's
// packet; bySrc tells that its sender opened it. The line's packet is the next
// one of it.
func (s *scene) opened(bySrc bool) []Stimulus {
	sp, dp, _ := s.pkt.Ports()
	a := segment{src: s.pkt.Src(), dst: s.pkt.Dst(), sport: sp, dport: dp, ttl: 61}
	b := segment{src: s.pkt.Dst(), dst: s.pkt.Src(), sport: dp, dport: sp, ttl: 61}
	mk := func(g segment, flags uint16, seq, ack uint32) *packet.Packet {
		g.flags, g.seq, g.ack = flags, seq, ack
		return g.packet()
	}
	step := func(forth bool, p *packet.Packet) Stimulus {
		m := s.move(forth, p)
		m.Wait = packet.Second / 100
		return m
	}
	x, y := s.sequence()
	if bySrc {
		return []Stimulus{
			step(true, mk(a, packet.SYN, x-1, 0)),
			step(false, mk(b, packet.SYN|packet.ACK, y-1, x)),
			step(true, mk(a, packet.ACK, x, y)),
		}
	}
	return []Stimulus{
		step(false, mk(b, packet.SYN, y-1, 0)),
		step(true, mk(a, packet.SYN|packet.ACK, x-1, y)),
		step(false, mk(b, packet.ACK, y, x)),
	}
}

// sequence is what the sender of the line's packet sends next in the connection
// of opened, and what it has received up to: what the line tells, else any.
func (s *scene) sequence() (next, received uint32) {
	if t, ok := s.pkt.TCP(); ok && s.open&packet.FieldSeq == 0 {
		next, received = t.Seq(), farSeq
		if t.Flags()&packet.ACK != 0 {
			received = t.Ack()
		}
		return next, received
	}
	return nearSeq, farSeq
}

// after returns steps with last appended, wait after them.
func after(steps []Stimulus, wait packet.Time, last Stimulus) []Stimulus {
	last.Wait = wait
	return append(append([]Stimulus(nil), steps...), last)
}

// numbered is the packet of the line with sequence numbers, where the line does
// not tell them.
func (s *scene) numbered(seq, ack uint32) *packet.Packet {
	p := s.arriving(s.pkt).Clone()
	if t, ok := p.TCP(); ok {
		binary.BigEndian.PutUint32(t[4:], seq)
		if t.Flags()&packet.ACK != 0 {
			binary.BigEndian.PutUint32(t[8:], ack)
		}
	}
	p.Verified = true
	return p
}

// inConnection is the line's packet as one of the connection of opened.
func (s *scene) inConnection() Stimulus { return s.move(true, s.numbered(s.sequence())) }

// outOfWindow is the line's packet as one of the connection of opened, with a
// sequence number that does not fit.
func (s *scene) outOfWindow() Stimulus {
	x, y := s.sequence()
	return s.move(true, s.numbered(x+1<<30, y))
}

// redirected returns the line's packet as it was before its destination was
// changed to what the line shows.
func (s *scene) redirected(dst netip.Addr, port uint16) *packet.Packet {
	q := s.arriving(s.pkt).Clone()
	q.SetAddrs(q.Src(), dst)
	if _, _, ok := q.Ports(); ok && port != 0 {
		binary.BigEndian.PutUint16(q.Data[q.L4+2:], port)
	}
	q.Verified = true
	return q
}

// entryOf is the conntrack entry that the line's packet would have made when
// nothing translated it.
func (s *scene) entryOf(p *packet.Packet, back bool) (conntrack.Entry, bool) {
	t, ok := conntrack.TupleOf(p)
	if !ok {
		return conntrack.Entry{}, false
	}
	r, ok := t.Invert()
	if !ok {
		return conntrack.Entry{}, false
	}
	if back {
		t, r = r, t
	}
	return conntrack.Entry{Orig: t, Reply: r, Status: conntrack.NATDoneMask}, true
}

const tcpGone = 6 * 24 * 3600 * packet.Second // longer than any TCP timeout

// isBareReset reports whether a packet has the form of a reset that a kernel
// makes without a socket: 40 (60) bytes, ID 0, DF, window 0.
func isBareReset(p *packet.Packet, t packet.TCP) bool {
	if t.Flags()&packet.RST == 0 || t.Window() != 0 || p.Length-p.L4 != 20 {
		return false
	}
	if p.Family == packet.IPv6 {
		return true
	}
	h := packet.IPv4Header(p.Data)
	return h.ID() == 0 && h.DontFragment() && h.HeaderLen() == 20
}
