package capture

import (
	"fmt"
	"strings"
	"testing"

	"nfwhy/packet"
)

// scan reads a text and describes each packet in a line of its own.
func scan(t testing.TB, text string) ([]*Record, *TextScanner) {
	t.Helper()
	s := &TextScanner{File: "post.txt"}
	no := 0
	for line := range strings.Lines(text) {
		no++
		s.Line(no, strings.TrimRight(line, "\r\n"))
	}
	return s.Records(), s
}

// describe writes what a record holds, in a form that tests can spell.
func describe(r *Record) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d:", r.Line)
	if r.Skip != nil {
		return b.String() + " skip " + r.Skip.Error()
	}
	if r.Iface != "" {
		b.WriteString(" " + r.Iface)
	}
	if r.Dir != Unknown {
		b.WriteString(" " + r.Dir.String())
	}
	p := &r.Packet
	src, dst := p.Src().String(), p.Dst().String()
	if r.SrcText != "" {
		src += "=" + r.SrcText
	}
	if r.DstText != "" {
		dst += "=" + r.DstText
	}
	sp, dp, ok := p.Ports()
	if ok {
		src, dst = fmt.Sprintf("%s %d", src, sp), fmt.Sprintf("%s %d", dst, dp)
	}
	fmt.Fprintf(&b, " %s > %s proto %d len %d", src, dst, p.Proto, p.Length)
	if h, ok := p.TCP(); ok {
		fmt.Fprintf(&b, " %s seq %d ack %d win %d", packet.FlagNames(h.Flags()), h.Seq(), h.Ack(), h.Window())
		if o, _ := h.Options(); len(o) > 0 {
			fmt.Fprintf(&b, " opt %x", o)
		}
	}
	if h, ok := p.ICMP(); ok {
		fmt.Fprintf(&b, " type %d code %d rest %#x", h.Type(), h.Code(), h.Rest())
		if len(h) > 8 {
			fmt.Fprintf(&b, " data %x", []byte(h[8:]))
		}
	}
	return b.String()
}

func describeAll(recs []*Record) string {
	var lines []string
	for _, r := range recs {
		lines = append(lines, describe(r))
	}
	return strings.Join(lines, "\n")
}

// The case that the project starts from, among rules, a log line and prose.
const founding = `I see this in my log, what is it?

    -A INPUT -p tcp -j REJECT --reject-with tcp-reset
    Aug 14 11:48:37 reynholm kernel: [81795.100496] UNKNOWN_OUTGOING: IN= OUT=ifext SRC=89.238.65.123 DST=108.162.[edited] LEN=40 TOS=0x00 PREC=0x00 TTL=64 ID=0 DF PROTO=TCP SPT=3594 DPT=80 WINDOW=0 RES=0x00 RST URGP=0

and tcpdump -vv -X says

11:48:37.860337 IP (tos 0x0, ttl 60, id 0, offset 0, flags [DF], proto TCP (6), length 44)
    108.162.[edited].80 > 89.238.65.123.3594: Flags [S.], cksum 0x79bb (correct), seq 79911989, ack 235561828, win 29200, options [mss 1460], length 0
        0x0000:  4500 002c 0000 4000 3c06 7342 6ca2 0000  E..,..@.<.sBl...
        0x0010:  59ee 417b 0050 0e0a 04c3 5c35 0e0a 6364  Y.A{.P......cd
        0x0020:  6012 7210 79bb 0000 0204 05b4 0000       '.r.y.........
11:48:37.860408 IP (tos 0x0, ttl 64, id 0, offset 0, flags [DF], proto TCP (6), length 40)
    89.238.65.123.3594 > 108.162.[edited].80: Flags [R], cksum 0x648e (correct), seq 235561828, win 0, length 0
        0x0000:  4500 0028 0000 4000 4006 6f46 59ee 417b  E..(..@.@.oFY.A{
        0x0010:  6ca2 0000 0e0a 0050 0e0a 6364 0000 0000  l......P..cd....
        0x0020:  5004 0000 648e 0000                      P...d...

Thanks!
`

func TestFoundingCase(t *testing.T) {
	want := `8: 108.162.0.0=108.162.[edited] 80 > 89.238.65.123 3594 proto 6 len 44 SYN/ACK seq 79911989 ack 235561828 win 29200 opt 020405b4
13: 89.238.65.123 3594 > 108.162.0.0=108.162.[edited] 80 proto 6 len 40 RST seq 235561828 ack 0 win 0`
	quoted := "> " + strings.ReplaceAll(strings.TrimSpace(founding), "\n", "\n> ")
	blanks := strings.ReplaceAll(founding, "    ", " ")
	twice := ">" + strings.ReplaceAll(quoted, "\n", "\n>")
	for name, text := range map[string]string{"as it is": founding, "quoted": quoted, "quoted twice": twice, "fewer blanks": blanks} {
		recs, s := scan(t, text)
		if got := describeAll(recs); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
			continue
		}
		if len(s.Errors()) > 0 {
			t.Errorf("%s: errors %v", name, s.Errors())
		}
		a, b := recs[0], recs[1]
		if a.Untold != FieldSrc|FieldTime || b.Untold != FieldDst|FieldTime {
			t.Errorf("%s: untold %v and %v", name, a.Untold.Names(), b.Untold.Names())
		}
		if !a.Packet.Verified || !b.Packet.Verified {
			t.Errorf("%s: the checksums of blanked packets count", name)
		}
		if b.Time-a.Time != 71000 || a.Clock != TimeOfDay {
			t.Errorf("%s: times %d, %d (%v)", name, a.Time, b.Time, a.Clock)
		}
		if a.Source() != "post.txt:8" || !strings.Contains(a.Text, "[S.]") {
			t.Errorf("%s: source %s, text %q", name, a.Source(), a.Text)
		}
	}
	// without its dump the same packets come out of the lines
	var lines []string
	for line := range strings.Lines(founding) {
		if !strings.Contains(line, "0x00") || strings.Contains(line, "kernel") {
			lines = append(lines, line)
		}
	}
	recs, _ := scan(t, strings.Join(lines, ""))
	want = strings.Replace(want, "13: ", "10: ", 1)
	if got := describeAll(recs); got != want {
		t.Errorf("without hex: got\n%s\nwant\n%s", got, want)
	}
	for _, r := range recs {
		if f := r.Untold &^ (FieldTime | FieldSrc | FieldDst); f != 0 {
			t.Errorf("without hex: untold %v", f.Names())
		}
	}
}

// What the lines of one packet give, each alone.
func TestTextPackets(t *testing.T) {
	const basic = FieldTime | FieldTOS | FieldTTL | FieldID | FieldFragment | FieldIPOptions
	tests := []struct {
		name, text, want string
		untold           Field
	}{
		{"plain", "12:00:00.000001 IP 192.0.2.1.3594 > 198.51.100.7.80: Flags [S], seq 7, win 512, length 0",
			"1: 192.0.2.1 3594 > 198.51.100.7 80 proto 6 len 40 SYN seq 7 ack 0 win 512", basic | FieldChecksum},
		{"no time", "IP 192.0.2.1.3594 > 198.51.100.7.80: Flags [S], seq 7, win 512, length 0",
			"1: 192.0.2.1 3594 > 198.51.100.7 80 proto 6 len 40 SYN seq 7 ack 0 win 512", basic | FieldChecksum},
		{"one line -v", "12:00:00.000001 IP (tos 0x10, ttl 60, id 5, offset 0, flags [none], proto TCP (6), length 40) 192.0.2.1.3594 > 198.51.100.7.80: Flags [F.], cksum 0x1234 (correct), seq 7, ack 9, win 512, length 0",
			"1: 192.0.2.1 3594 > 198.51.100.7 80 proto 6 len 40 FIN/ACK seq 7 ack 9 win 512", FieldTime | FieldSeq | FieldAck},
		{"all flags", "12:00:00.000001 IP 192.0.2.1.1 > 192.0.2.2.2: Flags [FSRP.UEWe], seq 3000000000, ack 2999999999, win 1, urg 5, length 0",
			"1: 192.0.2.1 1 > 192.0.2.2 2 proto 6 len 40 SYN/FIN/RST/PSH/ACK/URG/ECE/CWR/AE seq 3000000000 ack 2999999999 win 1", basic | FieldChecksum},
		{"no flags", "12:00:00.000001 IP 192.0.2.1.1 > 192.0.2.2.2: Flags [none], win 1, length 0",
			"1: 192.0.2.1 1 > 192.0.2.2 2 proto 6 len 40 no flags seq 0 ack 0 win 1", basic | FieldChecksum | FieldSeq},
		{"options", "12:00:00.000001 IP 192.0.2.1.1 > 192.0.2.2.2: Flags [S], seq 1, win 1, options [mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7,tfo  cookiereq,nop,nop], length 0",
			"1: 192.0.2.1 1 > 192.0.2.2 2 proto 6 len 64 SYN seq 1 ack 0 win 1 opt 020405b40402080a00000001000000000103030722020101", basic | FieldChecksum},
		{"unknown option", "12:00:00.000001 IP 192.0.2.1.1 > 192.0.2.2.2: Flags [S], seq 1, win 1, options [mss 1460,mptcp 12 capable v1], length 0",
			"1: 192.0.2.1 1 > 192.0.2.2 2 proto 6 len 44 SYN seq 1 ack 0 win 1 opt 020405b4", basic | FieldChecksum | FieldTCPOptions | FieldLength},
		{"data", "12:00:00.000001 IP 192.0.2.1.1 > 192.0.2.2.2: Flags [P.], seq 3000000000:3000000202, ack 2000000000, win 8192, length 202: HTTP: GET / HTTP/1.1",
			"1: 192.0.2.1 1 > 192.0.2.2 2 proto 6 len 242 PSH/ACK seq 3000000000 ack 2000000000 win 8192", basic | FieldChecksum | FieldPayload},
		{"quiet", "12:00:00.000001 IP 192.0.2.1.1 > 192.0.2.2.2: tcp 5",
			"1: 192.0.2.1 1 > 192.0.2.2 2 proto 6 len 45 no flags seq 0 ack 0 win 0",
			basic | FieldChecksum | FieldPayload | FieldFlags | FieldUrgent | FieldSeq | FieldAck | FieldWindow | FieldTCPOptions | FieldLength},
		{"any", "12:00:00.000001 eth0  In  IP 192.0.2.1.1 > 192.0.2.2.2: UDP, length 5",
			"1: eth0 in 192.0.2.1 1 > 192.0.2.2 2 proto 17 len 33", basic | FieldChecksum | FieldPayload},
		{"any out", "12:00:00.000001 wlp3s0 Out IP6 2001:db8::1.5353 > ff02::fb.5353: UDP, length 5",
			"1: wlp3s0 out 2001:db8::1 5353 > ff02::fb 5353 proto 17 len 53", FieldTime | FieldTOS | FieldTTL | FieldChecksum | FieldPayload},
		{"any -e", "12:00:00.000001 eth0  B   ifindex 2 02:00:00:00:00:02 ethertype IPv4 (0x0800), length 33: 192.0.2.1.1 > 192.0.2.255.2: UDP, length 5",
			"1: eth0 in 192.0.2.1 1 > 192.0.2.255 2 proto 17 len 33", basic | FieldChecksum | FieldPayload | FieldLinkDst},
		{"old any", "12:00:00.000001  In 02:00:00:00:00:02 ethertype IPv4 (0x0800), length 33: 192.0.2.1.1 > 192.0.2.2.2: UDP, length 5",
			"1: in 192.0.2.1 1 > 192.0.2.2 2 proto 17 len 33", basic | FieldChecksum | FieldPayload | FieldLinkDst},
		{"-e", "12:00:00.000001 02:00:00:00:00:02 (oui Unknown) > 02:00:00:00:00:01 (oui Unknown), ethertype IPv4 (0x0800), length 74: 192.0.2.1.1 > 192.0.2.2.2: UDP, length 5",
			"1: 192.0.2.1 1 > 192.0.2.2 2 proto 17 len 33", basic | FieldChecksum | FieldPayload},
		{"-e vlan", "12:00:00.000001 02:00:00:00:00:02 > Broadcast, ethertype 802.1Q (0x8100), length 74: vlan 10, p 3, ethertype IPv4 (0x0800), 192.0.2.1.1 > 192.0.2.2.2: UDP, length 5",
			"1: 192.0.2.1 1 > 192.0.2.2 2 proto 17 len 33", basic | FieldChecksum | FieldPayload},
		{"names", "12:00:00.000001 IP www.example.org.http > client-3.example.net.51234: Flags [R], seq 9, win 0, length 0",
			"1: 0.0.0.0=www.example.org 80 > 0.0.0.0=client-3.example.net 51234 proto 6 len 40 RST seq 9 ack 0 win 0", basic | FieldChecksum | FieldSrc | FieldDst},
		{"strange service", "12:00:00.000001 IP 192.0.2.1.my-svc > host.example.net.frobd: Flags [R], seq 9, win 0, length 0",
			"1: 192.0.2.1 0 > 0.0.0.0=host.example.net 0 proto 6 len 40 RST seq 9 ack 0 win 0", basic | FieldChecksum | FieldSrcPort | FieldDst | FieldDstPort},
		{"blanked", "12:00:00.000001 IP x.x.x.x.22 > MYIP.3594: Flags [R], seq 9, win 0, length 0",
			"1: 0.0.0.0=x.x.x.x 22 > 0.0.0.0=MYIP 3594 proto 6 len 40 RST seq 9 ack 0 win 0", basic | FieldChecksum | FieldSrc | FieldDst},
		{"blanked more", "12:00:00.000001 IP <my ip>.80 > 192.168.x.5.3594: Flags [R], seq 9, win 0, length 0",
			"1: 0.0.0.0=<my ip> 80 > 192.168.0.5=192.168.x.5 3594 proto 6 len 40 RST seq 9 ack 0 win 0", basic | FieldChecksum | FieldSrc | FieldDst},
		{"blanked, no port", "12:00:00.000001 IP 1.2.3.* > 10.x.x.x: ICMP echo request, id 1, seq 2, length 64",
			"1: 1.2.3.0=1.2.3.* > 10.0.0.0=10.x.x.x proto 1 len 84 type 8 code 0 rest 0x10002", basic | FieldChecksum | FieldPayload | FieldSrc | FieldDst},
		{"blanked v6", "12:00:00.000001 IP6 2001:db8:XXXX::1.443 > fe80::1.1024: Flags [R], seq 9, win 0, length 0",
			"1: ::=2001:db8:XXXX::1 443 > fe80::1 1024 proto 6 len 60 RST seq 9 ack 0 win 0", FieldTime | FieldTOS | FieldTTL | FieldChecksum | FieldSrc},
		{"lost destination", "12:00:00.000001 IP 108.162.[edited].80 > Flags [S.], seq 1, ack 2, win 3, length 0",
			"1: 108.162.0.0=108.162.[edited] 80 > 0.0.0.0 0 proto 6 len 40 SYN/ACK seq 1 ack 2 win 3", basic | FieldChecksum | FieldSrc | FieldDst | FieldDstPort},
		{"lost source", "11:48:37.860408 IP (tos 0x0, ttl 64, id 0, offset 0, flags [DF], proto TCP (6), length 40) > 108.162.[edited].80: Flags [R], cksum 0x648e (correct), seq 235561828, win 0, length 0",
			"1: 0.0.0.0 0 > 108.162.0.0=108.162.[edited] 80 proto 6 len 40 RST seq 235561828 ack 0 win 0", FieldTime | FieldSrc | FieldDst | FieldSrcPort},
		{"colon port", "12:00:00.000001 IP 192.0.2.1:80 > MYIP:3594: Flags [R], seq 9, win 0, length 0",
			"1: 192.0.2.1 80 > 0.0.0.0=MYIP 3594 proto 6 len 40 RST seq 9 ack 0 win 0", basic | FieldChecksum | FieldDst},
		{"old", "12:00:00.000001 IP 192.0.2.1.1 > 192.0.2.2.2: S 7:7(0) win 5840 <mss 1460,nop,wscale 0> (DF)",
			"1: 192.0.2.1 1 > 192.0.2.2 2 proto 6 len 48 SYN seq 7 ack 0 win 5840 opt 020405b401030300", basic&^FieldFragment | FieldChecksum},
		{"old -v", "12:00:00.000001 192.0.2.1.1 > 192.0.2.2.2: P [tcp sum ok] 5000000:5000009(9) ack 6000000 win 5840 (DF) [tos 0x10]  (ttl 64, id 4660, len 49)",
			"1: 192.0.2.1 1 > 192.0.2.2 2 proto 6 len 49 PSH/ACK seq 5000000 ack 6000000 win 5840", FieldTime | FieldChecksum | FieldPayload},
		{"3.9 -v", "12:00:00.000001 IP (tos 0x0, ttl  64, id 1, offset 0, flags [DF], proto: TCP (6), length: 40) 192.0.2.1.1 > 192.0.2.2.2: R, cksum 0x1234 (correct), 7:7(0) win 0",
			"1: 192.0.2.1 1 > 192.0.2.2 2 proto 6 len 40 RST seq 7 ack 0 win 0", FieldTime},
		{"linux 2.2", "12:00:00.000001 eth0 < 192.0.2.1.1 > 192.0.2.2.2: . ack 4000000000 win 100",
			"1: eth0 in 192.0.2.1 1 > 192.0.2.2 2 proto 6 len 40 ACK seq 0 ack 4000000000 win 100", basic | FieldChecksum | FieldSeq | FieldPayload | FieldLength},
		{"old -e", "12:00:00.000001 0:0:c:1:2:3 0:50:56:1:2:3 0800 60: 192.0.2.1.1 > 192.0.2.2.2: udp 5",
			"1: 192.0.2.1 1 > 192.0.2.2 2 proto 17 len 33", basic | FieldChecksum | FieldPayload},
		{"dns", "12:00:00.000001 IP 192.0.2.1.5000 > 192.0.2.2.53: 22836+ [1au] A? www.example.org. (56)",
			"1: 192.0.2.1 5000 > 192.0.2.2 53 proto 17 len 84", basic | FieldChecksum | FieldPayload | FieldProto},
		{"snmp", "12:00:00.000001 IP 192.0.2.1.5000 > 192.0.2.2.161: GetRequest(28) .1.3.6.1.2.1.1.1.0",
			"1: 192.0.2.1 5000 > 192.0.2.2 161 proto 17 len 28", basic | FieldChecksum | FieldPayload | FieldProto | FieldLength},
		{"later fragment", "12:00:00.000001 IP 192.0.2.1 > 192.0.2.2: ip-proto-17",
			"1: 192.0.2.1 > 192.0.2.2 proto 17 len 20", basic | FieldPayload | FieldLength},
		{"fragment -v", "12:00:00.000001 IP (tos 0x0, ttl 64, id 9, offset 1480, flags [+], proto UDP (17), length 1500) 192.0.2.1 > 192.0.2.2: udp",
			"1: 192.0.2.1 > 192.0.2.2 proto 17 len 1500", FieldTime | FieldPayload},
		{"old fragment", "12:00:00.000001 192.0.2.1 > 192.0.2.2: udp (frag 9:1480@1480+) (ttl 64, id 9)",
			"1: 192.0.2.1 > 192.0.2.2 proto 17 len 1500", FieldTime | FieldPayload},
		{"v6 fragment", "12:00:00.000001 IP6 2001:db8::1 > 2001:db8::2: frag (0|1448) 500 > 53: UDP, length 1500",
			"1: 2001:db8::1 500 > 2001:db8::2 53 proto 17 len 1496", FieldTime | FieldTOS | FieldTTL | FieldChecksum | FieldPayload},
		{"v6 later fragment", "12:00:00.000001 IP6 2001:db8::1 > 2001:db8::2: frag (1448|60)",
			"1: 2001:db8::1 > 2001:db8::2 proto 255 len 108", FieldTime | FieldTOS | FieldTTL | FieldPayload | FieldFragment | FieldProto},
		{"ping", "12:00:00.000001 IP 192.0.2.1 > 192.0.2.2: ICMP echo reply, id 256, seq 1, length 8",
			"1: 192.0.2.1 > 192.0.2.2 proto 1 len 28 type 0 code 0 rest 0x1000001", basic | FieldChecksum},
		{"port unreachable", "12:00:00.000001 IP 192.0.2.1 > 192.0.2.2: ICMP 192.0.2.1 udp port 53 unreachable, length 36",
			"1: 192.0.2.1 > 192.0.2.2 proto 1 len 56 type 3 code 3 rest 0x0 data 4500001c000000004011f6cdc0000202c00002010000003500000000", basic | FieldChecksum | FieldInner},
		{"admin prohibited", "12:00:00.000001 IP 192.0.2.1 > 192.0.2.2: ICMP host 192.0.2.9 unreachable - admin prohibited filter, length 68",
			"1: 192.0.2.1 > 192.0.2.2 proto 1 len 88 type 3 code 13 rest 0x0 data 4500001c000000004000f6d6c0000202c00002090000000000000000", basic | FieldChecksum | FieldInner | FieldPayload},
		{"need to frag", "12:00:00.000001 IP 192.0.2.1 > 192.0.2.2: ICMP 192.0.2.9 unreachable - need to frag (mtu 1400), length 556",
			"1: 192.0.2.1 > 192.0.2.2 proto 1 len 576 type 3 code 4 rest 0x578 data 4500001c000000004000f6d6c0000202c00002090000000000000000", basic | FieldChecksum | FieldInner | FieldPayload},
		{"net unreachable", "12:00:00.000001 IP 192.0.2.1 > 192.0.2.2: ICMP net 192.0.2.9 unreachable, length 8",
			"1: 192.0.2.1 > 192.0.2.2 proto 1 len 28 type 3 code 0 rest 0x0", basic | FieldChecksum | FieldInner},
		{"protocol unreachable", "12:00:00.000001 IP 192.0.2.1 > 192.0.2.2: ICMP 192.0.2.1 protocol 47 unreachable, length 8",
			"1: 192.0.2.1 > 192.0.2.2 proto 1 len 28 type 3 code 2 rest 0x0", basic | FieldChecksum | FieldInner},
		{"redirect", "12:00:00.000001 IP 192.0.2.1 > 192.0.2.2: ICMP redirect 192.0.2.9 to host 192.0.2.254, length 8",
			"1: 192.0.2.1 > 192.0.2.2 proto 1 len 28 type 5 code 1 rest 0xc00002fe", basic | FieldChecksum | FieldInner},
		{"time exceeded", "12:00:00.000001 IP 192.0.2.1 > 192.0.2.2: ICMP time exceeded in-transit, length 36",
			"1: 192.0.2.1 > 192.0.2.2 proto 1 len 56 type 11 code 0 rest 0x0", basic | FieldChecksum | FieldInner | FieldPayload},
		{"icmp6", "12:00:00.000001 IP6 fe80::1 > ff02::1:ff00:2: ICMP6, neighbor solicitation, who has fe80::2, length 32",
			"1: fe80::1 > ff02::1:ff00:2 proto 58 len 72 type 135 code 0 rest 0x0 data fe800000000000000000000000000002", FieldTime | FieldTOS | FieldTTL | FieldChecksum | FieldPayload},
		{"icmp6 unreachable", "12:00:00.000001 IP6 2001:db8::1 > 2001:db8::2: ICMP6, destination unreachable, unreachable port, 2001:db8::1 udp port 53, length 8",
			"1: 2001:db8::1 > 2001:db8::2 proto 58 len 48 type 1 code 4 rest 0x0", FieldTime | FieldTOS | FieldTTL | FieldChecksum | FieldInner},
		{"mld", "12:00:00.000001 IP6 (hlim 1, next-header Options (0) payload length: 36) fe80::1 > ff02::16: HBH (rtalert: 0x0000) (padn) [icmp6 sum ok] ICMP6, multicast listener report v2, 1 group record(s)",
			"1: fe80::1 > ff02::16 proto 58 len 76 type 143 code 0 rest 0x0", FieldTime | FieldIPOptions | FieldChecksum | FieldICMP | FieldPayload},
		{"esp", "12:00:00.000001 IP 192.0.2.1 > 192.0.2.2: ESP(spi=0x12345678,seq=0x1), length 116",
			"1: 192.0.2.1 > 192.0.2.2 proto 50 len 136", basic | FieldPayload},
		{"igmp", "12:00:00.000001 IP 192.0.2.1 > 224.0.0.22: igmp v3 report, 1 group record(s)",
			"1: 192.0.2.1 > 224.0.0.22 proto 2 len 20", basic | FieldTransport | FieldPayload | FieldLength},
		{"truncated", "12:00:00.000001 IP truncated-ip - 20 bytes missing! 192.0.2.1.1 > 192.0.2.2.2: UDP, length 25",
			"1: skip IP packet is shorter than its header says", FieldTime},
		{"wrong version", "12:00:00.000001 IP [version 6 != 4] (invalid)", "1: skip IP header length is impossible", FieldTime},
		{"arp", "12:00:00.000001 ARP, Request who-has 192.0.2.1 tell 192.0.2.2, length 28", "1: skip not IP: ARP", FieldTime},
		{"arp -e", "12:00:00.000001 02:00:00:00:00:02 > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 42: Request who-has 192.0.2.1 tell 192.0.2.2, length 28",
			"1: skip not IP: ARP", FieldTime},
		{"numbered", "   17  12:00:00.000001 IP 192.0.2.1 > 192.0.2.2: ICMP echo reply, id 256, seq 1, length 8",
			"1: 192.0.2.1 > 192.0.2.2 proto 1 len 28 type 0 code 0 rest 0x1000001", basic | FieldChecksum},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !LooksLikeTcpdump(tt.text) {
				t.Error("does not look like tcpdump")
			}
			recs, s := scan(t, tt.text)
			if got := describeAll(recs); got != tt.want {
				t.Fatalf("got  %s\nwant %s\nerrors %v", got, tt.want, s.Errors())
			}
			if got := recs[0].Untold; got != tt.untold {
				t.Errorf("untold too much: %v, too little: %v", (got &^ tt.untold).Names(), (tt.untold &^ got).Names())
			}
		})
	}
}

func TestTextLink(t *testing.T) {
	recs, _ := scan(t, "12:00:00.000001 02:00:00:00:00:02 > Broadcast, ethertype 802.1Q (0x8100), length 74: vlan 10, p 3, ethertype IPv4 (0x0800), 192.0.2.1.1 > 192.0.2.2.2: UDP, length 5\n"+
		"12:00:00.000002 IP 192.0.2.1 > 224.0.0.22: igmp v3 report, 1 group record(s)\n"+
		"12:00:00.000003 eth0  P   IP 192.0.2.1 > 192.0.2.2: ICMP echo reply, id 256, seq 1, length 8")
	if len(recs) != 3 {
		t.Fatalf("got %d records", len(recs))
	}
	p := recs[0].Packet
	if fmt.Sprintf("%x", p.Link) != "ffffffffffff0200000000020800" || p.VLAN != 3<<13|10 || p.VLANProto != 0x8100 || p.Cast != packet.CastBroadcast {
		t.Errorf("got link %x vlan %#x cast %d", p.Link, p.VLAN, p.Cast)
	}
	if c := recs[1].Packet.Cast; c != packet.CastMulticast {
		t.Errorf("multicast destination: cast %d", c)
	}
	if c := recs[2].Packet.Cast; c != packet.CastOther || recs[2].Dir != In {
		t.Errorf("promiscuous: cast %d", c)
	}
}

func TestTextErrors(t *testing.T) {
	recs, s := scan(t, `12:00:00.000001 IP garbage
12:00:00.000002 IP (tos 0x0, ttl 64, id 0, offset 0, flags [DF], proto TCP (6), length 40)
prose in between
12:00:00.000003 IP also garbage
`)
	bare, b := scan(t, "0x0000:  6500 0000 0000 0000 0000 0000 0000 0000\n0x0010:  0000")
	recs = append(recs, bare...)
	if len(recs) != 0 {
		t.Errorf("got %s", describeAll(recs))
	}
	want := []string{
		`post.txt:1: cannot read tcpdump line "12:00:00.000001 IP garbage": no addresses (expected "source > destination:")`,
		`post.txt:2: cannot read tcpdump line "12:00:00.000002 IP (tos 0x0, ttl 64, id 0, offset 0, flags [DF], proto TCP (6), length 40)": the second line with the addresses is missing`,
		`post.txt:4: cannot read tcpdump line "12:00:00.000003 IP also garbage": no addresses (expected "source > destination:")`,
		`post.txt:1: cannot read tcpdump line "0x0000:  6500 0000 0000 0000 0000 0000 0000 0000": hex dump holds no IP packet`,
	}
	errs := append(s.Errors(), b.Errors()...)
	for i, e := range errs {
		if i >= len(want) || e.Error() != want[i] {
			t.Errorf("got %s", e)
		}
	}
	if len(errs) != len(want) {
		t.Errorf("got %d errors, want %d", len(errs), len(want))
	}
}

func TestNotTcpdump(t *testing.T) {
	for _, line := range []string{
		"",
		"I have two hosts, A > B: which one is right?",
		"the IP address > netmask: what?",
		"-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
		"Aug 14 11:48:37 reynholm kernel: [81795.100496] UNKNOWN_OUTGOING: IN= OUT=ifext SRC=89.238.65.123 DST=108.162.0.1 LEN=40 PROTO=TCP SPT=3594 DPT=80 RST URGP=0",
		"echo 1 > /proc/sys/net/ipv4/ip_forward",
		"iptables-save > rules.v4: and then edit it",
		"2014-12-09 17:16:09 ERROR something > other: thing",
		"12:00:01 nginx: GET / > 200: ok",
		"11:48:37 up 5 days, load average: 0.1",
		"In the end > all: is well",
		"> quoted text: with a colon",
		"12 packets > 13 packets: more",
		"E..<.h@.@.!R.........p.P7X.~.........!....@....",
	} {
		if LooksLikeTcpdump(line) {
			t.Errorf("taken for tcpdump: %q", line)
		}
		var s TextScanner
		if s.Line(1, line) || len(s.Records()) > 0 || len(s.Errors()) > 0 {
			t.Errorf("taken: %q, errors %v", line, s.Errors())
		}
	}
}

// Lines that a web page or a mail program has changed.
func TestTextMangled(t *testing.T) {
	const want = "1: 192.0.2.1 3594 > 198.51.100.7 80 proto 6 len 44 SYN seq 7 ack 0 win 512 opt 020405b4"
	for name, text := range map[string]string{
		"entities":              "12:00:00.000001 IP 192.0.2.1.3594 &gt; 198.51.100.7.80: Flags [S], seq 7, win 512, options [mss 1460], length 0",
		"hard blanks":           "12:00:00.000001\u00a0IP\u00a0192.0.2.1.3594\u00a0>\u00a0198.51.100.7.80:\u00a0Flags [S], seq 7, win 512, options [mss 1460], length 0",
		"wrapped":               "12:00:00.000001 IP 192.0.2.1.3594 > 198.51.100.7.80: Flags [S], seq 7, win 512,\noptions [mss 1460], length 0\nI wonder",
		"wrapped twice, quoted": "> 12:00:00.000001 IP 192.0.2.1.3594 > 198.51.100.7.80: Flags [S],\n> seq 7, win 512, options\n> [mss 1460], length 0\n> I wonder",
		"wrapped at the arrow":  "12:00:00.000001 IP 192.0.2.1.3594 >\n198.51.100.7.80: Flags [S], seq 7, win 512, options [mss 1460], length 0",
		"wrapped -v":            "12:00:00.000001 IP (tos 0x0, ttl 64, id 0, offset 0, flags [DF], proto\nTCP (6), length 44)\n    192.0.2.1.3594 > 198.51.100.7.80: Flags [S], seq 7, win 512, options [mss 1460], length 0",
		"wrapped second line":   "12:00:00.000001 IP (tos 0x0, ttl 64, id 0, offset 0, flags [DF], proto TCP (6), length 44)\n    192.0.2.1.3594 >\n198.51.100.7.80: Flags [S], seq 7, win 512,\noptions [mss 1460], length 0",
		"list":                  "* `12:00:00.000001 IP 192.0.2.1.3594 > 198.51.100.7.80: Flags [S], seq 7, win 512, options [mss 1460], length 0`",
	} {
		recs, s := scan(t, text)
		if got := describeAll(recs); got != want || len(s.Errors()) > 0 {
			t.Errorf("%s: got\n%s\nwant\n%s\nerrors %v", name, got, want, s.Errors())
		}
	}
}

// Chatter of tcpdump itself is taken and names the interface.
func TestTextChatter(t *testing.T) {
	recs, _ := scan(t, `tcpdump: verbose output suppressed, use -v[v]... for full protocol decode
listening on eth1, link-type EN10MB (Ethernet), snapshot length 262144 bytes
12:00:00.000001 IP 192.0.2.1 > 192.0.2.2: ICMP echo reply, id 256, seq 1, length 8
^C
1 packet captured
tcpdump: listening on any, link-type LINUX_SLL2 (Linux cooked v2), snapshot length 262144 bytes
12:00:00.000001 IP 192.0.2.1 > 192.0.2.2: ICMP echo reply, id 256, seq 1, length 8
`)
	if len(recs) != 2 || recs[0].Iface != "eth1" || recs[1].Iface != "" || recs[1].Number != 2 {
		t.Errorf("got %s", describeAll(recs))
	}
}

// -v prints the packet that an ICMP error quotes, and what tunnels carry, below.
func TestTextNested(t *testing.T) {
	text := `12:00:00.000001 IP (tos 0xc0, ttl 64, id 1, offset 0, flags [none], proto ICMP (1), length 68)
    198.51.100.7 > 192.0.2.1: ICMP 198.51.100.7 tcp port 80 unreachable, length 48
	IP (tos 0x0, ttl 60, id 2, offset 0, flags [DF], proto TCP (6), length 40)
    192.0.2.1.3594 > 198.51.100.7.80: Flags [S], cksum 0x1234 (correct), seq 7, win 512, length 0
12:00:00.000002 IP (tos 0x0, ttl 64, id 3, offset 0, flags [none], proto GRE (47), length 64)
    192.0.2.1 > 192.0.2.2: GREv0, Flags [none], proto IPv4 (0x0800), length 44
	IP (tos 0x0, ttl 60, id 2, offset 0, flags [DF], proto TCP (6), length 40)
    10.0.0.1.1 > 10.0.0.2.2: Flags [S], cksum 0x1234 (correct), seq 7, win 512, length 0
12:00:00.000003 IP (tos 0x0, ttl 64, id 3, offset 0, flags [none], proto IPIP (4), length 60)
    192.0.2.1 > 192.0.2.2: IP (tos 0x0, ttl 60, id 2, offset 0, flags [DF], proto TCP (6), length 40)
    10.0.0.1.1 > 10.0.0.2.2: Flags [S], cksum 0x1234 (correct), seq 7, win 512, length 0
`
	want := `1: 198.51.100.7 > 192.0.2.1 proto 1 len 68 type 3 code 3 rest 0x0 data 45000028000240003c065292c0000201c63364070e0a005000000007000000005002020012340000
5: 192.0.2.1 > 192.0.2.2 proto 47 len 64
9: 192.0.2.1 > 192.0.2.2 proto 4 len 60`
	recs, s := scan(t, text)
	if got := describeAll(recs); got != want || len(s.Errors()) > 0 {
		t.Errorf("got\n%s\nwant\n%s\nerrors %v", got, want, s.Errors())
	}
	if f := recs[0].Untold; f.Has(FieldInner) {
		t.Errorf("untold %v", f.Names())
	}
	// the same without times
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(line, "12:00:00.000001 "), "12:00:00.000002 "), "12:00:00.000003 "))
	}
	recs, s = scan(t, strings.Join(lines, ""))
	if got := describeAll(recs); got != want || len(s.Errors()) > 0 {
		t.Errorf("without times: got\n%s\nwant\n%s\nerrors %v", got, want, s.Errors())
	}
}

func TestTextSequenceNumbers(t *testing.T) {
	line := func(dir, body string) string {
		if dir == ">" {
			return "IP 192.0.2.1.1000 > 192.0.2.2.80: " + body + "\n"
		}
		return "IP 192.0.2.2.80 > 192.0.2.1.1000: " + body + "\n"
	}
	type seg struct{ dir, body string }
	tests := []struct {
		name string
		segs []seg
		want string // seq/ack of each, ? for untold
	}{
		{"handshake", []seg{
			{">", "Flags [S], seq 1000000000, win 1, length 0"},
			{"<", "Flags [S.], seq 2000000000, ack 1000000001, win 1, length 0"},
			{">", "Flags [.], ack 1, win 1, length 0"},
			{">", "Flags [P.], seq 1:101, ack 1, win 1, length 100"},
			{"<", "Flags [.], ack 101, win 1, length 0"},
			{"<", "Flags [R], seq 2000000001, win 0, length 0"},
		}, "1000000000/0 2000000000/1000000001 ?1000000001/2000000001 1000000001/2000000001 ?2000000001/1000000101 2000000001/0"},
		{"with -S", []seg{
			{">", "Flags [S], seq 1000000000, win 1, length 0"},
			{"<", "Flags [S.], seq 2000000000, ack 1000000001, win 1, length 0"},
			{">", "Flags [.], ack 2000000001, win 1, length 0"},
			{">", "Flags [P.], seq 1000000001:1000000101, ack 2000000001, win 1, length 100"},
		}, "1000000000/0 2000000000/1000000001 ?1000000001/2000000001 1000000001/2000000001"},
		{"found under way", []seg{
			{">", "Flags [P.], seq 3000000000:3000000100, ack 4000000000, win 1, length 100"},
			{"<", "Flags [.], ack 100, win 1, length 0"},
			{"<", "Flags [F.], seq 1, ack 100, win 1, length 0"},
		}, "3000000000/4000000000 ?4000000000/3000000100 4000000000/3000000100"},
		{"cut out of a dump", []seg{
			{">", "Flags [P.], seq 1:101, ack 1, win 1, length 100"},
			{"<", "Flags [.], ack 101, win 1, length 0"},
		}, "?1/?1 ?0/?101"},
		{"lost SYN/ACK", []seg{
			{">", "Flags [S], seq 1000000000, win 1, length 0"},
			{">", "Flags [P.], seq 1:101, ack 1, win 1, length 100"},
		}, "1000000000/0 1000000001/?1"},
		{"port used again", []seg{
			{">", "Flags [S], seq 1000000000, win 1, length 0"},
			{"<", "Flags [S.], seq 2000000000, ack 1000000001, win 1, length 0"},
			{">", "Flags [S], seq 3000000000, win 1, length 0"},
			{"<", "Flags [S.], seq 4000000000, ack 3000000001, win 1, length 0"},
			{">", "Flags [.], seq 1:2, ack 1, win 1, length 1"},
		}, "1000000000/0 2000000000/1000000001 3000000000/0 4000000000/3000000001 3000000001/4000000001"},
		{"wrapped", []seg{
			{">", "Flags [S], seq 4294967290, win 1, length 0"},
			{"<", "Flags [S.], seq 5, ack 4294967291, win 1, length 0"},
			{">", "Flags [.], seq 1:101, ack 1, win 1, length 100"},
			{"<", "Flags [.], ack 101, win 1, options [nop,nop,sack 1 {101:201}], length 0"},
		}, "4294967290/0 5/4294967291 4294967291/6 ?6/95"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var text strings.Builder
			for _, s := range tt.segs {
				text.WriteString(line(s.dir, s.body))
			}
			recs, _ := scan(t, text.String())
			var got []string
			for _, r := range recs {
				h, _ := r.Packet.TCP()
				got = append(got, mark(r, FieldSeq)+fmt.Sprint(h.Seq())+"/"+mark(r, FieldAck)+fmt.Sprint(h.Ack()))
			}
			if g := strings.Join(got, " "); g != tt.want {
				t.Errorf("got  %s\nwant %s", g, tt.want)
			}
		})
	}
}

func mark(r *Record, f Field) string {
	if r.Untold.Has(f) {
		return "?"
	}
	return ""
}

func TestTextTimes(t *testing.T) {
	const body = " IP 192.0.2.1 > 192.0.2.2: ICMP echo reply, id 256, seq 1, length 8\n"
	tests := []struct {
		name   string
		stamps []string
		clock  Clock
		want   []packet.Time
	}{
		{"time", []string{"11:48:37.860337", "11:48:37.860408"}, TimeOfDay, []packet.Time{42517860337000, 42517860408000}},
		{"midnight", []string{"23:59:59.999999", "00:00:00.000001"}, TimeOfDay, []packet.Time{86399999999000, 86400000001000}},
		{"out of order", []string{"12:00:00.000009", "12:00:00.000001"}, TimeOfDay, []packet.Time{43200000009000, 43200000001000}},
		{"none", []string{"", ""}, NoClock, []packet.Time{0, 0}},
		{"-tt", []string{"1418145369.924505", "1418145370.052027262"}, Epoch, []packet.Time{1418145369924505000, 1418145370052027262}},
		{"-ttt", []string{" 00:00:00.000000", " 00:00:00.127522", " 00:00:00.000088"}, Since, []packet.Time{0, 127522000, 127610000}},
		{"-ttt back", []string{" 00:00:00.000000", " 06:32:31.968607", " -06:32:31.968606"}, Since, []packet.Time{0, 23551968607000, 1000}},
		{"-tttt", []string{"2014-12-09 17:16:09.924505"}, LocalDate, []packet.Time{1418145369924505000}},
		{"-ttttt", []string{" 00:00:00.000000", " 00:00:00.127522", " 00:00:00.127610"}, Since, []packet.Time{0, 127522000, 127610000}},
		{"old -ttt", []string{"000000", "127522", "1. 000088"}, Since, []packet.Time{0, 127522000, 1127610000}},
		{"seconds", []string{"11:48:37"}, TimeOfDay, []packet.Time{42517000000000}},
		{"nanoseconds", []string{"11:48:37.860337001"}, TimeOfDay, []packet.Time{42517860337001}},
		{"small epoch", []string{"33.797609"}, Since, []packet.Time{33797609000}},
		{"not convertible", []string{"[Error converting time]"}, NoClock, []packet.Time{0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Join(tt.stamps, body) + body
			for _, read := range []func() []*Record{
				func() []*Record { r, _ := scan(t, text); return r },
				func() []*Record { r, _ := readAll(t, []byte(text)); return r },
			} {
				recs := read()
				if len(recs) != len(tt.want) {
					t.Fatalf("got %d records", len(recs))
				}
				for i, r := range recs {
					if r.Time != tt.want[i] || r.Clock != tt.clock {
						t.Errorf("record %d: got %d (%v), want %d (%v)", i, r.Time, r.Clock, tt.want[i], tt.clock)
					}
				}
			}
		})
	}
}

func TestHexLine(t *testing.T) {
	tests := []struct {
		in     string
		offset int
		want   string
	}{
		{"\t0x0000:  4500 003c 1b68 4000 4006 2152 7f00 0001", 0, "4500003c1b6840004006215 27f000001"},
		{"0x0030:  4ddc 9216 0000 0000 0103 0302            M...........", 48, "4ddc921600000000 01030302"},
		{"> 0x0020: 6012 7210 79bb 0000 0204 05b4 0000 'r.y...", 32, "60127210 79bb0000020405b40000"},
		{"0x0010:  05                                       .", 16, "05"},
		{"0x0010:  4500 abcd  beef cafe", 16, "4500abcd"},
		{"\t\t\t 4500 003c 1b68 4000 4006 2152 7f00 0001", -1, "4500003c1b6840004006215 27f000001"},
		{"0x0010:", 0, ""},
		{"0xzz: 4500", 0, ""},
		{"4500 apples", 0, ""},
		{"dead beef and more", 0, ""},
	}
	for _, tt := range tests {
		off, b, ok := hexLine(tt.in)
		want := unhex(tt.want)
		if ok != (tt.want != "") || ok && (off != tt.offset || string(b) != string(want)) {
			t.Errorf("hexLine(%q) = %d, %x, %v, want %d, %x", tt.in, off, b, ok, tt.offset, want)
		}
	}
}

// Dumps that lost their lines, start at the link header, or were cut.
func TestTextDumps(t *testing.T) {
	syn := "4500 0028 0000 0000 4006 9d6f c000 0201 c633 6407 0e0a 0050 0000 0001 0000 0000 5002 0200 cb50 0000"
	lines := func(hex string) string {
		b := unhex(hex)
		var s strings.Builder
		for i := 0; i < len(b); i += 16 {
			row := b[i:min(i+16, len(b))]
			fmt.Fprintf(&s, "\t0x%04x: ", i)
			for j := 0; j < len(row); j += 2 {
				fmt.Fprintf(&s, " %x", row[j:min(j+2, len(row))])
			}
			s.WriteString("  ........\n")
		}
		return s.String()
	}
	const head = "12:00:00.000001 IP 192.0.2.1.3594 > 198.51.100.7.80: Flags [S], seq 1, win 512, length 0\n"
	const want = "192.0.2.1 3594 > 198.51.100.7 80 proto 6 len 40 SYN seq 1 ack 0 win 512"
	mac := "0200 0000 0001 0200 0000 0002 "
	tests := []struct {
		name, text string
		want       []string
	}{
		{"ip", head + lines(syn), []string{"1: " + want}},
		{"padded", head + lines(syn+" 0000 0000 0000"), []string{"1: " + want}},
		{"ethernet", head + lines(mac+"0800"+syn), []string{"1: " + want}},
		{"vlan", head + lines(mac+"8100 0001 0800"+syn), []string{"1: " + want}},
		{"cooked", head + lines("0000 0001 0006 0200 0000 0002 0000 0800"+syn), []string{"1: in " + want}},
		{"cooked 2", head + lines("0800 0000 0000 0002 0001 0406 0200 0000 0002 0000"+syn), []string{"1: out " + want}},
		{"loopback", head + lines("0200 0000"+syn), []string{"1: " + want}},
		{"no line", "what is this?\n" + lines(syn), []string{"2: " + want}},
		{"two without lines", lines(syn) + lines(syn), []string{"1: " + want, "4: " + want}},
		{"text between", head + "\tsome details of -vv\n\t  and more\n" + lines(syn), []string{"1: " + want}},
		{"dump of a payload first", head + lines("4d61 7220 2039 2030 343a 3434 3a32 3720 4e44") + lines(syn), []string{"1: " + want}},
		{"only the payload", head + lines("4d61 7220 2039 2030 343a 3434 3a32 3720 4e44"), []string{"1: " + want}},
		{"middle missing", head + strings.Split(lines(syn), "\n")[0] + "\n" + strings.Split(lines(syn), "\n")[2] + "\n", []string{"1: " + want}},
		{"old", head + "\t\t\t 4500 0028 0000 0000 4006 9d6f c000 0201\n\t\t\t c633 6407 0e0a 0050 0000 0001 0000 0000\n\t\t\t 5002 0200 cb50 0000\n", []string{"1: " + want}},
		{"unknown kind", head + "12:00:00.000002 AF Unknown (251660288), length 397: \n" + lines(syn), []string{"1: " + want}},
		{"arp", "12:00:00.000001 ARP, Request who-has 192.0.2.1 tell 192.0.2.2, length 28\n" + lines("0001 0800 0604 0001") + head,
			[]string{"1: skip not IP: ARP", "3: " + want}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			recs, s := scan(t, tt.text)
			if got := describeAll(recs); got != strings.Join(tt.want, "\n") || len(s.Errors()) > 0 {
				t.Errorf("got\n%s\nwant\n%s\nerrors %v", got, strings.Join(tt.want, "\n"), s.Errors())
			}
		})
	}
}

// A dump whose checksum is right holds the true addresses, whatever the poster
// made of the line.
func TestDumpTellsBlanked(t *testing.T) {
	const line = "12:00:00.000001 IP MYIP.3594 > x.x.x.x.80: Flags [S], seq 1, win 512, length 0\n"
	for _, right := range []bool{true, false} {
		b := synPacket()
		if !right {
			b[36]++
		}
		recs, _ := scan(t, fmt.Sprintf("%s0x0000:  % x\n0x0010:  % x\n0x0020:  % x\n", line, b[:16], b[16:32], b[32:]))
		if len(recs) != 1 {
			t.Fatalf("got %d records", len(recs))
		}
		r := recs[0]
		if r.SrcText != "MYIP" || r.DstText != "x.x.x.x" || r.Packet.Src() != addrA || r.Untold.Has(FieldSrc|FieldDst) == right {
			t.Errorf("checksum right %v: got %s, untold %v", right, describe(r), r.Untold.Names())
		}
	}
}

// A text file is read like a capture.
func TestOpenText(t *testing.T) {
	recs, err := readAll(t, []byte(founding))
	if err != nil || len(recs) != 2 || recs[1].Number != 2 {
		t.Errorf("got %s, %v", describeAll(recs), err)
	}
	for text, want := range map[string]string{
		"nothing of interest\n":         "t.pcap: text holds no packet (expected tcpdump's output)",
		"x\n12:00:00.000001 IP wrong\n": "t.pcap:2: cannot read tcpdump line: no addresses (expected \"source > destination:\")",
	} {
		if _, err := readAll(t, []byte(text)); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}
