package xt

import (
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"

	"nfwhy/ruleset"
)

// Option is one option of an extension.
type Option struct {
	Name    string   // without dashes, e.g. "dport"
	Aliases []string // e.g. "destination-port"
	Arg     Arg      // what its value is; the zero value is a flag without one
	Two     bool     // a second word follows the value
	// Min and Max bound a number, or the length of a text; Max 0 is the largest
	// that the kind of value has.
	Min, Max uint64
	Neg      bool     // "!" may stand before it
	Need     bool     // the extension is useless without it
	Multi    bool     // may be given several times
	Also     []string // options that must be given too
	Excl     []string // options that must not be given too
	// Outside says that the value names something made outside the rules.
	Outside bool
	Help    string
	Samples []string // valid values that are not obvious from Arg
}

// Arg is the kind of value an option takes.
type Arg uint8

// The kinds, with what [Given] holds after parsing.
const (
	NoArg        Arg = iota
	Text             // Given.Text only
	OptionalText     // Given.Text, may be missing
	Number           // Lo
	Span             // a number or LO:HI, either side may be missing: Lo, Hi
	Port             // a number or service name: Lo
	PortSpan         // LO:HI of ports: Lo, Hi
	Proto            // a number or protocol name: Lo
	MarkMask         // VALUE[/MASK]: Lo, Hi is the mask
	TOSMask          // VALUE[/MASK] or a symbol: Lo, Hi
	Host             // an address: Addr
	HostMask         // ADDR[/PREFIX|/MASK]: Addr (as written), Mask
	PrefixLen        // a prefix length: Lo
	PrefixMask       // a prefix length or a mask: Mask
	Level            // a syslog level: Lo
	MAC              // six bytes: Lo
	Real             // a real number: Real
)

// Given is one option as a rule gives it.
type Given struct {
	Option *Option
	Word   ruleset.Word   // as written: "--dport", "-f", "--dport=22"
	Neg    bool           // "!" stood before it
	Words  []ruleset.Word // the values
	Lo, Hi uint64
	Parts  int // of a Span or PortSpan: 1, or 2 with a colon
	Addr   netip.Addr
	Mask   netip.Addr
	Real   float64
}

// Text returns the first value as written.
func (g *Given) Text() string {
	if len(g.Words) == 0 {
		return ""
	}
	return g.Words[0].Text
}

// Errorf returns an error at the option's value, or at the option itself when it
// has none.
func (g *Given) Errorf(format string, args ...any) error {
	pos := g.Word.Pos
	if len(g.Words) > 0 {
		pos = g.Words[0].Pos
	}
	return errorAt(pos, format, args...)
}

// bad is the error of a value that is not what the option takes.
// expected may end with a hint of [didYouMean].
func (g *Given) bad(expected string) error {
	hint := ""
	if i := strings.Index(expected, " (did you mean"); i >= 0 {
		expected, hint = expected[:i], expected[i:]
	}
	return g.Errorf("option %q: bad value %q (expected %s)%s", "--"+g.Option.Name, g.Text(), expected, hint)
}

// Args is what a rule gives one extension.
type Args struct {
	Ext   *Extension
	Word  ruleset.Word // after -m or -j; for an implicit match, the option that called for it
	Rule  *Rule        // with Base complete
	Env   Env
	Given []*Given // in the order of the rule
}

// Errorf returns an error at the -m or -j word.
func (a *Args) Errorf(format string, args ...any) error {
	return errorAt(a.Word.Pos, format, args...)
}

// Get returns the option of that name as it was given last, nil when it was not.
func (a *Args) Get(name string) *Given {
	for i := len(a.Given) - 1; i >= 0; i-- {
		if a.Given[i].Option.Name == name {
			return a.Given[i]
		}
	}
	return nil
}

// Has reports whether the option of that name was given.
func (a *Args) Has(name string) bool { return a.Get(name) != nil }

// six reports whether the rule is an IPv6 rule.
func (a *Args) six() bool { return a.Rule.Family == ipv6 }

// addrBits is the size of the family's addresses.
func (a *Args) addrBits() int {
	if a.six() {
		return 128
	}
	return 32
}

// check holds what was given against what the options demand.
func (a *Args) check() error {
	for _, g := range a.Given {
		for _, name := range g.Option.Excl {
			if o := a.Get(name); o != nil {
				return errorAt(later(g, o).Word.Pos, "option %q cannot be used together with %q", "--"+g.Option.Name, "--"+name)
			}
		}
		for _, name := range g.Option.Also {
			if !a.Has(name) {
				return errorAt(g.Word.Pos, "option %q also requires %q", "--"+g.Option.Name, "--"+name)
			}
		}
	}
	for i := range a.Ext.Options {
		if o := &a.Ext.Options[i]; o.Need && !a.Has(o.Name) {
			return a.Errorf("%s %s: option %q must be given", a.Ext.kind(), a.Ext.Name, "--"+o.Name)
		}
	}
	return nil
}

func later(a, b *Given) *Given {
	if a.Word.Pos.Line > b.Word.Pos.Line || a.Word.Pos.Line == b.Word.Pos.Line && a.Word.Pos.Col > b.Word.Pos.Col {
		return a
	}
	return b
}

// add parses one option of the rule and keeps it.
func (a *Args) add(g *Given) error {
	if g.Neg && !g.Option.Neg {
		return errorAt(g.Word.Pos, "option %q cannot be inverted", "--"+g.Option.Name)
	}
	if !g.Option.Multi && a.Has(g.Option.Name) {
		return errorAt(g.Word.Pos, "option %q can only be given once", "--"+g.Option.Name)
	}
	if err := g.parse(a); err != nil {
		return err
	}
	if a.Ext.Early != nil {
		if err := a.Ext.Early(a, g); err != nil {
			return err
		}
	}
	a.Given = append(a.Given, g)
	return nil
}

// parse fills the fields that belong to the kind of value.
func (g *Given) parse(a *Args) error {
	o, s := g.Option, g.Text()
	var ok bool
	switch o.Arg {
	case NoArg, OptionalText:
	case Text:
		if n := uint64(len(s)); n < o.Min {
			return g.Errorf("option %q: %q is too short (at least %d characters)", "--"+o.Name, s, o.Min)
		} else if o.Max != 0 && n > o.Max {
			return g.Errorf("option %q: %q is too long (at most %d characters)", "--"+o.Name, s, o.Max)
		}
	case Number:
		if g.Lo, ok = wholeNumber(s, o.Min, o.Max); !ok {
			return g.bad(fmt.Sprintf("a number from %d to %d", o.Min, o.Max))
		}
	case Span:
		if err := g.parseSpan(o.Max); err != nil {
			return err
		}
		return g.checkOrder(a)
	case Port:
		if g.Lo, ok = resolverPort(s); !ok {
			return g.bad("a port number or service name" + didYouMean(s, serviceNames()))
		}
	case PortSpan:
		if err := g.parsePortSpan(); err != nil {
			return err
		}
		return g.checkOrder(a)
	case Proto:
		if g.Lo, ok = protocolNumber(s); !ok {
			return g.bad("a protocol name or number" + didYouMean(s, protocolNames()))
		}
	case MarkMask:
		if g.Lo, g.Hi, ok = markMask(s); !ok {
			return g.bad("a mark VALUE[/MASK] of 32 bits")
		}
	case TOSMask:
		if g.Lo, g.Hi, ok = tosMask(s); !ok {
			return g.bad("a number 0-255[/MASK] or " + oneOf(tosWords()))
		}
	case Level:
		if g.Lo, ok = syslogLevel(s); !ok {
			return g.bad("a level 0-7 or " + oneOf(levelWords()) + didYouMean(s, levelWords()))
		}
	case MAC:
		if g.Lo, ok = macNumber(s); !ok {
			return g.bad("an Ethernet address XX:XX:XX:XX:XX:XX")
		}
	case Real:
		var err error
		if g.Real, err = strconv.ParseFloat(strings.TrimSpace(s), 64); err != nil || math.IsNaN(g.Real) {
			return g.bad("a number")
		}
	default:
		return g.parseAddress(a)
	}
	return nil
}

// checkOrder refuses LO:HI with the larger number first, as newer releases do.
func (g *Given) checkOrder(a *Args) error {
	if a.Env.Version >= V1_8_11 && g.Lo > g.Hi {
		return g.Errorf("option %q: range %q is empty (the first number must not be larger)", "--"+g.Option.Name, g.Text())
	}
	return nil
}

// parseSpan reads N, LO:HI, LO:, :HI or ":".
func (g *Given) parseSpan(limit uint64) error {
	expected := fmt.Sprintf("a number or LO:HI from 0 to %d", limit)
	s := g.Text()
	for part := 0; ; part++ {
		if part == 2 {
			return g.bad(expected)
		}
		v, rest := uint64(0), s
		if part == 1 {
			v = limit
		}
		if s != "" && s[0] != ':' {
			var ok bool
			if v, rest, ok = number(s); !ok || v > limit || rest != "" && rest[0] != ':' {
				return g.bad(expected)
			}
		}
		g.Hi = v
		if part == 0 {
			g.Lo = v
		}
		g.Parts = part + 1
		if rest == "" {
			return nil
		}
		s = rest[1:]
	}
}

func (g *Given) parsePortSpan() error {
	lo, hi, colon := strings.Cut(g.Text(), ":")
	g.Parts, g.Lo, g.Hi = 1, 0, 65535
	if colon {
		g.Parts = 2
	}
	var ok bool
	if lo != "" {
		if g.Lo, ok = resolverPort(lo); !ok {
			return g.bad("a port or LO:HI" + didYouMean(lo, serviceNames()))
		}
	}
	if !colon {
		g.Hi = g.Lo
	} else if hi != "" {
		if g.Hi, ok = resolverPort(hi); !ok {
			return g.bad("a port or LO:HI" + didYouMean(hi, serviceNames()))
		}
	}
	return nil
}

func (g *Given) parseAddress(a *Args) error {
	s, size := g.Text(), a.addrBits()
	var ok bool
	switch g.Option.Arg {
	case Host:
		if g.Addr, ok = hostAddr(s, size); !ok {
			return g.bad(addressWord(size))
		}
	case HostMask:
		addr, mask, slash := strings.Cut(s, "/")
		if g.Addr, ok = hostAddr(addr, size); !ok {
			return g.bad(addressWord(size) + ", with or without /PREFIX")
		}
		g.Mask = prefixMask(size, size)
		if slash {
			if g.Mask, ok = prefixOf(mask, size); !ok {
				return g.bad("a prefix length or mask after the slash")
			}
		}
	case PrefixLen:
		if g.Lo, ok = wholeNumber(s, 0, uint64(size)); !ok {
			return g.bad(fmt.Sprintf("a prefix length from 0 to %d", size))
		}
	case PrefixMask:
		if g.Mask, ok = prefixOf(s, size); !ok {
			return g.bad("a prefix length or mask")
		}
	}
	return nil
}

func addressWord(size int) string {
	if size == 128 {
		return "an IPv6 address"
	}
	return "an IPv4 address"
}
