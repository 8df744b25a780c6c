package capture

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"

	"nfwhy/packet"
)

func TestLinkTypes(t *testing.T) {
	syn, u6 := synPacket(), udp6Packet()
	mac := "020000000002"
	tests := []struct {
		name  string
		link  uint32
		frame []byte
		dir   Direction
		cast  packet.Cast
		hdr   string // packet.Link
		vlan  uint16
		ver   packet.Family
	}{
		{"ethernet", 1, ethernet("0800", syn), Unknown, packet.CastHost, "020000000001" + mac + "0800", 0, 4},
		{"ethernet v6", 1, join(unhex("3333000000fb"+mac+"86dd"), u6), Unknown, packet.CastMulticast, "3333000000fb" + mac + "86dd", 0, 6},
		{"broadcast", 1, join(unhex("ffffffffffff"+mac+"0800"), syn), Unknown, packet.CastBroadcast, "ffffffffffff" + mac + "0800", 0, 4},
		{"padded", 1, append(ethernet("0800", syn), make([]byte, 6)...), Unknown, packet.CastHost, "020000000001" + mac + "0800", 0, 4},
		{"vlan", 1, ethernet("8100 6064 0800", syn), Unknown, packet.CastHost, "020000000001" + mac + "0800", 0x6064, 4},
		{"qinq", 1, ethernet("88a8 0064 8100 00c8 0800", syn), Unknown, packet.CastHost, "020000000001" + mac + "0800", 0x64, 4},
		{"raw", 101, syn, Unknown, packet.CastHost, "", 0, 4},
		{"raw v6", 101, u6, Unknown, packet.CastHost, "", 0, 6},
		{"raw 12", 12, syn, Unknown, packet.CastHost, "", 0, 4},
		{"raw 14", 14, syn, Unknown, packet.CastHost, "", 0, 4},
		{"ipv4", 228, syn, Unknown, packet.CastHost, "", 0, 4},
		{"ipv6", 229, u6, Unknown, packet.CastHost, "", 0, 6},
		{"null little", 0, join(unhex("02000000"), syn), Unknown, packet.CastHost, "", 0, 4},
		{"null big", 0, join(unhex("00000002"), syn), Unknown, packet.CastHost, "", 0, 4},
		{"null v6", 0, join(unhex("1e000000"), u6), Unknown, packet.CastHost, "", 0, 6},
		{"loop", 108, join(unhex("00000018"), u6), Unknown, packet.CastHost, "", 0, 6},
		{"ppp", 9, join(unhex("ff03 0021"), syn), Unknown, packet.CastHost, "", 0, 4},
		{"ppp short", 9, join(unhex("21"), syn), Unknown, packet.CastHost, "", 0, 4},
		{"ppp hdlc", 50, join(unhex("ff03 0057"), u6), Unknown, packet.CastHost, "", 0, 6},
		{"cisco hdlc", 50, join(unhex("0f00 0800"), syn), Unknown, packet.CastHost, "", 0, 4},
		{"pppd in", 166, join(unhex("0003 0021"), syn), In, packet.CastHost, "", 0, 4},
		{"ppp dir out", 204, join(unhex("01 ff03 0021"), syn), Out, packet.CastOutgoing, "", 0, 4},
		{"sll in", 113, join(unhex("0000 0001 0006 020000000002 0000 0800"), syn), In, packet.CastHost, "000000000000" + mac + "0800", 0, 4},
		{"sll broadcast", 113, join(unhex("0001 0001 0006 020000000002 0000 0800"), syn), In, packet.CastBroadcast, "ffffffffffff" + mac + "0800", 0, 4},
		{"sll multicast", 113, join(unhex("0002 0001 0006 020000000002 0000 86dd"), u6), In, packet.CastMulticast, "3333000000fb" + mac + "86dd", 0, 6},
		{"sll other", 113, join(unhex("0003 0001 0006 020000000002 0000 0800"), syn), In, packet.CastOther, "000000000000" + mac + "0800", 0, 4},
		{"sll out", 113, join(unhex("0004 0001 0006 020000000002 0000 0800"), syn), Out, packet.CastOutgoing, "000000000000" + mac + "0800", 0, 4},
		{"sll lo", 113, join(unhex("0000 0304 0006 000000000000 0000 0800"), syn), In, packet.CastHost, "0000000000000000000000000800", 0, 4},
		{"sll tun", 113, join(unhex("0000 fffe 0000 000000000000 0000 0800"), syn), In, packet.CastHost, "", 0, 4},
		{"sll vlan", 113, join(unhex("0000 0001 0006 020000000002 0000 8100 0005 0800"), syn), In, packet.CastHost, "000000000000" + mac + "0800", 5, 4},
		{"sll2 in", 276, join(unhex("0800 0000 00000002 0001 00 06 020000000002 0000"), syn), In, packet.CastHost, "000000000000" + mac + "0800", 0, 4},
		{"sll2 out", 276, join(unhex("86dd 0000 00000002 0001 04 06 020000000002 0000"), u6), Out, packet.CastOutgoing, "000000000000" + mac + "86dd", 0, 6},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFile(false).pcap(magicMicro, 4, tt.link).packet(1, 2, tt.frame)
			recs, err := readAll(t, f.b)
			if err != nil || len(recs) != 1 {
				t.Fatalf("got %d records, %v", len(recs), err)
			}
			r := recs[0]
			if r.Skip != nil {
				t.Fatalf("skipped: %v", r.Skip)
			}
			p := &r.Packet
			if r.Dir != tt.dir || p.Cast != tt.cast || hex.EncodeToString(p.Link) != tt.hdr || p.VLAN != tt.vlan || p.Family != tt.ver {
				t.Errorf("got %v cast %d link %x vlan %#x %v\nwant %v cast %d link %s vlan %#x %v",
					r.Dir, p.Cast, p.Link, p.VLAN, p.Family, tt.dir, tt.cast, tt.hdr, tt.vlan, tt.ver)
			}
			want := syn
			if tt.ver == packet.IPv6 {
				want = u6
			}
			if !bytes.Equal(p.Data, want) {
				t.Errorf("got packet %x\nwant %x", p.Data, want)
			}
		})
	}
}

func TestLinkSkips(t *testing.T) {
	syn := synPacket()
	bad := append([]byte(nil), syn...)
	bad[3] = 200 // total length beyond the frame
	tests := []struct {
		name  string
		link  uint32
		frame []byte
		want  error
	}{
		{"arp", 1, ethernet("0806", make([]byte, 28)), ErrARP},
		{"llc", 1, ethernet("0026", make([]byte, 38)), ErrLLC},
		{"pppoe", 1, ethernet("8864", make([]byte, 38)), ErrPPPoE},
		{"mpls", 1, ethernet("8847", make([]byte, 38)), ErrMPLS},
		{"lldp", 1, ethernet("88cc", make([]byte, 38)), ErrLLDP},
		{"other", 1, ethernet("88b5", make([]byte, 38)), OtherEtherType(0x88b5)},
		{"vlan arp", 1, ethernet("8100 0001 0806", make([]byte, 28)), ErrARP},
		{"cut ethernet", 1, make([]byte, 13), ErrShortLink},
		{"cut vlan", 1, ethernet("8100 00", nil), ErrShortLink},
		{"cut sll", 113, make([]byte, 15), ErrShortLink},
		{"cut sll2", 276, make([]byte, 19), ErrShortLink},
		{"cut null", 0, make([]byte, 3), ErrShortLink},
		{"cut ppp", 9, unhex("ff03"), ErrShortLink},
		{"cut pppdir", 204, nil, ErrShortLink},
		{"cut nflog", 239, make([]byte, 3), ErrShortLink},
		{"appletalk", 0, unhex("10000000"), ErrAddrFam},
		{"lcp", 9, unhex("ff03c02101"), ErrPPPProto},
		{"wifi", 105, make([]byte, 40), UnreadLinkType(105)},
		{"v6 in v4", 1, ethernet("0800", udp6Packet()), packet.ErrHeader},
		{"v4 on 229", 229, syn, packet.ErrHeader},
		{"length beyond frame", 1, ethernet("0800", bad), packet.ErrTruncated},
		{"empty", 101, nil, packet.ErrNotIP},
		{"ethernet header only", 1, ethernet("0800", nil), packet.ErrNotIP},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFile(false).pcap(magicMicro, 4, tt.link).packet(1, 2, tt.frame)
			recs, err := readAll(t, f.b)
			if err != nil || len(recs) != 1 {
				t.Fatalf("got %d records, %v", len(recs), err)
			}
			if !errors.Is(recs[0].Skip, tt.want) {
				t.Errorf("got %v, want %v", recs[0].Skip, tt.want)
			}
		})
	}
}

func TestNFLOG(t *testing.T) {
	syn := synPacket()
	for _, bigEndian := range []bool{false, true} {
		f := newFile(bigEndian)
		attr := func(typ uint16, v []byte) []byte {
			return f.sub().u16(uint16(4+len(v)), typ).bytes(v).bytes(make([]byte, -len(v)&3)).b
		}
		frame := join(unhex("02 00 0005"),
			attr(nflogPacketHdr, unhex("0800 03 00")),
			attr(nflogMark, unhex("0000002a")),
			attr(nflogOutDev, unhex("00000002")),
			attr(nflogPrefix, []byte("drop: \x00")),
			attr(nflogUID, unhex("000003e8")),
			attr(nflogGID, unhex("00000064")),
			attr(nflogPayload, syn[:30]))
		f.pcap(magicMicro, 4, 239).packet(1, 2, frame)
		recs, err := readAll(t, f.b)
		if err != nil || len(recs) != 1 {
			t.Fatalf("got %d records, %v", len(recs), err)
		}
		r := recs[0]
		if r.Skip != nil {
			t.Fatalf("skipped: %v", r.Skip)
		}
		n := r.NFLOG
		if n.Group != 5 || n.Hook != packet.Output || n.Prefix != "drop: " || n.OutIndex != 2 || !n.HasUID || n.UID != 1000 {
			t.Errorf("got %+v", n)
		}
		if r.Dir != Out || r.Packet.Mark != 42 || r.Packet.GID != 100 || !r.Packet.Socket || r.Packet.Length != 40 || r.Packet.Cut() != 10 {
			t.Errorf("got direction %v, packet %+v", r.Dir, r.Packet)
		}
	}
}
