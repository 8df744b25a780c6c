package xt

import "nfwhy/packet"

// Extensions lists every match and target, matches first.
var Extensions = []*Extension{
	addrtypeExt, ah4Ext, ah6Ext, bpfExt, cgroupExt, clusterExt, commentExt, connbytesExt, connlabelExt, connlimitExt, connmarkExt,
	conntrackExt, cpuExt, dccpExt, devgroupExt, dscpMatchExt, dstExt, ecnMatchExt, espExt, eui64Ext, fragExt, hashlimitExt, hbhExt,
	helperExt, hlMatchExt, icmpMatchExt, icmp6MatchExt, ipcompExt, iprangeExt, ipv6headerExt, ipvsExt, lengthExt, limitExt, macExt,
	markMatchExt, mhExt, multiportExt, nfacctExt, osfExt, ownerExt, physdevExt, pkttypeExt, policyExt, quotaExt, rateestExt, realmExt,
	recentExt, rpfilterExt, rtExt, sctpExt, setMatchExt, socketExt, srhExt, stateExt, statisticExt, stringExt, tcpMatchExt, tcpmssMatchExt,
	timeExt, tosMatchExt, ttlMatchExt, u32Ext, udpMatchExt,

	auditExt, checksumExt, classifyExt, clusteripExt, connmarkTargetExt, connsecmarkExt, ctExt, dnatExt, dnptExt, dscpTargetExt, ecnTargetExt,
	hlTargetExt, hmarkExt, idletimerExt, ledExt, logExt, markTargetExt, masqueradeExt, netmapExt, nflogExt, nfqueueExt, notrackExt,
	rateestTargetExt, redirectExt, rejectExt, secmarkExt, setTargetExt, snatExt, snptExt, synproxyExt, tcpmssTargetExt, tcpoptstripExt, teeExt,
	tosTargetExt, tproxyExt, traceExt, ttlTargetExt, ulogExt,
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
