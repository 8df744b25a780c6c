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
	inboundAddr bool
	flowLabels  bool
	ratelimit   [2]int // ms
	ratemask    int
	perSec      int
	burst       int
	devices     map[string]deviceSysctl // never written after it was made: shared by forks
}

// readStackSysctl takes what the host sets and otherwise a current kernel's
// defaults, but for forwarding: who shows packets for others has it on.
func readStackSysctl(h *host.Host) stackSysctl {
	fwd4 := h.SysctlInt("net.ipv4.conf.all.forwarding", h.SysctlInt("net.ipv4.ip_forward", 1))
	return stackSysctl{
		forward:     [2]bool{fwd4 != 0, h.SysctlInt("net.ipv6.conf.all.forwarding", 1) != 0},
		reflect:     [2]bool{h.SysctlInt("net.ipv4.fwmark_reflect", 0) != 0, h.SysctlInt("net.ipv6.fwmark_reflect", 0) != 0},
		ttl:         uint8(h.SysctlInt("net.ipv4.ip_default_ttl", 64)),
		inboundAddr: h.SysctlInt("net.ipv4.icmp_errors_use_inbound_ifaddr", 0) != 0,
		flowLabels:  h.SysctlInt("net.ipv6.auto_flowlabels", 1) != 0,
		ratelimit:   [2]int{h.SysctlInt("net.ipv4.icmp_ratelimit", 1000), h.SysctlInt("net.ipv6.icmp.ratelimit", 100)},
		ratemask:    h.SysctlInt("net.ipv4.icmp_ratemask", 0x1818),
		perSec:      h.SysctlInt("net.ipv4.icmp_msgs_per_sec", 1000),
		burst:       h.SysctlInt("net.ipv4.icmp_msgs_burst", 50),
		devices:     readDevices(h),
	}
}

// deviceSysctl are the settings of one interface, read once.
type deviceSysctl struct {
	localnet bool
	rpFilter int
}

// readDevices reads the settings of the interfaces that h lists.
func readDevices(h *host.Host) map[string]deviceSysctl {
	m := make(map[string]deviceSysctl, len(h.Links))
	for i := range h.Links {
		dev := h.Links[i].Name
		m[dev] = deviceSysctl{readLocalnet(h, dev), readRPFilter(h, dev)}
	}
	return m
}

// routeLocalnet tells whether loopback addresses may be routed on dev.
func (s *stackSysctl) routeLocalnet(h *host.Host, dev string) bool {
	if d, ok := s.devices[dev]; ok {
		return d.localnet
	}
	return readLocalnet(h, dev)
}

// rpFilter is the stricter of conf.all and the interface's own setting.
func (s *stackSysctl) rpFilter(h *host.Host, dev string) int {
	if d, ok := s.devices[dev]; ok {
		return d.rpFilter
	}
	return readRPFilter(h, dev)
}

func readLocalnet(h *host.Host, dev string) bool {
	const key = "net.ipv4.conf.%.route_localnet"
	return perDevice(h, key, "all") != 0 || perDevice(h, key, dev) != 0
}

// perDevice is a setting of one device; % in the key stands for its name.
func perDevice(h *host.Host, key, dev string) int {
	if len(h.Sysctl) == 0 {
		return 0
	}
	def := 0
	if dev != "all" {
		def = h.SysctlInt(strings.Replace(key, "%", "default", 1), 0)
	}
	return h.SysctlInt(strings.Replace(key, "%", dev, 1), def)
}

// hopLimit is the device's own; that of conf.all counts for no device.
func hopLimit(h *host.Host, dev string) uint8 {
	if len(h.Sysctl) == 0 {
		return 64
	}
	return uint8(h.SysctlInt("net.ipv6.conf."+dev+".hop_limit", h.SysctlInt("net.ipv6.conf.default.hop_limit", 64)))
}

func readRPFilter(h *host.Host, dev string) int {
	const key = "net.ipv4.conf.%.rp_filter"
	return max(perDevice(h, key, "all"), perDevice(h, key, dev))
}

// icmpLimits are the token buckets in front of every ICMP error
// (net/ipv4/icmp.c: icmp_global_allow, inet_peer_xrlim_allow; net/ipv4/route.c:
// ip_error; Linux 6.18).
type icmpLimits struct {
	started bool
	credit  int
	stamp   int64
	peers   map[netip.Addr]bucket
}

// bucket is what is known of a peer (struct inet_peer): tokens are ticks.
type bucket struct{ tokens, last int64 }

func (l icmpLimits) clone() icmpLimits {
	l.peers = maps.Clone(l.peers)
	return l
}

// limited reports whether the limits apply to an error in answer to the packet
// of f: by type, and not to what came in on lo.
func limited(n *Netns, f *flight, typ, code uint8) bool {
	if f.in != "" && n.fib.IsLoopback(f.in) {
		return false
	}
	if f.pkt.Family == packet.IPv6 {
		return typ != 2 && typ < 128
	}
	return n.sysctl.ratemask&(1<<typ) != 0 && !(typ == packet.ICMPUnreachable && code == 4)
}

// global is the host-wide bucket. What a message costs is drawn when it is sent.
func (l *icmpLimits) global(n *Netns) bool {
	now := n.now.Jiffies()
	if !l.started {
		l.started, l.credit, l.stamp = true, n.sysctl.burst, now
	}
	if l.credit > 0 {
		return true
	}
	d := min(now-l.stamp, packet.JiffyHz)
	if d < packet.JiffyHz/50 {
		return false
	}
	add := n.sysctl.perSec * int(d) / packet.JiffyHz
	if add == 0 {
		return false
	}
	l.credit, l.stamp = min(l.credit+add, n.sysctl.burst), now
	return true
}

func (l *icmpLimits) consume(n *Netns) { l.credit -= n.rand.IntN(3) }

// find returns the peer's bucket. A new one is as one that rested for a minute.
func (l *icmpLimits) find(a netip.Addr, now int64) bucket {
	if b, ok := l.peers[a]; ok {
		return b
	}
	return bucket{last: now - 60*packet.JiffyHz}
}

func (l *icmpLimits) store(a netip.Addr, b bucket) {
	if l.peers == nil {
		l.peers = map[netip.Addr]bucket{}
	}
	if len(l.peers) > 1<<16 { // the kernel drops peers that rested long; they are as new ones then
		clear(l.peers)
	}
	l.peers[a] = b
}

// peer is the bucket per destination: six messages at once, then one per
// ratelimit. A limit of 0 lets everything pass, and empties the bucket.
func (l *icmpLimits) peer(n *Netns, to netip.Addr, limit int64) bool {
	now := n.now.Jiffies()
	b := l.find(to, now)
	if b.last != now {
		b.tokens, b.last = min(b.tokens+now-b.last, 6*limit), now
	}
	allowed := b.tokens >= limit
	if allowed {
		b.tokens -= limit
	}
	l.store(to, b)
	return allowed
}

// unrouted is the limit of answers to packets without a route, in the same
// bucket: five at once, then one a second.
func (l *icmpLimits) unrouted(n *Netns, src netip.Addr) bool {
	now := n.now.Jiffies()
	b := l.find(src, now)
	b.tokens, b.last = min(b.tokens+now-b.last, 5*packet.JiffyHz), now
	allowed := b.tokens >= packet.JiffyHz
	if allowed {
		b.tokens -= packet.JiffyHz
	}
	l.store(src, b)
	return allowed
}

// mayAnswer asks both buckets for an error to dst along r.
func (n *Netns) mayAnswer(to netip.Addr, r host.Route) bool {
	if r.Kind == host.Local || n.fib.IsLoopback(r.Dev) {
		return true
	}
	limit := int64(n.sysctl.ratelimit[1]) * packet.JiffyHz / 1000
	if to.Is4() {
		limit = int64(n.sysctl.ratelimit[0]) * packet.JiffyHz / 1000
	} else if r.Dst.Bits() < 128 { // wider prefixes get more (net/ipv6/icmp.c: icmpv6_xrlim_allow)
		limit >>= (128 - max(r.Dst.Bits(), 0)) >> 5
	}
	return n.icmp.peer(n, to, limit)
}

// isConntrackKey reports whether a sysctl is connection tracking's.
func isConntrackKey(k string) bool {
	return strings.HasPrefix(k, "net.netfilter.nf_conntrack_") || strings.HasPrefix(k, "net.nf_conntrack_max")
}
