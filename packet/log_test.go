package packet

import (
	"encoding/hex"
	"strings"
	"testing"
)

const logMAC = "MAC=02:00:00:00:0b:01:02:00:00:00:0a:01:08:00"

var (
	logLink  = unhex("02000000 0b01 02000000 0a01 0800")
	logLink6 = unhex("02000000 0b01 02000000 0a01 86dd")
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

// v4 returns an IPv4 packet from 10.77.1.2 to 10.77.1.1 with ID 1.
func v4(f IPv4Fields, payload []byte) []byte {
	g := newRandomPacket(0)
	f.Src, f.Dst = g.src4, g.dst4
	if f.ID == 0 {
		f.ID = 1
	}
	return f.Encode(payload)
}

// back is v4 in the other direction, as an ICMP error quotes it.
func back(f IPv4Fields, payload []byte) []byte {
	g := newRandomPacket(0)
	f.Src, f.Dst = g.dst4, g.src4
	if f.ID == 0 {
		f.ID = 1
	}
	return f.Encode(payload)
}

func v6(f IPv6Fields, payload []byte) []byte {
	g := newRandomPacket(0)
	f.Src, f.Dst = g.src6, g.dst6
	return f.Encode(payload)
}

func tcp(f TCPFields) []byte {
	g := newRandomPacket(0)
	f.SrcPort, f.DstPort = 1, 2
	return f.Encode(g.src4, g.dst4, nil)
}

func udp(sport, dport uint16, payload []byte) []byte {
	g := newRandomPacket(0)
	return EncodeUDP(g.src4, g.dst4, sport, dport, payload)
}

// set returns b with the bytes from at on replaced.
func set(b []byte, at int, with ...byte) []byte {
	copy(b[at:], with)
	return b
}

func icmp(typ, code uint8, rest uint32, payload []byte) []byte {
	return v4(IPv4Fields{Protocol: ProtoICMP}, EncodeICMP(typ, code, rest, payload))
}

// Lines observed from Linux 6.18, each with its trailing blank or without.
func TestAppendLog(t *testing.T) {
	const (
		all    = LogTCPSeq | LogTCPOptions | LogIPOptions
		head   = "IN=r0 OUT= " + logMAC + " SRC=10.77.1.2 DST=10.77.1.1 "
		head6  = "IN=r0 OUT= MAC=02:00:00:00:0b:01:02:00:00:00:0a:01:86:dd SRC=fd77:0001:0000:0000:0000:0000:0000:0002 DST=fd77:0001:0000:0000:0000:0000:0000:0001 "
		rest   = "TOS=0x00 PREC=0x00 TTL=64 ID=1 "
		quote  = "[SRC=10.77.1.1 DST=10.77.1.2 "
		plain6 = "TC=0 HOPLIMIT=64 FLOWLBL=0 "
		quote6 = "[SRC=fd77:0001:0000:0000:0000:0000:0000:0002 DST=fd77:0001:0000:0000:0000:0000:0000:0001 "
	)
	everyFlag := TCPFields{Seq: 4000000000, Ack: 7, Window: 65535, Flags: 0xff, Urgent: 9, Options: unhex("020405B4 04020000")}
	syn := TCPFields{Seq: 1000, Window: 1024, Flags: SYN}
	synWith := func(reserved byte, flags uint16) TCPFields {
		f := syn
		f.Reserved, f.Flags = reserved, flags
		return f
	}
	longOffset := set(tcp(syn), 12, 9<<4)
	udp9 := udp(5, 6, []byte("1234567"))
	frag6 := func(next byte, off uint16) []byte {
		return append([]byte{next, 0}, byte(off>>8), byte(off), 0xde, 0xad, 0xbe, 0xef)
	}
	ah6 := func(next byte) []byte {
		return unhex(hex.EncodeToString([]byte{next}) + "02 0000 00abcdef 00000001 00000000")
	}
	join := func(b ...[]byte) (all []byte) {
		for _, x := range b {
			all = append(all, x...)
		}
		return all
	}
	tests := []struct {
		name  string
		data  []byte
		flags LogFlags
		mark  uint32
		want  string
	}{
		{"every flag", v4(IPv4Fields{TOS: 0xff, ID: 65535, Protocol: ProtoTCP}, tcp(everyFlag)), 0, 0,
			head + "LEN=48 TOS=0x1E PREC=0xE0 TTL=64 ID=65535 PROTO=TCP SPT=1 DPT=2 WINDOW=65535 RES=0x00 CWR ECE URG ACK PSH RST SYN FIN URGP=9 "},
		{"every flag with all options", v4(IPv4Fields{TOS: 0xff, ID: 65535, Protocol: ProtoTCP}, tcp(everyFlag)), all | LogMACDecode, 0,
			"IN=r0 OUT= MACSRC=02:00:00:00:0a:01 MACDST=02:00:00:00:0b:01 MACPROTO=0800 SRC=10.77.1.2 DST=10.77.1.1 LEN=48 TOS=0x1E PREC=0xE0 TTL=64 ID=65535 PROTO=TCP SPT=1 DPT=2 SEQ=4000000000 ACK=7 WINDOW=65535 RES=0x00 CWR ECE URG ACK PSH RST SYN FIN URGP=9 OPT (020405B404020000) "},
		{"tcp options missing", v4(IPv4Fields{Protocol: ProtoTCP}, longOffset), all, 5,
			head + "LEN=40 " + rest + "PROTO=TCP SPT=1 DPT=2 SEQ=1000 ACK=0 WINDOW=1024 RES=0x00 SYN URGP=0 OPT (TRUNCATED)"},
		{"reserved nibble 1", v4(IPv4Fields{Protocol: ProtoTCP}, tcp(synWith(0, SYN|AE))), 0, 0, head + "LEN=40 " + rest + "PROTO=TCP SPT=1 DPT=2 WINDOW=1024 RES=0x00 AE SYN URGP=0 "},
		{"reserved nibble 2", v4(IPv4Fields{Protocol: ProtoTCP}, tcp(synWith(1, SYN))), 0, 0, head + "LEN=40 " + rest + "PROTO=TCP SPT=1 DPT=2 WINDOW=1024 RES=0x08 SYN URGP=0 "},
		{"reserved nibble 4", v4(IPv4Fields{Protocol: ProtoTCP}, tcp(synWith(2, SYN))), 0, 0, head + "LEN=40 " + rest + "PROTO=TCP SPT=1 DPT=2 WINDOW=1024 RES=0x10 SYN URGP=0 "},
		{"reserved nibble 8", v4(IPv4Fields{Protocol: ProtoTCP}, tcp(synWith(4, SYN))), 0, 0, head + "LEN=40 " + rest + "PROTO=TCP SPT=1 DPT=2 WINDOW=1024 RES=0x20 SYN URGP=0 "},
		{"reserved nibble 15", v4(IPv4Fields{Protocol: ProtoTCP}, tcp(synWith(7, SYN|AE))), 0, 0, head + "LEN=40 " + rest + "PROTO=TCP SPT=1 DPT=2 WINDOW=1024 RES=0x38 AE SYN URGP=0 "},
		{"short tcp", v4(IPv4Fields{Protocol: ProtoTCP}, tcp(syn)[:10]), 0, 0, head + "LEN=30 " + rest + "PROTO=TCP INCOMPLETE [10 bytes] "},
		{"short tcp loses the mark", v4(IPv4Fields{Protocol: ProtoTCP}, tcp(syn)[:8]), 0, 5, head + "LEN=28 " + rest + "PROTO=TCP INCOMPLETE [8 bytes] "},
		{"later fragment", v4(IPv4Fields{Protocol: ProtoTCP, Flags: 1, FragOff: 1480}, make([]byte, 24)), 0, 0, head + "LEN=44 " + rest + "MF FRAG:185 PROTO=TCP "},
		{"every ip flag", v4(IPv4Fields{Protocol: ProtoUDP, Flags: 7}, udp(1, 2, nil)), 0, 0, head + "LEN=28 " + rest + "CE DF MF PROTO=UDP SPT=1 DPT=2 LEN=8 "},
		{"udp length field", v4(IPv4Fields{Protocol: ProtoUDP, TOS: 0x1f}, set(udp(53, 53, []byte("abc")), 4, 0, 77)), 0, 0,
			head + "LEN=31 TOS=0x1E PREC=0x00 TTL=64 ID=1 PROTO=UDP SPT=53 DPT=53 LEN=77 "},
		{"ip options", v4(IPv4Fields{Protocol: ProtoUDP, Options: unhex("0707040000000001")}, udp(1, 2, nil)), all, 0,
			head + "LEN=36 " + rest + "OPT (0707040000000001) PROTO=UDP SPT=1 DPT=2 LEN=8 "},
		{"ip options not asked for", v4(IPv4Fields{Protocol: ProtoUDP, Options: unhex("0707040000000001")}, udp(1, 2, nil)), LogTCPOptions, 0,
			head + "LEN=36 " + rest + "PROTO=UDP SPT=1 DPT=2 LEN=8 "},
		{"short udp", v4(IPv4Fields{Protocol: ProtoUDP}, udp(1, 2, nil)[:7]), 0, 5, head + "LEN=27 " + rest + "PROTO=UDP INCOMPLETE [7 bytes] "},
		{"udplite", v4(IPv4Fields{Protocol: ProtoUDPLite}, udp(1, 2, nil)), 0, 0, head + "LEN=28 " + rest + "PROTO=UDPLITE SPT=1 DPT=2 LEN=8 "},
		{"echo", icmp(8, 0, 4660<<16|5, []byte("abcd")), 0, 0, head + "LEN=32 " + rest + "PROTO=ICMP TYPE=8 CODE=0 ID=4660 SEQ=5 "},
		{"short timestamp reply", icmp(14, 0, 0, make([]byte, 11)), 0, 0, head + "LEN=39 " + rest + "PROTO=ICMP TYPE=14 CODE=0 INCOMPLETE [19 bytes] "},
		{"redirect", icmp(5, 1, 0x0a090909, back(IPv4Fields{TOS: 0x10, TTL: 3, ID: 77, Protocol: ProtoUDP}, udp9)), 0, 0,
			head + "LEN=63 " + rest + "PROTO=ICMP TYPE=5 CODE=1 GATEWAY=10.9.9.9 " + quote + "LEN=35 TOS=0x10 PREC=0x00 TTL=3 ID=77 PROTO=UDP SPT=5 DPT=6 LEN=15 ] "},
		{"parameter problem", icmp(12, 0, 20<<24, make([]byte, 28)), 0, 0, head + "LEN=56 " + rest + "PROTO=ICMP TYPE=12 CODE=0 PARAMETER=20 "},
		{"inner tcp cut", icmp(3, 1, 0, back(IPv4Fields{Protocol: ProtoTCP}, tcp(syn))[:28]), 0, 7,
			head + "LEN=56 " + rest + "PROTO=ICMP TYPE=3 CODE=1 " + quote + "LEN=40 " + rest + "PROTO=TCP INCOMPLETE [8 bytes] ] MARK=0x7 "},
		{"inner error", icmp(11, 0, 0, back(IPv4Fields{Protocol: ProtoICMP}, EncodeICMP(3, 4, 1280, back(IPv4Fields{Protocol: ProtoUDP}, udp9)))), 0, 0,
			head + "LEN=91 " + rest + "PROTO=ICMP TYPE=11 CODE=0 " + quote + "LEN=63 " + rest + "PROTO=ICMP TYPE=3 CODE=4 MTU=1280 ] "},
		{"inner header cut", icmp(11, 0, 0, set(back(IPv4Fields{Protocol: ProtoUDP}, nil), 0, 0x46, 0, 0, 24)), all, 0,
			head + "LEN=48 " + rest + "PROTO=ICMP TYPE=11 CODE=0 " + quote + "LEN=24 " + rest + "TRUNCATED] "},
		{"inner transport behind the end", icmp(11, 0, 0, set(back(IPv4Fields{Protocol: ProtoUDP}, nil), 0, 0x46, 0, 0, 24)), 0, 0,
			head + "LEN=48 " + rest + "PROTO=ICMP TYPE=11 CODE=0 " + quote + "LEN=24 " + rest + "PROTO=UDP INCOMPLETE [4294967292 bytes] ] "},
		{"too big", icmp(3, 4, 1280, back(IPv4Fields{Protocol: ProtoUDP}, udp9)), 0, 0,
			head + "LEN=63 " + rest + "PROTO=ICMP TYPE=3 CODE=4 " + quote + "LEN=35 " + rest + "PROTO=UDP SPT=5 DPT=6 LEN=15 ] MTU=1280 "},
		{"short icmp keeps the mark", v4(IPv4Fields{Protocol: ProtoICMP}, make([]byte, 3)), 0, 5, head + "LEN=23 " + rest + "PROTO=ICMP INCOMPLETE [3 bytes] MARK=0x5 "},
		{"ah later fragment", v4(IPv4Fields{Protocol: ProtoAH, FragOff: 32}, make([]byte, 16)), 0, 0, head + "LEN=36 " + rest + "FRAG:4 "},
		{"ah", v4(IPv4Fields{Protocol: ProtoAH}, unhex("0004000000abcdef00000001")), 0, 0, head + "LEN=32 " + rest + "PROTO=AH SPI=0xabcdef "},
		{"esp short", v4(IPv4Fields{Protocol: ProtoESP}, make([]byte, 7)), 0, 0, head + "LEN=27 " + rest + "PROTO=ESP INCOMPLETE [7 bytes] "},
		{"igmp", v4(IPv4Fields{Protocol: ProtoIGMP}, make([]byte, 8)), 0, 0, head + "LEN=28 " + rest + "PROTO=2 "},
		{"mark", v4(IPv4Fields{Protocol: ProtoUDP, TTL: 63}, udp(1, 2, nil)), 0, 0xdead0001,
			head + "LEN=28 TOS=0x00 PREC=0x00 TTL=63 ID=1 PROTO=UDP SPT=1 DPT=2 LEN=8 MARK=0xdead0001 "},

		{"v6 tcp", v6(IPv6Fields{NextHeader: ProtoTCP, TrafficClass: 185, HopLimit: 255, FlowLabel: 703710}, append(tcp(synWith(0, SYN|ECE)), 1, 2, 3, 4)), 0, 0,
			head6 + "LEN=64 TC=185 HOPLIMIT=255 FLOWLBL=703710 PROTO=TCP SPT=1 DPT=2 WINDOW=1024 RES=0x00 ECE SYN URGP=0 "},
		{"v6 fragment with options", v6(IPv6Fields{NextHeader: ProtoFragment}, join(frag6(ProtoTCP, 17), make([]byte, 16))), all, 0,
			head6 + "LEN=64 " + plain6 + "OPT ( FRAG:16 INCOMPLETE ID:deadbeef ) PROTO=TCP "},
		{"v6 fragment then options header", v6(IPv6Fields{NextHeader: ProtoFragment}, join(frag6(ProtoDstOpts, 17), make([]byte, 16))), 0, 3,
			head6 + "LEN=64 " + plain6 + "FRAG:16 INCOMPLETE ID:deadbeef "},
		{"v6 three headers", v6(IPv6Fields{NextHeader: ProtoHopByHop}, join([]byte{60, 0, 1, 4, 0, 0, 0, 0, 43, 0, 1, 4, 0, 0, 0, 0, 17, 1}, make([]byte, 14), udp9[:8])), all, 0,
			head6 + "LEN=80 " + plain6 + "OPT ( ) OPT ( ) OPT ( ) PROTO=UDP SPT=5 DPT=6 LEN=15 "},
		{"v6 ah", v6(IPv6Fields{NextHeader: ProtoAH}, join(ah6(ProtoTCP), tcp(syn), make([]byte, 8))), all, 0,
			head6 + "LEN=84 " + plain6 + "OPT ( AH SPI=0xabcdef ) PROTO=TCP SPT=1 DPT=2 SEQ=1000 ACK=0 WINDOW=1024 RES=0x00 SYN URGP=0 "},
		{"v6 esp", v6(IPv6Fields{NextHeader: ProtoESP}, unhex("00abcdef 00000001 000000000000000000000000")), all, 5, head6 + "LEN=60 " + plain6 + "OPT ( ESP SPI=0xabcdef )"},
		{"v6 esp without options", v6(IPv6Fields{NextHeader: ProtoESP}, unhex("00abcdef 00000001 000000000000000000000000")), 0, 5, head6 + "LEN=60 " + plain6},
		{"v6 esp short", v6(IPv6Fields{NextHeader: ProtoESP}, unhex("00abcdef 00")), all, 5, head6 + "LEN=45 " + plain6 + "OPT ( ESP INCOMPLETE [5 bytes] )"},
		{"v6 ah truncated", v6(IPv6Fields{NextHeader: ProtoAH}, []byte{ProtoTCP, 4, 0, 0, 0, 0, 0, 0}), 0, 0, head6 + "LEN=48 " + plain6 + "PROTO=TCP INCOMPLETE [4294967280 bytes] "},
		{"v6 too big", v6(IPv6Fields{NextHeader: ProtoICMPv6}, EncodeICMP(2, 0, 1280, v6(IPv6Fields{NextHeader: ProtoUDP, TrafficClass: 8, FlowLabel: 3, HopLimit: 3}, udp9))), 0, 0,
			head6 + "LEN=103 " + plain6 + "PROTO=ICMPv6 TYPE=2 CODE=0 " + quote6 + "LEN=55 TC=8 HOPLIMIT=3 FLOWLBL=3 PROTO=UDP SPT=5 DPT=6 LEN=15 ] MTU=1280 "},
		{"v6 quotes nothing", v6(IPv6Fields{NextHeader: ProtoICMPv6}, EncodeICMP(1, 0, 0, []byte("abc"))), 0, 0, head6 + "LEN=51 " + plain6 + "PROTO=ICMPv6 TYPE=1 CODE=0 [TRUNCATED] "},
		{"v6 pointer", v6(IPv6Fields{NextHeader: ProtoICMPv6}, EncodeICMP(4, 1, 40, v6(IPv6Fields{NextHeader: ProtoNoNext}, nil))), 0, 0,
			head6 + "LEN=88 " + plain6 + "PROTO=ICMPv6 TYPE=4 CODE=1 POINTER=00000028 " + quote6 + "LEN=40 " + plain6 + "PROTO=59 ] "},
		{"v6 echo", v6(IPv6Fields{NextHeader: ProtoICMPv6}, EncodeICMP(128, 0, 7<<16|9, nil)), 0, 1, head6 + "LEN=48 " + plain6 + "PROTO=ICMPv6 TYPE=128 CODE=0 ID=7 SEQ=9 MARK=0x1 "},
		{"v6 short icmp loses the mark", v6(IPv6Fields{NextHeader: ProtoICMPv6}, make([]byte, 3)), 0, 1, head6 + "LEN=43 " + plain6 + "PROTO=ICMPv6 INCOMPLETE [3 bytes] "},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			p := decoded(t, c.data)
			p.Mark = c.mark
			p.Link = logLink
			if p.Family == IPv6 {
				p.Link = logLink6
			}
			if got := string(AppendLog(nil, p, "r0", "", "", c.flags)); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func decoded(t testing.TB, data []byte) *Packet {
	t.Helper()
	p := new(Packet)
	if err := p.Decode(data, len(data)); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAppendLogHead(t *testing.T) {
	data := v4(IPv4Fields{Protocol: ProtoUDP}, udp(1, 2, nil))
	bridged := Packet{Link: logLink, PhysIn: "p0", PhysOut: "p1"}
	tagged := bridged
	tagged.VLANProto, tagged.VLAN = 0x8100, 0x0005
	urgent := tagged
	urgent.VLAN = 0x2264
	tests := []struct {
		name            string
		p               Packet
		in, out, prefix string
		flags           LogFlags
		want            string
	}{
		{"outgoing has no MAC", Packet{Link: logLink}, "", "r0", "x: ", LogMACDecode, "x: IN= OUT=r0 SRC="},
		{"prefix without separator", Packet{}, "", "lo", "Unknown Output", 0, "Unknown OutputIN= OUT=lo SRC="},
		{"forwarded", Packet{Link: logLink}, "r0", "r1", "", 0, "IN=r0 OUT=r1 " + logMAC + " SRC="},
		{"tun", Packet{}, "tun0", "", "", 0, "IN=tun0 OUT= MAC= SRC="},
		{"tun decoded", Packet{}, "tun0", "", "", LogMACDecode, "IN=tun0 OUT= MAC= SRC="},
		{"looped multicast", Packet{Link: []byte{}}, "r0", "", "", 0, "IN=r0 OUT= MAC= SRC="},
		{"looped multicast decoded", Packet{Link: []byte{}}, "r0", "", "", LogMACDecode, "IN=r0 OUT= SRC="},
		{"tunnel link", Packet{Link: []byte{1, 2, 3, 4}}, "gre0", "", "", LogMACDecode, "IN=gre0 OUT= MAC=01:02:03:04 SRC="},
		{"bridged", bridged, "br0", "br0", "", 0, "IN=br0 OUT=br0 PHYSIN=p0 PHYSOUT=p1 " + logMAC + " SRC="},
		{"bridge port is the device", bridged, "p0", "p1", "", 0, "IN=p0 OUT=p1 " + logMAC + " SRC="},
		{"bridged and tagged", tagged, "br0", "br0", "", LogMACDecode,
			"IN=br0 OUT=br0 PHYSIN=p0 PHYSOUT=p1 MACSRC=02:00:00:00:0a:01 MACDST=02:00:00:00:0b:01 VPROTO=8100 VID=5 MACPROTO=0800 SRC="},
		{"priority in the tag", urgent, "br0", "br0", "", LogMACDecode,
			"IN=br0 OUT=br0 PHYSIN=p0 PHYSOUT=p1 MACSRC=02:00:00:00:0a:01 MACDST=02:00:00:00:0b:01 VPROTO=8100 VID=8804 MACPROTO=0800 SRC="},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			if err := c.p.Decode(data, len(data)); err != nil {
				t.Fatal(err)
			}
			want := c.want + "10.77.1.2 DST=10.77.1.1 LEN=28 TOS=0x00 PREC=0x00 TTL=64 ID=1 PROTO=UDP SPT=1 DPT=2 LEN=8 "
			if got := string(AppendLog(nil, &c.p, c.in, c.out, c.prefix, c.flags)); got != want {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

func TestAppendLogUID(t *testing.T) {
	p := decoded(t, v4(IPv4Fields{Protocol: ProtoUDP}, udp(1, 2, nil)))
	p.UID, p.GID, p.Mark = 1000, 100, 5
	if got := string(AppendLog(nil, p, "", "lo", "", LogUID)); !strings.HasSuffix(got, "LEN=8 MARK=0x5 ") {
		t.Errorf("without a socket: %q", got)
	}
	p.Socket = true
	if got := string(AppendLog(nil, p, "", "lo", "", LogUID)); !strings.HasSuffix(got, "LEN=8 UID=1000 GID=100 MARK=0x5 ") {
		t.Errorf("with a socket: %q", got)
	}
	if got := string(AppendLog(nil, p, "", "lo", "", 0)); !strings.HasSuffix(got, "LEN=8 MARK=0x5 ") {
		t.Errorf("without the flag: %q", got)
	}
}

// A capture that cut a packet must not make it look damaged.
func TestAppendLogCut(t *testing.T) {
	whole := v4(IPv4Fields{Protocol: ProtoTCP}, tcp(TCPFields{Flags: SYN, Window: 99, Seq: 1, Options: make([]byte, 8)}))
	full := string(AppendLog(nil, decoded(t, whole), "", "", "", LogTCPSeq))
	for n := 20; n < len(whole); n++ {
		var p Packet
		if err := p.Decode(whole[:n], len(whole)); err != nil {
			t.Fatal(err)
		}
		got := string(AppendLog(nil, &p, "", "", "", LogTCPSeq))
		if strings.Contains(got, "INCOMPLETE") {
			t.Errorf("cut at %d: %q", n, got)
		}
		if known := LogKnown(&p, LogTCPSeq); known != (n >= 40) || known && got != full {
			t.Errorf("cut at %d: known %v, %q", n, known, got)
		}
		if LogKnown(&p, LogTCPSeq|LogTCPOptions) {
			t.Errorf("cut at %d: options are not there", n)
		}
	}
}

func TestAppendLogAppends(t *testing.T) {
	p := decoded(t, v4(IPv4Fields{Protocol: ProtoUDP}, udp(1, 2, nil)))
	got := AppendLog([]byte("before "), p, "", "", "x", 0)
	if !strings.HasPrefix(string(got), "before xIN= OUT= SRC=") {
		t.Errorf("%q", got)
	}
	buf := make([]byte, 0, 2048)
	g := newRandomPacket(1)
	for range 200 {
		p := decoded(t, g.next())
		if n := testing.AllocsPerRun(5, func() { buf = AppendLog(buf[:0], p, "eth0", "", "some prefix: ", 0x2f) }); n != 0 {
			t.Fatalf("%v allocations for % x", n, p.Data)
		}
	}
}

func FuzzAppendLog(f *testing.F) {
	g := newRandomPacket(2)
	for range 50 {
		f.Add(g.next(), uint8(g.r.IntN(64)), 0)
	}
	f.Fuzz(func(t *testing.T, data []byte, flags uint8, missing int) {
		var p Packet
		if p.Decode(data, len(data)+missing&0xffff) != nil {
			return
		}
		got := AppendLog(nil, &p, "i", "", "", LogFlags(flags))
		if len(got) > maxLogText || !strings.HasPrefix(string(got), "IN=i OUT= ") {
			t.Errorf("%q", got)
		}
		if p.Cut() == 0 && !LogKnown(&p, LogFlags(flags)) {
			t.Error("a whole packet is not known")
		}
	})
}

func BenchmarkAppendLog(b *testing.B) {
	p := decoded(b, v4(IPv4Fields{Protocol: ProtoTCP}, tcp(TCPFields{Flags: SYN, Window: 1024})))
	p.Link = logLink
	buf := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendLog(buf[:0], p, "eth0", "", "prefix: ", 0)
	}
}
