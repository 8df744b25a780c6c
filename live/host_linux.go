package live

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"nfwhy/conntrack"
	"nfwhy/host"
	"nfwhy/ruleset"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Host describes the namespace: links, addresses, routes, sysctls. Rules are
// [Netns.Rules]. notes tell what there is besides that a description cannot hold.
func (n *Netns) Host() (h *host.Host, notes []string, err error) {
	h = &host.Host{Sysctl: map[string]string{}}
	err = n.with(func(nl *netlink.Handle) error {
		names, err := addLinks(nl, h)
		if err == nil {
			err = addRoutes(nl, h, names)
		}
		if err == nil {
			notes, err = policyRules(nl)
		}
		if err == nil {
			readSysctls(h.Sysctl)
		}
		return err
	})
	return h, notes, err
}

func addLinks(nl *netlink.Handle, h *host.Host) (names map[int]string, err error) {
	links, err := nl.LinkList()
	if err != nil {
		return nil, err
	}
	names = map[int]string{}
	for _, l := range links {
		a := l.Attrs()
		names[a.Index] = a.Name
		if a.Flags&net.FlagUp == 0 && a.Flags&net.FlagLoopback == 0 {
			continue
		}
		d := host.Link{Name: a.Name, MAC: a.HardwareAddr, MTU: a.MTU, Loopback: a.Flags&net.FlagLoopback != 0, Ethernet: a.EncapType == "ether",
			NoARP: a.RawFlags&unix.IFF_NOARP != 0}
		addrs, err := nl.AddrList(l, netlink.FAMILY_ALL)
		if err != nil {
			return nil, err
		}
		for _, x := range addrs {
			// Loopback's own are everybody's; what else lies on lo is told.
			if p, ok := prefixOf(x.IPNet); ok && !p.Addr().IsLoopback() {
				d.Addrs = append(d.Addrs, p)
			}
		}
		h.Links = append(h.Links, d)
	}
	return names, nil
}

func prefixOf(n *net.IPNet) (netip.Prefix, bool) {
	if n == nil {
		return netip.Prefix{}, false
	}
	a, ok := netip.AddrFromSlice(n.IP)
	bits, size := n.Mask.Size()
	a = a.Unmap()
	return netip.PrefixFrom(a, bits), ok && size == a.BitLen()
}

var routeKinds = map[int]host.RouteKind{unix.RTN_UNICAST: host.Unicast, unix.RTN_LOCAL: host.Local, unix.RTN_BROADCAST: host.Broadcast,
	unix.RTN_MULTICAST: host.Multicast, unix.RTN_BLACKHOLE: host.Blackhole, unix.RTN_UNREACHABLE: host.Unreachable, unix.RTN_PROHIBIT: host.Prohibit}

// addRoutes reads the main table. What the kernel adds to the local table for
// addresses follows from them.
func addRoutes(nl *netlink.Handle, h *host.Host, names map[int]string) error {
	for _, family := range []int{netlink.FAMILY_V4, netlink.FAMILY_V6} {
		routes, err := nl.RouteListFiltered(family, &netlink.Route{Table: unix.RT_TABLE_MAIN}, netlink.RT_FILTER_TABLE)
		if err != nil {
			return err
		}
		for _, r := range routes {
			kind, ok := routeKinds[r.Type]
			if !ok {
				continue
			}
			dst, ok := prefixOf(r.Dst)
			if !ok {
				dst = netip.PrefixFrom(netip.IPv4Unspecified(), 0)
				if family == netlink.FAMILY_V6 {
					dst = netip.PrefixFrom(netip.IPv6Unspecified(), 0)
				}
			}
			hr := host.Route{Dst: dst, Via: addrOf(r.Gw), Dev: names[r.LinkIndex], Src: addrOf(r.Src), Metric: r.Priority, Kind: kind}
			if len(r.MultiPath) > 0 {
				hr.Via, hr.Dev = addrOf(r.MultiPath[0].Gw), names[r.MultiPath[0].LinkIndex]
			}
			if v, ok := r.Via.(*netlink.Via); ok && !hr.Via.IsValid() {
				hr.Via = addrOf(v.Addr)
			}
			h.Routes = append(h.Routes, hr)
		}
	}
	return nil
}

// policyRules notes routing rules beyond the three that every host has.
func policyRules(nl *netlink.Handle) ([]string, error) {
	rules, err := nl.RuleList(netlink.FAMILY_ALL)
	if err != nil {
		return nil, err
	}
	more := 0
	for _, r := range rules {
		switch r.Table {
		case unix.RT_TABLE_LOCAL, unix.RT_TABLE_MAIN, unix.RT_TABLE_DEFAULT:
			if r.Src == nil && r.Dst == nil && r.IifName == "" && r.OifName == "" && r.Mark == 0 {
				continue
			}
		}
		more++
	}
	if more > 0 {
		return []string{fmt.Sprintf("%d routing policy rules (ip rule) are not looked at", more)}, nil
	}
	return nil, nil
}

// sysctlFiles are the settings that a verdict or answer can depend on.
var sysctlFiles = []string{
	"net/netfilter/nf_conntrack_*",
	"net/ipv4/ip_forward", "net/ipv4/ip_default_ttl", "net/ipv4/fwmark_reflect", "net/ipv4/icmp_*", "net/ipv4/ipfrag_*",
	"net/ipv4/conf/*/rp_filter", "net/ipv4/conf/*/forwarding", "net/ipv4/conf/*/accept_local", "net/ipv4/conf/*/log_martians",
	"net/ipv4/conf/*/route_localnet", "net/ipv4/conf/*/src_valid_mark",
	"net/ipv6/fwmark_reflect", "net/ipv6/auto_flowlabels", "net/ipv6/icmp/*", "net/ipv6/ip6frag_*",
	"net/ipv6/conf/*/forwarding", "net/ipv6/conf/*/hop_limit", "net/ipv6/conf/*/disable_ipv6",
}

// skipped change with every packet or cannot be read.
var skipped = map[string]bool{"net/netfilter/nf_conntrack_count": true}

// readSysctls reads those of the calling thread's namespace.
func readSysctls(into map[string]string) {
	const root = "/proc/sys/"
	for _, pattern := range sysctlFiles {
		paths, _ := filepath.Glob(root + pattern)
		for _, path := range paths {
			key := strings.TrimPrefix(path, root)
			b, err := os.ReadFile(path)
			if err != nil || skipped[key] {
				continue
			}
			into[strings.ReplaceAll(key, "/", ".")] = strings.TrimSpace(string(b))
		}
	}
}

// Rules are the iptables rules of a namespace.
type Rules struct {
	Backend host.Backend
	// Text4 and Text6 are what iptables-save and ip6tables-save print, ""
	// where no table was ever used; V4 and V6 the same parsed, nil then.
	Text4, Text6 string
	V4, V6       *ruleset.Ruleset
	// Sets are those of ipset save.
	Sets  []*ruleset.Set
	Notes []string
}

// Rules reads the rules of the back end in use.
func (n *Netns) Rules(ctx context.Context) (Rules, error) {
	var r Rules
	var err error
	var nft, legacy [2]string
	for i, family := range []string{"iptables", "ip6tables"} {
		if nft[i], err = n.save(ctx, family+"-nft-save", family+"-save"); err != nil {
			return r, err
		}
		if legacy[i], err = n.save(ctx, family+"-legacy-save"); err != nil {
			return r, err
		}
	}
	use := nft
	switch {
	case !holdsRules(nft) && holdsRules(legacy):
		r.Backend, use = host.Legacy, legacy
	case holdsRules(nft) && holdsRules(legacy):
		r.Notes = append(r.Notes, "there are rules of iptables-legacy beside those of iptables-nft, which are not looked at")
	}
	r.Text4, r.Text6 = use[0], use[1]
	for i, text := range use {
		if strings.Contains(text, "is incompatible, use 'nft' tool") {
			r.Notes = append(r.Notes, "there are nftables rules that iptables cannot show, which are not looked at")
		}
		if !strings.Contains(text, "*") {
			continue
		}
		name, family := [...]string{"iptables-save", "ip6tables-save"}[i], 4+2*i
		f, err := ruleset.Parse(name, []byte(text), ruleset.Family(family))
		if err != nil {
			return r, err
		}
		if rs := f.Ruleset(family); i == 0 {
			r.V4 = rs
		} else {
			r.V6 = rs
		}
	}
	r.Sets, err = n.sets(ctx, r.Text4+r.Text6)
	return r, err
}

// sets reads the ipsets of the namespace, when rules use some.
func (n *Netns) sets(ctx context.Context, rules string) ([]*ruleset.Set, error) {
	if !strings.Contains(rules, "--match-set") && !strings.Contains(rules, "-j SET ") {
		return nil, nil
	}
	path, err := tool("ipset")
	if err != nil {
		return nil, err
	}
	out, err := n.run(ctx, path, "save")
	if err != nil {
		return nil, err
	}
	f, err := ruleset.Parse("ipset save", []byte(out))
	if err != nil {
		return nil, err
	}
	return f.Sets, nil
}

// holdsRules reports whether a table is anything but untouched.
func holdsRules(texts [2]string) bool {
	for _, t := range texts {
		for line := range strings.Lines(t) {
			if strings.HasPrefix(line, "-A ") || strings.HasPrefix(line, "[") || strings.HasPrefix(line, ":") && strings.Contains(line, " DROP ") {
				return true
			}
		}
	}
	return false
}

// save runs the first of the commands that is installed, "" when none is.
func (n *Netns) save(ctx context.Context, commands ...string) (string, error) {
	for _, c := range commands {
		path, err := tool(c)
		if err != nil {
			continue
		}
		out, err := n.run(ctx, path)
		if err != nil {
			return "", err
		}
		return out, nil
	}
	return "", nil
}

// tool finds a command; sbin directories count even when PATH lacks them.
func tool(name string) (string, error) {
	if p, err := exec.LookPath(name); err == nil {
		return p, nil
	}
	for _, dir := range []string{"/usr/sbin/", "/sbin/", "/usr/local/sbin/"} {
		if unix.Access(dir+name, unix.X_OK) == nil {
			return dir + name, nil
		}
	}
	return "", fmt.Errorf("command %q is not installed", name)
}

// run runs a command in the namespace.
func (n *Netns) run(ctx context.Context, path string, args ...string) (string, error) {
	var out []byte
	err := n.Do(func() (err error) {
		cmd := exec.CommandContext(ctx, path, args...)
		cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"}
		out, err = cmd.Output()
		return err
	})
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return "", fmt.Errorf("%s: %w: %s", filepath.Base(path), err, strings.TrimSpace(string(exit.Stderr)))
	}
	return string(out), err
}

// Connections returns the entries of the connection table that keep approves.
func (n *Netns) Connections(ctx context.Context, keep func(conntrack.Entry) bool) ([]conntrack.Entry, error) {
	path, err := tool("conntrack")
	if err != nil {
		return nil, err
	}
	var es []conntrack.Entry
	for _, family := range []string{"ipv4", "ipv6"} {
		out, err := n.run(ctx, path, "-L", "-f", family)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(out) {
			if e, err := conntrack.ParseList(line); err == nil && keep(e) {
				es = append(es, e)
			}
		}
	}
	return es, nil
}
