package netfilter

import (
	"encoding/binary"
	"net/netip"

	"nfwhy/conntrack"
	"nfwhy/host"
	"nfwhy/packet"
	"nfwhy/trace"
	"nfwhy/xt"
)

var be = binary.BigEndian

// maxDepth bounds packets made by packets made by packets.
const maxDepth = 16

// Log writes a LOG line for the packet of c (net/netfilter/nf_log_syslog.c).
func (n *Netns) Log(c *xt.Ctx, level uint8, prefix string, flags packet.LogFlags) {
	dev := c.In
	if c.Hook == packet.Postrouting {
		dev = c.Out
	}
	if l := n.host.Link(dev); l != nil && !l.Ethernet {
		flags &^= packet.LogMACDecode // a way to write Ethernet headers only
	}
	n.logbuf = packet.AppendLog(n.logbuf[:0], c.Pkt, c.In, c.Out, prefix, flags)
	n.line(level)
}

// line hands the line in logbuf to whoever wants it.
func (n *Netns) line(level uint8) {
	if n.recorder != nil {
		j := n.recorder.Current
		if len(j.Steps) > 0 {
			s := &j.Steps[len(j.Steps)-1]
			if s.Log != "" {
				j.Steps = append(j.Steps, trace.Step{Hook: s.Hook, Log: string(n.logbuf)})
			} else {
				s.Log = string(n.logbuf)
			}
		} else {
			j.Steps = append(j.Steps, trace.Step{Log: string(n.logbuf)})
		}
	}
	if n.mute || n.risky() {
		n.logs = append(n.logs, string(n.logbuf))
	}
	if n.effects != nil && !n.mute {
		n.effects.Logged(n.now, level, n.logbuf)
	}
}

// logInvalid writes conntrack's own lines, when nf_conntrack_log_invalid asks
// for them (nf_conntrack_standalone.c, nf_ct_l4proto_log_invalid).
func (n *Netns) logInvalid(f *flight, o conntrack.Outcome) {
	want := n.conns.Sysctl().LogInvalid
	if want == 0 || want != 255 && want != f.pkt.Proto {
		return
	}
	const flags = packet.LogTCPSeq | packet.LogTCPOptions | packet.LogIPOptions | packet.LogUID
	for _, r := range [...]conntrack.Reason{o.Reason, o.Extra} {
		if text := r.Log(); text != "" {
			prefix := "nf_ct_proto_" + itoa(int(f.pkt.Proto)) + ": " + text + " "
			if len(prefix) > 127 {
				prefix = prefix[:127]
			}
			in, out := f.in, f.out
			n.logbuf = packet.AppendLog(n.logbuf[:0], f.pkt, in, out, prefix, flags)
			n.line(5)
		}
	}
}

// routeTypes gives the kernel's RTN_ number of a kind of route.
var routeTypes = map[host.RouteKind]uint{host.Unicast: 1, host.Local: 2, host.Broadcast: 3, host.Multicast: 5,
	host.Blackhole: 6, host.Unreachable: 7, host.Prohibit: 8}

// Socket says what socket a packet belongs to that has no known one: the stack
// sends its ICMP errors through a socket of its own, resets through none. What
// came over lo, or is a copy, has lost it.
func (n *Netns) Socket(*xt.Ctx) xt.Socket {
	if n.depth == 0 {
		return xt.SocketUnknown // a rule is asked outside of any journey
	}
	switch f := n.current(); {
	case f.looped:
		return xt.SocketNone
	case f.origin != trace.Made:
		return xt.SocketUnknown
	case f.pkt.Proto == packet.ProtoTCP:
		return xt.SocketNone
	}
	return xt.SocketKernel
}

var _ xt.SocketKnower = (*Netns)(nil)

// AddrType says what an address is to this host. IPv4 has one answer, from the
// local table; for IPv6 all that hold are set (xt_addrtype.c, Linux 6.18).
func (n *Netns) AddrType(c *xt.Ctx, src bool, dev string) xt.AddrType {
	a := c.Pkt.Dst()
	if src {
		a = c.Pkt.Src()
	}
	if a.Is4() {
		return 1 << routeTypes[n.fib.LocalKind(a, dev)]
	}
	var t xt.AddrType
	switch {
	case a.IsMulticast():
		t = 1 << 5
	case a.IsUnspecified():
		t = 1
	default:
		t = 1 << 1
	}
	if n.fib.LocalKind(a, dev) == host.Local {
		t |= 1 << 2
	}
	if r, ok := n.fib.Lookup(a); !ok || r.Kind == host.Unreachable {
		t |= 1 << 7
	}
	return t
}

// answer opens the flight of a packet made in answer to the packet of f.
func (n *Netns) answer(f *flight, data []byte) *flight {
	g := n.take()
	g.own = packet.Packet{Verified: true}
	g.buf = data
	if err := g.own.Decode(g.buf, len(g.buf)); err != nil {
		panic("netfilter: made an impossible packet: " + err.Error())
	}
	if f.pkt.Mark != 0 && n.sysctl.reflect[familyIndex(f.pkt.Family)] {
		g.own.Mark = f.pkt.Mark
	}
	return g
}

// launch sends the packet of an answer on its way through OUTPUT.
func (n *Netns) launch(f, g *flight, dev string) {
	rec := n.begin(g, trace.Made)
	g.ref = n.conns.AttachReply(f.ref)
	n.output(g, dev)
	n.finish(g)
	n.resume(rec)
}

// begin starts the flight of the packet in g.own, which the packet whose journey
// is being recorded set off; it returns that journey.
func (n *Netns) begin(g *flight, origin trace.Origin) *trace.Journey {
	var rec *trace.Journey
	if n.recorder != nil {
		rec = n.recorder.Current
	}
	n.start(g, &g.own, origin)
	if g.journey != nil {
		g.journey.Parent, g.journey.Step = rec.ID, len(rec.Steps)-1
		if len(rec.Steps) > 0 {
			s := &rec.Steps[len(rec.Steps)-1]
			s.Emits = append(s.Emits, g.journey.ID)
			s.Terms = append(s.Terms, n.recorder.TakeTerms()...)
		}
	}
	return rec
}

// resume goes on with the recording of the journey that begin returned.
func (n *Netns) resume(rec *trace.Journey) {
	if n.recorder != nil {
		n.recorder.Current = rec
	}
}

// current returns the flight whose rules are being walked.
func (n *Netns) current() *flight { return n.flights[n.depth-1] }

// RejectReset answers the packet of c with a TCP reset, when the kernel would
// (net/ipv4/netfilter/nf_reject_ipv4.c: nf_send_reset, its IPv6 twin; Linux 6.18).
func (n *Netns) RejectReset(c *xt.Ctx) {
	f, p := n.current(), c.Pkt
	h, ok := p.TCP()
	f.res.Fate = trace.Rejected
	if !ok || h.Flags()&packet.RST != 0 || !p.ChecksumOK(packet.ProtoTCP) || n.depth >= maxDepth {
		return
	}
	if p.Family == packet.IPv4 && f.bcast {
		return
	}
	src, dst := p.Src(), p.Dst()
	if p.Family == packet.IPv6 && (src.IsMulticast() || src.IsUnspecified() || dst.IsMulticast()) {
		return
	}
	r, ok := n.fib.Lookup(src)
	if !ok || r.Kind == host.Blackhole || r.Kind == host.Unreachable || r.Kind == host.Prohibit {
		return
	}
	n.setClosing(f)
	g := n.answer(f, n.reset(p, h, r, src, dst))
	g.own.Partial = p.Family == packet.IPv4
	dev := ""
	if n.host.Open && r.Kind == host.Unicast {
		dev = f.in
	}
	n.launch(f, g, dev)
}

func (n *Netns) setClosing(f *flight) {
	if f.ref.Conn != nil {
		n.conns.SetClosing(f.ref.Conn, n.now)
	}
}

// reset builds the RST for a segment.
func (n *Netns) reset(p *packet.Packet, h packet.TCP, r host.Route, src, dst netip.Addr) []byte {
	b := n.scratch(60)
	var t []byte
	if p.Family == packet.IPv6 {
		b = b[:60]
		clear(b)
		b[0] = 0x60
		be.PutUint16(b[4:], 20)
		b[6], b[7] = packet.ProtoTCP, hopLimit(n.host, outDev(r))
		copy(b[8:24], p.Data[24:40])
		copy(b[24:40], p.Data[8:24])
		t = b[40:]
	} else {
		b = b[:40]
		clear(b)
		b[0] = 0x45
		be.PutUint16(b[2:], 40)
		b[6] = 0x40
		b[8], b[9] = n.sysctl.ttl, packet.ProtoTCP
		copy(b[12:16], p.Data[16:20])
		copy(b[16:20], p.Data[12:16])
		packet.IPv4Header(b).SetChecksum()
		t = b[20:]
	}
	be.PutUint16(t, h.DstPort())
	be.PutUint16(t[2:], h.SrcPort())
	t[12] = 5 << 4
	fl := h.Flags()
	if fl&packet.ACK != 0 {
		be.PutUint32(t[4:], h.Ack())
		t[13] = byte(packet.RST)
	} else {
		ack := h.Seq() + uint32(p.Length-p.L4) - uint32(h.DataOffset())
		if fl&packet.SYN != 0 {
			ack++
		}
		if fl&packet.FIN != 0 {
			ack++
		}
		be.PutUint32(t[8:], ack)
		t[13] = byte(packet.RST | packet.ACK)
	}
	pseudo := packet.PseudoSum(dst, src, packet.ProtoTCP, 20)
	if p.Family == packet.IPv4 {
		be.PutUint16(t[16:], packet.Fold(pseudo)) // the device does the rest
	} else {
		be.PutUint16(t[16:], ^packet.Fold(packet.Sum(t, pseudo)))
	}
	return b
}

// scratch returns the buffer of the next flight with room for size bytes.
func (n *Netns) scratch(size int) []byte {
	if n.depth == len(n.flights) {
		n.flights = append(n.flights, &flight{})
	}
	g := n.flights[n.depth]
	if cap(g.buf) < size {
		g.buf = make([]byte, max(size, 1500))
	}
	return g.buf[:size]
}

// RejectICMP answers the packet of c with an ICMP or ICMPv6 error
// (nf_send_unreach, nf_send_unreach6; Linux 6.18).
func (n *Netns) RejectICMP(c *xt.Ctx, typ, code uint8) {
	f, p := n.current(), c.Pkt
	f.res.Fate = trace.Rejected
	if p.Family == packet.IPv6 {
		if p.NoTransport || p.L4 >= p.Length || !n.verify(p) { // an empty payload is none
			return
		}
		n.sendICMPv6(f, typ, code, 0)
		return
	}
	if p.FragOff != 0 || !n.verify(p) {
		return
	}
	n.sendICMP(f, typ, code, 0)
}

// verify is the checksum test before answering (nf_reject_verify_csum,
// nf_ip_checksum): some protocols are exempt; ICMP and all that are neither TCP
// nor UDP are summed without a pseudo header in IPv4.
func (n *Netns) verify(p *packet.Packet) bool {
	switch p.Proto {
	case packet.ProtoUDPLite, packet.ProtoGRE, packet.ProtoESP, packet.ProtoAH, packet.ProtoSCTP:
		return true
	case packet.ProtoUDP:
		if b := p.Payload(); len(b) >= 8 && packet.UDP(b).Checksum() == 0 {
			return true
		}
	}
	if p.Family == packet.IPv4 && p.Proto != packet.ProtoTCP && p.Proto != packet.ProtoUDP {
		return p.ChecksumOK(0)
	}
	return p.ChecksumOK(p.Proto)
}

// expired answers a packet whose TTL ran out.
func (n *Netns) expired(f *flight) {
	if f.pkt.Family == packet.IPv6 {
		n.sendICMPv6(f, 3, 0, 0)
		return
	}
	n.sendICMP(f, packet.ICMPTimeExceeded, 0, 0)
}

// unreachable answers a packet that has no route: code 0 net, 1 host, 13 prohibited.
func (n *Netns) unreachable(f *flight, code uint8) {
	if f.pkt.Family == packet.IPv6 {
		c := uint8(0)
		if code == 13 {
			c = 1
		}
		n.sendICMPv6(f, 1, c, 0)
		return
	}
	if n.sysctl.forward[0] && n.icmp.unrouted(n, f.pkt.Src()) {
		n.sendICMP(f, packet.ICMPUnreachable, code, 0)
	}
}

// tooBig answers a packet that must not be fragmented and does not fit.
func (n *Netns) tooBig(f *flight) bool {
	p := f.pkt
	mtu := n.fib.MTU(f.route.Dev)
	if p.Length <= mtu {
		return false
	}
	if p.Family == packet.IPv6 {
		n.sendICMPv6(f, 2, 0, uint32(mtu))
		n.discard(f, packet.Forward, "larger than the MTU of "+f.route.Dev+"; packet too big is sent")
		return true
	}
	if !packet.IPv4Header(p.Data).DontFragment() {
		return false
	}
	n.sendICMP(f, packet.ICMPUnreachable, 4, uint32(mtu))
	n.discard(f, packet.Forward, "larger than the MTU of "+f.route.Dev+" and must not be fragmented; fragmentation needed is sent")
	return true
}

// sendICMP is icmp_send (net/ipv4/icmp.c; Linux 6.18).
func (n *Netns) sendICMP(f *flight, typ, code uint8, info uint32) {
	p := f.pkt
	if n.depth >= maxDepth || p.Cast != packet.CastHost || f.bcast || p.FragOff != 0 {
		return
	}
	if p.Proto == packet.ProtoICMP && typ != packet.ICMPEcho {
		b := p.Payload()
		if len(b) < 1 || !answerable(b[0]) {
			return
		}
	}
	src := p.Src()
	limit := limited(n, f, typ, code)
	if limit && !n.icmp.global(n) {
		return
	}
	r, ok := n.fib.Lookup(src)
	if !ok || src.IsUnspecified() || src.IsMulticast() || r.Kind == host.Broadcast || r.Kind >= host.Blackhole ||
		n.fib.LocalKind(src, "") == host.Broadcast {
		return
	}
	from := n.icmpSource(f, r, src)
	if !from.IsValid() || limit && !n.mayAnswer(src, r) {
		return
	}
	if limit {
		n.icmp.consume(n)
	}
	g := n.answer(f, n.quote(p, from, src, typ, code, info, n.fib.MTU(r.Dev)))
	n.launch(f, g, n.hintDev(f, r))
}

// hintDev is the interface an answer leaves by on a host whose routes nobody
// told: the one the packet came in on.
func (n *Netns) hintDev(f *flight, r host.Route) string {
	if n.host.Open && r.Kind == host.Unicast {
		return f.in
	}
	return ""
}

// answerable reports whether an ICMP message of that type may be answered with
// an error.
func answerable(typ uint8) bool {
	switch typ {
	case 0, 8, 13, 14, 15, 16, 17, 18:
		return true
	}
	return false
}

// icmpSource picks the error's source address.
func (n *Netns) icmpSource(f *flight, back host.Route, src netip.Addr) netip.Addr {
	dst := f.pkt.Dst()
	if f.local {
		return dst
	}
	if n.sysctl.inboundAddr && f.origin == trace.Received {
		if a := n.fib.AddrOf(f.in, src); a.IsValid() {
			return a
		}
	}
	return n.fib.Source(back, src)
}

// icmpSource6 picks the error's source address: what the packet was sent to, or
// an address of the interface that it came in on.
func (n *Netns) icmpSource6(f *flight, back host.Route, src, dst netip.Addr) netip.Addr {
	if n.fib.IsLocal(dst) {
		return dst
	}
	if !back.Src.IsValid() && f.in != "" {
		if a := n.fib.AddrOf(f.in, src); a.IsValid() {
			return a
		}
	}
	return n.fib.Source(back, src)
}

// quote builds an ICMP error around the start of p.
func (n *Netns) quote(p *packet.Packet, from, to netip.Addr, typ, code uint8, info uint32, mtu int) []byte {
	opts := n.echoOptions(p)
	hl := 20 + len(opts)
	room := min(576, mtu) - hl - 8
	q := p.Data[:min(len(p.Data), room)]
	b := n.scratch(hl + 8 + len(q))
	clear(b[:hl+8])
	b[0] = 0x40 | byte(hl/4)
	b[1] = p.Data[1]&0x1e | 0xc0
	be.PutUint16(b[2:], uint16(len(b)))
	id := uint16(n.rand.Uint32())
	if id == 0 {
		id = 1
	}
	be.PutUint16(b[4:], id)
	b[8], b[9] = n.sysctl.ttl, packet.ProtoICMP
	s, d := from.As4(), to.As4()
	copy(b[12:], s[:])
	copy(b[16:], d[:])
	copy(b[20:], opts)
	packet.IPv4Header(b).SetChecksum()
	m := b[hl:]
	m[0], m[1] = typ, code
	be.PutUint32(m[4:], info)
	copy(m[8:], q)
	be.PutUint16(m[2:], ^packet.Fold(packet.Sum(m, 0)))
	return b
}

// sendICMPv6 is icmp6_send (net/ipv6/icmp.c; Linux 6.18).
func (n *Netns) sendICMPv6(f *flight, typ, code uint8, info uint32) {
	p := f.pkt
	src, dst := p.Src(), p.Dst()
	if n.depth >= maxDepth || src.IsUnspecified() || src.IsMulticast() {
		return
	}
	if (dst.IsMulticast() || p.Cast != packet.CastHost) && typ != 2 {
		return
	}
	if p.Proto == packet.ProtoICMPv6 && !p.NoTransport {
		if b := p.Payload(); len(b) < 1 || b[0] < 128 {
			return
		}
	}
	limit := limited(n, f, typ, code)
	if limit && !n.icmp.global(n) {
		return
	}
	r, ok := n.fib.Lookup(src)
	if src.IsLinkLocalUnicast() {
		r, ok = host.Route{Dev: f.in}, true
	}
	if !ok || r.Kind >= host.Blackhole {
		return
	}
	from := n.icmpSource6(f, r, src, dst)
	if !from.IsValid() || limit && !n.mayAnswer(src, r) {
		return
	}
	if limit {
		n.icmp.consume(n)
	}
	q := p.Data[:min(len(p.Data), 1280-48)]
	b := n.scratch(48 + len(q))
	clear(b[:48])
	b[0] = 0x60
	be.PutUint16(b[4:], uint16(len(b)-40))
	b[6], b[7] = packet.ProtoICMPv6, hopLimit(n.host, outDev(r))
	s, d := from.As16(), src.As16()
	copy(b[8:], s[:])
	copy(b[24:], d[:])
	if n.sysctl.flowLabels {
		v := n.rand.Uint32()&0xfffff | 1
		be.PutUint32(b, 6<<28|v)
	}
	m := b[40:]
	m[0], m[1] = typ, code
	be.PutUint32(m[4:], info)
	copy(m[8:], q)
	be.PutUint16(m[2:], ^packet.Fold(packet.Sum(m, packet.PseudoSum(from, src, packet.ProtoICMPv6, len(m)))))
	g := n.answer(f, b)
	dev := n.hintDev(f, r)
	if src.IsLinkLocalUnicast() {
		dev = f.in
	}
	n.launch(f, g, dev)
}

// outDev is the device that packets along r leave by.
func outDev(r host.Route) string {
	if r.Kind == host.Local {
		return "lo"
	}
	return r.Dev
}

func itoa(v int) string {
	if v == 0 {
		return "0"
	}
	var b [20]byte
	i := len(b)
	for ; v > 0; v /= 10 {
		i--
		b[i] = byte('0' + v%10)
	}
	return string(b[i:])
}
