package xt

import (
	"fmt"
	"strconv"
	"strings"
)

// AppendListing appends the rule's line as "iptables -L -n -v --line-numbers"
// prints it (1.8.9, nft back end; print_rule_details of iptables/nft-shared.c),
// without the line's end. num is the rule's place in its chain, from 1.
func (r *Rule) AppendListing(dst []byte, num int, packets, bytes uint64) []byte {
	dst = fmt.Appendf(dst, "%-4d ", num)
	dst = append(appendColumn(dst, packets), ' ')
	dst = append(appendColumn(dst, bytes), ' ')
	b := &r.Base
	proto, in, out := "0", listInterface(b.In, b.NegIn), listInterface(b.Out, b.NegOut)
	if b.HasProto {
		proto = strconv.Itoa(int(b.Proto))
	}
	opt := "--"
	switch {
	case b.Frag:
		opt = "-f"
	case b.NegFrag:
		opt = "!f"
	}
	dst = fmt.Appendf(dst, "%-9s %s%-4s %s  %-6s %-6s ", r.listTarget(), bang(b.NegProto), proto, opt, in, out)
	dst = fmt.Appendf(dst, "%s%-19s %s%-19s ", bang(b.Src.Neg), r.listAddress(&b.Src), bang(b.Dst.Neg), r.listAddress(&b.Dst))
	if r.Goto {
		dst = append(dst, "[goto] "...)
	}
	for _, p := range merged(r.Parts) {
		dst = r.appendPart(dst, p)
	}
	return r.appendPart(dst, r.Target)
}

// AppendShort appends a counter as listings shorten it: 99999, 100K, 10M, 10G
// (xtables_print_num).
func AppendShort(dst []byte, n uint64) []byte {
	n, unit := short(n)
	return append(strconv.AppendUint(dst, n, 10), unit...)
}

func appendColumn(dst []byte, n uint64) []byte {
	n, unit := short(n)
	return append(fmt.Appendf(dst, "%*d", 5-len(unit), n), unit...)
}

func short(n uint64) (uint64, string) {
	if n <= 99999 {
		return n, ""
	}
	n = n/1000 + (n%1000+500)/1000
	for _, unit := range []string{"K", "M", "G"} {
		if n <= 9999 {
			return n, unit
		}
		n = (n + 500) / 1000
	}
	return n, "T"
}

func bang(neg bool) string {
	if neg {
		return "!"
	}
	return " "
}

func listInterface(name string, neg bool) string {
	switch {
	case neg:
		return "!" + name
	case name == "" || name == "+":
		return "*"
	}
	return name
}

// listAddress leaves out the mask of a single address, unlike Save.
func (r *Rule) listAddress(a *AddrMask) string {
	switch {
	case a.Addr.IsValid():
		return addrText(a.Addr) + maskText(a.Mask)
	case r.Family == ipv6:
		return "::/0"
	}
	return "0.0.0.0/0"
}

func (r *Rule) listTarget() string {
	switch {
	case r.Jump != "":
		return r.Jump
	case r.Verdict != 0:
		return r.Verdict.String()
	}
	if t, ok := r.Target.Target.(*ctTarget); ok && t != nil {
		return "CT" // NOTRACK is an alias of it
	}
	if n, ok := r.Target.Target.(renamed); ok {
		return n.SaveName()
	}
	return r.Target.Name
}

// appendPart appends what a match or target says in the last column.
func (r *Rule) appendPart(dst []byte, p Part) []byte {
	var s interface{ Save(*Writer) }
	switch {
	case p.Match != nil:
		s = p.Match
	case p.Target != nil:
		s = p.Target
	}
	if s == nil {
		for _, w := range p.Words {
			dst = append(append(dst, ' '), w...)
		}
		return dst
	}
	name := p.Name
	if n, ok := s.(renamed); ok {
		name = n.SaveName()
	}
	var w Writer
	s.Save(&w)
	l := &lister{name: name, six: r.Family == ipv6, saved: w.String(), value: s}
	l.read()
	forms := matchListings
	if p.Target != nil {
		forms = targetListings
	}
	if form := forms[name]; form != nil {
		form(l)
	} else {
		l.word(l.saved)
	}
	return append(dst, l.b.String()...)
}

// lister writes the listed form of one part. It starts from the part's normal
// form, which holds the same values in the same order for most extensions.
type lister struct {
	name  string
	six   bool
	saved string
	value any // the Match or Target
	opts  []listOption
	b     strings.Builder
}

// listOption is an option of the normal form.
type listOption struct {
	neg  bool
	name string
	args []string
}

func (o *listOption) value() string { return strings.Join(o.args, " ") }

// read cuts the normal form into options; quotes are undone.
func (l *lister) read() {
	neg := false
	for i := 0; i < len(l.saved); {
		if l.saved[i] == ' ' {
			i++
			continue
		}
		word, quoted, n := savedWord(l.saved[i:])
		i += n
		last := len(l.opts) - 1
		switch {
		case word == "!" && !quoted:
			neg = true
		case strings.HasPrefix(word, "--") && !quoted && !l.wantsText():
			l.opts = append(l.opts, listOption{neg: neg, name: word[2:]})
			neg = false
		case last >= 0:
			l.opts[last].args = append(l.opts[last].args, word)
		}
	}
}

// wantsText reports that the next word is a text whatever it looks like.
func (l *lister) wantsText() bool {
	n := len(l.opts) - 1
	if n < 0 || len(l.opts[n].args) > 0 {
		return false
	}
	switch l.opts[n].name {
	case "comment", "log-prefix", "nflog-prefix", "helper", "string":
		return true
	}
	return false
}

// savedWord reads a word that Quote wrote.
func savedWord(s string) (word string, quoted bool, n int) {
	if s[0] != '"' {
		if n = strings.IndexByte(s, ' '); n < 0 {
			n = len(s)
		}
		return s[:n], false, n
	}
	var b strings.Builder
	for n = 1; n < len(s) && s[n] != '"'; n++ {
		if s[n] == '\\' && n+1 < len(s) {
			n++
		}
		b.WriteByte(s[n])
	}
	return b.String(), true, min(n+1, len(s))
}

// get returns an option, nil when it is not given.
func (l *lister) get(name string) *listOption {
	for i := range l.opts {
		if l.opts[i].name == name {
			return &l.opts[i]
		}
	}
	return nil
}

// word writes s behind a blank, nothing for "".
func (l *lister) word(s string) {
	if s != "" {
		l.b.WriteByte(' ')
		l.b.WriteString(s)
	}
}
