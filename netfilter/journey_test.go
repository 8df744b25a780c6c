package netfilter_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"nfwhy/netfilter"
	"nfwhy/packet"
	"nfwhy/trace"
)

// stimulus is one packet for a machine, written "IFACE|local PROTO SRC > DST
// [ttl N] [flags F] [mac host|broadcast|other] [bad]".
func stimulus(t testing.TB, text string) (p *packet.Packet, from string) {
	t.Helper()
	w := strings.Fields(text)
	src, dst := netip.MustParseAddrPort(hostPort(w[2])), netip.MustParseAddrPort(hostPort(w[4]))
	ttl, flags, bad, cast := uint8(64), packet.SYN, false, packet.CastHost
	for i := 5; i < len(w); i++ {
		switch w[i] {
		case "bad":
			bad = true
			continue
		case "ttl":
			var v int
			fmt.Sscan(w[i+1], &v)
			ttl = uint8(v)
		case "flags":
			flags = map[string]uint16{"S": packet.SYN, "SA": packet.SYN | packet.ACK, "A": packet.ACK, "R": packet.RST, "F": packet.FIN}[w[i+1]]
		case "mac":
			cast = map[string]packet.Cast{"host": 0, "broadcast": packet.CastBroadcast, "other": packet.CastOther}[w[i+1]]
		}
		i++
	}
	var proto uint8
	var b []byte
	switch w[1] {
	case "tcp":
		proto = packet.ProtoTCP
		b = packet.TCPFields{SrcPort: src.Port(), DstPort: dst.Port(), Seq: 1000, Ack: 5, Flags: flags, Window: 100}.Encode(src.Addr(), dst.Addr(), nil)
	case "udp":
		proto, b = packet.ProtoUDP, packet.EncodeUDP(src.Addr(), dst.Addr(), src.Port(), dst.Port(), []byte("x"))
	case "ping":
		proto, b = packet.ProtoICMP, packet.EncodeICMP(8, 0, 1, nil)
		if src.Addr().Is6() {
			proto, b = packet.ProtoICMPv6, packet.EncodeICMPv6(src.Addr(), dst.Addr(), 128, 0, 1, nil)
		}
	}
	if bad {
		b[len(b)-1] ^= 0x55
	}
	var data []byte
	if src.Addr().Is6() {
		data = packet.IPv6Fields{NextHeader: proto, HopLimit: ttl, Src: src.Addr(), Dst: dst.Addr()}.Encode(b)
		data[7] = ttl
	} else {
		data = packet.IPv4Fields{Protocol: proto, TTL: ttl, ZeroTTL: true, Src: src.Addr(), Dst: dst.Addr()}.Encode(b)
	}
	p = &packet.Packet{Cast: cast}
	if err := p.Decode(data, len(data)); err != nil {
		t.Fatal(err)
	}
	return p, w[0]
}

// hostPort gives an address without a port the port 0.
func hostPort(s string) string {
	if _, err := netip.ParseAddr(s); err == nil {
		return netip.AddrPortFrom(netip.MustParseAddr(s), 0).String()
	}
	return s
}

func play(t testing.TB, n *netfilter.Netns, text string, at packet.Time) netfilter.Result {
	t.Helper()
	p, from := stimulus(t, text)
	if from == "local" {
		return n.Send(p, "", at)
	}
	return n.Receive(p, from, at)
}

// probes puts a LOG rule into every chain of every table, so that a journey
// shows as a line of its stations.
func probes() string {
	var b strings.Builder
	for _, t := range []struct{ table, chains string }{
		{"raw", "PREROUTING OUTPUT"}, {"mangle", "PREROUTING INPUT FORWARD OUTPUT POSTROUTING"},
		{"nat", "PREROUTING INPUT OUTPUT POSTROUTING"}, {"filter", "INPUT FORWARD OUTPUT"}, {"security", "INPUT FORWARD OUTPUT"},
	} {
		fmt.Fprintf(&b, "*%s\n", t.table)
		for _, c := range strings.Fields(t.chains) {
			fmt.Fprintf(&b, "-A %s -j LOG --log-prefix %s/%s|\n", c, t.table, strings.ToLower(c[:3]))
		}
		if t.table == "filter" {
			b.WriteString("-A FORWARD -m conntrack --ctstate NEW\n") // switches tracking, and with it nat, on
		}
		b.WriteString("COMMIT\n")
	}
	return b.String()
}

// stations are the prefixes of log lines with the interfaces.
func stations(logs []string) string {
	var out []string
	for _, l := range logs {
		prefix, rest, _ := strings.Cut(l, "|")
		w := strings.Fields(rest)
		out = append(out, prefix+":"+strings.TrimPrefix(w[0], "IN=")+">"+strings.TrimPrefix(w[1], "OUT="))
	}
	return strings.Join(out, " ")
}

// Every packet passes hooks and tables in the kernel's order, with the interfaces
// that the kernel shows there.
func TestStations(t *testing.T) {
	const (
		in  = "raw/pre:ext> mangle/pre:ext> nat/pre:ext> mangle/inp:ext> filter/inp:ext> security/inp:ext> nat/inp:ext>"
		fwd = "raw/pre:ext> mangle/pre:ext> nat/pre:ext> mangle/for:ext>int filter/for:ext>int security/for:ext>int mangle/pos:ext>int nat/pos:ext>int"
		out = "raw/out:>ext mangle/out:>ext nat/out:>ext filter/out:>ext security/out:>ext mangle/pos:>ext nat/pos:>ext"
		err = "raw/out:>ext mangle/out:>ext filter/out:>ext security/out:>ext mangle/pos:>ext" // an ICMP error
	)
	for _, c := range []struct {
		name, packet, want string
		fate               trace.Fate
	}{
		{"to this host", "ext udp 10.66.1.2:1 > 10.66.1.1:2", in, trace.Delivered},
		{"through it", "ext udp 10.66.1.2:1 > 10.66.2.2:2", fwd, trace.Forwarded},
		{"from it", "local udp 10.66.1.1:1 > 10.66.1.2:2", out, trace.Left},
		{"to itself", "local udp 10.66.1.1:1 > 10.66.2.1:2",
			strings.ReplaceAll(out, "ext", "lo") + " raw/pre:lo> mangle/pre:lo> mangle/inp:lo> filter/inp:lo> security/inp:lo>", trace.Delivered},
		{"TTL used up", "ext udp 10.66.1.2:1 > 10.66.2.2:2 ttl 1", "raw/pre:ext> mangle/pre:ext> nat/pre:ext> " + err, trace.Discarded},
		{"no route", "ext udp 10.66.1.2:1 > 192.0.2.1:2", "raw/pre:ext> mangle/pre:ext> nat/pre:ext> " + err, trace.Discarded},
		{"to another's MAC", "ext udp 10.66.1.2:1 > 10.66.1.1:2 mac other", "", trace.Discarded},
		{"to this host by broadcast", "ext udp 10.66.1.2:1 > 10.66.1.1:2 mac broadcast", in, trace.Delivered},
		{"through it by broadcast", "ext udp 10.66.1.2:1 > 10.66.2.2:2 mac broadcast", "raw/pre:ext> mangle/pre:ext> nat/pre:ext>", trace.Discarded},
		{"from its own address", "ext udp 10.66.1.1:1 > 10.66.1.1:2", "raw/pre:ext> mangle/pre:ext> nat/pre:ext>", trace.Discarded},
		{"broadcast", "ext udp 10.66.1.2:1 > 10.66.1.255:2 mac broadcast", in, trace.Delivered},
		{"not a first packet for nat", "ext tcp 10.66.1.2:1 > 10.66.1.1:2 flags F",
			"raw/pre:ext> mangle/pre:ext> mangle/inp:ext> filter/inp:ext> security/inp:ext>", trace.Delivered},
		{"own broadcast", "local udp 10.66.1.1:1 > 10.66.1.255:2",
			"raw/out:>ext mangle/out:>ext nat/out:>ext filter/out:>ext security/out:>ext mangle/pos:>ext nat/pos:>ext " +
				"raw/pre:ext> mangle/pre:ext> mangle/inp:ext> filter/inp:ext> security/inp:ext> mangle/pos:>ext", trace.Left},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := machine(t, probes())
			var e effects
			n.Attach(&e)
			r := play(t, n, c.packet, 1000*packet.Second)
			if got := stations(e.logs); got != c.want {
				t.Errorf("stations\n got %s\nwant %s", got, c.want)
			}
			if r.Fate != c.fate {
				t.Errorf("fate %v, want %v", r.Fate, c.fate)
			}
		})
	}
}

// chainLogs runs one UDP packet to the host through filter rules and returns the
// prefixes logged, the fate and the rule that decided.
func chainLogs(t *testing.T, rules string) string {
	t.Helper()
	n := machine(t, "*filter\n:INPUT DROP [0:0]\n"+rules+"COMMIT\n")
	var e effects
	n.Attach(&e)
	r := play(t, n, "ext udp 10.66.1.2:1 > 10.66.1.1:2", 1000*packet.Second)
	var w []string
	for _, l := range e.logs {
		prefix, _, _ := strings.Cut(l, "|")
		w = append(w, prefix)
	}
	return fmt.Sprintf("%s %v %s %d", strings.Join(w, ","), r.Fate, r.Chain, r.Rule)
}

func TestChains(t *testing.T) {
	const log = " -j LOG --log-prefix "
	for _, c := range []struct{ name, rules, want string }{
		{"policy", "-A INPUT" + log + "a|\n", "a dropped INPUT 0"},
		{"accept", "-A INPUT -j ACCEPT\n-A INPUT" + log + "b|\n", " delivered INPUT 1"},
		{"end of a user chain", ":C - [0:0]\n-A INPUT -j C\n-A INPUT" + log + "a|\n-A C" + log + "c|\n", "c,a dropped INPUT 0"},
		{"RETURN in a user chain", ":C - [0:0]\n-A INPUT -j C\n-A INPUT" + log + "a|\n-A C -j RETURN\n-A C" + log + "c|\n", "a dropped INPUT 0"},
		{"RETURN in a built-in chain", "-A INPUT -j RETURN\n-A INPUT -j ACCEPT\n", " dropped INPUT 0"},
		{"goto from a built-in chain", ":C - [0:0]\n-A INPUT -g C\n-A INPUT -j ACCEPT\n-A C" + log + "c|\n", "c dropped INPUT 0"},
		{"goto from a user chain", ":C - [0:0]\n:D - [0:0]\n-A INPUT -j C\n-A INPUT" + log + "a|\n-A C -g D\n-A C" + log + "c|\n-A D" + log + "d|\n", "d,a dropped INPUT 0"},
		{"RETURN after goto", ":C - [0:0]\n:D - [0:0]\n-A INPUT -j C\n-A INPUT" + log + "a|\n-A C -g D\n-A C" + log + "c|\n-A D -j RETURN\n", "a dropped INPUT 0"},
		{"drop in a user chain", ":C - [0:0]\n-A INPUT -j C\n-A C -j DROP\n", " dropped C 1"},
		{"rule without a target", "-A INPUT -p udp\n-A INPUT" + log + "a|\n", "a dropped INPUT 0"},
		{"twice into one chain", ":C - [0:0]\n-A INPUT -j C\n-A INPUT -j C\n-A C" + log + "c|\n", "c,c dropped INPUT 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := chainLogs(t, c.rules); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// A malformed packet is dropped where a match sees it; no counter moves.
func TestHotdrop(t *testing.T) {
	n := machine(t, "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp -m multiport --dports 80 -j ACCEPT\n-A INPUT -j ACCEPT\nCOMMIT\n")
	src, dst := netip.MustParseAddr("10.66.1.2"), netip.MustParseAddr("10.66.1.1")
	data := packet.IPv4Fields{Protocol: packet.ProtoTCP, Src: src, Dst: dst}.Encode([]byte{0, 80})
	p := &packet.Packet{}
	if err := p.Decode(data, len(data)); err != nil {
		t.Fatal(err)
	}
	if r := n.Receive(p, "ext", packet.Second); r.Fate != trace.Dropped || r.Chain != "INPUT" || r.Rule != 1 {
		t.Errorf("%v by %s %d, want dropped by INPUT 1", r.Fate, r.Chain, r.Rule)
	}
	save := string(n.AppendSave(nil, packet.IPv4))
	if strings.Contains(save, "[1:") {
		t.Errorf("a counter moved:\n%s", save)
	}
}

func TestReject(t *testing.T) {
	for _, c := range []struct{ name, with, packet, want string }{
		{"reset of a SYN", "tcp-reset", "ext tcp 10.66.1.2:1 > 10.66.1.1:2", "ext 10.66.1.1 > 10.66.1.2 RST/ACK"},
		{"reset of an ACK", "tcp-reset", "ext tcp 10.66.1.2:1 > 10.66.1.1:2 flags A", "ext 10.66.1.1 > 10.66.1.2 RST"},
		{"no reset of a RST", "tcp-reset", "ext tcp 10.66.1.2:1 > 10.66.1.1:2 flags R", ""},
		{"no reset of a wrong checksum", "tcp-reset", "ext tcp 10.66.1.2:1 > 10.66.1.1:2 bad", ""},
		{"reset in the name of the server", "tcp-reset", "ext tcp 10.66.1.2:1 > 10.66.2.2:2", "ext 10.66.2.2 > 10.66.1.2 RST/ACK"},
		{"reset by link broadcast", "tcp-reset", "ext tcp 10.66.1.2:1 > 10.66.1.1:2 mac broadcast", "ext 10.66.1.1 > 10.66.1.2 RST/ACK"},
		{"ICMP", "icmp-admin-prohibited", "ext tcp 10.66.1.2:1 > 10.66.1.1:2", "ext 10.66.1.1 > 10.66.1.2"},
		{"ICMP in this host's name", "icmp-host-prohibited", "ext tcp 10.66.1.2:1 > 10.66.2.2:2", "ext 10.66.1.1 > 10.66.1.2"},
		{"no ICMP of a wrong checksum", "icmp-port-unreachable", "ext tcp 10.66.1.2:1 > 10.66.1.1:2 bad", ""},
		{"no ICMP by link broadcast", "icmp-port-unreachable", "ext tcp 10.66.1.2:1 > 10.66.1.1:2 mac broadcast", ""},
		{"of one's own packet, over lo", "tcp-reset", "local tcp 10.66.1.1:1 > 10.66.1.2:2", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var rules strings.Builder
			for _, chain := range []string{"INPUT", "FORWARD", "OUTPUT"} {
				fmt.Fprintf(&rules, "-A %s -p tcp -m tcp --dport 2 -j REJECT --reject-with %s\n", chain, c.with)
			}
			n := machine(t, "*filter\n"+rules.String()+"COMMIT\n")
			var e effects
			n.Attach(&e)
			if r := play(t, n, c.packet, packet.Second); r.Fate != trace.Rejected || r.Rule != 1 {
				t.Errorf("%v by %s %d, want rejected by rule 1", r.Fate, r.Chain, r.Rule)
			}
			if got := strings.TrimSpace(strings.Join(e.sent, "; ")); got != c.want {
				t.Errorf("sent %q, want %q", got, c.want)
			}
		})
	}
}

// Errors that a router sends of itself to one host are few in a second.
func TestErrorsAreLimited(t *testing.T) {
	for _, c := range []struct {
		name, packet string
		at           []packet.Time
		want         int
	}{
		{"TTL used up", "ext udp 10.66.1.2:1 > 10.66.2.2:2 ttl 1", make([]packet.Time, 20), 6},
		{"no route: limited twice", "ext udp 10.66.1.2:1 > 192.0.2.1:2", make([]packet.Time, 20), 2},
		{"one more after a second", "ext udp 10.66.1.2:1 > 10.66.2.2:2 ttl 1",
			append(make([]packet.Time, 20), packet.Second+packet.Second/100, packet.Second+packet.Second/50), 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := machine(t, "")
			var e effects
			n.Attach(&e)
			for _, at := range c.at {
				play(t, n, c.packet, 100*packet.Second+at)
			}
			if len(e.sent) != c.want {
				t.Errorf("%d errors, want %d", len(e.sent), c.want)
			}
		})
	}
}

// A packet over lo keeps entry, mark and state, and its connection is made once.
func TestLoopback(t *testing.T) {
	n := machine(t, "*filter\n-A OUTPUT -j MARK --set-mark 7\n-A INPUT -m mark --mark 7 -m conntrack --ctstate NEW --ctstatus CONFIRMED -j LOG --log-prefix in|\nCOMMIT\n")
	var e effects
	n.Attach(&e)
	r := play(t, n, "local udp 127.0.0.1:1 > 127.0.0.1:2", packet.Second)
	if r.Fate != trace.Delivered || len(e.logs) != 1 || len(e.sent) != 0 {
		t.Errorf("%v, %q, %q", r.Fate, e.logs, e.sent)
	}
	count := 0
	for range n.Conntrack().All(n.Now()) {
		count++
	}
	if count != 1 {
		t.Errorf("%d connections", count)
	}
}

// A rule that cannot be decided leaves the outcomes open that it could change,
// and says nothing when it could not.
func TestGaps(t *testing.T) {
	for _, c := range []struct{ name, rules, fate, open string }{
		{"changes the fate", "-A INPUT -m cpu --cpu 1 -j DROP\n", "delivered", "dropped"},
		{"same fate either way", "-A INPUT -m cpu --cpu 1 -j ACCEPT\n-A INPUT -j ACCEPT\n", "delivered", ""},
		{"changes a line", "-A INPUT -m cpu --cpu 1 -j LOG --log-prefix x|\n", "delivered", "delivered [x]"},
		{"not reached", "-A INPUT -j ACCEPT\n-A INPUT -m cpu --cpu 1 -j DROP\n", "delivered", ""},
		{"after a part that fails", "-A INPUT -p tcp -m cpu --cpu 1 -j DROP\n", "delivered", ""},
		{"two rules", "-A INPUT -m cpu --cpu 1 -j DROP\n-A INPUT -m cpu --cpu 0 -j REJECT\n", "delivered", "dropped, rejected"},
		{"an unknown target", "-A INPUT -j TARPIT --tarpit\n-A INPUT -j DROP\n", "dropped", "delivered"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := machine(t, "*filter\n"+c.rules+"COMMIT\n")
			r := play(t, n, "ext udp 10.66.1.2:1 > 10.66.1.1:2", packet.Second)
			var open []string
			for _, a := range r.Open {
				w := a.Fate.String()
				for _, l := range a.Logs {
					prefix, _, _ := strings.Cut(l, "|")
					w += " [" + prefix + "]"
				}
				open = append(open, w)
			}
			if r.Fate.String() != c.fate || strings.Join(open, ", ") != c.open {
				t.Errorf("%v, open: %s; want %s, open: %s", r.Fate, strings.Join(open, ", "), c.fate, c.open)
			}
		})
	}
}
