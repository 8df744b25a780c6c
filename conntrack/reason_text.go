package conntrack

import (
	"fmt"

	"nfwhy/packet"
)

// segmentNames name the packets of table index 0..5 as people do.
var segmentNames = [...]string{"SYN", "SYN/ACK", "FIN", "ACK", "RST", "segment without flags"}

func segment(i uint32) string {
	if i < uint32(len(segmentNames)) {
		return segmentNames[i]
	}
	return "segment"
}

func side(d uint32) string {
	if d == 0 {
		return "the client's side"
	}
	return "the server's side"
}

// an returns the word with its article.
func an(word string) string {
	if word == "RST" || word == "ACK" {
		return "an " + word
	}
	return "a " + word
}

// Text returns r as one short sentence for whoever runs the firewall, "" for
// none. It has no capital and no full stop.
func (r Reason) Text() string {
	n := &r.n
	switch r.Code {
	case TCPNew:
		return newText(n[0])
	case TCPState:
		return fmt.Sprintf("%s from %s does not fit a connection in state %s", an(segment(n[0])), side(n[1]), tcpStateName(n[2]))
	case TCPIgnored:
		return fmt.Sprintf("%s from %s is unexpected in state %s: let through, entry unchanged until the other side answers",
			an(segment(n[0])), side(n[1]), tcpStateName(n[2]))
	case TCPSeqOver:
		return fmt.Sprintf("sequence outside the window: the data ends beyond %d, more than the receiver allowed", n[0]-1)
	case TCPAckOver:
		return fmt.Sprintf("acknowledges data that was never seen (beyond %d)", n[0]-1)
	case TCPBytesMore:
		return fmt.Sprintf("%d bytes more than the receiver's window: let through", n[0])
	case TCPSeqUnder:
		return fmt.Sprintf("repeats old data (below %d) that was acknowledged before: let through", n[0])
	case TCPAckUnder:
		return fmt.Sprintf("acknowledges very old data (below %d): let through", n[0])
	case TCPLowerTimeout:
		return fmt.Sprintf("both sides tried to close with refused packets: the entry now ends in %d s", n[3]/packet.JiffyHz)
	case QuoteOuterDst:
		o, i := r.addrs()
		return fmt.Sprintf("ICMP error sent to %s, but the connection it quotes belongs to %s", o.Unmap(), i.Unmap())
	case SCTPTag:
		return "wrong SCTP verification tag for this association"
	case HelperDrop:
		return "the connection helper could not read the command: " + r.helperText()
	}
	if int(r.Code) < len(plainTexts) {
		return plainTexts[r.Code]
	}
	return ""
}

// newText says why a segment cannot open a connection.
func newText(index uint32) string {
	switch index {
	case tcpIdxSynAck:
		return "no entry: a SYN/ACK cannot open a connection, no SYN of this connection came before"
	case tcpIdxFin:
		return "no entry: a FIN cannot open a connection, the connection it closes is not (or no longer) known"
	case tcpIdxRst:
		return "no entry: an RST cannot open a connection, the connection it resets is not (or no longer) known"
	}
	return "no entry: this segment cannot open a connection"
}

var plainTexts = [numCodes]string{
	NoTransport:     "no transport header can be found in the packet",
	ShortHeader:     "the packet ends before its ports or identifiers",
	CaptureCut:      "the capture kept too little of this packet to tell",
	GREProtocol:     "PPTP GRE that carries something else than PPP",
	IsFragment:      "a fragment that was sent with reassembly switched off",
	NoInverse:       "this ICMP type belongs to no connection",
	NoRequest:       "no entry: an ICMP reply without a request before it",
	WrongFamily:     "ICMP of the wrong IP version",
	QuoteUnreadable: "ICMP error whose quoted packet is cut too short or is a later fragment",
	QuoteNoInverse:  "ICMP error about an ICMP message that is no query or reply",
	QuoteNoEntry:    "no entry: the connection that the ICMP error quotes is not (or no longer) known",
	TCPShort:        "too short for a TCP header",
	PickupOff:       "no entry: no SYN of this connection came before, and tcp_loose=0 forbids to pick it up in the middle",
	SCTPNoChunk:     "SCTP packet without a chunk",
	SCTPFirst:       "no entry: this SCTP packet cannot open an association",
	SCTPBadTag:      "an SCTP chunk whose verification tag is not the association's",
	TCPTruncated:    "the TCP header is longer than the packet, or shorter than it may be",
	TCPFlags:        "a combination of TCP flags that no real connection uses",
	TCPInvalidRST:   "an RST whose sequence number is older than what was acknowledged: stale or forged",
	BadChecksum:     "wrong checksum",
	ShortPacket:     "too short for its protocol's header",
	UDPMalformed:    "the UDP length field is impossible",
	UDPLiteCoverage: "the UDP-Lite checksum coverage is impossible",
	UDPLiteMissing:  "UDP-Lite without a checksum",
	ICMPChecksum:    "wrong ICMP checksum",
	ICMPType:        "unknown ICMP type",
	ICMPv6Checksum:  "wrong ICMPv6 checksum",
	RedirectShort:   "ICMPv6 redirect that is too short",
	RedirectHop:     "ICMPv6 redirect that does not come from a router on this link",
	RedirectOptions: "ICMPv6 redirect without options",
	SCTPShort:       "too short for an SCTP header",
	SCTPChecksum:    "wrong SCTP checksum",
	SCTPChunks:      "SCTP chunks that may not stand together",
	SCTPTransition:  "this SCTP chunk does not fit the association's state",
	TCPChallengeAck: "the answer to an unexpected SYN: let through, entry unchanged",
	TCPReopened:     "the SYN replaced the entry of the closed connection before",
	TCPPickup:       "no SYN came before: the connection was picked up in the middle (tcp_loose=1)",
	NDUntracked:     "neighbour discovery and multicast listener messages are never tracked",
	ExpectedFlow:    "a helper expected this connection",
	TableFull:       "the connection table is full (nf_conntrack_max): dropped before any rule could see it",
	Clash:           "another packet's entry took the same addresses and ports first: dropped",
	SeqAdjDrop:      "the sequence numbers that a helper changed could not be put right: dropped",
	HelperLimit:     "the helper could not register the connection it read about: dropped",
}
