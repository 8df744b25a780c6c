package capture

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"io"
	"net/netip"
	"strings"
	"testing"

	"nfwhy/packet"
)

// Test files are made here, byte by byte, so that every test says what it reads.

var addrA, addrB = netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("198.51.100.7")

// synPacket is a 40-byte IPv4 packet.
func synPacket() []byte {
	seg := packet.TCPFields{SrcPort: 3594, DstPort: 80, Seq: 1, Flags: packet.SYN, Window: 512}.Encode(addrA, addrB, nil)
	return packet.IPv4Fields{Protocol: packet.ProtoTCP, Src: addrA, Dst: addrB}.Encode(seg)
}

// udp6Packet is a 60-byte IPv6 packet.
func udp6Packet() []byte {
	src, dst := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("ff02::fb")
	dg := packet.EncodeUDP(src, dst, 5353, 5353, make([]byte, 12))
	return packet.IPv6Fields{NextHeader: packet.ProtoUDP, HopLimit: 255, Src: src, Dst: dst}.Encode(dg)
}

// unhex decodes hex with blanks.
func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// file builds a capture in one byte order.
type file struct {
	b []byte
	o binary.AppendByteOrder
}

func newFile(bigEndian bool) *file {
	if bigEndian {
		return &file{o: binary.BigEndian}
	}
	return &file{o: binary.LittleEndian}
}

func (f *file) u16(v ...uint16) *file {
	for _, x := range v {
		f.b = f.o.AppendUint16(f.b, x)
	}
	return f
}

func (f *file) u32(v ...uint32) *file {
	for _, x := range v {
		f.b = f.o.AppendUint32(f.b, x)
	}
	return f
}

func (f *file) bytes(b []byte) *file { f.b = append(f.b, b...); return f }

// pcap appends a pcap header.
func (f *file) pcap(magic uint32, minor uint16, link uint32) *file {
	return f.u32(magic).u16(2, minor).u32(0, 0, 65535, link)
}

// packet appends a pcap record.
func (f *file) packet(sec, frac uint32, b []byte) *file {
	return f.u32(sec, frac, uint32(len(b)), uint32(len(b))).bytes(b)
}

// block appends a pcapng block around body.
func (f *file) block(typ uint32, body []byte) *file {
	n := uint32(12 + (len(body)+3)&^3)
	return f.u32(typ, n).bytes(body).bytes(make([]byte, -len(body)&3)).u32(n)
}

// sub builds a body in the same byte order.
func (f *file) sub() *file { return &file{o: f.o} }

func (f *file) option(code uint16, v []byte) *file {
	return f.u16(code, uint16(len(v))).bytes(v).bytes(make([]byte, -len(v)&3))
}

func (f *file) section() *file {
	return f.block(blockSection, f.sub().u32(byteOrderMagic).u16(1, 0).u32(^uint32(0), ^uint32(0)).b)
}

// iface appends an interface description; opts are appended as they are.
func (f *file) iface(link uint16, snap uint32, opts *file) *file {
	b := f.sub().u16(link, 0).u32(snap)
	if opts != nil {
		b.bytes(opts.b).u32(0)
	}
	return f.block(blockInterface, b.b)
}

// enhanced appends an enhanced packet block.
func (f *file) enhanced(id uint32, ts uint64, b []byte, opts *file) *file {
	body := f.sub().u32(id, uint32(ts>>32), uint32(ts), uint32(len(b)), uint32(len(b))).bytes(b).bytes(make([]byte, -len(b)&3))
	if opts != nil {
		body.bytes(opts.b).u32(0)
	}
	return f.block(blockEnhanced, body.b)
}

// readAll returns clones of all records and the error that ended them, nil for io.EOF.
func readAll(t testing.TB, b []byte) ([]*Record, error) {
	t.Helper()
	r, err := Open("t.pcap", bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var recs []*Record
	for {
		rec, err := r.Next()
		if err == io.EOF {
			return recs, nil
		}
		if err != nil {
			return recs, err
		}
		recs = append(recs, rec.Clone())
	}
}
