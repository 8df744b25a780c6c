//go:build linux

package conntrack

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"nfwhy/packet"
)

// natRules are pairs of rules as iptables and as ranges; "" is no rule.
var natRules = []struct {
	snat string
	src  *Range
	dnat string
	dst  *Range
}{
	{snat: "SNAT --to-source 10.66.2.5", src: addrRange("10.66.2.5", "10.66.2.5")},
	{snat: "SNAT --to-source 10.66.2.3-10.66.2.8", src: addrRange("10.66.2.3", "10.66.2.8")},
	{snat: "SNAT --to-source 10.66.2.3-10.66.2.8 --persistent", src: with(addrRange("10.66.2.3", "10.66.2.8"), func(g *Range) { g.Persistent = true })},
	{snat: "SNAT -p udp --to-source 10.66.2.5:3000-3999", src: with(addrRange("10.66.2.5", "10.66.2.5"), ports(3000, 3999))},
	{dnat: "DNAT --to-destination 10.66.2.2-10.66.2.9", dst: addrRange("10.66.2.2", "10.66.2.9")},
	{dnat: "DNAT -p udp --to-destination 10.66.2.3:6000-6003", dst: with(addrRange("10.66.2.3", "10.66.2.3"), ports(6000, 6003))},
	{dnat: "DNAT -p udp --to-destination 10.66.2.3:6000-6010/50", dst: with(addrRange("10.66.2.3", "10.66.2.3"), func(g *Range) {
		ports(6000, 6010)(g)
		g.BasePort, g.Shift = 50, true
	})},
	{dnat: "DNAT --to-destination 10.66.2.4", dst: addrRange("10.66.2.4", "10.66.2.4"),
		snat: "SNAT --to-source 10.66.2.6-10.66.2.7", src: addrRange("10.66.2.6", "10.66.2.7")},
	{snat: "NETMAP --to 10.66.2.0/29"},
}

func addrRange(lo, hi string) *Range {
	return &Range{Min: netip.MustParseAddr(lo), Max: netip.MustParseAddr(hi)}
}

func with(g *Range, f func(*Range)) *Range { f(g); return g }

func ports(lo, hi uint16) func(*Range) {
	return func(g *Range) { g.MinPort, g.MaxPort, g.Ports = lo, hi, true }
}

// noted is a source of randomness that says when it was asked: what the kernel
// drew then is unknown.
type noted struct{ asked bool }

func (n *noted) Uint32() uint32 { n.asked = true; return 0 }

// TestNATKernel sends random flows, their answers and ICMP errors about them
// through NAT and compares the packets that come out byte by byte.
func TestNATKernel(t *testing.T) {
	l := newLab(t)
	d := newDuel(l)
	rnd := seed(t)
	for i, rule := range natRules {
		cmd := "iptables -w -t nat -F"
		if rule.dnat != "" {
			cmd += "; iptables -w -t nat -A PREROUTING -i nfct-c-r " + natArgs(rule.dnat)
		}
		if rule.snat != "" {
			cmd += "; iptables -w -t nat -A POSTROUTING -o nfct-s-r " + natArgs(rule.snat)
		}
		run(t, "ip netns exec "+l.name+" sh -ec '"+cmd+"'")
		for range rounds(t, 6) {
			d.reset()
			var flows []*Conn
			for range 20 {
				if !d.natStep(rnd, i, &flows) {
					return
				}
			}
		}
	}
}

// natArgs puts -j before the target of "TARGET [-p PROTO] OPTIONS".
func natArgs(s string) string {
	target, rest, _ := strings.Cut(s, " ")
	if p, ok := strings.CutPrefix(rest, "-p udp "); ok {
		return "-p udp -j " + target + " " + p
	}
	return "-j " + target + " " + rest
}

func (d *duel) natStep(rnd *rand.Rand, rule int, flows *[]*Conn) bool {
	d.t.Helper()
	b := newBuilder()
	src, dst := netip.AddrFrom4([4]byte{10, 66, 1, byte(2 + rnd.IntN(7))}), b.addr['s']
	from := 0
	var ip []byte
	k := MakeTuple(src, dst, packet.ProtoUDP, uint16(1024+rnd.IntN(4)*1000), uint16(50+rnd.IntN(4)))
	if rnd.IntN(3) == 0 {
		k.Proto = packet.ProtoTCP
	} else if rnd.IntN(4) == 0 {
		k.Proto, k.DstID = packet.ProtoICMP, 8<<8
	}
	if len(*flows) > 0 && rnd.IntN(2) == 0 {
		c := (*flows)[rnd.IntN(len(*flows))]
		if rnd.IntN(3) == 0 {
			k = c.Orig
		} else {
			k, from = c.Reply, 1
		}
	}
	ip = packetOf(&k, rnd.IntN(40))
	if len(*flows) > 0 && rnd.IntN(4) == 0 { // an error about a packet as its receiver's side sees it
		c := (*flows)[rnd.IntN(len(*flows))]
		var quote Tuple
		if rnd.IntN(2) == 0 {
			from = 1
			quote, _ = c.Reply.Invert()
		} else {
			from = 0
			quote, _ = c.Orig.Invert()
		}
		q := packetOf(&quote, 30)
		q = q[:len(q)-rnd.IntN(30)]
		l4 := packet.EncodeICMP(3, 1, 0, q)
		sender := quote.Dst()
		ip = packet.IPv4Fields{Protocol: packet.ProtoICMP, Src: sender, Dst: quote.Src()}.Encode(l4)
	}
	return d.natPacket(rule, from, ip, flows)
}

// packetOf returns a packet that has the tuple.
func packetOf(k *Tuple, n int) []byte {
	var l4 []byte
	payload := make([]byte, n)
	switch k.Proto {
	case packet.ProtoTCP:
		l4 = packet.TCPFields{SrcPort: k.SrcID, DstPort: k.DstID, Seq: 1, Ack: 1, Flags: packet.ACK, Window: 60000}.Encode(k.Src(), k.Dst(), payload)
	case packet.ProtoICMP:
		typ, code := k.ICMPType()
		l4 = packet.EncodeICMP(typ, code, uint32(k.SrcID)<<16, payload)
	default:
		l4 = packet.EncodeUDP(k.Src(), k.Dst(), k.SrcID, k.DstID, payload)
	}
	return packet.IPv4Fields{Protocol: k.Proto, Src: k.Src(), Dst: k.Dst()}.Encode(l4)
}

// natRun is the model's way through both nat hooks of a router.
func (d *duel) natRun(rule, from int, p *packet.Packet, now packet.Time) (r Ref, drop, random bool) {
	t, n := d.table, &noted{}
	g := natRules[rule]
	t.In(p, &r, packet.Prerouting, now)
	hook := func(h packet.Hook, g *Range) bool {
		if t.NeedsBinding(p, r, h) {
			ok := false
			if g != nil && (!g.Ports || p.Proto == packet.ProtoUDP) {
				ok = t.Bind(r.Conn, ManipAt(h), *g, now, n)
			} else {
				ok = t.BindNull(r.Conn, ManipAt(h), now, n)
			}
			if !ok {
				return false
			}
		}
		return t.Translate(p, r, h)
	}
	pre, post := g.dst, g.src
	if from != 0 {
		pre, post = nil, nil
	} else if strings.HasPrefix(g.snat, "NETMAP") {
		nm := NetmapRange(p.Src(), netip.MustParsePrefix("10.66.2.0/29"))
		post = &nm
	}
	if !hook(packet.Prerouting, pre) {
		return r, true, n.asked
	}
	p.SetTTL(p.TTL() - 1)
	if !hook(packet.Postrouting, post) {
		return r, true, n.asked
	}
	out := t.Confirm(p, &r, packet.Postrouting, now)
	return r, out.Drop, n.asked
}

func (d *duel) natPacket(rule, from int, ip []byte, flows *[]*Conn) bool {
	d.t.Helper()
	now := packet.Time(time.Now().UnixNano())
	var p packet.Packet
	if err := p.Decode(bytes.Clone(ip), len(ip)); err != nil {
		d.t.Fatal(err)
	}
	r, drop, random := d.natRun(rule, from, &p, now)
	c := r.Conn
	d.table.Release(&p, &r)
	checkTable(d.t, d.table)
	d.story = append(d.story, fmt.Sprintf("%c: %x", "cs"[from], ip))
	out := d.send(from, ip)
	if random {
		d.reset()
		*flows = nil
		return true
	}
	if (out == nil) != drop {
		return d.differ("rule %+v: model drops: %v, kernel: %x", natRules[rule], drop, out)
	}
	if drop {
		return true
	}
	out[1] = 0
	packet.IPv4Header(out).SetChecksum()
	out = out[:be.Uint16(out[2:])]
	packet.IPv4Header(p.Data).SetChecksum()
	if !bytes.Equal(out, p.Data) {
		return d.differ("rule %+v\nkernel %x\nmodel  %x", natRules[rule], out, p.Data)
	}
	if c != nil && len(*flows) < 30 {
		known := false
		for _, f := range *flows {
			known = known || f == c
		}
		if !known {
			*flows = append(*flows, c)
		}
	}
	d.log(0)
	return d.compareTables(packet.Time(time.Now().UnixNano()))
}
