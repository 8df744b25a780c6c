package generator

import (
	"regexp"
	"strings"

	"nfwhy/packet"
)

// Claim is what a log prefix says becomes of the packet.
type Claim string

// The claims. The zero value: the prefix does not tell.
const (
	NoClaim Claim = ""
	Drops   Claim = "DROP"
	Rejects Claim = "REJECT"
	Accepts Claim = "ACCEPT"
	Audits  Claim = "AUDIT" // written for every packet, no verdict at all
)

// Kind is which packets a rule with a prefix is for.
type Kind string

// The kinds. The zero value: whatever comes that far.
const (
	Any       Kind = ""
	Invalid   Kind = "invalid"    // ctstate INVALID
	NotSyn    Kind = "not-syn"    // NEW without SYN
	Scan      Kind = "scan"       // flag mixes of scanners
	Spoof     Kind = "spoof"      // sources that cannot come this way
	Blacklist Kind = "blacklist"  // a list of addresses
	Limited   Kind = "limit"      // over a rate
	NoZone    Kind = "no-zone"    // interface that no zone has
	Bridged   Kind = "same-iface" // comes and leaves by one interface
)

// Prefix is what a log prefix tells of its rule.
type Prefix struct {
	Text    string // as in the line, without blanks around it
	Program string // "" when no program is known to write it
	Chain   string // chain or zone pair named in it, "" for none
	Claim   Claim
	Kind    Kind
}

// form is a pattern of a program's prefixes. Groups named chain and claim are
// read from the text.
type form struct {
	program string
	pattern *regexp.Regexp
	claim   Claim
	kind    Kind
}

func formOf(program, pattern string, c Claim, k Kind) form {
	return form{program, regexp.MustCompile(pattern), c, k}
}

// forms lists the prefixes of the programs; the first that fits counts.
var forms = []form{
	formOf("ufw", `^\[UFW AUDIT INVALID\]`, Audits, Invalid),
	formOf("ufw", `^\[UFW AUDIT\]`, Audits, Any),
	formOf("ufw", `^\[UFW LIMIT BLOCK\]`, Rejects, Limited),
	formOf("ufw", `^\[UFW BLOCK\]`, Drops, Any),
	formOf("ufw", `^\[UFW ALLOW\]`, Accepts, Any),
	formOf("ufw-docker", `^\[UFW DOCKER BLOCK\]`, Drops, Any),
	formOf("firewalld", `^STATE_INVALID_DROP`, Drops, Invalid),
	formOf("firewalld", `^rpfilter_DROP`, Drops, Spoof),
	formOf("firewalld", `^FINAL_(?P<claim>REJECT|DROP)`, Rejects, Any),
	formOf("firewalld", `^(?:filter_)?(?P<chain>(?:IN|FWDI|FWDO|FWD|OUT)_[\w-]+?)_(?P<claim>REJECT|DROP|ACCEPT)`, NoClaim, Any),
	formOf("shorewall", `^Shorewall6?:(?P<chain>logflags|tcpflags)[:_]`, Drops, Scan),
	formOf("shorewall", `^Shorewall6?:(?P<chain>smurfs|rfc1918|norfc1918|man1918|nobogons|sfilter|rpfilter|~log\d+|\w+_mac|\w+_rec|maclog)[:_](?P<claim>\w+)?`, Drops, Spoof),
	formOf("shorewall", `^Shorewall6?:(?P<chain>blacklst|blackout|dynamic|logdrop|dropBcast)[:_](?P<claim>\w+)?`, Drops, Blacklist),
	formOf("shorewall", `^Shorewall6?:(?P<chain>INPUT|FORWARD|OUTPUT)[:_](?P<claim>\w+)?`, NoClaim, NoZone),
	formOf("shorewall", `^Shorewall6?:(?P<chain>[\w-]+?)[:_](?P<claim>DROP|REJECT|ACCEPT|LOG|CONTINUE|DNAT|REDIRECT|QUEUE|A_DROP|A_REJECT)`, NoClaim, Any),
	formOf("shorewall", `^(?P<chain>[a-z]+(?:2|-)(?:[a-z]+)) (?P<claim>DROP|REJECT|ACCEPT)`, NoClaim, Any),
	formOf("susefirewall", `^SFW2-(?P<chain>IN|FWD|OUT)\w*-(?P<claim>DROP|ACC|REJECT|ILL|ERROR|INV)`, NoClaim, Any),
	formOf("csf", `^Firewall: \*(?P<chain>TCP_IN|UDP_IN|ICMP_IN|TCP_OUT|UDP_OUT|ICMP_OUT|TCP6IN|UDP6IN) Blocked\*`, Drops, Any),
	formOf("csf", `^Firewall: \*INVALID\*`, Drops, Invalid),
	formOf("csf", `^Firewall: \*`, Drops, Any),
	formOf("apf", `^\*\* (?P<chain>IN|OUT)_\w+ (?P<claim>DROP) \*\*`, Drops, Any),
	formOf("openwrt", `^(?i)(?P<claim>DROP|REJECT|ACCEPT) (?P<chain>\w+) invalid ct state`, NoClaim, Invalid),
	formOf("openwrt", `^(?P<claim>DROP|REJECT|ACCEPT|drop|reject|accept)[ (](?:src |dest )?(?P<chain>\w+)\)? ?(?:in|out|forward|src|dest)?: ?$`, NoClaim, Any),
	formOf("edgeos", `^\[?(?:ipv[46]-)?(?P<chain>[\w.-]+?)-(?:\d+|default|DEFLT)-(?P<claim>[ADR])\]?`, NoClaim, Any),
	formOf("unifi", `^\[(?P<chain>[\w.-]+)-(?P<claim>A|D|R|RET)-(?:\d+|default)\]`, NoClaim, Any),
	formOf("ipfire", `^(?P<claim>DROP)_(?P<chain>INPUT|FORWARD|FORWARDFW|OUTPUT|OUTGOINGFW)`, Drops, Any),
	formOf("ipfire", `^DROP_NEWNOTSYN`, Drops, NotSyn),
	formOf("ipfire", `^DROP_(?:CTINVALID|INVALID)`, Drops, Invalid),
	formOf("ipfire", `^DROP_(?:PScan|Scan)`, Drops, Scan),
	formOf("ipfire", `^(?:FORWARDFW|INPUTFW|OUTGOINGFW)`, Accepts, Any),
	formOf("firehol", `^'?(?:BLOCKED |PASS-unknown|IN-unknown|OUT-unknown)`, Drops, Any),
	formOf("arno", `^AIF:.*(?:blocked|drop|denied|dropped)`, Drops, Any),
	formOf("proxmox", `(?:policy|smurfs|rule) (?P<claim>DROP|REJECT|ACCEPT): ?$`, NoClaim, Any),
	formOf("fwbuilder", `^RULE \d+ -- (?P<claim>DROP|DENY|REJECT|ACCEPT|ROUTE)`, NoClaim, Any),
	formOf("trace", `^TRACE: (?P<chain>[\w-]+:[\w-]+)`, Audits, Any),
}

// claimWords are words of prefixes that people make up, and what they claim.
// Whole words count, in any of the notations of identifiers.
var claimWords = []struct {
	word  *regexp.Regexp
	claim Claim
}{
	{regexp.MustCompile(`(?i)(?:^|[^a-z])(?:accept|accepted|allow|allowed|pass|passed|permit|permitted|ok|okay)(?:[^a-z]|$)`), Accepts},
	{regexp.MustCompile(`(?i)reject`), Rejects},
	{regexp.MustCompile(`(?i)drop|den(?:y|ied)|block|refus|died|dead|kill|discard|forbid|ban|bad|black|unauthori[sz]ed|illegal|stealth`), Drops},
}

var kindWords = []struct {
	word *regexp.Regexp
	kind Kind
}{
	{regexp.MustCompile(`(?i)invalid|bad.?state|inval`), Invalid},
	{regexp.MustCompile(`(?i)new.?(?:not|no|without|!).?syn|newnotsyn|not.?syn`), NotSyn},
	{regexp.MustCompile(`(?i)scan|xmas|null|stealth|bad.?(?:flags|tcp)|syn.?fin|nmap|malformed`), Scan},
	{regexp.MustCompile(`(?i)spoof|martian|bogon|rfc.?1918|src.?rout`), Spoof},
	{regexp.MustCompile(`(?i)flood|brute|limit|rate|ddos`), Limited},
	{regexp.MustCompile(`(?i)blacklist|blocklist|banned|fail2ban|badguy|geoip`), Blacklist},
}

// Read tells what a line's prefix says of the rule that wrote it.
func Read(text string) Prefix {
	p := Prefix{Text: strings.Join(strings.Fields(text), " ")}
	for _, f := range forms {
		m := f.pattern.FindStringSubmatch(p.Text)
		if m == nil {
			continue
		}
		p.Program, p.Claim, p.Kind = f.program, f.claim, f.kind
		for i, name := range f.pattern.SubexpNames() {
			switch {
			case m[i] == "":
			case name == "chain":
				p.Chain = m[i]
			case name == "claim":
				p.Claim = claimOf(m[i])
			}
		}
		return p
	}
	for _, k := range kindWords {
		if k.word.MatchString(p.Text) {
			p.Kind = k.kind
			break
		}
	}
	for _, c := range claimWords {
		if c.word.MatchString(p.Text) {
			p.Claim = c.claim
			break
		}
	}
	if p.Claim == NoClaim && (p.Kind == Invalid || p.Kind == NotSyn || p.Kind == Scan || p.Kind == Spoof) {
		p.Claim = Drops
	}
	return p
}

func claimOf(word string) Claim {
	switch strings.ToUpper(strings.TrimPrefix(word, "A_")) {
	case "DROP", "D", "DENY", "ILL", "INV", "ERROR":
		return Drops
	case "REJECT", "R":
		return Rejects
	case "ACCEPT", "A", "ACC", "RET", "DNAT", "REDIRECT", "ROUTE":
		return Accepts
	}
	return NoClaim
}

// Hook returns the hook at which a line was written, as far as its interfaces
// tell: a line of OUTPUT and one of POSTROUTING look alike.
func Hook(l *packet.LogLine) packet.Hook {
	switch {
	case l.In == "":
		return packet.Output
	case l.Out == "":
		return packet.Input
	}
	return packet.Forward
}
