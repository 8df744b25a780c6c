package xt

import (
	"strings"

	"nfwhy/trace"
)

var mhExt = &Extension{
	Name: "mh", Families: Fam6, Protos: []uint8{135}, Model: Exact,
	Doc: "Type of a mobility header (Mobile IPv6).",
	Options: []Option{{Name: "mh-type", Arg: Text, Neg: true, Help: "type's name or number, or LO:HI",
		Samples: []string{"1", "brr", "binding-update:be", "5:", ":", "4:3", "256", "home-test"}}},
	New: newMH,
}

var mhNames = []struct {
	name  string
	value uint8
}{
	{"binding-refresh-request", 0}, {"brr", 0}, {"home-test-init", 1}, {"hoti", 1}, {"careof-test-init", 2}, {"coti", 2}, {"home-test", 3},
	{"hot", 3}, {"careof-test", 4}, {"cot", 4}, {"binding-update", 5}, {"bu", 5}, {"binding-acknowledgement", 6}, {"ba", 6},
	{"binding-error", 7}, {"be", 7},
}

type mhMatch struct {
	types   spanMatch
	version Version
}

func newMH(a *Args) (any, error) {
	m := &mhMatch{spanMatch{0, 255, false}, a.Env.Version}
	g := a.Get("mh-type")
	if g == nil {
		return m, nil
	}
	m.types.neg = g.Neg
	lo, hi, colon := strings.Cut(g.Text(), ":")
	var err error
	if lo != "" || !colon {
		if m.types.lo, err = mhType(g, lo); err != nil {
			return nil, err
		}
	}
	switch {
	case !colon:
		m.types.hi = m.types.lo
	case hi != "":
		if m.types.hi, err = mhType(g, hi); err != nil {
			return nil, err
		}
	}
	if m.types.lo > m.types.hi {
		return nil, g.Errorf("option %q: range %q is empty", "--mh-type", g.Text())
	}
	return m, nil
}

// mhType reads a type: a number, a name, or the start of names of one type.
func mhType(g *Given, s string) (uint64, error) {
	var words []string
	found := -1
	for i, n := range mhNames {
		words = append(words, n.name)
		if strings.EqualFold(n.name, s) {
			return uint64(n.value), nil
		}
		if found < 0 && hasFoldPrefix(n.name, s) && s != "" {
			found = i
		}
	}
	if found >= 0 {
		return uint64(mhNames[found].value), nil
	}
	v, ok := wholeNumber(s, 0, 255)
	if !ok {
		return 0, g.bad("a type's name or a number 0-255" + didYouMean(s, words))
	}
	return v, nil
}

// Match is xt_mh.c: mh_mt6 (Linux 6.18). A header whose next header is not
// no-next-header drops the packet.
func (m *mhMatch) Match(c *Ctx) trace.Truth {
	h, t, ok := c.header("mh", 6)
	if !ok {
		return t
	}
	if h[0] != 59 {
		return c.malformed("mh", "header", "a mobility header with something behind it")
	}
	return c.within("mh", "--mh-type", uint64(h[2]), m.types.lo, m.types.hi, m.types.neg)
}

// Save writes the range unless it is everything.
func (m *mhMatch) Save(w *Writer) { m.types.save(w, "mh-type", 255, m.version) }
