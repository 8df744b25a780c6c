package lab

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestInhabit(t *testing.T) {
	h := openLab(t, Options{})
	const unique = "98765.4321"
	// Names of its own: what LOG writes here must not be taken for that of another
	// lab, which this one does not wait for.
	links := DefaultLinks()
	links[0].Name, links[1].Name = "wan9", "lan9"
	const rules = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp -m tcp --dport 22 -j REJECT --reject-with tcp-reset\nCOMMIT\n"
	err := h.Inhabit(context.Background(), Scenario{Links: links, Rules4: rules}, func(in *Inside) error {
		if len(in.Peers) != 2 || in.Peers[0].Name != "peer-wan9" || in.Peers[0].Addrs[0].String() != "10.66.1.2/24" {
			t.Errorf("peers: %+v", in.Peers)
		}
		for _, addr := range []string{"10.66.1.2:7", "[fd66:2::2]:7"} {
			if _, err := net.DialTimeout("tcp", addr, 5*time.Second); !errors.Is(err, syscall.ECONNREFUSED) {
				t.Errorf("%s: %v (expected a refusal by the peer)", addr, err)
			}
		}
		for _, c := range []struct{ script, want string }{
			{"ip netns list | sort | cut -d' ' -f1 | tr '\\n' ' '", "host peer-lan9 peer-wan9 "},
			{"iptables-nft-save | grep -c REJECT", "1\n"},
			{"ip -n peer-wan9 route get 192.0.2.1 | head -1 | cut -d' ' -f1-5", "192.0.2.1 via 10.66.1.1 dev eth0\n"},
			{"ip route get 192.0.2.1 | head -1 | cut -d' ' -f1-5", "192.0.2.1 via 10.66.1.2 dev wan9\n"},
			{"ls /sys/class/net | tr '\\n' ' '", "lan9 lo wan9 "},
			{"cat /proc/1/comm", "sh\n"},
			{"sleep " + unique + " & echo left", "left\n"},
		} {
			cmd := in.Command(context.Background(), "sh", "-c", c.script)
			var out bytes.Buffer
			cmd.Stdout = &out
			cmd.Stderr = os.Stderr
			if err := cmd.Start(); err != nil {
				t.Errorf("%s: %v", c.script, err)
				continue
			}
			if err := cmd.Wait(); err != nil || out.String() != c.want {
				t.Errorf("%s: got %q, want %q, %v", c.script, out.String(), c.want, err)
			}
		}
		cmd := in.Command(context.Background(), "sh", "-c", "exit 7")
		if err := cmd.Run(); err == nil || cmd.ProcessState.ExitCode() != 7 {
			t.Errorf("status: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("/run/netns/peer-wan9"); err == nil {
		t.Error("the peer's namespace is seen outside")
	}
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, l := range lines {
		if b, _ := os.ReadFile(l); strings.Contains(string(b), unique) {
			t.Errorf("%s is left: %q", l, b)
		}
	}
}

// Rules that the kernel refuses are said with what iptables-restore says.
func TestInhabitRefused(t *testing.T) {
	h := openLab(t, Options{})
	err := h.Inhabit(context.Background(), Scenario{Rules4: "*filter\n-A NOSUCH -j ACCEPT\nCOMMIT\n"}, func(*Inside) error {
		t.Error("called")
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "NOSUCH") && !strings.Contains(err.Error(), "line 2") {
		t.Error(err)
	}
}
