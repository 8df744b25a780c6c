package capture

import (
	"strconv"

	"nfwhy/packet"
)

// Direction says which way a packet went at the host that captured it. The zero
// value means that the capture does not tell.
type Direction uint8

// The directions.
const (
	Unknown Direction = iota
	In                // received
	Out               // sent
)

// String returns "in", "out" or "unknown".
func (d Direction) String() string {
	switch d {
	case In:
		return "in"
	case Out:
		return "out"
	}
	return "unknown"
}

// Clock says what a record's Time counts from.
type Clock uint8

// The clocks. Captures are always Epoch; the others come from tcpdump text.
const (
	// Epoch: the Unix epoch.
	Epoch Clock = iota
	// NoClock: there was no time at all; Time is 0.
	NoClock
	// Since: some moment that is not told, such as the first packet (-ttt, -ttttt).
	Since
	// TimeOfDay: midnight of a day that is not told, in a time zone that is not
	// told. Time goes on past 24 hours when the text passes midnight.
	TimeOfDay
	// LocalDate: the Unix epoch if the time zone were UTC; the zone is not told.
	LocalDate
)

// String names the clock.
func (c Clock) String() string {
	return [...]string{"epoch", "none", "since", "time of day", "local date"}[c%5]
}

// Record is one captured packet. What [Reader.Next] returns is valid until its
// next call; [Record.Clone] keeps it. Records of a [TextScanner] are their own.
type Record struct {
	// File is the name given to Open or the scanner; Number counts the packets
	// of the file from 1 as Wireshark does, or is what tcpdump -# printed. Line
	// is the line of a text where the packet starts, 0 for a capture file.
	File   string
	Number int
	Line   int

	Time  packet.Time
	Clock Clock
	// Iface is the name of the interface, "" if the capture does not tell.
	Iface string
	// IfIndex is the interface's number on the host, which cooked captures tell
	// instead of its name; 0 if not told.
	IfIndex uint32
	Dir     Direction
	// Packet is the decoded packet; valid iff Skip is nil.
	Packet packet.Packet
	// Raw is the frame as captured, from the link header on; WireLen is how long
	// it was on the wire. For text, Raw is the hex dump's bytes, nil without one.
	Raw      []byte
	WireLen  int
	LinkType LinkType
	// Skip says why there is no Packet: no IP ([ErrARP], ...), or an IP packet
	// that the kernel discards before any hook (packet.ErrTruncated, ...).
	Skip error
	// Comment is the pcapng comment; several are joined by newlines.
	Comment string
	// NFLOG holds what the kernel's NFLOG target tells, nil for other link types.
	NFLOG *NFLOG

	// Untold lists the fields that the source does not tell; Packet holds a
	// plausible value or zero there. Complete captures tell everything.
	Untold Field
	// SrcText and DstText are the addresses as the text has them where they are
	// not addresses: names and blanked ones such as "108.162.[edited]". Equal
	// texts are equal addresses. The port is not part of them.
	SrcText, DstText string
	// Text is the tcpdump line (both lines of the -v form joined by a blank).
	Text string
}

// Source says where the record came from: "file:packet N" for a capture,
// "post.txt:17" for text.
func (r *Record) Source() string {
	if r.Line > 0 {
		return r.File + ":" + strconv.Itoa(r.Line)
	}
	return r.File + ":packet " + strconv.Itoa(r.Number)
}

// Clone returns a copy of r that shares no bytes with it.
func (r *Record) Clone() *Record {
	q := *r
	q.Raw = append([]byte(nil), r.Raw...)
	if r.Skip == nil {
		q.Packet = *r.Packet.Clone()
	}
	if r.NFLOG != nil {
		n := *r.NFLOG
		q.NFLOG = &n
	}
	return &q
}

// Field is a set of header fields and circumstances, for [Record.Untold].
type Field uint32

// The fields that a source may leave untold.
const (
	FieldTime       Field = 1 << iota // see Record.Clock
	FieldLinkDst                      // destination of the link header
	FieldSrc                          // source address
	FieldDst                          // destination address
	FieldProto                        // protocol
	FieldTOS                          // type of service or traffic class, and flow label
	FieldTTL                          // time to live or hop limit
	FieldID                           // IPv4 identification
	FieldFragment                     // DF, MF and offset
	FieldIPOptions                    // IPv4 options or IPv6 extension headers
	FieldLength                       // length of the packet
	FieldSrcPort                      // source port
	FieldDstPort                      // destination port
	FieldSeq                          // TCP sequence number; Packet may hold tcpdump's relative one
	FieldAck                          // TCP acknowledgement; as FieldSeq
	FieldFlags                        // TCP flags
	FieldWindow                       // TCP window
	FieldUrgent                       // TCP urgent pointer
	FieldTCPOptions                   // TCP options
	FieldChecksum                     // transport checksum
	FieldICMP                         // ICMP type, code or second word
	FieldInner                        // the packet that an ICMP error quotes, or parts of it
	FieldTransport                    // the transport header of other protocols
	FieldPayload                      // payload bytes
	numFields       = iota
)

var fieldNames = [numFields]string{
	"time", "link destination", "source address", "destination address", "protocol", "tos", "ttl", "id",
	"fragment", "ip options", "length", "source port", "destination port", "seq", "ack", "tcp flags", "window",
	"urgent pointer", "tcp options", "checksum", "icmp", "quoted packet", "transport header", "payload",
}

// Names returns the fields of the set as words.
func (f Field) Names() []string {
	var w []string
	for i, n := range fieldNames {
		if f>>i&1 != 0 {
			w = append(w, n)
		}
	}
	return w
}

// Has reports whether f holds any field of g.
func (f Field) Has(g Field) bool { return f&g != 0 }
