package generator

import (
	"fmt"
	"strings"

	"nfwhy/packet"
	"nfwhy/ruleset"
)

// Frame makes the rules that nearly every guide has around a LOG rule with this
// prefix: loopback and connections known to conntrack are accepted, then the
// line is written and what the prefix claims is done. Nobody gave these rules;
// what rests on them is an assumption.
func Frame(l *packet.LogLine) *Model {
	p := Read(l.Prefix)
	fam := 4
	if l.Family == packet.IPv6 {
		fam = 6
	}
	hook := Hook(l)
	b := newBuilder("usual rules", fam)
	b.own("*filter")
	for _, c := range []packet.Hook{packet.Input, packet.Forward, packet.Output} {
		b.own(fmt.Sprintf(":%s ACCEPT [0:0]", c))
	}
	b.frame(hook, p, logRule(l), l.In == "lo" || l.Out == "lo")
	b.own("COMMIT")
	rs := b.rules()
	m := &Model{Program: "usual rules", Basis: "the prefix of the line", Covers: []string{p.Text},
		Assumed: []string{fmt.Sprintf("chain %s accepts loopback and what belongs to connections, then writes this line%s", hook, afterwards(p))}}
	if fam == 6 {
		m.Rules6 = rs
	} else {
		m.Rules4 = rs
	}
	return m
}

func afterwards(p Prefix) string {
	switch p.Claim {
	case Drops, Rejects:
		return " and refuses, as the prefix says"
	case Accepts:
		return " and accepts, as the prefix says"
	case Audits:
		return ""
	}
	return "; what it does then is not known"
}

// frame writes the rules of one chain.
func (b *builder) frame(hook packet.Hook, p Prefix, log string, lo bool) {
	in := map[packet.Hook]string{packet.Input: "-i lo ", packet.Output: "-o lo "}[hook]
	if in != "" && !lo {
		b.own(fmt.Sprintf("-A %s %s-j ACCEPT", hook, in))
	}
	first := p.Kind == Spoof || p.Kind == Blacklist || p.Kind == Scan || p.Claim == Audits
	match := kindMatch(p.Kind)
	write := func() {
		b.own(fmt.Sprintf("-A %s %s%s", hook, match, log))
		if t := target(p); t != "" {
			b.own(fmt.Sprintf("-A %s %s-j %s", hook, match, t))
		}
	}
	if first {
		write()
	}
	b.own(fmt.Sprintf("-A %s -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", hook))
	if !first {
		write()
	}
}

// kindMatch is how rules of a kind pick their packets.
func kindMatch(k Kind) string {
	switch k {
	case Invalid:
		return "-m conntrack --ctstate INVALID "
	case NotSyn:
		return "-p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -m conntrack --ctstate NEW "
	}
	return ""
}

func target(p Prefix) string {
	switch p.Claim {
	case Drops:
		return "DROP"
	case Rejects:
		return "REJECT"
	case Accepts:
		return "ACCEPT"
	case Audits:
		return ""
	}
	return "DROP"
}

// logRule is the target of a rule that writes l: its prefix, and the options
// whose output the line shows.
func logRule(l *packet.LogLine) string {
	s := "-j LOG"
	if p := l.Prefix; p != "" {
		s += " --log-prefix " + quoted(p)
	}
	f := l.LogFlags()
	for _, o := range []struct {
		flag   packet.LogFlags
		option string
	}{{packet.LogTCPSeq, "--log-tcp-sequence"}, {packet.LogTCPOptions, "--log-tcp-options"}, {packet.LogIPOptions, "--log-ip-options"},
		{packet.LogUID, "--log-uid"}, {packet.LogMACDecode, "--log-macdecode"}} {
		if f&o.flag != 0 {
			s += " " + o.option
		}
	}
	return s
}

func quoted(s string) string {
	if len(s) > 29 { // the kernel keeps 29 bytes of a prefix
		s = s[:29]
	}
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f {
			return '?'
		}
		return r
	}, s)
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// LogRule makes, as a rule of a chain, the LOG rule that writes l
// for packets of the kind.
func LogRule(chain string, l *packet.LogLine, k Kind) *ruleset.Rule {
	return assumed(chain, kindMatch(k)+logRule(l))
}

// Verdict makes the rule behind a LOG rule that does what its prefix claims; nil
// when it claims nothing.
func Verdict(chain string, p Prefix) *ruleset.Rule {
	t := target(p)
	if t == "" || p.Claim == NoClaim {
		return nil
	}
	return assumed(chain, "-j "+t)
}

// assumed parses one rule of the filter table that nobody gave.
func assumed(chain, spec string) *ruleset.Rule {
	f, err := ruleset.Parse("assumed"+inferredMark, []byte("*filter\n-A "+chain+" "+spec+"\nCOMMIT\n"), ruleset.Family(4))
	if err != nil || f.V4 == nil || f.V4.Table("filter") == nil {
		return nil
	}
	c := f.V4.Table("filter").Chain(chain)
	if c == nil || len(c.Rules) == 0 {
		return nil
	}
	return c.Rules[0]
}
