package packet

import (
	"strconv"
)

// LogFlags choose what a LOG rule prints beyond the minimum. The values are the
// kernel's (include/uapi/linux/netfilter/nf_log.h, Linux 6.18).
type LogFlags uint8

// The flags, with the option of the LOG target that sets each.
const (
	LogTCPSeq     LogFlags = 0x01 // --log-tcp-sequence
	LogTCPOptions LogFlags = 0x02 // --log-tcp-options
	LogIPOptions  LogFlags = 0x04 // --log-ip-options
	LogUID        LogFlags = 0x08 // --log-uid
	LogMACDecode  LogFlags = 0x20 // --log-macdecode
)

// maxLogText is where the kernel cuts a line: its buffer holds 1,018 characters,
// of which two are the level (nf_log_syslog.c: nf_log_buf_add, Linux 6.18).
const maxLogText = 1016

// AppendLog appends exactly what the kernel's LOG target prints for p after the
// timestamp, prefix included, without a newline, and returns the extended slice.
// in and out are the interface names at the hook, "" for none; MAC= is printed
// iff in is not empty.
//
// Link decides the link header's text: nil is a device without link headers
// (tun, ppp), which prints "MAC= " whatever the flags; empty but not nil is an
// Ethernet device whose packet has none (a looped multicast copy).
//
// Bytes that a capture cut count as present, so nothing is called INCOMPLETE
// that was complete on the wire; their values print as zero ([LogKnown] tells).
//
// nf_log_syslog.c: nf_log_ip_packet, nf_log_ip6_packet (Linux 6.18).
func AppendLog(dst []byte, p *Packet, in, out, prefix string, flags LogFlags) []byte {
	t := logText{dst: dst, p: p, flags: flags}
	t.line(in, out, prefix)
	if len(t.dst)-len(dst) > maxLogText {
		return t.dst[:len(dst)+maxLogText]
	}
	return t.dst
}

// LogKnown reports whether every byte that the line of [AppendLog] shows is in
// p.Data; it is false only for packets that a capture cut.
func LogKnown(p *Packet, flags LogFlags) bool {
	if p.Cut() <= 0 {
		return true
	}
	var buf [maxLogText + 64]byte
	t := logText{dst: buf[:0], p: p, flags: flags}
	t.line("", "", "")
	return !t.guessed
}

// logText is one line being written.
type logText struct {
	dst     []byte
	p       *Packet
	flags   LogFlags
	guessed bool
	zeros   [40]byte
}

func (t *logText) line(in, out, prefix string) {
	t.str(prefix)
	t.str("IN=")
	t.str(in)
	t.str(" OUT=")
	t.str(out)
	t.str(" ")
	if t.p.PhysIn != "" && t.p.PhysIn != in {
		t.text("PHYSIN=", t.p.PhysIn)
	}
	if t.p.PhysOut != "" && t.p.PhysOut != out {
		t.text("PHYSOUT=", t.p.PhysOut)
	}
	if in != "" {
		t.mac()
	}
	if t.p.Family == IPv6 {
		t.ipv6(0)
	} else {
		t.ipv4(0)
	}
}

// mac writes the link header.
func (t *logText) mac() {
	link := t.p.Link
	if t.flags&LogMACDecode == 0 || link == nil || len(link) > 0 && len(link) != 14 {
		t.str("MAC=")
		t.macBytes(link)
		t.str(" ")
		return
	}
	if len(link) == 0 {
		return
	}
	t.str("MACSRC=")
	t.macBytes(link[6:12])
	t.str(" MACDST=")
	t.macBytes(link[:6])
	t.str(" ")
	if t.p.VLANProto != 0 {
		t.str("VPROTO=")
		t.hex(uint64(t.p.VLANProto), 4)
		t.num(" VID=", uint32(t.p.VLAN)) // the whole tag, priority included
	}
	t.str("MACPROTO=")
	t.hex(uint64(be.Uint16(link[12:])), 4)
	t.str(" ")
}

func (t *logText) macBytes(b []byte) {
	for i, c := range b {
		if i > 0 {
			t.dst = append(t.dst, ':')
		}
		t.dst = append(t.dst, lowerHex[c>>4], lowerHex[c&15])
	}
}

// ipv4 writes the IPv4 packet at off: 0 for the packet itself, else the one that
// an ICMP error quotes (nf_log_syslog.c: dump_ipv4_packet).
func (t *logText) ipv4(off int) {
	h, ok := t.bytes(off, 20)
	if !ok {
		t.str("TRUNCATED")
		return
	}
	ip := IPv4Header(h)
	proto, hl, frag := ip.Protocol(), ip.HeaderLen(), ip.FragmentOffset()
	t.str("SRC=")
	t.addr4(h[12:16])
	t.str(" DST=")
	t.addr4(h[16:20])
	t.num(" LEN=", uint32(ip.TotalLen()))
	t.str("TOS=0x")
	t.hexUpper(ip.TOS() & 0x1e)
	t.str(" PREC=0x")
	t.hexUpper(ip.TOS() & 0xe0)
	t.num(" TTL=", uint32(ip.TTL()))
	t.num("ID=", uint32(ip.ID()))
	if ip.Reserved() {
		t.str("CE ")
	}
	if ip.DontFragment() {
		t.str("DF ")
	}
	if ip.MoreFragments() {
		t.str("MF ")
	}
	if frag != 0 {
		t.num("FRAG:", uint32(frag/8))
	}
	if t.flags&LogIPOptions != 0 && hl > 20 {
		opts, ok := t.bytes(off+20, hl-20)
		if !ok {
			t.str("TRUNCATED")
			return
		}
		t.options(opts)
	}
	if !t.ipv4Payload(proto, off, off+hl, frag != 0) {
		return
	}
	if off == 0 {
		t.tail()
	}
}

// ipv4Payload writes from PROTO= on; false means that the line ends here, tail
// and all.
func (t *logText) ipv4Payload(proto uint8, ipOff, off int, fragment bool) bool {
	switch proto {
	case ProtoTCP:
		return t.tcp(off, fragment)
	case ProtoUDP, ProtoUDPLite:
		return t.udp(proto, off, fragment)
	case ProtoICMP:
		t.icmp(ipOff, off, fragment)
	case ProtoAH:
		// A later fragment of AH has no PROTO= at all.
		if !fragment {
			t.str("PROTO=AH ")
			t.spi(off, 12, 4)
		}
	case ProtoESP:
		t.str("PROTO=ESP ")
		if !fragment {
			t.spi(off, 8, 0)
		}
	default:
		t.num("PROTO=", uint32(proto))
	}
	return true
}

func (t *logText) tcp(off int, fragment bool) bool {
	t.str("PROTO=TCP ")
	if fragment {
		return true
	}
	b, ok := t.bytes(off, 20)
	if !ok {
		t.incomplete(off)
		return false
	}
	h := TCP(b)
	hl := h.DataOffset()
	t.num("SPT=", uint32(h.SrcPort()))
	t.num("DPT=", uint32(h.DstPort()))
	if t.flags&LogTCPSeq != 0 {
		t.num("SEQ=", h.Seq())
		t.num("ACK=", h.Ack())
	}
	t.num("WINDOW=", uint32(h.Window()))
	t.str("RES=0x")
	t.hex(uint64(h.Reserved()), 2)
	t.str(" ")
	for _, f := range logTCPFlags {
		if h.Flags()&f.bit != 0 {
			t.str(f.word)
			t.str(" ")
		}
	}
	t.num("URGP=", uint32(h.Urgent()))
	if t.flags&LogTCPOptions == 0 || hl <= 20 {
		return true
	}
	opts, ok := t.bytes(off+20, hl-20)
	if !ok {
		t.str("OPT (TRUNCATED)")
		return false
	}
	t.options(opts)
	return true
}

// logTCPFlags are the flag words in the kernel's order.
var logTCPFlags = [...]struct {
	bit  uint16
	word string
}{{AE, "AE"}, {CWR, "CWR"}, {ECE, "ECE"}, {URG, "URG"}, {ACK, "ACK"}, {PSH, "PSH"}, {RST, "RST"}, {SYN, "SYN"}, {FIN, "FIN"}}

func (t *logText) udp(proto uint8, off int, fragment bool) bool {
	if proto == ProtoUDP {
		t.str("PROTO=UDP ")
	} else {
		t.str("PROTO=UDPLITE ")
	}
	if fragment {
		return true
	}
	b, ok := t.bytes(off, 8)
	if !ok {
		t.incomplete(off)
		return false
	}
	h := UDP(b)
	t.num("SPT=", uint32(h.SrcPort()))
	t.num("DPT=", uint32(h.DstPort()))
	t.num("LEN=", uint32(h.Len()))
	return true
}

// logICMPNeeds is how many bytes an ICMP type must have before the kernel prints
// more than type and code.
func logICMPNeeds(typ uint8) int {
	switch typ {
	case ICMPUnreachable, ICMPSourceQuench, ICMPRedirect, ICMPTimeExceeded, ICMPParameter:
		return 28
	case 13, 14: // timestamp and its reply
		return 20
	case 17, 18: // address mask and its reply
		return 12
	}
	return 0
}

func (t *logText) icmp(ipOff, off int, fragment bool) {
	t.str("PROTO=ICMP ")
	if fragment {
		return
	}
	b, ok := t.bytes(off, 8)
	if !ok {
		t.incomplete(off)
		return
	}
	h := ICMP(b)
	typ, code, rest := h.Type(), h.Code(), h.Rest()
	t.num("TYPE=", uint32(typ))
	t.num("CODE=", uint32(code))
	if t.p.Length-off < logICMPNeeds(typ) {
		t.incomplete(off)
		return
	}
	switch typ {
	case ICMPEchoReply, ICMPEcho:
		t.num("ID=", rest>>16)
		t.num("SEQ=", rest&0xffff)
	case ICMPParameter:
		t.num("PARAMETER=", rest>>24)
	case ICMPRedirect:
		t.str("GATEWAY=")
		t.addr4(b[4:8])
		t.str(" ")
		t.quoted4(ipOff, off+8)
	case ICMPUnreachable, ICMPSourceQuench, ICMPTimeExceeded:
		t.quoted4(ipOff, off+8)
	}
	if typ == ICMPUnreachable && code == 4 {
		t.num("MTU=", rest&0xffff)
	}
}

// quoted4 writes the packet that an ICMP error carries; an error inside an error
// shows no further one.
func (t *logText) quoted4(ipOff, off int) {
	if ipOff != 0 {
		return
	}
	t.str("[")
	t.ipv4(off)
	t.str("] ")
}

// spi writes the SPI of an AH or ESP header of n bytes.
func (t *logText) spi(off, n, at int) {
	b, ok := t.bytes(off, n)
	if !ok {
		t.incomplete(off)
		return
	}
	t.str("SPI=0x")
	t.hex(uint64(be.Uint32(b[at:])), 1)
	t.str(" ")
}

func (t *logText) tail() {
	if t.flags&LogUID != 0 && t.p.Socket {
		t.num("UID=", t.p.UID)
		t.num("GID=", t.p.GID)
	}
	if t.p.Mark != 0 {
		t.str("MARK=0x")
		t.hex(uint64(t.p.Mark), 1)
		t.str(" ")
	}
}

// bytes returns n bytes at off if the packet on the wire had them; those that a
// capture cut are zero.
func (t *logText) bytes(off, n int) ([]byte, bool) {
	if off+n > t.p.Length && off+n > len(t.p.Data) {
		return nil, false
	}
	if off+n <= len(t.p.Data) {
		return t.p.Data[off : off+n], true
	}
	t.guessed = true
	t.zeros = [40]byte{}
	if off < len(t.p.Data) {
		copy(t.zeros[:n], t.p.Data[off:])
	}
	return t.zeros[:n], true
}

// incomplete writes how many bytes there are from off on; the kernel's count is
// unsigned, so a header that begins behind the end shows four billion.
func (t *logText) incomplete(off int) {
	t.str("INCOMPLETE [")
	t.dst = strconv.AppendUint(t.dst, uint64(uint32(t.p.Length-off)), 10)
	t.str(" bytes] ")
}

func (t *logText) options(b []byte) {
	t.str("OPT (")
	for _, c := range b {
		t.hexUpper(c)
	}
	t.str(") ")
}

func (t *logText) str(s string) { t.dst = append(t.dst, s...) }

func (t *logText) text(key, value string) {
	t.str(key)
	t.str(value)
	t.str(" ")
}

// num writes key, the number in decimal and a blank.
func (t *logText) num(key string, v uint32) {
	t.dst = append(t.dst, key...)
	t.dst = strconv.AppendUint(t.dst, uint64(v), 10)
	t.dst = append(t.dst, ' ')
}

const (
	lowerHex = "0123456789abcdef"
	upperHex = "0123456789ABCDEF"
)

// hex writes v in lower-case hexadecimal with at least width digits.
func (t *logText) hex(v uint64, width int) {
	for s := 60; s >= 0; s -= 4 {
		if v>>s != 0 || s/4 < width {
			t.dst = append(t.dst, lowerHex[v>>s&15])
		}
	}
}

func (t *logText) hexUpper(c byte) { t.dst = append(t.dst, upperHex[c>>4], upperHex[c&15]) }

func (t *logText) addr4(b []byte) {
	for i, c := range b[:4] {
		if i > 0 {
			t.dst = append(t.dst, '.')
		}
		t.dst = strconv.AppendUint(t.dst, uint64(c), 10)
	}
}

// addr6 writes all eight groups in full, as %pI6 does.
func (t *logText) addr6(b []byte) {
	for i, c := range b[:16] {
		if i > 0 && i&1 == 0 {
			t.dst = append(t.dst, ':')
		}
		t.dst = append(t.dst, lowerHex[c>>4], lowerHex[c&15])
	}
}
