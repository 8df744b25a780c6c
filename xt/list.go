package xt

import "nfwhy/packet"

// Extensions lists every match and target, matches first.
var Extensions = []*Extension{
	addrtypeExt, commentExt, conntrackExt, hlMatchExt, icmpMatchExt, icmp6MatchExt, iprangeExt, lengthExt, limitExt, macExt, markMatchExt,
	multiportExt, pkttypeExt, stateExt, tcpMatchExt, ttlMatchExt, udpMatchExt,

	hlTargetExt, logExt, markTargetExt, rejectExt, ttlTargetExt,
}

// Lookup returns the match or target of that name for a family, nil when there
// is none.
func Lookup(name string, isTarget bool, f packet.Family) *Extension {
	for _, e := range Extensions {
		if e.IsTarget == isTarget && e.Families&famMask(f) != 0 && (e.Name == name || contains(e.Aliases, name)) {
			return e
		}
	}
	return nil
}

func famMask(f packet.Family) uint8 {
	if f == packet.IPv6 {
		return Fam6
	}
	return Fam4
}

func extensionNames(target bool, f packet.Family) []string {
	var out []string
	for _, e := range Extensions {
		if e.IsTarget == target && e.Families&famMask(f) != 0 {
			out = append(out, e.Name)
		}
	}
	if target {
		out = append(out, "ACCEPT", "DROP", "RETURN", "QUEUE")
	}
	return out
}

// foreignNames are matches and targets that are not iptables' own and not in the
// kernel: rules with them are kept and printed, and mean nothing known.
var foreignNames = map[string]bool{
	"account": true, "condition": true, "dhcpmac": true, "fuzzy": true, "geoip": true, "gradm": true, "iface": true, "ipp2p": true,
	"ipv4options": true, "layer7": true, "length2": true, "lscan": true, "ndpi": true, "pknock": true, "psd": true, "random": true,
	"time2": true, "unclean": true, "webmon": true, "webstr": true, "bcount": true, "exp": true, "ipid": true, "asn": true,
	"ACCOUNT": true, "CHAOS": true, "DELUDE": true, "DHCPMAC": true, "DNETMAP": true, "ECHO": true, "IPMARK": true, "LOGMARK": true,
	"PROTO": true, "SYSRQ": true, "TARPIT": true, "IMQ": true, "ROUTE": true, "MIRROR": true, "FLOWOFFLOAD": true, "FULLCONENAT": true,
	"SAME": true, "NDPI": true, "BCOUNT": true, "FASTNAT": true, "HWNAT": true, "SKIPLOG": true, "PSD": true,
}
