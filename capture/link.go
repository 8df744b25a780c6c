package capture

import (
	"encoding/binary"

	"nfwhy/packet"
)

// LinkType is a LINKTYPE_ number (https://www.tcpdump.org/linktypes.html).
type LinkType uint16

// The link types that are read. The raw ones differ in nothing but the version
// that two of them fix.
const (
	LinkNull     LinkType = 0 // BSD loopback, family in the byte order of the host
	LinkEthernet LinkType = 1
	LinkPPP      LinkType = 9
	linkRaw12    LinkType = 12
	linkRaw14    LinkType = 14
	LinkPPPHDLC  LinkType = 50
	LinkRaw      LinkType = 101
	LinkLoop     LinkType = 108 // OpenBSD loopback, family in network order
	LinkSLL      LinkType = 113
	LinkPPPD     LinkType = 166
	LinkPPPDir   LinkType = 204
	LinkIPv4     LinkType = 228
	LinkIPv6     LinkType = 229
	LinkNFLOG    LinkType = 239
	LinkSLL2     LinkType = 276
)

// EtherTypes that matter here.
const (
	etherIPv4     = 0x0800
	etherARP      = 0x0806
	etherRARP     = 0x8035
	etherVLAN     = 0x8100
	etherIPv6     = 0x86dd
	etherLoopback = 0x9000
	etherMPLS     = 0x8847
	etherMPLSMul  = 0x8848
	etherPPPoED   = 0x8863
	etherPPPoE    = 0x8864
	etherEAPOL    = 0x888e
	etherQinQ     = 0x88a8
	etherLLDP     = 0x88cc
	etherMACsec   = 0x88e5
	etherQinQOld  = 0x9100
)

// castUnknown marks a packet type that the capture does not tell.
const castUnknown = 0xff

// arphrdEthernet and arphrdLoopback are hardware types of cooked captures.
const (
	arphrdEthernet = 1
	arphrdLoopback = 772
)

// linkDecoder turns frames into packets. It keeps the memory that a record's
// Link and NFLOG point to.
type linkDecoder struct {
	order order // byte order of the file, for NFLOG
	cast  uint8 // packet type told by the capture, or castUnknown
	hdr   [14]byte
	nflog NFLOG
}

// setPacketType takes the kernel's packet type of a cooked frame.
func (d *linkDecoder) setPacketType(rec *Record, t uint8) {
	d.cast = castUnknown
	if t > uint8(packet.CastLoopback) {
		return
	}
	d.cast = t
	rec.Dir = In
	if t == uint8(packet.CastOutgoing) {
		rec.Dir = Out
	}
}

// decode fills rec.Packet or rec.Skip from rec.Raw and rec.LinkType.
func (d *linkDecoder) decode(rec *Record) {
	switch b := rec.Raw; rec.LinkType {
	case LinkEthernet:
		d.ethernet(rec, b)
	case LinkRaw, linkRaw12, linkRaw14:
		d.ip(rec, 0, 0)
	case LinkIPv4:
		d.ip(rec, 0, etherIPv4)
	case LinkIPv6:
		d.ip(rec, 0, etherIPv6)
	case LinkNull, LinkLoop:
		d.loopback(rec, b)
	case LinkSLL:
		d.cooked(rec, b)
	case LinkSLL2:
		d.cooked2(rec, b)
	case LinkPPP, LinkPPPHDLC:
		d.ppp(rec, 0)
	case LinkPPPD, LinkPPPDir:
		d.pppDirection(rec, b)
	case LinkNFLOG:
		d.decodeNFLOG(rec, b)
	default:
		rec.Skip = UnreadLinkType(rec.LinkType)
	}
}

func (d *linkDecoder) ethernet(rec *Record, b []byte) {
	if len(b) < 14 {
		rec.Skip = ErrShortLink
		return
	}
	if d.cast == castUnknown && b[0]&1 != 0 && rec.Dir != Out {
		d.cast = uint8(packet.CastMulticast)
		if [6]byte(b) == [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff} {
			d.cast = uint8(packet.CastBroadcast)
		}
	}
	typ, off := binary.BigEndian.Uint16(b[12:]), 14
	rec.Packet.Link = b[:14:14]
	if isTag(typ) {
		copy(d.hdr[:12], b)
		rec.Packet.Link = d.hdr[:]
	}
	d.tagged(rec, off, typ)
}

// isTag reports whether an EtherType starts an 802.1Q or 802.1ad tag.
func isTag(typ uint16) bool { return typ == etherVLAN || typ == etherQinQ || typ == etherQinQOld }

// tagged takes off VLAN tags as the kernel does (skb_vlan_untag: the addresses
// move up, so that the header is 14 bytes again). The outermost tag is what
// skb->vlan_tci holds on arrival.
func (d *linkDecoder) tagged(rec *Record, off int, typ uint16) {
	for range 3 {
		if !isTag(typ) {
			break
		}
		if len(rec.Raw) < off+4 {
			rec.Skip = ErrShortLink
			return
		}
		tag := rec.Raw[off:]
		if rec.Packet.VLANProto == 0 {
			rec.Packet.VLANProto, rec.Packet.VLAN = typ, binary.BigEndian.Uint16(tag)
		}
		typ = binary.BigEndian.Uint16(tag[2:])
		off += 4
	}
	if rec.Packet.VLANProto != 0 {
		binary.BigEndian.PutUint16(d.hdr[12:], typ)
	}
	d.ip(rec, off, typ)
}

// cooked reads LINKTYPE_LINUX_SLL: packet type, hardware type, address length,
// address, protocol.
func (d *linkDecoder) cooked(rec *Record, b []byte) {
	if len(b) < 16 {
		rec.Skip = ErrShortLink
		return
	}
	d.setPacketType(rec, smallType(binary.BigEndian.Uint16(b)))
	typ := binary.BigEndian.Uint16(b[14:])
	d.cookedLink(rec, binary.BigEndian.Uint16(b[2:]), int(binary.BigEndian.Uint16(b[4:])), b[6:14], typ)
	d.tagged(rec, 16, typ)
}

// cooked2 reads LINKTYPE_LINUX_SLL2: protocol, interface index, hardware type,
// packet type, address length, address.
func (d *linkDecoder) cooked2(rec *Record, b []byte) {
	if len(b) < 20 {
		rec.Skip = ErrShortLink
		return
	}
	d.setPacketType(rec, b[10])
	rec.IfIndex = binary.BigEndian.Uint32(b[4:])
	typ := binary.BigEndian.Uint16(b)
	d.cookedLink(rec, binary.BigEndian.Uint16(b[8:]), int(b[11]), b[12:20], typ)
	d.tagged(rec, 20, typ)
}

func smallType(t uint16) uint8 { return uint8(min(t, castUnknown)) }

// cookedLink rebuilds the Ethernet header that a cooked frame tells in part: its
// source, and its destination where the packet type implies it.
func (d *linkDecoder) cookedLink(rec *Record, hardware uint16, addrLen int, addr []byte, typ uint16) {
	if addrLen != 6 || hardware != arphrdEthernet && hardware != arphrdLoopback {
		return
	}
	d.hdr = [14]byte{}
	copy(d.hdr[6:12], addr)
	binary.BigEndian.PutUint16(d.hdr[12:], typ)
	rec.Packet.Link = d.hdr[:]
	switch {
	case hardware == arphrdLoopback:
		if rec.Iface == "" || rec.Iface == "any" {
			rec.Iface = "lo"
		}
	case d.cast == uint8(packet.CastBroadcast):
		copy(d.hdr[:6], "\xff\xff\xff\xff\xff\xff")
	default:
		rec.Untold |= FieldLinkDst
	}
}

// loopback reads the 4-byte address family of LINKTYPE_NULL and LINKTYPE_LOOP.
func (d *linkDecoder) loopback(rec *Record, b []byte) {
	if len(b) < 4 {
		rec.Skip = ErrShortLink
		return
	}
	family := binary.BigEndian.Uint32(b)
	if family > 0xffff {
		family = binary.LittleEndian.Uint32(b)
	}
	switch family {
	case 2:
		d.ip(rec, 4, etherIPv4)
	case 10, 24, 28, 30: // AF_INET6 of Linux, NetBSD/OpenBSD, FreeBSD, macOS
		d.ip(rec, 4, etherIPv6)
	default:
		rec.Skip = ErrAddrFam
	}
}

// pppDirection reads PPP behind a byte that is 0 for received packets.
func (d *linkDecoder) pppDirection(rec *Record, b []byte) {
	if len(b) < 1 {
		rec.Skip = ErrShortLink
		return
	}
	rec.Dir = In
	if b[0] != 0 {
		rec.Dir = Out
	}
	off := 1
	if rec.LinkType == LinkPPPD && len(b) > 1 && b[1] == 3 {
		off = 2 // the direction stands in place of the address byte ff
	}
	d.ppp(rec, off)
}

// ppp reads the protocol field, which may be compressed to one byte, behind an
// address and control field that may be missing (RFC 1661 6.5, 6.6).
func (d *linkDecoder) ppp(rec *Record, off int) {
	b := rec.Raw[off:]
	if len(b) >= 2 && b[0] == 0xff && b[1] == 3 {
		b, off = b[2:], off+2
	}
	if len(b) < 2 {
		rec.Skip = ErrShortLink
		return
	}
	proto, n := binary.BigEndian.Uint16(b), 2
	if rec.LinkType == LinkPPPHDLC && len(b) >= 4 && b[0] == 0x0f && b[1] == 0 {
		// Cisco HDLC: the EtherType follows (address 0x0f unicast)
		d.ip(rec, off+4, binary.BigEndian.Uint16(b[2:]))
		return
	}
	if b[0]&1 == 1 {
		proto, n = uint16(b[0]), 1
	}
	switch proto {
	case 0x0021:
		d.ip(rec, off+n, etherIPv4)
	case 0x0057:
		d.ip(rec, off+n, etherIPv6)
	default:
		rec.Skip = ErrPPPProto
	}
}

// ip decodes the packet at off. typ 0 takes either version.
func (d *linkDecoder) ip(rec *Record, off int, typ uint16) {
	b := rec.Raw[off:]
	switch {
	case typ == etherIPv4 && len(b) > 0 && b[0]>>4 != 4, typ == etherIPv6 && len(b) > 0 && b[0]>>4 != 6:
		rec.Skip = packet.ErrHeader
		return
	case typ != etherIPv4 && typ != etherIPv6 && typ != 0:
		rec.Skip = notIP(typ)
		return
	}
	rec.Packet.Cast = d.castOf(rec.Dir)
	rec.Skip = rec.Packet.Decode(b, rec.WireLen-off)
	if rec.Skip == nil && rec.Untold.Has(FieldLinkDst) && rec.Packet.Cast == packet.CastMulticast {
		multicastMAC(d.hdr[:6], &rec.Packet)
		rec.Untold &^= FieldLinkDst
	}
}

// castOf is what the capture tells, or what follows from the direction.
func (d *linkDecoder) castOf(dir Direction) packet.Cast {
	switch {
	case d.cast != castUnknown:
		return packet.Cast(d.cast)
	case dir == Out:
		return packet.CastOutgoing
	}
	return packet.CastHost
}

// multicastMAC writes the Ethernet address of a multicast IP address (RFC 1112
// 6.4, RFC 2464 7).
func multicastMAC(mac []byte, p *packet.Packet) {
	if p.Family == packet.IPv6 {
		copy(mac, []byte{0x33, 0x33})
		copy(mac[2:], p.Data[36:40])
		return
	}
	copy(mac, []byte{1, 0, 0x5e, p.Data[17] & 0x7f, p.Data[18], p.Data[19]})
}

// notIP is the reason to skip a frame of another EtherType. The common ones cost
// nothing.
func notIP(typ uint16) error {
	switch typ {
	case etherARP:
		return ErrARP
	case etherRARP:
		return ErrRARP
	case etherPPPoE, etherPPPoED:
		return ErrPPPoE
	case etherMPLS, etherMPLSMul:
		return ErrMPLS
	case etherLLDP:
		return ErrLLDP
	case etherEAPOL:
		return ErrEAPOL
	case etherMACsec:
		return ErrMACsec
	case etherLoopback:
		return ErrLoopback
	}
	if typ < 0x0600 {
		return ErrLLC
	}
	return OtherEtherType(typ)
}
