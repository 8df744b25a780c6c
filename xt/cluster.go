package xt

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"nfwhy/conntrack"
	"nfwhy/packet"
	"nfwhy/trace"
)

var clusterExt = &Extension{
	Name: "cluster", Families: FamBoth, Model: Exact, Tracks: true,
	Doc: "A share of the connections: a hash over who opened the connection picks one of the nodes. Multicast in PREROUTING always matches.",
	Options: []Option{
		{Name: "cluster-total-nodes", Arg: Number, Min: 1, Max: 32, Need: true, Help: "how many nodes there are"},
		{Name: "cluster-local-node", Arg: Number, Min: 1, Max: 32, Neg: true, Excl: []string{"cluster-local-nodemask"}, Help: "this node's number",
			Samples: []string{"1", "2", "32"}},
		{Name: "cluster-local-nodemask", Arg: Number, Min: 1, Max: 32, Neg: true, Excl: []string{"cluster-local-node"}, Help: "this node's numbers as bits",
			Samples: []string{"1", "3", "32"}},
		{Name: "cluster-hash-seed", Arg: Number, Max: 1<<32 - 1, Need: true, Help: "start value of the hash, the same on all nodes"},
	},
	New: newCluster,
}

type clusterMatch struct {
	nodes, mask, seed uint32
	neg               bool
}

func newCluster(a *Args) (any, error) {
	m := &clusterMatch{nodes: uint32(a.Get("cluster-total-nodes").Lo), seed: uint32(a.Get("cluster-hash-seed").Lo)}
	switch node, mask := a.Get("cluster-local-node"), a.Get("cluster-local-nodemask"); {
	case node != nil:
		if uint32(node.Lo) > m.nodes {
			return nil, node.Errorf("option %q: node %d of %d", "--cluster-local-node", node.Lo, m.nodes)
		}
		m.mask, m.neg = 1<<(node.Lo-1), node.Neg
	case mask != nil:
		m.mask, m.neg = uint32(mask.Lo), mask.Neg
		if uint64(m.mask) >= 1<<m.nodes {
			return nil, mask.Errorf("option %q: mask 0x%x has bits beyond %d nodes", "--cluster-local-nodemask", m.mask, m.nodes)
		}
	default:
		return nil, a.Errorf("match cluster: --cluster-local-node or --cluster-local-nodemask must be given")
	}
	return m, nil
}

// Match is xt_cluster.c: xt_cluster_mt (Linux 6.18).
func (m *clusterMatch) Match(c *Ctx) trace.Truth {
	if c.Pkt.Cast == packet.CastMulticast && !c.Pkt.Dst().IsMulticast() {
		c.Pkt.Cast = packet.CastHost // the switch gives the frame to all nodes
	}
	ct := c.CT.Conn
	if ct == nil {
		return c.says("cluster", "connection", "none", "a tracked connection", trace.No)
	}
	first := ct
	if ct.Master != nil {
		first = ct.Master
	}
	h := m.hash(first)
	node := uint32(uint64(h) * uint64(m.nodes) >> 32)
	t := trace.Of(m.mask&(1<<node) != 0).Not(m.neg)
	if c.Recorder != nil {
		c.Recorder.Term(trace.Term{Part: "cluster", Field: "node", Saw: utoa(uint64(node) + 1), Want: not(m.neg, fmt.Sprintf("nodes 0x%x of %d", m.mask, m.nodes)), Truth: t})
	}
	return t
}

// hash is the Jenkins hash over the opener's address as it lies in memory.
func (m *clusterMatch) hash(ct *conntrack.Conn) uint32 {
	src := ct.Orig.Src()
	if src.Is4() {
		b := src.As4()
		return jhash1(binary.LittleEndian.Uint32(b[:]), m.seed)
	}
	b := src.As16() // the length it hashes is 4/4 words: NF_CT_TUPLE_L3SIZE counts words
	k := [1]uint32{binary.LittleEndian.Uint32(b[:])}
	return jhash2(k[:], m.seed)
}

// Save writes the options in iptables-save's order.
func (m *clusterMatch) Save(w *Writer) {
	w.Opt("cluster-local-nodemask", m.neg)
	w.Printf("0x%08x --cluster-total-nodes %d --cluster-hash-seed 0x%08x", m.mask, m.nodes, m.seed)
}

const jhashInit = 0xdeadbeef

// jhash1 is the kernel's jhash_1word (include/linux/jhash.h).
func jhash1(a, seed uint32) uint32 {
	iv := seed + jhashInit + 1<<2
	return jhashFinal(a+iv, iv, iv)
}

// jhash3 is the kernel's jhash_3words.
func jhash3(a, b, c, seed uint32) uint32 {
	iv := seed + jhashInit + 3<<2
	return jhashFinal(a+iv, b+iv, c+iv)
}

// jhash2 is the kernel's hash over 32-bit words.
func jhash2(k []uint32, seed uint32) uint32 {
	a := uint32(jhashInit) + uint32(len(k))<<2 + seed
	b, c := a, a
	for len(k) > 3 {
		a, b, c = jhashMix(a+k[0], b+k[1], c+k[2])
		k = k[3:]
	}
	switch len(k) {
	case 3:
		c += k[2]
		fallthrough
	case 2:
		b += k[1]
		fallthrough
	case 1:
		return jhashFinal(a+k[0], b, c)
	}
	return c
}

func jhashMix(a, b, c uint32) (uint32, uint32, uint32) {
	a -= c
	a ^= bits.RotateLeft32(c, 4)
	c += b
	b -= a
	b ^= bits.RotateLeft32(a, 6)
	a += c
	c -= b
	c ^= bits.RotateLeft32(b, 8)
	b += a
	a -= c
	a ^= bits.RotateLeft32(c, 16)
	c += b
	b -= a
	b ^= bits.RotateLeft32(a, 19)
	a += c
	c -= b
	c ^= bits.RotateLeft32(b, 4)
	b += a
	return a, b, c
}

func jhashFinal(a, b, c uint32) uint32 {
	c ^= b
	c -= bits.RotateLeft32(b, 14)
	a ^= c
	a -= bits.RotateLeft32(c, 11)
	b ^= a
	b -= bits.RotateLeft32(a, 25)
	c ^= b
	c -= bits.RotateLeft32(b, 16)
	a ^= c
	a -= bits.RotateLeft32(c, 4)
	b ^= a
	b -= bits.RotateLeft32(a, 14)
	c ^= b
	c -= bits.RotateLeft32(b, 24)
	return c
}
