package xt

import (
	"strings"

	"nfwhy/host"
	"nfwhy/packet"
	"nfwhy/ruleset"
	"nfwhy/trace"
)

// Compile understands a rule as iptables 1.8.9 would (ip6tables for IPv6): which
// option belongs to which extension, what is implied, and whether iptables and
// the kernel would take it. A rule whose -s or -d lists several addresses is
// several rules: see [CompileAll]. A rule meant for the other family only (-4,
// -6) is nil without an error.
func Compile(r *ruleset.Rule, env Env) (*Rule, error) {
	rules, err := CompileAll(r, env)
	if err != nil || len(rules) == 0 {
		return nil, err
	}
	if len(rules) > 1 {
		return nil, errorAt(r.Pos, "-s and -d list several addresses: this is %d rules", len(rules))
	}
	return rules[0], nil
}

// CompileAll is [Compile] for a rule that may list several addresses: one rule
// for each pair of source and destination, in the order iptables appends them;
// none for a rule of the other family.
func CompileAll(r *ruleset.Rule, env Env) ([]*Rule, error) {
	if env.Family == 0 {
		env.Family = packet.IPv4
	}
	if known, doubt := doubts(r); doubt != nil {
		return compileDoubtful(r, env, known, doubt)
	}
	return compileWords(r, r.Words, env)
}

func compileWords(r *ruleset.Rule, words []ruleset.Word, env Env) ([]*Rule, error) {
	c := &compiler{
		env:  env,
		rule: &Rule{Source: r, Family: env.Family, Table: r.Table, Chain: r.Chain, Backend: env.Backend},
		scan: scanner{words: words},
		used: map[byte]bool{},
	}
	if err := c.words(); err != nil {
		return nil, err
	}
	if c.skip {
		return nil, nil
	}
	if err := c.finish(); err != nil {
		return nil, err
	}
	return c.split(), nil
}

// pending is a match or target of the rule that collects its options.
type pending struct {
	args    Args
	name    string
	foreign []ruleset.Word // all words of an extension that nfwhy does not know
	unknown bool
}

// compiler is the state of reading one rule.
type compiler struct {
	env        Env
	rule       *Rule
	scan       scanner
	used       map[byte]bool // base options seen
	neg        *ruleset.Word // a "!" that waits for its option
	matches    []*pending
	target     *pending
	jump       ruleset.Word
	src, dst   []AddrMask
	protoWord  string
	protoTaken bool // the match named like the protocol was loaded for an option
	last       *pending
	skip       bool
}

func (c *compiler) words() error {
	for c.scan.more() {
		at := c.scan.i
		t := c.scan.next()
		if t.plain {
			if err := c.plain(t.word); err != nil {
				return err
			}
			continue
		}
		if t.base == 0 && t.ext == nil && c.loadProtocol(t.word) {
			c.scan.i = at
			continue
		}
		if err := c.option(t); err != nil {
			return err
		}
		c.neg = nil
	}
	if c.neg != nil {
		return errorAt(c.neg.Pos, "nothing follows %q (expected the option to invert)", "!")
	}
	return nil
}

// plain takes a word that is no option: "!", or part of an unknown extension.
func (c *compiler) plain(w ruleset.Word) error {
	switch {
	case w.Text == "!" && c.neg != nil:
		return errorAt(w.Pos, "two %q in a row", "!")
	case w.Text == "!":
		c.neg = &w
		return nil
	case c.last != nil && c.last.unknown && c.neg == nil:
		c.last.foreign = append(c.last.foreign, w)
		return nil
	case w.Text == "--" && !c.scan.more():
		return nil
	}
	return errorAt(w.Pos, "unexpected word %q (expected an option)%s", w.Text, c.optionFor(w.Text))
}

// optionFor suggests the option that a bare word was meant to be.
func (c *compiler) optionFor(word string) string {
	var all []string
	for _, o := range baseOptions {
		all = append(all, o.name)
	}
	for _, e := range c.scan.scope {
		all = append(all, e.optionNames()...)
	}
	for _, name := range all {
		if name == word {
			return " (did you mean \"--" + word + "\"?)"
		}
	}
	return ""
}

func (c *compiler) option(t token) error {
	switch {
	case t.base == 0 && t.ext == nil && c.last != nil && c.last.unknown:
		if c.neg != nil {
			c.last.foreign = append(c.last.foreign, *c.neg)
		}
		c.last.foreign = append(c.last.foreign, t.word)
		return nil
	case t.base == 0 && t.ext == nil:
		return c.unknownOption(t)
	case t.bad != "":
		return errorAt(t.word.Pos, "option %q %s", t.word.Text, t.bad)
	case t.ext != nil:
		return c.extensionOption(t)
	}
	return c.baseOption(t)
}

// extensionOption gives an option to the part it belongs to: the target, or the
// last -m of that name.
func (c *compiler) extensionOption(t token) error {
	p := c.target
	if p == nil || p.args.Ext != t.ext {
		p = nil
		for _, m := range c.matches {
			if m.args.Ext == t.ext {
				p = m
			}
		}
	}
	g := &Given{Option: t.opt, Word: t.word, Neg: c.neg != nil}
	if t.value != nil {
		g.Words = append(g.Words, c.oldNegation(g, *t.value))
	}
	if t.opt.Two {
		w := c.scan.peek()
		if w == nil || strings.HasPrefix(w.Text, "-") || strings.HasPrefix(w.Text, "!") {
			return errorAt(t.word.Pos, "option %q requires two values", "--"+t.opt.Name)
		}
		g.Words = append(g.Words, *w)
		c.scan.i++
	}
	return p.args.add(g)
}

// oldNegation understands the "--dport ! 22" of iptables before 1.4.3: a value
// "!" of an invertible option, followed by a word that could be no option.
func (c *compiler) oldNegation(g *Given, v ruleset.Word) ruleset.Word {
	w := c.scan.peek()
	if v.Text != "!" || !g.Option.Neg || g.Neg || w == nil || strings.HasPrefix(w.Text, "-") || w.Text == "!" {
		return v
	}
	g.Neg = true
	c.scan.i++
	return *w
}

// load makes a part of an extension and its options known.
func (c *compiler) load(ext *Extension, word ruleset.Word, name string) *pending {
	p := &pending{args: Args{Ext: ext, Word: word, Rule: c.rule, Env: c.env}, name: name, unknown: ext == nil}
	c.last = p
	if ext == nil {
		return p
	}
	for _, e := range c.scan.scope {
		if e == ext {
			return p
		}
	}
	c.scan.scope = append([]*Extension{ext}, c.scan.scope...)
	return p
}

// loadProtocol loads the match that is named like the rule's protocol, for an
// option that is not known otherwise; it does so once in a rule.
func (c *compiler) loadProtocol(w ruleset.Word) bool {
	if c.protoWord == "" || c.protoTaken {
		return false
	}
	name := strings.ToLower(c.protoWord)
	if v, ok := wholeNumber(name, 0, 255); ok {
		name = protocolName(uint8(v))
	}
	ext := Lookup(name, false, c.env.Family)
	if ext == nil {
		return false
	}
	if c.last != nil && c.last.unknown {
		name, _, _ := strings.Cut(strings.TrimLeft(w.Text, "-"), "=")
		if ext.option(name) == nil {
			return false // an option of the unknown extension
		}
	}
	c.protoTaken = true
	c.matches = append(c.matches, c.load(ext, w, ext.Name))
	return true
}

func (c *compiler) addMatch(w ruleset.Word) error {
	ext := Lookup(w.Text, false, c.env.Family)
	if ext == nil {
		if err := c.strange(w, false); err != nil {
			return err
		}
	}
	name := w.Text
	if ext != nil {
		name = ext.Name
	}
	c.matches = append(c.matches, c.load(ext, w, name))
	return nil
}

// strange decides about a name that is not on the list: an error when it looks
// like a slip or belongs elsewhere, nil for an extension of another origin.
func (c *compiler) strange(w ruleset.Word, target bool) error {
	kind := "match"
	if target {
		kind = "target"
	}
	other := packet.IPv4
	if c.env.Family == packet.IPv4 {
		other = packet.IPv6
	}
	if Lookup(w.Text, target, other) != nil {
		return errorAt(w.Pos, "%s %q not allowed here: it is for %s only", kind, w.Text, other)
	}
	if Lookup(w.Text, !target, c.env.Family) != nil {
		kinds := [2]string{"match (use -m)", "target (use -j)"}
		if target {
			return errorAt(w.Pos, "%q is a %s", w.Text, kinds[0])
		}
		return errorAt(w.Pos, "%q is a %s", w.Text, kinds[1])
	}
	for i := range len(w.Text) {
		if !isPlain(w.Text[i]) {
			return errorAt(w.Pos, "unknown %s %q", kind, w.Text)
		}
	}
	if w.Text == "" {
		return errorAt(w.Pos, "empty %s name", kind)
	}
	if foreignNames[w.Text] {
		return nil
	}
	if hint := didYouMean(w.Text, extensionNames(target, c.env.Family)); hint != "" {
		return errorAt(w.Pos, "unknown %s %q%s", kind, w.Text, hint)
	}
	return nil
}

func (c *compiler) addTarget(w ruleset.Word) error {
	c.jump = w
	if err := checkTargetName(w); err != nil {
		return err
	}
	if _, ok := standardTargets[w.Text]; ok && !c.rule.Goto {
		return nil
	}
	ext := Lookup(w.Text, true, c.env.Family)
	isChain := c.env.HasChain != nil && c.env.HasChain(c.rule.Table, w.Text)
	switch {
	case c.rule.Goto:
		if c.env.HasChain != nil && !isChain {
			return c.noChain(w)
		}
		c.rule.Jump = w.Text
	case isChain && ext == nil:
		c.rule.Jump = w.Text
	case ext != nil:
		c.target = c.load(ext, w, ext.Name)
	case foreignNames[w.Text]:
		c.target = c.load(nil, w, w.Text)
	case c.optionsFollow():
		if err := c.strange(w, true); err != nil {
			return err
		}
		c.target = c.load(nil, w, w.Text)
	case c.env.HasChain != nil || ruleset.IsBuiltin(c.rule.Table, w.Text):
		return c.noChain(w)
	default:
		c.rule.Jump = w.Text
	}
	return nil
}

// optionsFollow reports whether the next word is an option that nobody knows, so
// that it can only be the unknown target's.
func (c *compiler) optionsFollow() bool {
	w := c.scan.peek()
	if w == nil || !strings.HasPrefix(w.Text, "--") || len(w.Text) == 2 {
		return false
	}
	look := c.scan
	t := look.next()
	return t.base == 0 && t.ext == nil
}

func (c *compiler) noChain(w ruleset.Word) error {
	if ruleset.IsBuiltin(c.rule.Table, w.Text) {
		return errorAt(w.Pos, "cannot jump to built-in chain %q", w.Text)
	}
	if err := c.strange(w, true); err != nil && !c.rule.Goto {
		return err
	}
	return errorAt(w.Pos, "no chain or target %q in table %s", w.Text, c.rule.Table)
}

// checkTargetName holds a target's name against the limits of xt_entry_target.
func checkTargetName(w ruleset.Word) error {
	switch {
	case w.Text == "":
		return errorAt(w.Pos, "empty target name")
	case len(w.Text) > 28:
		return errorAt(w.Pos, "target name %q is too long (at most 28 characters)", w.Text)
	case strings.ContainsAny(w.Text, " \t\n\v\f\r"):
		return errorAt(w.Pos, "target name %q contains a blank", w.Text)
	}
	return nil
}

var standardTargets = map[string]trace.Verdict{"ACCEPT": trace.Accept, "DROP": trace.Drop, "RETURN": trace.Return, "QUEUE": trace.Queue}

// finish builds the parts once all words are read.
func (c *compiler) finish() error {
	r := c.rule
	if err := c.checkBase(); err != nil {
		return err
	}
	for _, p := range c.matches {
		part, err := c.part(p, false)
		if err != nil {
			return err
		}
		r.Parts = append(r.Parts, part)
	}
	if c.target != nil {
		var err error
		r.Target, err = c.part(c.target, true)
		return err
	}
	if r.Jump == "" && c.jump.Text != "" {
		r.Verdict = standardTargets[c.jump.Text]
		if r.Verdict == trace.Drop && r.Table == "nat" {
			return errorAt(c.jump.Pos, "target %q not allowed here: table nat does not filter", "DROP")
		}
		if r.Verdict == trace.Queue && c.env.Backend == host.NFT {
			return errorAt(c.jump.Pos, "target %q does not exist with nf_tables (use -j NFQUEUE)", "QUEUE")
		}
	}
	return nil
}

// part checks what was given and makes the Match or Target.
func (c *compiler) part(p *pending, target bool) (Part, error) {
	part := Part{Ext: p.args.Ext, Name: p.name}
	for _, w := range p.foreign {
		part.Words = append(part.Words, w.Text)
	}
	if p.unknown {
		return part, nil
	}
	if err := c.allowed(p); err != nil {
		return part, err
	}
	if err := p.args.check(); err != nil {
		return part, err
	}
	v, err := p.args.Ext.New(&p.args)
	if err != nil {
		return part, err
	}
	if err := c.allowedInverted(p, v); err != nil {
		return part, err
	}
	if target {
		part.Target = v.(Target)
	} else {
		part.Match = v.(Match)
	}
	if h, ok := c.rule.hook(); ok {
		if err := part.CheckHook(h); err != nil {
			return part, errorAt(p.args.Word.Pos, "%v", err)
		}
	}
	return part, nil
}

// split makes one rule for each pair of addresses.
func (c *compiler) split() []*Rule {
	if len(c.src) == 0 {
		c.src = []AddrMask{{}}
	}
	if len(c.dst) == 0 {
		c.dst = []AddrMask{{}}
	}
	rules := make([]*Rule, 0, len(c.src)*len(c.dst))
	for _, s := range c.src {
		for _, d := range c.dst {
			r := *c.rule
			r.Base.Src, r.Base.Dst = s, d
			rules = append(rules, &r)
		}
	}
	return rules
}
