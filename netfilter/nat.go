package netfilter

import "nfwhy/packet"

// nat runs a nat chain for the first packet of a connection and translates.
func (n *Netns) nat(f *flight, h packet.Hook, s stop) bool { return true }

// echoOptions returns the IP options that an ICMP error repeats.
func (n *Netns) echoOptions(p *packet.Packet) []byte { return nil }
