// Package craft builds packets to send, as hping3 does.
//
// A [Spec] describes one packet: any flags, options, TTL, payload, TCP, UDP,
// ICMP or another protocol, IPv4 or IPv6; [Spec.Build] makes its bytes with
// right checksums. [Spec.Next] is the following packet of a series, with
// ascending ports and numbers. [Fragments] cuts a packet as an IP layer would.
// [Line] makes a packet from the text that tcpdump prints, so that what was
// seen somewhere can be sent again.
//
// The package draws nothing at random, sends nothing and knows no rules:
// whoever wants random ports chooses them.
package craft
