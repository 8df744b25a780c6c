package netfilter_test

import (
	"fmt"
	"net/netip"
	"testing"

	"nfwhy/netfilter"
	"nfwhy/packet"
)

// eightRules are what a small server has.
const eightRules = `*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate INVALID -j DROP
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -s 10.66.3.0/24 -j DROP
-A INPUT -p icmp -m icmp --icmp-type 8 -m limit --limit 10000/sec -j ACCEPT
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
-A INPUT -p tcp -m multiport --dports 80,443 -j ACCEPT
-A INPUT -p udp -m udp --dport 53 -j ACCEPT
COMMIT
`

// conversations are the packets of count TCP, UDP and ICMP clients, interleaved.
func conversations(count int) [][]byte {
	host := netip.MustParseAddr("10.66.1.1")
	var out [][]byte
	for round := range 6 {
		for i := range count {
			src := netip.AddrFrom4([4]byte{10, 66, 1, byte(2 + i%200)})
			port := uint16(1024 + i/200)
			var proto uint8
			var b []byte
			switch i % 10 {
			case 0, 1:
				proto, b = packet.ProtoUDP, packet.EncodeUDP(src, host, port, 53, make([]byte, 30))
			case 2:
				proto, b = packet.ProtoICMP, packet.EncodeICMP(8, 0, uint32(port)<<16|uint32(round), make([]byte, 56))
			default:
				f := packet.TCPFields{SrcPort: port, DstPort: 443, Seq: 1000, Flags: packet.SYN, Window: 29200}
				if round > 0 {
					f.Seq, f.Flags = 1001, packet.ACK
				}
				proto, b = packet.ProtoTCP, f.Encode(src, host, nil)
			}
			out = append(out, packet.IPv4Fields{ID: uint16(i), Protocol: proto, Src: src, Dst: host}.Encode(b))
		}
	}
	return out
}

// receiver feeds packets to a machine, one after the other and again from the first.
type receiver struct {
	n       *netfilter.Netns
	p       packet.Packet
	packets [][]byte
	next    int
	now     packet.Time
}

func (r *receiver) one(t testing.TB) {
	data := r.packets[r.next]
	if r.next++; r.next == len(r.packets) {
		r.next = 0
	}
	if err := r.p.Decode(data, len(data)); err != nil {
		t.Fatal(err)
	}
	r.now += 1000
	r.n.Receive(&r.p, "ext", r.now)
}

// Bulk work allocates nothing for a packet once everything has its size.
func TestReceiveAllocatesNothing(t *testing.T) {
	for _, rules := range []string{eightRules, "", "*nat\n-A POSTROUTING -j MASQUERADE\nCOMMIT\n" + eightRules} {
		r := &receiver{n: machine(t, rules), packets: conversations(500), now: 1000 * packet.Second}
		for range 2 * len(r.packets) {
			r.one(t)
		}
		if got := testing.AllocsPerRun(3*len(r.packets), func() { r.one(t) }); got != 0 {
			t.Errorf("%.2f allocations per packet through %.20q", got, rules)
		}
	}
}

// What REJECT and LOG make is built in buffers that are used again.
func TestAnswerAllocatesNothing(t *testing.T) {
	for _, target := range []string{"REJECT --reject-with tcp-reset", "REJECT", "LOG --log-tcp-options"} {
		r := &receiver{n: machine(t, "*filter\n-A INPUT -p tcp -m state --state NEW,INVALID -j "+target+"\nCOMMIT\n"), packets: conversations(50), now: 1000 * packet.Second}
		for range 2 * len(r.packets) {
			r.one(t)
		}
		if got := testing.AllocsPerRun(3*len(r.packets), func() { r.one(t) }); got != 0 {
			t.Errorf("%.2f allocations per packet with -j %s", got, target)
		}
	}
}

func BenchmarkReceive(b *testing.B) {
	for _, conns := range []int{1000, 100000} {
		b.Run(fmt.Sprint(conns), func(b *testing.B) {
			r := &receiver{n: machine(b, eightRules), packets: conversations(conns), now: 1000 * packet.Second}
			for range r.packets {
				r.one(b)
			}
			b.ReportAllocs()
			for b.Loop() {
				r.one(b)
			}
		})
	}
}
