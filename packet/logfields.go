package packet

import (
	"net/netip"
	"strconv"
	"strings"
)

// set takes one field of the line. colon says that it was written KEY:value.
func (l *LogLine) set(key, value string, colon bool) {
	value, words := l.trim(key, value)
	l.Pairs = append(l.Pairs, LogPair{key, value})
	if words != "" {
		l.flagWords(words)
	}
	if colon {
		l.setFragment(key, value)
		return
	}
	switch key {
	case "IN":
		l.In = value
	case "OUT":
		l.Out = value
	case "PHYSIN":
		l.PhysIn = value
	case "PHYSOUT":
		l.PhysOut = value
	case "MAC":
		l.MAC = value
	case "SRC":
		l.SrcText = value
		l.Src = l.addr(FieldSrc, value)
	case "DST":
		l.DstText = value
		l.Dst = l.addr(FieldDst, value)
	case "GATEWAY":
		l.GatewayText = value
		l.Gateway = l.addr(FieldGateway, value)
	case "PROTO":
		l.setProto(value)
	default:
		l.setNumber(key, value)
	}
}

// trim splits punctuation and flag words that lost their blank off a number.
func (l *LogLine) trim(key, value string) (number, words string) {
	base := keyBase(key)
	if base == 0 || value == "" {
		return value, ""
	}
	_, n, ok := logNumber(value, base)
	if !ok || n == len(value) {
		return value, ""
	}
	rest := strings.TrimRight(value[n:], ".,;:)]}'\"`")
	if rest == "" {
		return value[:n], ""
	}
	if flagOnly(rest) {
		l.damaged("no blank before " + rest)
		return value[:n], rest
	}
	return value, ""
}

func flagOnly(s string) bool {
	var probe LogLine
	return probe.flagWords(s)
}

// keyBase is the base that the kernel writes a key's number in, 0 for text.
func keyBase(key string) int {
	switch key {
	case "LEN", "TTL", "ID", "TC", "HOPLIMIT", "FLOWLBL", "SPT", "DPT", "SEQ", "ACK", "WINDOW", "URGP", "TYPE", "CODE", "PARAMETER", "MTU",
		"UID", "GID", "VID", "FRAG":
		return 10
	case "TOS", "PREC", "RES", "SPI", "MARK", "POINTER", "VPROTO", "MACPROTO":
		return 16
	}
	return 0
}

// logNumber reads a number at the start of s; hexadecimal ones may have 0x, and
// TOS, PREC and RES have two digits.
func logNumber(s string, base int) (v uint64, n int, ok bool) {
	if base == 16 && strings.HasPrefix(s, "0x") {
		n = 2
	}
	first := n
	for n < len(s) && n-first < 12 {
		d := unhexDigit(s[n])
		if d < 0 || d >= base {
			break
		}
		if base == 16 && first == 2 && n-first == 2 && flagOnly(strings.TrimRight(s[n:], ".,;:)]}'\"`")) {
			break
		}
		v = v*uint64(base) + uint64(d)
		n++
	}
	return v, n, n > first
}

func unhexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// number reads a whole value; a blanked one is no damage, a wrong one is.
func (l *LogLine) number(key, value string, base, bits int) (uint64, bool) {
	v, n, ok := logNumber(value, base)
	if ok && n == len(value) && v>>bits == 0 {
		return v, true
	}
	l.damaged(key + "=" + strconv.Quote(clip(value)) + " is no number that " + key + " can have")
	return 0, false
}

// setFragment takes FRAG: and ID:. IPv4 counts the offset in units of 8 bytes;
// for IPv6 it is an extension header and counts bytes.
func (l *LogLine) setFragment(key, value string) {
	if key == "ID" {
		if v, err := strconv.ParseUint(value, 16, 32); err == nil {
			l.FragID = uint32(v)
			l.Has |= FieldFragID
			if n := len(l.extensions); n > 0 {
				l.extensions[n-1].id = l.FragID
			}
		}
		return
	}
	var e logExtension
	if value == "TRUNCATED" {
		e.cut = true
	} else if v, ok := l.number(key, value, 10, 16); ok {
		e.off = int(v)
		l.FragOff = e.off * 8
		l.Has |= FieldFragOff
	}
	if l.Has&FieldFlowLabel == 0 {
		return
	}
	l.FragOff = e.off
	if n := len(l.extensions); n > 0 && l.extensions[n-1].listed && l.extensions[n-1].open {
		e.listed = true
		l.extensions = l.extensions[:n-1]
	}
	e.proto = ProtoFragment
	l.extensions = append(l.extensions, e)
}

func (l *LogLine) setProto(value string) {
	p, ok := logProto(value)
	if !ok {
		l.damaged("PROTO=" + strconv.Quote(clip(value)) + " is no protocol")
		return
	}
	l.Proto = p
	l.Has |= FieldProto
}

func logProto(value string) (uint8, bool) {
	switch value {
	case "TCP":
		return ProtoTCP, true
	case "UDP":
		return ProtoUDP, true
	case "ICMP":
		return ProtoICMP, true
	case "ICMPv6":
		return ProtoICMPv6, true
	case "UDPLITE":
		return ProtoUDPLite, true
	case "AH":
		return ProtoAH, true
	case "ESP":
		return ProtoESP, true
	}
	v, err := strconv.ParseUint(value, 10, 8)
	return uint8(v), err == nil
}

// setNumber takes a field that is a number. A key that comes twice belongs to
// the IP header first and to the transport header behind PROTO=.
func (l *LogLine) setNumber(key, value string) {
	behind := l.Has&FieldProto != 0
	width := 16
	switch key {
	case "TOS", "PREC", "TTL", "TC", "HOPLIMIT", "RES", "TYPE", "CODE":
		width = 8
	case "FLOWLBL", "SEQ", "ACK", "MTU", "PARAMETER", "POINTER", "SPI", "UID", "GID", "MARK":
		width = 32
	}
	base := keyBase(key)
	if base == 0 {
		return
	}
	v, ok := l.number(key, value, base, width)
	if !ok {
		return
	}
	switch key {
	case "LEN":
		if behind {
			l.UDPLen = int(v)
			l.Has |= FieldUDPLen
		} else {
			l.Len = int(v)
			l.Has |= FieldLen
		}
	case "TOS":
		l.TOS = uint8(v)
		l.Has |= FieldTOS
	case "PREC":
		l.Prec = uint8(v)
		l.Has |= FieldPrec
	case "TTL", "HOPLIMIT":
		l.TTL = uint8(v)
		l.Has |= FieldTTL
	case "ID":
		if behind {
			l.ICMPID = uint16(v)
			l.Has |= FieldICMPID
		} else {
			l.ID = uint16(v)
			l.Has |= FieldID
		}
	case "TC":
		l.TrafficClass = uint8(v)
		l.Has |= FieldTrafficClass
	case "FLOWLBL":
		l.FlowLabel = uint32(v)
		l.Has |= FieldFlowLabel
	case "SPT":
		l.SrcPort = uint16(v)
		l.Has |= FieldSrcPort
	case "DPT":
		l.DstPort = uint16(v)
		l.Has |= FieldDstPort
	case "SEQ":
		if l.Proto == ProtoTCP {
			l.Seq = uint32(v)
			l.Has |= FieldSeq
		} else {
			l.ICMPSeq = uint16(v)
			l.Has |= FieldICMPSeq
		}
	case "ACK":
		l.Ack = uint32(v)
		l.Has |= FieldAck
	case "WINDOW":
		l.Window = uint16(v)
		l.Has |= FieldWindow
	case "RES":
		l.Reserved = uint8(v)
		l.Has |= FieldReserved | FieldTCPFlags
	case "URGP":
		l.Urgent = uint16(v)
		l.Has |= FieldUrgent
	case "TYPE":
		l.Type = uint8(v)
		l.Has |= FieldType
	case "CODE":
		l.Code = uint8(v)
		l.Has |= FieldCode
	case "MTU":
		l.MTU = uint32(v)
		l.Has |= FieldMTU
	case "PARAMETER", "POINTER":
		l.Parameter = uint32(v)
		l.Has |= FieldParameter
	case "SPI":
		l.setSPI(uint32(v))
	case "UID":
		l.UID = uint32(v)
		l.Has |= FieldUID
	case "GID":
		l.GID = uint32(v)
		l.Has |= FieldGID
	case "MARK":
		l.Mark = uint32(v)
		l.Has |= FieldMark
	case "VID":
		l.VLAN = uint16(v)
		l.Has |= FieldVLAN
	case "VPROTO":
		l.VLANProto = uint16(v)
	}
}

func (l *LogLine) setSPI(v uint32) {
	if n := len(l.extensions); n > 0 && l.Has&FieldProto == 0 {
		l.extensions[n-1].spi = v
		return
	}
	l.SPI = v
	l.Has |= FieldSPI
}

// addr reads an address; one that is blanked out stays invalid.
func (l *LogLine) addr(f Mask, value string) netip.Addr {
	a, err := netip.ParseAddr(value)
	if err != nil || a.Zone() != "" {
		return netip.Addr{}
	}
	l.Has |= f
	return a
}

// readMAC makes the link header's bytes from MAC= or from the decoded form.
func (l *LogLine) readMAC() {
	var src, dst, proto string
	for _, p := range l.Pairs {
		switch p.Key {
		case "MAC":
			l.Link = l.hexBytes(p.Value)
		case "MACSRC":
			src = p.Value
		case "MACDST":
			dst = p.Value
		case "MACPROTO":
			proto = p.Value
		}
	}
	if src != "" && dst != "" && len(proto) == 4 {
		l.Link = l.hexBytes(dst + ":" + src + ":" + proto[:2] + ":" + proto[2:])
	}
	if l.Link != nil {
		l.Has |= FieldMAC
	}
}

// hexBytes reads bytes in hexadecimal with colons between; nil when they are
// something else.
func (l *LogLine) hexBytes(s string) []byte {
	if len(s)%3 != 2 {
		return nil
	}
	b := make([]byte, 0, len(s)/3+1)
	for i := 0; i < len(s); i += 3 {
		hi, lo := unhexDigit(s[i]), unhexDigit(s[i+1])
		if hi < 0 || lo < 0 || i+2 < len(s) && s[i+2] != ':' {
			return nil
		}
		b = append(b, byte(hi<<4|lo))
	}
	return b
}
