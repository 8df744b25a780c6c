package packet

import (
	"net/netip"
	"strings"
	"testing"
)

type tcpdumpCase struct {
	name    string
	data    []byte
	verbose int
	want    string
}

// tcpdumpCases are packets with what tcpdump 4.99.3 prints for them.
func tcpdumpCases() []tcpdumpCase {
	a, b := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")
	a6, b6 := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2")
	from := func(proto uint8, payload []byte) []byte {
		return IPv4Fields{ID: 1, Flags: 2, Protocol: proto, Src: a, Dst: b}.Encode(payload)
	}
	synack := TCPFields{SrcPort: 80, DstPort: 3594, Seq: 79911989, Ack: 235561828, Flags: SYN | ACK, Window: 29200, Options: unhex("020405b4")}.Encode(a, b, nil)
	quoted := IPv4Fields{ID: 7, Protocol: ProtoUDP, Src: b, Dst: a}.Encode(EncodeUDP(b, a, 4000, 33434, []byte("abcd")))
	wrong := TCPFields{SrcPort: 80, DstPort: 3594, Flags: RST}.Encode(a, b, nil)
	be.PutUint16(wrong[16:], 1)
	return []tcpdumpCase{
		{"syn ack", from(ProtoTCP, synack), 0,
			"IP 10.0.0.1.80 > 10.0.0.2.3594: Flags [S.], seq 79911989, ack 235561828, win 29200, options [mss 1460], length 0"},
		{"syn ack verbose", from(ProtoTCP, synack), 1,
			"IP (tos 0x0, ttl 64, id 1, offset 0, flags [DF], proto TCP (6), length 44)\n    10.0.0.1.80 > 10.0.0.2.3594: Flags [S.], cksum 0x3143 (correct), seq 79911989, ack 235561828, win 29200, options [mss 1460], length 0"},
		{"wrong checksum", from(ProtoTCP, wrong), 1,
			"IP (tos 0x0, ttl 64, id 1, offset 0, flags [DF], proto TCP (6), length 40)\n    10.0.0.1.80 > 10.0.0.2.3594: Flags [R], cksum 0x0001 (incorrect -> 0x8d84), seq 0, win 0, length 0"},
		{"data", from(ProtoTCP, TCPFields{SrcPort: 4000, DstPort: 4001, Seq: 5, Ack: 6, Flags: PSH | ACK, Window: 7}.Encode(a, b, []byte("abc"))), 0,
			"IP 10.0.0.1.4000 > 10.0.0.2.4001: Flags [P.], seq 5:8, ack 6, win 7, length 3"},
		{"no flags", from(ProtoTCP, TCPFields{SrcPort: 4000, DstPort: 4001}.Encode(a, b, nil)), 0,
			"IP 10.0.0.1.4000 > 10.0.0.2.4001: Flags [none], win 0, length 0"},
		{"options", from(ProtoTCP, TCPFields{SrcPort: 1, DstPort: 2, Flags: SYN, Options: unhex("020405b4 0402080a00000001 00000002 0103 0307")}.Encode(a, b, nil)), 0,
			"IP 10.0.0.1.1 > 10.0.0.2.2: Flags [S], seq 0, win 0, options [mss 1460,sackOK,TS val 1 ecr 2,nop,wscale 7], length 0"},
		{"sack", from(ProtoTCP, TCPFields{SrcPort: 1, DstPort: 2, Flags: ACK, Options: unhex("0101050a0000000100000009")}.Encode(a, b, nil)), 0,
			"IP 10.0.0.1.1 > 10.0.0.2.2: Flags [.], ack 0, win 0, options [nop,nop,sack 1 {1:9}], length 0"},
		{"bad option", from(ProtoTCP, TCPFields{SrcPort: 1, DstPort: 2, Flags: SYN, Options: unhex("0209ffff")}.Encode(a, b, nil)), 0,
			"IP 10.0.0.1.1 > 10.0.0.2.2: Flags [S], seq 0, win 0, options [[bad opt]"},
		{"short header", from(ProtoTCP, synack[:10]), 0, "IP 10.0.0.1.80 > 10.0.0.2.3594:  [|tcp]"},
		{"offset too small", from(ProtoTCP, set(append([]byte(nil), wrong...), 12, 0x40)), 0,
			"IP 10.0.0.1.80 > 10.0.0.2.3594:  tcp 4 [bad hdr length 16 - too short, < 20]"},
		{"offset too large", from(ProtoTCP, set(append([]byte(nil), wrong...), 12, 0x60)), 0,
			"IP 10.0.0.1.80 > 10.0.0.2.3594: Flags [R] [bad hdr length 24 - too long, > 20]"},
		{"udp", from(ProtoUDP, EncodeUDP(a, b, 4000, 4001, []byte("abcd"))), 0, "IP 10.0.0.1.4000 > 10.0.0.2.4001: UDP, length 4"},
		{"udp length", from(ProtoUDP, set(EncodeUDP(a, b, 1, 2, nil), 4, 0, 77)), 0, "IP 10.0.0.1.1 > 10.0.0.2.2: UDP, bad length 69 > 0"},
		{"short udp", from(ProtoUDP, EncodeUDP(a, b, 1, 2, nil)[:6]), 0, "IP 10.0.0.1.1 > 10.0.0.2.2: truncated-udp 6"},
		{"echo", from(ProtoICMP, EncodeICMP(8, 0, 4660<<16|5, []byte("abcd"))), 0, "IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 4660, seq 5, length 12"},
		{"reply", from(ProtoICMP, EncodeICMP(0, 0, 4660<<16|5, nil)), 0, "IP 10.0.0.1 > 10.0.0.2: ICMP echo reply, id 4660, seq 5, length 8"},
		{"port unreachable", from(ProtoICMP, EncodeICMP(3, 3, 0, quoted)), 0, "IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.1 udp port 33434 unreachable, length 40"},
		{"port unreachable verbose", from(ProtoICMP, EncodeICMP(3, 3, 0, quoted)), 1,
			"IP (tos 0x0, ttl 64, id 1, offset 0, flags [DF], proto ICMP (1), length 60)\n    10.0.0.1 > 10.0.0.2: ICMP 10.0.0.1 udp port 33434 unreachable, length 40\n\tIP (tos 0x0, ttl 64, id 7, offset 0, flags [none], proto UDP (17), length 32)\n    10.0.0.2.4000 > 10.0.0.1.33434: UDP, length 4"},
		{"prohibited", from(ProtoICMP, EncodeICMP(3, 10, 0, quoted)), 0, "IP 10.0.0.1 > 10.0.0.2: ICMP host 10.0.0.1 unreachable - admin prohibited, length 40"},
		{"need to frag", from(ProtoICMP, EncodeICMP(3, 4, 1400, quoted)), 0, "IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.1 unreachable - need to frag (mtu 1400), length 40"},
		{"time exceeded", from(ProtoICMP, EncodeICMP(11, 0, 0, quoted)), 0, "IP 10.0.0.1 > 10.0.0.2: ICMP time exceeded in-transit, length 40"},
		{"redirect", from(ProtoICMP, EncodeICMP(5, 1, 0x0a090909, quoted)), 0, "IP 10.0.0.1 > 10.0.0.2: ICMP redirect 10.0.0.1 to host 10.9.9.9, length 40"},
		{"quote too short", from(ProtoICMP, EncodeICMP(3, 3, 0, quoted[:20])), 0, "IP 10.0.0.1 > 10.0.0.2:  [|icmp]"},
		{"igmp", from(ProtoIGMP, unhex("1600f9fd e0000002")), 0, "IP 10.0.0.1 > 10.0.0.2: igmp v2 report 224.0.0.2"},
		{"esp", from(ProtoESP, unhex("00abcdef 00000001 00000000")), 0, "IP 10.0.0.1 > 10.0.0.2: ESP(spi=0x00abcdef,seq=0x1), length 12"},
		{"other protocol", from(253, []byte("abcd")), 0, "IP 10.0.0.1 > 10.0.0.2:  ip-proto-253 4"},
		{"first fragment", IPv4Fields{ID: 1, Flags: 1, Protocol: ProtoUDP, Src: a, Dst: b}.Encode(set(EncodeUDP(a, b, 1, 2, []byte("abcd")), 4, 0, 77)), 0,
			"IP 10.0.0.1.1 > 10.0.0.2.2: UDP, length 69"},
		{"later fragment", IPv4Fields{ID: 1, FragOff: 1480, Protocol: ProtoUDP, Src: a, Dst: b}.Encode([]byte("abcd")), 0, "IP 10.0.0.1 > 10.0.0.2: ip-proto-17"},
		{"later fragment verbose", IPv4Fields{ID: 1, FragOff: 1480, Protocol: ProtoUDP, Src: a, Dst: b}.Encode([]byte("abcd")), 1,
			"IP (tos 0x0, ttl 64, id 1, offset 1480, flags [none], proto UDP (17), length 24)\n    10.0.0.1 > 10.0.0.2: ip-proto-17"},
		{"v6", IPv6Fields{NextHeader: ProtoTCP, Src: a6, Dst: b6}.Encode(TCPFields{SrcPort: 1, DstPort: 2, Flags: SYN}.Encode(a6, b6, nil)), 0,
			"IP6 2001:db8::1.1 > 2001:db8::2.2: Flags [S], seq 0, win 0, length 0"},
		{"v6 verbose", IPv6Fields{NextHeader: ProtoUDP, TrafficClass: 0xb8, FlowLabel: 5, Src: a6, Dst: b6}.Encode(EncodeUDP(a6, b6, 1, 2, nil)), 1,
			"IP6 (class 0xb8, flowlabel 0x00005, hlim 64, next-header UDP (17) payload length: 8) 2001:db8::1.1 > 2001:db8::2.2: [udp sum ok] UDP, length 0"},
		{"v6 echo", IPv6Fields{NextHeader: ProtoICMPv6, Src: a6, Dst: b6}.Encode(EncodeICMPv6(a6, b6, 128, 0, 7<<16|9, nil)), 0,
			"IP6 2001:db8::1 > 2001:db8::2: ICMP6, echo request, id 7, seq 9, length 8"},
		{"v6 fragment", IPv6Fields{NextHeader: ProtoFragment, Src: a6, Dst: b6}.Encode(unhex("06000011deadbeef 00000000")), 0,
			"IP6 2001:db8::1 > 2001:db8::2: frag (16|4)"},
		{"v6 no next header", IPv6Fields{NextHeader: ProtoNoNext, Src: a6, Dst: b6}.Encode(nil), 0, "IP6 2001:db8::1 > 2001:db8::2: no next header"},
	}
}

func TestAppendTcpdump(t *testing.T) {
	for _, c := range tcpdumpCases() {
		t.Run(c.name, func(t *testing.T) {
			if got := string(decoded(t, c.data).AppendTcpdump(nil, c.verbose)); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

// What is above UDP is not told, whatever the port.
func TestAppendTcpdumpPort(t *testing.T) {
	g := newRandomPacket(0)
	p := decoded(t, v4(IPv4Fields{Protocol: ProtoUDP}, EncodeUDP(g.src4, g.dst4, 4000, 53, []byte("abcd"))))
	if got, want := string(p.AppendTcpdump(nil, 0)), "IP 10.77.1.2.4000 > 10.77.1.1.53: UDP, length 4"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAppendTcpdumpCut(t *testing.T) {
	g := newRandomPacket(0)
	whole := v4(IPv4Fields{Protocol: ProtoTCP}, TCPFields{SrcPort: 1, DstPort: 2, Flags: SYN, Options: unhex("020405b4")}.Encode(g.src4, g.dst4, []byte("abcd")))
	for n, want := range map[int]string{
		20: "IP 10.77.1.2 > 10.77.1.1: [|tcp]",
		24: "IP 10.77.1.2.1 > 10.77.1.1.2:  [|tcp]",
		42: "IP 10.77.1.2.1 > 10.77.1.1.2: Flags [S], seq 0:4, win 0, options [mss [|tcp]",
		44: "IP 10.77.1.2.1 > 10.77.1.1.2: Flags [S], seq 0:4, win 0, options [mss 1460], length 4",
	} {
		var p Packet
		if err := p.Decode(whole[:n], len(whole)); err != nil {
			t.Fatal(err)
		}
		if got := string(p.AppendTcpdump(nil, 0)); got != want {
			t.Errorf("cut at %d\ngot  %q\nwant %q", n, got, want)
		}
	}
}

func FuzzAppendTcpdump(f *testing.F) {
	g := newRandomPacket(5)
	for range 100 {
		f.Add(g.next(), 0, g.r.IntN(3))
	}
	f.Fuzz(func(t *testing.T, data []byte, missing, verbose int) {
		var p Packet
		if p.Decode(data, len(data)+missing&0xffff) != nil {
			return
		}
		got := string(p.AppendTcpdump([]byte("x"), verbose))
		if !strings.HasPrefix(got, "xIP") || len(got) > 200+20*len(data) {
			t.Errorf("%d bytes from %d: %q", len(got), len(data), clip(got))
		}
	})
}

func BenchmarkAppendTcpdump(b *testing.B) {
	p := decoded(b, v4(IPv4Fields{Protocol: ProtoTCP}, tcp(TCPFields{Flags: SYN, Window: 1024, Options: unhex("020405b4")})))
	buf := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		buf = p.AppendTcpdump(buf[:0], 0)
	}
}
