package capture

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"nfwhy/packet"
)

// writeSample writes a file with everything the Writer can do.
func writeSample(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	w := NewWriter(&out)
	var p packet.Packet
	if err := p.Decode(synPacket(), 40); err != nil {
		t.Fatal(err)
	}
	eth := p
	eth.Link = unhex("020000000001 020000000002 0800")
	tagged := eth
	tagged.VLANProto, tagged.VLAN = 0x8100, 5
	cut := p
	cut.Data, cut.Length = p.Data[:30], 1500
	steps := []error{
		w.WritePacket("tun0", 1_700_000_000_123_456_789, Out, &p, "INPUT 4: REJECT"),
		w.WritePacket("eth0", 1_700_000_001_000_000_000, In, &eth, ""),
		w.WritePacket("eth0", 1_700_000_002_000_000_001, Unknown, &tagged, strings.Repeat("ä", 40000)),
		w.WritePacket("tun0", -5, Out, &cut, ""),
		w.Write(&Record{Iface: "any", LinkType: LinkSLL, Raw: join(unhex("0004 0001 0006 020000000002 0000 0800"), synPacket()), WireLen: 56, Time: 3, Comment: "kept"}),
		w.Close(),
	}
	for i, err := range steps {
		if err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
	}
	return out.Bytes()
}

func TestWriterReadBack(t *testing.T) {
	recs, err := readAll(t, writeSample(t))
	if err != nil || len(recs) != 5 {
		t.Fatalf("got %d records, %v", len(recs), err)
	}
	want := []struct {
		iface string
		link  LinkType
		time  packet.Time
		dir   Direction
		wire  int
	}{
		{"tun0", LinkRaw, 1_700_000_000_123_456_789, Out, 40},
		{"eth0", LinkEthernet, 1_700_000_001_000_000_000, In, 54},
		{"eth0", LinkEthernet, 1_700_000_002_000_000_001, Unknown, 58},
		{"tun0", LinkRaw, 0, Out, 1500},
		{"any", LinkSLL, 3, Out, 56},
	}
	for i, w := range want {
		r := recs[i]
		if r.Iface != w.iface || r.LinkType != w.link || r.Time != w.time || r.Dir != w.dir || r.WireLen != w.wire || r.Skip != nil {
			t.Errorf("record %d: got %q link %d time %d %v wire %d skip %v\nwant %+v", i+1, r.Iface, r.LinkType, r.Time, r.Dir, r.WireLen, r.Skip, w)
		}
	}
	if recs[2].Packet.VLAN != 5 || recs[2].Packet.VLANProto != 0x8100 {
		t.Errorf("VLAN %d %#x", recs[2].Packet.VLAN, recs[2].Packet.VLANProto)
	}
	if recs[0].Comment != "INPUT 4: REJECT" || recs[4].Comment != "kept" {
		t.Errorf("comments %q, %q", recs[0].Comment, recs[4].Comment)
	}
	if c := recs[2].Comment; len(c) > maxComment || !strings.HasSuffix(c, "ä...") {
		t.Errorf("long comment has %d bytes and ends %q", len(c), c[len(c)-5:])
	}
}

// Wireshark and tcpdump are the referees of what is written.
func TestWriterReferees(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.pcapng")
	if err := os.WriteFile(path, writeSample(t), 0o666); err != nil {
		t.Fatal(err)
	}
	out := run(t, "tshark", "-n", "-r", path, "-T", "fields", "-E", "separator=|", "-e", "frame.number", "-e", "frame.interface_name",
		"-e", "frame.time_epoch", "-e", "frame.packet_flags_direction", "-e", "frame.len", "-e", "ip.src")
	want := `1|tun0|1700000000.123456789|0x00000002|40|192.0.2.1
2|eth0|1700000001.000000000|0x00000001|54|192.0.2.1
3|eth0|1700000002.000000001||58|192.0.2.1
4|tun0|0.000000000|0x00000002|1500|192.0.2.1
5|any|0.000000003||56|192.0.2.1
`
	if out != want {
		t.Errorf("tshark says\n%s\nwant\n%s", out, want)
	}
	out = run(t, "tshark", "-n", "-r", path, "-Y", "frame.comment == \"INPUT 4: REJECT\"", "-T", "fields", "-e", "frame.number")
	if out != "1\n" {
		t.Errorf("tshark finds the comment in %q", out)
	}
	if out := run(t, "capinfos", "-c", "-T", "-r", path); !strings.Contains(out, "\t5") {
		t.Errorf("capinfos says %q", out)
	}
}

func TestEmptyFile(t *testing.T) {
	var out bytes.Buffer
	if err := NewWriter(&out).Close(); err != nil {
		t.Fatal(err)
	}
	if recs, err := readAll(t, out.Bytes()); err != nil || len(recs) != 0 {
		t.Errorf("got %d records, %v", len(recs), err)
	}
	path := filepath.Join(t.TempDir(), "empty.pcapng")
	if err := os.WriteFile(path, out.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	if out := run(t, "tcpdump", "-n", "-r", path); out != "" {
		t.Errorf("tcpdump says %q", out)
	}
}

// run returns the output of a program, or skips the test if there is none.
func run(t testing.TB, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skip(name + " is not installed")
	}
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "TZ=UTC", "LC_ALL=C")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %q: %v", name, args, err)
	}
	return string(out)
}
