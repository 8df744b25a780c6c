package netfilter

import (
	"nfwhy/ipset"
	"nfwhy/trace"
	"nfwhy/xt"
)

// SetTest looks the packet of c up in an ipset. A set that the host does not
// list is not known.
func (n *Netns) SetTest(c *xt.Ctx, ref xt.SetRef, m xt.SetQuery) trace.Truth {
	if n.sets.Set(ref.Name) == nil {
		return trace.Unknown
	}
	q := setQuery(c, ref)
	q.NoCount, q.ReturnNomatch = m.KeepCounters, m.NoMatch
	q.Packets, q.Bytes = compareOf(m.Packets), compareOf(m.Bytes)
	return trace.Of(n.sets.Test(ref.Name, &q))
}

// SetChange adds or deletes the packet's element; map-set has no effect on
// netfilter's decisions but for the mark, which no entry of a set carries here.
func (n *Netns) SetChange(c *xt.Ctx, s *xt.SetChange) {
	if s.Add != nil {
		q := setQuery(c, *s.Add)
		n.sets.Add(s.Add.Name, &q, s.Exist, uint64(s.Timeout), s.HasTimeout)
	}
	if s.Del != nil {
		q := setQuery(c, *s.Del)
		n.sets.Delete(s.Del.Name, &q)
	}
}

func setQuery(c *xt.Ctx, ref xt.SetRef) ipset.Query {
	q := ipset.Query{Packet: c.Pkt, In: c.In, Out: c.Out, Now: c.Now, Dims: len(ref.Dst)}
	for i, dst := range ref.Dst {
		if i < len(q.Src) {
			q.Src[i] = !dst
		}
	}
	return q
}

func compareOf(s xt.SetCounter) ipset.Compare {
	c := ipset.Compare{Value: s.Value}
	switch s.Op {
	case '=':
		c.Op = ipset.Equal
	case '!':
		c.Op = ipset.NotEqual
	case '<':
		c.Op = ipset.Less
	case '>':
		c.Op = ipset.Greater
	}
	return c
}
