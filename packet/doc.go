// Package packet is one packet as netfilter sees it.
//
// A [Packet] is the bytes from the IP header on, plus what travels beside the
// bytes in the kernel: the link header it came with, how the link addressed it
// ([Cast]), its mark. [Packet.Decode] checks every length once; after that no
// accessor of this package can panic, whatever the bytes say.
//
// Headers are their bytes: [IPv4Header], [IPv6Header], [TCP], [UDP] and [ICMP]
// are slices with accessors at named offsets, made without copying. To build a
// packet there is a plain fields struct for each with an Append or Encode.
//
// The package also speaks the two notations a packet has in the field: the text
// that the kernel's LOG target writes ([AppendLog], [ParseLog]) and the text
// that tcpdump prints ([Packet.AppendTcpdump]).
//
// It does not know rules, connections or machines, reads no files, and imports
// nothing of nfwhy.
package packet
