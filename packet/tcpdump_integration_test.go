package packet

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// pcapFile is a capture of raw IP packets, each cut to its bytes.
func pcapFile(packets []*Packet) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, 0xa1b2c3d4)
	b = le.AppendUint16(b, 2)
	b = le.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...)
	b = le.AppendUint32(b, 65535)
	b = le.AppendUint32(b, 101) // LINKTYPE_RAW
	for i, p := range packets {
		b = le.AppendUint32(b, uint32(i))
		b = le.AppendUint32(b, 0)
		b = le.AppendUint32(b, uint32(len(p.Data)))
		b = le.AppendUint32(b, uint32(p.Length))
		b = append(b, p.Data...)
	}
	return b
}

// askTcpdump returns what tcpdump prints for each packet.
func askTcpdump(t *testing.T, packets []*Packet, flags ...string) []string {
	t.Helper()
	cmd := exec.Command("tcpdump", append([]string{"-n", "-S", "-t", "-r", "-"}, flags...)...)
	cmd.Stdin = bytes.NewReader(pcapFile(packets))
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tcpdump: %v\n%s", err, stderr.String())
	}
	var texts []string
	for _, line := range strings.SplitAfter(string(out), "\n") {
		switch {
		case line == "":
		case (line[0] == ' ' || line[0] == '\t') && len(texts) > 0:
			texts[len(texts)-1] += line
		default:
			texts = append(texts, line)
		}
	}
	for i := range texts {
		texts[i] = strings.TrimSuffix(texts[i], "\n")
	}
	return texts
}

func needTcpdump(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("tcpdump"); err != nil {
		if os.Getenv("NFWHY_KERNEL") == "1" {
			t.Fatal("needs tcpdump")
		}
		t.Skip("needs tcpdump")
	}
}

func TestTcpdumpCasesAgainstTcpdump(t *testing.T) {
	needTcpdump(t)
	for _, c := range tcpdumpCases() {
		flags := []string{}
		if c.verbose > 0 {
			flags = append(flags, "-v")
		}
		if texts := askTcpdump(t, []*Packet{decoded(t, c.data)}, flags...); len(texts) != 1 || texts[0] != c.want {
			t.Errorf("%s: tcpdump says %q, the table %q", c.name, texts, c.want)
		}
	}
}

// The notation is what tcpdump itself prints, for whole and cut packets, with
// and without -v.
func TestTcpdumpAgainstTcpdump(t *testing.T) {
	needTcpdump(t)
	seed := uint64(1)
	if os.Getenv("NFWHY_N") != "" {
		seed = uint64(time.Now().UnixNano())
	}
	g := newRandomPacket(seed)
	g.maxQuote = 128
	g.ports = []int{40001, 40002, 40003, 61234}
	g.protos = []int{ProtoTCP, ProtoTCP, ProtoTCP, ProtoUDP, ProtoUDP, ProtoICMP, ProtoICMP, ProtoICMPv6, ProtoICMPv6, ProtoESP, ProtoUDPLite, 253}
	for done, total := 0, roundsOr(4000); done < total; done += 500 {
		packets := make([]*Packet, 500)
		for i := range packets {
			packets[i] = decoded(t, g.next())
			if n := len(packets[i].Data); g.seldom(8) {
				cut := new(Packet)
				if err := cut.Decode(packets[i].Data[:max(40, g.r.IntN(n+1))%(n+1)], n); err == nil {
					packets[i] = cut
				}
			}
		}
		for verbose, flags := range [][]string{{}, {"-v"}, {"-vv"}} {
			texts := askTcpdump(t, packets, flags...)
			if len(texts) != len(packets) {
				t.Fatalf("tcpdump printed %d packets of %d", len(texts), len(packets))
			}
			for i, p := range packets {
				if got := string(p.AppendTcpdump(nil, verbose)); got != texts[i] {
					t.Errorf("tcpdump %q\nours    %q\npacket  % x", texts[i], got, p.Data)
				}
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}
