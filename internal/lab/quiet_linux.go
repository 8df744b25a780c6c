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
	// The reports go to ff02::16. Those of the kernel have no file behind their
	// socket, so they have no owner.
	reports := [16]byte{0: 0xff, 1: 2, 15: 0x16}
	toReports := []expr.Any{
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: 24, Len: 16},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: reports[:]},
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: 6, Len: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{unix.IPPROTO_HOPOPTS}},
	}
	for _, end := range [][]expr.Any{
		{&expr.Meta{Key: expr.MetaKeySKUID, Register: 1}, &expr.Verdict{Kind: expr.VerdictAccept}},
		{&expr.Verdict{Kind: expr.VerdictDrop}},
	} {
		c.AddRule(&nftables.Rule{Table: t6, Chain: out, Exprs: append(toReports[:len(toReports):len(toReports)], end...)})
	}
	return c.Flush()
}
