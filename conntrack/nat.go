package conntrack

import "nfwhy/packet"

type natIndex struct{}

func (x natIndex) clone() natIndex { return x }

func (t *Table) natEnter(c *Conn) {}
func (t *Table) natLeave(c *Conn) {}

type expectNAT uint8

func (t *Table) followMaster(c *Conn, e *Expectation) {}

type seqAdjust struct {
	pos           uint32
	before, after int32
}

func (a *seqAdjust) at(seq uint32) int32 {
	if after(seq, a.pos) {
		return a.after
	}
	return a.before
}

func (t *Table) adjustSequence(p *packet.Packet, r *Ref) bool { return true }
func (x *extra) clone() *extra                                { n := *x; return &n }
