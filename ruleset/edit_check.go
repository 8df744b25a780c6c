package ruleset

import (
	"fmt"
	"slices"
	"strings"
)

// splice is a candidate: bytes begin to end of the text become text.
type splice struct {
	begin, end int
	text       string
}

// changed makes the changes, which are in order of their places.
func changed(data []byte, try []splice) []byte {
	var out []byte
	at := 0
	for _, s := range try {
		out = append(append(out, data[at:s.begin]...), s.text...)
		at = s.end
	}
	return append(out, data[at:]...)
}

func lineStarts(data []byte) []int {
	out := []int{0}
	for i, c := range data {
		if c == '\n' && i+1 < len(data) {
			out = append(out, i+1)
		}
	}
	return out
}

// specWords reads the text of a rule; "-A CHAIN" before it is left out.
func specWords(rule string) ([]Word, error) {
	if strings.ContainsAny(rule, "\n\x00") {
		return nil, fmt.Errorf("rule %q is more than a line", clip(rule))
	}
	slab := make([]Word, 0, 64)
	lx := lexer{s: rule, line: 1, slab: &slab}
	words := lx.restoreWords()
	if lx.err != "" {
		return nil, fmt.Errorf("rule %q: %s", clip(rule), lx.err)
	}
	if len(words) >= 2 && words[0].Text == "-A" {
		words = words[2:]
	}
	return words, nil
}

// inOrder sorts two changes by place.
func inOrder(s []splice) []splice {
	if len(s) == 2 && s[1].begin < s[0].begin {
		s[0], s[1] = s[1], s[0]
	}
	return s
}

// addChain prepares a new user chain.
func (ed *editor) addChain() error {
	if ed.chain != nil {
		return fmt.Errorf("chain exists")
	}
	var head, decl, first *stmt
	for _, st := range ed.f.stmts {
		if st.table != ed.e.Table || !ed.sameFamily(st) {
			continue
		}
		switch {
		case st.kind == stmtTable:
			head = st
		case st.kind == stmtChain || st.kind == stmtCommand && (st.cmd.op == 'N' || st.cmd.op == 'P'):
			decl = st
		case st.kind == stmtCommand && first == nil:
			first = st
		}
	}
	for _, st := range []*stmt{decl, head} {
		if st != nil && st.kind != stmtCommand {
			ed.try(ed.newLine(ed.after(st), ":"+ed.e.Chain+" - [0:0]"))
		}
	}
	if decl != nil && decl.kind == stmtCommand {
		ed.try(ed.newLine(ed.after(decl), ed.line(decl, "-N "+ed.e.Chain, nil)))
	}
	if first != nil {
		ed.try(ed.newLine(ed.begin(first), ed.line(first, "-N "+ed.e.Chain, nil)))
	}
	return nil
}

// policy prepares setting a built-in chain's policy.
func (ed *editor) policy() error {
	if !IsBuiltin(ed.e.Table, ed.e.Chain) {
		return fmt.Errorf("chain %q is not a built-in chain of table %s", ed.e.Chain, ed.e.Table)
	}
	for i := len(ed.f.stmts) - 1; i >= 0; i-- {
		st := ed.f.stmts[i]
		if st.table != ed.e.Table || !ed.sameFamily(st) || st.kind == stmtTable || st.kind == stmtCommit || st.chainName() != ed.e.Chain {
			continue
		}
		var w Word
		switch {
		case st.kind == stmtChain:
			w = st.chain.policy
		case st.cmd.op == 'P':
			w = *st.cmd.arg
		default:
			continue
		}
		if off := ed.offset(w.Pos); off >= 0 {
			ed.try(splice{off, off + len(w.Text), ed.e.Rule})
		}
	}
	for _, st := range ed.f.stmts {
		if st.table == ed.e.Table && ed.sameFamily(st) && st.kind == stmtTable {
			ed.try(ed.newLine(ed.after(st), ":"+ed.e.Chain+" "+ed.e.Rule+" [0:0]"))
		}
	}
	for _, st := range ed.lastOf() {
		ed.try(ed.newLine(ed.after(st), ed.line(st, "-P "+ed.e.Chain+" "+ed.e.Rule, nil)))
	}
	return nil
}

// done reports that a changed text came to what the edit asks for.
func (ed *editor) done(g *File, err error) bool {
	if err != nil || len(g.Ignored) > len(ed.f.Ignored) {
		return false
	}
	old, now := ed.f.Rulesets(), g.Rulesets()
	if len(old) != len(now) {
		return false
	}
	for i, rs := range old {
		if rs.Family != 0 && rs.Family != now[i].Family || !ed.sameTables(rs, now[i], rs == ed.rs) {
			return false
		}
	}
	return true
}

// sameTables compares two states, but for the edit where it applies.
func (ed *editor) sameTables(old, now *Ruleset, edited bool) bool {
	for _, t := range now.Tables {
		if old.Table(t.Name) == nil && !(edited && t.Name == ed.e.Table) {
			return false
		}
		for _, c := range t.Chains {
			o := (*Chain)(nil)
			if ot := old.Table(t.Name); ot != nil {
				o = ot.Chain(c.Name)
			}
			mine := edited && t.Name == ed.e.Table && c.Name == ed.e.Chain
			if !mine && o == nil && len(c.Rules) > 0 || !ed.sameChain(o, c, mine) {
				return false
			}
		}
	}
	for _, t := range old.Tables {
		n := now.Table(t.Name)
		if n == nil {
			return false
		}
		for _, c := range t.Chains {
			if n.Chain(c.Name) == nil {
				return false
			}
		}
	}
	if !edited {
		return true
	}
	t := now.Table(ed.e.Table)
	return t != nil && t.Chain(ed.e.Chain) != nil
}

func (ed *editor) sameChain(old, now *Chain, mine bool) bool {
	policy := ""
	if old != nil {
		policy = old.Policy
	}
	if mine && ed.e.Op == Policy {
		policy = ed.e.Rule
	}
	if now.Policy != policy {
		return false
	}
	want := ed.want
	if !mine || ed.e.Op == Policy || ed.e.Op == AddChain {
		want = nil
		if old != nil {
			for _, r := range old.Rules {
				want = append(want, r.Words)
			}
		}
	}
	return slices.EqualFunc(want, now.Rules, func(w []Word, r *Rule) bool { return equalTexts(w, r.Words) })
}

// shellQuote writes a word for a shell.
func shellQuote(s string) string {
	q := Quote(s)
	if !strings.HasPrefix(q, `"`) {
		return q
	}
	if !strings.ContainsAny(s, "$`\\\"!") {
		return `"` + s + `"`
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
