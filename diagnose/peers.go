package diagnose

import (
	"net/netip"
	"slices"

	"nfwhy/evidence"
	"nfwhy/packet"
)

// peers is who spoke to what, over all lines of the evidence.
type peers struct {
	bySource  map[netip.Addr]*peer
	sourcesOf map[uint32]map[netip.Addr]bool // by protocol and port
}

// peer is what one source tried.
type peer struct {
	ports []uint16
	hosts []netip.Addr
	ttls  []uint8
}

// maxPeers bounds the sources that are remembered.
const maxPeers = 200000

func newPeers() *peers {
	return &peers{bySource: map[netip.Addr]*peer{}, sourcesOf: map[uint32]map[netip.Addr]bool{}}
}

// add counts a line.
func (p *peers) add(l *packet.LogLine, names *evidence.Names) {
	if l.In == "" || !l.Src.IsValid() || names.MadeUp(l.Src) {
		return
	}
	x := p.bySource[l.Src]
	if x == nil {
		if len(p.bySource) >= maxPeers {
			return
		}
		x = &peer{}
		p.bySource[l.Src] = x
	}
	x.hosts = addFew(x.hosts, l.Dst)
	if l.Known(packet.FieldDstPort) {
		x.ports = addFew(x.ports, l.DstPort)
		k := uint32(l.Proto)<<16 | uint32(l.DstPort)
		if p.sourcesOf[k] == nil {
			p.sourcesOf[k] = map[netip.Addr]bool{}
		}
		if len(p.sourcesOf[k]) < maxFew {
			p.sourcesOf[k][l.Src] = true
		}
	}
	if l.Known(packet.FieldTTL) && l.Proto == packet.ProtoTCP {
		x.ttls = addFew(x.ttls, l.TTL)
	}
}

// maxFew is up to how many things of a kind are told apart.
const maxFew = 32

func addFew[T comparable](list []T, v T) []T {
	if len(list) >= maxFew || slices.Contains(list, v) {
		return list
	}
	return append(list, v)
}

func portKey(fx *facts) uint32 { return uint32(fx.pkt.Proto)<<16 | uint32(fx.dport) }
