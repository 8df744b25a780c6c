package craft

import (
	"encoding/binary"
	"fmt"

	"nfwhy/packet"
)

// Fragments cuts a packet into fragments whose payload has at most size bytes
// (rounded down to a multiple of eight), in order. IPv6 fragments get a fragment
// header with id; IPv4 fragments keep the packet's own ID. A packet that needs no
// cutting comes back whole.
func Fragments(b []byte, size int, id uint32) ([][]byte, error) {
	var p packet.Packet
	if err := p.Decode(b, len(b)); err != nil {
		return nil, err
	}
	size &^= 7
	if size < 8 {
		return nil, fmt.Errorf("fragments of %d bytes (expected at least 8)", size)
	}
	if p.FragOff != 0 || p.MoreFrags {
		return nil, fmt.Errorf("the packet is a fragment already")
	}
	head := 40
	if p.Family == packet.IPv4 {
		head = packet.IPv4Header(b).HeaderLen()
	}
	body := b[head:]
	if len(body) <= size {
		return [][]byte{b}, nil
	}
	var out [][]byte
	for off := 0; off < len(body); off += size {
		end := min(off+size, len(body))
		more := end < len(body)
		if p.Family == packet.IPv6 {
			out = append(out, piece6(b[:head], body[off:end], off, more, id))
		} else {
			out = append(out, piece4(b[:head], body[off:end], off, more))
		}
	}
	return out, nil
}

func piece4(head, part []byte, off int, more bool) []byte {
	b := append(append([]byte(nil), head...), part...)
	field := uint16(off / 8)
	if more {
		field |= 0x2000
	}
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	binary.BigEndian.PutUint16(b[6:], field)
	packet.IPv4Header(b).SetChecksum()
	return b
}

func piece6(head, part []byte, off int, more bool, id uint32) []byte {
	b := append([]byte(nil), head...)
	field := uint16(off)
	if more {
		field |= 1
	}
	b = append(b, b[6], 0)
	b = binary.BigEndian.AppendUint16(b, field)
	b = binary.BigEndian.AppendUint32(b, id)
	b = append(b, part...)
	b[6] = packet.ProtoFragment
	binary.BigEndian.PutUint16(b[4:], uint16(len(b)-40))
	return b
}
