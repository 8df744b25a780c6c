package conntrack

import (
	"fmt"
	"strconv"
	"strings"

	"nfwhy/packet"
)

// TimeoutList are one protocol's timeouts in seconds, indexed by its states.
//
//	TCP      by TCP state: 1 SYN_SENT ... 9 SYN_SENT2, then 10 max_retrans, 11 unacknowledged
//	UDP, GRE 0 unreplied, 1 replied (stream)
//	SCTP     by SCTP state: 1 CLOSED ... 8 HEARTBEAT_SENT
//	others   0
type TimeoutList [12]uint32

// Indexes of the two TCP timeouts that belong to no state.
const (
	timeoutRetrans = 10
	timeoutUnacked = 11
)

// Timeouts are the timeouts of all protocols.
type Timeouts struct {
	TCP, UDP, SCTP, GRE, ICMP, ICMPv6, Generic TimeoutList
}

// For returns the list that holds for a protocol number.
func (t *Timeouts) For(proto uint8) *TimeoutList {
	switch proto {
	case packet.ProtoTCP:
		return &t.TCP
	case packet.ProtoUDP, packet.ProtoUDPLite:
		return &t.UDP
	case packet.ProtoICMP:
		return &t.ICMP
	case packet.ProtoICMPv6:
		return &t.ICMPv6
	case packet.ProtoSCTP:
		return &t.SCTP
	case packet.ProtoGRE:
		return &t.GRE
	}
	return &t.Generic
}

// Sysctl are the settings under net.netfilter.nf_conntrack_*. The zero value is
// not useful; start from [DefaultSysctl].
type Sysctl struct {
	Max       uint32 // nf_conntrack_max; 0 means no limit
	Buckets   uint32 // nf_conntrack_buckets
	ExpectMax uint32 // nf_conntrack_expect_max

	Checksum   bool  // nf_conntrack_checksum
	Acct       bool  // nf_conntrack_acct
	Timestamp  bool  // nf_conntrack_timestamp
	Events     uint8 // nf_conntrack_events
	LogInvalid uint8 // nf_conntrack_log_invalid: 0 off, 255 all, else a protocol

	TCPLoose            bool  // nf_conntrack_tcp_loose
	TCPBeLiberal        bool  // nf_conntrack_tcp_be_liberal
	TCPIgnoreInvalidRST bool  // nf_conntrack_tcp_ignore_invalid_rst
	TCPMaxRetrans       uint8 // nf_conntrack_tcp_max_retrans

	Timeouts Timeouts

	Frag6Timeout    uint32 // nf_conntrack_frag6_timeout
	Frag6LowThresh  uint32 // nf_conntrack_frag6_low_thresh
	Frag6HighThresh uint32 // nf_conntrack_frag6_high_thresh
}

// DefaultSysctl returns the settings of a fresh Linux 6.18 with more than 4 GiB
// of memory.
func DefaultSysctl() Sysctl {
	return Sysctl{
		Max: 262144, Buckets: 262144, ExpectMax: 4096,
		Checksum: true, Events: 2,
		TCPLoose: true, TCPMaxRetrans: 3,
		Timeouts: Timeouts{
			TCP: TimeoutList{
				tcpSynSent: 120, tcpSynRecv: 60, tcpEstablished: 432000, tcpFinWait: 120, tcpCloseWait: 60,
				tcpLastAck: 30, tcpTimeWait: 120, tcpClose: 10, tcpSynSent2: 120,
				timeoutRetrans: 300, timeoutUnacked: 300,
			},
			UDP:     TimeoutList{30, 120},
			GRE:     TimeoutList{30, 180},
			ICMP:    TimeoutList{30},
			ICMPv6:  TimeoutList{30},
			Generic: TimeoutList{600},
			SCTP: TimeoutList{
				sctpClosed: 10, sctpCookieWait: 3, sctpCookieEchoed: 3, sctpEstablished: 210,
				sctpShutdownSent: 3, sctpShutdownRecd: 3, sctpShutdownAckSent: 3, sctpHeartbeatSent: 30,
			},
		},
		Frag6Timeout: 60, Frag6LowThresh: 3145728, Frag6HighThresh: 4194304,
	}
}

// knob is one sysctl: its name behind "nf_conntrack_" and where it is kept. max
// is the largest value the kernel takes.
type knob struct {
	name string
	max  uint32
	num  func(*Sysctl) *uint32
	byt  func(*Sysctl) *uint8
	flag func(*Sysctl) *bool
}

const maxInt = 1<<31 - 1

// maxSeconds is the largest timeout the kernel stores (it counts ticks in an int).
const maxSeconds = maxInt / packet.JiffyHz

func timeoutKnob(name string, f func(*Timeouts) *uint32) knob {
	return knob{name: name, max: maxSeconds, num: func(s *Sysctl) *uint32 { return f(&s.Timeouts) }}
}

func tcpKnob(name string, i int) knob {
	return timeoutKnob("tcp_timeout_"+name, func(t *Timeouts) *uint32 { return &t.TCP[i] })
}

func sctpKnob(name string, i int) knob {
	return timeoutKnob("sctp_timeout_"+name, func(t *Timeouts) *uint32 { return &t.SCTP[i] })
}

func flagKnob(name string, f func(*Sysctl) *bool) knob {
	return knob{name: name, max: 1, flag: f}
}

func numKnob(name string, f func(*Sysctl) *uint32) knob {
	return knob{name: name, max: maxInt, num: f}
}

// knobs lists every sysctl once, sorted by name.
var knobs = []knob{
	flagKnob("acct", func(s *Sysctl) *bool { return &s.Acct }),
	numKnob("buckets", func(s *Sysctl) *uint32 { return &s.Buckets }),
	flagKnob("checksum", func(s *Sysctl) *bool { return &s.Checksum }),
	{name: "events", max: 2, byt: func(s *Sysctl) *uint8 { return &s.Events }},
	numKnob("expect_max", func(s *Sysctl) *uint32 { return &s.ExpectMax }),
	numKnob("frag6_high_thresh", func(s *Sysctl) *uint32 { return &s.Frag6HighThresh }),
	numKnob("frag6_low_thresh", func(s *Sysctl) *uint32 { return &s.Frag6LowThresh }),
	{name: "frag6_timeout", max: maxSeconds, num: func(s *Sysctl) *uint32 { return &s.Frag6Timeout }},
	timeoutKnob("generic_timeout", func(t *Timeouts) *uint32 { return &t.Generic[0] }),
	timeoutKnob("gre_timeout", func(t *Timeouts) *uint32 { return &t.GRE[0] }),
	timeoutKnob("gre_timeout_stream", func(t *Timeouts) *uint32 { return &t.GRE[1] }),
	timeoutKnob("icmp_timeout", func(t *Timeouts) *uint32 { return &t.ICMP[0] }),
	timeoutKnob("icmpv6_timeout", func(t *Timeouts) *uint32 { return &t.ICMPv6[0] }),
	{name: "log_invalid", max: 255, byt: func(s *Sysctl) *uint8 { return &s.LogInvalid }},
	numKnob("max", func(s *Sysctl) *uint32 { return &s.Max }),
	sctpKnob("closed", sctpClosed),
	sctpKnob("cookie_echoed", sctpCookieEchoed),
	sctpKnob("cookie_wait", sctpCookieWait),
	sctpKnob("established", sctpEstablished),
	sctpKnob("heartbeat_sent", sctpHeartbeatSent),
	sctpKnob("shutdown_ack_sent", sctpShutdownAckSent),
	sctpKnob("shutdown_recd", sctpShutdownRecd),
	sctpKnob("shutdown_sent", sctpShutdownSent),
	flagKnob("tcp_be_liberal", func(s *Sysctl) *bool { return &s.TCPBeLiberal }),
	flagKnob("tcp_ignore_invalid_rst", func(s *Sysctl) *bool { return &s.TCPIgnoreInvalidRST }),
	flagKnob("tcp_loose", func(s *Sysctl) *bool { return &s.TCPLoose }),
	{name: "tcp_max_retrans", max: 255, byt: func(s *Sysctl) *uint8 { return &s.TCPMaxRetrans }},
	tcpKnob("close", tcpClose),
	tcpKnob("close_wait", tcpCloseWait),
	tcpKnob("established", tcpEstablished),
	tcpKnob("fin_wait", tcpFinWait),
	tcpKnob("last_ack", tcpLastAck),
	tcpKnob("max_retrans", timeoutRetrans),
	tcpKnob("syn_recv", tcpSynRecv),
	tcpKnob("syn_sent", tcpSynSent),
	tcpKnob("time_wait", tcpTimeWait),
	tcpKnob("unacknowledged", timeoutUnacked),
	flagKnob("timestamp", func(s *Sysctl) *bool { return &s.Timestamp }),
	timeoutKnob("udp_timeout", func(t *Timeouts) *uint32 { return &t.UDP[0] }),
	timeoutKnob("udp_timeout_stream", func(t *Timeouts) *uint32 { return &t.UDP[1] }),
}

const sysctlPrefix = "net.netfilter.nf_conntrack_"

// findKnob takes a name in any of its spellings: with or without
// "net.netfilter." and "nf_conntrack_", with slashes for dots.
func findKnob(key string) *knob {
	key = strings.ReplaceAll(key, "/", ".")
	key = strings.TrimPrefix(key, "net.netfilter.")
	key = strings.TrimPrefix(key, "net.") // net.nf_conntrack_max is the same knob
	key = strings.TrimPrefix(key, "nf_conntrack_")
	for i := range knobs {
		if knobs[i].name == key {
			return &knobs[i]
		}
	}
	return nil
}

// Keys returns the full names of all settings, sorted.
func (s *Sysctl) Keys() []string {
	keys := make([]string, len(knobs))
	for i, k := range knobs {
		keys[i] = sysctlPrefix + k.name
	}
	return keys
}

// Value returns a setting as `sysctl -n` prints it; ok is false for an unknown key.
func (s *Sysctl) Value(key string) (value string, ok bool) {
	k := findKnob(key)
	if k == nil {
		return "", false
	}
	return strconv.FormatUint(uint64(k.read(s)), 10), true
}

func (k *knob) read(s *Sysctl) uint32 {
	switch {
	case k.num != nil:
		return *k.num(s)
	case k.byt != nil:
		return uint32(*k.byt(s))
	case *k.flag(s):
		return 1
	}
	return 0
}

// Set changes one setting as `sysctl -w` would; the key may leave out
// "net.netfilter." and "nf_conntrack_".
func (s *Sysctl) Set(key, value string) error {
	k := findKnob(key)
	if k == nil && strings.HasSuffix(key, "count") {
		return fmt.Errorf("%scount can only be read", sysctlPrefix)
	}
	if k == nil {
		return fmt.Errorf("unknown conntrack sysctl %q (expected one like %q)", key, sysctlPrefix+"tcp_loose")
	}
	n, err := strconv.ParseUint(strings.TrimSpace(value), 0, 32)
	if err != nil || uint32(n) > k.max {
		return fmt.Errorf("%s%s: bad value %q (expected 0 to %d)", sysctlPrefix, k.name, value, k.max)
	}
	switch {
	case k.num != nil:
		*k.num(s) = uint32(n)
	case k.byt != nil:
		*k.byt(s) = uint8(n)
	default:
		*k.flag(s) = n == 1
	}
	return nil
}
