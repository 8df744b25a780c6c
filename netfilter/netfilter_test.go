package netfilter_test

import (
	"net/netip"
	"strings"
	"testing"

	"nfwhy/host"
	"nfwhy/netfilter"
	"nfwhy/packet"
	"nfwhy/ruleset"
	"nfwhy/trace"
)

const founding = `
-A INPUT -i lo -j ACCEPT
-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
-A INPUT -p tcp -j REJECT --reject-with tcp-reset
-A OUTPUT -o lo -j ACCEPT
-A OUTPUT -m state --state RELATED,ESTABLISHED -j ACCEPT
-A OUTPUT -p udp -m udp --dport 53 -j ACCEPT
-A OUTPUT -p tcp -m tcp --dport 25 -j ACCEPT
-A OUTPUT -m limit -j LOG --log-prefix "UNKNOWN_OUTGOING: " --log-level 5
`

// effects collects what a machine does.
type effects struct {
	logs []string
	sent []string
}

func (e *effects) Logged(_ packet.Time, _ uint8, line []byte) { e.logs = append(e.logs, string(line)) }
func (e *effects) Sent(_ packet.Time, dev string, p *packet.Packet, _ trace.Origin) {
	t, _ := p.TCP()
	w := dev + " " + p.Src().String() + " > " + p.Dst().String()
	if t != nil {
		w += " " + packet.FlagNames(t.Flags())
	}
	e.sent = append(e.sent, w)
}

func machine(t testing.TB, rules string) *netfilter.Netns {
	t.Helper()
	f, err := ruleset.Parse("rules", []byte(rules))
	if err != nil {
		t.Fatal(err)
	}
	h := &host.Host{Rules4: f.V4}
	for _, a := range []string{"10.66.1.1/24@ext", "10.66.2.1/24@int"} {
		if err := h.AddAddr(a); err != nil {
			t.Fatal(err)
		}
	}
	n, err := netfilter.New(h)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func segment(t *testing.T, flags uint16) *packet.Packet {
	t.Helper()
	src, dst := netip.MustParseAddr("10.66.1.2"), netip.MustParseAddr("10.66.1.1")
	body := packet.TCPFields{SrcPort: 80, DstPort: 3594, Seq: 79911989, Ack: 235561828, Flags: flags, Window: 29200}.Encode(src, dst, nil)
	data := packet.IPv4Fields{Flags: 2, TTL: 60, Protocol: packet.ProtoTCP, Src: src, Dst: dst}.Encode(body)
	p := &packet.Packet{}
	if err := p.Decode(data, len(data)); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestFoundingCase(t *testing.T) {
	for _, c := range []struct {
		name  string
		flags uint16
		log   string
		sent  string
	}{
		{"SYN/ACK", packet.SYN | packet.ACK, "UNKNOWN_OUTGOING: IN= OUT=ext SRC=10.66.1.1 DST=10.66.1.2 LEN=40 TOS=0x00 PREC=0x00 TTL=64 ID=0 DF PROTO=TCP SPT=3594 DPT=80 WINDOW=0 RES=0x00 RST URGP=0 ", "RST"},
		{"SYN", packet.SYN, "", "RST/ACK"},
		{"ACK", packet.ACK, "", "RST"},
		{"FIN/ACK", packet.FIN | packet.ACK, "UNKNOWN_OUTGOING: IN= OUT=ext SRC=10.66.1.1 DST=10.66.1.2 LEN=40 TOS=0x00 PREC=0x00 TTL=64 ID=0 DF PROTO=TCP SPT=3594 DPT=80 WINDOW=0 RES=0x00 RST URGP=0 ", "RST"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := machine(t, founding)
			var e effects
			n.Attach(&e)
			r := n.Receive(segment(t, c.flags), "ext", 1000*packet.Second)
			if r.Fate != trace.Rejected || r.Chain != "INPUT" || r.Rule != 4 {
				t.Errorf("fate %v by %s %d, want rejected by INPUT 4", r.Fate, r.Chain, r.Rule)
			}
			if got := strings.Join(e.logs, "\n"); got != c.log {
				t.Errorf("log\n got %q\nwant %q", got, c.log)
			}
			if got, want := strings.Join(e.sent, "; "), "ext 10.66.1.1 > 10.66.1.2 "+c.sent; got != want {
				t.Errorf("sent %q, want %q", got, want)
			}
		})
	}
}
