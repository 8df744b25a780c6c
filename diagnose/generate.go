package diagnose

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"nfwhy/host"
	"nfwhy/packet"
)

// generator proposes histories that may have led to a packet.
type generator struct {
	name    string
	propose func(s *scene) []Hypothesis
}

// generators lists them all, one file each.
var generators = []generator{
	{"arrived", arrived},
	{"answered", answered},
	{"sent", sent},
}

// scene is a packet that a log line shows, and what surrounds it.
type scene struct {
	pkt  *packet.Packet // as the line tells it
	open packet.Mask    // what the line leaves open
	in   string         // IN= and OUT= of the line
	out  string
	host *host.Host
	// near is the address on this host's side, far the other.
	near, far netip.Addr
}

// iface is the interface that the far end is behind.
func (s *scene) iface() string {
	if s.in != "" {
		return s.in
	}
	return s.out
}

// kindOf is a flag mix that a trigger may have.
type kindOf struct {
	id, title string
	flags     uint16
	prior     float64
}

// flagKinds are the segments that can arrive, with how often one that belongs to
// nothing is of that kind on the internet.
var flagKinds = []kindOf{
	{"synack", "SYN/ACK", packet.SYN | packet.ACK, 0.5},
	{"syn", "SYN", packet.SYN, 1},
	{"ack", "ACK", packet.ACK, 0.2},
	{"finack", "FIN/ACK", packet.FIN | packet.ACK, 0.3},
	{"pshack", "PSH/ACK", packet.PSH | packet.ACK, 0.15},
	{"rst", "RST", packet.RST, 0.3},
	{"rstack", "RST/ACK", packet.RST | packet.ACK, 0.3},
	{"fin", "FIN", packet.FIN, 0.01},
	{"null", "no flags", 0, 0.01},
	{"xmas", "FIN/PSH/URG", packet.FIN | packet.PSH | packet.URG, 0.01},
}

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

// opened is the handshake of a connection between the two ends; by tells who
// opened it.
func (s *scene) opened(byNear bool) []Stimulus {
	sp, dp, _ := s.pkt.Ports() // of the packet under question
	nearPort, farPort := sp, dp
	if s.in != "" {
		nearPort, farPort = dp, sp
	}
	near := segment{src: s.near, dst: s.far, sport: nearPort, dport: farPort}
	far := segment{src: s.far, dst: s.near, sport: farPort, dport: nearPort, ttl: 60}
	mk := func(g segment, flags uint16, seq, ack uint32) *packet.Packet {
		g.flags, g.seq, g.ack = flags, seq, ack
		return g.packet()
	}
	dev := s.iface()
	send := func(p *packet.Packet) Stimulus { return Stimulus{Packet: p, Out: dev, Wait: packet.Second / 100} }
	recv := func(p *packet.Packet) Stimulus { return Stimulus{Packet: p, In: dev, Wait: packet.Second / 100} }
	if byNear {
		return []Stimulus{
			send(mk(near, packet.SYN, nearSeq-1, 0)),
			recv(mk(far, packet.SYN|packet.ACK, farSeq-1, nearSeq)),
			send(mk(near, packet.ACK, nearSeq, farSeq)),
		}
	}
	return []Stimulus{
		recv(mk(far, packet.SYN, farSeq-1, 0)),
		send(mk(near, packet.SYN|packet.ACK, nearSeq-1, farSeq)),
		recv(mk(far, packet.ACK, farSeq, nearSeq)),
	}
}

// after returns steps with last appended, wait after them.
func after(steps []Stimulus, wait packet.Time, last Stimulus) []Stimulus {
	last.Wait = wait
	return append(append([]Stimulus(nil), steps...), last)
}

// numbered is the packet of the line with sequence numbers that fit the
// connection of opened, where the line does not tell them.
func (s *scene) numbered(seq, ack uint32) *packet.Packet {
	if s.open&packet.FieldSeq == 0 {
		return s.pkt
	}
	p := s.pkt.Clone()
	if t, ok := p.TCP(); ok {
		binary.BigEndian.PutUint32(t[4:], seq)
		if t.Flags()&packet.ACK != 0 {
			binary.BigEndian.PutUint32(t[8:], ack)
		}
	}
	p.Verified = true
	return p
}

const tcpGone = 6 * 24 * 3600 * packet.Second // longer than any TCP timeout

// arrived: the packet of the line itself came in, with some history.
func arrived(s *scene) []Hypothesis {
	if s.in == "" {
		return nil
	}
	last := Stimulus{Packet: s.pkt, In: s.in}
	hs := []Hypothesis{{ID: "unsolicited", What: "it arrived", When: "unsolicited", Steps: []Stimulus{last}, Prior: 1}}
	switch s.pkt.Proto {
	case packet.ProtoTCP:
		hs = append(hs, s.arrivedTCP(last)...)
	case packet.ProtoUDP:
		hs = append(hs, s.arrivedUDP(last)...)
	}
	return hs
}

func (s *scene) arrivedTCP(last Stimulus) []Hypothesis {
	if s.out != "" { // forwarded: both ends are elsewhere
		return nil
	}
	last.Packet = s.numbered(farSeq, nearSeq)
	mine, theirs := s.opened(true), s.opened(false)
	return []Hypothesis{
		{ID: "in-own-connection", What: "it arrived", When: "in a connection that this host opened", Steps: after(mine, packet.Second, last), Prior: 0.5},
		{ID: "in-their-connection", What: "it arrived", When: "in a connection that the other end opened", Steps: after(theirs, packet.Second, last), Prior: 0.5},
		{ID: "own-connection-expired", What: "it arrived", When: "in a connection of this host that conntrack has forgotten", Steps: after(mine, tcpGone, last), Prior: 0.6, Gone: true},
		{ID: "their-connection-expired", What: "it arrived", When: "in a connection to this host that conntrack has forgotten", Steps: after(theirs, tcpGone, last), Prior: 0.6, Gone: true},
		{ID: "answers-own-syn", What: "it arrived", When: "in answer to a SYN of this host", Steps: after(mine[:1], packet.Second/10, last), Prior: 0.3},
	}
}

func (s *scene) arrivedUDP(last Stimulus) []Hypothesis {
	sp, dp, ok := s.pkt.Ports()
	if !ok || s.out != "" || !s.near.IsValid() {
		return nil
	}
	ask := []Stimulus{{Packet: datagram(s.near, s.far, dp, sp, 20), Out: s.in}}
	return []Hypothesis{
		{ID: "answers-own-request", What: "it arrived", When: "in answer to a datagram that this host sent just before", Steps: after(ask, packet.Second/10, last), Prior: 0.5},
		{ID: "answer-too-late", What: "it arrived", When: "in answer to a datagram that this host sent more than 30 s before", Steps: after(ask, 35*packet.Second, last), Prior: 0.5, Gone: true},
	}
}

// answered: the packet of the line was made here, by the firewall or the stack,
// in answer to one that came in.
func answered(s *scene) []Hypothesis {
	if s.in != "" {
		return nil
	}
	switch s.pkt.Proto {
	case packet.ProtoTCP:
		return s.answeredTCP()
	case packet.ProtoICMP, packet.ProtoICMPv6:
		return s.answeredICMP()
	case packet.ProtoUDP:
		return nil
	}
	return nil
}

func (s *scene) answeredTCP() []Hypothesis {
	t, ok := s.pkt.TCP()
	if !ok || t.Flags()&packet.RST == 0 {
		return nil
	}
	var hs []Hypothesis
	dev := s.iface()
	for _, k := range flagKinds {
		in := Stimulus{Packet: s.trigger(k.flags, farSeq, nearSeq), In: dev, Answer: true}
		hs = append(hs, Hypothesis{ID: k.id + "-unsolicited", What: k.title, When: "unsolicited", Steps: []Stimulus{in}, Prior: k.prior})
	}
	mine := s.opened(true)
	for _, k := range flagKinds[2:5] {
		in := Stimulus{Packet: s.trigger(k.flags, farSeq, nearSeq), In: dev, Answer: true}
		hs = append(hs,
			Hypothesis{ID: k.id + "-established", What: k.title, When: "of a connection that this host opened", Steps: after(mine, packet.Second, in), Prior: k.prior},
			Hypothesis{ID: k.id + "-expired", What: k.title, When: "of a connection that conntrack has forgotten", Steps: after(mine, tcpGone, in), Prior: k.prior, Gone: true})
		far := Stimulus{Packet: s.trigger(k.flags, farSeq+1<<30, nearSeq), In: dev, Answer: true}
		hs = append(hs, Hypothesis{ID: k.id + "-out-of-window", What: k.title, When: "outside the window of a connection", Steps: after(mine, packet.Second, far), Prior: k.prior / 10})
	}
	in := Stimulus{Packet: s.trigger(packet.SYN|packet.ACK, farSeq, nearSeq), In: dev, Answer: true}
	hs = append(hs, Hypothesis{ID: "synack-to-own-syn", What: "SYN/ACK", When: "to a SYN that this host sent", Steps: after(mine[:1], packet.Second/10, in), Prior: 0.2})
	return hs
}

// answeredICMP: an error quotes the packet it answers.
func (s *scene) answeredICMP() []Hypothesis {
	m, ok := s.pkt.ICMP()
	if !ok {
		return nil
	}
	if s.pkt.Family == packet.IPv4 && m.Type() == packet.ICMPEchoReply || s.pkt.Family == packet.IPv6 && m.Type() == 129 {
		return s.answeredEcho(m)
	}
	inner := quoted(m[8:])
	if inner == nil {
		return nil
	}
	in := Stimulus{Packet: inner, In: s.iface(), Answer: true}
	return []Hypothesis{{ID: "quoted-packet-arrived", What: "the packet it quotes", When: "arrived", Steps: []Stimulus{in}, Prior: 1}}
}

func (s *scene) answeredEcho(m packet.ICMP) []Hypothesis {
	var body []byte
	proto := s.pkt.Proto
	if s.pkt.Family == packet.IPv4 {
		body = packet.EncodeICMP(packet.ICMPEcho, 0, m.Rest(), m[8:])
	} else {
		body = packet.EncodeICMPv6(s.far, s.near, 128, 0, m.Rest(), m[8:])
	}
	p := wrapIP(s.pkt.Family, s.far, s.near, proto, body)
	return []Hypothesis{{ID: "echo-request-arrived", What: "a ping", When: "arrived", Steps: []Stimulus{{Packet: p, In: s.iface(), Answer: true}}, Prior: 1}}
}

// quoted rebuilds the packet that an ICMP error quotes the start of; its
// checksums cannot be known.
func quoted(b []byte) *packet.Packet {
	if len(b) < 20 {
		return nil
	}
	full := append([]byte(nil), b...)
	want := int(full[2])<<8 | int(full[3])
	if full[0]>>4 == 6 {
		want = 40 + int(full[4])<<8 | int(full[5])
	}
	for len(full) < want && want <= 65535 {
		full = append(full, make([]byte, want-len(full))...)
	}
	return decoded(full)
}

// sent: a local process sent the packet of the line.
func sent(s *scene) []Hypothesis {
	if s.in != "" {
		return nil
	}
	last := Stimulus{Packet: s.pkt, Out: s.out}
	hs := []Hypothesis{{ID: "sent-by-process", What: "a program here", When: "sent it", Steps: []Stimulus{last}, Prior: 1}}
	switch s.pkt.Proto {
	case packet.ProtoTCP:
		t, ok := s.pkt.TCP()
		if !ok {
			return hs
		}
		if isBareReset(s.pkt, t) {
			// A kernel's own reset has these fields; a program makes one only
			// through a raw socket.
			hs[0].ID, hs[0].When, hs[0].Prior = "sent-raw", "sent it through a raw socket", 0.001
		}
		last.Packet = s.numbered(nearSeq, farSeq)
		mine, theirs := s.opened(true), s.opened(false)
		hs = append(hs,
			Hypothesis{ID: "sent-in-own-connection", What: "a socket here", When: "sent it in a connection it had opened", Steps: after(mine, packet.Second, last), Prior: 0.5},
			Hypothesis{ID: "sent-in-their-connection", What: "a socket here", When: "sent it in a connection the other end had opened", Steps: after(theirs, packet.Second, last), Prior: 0.5},
			Hypothesis{ID: "sent-after-own-expired", What: "a socket here", When: "sent it in a connection that conntrack had forgotten", Steps: after(mine, tcpGone, last), Prior: 0.6, Gone: true},
			Hypothesis{ID: "sent-after-their-expired", What: "a socket here", When: "sent it in a connection from outside that conntrack had forgotten", Steps: after(theirs, tcpGone, last), Prior: 0.6, Gone: true})
		if isBareReset(s.pkt, t) {
			for i := range hs[1:] {
				hs[i+1].Prior /= 100 // a socket's reset comes with data or an address in use
			}
		}
	case packet.ProtoUDP:
		sp, dp, ok := s.pkt.Ports()
		if ok {
			ask := []Stimulus{{Packet: datagram(s.far, s.near, dp, sp, 20), In: s.out}}
			hs = append(hs,
				Hypothesis{ID: "sent-in-answer", What: "a program here", When: "sent it in answer to a datagram", Steps: after(ask, packet.Second/10, last), Prior: 0.5},
				Hypothesis{ID: "sent-in-answer-late", What: "a program here", When: "sent it in answer to a datagram, more than 30 s later", Steps: after(ask, 35*packet.Second, last), Prior: 0.3, Gone: true})
		}
	}
	return hs
}

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

// endpoint prints an address with its port.
func (r *Report) endpoint(a netip.Addr, port uint16, has bool) string {
	s := r.Names.Show(a)
	if !has {
		return s
	}
	if a.Is6() && !r.Names.Blanked(a) {
		return fmt.Sprintf("[%s]:%d", s, port)
	}
	return fmt.Sprintf("%s:%d", s, port)
}
