package lab

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"nfwhy/packet"
)

// setCases are sets of every type with the directions that rules ask them by.
var setCases = []struct{ create, entries, ask string }{
	{"hash:ip", "10.66.1.2;10.66.2.0/30;1.2.3.4-1.2.3.6", "src"},
	{"hash:ip netmask 24", "10.66.1.0", "src"},
	{"hash:net", "10.66.0.0/16;10.66.1.0/24 nomatch;10.66.1.3", "src"},
	{"hash:net", "0.0.0.0/1;128.0.0.0/1;10.66.2.0/24 nomatch", "dst"},
	{"hash:ip,port", "10.66.2.2,80;10.66.2.2,udp:53;10.66.2.3,tcp:80-83;10.66.2.2,icmp:8/0;10.66.2.2,47:0", "dst,dst"},
	{"hash:ip,port", "10.66.1.2,1024;10.66.1.3,udp:1025", "src,src"},
	{"hash:net,port", "10.66.2.0/24,80;10.66.2.0/28,80 nomatch;10.66.2.3,80;0.0.0.0/0,udp:53", "dst,dst"},
	{"hash:ip,port,ip", "10.66.1.2,80,10.66.2.2;10.66.1.3,udp:53,10.66.2.3", "src,dst,dst"},
	{"hash:ip,port,net", "10.66.1.2,80,10.66.2.0/24;10.66.1.2,80,10.66.2.3 nomatch;10.66.1.3,udp:53,0.0.0.0/0", "src,dst,dst"},
	{"hash:net,net", "10.66.1.0/24,10.66.2.0/24;10.66.1.2,10.66.2.0/24 nomatch;10.66.1.2,10.66.2.3", "src,dst"},
	{"hash:net,port,net", "10.66.1.0/24,80,10.66.2.0/24;10.66.0.0/16,udp:53,0.0.0.0/0", "src,dst,dst"},
	{"hash:net,iface", "10.66.1.0/24,ext;0.0.0.0/0,int", "src,src"},
	{"hash:mac", "02:00:00:00:01:02", "src"},
	{"hash:ip,mac", "10.66.1.2,02:00:00:00:01:02;10.66.2.2,02:00:00:00:01:02", "src,src"},
	{"hash:ip,mark", "10.66.1.2,0x5;10.66.1.3,7", "src,src"},
	{"bitmap:ip range 10.66.1.0/24", "10.66.1.2;10.66.1.4-10.66.1.5", "src"},
	{"bitmap:port range 0-1100", "80;1024-1025", "dst"},
	{"bitmap:port range 0-1100", "80;1024-1025", "src"},
	{"bitmap:ip,mac range 10.66.1.0/24", "10.66.1.2,02:00:00:00:01:02;10.66.1.3,02:00:00:00:09:09;10.66.1.4", "src,src"},
}

// setScenario is one set, rules that ask about it, and packets around its edges.
func setScenario(create, entries, ask string, r *rand.Rand) Scenario {
	var sets, rules strings.Builder
	fmt.Fprintf(&sets, "create s %s counters\n", create)
	for _, e := range strings.Split(entries, ";") {
		fmt.Fprintf(&sets, "add s %s\n", e)
	}
	rules.WriteString("*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n")
	rules.WriteString("-A FORWARD -s 10.66.1.2 -j MARK --set-mark 5\n")
	fmt.Fprintf(&rules, "-A FORWARD -m set --match-set s %s\n-A FORWARD -m set ! --match-set s %s\n", ask, ask)
	fmt.Fprintf(&rules, "-A FORWARD -m set --match-set s %s --packets-gt 2\n", ask)
	if strings.Contains(create, "net") {
		fmt.Fprintf(&rules, "-A FORWARD -m set --match-set s %s --return-nomatch\n", ask)
	}
	rules.WriteString("COMMIT\n")
	s := Scenario{Sets: sets.String(), Rules4: rules.String()}
	for range 40 {
		src := netip.AddrFrom4([4]byte{10, 66, 1, byte(r.IntN(6))})
		dst := netip.AddrFrom4([4]byte{10, 66, 2, byte(1 + r.IntN(5))})
		sport, dport := []uint16{1024, 1025, 80}[r.IntN(3)], []uint16{80, 81, 53, 1024}[r.IntN(4)]
		var proto uint8
		var body []byte
		switch r.IntN(4) {
		case 0:
			proto, body = packet.ProtoTCP, packet.TCPFields{SrcPort: sport, DstPort: dport, Flags: packet.SYN, Window: 100}.Encode(src, dst, nil)
		case 1:
			proto, body = packet.ProtoUDP, packet.EncodeUDP(src, dst, sport, dport, nil)
		case 2:
			proto, body = packet.ProtoICMP, packet.EncodeICMP(packet.ICMPEcho, 0, 1, nil)
		default:
			proto, body = packet.ProtoGRE, []byte{0, 0, 8, 0}
		}
		s.Steps = append(s.Steps, Step{From: "ext", Packet: packet.IPv4Fields{Protocol: proto, Src: src, Dst: dst}.Encode(body)})
	}
	return s
}

// TestSetsAgree asks the kernel and the engine about sets of every type.
func TestSetsAgree(t *testing.T) {
	h := openLab(t, Options{Fast: true})
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range setCases {
		t.Run(c.create+" "+c.ask, func(t *testing.T) {
			s := setScenario(c.create, c.entries, c.ask, r)
			ds, err := differences(h, s)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range ds {
				t.Error(d.String())
			}
			if t.Failed() {
				t.Logf("%s%s", s.Sets, s.Rules4)
			}
		})
	}
}

// TestSetTargetAgrees adds and deletes elements by rules and asks about them.
func TestSetTargetAgrees(t *testing.T) {
	h := openLab(t, Options{Fast: true})
	s := setScenario("hash:ip,port", "10.66.2.2,80", "dst,dst", rand.New(rand.NewPCG(3, 4)))
	s.Sets += "create t hash:ip\ncreate u hash:net,port\n"
	s.Rules4 = strings.Replace(s.Rules4, "COMMIT\n", `-A FORWARD -m set --match-set t src -j ACCEPT
-A FORWARD -p tcp --dport 80 -j SET --add-set t src
-A FORWARD -p udp -j SET --del-set t src
-A FORWARD -j SET --add-set u dst,dst
-A FORWARD -m set --match-set u dst,src
COMMIT
`, 1)
	ds, err := differences(h, s)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range ds {
		t.Error(d.String())
	}
}
