package replay_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"net/netip"
	"testing"

	"nfwhy/capture"
	"nfwhy/host"
	"nfwhy/packet"
	"nfwhy/replay"
	"nfwhy/ruleset"
)

// eight rules of a common server, with connection tracking
const eight = `*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate INVALID -j DROP
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p icmp -m icmp --icmp-type 8 -j ACCEPT
-A INPUT -s 192.0.2.0/24 -p tcp -m tcp --dport 5432 -j ACCEPT
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
-A INPUT -p tcp -m multiport --dports 80,443 -j ACCEPT
-A INPUT -p udp -m udp --dport 53 -j ACCEPT
COMMIT
`

// pcapFile is a generated capture of n packets in mixed conversations, conns of
// them open at a time.
func pcapFile(n, conns int) []byte {
	var b bytes.Buffer
	b.Write([]byte{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0})
	r := rand.New(rand.NewPCG(1, 1))
	self := netip.MustParseAddr("10.66.1.1")
	step := make([]uint8, conns)
	for i := range n {
		c := r.IntN(conns)
		data := conversation(self, c, step[c])
		step[c]++
		var h [16]byte
		binary.LittleEndian.PutUint32(h[:], 1700000000+uint32(i/20000))
		binary.LittleEndian.PutUint32(h[4:], uint32(i%20000)*50)
		binary.LittleEndian.PutUint32(h[8:], uint32(len(data)))
		binary.LittleEndian.PutUint32(h[12:], uint32(len(data)))
		b.Write(h[:])
		b.Write(data)
	}
	return b.Bytes()
}

// conversation is packet k of conversation c: TCP in half of them, UDP and ICMP
// in the others.
func conversation(self netip.Addr, c int, k uint8) []byte {
	peer := netip.AddrFrom4([4]byte{100, byte(64 + c>>16), byte(c >> 8), byte(c)})
	port := uint16(1024 + c%60000)
	out := k%2 == 1
	src, dst := peer, self
	if out {
		src, dst = self, peer
	}
	wrap := func(proto uint8, body []byte) []byte {
		return packet.IPv4Fields{Flags: 2, TTL: 60, Protocol: proto, Src: src, Dst: dst}.Encode(body)
	}
	switch c % 4 {
	case 0:
		if out {
			return wrap(packet.ProtoUDP, packet.EncodeUDP(src, dst, 53, port, make([]byte, 60)))
		}
		return wrap(packet.ProtoUDP, packet.EncodeUDP(src, dst, port, 53, make([]byte, 30)))
	case 1:
		typ := uint8(packet.ICMPEcho)
		if out {
			typ = packet.ICMPEchoReply
		}
		return wrap(packet.ProtoICMP, packet.EncodeICMP(typ, 0, uint32(port)<<16, make([]byte, 32)))
	}
	f := packet.TCPFields{SrcPort: port, DstPort: 443, Seq: 1000, Ack: 2001, Flags: packet.ACK, Window: 60000}
	if out {
		f.SrcPort, f.DstPort, f.Seq, f.Ack = 443, port, 2001, 1000
	}
	switch k {
	case 0:
		f.Seq, f.Ack, f.Flags = 999, 0, packet.SYN
	case 1:
		f.Seq, f.Flags = 2000, packet.SYN|packet.ACK
	}
	return wrap(packet.ProtoTCP, f.Encode(src, dst, nil))
}

func benchHost(tb testing.TB) *host.Host {
	f, err := ruleset.Parse("rules", []byte(eight))
	if err != nil {
		tb.Fatal(err)
	}
	h := &host.Host{Rules4: f.V4, Sysctl: map[string]string{"net.netfilter.nf_conntrack_max": "1000000"}}
	if err := h.AddAddr("10.66.1.1/24@ext"); err != nil {
		tb.Fatal(err)
	}
	if err := h.AddRoute("default via 10.66.1.254 dev ext"); err != nil {
		tb.Fatal(err)
	}
	return h
}

// BenchmarkReplay reads and replays a generated capture of a million packets in
// 100,000 conversations through eight rules with connection tracking.
func BenchmarkReplay(b *testing.B) {
	const n = 1000000
	file := pcapFile(n, 100000)
	b.ReportAllocs()
	for b.Loop() {
		r, err := replay.New(benchHost(b))
		if err != nil {
			b.Fatal(err)
		}
		replayAll(b, r, file)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/packet")
}

func replayAll(tb testing.TB, r *replay.Replay, file []byte) (packets int) {
	c, err := capture.Open("bench.pcap", bytes.NewReader(file))
	if err != nil {
		tb.Fatal(err)
	}
	defer c.Close()
	for {
		rec, err := c.Next()
		if err == io.EOF {
			return packets
		}
		if err != nil {
			tb.Fatal(err)
		}
		r.Packet(rec)
		packets++
	}
}

// TestBulkAllocatesNothing holds the whole bulk path, reading included, to no
// allocation per packet once its tables have grown.
func TestBulkAllocatesNothing(t *testing.T) {
	const n = 4000
	file := pcapFile(n, 100)
	r, err := replay.New(benchHost(t))
	if err != nil {
		t.Fatal(err)
	}
	replayAll(t, r, file)
	got := testing.AllocsPerRun(3, func() { replayAll(t, r, file) })
	if perPacket := got / n; perPacket > 0.01 {
		t.Errorf("%.0f allocations for %d packets", got, n)
	}
}
