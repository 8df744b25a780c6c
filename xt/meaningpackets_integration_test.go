package xt_test

import (
	"encoding/binary"
	"net/netip"
	"strings"

	"nfwhy/internal/lab"
	"nfwhy/packet"
)

// packet draws a packet from outside, often odd.
func (d *drawer) packet() lab.Hex {
	src, dst := netip.MustParseAddr(d.addr()), netip.MustParseAddr(d.addr())
	if own := map[bool]string{true: "fd66:1::1", false: "10.66.1.1"}[d.six]; d.chance(80) || src.String() == own {
		src = netip.MustParseAddr(map[bool]string{true: "fd66:1::2", false: "10.66.1.2"}[d.six])
	}
	proto, body := d.payload(src, dst)
	if d.chance(6) {
		body = body[:d.IntN(len(body)+1)]
	}
	ttl := uint8([]int{64, 64, 63, 5, 255}[d.IntN(5)])
	tos := uint8([]int{0, 0, 0x10, 0xb8, 1, 2, 3, 0x28}[d.IntN(8)])
	if !d.six {
		f := packet.IPv4Fields{TOS: tos, ID: uint16(d.IntN(5)), TTL: ttl, Protocol: proto, Src: src, Dst: dst}
		if d.chance(10) {
			f.Options = []byte{1, 1, 1, 0}
		}
		if d.untracked && d.chance(15) {
			f.Flags, f.FragOff = uint8(d.IntN(2)), d.IntN(3)*8
		}
		return f.Encode(body)
	}
	next, chain := d.extensions(proto)
	return packet.IPv6Fields{TrafficClass: tos, FlowLabel: uint32(d.IntN(5)), NextHeader: next, HopLimit: ttl, Src: src, Dst: dst}.Encode(append(chain, body...))
}

// extensions draws extension headers in front of proto.
func (d *drawer) extensions(proto uint8) (uint8, []byte) {
	if d.chance(60) {
		return proto, nil
	}
	var kinds []uint8
	for range 1 + d.IntN(2) {
		kinds = append(kinds, []uint8{60, 43, 44, 51, 60, 59}[d.IntN(6)])
	}
	if d.chance(30) {
		kinds = append([]uint8{0}, kinds...)
	}
	var out []byte
	for i, k := range kinds {
		if k == 44 && !d.untracked {
			kinds[i], k = 60, 60
		}
		next := proto
		if i+1 < len(kinds) && kinds[i+1] == 44 && !d.untracked {
			kinds[i+1] = 60
		}
		if i+1 < len(kinds) {
			next = kinds[i+1]
		}
		if k == 59 {
			return kinds[0], append(out, 1, 2, 3, 4)
		}
		out = append(out, d.extension(k, next)...)
	}
	return kinds[0], out
}

func (d *drawer) extension(kind, next uint8) []byte {
	switch kind {
	case 43:
		b := []byte{next, 2, uint8([]int{0, 2, 4, 4}[d.IntN(4)]), uint8(d.IntN(2)), 0, 0, 0, uint8(d.IntN(2) * 5)}
		a := netip.MustParseAddr("2001:db8::5").As16()
		return append(b, a[:]...)
	case 44:
		return []byte{next, 0, 0, uint8(d.IntN(2)), 0, 0, 0, uint8(d.IntN(9))}
	case 51:
		return append([]byte{next, 4, 0, 0, 0, 0, uint8(d.IntN(2)), uint8(d.IntN(10))}, make([]byte, 16)...)
	}
	return [][]byte{{next, 0, 1, 4, 0, 0, 0, 0}, {next, 0, 5, 2, 0, 0, 1, 0}, {next, 0, 0, 0, 0, 0, 0, 0}}[d.IntN(3)]
}

// payload draws what follows the IP header.
func (d *drawer) payload(src, dst netip.Addr) (uint8, []byte) {
	port := func() uint16 { return []uint16{5, 80, 53, 443, 1024, 21}[d.IntN(6)] }
	text := []byte(d.pick("", "hello", "xxHELLOxx", "hell", strings.Repeat("a", 60)+"hello"))
	switch d.IntN(9) {
	case 0, 1, 2:
		f := packet.TCPFields{SrcPort: port(), DstPort: port(), Seq: d.Uint32(), Window: 1000,
			Flags: []uint16{packet.SYN, packet.SYN | packet.ECE | packet.CWR, packet.ACK, packet.FIN, 0, packet.RST, packet.SYN | packet.ACK, packet.ACK | packet.ECE}[d.IntN(8)]}
		f.Options = [][]byte{nil, {2, 4, 5, 0xb4}, {2, 4, 2, 0, 1, 3, 3, 7}, {1, 2, 4, 5, 0xb4, 0, 0, 0}, {4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0}, {3, 0, 2, 4}, {254, 9, 1, 1}}[d.IntN(7)]
		if f.Flags == packet.SYN {
			text = nil
		}
		b := f.Encode(src, dst, text)
		if d.chance(5) {
			b[12] = uint8(d.IntN(16)) << 4
		}
		return packet.ProtoTCP, b
	case 3, 4:
		return packet.ProtoUDP, packet.EncodeUDP(src, dst, port(), port(), text)
	case 5:
		if d.six {
			return packet.ProtoICMPv6, packet.EncodeICMPv6(src, dst, uint8([]int{128, 129, 1, 135}[d.IntN(4)]), 0, 1, text)
		}
		return packet.ProtoICMP, packet.EncodeICMP(uint8([]int{8, 0, 3, 13}[d.IntN(4)]), uint8(d.IntN(4)), 1, text)
	case 6:
		b := make([]byte, 24)
		spi := uint32([]int{5, 300, 0}[d.IntN(3)])
		if d.chance(50) {
			binary.BigEndian.PutUint32(b, spi)
			return packet.ProtoESP, b
		}
		b[0], b[1] = packet.ProtoUDP, 4
		binary.BigEndian.PutUint32(b[4:], spi)
		if d.six {
			return 108, b
		}
		return packet.ProtoAH, b
	case 7:
		b := []byte{0, byte(port()), 0, byte(port()), 0, 0, 0, 1, 0, 0, 0, 0}
		for range d.IntN(3) {
			b = append(b, [][]byte{{0, 3, 0, 20, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 'a', 'b', 'c', 'd'}, {6, uint8(d.IntN(2)), 0, 4}, {3, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, {1, 0, 0, 5, 9, 0, 0, 0}, {0, 0, 0, 0}}[d.IntN(5)]...)
		}
		return packet.ProtoSCTP, b
	default:
		if d.chance(30) && d.six {
			return 135, []byte{uint8([]int{59, 59, 6}[d.IntN(3)]), 0, uint8(d.IntN(8)), 0, 0, 0, 0, 0}
		}
		b := make([]byte, 16+d.IntN(3)*4)
		b[1], b[3] = byte(port()), byte(port())
		b[4] = uint8(len(b) / 4)
		b[8] = uint8(d.IntN(11))<<1 | 1
		for i := 16; i+4 <= len(b); i += 4 {
			copy(b[i:], [][]byte{{1, 1, 1, 1}, {2, 3, 0, 0}, {32, 4, 0, 0}}[d.IntN(3)])
		}
		return packet.ProtoDCCP, b
	}
}
