package capture

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"nfwhy/packet"
)

func TestPcapForms(t *testing.T) {
	syn := synPacket()
	tests := []struct {
		name  string
		big   bool
		magic uint32
		frac  uint32
		want  packet.Time
	}{
		{"micro little", false, magicMicro, 5, 7e9 + 5000},
		{"micro big", true, magicMicro, 5, 7e9 + 5000},
		{"nano little", false, magicNano, 5, 7e9 + 5},
		{"nano big", true, magicNano, 5, 7e9 + 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFile(tt.big).pcap(tt.magic, 4, 101).packet(7, tt.frac, syn).packet(0xffffffff, 0, udp6Packet())
			recs, err := readAll(t, f.b)
			if err != nil || len(recs) != 2 {
				t.Fatalf("got %d records, %v", len(recs), err)
			}
			r := recs[0]
			if r.Time != tt.want || r.Number != 1 || r.Source() != "t.pcap:packet 1" || r.Clock != Epoch {
				t.Errorf("got time %d, number %d, source %q", r.Time, r.Number, r.Source())
			}
			if !bytes.Equal(r.Packet.Data, syn) || r.Packet.Src() != addrA || r.Skip != nil || r.WireLen != 40 {
				t.Errorf("got packet %x, skip %v", r.Packet.Data, r.Skip)
			}
			if recs[1].Packet.Family != packet.IPv6 || recs[1].Time != 0xffffffff*packet.Second {
				t.Errorf("second packet: family %v, time %d", recs[1].Packet.Family, recs[1].Time)
			}
		})
	}
}

func TestPcapModified(t *testing.T) {
	for _, bigEndian := range []bool{false, true} {
		f := newFile(bigEndian).pcap(magicModified, 4, 101)
		f.u32(1, 2, 40, 40, 3).u16(0x0800).bytes([]byte{4, 0}).bytes(synPacket())
		recs, err := readAll(t, f.b)
		if err != nil || len(recs) != 1 {
			t.Fatalf("got %d records, %v", len(recs), err)
		}
		if r := recs[0]; r.Dir != Out || r.IfIndex != 3 || r.Packet.Cast != packet.CastOutgoing || r.Packet.Src() != addrA {
			t.Errorf("got direction %v, cast %d", r.Dir, r.Packet.Cast)
		}
	}
}

// Version 2.3 files were written with the two lengths in either order, older
// ones in the other.
func TestPcapSwappedLengths(t *testing.T) {
	syn := synPacket()
	for _, tt := range []struct {
		minor         uint16
		first, second uint32
	}{{4, 40, 60}, {3, 40, 60}, {3, 60, 40}, {2, 60, 40}} {
		f := newFile(false).pcap(magicMicro, tt.minor, 101)
		f.u32(0, 0, tt.first, tt.second).bytes(syn)
		recs, err := readAll(t, f.b)
		if err != nil || len(recs) != 1 || recs[0].WireLen != 60 || len(recs[0].Raw) != 40 {
			t.Errorf("version 2.%d with lengths %d %d: got %d records, %v", tt.minor, tt.first, tt.second, len(recs), err)
		}
	}
}

func TestPcapDamage(t *testing.T) {
	whole := newFile(false).pcap(magicMicro, 4, 101).packet(1, 2, synPacket()).packet(3, 4, synPacket()).b
	tests := []struct {
		name string
		in   []byte
		n    int
		want string
		eof  bool
	}{
		{"header cut", whole[:20], 0, "t.pcap: file ends inside its header", true},
		{"only header", whole[:24], 0, "", false},
		{"in record header", whole[:24+56+3], 1, "t.pcap:packet 2: file ends inside the packet's header", true},
		{"after record header", whole[:24+56+16], 1, "t.pcap:packet 2: file ends after 0 of the packet's 40 bytes", true},
		{"in packet", whole[:24+56+16+7], 1, "t.pcap:packet 2: file ends after 7 of the packet's 40 bytes", true},
		{"huge length", newFile(false).pcap(magicMicro, 4, 101).u32(1, 2, 1<<31, 1<<31).b, 0,
			"t.pcap:packet 1: captured length is 2147483648, damaged file (at most 1048576)", false},
		{"old version", newFile(false).u32(magicMicro).u16(1, 4).u32(0, 0, 0, 1).b, 0,
			"t.pcap: pcap version 1.4 (expected 2.0 to 2.4)", false},
		{"empty", nil, 0, "t.pcap: file is empty (expected a capture)", false},
		{"binary", []byte{0x7f, 'E', 'L', 'F', 0, 1}, 0,
			`t.pcap: not a capture, first bytes "\x7fELF\x00\x01" (expected pcap, pcapng or tcpdump text)`, false},
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
			if errors.Is(err, io.ErrUnexpectedEOF) != tt.eof {
				t.Errorf("error %v: is unexpected EOF %v, want %v", err, !tt.eof, tt.eof)
			}
		})
	}
}

// An error is final: asking again gives it again.
func TestNextAfterError(t *testing.T) {
	b := newFile(false).pcap(magicMicro, 4, 101).u32(1, 2, 40, 40).b
	r, err := Open("x", bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	_, err1 := r.Next()
	_, err2 := r.Next()
	if err1 == nil || err1 != err2 {
		t.Errorf("got %v, then %v", err1, err2)
	}
	r.Close()
}

// A packet larger than the read buffer.
func TestPcapLargePacket(t *testing.T) {
	large := packet.IPv4Fields{Protocol: 253, Src: addrA, Dst: addrB}.Encode(make([]byte, 60000))
	frame := append(large, make([]byte, 400000)...)
	frame[len(frame)-1] = 9
	f := newFile(false).pcap(magicMicro, 4, 101)
	for range 3 {
		f.packet(1, 1, frame).packet(2, 2, synPacket())
	}
	recs, err := readAll(t, f.b)
	if err != nil || len(recs) != 6 {
		t.Fatalf("got %d records, %v", len(recs), err)
	}
	for i, r := range recs {
		want := frame
		if i%2 == 1 {
			want = synPacket()
		}
		if !bytes.Equal(r.Raw, want) {
			t.Errorf("packet %d: %d bytes differ from the %d written", i+1, len(r.Raw), len(want))
		}
	}
}

// A length field alone must not make the reader allocate.
func TestTakeBigIsBounded(t *testing.T) {
	w := newWindow(bytes.NewReader(make([]byte, 100)))
	if _, err := w.take(maxPacket); err != io.ErrUnexpectedEOF {
		t.Errorf("got %v", err)
	}
	if cap(w.big) > 4*bufferSize {
		t.Errorf("allocated %d bytes for 100", cap(w.big))
	}
}

func TestSniff(t *testing.T) {
	tests := []struct {
		in   string
		want Kind
	}{
		{"", KindEmpty},
		{"\xd4\xc3\xb2\xa1", KindPcap},
		{"\xa1\xb2\x3c\x4d", KindPcap},
		{"\x34\xcd\xb2\xa1", KindPcap},
		{"\x0a\x0d\x0d\x0a", KindPcapng},
		{"\x1f\x8b\x08", KindGzip},
		{"\xfd7zXZ\x00", KindXz},
		{"\x28\xb5\x2f\xfd", KindZstd},
		{"BZh91AY&SY", KindBzip2},
		{"BZh is a text", KindText},
		{"12:00:00 IP", KindText},
		{"gr\xfc\xdfe aus M\xfcnchen", KindText},
		{"a\x00b", KindBinary},
		{"\x7fELF\x02\x01\x01", KindBinary},
	}
	for _, tt := range tests {
		if got := Sniff([]byte(tt.in)); got != tt.want {
			t.Errorf("Sniff(%q) = %v, want %v", tt.in, got, tt.want)
		}
	}
}
