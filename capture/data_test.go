package capture

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/gopacket/gopacket/pcapgo"
)

// dataDir is the folder of shared data, or the test is skipped.
func dataDir(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("NFWHY_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	if _, err := os.Stat(filepath.Join(dir, "README.md")); err != nil {
		t.Skip("shared data not present: " + dir)
	}
	return dir
}

// eachCapture calls f with every capture file under the shared data.
func eachCapture(t testing.TB, f func(path string, r *Reader)) {
	t.Helper()
	dir := dataDir(t)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		in, err := os.Open(path)
		if err != nil {
			return err
		}
		defer in.Close()
		r, err := Open(path, in)
		if err != nil {
			return nil // text of other kinds, empty files, too old versions
		}
		defer r.Close()
		if r.Kind() == KindPcap || r.Kind() == KindPcapng {
			f(path, r)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Where pcapgo reads a capture it gives the same bytes, times and interfaces.
// The counts are those that Wireshark 4.0 shows, and say what pcapgo lacks.
func TestDataAgainstPcapgo(t *testing.T) {
	files, packets, skipped, damaged, refused := 0, 0, 0, 0, 0
	eachCapture(t, func(path string, r *Reader) {
		files++
		ref, err := openPcapgo(path, r.Kind())
		if err != nil {
			ref = func() ([]byte, int64, error) { return nil, 0, err }
		}
		for {
			rec, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				damaged++
				break
			}
			packets++
			if rec.Skip != nil {
				skipped++
			}
			if ref == nil || rec.Skip == ErrNoPacket {
				continue
			}
			data, ns, err := ref()
			if err != nil {
				refused++
				ref = nil
				continue
			}
			// pcapgo wraps microseconds of 4294968 and more, which damaged files have.
			timeOK := ns == int64(rec.Time) || rec.Clock != Epoch || int64(rec.Time)/1e9-ns/1e9 > 0
			if !bytes.Equal(data, rec.Raw) || !timeOK {
				t.Errorf("%s packet %d: %d bytes at %d, pcapgo has %d at %d", path, rec.Number, len(rec.Raw), rec.Time, len(data), ns)
				ref = nil
			}
		}
	})
	t.Logf("%d captures, %d packets, %d of them skipped, %d files end in an error, pcapgo gives up on %d", files, packets, skipped, damaged, refused)
	if files < 960 || packets < 124000 {
		t.Errorf("only %d captures and %d packets were read", files, packets)
	}
}

// openPcapgo returns a function that reads the next packet of a capture.
func openPcapgo(path string, kind Kind) (func() ([]byte, int64, error), error) {
	in, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	br := bufio.NewReader(bytes.NewReader(in))
	if kind == KindPcap {
		r, err := pcapgo.NewReader(br)
		if err != nil {
			return nil, err
		}
		return func() ([]byte, int64, error) {
			b, ci, err := r.ZeroCopyReadPacketData()
			return b, ci.Timestamp.UnixNano(), err
		}, nil
	}
	r, err := pcapgo.NewNgReader(br, pcapgo.NgReaderOptions{WantMixedLinkType: true, SkipUnknownVersion: true})
	if err != nil {
		return nil, err
	}
	return func() ([]byte, int64, error) {
		b, ci, err := r.ZeroCopyReadPacketData()
		return b, ci.Timestamp.UnixNano(), err
	}, nil
}

// Reading allocates nothing per packet.
func TestNextAllocs(t *testing.T) {
	pcapng := newFile(false).section()
	pcapng.iface(101, 0, pcapng.sub().option(optIfName, []byte("eth0")))
	flags := pcapng.sub().option(optFlags, pcapng.sub().u32(1).b)
	for range 3000 {
		pcapng.enhanced(0, 1, synPacket(), flags)
	}
	vlan := newFile(false).pcap(magicMicro, 4, 1)
	for range 3000 {
		vlan.packet(1, 1, ethernet("8100 0001 0800", synPacket())).packet(2, 2, ethernet("0806", make([]byte, 28)))
	}
	for name, b := range map[string][]byte{"pcap": manyPackets(3000), "pcapng": pcapng.b, "vlan and arp": vlan.b} {
		r, err := Open(name, bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		n := testing.AllocsPerRun(2000, func() {
			if _, err := r.Next(); err != nil {
				t.Fatal(err)
			}
		})
		if n != 0 {
			t.Errorf("%s: %v allocations a packet", name, n)
		}
	}
}

func BenchmarkNext(b *testing.B) {
	f := newFile(false).pcap(magicMicro, 4, 1)
	for range 10000 {
		f.packet(1, 1, ethernet("0800", synPacket()))
	}
	b.SetBytes(int64(len(f.b)) / 10000)
	b.ReportAllocs()
	var r *Reader
	for i := 0; b.Loop(); i++ {
		if i%10000 == 0 {
			r, _ = Open("x", bytes.NewReader(f.b))
		}
		if _, err := r.Next(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkText(b *testing.B) {
	const line = "17:16:09.924505 IP (tos 0x0, ttl 64, id 61433, offset 0, flags [DF], proto TCP (6), length 60)\n" +
		"    131.155.215.69.46656 > 137.116.81.94.80: Flags [P.], cksum 0x79bb (correct), seq 1:203, ack 1, win 8192, options [nop,nop,TS val 1306300951 ecr 1306300950], length 202: HTTP: GET / HTTP/1.1\n"
	text := bytes.Repeat([]byte(line), 1000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		r, err := Open("x", bytes.NewReader(text))
		for err == nil {
			_, err = r.Next()
		}
		if err != io.EOF {
			b.Fatal(err)
		}
	}
}

// Prose and log lines have to be passed over fast.
func BenchmarkNonsense(b *testing.B) {
	text := []byte("Aug 14 11:48:37 reynholm kernel: [81795.100496] UNKNOWN_OUTGOING: IN= OUT=ifext SRC=89.238.65.123 DST=108.162.0.1 LEN=40 TTL=64 ID=0 DF PROTO=TCP SPT=3594 DPT=80 WINDOW=0 RES=0x00 RST URGP=0\n" +
		"a line of prose > with an arrow: and a colon, IP here, length 5 there\n")
	b.SetBytes(int64(len(text)))
	var s TextScanner
	lines := bytes.SplitAfter(text, []byte("\n"))
	for b.Loop() {
		for _, l := range lines {
			s.Line(1, string(l))
		}
	}
}
