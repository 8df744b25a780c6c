package diagnose

import (
	"fmt"
	"strings"

	"nfwhy/packet"
	"nfwhy/trace"
)

// unsolicitedInbound: something new from outside that no rule takes.
var unsolicitedInbound = analyzer{
	cause: "unsolicited-inbound",
	doc:   "scan, spam, leftover peers: nothing here provoked it",
	run: func(x *explanation, f *Finding) float64 {
		fx := x.facts()
		if fx.j.Origin != trace.Received || fx.accepted || fx.dir == inside || fx.cast {
			return 0
		}
		if name := oddFlags(fx); name != "" {
			return oddSegment(fx, f, name)
		}
		if fx.tcp && fx.flags != packet.SYN || !fx.fresh && fx.j.Tracked {
			return 0
		}
		f.Disposition = Harmless
		f.Title = fmt.Sprintf("%s from outside that no rule lets in%s.", capital(a(describe(fx.pkt))), toPort(fx))
		f.Summary = "Nothing on this host provoked it; it was " + fx.decider() + ", as the rules say."
		st := fx.x.s.who
		if n := len(st.sourcesOf[portKey(fx)]); n >= 4 {
			f.Title = fmt.Sprintf("%s try port %d.", capital(plural(n, "address", "different addresses")), fx.dport)
			f.Summary = "Many strangers on one port: a program here once listened on it (a peer-to-peer client, a game), or the address belonged to somebody else before. It was " + fx.decider() + "."
		}
		if known := famous[fx.dport]; fx.ports && known != "" {
			f.Notes = append(f.Notes, fmt.Sprintf("port %d is %s, which the whole internet is searched for", fx.dport, known))
		}
		switch {
		case fx.dir == through && !neighbour(fx.dst) && !neighbour(fx.src) && !container(fx.j.In):
			f.Title = fmt.Sprintf("%s from outside to %s%s, which no rule lets through.", capital(a(describe(fx.pkt))), fx.show(fx.dst), toPort(fx))
			f.Summary = "Nothing there provoked it, as far as this shows; it was " + fx.decider() + ", as the rules say."
			return 0.82
		case fx.dir == through:
			return 0.35
		case neighbour(fx.src) || strings.HasPrefix(fx.j.In, "docker") || strings.HasPrefix(fx.j.In, "br-") || tunnel(fx.j.In):
			return 0.3
		}
		if m, ok := fx.pkt.ICMP(); ok && icmpError(fx.pkt, m) {
			return 0
		}
		return 0.72
	},
}

func toPort(fx *facts) string {
	if !fx.ports {
		return ""
	}
	return fmt.Sprintf(" to port %d", fx.dport)
}

// famous are ports that are looked for everywhere.
var famous = map[uint16]string{21: "FTP", 22: "SSH", 23: "telnet", 25: "mail", 53: "DNS", 80: "web", 111: "portmapper", 123: "NTP", 135: "Windows RPC",
	137: "NetBIOS", 139: "Windows file sharing", 161: "SNMP", 389: "LDAP", 443: "web", 445: "Windows file sharing", 1433: "SQL Server", 1900: "SSDP",
	2323: "telnet", 2375: "the Docker API", 3306: "MySQL", 3389: "Windows remote desktop", 5060: "SIP telephony", 5432: "PostgreSQL", 5555: "Android debugging",
	5900: "VNC", 6379: "Redis", 8080: "web proxies", 8443: "web", 8545: "Ethereum", 9200: "Elasticsearch", 11211: "memcached", 27017: "MongoDB",
	37215: "a router hole", 53413: "a router hole", 7547: "router management"}

// oddFlags names the scan that a flag mix belongs to, "" for what TCP stacks send.
func oddFlags(fx *facts) string {
	if !fx.tcp || !fx.invalid {
		return ""
	}
	switch {
	case fx.flags == 0:
		return "NULL"
	case fx.flags == packet.FIN:
		return "FIN"
	case fx.flags == packet.FIN|packet.PSH|packet.URG:
		return "XMAS"
	case fx.flags&packet.SYN != 0 && fx.flags&(packet.FIN|packet.RST) != 0:
		return "SYN/FIN"
	case fx.flags&packet.ACK == 0 && fx.flags&packet.RST == 0 && fx.flags != packet.SYN:
		return "odd-flag"
	}
	return ""
}

func oddSegment(fx *facts, f *Finding, name string) float64 {
	f.Disposition = Harmless
	article := "A"
	if name == "XMAS" || name == "odd-flag" {
		article = "An"
	}
	f.Title = fmt.Sprintf("%s %s scan: no TCP stack sends such a segment.", article, name)
	f.Summary = "Conntrack calls it INVALID (" + fx.j.Reason.Text() + "); it was " + fx.decider() + "."
	if name == "NULL" {
		f.Summary = "Between RES= and URGP= no flag is named: none is set. " + f.Summary
	}
	if fx.told(packet.FieldWindow) && (fx.line.Window == 1024 || fx.line.Window == 2048 || fx.line.Window == 3072 || fx.line.Window == 4096) {
		f.Notes = append(f.Notes, fmt.Sprintf("window %d without options is how nmap builds its packets", fx.line.Window))
	}
	return 0.92
}
