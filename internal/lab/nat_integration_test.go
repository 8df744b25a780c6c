package lab

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"

	"nfwhy/packet"
)

// natRules are nat tables of every kind whose choices are not random.
var natRules = []string{
	"-A POSTROUTING -o int -j MASQUERADE",
	"-A POSTROUTING -o int -j SNAT --to-source 10.66.2.50",
	"-A POSTROUTING -o int -p udp -j SNAT --to-source 10.66.2.1:4000\n-A POSTROUTING -o int -p tcp -j SNAT --to-source 10.66.2.51-10.66.2.59",
	"-A PREROUTING -i ext -d 10.66.1.1 -p tcp --dport 8080 -j DNAT --to-destination 10.66.2.2:80\n-A PREROUTING -i ext -d 10.66.1.1 -p udp --dport 53 -j DNAT --to-destination 10.66.2.2",
	"-A PREROUTING -i ext -d 10.66.1.1 -p tcp --dport 8080 -j DNAT --to-destination 10.66.2.2:80\n-A POSTROUTING -o int -j MASQUERADE",
	"-A PREROUTING -i ext -p tcp --dport 80 -j REDIRECT --to-ports 3128\n-A PREROUTING -i ext -p udp -j REDIRECT",
	"-A PREROUTING -i ext -d 10.66.2.0/24 -j NETMAP --to 10.66.2.128/25\n-A POSTROUTING -s 10.66.1.0/24 -j NETMAP --to 10.66.3.0/24",
	"-A PREROUTING -p tcp --dport 8080 -j DNAT --to-destination 10.66.2.2:6000-6003\n-A OUTPUT -p tcp --dport 81 -j DNAT --to-destination 10.66.2.2:80\n-A OUTPUT -p udp --dport 54 -j REDIRECT --to-ports 53",
	"-A PREROUTING -j LOG --log-prefix \"pre \"\n-A INPUT -j LOG --log-prefix \"in \"\n-A OUTPUT -j LOG --log-prefix \"out \"\n-A POSTROUTING -j LOG --log-prefix \"post \"\n-A POSTROUTING -o int -j SNAT --to-source 10.66.2.50",
	"-A INPUT -p tcp --dport 80 -j SNAT --to-source 10.66.1.77\n-A PREROUTING -p icmp -j DNAT --to-destination 10.66.1.1",
}

// natScenario sends conversations through a nat table, with answers addressed to
// where the translated packets claim to come from. Each has ports of its own, so
// that no binding collides with another, which would draw a random port.
func natScenario(rules string, r *rand.Rand) Scenario {
	s := Scenario{Rules4: "*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n" + rules + `
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m conntrack --ctstate INVALID -j LOG --log-prefix "inv "
-A INPUT -p tcp --dport 9 -j REJECT --reject-with tcp-reset
-A INPUT -p udp --dport 9 -j REJECT
-A FORWARD -m conntrack --ctstate DNAT -j LOG --log-prefix "dnat "
-A FORWARD -m conntrack --ctstate SNAT
-A FORWARD -p tcp --dport 7 -j REJECT --reject-with tcp-reset
-A FORWARD -p udp --dport 7 -j REJECT
-A FORWARD -m conntrack --ctstate INVALID -j DROP
COMMIT
`}
	client, server := netip.MustParseAddr("10.66.1.2"), netip.MustParseAddr("10.66.2.2")
	outside, inside := netip.MustParseAddr("10.66.1.1"), netip.MustParseAddr("10.66.2.1")
	back := []netip.Addr{client, inside, netip.MustParseAddr("10.66.2.50"), netip.MustParseAddr("10.66.3.2"), netip.MustParseAddr("10.66.2.51")}
	for i := range 20 {
		src, dst, from := client, []netip.Addr{server, outside}[r.IntN(2)], "ext"
		sport, dport := uint16(2000+r.IntN(2)), []uint16{80, 8080, 53, 9, 7, 81, 54}[r.IntN(7)]
		flags := []uint16{packet.SYN, packet.SYN, packet.ACK, packet.FIN | packet.ACK}[r.IntN(4)]
		switch r.IntN(5) {
		case 0, 1:
			src, dst, from = server, back[r.IntN(len(back))], "int"
			sport, dport = []uint16{80, 53, 6000, 7}[r.IntN(4)], []uint16{2320, 2322, 2323, 4000, 2214, 2215, 2030}[r.IntN(7)]
			flags = []uint16{packet.SYN | packet.ACK, packet.ACK, packet.RST}[r.IntN(3)]
		case 2:
			if i%3 == 0 {
				src, dst, from = outside, client, Local
				sport += 1000
				if r.IntN(2) == 0 {
					dst = server
				}
			}
		}
		if from != "int" {
			sport += dport%100*4 + 2*uint16(dst.As4()[2]-1)
		}
		s.Steps = append(s.Steps, Step{From: from, Packet: natPacket(r, src, dst, sport, dport, flags)})
	}
	return s
}

func natPacket(r *rand.Rand, src, dst netip.Addr, sport, dport, flags uint16) []byte {
	ip := packet.IPv4Fields{Flags: 2, ID: uint16(1 + r.IntN(9)), Src: src, Dst: dst}
	var body []byte
	switch r.IntN(5) {
	case 0, 1:
		ip.Protocol, body = packet.ProtoTCP, packet.TCPFields{SrcPort: sport, DstPort: dport, Seq: 100, Ack: 100, Flags: flags, Window: 1000}.Encode(src, dst, nil)
	case 2, 3:
		ip.Protocol, body = packet.ProtoUDP, packet.EncodeUDP(src, dst, sport, dport, []byte("hello"))
	default:
		ip.Protocol = packet.ProtoICMP
		if r.IntN(3) == 0 {
			// an error about a datagram that came the other way
			q := packet.IPv4Fields{Protocol: packet.ProtoUDP, Src: dst, Dst: src}.Encode(packet.EncodeUDP(dst, src, dport, sport, []byte("hello")))
			body = packet.EncodeICMP(packet.ICMPUnreachable, 3, 0, q)
			break
		}
		body = packet.EncodeICMP([]uint8{packet.ICMPEcho, packet.ICMPEchoReply}[r.IntN(2)], 0, 7<<16|1, []byte("ping"))
	}
	return ip.Encode(body)
}

// settled is differences without scenarios in which the engine's own answer
// depends on its seed: there the kernel draws too, a port on a collision for
// one. drawn tells.
func settled(h *Host, s Scenario) (ds []Difference, drawn bool, err error) {
	k, err := h.Run(context.Background(), s)
	if err != nil || k.Refused != "" {
		return nil, false, err
	}
	a, err := simulate(s, k, 1)
	if err != nil {
		return nil, false, err
	}
	b, err := simulate(s, k, 2)
	if err != nil || len(Compare(a, b)) > 0 {
		return nil, true, err
	}
	return Compare(k, a), false, nil
}

// TestNATAgrees holds nat tables of every kind against the kernel.
func TestNATAgrees(t *testing.T) {
	h := openLab(t, Options{Fast: true})
	rounds := envInt("NFWHY_NAT_ROUNDS", 4)
	held := 0
	for i, rules := range natRules {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			for round := range rounds {
				s := natScenario(rules, rand.New(rand.NewPCG(uint64(i), uint64(round))))
				ds, drawn, err := settled(h, s)
				if err != nil {
					t.Fatal(err)
				}
				if !drawn {
					held++
				}
				if len(ds) == 0 {
					continue
				}
				small := Shrink(s, func(c Scenario) bool {
					ds, _, err := settled(h, c)
					return err == nil && len(ds) > 0
				})
				ds, _, _ = settled(h, small)
				for _, d := range ds {
					t.Error(d.String())
				}
				text, _ := small.AppendText(nil)
				t.Fatalf("%s", text)
			}
		})
	}
	if held < len(natRules)*rounds/3 {
		t.Errorf("only %d of %d scenarios were free of chance", held, len(natRules)*rounds)
	}
	t.Logf("%d of %d scenarios were free of chance and compared", held, len(natRules)*rounds)
}
