package lab

import (
	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// quiet keeps the host's own voice out of the scenario. With swallow, what INPUT
// accepted is dropped before a socket sees it: in base chains of the last
// priority, older than conntrack's confirm, which therefore still runs first.
// The kernel's own multicast listener reports never reach OUTPUT's tables.
func quiet(swallow bool) error {
	c, err := nftables.New()
	if err != nil {
		return err
	}
	drop := nftables.ChainPolicyDrop
	t4 := &nftables.Table{Name: "nfwhy", Family: nftables.TableFamilyIPv4}
	t6 := &nftables.Table{Name: "nfwhy", Family: nftables.TableFamilyIPv6}
	for _, t := range []*nftables.Table{t4, t6} {
		if t == t6 || swallow {
			c.AddTable(t)
		}
		if swallow {
			c.AddChain(&nftables.Chain{Name: "input", Table: t, Type: nftables.ChainTypeFilter,
				Hooknum: nftables.ChainHookInput, Priority: nftables.ChainPriorityLast, Policy: &drop})
		}
	}
	out := c.AddChain(&nftables.Chain{Name: "output", Table: t6, Type: nftables.ChainTypeFilter,
		Hooknum: nftables.ChainHookOutput, Priority: nftables.ChainPriorityFirst})
	// Without a link-local address the reports come from :: and go to ff02::16.
	reports := [16]byte{0: 0xff, 1: 2, 15: 0x16}
	c.AddRule(&nftables.Rule{Table: t6, Chain: out, Exprs: []expr.Any{
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: 8, Len: 16},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: make([]byte, 16)},
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: 24, Len: 16},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: reports[:]},
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: 6, Len: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{unix.IPPROTO_HOPOPTS}},
		&expr.Verdict{Kind: expr.VerdictDrop},
	}})
	return c.Flush()
}
