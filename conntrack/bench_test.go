package conntrack

import (
	"encoding/binary"
	"testing"
	"unsafe"

	"nfwhy/packet"
)

// flows fills a table with n established UDP flows and returns a packet that can
// be pointed at any of them with aim.
func flows(t testing.TB, n int) (*Table, *packet.Packet, packet.Time) {
	s := DefaultSysctl()
	s.Max = 0
	tb := NewTable(s)
	now := packet.Time(1e18)
	b := newBuilder()
	p := new(packet.Packet)
	data := b.packet("c:udp 1>53 sum=0")
	if err := p.Decode(data, len(data)); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		aim(p, i)
		var r Ref
		tb.In(p, &r, packet.Prerouting, now)
		tb.Confirm(p, &r, packet.Postrouting, now)
	}
	return tb, p, now
}

func aim(p *packet.Packet, i int) {
	binary.BigEndian.PutUint32(p.Data[12:], uint32(i)>>8)
	binary.BigEndian.PutUint16(p.Data[20:], uint16(i&0xff)+1000)
}

// TestNoAllocations: a packet of a known flow, a flow that comes and goes, and a
// refused packet cost no memory once the table has its size.
func TestNoAllocations(t *testing.T) {
	tb, p, now := flows(t, 2000)
	i := 0
	known := func() {
		i = (i + 7) % 2000
		aim(p, i)
		var r Ref
		tb.In(p, &r, packet.Prerouting, now)
		tb.Confirm(p, &r, packet.Postrouting, now)
		tb.Release(p, &r)
	}
	if n := testing.AllocsPerRun(1000, known); n != 0 {
		t.Errorf("known flow: %v allocations per packet", n)
	}
	fresh := func() {
		i++
		aim(p, 5000+i%3000)
		now += 31 * packet.Second / 1000
		var r Ref
		tb.In(p, &r, packet.Prerouting, now)
		tb.Confirm(p, &r, packet.Postrouting, now)
		tb.Release(p, &r)
	}
	for range 20000 {
		fresh()
	}
	if n := testing.AllocsPerRun(5000, fresh); n != 0 {
		t.Errorf("new flow: %v allocations per packet", n)
	}
	b := newBuilder()
	bad := new(packet.Packet)
	data := b.packet("c:FA 1/1")
	if err := bad.Decode(data, len(data)); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(1000, func() {
		var r Ref
		if out := tb.In(bad, &r, packet.Prerouting, now); out.Reason.Code != TCPNew {
			t.Fatal(out.Reason.Code)
		}
	}); n != 0 {
		t.Errorf("refused: %v allocations per packet", n)
	}
}

// TestConnSize keeps an entry small: a table may hold millions.
func TestConnSize(t *testing.T) {
	if n := unsafe.Sizeof(Conn{}); n > 224 {
		t.Errorf("Conn has %d bytes", n)
	}
	if n := unsafe.Sizeof(slot{}); n != 8 {
		t.Errorf("slot has %d bytes", n)
	}
}

func benchmarkKnown(b *testing.B, n int) {
	tb, p, now := flows(b, n)
	b.ResetTimer()
	i := 0
	for b.Loop() {
		i = (i + 7919) % n
		aim(p, i)
		var r Ref
		tb.In(p, &r, packet.Prerouting, now)
		tb.Confirm(p, &r, packet.Postrouting, now)
	}
}

func BenchmarkKnown1k(b *testing.B) { benchmarkKnown(b, 1000) }
func BenchmarkKnown1M(b *testing.B) { benchmarkKnown(b, 1000000) }

func BenchmarkLookup1M(b *testing.B) {
	const n = 1000000
	tb, p, now := flows(b, n)
	b.ResetTimer()
	i := 0
	for b.Loop() {
		i = (i + 7919) % n
		aim(p, i)
		if c, _ := tb.FindPacket(p, 0, now); c == nil {
			b.Fatal("gone")
		}
	}
}

// BenchmarkBatch1M handles batches of 32 packets of random flows.
func BenchmarkBatch1M(b *testing.B) {
	const n = 1000000
	tb, p, now := flows(b, n)
	var batch [32]*packet.Packet
	for i := range batch {
		batch[i] = p.Clone()
	}
	b.ResetTimer()
	i := 0
	for b.Loop() {
		for _, p := range batch {
			i = (i + 7919) % n
			aim(p, i)
		}
		tb.Warm(batch[:])
		for _, p := range batch {
			var r Ref
			tb.In(p, &r, packet.Prerouting, now)
			tb.Confirm(p, &r, packet.Postrouting, now)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/32, "ns/packet")
}

func BenchmarkFork(b *testing.B) {
	tb, _, _ := flows(b, 20)
	b.ReportAllocs()
	for b.Loop() {
		tb.Fork()
	}
}
