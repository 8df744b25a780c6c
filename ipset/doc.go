// Package ipset holds the sets that firewall rules ask about (-m set, -j SET).
//
// A [Collection] is made from the sets of an `ipset save` text and is what a
// network namespace has: named sets of addresses, networks, ports and their
// combinations, with timeouts, counters and exceptions (nomatch).
// [Collection.Test] asks about a packet as the kernel's match does;
// [Collection.Add] and [Collection.Delete] change it as the SET target does.
//
// What the kernel keys randomly or leaves to its garbage collector does not show:
// an expired element is absent. Elements are kept in maps with comparable keys;
// a test allocates nothing.
//
// Behaviour is that of net/netfilter/ipset/ip_set_*.c, Linux 6.18, and of
// ipset(8) 7.17.
package ipset
