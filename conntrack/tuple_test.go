package conntrack

import (
	"math/rand/v2"
	"net/netip"
	"testing"
)

// equal is == on tuples that differ in any set of fields, swapped ones included.
func TestTupleEqual(t *testing.T) {
	addrs := []netip.Addr{netip.MustParseAddr("10.66.2.9"), netip.MustParseAddr("10.66.2.1"), netip.MustParseAddr("0.0.0.0"),
		netip.MustParseAddr("255.255.255.255")}
	addrs6 := []netip.Addr{netip.MustParseAddr("fd66:2::9"), netip.MustParseAddr("fd66:2::1"), netip.MustParseAddr("::1"),
		netip.MustParseAddr("fd66:2:0:0:ffff::1")}
	r := rand.New(rand.NewPCG(1, 2))
	draw := func() Tuple {
		as := addrs
		if r.IntN(2) == 0 {
			as = addrs6
		}
		return MakeTuple(as[r.IntN(4)], as[r.IntN(4)], uint8(6+r.IntN(2)), uint16(r.IntN(2)), uint16(r.IntN(2)))
	}
	same := 0
	for range 20000 {
		a, b := draw(), draw()
		if got, want := a.equal(&b), a == b; got != want {
			t.Fatalf("equal(%v, %v) = %v", a, b, got)
		}
		if a == b {
			same++
		}
	}
	if same == 0 {
		t.Fatal("no equal pair was drawn")
	}
}
