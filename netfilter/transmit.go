package netfilter

import (
	"nfwhy/packet"
	"nfwhy/trace"
)

const fateHeld = trace.Held

// transmit hands the packet to the device: as it is, or in fragments. A datagram
// that arrived in fragments leaves in fragments of the same sizes
// (net/ipv4/ip_output.c: ip_do_fragment, Linux 6.18).
func (n *Netns) transmit(f *flight) {
	p := f.pkt
	p.Finish()
	mtu := n.fib.MTU(f.out)
	switch {
	case p.Cut() > 0, len(f.frags) < 2 && p.Length <= mtu:
		n.effects.Sent(n.now, f.out, p, f.origin)
	case p.Family == packet.IPv6:
		n.fragment6(f, mtu)
	default:
		n.fragment4(f, mtu)
	}
}

// sizes returns the payload sizes of the fragments: those it came in, when they
// fit, else as large as possible.
func (f *flight) sizes(payload, room int) []int {
	sum, fit := 0, len(f.frags) > 1
	for i, s := range f.frags {
		sum += s
		fit = fit && s <= room && (i == len(f.frags)-1 || s%8 == 0)
	}
	if fit && sum == payload {
		return f.frags
	}
	room &^= 7
	var out []int
	for payload > 0 && room > 0 {
		k := min(room, payload)
		out = append(out, k)
		payload -= k
	}
	return out
}

func (n *Netns) fragment4(f *flight, mtu int) {
	p := f.pkt
	if f.fragMax > 0 {
		mtu = min(mtu, f.fragMax)
	}
	hl := p.L4
	off := 0
	sizes := f.sizes(len(p.Data)-hl, mtu-hl)
	for i, size := range sizes {
		b := append([]byte(nil), p.Data[:hl]...)
		b = append(b, p.Data[hl+off:hl+off+size]...)
		be.PutUint16(b[2:], uint16(len(b)))
		v := uint16(off/8) | be.Uint16(b[6:])&0x4000
		if i < len(sizes)-1 {
			v |= 0x2000
		}
		be.PutUint16(b[6:], v)
		if i > 0 {
			blankOptions(b[20:hl])
		}
		packet.IPv4Header(b).SetChecksum()
		n.sendPiece(f, b)
		off += size
	}
}

// blankOptions turns options that are not to be copied into fragments into NOPs
// (ip_options_fragment).
func blankOptions(o []byte) {
	for i := 0; i < len(o); {
		switch {
		case o[i] == 0:
			return
		case o[i] == 1:
			i++
			continue
		case i+1 >= len(o) || o[i+1] < 2 || i+int(o[i+1]) > len(o):
			return
		}
		l := int(o[i+1])
		if o[i]&0x80 == 0 {
			for k := range l {
				o[i+k] = 1
			}
		}
		i += l
	}
}

func (n *Netns) fragment6(f *flight, mtu int) {
	p := f.pkt
	if f.fragMax > 0 {
		mtu = min(mtu, max(f.fragMax, 1280))
	}
	at, prev := unfragmentable(p.Data)
	id := n.rand.Uint32()
	off := 0
	payload := len(p.Data) - at
	sizes := f.sizes(payload, mtu-at-8)
	for i, size := range sizes {
		b := append([]byte(nil), p.Data[:at]...)
		next := b[prev]
		b[prev] = packet.ProtoFragment
		var fh [8]byte
		fh[0] = next
		v := uint16(off)
		if i < len(sizes)-1 {
			v |= 1
		}
		be.PutUint16(fh[2:], v)
		be.PutUint32(fh[4:], id)
		b = append(b, fh[:]...)
		b = append(b, p.Data[at+off:at+off+size]...)
		be.PutUint16(b[4:], uint16(len(b)-40))
		n.sendPiece(f, b)
		off += size
	}
}

// unfragmentable is the length of the part in front of a fragment header, and
// where its last next-header byte is (ip6_find_1stfragopt).
func unfragmentable(b []byte) (at, prev int) {
	next, off, prev := b[6], 40, 6
	for next == packet.ProtoHopByHop || next == packet.ProtoRouting {
		if len(b)-off < 8 {
			break
		}
		next, prev = b[off], off
		off += int(b[off+1])*8 + 8
		if off > len(b) {
			return len(b), prev
		}
	}
	return off, prev
}

func (n *Netns) sendPiece(f *flight, b []byte) {
	q := *f.pkt
	if q.Decode(b, len(b)) == nil {
		n.effects.Sent(n.now, f.out, &q, f.origin)
	}
}
