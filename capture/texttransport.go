package capture

import (
	"encoding/binary"
	"strings"

	"nfwhy/packet"
)

// transport builds the transport header.
func (b *builder) transport(inner *told, seqs *conversations) {
	if b.later {
		b.untold |= FieldPayload
		return
	}
	body := b.t.body
	switch b.proto {
	case packet.ProtoTCP:
		b.tcp(body, seqs)
	case packet.ProtoUDP, packet.ProtoUDPLite:
		b.udp(body)
	case packet.ProtoICMP, packet.ProtoICMPv6:
		if b.proto == packet.ProtoICMP == (b.t.family == packet.IPv4) {
			b.icmp(body, inner)
			return
		}
		b.other(body)
	case packet.ProtoSCTP, packet.ProtoDCCP:
		b.l4 = make([]byte, 12)
		b.ports()
		b.untold |= FieldTransport | FieldPayload
	case packet.ProtoESP:
		b.esp(body)
	default:
		b.other(body)
	}
}

func (b *builder) ports() {
	binary.BigEndian.PutUint16(b.l4, b.src.port)
	binary.BigEndian.PutUint16(b.l4[2:], b.dst.port)
}

func (b *builder) tcp(body string, seqs *conversations) {
	t := parseTCP(strings.TrimLeft(body, " "))
	if seqs != nil {
		b.untold |= seqs.resolve(&t, side{b.src.text, b.src.port}, side{b.dst.text, b.dst.port})
	}
	for _, f := range []struct {
		told  bool
		field Field
	}{{t.hasFlags, FieldFlags | FieldUrgent}, {t.hasWin, FieldWindow}, {t.optsOK, FieldTCPOptions}, {t.hasCksum, FieldChecksum}} {
		if !f.told {
			b.untold |= f.field
		}
	}
	f := packet.TCPFields{SrcPort: b.src.port, DstPort: b.dst.port, Seq: t.seq, Ack: t.ack, Flags: t.flags,
		Window: t.win, Urgent: t.urg, Options: t.opts}
	b.l4 = f.Encode(b.src.addr, b.dst.addr, nil)
	if t.hasCksum {
		binary.BigEndian.PutUint16(b.l4[16:], t.cksum)
	}
	if t.hasLen {
		b.payload = t.length
	}
	if b.payload != 0 {
		b.untold |= FieldPayload
	}
	switch {
	case !b.t.ip.hasLen && !t.optsOK:
		b.untold |= FieldLength
	case b.t.ip.hasLen && b.payload >= 0:
		b.padTCP(b.t.ip.length - b.ipLen() - b.payload)
	}
}

// padTCP makes the TCP header as long as the lengths of the packet and of its
// payload leave room for, where the line does not tell all options.
func (b *builder) padTCP(n int) {
	if n <= len(b.l4) || n > 60 || n%4 != 0 || b.untold.Has(FieldIPOptions) {
		return
	}
	b.untold |= FieldTCPOptions
	b.l4 = append(b.l4, make([]byte, n-len(b.l4))...)
	b.l4[12] = byte(n/4)<<4 | b.l4[12]&0xf
}

// maxUnfragmented is the UDP payload that an Ethernet frame holds.
const maxUnfragmented = 1472

func (b *builder) udp(body string) {
	body, zero := stripChecksum(body)
	if n, ok := udpLength(body); ok {
		b.payload = n
	}
	if b.t.ip.hasLen && b.t.ip.frag&1 == 0 && b.untold&FieldIPOptions == 0 {
		b.payload = max(0, b.t.ip.length-b.ipLen()-8)
	}
	if b.payload > maxUnfragmented && !b.t.ip.hasLen {
		b.untold |= FieldLength // may be a first fragment, which -v would tell
	}
	b.l4 = make([]byte, 8)
	b.ports()
	binary.BigEndian.PutUint16(b.l4[4:], uint16(min(0xffff, 8+max(0, b.payload))))
	if !zero {
		b.untold |= FieldChecksum
		if b.payload == 0 {
			b.l4 = packet.EncodeUDP(b.src.addr, b.dst.addr, b.src.port, b.dst.port, nil)
		}
	}
	if b.payload != 0 {
		b.untold |= FieldPayload
	}
}

func (b *builder) icmp(body string, inner *told) {
	body, _ = stripChecksum(body)
	m := parseICMP(body, b.t.family)
	if !m.hasType || !m.hasRest {
		b.untold |= FieldICMP
	}
	data := m.body
	if m.isError {
		data = b.quoted(&m, inner)
	}
	if m.hasLen {
		b.payload = max(0, m.length-8)
	}
	if m.hasLen && m.length < 8 {
		b.untold |= FieldLength
	}
	if m.hasLen && m.length >= 8 && len(data) > m.length-8 {
		data = data[:m.length-8]
	}
	if b.t.family == packet.IPv6 {
		b.l4 = packet.EncodeICMPv6(b.src.addr, b.dst.addr, m.typ, m.code, m.rest, data)
	} else {
		b.l4 = packet.EncodeICMP(m.typ, m.code, m.rest, data)
	}
	b.untold |= FieldChecksum
	if b.payload > len(data) || !m.hasLen {
		b.untold |= FieldPayload
	}
	b.payload -= len(data)
}

// quoted rebuilds the packet that an ICMP error quotes: from its own lines if -v
// printed them, else from what the error says of it. Its source is where the
// error goes to.
func (b *builder) quoted(m *icmpTold, inner *told) []byte {
	if inner != nil {
		var rec Record
		if build(&rec, inner, nil, nil) == nil && rec.Packet.Family == b.t.family {
			if rec.Untold&^FieldPayload != 0 {
				b.untold |= FieldInner
			}
			return rec.Packet.Data
		}
	}
	b.untold |= FieldInner
	dst := m.innerDst
	if !dst.IsValid() {
		return nil
	}
	ports := []byte{0, 0, byte(m.inPort >> 8), byte(m.inPort), 0, 0, 0, 0}
	if dst.Is6() != (b.t.family == packet.IPv6) {
		return nil
	}
	if dst.Is6() {
		return packet.IPv6Fields{NextHeader: m.inProto, Src: b.dst.addr, Dst: dst}.Encode(ports)
	}
	return packet.IPv4Fields{Protocol: m.inProto, Src: b.dst.addr, Dst: dst}.Encode(ports)
}

func (b *builder) esp(body string) {
	b.untold |= FieldPayload
	tail, _ := after(body, "spi=")
	spi, tail, ok := cutHex(tail)
	tail, _ = after(tail, "seq=")
	seq, _, ok2 := cutHex(tail)
	if !ok || !ok2 {
		b.untold |= FieldTransport
		return
	}
	b.l4 = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, spi), seq)
	if n, ok := lengthOf(body); ok {
		b.payload = max(0, n-8)
	}
}

// other is a protocol of which only the length is read. What most print as
// length leaves something out.
func (b *builder) other(body string) {
	b.untold |= FieldTransport | FieldPayload
	if n, ok := lengthOf(body); ok {
		b.payload = n
	}
	if b.proto != packet.ProtoGRE && !b.t.ip.hasLen {
		b.untold |= FieldLength
	}
}
