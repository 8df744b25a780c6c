package evidence

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"nfwhy/packet"
)

// journalEntry is what the fields of journalctl -o export before a message tell.
type journalEntry struct {
	open     bool
	realtime int64 // microseconds
	host     string
}

// line takes a line of an entry that is not its message.
func (j *journalEntry) line(s string) bool {
	if s == "" || s[0] != '_' && !j.open {
		if s == "" {
			*j = journalEntry{}
		}
		return false
	}
	key, value, ok := strings.Cut(s, "=")
	if !ok || !journalKey(key) {
		return false
	}
	switch key {
	case "__CURSOR":
		*j = journalEntry{open: true}
	case "__REALTIME_TIMESTAMP":
		j.realtime, _ = strconv.ParseInt(value, 10, 64)
		j.open = true
	case "_HOSTNAME":
		j.host = value
	}
	return j.open
}

func journalKey(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c != '_' && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// dress gives a line of an entry the entry's time and host.
func (j *journalEntry) dress(l *packet.LogLine) {
	if !j.open {
		return
	}
	l.Host = j.host
	if j.realtime <= 0 || j.realtime >= 1<<52 {
		return
	}
	t := time.UnixMicro(j.realtime).UTC()
	l.Time = packet.LogTime{Year: t.Year(), Month: int(t.Month()), Day: t.Day(), Hour: t.Hour(), Minute: t.Minute(), Second: t.Second(),
		Nano: t.Nanosecond(), HasZone: true, Text: strconv.FormatInt(j.realtime, 10)}
}

// couldBeJSON recognises a line of a log in JSON.
func couldBeJSON(s string) bool {
	return strings.HasPrefix(strings.TrimLeft(s, " \t>"), "{") && strings.Contains(s, `"oob.`)
}

// ulogd reads a line of ulogd's JSON output by writing it as its LOGEMU output
// would be.
func (r *logReader) ulogd(no int, s string) bool {
	var f map[string]any
	if json.Unmarshal([]byte(strings.TrimLeft(s, " \t>")), &f) != nil {
		return false
	}
	l, ok := packet.ParseLog(ulogdLine(f))
	if !ok {
		return false
	}
	l.Dress = ""
	r.last = Log{Source: place(r.name, no), Text: s, Line: l}
	r.waiting = true
	r.flush()
	return true
}

// ulogdFields are ulogd's keys of numbers (ulogd2 2.0.8, BASE and JSON plugins)
// by the kernel's, in the kernel's order.
var ulogdFields = []struct{ ours, theirs string }{
	{"LEN", "ip.totlen"}, {"TTL", "ip.ttl"}, {"HOPLIMIT", "ip6.hoplimit"}, {"ID", "ip.id"},
}

var ulogdPorts = []struct{ ours, theirs string }{
	{"SPT", "src_port"}, {"DPT", "dest_port"}, {"LEN", "udp.len"}, {"TYPE", "icmp.type"}, {"CODE", "icmp.code"}, {"TYPE", "icmpv6.type"},
	{"CODE", "icmpv6.code"}, {"ID", "icmp.echoid"}, {"SEQ", "icmp.echoseq"}, {"WINDOW", "tcp.window"},
}

// ulogdLine writes the fields of a JSON line as a LOG line.
func ulogdLine(f map[string]any) string {
	str := func(key string) string {
		switch v := f[key].(type) {
		case string:
			return v
		case float64:
			return strconv.FormatFloat(v, 'f', -1, 64)
		}
		return ""
	}
	var b strings.Builder
	if t := str("timestamp"); t != "" {
		fmt.Fprintf(&b, "%s %s kernel: ", t, or(str("dvc"), "-"))
	}
	fmt.Fprintf(&b, "%sIN=%s OUT=%s MAC=%s SRC=%s DST=%s ", str("oob.prefix"), str("oob.in"), str("oob.out"), str("raw.mac"), str("src_ip"), str("dest_ip"))
	put := func(list []struct{ ours, theirs string }) {
		for _, k := range list {
			if v := str(k.theirs); v != "" {
				fmt.Fprintf(&b, "%s=%s ", k.ours, v)
			}
		}
	}
	if n, err := strconv.Atoi(str("ip.tos")); err == nil && n >= 0 && n < 256 {
		fmt.Fprintf(&b, "TOS=0x%02X PREC=0x%02X ", n&0x1e, n&0xe0)
	}
	put(ulogdFields)
	proto, _ := strconv.Atoi(or(str("ip.protocol"), str("ip6.nexthdr")))
	fmt.Fprintf(&b, "PROTO=%s ", or(map[int]string{1: "ICMP", 6: "TCP", 17: "UDP", 58: "ICMPv6", 136: "UDPLITE"}[proto], strconv.Itoa(proto)))
	put(ulogdPorts)
	if proto == packet.ProtoTCP {
		b.WriteString("RES=0x00 ")
		b.WriteString(ulogdFlags(f))
		b.WriteString("URGP=" + or(str("tcp.urgp"), "0") + " ")
	}
	if m := str("oob.mark"); m != "" && m != "0" {
		if n, err := strconv.ParseUint(m, 10, 32); err == nil {
			fmt.Fprintf(&b, "MARK=0x%x ", n)
		}
	}
	return b.String()
}

func ulogdFlags(f map[string]any) string {
	var on []string
	for _, w := range []string{"urg", "ack", "psh", "rst", "syn", "fin"} {
		if v, ok := f["tcp."+w]; ok && v != float64(0) && v != false && v != "0" {
			on = append(on, strings.ToUpper(w))
		}
	}
	if len(on) == 0 {
		return ""
	}
	return strings.Join(on, " ") + " "
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
