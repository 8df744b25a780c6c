package xt

import (
	"nfwhy/host"
	"nfwhy/packet"
	"nfwhy/trace"
)

// Match judges the base options: addresses, interfaces, protocol, fragments. It
// may set c.Hotdrop (ip_tables.c: ip_packet_match; ip6_tables.c:
// ip6_packet_match; Linux 6.18).
func (b *Base) Match(c *Ctx) trace.Truth {
	t := trace.Yes
	if b.Src.Addr.IsValid() {
		if c.addrWithin("", "-s", c.Pkt.Src(), &b.Src) == trace.No {
			return trace.No
		}
	}
	if b.Dst.Addr.IsValid() {
		if c.addrWithin("", "-d", c.Pkt.Dst(), &b.Dst) == trace.No {
			return trace.No
		}
	}
	if b.In != "" && b.In != "+" || b.NegIn {
		if c.iface("-i", c.In, b.In, b.NegIn) == trace.No {
			return trace.No
		}
	}
	if b.Out != "" && b.Out != "+" || b.NegOut {
		if c.iface("-o", c.Out, b.Out, b.NegOut) == trace.No {
			return trace.No
		}
	}
	if b.HasProto {
		if t = b.proto(c); t == trace.No {
			return t
		}
	} else if c.Family == packet.IPv6 && c.Backend == host.Legacy && b.anyProto {
		if c.transport().state == absent {
			return c.malformed("", "-p", "extension headers that cannot be read")
		}
	}
	if b.Frag || b.NegFrag {
		t = and(t, b.fragment(c))
	}
	return t
}

// iface compares an interface name with a pattern.
func (c *Ctx) iface(field, name, pattern string, neg bool) trace.Truth {
	t := trace.Of(matchInterface(name, pattern)).Not(neg)
	if c.Recorder != nil {
		saw := name
		if saw == "" {
			saw = "none"
		}
		c.Recorder.Term(trace.Term{Field: field, Saw: saw, Want: not(neg, pattern), Truth: t})
	}
	return t
}

// matchInterface compares as the kernel does: a trailing + stands for any rest.
func matchInterface(name, pattern string) bool {
	if n := len(pattern); n > 0 && pattern[n-1] == '+' {
		return len(name) >= n-1 && name[:n-1] == pattern[:n-1]
	}
	return name == pattern
}

func (b *Base) proto(c *Ctx) trace.Truth {
	tr := c.transport()
	switch tr.state {
	case cut:
		return c.unknown("", "-p", not(b.NegProto, protoText(b.Proto)), "the capture cut the packet inside its extension headers")
	case absent:
		if c.Backend == host.Legacy {
			return c.malformed("", "-p", "extension headers that cannot be read")
		}
		return c.says("", "-p", "extension headers that cannot be read", not(b.NegProto, protoText(b.Proto)), trace.No)
	}
	t := trace.Of(tr.proto == b.Proto).Not(b.NegProto)
	if c.Recorder != nil {
		c.Recorder.Term(trace.Term{Field: "-p", Saw: protoText(tr.proto), Want: not(b.NegProto, protoText(b.Proto)), Truth: t})
	}
	return t
}

func (b *Base) fragment(c *Ctx) trace.Truth {
	t := trace.Of(c.Pkt.FragOff != 0).Not(b.NegFrag)
	if c.Recorder != nil {
		saw := "no fragment"
		switch {
		case c.Pkt.FragOff != 0:
			saw = "a later fragment"
		case c.Pkt.MoreFrags:
			saw = "the first fragment"
		}
		c.Recorder.Term(trace.Term{Field: "-f", Saw: saw, Want: not(b.NegFrag, "a later fragment"), Truth: t})
	}
	return t
}
