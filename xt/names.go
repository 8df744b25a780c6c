package xt

import (
	"strings"
	"sync"
)

// protocols are the names of Debian 12's /etc/protocols (netbase 6.4, after
// IANA's registry): number, name, and the alias where one is not the name in
// capitals.
const protocols = "0 ip,0 hopopt,1 icmp,2 igmp,3 ggp,4 ipencap IP-ENCAP,5 st,6 tcp,8 egp,9 igp,12 pup,17 udp,20 hmp,22 xns-idp,27 rdp," +
	"29 iso-tp4,33 dccp,36 xtp,37 ddp,38 idpr-cmtp,41 ipv6 IPv6,43 ipv6-route IPv6-Route,44 ipv6-frag IPv6-Frag,45 idrp,46 rsvp,47 gre," +
	"50 esp IPSEC-ESP,51 ah IPSEC-AH,57 skip,58 ipv6-icmp IPv6-ICMP,59 ipv6-nonxt IPv6-NoNxt,60 ipv6-opts IPv6-Opts,73 rspf,81 vmtp,88 eigrp," +
	"89 ospf OSPFIGP,93 ax.25,94 ipip,97 etherip,98 encap,103 pim,108 ipcomp,112 vrrp,115 l2tp,124 isis,132 sctp,133 fc," +
	"135 mobility-header Mobility-Header,136 udplite UDPLite,137 mpls-in-ip MPLS-in-IP,138 manet,139 hip,140 shim6 Shim6,141 wesp,142 rohc," +
	"143 ethernet"

// ownProtocols are names that iptables knows without asking the system.
var ownProtocols = map[string]uint8{"tcp": 6, "udp": 17, "udplite": 136, "icmp": 1, "icmpv6": 58, "ipv6-icmp": 58, "esp": 50, "ah": 51,
	"ipv6-mh": 135, "mh": 135, "all": 0}

// names are the lookup tables of protocols and services, built on first use.
type names struct {
	protoName   [256]string
	protoNumber map[string]uint8
	protoWords  []string
	port        map[string]uint16 // "ssh", and "ssh/tcp" where a transport matters
	portName    map[string]string // "22/t" to "ssh"
	portWords   []string
}

var loadNames = sync.OnceValue(func() *names {
	n := &names{protoNumber: map[string]uint8{}, port: map[string]uint16{}, portName: map[string]string{}}
	for _, e := range strings.Split(protocols, ",") {
		f := strings.Fields(e)
		v, _, _ := number(f[0])
		num, alias := uint8(v), strings.ToUpper(f[1])
		if len(f) > 2 {
			alias = f[2]
		}
		n.protoNumber[f[1]], n.protoNumber[alias] = num, num
		if n.protoName[num] == "" {
			n.protoName[num] = f[1]
		}
		n.protoWords = append(n.protoWords, f[1])
	}
	n.protoName[0] = "all"
	for name, num := range ownProtocols {
		if _, ok := n.protoNumber[name]; !ok {
			n.protoNumber[name] = num
		}
	}
	for _, e := range strings.Split(strings.TrimSuffix(services, ","), ",") {
		name, rest, _ := strings.Cut(e, " ")
		v, letters, _ := number(rest)
		if _, ok := n.port[name]; !ok {
			n.port[name] = uint16(v)
			n.portWords = append(n.portWords, name)
		}
		for _, l := range letters {
			key := strings.TrimSuffix(rest, letters) + "/" + string(l)
			if n.portName[key] == "" {
				n.portName[key] = name
			}
			n.port[name+"/"+string(l)] = uint16(v)
		}
	}
	return n
})

// protocolName returns the name iptables-save prints for a protocol, "" for one
// that has none.
func protocolName(p uint8) string { return loadNames().protoName[p] }

func protocolNames() []string { return loadNames().protoWords }

func serviceNames() []string { return loadNames().portWords }

// protocolNumber reads a protocol number or name as written in an extension's
// option; -p lowers the case first.
func protocolNumber(s string) (uint64, bool) {
	if v, ok := wholeNumber(s, 0, 255); ok {
		return v, true
	}
	v, ok := loadNames().protoNumber[s]
	return uint64(v), ok
}

// portNumber reads a port number or service name. transport is "t", "u", "s" or
// "d" to look at one transport's names only, "" for any.
func portNumber(s, transport string) (uint64, bool) {
	if v, ok := wholeNumber(s, 0, 65535); ok {
		return v, true
	}
	if transport != "" {
		s += "/" + transport
	} else if strings.Contains(s, "/") {
		return 0, false
	}
	v, ok := loadNames().port[s]
	return uint64(v), ok
}

// resolverPort reads a port as the C library's getaddrinfo does, which several
// extensions use: decimal only, and of a larger number the low 16 bits.
func resolverPort(s string) (uint64, bool) {
	if v, rest, ok := numberBase(s, 10); ok && rest == "" {
		return v & 0xffff, true
	}
	if strings.Contains(s, "/") {
		return 0, false
	}
	v, ok := loadNames().port[s]
	return uint64(v), ok
}
