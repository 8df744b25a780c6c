//go:build linux

package conntrack

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"nfwhy/packet"
)

// TestSCTPKernel sends random sequences of SCTP packets.
func TestSCTPKernel(t *testing.T) {
	l := newLab(t)
	d := newDuel(l)
	rnd := seed(t)
	for i, k := range []string{"closed", "cookie_wait", "cookie_echoed", "established", "shutdown_sent", "shutdown_recd", "shutdown_ack_sent", "heartbeat_sent"} {
		d.set("sctp_timeout_"+k, 10000+1000*i)
	}
	for i := range rounds(t, 60) {
		d.reset()
		port := uint16(1024 + i%60000)
		tags := [3]uint32{rnd.Uint32(), rnd.Uint32(), 0}
		for range 10 + rnd.IntN(15) {
			from, ip, what := randomSCTP(rnd, port, tags)
			if !d.step(from, ip, what) {
				return
			}
		}
	}
}

func randomSCTP(rnd *rand.Rand, port uint16, tags [3]uint32) (from int, ip []byte, what string) {
	b := newBuilder()
	from = rnd.IntN(2)
	src, dst := b.addr['c'], b.addr['s']
	sport, dport := port, uint16(9)
	if from == 1 {
		src, dst, sport, dport = dst, src, dport, sport
	}
	var chunks []byte
	n := 1
	if rnd.IntN(4) == 0 {
		n = 1 + rnd.IntN(3)
	}
	types := []byte{chunkInit, chunkInitAck, chunkCookieEcho, chunkCookieAck, chunkData, chunkHeartbeat, chunkHeartbeatAck,
		chunkAbort, chunkShutdown, chunkShutdownAck, chunkShutdownComplete, chunkError, 3, 200}
	first := types[rnd.IntN(len(types))]
	for i := range n {
		typ := first
		if i > 0 {
			typ = types[rnd.IntN(len(types))]
		}
		size := 4
		if typ == chunkInit || typ == chunkInitAck || rnd.IntN(5) == 0 {
			size = 20
		}
		c := make([]byte, size)
		c[0], c[1] = typ, byte(rnd.IntN(2))
		be.PutUint16(c[2:], uint16(size))
		if size == 20 {
			be.PutUint32(c[4:], tags[from])
			if rnd.IntN(8) == 0 {
				be.PutUint32(c[4:], rnd.Uint32())
			}
		}
		if rnd.IntN(40) == 0 {
			be.PutUint16(c[2:], uint16(rnd.IntN(30)))
		}
		chunks = append(chunks, c...)
	}
	tag := tags[from^1]
	switch {
	case first == chunkInit && rnd.IntN(8) != 0:
		tag = 0
	case rnd.IntN(6) == 0:
		tag = tags[rnd.IntN(3)]
	}
	l4 := make([]byte, 12, 12+len(chunks))
	be.PutUint16(l4, sport)
	be.PutUint16(l4[2:], dport)
	be.PutUint32(l4[4:], tag)
	l4 = append(l4, chunks...)
	if rnd.IntN(60) == 0 {
		l4 = l4[:rnd.IntN(len(l4)+1)]
	}
	if len(l4) >= 12 {
		le.PutUint32(l4[8:], sctpChecksum(l4))
		if rnd.IntN(60) == 0 {
			l4[8] ^= 1
		}
	}
	what = fmt.Sprintf("%c:sctp %x", "cs"[from], l4)
	return from, packet.IPv4Fields{Protocol: packet.ProtoSCTP, Src: src, Dst: dst}.Encode(l4), what
}

// TestOthersKernel sends random datagrams of the other protocols, whole and
// broken, and ICMP errors about them.
func TestOthersKernel(t *testing.T) {
	l := newLab(t)
	d := newDuel(l)
	rnd := seed(t)
	for i, k := range []string{"udp_timeout", "udp_timeout_stream", "icmp_timeout", "icmpv6_timeout", "generic_timeout", "gre_timeout", "gre_timeout_stream"} {
		d.set(k, 10000+1000*i)
	}
	for i := range rounds(t, 60) {
		d.reset()
		var sent [][]byte
		for range 10 + rnd.IntN(15) {
			from, ip, what := randomOther(rnd, sent)
			if i%2 == 1 {
				from, ip, what = randomOther6(rnd, sent)
			}
			sent = append(sent, ip)
			if !d.step(from, ip, what) {
				return
			}
		}
	}
}

func randomOther(rnd *rand.Rand, sent [][]byte) (from int, ip []byte, what string) {
	b := newBuilder()
	from = rnd.IntN(2)
	src, dst := b.addr['c'], b.addr['s']
	if from == 1 {
		src, dst = dst, src
	}
	payload := make([]byte, rnd.IntN(20))
	proto := uint8(packet.ProtoUDP)
	var l4 []byte
	switch rnd.IntN(8) {
	case 0, 1, 2:
		ports := [2]uint16{uint16(1000 + rnd.IntN(2)), 53}
		l4 = packet.EncodeUDP(src, dst, ports[from], ports[from^1], payload)
		if rnd.IntN(3) == 0 {
			proto = packet.ProtoUDPLite
		}
		if rnd.IntN(8) == 0 {
			be.PutUint16(l4[4:], uint16(rnd.IntN(40)))
		}
		if rnd.IntN(12) == 0 {
			be.PutUint16(l4[6:], uint16(rnd.IntN(3)))
		}
	case 3, 4:
		proto = packet.ProtoICMP
		typ := []byte{8, 0, 8, 0, 13, 14, 15, 16, 17, 18, byte(rnd.IntN(20))}[rnd.IntN(11)]
		l4 = packet.EncodeICMP(typ, byte(rnd.IntN(2)), uint32(rnd.IntN(2))<<16|uint32(rnd.IntN(9)), payload)
		if rnd.IntN(20) == 0 {
			l4[2]++
		}
	case 5:
		proto = packet.ProtoGRE
		l4 = unhex([]string{"0000080000000000", "00000800", "2000080000000005", "3001880b00000005", "3001880b00000006", "300188", "3001080000000001", "3001880b0000"}[rnd.IntN(8)])
	case 6:
		proto = []byte{50, 51, 2, 33, 255, 58, 89}[rnd.IntN(7)]
		l4 = payload
	default:
		if len(sent) == 0 {
			return randomOther(rnd, sent)
		}
		proto = packet.ProtoICMP
		quote := append([]byte(nil), sent[rnd.IntN(len(sent))]...)
		// The error goes back to who sent the quoted packet, mostly.
		dst = packet.IPv4Header(quote).Src()
		if dst == b.addr['c'] {
			from = 1
		} else {
			from = 0
		}
		src = b.addr["cs"[from]]
		if rnd.IntN(8) == 0 {
			src, dst, from = dst, src, from^1
		}
		if rnd.IntN(4) == 0 {
			quote = quote[:rnd.IntN(len(quote)+1)]
		}
		if rnd.IntN(4) == 0 && len(quote) > 0 {
			quote[rnd.IntN(len(quote))] ^= 1 << rnd.IntN(8)
		}
		typ := []byte{3, 4, 5, 11, 12}[rnd.IntN(5)]
		l4 = packet.EncodeICMP(typ, byte(rnd.IntN(4)), 0, quote)
	}
	if rnd.IntN(15) == 0 {
		l4 = l4[:rnd.IntN(len(l4)+1)]
	}
	ip = packet.IPv4Fields{Protocol: proto, Src: src, Dst: dst}.Encode(l4)
	return from, ip, fmt.Sprintf("%c: %x", "cs"[from], ip)
}

// randomOther6 is randomOther for IPv6.
func randomOther6(rnd *rand.Rand, sent [][]byte) (from int, ip []byte, what string) {
	b := newBuilder()
	b.v6()
	from = rnd.IntN(2)
	src, dst := b.addr['c'], b.addr['s']
	if from == 1 {
		src, dst = dst, src
	}
	payload := make([]byte, rnd.IntN(20))
	proto := uint8(packet.ProtoICMPv6)
	hops := uint8(64)
	var l4 []byte
	switch rnd.IntN(6) {
	case 0, 1:
		proto = packet.ProtoUDP
		ports := [2]uint16{uint16(1000 + rnd.IntN(2)), 53}
		l4 = packet.EncodeUDP(src, dst, ports[from], ports[from^1], payload)
		if rnd.IntN(4) == 0 {
			proto = packet.ProtoUDPLite
		}
	case 2, 3:
		typ := []byte{128, 129, 128, 129, 139, 140, 137, byte(100 + rnd.IntN(70)), byte(rnd.IntN(256))}[rnd.IntN(9)]
		l4 = packet.EncodeICMPv6(src, dst, typ, byte(rnd.IntN(2)), uint32(rnd.IntN(2))<<16, payload)
		if typ == icmpv6Redirect {
			hops = 255
			l4 = packet.EncodeICMPv6(src, dst, typ, byte(rnd.IntN(2)), 0, make([]byte, rnd.IntN(50)))
		}
	case 4:
		proto = []byte{50, 51, 89, 1, 47}[rnd.IntN(5)]
		l4 = payload
		if proto == packet.ProtoAH {
			l4 = append([]byte{17, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1}, packet.EncodeUDP(src, dst, 7, 8, nil)...)
		}
	default:
		if len(sent) == 0 {
			return randomOther6(rnd, sent)
		}
		quote := append([]byte(nil), sent[rnd.IntN(len(sent))]...)
		dst = packet.IPv6Header(quote).Src()
		from = 0
		if dst == b.addr['c'] {
			from = 1
		}
		src = b.addr["cs"[from]]
		if rnd.IntN(8) == 0 {
			src, dst, from = dst, src, from^1
		}
		if rnd.IntN(4) == 0 {
			quote = quote[:rnd.IntN(len(quote)+1)]
		}
		if rnd.IntN(4) == 0 && len(quote) > 0 {
			quote[rnd.IntN(len(quote))] ^= 1 << rnd.IntN(8)
		}
		l4 = packet.EncodeICMPv6(src, dst, byte(1+rnd.IntN(4)), byte(rnd.IntN(4)), 0, quote)
	}
	if rnd.IntN(12) == 0 && len(l4) > 3 {
		l4[2+rnd.IntN(2)] ^= 1 // most often the checksum
	}
	if rnd.IntN(15) == 0 && proto != packet.ProtoAH {
		l4 = l4[:rnd.IntN(len(l4)+1)]
	}
	if rnd.IntN(10) == 0 { // destination options in front: padding only
		l4 = append([]byte{proto, 0, 1, 4, 0, 0, 0, 0}, l4...)
		proto = packet.ProtoDstOpts
	}
	ip = packet.IPv6Fields{NextHeader: proto, Src: src, Dst: dst, HopLimit: hops}.Encode(l4)
	return from, ip, fmt.Sprintf("%c: %x", "cs"[from], ip)
}
