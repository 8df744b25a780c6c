package evidence

import (
	"net/netip"
	"strconv"
	"strings"
)

// Socket is a line of `ss`, `netstat` or `lsof -i`.
type Socket struct {
	Source, Text string
	Proto        string // "tcp", "udp", "raw" ...
	State        string // "LISTEN", "ESTAB", "UNCONN" ...; as the line has it
	// Local and Peer are the ends; the address is not valid for "any" and for what
	// is blanked, the port 0 for "any".
	Local, Peer         netip.AddrPort
	LocalText, PeerText string
	Dev                 string // the link that the socket is bound to
	Process             string // as the line names it, "" when it does not
}

// Listening reports whether the socket takes what comes to its port.
func (k *Socket) Listening() bool {
	switch k.State {
	case "LISTEN", "(LISTEN)", "UNCONN":
		return true
	}
	return strings.HasPrefix(k.Proto, "udp") && k.Peer.Port() == 0
}

var socketProtos = map[string]bool{"tcp": true, "tcp4": true, "tcp6": true, "udp": true, "udp4": true, "udp6": true, "raw": true, "raw6": true, "udplite": true,
	"sctp": true, "dccp": true, "icmp6": true, "icmp": true, "mptcp": true}

var socketStates = map[string]bool{"LISTEN": true, "ESTAB": true, "ESTABLISHED": true, "UNCONN": true, "SYN-SENT": true, "SYN-RECV": true, "SYN_SENT": true,
	"SYN_RECV": true, "FIN-WAIT-1": true, "FIN-WAIT-2": true, "FIN_WAIT1": true, "FIN_WAIT2": true, "TIME-WAIT": true, "TIME_WAIT": true, "CLOSE": true,
	"CLOSE-WAIT": true, "CLOSE_WAIT": true, "LAST-ACK": true, "LAST_ACK": true, "CLOSING": true}

// readSocket recognises a socket.
func readSocket(s string) (Socket, bool) {
	w := strings.Fields(s)
	switch {
	case len(w) < 5:
		return Socket{}, false
	case socketProtos[w[0]] && digits(w[1]) && digits(w[2]):
		return netstatLine(w)
	case socketProtos[w[0]] && socketStates[w[1]] && len(w) > 5 && digits(w[2]) && digits(w[3]):
		return ssLine(w[0], w[1:])
	case socketStates[w[0]] && digits(w[1]) && digits(w[2]):
		return ssLine("", w)
	case len(w) > 8 && (w[4] == "IPv4" || w[4] == "IPv6") && (w[7] == "TCP" || w[7] == "UDP"):
		return lsofLine(w)
	}
	return Socket{}, false
}

// ssLine reads "STATE RECV-Q SEND-Q LOCAL PEER [PROCESS]".
func ssLine(proto string, w []string) (Socket, bool) {
	k := Socket{Proto: proto, State: w[0]}
	if proto == "" { // without Netid there is one protocol, and only UDP has no state
		if k.Proto = "tcp"; w[0] == "UNCONN" {
			k.Proto = "udp"
		}
	}
	if len(w) > 5 {
		k.Process = strings.Join(w[5:], " ")
	}
	return k, k.ends(w[3], w[4])
}

// netstatLine reads "PROTO RECV-Q SEND-Q LOCAL PEER [STATE] [PROCESS]".
func netstatLine(w []string) (Socket, bool) {
	k := Socket{Proto: w[0]}
	rest := w[5:]
	if len(rest) > 0 && socketStates[rest[0]] {
		k.State, rest = rest[0], rest[1:]
	}
	k.Process = strings.Join(rest, " ")
	return k, k.ends(w[3], w[4])
}

// lsofLine reads "COMMAND PID USER FD TYPE DEVICE SIZE NODE NAME [(STATE)]".
func lsofLine(w []string) (Socket, bool) {
	k := Socket{Proto: strings.ToLower(w[7]), Process: w[0] + "/" + w[1]}
	if len(w) > 9 {
		k.State = strings.Trim(w[9], "()")
	}
	local, peer, ok := strings.Cut(w[8], "->")
	if !ok {
		peer = "*:*"
	}
	return k, k.ends(local, peer)
}

func (k *Socket) ends(local, peer string) bool {
	var ok1, ok2 bool
	k.LocalText, k.PeerText = local, peer
	k.Local, k.Dev, ok1 = socketEnd(local)
	k.Peer, _, ok2 = socketEnd(peer)
	return ok1 && ok2
}

// servicePorts are the names that listings without -n have for the commonest
// ports.
var servicePorts = map[string]uint16{"ssh": 22, "smtp": 25, "domain": 53, "bootps": 67, "bootpc": 68, "http": 80, "pop3": 110, "sunrpc": 111, "ntp": 123,
	"netbios-ns": 137, "netbios-dgm": 138, "netbios-ssn": 139, "imap2": 143, "imap": 143, "snmp": 161, "https": 443, "microsoft-ds": 445, "submission": 587,
	"ipp": 631, "imaps": 993, "pop3s": 995, "mysql": 3306, "postgresql": 5432, "mdns": 5353, "http-alt": 8080, "telnet": 23, "ftp": 21, "nfs": 2049}

// socketEnd reads "0.0.0.0:22", "[::]:22", ":::22", "*:22", "127.0.0.53%lo:53",
// "*:*".
func socketEnd(s string) (a netip.AddrPort, dev string, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return a, "", false
	}
	host, port := s[:i], s[i+1:]
	var n uint64
	if port != "*" {
		var err error
		if n, err = strconv.ParseUint(port, 10, 16); err != nil {
			p, known := servicePorts[port]
			if !known {
				return a, "", false
			}
			n = uint64(p)
		}
	}
	host, dev, _ = strings.Cut(strings.Trim(host, "[]"), "%")
	ip, err := netip.ParseAddr(host)
	switch {
	case host == "*" || host == "":
	case err != nil && !looksBlanked(host) && host != "localhost":
		return a, "", false
	}
	return netip.AddrPortFrom(ip.Unmap(), uint16(n)), dev, true
}
