package packet

import (
	"encoding/hex"
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
	nd := func(typ uint8, rest uint32, body string) []byte {
		p := IPv6Fields{NextHeader: ProtoICMPv6, HopLimit: 255, Src: a6, Dst: b6}
		m := EncodeICMPv6(a6, b6, typ, 0, rest, unhex(body))
		if typ == 1 {
			m[1] = 4
		}
		return p.Encode(m)
	}
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
		{"igmp query", from(ProtoIGMP, unhex("1164ee9b 00000000")), 1,
			"IP (tos 0x0, ttl 64, id 1, offset 0, flags [DF], proto IGMP (2), length 28)\n    10.0.0.1 > 10.0.0.2: igmp query v2"},
		{"igmp query for a group", from(ProtoIGMP, unhex("110a0000 e0000002")), 0,
			"IP 10.0.0.1 > 10.0.0.2: igmp query v2 [max resp time 10] [gaddr 224.0.0.2]"},
		{"igmp v3 query", from(ProtoIGMP, unhex("11640000 e0000002 0a7d0000")), 0,
			"IP 10.0.0.1 > 10.0.0.2: igmp query v3 [gaddr 224.0.0.2]"},
		{"igmp v3 query with a source", from(ProtoIGMP, unhex("11010000 e0000002 0a7d0001 01020304")), 0,
			"IP 10.0.0.1 > 10.0.0.2: igmp query v3 [max resp time 0.1s] [gaddr 224.0.0.2, 1 source(s)]"},
		{"v6 route information", nd(133, 0, "1803 3000 00000708 20010db8000000000000000000000000"), 1,
			"IP6 (hlim 255, next-header ICMPv6 (58) payload length: 32) 2001:db8::1 > 2001:db8::2: [icmp6 sum ok] ICMP6, router solicitation, length 32\n\t  route info option (24), length 24 (3):  2001:db8::/48, pref=medium, lifetime=1800s"},
		{"igmp leave", from(ProtoIGMP, unhex("17000000 e0000002")), 0,
			"IP 10.0.0.1 > 10.0.0.2: igmp leave 224.0.0.2"},
		{"igmp v3 report", from(ProtoIGMP, unhex("22000000 00000001 04000000 e00000fb")), 0,
			"IP 10.0.0.1 > 10.0.0.2: igmp v3 report, 1 group record(s)"},
		{"igmp v3 report verbose", from(ProtoIGMP, unhex("22000000 00000002 04000000 e00000fb 06000001 e00000fb 01020304")), 1,
			"IP (tos 0x0, ttl 64, id 1, offset 0, flags [DF], proto IGMP (2), length 48)\n    10.0.0.1 > 10.0.0.2: igmp v3 report, 2 group record(s) [gaddr 224.0.0.251 to_ex, 0 source(s)] [gaddr 224.0.0.251 block, 1 source(s)] bad igmp cksum 0!"},
		{"packet in packet", from(ProtoIPIP, quoted), 0,
			"IP 10.0.0.1 > 10.0.0.2: IP 10.0.0.2.4000 > 10.0.0.1.33434: UDP, length 4"},
		{"v6 in packet", from(41, IPv6Fields{NextHeader: ProtoNoNext, Src: a6, Dst: b6}.Encode(nil)), 1,
			"IP (tos 0x0, ttl 64, id 1, offset 0, flags [DF], proto IPv6 (41), length 60)\n    10.0.0.1 > 10.0.0.2: IP6 (hlim 64, next-header unknown (59) payload length: 0) 2001:db8::1 > 2001:db8::2: no next header"},
		{"ah", from(ProtoAH, append(unhex("11040000 00abcdef 00000001 0102030405060708090a0b0c"), EncodeUDP(a, b, 1, 2, nil)...)), 1,
			"IP (tos 0x0, ttl 64, id 1, offset 0, flags [DF], proto AH (51), length 52)\n    10.0.0.1 > 10.0.0.2: AH(length=4(24-bytes),spi=0x00abcdef,seq=0x1,icv=0x0102030405060708090a0b0c): 1 > 2: UDP, length 0"},
		{"router advertisement", from(ProtoICMP, EncodeICMP(9, 0, 0x01020e10, unhex("0a000001 00000005"))), 0,
			"IP 10.0.0.1 > 10.0.0.2: ICMP router advertisement lifetime 1:00:00 1: {10.0.0.1 5}, length 16"},
		{"timestamp reply", from(ProtoICMP, EncodeICMP(14, 0, 1<<16|2, unhex("00000001 02932e00 0000ffff"))), 0,
			"IP 10.0.0.1 > 10.0.0.2: ICMP time stamp reply id 1 seq 2: org 00:00:00.001, recv 12:00:00.000, xmit 00:01:05.535, length 20"},
		{"mask", from(ProtoICMP, EncodeICMP(18, 0, 0, unhex("ffffff00"))), 0,
			"IP 10.0.0.1 > 10.0.0.2: ICMP address mask is 0xffffff00, length 12"},
		{"ip options", IPv4Fields{ID: 1, Protocol: ProtoUDP, Src: a, Dst: b, Options: unhex("94040000 440c0d00 00000001 00000002 0101 0707 04 0a000003")[:24]}.Encode(EncodeUDP(a, b, 1, 2, nil)), 1,
			"IP (tos 0x0, ttl 64, id 1, offset 0, flags [none], proto UDP (17), length 52, options (RA,timestamp TS{TSONLY 1@ 2@ ^ },NOP,NOP,RR [bad length 7]))\n    10.0.0.1.1 > 10.0.0.2.2: UDP, length 0"},
		{"reset with text", from(ProtoTCP, TCPFields{SrcPort: 1, DstPort: 2, Flags: RST}.Encode(a, b, []byte("go away\x01\xff"))), 1,
			"IP (tos 0x0, ttl 64, id 1, offset 0, flags [DF], proto TCP (6), length 49)\n    10.0.0.1.1 > 10.0.0.2.2: Flags [R], cksum 0x249e (correct), seq 0:9, win 0, length 9 [RST go away^AM-^?]"},
		{"v6 neighbour solicitation", nd(135, 0, "20010db8000000000000000000000003 0101020304050607"), 1,
			"IP6 (hlim 255, next-header ICMPv6 (58) payload length: 32) 2001:db8::1 > 2001:db8::2: [icmp6 sum ok] ICMP6, neighbor solicitation, length 32, who has 2001:db8::3\n\t  source link-address option (1), length 8 (1): 02:03:04:05:06:07"},
		{"v6 neighbour advertisement", nd(136, 0xe0000000, "20010db8000000000000000000000003 0201020304050607"), 1,
			"IP6 (hlim 255, next-header ICMPv6 (58) payload length: 32) 2001:db8::1 > 2001:db8::2: [icmp6 sum ok] ICMP6, neighbor advertisement, length 32, tgt is 2001:db8::3, Flags [router, solicited, override]\n\t  destination link-address option (2), length 8 (1): 02:03:04:05:06:07"},
		{"v6 router advertisement", nd(134, 0x40c00708, "00000000 00000000 0501000000000 5dc 030440c000278d0000093a80 00000000 20010db8000000000000000000000000 19030000000000 0920010db8000000000000000000000053"), 1,
			"IP6 (hlim 255, next-header ICMPv6 (58) payload length: 80) 2001:db8::1 > 2001:db8::2: [icmp6 sum ok] ICMP6, router advertisement, length 80\n\thop limit 64, Flags [managed, other stateful], pref medium, router lifetime 1800s, reachable time 0ms, retrans timer 0ms\n\t  mtu option (5), length 8 (1):  1500\n\t  prefix info option (3), length 32 (4): 2001:db8::/64, Flags [onlink, auto], valid time 2592000s, pref. time 604800s\n\t  rdnss option (25), length 24 (3):  lifetime 9s, addr: 2001:db8::53"},
		{"v6 router solicitation", nd(133, 0, "0101020304050607"), 1,
			"IP6 (hlim 255, next-header ICMPv6 (58) payload length: 16) 2001:db8::1 > 2001:db8::2: [icmp6 sum ok] ICMP6, router solicitation, length 16\n\t  source link-address option (1), length 8 (1): 02:03:04:05:06:07"},
		{"v6 redirect", nd(137, 0, "20010db8000000000000000000000003 20010db8000000000000000000000004"), 0,
			"IP6 2001:db8::1 > 2001:db8::2: ICMP6, redirect, 2001:db8::4 to 2001:db8::3, length 40"},
		{"v6 unknown option", nd(133, 0, "6301020304050607"), 1,
			"IP6 (hlim 255, next-header ICMPv6 (58) payload length: 16) 2001:db8::1 > 2001:db8::2: [icmp6 sum ok] ICMP6, router solicitation, length 16\n\t  unknown option (99), length 8 (1): \n\t  0x0000:  0203 0405 0607"},
		{"v6 listener query", nd(130, 0x27100000, "00000000000000000000000000000000"), 0,
			"IP6 2001:db8::1 > 2001:db8::2: ICMP6, multicast listener querymax resp delay: 10000 addr: ::, length 24"},
		{"v6 listener query v2", nd(130, 0x27100000, "ff020000000000000000000000000001 027d0000"), 1,
			"IP6 (hlim 255, next-header ICMPv6 (58) payload length: 28) 2001:db8::1 > 2001:db8::2: [icmp6 sum ok] ICMP6, multicast listener query v2 [max resp delay=10000] [gaddr ff02::1 robustness=2 qqi=125]"},
		{"v6 listener query with sources", nd(130, 0xf0000000, "ff020000000000000000000000000001 0a900001 20010db8000000000000000000000053"), 1,
			"IP6 (hlim 255, next-header ICMPv6 (58) payload length: 44) 2001:db8::1 > 2001:db8::2: [icmp6 sum ok] ICMP6, multicast listener query v2 [max resp delay=4194304] [gaddr ff02::1 sflag robustness=2 qqi=256, 1 source(s)]"},
		{"v6 listener report", nd(143, 1, "04000000 ff020000000000000000000000000016"), 1,
			"IP6 (hlim 255, next-header ICMPv6 (58) payload length: 28) 2001:db8::1 > 2001:db8::2: [icmp6 sum ok] ICMP6, multicast listener report v2, 1 group record(s) [gaddr ff02::16 to_ex, 0 source(s)]"},
		{"v6 unreachable port", nd(1, 0, hex.EncodeToString(IPv6Fields{NextHeader: ProtoUDP, Src: b6, Dst: a6}.Encode(EncodeUDP(b6, a6, 4000, 4001, nil)))), 0,
			"IP6 2001:db8::1 > 2001:db8::2: ICMP6, destination unreachable, unreachable port, 2001:db8::1 udp port 4001, length 56"},
		{"v6 hop by hop", IPv6Fields{NextHeader: ProtoHopByHop, Src: a6, Dst: b6}.Encode(append(unhex("3a00 05020000 0100"), EncodeICMPv6(a6, b6, 131, 0, 0, unhex("ff020000000000000000000000000016"))...)), 1,
			"IP6 (hlim 64, next-header Options (0) payload length: 32) 2001:db8::1 > 2001:db8::2: HBH (rtalert: 0x0000) (padn) [icmp6 sum ok] ICMP6, multicast listener reportmax resp delay: 0 addr: ff02::16"},
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
