package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// network is the host under test: the network namespace that the lab's thread
// is in, and the far ends of its links.
type network struct {
	h     *Host
	sc    *Scenario
	links []Link
	taps  []int // file of each link
	lo    int   // packet socket on lo
	raw4  int   // raw sockets of the host itself, -1 until used
	raw6  int
	mark  [2]uint32 // SO_MARK of raw4 and raw6
	buf   []byte
}

// open moves the calling thread into a new namespace and builds the host of s.
func (h *Host) open(ctx context.Context, s *Scenario) (*network, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := s.Validate(); err != nil {
		return nil, err
	}
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return nil, fmt.Errorf("new network namespace: %w", err)
	}
	n := &network{h: h, sc: s, links: s.AllLinks(), lo: -1, raw4: -1, raw6: -1, buf: make([]byte, 1<<16+64)}
	if err := n.build(); err != nil {
		n.close()
		return nil, err
	}
	return n, nil
}

func (n *network) build() error {
	if err := n.baseSysctls(); err != nil {
		return err
	}
	for i := range n.links {
		fd, err := openTap(n.links[i].Name)
		if err != nil {
			return fmt.Errorf("link %s: %w", n.links[i].Name, err)
		}
		n.taps = append(n.taps, fd)
	}
	if err := n.configure(); err != nil {
		return err
	}
	for _, s := range n.sc.Sysctls {
		if err := setSysctl(s.Key, s.Value); err != nil {
			return err
		}
	}
	if err := quiet(!n.sc.Stack); err != nil {
		return fmt.Errorf("nftables: %w", err)
	}
	var err error
	if n.lo, err = listenLo(); err != nil {
		return fmt.Errorf("packet socket on lo: %w", err)
	}
	return n.settleAddrs()
}

// close lets go of the namespace; the kernel takes it down in its own time. The
// packet socket's close waits for a grace period, so it is done beside.
func (n *network) close() {
	for _, fd := range append(n.taps, n.raw4, n.raw6) {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
	if lo := n.lo; lo >= 0 {
		go unix.Close(lo)
	}
}

// openTap makes an Ethernet device whose wire is the returned file. It is
// persistent so that closing the file costs nothing: it goes with the namespace.
func openTap(name string) (int, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("/dev/net/tun: %w", err)
	}
	ifr, err := unix.NewIfreq(name)
	if err == nil {
		ifr.SetUint16(unix.IFF_TAP | unix.IFF_NO_PI)
		err = unix.IoctlIfreq(fd, unix.TUNSETIFF, ifr)
	}
	if err == nil {
		err = unix.IoctlSetInt(fd, unix.TUNSETPERSIST, 1)
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// configure gives the links their addresses and neighbours, and adds the routes.
func (n *network) configure() error {
	nl, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	if err != nil {
		return err
	}
	defer nl.Close()
	lo, err := nl.LinkByName("lo")
	if err != nil {
		return err
	}
	if err := nl.LinkSetUp(lo); err != nil {
		return fmt.Errorf("lo: %w", err)
	}
	index := map[string]int{"lo": lo.Attrs().Index}
	for i := range n.links {
		l := &n.links[i]
		if index[l.Name], err = configureLink(nl, l); err != nil {
			return fmt.Errorf("link %s: %w", l.Name, err)
		}
	}
	for _, r := range n.sc.Routes {
		if err := addRoute(nl, r, index); err != nil {
			return fmt.Errorf("route %v: %w", r, err)
		}
	}
	return nil
}

func configureLink(nl *netlink.Handle, l *Link) (index int, err error) {
	dev, err := nl.LinkByName(l.Name)
	if err != nil {
		return 0, err
	}
	if l.MTU != 0 {
		err = nl.LinkSetMTU(dev, l.MTU)
	}
	if err == nil {
		err = nl.LinkSetHardwareAddr(dev, net.HardwareAddr(l.MAC))
	}
	if err == nil {
		err = nl.LinkSetARPOff(dev)
	}
	if err == nil {
		err = nl.LinkSetUp(dev)
	}
	if err != nil {
		return 0, err
	}
	index = dev.Attrs().Index
	for _, p := range l.Addrs {
		a := &netlink.Addr{IPNet: ipNet(p)}
		if p.Addr().Is6() {
			a.Flags = unix.IFA_F_NODAD
		}
		if err := nl.AddrAdd(dev, a); err != nil {
			return 0, fmt.Errorf("address %v: %w", p, err)
		}
	}
	for _, p := range l.Peers {
		err := nl.NeighSet(&netlink.Neigh{LinkIndex: index, State: netlink.NUD_PERMANENT,
			IP: p.Addr.AsSlice(), HardwareAddr: net.HardwareAddr(p.MAC)})
		if err != nil {
			return 0, fmt.Errorf("neighbour %v: %w", p.Addr, err)
		}
	}
	return index, nil
}

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}

// routeTypes are the kernel's numbers of the kinds of routes.
var routeTypes = map[string]int{
	"": unix.RTN_UNICAST, "unicast": unix.RTN_UNICAST, "local": unix.RTN_LOCAL, "broadcast": unix.RTN_BROADCAST,
	"multicast": unix.RTN_MULTICAST, "blackhole": unix.RTN_BLACKHOLE,
	"unreachable": unix.RTN_UNREACHABLE, "prohibit": unix.RTN_PROHIBIT,
}

func addRoute(nl *netlink.Handle, r Route, index map[string]int) error {
	nr := &netlink.Route{Dst: ipNet(r.Dst), Priority: r.Metric, Type: routeTypes[r.Kind], LinkIndex: index[r.Dev]}
	if r.Via.IsValid() {
		nr.Gw = r.Via.AsSlice()
	} else if nr.Type == unix.RTN_UNICAST {
		nr.Scope = netlink.SCOPE_LINK // as ip route does; routers are looked for behind such routes only
	}
	if r.Src.IsValid() {
		nr.Src = r.Src.AsSlice()
	}
	if r.Kind == "local" || r.Kind == "broadcast" {
		nr.Table = unix.RT_TABLE_LOCAL
	}
	return nl.RouteAdd(nr)
}

// settleAddrs waits until the kernel's worker has entered the IPv6 addresses
// into the local table (net/ipv6/addrconf.c: addrconf_dad_work).
func (n *network) settleAddrs() error {
	var want []string
	for _, l := range n.links {
		for _, p := range l.Addrs {
			if p.Addr().Is6() {
				want = append(want, fmt.Sprintf("%x 80 ", p.Addr().As16()))
			}
		}
	}
	for wait := 20 * time.Microsecond; ; wait *= 2 {
		b, err := os.ReadFile("/proc/thread-self/net/ipv6_route")
		if err != nil && len(want) > 0 {
			return err
		}
		missing := ""
		for _, w := range want {
			if !localRoute(b, w) {
				missing = w
			}
		}
		if missing == "" {
			return nil
		}
		if wait > time.Second {
			return fmt.Errorf("IPv6 address %s is not there", missing)
		}
		time.Sleep(wait)
	}
}

// localRoute reports whether /proc/net/ipv6_route has an entry of the local table
// that begins with prefix. A network of one address has two such lines.
func localRoute(text []byte, prefix string) bool {
	for line := range bytes.Lines(text) {
		if !bytes.HasPrefix(line, []byte(prefix)) {
			continue
		}
		w := strings.Fields(string(line))
		if len(w) < 2 {
			continue
		}
		flags, err := strconv.ParseUint(w[len(w)-2], 16, 32)
		if err == nil && flags&unix.RTF_LOCAL != 0 {
			return true
		}
	}
	return false
}

// load hands the sets and rules to the kernel; refused is what the commands said.
func (n *network) load(ctx context.Context) (refused string, err error) {
	type piece struct {
		text string
		argv []string
	}
	for _, p := range []piece{
		{n.sc.Sets, []string{"ipset", "restore"}},
		{n.sc.Rules4, n.xtables("iptables", "restore", "-c")},
		{n.sc.Rules6, n.xtables("ip6tables", "restore", "-c")},
	} {
		if strings.TrimSpace(p.text) == "" {
			continue
		}
		_, stderr, err := n.exec(ctx, p.text, p.argv...)
		var exit *exec.ExitError
		switch {
		case ctx.Err() != nil:
			return "", ctx.Err()
		case errors.As(err, &exit):
			return fmt.Sprintf("%s: %s", p.argv[0], strings.TrimSpace(stderr)), nil
		case err != nil:
			return "", err
		}
	}
	return "", nil
}

// save reads rules, counters and sets back.
func (n *network) save(ctx context.Context, r *Result) error {
	for _, p := range []struct {
		asked string
		into  *string
		argv  []string
	}{
		{n.sc.Sets, &r.Sets, []string{"ipset", "save"}},
		{n.sc.Rules4, &r.Save4, n.xtables("iptables", "save", "-c")},
		{n.sc.Rules6, &r.Save6, n.xtables("ip6tables", "save", "-c")},
	} {
		if strings.TrimSpace(p.asked) == "" {
			continue
		}
		out, stderr, err := n.exec(ctx, "", p.argv...)
		if err != nil {
			return fmt.Errorf("%s: %w: %s", p.argv[0], err, strings.TrimSpace(stderr))
		}
		*p.into = withoutComments(out)
	}
	return nil
}

// conntrack returns the connection table of both families.
func (n *network) conntrack(ctx context.Context) (string, error) {
	var lines []string
	for _, family := range []string{"ipv4", "ipv6"} {
		out, stderr, err := n.exec(ctx, "", "conntrack", "-L", "-f", family)
		if err != nil {
			return "", fmt.Errorf("conntrack: %w: %s", err, strings.TrimSpace(stderr))
		}
		for line := range strings.Lines(out) {
			lines = append(lines, line)
		}
	}
	sort.Strings(lines)
	return strings.Join(lines, ""), nil
}

// xtables returns the command line of the scenario's back end.
func (n *network) xtables(family, verb string, args ...string) []string {
	backend := n.sc.Backend
	if backend == "" {
		backend = NFT
	}
	argv := append([]string{family + "-" + backend + "-" + verb}, args...)
	if backend == Legacy && verb == "restore" {
		argv = append(argv, "-w")
	}
	return argv
}

// exec runs a command in the namespace.
func (n *network) exec(ctx context.Context, stdin string, argv ...string) (stdout, stderr string, err error) {
	cmd := exec.CommandContext(ctx, n.h.tools[argv[0]], argv[1:]...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"}
	err = cmd.Run()
	return out.String(), errs.String(), err
}
