// Package live is the running kernel: what it is like, and a way to talk to it.
//
// A [Netns] is a network namespace of this machine: [Here], [Open] one by name,
// or find those [Holding] an address. [Netns.Host] describes it as every other
// part of nfwhy wants it (links, addresses, routes, sysctls, rules), with what
// could not be read; [Netns.Path] tells how it would reach an address, and over
// what kind of link; [Netns.Wire] sends packets byte for byte and shows what
// passes; [KernelLog] reads the kernel's log.
//
// Everything but the wire only reads. The package decides nothing: whether a
// packet may be sent is its caller's question. It needs Linux, and most of it
// root.
package live
