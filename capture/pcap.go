package capture

import (
	"encoding/binary"
	"io"
	"math"

	"nfwhy/packet"
)

// The magic numbers of pcap files as a little-endian reader sees them
// (pcap-savefile(5); the modified format is Alexey Kuznetsov's, which libpcap
// knows as KUZNETZOV_TCPDUMP_MAGIC).
const (
	magicMicro      = 0xa1b2c3d4
	magicNano       = 0xa1b23c4d
	magicModified   = 0xa1b2cd34
	magicMicroBE    = 0xd4c3b2a1
	magicNanoBE     = 0x4d3cb2a1
	magicModifiedBE = 0x34cdb2a1
)

// order reads numbers in the byte order of a file. A bool costs less than an
// interface call per number.
type order bool

const (
	little order = false
	big    order = true
)

func (o order) u16(b []byte) uint16 {
	if o {
		return binary.BigEndian.Uint16(b)
	}
	return binary.LittleEndian.Uint16(b)
}

func (o order) u32(b []byte) uint32 {
	if o {
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}

func (o order) u64(b []byte) uint64 {
	if o {
		return binary.BigEndian.Uint64(b)
	}
	return binary.LittleEndian.Uint64(b)
}

// pcap reads the classic format.
type pcap struct {
	w     *window
	link  linkDecoder
	order order
	frac  packet.Time // nanoseconds in a unit of the fraction field
	head  int         // length of a record header
	typ   LinkType
	swap  swapping
}

// swapping says whether a record header has its two lengths in the other order.
type swapping uint8

const (
	neverSwapped swapping = iota
	maybeSwapped
	alwaysSwapped
)

func newPcap(w *window) (*pcap, error) {
	h, err := w.take(24)
	if err != nil {
		return nil, cutShort(err, "file ends inside its header")
	}
	p := &pcap{w: w, frac: 1000, head: 16}
	switch binary.LittleEndian.Uint32(h) {
	case magicMicroBE:
		p.order = big
	case magicNano:
		p.frac = 1
	case magicNanoBE:
		p.frac, p.order = 1, big
	case magicModified:
		p.head = 24
	case magicModifiedBE:
		p.head, p.order = 24, big
	}
	major, minor := p.order.u16(h[4:]), p.order.u16(h[6:])
	// Before 2.3 the lengths stood the other way round, 2.3 was written both
	// ways, and DEC's OSF/1 wrote 543.0 (libpcap 1.10 sf-pcap.c: pcap_check_header).
	switch {
	case major == 543 && minor == 0, major == 2 && minor < 3:
		p.swap = alwaysSwapped
	case major == 2 && minor == 3:
		p.swap = maybeSwapped
	case major < 2:
		return nil, format("pcap version %d.%d (expected 2.0 to 2.4)", major, minor)
	}
	p.link.order = p.order
	// The upper half tells about the frame check sequence, which the length in
	// the IP header cuts off anyway.
	p.typ = LinkType(p.order.u32(h[20:]) & 0xffff)
	return p, nil
}

func (p *pcap) next(rec *Record) error {
	h, err := p.w.take(p.head)
	if err != nil {
		return cutShort(err, "file ends inside the packet's header")
	}
	sec, frac := p.order.u32(h), p.order.u32(h[4:])
	caplen, wire := p.order.u32(h[8:]), p.order.u32(h[12:])
	if p.swap == alwaysSwapped || p.swap == maybeSwapped && caplen > wire {
		caplen, wire = wire, caplen
	}
	if caplen > maxPacket {
		return format("captured length is %d, damaged file (at most %d)", caplen, maxPacket)
	}
	pktType := uint8(castUnknown)
	if p.head == 24 {
		pktType = h[22]
		rec.IfIndex = p.order.u32(h[16:])
	}
	rec.Time = packet.Time(sec)*packet.Second + packet.Time(frac)*p.frac
	rec.Raw, err = p.w.take(int(caplen))
	if err != nil {
		return cutShort(err, "file ends after %d of the packet's %d bytes", len(rec.Raw), caplen)
	}
	rec.WireLen = int(min(wire, math.MaxInt32))
	rec.LinkType = p.typ
	p.link.setPacketType(rec, pktType)
	p.link.decode(rec)
	return nil
}

// cutShort gives an end of file its message. io.EOF stays: it is an end between
// two packets, unless the message has arguments, which means that the header of
// a packet was there.
func cutShort(err error, msg string, args ...any) error {
	if err == io.EOF && len(args) > 0 {
		err = io.ErrUnexpectedEOF
	}
	if err != io.ErrUnexpectedEOF {
		return err
	}
	e := format(msg, args...)
	e.Err = io.ErrUnexpectedEOF
	return e
}
