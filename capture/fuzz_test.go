package capture

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// touch calls what users of a record call, so that a wrong length shows.
func touch(t *testing.T, r *Record) {
	_ = r.Source()
	if r.WireLen < 0 {
		t.Fatalf("wire length %d", r.WireLen)
	}
	if r.Skip != nil {
		_ = r.Skip.Error()
		return
	}
	p := &r.Packet
	if p.L4 > len(p.Data) || p.Length < len(p.Data) {
		t.Fatalf("packet of %d bytes with transport at %d and length %d", len(p.Data), p.L4, p.Length)
	}
	p.Src()
	p.Dst()
	p.Ports()
	if h, ok := p.TCP(); ok {
		h.Options()
	}
	p.ICMP()
	p.Payload()
	_ = describe(r.Clone())
}

func FuzzOpen(f *testing.F) {
	syn := synPacket()
	f.Add(newFile(false).pcap(magicMicro, 4, 1).packet(1, 2, ethernet("8100 0001 0800", syn)).b)
	f.Add(newFile(true).pcap(magicModified, 4, 113).packet(1, 2, syn).b)
	f.Add(newFile(false).pcap(magicNano, 3, 239).packet(1, 2, join(unhex("02000005 2c000900"), syn)).b)
	small := newFile(false).section()
	f.Add(small.iface(101, 0, nil).enhanced(0, 5, syn, small.sub().option(optComment, []byte("x"))).b)
	f.Add(compressed(f, KindGzip, manyPackets(2)))
	f.Add(compressed(f, KindXz, manyPackets(2)))
	f.Add(compressed(f, KindZstd, manyPackets(2)))
	f.Add([]byte(founding))
	big := newFile(true).section()
	big.iface(276, 96, big.sub().option(optIfName, []byte("any")).option(optTsResol, []byte{0x94}).option(optTsOffset, make([]byte, 8)))
	big.enhanced(0, 5, join(unhex("0800 0000 00000002 0001 04 06 020000000002 0000"), syn), big.sub().option(optFlags, []byte{0, 0, 0, 2}))
	f.Add(big.block(blockSimple, big.sub().u32(40).bytes(syn).b).b)
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Open("fuzz", bytes.NewReader(b))
		if err != nil {
			return
		}
		defer r.Close()
		// a few kilobytes of input can decompress to gigabytes
		for n := 0; n < 10000; n++ {
			rec, err := r.Next()
			if err != nil {
				if rec != nil {
					t.Fatal("record with an error")
				}
				if _, again := r.Next(); again != err {
					t.Fatalf("error %v, then %v", err, again)
				}
				break
			}
			touch(t, rec)
		}
		for _, e := range r.Problems() {
			_ = e.Error()
		}
	})
}

func FuzzText(f *testing.F) {
	f.Add(founding)
	f.Add("12:00:00.000001 eth0  In  IP6 (hlim 1, next-header Options (0) payload length: 36) fe80::1 > ff02::16: HBH (rtalert: 0x0000) (padn) [icmp6 sum ok] ICMP6, multicast listener report v2")
	f.Add("IP 192.0.2.1.1 > 192.0.2.2.2: Flags [S.], seq 1:5, ack 2, win 1, options [mss 1460,sackOK,TS val 1 ecr 0,sack 1 {1:5},tfo cookie 0123456789abcdef], length 4")
	f.Add("12:00:00.000001 192.0.2.1 > 192.0.2.2: udp (frag 9:1480@1480+) (ttl 64, id 9)\n\t\t\t 4500 0028")
	f.Add("1  00:00:00.000000 02:00:00:00:00:02 > Broadcast, ethertype 802.1Q (0x8100), length 74: vlan 10, p 3, ethertype IPv4 (0x0800), 1.x.x.4 > MYIP: ICMP host 1.2.3.4 unreachable - need to frag (mtu 1), length 36")
	f.Add("IP6 a::1 > b::2: frag (0x12345678:8|60)\nIP 1.1.1.1 > 2.2.2.2: ESP(spi=0x1,seq=0x2), length 9")
	f.Fuzz(func(t *testing.T, text string) {
		s := TextScanner{File: "fuzz"}
		no := 0
		for line := range strings.Lines(text) {
			no++
			s.Line(no, line)
			LooksLikeTcpdump(line)
		}
		for _, r := range s.Records() {
			touch(t, r)
		}
		for _, e := range s.Errors() {
			_ = e.Error()
		}
		if len(s.Records()) > 0 {
			t.Fatal("records given twice")
		}
		// a file of the same text has the same packets
		r, err := Open("fuzz", strings.NewReader(text))
		if err != nil || r.Kind() != KindText {
			return
		}
		for err == nil {
			_, err = r.Next()
		}
		if err != io.EOF && !strings.HasPrefix(err.Error(), "fuzz") {
			t.Fatalf("error without a place: %v", err)
		}
	})
}
