package xt

import (
	"fmt"
	"net/netip"
	"strings"

	"nfwhy/host"
	"nfwhy/packet"
	"nfwhy/ruleset"
)

const ipv6 = packet.IPv6

// inverse says which base options take a "!" before them.
const invertible = "sdpiof"

// baseOption takes one option of iptables itself.
func (c *compiler) baseOption(t token) error {
	if strings.IndexByte("jg", t.base) >= 0 {
		t.base = 'j'
		c.rule.Goto = c.rule.Goto || t.word.Text == "-g" || strings.HasPrefix(t.word.Text, "-g") || strings.HasPrefix(t.word.Text, "--g")
	}
	if strings.IndexByte("sdpiofjc", t.base) >= 0 {
		if c.used[t.base] {
			return errorAt(t.word.Pos, "option %q can only be given once", baseName(t.base))
		}
		c.used[t.base] = true
	}
	if c.neg != nil && strings.IndexByte("46", t.base) < 0 && strings.IndexByte(invertible, t.base) < 0 {
		return errorAt(c.neg.Pos, "option %q cannot be inverted", baseName(t.base))
	}
	if t.value != nil && strings.IndexByte(invertible, t.base) >= 0 {
		c.oldBaseNegation(t.value)
	}
	if t.base != 'm' && t.base != 'j' {
		c.last = nil
	}
	switch t.base {
	case 's', 'd', 'i', 'o', 'p':
		return c.baseValue(t.base, *t.value)
	case 'f':
		if c.env.Family == ipv6 {
			return errorAt(t.word.Pos, "option %q not allowed here: fragments of IPv6 are found with -m frag", "-f")
		}
		c.rule.Base.Frag, c.rule.Base.NegFrag = c.neg == nil, c.neg != nil
	case 'm':
		return c.addMatch(*t.value)
	case 'j':
		return c.addTarget(*t.value)
	case '4', '6':
		c.skip = c.skip || (t.base == '6') != (c.env.Family == ipv6)
	case 'c':
		return c.counters(t)
	case 'M', 'v', 'w', 'W':
		// They change what the command does, not the rule.
		if w := c.scan.peek(); t.base|0x20 == 'w' && w != nil && strings.Trim(w.Text, "0123456789") == "" && w.Text != "" {
			c.scan.i++
		}
	default:
		return errorAt(t.word.Pos, "option %q not allowed here: it is not part of a rule", t.word.Text)
	}
	return nil
}

func baseName(short byte) string {
	switch short {
	case 'j':
		return "-j"
	case 'c':
		return "-c"
	}
	return "-" + string(short)
}

// oldBaseNegation understands "-s ! 10.0.0.0/8" of iptables before 1.4.3.
func (c *compiler) oldBaseNegation(v *ruleset.Word) {
	w := c.scan.peek()
	if v.Text == "!" && c.neg == nil && w != nil && !strings.HasPrefix(w.Text, "-") && w.Text != "!" {
		bang := *v
		c.neg, *v = &bang, *w
		c.scan.i++
	}
}

func (c *compiler) baseValue(opt byte, w ruleset.Word) error {
	b, neg := &c.rule.Base, c.neg != nil
	var err error
	switch opt {
	case 's':
		c.src, err = c.addresses(w, neg)
	case 'd':
		c.dst, err = c.addresses(w, neg)
	case 'i':
		b.In, b.NegIn = w.Text, neg
		return checkInterface(w)
	case 'o':
		b.Out, b.NegOut = w.Text, neg
		return checkInterface(w)
	case 'p':
		n, ok := protocolNumber(w.Text)
		if !ok {
			n, ok = protocolNumber(strings.ToLower(w.Text))
		}
		if !ok {
			return errorAt(w.Pos, "unknown protocol %q (expected a name or 0-255)%s", w.Text, didYouMean(w.Text, protocolNames()))
		}
		if n == 0 && neg {
			return errorAt(w.Pos, "\"! -p %s\" would never match", w.Text)
		}
		b.Proto, b.NegProto, b.HasProto, b.anyProto = uint8(n), neg, n != 0, n == 0
		c.protoWord = w.Text
	}
	return err
}

func checkInterface(w ruleset.Word) error {
	switch {
	case w.Text == "":
		return errorAt(w.Pos, "empty interface name")
	case len(w.Text) > 15:
		return errorAt(w.Pos, "interface name %q is too long (at most 15 characters)", w.Text)
	}
	return nil
}

// addresses reads the comma list of -s or -d.
func (c *compiler) addresses(w ruleset.Word, neg bool) ([]AddrMask, error) {
	items := strings.Split(w.Text, ",")
	if neg && len(items) > 1 {
		return nil, errorAt(w.Pos, "several addresses in %q cannot be inverted", w.Text)
	}
	list := make([]AddrMask, 0, len(items))
	for _, item := range items {
		a, err := c.address(w, strings.TrimLeft(item, " "))
		if err != nil {
			return nil, err
		}
		a.Neg = neg
		if isZero(a.Mask) {
			if neg && c.env.Backend == host.NFT {
				return nil, errorAt(w.Pos, "inverted address %q would never match", w.Text)
			}
			if !neg {
				a = AddrMask{}
			}
		}
		list = append(list, a)
	}
	return list, nil
}

func isZero(a netip.Addr) bool { return a.IsUnspecified() }

// address reads ADDR[/PREFIX|/MASK]; bits outside the mask are cleared.
func (c *compiler) address(w ruleset.Word, s string) (AddrMask, error) {
	size := 32
	if c.env.Family == ipv6 {
		size = 128
	}
	text, maskText := s, ""
	slash := strings.LastIndexByte(s, '/')
	if slash >= 0 {
		text, maskText = s[:slash], s[slash+1:]
	}
	a := AddrMask{Mask: prefixMask(size, size)}
	var ok bool
	if slash >= 0 {
		if a.Mask, ok = addrMask(maskText, size); ok && size == 32 {
			_, prefix := wholeNumber(maskText, 0, 32)
			ok = prefix || strings.Count(maskText, ".") == 3
		}
		if !ok {
			return a, errorAt(w.Pos, "bad mask %q in %q (expected a prefix length 0-%d or a mask)", maskText, s, size)
		}
	}
	switch {
	case isZero(a.Mask): // the address is not looked at, as in any/0
		a.Addr = a.Mask
		return a, nil
	case size == 128:
		a.Addr, ok = hostAddr(text, size)
	case text == "localhost":
		a.Addr, ok = dottedAddr("127.0.0.1")
	default:
		a.Addr, ok = dottedAddr(text)
	}
	if !ok {
		return a, errorAt(w.Pos, "bad address %q (%s)", text, addressHint(text, size))
	}
	a.Addr = maskAddr(a.Addr, a.Mask)
	return a, nil
}

func addressHint(s string, size int) string {
	if a, err := netip.ParseAddr(s); err == nil {
		if a.Is4() && size == 128 {
			return "expected an IPv6 address: these are ip6tables rules"
		}
		if a.Is6() && size == 32 {
			return "expected an IPv4 address: these are iptables rules"
		}
	}
	if strings.Trim(s, "0123456789.:/abcdefABCDEF") != "" {
		return "expected " + addressWord(size) + "; host names are not looked up"
	}
	return "expected " + addressWord(size)
}

// counters reads "-c PACKETS BYTES" or "-c PACKETS,BYTES".
func (c *compiler) counters(t token) error {
	pkts, bytes, comma := strings.Cut(t.value.Text, ",")
	if !comma {
		w := c.scan.peek()
		if w == nil || strings.HasPrefix(w.Text, "-") || w.Text == "!" {
			return errorAt(t.word.Pos, "option %q needs two numbers, packets and bytes", "-c")
		}
		bytes = w.Text
		c.scan.i++
	}
	var ok1, ok2 bool
	c.rule.Packets, ok1 = wholeNumber(pkts, 0, 1<<64-1)
	c.rule.Bytes, ok2 = wholeNumber(bytes, 0, 1<<64-1)
	if !ok1 || !ok2 {
		return errorAt(t.value.Pos, "option %q: bad counters %q (expected two numbers, packets and bytes)", "-c", pkts+" "+bytes)
	}
	c.rule.Counted = true
	return nil
}

// checkBase holds the base options against the chain.
func (c *compiler) checkBase() error {
	r := c.rule
	for _, x := range []struct {
		opt    byte
		chains string
	}{{'o', "PREROUTING INPUT"}, {'i', "POSTROUTING OUTPUT"}} {
		for _, chain := range strings.Fields(x.chains) {
			if c.used[x.opt] && r.Chain == chain {
				return errorAt(c.baseWord(x.opt), "option %q not allowed here: packets in %s have no such interface", baseName(x.opt), r.Chain)
			}
		}
	}
	if c.rule.Goto && c.used['j'] && r.Jump == "" {
		return errorAt(r.Source.Pos, "-g needs a chain")
	}
	return nil
}

// baseWord finds where a base option stands, for a message.
func (c *compiler) baseWord(opt byte) ruleset.Pos {
	s := scanner{words: c.rule.Source.Words, scope: c.scan.scope}
	for s.more() {
		if t := s.next(); t.base == opt {
			return t.word.Pos
		}
	}
	return c.rule.Source.Pos
}

// Save returns the rule after "-A CHAIN " exactly as iptables-save 1.8.9 (nft
// back end) prints it.
func (r *Rule) Save() string {
	var w Writer
	r.Base.save(&w)
	for _, p := range merged(r.Parts) {
		if d, ok := p.Match.(*doubt); ok {
			d.Save(&w)
			continue
		}
		w.Word("-m")
		p.save(&w)
	}
	if p := r.Target; p.Target != nil || len(p.Words) > 0 || p.Name != "" {
		w.Word("-j")
		p.save(&w)
		return w.String()
	}
	switch {
	case r.Jump != "" && r.Goto:
		w.Word("-g " + r.Jump)
	case r.Jump != "":
		w.Word("-j " + r.Jump)
	case r.Verdict != 0:
		w.Word("-j " + r.Verdict.String())
	}
	return w.String()
}

// renamed is a Match or Target that is saved under another name.
type renamed interface{ SaveName() string }

func (p Part) save(w *Writer) {
	name := p.Name
	var s interface{ Save(*Writer) }
	if p.Match != nil {
		s = p.Match
	}
	if p.Target != nil {
		s = p.Target
	}
	if n, ok := s.(renamed); ok {
		name = n.SaveName()
	}
	w.Word(name)
	if s != nil {
		s.Save(w)
	}
	for _, word := range p.Words {
		if strings.HasPrefix(word, "-") || word == "!" {
			w.Word(word)
		} else {
			w.Quote(word)
		}
	}
}

func (b *Base) save(w *Writer) {
	b.Src.save(w, "-s")
	b.Dst.save(w, "-d")
	saveInterface(w, "-i", b.In, b.NegIn)
	saveInterface(w, "-o", b.Out, b.NegOut)
	if b.HasProto {
		if b.NegProto {
			w.Word("!")
		}
		w.Word("-p " + protoText(b.Proto))
	}
	if b.Frag {
		w.Word("-f")
	} else if b.NegFrag {
		w.Word("! -f")
	}
}

func saveInterface(w *Writer, opt, name string, neg bool) {
	if name == "" || name == "+" && !neg {
		return
	}
	if neg {
		w.Word("!")
	}
	w.Word(opt + " " + name)
}

func (a *AddrMask) save(w *Writer, opt string) {
	if !a.Addr.IsValid() {
		return
	}
	if a.Neg {
		w.Word("!")
	}
	w.Word(opt + " " + a.String())
}

// String returns the address with its mask, always written, as iptables-save
// does in -s and -d.
func (a AddrMask) String() string {
	if !a.Addr.IsValid() {
		return "any"
	}
	if bits, ok := maskBits(a.Mask); ok {
		return fmt.Sprintf("%s/%d", addrText(a.Addr), bits)
	}
	return addrText(a.Addr) + "/" + addrText(a.Mask)
}

// addrText prints an address as the C library does, which differs from netip in
// the IPv4-compatible form ::1.2.3.4.
func addrText(a netip.Addr) string {
	if a.Is6() && !a.Is4In6() {
		b := a.As16()
		if [12]byte(b[:12]) == [12]byte{} && (b[12] != 0 || b[13] != 0) {
			return "::" + netip.AddrFrom4([4]byte(b[12:])).String()
		}
	}
	return a.String()
}
