package capture

import (
	"encoding/binary"
	"math/rand"
	"net/netip"
	"testing"

	"nfwhy/packet"
)

// randomPacket makes a well-formed packet of a protocol that tcpdump tells in
// full.
func randomPacket(r *rand.Rand) []byte {
	v6 := r.Intn(3) == 0
	src, dst := randomAddr(r, v6), randomAddr(r, v6)
	payload := make([]byte, r.Intn(2)*r.Intn(60))
	r.Read(payload)
	var proto uint8
	var l4 []byte
	switch r.Intn(3) {
	case 0:
		proto = packet.ProtoTCP
		ack := r.Uint32() | 1<<24
		f := packet.TCPFields{SrcPort: uint16(r.Intn(65536)), DstPort: uint16(r.Intn(65536)), Seq: r.Uint32() | 1<<24, Ack: ack,
			Flags: uint16(r.Intn(256)), Window: uint16(r.Intn(65536)), Options: randomOptions(r, ack)}
		if f.Flags&packet.ACK == 0 {
			f.Ack = 0
		}
		l4 = f.Encode(src, dst, payload)
	case 1:
		proto = packet.ProtoUDP
		l4 = packet.EncodeUDP(src, dst, uint16(r.Intn(65536)), uint16(r.Intn(65536)), payload)
	case 2:
		if v6 {
			proto = packet.ProtoICMPv6
			l4 = packet.EncodeICMPv6(src, dst, 128+uint8(r.Intn(2)), 0, r.Uint32(), payload)
		} else {
			proto = packet.ProtoICMP
			l4 = packet.EncodeICMP(uint8(r.Intn(2))*8, 0, r.Uint32(), payload)
		}
	}
	if v6 {
		return packet.IPv6Fields{TrafficClass: uint8(r.Intn(256)), FlowLabel: uint32(r.Intn(1 << 20)), NextHeader: proto, HopLimit: uint8(1 + r.Intn(255)), Src: src, Dst: dst}.Encode(l4)
	}
	return packet.IPv4Fields{TOS: uint8(r.Intn(256)), ID: uint16(r.Intn(65536)), Flags: uint8(r.Intn(2) * 2), TTL: uint8(1 + r.Intn(255)), Protocol: proto, Src: src, Dst: dst}.Encode(l4)
}

func randomAddr(r *rand.Rand, v6 bool) netip.Addr {
	if v6 {
		a := [16]byte{0x20, 1, 0x0d, 0xb8}
		r.Read(a[8+r.Intn(8):])
		return netip.AddrFrom16(a)
	}
	var a [4]byte
	r.Read(a[:])
	return netip.AddrFrom4(a)
}

// randomOptions has SACK edges above ack, as receivers send them.
func randomOptions(r *rand.Rand, ack uint32) []byte {
	left, right := binary.BigEndian.AppendUint32(nil, ack+1460), binary.BigEndian.AppendUint32(nil, ack+2920)
	var o []byte
	for _, b := range [][]byte{{2, 4, byte(r.Intn(256)), byte(r.Intn(256))}, {1, 1, 4, 2}, {1, 3, 3, byte(r.Intn(15))}, {1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8},
		join([]byte{1, 1, 5, 10}, left, right)} {
		if r.Intn(2) == 0 {
			o = append(o, b...)
		}
	}
	return o
}

// What packet.AppendTcpdump writes is read back, each packet alone as it has no
// conversation.
func TestTcpdumpRoundTrip(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for i := range 3000 {
		b := randomPacket(r)
		want := &Record{Clock: NoClock}
		if err := want.Packet.Decode(b, len(b)); err != nil {
			t.Fatal(err)
		}
		verbose := i % 3
		text := string(want.Packet.AppendTcpdump(nil, verbose))
		recs, s := scan(t, text)
		if len(recs) != 1 {
			t.Fatalf("packet %d: got %d records of %q, errors %v", i, len(recs), text, s.Errors())
		}
		if diff := tellDiff(recs[0], want); diff != "" {
			t.Errorf("packet %d, verbose %d: %s\n%s", i, verbose, diff, text)
		}
		if f := recs[0].Untold &^ (FieldTime | FieldPayload | FieldChecksum); verbose == 2 && f != 0 {
			t.Errorf("packet %d: untold %v\n%s", i, f.Names(), text)
		}
	}
}
