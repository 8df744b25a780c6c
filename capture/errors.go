package capture

import (
	"errors"
	"fmt"
	"strconv"
)

// Reasons for [Record.Skip] that are met often. Others carry the EtherType or
// protocol in their text.
var (
	ErrARP       = errors.New("not IP: ARP")
	ErrRARP      = errors.New("not IP: RARP")
	ErrLLC       = errors.New("not IP: IEEE 802.3 frame with LLC")
	ErrPPPoE     = errors.New("not IP: PPPoE (the packet inside belongs to the ppp interface)")
	ErrMPLS      = errors.New("not IP: MPLS")
	ErrLLDP      = errors.New("not IP: LLDP")
	ErrEAPOL     = errors.New("not IP: EAPOL")
	ErrMACsec    = errors.New("not IP: MACsec")
	ErrLoopback  = errors.New("not IP: Ethernet loopback test")
	ErrNoPacket  = errors.New("no packet: a pcapng block of another kind")
	ErrShortLink = errors.New("frame ends inside its link header")
	ErrAddrFam   = errors.New("not IP: address family of another protocol")
	ErrPPPProto  = errors.New("not IP: PPP protocol of another kind")
	ErrNFLOG     = errors.New("NFLOG record without a packet")
)

// Error is a capture that cannot be read further. It names the file and the
// place; errors.Is finds io.ErrUnexpectedEOF in one whose file ends too early.
type Error struct {
	File   string
	Packet int // number of the packet concerned, 0 for the file itself
	Line   int // line of a text, 0 for a capture file
	Msg    string
	Err    error // nil or the cause
}

// Error returns "file:packet N: message".
func (e *Error) Error() string {
	s := e.File
	if e.Line > 0 {
		s += ":" + strconv.Itoa(e.Line)
	} else if e.Packet > 0 {
		s += ":packet " + strconv.Itoa(e.Packet)
	}
	s += ": " + e.Msg
	if e.Err != nil && e.Msg == "" {
		s += e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// format makes the Msg of an Error; the reader that it passes through adds the
// file and the packet number.
func format(msg string, args ...any) *Error { return &Error{Msg: fmt.Sprintf(msg, args...)} }

// UnreadLinkType is the Skip of packets of a link type that is not read.
type UnreadLinkType LinkType

// Error names the link type.
func (t UnreadLinkType) Error() string {
	return "link type " + strconv.Itoa(int(t)) + " is not read"
}

// OtherEtherType is the Skip of frames that carry something else than IP.
type OtherEtherType uint16

// Error names the EtherType.
func (t OtherEtherType) Error() string { return fmt.Sprintf("not IP: EtherType 0x%04x", uint16(t)) }
