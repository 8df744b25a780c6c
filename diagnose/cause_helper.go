package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"nfwhy/packet"
)

// helperMissing: the second connection of a protocol that needs a helper.
var helperMissing = analyzer{
	cause: "helper-missing-or-blind",
	doc:   "a data connection is not expected: the helper is not loaded or not assigned, or the control connection is encrypted",
	run: func(x *explanation, f *Finding) float64 {
		fx := x.facts()
		if !fx.refused || !fx.fresh || fx.cast || !fx.ports {
			return 0
		}
		name, port, score := "", uint16(0), 0.0
		switch {
		case fx.tcp && fx.flags == packet.SYN && fx.sport == 20 && fx.dport > 1023:
			name, port, score = "ftp", 21, 0.93
		case fx.tcp && fx.flags == packet.SYN && fx.dport > 1023 && !service(fx.dport) && x.controls("ftp", 21):
			name, port, score = "ftp", 21, 0.88
		case fx.udp && fx.sport > 1023 && fx.dport > 1023 && x.controls("tftp", 69):
			name, port, score = "tftp", 69, 0.88
		case fx.udp && fx.sport > 1023 && fx.dport > 1023 && x.controls("sip", 5060):
			name, port, score = "sip", 5060, 0.8
		default:
			return 0
		}
		f.Disposition = RulesErr
		f.Title = fmt.Sprintf("This is the data connection of %s, which no helper announced to conntrack.", strings.ToUpper(name))
		f.Summary = fmt.Sprintf("%s agrees on the port within the connection to port %d. Only the helper nf_conntrack_%s reads that and makes the new connection RELATED; it has to be loaded and, since Linux 4.7, assigned by a rule (-j CT --helper %s). It cannot read an encrypted control connection.",
			strings.ToUpper(name), port, name, name)
		x.helper = name
		return score
	},
}

// controls reports whether there are signs of the protocol's control connection: a
// rule that accepts its port, a line, or the word in the text.
func (x *explanation) controls(name string, port uint16) bool {
	fx := x.facts()
	for i := range x.s.e.Logs {
		l := &x.s.e.Logs[i].Line
		if l.DstPort == port && (l.Src == fx.src || l.Dst == fx.dst) {
			return true
		}
	}
	if !fx.says(name) && !fx.says("passive", "pasv", "proftpd", "vsftpd") {
		return false
	}
	return slices.Contains(x.s.atoms.ports, int(port)) || fx.says(name)
}
