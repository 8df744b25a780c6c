package lab

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"nfwhy/packet"
)

// asked is a scenario by name, and how much the kernel must have done in it: a
// comparison of nothing with nothing would prove nothing.
type asked struct {
	name  string
	rules string
	steps []Step
	// Least counts of log lines, departures and connections in the kernel's answer.
	logs, outs, conns int
}

// agrees runs cases on both sides, with both back ends.
func agrees(t *testing.T, cases []asked) {
	t.Helper()
	h := openLab(t, Options{Fast: true})
	for _, backend := range []string{NFT, Legacy} {
		for _, c := range cases {
			t.Run(backend+"/"+c.name, func(t *testing.T) {
				s := Scenario{Backend: backend, Rules4: c.rules, Steps: c.steps,
					Routes: []Route{{Dst: netip.MustParsePrefix("0.0.0.0/0"), Via: netip.MustParseAddr("10.66.1.2")}}}
				k, err := h.Run(context.Background(), s)
				if err != nil || k.Refused != "" {
					t.Fatal(err, k.Refused)
				}
				c.check(t, k)
				e, err := Simulate(s, k)
				if err != nil {
					t.Fatal(err)
				}
				for _, d := range Compare(k, e) {
					t.Error(d)
				}
			})
		}
	}
}

func (c *asked) check(t *testing.T, k Result) {
	t.Helper()
	logs, outs := 0, 0
	for _, s := range k.Steps {
		logs += len(s.Log)
		outs += len(s.Out)
	}
	conns := strings.Count(k.Conntrack, "\n")
	if logs < c.logs || outs < c.outs || conns < c.conns {
		t.Errorf("the kernel wrote %d lines, sent %d packets, has %d connections (expected at least %d, %d, %d)",
			logs, outs, conns, c.logs, c.outs, c.conns)
	}
}

// watched puts a LOG rule per state in front of the rules of all chains.
func watched(rules string) string {
	var b strings.Builder
	b.WriteString("*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n")
	for _, chain := range []string{"INPUT", "FORWARD", "OUTPUT"} {
		for _, st := range []string{"INVALID", "NEW", "ESTABLISHED", "RELATED"} {
			fmt.Fprintf(&b, "-A %s -m conntrack --ctstate %s -j LOG --log-prefix \"%s %s \" --log-tcp-sequence --log-tcp-options --log-ip-options\n",
				chain, st, chain, st)
		}
	}
	return b.String() + rules + "COMMIT\n"
}

// The ends of the conversations: a client outside, a server inside, this host.
var (
	theClient = netip.MustParseAddr("10.66.1.2")
	theServer = netip.MustParseAddr("10.66.2.2")
	theHost   = netip.MustParseAddr("10.66.1.1")
)

func fromOf(src netip.Addr) string {
	switch src {
	case theServer:
		return "int"
	case theHost:
		return Local
	}
	return "ext"
}

func ip4(src, dst netip.Addr, proto uint8, body []byte) Step {
	return Step{From: fromOf(src), Packet: packet.IPv4Fields{ID: 7, Protocol: proto, Src: src, Dst: dst}.Encode(body)}
}

func seg(src, dst netip.Addr, f packet.TCPFields, payload string) Step {
	f.Window = 29200
	return ip4(src, dst, packet.ProtoTCP, f.Encode(src, dst, []byte(payload)))
}

func dgram(src, dst netip.Addr, sport, dport uint16) Step {
	return ip4(src, dst, packet.ProtoUDP, packet.EncodeUDP(src, dst, sport, dport, []byte("datagram")))
}

func echo(src, dst netip.Addr, typ uint8) Step {
	return ip4(src, dst, packet.ProtoICMP, packet.EncodeICMP(typ, 0, 0x12340001, []byte("payload")))
}

// about is an ICMP error that quotes st, as a router or its receiver sends it.
func about(st Step, src, dst netip.Addr, typ, code uint8) Step {
	return ip4(src, dst, packet.ProtoICMP, packet.EncodeICMP(typ, code, 0, st.Packet[:28]))
}

// session is a whole TCP connection between a and b.
func session(a, b netip.Addr) []Step {
	const ack, syn, fin, psh = packet.ACK, packet.SYN, packet.FIN, packet.PSH
	x := packet.TCPFields{SrcPort: 40000, DstPort: 80}
	y := packet.TCPFields{SrcPort: 80, DstPort: 40000}
	at := func(f packet.TCPFields, flags uint16, seq, acked uint32) packet.TCPFields {
		f.Flags, f.Seq, f.Ack = flags, seq, acked
		return f
	}
	open := at(x, syn, 1000, 0)
	open.Options = []byte{2, 4, 5, 0xb4}
	return []Step{
		seg(a, b, open, ""), seg(b, a, at(y, syn|ack, 5000, 1001), ""), seg(a, b, at(x, ack, 1001, 5001), ""),
		seg(a, b, at(x, ack|psh, 1001, 5001), "GET / HTTP/1.0\r\n\r\n"), seg(b, a, at(y, ack, 5001, 1019), ""),
		seg(b, a, at(y, ack|psh, 5001, 1019), "HTTP/1.0 200 OK\r\n"), seg(a, b, at(x, ack, 1019, 5018), ""),
		seg(b, a, at(y, fin|ack, 5018, 1019), ""), seg(a, b, at(x, ack, 1019, 5019), ""),
		seg(a, b, at(x, fin|ack, 1019, 5019), ""), seg(b, a, at(y, ack, 5019, 1020), ""),
	}
}

// everyWay is one packet to this host, through it and from it.
func everyWay(make func(src, dst netip.Addr) Step) []Step {
	return []Step{make(theClient, theHost), make(theClient, theServer), make(theServer, theClient), make(theHost, theClient)}
}

func TestKernelAgreesOnFoundingCase(t *testing.T) {
	away := netip.MustParseAddr("108.162.206.73")
	trigger := func(flags uint16) []Step {
		return []Step{seg(away, theHost, packet.TCPFields{SrcPort: 80, DstPort: 3594, Seq: 79911989, Ack: 235561828, Flags: flags}, "")}
	}
	agrees(t, []asked{
		{"SYN/ACK", foundingRules, trigger(packet.SYN | packet.ACK), 1, 1, 0},
		{"SYN", foundingRules, trigger(packet.SYN), 0, 1, 0},
		{"ACK", foundingRules, trigger(packet.ACK), 0, 1, 0},
	})
}

func TestKernelAgreesOnConversations(t *testing.T) {
	a, b := theClient, theServer
	asks := dgram(a, b, 4000, 53)
	late := append(session(a, theHost), seg(theHost, a, packet.TCPFields{SrcPort: 80, DstPort: 40000, Flags: packet.FIN | packet.ACK, Seq: 5018, Ack: 1019}, ""))
	stranger := []Step{seg(a, theHost, packet.TCPFields{SrcPort: 40001, DstPort: 80, Flags: packet.FIN | packet.ACK, Seq: 9, Ack: 9}, "")}
	agrees(t, []asked{
		{"TCP session to this host", watched(""), session(a, theHost), 11, 5, 1},
		{"TCP session through this host", watched(""), session(a, b), 11, 11, 1},
		{"TCP session from this host", watched(""), session(theHost, b), 11, 6, 1},
		{"UDP", watched(""), []Step{asks, dgram(b, a, 53, 4000), asks, dgram(theHost, b, 4000, 53), dgram(b, theHost, 53, 4000)}, 5, 4, 2},
		{"ping", watched(""), []Step{echo(a, b, 8), echo(b, a, 0), echo(b, a, 0), echo(a, theHost, 8), echo(theHost, a, 0), echo(b, theHost, 0)}, 6, 4, 2},
		{"ICMP errors", watched(""), []Step{asks, about(asks, b, a, 3, 3), about(asks, b, a, 11, 0), about(asks, b, theHost, 3, 3), about(dgram(a, b, 9, 9), b, a, 3, 3)}, 5, 4, 1},
		{"late FIN", watched("-A INPUT -p tcp -j REJECT --reject-with tcp-reset\n"), append(late, stranger...), 12, 5, 0},
	})
}

func TestKernelAgreesOnOddPackets(t *testing.T) {
	flags := func(f uint16) []Step {
		return everyWay(func(src, dst netip.Addr) Step {
			return seg(src, dst, packet.TCPFields{SrcPort: 1234, DstPort: 80, Seq: 1, Ack: 2, Flags: f}, "")
		})
	}
	bad := everyWay(func(src, dst netip.Addr) Step {
		s := seg(src, dst, packet.TCPFields{SrcPort: 1234, DstPort: 80, Seq: 1, Flags: packet.SYN}, "")
		s.Packet[36] ^= 0xff
		return s
	})
	badUDP := everyWay(func(src, dst netip.Addr) Step {
		s := dgram(src, dst, 4000, 53)
		s.Packet[26] ^= 0xff
		return s
	})
	badIP := everyWay(func(src, dst netip.Addr) Step {
		s := dgram(src, dst, 4000, 53)
		s.Packet[10] ^= 0xff
		return s
	})
	reject := "-A INPUT -p tcp -j REJECT --reject-with tcp-reset\n-A INPUT -j REJECT\n-A FORWARD -j REJECT\n"
	agrees(t, []asked{
		{"NULL", watched(reject), flags(0), 4, 4, 0},
		{"XMAS", watched(reject), flags(packet.FIN | packet.PSH | packet.URG), 4, 4, 0},
		{"bad TCP checksum", watched(reject), bad, 4, 1, 0},
		{"bad UDP checksum", watched(reject), badUDP, 4, 1, 0},
		{"bad IP checksum", watched(reject), badIP, 1, 1, 0},
	})
}

func TestKernelAgreesOnReject(t *testing.T) {
	probes := slicesOf(
		everyWay(func(src, dst netip.Addr) Step {
			return seg(src, dst, packet.TCPFields{SrcPort: 1234, DstPort: 80, Seq: 5000, Flags: packet.SYN}, "data")
		}),
		everyWay(func(src, dst netip.Addr) Step {
			return seg(src, dst, packet.TCPFields{SrcPort: 1235, DstPort: 80, Seq: 1, Ack: 777, Flags: packet.ACK}, "")
		}),
		everyWay(func(src, dst netip.Addr) Step { return dgram(src, dst, 4000, 53) }),
		everyWay(func(src, dst netip.Addr) Step { return echo(src, dst, 8) }),
		everyWay(func(src, dst netip.Addr) Step { return about(dgram(dst, src, 1, 2), src, dst, 3, 3) }),
	)
	var cases []asked
	for _, typ := range rejects4 {
		var rules string
		for _, chain := range []string{"INPUT", "FORWARD", "OUTPUT"} {
			match := "-m addrtype --dst-type LOCAL "
			if chain == "OUTPUT" {
				match = "-m mark ! --mark 0x0 "
			}
			if chain == "FORWARD" {
				match = ""
			}
			rules += "-A " + chain + " " + match + "-j REJECT --reject-with " + typ + "\n"
		}
		steps := probes
		for i := range steps {
			if steps[i].From == Local {
				steps[i].Mark = 1
			}
		}
		cases = append(cases, asked{typ, watched(rules), steps, 20, 13, 0})
	}
	tcp := "-A INPUT -p tcp -j REJECT --reject-with tcp-reset\n-A FORWARD -p tcp -j REJECT --reject-with tcp-reset\n" +
		"-A OUTPUT -p tcp -m mark ! --mark 0x0 -j REJECT --reject-with tcp-reset\n"
	cases = append(cases, asked{"tcp-reset", watched(tcp), probes, 20, 6, 0})
	agrees(t, cases)
}

func slicesOf(lists ...[]Step) []Step {
	var all []Step
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}
