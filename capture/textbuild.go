package capture

import (
	"encoding/binary"
	"net/netip"
	"strings"

	"nfwhy/packet"
)

// builder makes a packet out of what a line tells.
type builder struct {
	t        *told
	src, dst endpoint
	proto    uint8
	untold   Field
	l4       []byte // the transport header, and what is told behind it
	payload  int    // bytes behind the transport header, -1 if not told
	later    bool   // a fragment without the transport header
	ext      []byte // IPv6 extension headers
	extFirst uint8  // the protocol of the first of them
}

// build fills rec's packet from the line, and from inner for the packet that an
// ICMP error quotes. seqs resolves sequence numbers, nil leaves them.
func build(rec *Record, t *told, inner *told, seqs *conversations) error {
	b := builder{t: t, payload: -1}
	b.network()
	b.endpoints()
	b.transport(inner, seqs)
	rec.SrcText, rec.DstText = blankedText(b.src), blankedText(b.dst)
	data, total := b.bytes()
	if t.missing > 0 {
		return packet.ErrTruncated
	}
	rec.WireLen = total
	if err := rec.Packet.Decode(data, total); err != nil {
		return err
	}
	rec.Untold |= b.untold
	rec.Packet.Verified = b.untold.Has(FieldChecksum)
	return nil
}

// blankedText is an address that is none.
func blankedText(e endpoint) string {
	if e.known {
		return ""
	}
	return e.text
}

// network finds protocol, fragment and extension headers.
func (b *builder) network() {
	t := b.t
	t.body = strings.TrimRight(t.body, " ")
	if !t.ip.verbose {
		t.oldIP()
	}
	b.networkUntold()
	proto := protoUnsaid
	if t.family == packet.IPv6 {
		proto = b.extensions()
	} else {
		proto = b.fragment4()
	}
	if proto == protoUnsaid {
		proto = protocolOf(t.body)
	}
	if proto == protoUnsaid {
		proto = b.guess()
	}
	b.proto = uint8(proto)
	if t.family == packet.IPv6 && b.untold.Has(FieldIPOptions) && (!t.ip.hasLen || t.ip.length == 40) {
		t.ip.hasLen = false // a jumbogram's length is in its hop-by-hop header
		b.untold |= FieldLength
	}
	if t.family == packet.IPv6 && packet.IsExtensionHeader(t.ip.proto) && (proto == 41 || packet.IsExtensionHeader(b.proto)) {
		b.untold |= FieldProto // behind a header that is not read
	}
}

func (b *builder) networkUntold() {
	ip := &b.t.ip
	if !ip.verbose {
		b.untold |= FieldTOS | FieldTTL | FieldID | FieldFragment | FieldIPOptions
	}
	if ip.frag&2 != 0 {
		b.untold &^= FieldFragment // "(DF)" of old
	}
	if b.t.family == packet.IPv6 {
		b.untold &^= FieldID | FieldFragment | FieldIPOptions
	}
	if ip.options {
		b.untold |= FieldIPOptions
	}
}

// guess is for text that names no protocol: tcpdump decodes the payload of
// known UDP ports, and says Flags of TCP.
func (b *builder) guess() int {
	src := parseEndpoint(b.t.src, b.t.family, true)
	dst := parseEndpoint(b.t.dst, b.t.family, true)
	b.untold |= FieldProto
	if src.hasPort && dst.hasPort {
		return packet.ProtoUDP
	}
	return 255
}

func (b *builder) fragment4() int {
	t := b.t
	proto := protoUnsaid
	if t.ip.verbose {
		proto = int(t.ip.proto)
		if t.ip.proto == 0 {
			proto = protoUnsaid // "(ttl 64, id 1)" of old does not tell it
		}
	}
	if t.oldFragment() {
		b.untold &^= FieldFragment | FieldID
	}
	b.later = t.ip.offset > 0
	if p, ok := fragmentOf(t.body); ok && t.ip.offset == 0 && !t.ip.verbose {
		b.later, proto = true, int(p)
		t.ip.offset = 8 // somewhere behind the start
	}
	return proto
}

// extensions reads the words for IPv6 extension headers that stand in front of
// the protocol's own text. A fragment header is rebuilt, since it decides what
// can be seen of the transport; of the others only the hop-by-hop header.
func (b *builder) extensions() int {
	t := b.t
	proto := protoUnsaid
	if t.ip.verbose && !packet.IsExtensionHeader(t.ip.proto) {
		proto = int(t.ip.proto)
	}
	for {
		s := strings.TrimLeft(t.body, " ")
		word, rest := cutWord(s)
		switch word {
		case "HBH":
			b.chain(packet.ProtoHopByHop, []byte{0, 0, 5, 2, 0, 0, 1, 0})
		case "DSTOPT", "RT6":
		case "frag":
			rest = b.fragment6(rest)
			t.body = rest
			if b.later {
				return protoUnsaid
			}
			b.portsOnly()
			continue
		default:
			t.body = s
			return proto
		}
		b.untold |= FieldIPOptions
		for strings.HasPrefix(rest, "(") {
			n := balanced(rest)
			if n == 0 {
				break
			}
			rest = skipBlanks(rest[n:])
		}
		t.body = rest
	}
}

// chain appends an extension header; its next-header byte is set when the one
// behind it is known.
func (b *builder) chain(proto uint8, h []byte) {
	if len(b.ext)+len(h) > 64 {
		return
	}
	if len(b.ext) == 0 {
		b.extFirst = proto
	} else {
		b.ext[len(b.ext)-8] = proto
	}
	b.ext = append(b.ext, h...)
}

// fragment6 reads "(0x12345678:1448|60)" or "(1448|60)": offset and bytes.
func (b *builder) fragment6(s string) string {
	n := balanced(s)
	if n == 0 {
		return s
	}
	in := s[1 : n-1]
	id, tail, ok := cutHex(in)
	if ok {
		in = strings.TrimPrefix(tail, ":")
	}
	off, in, _ := cutUint32(in)
	size, _, _ := cutUint32(strings.TrimPrefix(in, "|"))
	h := []byte{0, 0, 0, 0, 0, 0, 0, 0}
	binary.BigEndian.PutUint16(h[2:], uint16(off)&^7)
	if off == 0 {
		h[3] |= 1
	} else {
		b.untold |= FieldFragment // whether more follow
	}
	binary.BigEndian.PutUint32(h[4:], id)
	b.chain(packet.ProtoFragment, h)
	b.later = off > 0
	if !b.t.ip.hasLen {
		b.t.ip.length, b.t.ip.hasLen = clampLength(40+8+size), size > 0
	}
	return skipBlanks(s[n:])
}

// portsOnly reads "50000 > 53: " behind a fragment header.
func (b *builder) portsOnly() {
	src, dst, body, ok := cutEndpoints(b.t.body)
	if !ok || strings.ContainsAny(src+dst, " .") {
		return
	}
	if _, ok := parsePort(src); !ok {
		return
	}
	b.t.src, b.t.dst, b.t.body = b.t.src+"."+src, b.t.dst+"."+dst, body
}

func (b *builder) endpoints() {
	ports := printsPorts(int(b.proto)) && !b.later
	b.src = parseEndpoint(b.t.src, b.t.family, ports)
	b.dst = parseEndpoint(b.t.dst, b.t.family, ports)
	b.src.addr, b.src.known = inFamily(b.src, b.t.family)
	b.dst.addr, b.dst.known = inFamily(b.dst, b.t.family)
	if !b.src.known {
		b.untold |= FieldSrc
	}
	if !b.dst.known {
		b.untold |= FieldDst
	}
	if ports && !b.src.hasPort {
		b.untold |= FieldSrcPort
	}
	if ports && !b.dst.hasPort {
		b.untold |= FieldDstPort
	}
}

// inFamily replaces an address of the other family, which a header cannot hold.
func inFamily(e endpoint, family packet.Family) (netip.Addr, bool) {
	if e.addr.Is4() == (family == packet.IPv4) {
		return e.addr, e.known
	}
	if family == packet.IPv6 {
		return netip.IPv6Unspecified(), false
	}
	return netip.IPv4Unspecified(), false
}

// ipLen is the length of the IP header with what is rebuilt of extensions.
func (b *builder) ipLen() int {
	if b.t.family == packet.IPv6 {
		return 40 + len(b.ext)
	}
	return 20
}

// bytes puts the headers together. total is the length of the whole packet,
// which may exceed what is told of its bytes.
func (b *builder) bytes() (data []byte, total int) {
	ip := &b.t.ip
	have := b.ipLen() + len(b.l4)
	switch {
	case ip.hasLen:
		total = max(ip.length, b.ipLen())
	case b.payload >= 0:
		total = have + b.payload
	default:
		total = have
		b.untold |= FieldLength
	}
	total = min(total, 0xffff)
	if b.t.family == packet.IPv6 {
		data = b.ipv6(total)
	} else {
		data = b.ipv4(total)
	}
	return data[:min(len(data), total)], total
}

func (b *builder) ipv4(total int) []byte {
	ip := &b.t.ip
	f := packet.IPv4Fields{TOS: ip.tos, ID: ip.id, Flags: ip.frag, FragOff: ip.offset, TTL: ip.ttl,
		ZeroTTL: !b.untold.Has(FieldTTL), Protocol: b.proto, Src: b.src.addr, Dst: b.dst.addr}
	if b.untold.Has(FieldFragment) && b.proto == packet.ProtoTCP && !b.later {
		f.Flags = 2 // what nearly every system sends
	}
	data := f.Encode(b.l4)
	binary.BigEndian.PutUint16(data[2:], uint16(total))
	packet.IPv4Header(data[:20]).SetChecksum()
	return data
}

func (b *builder) ipv6(total int) []byte {
	next := b.proto
	if len(b.ext) > 0 {
		next = b.extFirst
		b.ext[len(b.ext)-8] = b.proto
	}
	f := packet.IPv6Fields{TrafficClass: b.t.ip.tos, FlowLabel: b.t.ip.flow, NextHeader: next, HopLimit: b.t.ip.ttl,
		Src: b.src.addr, Dst: b.dst.addr}
	data := f.Encode(append(b.ext[:len(b.ext):len(b.ext)], b.l4...))
	if b.t.ip.verbose {
		data[7] = b.t.ip.ttl
	}
	binary.BigEndian.PutUint16(data[4:], uint16(total-40))
	return data
}
