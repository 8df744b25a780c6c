package diagnose

import (
	"fmt"
	"strings"

	"nfwhy/packet"
)

// The roles of an actor.
const (
	RoleBackscatter = "backscatter" // answers packets that someone sent in our name
	RoleServer      = "server"      // one this host talked to
	RoleClient      = "client"
	RoleScanner     = "scanner"
	RoleOwnHost     = "own host"
	RoleRouter      = "router"
	RoleUnknown     = "unknown"
)

// actorOf says who sent a packet to this host, from the packet itself and what
// conntrack knew. Banning is only right for who provably wants something here;
// a source that can be forged, or that answers, is never banned.
func actorOf(p *packet.Packet, known bool) Actor {
	act := Actor{Address: p.Src(), Role: RoleUnknown}
	if t, ok := p.TCP(); ok {
		return tcpActor(act, p, t, known)
	}
	if m, ok := p.ICMP(); ok {
		if m.Type() == packet.ICMPEcho || m.Type() == 128 {
			act.Role, act.Why = RoleClient, "it pings"
			return act
		}
		act.Role, act.Why = RoleRouter, "it reports an error about another packet; sources of such reports are routers and hosts on the way"
		return act
	}
	if u, ok := p.UDP(); ok {
		if service(u.SrcPort()) && !service(u.DstPort()) {
			act.Role, act.Why = RoleServer, fmt.Sprintf("it speaks from service port %d to a port that clients use: an answer", u.SrcPort())
			return act
		}
	}
	return act
}

func tcpActor(act Actor, p *packet.Packet, t packet.TCP, known bool) Actor {
	fl := t.Flags() & (packet.SYN | packet.ACK | packet.RST | packet.FIN | packet.PSH | packet.URG)
	fromService := service(t.SrcPort())
	print := fingerprintOf(p, t)
	switch {
	case fl == packet.SYN|packet.ACK && !known:
		act.Role = RoleBackscatter
		act.Why = print + " answering a SYN sent in your name. Backscatter, not a scan"
	case fl&packet.RST != 0 && !known && fromService:
		act.Role = RoleBackscatter
		act.Why = fmt.Sprintf("a reset from service port %d to a port that clients use: it refuses something it got in your name, or the end of a connection that conntrack has forgotten", t.SrcPort())
	case fl&packet.ACK != 0 && fromService:
		act.Role = RoleServer
		act.Why = fmt.Sprintf("it speaks from service port %d to a port that clients use, in the middle of a connection", t.SrcPort())
	case fl&packet.ACK != 0:
		act.Role = RoleClient
		act.Why = "it speaks in the middle of a connection"
	case fl == packet.SYN:
		act.Role = RoleClient
		act.Why = "it wants to open a connection; whether it scans shows in how many ports and hosts it tries"
	default:
		act.Role = RoleScanner
		act.Why = packet.FlagNames(fl) + ": no TCP stack sends such a segment, port scanners do"
	}
	return act
}

// fingerprintOf describes the sender's stack from window, options and TTL.
func fingerprintOf(p *packet.Packet, t packet.TCP) string {
	var w []string
	w = append(w, fmt.Sprintf("window %d", t.Window()))
	mss, opts := tcpOptions(t)
	if mss > 0 {
		w = append(w, fmt.Sprintf("mss %d", mss))
	}
	w = append(w, fmt.Sprintf("ttl %d", p.TTL()))
	return strings.Join(w, ", ") + ": " + stackName(p, t, mss, opts)
}

func stackName(p *packet.Packet, t packet.TCP, mss int, opts int) string {
	start, _ := initialTTL(p.TTL())
	win := int(t.Window())
	switch {
	case start == 64 && mss > 0 && (win == 29200 || win == 28960 || win == 14600 || win == 14480 || win == 5840 || win == 5792 || win == 64240 || win == 65160 || win%mss == 0 && win/mss >= 10):
		return "a Linux server"
	case start == 64 && win == 65535:
		return "a BSD or macOS server"
	case start == 128 && mss > 0:
		return "a Windows server"
	case mss > 0 || opts > 0:
		return "a real server"
	}
	return "a server"
}

func tcpOptions(t packet.TCP) (mss, count int) {
	o, ok := t.Options()
	if !ok {
		return 0, 0
	}
	for len(o) > 0 {
		switch {
		case o[0] == 0:
			return mss, count
		case o[0] == 1:
			o = o[1:]
			continue
		case len(o) < 2 || o[1] < 2 || int(o[1]) > len(o):
			return mss, count
		}
		if o[0] == 2 && o[1] == 4 {
			mss = int(o[2])<<8 | int(o[3])
		}
		count++
		o = o[o[1]:]
	}
	return mss, count
}
