package ruleset

import (
	"fmt"
	"strconv"
	"strings"
)

// A listing is what iptables -L prints:
//
//	Chain INPUT (policy DROP 13 packets, 4264 bytes)
//	num   pkts bytes target     prot opt in     out     source       destination
//	1     1393 89074 ACCEPT     tcp  --  eth0   *       0.0.0.0/0    0.0.0.0/0    tcp dpt:22
//
// It becomes the commands that lead to it. Each rule's Hidden names what a
// listing leaves out: the interfaces without -v, names of hashlimit tables.

// listing is a "Chain" block being read.
type listing struct {
	num, counters, ifaces, opt bool // columns
	chain                      string
	header                     bool // the line of column names was seen
}

// listHead reads "Chain NAME (policy ACCEPT 1 packets, 2 bytes)" or "Chain NAME
// (3 references)".
func listHead(line string) (d chainLine, ok bool) {
	rest, ok := strings.CutPrefix(line, "Chain ")
	if !ok {
		return d, false
	}
	name, rest, ok := strings.Cut(rest, " (")
	if !ok || name == "" || strings.ContainsAny(name, " \t") {
		return d, false
	}
	rest = strings.TrimRight(rest, " \t")
	rest, ok = strings.CutSuffix(rest, ")")
	if !ok {
		return d, false
	}
	d.name.Text = name
	w := strings.Fields(rest)
	switch {
	case len(w) == 2 && (w[1] == "references" || w[1] == "reference") && isNumber(w[0], false):
		d.policy.Text = "-"
		return d, true
	case len(w) >= 2 && w[0] == "policy" && (w[1] == "ACCEPT" || w[1] == "DROP"):
		d.policy.Text = w[1]
		if len(w) >= 6 {
			d.packets, _ = shortNumber(w[2])
			d.bytes, _ = shortNumber(w[4])
		}
		return d, true
	}
	return d, false
}

// shortNumber reads a counter as listings print it: 12, 345K, 6M, 7G, 8T.
func shortNumber(s string) (uint64, bool) {
	if s == "" {
		return 0, false
	}
	f := uint64(1)
	if i := strings.IndexByte("KMGT", s[len(s)-1]); i >= 0 {
		for range i + 1 {
			f *= 1000
		}
		s = s[:len(s)-1]
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || n > ^uint64(0)/f {
		return 0, false
	}
	return n * f, true
}

// listColumns reads the line of column names.
func (l *listing) listColumns(line string) bool {
	w := strings.Fields(line)
	i := 0
	if i < len(w) && w[i] == "num" {
		l.num = true
		i++
	}
	if i+1 < len(w) && w[i] == "pkts" && w[i+1] == "bytes" {
		l.counters = true
		i += 2
	}
	if i+2 >= len(w) || w[i] != "target" || w[i+1] != "prot" {
		return false
	}
	i += 2
	if w[i] == "opt" {
		l.opt = true
		i++
	}
	if i+1 < len(w) && w[i] == "in" && w[i+1] == "out" {
		l.ifaces = true
		i += 2
	}
	l.header = i+1 < len(w) && w[i] == "source" && w[i+1] == "destination"
	return l.header
}

// guess finds the columns of a listing whose line of names was cut off.
func (l *listing) guess(line string) bool {
	for _, g := range []listing{{opt: true}, {opt: true, num: true}, {opt: true, counters: true, ifaces: true},
		{opt: true, num: true, counters: true, ifaces: true}} {
		if r, ok := g.row(line); ok && isAddressLike(r.src) && isAddressLike(r.dst) {
			g.chain, g.header = l.chain, true
			*l = g
			return true
		}
	}
	return false
}

// listRow is one line of a listing cut into its columns.
type listRow struct {
	packets, bytes   uint64
	counted          bool
	target, proto    string
	opt              string
	in, out          string
	src, dst         string
	rest             string
	from             int // column of the target, or of the protocol without one
	jump             bool
	srcCol, extraCol int
}

// listToken is a word with its place.
type listToken struct {
	text string
	at   int
}

func listTokens(s string, most int) []listToken {
	var out []listToken
	for i := 0; i < len(s) && len(out) < most; {
		for i < len(s) && isBlank(s[i]) {
			i++
		}
		from := i
		for i < len(s) && !isBlank(s[i]) {
			i++
		}
		if i > from {
			out = append(out, listToken{s[from:i], from})
		}
	}
	return out
}

// row cuts a line into columns; false when it is none of a listing's.
func (l *listing) row(line string) (r listRow, ok bool) {
	t := listTokens(line, 16)
	if l.num {
		if len(t) == 0 || !isNumber(t[0].text, false) {
			return r, false
		}
		t = t[1:]
	}
	if l.counters {
		if len(t) < 2 {
			return r, false
		}
		var ok1, ok2 bool
		r.packets, ok1 = shortNumber(t[0].text)
		r.bytes, ok2 = shortNumber(t[1].text)
		if !ok1 || !ok2 {
			return r, false
		}
		r.counted = true
		t = t[2:]
	}
	k := l.optAt(t)
	if k < 0 {
		return r, false
	}
	r.from = t[0].at
	r.proto = t[k-1].text
	if k == 2 {
		r.target = t[0].text
	}
	if l.opt && isOpt(t[k].text) {
		r.opt = t[k].text
		k++
	}
	if l.ifaces {
		if k+1 >= len(t) {
			return r, false
		}
		r.in, r.out = t[k].text, t[k+1].text
		k += 2
	}
	if k+1 >= len(t) {
		return r, false
	}
	r.src, r.dst, r.srcCol = t[k].text, t[k+1].text, t[k].at
	r.extraCol = t[k+1].at + len(t[k+1].text)
	r.rest = strings.TrimSpace(line[r.extraCol:])
	if rest, ok := strings.CutPrefix(r.rest, "[goto]"); ok {
		r.rest = strings.TrimSpace(rest)
		r.jump = true
	}
	return r, true
}

func isOpt(s string) bool { return s == "--" || s == "-f" || s == "!f" || s == "!-f" }

// optAt finds the index of the word behind the protocol: the options, or where
// their column is empty, as old ip6tables has it, the first of what follows.
func (l *listing) optAt(t []listToken) int {
	for k := 1; k <= 2 && k < len(t); k++ {
		if isOpt(t[k].text) {
			return k
		}
	}
	skip := 0
	if l.ifaces {
		skip = 2
	}
	for k := 1; k <= 2 && k+skip+1 < len(t); k++ {
		if isAddressLike(t[k+skip].text) && isAddressLike(t[k+skip+1].text) {
			return k
		}
	}
	return -1
}

func isAddressLike(s string) bool {
	s = strings.TrimPrefix(s, "!")
	return s == "anywhere" || addressFamily(s) != 0 || strings.Contains(s, "/") || strings.Contains(s, ".") || s == "localhost"
}

// readListing reads a line of a listing; false when the line is none and the
// listing, if one was being read, is over.
func (p *parser) readListing(line string, pos Pos) bool {
	if d, ok := listHead(line); ok {
		d.name.Pos, d.policy.Pos = pos, pos
		d.name.Pos.Col += len("Chain ")
		p.list = &listing{chain: d.name.Text}
		p.listTable(d.name.Text)
		st := p.newStmt(stmtChain, pos)
		st.text, st.chain, st.style = line, &d, styleListing
		return true
	}
	if name, ok := strings.CutPrefix(line, "Table: "); ok && IsTable(strings.TrimSpace(name)) {
		p.enter("") // as "service iptables status" prints it
		p.cur.told, p.listSeen = strings.TrimSpace(name), nil
		return true
	}
	l := p.list
	if l == nil {
		return false
	}
	if !l.header {
		if l.listColumns(line) {
			return true
		}
		if !l.guess(line) {
			p.list = nil
			return false
		}
	}
	r, ok := l.row(line)
	if !ok {
		p.list = nil
		return false
	}
	p.listed(l, &r, line, pos)
	return true
}

// listTable starts another section where a listing of another table starts: its
// built-in chains come first.
func (p *parser) listTable(chain string) {
	builtin := isAnyBuiltin(chain)
	if p.cur.open || p.listSeen == nil && p.cur.told == "" || builtin && (p.listSeen[chain] || p.listSeen[""]) ||
		chain == "PREROUTING" && len(p.listSeen) > 0 {
		p.enter("")
		p.listSeen = nil
	}
	if p.listSeen == nil {
		p.listSeen = map[string]bool{}
	}
	if !builtin {
		chain = "" // some user chain
	}
	p.listSeen[chain] = true
}

// listed makes the command that a row stands for.
func (p *parser) listed(l *listing, r *listRow, line string, pos Pos) {
	x := extras{s: r.rest, target: r.target}
	x.read()
	at := func(col int) Pos { return Pos{pos.File, pos.Line, pos.Col + col} }
	var words []Word
	put := func(col int, ws ...string) {
		for _, w := range ws {
			words = append(words, Word{Text: w, Pos: at(col)})
		}
	}
	switch addressFamily(strings.TrimPrefix(r.src, "!")) {
	case 4:
		p.cur.hint.v4 = true
	case 6:
		p.cur.hint.v6 = true
	}
	r.addresses(put)
	r.base(put)
	tgt := r.target
	for i, w := range x.words {
		q := i > 0 && (x.words[i-1] == "--comment" || strings.HasSuffix(x.words[i-1], "-prefix"))
		words = append(words, Word{Text: w, Pos: at(r.extraCol), Quoted: q})
	}
	switch {
	case tgt == "" || x.inTgtWords():
	case r.jump:
		put(r.from, "-g", tgt)
	default:
		put(r.from, "-j", tgt)
	}
	st := p.newStmt(stmtCommand, pos)
	st.text, st.style = line, styleListing
	st.cmd = command{op: 'A', chain: Word{Text: l.chain, Pos: pos}, words: words, packets: r.packets, bytes: r.bytes, counted: r.counted}
	st.hidden = x.hidden
	if !l.ifaces {
		st.hidden = append([]string{"-i", "-o"}, st.hidden...)
	}
	if unread := x.unread(); unread != "" {
		p.f.Ignored = append(p.f.Ignored, Line{pos, line, fmt.Sprintf("cannot read %q of the rule", clip(unread))})
	}
}

// unread is the text that was not understood, "" for none.
func (x *extras) unread() string {
	for _, h := range x.hidden {
		if !strings.HasPrefix(strings.TrimPrefix(h, "! "), "--") {
			return h
		}
	}
	return ""
}

func (r *listRow) addresses(put func(int, ...string)) {
	for i, a := range []string{r.src, r.dst} {
		opt := []string{"-s", "-d"}[i]
		a, neg := strings.CutPrefix(a, "!")
		switch a {
		case "anywhere", "0.0.0.0/0", "::/0", "":
			if !neg {
				continue
			}
		case "localhost":
			a = "127.0.0.1"
		case "loopback/8":
			a = "127.0.0.0/8"
		case "link-local/16":
			a = "169.254.0.0/16"
		}
		if strings.EqualFold(a, "base-address.mcast.net/4") {
			a = "224.0.0.0/4"
		}
		if neg {
			put(r.srcCol, "!")
		}
		put(r.srcCol, opt, a)
	}
}

func (r *listRow) base(put func(int, ...string)) {
	for i, name := range []string{r.in, r.out} {
		name, neg := strings.CutPrefix(name, "!")
		if name == "" || (name == "*" || name == "any") && !neg {
			continue
		}
		if name == "*" || name == "any" {
			name = "+"
		}
		if neg {
			put(r.from, "!")
		}
		put(r.from, []string{"-i", "-o"}[i], name)
	}
	proto, neg := strings.CutPrefix(r.proto, "!")
	if proto != "all" && proto != "0" && proto != "any" && proto != "ip" {
		if neg {
			put(r.from, "!")
		}
		put(r.from, "-p", proto)
	}
	switch r.opt {
	case "-f":
		put(r.from, "-f")
	case "!f", "!-f":
		put(r.from, "!", "-f")
	}
}
