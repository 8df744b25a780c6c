package packet

import (
	"math/bits"
	"net/netip"
	"strings"
	"time"
)

// LogLine is one line of the kernel's LOG target as found in a file, a journal
// or a forum post: the dress that syslog and people put around it, the prefix,
// and the fields. [ParseLog] makes it.
//
// A field that people blank out (108.162.[edited], x.x.x.x, <ip>) is kept as
// written and counts as present without a value: its key is in Pairs, its bit is
// not in Has.
type LogLine struct {
	// Dress is the text in front of Prefix as it was, Rest what stands behind
	// the last field.
	Dress, Rest string
	Time        LogTime
	Host        string
	Tag         string // who wrote the line: "kernel", "ulogd", "" when not said
	// Uptime is the kernel's own timestamp, the 81795.100496 in brackets; valid
	// iff HasUptime.
	Uptime    time.Duration
	HasUptime bool
	// Repeated is the N of "message repeated N times", else 0.
	Repeated int

	// Prefix is the rule's prefix, with its trailing blank if it has one.
	Prefix string
	// Pairs are the fields in the order of the line, with the kernel's own keys
	// and the values as written. Brackets are left out: FRAG:185 has the value
	// "185", OPT (0204) "0204", INCOMPLETE [8 bytes] "8".
	Pairs []LogPair
	// Flags are the words without a value, in order: CE DF MF, AE ... FIN,
	// TRUNCATED.
	Flags []string
	// Has says which of the values below the line gives.
	Has Mask
	// Inner is the packet that an ICMP error quotes, nil for none.
	Inner *LogLine
	// Damaged says in words what is wrong with the line's text.
	Damaged []string

	In, Out, PhysIn, PhysOut string
	// MAC is MAC= as written; MACSRC, MACDST and MACPROTO of --log-macdecode are
	// in Pairs, and in Link like MAC's bytes.
	MAC             string
	Link            []byte // the link header, valid iff FieldMAC
	VLAN, VLANProto uint16

	Family           Family // 0 when the line does not tell
	SrcText, DstText string // as written, blanked or not
	Src, Dst         netip.Addr
	Len              int
	TOS, Prec        uint8 // the two parts that LOG prints of the TOS byte
	TTL              uint8 // TTL or HOPLIMIT
	ID               uint16
	FragOff          int    // in bytes
	FragID           uint32 // IPv6
	TrafficClass     uint8
	FlowLabel        uint32
	IPOptions        []byte
	Proto            uint8

	SrcPort, DstPort uint16
	UDPLen           int
	Seq, Ack         uint32
	Window, Urgent   uint16
	Reserved         uint8 // RES as written
	TCPFlags         uint16
	TCPOptions       []byte

	Type, Code       uint8
	ICMPID, ICMPSeq  uint16
	MTU              uint32
	GatewayText      string
	Gateway          netip.Addr
	Parameter        uint32 // PARAMETER or POINTER
	SPI              uint32
	Incomplete       int // bytes left of a header that is cut
	UID, GID         uint32
	Mark             uint32
	optionsTruncated bool
	extensions       []logExtension
}

// LogPair is one field of a line as written.
type LogPair struct{ Key, Value string }

// logExtension is one IPv6 extension header that a line shows.
type logExtension struct {
	proto  uint8 // ProtoFragment, ProtoAH, ProtoESP; ProtoDstOpts for those shown as "OPT ( )"
	off    int   // of a fragment
	more   bool
	id     uint32
	spi    uint32
	listed bool // among OPT ( )
	open   bool // its bracket is not closed
	cut    bool // a fragment header of fewer than 8 bytes
}

// Mask is a set of fields of a packet and its line.
type Mask uint64

// The fields. In [LogLine].Has they say what the line gives; in the result of
// [LogLine.Packet] what it leaves open.
const (
	FieldMAC Mask = 1 << iota
	FieldVLAN
	FieldSrc
	FieldDst
	FieldLen
	FieldTOS
	FieldPrec
	FieldTTL
	FieldID
	FieldFragOff
	FieldFragID
	FieldTrafficClass
	FieldFlowLabel
	FieldIPOptions
	FieldProto
	FieldSrcPort
	FieldDstPort
	FieldUDPLen
	FieldSeq
	FieldAck
	FieldTCPFlags
	FieldReserved
	FieldWindow
	FieldUrgent
	FieldTCPOptions
	FieldType
	FieldCode
	FieldICMPID
	FieldICMPSeq
	FieldMTU
	FieldGateway
	FieldParameter
	FieldSPI
	FieldIncomplete
	FieldUID
	FieldGID
	FieldMark
	FieldInner       // the packet quoted by an ICMP error
	FieldPayload     // bytes behind the transport header
	FieldChecksums   // transport checksum
	FieldTOSBit      // lowest bit of the TOS byte, which LOG never prints
	FieldExtensions  // IPv6 extension headers that the line does not show
	FieldICMPRest    // second word of an ICMP header
	FieldIPsecHeader // AH and ESP beyond the SPI
)

var fieldNames = [...]string{"MAC", "VLAN", "SRC", "DST", "LEN", "TOS", "PREC", "TTL", "ID", "FRAG", "fragment ID", "TC", "FLOWLBL", "IP options",
	"PROTO", "SPT", "DPT", "UDP length", "SEQ", "ACK", "TCP flags", "RES", "WINDOW", "URGP", "TCP options", "TYPE", "CODE", "ICMP ID", "ICMP SEQ",
	"MTU", "GATEWAY", "PARAMETER", "SPI", "INCOMPLETE", "UID", "GID", "MARK", "quoted packet", "payload", "checksum", "TOS bit 0",
	"extension headers", "ICMP rest", "IPsec header"}

// String lists the fields by name.
func (m Mask) String() string {
	var names []string
	for ; m != 0; m &= m - 1 {
		if i := bits.TrailingZeros64(uint64(m)); i < len(fieldNames) {
			names = append(names, fieldNames[i])
		}
	}
	return strings.Join(names, ", ")
}

// Known reports whether the line gives all the fields of m.
func (l *LogLine) Known(m Mask) bool { return l.Has&m == m }

// LogFlags returns the options that the rule which wrote the line must have had.
// An option that shows nothing for this packet is not in it.
func (l *LogLine) LogFlags() LogFlags {
	var f LogFlags
	for _, p := range l.Pairs {
		switch p.Key {
		case "ACK":
			f |= LogTCPSeq
		case "UID", "GID":
			f |= LogUID
		case "MACSRC", "MACDST", "MACPROTO":
			f |= LogMACDecode
		}
	}
	if l.Has&FieldTCPOptions != 0 || l.optionsTruncated {
		f |= LogTCPOptions
	}
	if l.Has&FieldIPOptions != 0 || l.hasFlag("TRUNCATED") && l.Family == IPv4 {
		f |= LogIPOptions
	}
	for _, e := range l.extensions {
		if e.listed {
			f |= LogIPOptions
		}
	}
	if l.Inner != nil {
		f |= l.Inner.LogFlags()
	}
	return f
}

func (l *LogLine) hasFlag(word string) bool {
	for _, f := range l.Flags {
		if f == word {
			return true
		}
	}
	return false
}

// Fields returns the line's fields under the kernel's own keys, values as
// written, for JSON: flags as a list in FLAGS, the text before IN= in PREFIX, a
// quoted packet in INNER. Where the kernel uses a key twice the second one is
// named: UDPLEN for LEN, ICMPID for ID, IPOPT for the OPT of the IP header.
func (l *LogLine) Fields() map[string]any {
	m := make(map[string]any, len(l.Pairs)+3)
	proto := false
	for _, p := range l.Pairs {
		key := p.Key
		switch {
		case key == "PROTO":
			proto = true
		case key == "OPT" && !proto:
			key = "IPOPT"
		case key == "LEN" && proto:
			key = "UDPLEN"
		case key == "ID" && proto:
			key = "ICMPID"
		}
		if _, twice := m[key]; !twice {
			m[key] = p.Value
		}
	}
	m["FLAGS"] = append([]string{}, l.Flags...)
	if l.Inner != nil {
		m["INNER"] = l.Inner.Fields()
	}
	if _, outer := m["IN"]; outer {
		m["PREFIX"] = l.Prefix
	}
	return m
}

// LogTime is a line's timestamp as far as it is written: what is not known is
// zero. Syslog's old form (RFC 3164) has no year and no zone.
type LogTime struct {
	Year, Month, Day, Hour, Minute, Second, Nano int
	// Zone is the offset from UTC in seconds; valid iff HasZone.
	Zone    int
	HasZone bool
	// Text is the stamp as written, "" for none.
	Text string
}

// In returns the instant, with what the line does not say taken from year and
// loc. Without a stamp it is 0.
func (t LogTime) In(year int, loc *time.Location) Time {
	if t.Text == "" {
		return 0
	}
	if t.Year != 0 {
		year = t.Year
	}
	if t.HasZone {
		loc = time.FixedZone("", t.Zone)
	}
	month, day := max(t.Month, 1), max(t.Day, 1)
	return Time(time.Date(year, time.Month(month), day, t.Hour, t.Minute, t.Second, t.Nano, loc).UnixNano())
}
