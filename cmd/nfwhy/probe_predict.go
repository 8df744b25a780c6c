package main

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"nfwhy/conntrack"
	"nfwhy/craft"
	"nfwhy/host"
	"nfwhy/netfilter"
	"nfwhy/packet"
	"nfwhy/trace"
)

// probeSite is what is known of the sender, the host whose rules decide, and
// the way between them.
type probeSite struct {
	source, target netip.Addr
	from           string // the sender's namespace in words, "" for this one
	dev            string // the link it sends by
	// local: the target is the sender's own address, so the packet passes OUTPUT
	// and lo.
	local bool
	// direct: no router lies between, so the answer's TTL and the link header are
	// known.
	direct bool
	// in is the interface that the packet arrives on, "" where only routes tell.
	in     string
	header func(packet.Family) []byte // nil: not known
	// listens tells whether a socket waits there; nil: not known.
	listens func(proto uint8, a netip.Addr, port uint16) (bool, error)
	// sink is what the packets pass; nil in a dry run.
	sink probeSink
	// logged: log lines of the deciding host are sure to be seen.
	logged bool
}

// probeModel predicts what becomes of packets.
type probeModel struct {
	site *probeSite
	n    *netfilter.Netns
	made []madePacket // since the last clear
	logs []string
}

type madePacket struct {
	data []byte
	how  trace.Origin
}

// expectation is what the rules make of one packet.
type expectation struct {
	result  netfilter.Result
	answers []expectedAnswer
	logs    []string
	// anything: a program or another host decides what is answered.
	anything bool
	note     string
}

type expectedAnswer struct {
	data []byte
	// exact: made by the firewall, so known to the byte; otherwise its kind is.
	exact bool
	must  bool // silence would be a difference
}

func newProbeModel(h *host.Host, site *probeSite, at time.Time, entries []conntrack.Entry) (*probeModel, error) {
	n, err := netfilter.New(h)
	if err != nil {
		return nil, err
	}
	m := &probeModel{site: site, n: n}
	n.Attach(m)
	n.Load(packet.Time(at.UnixNano()))
	for _, e := range entries {
		n.Conntrack().Insert(e, packet.Time(at.UnixNano())) // what makes no sense is left out
	}
	return m, nil
}

// Logged keeps a log line.
func (m *probeModel) Logged(_ packet.Time, _ uint8, line []byte) {
	m.logs = append(m.logs, string(line))
}

// Sent keeps what the deciding host itself sends.
func (m *probeModel) Sent(_ packet.Time, _ string, p *packet.Packet, how trace.Origin) {
	if how != trace.Received {
		m.made = append(m.made, madePacket{slices.Clone(p.Data), how})
	}
}

// predict runs the pieces of a packet through the rules.
func (m *probeModel) predict(pieces [][]byte, at time.Time) expectation {
	m.made, m.logs = nil, nil
	var e expectation
	var last *packet.Packet
	for _, b := range pieces {
		if last = m.stimulus(b); last != nil {
			e.result = m.enter(last, at, &e)
		}
	}
	for _, p := range m.made {
		e.answers = append(e.answers, expectedAnswer{data: p.data, exact: true, must: true})
	}
	if last != nil && len(e.result.Open) == 0 {
		m.beyond(last, at, &e)
	}
	e.logs = m.logs
	return e
}

func (m *probeModel) stimulus(b []byte) *packet.Packet {
	p := &packet.Packet{}
	b = slices.Clone(b)
	if p.Decode(b, len(b)) != nil {
		return nil
	}
	return p
}

// enter gives a packet to the machine. What the firewall answers to a packet of
// its own host never leaves; it is seen on lo, and found in the record.
func (m *probeModel) enter(p *packet.Packet, at time.Time, e *expectation) netfilter.Result {
	t := packet.Time(at.UnixNano())
	if !m.site.local {
		in := m.site.in
		if in == "" {
			r, _ := m.n.FIB().Lookup(p.Src())
			in = r.Dev
		}
		if m.site.header != nil {
			p.Link = m.site.header(p.Family)
		}
		return m.n.Receive(p, in, t)
	}
	var rec trace.Recorder
	m.n.Record(&rec)
	defer m.n.Record(nil)
	p.Socket = true
	r := m.n.Send(p, "", t)
	for _, j := range rec.Trace.Journeys {
		if j.Origin == trace.Made && j.Packet != nil && throughLo(j) {
			e.answers = append(e.answers, expectedAnswer{data: slices.Clone(j.Packet.Data), exact: true, must: true})
		}
	}
	return r
}

// throughLo reports whether a packet that the firewall made got as far as lo.
func throughLo(j *trace.Journey) bool {
	if j.Fate == trace.Delivered {
		return true
	}
	for i := range j.Steps {
		if h := j.Steps[i].Hook; h == packet.Prerouting || h == packet.Input {
			return true
		}
	}
	return false
}

// beyond says what answers a packet that the rules let through. p is as the
// machine left it, NAT included.
func (m *probeModel) beyond(p *packet.Packet, at time.Time, e *expectation) {
	switch e.result.Fate {
	case trace.Forwarded:
		e.anything, e.note = true, "forwarded by "+e.result.Out+"; the host there answers"
		return
	case trace.Delivered:
	default:
		return
	}
	listening := false
	if p.Proto == packet.ProtoTCP || p.Proto == packet.ProtoUDP {
		var ok bool
		if listening, ok = m.listens(p); !ok {
			e.anything, e.note = true, "delivered; not known is whether something listens"
			return
		}
		e.note = "delivered; nothing listens on the port"
		if listening {
			e.note = "delivered to a listening socket"
		}
	}
	b, sure := craft.Answer(p, listening)
	if sure == craft.Open {
		e.anything = true
		return
	}
	if a := m.stackSends(b, at); a != nil {
		e.answers = append(e.answers, expectedAnswer{data: a, must: sure == craft.Certain})
	}
}

// listens reports whether a socket waits for p; ok is false when that is not
// known.
func (m *probeModel) listens(p *packet.Packet) (listens, ok bool) {
	_, port, ok := p.Ports()
	if m.site.listens == nil || !ok {
		return false, false
	}
	listens, err := m.site.listens(p.Proto, p.Dst(), port)
	return listens, err == nil
}

// stackSends sends the stack's own answer through the rules; nil when there is
// none or it does not leave.
func (m *probeModel) stackSends(b []byte, at time.Time) []byte {
	p := m.stimulus(b)
	if b == nil || p == nil {
		return nil
	}
	before := len(m.made)
	r := m.n.Send(p, "", packet.Time(at.UnixNano()))
	if m.site.local {
		if r.Fate == trace.Dropped && (r.Hook == packet.Output || r.Hook == packet.Postrouting) {
			return nil
		}
		return p.Data
	}
	for _, q := range m.made[before:] {
		if q.how == trace.Sent {
			return q.data
		}
	}
	return nil
}

// observe shows the model a packet that the sender's own stack sent to the
// deciding host, such as its reset of an answer nobody asked for. It returns the
// log lines predicted for it.
func (m *probeModel) observe(b []byte, at time.Time) []string {
	m.made, m.logs = nil, nil
	if p := m.stimulus(b); p != nil && !m.site.local {
		var e expectation
		m.enter(p, at, &e)
	}
	return m.logs
}

// agreement is how what came compares with what was predicted.
type agreement struct {
	known   bool // false: a gap leaves it open
	differs []string
}

// compare holds answers and log lines against e.
func (s *probeSite) compare(e *expectation, answers [][]byte, logs []string) agreement {
	if len(e.result.Open) > 0 {
		return agreement{}
	}
	a := agreement{known: true}
	left := slices.Clone(answers)
	var matched [][]byte
	for _, want := range e.answers {
		i := slices.IndexFunc(left, func(got []byte) bool { return s.same(want, got) })
		if i >= 0 {
			matched = append(matched, left[i])
			left = slices.Delete(left, i, i+1)
		} else if want.must {
			a.differs = append(a.differs, "predicted, and did not come: "+line(want.data))
		}
	}
	for _, got := range left {
		again := slices.ContainsFunc(matched, func(m []byte) bool { return sameKind(m, got) })
		if !e.anything && !again {
			a.differs = append(a.differs, "came, and was not predicted: "+line(got))
		}
	}
	a.differs = append(a.differs, s.compareLogs(e.logs, logs)...)
	return a
}

// line prints a packet as tcpdump does.
func line(b []byte) string {
	var p packet.Packet
	if err := p.Decode(b, len(b)); err != nil {
		return fmt.Sprintf("%x (%v)", b, err)
	}
	return string(p.AppendTcpdump(nil, 0))
}

// same reports whether got is the predicted answer.
func (s *probeSite) same(want expectedAnswer, got []byte) bool {
	if !want.exact {
		return sameKind(want.data, got)
	}
	w, g := plain(want.data), plain(got)
	if w == nil || g == nil || len(w) != len(g) {
		return false
	}
	ttl := 8
	if w[0]>>4 == 6 {
		ttl = 7
	}
	if !s.direct && g[ttl] < w[ttl] {
		g[ttl] = w[ttl]
	}
	return string(w) == string(g)
}

// plain returns a packet without what the kernel draws at random or leaves to
// the device: the ID or flow label of ICMP errors, checksums.
func plain(b []byte) []byte {
	b = slices.Clone(b)
	var p packet.Packet
	if p.Decode(b, len(b)) != nil {
		return nil
	}
	if p.Family == packet.IPv4 {
		b[10], b[11] = 0, 0
		if p.Proto == packet.ProtoICMP {
			b[4], b[5] = 0, 0
		}
	} else if p.Proto == packet.ProtoICMPv6 {
		b[1], b[2], b[3] = b[1]&0xf0, 0, 0
	}
	off := map[uint8]int{packet.ProtoTCP: 16, packet.ProtoUDP: 6, packet.ProtoICMP: 2, packet.ProtoICMPv6: 2}[p.Proto]
	if l4 := p.Payload(); off > 0 && p.FragOff == 0 && !p.NoTransport && len(l4) >= off+2 {
		l4[off], l4[off+1] = 0, 0
	}
	return p.Data
}

// sameKind compares what a stack's answer is recognised by.
func sameKind(a, b []byte) bool {
	var p, q packet.Packet
	if p.Decode(a, len(a)) != nil || q.Decode(b, len(b)) != nil {
		return false
	}
	if p.Proto != q.Proto || p.Src() != q.Src() || p.Dst() != q.Dst() {
		return false
	}
	switch p.Proto {
	case packet.ProtoTCP:
		h, ok := p.TCP()
		k, ok2 := q.TCP()
		if !ok || !ok2 || h.SrcPort() != k.SrcPort() || h.DstPort() != k.DstPort() {
			return false
		}
		// A server may add the congestion flags that a SYN offers.
		const core = packet.FIN | packet.SYN | packet.RST | packet.ACK
		if h.Flags()&core != k.Flags()&core {
			return false
		}
		if h.Flags()&packet.RST != 0 && h.Flags()&packet.ACK == 0 {
			return h.Seq() == k.Seq()
		}
		return h.Ack() == k.Ack()
	case packet.ProtoICMP, packet.ProtoICMPv6:
		h, ok := p.ICMP()
		k, ok2 := q.ICMP()
		return ok && ok2 && h.Type() == k.Type() && h.Code() == k.Code() && h.Rest() == k.Rest()
	}
	return true
}

// compareLogs holds the kernel's log lines against the predicted ones. Lines that
// did not come are a difference only where they would be seen.
func (s *probeSite) compareLogs(want, got []string) []string {
	var differs []string
	left := slices.Clone(got)
	for _, w := range want {
		i := slices.IndexFunc(left, func(g string) bool { return s.sameLog(w, g) })
		if i >= 0 {
			left = slices.Delete(left, i, i+1)
		} else if s.logged {
			differs = append(differs, "predicted, and not in the kernel log: "+w)
		}
	}
	for _, g := range left {
		differs = append(differs, "in the kernel log, and not predicted: "+g)
	}
	return differs
}

func (s *probeSite) sameLog(want, got string) bool {
	l, ok := packet.ParseLog(got)
	if !ok {
		return want == got
	}
	for _, key := range packet.Match(l, want) {
		switch {
		case strings.HasPrefix(key, "MAC") && !s.direct:
		case key == "ID" && l.Family == packet.IPv4 && l.Proto == packet.ProtoICMP:
		case key == "FLOWLBL" && l.Proto == packet.ProtoICMPv6:
		case key == "TTL" && !s.direct, key == "HOPLIMIT" && !s.direct:
		default:
			return false
		}
	}
	return true
}

// concerns reports whether a log line is about packets between the two ends.
func (s *probeSite) concerns(text string) bool {
	l, ok := packet.ParseLog(text)
	if !ok {
		return false
	}
	return l.Src == s.source && l.Dst == s.target || l.Src == s.target && l.Dst == s.source
}
