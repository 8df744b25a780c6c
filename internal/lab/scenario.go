package lab

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Local is the name that a [Step] has in From when the host itself sends.
const Local = "local"

// The back ends of iptables, for [Scenario.Backend].
const (
	NFT    = "nft"
	Legacy = "legacy"
)

// Hex is bytes that are written as hex digits in text and JSON.
type Hex []byte

// MarshalText writes h as lower-case hex digits.
func (h Hex) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h)), nil }

// UnmarshalText reads hex digits.
func (h *Hex) UnmarshalText(b []byte) error {
	v, err := hex.DecodeString(string(b))
	*h = v
	return err
}

// Scenario is a question to a kernel: a host, its rules, and packets in order.
// The zero value of each field is the usual: no rules, the links of
// [DefaultLinks], back end nft.
type Scenario struct {
	// Name is for people: a seed, a title.
	Name string `json:",omitempty"`
	// Backend is [NFT] or [Legacy]; empty means nft.
	Backend string `json:",omitempty"`
	// Links are the host's interfaces besides lo; nil means [DefaultLinks]. By
	// custom the first is the outside and the second the inside.
	Links  []Link  `json:",omitempty"`
	Routes []Route `json:",omitempty"`
	// Sysctls are set in order, after the links are up and before the rules.
	Sysctls []Sysctl `json:",omitempty"`
	// Stack leaves the host's own TCP/IP stack answering. Otherwise what INPUT
	// accepted is swallowed after conntrack has confirmed it.
	Stack bool `json:",omitempty"`
	// Sets is ipset save text, Rules4 and Rules6 iptables-save text. Empty rules
	// mean that no table of that family was ever touched.
	Sets   string `json:",omitempty"`
	Rules4 string `json:",omitempty"`
	Rules6 string `json:",omitempty"`
	Steps  []Step `json:",omitempty"`
}

// Link is an Ethernet interface of the host and who is at its other end.
type Link struct {
	Name  string
	MAC   Hex
	MTU   int `json:",omitempty"` // 0 means 1500
	Addrs []netip.Prefix
	// Peers are permanent neighbours. The link does no ARP or neighbour
	// discovery; who is not listed is reached at the link's own MAC.
	Peers []Peer
}

// Peer is a neighbour on a link.
type Peer struct {
	Addr netip.Addr
	MAC  Hex
}

// Route is an entry of the routing table besides those of the links' networks.
type Route struct {
	Kind   string `json:",omitempty"` // as ip route names it; empty means unicast
	Dst    netip.Prefix
	Via    netip.Addr `json:",omitzero"`
	Dev    string     `json:",omitempty"`
	Src    netip.Addr `json:",omitzero"`
	Metric int        `json:",omitempty"`
}

// String writes r in the words of ip route.
func (r Route) String() string {
	var b strings.Builder
	if r.Kind != "" {
		b.WriteString(r.Kind + " ")
	}
	b.WriteString(r.Dst.String())
	if r.Via.IsValid() {
		b.WriteString(" via " + r.Via.String())
	}
	if r.Dev != "" {
		b.WriteString(" dev " + r.Dev)
	}
	if r.Src.IsValid() {
		b.WriteString(" src " + r.Src.String())
	}
	if r.Metric != 0 {
		fmt.Fprintf(&b, " metric %d", r.Metric)
	}
	return b.String()
}

// Sysctl is a kernel setting by its dotted name.
type Sysctl struct{ Key, Value string }

// Step is one packet.
type Step struct {
	// At is when it is sent, counted from the scenario's start. A step whose time
	// has passed is sent at once.
	At time.Duration `json:",omitempty"`
	// From is the link that it arrives on, or [Local].
	From string
	// Eth is the received link header; nil makes one from the link's first peer
	// to the link.
	Eth Hex `json:",omitempty"`
	// Packet is everything from the IP header on, link padding included.
	Packet Hex
	// Mark is the socket's mark (SO_MARK) of a local step.
	Mark uint32 `json:",omitempty"`
	// Note is for people.
	Note string `json:",omitempty"`
}

// The names and addresses of [DefaultLinks].
var (
	OutsideMAC     = Hex{2, 0, 0, 0, 1, 1}
	OutsidePeerMAC = Hex{2, 0, 0, 0, 1, 2}
	InsideMAC      = Hex{2, 0, 0, 0, 2, 1}
	InsidePeerMAC  = Hex{2, 0, 0, 0, 2, 2}
)

// DefaultLinks returns the links of a scenario that names none: ext, 10.66.1.1/24
// and fd66:1::1/64, with peer 10.66.1.2, fd66:1::2; int, 10.66.2.1/24 and
// fd66:2::1/64, with peer 10.66.2.2, fd66:2::2.
func DefaultLinks() []Link {
	return []Link{
		defaultLink("ext", 1, OutsideMAC, OutsidePeerMAC),
		defaultLink("int", 2, InsideMAC, InsidePeerMAC),
	}
}

func defaultLink(name string, n byte, mac, peer Hex) Link {
	v4 := func(last byte) netip.Addr { return netip.AddrFrom4([4]byte{10, 66, n, last}) }
	v6 := func(last byte) netip.Addr { return netip.AddrFrom16([16]byte{0: 0xfd, 1: 0x66, 3: n, 15: last}) }
	return Link{
		Name:  name,
		MAC:   slices.Clone(mac),
		Addrs: []netip.Prefix{netip.PrefixFrom(v4(1), 24), netip.PrefixFrom(v6(1), 64)},
		Peers: []Peer{{v4(2), slices.Clone(peer)}, {v6(2), slices.Clone(peer)}},
	}
}

// AllLinks returns the links of s, the default ones when it names none.
func (s *Scenario) AllLinks() []Link {
	if s.Links == nil {
		return DefaultLinks()
	}
	return s.Links
}

// Frame returns the Ethernet frame that a step puts on link l.
func (st *Step) Frame(l *Link) []byte {
	if st.Eth != nil {
		return append(slices.Clone([]byte(st.Eth)), st.Packet...)
	}
	f := make([]byte, 14, 14+len(st.Packet))
	copy(f, l.MAC)
	if len(l.Peers) > 0 {
		copy(f[6:], l.Peers[0].MAC)
	}
	f[12], f[13] = 8, 0
	if len(st.Packet) > 0 && st.Packet[0]>>4 == 6 {
		f[12], f[13] = 0x86, 0xdd
	}
	return append(f, st.Packet...)
}

// Clone returns a copy of s whose lists can be changed without changing s. The
// bytes of packets are shared.
func (s Scenario) Clone() Scenario {
	s.Links = slices.Clone(s.Links)
	s.Routes = slices.Clone(s.Routes)
	s.Sysctls = slices.Clone(s.Sysctls)
	s.Steps = slices.Clone(s.Steps)
	return s
}

// Validate reports the first thing in s that no host could be built from.
func (s *Scenario) Validate() error {
	switch s.Backend {
	case "", NFT, Legacy:
	default:
		return fmt.Errorf("back end %q (expected nft or legacy)", s.Backend)
	}
	links := map[string]bool{Local: true}
	for _, l := range s.AllLinks() {
		if err := l.validate(); err != nil {
			return err
		}
		if links[l.Name] {
			return fmt.Errorf("link %q is there twice", l.Name)
		}
		links[l.Name] = true
	}
	for _, r := range s.Routes {
		if err := r.validate(links); err != nil {
			return fmt.Errorf("route %v: %w", r, err)
		}
	}
	for i, st := range s.Steps {
		if err := st.validate(links); err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	return nil
}

func (l *Link) validate() error {
	switch {
	case !LinkName(l.Name):
		return fmt.Errorf("link name %q (expected 1 to 15 letters, digits, dots and dashes, not lo or local)", l.Name)
	case l.MTU < 0 || l.MTU > 65521:
		return fmt.Errorf("link %s: MTU %d", l.Name, l.MTU)
	case len(l.MAC) != 6:
		return fmt.Errorf("link %s: MAC address of %d bytes (expected 6)", l.Name, len(l.MAC))
	}
	for _, p := range l.Peers {
		if len(p.MAC) != 6 {
			return fmt.Errorf("link %s: peer %v: MAC address of %d bytes (expected 6)", l.Name, p.Addr, len(p.MAC))
		}
	}
	return nil
}

// LinkName reports whether a link of a scenario can have the name.
func LinkName(s string) bool {
	return s != "" && len(s) <= 15 && s != "lo" && s != Local && s != "." && s != ".." && !strings.ContainsFunc(s, notInName)
}

func notInName(r rune) bool {
	return r <= ' ' || r > '~' || strings.ContainsRune("/:#", r)
}

// routeKinds are the kinds of routes that a scenario can have.
var routeKinds = []string{"", "unicast", "local", "broadcast", "multicast", "blackhole", "unreachable", "prohibit"}

func (r Route) validate(links map[string]bool) error {
	switch {
	case !r.Dst.IsValid():
		return errors.New("no destination")
	case !slices.Contains(routeKinds, r.Kind):
		return fmt.Errorf("kind %q (expected one of%s)", r.Kind, strings.Join(routeKinds, " "))
	case r.Dev == Local || r.Dev != "" && r.Dev != "lo" && !links[r.Dev]:
		return fmt.Errorf("device %q, which is no link of the scenario", r.Dev)
	}
	return nil
}

func (st *Step) validate(links map[string]bool) error {
	switch {
	case !links[st.From]:
		return fmt.Errorf("from %q, which is no link of the scenario (expected a link's name or local)", st.From)
	case st.Eth != nil && st.From == Local:
		return fmt.Errorf("a link header on a packet sent by the host itself")
	case st.Eth != nil && len(st.Eth) < 14:
		return fmt.Errorf("link header of %d bytes (expected 14)", len(st.Eth))
	case len(st.Packet) == 0:
		return fmt.Errorf("no packet")
	case len(st.Packet) > 65535:
		return fmt.Errorf("packet of %d bytes (expected at most 65535)", len(st.Packet))
	}
	return nil
}

// link returns the link of that name, nil for none.
func link(ls []Link, name string) *Link {
	for i := range ls {
		if ls[i].Name == name {
			return &ls[i]
		}
	}
	return nil
}

// macString writes a MAC address with colons.
func macString(h Hex) string { return net.HardwareAddr(h).String() }
