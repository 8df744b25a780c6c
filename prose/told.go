package prose

import (
	"net/netip"
	"regexp"
	"strings"

	"nfwhy/packet"
)

var (
	toldIn     = regexp.MustCompile(`\bIN=([\w.@-]*)`)
	toldOut    = regexp.MustCompile(`\bOUT=([\w.@-]*)`)
	toldFlags  = regexp.MustCompile(`\b(?:SYN|FIN|RST|ACK|PSH)(?:[,/+ -]+(?:SYN|FIN|RST|ACK|PSH))*\b`)
	toldEnds   = regexp.MustCompile(`(?i)\b(?:between|from)\s+([\da-f.:]+(?:/\d+)?)\s+(?:and|to)\s+([\da-f.:]+(?:/\d+)?)`)
	toldPrefix = regexp.MustCompile(`\b[A-Z][A-Z0-9_]{3,}(?:_DROP|_REJECT|_INVALID|_DENY|_BLOCK)\b|\[UFW [A-Z ]+\]|Shorewall:[\w-]+:[A-Z]+:`)
	toldPort   = regexp.MustCompile(`(?i)\bport (\d{1,5})`)
)

// told reads a sentence that tells of logged packets: interfaces or a prefix,
// flags or a port, and both ends.
func told(l Line) (t Told, ok bool) {
	if strings.Contains(l.Text, "SRC=") || len(l.Text) > 1000 {
		return t, false
	}
	ends := toldEnds.FindStringSubmatch(l.Text)
	if ends == nil {
		return t, false
	}
	t.Line = l
	var net1, net2 bool
	t.Src, net1 = end(ends[1])
	t.Dst, net2 = end(ends[2])
	t.Net = net1 || net2
	if !t.Src.IsValid() || !t.Dst.IsValid() || t.Src.Is4() != t.Dst.Is4() {
		return t, false
	}
	if m := toldIn.FindStringSubmatch(l.Text); m != nil {
		t.In = m[1]
	}
	if m := toldOut.FindStringSubmatch(l.Text); m != nil {
		t.Out = m[1]
	}
	t.Prefix = toldPrefix.FindString(l.Text)
	if m := toldFlags.FindString(l.Text); m != "" {
		t.Flags, t.HasFlags, t.Proto = sharkFlags(strings.NewReplacer("/", ",", "+", ",", "-", ",").Replace(m)), true, packet.ProtoTCP
	}
	if m := toldPort.FindStringSubmatch(l.Text); m != nil {
		t.Dport = number16(m[1])
		if t.Proto == 0 {
			t.Proto = packet.ProtoTCP
			if strings.Contains(strings.ToLower(l.Text), "udp") {
				t.Proto = packet.ProtoUDP
			}
		}
	}
	return t, (t.In != "" || t.Out != "" || t.Prefix != "") && t.Proto != 0
}

// end reads an address, or some address of a network.
func end(s string) (a netip.Addr, network bool) {
	s = strings.TrimRight(s, ".:")
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked().Addr().Next().Next(), p.Bits() < p.Addr().BitLen()
	}
	a, _ = netip.ParseAddr(s)
	return a, false
}
