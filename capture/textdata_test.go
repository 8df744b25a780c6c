package capture

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"nfwhy/packet"
)

// outTest is a line of tcpdump's TESTLIST: the text that tcpdump printed for a
// capture.
type outTest struct {
	capture, out, flags string
}

func outTests(t *testing.T) []outTest {
	dir := filepath.Join(dataDir(t), "tcpdump")
	list, err := os.ReadFile(filepath.Join(dir, "TESTLIST"))
	if err != nil {
		t.Fatal(err)
	}
	var tests []outTest
	for line := range strings.Lines(string(list)) {
		f := strings.Fields(line)
		if len(f) < 3 || strings.HasPrefix(f[0], "#") {
			continue
		}
		ot := outTest{filepath.Join(dir, f[1]), filepath.Join(dir, "out", f[2]), strings.Join(f[3:], " ")}
		if _, err := os.Stat(ot.out); err == nil {
			tests = append(tests, ot)
		}
	}
	return tests
}

// counts is how a text's records compare with the capture's.
type counts struct {
	packets, read, hex, cut, same, differ, skip, unread int
}

func (c *counts) add(o counts) {
	c.packets += o.packets
	c.read += o.read
	c.hex += o.hex
	c.cut += o.cut
	c.same += o.same
	c.differ += o.differ
	c.skip += o.skip
	c.unread += o.unread
}

// captureRecords reads a whole capture by number.
func captureRecords(t *testing.T, path string) map[int]*Record {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	recs, err := readAll(t, b)
	if recs == nil && err != nil {
		return nil
	}
	m := make(map[int]*Record)
	for _, r := range recs {
		m[r.Number] = r
	}
	return m
}

// compareText holds the records of a text against the packets they tell of.
func compareText(t *testing.T, name string, text []byte, want map[int]*Record) counts {
	var c counts
	var s TextScanner
	no := 0
	for line := range strings.Lines(string(text)) {
		no++
		s.Line(no, strings.TrimRight(line, "\r\n"))
	}
	got := make(map[int]*Record)
	for _, r := range s.Records() {
		got[r.Number] = r
	}
	for n, w := range want {
		if w.Skip != nil {
			c.skip++
			continue
		}
		c.packets++
		g := got[n]
		if g == nil {
			c.unread++
			continue
		}
		c.read++
		if g.Raw != nil {
			c.hex++
			if !bytes.HasPrefix(w.Packet.Data, g.Packet.Data) {
				t.Errorf("%s packet %d: dump gives\n%x\nthe capture has\n%x", name, n, g.Packet.Data, w.Packet.Data)
				c.differ++
				continue
			}
			if len(g.Packet.Data) < len(w.Packet.Data) {
				c.cut++
			}
			c.same++
			continue
		}
		if diff := tellDiff(g, w); diff != "" {
			c.differ++
			if testing.Verbose() {
				t.Logf("%s:%d: packet %d: %s\n  %.300s", name, g.Line, n, diff, g.Text)
			}
			continue
		}
		c.same++
	}
	return c
}

// tellDiff compares everything that g does not call untold.
func tellDiff(g, w *Record) string {
	if g.Skip != nil {
		return fmt.Sprintf("skipped: %v", g.Skip)
	}
	p, q := &g.Packet, &w.Packet
	if p.Family != q.Family {
		return "family"
	}
	if w.LinkType == LinkEthernet && p.Link != nil && !g.Untold.Has(FieldLinkDst) && (!bytes.Equal(p.Link, q.Link) || p.VLAN != q.VLAN || p.Cast != q.Cast) {
		return fmt.Sprintf("link %x vlan %#x cast %d, capture %x %#x %d", p.Link, p.VLAN, p.Cast, q.Link, q.VLAN, q.Cast)
	}
	if g.Clock == Epoch && g.Time/1000 != w.Time/1000 || g.Clock == LocalDate && g.Time/1000 != w.Time/1000 {
		return fmt.Sprintf("time %d, capture %d", g.Time, w.Time)
	}
	type field struct {
		f    Field
		name string
		a, b any
	}
	checks := []field{
		{FieldSrc, "src", p.Src(), q.Src()},
		{FieldDst, "dst", p.Dst(), q.Dst()},
		{FieldProto, "proto", p.Proto, q.Proto},
		{FieldTTL, "ttl", p.TTL(), q.TTL()},
		{FieldTOS, "tos", p.TOS(), q.TOS()},
	}
	if !g.Untold.Has(FieldIPOptions) || p.L4 == q.L4 { // the length is told but for options
		checks = append(checks, field{FieldLength, "length", p.Length, q.Length})
	}
	if p.Family == packet.IPv4 {
		a, b := packet.IPv4Header(p.Data), packet.IPv4Header(q.Data)
		checks = append(checks, field{FieldID, "id", a.ID(), b.ID()},
			field{FieldFragment, "frag", [2]byte(a[6:8]), [2]byte(b[6:8])})
	} else {
		checks = append(checks, field{FieldFragment, "frag", p.FragOff, q.FragOff})
	}
	ps, pd, ok1 := p.Ports()
	qs, qd, ok2 := q.Ports()
	if ok1 && ok2 {
		checks = append(checks, field{FieldSrcPort, "sport", ps, qs}, field{FieldDstPort, "dport", pd, qd})
	}
	a, ok1 := p.TCP()
	b, ok2 := q.TCP()
	if ok1 && ok2 {
		ao, _ := a.Options()
		bo, _ := b.Options()
		checks = append(checks, field{FieldSeq, "seq", a.Seq(), b.Seq()}, field{FieldFlags, "flags", a.Flags(), b.Flags()},
			field{FieldWindow, "win", a.Window(), b.Window()}, field{FieldTCPOptions, "options", fmt.Sprintf("%x", ao), fmt.Sprintf("%x", bo)},
			field{FieldChecksum, "cksum", a.Checksum(), b.Checksum()})
		if b.Flags()&packet.ACK != 0 {
			checks = append(checks, field{FieldAck, "ack", a.Ack(), b.Ack()})
		}
	}
	i, ok1 := p.ICMP()
	j, ok2 := q.ICMP()
	if ok1 && ok2 {
		checks = append(checks, field{FieldICMP, "icmp", [2]byte(i[:2]), [2]byte(j[:2])}, field{FieldICMP, "icmp rest", i.Rest(), j.Rest()})
		if n := min(len(i), len(j)); !g.Untold.Has(FieldInner | FieldPayload) {
			checks = append(checks, field{0, "icmp data", fmt.Sprintf("%x", i[8:n]), fmt.Sprintf("%x", j[8:n])})
		}
	}
	var diffs []string
	for _, c := range checks {
		if !g.Untold.Has(c.f) && c.a != c.b {
			diffs = append(diffs, fmt.Sprintf("%s %v, capture %v", c.name, c.a, c.b))
		}
	}
	return strings.Join(diffs, "; ")
}

func TestTcpdumpOutputs(t *testing.T) {
	var all, hex counts
	for _, ot := range outTests(t) {
		if strings.Contains(ot.flags, "--skip") || strings.Contains(ot.flags, "--print-sampling") || strings.Contains(ot.flags, "-- ") {
			continue
		}
		text, err := os.ReadFile(ot.out)
		if err != nil {
			t.Fatal(err)
		}
		c := compareText(t, filepath.Base(ot.out), text, captureRecords(t, ot.capture))
		if c.hex > 0 {
			hex.add(c)
		} else {
			all.add(c)
		}
	}
	t.Logf("without hex %+v", all)
	t.Logf("with hex %+v", hex)
	// What differs without hex are fuzzers' packets: jumbograms without a length,
	// TCP options behind their end, mobility headers under another number.
	if all.packets < 2800 || all.unread > 0 || all.differ > 11 {
		t.Errorf("without hex %+v", all)
	}
	if hex.packets < 40 || hex.same != hex.packets || hex.hex != hex.packets {
		t.Errorf("with hex %+v", hex)
	}
}

// tcpdump itself prints captures in other styles; what is read back agrees too.
func TestTcpdumpStyles(t *testing.T) {
	if _, err := exec.LookPath("tcpdump"); err != nil {
		t.Skip("tcpdump is not installed")
	}
	styles := []string{"-n", "-n -v", "-n -e", "-n -q -tttt", "-n -vv -S", "-n -x", "-n -v -XX -e", "-n -ttt -X", "-t -n -v", "-n -xx -tt", "-n -K -vvv -e -X", "-n -tt -e"}
	pattern := filepath.Join("tcpdump", "*.pcap")
	if p := os.Getenv("NFWHY_CAPTURES"); p != "" {
		pattern = p // a wider choice, which takes minutes
	} else {
		styles = styles[6:7] // with hex; TestTcpdumpOutputs has the others
	}
	files, err := filepath.Glob(filepath.Join(dataDir(t), pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no captures: %v", err)
	}
	for _, style := range styles {
		var all counts
		for _, f := range files {
			want := captureRecords(t, f)
			if want == nil {
				continue
			}
			args := append(strings.Fields(style), "-#", "-r", f)
			cmd := exec.Command("tcpdump", args...)
			cmd.Env = append(os.Environ(), "TZ=UTC")
			text, err := cmd.Output()
			if err != nil {
				continue // refuses what we read
			}
			all.add(compareText(t, style+" "+filepath.Base(f), text, want))
		}
		t.Logf("%s: %+v", style, all)
		if all.packets == 0 || all.unread*1000 > all.packets || all.differ*500 > all.packets {
			t.Errorf("%s: %+v", style, all)
		}
	}
}
