package capture

import (
	"bytes"
	"encoding/binary"

	"nfwhy/packet"
)

// NFLOG is what a packet of LINKTYPE_NFLOG brings along, as written by ulogd,
// tcpdump -i nflog:N and dumpcap (include/uapi/linux/netfilter/nfnetlink_log.h,
// Linux 6.18). Interface numbers are 0 and strings empty where not told.
type NFLOG struct {
	Family  uint8  // AF_INET 2, AF_INET6 10, AF_BRIDGE 7
	Group   uint16 // --nflog-group
	Hook    packet.Hook
	HasHook bool
	Prefix  string // --nflog-prefix
	Mark    uint32
	HasMark bool
	// InIndex and OutIndex are interface numbers, PhysIn and PhysOut those of
	// bridge ports.
	InIndex, OutIndex, PhysIn, PhysOut uint32
	UID, GID                           uint32
	HasUID                             bool
	HardwareType                       uint16
	SourceMAC                          [8]byte
	SourceMACLen                       uint8
}

// Attributes of an NFLOG message (enum nfulnl_attr_type).
const (
	nflogPacketHdr  = 1
	nflogMark       = 2
	nflogInDev      = 4
	nflogOutDev     = 5
	nflogPhysInDev  = 6
	nflogPhysOutDev = 7
	nflogHWAddr     = 8
	nflogPayload    = 9
	nflogPrefix     = 10
	nflogUID        = 11
	nflogGID        = 14
	nflogHWType     = 15
	nflogHWHeader   = 16
)

// decodeNFLOG reads a family byte, a version byte, the group, then attributes
// whose length and type are in the byte order of the file and whose content is
// in network order.
func (d *linkDecoder) decodeNFLOG(rec *Record, b []byte) {
	if len(b) < 4 {
		rec.Skip = ErrShortLink
		return
	}
	prefix := d.nflog.Prefix
	d.nflog = NFLOG{Family: b[0], Group: binary.BigEndian.Uint16(b[2:])}
	rec.NFLOG = &d.nflog
	payload := -1
	size := 0
	for off := 4; off+4 <= len(b); {
		n := int(d.order.u16(b[off:]))
		typ := d.order.u16(b[off+2:]) & 0x3fff
		if n < 4 || off+n > len(b) {
			if typ == nflogPayload && n >= 4 { // cut by the snap length
				payload, size = off+4, len(b)-off-4
			}
			break
		}
		v := b[off+4 : off+n]
		if typ == nflogPayload {
			payload, size = off+4, len(v)
		} else {
			d.nflogAttr(rec, typ, v, prefix)
		}
		off += (n + 3) &^ 3
	}
	if payload < 0 {
		rec.Skip = ErrNFLOG
		return
	}
	rec.Packet.Mark = d.nflog.Mark
	if d.nflog.HasUID {
		rec.Packet.UID, rec.Packet.GID, rec.Packet.Socket = d.nflog.UID, d.nflog.GID, true
	}
	rec.Dir = d.nflog.direction()
	rec.Packet.Cast = d.castOf(rec.Dir)
	data := b[payload : payload+size]
	// --nflog-size cuts without telling the packet's length; the IP header does.
	rec.Skip = rec.Packet.Decode(data, max(size, ipLength(data)))
}

func (d *linkDecoder) nflogAttr(rec *Record, typ uint16, v []byte, prefix string) {
	l := &d.nflog
	var n uint32
	if len(v) >= 4 {
		n = binary.BigEndian.Uint32(v)
	}
	switch typ {
	case nflogPacketHdr:
		if len(v) >= 3 && v[2] < packet.NumHooks {
			l.Hook, l.HasHook = packet.Hook(v[2]), true
		}
	case nflogMark:
		l.Mark, l.HasMark = n, true
	case nflogInDev:
		l.InIndex = n
	case nflogOutDev:
		l.OutIndex = n
	case nflogPhysInDev:
		l.PhysIn = n
	case nflogPhysOutDev:
		l.PhysOut = n
	case nflogPrefix:
		v = bytes.TrimRight(v, "\x00")
		if l.Prefix = prefix; string(v) != prefix {
			l.Prefix = string(v)
		}
	case nflogUID:
		l.UID, l.HasUID = n, true
	case nflogGID:
		l.GID = n
	case nflogHWType:
		if len(v) >= 2 {
			l.HardwareType = binary.BigEndian.Uint16(v)
		}
	case nflogHWAddr:
		if len(v) >= 12 {
			l.SourceMACLen = uint8(min(binary.BigEndian.Uint16(v), 8))
			copy(l.SourceMAC[:], v[4:])
		}
	case nflogHWHeader:
		if len(v) > 0 {
			rec.Packet.Link = v
		}
	}
}

// direction follows from the hook: what a host forwards it has received.
func (l *NFLOG) direction() Direction {
	switch {
	case !l.HasHook:
		return Unknown
	case l.Hook == packet.Output, l.Hook == packet.Postrouting && l.InIndex == 0:
		return Out
	}
	return In
}

// ipLength is the length an IP header gives, 0 if there is none.
func ipLength(b []byte) int {
	switch {
	case len(b) >= 20 && b[0]>>4 == 4:
		return packet.IPv4Header(b).TotalLen()
	case len(b) >= 40 && b[0]>>4 == 6:
		return 40 + packet.IPv6Header(b).PayloadLen()
	}
	return 0
}
