package capture

import (
	"bytes"
	"hash/crc32"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// compressed returns b in the given compression.
func compressed(t testing.TB, kind Kind, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	var err error
	switch kind {
	case KindGzip:
		w = gzip.NewWriter(&out)
	case KindXz:
		w, err = xz.WriterConfig{BlockSize: 5000, DictCap: 1 << 16}.NewWriter(&out)
	case KindZstd:
		w, err = zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1))
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// manyPackets is a capture of n packets that do not compress to nothing.
func manyPackets(n int) []byte {
	f := newFile(false).pcap(magicMicro, 4, 101)
	x := uint32(1)
	for i := range n {
		p := append(synPacket(), make([]byte, 100)...)
		for j := 40; j < len(p); j++ {
			x = x*1664525 + 1013904223
			p[j] = byte(x >> 24)
		}
		f.packet(uint32(i), 0, p)
	}
	return f.b
}

func TestCompressed(t *testing.T) {
	plain := manyPackets(3000)
	for _, kind := range []Kind{KindGzip, KindXz, KindZstd} {
		t.Run(kind.String(), func(t *testing.T) {
			z := compressed(t, kind, plain)
			if got := Sniff(z); got != kind {
				t.Fatalf("Sniff = %v", got)
			}
			recs, err := readAll(t, z)
			if err != nil || len(recs) != 3000 {
				t.Fatalf("got %d records, %v", len(recs), err)
			}
			// twice compressed, and cut short
			if recs, err := readAll(t, compressed(t, KindGzip, z)); err != nil || len(recs) != 3000 {
				t.Errorf("in gzip: got %d records, %v", len(recs), err)
			}
			recs, err = readAll(t, z[:len(z)/2])
			if err == nil || len(recs) == 0 || len(recs) > 2999 {
				t.Errorf("cut: got %d records, %v (expected some and an error)", len(recs), err)
			}
		})
	}
}

func TestBzip2(t *testing.T) {
	// a capture of one packet of 20 bytes
	z := unhex("425a6839314159265359be7b039900001b651ef61004004200020020001000080004000000a00021" +
		"29ea934f53d08f50a60002738d671533d2d2a690b43b620e21491efd73e5fe2ee48a70a1217cf60732")
	if got := Sniff(z); got != KindBzip2 {
		t.Fatalf("Sniff = %v", got)
	}
	if recs, err := readAll(t, z); err != nil || len(recs) != 1 || len(recs[0].Packet.Data) != 20 {
		t.Errorf("got %d records, %v", len(recs), err)
	}
}

// Compression inside compression ends somewhere.
func TestNesting(t *testing.T) {
	z := manyPackets(1)
	for range maxNesting + 1 {
		z = compressed(t, KindGzip, z)
	}
	if _, err := Open("x", bytes.NewReader(z)); err == nil {
		t.Error("opened")
	}
}

// A block that asks for a dictionary of 4 GiB is refused before it is allocated,
// be it the first or a later one.
func TestXzDictionaryIsBounded(t *testing.T) {
	z := compressed(t, KindXz, manyPackets(300))
	// every block header here is 02 00 21 01 dict 00 00 00 crc
	var at []int
	for i := 12; i+12 <= len(z); i++ {
		if z[i] == 2 && z[i+2] == 0x21 && z[i+3] == 1 && crc32.ChecksumIEEE(z[i:i+8]) == le32(z[i+8:]) {
			at = append(at, i)
		}
	}
	if len(at) < 3 {
		t.Fatalf("found %d block headers", len(at))
	}
	for _, i := range []int{at[0], at[2]} {
		h := append([]byte(nil), z...)
		h[i+4] = 40
		putLE32(h[i+8:], crc32.ChecksumIEEE(h[i:i+8]))
		_, err := readAll(t, h)
		if err == nil || !strings.Contains(err.Error(), "dictionary of 4294967295 bytes (at most 67108864)") {
			t.Errorf("block at %d: got %v", i, err)
		}
	}
}

func le32(b []byte) uint32 { return little.u32(b) }

func putLE32(b []byte, v uint32) {
	for i := range 4 {
		b[i] = byte(v >> (8 * i))
	}
}
