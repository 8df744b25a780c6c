package ruleset

import (
	"bytes"
	"fmt"
	"strings"
)

// EditOp is a kind of [Edit].
type EditOp uint8

// The kinds of edits.
const (
	Insert   EditOp = iota // put Rule before rule Num; Num may be one more than there are
	Replace                // put Rule in the place of rule Num
	Delete                 // delete rule Num
	Move                   // make rule Num rule To
	AddChain               // make the user chain
	Policy                 // set the policy of the built-in chain to Rule
)

// Edit is one change of a text.
type Edit struct {
	Op           EditOp
	Family       int // 4 or 6; 0 when the text has one family
	Table, Chain string
	Num, To      int    // numbers of rules, from 1
	Rule         string // as iptables-save writes what follows "-A CHAIN "
}

// String says what the edit does.
func (e Edit) String() string {
	switch e.Op {
	case Insert:
		return fmt.Sprintf("insert %q before rule %d of %s %s", clip(e.Rule), e.Num, e.Table, e.Chain)
	case Replace:
		return fmt.Sprintf("replace rule %d of %s %s with %q", e.Num, e.Table, e.Chain, clip(e.Rule))
	case Delete:
		return fmt.Sprintf("delete rule %d of %s %s", e.Num, e.Table, e.Chain)
	case Move:
		return fmt.Sprintf("move rule %d of %s %s to %d", e.Num, e.Table, e.Chain, e.To)
	case AddChain:
		return fmt.Sprintf("add chain %s %s", e.Table, e.Chain)
	}
	return fmt.Sprintf("set policy of %s %s to %s", e.Table, e.Chain, e.Rule)
}

// Insert puts a rule before rule n of a chain: see [File.Edit].
func (f *File) Insert(table, chain string, n int, rule string) (*File, error) {
	return f.Edit(Edit{Op: Insert, Table: table, Chain: chain, Num: n, Rule: rule})
}

// Replace puts a rule in the place of rule n of a chain: see [File.Edit].
func (f *File) Replace(table, chain string, n int, rule string) (*File, error) {
	return f.Edit(Edit{Op: Replace, Table: table, Chain: chain, Num: n, Rule: rule})
}

// Delete deletes rule n of a chain: see [File.Edit].
func (f *File) Delete(table, chain string, n int) (*File, error) {
	return f.Edit(Edit{Op: Delete, Table: table, Chain: chain, Num: n})
}

// Move makes rule n of a chain rule to: see [File.Edit].
func (f *File) Move(table, chain string, n, to int) (*File, error) {
	return f.Edit(Edit{Op: Move, Table: table, Chain: chain, Num: n, To: to})
}

// Edit returns the text with the edits made one after the other. Each touches
// its own line only and is written as the lines around it are; the text is read
// again and must come to the old rules with exactly that change, or the edit is
// refused. f stays as it is.
func (f *File) Edit(edits ...Edit) (*File, error) {
	for _, e := range edits {
		g, err := f.edit(e)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e, err)
		}
		f = g
	}
	return f, nil
}

// editor looks for a change of the text that has the effect of an edit.
type editor struct {
	f     *File
	e     Edit
	rs    *Ruleset
	chain *Chain // nil when there is none yet
	want  [][]Word
	spec  []Word
	lines []int // offset of each line's begin, and of the end of the text
	tries [][]splice
}

func (f *File) edit(e Edit) (*File, error) {
	ed := &editor{f: f, e: e}
	if err := ed.prepare(); err != nil {
		return nil, err
	}
	for _, try := range ed.tries {
		g, err := Parse(f.Name, changed(f.data, try), func(o *options) { *o = f.opt })
		if ed.done(g, err) {
			return g, nil
		}
	}
	return nil, fmt.Errorf("no line of %s can be changed to that effect", f.Name)
}

func (ed *editor) prepare() error {
	f, e := ed.f, ed.e
	sets := f.Rulesets()
	for _, rs := range sets {
		if e.Family == 0 && len(sets) == 1 || rs.Family == e.Family || rs.Family == 0 && len(sets) == 1 {
			ed.rs = rs
		}
	}
	if ed.rs == nil {
		return fmt.Errorf("the text has no single ruleset of family %d", e.Family)
	}
	if t := ed.rs.Table(e.Table); t != nil {
		ed.chain = t.Chain(e.Chain)
	}
	for _, st := range f.stmts {
		if st.style == styleListing {
			return fmt.Errorf("%s is a listing, which iptables cannot read: print it as commands first", f.Name)
		}
	}
	ed.lines = append(lineStarts(f.data), len(f.data))
	if strings.HasPrefix(f.src, bom) {
		ed.lines[0] = len(bom)
	}
	switch e.Op {
	case AddChain:
		return ed.addChain()
	case Policy:
		return ed.policy()
	}
	return ed.rules()
}

// rules prepares the edits that change a chain's rules.
func (ed *editor) rules() error {
	e := ed.e
	var have []*Rule
	if ed.chain != nil {
		have = ed.chain.Rules
	}
	most := len(have)
	if e.Op == Insert {
		most++
	}
	if e.Num < 1 || e.Num > most {
		return fmt.Errorf("rule number %d (chain %s has %d rules)", e.Num, e.Chain, len(have))
	}
	if e.Op == Move && (e.To < 1 || e.To > most) {
		return fmt.Errorf("rule number %d (chain %s has %d rules)", e.To, e.Chain, len(have))
	}
	if e.Op == Insert || e.Op == Replace {
		spec, err := specWords(e.Rule)
		if err != nil {
			return err
		}
		ed.spec = spec
	}
	for _, r := range have {
		ed.want = append(ed.want, r.Words)
	}
	n := e.Num - 1
	switch e.Op {
	case Insert:
		ed.want = append(ed.want[:n:n], append([][]Word{ed.spec}, ed.want[n:]...)...)
		ed.insert(e.Num, ed.spec, "", nil)
	case Replace:
		ed.want[n] = ed.spec
		ed.replace(have[n], n)
	case Delete:
		ed.want = append(ed.want[:n:n], ed.want[n+1:]...)
		ed.remove(have[n], n)
	case Move:
		w := ed.want[n]
		rest := append(ed.want[:n:n], ed.want[n+1:]...)
		ed.want = append(rest[:e.To-1:e.To-1], append([][]Word{w}, rest[e.To-1:]...)...)
		ed.move(have)
	}
	return nil
}

// try adds a candidate.
func (ed *editor) try(s ...splice) { ed.tries = append(ed.tries, s) }

// begin and after are the offsets of a statement's first line, and of the line
// behind its last.
func (ed *editor) begin(st *stmt) int { return ed.lines[st.pos.Line-1] }
func (ed *editor) after(st *stmt) int { return ed.lines[min(st.last, len(ed.lines)-1)] }

// insert prepares putting a rule before rule n; line, when not empty, is a whole
// line to put there instead. more are changes that belong to it.
func (ed *editor) insert(n int, spec []Word, line string, more []splice) {
	var have []*Rule
	if ed.chain != nil {
		have = ed.chain.Rules
	}
	at := func(off int, like *stmt, cmd string) {
		text := line
		if text == "" {
			text = ed.line(like, cmd, spec)
		}
		ed.tries = append(ed.tries, inOrder(append([]splice{ed.newLine(off, text)}, more...)))
	}
	if n <= len(have) {
		if st := have[n-1].stmt; st != nil && st.cmd.op == 'A' {
			at(ed.begin(st), st, "-A "+ed.e.Chain)
		}
	}
	if n > 1 {
		if st := have[n-2].stmt; st != nil && st.cmd.op == 'A' {
			at(ed.after(st), st, "-A "+ed.e.Chain)
		}
	}
	if n <= len(have) {
		if st := have[n-1].stmt; st != nil && st.cmd.op == 'I' {
			at(ed.after(st), st, numbered("-I "+ed.e.Chain, int(st.cmd.num)))
		}
	}
	for _, st := range ed.lastOf() {
		at(ed.after(st), st, "-A "+ed.e.Chain)
		at(ed.after(st), st, numbered("-I "+ed.e.Chain, n))
	}
}

func numbered(cmd string, n int) string {
	if n == 0 {
		return cmd
	}
	return fmt.Sprintf("%s %d", cmd, n)
}

// lastOf returns statements after which the edited table is complete: the last
// one of the chain, the last one of the table.
func (ed *editor) lastOf() []*stmt {
	var chain, table *stmt
	for _, st := range ed.f.stmts {
		if st.table != ed.e.Table || st.kind == stmtCommit || !ed.sameFamily(st) {
			continue
		}
		table = st
		if st.kind != stmtTable && st.chainName() == ed.e.Chain {
			chain = st
		}
	}
	var out []*stmt
	if chain != nil && chain.kind == stmtCommand {
		out = append(out, chain)
	}
	if table != nil && table != chain {
		out = append(out, table)
	}
	if last := ed.lastShell(); last != nil && (len(out) == 0 || last != out[len(out)-1]) {
		out = append(out, last)
	}
	return out
}

// lastShell is the last command of a script, after which any command can stand.
func (ed *editor) lastShell() *stmt {
	for i := len(ed.f.stmts) - 1; i >= 0; i-- {
		if st := ed.f.stmts[i]; st.style == styleShell && st.kind == stmtCommand && ed.sameFamily(st) {
			return st
		}
	}
	return nil
}

func (ed *editor) sameFamily(st *stmt) bool {
	return st.family == 0 || ed.e.Family == 0 || st.family == ed.e.Family
}

// line writes a command in the style of a statement.
func (ed *editor) line(like *stmt, cmd string, spec []Word) string {
	b := []byte(ed.prefix(like) + cmd)
	for _, w := range spec {
		b = append(b, ' ')
		if like.style == styleShell || like.style == styleFragment && like.kind == stmtCommand {
			b = append(b, shellQuote(w.Text)...)
		} else {
			b = append(b, Quote(w.Text)...)
		}
	}
	return string(b)
}

// prefix is what stands before the command in a statement's line: indentation,
// quoting marks, counters, the program with its options.
func (ed *editor) prefix(like *stmt) string {
	start := ed.begin(like)
	if like.kind != stmtCommand || like.cmd.opAt.col == 0 {
		return ""
	}
	end := ed.lines[like.cmd.opAt.line-1] + int(like.cmd.opAt.col) - 1
	if end > len(ed.f.data) || end < start {
		return ""
	}
	p := string(ed.f.data[start:end])
	if i := max(strings.LastIndex(p, ";"), strings.LastIndex(p, "&&")+1, strings.LastIndex(p, "||")+1); i > 0 {
		p = strings.TrimLeft(p[i+1:], " \t")
	}
	if like.cmd.counted {
		p = zeroCounters(p)
	}
	if t := ed.e.Table; like.style != styleRestore && (like.cmd.table != "" || t != "filter") && !mentions(p, t) {
		p = strings.TrimRight(p, " \t") + " -t " + t + " "
		p = strings.TrimLeft(p, " ")
		if like.cmd.table == "" && like.table == t {
			p = strings.TrimSuffix(p, "-t "+t+" ")
		}
	}
	return p
}

func mentions(prefix, table string) bool {
	for _, w := range strings.Fields(prefix) {
		if w == table || w == "-t"+table || w == "--table="+table {
			return true
		}
	}
	return false
}

// zeroCounters makes "[12:345] " out of a prefix "[0:0] ": a new rule has seen
// no packets.
func zeroCounters(p string) string {
	if i := strings.IndexByte(p, '['); i >= 0 {
		if j := strings.IndexByte(p[i:], ']'); j > 0 {
			return p[:i] + "[0:0]" + p[i+j+1:]
		}
	}
	return p
}

// newLine puts a line at an offset that is the begin of a line.
func (ed *editor) newLine(off int, text string) splice {
	nl := "\n"
	data := ed.f.data
	if i := bytes.IndexByte(data, '\n'); i > 0 && data[i-1] == '\r' {
		nl = "\r\n"
	}
	if off == len(data) && off > 0 && data[off-1] != '\n' {
		return splice{off, off, nl + text}
	}
	return splice{off, off, text + nl}
}

// replace prepares putting another rule in the place of one.
func (ed *editor) replace(r *Rule, n int) {
	st := r.stmt
	if st == nil {
		return
	}
	if ed.sole(st) {
		if st.chainFirst() {
			if begin := ed.offset(st.cmd.words[0].Pos); begin > 0 && begin <= st.end {
				ed.try(splice{begin, st.end, ed.words(st, ed.spec)})
			}
		}
		cmd := st.cmdText()
		if !st.shared {
			ed.try(splice{ed.begin(st), st.end, ed.line(st, cmd, ed.spec)})
		}
		return
	}
	ed.rewrite(st, r, ed.spec, true)
}

// words writes words in a statement's style.
func (ed *editor) words(like *stmt, spec []Word) string {
	s := ed.line(like, "", spec)
	return strings.TrimPrefix(s, ed.prefix(like)+" ")
}

// chainFirst reports that the rule's words stand behind the chain.
func (st *stmt) chainFirst() bool {
	if len(st.cmd.words) == 0 {
		return false
	}
	w, c := st.cmd.words[0].Pos, st.cmd.chain.Pos
	return w.Line > c.Line || w.Line == c.Line && w.Col > c.Col
}

func (st *stmt) cmdText() string {
	return numbered("-"+string(rune(st.cmd.op))+" "+st.cmd.chain.Text, int(st.cmd.num))
}

// offset is where a position is in the text.
func (ed *editor) offset(p Pos) int {
	if p.Line < 1 || p.Line >= len(ed.lines) {
		return -1
	}
	return ed.lines[p.Line-1] + p.Col - 1
}

// sole reports that a statement makes one rule.
func (ed *editor) sole(st *stmt) bool { return len(ed.made(st)) == 1 }

// made returns the rules that a statement made, in order of its addresses.
func (ed *editor) made(st *stmt) []*Rule {
	var out []*Rule
	for _, r := range ed.chain.Rules {
		if r.stmt == st {
			out = append(out, r)
		}
	}
	if st.cmd.op == 'I' { // each was put before the one before it
		for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
			out[i], out[j] = out[j], out[i]
		}
	}
	return out
}

// rewrite prepares a statement that made several rules as one line for each,
// with r changed to spec or, without keep, left out.
func (ed *editor) rewrite(st *stmt, r *Rule, spec []Word, keep bool) {
	if st.shared {
		return
	}
	var lines []string
	for _, m := range ed.made(st) {
		words := m.Words
		if m == r {
			if !keep {
				continue
			}
			words = spec
		}
		lines = append(lines, ed.line(st, st.cmdText(), words))
	}
	ed.try(splice{ed.begin(st), st.end, strings.Join(lines, "\n")})
}

// remove prepares deleting a rule.
func (ed *editor) remove(r *Rule, n int) {
	st := r.stmt
	if st == nil {
		return
	}
	switch {
	case !ed.sole(st):
		ed.rewrite(st, r, nil, false)
	case !st.shared:
		ed.try(splice{ed.begin(st), ed.after(st), ""})
	}
	for _, last := range ed.lastOf() {
		ed.try(ed.newLine(ed.after(last), ed.line(last, fmt.Sprintf("-D %s %d", ed.e.Chain, n+1), nil)))
	}
}

// move prepares moving a rule: its own line, where it has one.
func (ed *editor) move(have []*Rule) {
	from, to := ed.e.Num, ed.e.To
	st := have[from-1].stmt
	if from == to {
		ed.try()
		return
	}
	if st == nil || st.shared || !ed.sole(st) {
		return
	}
	cut := splice{ed.begin(st), ed.after(st), ""}
	line := strings.TrimSuffix(strings.TrimSuffix(string(ed.f.data[cut.begin:cut.end]), "\n"), "\r")
	before := to
	if to > from {
		before++
	}
	ed.insert(before, have[from-1].Words, line, []splice{cut})
}
