package capture

import (
	"io"
	"math"
	"math/bits"
	"strings"

	"nfwhy/packet"
)

// Block types of pcapng (draft-ietf-opsawg-pcapng; the registry in
// draft-tuexen-opsawg-pcapng).
const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockPacket    = 2 // obsolete
	blockSimple    = 3
	blockEnhanced  = 6
	blockJournal   = 9
	blockSysdig    = 0x204
	blockSysdig2   = 0x216
	blockSysdig2L  = 0x221
	blockCustom    = 0xbad
	blockCustomNo  = 0x40000bad
)

// Options.
const (
	optEnd      = 0
	optComment  = 1
	optIfName   = 2
	optFlags    = 2
	optTsResol  = 9
	optTsOffset = 14
)

const (
	byteOrderMagic = 0x1a2b3c4d
	// maxInterfaces and maxIfName bound what a file can make the reader keep.
	maxInterfaces = 1 << 16
	maxIfName     = 255
	// maxSmallBlock is the largest section header or interface description taken.
	maxSmallBlock = 1 << 18
)

// pcapng reads the next generation format.
type pcapng struct {
	w      *window
	link   linkDecoder
	order  order
	ifaces []iface
	alien  bool // inside a section of a version that is not known
}

// iface is one interface description of the section.
type iface struct {
	name   string
	typ    LinkType
	snap   uint32
	resol  uint8       // if_tsresol
	offset packet.Time // if_tsoffset
}

// newPcapng checks that the file starts with a whole section header, so that a
// file that is none is refused on opening.
func newPcapng(w *window) (*pcapng, error) {
	p := &pcapng{w: w}
	typ, body, err := p.block(nil)
	if err != nil {
		return nil, err
	}
	return p, p.describe(typ, body)
}

func (p *pcapng) next(rec *Record) error {
	for {
		typ, body, err := p.block(rec)
		if err != nil {
			return err
		}
		switch {
		case typ == blockSection || typ == blockInterface && !p.alien:
			err = p.describe(typ, body)
		case p.alien:
		case typ == blockEnhanced || typ == blockPacket:
			return p.enhanced(rec, typ, body)
		case typ == blockSimple:
			return p.simple(rec, body)
		case countsAsPacket(typ):
			rec.Skip = ErrNoPacket
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// countsAsPacket says which blocks without a packet Wireshark 4.0 numbers as
// frames, so that the numbers agree.
func countsAsPacket(typ uint32) bool {
	switch typ {
	case blockJournal, blockCustom, blockCustomNo, blockSysdig, blockSysdig2, blockSysdig2L:
		return true
	}
	return false
}

// block reads the next block and returns its type and body (without the type
// and the two lengths). Bodies of blocks that hold nothing of interest are
// passed over and nil. A section header's body starts at its byte order magic.
func (p *pcapng) block(rec *Record) (typ uint32, body []byte, err error) {
	h, err := p.w.take(8)
	if err != nil {
		return 0, nil, cutShort(err, "file ends inside a block header")
	}
	typ = p.order.u32(h)
	rawLen := [4]byte(h[4:])
	if typ == blockSection {
		m, err := p.w.br.Peek(4)
		if len(m) < 4 {
			return 0, nil, cutShort(err, "file ends inside a %s", "section header")
		}
		switch uint32(byteOrderMagic) {
		case big.u32(m):
			p.order = big
		case little.u32(m):
			p.order = little
		default:
			return 0, nil, format("section header has byte order magic %q (expected 1a2b3c4d in either order)", m)
		}
	}
	total := p.order.u32(rawLen[:])
	if total < 12 || total%4 != 0 {
		return 0, nil, format("block of type %d has length %d (expected a multiple of 4, at least 12)", typ, total)
	}
	switch {
	case p.alien && typ != blockSection:
		return typ, nil, p.pass(total)
	case typ == blockEnhanced, typ == blockSimple, typ == blockPacket:
		if total > maxPacket+maxSmallBlock {
			return 0, nil, format("packet block has length %d, damaged file (at most %d)", total, maxPacket+maxSmallBlock)
		}
	case typ == blockSection, typ == blockInterface:
		if total > maxSmallBlock {
			return 0, nil, format("block of type %d has length %d (at most %d)", typ, total, maxSmallBlock)
		}
	default:
		return typ, nil, p.pass(total)
	}
	body, err = p.w.take(int(total) - 8)
	if err != nil {
		return 0, nil, cutShort(err, "file ends after %d of a block's %d bytes", len(body)+8, total)
	}
	end := len(body) - 4
	if t := p.order.u32(body[end:]); t != total {
		return 0, nil, format("block starts with length %d and ends with length %d", total, t)
	}
	return typ, body[:end], nil
}

// pass skips the rest of a block.
func (p *pcapng) pass(total uint32) error {
	return cutShort(p.w.skip(int64(total)-8), "file ends inside a block of %d bytes", total)
}

// describe takes in a section header or an interface description.
func (p *pcapng) describe(typ uint32, b []byte) error {
	if typ == blockSection {
		if len(b) < 16 {
			return format("section header has %d bytes (expected at least 28)", len(b)+12)
		}
		p.ifaces = p.ifaces[:0]
		// A section of another major version has to be passed over
		// (draft-ietf-opsawg-pcapng 4.1); 1.2 was written for 1.0 by some.
		major, minor := p.order.u16(b[4:]), p.order.u16(b[6:])
		p.alien = major != 1 || minor != 0 && minor != 2
		return nil
	}
	if len(b) < 8 {
		return format("interface description has %d bytes (expected at least 20)", len(b)+12)
	}
	if len(p.ifaces) == maxInterfaces {
		return format("section has more than %d interfaces", maxInterfaces)
	}
	f := iface{typ: LinkType(p.order.u16(b)), snap: p.order.u32(b[4:]), resol: 6}
	for o := (options{p.order, b[8:]}); ; {
		code, v, ok := o.next()
		if !ok {
			break
		}
		switch {
		case code == optIfName && f.name == "":
			f.name = strings.TrimRight(string(v[:min(len(v), maxIfName)]), "\x00")
		case code == optTsResol && len(v) >= 1:
			f.resol = v[0]
		case code == optTsOffset && len(v) >= 8:
			f.offset = seconds(int64(p.order.u64(v)))
		}
	}
	p.ifaces = append(p.ifaces, f)
	return nil
}

// enhanced reads an enhanced packet block or its obsolete forerunner, which
// differ in the interface number and in nothing else that is used here.
func (p *pcapng) enhanced(rec *Record, typ uint32, b []byte) error {
	if len(b) < 20 {
		return format("packet block has %d bytes (expected at least 32)", len(b)+12)
	}
	id := p.order.u32(b)
	if typ == blockPacket {
		id = uint32(p.order.u16(b))
	}
	if id >= uint32(len(p.ifaces)) {
		return format("packet of interface %d, but the section describes %d", id, len(p.ifaces))
	}
	f := &p.ifaces[id]
	caplen, wire := p.order.u32(b[12:]), p.order.u32(b[16:])
	if uint64(caplen) > uint64(len(b)-20) {
		return format("captured length is %d, but the block holds %d bytes", caplen, len(b)-20)
	}
	rec.Time = f.time(uint64(p.order.u32(b[4:]))<<32 | uint64(p.order.u32(b[8:])))
	rec.Raw = b[20 : 20+caplen]
	rec.WireLen = int(min(wire, math.MaxInt32))
	var flags uint32
	for o := (options{p.order, b[min(len(b), 20+int(caplen+3)&^3):]}); ; {
		code, v, ok := o.next()
		if !ok {
			break
		}
		switch {
		case code == optFlags && len(v) >= 4:
			flags = p.order.u32(v)
		case code == optComment && rec.Comment != "":
			rec.Comment += "\n" + string(v)
		case code == optComment:
			rec.Comment = string(v)
		}
	}
	p.finish(rec, f, flags)
	return nil
}

// simple reads a simple packet block: no time, interface 0.
func (p *pcapng) simple(rec *Record, b []byte) error {
	if len(b) < 4 {
		return format("simple packet block has %d bytes (expected at least 16)", len(b)+12)
	}
	if len(p.ifaces) == 0 {
		return format("packet without any interface description")
	}
	f := &p.ifaces[0]
	wire := p.order.u32(b)
	n := min(uint32(len(b)-4), wire)
	if f.snap > 0 {
		n = min(n, f.snap)
	}
	rec.Clock, rec.Untold = NoClock, FieldTime
	rec.Raw = b[4 : 4+n]
	rec.WireLen = int(min(wire, math.MaxInt32))
	p.finish(rec, f, 0)
	return nil
}

// finish sets what the interface and epb_flags tell (4.3.1: bits 0-1 direction,
// 2-4 reception type) and decodes the frame.
func (p *pcapng) finish(rec *Record, f *iface, flags uint32) {
	rec.Iface, rec.LinkType = f.name, f.typ
	rec.Dir = [4]Direction{Unknown, In, Out, Unknown}[flags&3]
	p.link.order = p.order
	p.link.cast = [8]uint8{castUnknown, uint8(packet.CastHost), uint8(packet.CastMulticast), uint8(packet.CastBroadcast),
		uint8(packet.CastOther), castUnknown, castUnknown, castUnknown}[flags>>2&7]
	p.link.decode(rec)
}

// time converts a timestamp of the interface; what does not fit saturates.
func (f *iface) time(ts uint64) packet.Time {
	n := uint(f.resol & 0x7f)
	var hi, lo uint64
	switch {
	case f.resol&0x80 != 0: // units of 2^-n s
		hi, lo = bits.Mul64(ts, 1e9)
		switch {
		case n >= 64:
			hi, lo = 0, hi>>(n-64)
		case n > 0:
			hi, lo = hi>>n, hi<<(64-n)|lo>>n
		}
	case n <= 9:
		hi, lo = bits.Mul64(ts, pow10[9-n])
	case n-9 < uint(len(pow10)):
		lo = ts / pow10[n-9]
	}
	if hi != 0 || lo > math.MaxInt64 {
		return math.MaxInt64
	}
	t := packet.Time(lo) + f.offset
	if f.offset > 0 && t < 0 {
		return math.MaxInt64
	}
	return t
}

var pow10 = [...]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19}

// seconds converts, saturating.
func seconds(s int64) packet.Time {
	const limit = math.MaxInt64 / int64(packet.Second)
	return packet.Time(max(-limit, min(limit, s))) * packet.Second
}

// options walks over the options of a block. A damaged rest ends it.
type options struct {
	order order
	b     []byte
}

func (o *options) next() (code uint16, value []byte, ok bool) {
	if len(o.b) < 4 {
		return 0, nil, false
	}
	code = o.order.u16(o.b)
	n := int(o.order.u16(o.b[2:]))
	if code == optEnd || n > len(o.b)-4 {
		return 0, nil, false
	}
	value = o.b[4 : 4+n]
	o.b = o.b[min(len(o.b), 4+(n+3)&^3):]
	return code, value, true
}

var _ source = (*pcapng)(nil)
var _ source = (*pcap)(nil)
var _ io.Reader = (*xzGuard)(nil)
