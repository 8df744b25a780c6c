package lab

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"nfwhy/packet"
)

// TestPlayJourneys holds what the kernel tells of journeys against what the
// rules say.
func TestPlayJourneys(t *testing.T) {
	h := openLab(t, Options{})
	udp := func(dport uint16) []byte {
		s, d := netip.MustParseAddr("198.51.100.9"), netip.MustParseAddr("10.66.1.1")
		return packet.IPv4Fields{ID: 1, Protocol: packet.ProtoUDP, Src: s, Dst: d}.Encode(packet.EncodeUDP(s, d, 4000, dport, nil))
	}
	tcp := func(src, dst string, dport, flags uint16) []byte {
		return tcp4(src, dst, packet.TCPFields{SrcPort: 80, DstPort: dport, Seq: 1, Ack: 2, Flags: flags, Window: 100})
	}
	fragment := packet.IPv4Fields{ID: 1, Flags: 1, Protocol: packet.ProtoUDP, Src: netip.MustParseAddr("198.51.100.9"),
		Dst: netip.MustParseAddr("10.66.1.1")}.Encode(make([]byte, 16))
	steps := []struct {
		from   string
		packet []byte
		want   string
	}{
		{"ext", tcp("198.51.100.9", "10.66.1.1", 3594, packet.SYN|packet.ACK), "rejected INPUT filter INPUT 4 "},
		{"ext", tcp("198.51.100.9", "10.66.1.1", 3595, packet.SYN), "rejected INPUT filter INPUT 4 NEW"},
		{"ext", tcp("198.51.100.9", "10.66.1.1", 22, packet.SYN), "delivered INPUT filter INPUT 3 NEW"},
		{"ext", tcp("198.51.100.9", "10.66.1.1", 22, packet.ACK), "delivered INPUT filter INPUT 3 "},
		{"ext", udp(9), "dropped INPUT filter web 1 NEW"},
		{"ext", udp(10), "delivered INPUT filter INPUT 0 NEW"},
		{"local", tcp("10.66.1.1", "198.51.100.9", 25, packet.SYN), "left POSTROUTING filter OUTPUT 1 NEW"},
		{"ext", tcp4("198.51.100.9", "10.66.1.1", packet.TCPFields{SrcPort: 25, DstPort: 80, Seq: 7, Ack: 2, Flags: packet.SYN | packet.ACK, Window: 100}),
			"delivered INPUT filter INPUT 2 ESTABLISHED"},
		{"ext", tcp("198.51.100.9", "10.66.2.2", 80, packet.SYN), "dropped FORWARD filter FORWARD 0 NEW"},
		{"ext", tcp("198.51.100.9", "10.66.2.2", 81, packet.SYN), "forwarded POSTROUTING filter FORWARD 1 NEW"},
		{"ext", tcp("10.66.1.1", "10.66.1.1", 81, packet.SYN), "discarded PREROUTING   0 NEW"},
		{"ext", fragment, "held PREROUTING   0 "},
	}
	const rules = `*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:web - [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
-A INPUT -p tcp -j REJECT --reject-with tcp-reset
-A INPUT -p udp -j web
-A FORWARD -p tcp -m tcp --dport 81 -j ACCEPT
-A OUTPUT -p tcp -m tcp --dport 25 -j ACCEPT
-A web -p udp -m udp --dport 9 -j DROP
COMMIT
`
	for _, backend := range []string{NFT, Legacy} {
		t.Run(backend, func(t *testing.T) {
			s := Scenario{Backend: backend, Rules4: rules, Routes: founding(backend, 0).Routes}
			i := 0
			r, err := h.Play(context.Background(), s, true, func(last *Played) (*Step, error) {
				if last != nil {
					j := last.Journey
					got := fmt.Sprintf("%v %v %s %s %d %s", j.Fate, j.Hook, j.Table, j.Chain, j.Rule, j.State)
					if want := steps[i-1].want; got != want {
						t.Errorf("step %d: got %q, want %q", i, got, want)
					}
					for _, l := range last.Result.Log {
						t.Errorf("step %d: log %q", i, l.Text)
					}
				}
				if i == len(steps) {
					return nil, nil
				}
				i++
				return &Step{From: steps[i-1].from, Packet: steps[i-1].packet}, nil
			})
			if err != nil || r.Refused != "" {
				t.Fatal(err, r.Refused)
			}
			if !strings.Contains(r.Save4, "[2:80] -A INPUT -p tcp -j REJECT") {
				t.Errorf("counters:\n%s", r.Save4)
			}
		})
	}
}
