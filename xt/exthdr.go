package xt

import (
	"encoding/binary"

	"nfwhy/packet"
	"nfwhy/trace"
)

// extension looks for an extension header of IPv6 and returns its offset
// (net/ipv6/exthdrs_core.c: ipv6_find_hdr with a target, Linux 6.18). ok is
// false when t is the answer already: No when there is none, a dropped packet
// when the chain cannot be read, Unknown when a capture cut it.
func (c *Ctx) extension(part string, want uint8) (off int, t trace.Truth, ok bool) {
	next, off := c.Pkt.Data[6], 40
	for {
		if next == want {
			return off, trace.Yes, true
		}
		if !packet.IsExtensionHeader(next) {
			return 0, c.says(part, "header", "none", "a "+part+" header", trace.No), false
		}
		h, w := c.bytes(off, 2)
		if w == here && next == packet.ProtoFragment {
			h, w = c.bytes(off, 4)
		}
		switch w {
		case cut:
			return 0, c.unknown(part, "header", "a "+part+" header", "the capture cut the packet inside its extension headers"), false
		case absent:
			return 0, c.malformed(part, "header", "extension headers that cannot be read"), false
		}
		n := int(h[1])*8 + 8
		switch next {
		case packet.ProtoFragment:
			if binary.BigEndian.Uint16(h[2:])&^7 != 0 {
				return 0, c.says(part, "header", "none before the fragment's data", "a "+part+" header", trace.No), false
			}
			n = 8
		case packet.ProtoAH:
			n = (int(h[1]) + 2) * 4
		}
		next = h[0]
		off += n
	}
}
