// Package capture reads captured packets into records, and writes them.
//
// [Open] takes what people have: pcap of every byte order and age, pcapng with
// any number of sections and interfaces, the text that tcpdump prints, each
// plain or compressed; [Reader.Next] gives one [Record] after the other. A
// Record is a [packet.Packet] with its circumstances: time, interface,
// direction, how the link addressed it, and for text which fields the source
// does not tell. [TextScanner] finds tcpdump's text among other lines, as in a
// forum post. [Writer] writes pcapng with interface names, directions and
// comments.
//
// Reading is a stream: memory does not grow with the file, whatever lengths it
// claims, and the packets of pcap and pcapng cost no allocation; so a Record
// lives until the next call. What is no IP, or what the kernel would discard
// before any hook, is a Record too, with the reason in Skip, so that numbers
// agree with Wireshark. Tunnels stay closed: netfilter sees the outer packet.
//
// # Text
//
// A tcpdump line is parsed to what it tells (texthead.go, textbody.go and their
// neighbours), then a packet is built from that (textbuild.go) or taken from the
// hex dump below it (texthex.go). What is not told is listed in [Record.Untold]
// and never looks like knowledge: a blanked address is the text as written in
// SrcText or DstText, a relative sequence number without its base is untold.
// Payload is not made up: a rebuilt packet is like one that a capture cut.
//
// Measured on 80,144 packets of 911 captures as tcpdump 4.99.3 prints them in
// twelve styles: every dump gives the captured bytes; without one 99.9 % of the
// packets agree in every field that is not called untold. What is left is mostly
// damage: jumbograms without a length, options behind the end of the options,
// conversations whose numbers jump or start near 0.
//
// # Why not pcapgo for reading
//
// github.com/gopacket/gopacket/pcapgo v1.7.7 writes our files (it needs comments
// kept below 64 KiB by its caller). For reading it was measured on 971 captures
// and left, because it
//
//   - refuses pcap versions before 2.4, whose lengths stand in another order,
//     the modified format, and records whose captured length exceeds the
//     original, all of which libpcap and Wireshark read;
//   - reads epb_flags, and so the direction, in little-endian order also in
//     big-endian sections;
//   - allocates for every packet that has options, as all do that tell a direction;
//   - does not give pcapng's custom and journal blocks, which Wireshark counts;
//   - lets microseconds above 4294967 wrap around;
//   - puts the packet's place in none of its errors.
//
// Two files here read the formats instead: pcap.go and pcapng.go. The tests hold
// them against pcapgo wherever that reads on, and the writer against Wireshark.
package capture
