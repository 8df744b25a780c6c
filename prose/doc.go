// Package prose reads what a post tells in words: packets described in a
// sentence, the summary lines of Wireshark and tshark, and messages that the
// kernel and programs leave in logs besides lines of the LOG target.
//
// [Read] returns what it found with its place in the text. What is told in words
// is approximate, and whoever uses it is to say so. Names that stand for addresses
// ("server_ip") become stand-ins, the same name the same address.
//
// The package judges nothing.
package prose
