package craft

import (
	"strings"
	"testing"

	"nfwhy/packet"
)

func TestAnswer(t *testing.T) {
	for _, c := range []struct {
		line      string
		listening bool
		want      string // "" for silence
		certainty Certainty
	}{
		{"IP 10.0.0.1.80 > 10.0.0.2.22: Flags [S], seq 7, win 512, length 0", true, "IP 10.0.0.2.22 > 10.0.0.1.80: Flags [S.], seq 0, ack 8, win 0, length 0", Certain},
		{"IP 10.0.0.1.80 > 10.0.0.2.22: Flags [S], seq 7, win 512, length 0", false, "IP 10.0.0.2.22 > 10.0.0.1.80: Flags [R.], seq 0, ack 8, win 0, length 0", Certain},
		{"IP 10.0.0.1.80 > 10.0.0.2.22: Flags [S.], seq 7, ack 9, win 512, length 0", true, "IP 10.0.0.2.22 > 10.0.0.1.80: Flags [R], seq 9, win 0, length 0", Certain},
		{"IP 10.0.0.1.80 > 10.0.0.2.22: Flags [F], seq 7:10, win 512, length 3", false, "IP 10.0.0.2.22 > 10.0.0.1.80: Flags [R.], seq 0, ack 11, win 0, length 0", Certain},
		{"IP 10.0.0.1.80 > 10.0.0.2.22: Flags [F], seq 7, win 512, length 0", true, "", Certain},
		{"IP 10.0.0.1.80 > 10.0.0.2.22: Flags [FS], seq 7, win 512, length 0", true, "", Certain},
		{"IP 10.0.0.1.80 > 10.0.0.2.22: Flags [R.], seq 7, ack 1, win 512, length 0", false, "", Certain},
		{"IP6 fd00::1.80 > fd00::2.22: Flags [.], ack 9, win 512, length 0", false, "IP6 fd00::2.22 > fd00::1.80: Flags [R], seq 9, win 0, length 0", Certain},
		{"IP 10.0.0.1.80 > 10.0.0.2.53: UDP, length 4", false, "IP 10.0.0.2 > 10.0.0.1: ICMP 10.0.0.2 udp port 53 unreachable, length 40", Maybe},
		{"IP6 fd00::1.80 > fd00::2.53: UDP, length 4", false, "IP6 fd00::2 > fd00::1: ICMP6, destination unreachable, unreachable port, fd00::2 udp port 53, length 60", Maybe},
		{"IP 10.0.0.1.80 > 10.0.0.2.53: UDP, length 4", true, "", Open},
		{"IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 5, seq 6, length 64", false, "IP 10.0.0.2 > 10.0.0.1: ICMP echo reply, id 5, seq 6, length 64", Certain},
		{"IP6 fd00::1 > fd00::2: ICMP6, echo request, id 5, seq 6, length 64", false, "IP6 fd00::2 > fd00::1: ICMP6, echo reply, id 5, seq 6, length 64", Certain},
		{"IP 10.0.0.1 > 10.0.0.2: ICMP echo reply, id 5, seq 6, length 64", false, "", Certain},
	} {
		b, err := Line(c.line)
		if err != nil {
			t.Fatal(err)
		}
		var p packet.Packet
		if err := p.Decode(b, len(b)); err != nil {
			t.Fatal(err)
		}
		got, certainty := Answer(&p, c.listening)
		text := ""
		if got != nil {
			var q packet.Packet
			if err := q.Decode(got, len(got)); err != nil {
				t.Fatal(err)
			}
			text = string(q.AppendTcpdump(nil, 0))
			if v := string(q.AppendTcpdump(nil, 1)); strings.Contains(v, "incorrect") || strings.Contains(v, "bad") {
				t.Errorf("checksum: %s", v)
			}
		}
		if text != c.want || certainty != c.certainty {
			t.Errorf("%s (listening %v):\n got %q, %d\nwant %q, %d", c.line, c.listening, text, certainty, c.want, c.certainty)
		}
	}
	// A wrong checksum is not answered.
	b, _ := (&Spec{Src: a4, Dst: b4, Proto: packet.ProtoTCP, Flags: packet.SYN, BadChecksum: true}).Build()
	var p packet.Packet
	if err := p.Decode(b, len(b)); err != nil {
		t.Fatal(err)
	}
	if got, _ := Answer(&p, false); got != nil {
		t.Errorf("answered %x", got)
	}
}
