package capture

import (
	"math"
	"testing"

	"nfwhy/packet"
)

func TestPcapngBlocks(t *testing.T) {
	syn := synPacket()
	for _, bigEndian := range []bool{false, true} {
		f := newFile(bigEndian).section()
		f.iface(101, 0, f.sub().option(optIfName, []byte("eth0")).option(optTsResol, []byte{9}))
		f.iface(1, 20, f.sub().option(optIfName, []byte("wlan0")))
		f.enhanced(0, 1_000_000_007, syn, f.sub().option(optComment, []byte("one")).option(optFlags, f.sub().u32(2).b).option(optComment, []byte("two")))
		f.enhanced(1, 3_000_001, ethernet("0800", syn), f.sub().option(optFlags, f.sub().u32(1|4<<2).b))
		f.block(blockCustom, f.sub().u32(32473).b)
		f.block(blockSimple, f.sub().u32(40).bytes(syn).b)
		f.block(4, make([]byte, 40)) // name resolution
		f.block(blockPacket, f.sub().u16(1, 0).u32(0, 5, 54, 54).bytes(ethernet("0800", syn)).bytes([]byte{0, 0}).b)
		// another section starts over with interfaces and may change byte order
		g := newFile(!bigEndian).section()
		g.iface(101, 0, g.sub().option(optIfName, []byte("tun0")))
		g.enhanced(0, 8, syn, nil)
		f.bytes(g.b)

		recs, err := readAll(t, f.b)
		if err != nil {
			t.Fatal(err)
		}
		want := []struct {
			number  int
			iface   string
			dir     Direction
			time    packet.Time
			comment string
			cast    packet.Cast
			skip    error
		}{
			{1, "eth0", Out, 1_000_000_007, "one\ntwo", packet.CastOutgoing, nil},
			{2, "wlan0", In, 3_000_001_000, "", packet.CastOther, nil},
			{3, "", Unknown, 0, "", 0, ErrNoPacket},
			{4, "eth0", Unknown, 0, "", packet.CastHost, nil},
			{5, "wlan0", Unknown, 5000, "", packet.CastHost, nil},
			{6, "tun0", Unknown, 8000, "", packet.CastHost, nil},
		}
		if len(recs) != len(want) {
			t.Fatalf("got %d records, want %d", len(recs), len(want))
		}
		for i, w := range want {
			r := recs[i]
			if r.Number != w.number || r.Iface != w.iface || r.Dir != w.dir || r.Time != w.time || r.Comment != w.comment ||
				r.Packet.Cast != w.cast || r.Skip != w.skip {
				t.Errorf("record %d: got %d %q %v %d %q cast %d skip %v\nwant %+v", i, r.Number, r.Iface, r.Dir, r.Time,
					r.Comment, r.Packet.Cast, r.Skip, w)
			}
			if w.skip == nil && r.Packet.Src() != addrA {
				t.Errorf("record %d: source %v", i, r.Packet.Src())
			}
		}
		if recs[3].Clock != NoClock || !recs[3].Untold.Has(FieldTime) {
			t.Errorf("simple packet: clock %v, untold %v", recs[3].Clock, recs[3].Untold.Names())
		}
	}
}

// A simple packet is cut to the snap length of interface 0.
func TestPcapngSimpleSnap(t *testing.T) {
	f := newFile(false).section().iface(101, 30, nil)
	f.block(blockSimple, f.sub().u32(40).bytes(synPacket()[:30]).b)
	recs, err := readAll(t, f.b)
	if err != nil || len(recs) != 1 || len(recs[0].Raw) != 30 || recs[0].Packet.Cut() != 10 {
		t.Errorf("got %d records, %v", len(recs), err)
	}
}

func TestPcapngAlienSection(t *testing.T) {
	f := newFile(false)
	f.block(blockSection, f.sub().u32(byteOrderMagic).u16(2, 0).u32(0, 0).b)
	f.iface(101, 0, nil).enhanced(9, 1, synPacket(), nil)
	f.section().iface(101, 0, nil).enhanced(0, 1, synPacket(), nil)
	recs, err := readAll(t, f.b)
	if err != nil || len(recs) != 1 {
		t.Errorf("got %d records, %v (expected the known section's)", len(recs), err)
	}
}

func TestPcapngDamage(t *testing.T) {
	head := func() *file { return newFile(false).section().iface(101, 0, nil) }
	ok := head().enhanced(0, 1, synPacket(), nil).b
	mismatch := append([]byte(nil), ok...)
	mismatch[len(mismatch)-4]++
	tests := []struct {
		name, want string
		n          int
		in         []byte
	}{
		{"whole", "", 1, ok},
		{"cut in block", "t.pcap:packet 1: file ends after 68 of a block's 72 bytes", 0, ok[:len(ok)-4]},
		{"cut in header", "t.pcap:packet 2: file ends inside a block header", 1, append(ok[:len(ok):len(ok)], 1, 2)},
		{"lengths differ", "t.pcap:packet 1: block starts with length 72 and ends with length 73", 0, mismatch},
		{"length 13", "t.pcap:packet 1: block of type 6 has length 13 (expected a multiple of 4, at least 12)", 0, head().u32(6, 13).b},
		{"length 0", "t.pcap:packet 1: block of type 77 has length 0 (expected a multiple of 4, at least 12)", 0, head().u32(77, 0, 0).b},
		{"huge packet", "t.pcap:packet 1: packet block has length 4294967292, damaged file (at most 1310720)", 0, head().u32(6, 0xfffffffc).b},
		{"huge other", "t.pcap:packet 1: file ends inside a block of 4294967292 bytes", 0, head().u32(77, 0xfffffffc, 0).b},
		{"caplen", "t.pcap:packet 1: captured length is 41, but the block holds 40 bytes", 0,
			head().block(6, newFile(false).u32(0, 0, 0, 41, 41).bytes(synPacket()).b).b},
		{"interface", "t.pcap:packet 1: packet of interface 1, but the section describes 1", 0, head().enhanced(1, 1, synPacket(), nil).b},
		{"no interface", "t.pcap:packet 1: packet without any interface description", 0,
			newFile(false).section().block(3, newFile(false).u32(0).b).b},
		{"byte order", `t.pcap: section header has byte order magic "\x00\x00\x00\x00" (expected 1a2b3c4d in either order)`, 0,
			newFile(false).u32(blockSection, 28, 0, 0, 0, 0, 28).b},
		{"short section", "t.pcap: section header has 24 bytes (expected at least 28)", 0,
			newFile(false).u32(blockSection, 24, byteOrderMagic, 1, 0, 24).b},
		{"short interface", "t.pcap:packet 1: interface description has 16 bytes (expected at least 20)", 0,
			newFile(false).section().block(1, make([]byte, 4)).b},
		{"short packet", "t.pcap:packet 1: packet block has 16 bytes (expected at least 32)", 0, head().block(6, make([]byte, 4)).b},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			recs, err := readAll(t, tt.in)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if len(recs) != tt.n || got != tt.want {
				t.Errorf("got %d records, error %q\nwant %d, %q", len(recs), got, tt.n, tt.want)
			}
		})
	}
}

func TestIfaceTime(t *testing.T) {
	tests := []struct {
		resol  uint8
		offset packet.Time
		ts     uint64
		want   packet.Time
	}{
		{6, 0, 1, 1000},
		{0, 0, 3, 3e9},
		{9, 0, 1<<63 - 1, 1<<63 - 1},
		{9, 0, 1 << 63, math.MaxInt64},
		{6, 0, 1 << 63, math.MaxInt64},
		{12, 0, 5_999, 5},
		{28, 0, 1e19, 1},
		{127, 0, math.MaxUint64, 0},
		{0x80, 0, 2, 2e9},
		{0x80 | 10, 0, 1536, 1.5e9},
		{0x80 | 63, 0, 1 << 62, 5e8},
		{0x80 | 64, 0, 1 << 63, 5e8},
		{0x80 | 127, 0, math.MaxUint64, 0},
		{6, 10 * packet.Second, 1, 10e9 + 1000},
		{6, -10 * packet.Second, 1, -10e9 + 1000},
		{9, math.MaxInt64, 10, math.MaxInt64},
	}
	for _, tt := range tests {
		f := iface{resol: tt.resol, offset: tt.offset}
		if got := f.time(tt.ts); got != tt.want {
			t.Errorf("resolution %#x offset %d: time(%d) = %d, want %d", tt.resol, tt.offset, tt.ts, got, tt.want)
		}
	}
}

func TestSecondsSaturates(t *testing.T) {
	if s := seconds(math.MaxInt64); s <= 0 {
		t.Errorf("seconds(max) = %d", s)
	}
	if s := seconds(math.MinInt64); s >= 0 {
		t.Errorf("seconds(min) = %d", s)
	}
}

// ethernet puts a frame header in front; typ is hex and may hold VLAN tags.
func ethernet(typ string, b []byte) []byte {
	return join(unhex("020000000001 020000000002"), unhex(typ), b)
}
