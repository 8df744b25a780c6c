package conntrack

import (
	"encoding/binary"
	"fmt"
	"strings"

	"nfwhy/packet"
)

// helperSpec describes one helper.
type helperSpec struct {
	id    uint8 // its place in helperSpecs
	name  string
	proto uint8 // 0 for TCP and UDP
	ipv4  bool  // only IPv4
	// limit and seconds bound the expectations of one entry, per class.
	limit   []int
	seconds uint32
	// read looks at a packet of the entry; nil for helpers whose protocols are not
	// read. false drops the packet.
	read func(*helperCall) bool
}

// helperSpecs are the helpers of Linux 6.18 (net/netfilter/nf_conntrack_*.c). Of
// those without a read function only the name is known: what they would expect
// is not.
var helperSpecs = [...]helperSpec{
	{id: 0, name: "ftp", proto: packet.ProtoTCP, limit: []int{1}, seconds: 300, read: readFTP},
	{id: 1, name: "tftp", proto: packet.ProtoUDP, limit: []int{1}, seconds: 300, read: readTFTP},
	{id: 2, name: "irc", proto: packet.ProtoTCP, ipv4: true, limit: []int{8}, seconds: 300, read: readIRC},
	{id: 3, name: "amanda", proto: packet.ProtoUDP, limit: []int{4}, seconds: 180, read: readAmanda},
	{id: 4, name: "sip", limit: []int{sipSignalling: 1, sipAudio: 4, sipVideo: 4, sipImage: 2}, seconds: 180, read: readSIP},
	{id: 5, name: "pptp", proto: packet.ProtoTCP, ipv4: true},
	{id: 6, name: "sane", proto: packet.ProtoTCP},
	{id: 7, name: "netbios-ns", proto: packet.ProtoUDP, ipv4: true},
	{id: 8, name: "snmp", proto: packet.ProtoUDP, ipv4: true},
	{id: 9, name: "RAS", proto: packet.ProtoUDP},
	{id: 10, name: "Q.931", proto: packet.ProtoTCP},
	{id: 11, name: "H.245", proto: packet.ProtoTCP},
}

// Helpers returns the names of the helpers that can be attached, and of those
// whose protocols are read, so that expectations are complete.
func Helpers() (names, read []string) {
	for i := range helperSpecs {
		names = append(names, helperSpecs[i].name)
		if helperSpecs[i].read != nil {
			read = append(read, helperSpecs[i].name)
		}
	}
	return names, read
}

// findHelper returns the helper of that name for the protocol; nil for none.
func findHelper(name string, family packet.Family, proto uint8) *helperSpec {
	if name == "" {
		return nil
	}
	for i := range helperSpecs {
		s := &helperSpecs[i]
		if s.name == name && (!s.ipv4 || family == packet.IPv4) &&
			(s.proto == proto || s.proto == 0 && (proto == packet.ProtoTCP || proto == packet.ProtoUDP)) {
			return s
		}
	}
	return nil
}

// helperState is what a helper remembers of one entry.
type helperState struct {
	spec *helperSpec
	// FTP: per direction, sequence numbers just behind a newline.
	lines   [2][2]uint32
	numLine [2]int
	// SIP: sequence numbers of the last INVITE and REGISTER.
	inviteSeq, registerSeq uint32
}

// helperCall is one packet given to a helper.
type helperCall struct {
	t    *Table
	c    *Conn
	p    *packet.Packet
	info Info
	dir  Direction
	now  int64
	// data is the payload, which begins at off in p.Data.
	data []byte
	off  int
	tcp  packet.TCP // nil for UDP
}

// runHelper lets the entry's helper read the packet; false drops it.
func (t *Table) runHelper(p *packet.Packet, r *Ref, now packet.Time) bool {
	s := r.Conn.x.helper.spec
	if s.read == nil || p.Cut() > 0 {
		return true
	}
	h := helperCall{t: t, c: r.Conn, p: p, info: r.Info, dir: r.Info.Dir(), now: now.Jiffies()}
	switch p.Proto {
	case packet.ProtoTCP:
		tcp, ok := p.TCP()
		// Before traffic went both ways nobody looks.
		if !ok || r.Info != Established && r.Info != EstablishedReply {
			return true
		}
		h.tcp = tcp
		h.off = p.L4 + tcp.DataOffset()
	case packet.ProtoUDP:
		h.off = p.L4 + 8
	default:
		return true
	}
	if h.off > len(p.Data) {
		return true
	}
	h.data = p.Data[h.off:]
	return s.read(&h)
}

func (h *helperCall) state() *helperState { return h.c.x.helper }

// Why a helper drops a packet; they index helperTexts.
const (
	helperNoExpect uint32 = iota
	helperPorts
	helperMangle
	helperPORT
	helperEPRT
	helper227
	helper229
	helperCSeq
	helperCode
	helperSDPPort
	helperSDPAddr
)

// helperTexts are the texts that helpers log (nf_ct_helper_log).
var helperTexts = [...]string{
	"cannot add expectation", "all ports in use", "cannot mangle packet",
	"partial matching of `PORT'", "partial matching of `EPRT'", "partial matching of `227 '", "partial matching of `229 '",
	"cannot parse cseq", "cannot get code", "wrong port %d", "cannot parse SDP message",
}

// refuse drops the packet with a log line.
func (h *helperCall) refuse(why uint32) bool {
	h.t.say(HelperDrop, uint32(h.state().spec.id), why)
	return false
}

func (r Reason) helperName() string {
	if int(r.n[0]) < len(helperSpecs) {
		return helperSpecs[r.n[0]].name
	}
	return "?"
}

func (r Reason) helperText() string {
	switch {
	case r.n[1] == helperSDPPort:
		return fmt.Sprintf(helperTexts[r.n[1]], r.n[2])
	case int(r.n[1]) < len(helperTexts):
		return helperTexts[r.n[1]]
	}
	return "?"
}

// expectation returns one of this entry: from src (any address if AnySrc is set
// later) to dst and port.
func (h *helperCall) expectation(proto uint8, src, dst [16]byte, port uint16) Expectation {
	return Expectation{
		Tuple:   Tuple{src: src, dst: dst, DstID: port, Proto: proto, Family: h.c.Orig.Family},
		Master:  h.c,
		expects: h.state().spec.name,
	}
}

type expectResult uint8

const (
	expectAdded expectResult = iota
	expectBusy               // clashes with another one
	expectRefused
)

func (h *helperCall) expect(e Expectation) expectResult {
	s := h.state().spec
	return h.t.expect(e, s.limit[e.Class], s.seconds, h.now)
}

// tell registers the expectation; if the entry is translated, where the expected
// connection will come in differs from what the payload says: put is then called
// with the port to announce, and rewrites the payload. e.dir is the direction in
// which the expected connection will have to be translated like its master.
func (h *helperCall) tell(e Expectation, dir Direction, put func(port uint16) bool) bool {
	if h.c.Status&NATMask == 0 || put == nil {
		if h.expect(e) != expectAdded {
			return h.refuse(helperNoExpect)
		}
		return true
	}
	e.follow, e.dir, e.saved = true, dir, e.Tuple.DstID
	port, ok := h.findPort(&e)
	if !ok {
		return h.refuse(helperPorts)
	}
	if !put(port) {
		h.t.expects.drop(len(h.t.expects.list) - 1)
		return h.refuse(helperMangle)
	}
	return true
}

// findPort registers e under its own port or, where that is taken, another above
// it (nf_nat_helper.c: nf_nat_exp_find_port; the kernel draws those at random).
func (h *helperCall) findPort(e *Expectation) (uint16, bool) {
	first := e.Tuple.DstID
	for i := range uint16(min(uint32(65535-first), maxAttempts) + 1) {
		e.Tuple.DstID = first + i
		switch h.expect(*e) {
		case expectAdded:
			return e.Tuple.DstID, true
		case expectRefused:
			return 0, false
		}
	}
	return 0, false
}

// replace puts text in place of n bytes of the payload at i and moves what
// belongs to it: lengths, checksums, later sequence numbers
// (nf_nat_helper.c: __nf_nat_mangle_tcp_packet, nf_nat_mangle_udp_packet).
func (h *helperCall) replace(i, n int, text string) bool {
	p := h.p
	grow := len(text) - n
	if p.Cut() > 0 || p.Length+grow > 65535 {
		return false
	}
	data := make([]byte, 0, len(p.Data)+max(grow, 0))
	data = append(data, p.Data[:h.off+i]...)
	data = append(data, text...)
	data = append(data, p.Data[h.off+i+n:]...)
	p.Data, p.Length = data, len(data)
	if p.Family == packet.IPv6 {
		be.PutUint16(data[4:], uint16(len(data)-40))
	} else {
		be.PutUint16(data[2:], uint16(len(data)))
		packet.IPv4Header(data).SetChecksum()
	}
	l4 := data[p.L4:]
	sum := packet.PseudoSum(p.Src(), p.Dst(), p.Proto, len(l4))
	if h.tcp != nil {
		seq := h.tcp.Seq()
		l4[16], l4[17] = 0, 0
		be.PutUint16(l4[16:], ^packet.Fold(packet.Sum(l4, sum)))
		h.c.shiftSequence(h.dir, seq, int32(grow))
		h.tcp = packet.TCP(l4)
	} else {
		be.PutUint16(l4[4:], uint16(len(l4)))
		if was := be.Uint16(l4[6:]); was != 0 {
			l4[6], l4[7] = 0, 0
			v := ^packet.Fold(packet.Sum(l4, sum))
			if v == 0 {
				v = 0xffff
			}
			be.PutUint16(l4[6:], v)
		}
	}
	h.data = data[h.off:]
	return true
}

// hasPrefixFold is strings.HasPrefix without regard to ASCII case.
func hasPrefixFold(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && strings.EqualFold(string(b[:len(prefix)]), prefix)
}

// number reads a decimal number as simple_strtoul does, and says where it ends.
func number(b []byte) (v uint64, rest []byte) {
	i := 0
	for i < len(b) && isDigit(b[i]) {
		v = v*10 + uint64(b[i]-'0')
		i++
	}
	return v, b[i:]
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func ip4(v uint32) (b [16]byte) {
	binary.BigEndian.PutUint32(b[:], v)
	return b
}
