package conntrack

import (
	"fmt"
	"net/netip"

	"nfwhy/packet"
)

// Outcome is what a hook did with a packet besides its [Ref].
type Outcome struct {
	// Drop says that the hook itself dropped the packet. Being INVALID never
	// drops; a full table, a helper and a clash do.
	Drop bool
	// Reason says why the packet is INVALID, ignored or dropped; its zero value
	// that nothing was wrong.
	Reason Reason
	// Extra is a second line that the kernel logs for the same packet.
	Extra Reason
}

// Reason is why the tracker refused, ignored or dropped a packet. It is a plain
// value; the numbers that its texts need travel with it.
type Reason struct {
	Code Code
	n    [8]uint32
}

// Code names one reason. Zero means none.
type Code uint8

// The reasons. Comments give what the kernel logs with log_invalid, if anything.
const (
	NoReason Code = iota

	// INVALID, silent.
	NoTransport     // no transport header was found
	ShortHeader     // too few bytes for the protocol's tuple
	CaptureCut      // a capture did not keep the bytes that would decide
	GREProtocol     // PPTP GRE that does not carry PPP
	IsFragment      // a local fragment sent with IP_NODEFRAG
	NoInverse       // an ICMP type that opens no connection
	NoRequest       // an ICMP reply whose request is not in the table
	WrongFamily     // ICMP inside IPv6 or ICMPv6 inside IPv4
	QuoteUnreadable // ICMP error: the quoted packet gives no tuple
	QuoteNoInverse  // ICMP error about an ICMP message that has no counterpart
	QuoteNoEntry    // ICMP error: the quoted packet belongs to no entry
	TCPShort        // fewer than 20 bytes of TCP
	PickupOff       // no SYN seen and tcp_loose=0
	SCTPNoChunk     // SCTP without a chunk
	SCTPFirst       // an SCTP packet that cannot open an association
	SCTPBadTag      // an SCTP chunk with a tag it may not have

	// INVALID, logged.
	TCPTruncated    // truncated packet
	TCPFlags        // invalid tcp flag combination
	TCPNew          // invalid new
	TCPState        // packet (index %d) in dir %d invalid, state %s
	TCPInvalidRST   // invalid rst
	TCPSeqOver      // SEQ is over upper bound %u (over the window of the receiver)
	TCPAckOver      // ACK is over upper bound %u (ACKed data not seen yet)
	BadChecksum     // bad checksum
	ShortPacket     // short packet
	UDPMalformed    // truncated/malformed packet
	UDPLiteCoverage // invalid checksum coverage
	UDPLiteMissing  // checksum missing
	ICMPChecksum    // bad hw icmp checksum
	ICMPType        // invalid icmp type
	ICMPv6Checksum  // ICMPv6 checksum failed
	RedirectShort   // short redirect
	RedirectHop     // invalid saddr or hoplimit for redirect
	RedirectOptions // redirect without options
	QuoteOuterDst   // outer daddr %s != inner %s
	SCTPShort       // nf_ct_sctp: short packet
	SCTPChecksum    // nf_ct_sctp: bad CRC
	SCTPChunks      // do_basic_checks failed. ...
	SCTPTag         // verification tag check failed %x vs %x for dir %d
	SCTPTransition  // Invalid, old_state %d, dir %d, type %d
	lastInvalid     = SCTPTransition
)

// Reasons that do not make a packet INVALID.
const (
	// The packet keeps its entry, which does not move.

	TCPIgnored      = lastInvalid + 1 + iota // packet (index %d) in dir %d ignored, state %s
	TCPChallengeAck                          // challenge-ack ignored
	TCPBytesMore                             // %u bytes more than expected
	TCPSeqUnder                              // SEQ is under lower bound %u (already ACKed data retransmitted)
	TCPAckUnder                              // ignored ACK under lower bound %u (possible overly delayed)

	// Not INVALID, silent: told because people wonder.

	TCPReopened  // a SYN replaced the closed entry
	TCPPickup    // entry made from the middle of a connection
	NDUntracked  // neighbour discovery and multicast listener messages
	ExpectedFlow // the packet was expected by a helper

	// A second line.

	TCPLowerTimeout // packet (index %d, dir %d) response for index %d lower timeout to %u

	// Dropped.

	TableFull   // nf_conntrack: table full, dropping packet (kernel message)
	Clash       // another entry with the same tuple was confirmed first
	HelperDrop  // nf_ct_ftp: dropping packet: partial matching of `%s'
	SeqAdjDrop  // nf_ct_...: a sequence number could not be adjusted
	HelperLimit // nf_ct_...: cannot add expectation
	numCodes
)

// Invalid reports whether the packet is INVALID because of r.
func (r Reason) Invalid() bool { return r.Code > NoReason && r.Code <= lastInvalid }

// Ignored reports whether the packet kept its entry without moving it.
func (r Reason) Ignored() bool { return r.Code >= TCPIgnored && r.Code <= TCPAckUnder }

// say sets the reason of the packet at hand.
func (t *Table) say(c Code, n ...uint32) {
	t.why.Code = c
	copy(t.why.n[:], n)
}

// Log returns the text that the kernel logs for r with
// net.netfilter.nf_conntrack_log_invalid set (without the "nf_ct_proto_N: "
// before and the blank behind it), "" when the kernel is silent.
func (r Reason) Log() string {
	n := &r.n
	switch r.Code {
	case TCPTruncated:
		return "truncated packet"
	case TCPFlags:
		return "invalid tcp flag combination"
	case TCPNew:
		return "invalid new"
	case TCPState:
		return fmt.Sprintf("packet (index %d) in dir %d invalid, state %s", n[0], n[1], tcpStateName(n[2]))
	case TCPInvalidRST:
		return "invalid rst"
	case TCPSeqOver:
		return fmt.Sprintf("SEQ is over upper bound %d (over the window of the receiver)", n[0])
	case TCPAckOver:
		return fmt.Sprintf("ACK is over upper bound %d (ACKed data not seen yet)", n[0])
	case TCPIgnored:
		return fmt.Sprintf("packet (index %d) in dir %d ignored, state %s", n[0], n[1], tcpStateName(n[2]))
	case TCPChallengeAck:
		return "challenge-ack ignored"
	case TCPBytesMore:
		return fmt.Sprintf("%d bytes more than expected", n[0])
	case TCPSeqUnder:
		return fmt.Sprintf("SEQ is under lower bound %d (already ACKed data retransmitted)", n[0])
	case TCPAckUnder:
		return fmt.Sprintf("ignored ACK under lower bound %d (possible overly delayed)", n[0])
	case TCPLowerTimeout:
		return fmt.Sprintf("packet (index %d, dir %d) response for index %d lower timeout to %d", n[0], n[1], n[2], n[3])
	case BadChecksum:
		return "bad checksum"
	case ShortPacket:
		return "short packet"
	}
	return r.logOther()
}

func (r Reason) logOther() string {
	n := &r.n
	switch r.Code {
	case UDPMalformed:
		return "truncated/malformed packet"
	case UDPLiteCoverage:
		return "invalid checksum coverage"
	case UDPLiteMissing:
		return "checksum missing"
	case ICMPChecksum:
		return "bad hw icmp checksum"
	case ICMPType:
		return "invalid icmp type"
	case ICMPv6Checksum:
		return "ICMPv6 checksum failed"
	case RedirectShort:
		return "short redirect"
	case RedirectHop:
		return "invalid saddr or hoplimit for redirect"
	case RedirectOptions:
		return "redirect without options"
	case QuoteOuterDst:
		return r.logOuterDst()
	case SCTPShort:
		return "nf_ct_sctp: short packet "
	case SCTPChecksum:
		return "nf_ct_sctp: bad CRC "
	case SCTPChunks:
		return fmt.Sprintf("do_basic_checks failed. chunk num %d, type %d, len %d flag %d\n", n[0], n[1], n[2], n[3])
	case SCTPTag:
		return fmt.Sprintf("verification tag check failed %x vs %x for dir %d", n[0], n[1], n[2])
	case SCTPTransition:
		return fmt.Sprintf("Invalid, old_state %d, dir %d, type %d", n[0], n[1], n[2])
	case HelperDrop:
		return "dropping packet: " + r.helperText()
	}
	return ""
}

// Prefix returns the whole prefix of the line that the kernel logs for a packet
// of protocol proto, blank included, e.g. "nf_ct_proto_6: invalid new "; "" when
// the kernel is silent.
func (r Reason) Prefix(proto uint8) string {
	text := r.Log()
	if text == "" {
		return ""
	}
	if r.Code == HelperDrop {
		return "nf_ct_" + r.helperName() + ": " + text + " "
	}
	return fmt.Sprintf("nf_ct_proto_%d: %s ", proto, text)
}

func (r Reason) addrs() (outer, inner netip.Addr) {
	var a, b [16]byte
	for i := range 4 {
		be.PutUint32(a[4*i:], r.n[i])
		be.PutUint32(b[4*i:], r.n[4+i])
	}
	return netip.AddrFrom16(a), netip.AddrFrom16(b)
}

func (r Reason) logOuterDst() string {
	o, i := r.addrs()
	if o.Is4In6() {
		return fmt.Sprintf("outer daddr %s != inner %s", o.Unmap(), i.Unmap())
	}
	return fmt.Sprintf("outer daddr %s != inner %s", o.StringExpanded(), i.StringExpanded())
}

// sayOuterDst keeps both addresses, IPv4 as mapped ones.
func (t *Table) sayOuterDst(p *packet.Packet, inner *Tuple) {
	t.say(QuoteOuterDst)
	a, b := p.Dst().As16(), inner.Dst().As16()
	for i := range 4 {
		t.why.n[i] = be.Uint32(a[4*i:])
		t.why.n[4+i] = be.Uint32(b[4*i:])
	}
}
