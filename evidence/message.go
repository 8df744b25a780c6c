package evidence

import (
	"strconv"
	"strings"
	"time"

	"nfwhy/packet"
)

// Message is something that the kernel, or a program in its name, says of packets
// other than by a LOG rule.
type Message struct {
	Source, Text string
	// Topic says what it is about, one of the Topic constants.
	Topic string
	// Time, Host and Uptime are the line's; Uptime is valid iff HasUptime.
	Time      packet.LogTime
	Host      string
	Uptime    time.Duration
	HasUptime bool
	// Says is the message without what stands before it.
	Says string
	// Fields are the values in it, by names such as "dev", "source", "count".
	Fields map[string]string
	// Packet is the packet that it tells of, nil for none.
	Packet *packet.LogLine
	// Repeated is how often syslog says that the message came again.
	Repeated int
}

// The topics.
const (
	TopicTableFull    = "conntrack-table-full"
	TopicExpectFull   = "expectation-table-full"
	TopicMartian      = "martian"
	TopicInvalid      = "conntrack-invalid" // nf_conntrack_log_invalid
	TopicHelper       = "conntrack-helper"
	TopicLoaded       = "conntrack-loaded"
	TopicHashlimit    = "hashlimit-full"
	TopicRecent       = "recent"
	TopicSuppressed   = "suppressed" // messages left out by a rate limit
	TopicSynFlood     = "syn-flood"
	TopicNeighbour    = "neighbour-table-full"
	TopicChecksum     = "checksum"
	TopicQueue        = "queue-full"
	TopicRules        = "rules-refused" // the kernel refuses a rule
	TopicBridge       = "bridge-netfilter"
	TopicARP          = "arp"          // a packet of ARP, which iptables never sees
	TopicFrame        = "bridge-frame" // a line of ebtables, which is another firewall
	TopicNotPermitted = "not-permitted"
	TopicBoot         = "boot"
)

// messageForm is how a message is recognised: by its first words, and optionally
// more that must follow.
type messageForm struct {
	topic string
	words string
	more  string
	read  func(m *Message)
}

// messageForms are in the kernel's words (Linux 2.4 to 6.18).
var messageForms = []messageForm{
	{TopicTableFull, "nf_conntrack: table full", "", readNetns},
	{TopicTableFull, "ip_conntrack: table full", "", readNetns},
	{TopicTableFull, "nf_conntrack: nf_conntrack: table full", "", readNetns},
	{TopicExpectFull, "expectation table full", "", nil},
	{TopicMartian, "martian source ", " from ", readMartian},
	{TopicMartian, "martian destination ", " from ", readMartian},
	{TopicMartian, "ll header: ", "", readLinkHeader},
	{TopicHelper, "nf_ct_", ": ", nil},
	{TopicHelper, "nf_nat_", ": ", nil},
	{TopicHelper, "nf_conntrack: default automatic helper", "", nil},
	{TopicHelper, "nf_conntrack: automatic helper", "", nil},
	{TopicLoaded, "nf_conntrack version ", " buckets", readBuckets},
	{TopicHashlimit, "xt_hashlimit: max count of ", "", readCount},
	{TopicRecent, "xt_recent: ", "", nil},
	{TopicSuppressed, "callbacks suppressed", "", readSuppressed},
	{TopicSuppressed, "messages suppressed", "", readSuppressed},
	{TopicSynFlood, "ossible SYN flooding on port", "", readPort},
	{TopicNeighbour, "eighbour table overflow", "", nil},
	{TopicNeighbour, "neighbor table overflow", "", nil},
	{TopicChecksum, "bad checksum. From ", "", nil},
	{TopicChecksum, "hw csum failure", "", nil},
	{TopicQueue, "nf_queue: full at ", "", readCount},
	{TopicQueue, "nfnetlink_queue: ", " full", nil},
	{TopicRules, "x_tables: ", " match: ", nil},
	{TopicRules, "x_tables: ", " target: ", nil},
	{TopicRules, "_tables: ", " match: ", nil},
	{TopicRules, "_tables: ", " target: ", nil},
	{TopicBridge, "filtering via arp/ip/ip6tables is no longer available by default", "", nil},
	{TopicNotPermitted, "Operation not permitted", "send", nil},
	{TopicBoot, "Linux version ", "", readVersion},
}

// readMessage recognises a message.
func readMessage(s string) (Message, bool) {
	if !couldBeMessage(s) {
		return Message{}, false
	}
	for i := range messageForms {
		f := &messageForms[i]
		at := strings.Index(s, f.words)
		if at < 0 || !f.fits(s, at) {
			continue
		}
		m := Message{Topic: f.topic, Text: s, Fields: map[string]string{}}
		m.head(s, at)
		if f.read != nil {
			f.read(&m)
		}
		return m, true
	}
	return Message{}, false
}

// couldBeMessage keeps most prose away: every form has one of these.
func couldBeMessage(s string) bool {
	for _, w := range []string{"conntrack", "martian", "ll header", "nf_", "xt_", "_tables: ", "suppressed", "flooding", "table overflow", "bad checksum",
		"csum", "via arp", "not permitted", "Linux version ", "nfnetlink", "expectation"} {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// fits tells a message from talk about one: what stands before it must be the
// head that a log gives it.
func (f *messageForm) fits(s string, at int) bool {
	switch {
	case f.topic == TopicNotPermitted:
		return strings.Contains(s[:at], f.more) && strings.Contains(s, ": ") && hasHead(s)
	case !strings.Contains(s[at:], f.more):
		return false
	case f.topic == TopicMartian && strings.HasPrefix(f.words, "martian"):
		to, _, _ := strings.Cut(s[at+len(f.words):], " ")
		return strings.ContainsAny(to, ".:*<[")
	case f.topic == TopicBoot:
		return hasHead(s[:at]) || strings.HasPrefix(s, "Linux version ")
	case f.topic == TopicHelper && strings.HasPrefix(f.words, "nf_"):
		w, _, _ := strings.Cut(s[at:], ": ")
		return !strings.Contains(w, " ") && hasHead(s[:at])
	}
	return hasHead(s[:at]) || len(strings.TrimLeft(s[:at], " >\t`*-")) <= len("request_sock_TCP: P")+8
}

// hasHead reports whether a text before a message is one that a log has there: a
// colon or a bracket at its end.
func hasHead(head string) bool {
	return strings.Contains(head, ": ") || strings.Contains(head, "] ") || strings.Contains(head, "MESSAGE=")
}

// head reads time and host before the message. The head of a LOG line is read by
// package packet, so one is made with this head.
func (m *Message) head(s string, at int) {
	start := at
	for start > 0 && !endsHead(s[:start]) {
		start = strings.LastIndexByte(s[:start-1], ' ') + 1
	}
	m.Says = strings.TrimPrefix(strings.TrimSpace(s[start:]), "MESSAGE=")
	l, ok := packet.ParseLog(s[:start] + " IN=lo OUT= SRC=::1 DST=::1 PROTO=0")
	if !ok {
		return
	}
	m.Time, m.Host, m.Uptime, m.HasUptime = l.Time, l.Host, l.Uptime, l.HasUptime
}

// endsHead reports that a text ends as the head of a kernel's message does.
func endsHead(s string) bool {
	return strings.HasSuffix(s, "kernel: ") || strings.HasSuffix(s, "] ") || strings.HasSuffix(s, "]: ")
}

func readNetns(m *Message) {
	if _, rest, ok := strings.Cut(m.Says, "in netns "); ok {
		m.Fields["netns"], _, _ = strings.Cut(rest, ",")
	}
}

// readMartian reads "martian source 10.0.0.1 from 192.168.1.5, on dev eth0". The
// kernel names the destination first.
func readMartian(m *Message) {
	_, rest, _ := strings.Cut(m.Says, "martian ")
	w := strings.Fields(strings.ReplaceAll(rest, ",", " "))
	if len(w) > 0 {
		m.Fields["what"] = w[0]
	}
	for i := 1; i < len(w); i++ {
		switch {
		case i == 1:
			m.Fields["destination"] = w[i]
		case w[i-1] == "from":
			m.Fields["source"] = w[i]
		case w[i-1] == "dev":
			m.Fields["dev"] = w[i]
		}
	}
}

func readLinkHeader(m *Message) {
	_, rest, _ := strings.Cut(m.Says, "ll header: ")
	rest = strings.TrimPrefix(rest, "00000000: ")
	rest, _, _ = strings.Cut(rest, "  ")
	m.Fields["link"] = strings.TrimSpace(rest)
}

func readBuckets(m *Message) {
	_, rest, _ := strings.Cut(m.Says, "(")
	w := strings.Fields(strings.ReplaceAll(strings.Trim(rest, ")"), ",", ""))
	for i := 0; i+1 < len(w); i++ {
		switch w[i+1] {
		case "buckets", "max":
			m.Fields[w[i+1]] = strings.Trim(w[i], "()")
		}
	}
}

// readCount takes the first number.
func readCount(m *Message) {
	for _, w := range strings.Fields(m.Says) {
		if n, err := strconv.Atoi(w); err == nil && n >= 0 {
			m.Fields["count"] = w
			return
		}
	}
}

func readSuppressed(m *Message) {
	readCount(m)
	if by, _, ok := strings.Cut(m.Says, ":"); ok {
		m.Fields["by"] = by
	}
}

func readPort(m *Message) {
	_, rest, _ := strings.Cut(m.Says, "on port ")
	port, _, _ := strings.Cut(rest, " ")
	m.Fields["port"] = strings.Trim(port, ".,")
}

func readVersion(m *Message) {
	_, rest, _ := strings.Cut(m.Says, "Linux version ")
	m.Fields["version"], _, _ = strings.Cut(rest, " ")
}

// invalidMessage recognises what nf_conntrack_log_invalid writes: a reason and
// the packet in the form of a LOG line.
func invalidMessage(s string, l *packet.LogLine) (Message, bool) {
	i := strings.Index(l.Prefix, "nf_ct_")
	if i < 0 {
		return Message{}, false
	}
	m := Message{Topic: TopicInvalid, Text: s, Time: l.Time, Host: l.Host, Uptime: l.Uptime, HasUptime: l.HasUptime,
		Says: strings.TrimSpace(l.Prefix[i:]), Fields: map[string]string{}, Repeated: l.Repeated}
	line := *l
	m.Packet = &line
	by, why, _ := strings.Cut(m.Says, ":")
	m.Fields["by"], m.Fields["reason"] = by, strings.TrimSpace(why)
	return m, true
}

// readBridgeLine recognises lines that are of no IP packet, or of a firewall that
// is not iptables: ARP as nf_log_arp writes it (net/netfilter/nf_log_syslog.c,
// Linux 6.18: dump_arp_packet) and as ebtables does (ebt_log.c), and ebtables' of
// IP packets.
func readBridgeLine(s string) (Message, bool) {
	i := strings.Index(s, "IN=")
	if i < 0 || strings.Contains(s[i:], " LEN=") { // which every line of LOG has
		return Message{}, false
	}
	tail := s[i:]
	arp := strings.Contains(tail, " ARP HTYPE=")
	if !arp && !strings.Contains(tail, " MAC source = ") {
		return Message{}, false
	}
	m := Message{Topic: TopicFrame, Text: s, Fields: map[string]string{}}
	if arp || strings.Contains(tail, "proto = 0x0806") {
		m.Topic = TopicARP
	}
	m.Says = tail
	if l, ok := packet.ParseLog(s[:i] + "IN=lo OUT= SRC=::1 DST=::1 PROTO=0"); ok {
		m.Time, m.Host, m.Uptime, m.HasUptime, m.Repeated = l.Time, l.Host, l.Uptime, l.HasUptime, l.Repeated
		m.Fields["PREFIX"] = l.Prefix
	}
	for _, f := range bridgeFields {
		if v, ok := afterKey(tail, f.text); ok {
			m.Fields[f.key] = v
		}
	}
	return m, true
}

// bridgeFields are the fields of ARP and ebtables lines.
var bridgeFields = []struct{ text, key string }{
	{"IN=", "IN"}, {"OUT=", "OUT"}, {" HTYPE=", "HTYPE"}, {" PTYPE=", "PTYPE"}, {" OPCODE=", "OPCODE"},
	{" MACSRC=", "MACSRC"}, {" IPSRC=", "IPSRC"}, {" MACDST=", "MACDST"}, {" IPDST=", "IPDST"},
	{"MAC source = ", "MACSRC"}, {"MAC dest = ", "MACDST"}, {" proto = ", "MACPROTO"},
	{"ARP MAC SRC=", "MACSRC"}, {"ARP IP SRC=", "IPSRC"}, {"ARP MAC DST=", "MACDST"}, {"ARP IP DST=", "IPDST"},
	{" IP SRC=", "IPSRC"}, {" IP DST=", "IPDST"}, {"IP tos=", "TOS"}, {"IP proto=", "PROTO"}, {" SPT=", "SPT"}, {" DPT=", "DPT"},
}

func afterKey(s, key string) (string, bool) {
	i := strings.Index(s, key)
	if i < 0 {
		return "", false
	}
	s = s[i+len(key):]
	if j := strings.IndexByte(s, ' '); j >= 0 {
		s = s[:j]
	}
	return strings.TrimRight(s, ","), true
}

// keepMessage keeps the first messages.
func (e *Evidence) keepMessage(m *Message) {
	e.events++
	if len(e.Messages) < maxMessages {
		e.Messages = append(e.Messages, *m)
	}
}
