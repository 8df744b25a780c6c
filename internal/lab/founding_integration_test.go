package lab

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"

	"nfwhy/packet"
)

// openLab opens a lab, or skips the test where none can be; with NFWHY_KERNEL=1
// it fails instead.
func openLab(t testing.TB, o Options) *Host {
	t.Helper()
	if err := Supported(); err != nil {
		if os.Getenv("NFWHY_KERNEL") == "1" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	h, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

const foundingRules = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
-A INPUT -p tcp -j REJECT --reject-with tcp-reset
-A OUTPUT -o lo -j ACCEPT
-A OUTPUT -m state --state RELATED,ESTABLISHED -j ACCEPT
-A OUTPUT -p udp -m udp --dport 53 -j ACCEPT
-A OUTPUT -p tcp -m tcp --dport 25 -j ACCEPT
-A OUTPUT -m limit -j LOG --log-prefix "UNKNOWN_OUTGOING: " --log-level 5
COMMIT
`

func tcp4(src, dst string, f packet.TCPFields, payload ...byte) []byte {
	s, d := netip.MustParseAddr(src), netip.MustParseAddr(dst)
	ip := packet.IPv4Fields{ID: 1, Protocol: packet.ProtoTCP, Src: s, Dst: d}
	return ip.Encode(f.Encode(s, d, payload))
}

func founding(backend string, flags uint16) Scenario {
	return Scenario{
		Backend: backend,
		Routes:  []Route{{Dst: netip.MustParsePrefix("0.0.0.0/0"), Via: netip.MustParseAddr("10.66.1.2")}},
		Rules4:  foundingRules,
		Steps: []Step{{From: "ext", Packet: tcp4("108.162.206.73", "10.66.1.1", packet.TCPFields{
			SrcPort: 80, DstPort: 3594, Seq: 79911989, Ack: 235561828, Flags: flags, Window: 29200})}},
	}
}

// The SYN/ACK of backscatter provokes a reset that is logged; a SYN or ACK
// provokes one that is RELATED and passes in silence.
func TestFoundingCase(t *testing.T) {
	h := openLab(t, Options{})
	const logged = "UNKNOWN_OUTGOING: IN= OUT=ext SRC=10.66.1.1 DST=108.162.206.73 LEN=40 TOS=0x00 PREC=0x00 TTL=64 ID=0 DF " +
		"PROTO=TCP SPT=3594 DPT=80 WINDOW=0 RES=0x00 RST URGP=0 "
	for _, backend := range []string{NFT, Legacy} {
		for _, c := range []struct {
			name  string
			flags uint16
			log   bool
			save  string // the rule that let the reset out
		}{
			{"SYN/ACK", packet.SYN | packet.ACK, true, "[1:40] -A OUTPUT -m limit"},
			{"SYN", packet.SYN, false, "[1:40] -A OUTPUT -m state"},
			{"ACK", packet.ACK, false, "[1:40] -A OUTPUT -m state"},
		} {
			t.Run(backend+" "+c.name, func(t *testing.T) {
				r, err := h.Run(context.Background(), founding(backend, c.flags))
				if err != nil || r.Refused != "" {
					t.Fatal(err, r.Refused)
				}
				if !strings.Contains(r.Save4, c.save) {
					t.Errorf("no %q in\n%s", c.save, r.Save4)
				}
				s := r.Steps[0]
				if c.log && (len(s.Log) != 1 || s.Log[0] != LogLine{5, logged}) || !c.log && len(s.Log) != 0 {
					t.Errorf("log: %+v", s.Log)
				}
				if len(s.Out) != 1 || s.Out[0].Dev != "ext" {
					t.Fatalf("out: %+v", s.Out)
				}
				var p packet.Packet
				if err := p.Decode(s.Out[0].Packet(), 0); err != nil {
					t.Fatal(err)
				}
				if h, ok := p.TCP(); !ok || h.Flags()&packet.RST == 0 || h.DstPort() != 80 {
					t.Errorf("left: %x", p.Data)
				}
				if r.Conntrack != "" {
					t.Errorf("connections: %s", r.Conntrack)
				}
			})
		}
	}
}

// A scenario of 30 packets, from nothing to the answer.
func BenchmarkScenario(b *testing.B) {
	for _, fast := range []bool{false, true} {
		for _, backend := range []string{NFT, Legacy} {
			b.Run(fmt.Sprintf("fast=%v/%s", fast, backend), func(b *testing.B) {
				h := openLab(b, Options{Fast: fast})
				s := founding(backend, packet.SYN)
				for len(s.Steps) < 30 {
					s.Steps = append(s.Steps, s.Steps[0])
				}
				for b.Loop() {
					if _, err := h.Run(context.Background(), s); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
