package xt

import (
	"encoding/binary"

	"nfwhy/host"
	"nfwhy/packet"
	"nfwhy/trace"
)

// where says whether bytes asked for are there.
type where uint8

const (
	here   where = iota
	absent       // the packet ends before
	cut          // they were on the wire, but a capture did not keep them
)

// bytes returns n bytes of the packet from off on.
func (c *Ctx) bytes(off, n int) ([]byte, where) {
	p := c.Pkt
	switch {
	case off >= 0 && off+n <= len(p.Data):
		return p.Data[off : off+n], here
	case off >= 0 && off+n <= p.Length:
		return nil, cut
	}
	return nil, absent
}

// transport is what the rule walk knows of the transport header: iptables' own
// for legacy, nf_tables' packet info for nft.
type transport struct {
	proto uint8
	off   int
	frag  int   // fragment offset in the kernel's unit: IPv4 8 bytes, IPv6 1 byte
	state where // here: proto is known; else why it is not
}

// transport finds the transport header (net/ipv4/netfilter/ip_tables.c,
// net/ipv6/exthdrs_core.c: ipv6_find_hdr, nf_tables_ipv6.h; Linux 6.18).
func (c *Ctx) transport() transport {
	p := c.Pkt
	if p.Family != packet.IPv6 {
		return transport{proto: p.Proto, off: p.L4, frag: p.FragOff / 8}
	}
	if next := p.Data[6]; !packet.IsExtensionHeader(next) {
		return transport{proto: next, off: 40}
	}
	return c.findHeader(c.Backend == host.NFT)
}

// findHeader walks the extension headers to the first that is none. ESP and
// no-next-header end the walk; a later fragment ends it with the protocol its
// fragment header names, and fails when that is an extension header.
func (c *Ctx) findHeader(stopAtAH bool) transport {
	next, off := c.Pkt.Data[6], 40
	for packet.IsExtensionHeader(next) {
		h, w := c.bytes(off, 2)
		if w != here {
			return transport{state: w}
		}
		n := int(h[1])*8 + 8
		switch next {
		case packet.ProtoFragment:
			f, w := c.bytes(off+2, 2)
			if w != here {
				return transport{state: w}
			}
			if fo := int(binary.BigEndian.Uint16(f)) &^ 7; fo != 0 {
				if packet.IsExtensionHeader(h[0]) {
					return transport{state: absent}
				}
				return transport{proto: h[0], frag: fo}
			}
			n = 8
		case packet.ProtoAH:
			if stopAtAH {
				return transport{proto: next, off: off}
			}
			n = (int(h[1]) + 2) * 4
		}
		next = h[0]
		off += n
	}
	return transport{proto: next, off: off}
}

// header returns the first n bytes of the transport header for a match that is
// not native: a later fragment does not match, a header that is cut short by the
// sender drops the packet. ok is false when t is the answer already.
func (c *Ctx) header(part string, n int) (h []byte, t trace.Truth, ok bool) {
	tr := c.transport()
	if tr.frag != 0 {
		return nil, c.says(part, "fragment", "a later fragment, without a header", "a header", trace.No), false
	}
	return c.headerAt(part, tr.off, n)
}

func (c *Ctx) headerAt(part string, off, n int) (h []byte, t trace.Truth, ok bool) {
	h, w := c.bytes(off, n)
	switch w {
	case cut:
		return nil, c.unknown(part, "header", "", "the capture cut the packet before the "+part+" header's end"), false
	case absent:
		return nil, c.malformed(part, "header", "shorter than a "+part+" header"), false
	}
	return h, trace.Yes, true
}
