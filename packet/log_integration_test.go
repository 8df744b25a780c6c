//go:build linux

package packet

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// kernelTest skips the test where no kernel can be asked, or fails it when
// NFWHY_KERNEL=1 says that it must be there.
func kernelTest(t *testing.T) {
	t.Helper()
	why := ""
	if os.Geteuid() != 0 {
		why = "needs root for network namespaces"
	} else if _, err := exec.LookPath("iptables-restore"); err != nil {
		why = "needs iptables-restore"
	} else if f, err := os.Open("/dev/kmsg"); err != nil {
		why = "needs /dev/kmsg"
	} else {
		f.Close()
	}
	if why != "" && os.Getenv("NFWHY_KERNEL") == "1" {
		t.Fatal(why)
	} else if why != "" {
		t.Skip(why)
	}
}

func run(t *testing.T, input string, args ...string) {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin = strings.NewReader(input)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// logHost is a network namespace that logs, and its neighbour that sends.
type logHost struct {
	t        *testing.T
	ns, peer string
	kmsg     int
	marker   string
}

func newLogHost(t *testing.T) *logHost {
	kernelTest(t)
	id := fmt.Sprintf("nfwl%d", os.Getpid()%100000)
	h := &logHost{t: t, ns: id + "-h", peer: id + "-p", marker: id}
	for _, ns := range []string{h.ns, h.peer} {
		run(t, "", "ip", "netns", "add", ns)
		t.Cleanup(func() { exec.Command("ip", "netns", "del", ns).Run() })
		run(t, "", "ip", "-n", ns, "link", "set", "lo", "up")
		h.sysctl(ns, "net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.all.router_solicitations=0", "net.ipv6.conf.default.router_solicitations=0")
	}
	// MLD and router chatter must not come between the test's own packets.
	run(t, "", "ip", "-n", h.ns, "link", "add", "r0", "address", "02:00:00:00:0b:01", "type", "veth", "peer", "name", "p0", "netns", h.peer)
	run(t, "", "ip", "-n", h.peer, "link", "set", "p0", "address", "02:00:00:00:0a:01")
	for _, l := range [][2]string{{h.ns, "r0"}, {h.peer, "p0"}} {
		run(t, "", "ip", "-n", l[0], "link", "set", l[1], "addrgenmode", "none")
		run(t, "", "ip", "-n", l[0], "link", "set", l[1], "up")
	}
	run(t, "", "ip", "-n", h.ns, "addr", "add", "10.77.1.1/24", "dev", "r0")
	run(t, "", "ip", "-n", h.ns, "addr", "add", "fd77:1::1/64", "dev", "r0", "nodad")
	h.sysctl("", "net.netfilter.nf_log_all_netns=1")
	fd, err := unix.Open("/dev/kmsg", unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if _, err := unix.Seek(fd, 0, unix.SEEK_END); err != nil {
		t.Fatal(err)
	}
	h.kmsg = fd
	return h
}

func (h *logHost) sysctl(ns string, settings ...string) {
	h.t.Helper()
	args := append([]string{"sysctl", "-qw"}, settings...)
	if ns != "" {
		args = append([]string{"ip", "netns", "exec", ns}, args...)
	}
	run(h.t, "", args...)
}

// rules loads the same rules for both families.
func (h *logHost) rules(text string) {
	h.t.Helper()
	for _, restore := range []string{"iptables-restore", "ip6tables-restore"} {
		run(h.t, text, "ip", "netns", "exec", h.ns, restore)
	}
}

// inside runs f on a thread of its own in namespace ns; the thread ends with it.
func (h *logHost) inside(ns string, f func() error) {
	h.t.Helper()
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		done <- func() error {
			fd, err := unix.Open("/run/netns/"+ns, unix.O_RDONLY|unix.O_CLOEXEC, 0)
			if err != nil {
				return err
			}
			defer unix.Close(fd)
			if err := unix.Setns(fd, unix.CLONE_NEWNET); err != nil {
				return err
			}
			return f()
		}()
	}()
	if err := <-done; err != nil {
		h.t.Fatal(err)
	}
}

// sender opens a packet socket on the neighbour's link and stays on one CPU, so
// that packets are logged in the order they are sent.
func (h *logHost) sender(f func(send func(frame []byte) error) error) {
	h.t.Helper()
	h.inside(h.peer, func() error {
		var cpu unix.CPUSet
		cpu.Set(0)
		if err := unix.SchedSetaffinity(0, &cpu); err != nil {
			return err
		}
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		link, err := net.InterfaceByName("p0")
		if err != nil {
			return err
		}
		to := &unix.SockaddrLinklayer{Ifindex: link.Index}
		return f(func(frame []byte) error { return unix.Sendto(fd, frame, 0, to) })
	})
}

var errLost = errors.New("the kernel's log ring overflowed")

// lines returns the log lines that carry the marker, up to the one that ends
// with the line last.
func (h *logHost) lines(last string) (lines []string, err error) {
	buf := make([]byte, 8192)
	for end := time.Now().Add(5 * time.Second); ; {
		n, err := unix.Read(h.kmsg, buf)
		switch {
		case err == unix.EAGAIN:
			if time.Now().After(end) {
				return lines, fmt.Errorf("no line %q in the kernel log", last)
			}
			time.Sleep(time.Millisecond)
			continue
		case err == unix.EPIPE:
			return nil, errLost
		case err != nil:
			return nil, err
		}
		_, text, _ := bytes.Cut(buf[:n], []byte(";"))
		text, _, _ = bytes.Cut(text, []byte("\n"))
		if !bytes.HasPrefix(text, []byte(h.marker)) {
			continue
		}
		if string(text) == last {
			return lines, nil
		}
		lines = append(lines, string(text))
	}
}

// mark puts a line of the test's own into the kernel log.
func (h *logHost) mark(text string) error {
	return os.WriteFile("/dev/kmsg", []byte(text+"\n"), 0)
}

var logFlagOptions = []struct {
	flag   LogFlags
	option string
}{{LogTCPSeq, "--log-tcp-sequence"}, {LogTCPOptions, "--log-tcp-options"}, {LogIPOptions, "--log-ip-options"}, {LogUID, "--log-uid"}, {LogMACDecode, "--log-macdecode"}}

func logRule(chain, prefix string, flags LogFlags) string {
	var b strings.Builder
	fmt.Fprintf(&b, "-A %s -j LOG --log-level debug --log-prefix %q", chain, prefix)
	for _, o := range logFlagOptions {
		if flags&o.flag != 0 {
			b.WriteString(" " + o.option)
		}
	}
	return b.String() + "\n"
}

// Every line that LOG rules with every mix of options write for thousands of odd
// packets is the line that AppendLog writes.
func TestLogAgainstKernel(t *testing.T) {
	h := newLogHost(t)
	combos := []LogFlags{0, LogTCPSeq, LogTCPOptions, LogIPOptions, LogMACDecode, LogTCPSeq | LogTCPOptions | LogIPOptions | LogUID, LogIPOptions | LogUID | LogMACDecode}
	const mark = 0xbeef
	var rules strings.Builder
	rules.WriteString("*raw\n")
	for _, f := range combos {
		rules.WriteString(logRule("PREROUTING", fmt.Sprintf("%s %02x ", h.marker, f), f))
	}
	rules.WriteString("-A PREROUTING -j MARK --set-mark 0xbeef\n")
	rules.WriteString(logRule("PREROUTING", h.marker+" marked ", LogIPOptions|LogTCPOptions))
	rules.WriteString("COMMIT\n*filter\n:INPUT DROP\n")
	rules.WriteString(logRule("INPUT", h.marker+" input ", LogTCPSeq))
	rules.WriteString("COMMIT\n")
	h.rules(rules.String())

	seed := uint64(time.Now().UnixNano())
	g := newRandomPacket(seed)
	total, inputs, full := roundsOr(4000), 0, 0
	for sent := 0; sent < total; {
		const batch = 40
		packets := make([][]byte, batch)
		for i := range packets {
			packets[i] = g.next()
		}
		lines, err := h.exchange(packets, fmt.Sprintf("%s end %d", h.marker, sent))
		if errors.Is(err, errLost) {
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		for _, data := range packets {
			p := decoded(t, data)
			p.Link = logLink
			if p.Family == IPv6 {
				p.Link = logLink6
			}
			for _, f := range combos {
				lines = expectLine(t, lines, p, fmt.Sprintf("%s %02x ", h.marker, f), f)
			}
			if len(AppendLog(nil, p, "r0", "", h.marker+" 04 ", LogIPOptions)) == maxLogText {
				full++
			}
			p.Mark = mark
			lines = expectLine(t, lines, p, h.marker+" marked ", LogIPOptions|LogTCPOptions)
			if len(lines) == 0 || !strings.HasPrefix(lines[0], h.marker+" input ") {
				continue
			}
			// Options are rewritten and fragments put together on the way to INPUT.
			if p.Family == IPv4 && IPv4Header(data).HeaderLen() > 20 || p.FragOff != 0 || p.MoreFrags {
				lines = lines[1:]
				continue
			}
			lines = expectLine(t, lines, p, h.marker+" input ", LogTCPSeq)
			inputs++
		}
		if len(lines) > 0 {
			t.Fatalf("seed %d: unexpected line %q", seed, lines[0])
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
		sent += batch
	}
	if inputs < total/4 {
		t.Errorf("only %d of %d packets reached INPUT", inputs, total)
	}
	if full == 0 {
		t.Error("no packet overflowed a line")
	}
	t.Logf("%d packets, %d lines equal", total, total*(len(combos)+1)+inputs)
}

// exchange sends the packets and returns the lines logged for them.
func (h *logHost) exchange(packets [][]byte, last string) (lines []string, err error) {
	h.sender(func(send func([]byte) error) error {
		for _, data := range packets {
			link := logLink
			if data[0]>>4 == 6 {
				link = logLink6
			}
			if err := send(append(append([]byte(nil), link...), data...)); err != nil {
				return err
			}
		}
		return h.mark(last)
	})
	return h.lines(last)
}

func expectLine(t *testing.T, lines []string, p *Packet, prefix string, flags LogFlags) []string {
	t.Helper()
	want := string(AppendLog(nil, p, "r0", "", prefix, flags))
	if len(lines) == 0 {
		t.Fatalf("no line, want %q\npacket % x", want, p.Data)
	}
	if lines[0] != want {
		t.Errorf("kernel %q\nours   %q\npacket % x", lines[0], want, p.Data)
	}
	return lines[1:]
}

// A packet of a local socket shows whose it is, and has no MAC= when it leaves.
func TestLogUIDAgainstKernel(t *testing.T) {
	h := newLogHost(t)
	const flags = LogUID | LogTCPSeq | LogTCPOptions
	h.rules("*raw\n" + logRule("OUTPUT", h.marker+" out ", flags) + logRule("PREROUTING", h.marker+" in ", flags) + "COMMIT\n*filter\n:INPUT DROP\nCOMMIT\n")
	g := newRandomPacket(3)
	g.noIPv4Option = true
	g.src4 = g.dst4
	var sent []*Packet
	h.inside(h.ns, func() error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_RAW)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		for len(sent) < 50 {
			b := g.ipv4(2)
			if IPv4Header(b).ID() == 0 || IPv4Header(b).Reserved() {
				continue // the kernel fills in an ID of zero
			}
			if err := unix.Sendto(fd, b, 0, &unix.SockaddrInet4{Addr: g.dst4.As4()}); err != nil {
				return err
			}
			p := decoded(t, b)
			sent = append(sent, p)
		}
		return h.mark(h.marker + " end")
	})
	lines, err := h.lines(h.marker + " end")
	if err != nil {
		t.Fatal(err)
	}
	// what the namespace's own IPv6 says when its links come up is not ours
	lines = slices.DeleteFunc(lines, func(l string) bool { return strings.Contains(l, "PROTO=ICMPv6") })
	expect := func(p *Packet, in, out, prefix string) {
		t.Helper()
		want := string(AppendLog(nil, p, in, out, h.marker+prefix, flags))
		if len(lines) == 0 || lines[0] != want {
			t.Fatalf("kernel %q\nours   %q\npacket % x", lines[:min(1, len(lines))], want, p.Data)
		}
		lines = lines[1:]
	}
	for _, p := range sent {
		p.UID, p.GID, p.Socket = uint32(os.Geteuid()), uint32(os.Getegid()), true
		expect(p, "", "lo", " out ")
		p.Socket, p.Link = false, append(make([]byte, 12), 8, 0)
		expect(p, "lo", "", " in ")
	}
}

// Bridged traffic shows the ports, and a VLAN tag with --log-macdecode.
func TestLogBridgeAgainstKernel(t *testing.T) {
	h := newLogHost(t)
	if _, err := os.Stat("/proc/sys/net/bridge"); err != nil {
		if out, err := exec.Command("modprobe", "br_netfilter").CombinedOutput(); err != nil {
			t.Skipf("needs br_netfilter: %s", out)
		}
	}
	ip := func(args ...string) { t.Helper(); run(t, "", append([]string{"ip", "-n", h.ns}, args...)...) }
	ip("addr", "flush", "dev", "r0")
	ip("link", "add", "br0", "type", "bridge", "mcast_snooping", "0")
	ip("link", "add", "r1", "type", "veth", "peer", "name", "r2")
	ip("link", "set", "r2", "addrgenmode", "none")
	ip("link", "set", "r2", "up")
	for _, l := range []string{"br0", "r0", "r1"} {
		if l != "br0" {
			ip("link", "set", l, "master", "br0")
		}
		ip("link", "set", l, "addrgenmode", "none")
		ip("link", "set", l, "up")
	}
	h.sysctl(h.ns, "net.bridge.bridge-nf-call-iptables=1", "net.bridge.bridge-nf-call-ip6tables=1", "net.bridge.bridge-nf-filter-vlan-tagged=1")
	h.rules("*mangle\n" + logRule("FORWARD", h.marker+" plain ", LogIPOptions) + logRule("FORWARD", h.marker+" decoded ", LogMACDecode) + "COMMIT\n")
	g := newRandomPacket(9)
	g.noIPv4Option = true
	link := unhex("02000000 0e01 02000000 0a01")
	forwarded := 0
	for range 60 {
		data := g.next()
		p := decoded(t, data)
		p.PhysIn, p.PhysOut = "r0", "r1"
		kind := []byte{8, 0}
		if p.Family == IPv6 {
			kind = []byte{0x86, 0xdd}
		}
		frame := append(append([]byte(nil), link...), kind...)
		p.Link = append([]byte(nil), frame...)
		if g.often(2) {
			p.VLANProto, p.VLAN = 0x8100, g.word()&0x6fff
			frame = append(append(append([]byte(nil), link...), 0x81, 0, byte(p.VLAN>>8), byte(p.VLAN)), kind...)
		}
		h.sender(func(send func([]byte) error) error {
			if err := send(append(frame, data...)); err != nil {
				return err
			}
			return h.mark(h.marker + " end")
		})
		lines, err := h.lines(h.marker + " end")
		if err != nil {
			t.Fatal(err)
		}
		if len(lines) == 0 {
			continue // the bridge forwards no packet that it finds malformed
		}
		forwarded++
		want := []string{string(AppendLog(nil, p, "br0", "br0", h.marker+" plain ", LogIPOptions)), string(AppendLog(nil, p, "br0", "br0", h.marker+" decoded ", LogMACDecode))}
		if !slices.Equal(lines, want) {
			t.Fatalf("kernel %q\nours   %q\npacket % x", lines, want, data)
		}
	}
	if forwarded < 40 {
		t.Errorf("only %d of 60 packets were bridged", forwarded)
	}
}
