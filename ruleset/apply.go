package ruleset

import (
	"strings"
	"unicode/utf8"
)

// MaxChainName is how long a chain's name may be (XT_EXTENSION_MAXNAMELEN less
// the terminating NUL).
const MaxChainName = 28

// state is one family's tables while commands are applied to them.
type state struct {
	rs     *Ruleset
	opt    *options
	errs   *ErrorList
	tables map[string]*tableState
	pool   []Rule
	one    [1]*Rule // what rules returns in most cases
	missed bool     // a command found nothing to do, where that is no error
	many   int      // rules made of address lists so far
}

// newRule takes a rule from a pool: rules come by the ten thousand.
func (s *state) newRule() *Rule {
	if len(s.pool) == 0 {
		s.pool = make([]Rule, 256)
	}
	r := &s.pool[0]
	s.pool = s.pool[1:]
	return r
}

type tableState struct {
	t       *Table
	chains  map[string]*chainState
	refs    map[string]int // jumps to each chain; nil until -X or -E asks
	partial bool           // what the table held before is not known: chains may exist
}

// chainState collects insertions at the top apart, so that a long script of -I
// does not move all rules for each.
type chainState struct {
	c     *Chain
	front []*Rule // the rules before c.Rules, last one first
}

func newState(opt *options, errs *ErrorList, family int) *state {
	return &state{rs: &Ruleset{Family: family}, opt: opt, errs: errs, tables: map[string]*tableState{}}
}

func (s *state) table(name string) *tableState {
	t := s.tables[name]
	if t == nil {
		t = &tableState{t: &Table{Name: name}, chains: map[string]*chainState{}}
		s.tables[name] = t
		s.rs.Tables = append(s.rs.Tables, t.t)
	}
	return t
}

// reset empties a table, as iptables-restore does at "*table".
func (s *state) reset(name string) *tableState {
	t := s.table(name)
	t.t.Chains, t.refs, t.t.made = nil, nil, false
	t.chains = map[string]*chainState{}
	return t
}

func (t *tableState) add(name string, p Pos) *chainState {
	c := &chainState{c: &Chain{Name: name, Builtin: IsBuiltin(t.t.Name, name), Pos: p}}
	t.chains[name] = c
	t.t.Chains, t.t.made = append(t.t.Chains, c.c), true
	return c
}

// builtin returns the chain, made now when it is a built-in one.
func (t *tableState) chain(name string, p Pos) *chainState {
	c := t.chains[name]
	if c == nil && IsBuiltin(t.t.Name, name) {
		c = t.add(name, p)
	}
	return c
}

func (t *tableState) drop(name string) {
	delete(t.chains, name)
	for i, c := range t.t.Chains {
		if c.Name == name {
			t.t.Chains = append(t.t.Chains[:i], t.t.Chains[i+1:]...)
			return
		}
	}
}

// settle puts the rules collected at the top where they belong.
func (c *chainState) settle() *Chain {
	if len(c.front) > 0 {
		all := make([]*Rule, 0, len(c.front)+len(c.c.Rules))
		for i := len(c.front) - 1; i >= 0; i-- {
			all = append(all, c.front[i])
		}
		c.c.Rules = append(all, c.c.Rules...)
		c.front = nil
	}
	return c.c
}

func (c *chainState) insert(n int, r *Rule) bool {
	if n == 1 {
		c.front = append(c.front, r)
		return true
	}
	ch := c.settle()
	if n > len(ch.Rules)+1 {
		return false
	}
	ch.Rules = append(ch.Rules, nil)
	copy(ch.Rules[n:], ch.Rules[n-1:])
	ch.Rules[n-1] = r
	return true
}

// finish settles all chains.
func (s *state) finish() *Ruleset {
	for _, t := range s.tables {
		for _, c := range t.chains {
			c.settle()
		}
		t.t.makeIndex()
	}
	return s.rs
}

// declare applies a ":CHAIN POLICY [packets:bytes]" line.
func (s *state) declare(table string, d *chainLine) {
	t := s.table(table)
	c := t.chain(d.name.Text, d.name.Pos)
	if c == nil {
		if !s.checkName(d.name) {
			return
		}
		c = t.add(d.name.Text, d.name.Pos)
	} else if !c.c.Builtin { // declared again: iptables-restore flushes it
		t.clear(c)
	}
	ch := c.c
	ch.Declared, ch.Pos = true, d.name.Pos
	ch.Packets, ch.Bytes = d.packets, d.bytes
	switch p := d.policy.Text; {
	case p == "-" || p == "":
	case !ch.Builtin: // iptables-restore takes any word here and forgets it
	case !s.checkPolicy(d.policy):
	default:
		ch.Policy, ch.PolicySet = p, true
	}
}

func (s *state) checkPolicy(w Word) bool {
	if w.Text == "ACCEPT" || w.Text == "DROP" {
		return true
	}
	s.errs.Add(w.Pos, "bad policy %q (expected ACCEPT or DROP)", w.Text)
	return false
}

// checkName refuses names that iptables refuses for a new chain.
func (s *state) checkName(w Word) bool {
	n := w.Text
	switch {
	case n == "":
		s.errs.Add(w.Pos, "empty chain name")
	case n[0] == '-' || n[0] == '!':
		s.errs.Add(w.Pos, "chain name %q starts with %q", clip(n), n[:1])
	case len(n) > MaxChainName:
		s.errs.Add(w.Pos, "chain name %q is too long (%d bytes, at most %d)", clip(n), len(n), MaxChainName)
	case strings.ContainsAny(n, " \t\n\v\f\r"):
		s.errs.Add(w.Pos, "chain name %q contains a space", clip(n))
	default:
		return true
	}
	return false
}

// clip shortens a text for a message.
func clip(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	n := most
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "..."
}

// apply applies one command to a table.
func (s *state) apply(table string, st *stmt) {
	c := &st.cmd
	t := s.table(table)
	switch c.op {
	case 'A', 'I', 'R', 'D':
		s.rule(t, st)
	case 'N':
		s.newChain(t, c)
	case 'P':
		s.policy(t, c)
	case 'F':
		s.flush(t, c)
	case 'X':
		s.deleteChain(t, st)
	case 'E':
		s.rename(t, c)
	case 'Z':
		s.zero(t, c)
	}
}

// at is a place in the statement's text.
func (st *stmt) at(p place) Pos { return Pos{st.pos.File, int(p.line), int(p.col)} }

// need returns the chain that a command names, or reports that it is missing.
func (s *state) need(t *tableState, w Word, hint bool) *chainState {
	c := t.chain(w.Text, w.Pos)
	if c != nil {
		return c
	}
	if t.partial && w.Text != "" {
		return t.add(w.Text, w.Pos)
	}
	s.missing(t, w)
	if !hint {
		return nil
	}
	return t.add(w.Text, w.Pos) // so that the mistake is reported once
}

// mostHints is for how many mistakes a nearest chain is looked for.
const mostHints = 100

func (s *state) missing(t *tableState, w Word) {
	where := ""
	for _, b := range BuiltinChains {
		if b.Table != t.t.Name && IsBuiltin(b.Table, w.Text) && where == "" {
			where = b.Table
		}
	}
	if where != "" {
		s.errs.Add(w.Pos, "table %s has no chain %q (table %s has)", t.t.Name, w.Text, where)
		return
	}
	if len(*s.errs) >= mostHints {
		s.errs.Add(w.Pos, "chain %q does not exist in table %s", clip(w.Text), t.t.Name)
		return
	}
	var names []string
	for _, c := range t.t.Chains[:min(len(t.t.Chains), 1000)] {
		names = append(names, c.Name)
	}
	for _, b := range BuiltinChains {
		if b.Table == t.t.Name {
			names = append(names, b.Chains...)
		}
	}
	s.errs.Add(w.Pos, "chain %q does not exist in table %s%s", clip(w.Text), t.t.Name, DidYouMean(w.Text, names))
}

// rule applies -A, -I, -R and -D.
func (s *state) rule(t *tableState, st *stmt) {
	c := &st.cmd
	ch := s.need(t, c.chain, c.op == 'A' || c.op == 'I')
	if ch == nil {
		return
	}
	if c.op == 'D' && c.num > 0 {
		s.deleteNumber(t, ch, st)
		return
	}
	rules, err := s.rules(st, t.t.Name)
	if err != nil {
		*s.errs = append(*s.errs, err)
		if rules == nil {
			return
		}
	}
	s.checkJump(t, st)
	switch c.op {
	case 'A':
		ch.c.Rules = append(ch.c.Rules, rules...)
		t.count(1, rules...)
	case 'I':
		for _, r := range rules { // each at the same place: the last one comes first
			if !ch.insert(max(int(c.num), 1), r) {
				s.errs.Add(st.at(c.numAt), "rule number %d is too big (chain %s has %d rules)", c.num, ch.c.Name, len(ch.c.Rules))
				return
			}
			t.count(1, r)
		}
	case 'R':
		rs := ch.settle().Rules
		switch {
		case len(rules) > 1:
			s.errs.Add(st.at(c.opAt), "-R with several addresses (a replacement is one rule)")
		case int(c.num) > len(rs):
			s.errs.Add(st.at(c.numAt), "rule number %d is too big (chain %s has %d rules)", c.num, ch.c.Name, len(rs))
		default:
			t.count(-1, rs[c.num-1])
			t.count(1, rules[0])
			rs[c.num-1] = rules[0]
		}
	case 'D':
		for _, r := range rules {
			s.deleteLike(t, ch, st, r)
		}
	}
}

// checkJump refuses a jump to a built-in chain.
func (s *state) checkJump(t *tableState, st *stmt) {
	if name, i := jump(st.cmd.words); i >= 0 && IsBuiltin(t.t.Name, name) {
		s.errs.Add(st.cmd.words[i].Pos, "cannot jump to built-in chain %q", name)
	}
}

// checkLoops refuses jumps that lead back, where a packet could get to.
func (s *state) checkLoops() {
	for _, t := range s.rs.Tables {
		for _, l := range t.Loops() {
			if l.Reached {
				s.errs.Add(l.Rule.Pos, "jumps form a loop in table %s: %s", t.Name, l)
			}
		}
	}
}

func (s *state) deleteNumber(t *tableState, ch *chainState, st *stmt) {
	c := &st.cmd
	rs := ch.settle().Rules
	if int(c.num) > len(rs) {
		s.missed = true
		if !t.partial {
			s.errs.Add(st.at(c.numAt), "rule number %d is too big (chain %s has %d rules)", c.num, ch.c.Name, len(rs))
		}
		return
	}
	t.remove(ch, int(c.num)-1)
}

func (s *state) deleteLike(t *tableState, ch *chainState, st *stmt, r *Rule) {
	c := &st.cmd
	rs, key := ch.settle().Rules, r.normalKey()
	for i, have := range rs {
		if equalTexts(have.Words, r.Words) || have.normalKey() == key {
			t.remove(ch, i)
			return
		}
	}
	if s.opt.equal != nil {
		for i, have := range rs {
			if s.opt.equal(have, r) {
				t.remove(ch, i)
				return
			}
		}
	}
	s.missed = true
	if !t.partial {
		s.errs.Add(st.at(c.opAt), "chain %s has no such rule to delete", ch.c.Name)
	}
}

func (s *state) newChain(t *tableState, c *command) {
	if t.chain(c.chain.Text, c.chain.Pos) != nil {
		s.missed = true
		if !t.partial {
			s.errs.Add(c.chain.Pos, "chain %q exists already in table %s", c.chain.Text, t.t.Name)
		}
		return
	}
	if s.checkName(c.chain) {
		t.add(c.chain.Text, c.chain.Pos).c.Declared = true
	}
}

func (s *state) policy(t *tableState, c *command) {
	if !IsBuiltin(t.t.Name, c.chain.Text) {
		if ch := t.chains[c.chain.Text]; ch != nil {
			s.errs.Add(c.chain.Pos, "chain %q is not a built-in chain of table %s (only built-in chains have a policy)", c.chain.Text, t.t.Name)
			return
		}
		s.missing(t, c.chain)
		return
	}
	if t.t.Name == "nat" && c.arg.Text == "DROP" {
		s.errs.Add(c.arg.Pos, "policy DROP in table nat (nat is not for filtering)")
		return
	}
	if s.checkPolicy(*c.arg) {
		ch := t.chain(c.chain.Text, c.chain.Pos).c
		ch.Policy, ch.PolicySet, ch.Declared = c.arg.Text, true, true
		ch.Packets, ch.Bytes = c.packets, c.bytes
	}
}

func (s *state) flush(t *tableState, c *command) {
	if c.chain.Text == "" {
		for _, ch := range t.chains {
			t.clear(ch)
		}
		return
	}
	if ch := s.need(t, c.chain, false); ch != nil {
		t.clear(ch)
	}
}

// deleteChain applies -X. With the nft back end a chain need not be empty only
// if nothing jumps to it; the legacy one asks for both. The stricter is taken
// for named chains, as the messages of both say the same thing to a reader.
func (s *state) deleteChain(t *tableState, st *stmt) {
	c := &st.cmd
	if name := c.chain.Text; name != "" {
		ch := t.chains[name]
		switch {
		case IsBuiltin(t.t.Name, name):
			s.errs.Add(c.chain.Pos, "cannot delete built-in chain %q", name)
		case ch == nil:
			s.missed = true
			if !t.partial {
				s.missing(t, c.chain)
			}
		default:
			if r := t.reference(name); r != nil {
				s.errs.Add(c.chain.Pos, "cannot delete chain %q: %s jumps to it", name, r.Where())
				return
			}
			if len(ch.settle().Rules) > 0 {
				s.errs.Add(c.chain.Pos, "cannot delete chain %q: it is not empty (%d rules; -F %s first)", name, len(ch.c.Rules), name)
				return
			}
			t.drop(name)
		}
		return
	}
	s.deleteAll(t, st)
}

// deleteAll deletes all user chains, or none when one is still needed.
func (s *state) deleteAll(t *tableState, st *stmt) {
	c := &st.cmd
	for _, ch := range t.t.Chains {
		if ch.Builtin {
			continue
		}
		if r := t.reference(ch.Name); r != nil {
			s.errs.Add(st.at(c.opAt), "cannot delete chain %q: %s jumps to it", ch.Name, r.Where())
			return
		}
		if n := len(t.chains[ch.Name].settle().Rules); n > 0 {
			s.errs.Add(st.at(c.opAt), "cannot delete chain %q: it is not empty (%d rules; -F first)", ch.Name, n)
			return
		}
	}
	kept := t.t.Chains[:0:0]
	for _, ch := range t.t.Chains {
		if ch.Builtin {
			kept = append(kept, ch)
		} else {
			delete(t.chains, ch.Name)
		}
	}
	t.t.Chains = kept
}

// count keeps the number of jumps up to date, once it is kept.
func (t *tableState) count(n int, rules ...*Rule) {
	if t.refs == nil {
		return
	}
	for _, r := range rules {
		if name, i := r.Jump(); i >= 0 {
			t.refs[name] += n
		}
	}
}

// remove deletes rule i of a chain, from 0.
func (t *tableState) remove(ch *chainState, i int) {
	rs := ch.settle().Rules
	t.count(-1, rs[i])
	ch.c.Rules = append(rs[:i], rs[i+1:]...)
}

// clear deletes all rules of a chain.
func (t *tableState) clear(ch *chainState) {
	t.count(-1, ch.settle().Rules...)
	ch.c.Rules = nil
}

// reference returns a rule that jumps or goes to chain, nil for none.
func (t *tableState) reference(chain string) *Rule {
	if t.refs == nil {
		t.refs = map[string]int{}
		for _, c := range t.t.Chains {
			t.count(1, t.chains[c.Name].settle().Rules...)
		}
	}
	if t.refs[chain] == 0 {
		return nil
	}
	for _, c := range t.t.Chains {
		for _, r := range t.chains[c.Name].settle().Rules {
			if name, _ := r.Jump(); name == chain {
				return r
			}
		}
	}
	return nil
}

func (s *state) rename(t *tableState, c *command) {
	from, to := c.chain, *c.arg
	switch {
	case IsBuiltin(t.t.Name, from.Text):
		s.errs.Add(from.Pos, "cannot rename built-in chain %q", from.Text)
		return
	case t.chain(to.Text, to.Pos) != nil:
		s.errs.Add(to.Pos, "chain %q exists already in table %s", to.Text, t.t.Name)
		return
	case !s.checkName(to):
		return
	}
	ch := s.need(t, from, false)
	if ch == nil {
		return
	}
	delete(t.chains, from.Text)
	t.chains[to.Text] = ch
	ch.c.Name = to.Text
	for _, r := range ch.settle().Rules {
		r.Chain = to.Text
	}
	if t.reference(from.Text) == nil {
		return
	}
	t.refs[to.Text], t.refs[from.Text] = t.refs[from.Text], 0
	for _, c := range t.t.Chains { // jumps follow their chain
		for _, r := range t.chains[c.Name].settle().Rules {
			if name, i := r.Jump(); i >= 0 && name == from.Text {
				r.Words, r.key = append([]Word(nil), r.Words...), ""
				r.Words[i].Text = strings.TrimSuffix(r.Words[i].Text, from.Text) + to.Text
			}
		}
	}
}

func (s *state) zero(t *tableState, c *command) {
	for name, ch := range t.chains {
		if c.chain.Text != "" && c.chain.Text != name {
			continue
		}
		for i, r := range ch.settle().Rules {
			if c.num == 0 || int(c.num) == i+1 {
				r.Packets, r.Bytes = 0, 0
			}
		}
		if c.num == 0 {
			ch.c.Packets, ch.c.Bytes = 0, 0
		}
	}
}
