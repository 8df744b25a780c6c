// Package replay runs captured packets through a simulated host.
//
// It settles what a capture leaves open: which way a packet went, on which
// interface, and whether it is a packet that the simulated host has sent itself
// already (forwarded, or made by the firewall), which is recognised and not sent
// twice. The clock is the capture's.
package replay
