package live

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Link is a network interface.
type Link struct {
	Name  string
	Index int
	// Type is what kind the kernel calls it: "veth", "tuntap", "bridge", "dummy";
	// "device" for hardware and "loopback" for lo. Tap says that a tuntap has an
	// Ethernet header.
	Type string
	Tap  bool
	MAC  net.HardwareAddr
	MTU  int
	// NoARP links have no neighbours to ask for.
	NoARP    bool
	Loopback bool
	Ethernet bool
	Up       bool
	// Bridged says that the link is a port of a bridge or part of a bond.
	Bridged bool

	parent  int // index of a veth's other end
	netnsID int // and its namespace, as this namespace numbers it; -1 for this one
}

// ErrNoRoute is that a namespace cannot reach an address.
var ErrNoRoute = errors.New("no route")

// Path is the way from a namespace to an address.
type Path struct {
	Dst netip.Addr
	// Local: the address is the namespace's own. Cast: it is a multicast group or
	// broadcast address.
	Local, Cast bool
	Dev         Link
	Via         netip.Addr // the router; invalid when Dst is on the link
	Src         netip.Addr // the address that the namespace would send from
}

// with opens netlink in the namespace.
func (n *Netns) with(f func(nl *netlink.Handle) error) error {
	return n.Do(func() error {
		nl, err := netlink.NewHandle(unix.NETLINK_ROUTE)
		if err != nil {
			return err
		}
		defer nl.Close()
		return f(nl)
	})
}

// Holds reports whether a is one of the namespace's own addresses.
func (n *Netns) Holds(a netip.Addr) (bool, error) {
	p, err := n.Path(a, "")
	if errors.Is(err, ErrNoRoute) {
		return false, nil
	}
	return p.Local, err
}

// Path returns the way to dst, by the link dev if that is not "".
func (n *Netns) Path(dst netip.Addr, dev string) (Path, error) {
	p := Path{Dst: dst}
	err := n.with(func(nl *netlink.Handle) error {
		o := &netlink.RouteGetOptions{Oif: dev}
		rs, err := nl.RouteGetWithOptions(dst.AsSlice(), o)
		if err != nil || len(rs) == 0 {
			return noRoute(dst, dev, err)
		}
		r := rs[0]
		switch r.Type {
		case unix.RTN_LOCAL:
			p.Local = true
		case unix.RTN_MULTICAST, unix.RTN_BROADCAST:
			p.Cast = true
		case unix.RTN_UNICAST:
		default:
			return noRoute(dst, dev, nil)
		}
		p.Cast = p.Cast || dst.IsMulticast()
		p.Via, p.Src = addrOf(r.Gw), addrOf(r.Src)
		if v, ok := r.Via.(*netlink.Via); ok && !p.Via.IsValid() {
			p.Via = addrOf(v.Addr)
		}
		l, err := nl.LinkByIndex(r.LinkIndex)
		if err != nil {
			return err
		}
		p.Dev = describe(l)
		return nil
	})
	return p, err
}

func noRoute(dst netip.Addr, dev string, err error) error {
	by := ""
	if dev != "" {
		by = " by " + dev
	}
	switch {
	case err == nil, errors.Is(err, unix.ENETUNREACH), errors.Is(err, unix.EHOSTUNREACH), errors.Is(err, unix.EACCES), errors.Is(err, unix.EINVAL):
		return fmt.Errorf("%v%s: %w", dst, by, ErrNoRoute)
	}
	return fmt.Errorf("%v%s: %w", dst, by, err)
}

// addrOf returns the zero Addr for none.
func addrOf(ip net.IP) netip.Addr {
	a, _ := netip.AddrFromSlice(ip)
	return a.Unmap()
}

func describe(l netlink.Link) Link {
	a := l.Attrs()
	d := Link{Name: a.Name, Index: a.Index, Type: l.Type(), MAC: a.HardwareAddr, MTU: a.MTU,
		NoARP: a.RawFlags&unix.IFF_NOARP != 0, Loopback: a.Flags&net.FlagLoopback != 0, Ethernet: a.EncapType == "ether",
		Up: a.Flags&net.FlagUp != 0, Bridged: a.MasterIndex != 0, parent: a.ParentIndex, netnsID: a.NetNsID}
	if t, ok := l.(*netlink.Tuntap); ok {
		d.Tap = t.Mode == netlink.TUNTAP_MODE_TAP
	}
	if d.Loopback {
		d.Type = "loopback"
	}
	return d
}

// Links returns the interfaces of the namespace.
func (n *Netns) Links() ([]Link, error) {
	var links []Link
	err := n.with(func(nl *netlink.Handle) error {
		ls, err := nl.LinkList()
		for _, l := range ls {
			links = append(links, describe(l))
		}
		return err
	})
	return links, err
}

// FarEnd finds where the other end of a veth link of n is. The namespace is nil
// when it cannot be seen from here, or l is no veth.
func (n *Netns) FarEnd(l Link) (*Netns, Link, error) {
	if l.Type != "veth" || l.parent == 0 {
		return nil, Link{}, nil
	}
	all, err := All()
	if err != nil {
		return nil, Link{}, err
	}
	var where *Netns
	var end Link
	for _, m := range all {
		if where == nil && n.isAt(l, m) {
			links, err := m.Links()
			for _, e := range links {
				if err == nil && e.Index == l.parent && e.Type == "veth" && e.parent == l.Index {
					where, end = m, e
				}
			}
		}
		if m != where {
			m.Close()
		}
	}
	return where, end, nil
}

// isAt reports whether l's other end can be in m: n's number for m is the one
// that the link tells.
func (n *Netns) isAt(l Link, m *Netns) bool {
	if l.netnsID < 0 {
		return m.Same(n)
	}
	id := -1
	n.with(func(nl *netlink.Handle) (err error) {
		id, err = nl.GetNetNsIdByFd(int(m.file.Fd()))
		return err
	})
	return id == l.netnsID
}

// Neighbour returns the hardware address that packets on p go to. If need be it
// makes the kernel ask the network for it and waits for the answer; with a wait
// of 0 nothing is asked.
func (n *Netns) Neighbour(p Path, wait time.Duration) (net.HardwareAddr, error) {
	next := p.Dst
	if p.Via.IsValid() {
		next = p.Via
	}
	switch {
	case !p.Dev.Ethernet:
		return nil, nil
	case p.Cast:
		return castMAC(p.Dst), nil
	case p.Dev.NoARP || p.Dev.Loopback: // net/ethernet/eth.c: neighbours of such a link have its own address
		if mac, ok, err := n.known(p.Dev, next); err != nil || ok {
			return mac, err
		}
		return p.Dev.MAC, nil
	}
	deadline := time.Now().Add(wait)
	for asked := false; ; asked = true {
		mac, ok, err := n.known(p.Dev, next)
		if err != nil || ok {
			return mac, err
		}
		if !asked && wait > 0 {
			if err := n.ask(p.Dev, next); err != nil {
				return nil, err
			}
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("%v does not answer on %s (no hardware address)", next, p.Dev.Name)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// usable are the states of a neighbour whose hardware address may be used.
const usable = netlink.NUD_PERMANENT | netlink.NUD_NOARP | netlink.NUD_REACHABLE | netlink.NUD_STALE | netlink.NUD_DELAY | netlink.NUD_PROBE

// known looks into the neighbour table.
func (n *Netns) known(dev Link, a netip.Addr) (mac net.HardwareAddr, ok bool, err error) {
	family := netlink.FAMILY_V4
	if a.Is6() {
		family = netlink.FAMILY_V6
	}
	err = n.with(func(nl *netlink.Handle) error {
		list, err := nl.NeighList(dev.Index, family)
		for _, e := range list {
			if addrOf(e.IP) == a && e.State&usable != 0 && len(e.HardwareAddr) == 6 {
				mac, ok = e.HardwareAddr, true
			}
		}
		return err
	})
	return mac, ok, err
}

// ask makes the kernel look for a neighbour, as a packet to it would.
func (n *Netns) ask(dev Link, a netip.Addr) error {
	err := n.with(func(nl *netlink.Handle) error {
		return nl.NeighSet(&netlink.Neigh{LinkIndex: dev.Index, IP: a.AsSlice(), State: netlink.NUD_NONE, Flags: unix.NTF_USE})
	})
	if err != nil {
		return fmt.Errorf("asking for %v on %s: %w", a, dev.Name, err)
	}
	return nil
}

// castMAC is the hardware address of a group or broadcast address (RFC 1112
// section 6.4, RFC 2464 section 7).
func castMAC(a netip.Addr) net.HardwareAddr {
	switch {
	case a.Is4() && a.IsMulticast():
		b := a.As4()
		return net.HardwareAddr{1, 0, 0x5e, b[1] & 0x7f, b[2], b[3]}
	case a.Is6():
		b := a.As16()
		return net.HardwareAddr{0x33, 0x33, b[12], b[13], b[14], b[15]}
	}
	return net.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
}
