package conntrack

import (
	"encoding/binary"
	"math/bits"
	"net/netip"

	"nfwhy/packet"
)

var (
	be = binary.BigEndian
	le = binary.LittleEndian
)

// Tuple is one direction of a flow: what a packet is recognised by. It is
// comparable; the zero value means none.
//
// SrcID and DstID are ports for TCP, UDP, UDP-Lite and SCTP; for ICMP and
// ICMPv6 SrcID is the identifier and DstID type*256+code; for GRE they are the
// PPTP keys; for every other protocol 0.
type Tuple struct {
	src, dst     [16]byte // IPv4 in the first four bytes
	SrcID, DstID uint16
	Proto        uint8
	Family       packet.Family
}

// MakeTuple returns the tuple of the given addresses, which must be of one
// family.
func MakeTuple(src, dst netip.Addr, proto uint8, srcID, dstID uint16) Tuple {
	t := Tuple{SrcID: srcID, DstID: dstID, Proto: proto, Family: familyOf(src)}
	t.SetSrc(src)
	t.SetDst(dst)
	return t
}

func familyOf(a netip.Addr) packet.Family {
	if a.Is4() || a.Is4In6() {
		return packet.IPv4
	}
	return packet.IPv6
}

// Src returns the source address.
func (t *Tuple) Src() netip.Addr { return t.addr(&t.src) }

// Dst returns the destination address.
func (t *Tuple) Dst() netip.Addr { return t.addr(&t.dst) }

// SetSrc replaces the source address by one of the same family.
func (t *Tuple) SetSrc(a netip.Addr) { t.put(&t.src, a) }

// SetDst replaces the destination address by one of the same family.
func (t *Tuple) SetDst(a netip.Addr) { t.put(&t.dst, a) }

func (t *Tuple) addr(b *[16]byte) netip.Addr {
	if t.Family == packet.IPv6 {
		return netip.AddrFrom16(*b)
	}
	return netip.AddrFrom4([4]byte(b[:4]))
}

func (t *Tuple) put(b *[16]byte, a netip.Addr) {
	*b = [16]byte{}
	if t.Family == packet.IPv6 {
		*b = a.As16()
		return
	}
	a = a.Unmap()
	if a.Is4() {
		v := a.As4()
		copy(b[:], v[:])
	}
}

// ICMPType returns the type and code that DstID holds for ICMP and ICMPv6.
func (t *Tuple) ICMPType() (typ, code uint8) { return uint8(t.DstID >> 8), uint8(t.DstID) }

// Invert returns the tuple of the opposite direction. ICMP and ICMPv6 types that
// are neither a query nor its reply have none
// (nf_conntrack_core.c: nf_ct_invert_tuple, Linux 6.18).
func (t Tuple) Invert() (Tuple, bool) {
	t.src, t.dst = t.dst, t.src
	switch t.Proto {
	case packet.ProtoICMP, packet.ProtoICMPv6:
		typ, ok := invertType(t.Proto, uint8(t.DstID>>8))
		t.DstID = uint16(typ)<<8 | t.DstID&0xff
		return t, ok
	}
	t.SrcID, t.DstID = t.DstID, t.SrcID
	return t, true
}

// invertType pairs a query type with its reply type and back.
func invertType(proto, typ uint8) (uint8, bool) {
	if proto == packet.ProtoICMPv6 {
		switch typ {
		case 128, 139: // echo request, node information query
			return typ + 1, true
		case 129, 140:
			return typ - 1, true
		}
		return 0, false
	}
	switch typ {
	case 8:
		return 0, true
	case 0:
		return 8, true
	case 13, 15, 17: // timestamp, information, address mask request
		return typ + 1, true
	case 14, 16, 18:
		return typ - 1, true
	}
	return 0, false
}

// equal is == without the call that comparing arrays of this size costs.
func (t *Tuple) equal(o *Tuple) bool {
	return (le.Uint64(t.src[:])^le.Uint64(o.src[:]))|
		(le.Uint64(t.dst[:])^le.Uint64(o.dst[:]))|
		(le.Uint64(t.src[8:])^le.Uint64(o.src[8:]))|
		(le.Uint64(t.dst[8:])^le.Uint64(o.dst[8:])) == 0 &&
		t.SrcID == o.SrcID && t.DstID == o.DstID && t.Proto == o.Proto && t.Family == o.Family
}

// hash mixes the tuple and its zone into 32 bits. It is the same in every
// process: results must not depend on a random key.
func (t *Tuple) hash(zone uint16) uint32 {
	ids := uint64(t.SrcID) | uint64(t.DstID)<<16 | uint64(zone)<<32 | uint64(t.Proto)<<48 | uint64(t.Family)<<56
	h := mum(le.Uint64(t.src[:])^0xa0761d6478bd642f, le.Uint64(t.dst[:])^0xe7037ed1a0b428db)
	if t.Family == packet.IPv6 {
		h ^= mum(le.Uint64(t.src[8:])^0x8ebc6af09c88c6e3, le.Uint64(t.dst[8:])^0x589965cc75374cc3)
	}
	return uint32(mum(h^0x1d8e4e27c47d124f, ids^0xeb44accab455d165) >> 32)
}

func mum(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// TupleOf returns the tuple of p as it is now; ok is false when p has none: no
// transport header, a later fragment, too few bytes for its protocol, or a PPTP
// GRE header that carries something else than PPP
// (nf_conntrack_core.c: nf_ct_get_tuple, Linux 6.18).
func TupleOf(p *packet.Packet) (t Tuple, ok bool) {
	if len(p.Data) < 20 || p.NoTransport || p.FragOff != 0 || p.L4 > len(p.Data) {
		return t, false
	}
	ok = fillTuple(&t, p.Data, p.Family, p.Proto, p.Data[p.L4:])
	return t, ok
}

// fillTuple fills t from an IP header and the bytes of the transport header.
func fillTuple(t *Tuple, ip []byte, family packet.Family, proto uint8, l4 []byte) bool {
	t.Family, t.Proto = family, proto
	if family == packet.IPv6 {
		copy(t.src[:], ip[8:24])
		copy(t.dst[:], ip[24:40])
	} else {
		copy(t.src[:4], ip[12:16])
		copy(t.dst[:4], ip[16:20])
	}
	switch proto {
	case packet.ProtoTCP, packet.ProtoUDP, packet.ProtoUDPLite, packet.ProtoSCTP:
		if len(l4) < 4 {
			return false
		}
		t.SrcID, t.DstID = be.Uint16(l4), be.Uint16(l4[2:])
	case packet.ProtoICMP, packet.ProtoICMPv6:
		if len(l4) < 8 {
			return false
		}
		t.SrcID, t.DstID = be.Uint16(l4[4:]), be.Uint16(l4)
	case packet.ProtoGRE:
		return greKeys(t, l4)
	}
	return true
}

// greKeys sets the keys of a GRE tuple: only version 1 (PPTP) has one, the call
// id of the receiver; the sender's own would come from a PPTP helper's map.
func greKeys(t *Tuple, l4 []byte) bool {
	if len(l4) < 4 || l4[1]&7 != 1 || len(l4) < 8 {
		return true
	}
	if be.Uint16(l4[2:]) != 0x880b { // ETH_P_PPP in its GRE spelling
		return false
	}
	t.DstID = be.Uint16(l4[6:])
	return true
}

// quotedTuple builds the tuple of a packet quoted in an ICMP error. The quoted
// header's version, checksum and total length are not looked at.
func quotedTuple(t *Tuple, b []byte, family packet.Family) bool {
	if family == packet.IPv6 {
		if len(b) < 40 {
			return false
		}
		proto, off, ok := skipExtensions(b)
		return ok && fillTuple(t, b, family, proto, b[off:])
	}
	if len(b) < 20 || be.Uint16(b[6:])&0x1fff != 0 {
		return false
	}
	off := int(b[0]&0xf) * 4
	return off <= len(b) && fillTuple(t, b, family, b[9], b[off:])
}

// skipExtensions finds the transport header of the IPv6 packet b
// (exthdrs_core.c: ipv6_skip_exthdr, Linux 6.18).
func skipExtensions(b []byte) (proto uint8, off int, ok bool) {
	next, off := b[6], 40
	for packet.IsExtensionHeader(next) {
		if len(b)-off < 4 {
			return 0, 0, false
		}
		h := b[off:]
		switch next {
		case packet.ProtoFragment:
			if be.Uint16(h[2:])&^7 != 0 {
				return 0, 0, false
			}
			off += 8
		case packet.ProtoAH:
			off += (int(h[1]) + 2) * 4
		default:
			off += (int(h[1]) + 1) * 8
		}
		next = h[0]
	}
	return next, off, next != packet.ProtoNoNext && off <= len(b)
}
