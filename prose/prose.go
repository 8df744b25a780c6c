package prose

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"

	"nfwhy/packet"
)

// Line is one line of a text.
type Line struct {
	File string
	No   int
	Text string
}

// Source is the line's place.
func (l Line) Source() string { return fmt.Sprintf("%s:%d", l.File, l.No) }

// maxLine is how much of a line is looked at.
const maxLine = 4000

// Lines cuts a text into lines; nil for what is no text.
func Lines(name string, data []byte) []Line {
	if bytes.IndexByte(data[:min(len(data), 4096)], 0) >= 0 {
		return nil
	}
	var out []Line
	for no := 1; len(data) > 0; no++ {
		line, rest, _ := bytes.Cut(data, []byte("\n"))
		data = rest
		line = line[:min(len(line), maxLine)]
		out = append(out, Line{name, no, strings.TrimRight(string(line), "\r")})
	}
	return out
}

// Packet is a packet that a text tells of.
type Packet struct {
	Line Line
	Time packet.Time // from the beginning of the listing
	Pkt  *packet.Packet
	// Sequence tells that sequence numbers are known, relative to the connection.
	Sequence bool
}

// Told is a packet told in a sentence, as far as it is.
type Told struct {
	Line     Line
	In, Out  string
	Prefix   string
	Src, Dst netip.Addr
	Net      bool // an end was told as a network only
	Proto    uint8
	Flags    uint16 // of TCP; valid iff HasFlags
	HasFlags bool
	Sport    uint16
	Dport    uint16
}

// Message is something that a program printed about packets.
type Message struct {
	Line  Line
	Kind  Kind
	Count int    // what the message counts
	Text  string // the part that tells
}

// Post is what was found.
type Post struct {
	Packets  []Packet
	Told     []Told
	Messages []Message
	names    map[string]netip.Addr
	next     uint32
}

// Names returns the stand-ins of words used as addresses.
func (p *Post) Names() map[netip.Addr]string {
	out := map[netip.Addr]string{}
	for n, a := range p.names {
		out[a] = n
	}
	return out
}

// Read finds what the lines tell.
func Read(lines []Line) *Post {
	p := &Post{names: map[string]netip.Addr{}}
	shark := &sharkReader{post: p}
	for _, l := range lines {
		if m, ok := message(l); ok {
			p.Messages = append(p.Messages, m)
			continue
		}
		if shark.line(l) {
			continue
		}
		if t, ok := told(l); ok && len(p.Told) < maxTold {
			p.Told = append(p.Told, t)
		}
	}
	shark.finish()
	return p
}

// maxTold bounds what is kept of each kind.
const maxTold = 1000

// address returns the address that a word is or stands for. Stand-ins come from
// 198.51.100.0/24 onwards, which no real host has.
func (p *Post) address(word string) netip.Addr {
	if a, err := netip.ParseAddr(word); err == nil {
		return a
	}
	if a, ok := p.names[word]; ok {
		return a
	}
	p.next++
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], 198<<24|18<<16|200<<8+p.next)
	a := netip.AddrFrom4(b)
	p.names[word] = a
	return a
}
