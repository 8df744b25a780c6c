package xt

import (
	"strings"

	"nfwhy/packet"
	"nfwhy/trace"
)

var tcpoptstripExt = &Extension{
	Name: "TCPOPTSTRIP", IsTarget: true, Families: FamBoth, Tables: []string{"mangle"}, Protos: []uint8{packet.ProtoTCP}, Model: Exact,
	Doc: "Writes NOPs over TCP options.",
	Options: []Option{{Name: "strip-options", Arg: Text, Help: "numbers or mss, wscale, sack-permitted, sack, timestamp, md5",
		Samples: []string{"2", "mss,wscale", "5,8,19", "timestamp,254", "1", "2,mss", "256"}}},
	New: newTCPOptStrip,
}

var tcpOptionNames = map[string]uint64{"wscale": 3, "mss": 2, "sack-permitted": 4, "sack": 5, "timestamp": 8, "md5": 19}

type tcpOptStripTarget struct{ strip [4]uint64 }

func newTCPOptStrip(a *Args) (any, error) {
	t := &tcpOptStripTarget{}
	g := a.Get("strip-options")
	if g == nil {
		return t, nil
	}
	words := []string{"mss", "wscale", "sack-permitted", "sack", "timestamp", "md5"}
	for _, item := range strings.Split(g.Text(), ",") {
		n, ok := tcpOptionNames[item]
		if !ok {
			n, ok = wholeNumber(item, 0, 255)
		}
		switch {
		case !ok:
			return nil, g.Errorf("option %q: bad TCP option %q (expected a number from 2 to 255 or %s)%s", "--strip-options", item, oneOf(words), didYouMean(item, words))
		case n < 2:
			return nil, g.Errorf("option %q: TCP option %q cannot be stripped", "--strip-options", item)
		case t.has(uint8(n)):
			return nil, g.Errorf("option %q: TCP option %q is there already", "--strip-options", item)
		}
		t.strip[n/64] |= 1 << (n % 64)
	}
	return t, nil
}

func (t *tcpOptStripTarget) has(n uint8) bool { return t.strip[n/64]&(1<<(n%64)) != 0 }

// Apply is xt_TCPOPTSTRIP.c: tcpoptstrip_mangle_packet (Linux 6.18).
func (t *tcpOptStripTarget) Apply(c *Ctx) trace.Verdict {
	tr := c.transport()
	if tr.frag != 0 {
		return trace.Continue
	}
	h, w := c.bytes(tr.off, 20)
	if w != here {
		return dropIf(w == absent)
	}
	doff := int(h[12]>>4) * 4
	tcp, w := c.bytes(tr.off, max(doff, 20))
	if w != here || doff < 20 {
		return dropIf(w != cut)
	}
	for i := 20; i < doff-1; {
		n := optionLen(tcp[:doff], i)
		if i+n > doff {
			break
		}
		if t.has(tcp[i]) {
			for j := i; j < i+n; j++ {
				old, now := uint16(tcp[j]), uint16(1)
				if j%2 == 0 {
					old, now = old<<8, now<<8
				}
				mendChecksum(tcp[16:], old, now)
				tcp[j] = 1
			}
		}
		i += n
	}
	return trace.Continue
}

// Save writes the numbers.
func (t *tcpOptStripTarget) Save(w *Writer) {
	var list []string
	for n := 0; n < 256; n++ {
		if t.has(uint8(n)) {
			list = append(list, utoa(uint64(n)))
		}
	}
	if list != nil {
		w.Printf("--strip-options %s", strings.Join(list, ","))
	}
}
