package lab

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"syscall"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// Inside is a host to live in, see [Host.Inhabit].
type Inside struct {
	Scenario Scenario
	// Peers are the namespaces at the other ends of the links, in their order.
	Peers []PeerNet
}

// PeerNet is a network namespace at the other end of a link, with one interface,
// eth0, and a default route to the host.
type PeerNet struct {
	Name  string // in /run/netns: "peer-" and the link's name
	Link  string
	Addrs []netip.Prefix
}

// hostNet is the name of the host's own namespace in /run/netns.
const hostNet = "host"

// RefusedError is what iptables-restore, ip6tables-restore or ipset said when
// they did not accept the rules.
type RefusedError struct{ Text string }

// Error returns the text.
func (e *RefusedError) Error() string { return e.Text }

// Inhabit builds the host of s with a namespace at the other end of each link
// and calls f. Unlike in [Host.Run] the links are veth pairs that ask for
// neighbours, and the host's own stack answers. [Inside.Command] makes commands
// that run in the host. The namespaces have names in a /run/netns that nobody
// else sees, so they are gone when f returns, or when the process dies.
func (h *Host) Inhabit(ctx context.Context, s Scenario, f func(in *Inside) error) error {
	s = s.WithPeers()
	s.Stack = true
	return h.do(func() error {
		if err := s.Validate(); err != nil {
			return err
		}
		if err := privateMounts(); err != nil {
			return err
		}
		in := &Inside{Scenario: s}
		n, err := h.settle(&in.Scenario, in)
		if n != nil {
			defer n.close()
		}
		if err != nil {
			return err
		}
		refused, err := n.load(ctx)
		if err != nil {
			return err
		}
		if refused != "" {
			return &RefusedError{refused}
		}
		return f(in)
	})
}

// privateMounts gives the calling thread a file system tree of its own, with a
// /run/netns that is empty.
func privateMounts() error {
	const dir = "/run/netns"
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("new mount namespace: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("private mounts: %w", err)
	}
	if err := unix.Mount("nfwhy", dir, "tmpfs", 0, "mode=755"); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	return nil
}

// newNamed moves the calling thread into a new network namespace and gives it a
// name.
func newNamed(name string) error {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("new network namespace: %w", err)
	}
	path := "/run/netns/" + name
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	f.Close()
	if err := unix.Mount("/proc/thread-self/ns/net", path, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// settle builds the peers' namespaces and the host's, and leaves the calling
// thread in the host's.
func (h *Host) settle(s *Scenario, in *Inside) (*network, error) {
	n := &network{h: h, sc: s, links: s.AllLinks(), lo: -1, raw4: -1, raw6: -1}
	for i := range n.links {
		l := &n.links[i]
		p := PeerNet{Name: "peer-" + l.Name, Link: l.Name}
		for _, peer := range l.Peers {
			p.Addrs = append(p.Addrs, l.peerPrefix(peer.Addr))
		}
		if err := newNamed(p.Name); err != nil {
			return n, err
		}
		if err := peerSysctls(); err != nil {
			return n, err
		}
		in.Peers = append(in.Peers, p)
	}
	if err := newNamed(hostNet); err != nil {
		return n, err
	}
	unix.Mount("sysfs", "/sys", "sysfs", 0, "") // shows the links of this namespace; only a convenience
	if err := n.baseSysctls(); err != nil {
		return n, err
	}
	for i := range n.links {
		if err := n.join(&n.links[i], &in.Peers[i]); err != nil {
			return n, fmt.Errorf("link %s: %w", n.links[i].Name, err)
		}
	}
	if err := n.configure(); err != nil {
		return n, err
	}
	if err := n.askNeighbours(); err != nil {
		return n, err
	}
	for i := range n.links {
		if err := furnish(&n.links[i], &in.Peers[i]); err != nil {
			return n, fmt.Errorf("%s: %w", in.Peers[i].Name, err)
		}
	}
	for _, kv := range s.Sysctls {
		if err := setSysctl(kv.Key, kv.Value); err != nil {
			return n, err
		}
	}
	return n, n.settleAddrs()
}

// peerPrefix is a peer's address with the length of the network it shares with
// the link.
func (l *Link) peerPrefix(a netip.Addr) netip.Prefix {
	for _, p := range l.Addrs {
		if p.Contains(a) {
			return netip.PrefixFrom(a, p.Bits())
		}
	}
	return netip.PrefixFrom(a, a.BitLen())
}

// peerSysctls sets up the namespace of a peer, which routes nothing.
func peerSysctls() error {
	for _, dev := range []string{"all", "default"} {
		for _, kv := range [][2]string{{"ipv4.conf." + dev + ".rp_filter", "0"}, {"ipv4.conf." + dev + ".accept_redirects", "0"},
			{"ipv4.conf." + dev + ".forwarding", "0"}, {"ipv6.conf." + dev + ".accept_ra", "0"}, {"ipv6.conf." + dev + ".addr_gen_mode", "1"}} {
			if err := setOptional("net."+kv[0], kv[1]); err != nil {
				return err
			}
		}
	}
	return nil
}

// join makes the veth pair of a link.
func (n *network) join(l *Link, p *PeerNet) error {
	ns, err := netns.GetFromPath("/run/netns/" + p.Name)
	if err != nil {
		return err
	}
	defer ns.Close()
	a := netlink.NewLinkAttrs()
	a.Name = l.Name
	if l.MTU != 0 {
		a.MTU = l.MTU
	}
	v := &netlink.Veth{LinkAttrs: a, PeerName: "eth0", PeerNamespace: netlink.NsFd(int(ns))}
	if len(l.Peers) > 0 {
		v.PeerHardwareAddr = net.HardwareAddr(l.Peers[0].MAC)
	}
	nl, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	if err != nil {
		return err
	}
	defer nl.Close()
	return nl.LinkAdd(v)
}

// askNeighbours lets the links find their neighbours as links do; the peers told
// are known all the same.
func (n *network) askNeighbours() error {
	nl, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	if err != nil {
		return err
	}
	defer nl.Close()
	for i := range n.links {
		l, err := nl.LinkByName(n.links[i].Name)
		if err != nil {
			return err
		}
		if err := nl.LinkSetARPOn(l); err != nil {
			return err
		}
		for _, p := range n.links[i].Peers { // all peers share an interface
			err := nl.NeighSet(&netlink.Neigh{LinkIndex: l.Attrs().Index, State: netlink.NUD_PERMANENT,
				IP: p.Addr.AsSlice(), HardwareAddr: net.HardwareAddr(n.links[i].Peers[0].MAC)})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// furnish gives a peer its addresses and a default route to the host.
func furnish(l *Link, p *PeerNet) error {
	ns, err := netns.GetFromPath("/run/netns/" + p.Name)
	if err != nil {
		return err
	}
	defer ns.Close()
	nl, err := netlink.NewHandleAt(ns, unix.NETLINK_ROUTE)
	if err != nil {
		return err
	}
	defer nl.Close()
	for _, name := range []string{"lo", "eth0"} {
		dev, err := nl.LinkByName(name)
		if err != nil {
			return err
		}
		if name == "eth0" {
			for _, a := range p.Addrs {
				na := &netlink.Addr{IPNet: ipNet(a)}
				if a.Addr().Is6() {
					na.Flags = unix.IFA_F_NODAD
				}
				if err := nl.AddrAdd(dev, na); err != nil {
					return fmt.Errorf("address %v: %w", a, err)
				}
			}
		}
		if err := nl.LinkSetUp(dev); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if name == "eth0" {
			if err := peerRoutes(nl, dev.Attrs().Index, l); err != nil {
				return err
			}
		}
	}
	return nil
}

// peerRoutes sends everything to the link's first address of each family.
func peerRoutes(nl *netlink.Handle, index int, l *Link) error {
	done := map[bool]bool{}
	for _, p := range l.Addrs {
		a := p.Addr()
		if done[a.Is6()] || !l.peer(a.Is6()).IsValid() {
			continue
		}
		done[a.Is6()] = true
		all := netip.PrefixFrom(netip.IPv4Unspecified(), 0)
		if a.Is6() {
			all = netip.PrefixFrom(netip.IPv6Unspecified(), 0)
		}
		for _, r := range []*netlink.Route{
			{Dst: ipNet(netip.PrefixFrom(a, a.BitLen())), LinkIndex: index, Scope: netlink.SCOPE_LINK},
			{Dst: ipNet(all), Gw: a.AsSlice(), LinkIndex: index},
		} {
			if err := nl.RouteAdd(r); err != nil {
				return fmt.Errorf("route by %v: %w", a, err)
			}
		}
		err := nl.NeighSet(&netlink.Neigh{LinkIndex: index, State: netlink.NUD_PERMANENT, IP: a.AsSlice(), HardwareAddr: net.HardwareAddr(l.MAC)})
		if err != nil {
			return err
		}
	}
	return nil
}

// Command returns a command that runs in the host, in process and mount
// namespaces of its own: with it ends everything that it started, and it ends
// with this process. It must be started by f of [Host.Inhabit] itself.
func (in *Inside) Command(ctx context.Context, argv ...string) *exec.Cmd {
	// The new process namespace wants a /proc of its own. The shell stays as its
	// first process, so that signals mean to the command what they always do.
	const first = `mount -t proc proc /proc || exit 126; "$@"`
	cmd := exec.CommandContext(ctx, "/bin/sh", append([]string{"-c", first, "sh"}, argv...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS, Pdeathsig: unix.SIGKILL}
	return cmd
}
