package evidence

import (
	"testing"
	"time"
)

func TestMessages(t *testing.T) {
	const head = "Mar  3 04:05:06 gw kernel: [   77.000001] "
	tests := []struct {
		text, topic string
		fields      map[string]string
	}{
		{head + "nf_conntrack: table full, dropping packet", TopicTableFull, nil},
		{head + "nf_conntrack: nf_conntrack: table full in netns 4026531840, dropping packet", TopicTableFull, map[string]string{"netns": "4026531840"}},
		{"ip_conntrack: table full, dropping packet.", TopicTableFull, nil},
		{head + "nf_conntrack: expectation table full", TopicExpectFull, nil},
		{head + "IPv4: martian source 192.0.2.1 from 10.0.0.1, on dev eth0", TopicMartian, map[string]string{"what": "source", "destination": "192.0.2.1", "source": "10.0.0.1", "dev": "eth0"}},
		{head + "martian destination 0.0.0.0 from 10.0.0.1, dev eth0", TopicMartian, map[string]string{"what": "destination", "destination": "0.0.0.0", "source": "10.0.0.1", "dev": "eth0"}},
		{head + "ll header: 00000000: ff ff ff ff ff ff 02 00 00 00 0a 01 08 06        ..............", TopicMartian, map[string]string{"link": "ff ff ff ff ff ff 02 00 00 00 0a 01 08 06"}},
		{head + "nf_ct_proto_6: invalid tcp flag combination IN=eth0 OUT= SRC=203.0.113.7 DST=192.0.2.1 LEN=40 TOS=0x00 PREC=0x00 TTL=64 ID=1 PROTO=TCP SPT=1 DPT=2 SEQ=1 ACK=0 WINDOW=1024 RES=0x00 URGP=0",
			TopicInvalid, map[string]string{"by": "nf_ct_proto_6", "reason": "invalid tcp flag combination"}},
		{head + "nf_ct_ftp: dropping packet: partial matching of `227 '", TopicHelper, nil},
		{head + "nf_conntrack: default automatic helper assignment has been turned off for security reasons", TopicHelper, nil},
		{head + "nf_conntrack version 0.5.0 (65536 buckets, 262144 max)", TopicLoaded, map[string]string{"buckets": "65536", "max": "262144"}},
		{head + "xt_hashlimit: max count of 8192 reached", TopicHashlimit, map[string]string{"count": "8192"}},
		{head + "net_ratelimit: 23 callbacks suppressed", TopicSuppressed, map[string]string{"count": "23", "by": "net_ratelimit"}},
		{head + "TCP: request_sock_TCP: Possible SYN flooding on port 80. Sending cookies.", TopicSynFlood, map[string]string{"port": "80"}},
		{"[   77.000001] possible SYN flooding on port 443. Sending cookies.", TopicSynFlood, map[string]string{"port": "443"}},
		{head + "neighbour: arp_cache: neighbor table overflow!", TopicNeighbour, nil},
		{head + "UDP: bad checksum. From 203.0.113.7:53 to 192.0.2.1:4000 ulen 40", TopicChecksum, nil},
		{head + "nf_queue: full at 1024 entries, dropping packets(s)", TopicQueue, map[string]string{"count": "1024"}},
		{head + "x_tables: ip_tables: tcp match: only valid for protocol 6", TopicRules, nil},
		{head + "bridge: filtering via arp/ip/ip6tables is no longer available by default. Update your scripts to load br_netfilter if you need this.", TopicBridge, nil},
		{head + "Linux version 6.1.0-13-amd64 (debian-kernel@lists.debian.org)", TopicBoot, map[string]string{"version": "6.1.0-13-amd64"}},
		{"Mar  3 04:05:06 gw dhclient[99]: send_packet: Operation not permitted", TopicNotPermitted, nil},
		{head + "arplog IN=eth0 OUT= ARP HTYPE=1 PTYPE=0x0800 OPCODE=1 MACSRC=02:00:00:00:0a:01 IPSRC=192.0.2.2 MACDST=00:00:00:00:00:00 IPDST=192.0.2.1",
			TopicARP, map[string]string{"IN": "eth0", "OPCODE": "1", "IPSRC": "192.0.2.2", "IPDST": "192.0.2.1", "PREFIX": "arplog "}},
		{head + "br IN=eth0 OUT=eth1 MAC source = 02:00:00:00:0a:01 MAC dest = ff:ff:ff:ff:ff:ff proto = 0x0806 ARP HTYPE=1, PTYPE=0x0800, OPCODE=1 ARP MAC SRC=02:00:00:00:0a:01 ARP IP SRC=192.0.2.2 ARP MAC DST=00:00:00:00:00:00 ARP IP DST=192.0.2.1",
			TopicARP, map[string]string{"IN": "eth0", "OUT": "eth1", "IPSRC": "192.0.2.2", "MACPROTO": "0x0806"}},
		{head + "br IN=eth0 OUT=eth1 MAC source = 02:00:00:00:0a:01 MAC dest = 02:00:00:00:0b:01 proto = 0x0800 IP SRC=192.0.2.2 IP DST=192.0.2.1, IP tos=0x00, IP proto=6 SPT=4000 DPT=80",
			TopicFrame, map[string]string{"IPSRC": "192.0.2.2", "IPDST": "192.0.2.1", "PROTO": "6", "DPT": "80"}},
		{"I think the nf_conntrack table is full", "", nil},
		{"What does net_ratelimit do? Why are callbacks suppressed by it", "", nil},
		{"Possible causes: martian source packets from another network.", "", nil},
		{"it says Operation not permitted", "", nil},
		{"I use Linux version 6 of Debian", "", nil},
	}
	for _, tt := range tests {
		e := read(t, tt.text+"\n")
		if len(e.Logs) > 0 {
			t.Errorf("%s: taken for a line of LOG", tt.text)
		}
		if tt.topic == "" {
			if len(e.Messages) > 0 {
				t.Errorf("%s: taken for a message about %s", tt.text, e.Messages[0].Topic)
			}
			continue
		}
		if len(e.Messages) != 1 || e.Messages[0].Topic != tt.topic {
			t.Errorf("%s: %+v, want topic %s", tt.text, e.Messages, tt.topic)
			continue
		}
		m := e.Messages[0]
		for k, v := range tt.fields {
			if m.Fields[k] != v {
				t.Errorf("%s: %s is %q, want %q", tt.text, k, m.Fields[k], v)
			}
		}
		if len(tt.text) > len(head) && tt.text[:len(head)] == head && (m.Host != "gw" || m.Time.Month != 3 || m.Uptime != 77*time.Second+time.Microsecond) {
			t.Errorf("%s: host %q, time %v, uptime %v", tt.text, m.Host, m.Time, m.Uptime)
		}
	}
}

func TestInvalidMessageHasPacket(t *testing.T) {
	e := read(t, "kernel: nf_ct_proto_6: bad checksum IN=eth0 OUT= SRC=<ip> DST=192.0.2.1 LEN=40 TOS=0x00 PREC=0x00 TTL=64 ID=1 PROTO=TCP SPT=1 DPT=2 WINDOW=1024 RES=0x00 SYN URGP=0\n")
	p := e.Messages[0].Packet
	if p == nil || p.DstPort != 2 || !p.Src.IsValid() || e.Names.Show(p.Src) != "<ip>" {
		t.Errorf("packet %+v", p)
	}
}

func TestTraces(t *testing.T) {
	const rest = "IN=eth0 OUT= MAC= SRC=203.0.113.7 DST=192.0.2.1 LEN=44 TOS=0x00 PREC=0x00 TTL=240 ID=1 PROTO=TCP SPT=4000 DPT=23 SEQ=1 ACK=0 WINDOW=1024 RES=0x00 SYN URGP=0 "
	tests := []struct {
		text, want string
		packet     bool
	}{
		{"[ 1288.683905] TRACE: raw:PREROUTING:policy:2 " + rest, "1 trace raw PREROUTING policy 2", true},
		{"Mar  3 04:05:06 gw kernel: TRACE: filter:my-chain:return:3 " + rest, "1 trace filter my-chain return 3", true},
		{"TRACE: filter:INPUT:rule:4 IN=eth0 OUT= ...", "1 trace filter INPUT rule 4", true},
		{"TRACE: 2 fc475095 raw:PREROUTING:rule:0x3:CONTINUE -4 -t raw -A PREROUTING -p icmp -j TRACE", "1 trace raw PREROUTING rule 0 CONTINUE", false},
		{"TRACE: 2 fc475095 filter:INPUT:policy:ACCEPT ", "1 trace filter INPUT policy 0 ACCEPT", false},
		{"PACKET: 2 fc475095 " + rest, "1 trace   packet 0", true},
		{`trace id 1a2b3c4d ip filter input packet: iif "eth0" ip saddr 203.0.113.7 ip daddr 192.0.2.1 tcp dport 23`, "1 trace filter input packet 0", false},
		{"trace id 1a2b3c4d ip filter input rule tcp dport 22 accept (verdict accept)", "1 trace filter input rule 0 accept", false},
		{"trace id 1a2b3c4d inet filter input verdict continue", "1 trace filter input return 0 continue", false},
		{"trace id 1a2b3c4d inet filter input policy drop", "1 trace filter input policy 0 drop", false},
	}
	for _, tt := range tests {
		e := read(t, tt.text+"\n")
		same(t, tt.text, found(e), []string{tt.want})
		if len(e.Traces) == 1 && (e.Traces[0].Packet != nil) != tt.packet {
			t.Errorf("%s: packet %v", tt.text, e.Traces[0].Packet)
		}
	}
	for _, text := range []string{"trace id of what?", "TRACE: see the wiki", "trace id zz ip filter input policy drop", "The TRACE: target"} {
		if e := read(t, text+"\n"); len(e.Traces) > 0 {
			t.Errorf("%q is taken for a trace", text)
		}
	}
}
