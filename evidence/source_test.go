package evidence

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// pipe hides that a reader could seek.
type pipe struct{ io.Reader }

// bigLog makes a log of n lines with what is odd among them.
func bigLog(n int) string {
	var b strings.Builder
	rnd := rand.New(rand.NewSource(1))
	b.WriteString("-A INPUT -p tcp --dport 22 -j ACCEPT\n-A INPUT -j LOG --log-prefix \"X: \"\nand the log:\n")
	for i := range n {
		switch i % 100 {
		case 7:
			b.WriteString(line("eth0", "", "", "192.0.2.1", 1024+rnd.Intn(60000), 23))
		case 13:
			l := line("eth0", "", fmt.Sprintf("203.0.113.%d", rnd.Intn(256)), "192.0.2.1", 4000, 23)
			b.WriteString(strings.Replace(l, " PROTO=", "\nPROTO=", 1))
		case 19:
			b.WriteString(line("eth0", "", "203.0.113.7", "192.0.2.1", 4000, 25) + "Mar  3 04:05:09 gw last message repeated 2 times\n")
		case 23:
			b.WriteString("Mar  3 04:05:06 gw kernel: nf_conntrack: table full, dropping packet\n")
		case 29:
			b.WriteString("some prose\n-A OUTPUT -j LOG \\\n  --log-prefix \"Y: \"\n")
		default:
			b.WriteString(line("eth0", "", fmt.Sprintf("203.0.%d.%d", rnd.Intn(256), rnd.Intn(256)), "192.0.2.1", 1024+rnd.Intn(60000), rnd.Intn(65536)))
		}
	}
	return b.String()
}

// all lists what Each gives.
func all(t *testing.T, e *Evidence) []string {
	t.Helper()
	var out []string
	err := e.Each(Visitor{
		Log: func(l *Log) {
			out = append(out, fmt.Sprint(l.Source, l.Line.Src, l.Line.Dst, l.Line.SrcPort, l.Line.DstPort, l.Line.Repeated))
		},
	})
	if err == nil {
		err = e.Each(Visitor{Message: func(m *Message) { out = append(out, m.Source+m.Topic) }, Trace: func(x *Trace) { out = append(out, x.Source+x.Chain) }})
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A log that is read twice gives the same as one that is kept.
func TestEachAgain(t *testing.T) {
	text := bigLog(3000)
	kept := read(t, text)
	want := all(t, kept)
	if !kept.Kept() || len(want) < 3000-3000/100*2 {
		t.Fatalf("%d lines kept", len(want))
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte(text))
	z.Close()
	file := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(file, []byte("ahead\n"+text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	f.Seek(6, io.SeekStart)
	for name, r := range map[string]io.Reader{"strings.Reader": strings.NewReader(text), "pipe": pipe{strings.NewReader(text)},
		"gzip": bytes.NewReader(packed.Bytes()), "gzip pipe": pipe{bytes.NewReader(packed.Bytes())}, "file from its middle": f} {
		t.Run(name, func(t *testing.T) {
			var steps []int64
			e, err := Options{MaxLogs: 50, Progress: func(done, total int64) { steps = append(steps, done) }}.Read(Input{Name: "post", R: r})
			if err != nil {
				t.Fatal(err)
			}
			if e.Kept() || len(e.Logs) > 200 || e.LogLines < 2000 {
				t.Fatalf("%d of %d lines kept", len(e.Logs), e.LogLines)
			}
			if len(steps) == 0 {
				t.Error("no progress was told")
			}
			lines := e.Lines
			for range 2 {
				same(t, "lines", all(t, e), want)
			}
			if e.Lines != lines || lines != kept.Lines {
				t.Errorf("%d lines of text, then %d, want %d", lines, e.Lines, kept.Lines)
			}
			if got := found(e); len(e.Files) != 1 || !strings.Contains(strings.Join(got, "\n"), "rule filter OUTPUT 30") {
				t.Errorf("rules are missing: %d files", len(e.Files))
			}
		})
	}
}

// Beyond what is kept, one line of each sort is, so that every own address and
// interface is known.
func TestSortsAreKept(t *testing.T) {
	text := bigLog(500) + line("wan9", "", "203.0.113.7", "192.0.2.99", 4000, 23) + bigLog(500) + line("", "wan8", "192.0.2.77", "203.0.113.7", 4000, 23)
	e, err := Options{MaxLogs: 20}.Read(Input{Name: "post", R: strings.NewReader(text)})
	if err != nil {
		t.Fatal(err)
	}
	_, links, _ := inferred(t, e)
	same(t, "links", links, []string{"eth0 192.0.2.1/32", "wan9 192.0.2.99/32", "wan8 192.0.2.77/32"})
}

func TestSpool(t *testing.T) {
	for _, size := range []int{0, 1, maxSpoolMemory, maxSpoolMemory + 1} {
		p := &spool{}
		want := bytes.Repeat([]byte("0123456789abcdef"), size/16+1)[:size]
		for rest := want; len(rest) > 0; {
			n := min(len(rest), 1<<20)
			if _, err := p.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if p.f != nil != (size > maxSpoolMemory) {
			t.Errorf("%d bytes: file %v", size, p.f)
		}
		for range 2 {
			r, err := p.reader()
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%d bytes came back as %d, %v", size, len(got), err)
			}
		}
		p.close()
		if _, err := p.reader(); err == nil {
			t.Error("no error for what was given up")
		}
	}
}

// Where nothing can be kept, reading goes on, and reading again says why not.
func TestSpoolFails(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "missing"))
	text := bigLog(maxSpoolMemory / 150)
	e, err := Options{MaxLogs: 50}.Read(Input{Name: "post", R: pipe{strings.NewReader(text)}})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Each(Visitor{}); err == nil || !strings.HasPrefix(err.Error(), "post: ") {
		t.Errorf("error %v, want one that names the input", err)
	}
}

type broken struct{ r io.Reader }

var errBroken = errors.New("broken")

func (b broken) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if err == io.EOF {
		err = errBroken
	}
	return n, err
}

func TestReadErrors(t *testing.T) {
	tests := []struct {
		name string
		in   Input
		want string
	}{
		{"garbage", Input{R: bytes.NewReader([]byte{0, 1, 2, 3, 200, 201, 0, 0})}, "not a capture"},
		{"reader fails", Input{R: broken{strings.NewReader("-A INPUT -j DROP\n")}}, "broken"},
		{"reader fails later", Input{R: broken{strings.NewReader(strings.Repeat("text\n", 5000))}}, "broken"},
		{"rules fail", Input{Kind: Rules, R: broken{strings.NewReader("")}}, "broken"},
		{"text is no capture", Input{Kind: Capture, R: bytes.NewReader([]byte{0, 0, 0, 0, 0})}, "not a capture"},
		{"cut gzip", Input{R: bytes.NewReader([]byte{0x1f, 0x8b, 8, 0, 0})}, "post"},
		{"too many rules", Input{Kind: Rules, R: io.LimitReader(zeros{}, maxRules+2)}, "longer than"},
	}
	for _, tt := range tests {
		tt.in.Name = "post"
		if _, err := Read(tt.in); err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "post") {
			t.Errorf("%s: error %v, want one with %q", tt.name, err, tt.want)
		}
	}
	for _, empty := range []Kind{Auto, Rules, Logs, Capture} {
		if _, err := Read(Input{Name: "post", Kind: empty, R: strings.NewReader("")}); err != nil {
			t.Errorf("empty input of kind %d: %v", empty, err)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '\n'
	}
	return len(p), nil
}

// cycle repeats a text up to a size.
type cycle struct {
	text string
	at   int
	left int
}

func (c *cycle) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), c.left)], c.text[c.at:])
	c.at = (c.at + n) % len(c.text)
	c.left -= n
	return n, nil
}

// Whatever comes, memory stays bounded.
func TestBoundedMemory(t *testing.T) {
	size := 8 << 20
	if testing.Short() {
		size = 2 << 20
	}
	tests := []struct{ name, text string }{
		{"one line", "no newline at all "},
		{"one log line", "IN= OUT=eth0 SRC=192.0.2.1 DST=203.0.113.7 "},
		{"empty lines", "\n"},
		{"prose", "Lorem ipsum dolor sit amet, consectetur > adipiscing elit: IP or not.\n"},
		{"log lines", line("eth0", "", "203.0.113.7", "192.0.2.1", 4000, 23)},
		{"wrapped log lines", strings.ReplaceAll(line("eth0", "", "203.0.113.7", "192.0.2.1", 4000, 23), " PROTO=", "\nPROTO=")},
		{"messages", "gw kernel: nf_conntrack: table full, dropping packet\n"},
		{"traces", "TRACE: filter:INPUT:rule:4 IN=eth0 OUT= SRC=192.0.2.1 DST=203.0.113.7 LEN=40\n"},
		{"sockets", "tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:*\n"},
		{"routes", "10.0.0.0/8 dev eth0 scope link\n"},
		{"addresses", "2: eth0: <UP> mtu 1500\n    inet 192.0.2.1/24 scope global eth0\n"},
		{"settings", "net.ipv4.ip_forward = 1\n"},
		{"tcpdump", "04:05:06.000001 IP 203.0.113.7.4000 > 192.0.2.1.23: Flags [S], seq 1, win 1024, length 0\n"},
		{"unreadable", "XX=eth0 SRC=192.0.2.1 DST=203.0.113.7 what is it\n"},
		{"ends in a backslash", "-A INPUT -j DROP \\\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			e, err := Options{MaxLogs: 1000}.Read(Input{Name: "post", Kind: Auto, R: pipe{&cycle{text: tt.text, left: size}}})
			if err != nil {
				t.Logf("error %.200v", err)
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 64<<20 {
				t.Errorf("%d MB are kept of %d MB", grown>>20, size>>20)
			}
			runtime.KeepAlive(e)
		})
	}
}
