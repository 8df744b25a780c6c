package diagnose

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"nfwhy/conntrack"
	"nfwhy/packet"
	"nfwhy/ruleset"
)

// redirect is a rule that changes destinations: DNAT or REDIRECT.
type redirect struct {
	rule   *ruleset.Rule
	dst    netip.Addr // -d, if it names one address
	ports  []uint16   // --dport or --dports
	to     netip.Addr // --to-destination; invalid for REDIRECT
	toPort uint16     // 0: not changed
	proto  string
	out    bool // in OUTPUT
}

// redirects lists the DNAT and REDIRECT rules of a family.
func redirects(rs *ruleset.Ruleset) []redirect {
	t := rs.Table("nat")
	if t == nil {
		return nil
	}
	var out []redirect
	for _, c := range t.Chains {
		for _, r := range c.Rules {
			name, _ := r.Jump()
			if name != "DNAT" && name != "REDIRECT" {
				continue
			}
			d := redirect{rule: r, out: c.Name == "OUTPUT"}
			for i := 0; i+1 < len(r.Words); i++ {
				w, v := r.Words[i].Text, r.Words[i+1].Text
				if i > 0 && r.Words[i-1].Text == "!" {
					continue
				}
				d.word(w, v)
			}
			out = append(out, d)
		}
	}
	return out
}

func (d *redirect) word(option, v string) {
	switch option {
	case "-d", "--dst", "--destination":
		if a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimSuffix(v, "/32"), "/128")); err == nil {
			d.dst = a
		}
	case "-p", "--protocol", "--proto":
		d.proto = strings.ToLower(v)
	case "--dport", "--destination-port", "--dports", "--destination-ports":
		for _, p := range strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ':' }) {
			if n, err := strconv.Atoi(p); err == nil && n > 0 && n < 65536 {
				d.ports = append(d.ports, uint16(n))
			}
		}
	case "--to-destination", "--to":
		if ap, err := netip.ParseAddrPort(v); err == nil {
			d.to, d.toPort = ap.Addr(), ap.Port()
		} else if a, err := netip.ParseAddr(v); err == nil {
			d.to = a
		}
	case "--to-ports":
		if n, err := strconv.Atoi(v); err == nil {
			d.toPort = uint16(n)
		}
	}
}

// leadsTo reports whether the rule turns some packet into one with this
// destination.
func (d *redirect) leadsTo(p *packet.Packet) bool {
	_, dp, ok := p.Ports()
	if d.proto != "" && d.proto != protoWord(p.Proto) {
		return false
	}
	if d.to.IsValid() && d.to != p.Dst() {
		return false
	}
	if !d.to.IsValid() && !ok {
		return false
	}
	return d.toPort == 0 || !ok || d.toPort == dp
}

// someAddress stands for the address of this host that nobody told.
func someAddress(f packet.Family) netip.Addr {
	if f == packet.IPv6 {
		return netip.MustParseAddr("2001:db8::ffff:fffe")
	}
	return netip.MustParseAddr("198.18.255.254")
}

func protoWord(p uint8) string {
	switch p {
	case packet.ProtoTCP:
		return "tcp"
	case packet.ProtoUDP:
		return "udp"
	case packet.ProtoICMP:
		return "icmp"
	}
	return strconv.Itoa(int(p))
}

// translated: the packet was addressed to another address or port, and a rule of
// the nat table changed that.
func translated(s *scene) []Hypothesis {
	if s.in == "" || s.in == "lo" {
		return nil
	}
	var hs []Hypothesis
	for _, d := range redirects(s.host.Rules(s.pkt.Family)) {
		if d.out || !d.leadsTo(s.pkt) {
			continue
		}
		to := d.dst
		if !to.IsValid() {
			to = s.public
		}
		if !to.IsValid() {
			to = someAddress(s.pkt.Family)
		}
		if !to.IsValid() || !d.to.IsValid() && !s.near.IsValid() {
			continue
		}
		_, port, _ := s.pkt.Ports()
		if len(d.ports) > 0 {
			port = d.ports[0]
		}
		if !d.to.IsValid() {
			to = s.near
		}
		p := s.redirected(to, port)
		hs = append(hs, Hypothesis{ID: fmt.Sprintf("redirected-from-port-%d", port), What: "it came",
			When: fmt.Sprintf("for port %d of %s, redirected by %s", port, s.show(to), d.rule.Where()), Kind: kindNAT, Rule: d.rule,
			Steps: []Stimulus{s.move(true, p)}, Prior: 2})
		if len(hs) >= 8 {
			break
		}
	}
	return hs
}

// remembered: conntrack had an entry from before the rules were what they are,
// so that the nat table was not asked.
func remembered(s *scene) []Hypothesis {
	if len(redirects(s.host.Rules(s.pkt.Family))) == 0 && !translates(s.host.Rules(s.pkt.Family)) {
		return nil
	}
	e, ok := s.entryOf(s.pkt, false)
	if !ok || s.pkt.Proto == packet.ProtoTCP && !pureSyn(s.pkt) {
		return nil
	}
	e.State = "SYN_SENT"
	return []Hypothesis{{ID: "entry-from-before", What: "it came", When: "in a flow older than the nat rules", Kind: kindOldEntry,
		Entries: []conntrack.Entry{e}, Steps: []Stimulus{s.last()}, Prior: 0.4}}
}

func pureSyn(p *packet.Packet) bool {
	t, ok := p.TCP()
	return ok && t.Flags()&(packet.SYN|packet.ACK|packet.RST|packet.FIN) == packet.SYN
}

// translates reports whether some rule changes sources.
func translates(rs *ruleset.Ruleset) bool {
	t := rs.Table("nat")
	if t == nil {
		return false
	}
	for _, c := range t.Chains {
		for _, r := range c.Rules {
			switch name, _ := r.Jump(); name {
			case "SNAT", "MASQUERADE", "NETMAP":
				return true
			}
		}
	}
	return false
}
