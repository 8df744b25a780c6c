package lab

import (
	"net/netip"

	"nfwhy/packet"
)

// tcpTalk is a TCP connection as two hosts would have it, with accidents. Side 0
// opens it.
type tcpTalk struct {
	addr [2]netip.Addr
	port [2]uint16
	seq  [2]uint32 // next to send
	win  [2]uint16
	// lastSYN and last are segments to send again.
	stage int
	last  [2]segment
	opts  []byte // of SYN and SYN/ACK
	stamp bool   // timestamps on every segment
}

// segment is what differs from one TCP segment to the next.
type segment struct {
	flags    uint16
	seq, ack uint32
	win      uint16
	opts     []byte
	data     []byte
	sent     bool
}

// The stages of a connection.
const (
	stageSYN = iota
	stageSYNACK
	stageACK
	stageData
	stageFIN0 // side 0 closes
	stageFIN1
	stageLast
	stageOver
)

func newTCPTalk(t *traffic) talk {
	a, b := t.pair()
	k := &tcpTalk{addr: [2]netip.Addr{a, b}}
	k.port = [2]uint16{uint16(t.between(1024, 65535)), uint16(pick(t.gen, t.w.ports...))}
	k.reset(t)
	switch t.r.IntN(10) {
	case 0: // picked up in the middle
		k.stage = stageData
	case 1: // begins with the answer
		k.stage = stageSYNACK
	}
	return k
}

// reset draws new sequence numbers, windows and options.
func (k *tcpTalk) reset(t *traffic) {
	for i := range k.seq {
		k.seq[i] = t.r.Uint32()
		if t.percent(15) {
			k.seq[i] = 0xffffffff - uint32(t.r.IntN(30)) // about to wrap
		}
		k.win[i] = pick[uint16](t.gen, 64240, 29200, 65535, 1000, 100, 8192, 1)
	}
	k.stage = stageSYN
	k.opts = nil
	if t.percent(70) {
		k.opts = append(k.opts, 2, 4, 5, 0xb4)
	}
	if t.percent(40) {
		k.opts = append(k.opts, 1, 3, 3, pick[byte](t.gen, 0, 7, 10, 14, 15, 200))
	}
	if t.percent(50) {
		k.opts = append(k.opts, 1, 1, 4, 2)
	}
	if k.stamp = t.percent(25); k.stamp {
		k.opts = append(k.opts, 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0)
	}
}

func (k *tcpTalk) next(t *traffic) Step {
	switch {
	case k.stage == stageOver:
		if t.percent(60) {
			if t.percent(50) {
				k.reset(t)
			}
			k.stage = stageSYN
			return k.advance(t)
		}
		return k.accident(t)
	case t.percent(28):
		return k.accident(t)
	}
	if t.percent(4) {
		k.stage++ // a packet that this host never saw
		k.seq[k.stage%2]++
	}
	return k.advance(t)
}

// advance sends the segment that is next in an orderly connection.
func (k *tcpTalk) advance(t *traffic) Step {
	switch k.stage {
	case stageSYN:
		k.stage++
		return k.send(t, 0, k.seg(0, packet.SYN, 0), "SYN")
	case stageSYNACK:
		k.stage++
		return k.send(t, 1, k.seg(1, packet.SYN|packet.ACK, 0), "SYN/ACK")
	case stageACK:
		k.stage++
		return k.send(t, 0, k.seg(0, packet.ACK, 0), "ACK")
	case stageData:
		return k.data(t)
	case stageFIN0:
		k.stage++
		return k.send(t, 0, k.seg(0, packet.FIN|packet.ACK, 0), "FIN")
	case stageFIN1:
		k.stage++
		if t.percent(30) {
			k.stage-- // acknowledges first
			return k.send(t, 1, k.seg(1, packet.ACK, 0), "ACK of FIN")
		}
		return k.send(t, 1, k.seg(1, packet.FIN|packet.ACK, 0), "FIN back")
	}
	k.stage = stageOver
	return k.send(t, 0, k.seg(0, packet.ACK, 0), "last ACK")
}

func (k *tcpTalk) data(t *traffic) Step {
	side := t.r.IntN(2)
	switch t.r.IntN(8) {
	case 0:
		k.stage = stageFIN0
		if t.percent(30) { // the other side closes first
			k.addr[0], k.addr[1] = k.addr[1], k.addr[0]
			k.port[0], k.port[1] = k.port[1], k.port[0]
			k.seq[0], k.seq[1] = k.seq[1], k.seq[0]
			k.win[0], k.win[1] = k.win[1], k.win[0]
			k.last[0], k.last[1] = k.last[1], k.last[0]
		}
		return k.advance(t)
	case 1:
		k.stage = stageOver
		return k.send(t, side, k.seg(side, pick(t.gen, packet.RST, packet.RST|packet.ACK), 0), "RST")
	case 2, 3:
		return k.send(t, side, k.seg(side, packet.ACK, 0), "ACK")
	}
	s := k.seg(side, packet.ACK|pick(t.gen, packet.PSH, 0, packet.PSH|packet.URG), pick(t.gen, 1, 10, 100, 536, 1000))
	return k.send(t, side, s, "data")
}

// seg is the next segment of a side.
func (k *tcpTalk) seg(side int, flags uint16, n int) segment {
	s := segment{flags: flags, seq: k.seq[side], win: k.win[side], data: make([]byte, n)}
	if flags&packet.ACK != 0 {
		s.ack = k.seq[1-side]
	}
	for i := range s.data {
		s.data[i] = byte('A' + i%26)
	}
	switch {
	case flags&packet.SYN != 0:
		s.opts = k.opts
	case k.stamp:
		s.opts = []byte{1, 1, 8, 10, 0, 0, 1, 0, 0, 0, 0, 1}
	}
	return s
}

// send builds the packet of an orderly segment and moves the side on.
func (k *tcpTalk) send(t *traffic, side int, s segment, note string) Step {
	if t.percent(4) {
		s.win = pick[uint16](t.gen, 0, 0, 1, 500)
	}
	k.seq[side] = s.end()
	k.last[side] = s
	k.last[side].sent = true
	return k.emit(t, side, s, note)
}

// end is the sequence number after the segment.
func (s segment) end() uint32 {
	e := s.seq + uint32(len(s.data))
	if s.flags&packet.SYN != 0 {
		e++
	}
	if s.flags&packet.FIN != 0 {
		e++
	}
	return e
}

func (k *tcpTalk) emit(t *traffic, side int, s segment, note string) Step {
	src, dst := k.addr[side], k.addr[1-side]
	b := packet.TCPFields{SrcPort: k.port[side], DstPort: k.port[1-side], Seq: s.seq, Ack: s.ack, Flags: s.flags,
		Window: s.win, Options: s.opts}.Encode(src, dst, s.data)
	return t.step(src, dst, packet.ProtoTCP, t.ip(t.header(), src, dst, packet.ProtoTCP, b), "TCP "+note)
}

// near draws a sequence number in or around a window.
func (t *traffic) near(v uint32) uint32 {
	switch t.r.IntN(8) {
	case 0:
		return v + uint32(t.r.IntN(200))
	case 1:
		return v - uint32(t.r.IntN(200))
	case 2:
		return v + uint32(t.r.IntN(200000))
	case 3:
		return v - uint32(t.r.IntN(200000))
	case 4:
		return v - 1
	case 5:
		return v + 1
	case 6:
		return t.r.Uint32()
	}
	return v
}

// accident sends what does not belong: again, out of window, with odd flags.
func (k *tcpTalk) accident(t *traffic) Step {
	side := t.r.IntN(2)
	switch t.r.IntN(10) {
	case 0, 1:
		if k.last[side].sent {
			return k.emit(t, side, k.last[side], "again")
		}
	case 2: // a reset, right or wrong
		s := k.seg(side, pick(t.gen, packet.RST, packet.RST|packet.ACK), 0)
		s.seq = pick(t.gen, s.seq, t.near(s.seq), 0, k.seq[1-side])
		s.ack = pick(t.gen, s.ack, k.seq[1-side], t.near(k.seq[1-side]), 0)
		return k.emit(t, side, s, "stray RST")
	case 3: // a second SYN
		s := k.seg(side, packet.SYN, 0)
		if s.seq = t.near(s.seq); t.percent(40) {
			s.seq = t.r.Uint32()
		}
		if t.percent(30) {
			k.seq[side] = s.seq + 1
		}
		return k.emit(t, side, s, "SYN again")
	case 4: // a SYN/ACK, perhaps to the SYN before
		s := k.seg(side, packet.SYN|packet.ACK, 0)
		s.seq, s.ack = t.near(s.seq), t.near(k.seq[1-side])
		return k.emit(t, side, s, "stray SYN/ACK")
	case 5, 6: // out of window
		s := k.seg(side, packet.ACK|pick(t.gen, 0, packet.PSH, packet.FIN), pick(t.gen, 0, 0, 10, 1000))
		s.seq, s.ack = t.near(s.seq), t.near(s.ack)
		if t.percent(20) {
			s.opts = t.sack(k.seq[1-side])
		}
		return k.emit(t, side, s, "around the window")
	case 7: // odd flags
		s := k.seg(side, uint16(t.r.IntN(512)), pick(t.gen, 0, 0, 5))
		s.ack = k.seq[1-side]
		return k.emit(t, side, s, "odd flags "+packet.FlagNames(s.flags))
	case 8:
		return k.damaged(t, side)
	}
	if k.last[side].sent && t.percent(50) { // the same, another window
		s := k.last[side]
		s.win = pick[uint16](t.gen, 0, 1, 1000, 65535)
		return k.emit(t, side, s, "again, other window")
	}
	return k.emit(t, side, k.seg(side, packet.ACK, 0), "ACK")
}

func (t *traffic) sack(around uint32) []byte {
	o := []byte{1, 1, 5, 10}
	for _, v := range []uint32{t.near(around), t.near(around)} {
		o = append(o, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
	}
	return o
}

// damaged sends the next segment broken in some way.
func (k *tcpTalk) damaged(t *traffic, side int) Step {
	src, dst := k.addr[side], k.addr[1-side]
	f := packet.TCPFields{SrcPort: k.port[side], DstPort: k.port[1-side], Seq: k.seq[side], Ack: k.seq[1-side],
		Flags: packet.ACK, Window: k.win[side], Reserved: uint8(t.r.IntN(8))}
	if t.percent(30) {
		f.Flags = packet.SYN
	}
	if t.percent(30) {
		f.Options = pick(t.gen, []byte{2, 4, 5, 0xb4}, []byte{3, 3, 7, 0}, []byte{8, 40, 1, 1}, []byte{0, 0, 0, 0}, []byte{5, 2, 3, 0}, []byte{2, 0, 1, 1},
			[]byte{1, 1, 1, 2}, []byte{254, 4, 0xf9, 0x89})
	}
	b := f.Encode(src, dst, t.bytes(pick(t.gen, 0, 3, 30)))
	note := "TCP with reserved bits"
	switch t.r.IntN(6) {
	case 0, 1:
		b[16]++
		note = "TCP with a bad checksum"
	case 2:
		b[12] = b[12]&0xf | byte(t.r.IntN(16))<<4
		fixTCP(b, src, dst)
		note = "TCP with a wrong data offset"
	case 3:
		b = b[:t.r.IntN(20)]
		note = "TCP cut short"
	case 4:
		b[18], b[19] = 0x12, 0x34
		fixTCP(b, src, dst)
		note = "TCP with an urgent pointer"
	}
	return t.step(src, dst, packet.ProtoTCP, t.ip(t.header(), src, dst, packet.ProtoTCP, b), note)
}

// fixTCP writes the checksum of a TCP segment.
func fixTCP(b []byte, src, dst netip.Addr) {
	b[16], b[17] = 0, 0
	c := ^packet.Fold(packet.Sum(b, packet.PseudoSum(src, dst, packet.ProtoTCP, len(b))))
	b[16], b[17] = byte(c>>8), byte(c)
}
