package netfilter

import (
	"maps"
	"net/netip"
	"strings"

	"nfwhy/host"
	"nfwhy/packet"
)

// stackSysctl are the settings of the IP stack that a verdict depends on.
type stackSysctl struct {
	forward     [2]bool // v4, v6
	reflect     [2]bool // fwmark_reflect
	ttl         uint8
	hopLimit    uint8
	inboundAddr bool
	flowLabels  bool
	ratelimit   [2]int // ms
	ratemask    int
	perSec      int
	burst       int
}

// readStackSysctl takes what the host sets and otherwise a current kernel's
// defaults, but for forwarding: who shows packets for others has it on.
func readStackSysctl(h *host.Host) stackSysctl {
	fwd4 := h.SysctlInt("net.ipv4.conf.all.forwarding", h.SysctlInt("net.ipv4.ip_forward", 1))
	return stackSysctl{
		forward:     [2]bool{fwd4 != 0, h.SysctlInt("net.ipv6.conf.all.forwarding", 1) != 0},
		reflect:     [2]bool{h.SysctlInt("net.ipv4.fwmark_reflect", 0) != 0, h.SysctlInt("net.ipv6.fwmark_reflect", 0) != 0},
		ttl:         uint8(h.SysctlInt("net.ipv4.ip_default_ttl", 64)),
		hopLimit:    uint8(h.SysctlInt("net.ipv6.conf.all.hop_limit", 64)),
		inboundAddr: h.SysctlInt("net.ipv4.icmp_errors_use_inbound_ifaddr", 0) != 0,
		flowLabels:  h.SysctlInt("net.ipv6.auto_flowlabels", 1) != 0,
		ratelimit:   [2]int{h.SysctlInt("net.ipv4.icmp_ratelimit", 1000), h.SysctlInt("net.ipv6.icmp.ratelimit", 100)},
		ratemask:    h.SysctlInt("net.ipv4.icmp_ratemask", 0x1818),
		perSec:      h.SysctlInt("net.ipv4.icmp_msgs_per_sec", 1000),
		burst:       h.SysctlInt("net.ipv4.icmp_msgs_burst", 50),
	}
}

// rpFilter is the stricter of conf.all and the interface's own setting.
func (s *stackSysctl) rpFilter(h *host.Host, dev string) int {
	if len(h.Sysctl) == 0 {
		return 0
	}
	return max(h.SysctlInt("net.ipv4.conf.all.rp_filter", 0), h.SysctlInt("net.ipv4.conf."+dev+".rp_filter",
		h.SysctlInt("net.ipv4.conf.default.rp_filter", 0)))
}

// icmpLimits are the two token buckets in front of every ICMP error
// (net/ipv4/icmp.c: icmp_global_allow, inet_peer_xrlim_allow; Linux 6.18).
type icmpLimits struct {
	started bool
	credit  int
	stamp   int64
	peers   map[netip.Addr]bucket
}

type bucket struct{ tokens, last int64 }

func (l icmpLimits) clone() icmpLimits {
	l.peers = maps.Clone(l.peers)
	return l
}

// limited reports whether the type is one that the limits apply to.
func limited(n *Netns, fam packet.Family, typ, code uint8) bool {
	if fam == packet.IPv6 {
		return typ != 2 && typ < 128
	}
	return n.sysctl.ratemask&(1<<typ) != 0 && !(typ == packet.ICMPUnreachable && code == 4)
}

// global is the host-wide bucket; packets that came in on lo pass it by.
func (l *icmpLimits) global(n *Netns, f *flight, typ, code uint8) bool {
	if !limited(n, f.pkt.Family, typ, code) || f.in != "" && n.fib.IsLoopback(f.in) {
		return true
	}
	now := n.now.Jiffies()
	if !l.started {
		l.started, l.credit, l.stamp = true, n.sysctl.burst, now
	}
	if l.credit <= 0 {
		d := min(now-l.stamp, packet.JiffyHz)
		if d < packet.JiffyHz/50 {
			return false
		}
		l.credit = min(l.credit+n.sysctl.perSec*int(d)/packet.JiffyHz, n.sysctl.burst)
		l.stamp = now
	}
	l.credit -= n.rand.IntN(3)
	return true
}

// peer is the bucket per destination: six messages at once, then one per
// ratelimit.
func (l *icmpLimits) peer(n *Netns, f *flight, to netip.Addr, typ, code uint8, r host.Route) bool {
	limit := int64(n.sysctl.ratelimit[familyIndex(f.pkt.Family)]) * packet.JiffyHz / 1000
	if limit == 0 || !limited(n, f.pkt.Family, typ, code) || r.Kind == host.Local || n.fib.IsLoopback(r.Dev) {
		return true
	}
	now := n.now.Jiffies()
	b, ok := l.peers[to]
	if !ok {
		b = bucket{tokens: 6 * limit, last: now}
	}
	b.tokens = min(b.tokens+now-b.last, 6*limit)
	b.last = now
	allowed := b.tokens >= limit
	if allowed {
		b.tokens -= limit
	}
	if l.peers == nil {
		l.peers = map[netip.Addr]bucket{}
	}
	if len(l.peers) > 1<<16 {
		clear(l.peers)
	}
	l.peers[to] = b
	return allowed
}

// isConntrackKey reports whether a sysctl is connection tracking's.
func isConntrackKey(k string) bool {
	return strings.HasPrefix(k, "net.netfilter.nf_conntrack_") || strings.HasPrefix(k, "net.nf_conntrack_max")
}
