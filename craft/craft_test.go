package craft

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"

	"nfwhy/packet"
)

var (
	a4 = netip.MustParseAddr("10.0.0.1")
	b4 = netip.MustParseAddr("10.0.0.2")
	a6 = netip.MustParseAddr("fd00::1")
	b6 = netip.MustParseAddr("fd00::2")
)

// show decodes b, which must be whole, and prints it as tcpdump -v does.
func show(t *testing.T, b []byte) string {
	t.Helper()
	var p packet.Packet
	if err := p.Decode(b, len(b)); err != nil {
		t.Fatalf("%v: %x", err, b)
	}
	return string(p.AppendTcpdump(nil, 1))
}

func TestBuild(t *testing.T) {
	for _, c := range []struct {
		name string
		spec Spec
		want string
	}{
		{"syn/ack", Spec{Src: a4, Dst: b4, Proto: packet.ProtoTCP, SrcPort: 80, DstPort: 3594, Flags: packet.SYN | packet.ACK,
			Seq: 1, Ack: 2, Window: 29200, DF: true, TCPOptions: []byte{2, 4, 5, 0xb4}},
			"IP (tos 0x0, ttl 64, id 0, offset 0, flags [DF], proto TCP (6), length 44)\n" +
				"    10.0.0.1.80 > 10.0.0.2.3594: Flags [S.], cksum 0x03a7 (correct), seq 1, ack 2, win 29200, options [mss 1460], length 0"},
		{"xmas with a spoiled checksum", Spec{Src: a4, Dst: b4, Proto: packet.ProtoTCP, Flags: 0x29, Urgent: 7, ID: 5, TTL: 3, TOS: 0x10,
			Payload: []byte("x"), BadChecksum: true},
			"IP (tos 0x10, ttl 3, id 5, offset 0, flags [none], proto TCP (6), length 41)\n" +
				"    10.0.0.1.0 > 10.0.0.2.0: Flags [FPU], cksum 0x76e4 (incorrect -> 0x23b1), seq 0:1, win 0, urg 7, length 1"},
		{"udp6", Spec{Src: a6, Dst: b6, Proto: packet.ProtoUDP, SrcPort: 9, DstPort: 10, Payload: []byte("hello"), FlowLabel: 0x12345, TTL: 9},
			"IP6 (flowlabel 0x12345, hlim 9, next-header UDP (17) payload length: 13) fd00::1.9 > fd00::2.10: [udp sum ok] UDP, length 5"},
		{"ping", Spec{Src: a4, Dst: b4, Proto: packet.ProtoICMP, Type: 8, Rest: 7<<16 | 9},
			"IP (tos 0x0, ttl 64, id 0, offset 0, flags [none], proto ICMP (1), length 28)\n" +
				"    10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 9, length 8"},
		{"ping6", Spec{Src: a6, Dst: b6, Proto: packet.ProtoICMP, Type: 128, Rest: 7<<16 | 9},
			"IP6 (hlim 64, next-header ICMPv6 (58) payload length: 8) fd00::1 > fd00::2: [icmp6 sum ok] ICMP6, echo request, id 7, seq 9"},
		{"ttl 0", Spec{Src: a4, Dst: b4, Proto: 253, ZeroTTL: true, Payload: []byte{1, 2, 3}, IPOptions: []byte{1}},
			"IP (tos 0x0, id 0, offset 0, flags [none], proto unknown (253), length 27, options (NOP,EOL))\n" +
				"    10.0.0.1 > 10.0.0.2:  ip-proto-253 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := c.spec.Build()
			if err != nil {
				t.Fatal(err)
			}
			if got := show(t, b); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestBuildRefuses(t *testing.T) {
	for _, c := range []struct {
		want, name string
		spec       Spec
	}{
		{"two addresses", "none", Spec{Src: a4}},
		{"different families", "families", Spec{Src: a4, Dst: b6}},
		{"TCP options of 41 bytes", "tcp options", Spec{Src: a4, Dst: b4, TCPOptions: make([]byte, 41)}},
		{"IP options of 41 bytes", "ip options", Spec{Src: a4, Dst: b4, IPOptions: make([]byte, 41)}},
		{"IPv4 only", "ip options 6", Spec{Src: a6, Dst: b6, IPOptions: make([]byte, 4)}},
		{"at most 65535", "long", Spec{Src: a4, Dst: b4, Payload: make([]byte, 65516)}},
		{"at most 65535", "long6", Spec{Src: a6, Dst: b6, Payload: make([]byte, 65516)}},
		{"reserved bits 8", "reserved", Spec{Src: a4, Dst: b4, Reserved: 8}},
		{"flow label", "label", Spec{Src: a6, Dst: b6, FlowLabel: 1 << 20}},
	} {
		if b, err := c.spec.Build(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %x, %v, want %q", c.name, b, err, c.want)
		}
	}
}

func TestNext(t *testing.T) {
	s := Spec{Src: a4, Dst: b4, Proto: packet.ProtoTCP, SrcPort: 65535, DstPort: 80, ID: 1}
	n := s.Next(Steps{})
	if n.SrcPort != 0 || n.DstPort != 80 || n.ID != 2 {
		t.Errorf("%+v", n)
	}
	n = s.Next(Steps{KeepSrcPort: true, DstPort: true})
	if n.SrcPort != 65535 || n.DstPort != 81 {
		t.Errorf("%+v", n)
	}
	e := Spec{Src: a4, Dst: b4, Proto: packet.ProtoICMP, Type: 8, Rest: 5<<16 | 0xffff}.Next(Steps{})
	if e.Rest != 5<<16 {
		t.Errorf("echo: %#x", e.Rest)
	}
	u := Spec{Src: a4, Dst: b4, Proto: packet.ProtoICMP, Type: 3, Rest: 5}.Next(Steps{})
	if u.Rest != 5 {
		t.Errorf("unreachable: %#x", u.Rest)
	}
}

// A packet cut in pieces has the bytes of the whole when put together.
func TestFragments(t *testing.T) {
	for _, s := range []Spec{
		{Src: a4, Dst: b4, Proto: packet.ProtoUDP, Payload: bytes.Repeat([]byte("abcdefg"), 30), ID: 77},
		{Src: a6, Dst: b6, Proto: packet.ProtoUDP, Payload: bytes.Repeat([]byte("abcdefg"), 30)},
	} {
		whole, err := s.Build()
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range []int{8, 16, 23, 64, 208} {
			fs, err := Fragments(whole, size, 0x1234)
			if err != nil {
				t.Fatal(err)
			}
			var body []byte
			for i, f := range fs {
				var p packet.Packet
				if err := p.Decode(f, len(f)); err != nil {
					t.Fatal(err)
				}
				at := 20
				if p.Family == packet.IPv6 {
					at = 48
				}
				if p.FragOff != len(body) || p.MoreFrags != (i < len(fs)-1) {
					t.Errorf("size %d, fragment %d: offset %d, more %v", size, i, p.FragOff, p.MoreFrags)
				}
				body = append(body, f[at:]...)
			}
			head := 20
			if s.Src.Is6() {
				head = 40
			}
			if !bytes.Equal(body, whole[head:]) {
				t.Errorf("size %d: %x, want %x", size, body, whole[head:])
			}
			if want := (len(whole) - head + size&^7 - 1) / (size &^ 7); len(fs) != want {
				t.Errorf("size %d: %d fragments, want %d", size, len(fs), want)
			}
		}
		if fs, err := Fragments(whole, 4096, 0); err != nil || len(fs) != 1 || !bytes.Equal(fs[0], whole) {
			t.Errorf("a small packet: %d pieces, %v", len(fs), err)
		}
		if _, err := Fragments(whole, 7, 0); err == nil {
			t.Error("fragments of 7 bytes are no error")
		}
		fs, _ := Fragments(whole, 16, 0)
		if _, err := Fragments(fs[1], 8, 0); err == nil {
			t.Error("cutting a fragment is no error")
		}
	}
}

func TestLine(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"IP 10.0.0.1.80 > 10.0.0.2.3594: Flags [S.], seq 1, ack 2, win 29200, length 0",
			"IP (tos 0x0, ttl 64, id 0, offset 0, flags [DF], proto TCP (6), length 40)\n" +
				"    10.0.0.1.80 > 10.0.0.2.3594: Flags [S.], cksum 0x1b63 (correct), seq 1, ack 2, win 29200, length 0"},
		{"12:00:00.000001 IP 10.0.0.1.80 > 10.0.0.2.3594: Flags [P.], seq 7:12, ack 2, win 1, options [nop,nop,TS val 1 ecr 2], length 5",
			"IP (tos 0x0, ttl 64, id 0, offset 0, flags [DF], proto TCP (6), length 57)\n" +
				"    10.0.0.1.80 > 10.0.0.2.3594: Flags [P.], cksum 0x5447 (correct), seq 7:12, ack 2, win 1, options [nop,nop,TS val 1 ecr 2], length 5"},
		{"IP6 fd00::1.53 > fd00::2.4000: UDP, length 3",
			"IP6 (hlim 64, next-header UDP (17) payload length: 11) fd00::1.53 > fd00::2.4000: [udp sum ok] UDP, length 3"},
		{"IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 5, seq 6, length 64",
			"IP (tos 0x0, ttl 64, id 0, offset 0, flags [none], proto ICMP (1), length 84)\n" +
				"    10.0.0.1 > 10.0.0.2: ICMP echo request, id 5, seq 6, length 64"},
		{"IP (tos 0x8, ttl 3, id 9, offset 0, flags [none], proto TCP (6), length 40)\n    10.0.0.1.1 > 10.0.0.2.2: Flags [none], cksum 0x0001 (incorrect -> 0x1234), win 0, length 0",
			"IP (tos 0x8, ttl 3, id 9, offset 0, flags [none], proto TCP (6), length 40)\n" +
				"    10.0.0.1.1 > 10.0.0.2.2: Flags [none], cksum 0x0001 (incorrect -> 0x9bdf), win 0, length 0"},
	} {
		b, err := Line(c.line)
		if err != nil {
			t.Errorf("%q: %v", c.line, err)
			continue
		}
		if got := show(t, b); got != c.want {
			t.Errorf("%q:\n got %s\nwant %s", c.line, got, c.want)
		}
	}
}

func TestLineRefuses(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"", "no packet"},
		{"hello", "no packet"},
		{"IP 10.0.[edited].80 > 10.0.0.2.3594: Flags [S.], seq 1, ack 2, win 29200, length 0", "blanked"},
		{"IP 10.0.0.1.http > 10.0.0.2.3594: Flags [S.], seq 1, ack 2", ""},
		{"IP 10.0.0.1.80 > 10.0.0.2.1: Flags [S], seq 1, win 1, length 0\nIP 10.0.0.1.80 > 10.0.0.2.1: Flags [S], seq 1, win 1, length 0", "2 packets"},
		{"IP 10.0.0.1 > 10.0.0.2: GREv0, length 20: IP", "does not tell"},
	} {
		b, err := Line(c.line)
		if c.want == "" {
			if err != nil {
				t.Errorf("%q: %v", c.line, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %x, %v, want %q", c.line, b, err, c.want)
		}
	}
}

func TestTCPOptions(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"mss 1460", "020405b4"},
		{"mss 1460,sackOK,TS val 1 ecr 2,nop,wscale 7", "020405b40402080a000000010000000201030307"},
		{"nop,eol", "01000000"},
	} {
		got, err := TCPOptions(c.text)
		if err != nil || hex.EncodeToString(got) != c.want {
			t.Errorf("%q: %x, %v, want %s", c.text, got, err, c.want)
		}
	}
	for _, bad := range []string{"mss", "what 5", "mss 1460], length 7", strings.Repeat("TS val 1 ecr 2,", 5) + "nop"} {
		if got, err := TCPOptions(bad); err == nil {
			t.Errorf("%q: %x, want an error", bad, got)
		}
	}
}

// What is made from a line prints as a line that makes the same packet.
func FuzzLine(f *testing.F) {
	f.Add("IP 10.0.0.1.80 > 10.0.0.2.3594: Flags [S.], seq 1, ack 2, win 29200, length 0")
	f.Add("IP6 fd00::1 > fd00::2: ICMP6, echo request, id 1, seq 2, length 64")
	f.Add("IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.2 udp port 53 unreachable, length 36")
	f.Fuzz(func(t *testing.T, line string) {
		b, err := Line(line)
		if err != nil {
			return
		}
		var p packet.Packet
		if err := p.Decode(b, len(b)); err != nil {
			t.Fatalf("%q made %x: %v", line, b, err)
		}
		if p.Length != len(b) {
			t.Fatalf("%q made %d bytes that call themselves %d", line, len(b), p.Length)
		}
		p.AppendTcpdump(nil, 1)
	})
}
