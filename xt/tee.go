package xt

import "nfwhy/trace"

var teeExt = &Extension{
	Name: "TEE", IsTarget: true, Families: FamBoth, Model: Partly, Gap: "the copy it sends is not followed",
	Doc: "Sends a copy of the packet to another host on the link and goes on.",
	Options: []Option{
		{Name: "gateway", Arg: Host, Need: true, Help: "who gets the copy"},
		{Name: "oif", Arg: Text, Help: "by which interface", Samples: []string{"eth0", "abcdefghijklmnop"}},
	},
	New: func(a *Args) (any, error) {
		g := a.Get("gateway")
		if g.Addr.IsUnspecified() {
			return nil, g.bad("the address of a host")
		}
		t := &sideEffect{name: "TEE"}
		t.write = func(w *Writer) { w.Printf("--gateway %s", addrText(g.Addr)) }
		if o := a.Get("oif"); o != nil {
			dev := o.Text()[:min(15, len(o.Text()))]
			t.write = func(w *Writer) { w.Printf("--gateway %s --oif %s", addrText(g.Addr), dev) }
		}
		return t, nil
	},
}

// sideEffect is a target that does something outside the packet's way, which goes
// on as if it were not there.
type sideEffect struct {
	name  string
	write func(w *Writer)
}

// Apply goes on with the next rule.
func (t *sideEffect) Apply(*Ctx) trace.Verdict { return trace.Continue }

// Save writes the options.
func (t *sideEffect) Save(w *Writer) {
	if t.write != nil {
		t.write(w)
	}
}
