package host

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// ReadIP reads the output of `ip addr`, `ip route` or both in one text, as text
// or from -j (JSON), and adds what it says to h. name is for error messages.
func (h *Host) ReadIP(name string, data []byte) error {
	trimmed := bytes.TrimSpace(data)
	if len(trimmed) > 0 && trimmed[0] == '[' {
		return h.readIPJSON(name, trimmed)
	}
	sc := bufio.NewScanner(bytes.NewReader(data))
	sc.Buffer(nil, 1<<20)
	var dev string
	found := false
	for no := 1; sc.Scan(); no++ {
		w := strings.Fields(sc.Text())
		switch {
		case len(w) == 0:
		case isLinkLine(w):
			dev = linkName(w[1])
			l := h.AddLink(dev)
			readLinkWords(l, w)
			found = true
		case strings.HasPrefix(w[0], "link/") && dev != "":
			l := h.AddLink(dev)
			l.Ethernet = w[0] == "link/ether"
			l.Loopback = w[0] == "link/loopback"
			if len(w) > 1 && l.Ethernet {
				l.MAC, _ = net.ParseMAC(w[1])
			}
		case (w[0] == "inet" || w[0] == "inet6") && len(w) > 1 && dev != "":
			if err := h.AddAddr(w[1] + "@" + dev); err != nil {
				return fmt.Errorf("%s:%d: %w", name, no, err)
			}
			found = true
		default:
			if r, ok := ParseRoute(sc.Text()); ok {
				if r.Dev != "" {
					h.AddLink(r.Dev)
				}
				if r.Kind != Local && r.Kind != Broadcast && r.Kind != Multicast {
					h.Routes = append(h.Routes, r)
				}
				found = true
			}
		}
	}
	if err := sc.Err(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if !found {
		return fmt.Errorf("%s: no address and no route found (expected the output of ip addr and ip route)", name)
	}
	return nil
}

// isLinkLine recognises "2: eth0: <BROADCAST,...> mtu 1500 ...".
func isLinkLine(w []string) bool {
	return len(w) > 2 && strings.HasSuffix(w[0], ":") && strings.HasSuffix(w[1], ":") && strings.HasPrefix(w[2], "<")
}

func linkName(s string) string {
	s = strings.TrimSuffix(s, ":")
	s, _, _ = strings.Cut(s, "@")
	return s
}

func readLinkWords(l *Link, w []string) {
	for i := 3; i+1 < len(w); i++ {
		if w[i] == "mtu" {
			fmt.Sscan(w[i+1], &l.MTU)
		}
	}
}

// ipJSON has the keys of `ip -j addr` and `ip -j route` that matter.
type ipJSON struct {
	IfName   string `json:"ifname"`
	MTU      int    `json:"mtu"`
	LinkType string `json:"link_type"`
	Address  string `json:"address"`
	AddrInfo []struct {
		Local     string `json:"local"`
		PrefixLen int    `json:"prefixlen"`
	} `json:"addr_info"`
	Type    string `json:"type"`
	Dst     string `json:"dst"`
	Gateway string `json:"gateway"`
	Dev     string `json:"dev"`
	PrefSrc string `json:"prefsrc"`
	Metric  int    `json:"metric"`
}

// readIPJSON reads one or several JSON arrays.
func (h *Host) readIPJSON(name string, data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	for dec.More() {
		var items []ipJSON
		if err := dec.Decode(&items); err != nil {
			return fmt.Errorf("%s: %w (expected the output of ip -j addr or ip -j route)", name, err)
		}
		for _, it := range items {
			if err := h.addIPJSON(it); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}

func (h *Host) addIPJSON(it ipJSON) error {
	if it.IfName != "" {
		l := h.AddLink(it.IfName)
		l.MTU, l.Loopback, l.Ethernet = it.MTU, it.LinkType == "loopback", it.LinkType == "ether"
		if l.Ethernet {
			l.MAC, _ = net.ParseMAC(it.Address)
		}
		for _, a := range it.AddrInfo {
			if a.Local == "" {
				continue
			}
			if err := h.AddAddr(fmt.Sprintf("%s/%d@%s", a.Local, a.PrefixLen, it.IfName)); err != nil {
				return err
			}
		}
		return nil
	}
	if it.Dst == "" {
		return nil
	}
	s := strings.TrimSpace(it.Type + " " + it.Dst)
	for _, kv := range [][2]string{{"via", it.Gateway}, {"dev", it.Dev}, {"src", it.PrefSrc}} {
		if kv[1] != "" {
			s += " " + kv[0] + " " + kv[1]
		}
	}
	r, ok := ParseRoute(s)
	if !ok {
		return fmt.Errorf("route %q (expected dst, gateway and dev)", s)
	}
	if r.Kind == Local || r.Kind == Broadcast || r.Kind == Multicast {
		return nil
	}
	r.Metric = it.Metric
	if r.Dst.Addr() == netip.IPv4Unspecified() && strings.Contains(it.Gateway, ":") {
		r.Dst = netip.PrefixFrom(netip.IPv6Unspecified(), 0)
	}
	if r.Dev != "" {
		h.AddLink(r.Dev)
	}
	h.Routes = append(h.Routes, r)
	return nil
}
