package ruleset

import (
	"bytes"
	"strconv"
	"strings"
)

// Set is an ipset: what "ipset save" and "ipset list" tell of it, or what the
// commands of a script made.
type Set struct {
	Pos  Pos
	Name string
	Type string // "hash:ip", "list:set", ...

	Family            string // "inet", "inet6"; "" where the type has none
	HashSize, MaxElem int    // 0: not given
	Timeout           uint64 // default of the entries, in seconds
	HasTimeout        bool   // entries may time out
	Counters, Comment bool
	SkbInfo, ForceAdd bool
	Netmask           string // bits, or a mask
	MarkMask          string
	Range             string // of a bitmap, as FROM-TO or CIDR
	Size              int    // of a list:set
	Other             []string
	Entries           []SetEntry

	at map[string]int // where each element is, once there are many
}

// SetEntry is one entry of a set. Elem is as it was written: parts of a type
// such as hash:ip,port,net are separated by commas, and each may be a range or a
// network where its type takes one.
type SetEntry struct {
	Pos            Pos
	Elem           string
	Timeout        uint64 // 0 with HasTimeout: never
	HasTimeout     bool
	NoMatch        bool // an exception from a wider entry
	Packets, Bytes uint64
	Counted        bool
	Comment        string
	Skb            []string // skbmark, skbprio, skbqueue with their values
}

// setTypes are the types that ipset 7 knows, with the names of before 2011.
var setTypes = map[string]string{"ipmap": "bitmap:ip", "macipmap": "bitmap:ip,mac", "portmap": "bitmap:port", "iphash": "hash:ip",
	"nethash": "hash:net", "ipporthash": "hash:ip,port", "ipportiphash": "hash:ip,port,ip", "ipportnethash": "hash:ip,port,net",
	"netporthash": "hash:net,port", "netportiphash": "hash:net,port,net", "setlist": "list:set",
	"bitmap:ip": "", "bitmap:ip,mac": "", "bitmap:port": "", "hash:ip": "", "hash:mac": "", "hash:ip,mac": "", "hash:net": "",
	"hash:net,net": "", "hash:ip,port": "", "hash:net,port": "", "hash:ip,port,ip": "", "hash:ip,port,net": "", "hash:ip,mark": "",
	"hash:net,port,net": "", "hash:net,iface": "", "list:set": ""}

// setCommands are ipset's commands by all their names.
var setCommands = map[string]string{"create": "create", "n": "create", "-N": "create", "--create": "create",
	"add": "add", "-A": "add", "--add": "add", "del": "del", "-D": "del", "--del": "del",
	"destroy": "destroy", "x": "destroy", "-X": "destroy", "--destroy": "destroy", "flush": "flush", "-F": "flush", "--flush": "flush",
	"rename": "rename", "e": "rename", "-E": "rename", "--rename": "rename", "swap": "swap", "w": "swap", "-W": "swap", "--swap": "swap",
	"test": "test", "-T": "test", "--test": "test", "list": "list", "-L": "list", "--list": "list", "save": "save", "-S": "save",
	"--save": "save", "restore": "restore", "-R": "restore", "--restore": "restore"}

// Set returns the set of that name, nil for none.
func (f *File) Set(name string) *Set {
	for _, s := range f.Sets {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// index finds an entry; -1 for none.
func (s *Set) index(elem string) int {
	if s.at == nil && len(s.Entries) > 16 {
		s.at = make(map[string]int, len(s.Entries))
		for i, e := range s.Entries {
			s.at[e.Elem] = i
		}
	}
	if s.at != nil {
		if i, ok := s.at[elem]; ok {
			return i
		}
		return -1
	}
	for i, e := range s.Entries {
		if e.Elem == elem {
			return i
		}
	}
	return -1
}

func (s *Set) put(e SetEntry) {
	if s.at != nil {
		s.at[e.Elem] = len(s.Entries)
	}
	s.Entries = append(s.Entries, e)
}

func (s *Set) remove(i int) {
	s.Entries = append(s.Entries[:i], s.Entries[i+1:]...)
	s.at = nil
}

// AppendSave appends the set as "ipset save" prints it, but for the numbers that
// the kernel draws (bucketsize, initval).
func (s *Set) AppendSave(dst []byte) []byte {
	b := bytes.NewBuffer(dst)
	put := func(words ...string) {
		for _, w := range words {
			b.WriteString(" " + w)
		}
	}
	b.WriteString("create")
	put(s.Name, s.Type)
	if s.Range != "" {
		put("range", s.Range)
	}
	if s.Family != "" {
		put("family", s.Family)
	}
	for _, o := range []struct {
		name string
		n    int
	}{{"hashsize", s.HashSize}, {"maxelem", s.MaxElem}, {"size", s.Size}} {
		if o.n > 0 {
			put(o.name, strconv.Itoa(o.n))
		}
	}
	if s.MarkMask != "" {
		put("markmask", s.MarkMask)
	}
	if s.Netmask != "" {
		put("netmask", s.Netmask)
	}
	if s.HasTimeout {
		put("timeout", strconv.FormatUint(s.Timeout, 10))
	}
	for _, o := range []struct {
		name string
		set  bool
	}{{"counters", s.Counters}, {"comment", s.Comment}, {"forceadd", s.ForceAdd}, {"skbinfo", s.SkbInfo}} {
		if o.set {
			put(o.name)
		}
	}
	put(s.Other...)
	b.WriteByte('\n')
	for i := range s.Entries {
		s.Entries[i].save(b, s.Name)
	}
	return b.Bytes()
}

func (e *SetEntry) save(b *bytes.Buffer, set string) {
	b.WriteString("add " + set + " " + e.Elem)
	if e.HasTimeout {
		b.WriteString(" timeout " + strconv.FormatUint(e.Timeout, 10))
	}
	if e.Counted {
		b.WriteString(" packets " + strconv.FormatUint(e.Packets, 10) + " bytes " + strconv.FormatUint(e.Bytes, 10))
	}
	if e.Comment != "" {
		b.WriteString(` comment "` + e.Comment + `"`)
	}
	for _, w := range e.Skb {
		b.WriteString(" " + w)
	}
	if e.NoMatch {
		b.WriteString(" nomatch")
	}
	b.WriteByte('\n')
}

// setError reports a mistake of an ipset command.
func (p *parser) setError(w Word, format string, args ...any) bool {
	p.errs.Add(w.Pos, format, args...)
	return false
}

// ipset applies a command of ipset, given without the program's name. It returns
// what ipset would return to a shell.
func (p *parser) ipset(words []Word) bool {
	exist := false
	var w []Word
	for _, x := range words {
		switch x.Text {
		case "-!", "-exist", "--exist":
			exist = true
		case "-q", "-quiet", "--quiet", "-o", "-s", "-sorted":
		default:
			w = append(w, x)
		}
	}
	if len(w) == 0 {
		return true
	}
	cmd := setCommands[w[0].Text]
	switch {
	case cmd == "":
		var names []string
		for n := range setCommands {
			if len(n) > 2 && n[0] != '-' {
				names = append(names, n)
			}
		}
		return p.setError(w[0], "unknown command %q of ipset%s", clip(w[0].Text), DidYouMean(w[0].Text, sorted(names)))
	case cmd == "list" || cmd == "save" || cmd == "restore":
		return true
	case len(w) < 2:
		return p.ipsetAll(cmd, w[0])
	}
	set := p.f.Set(w[1].Text)
	if cmd == "create" {
		return p.createSet(set, w, exist)
	}
	if set == nil {
		if cmd == "destroy" && p.opt.lenient {
			return false
		}
		return p.setError(w[1], "set %q does not exist%s", clip(w[1].Text), DidYouMean(w[1].Text, p.setNames()))
	}
	switch cmd {
	case "add":
		return p.addEntry(set, w, exist)
	case "del", "test":
		if len(w) < 3 {
			return p.setError(w[0], "%q requires a set and an entry", w[0].Text)
		}
		i := set.index(w[2].Text)
		if i < 0 && !exist && cmd == "del" {
			return p.setError(w[2], "entry %q is not in set %q", clip(w[2].Text), set.Name)
		}
		if i >= 0 && cmd == "del" {
			set.remove(i)
		}
		return i >= 0 || exist
	case "flush":
		set.Entries, set.at = nil, nil
	case "destroy":
		for i, s := range p.f.Sets {
			if s == set {
				p.f.Sets = append(p.f.Sets[:i:i], p.f.Sets[i+1:]...)
				break
			}
		}
	case "rename", "swap":
		return p.renameSet(cmd, set, w)
	}
	return true
}

func (p *parser) ipsetAll(cmd string, w Word) bool {
	switch cmd {
	case "flush":
		for _, s := range p.f.Sets {
			s.Entries, s.at = nil, nil
		}
	case "destroy":
		p.f.Sets = nil
	default:
		return p.setError(w, "%q requires the name of a set", w.Text)
	}
	return true
}

func (p *parser) setNames() []string {
	var out []string
	for _, s := range p.f.Sets[:min(len(p.f.Sets), 1000)] {
		out = append(out, s.Name)
	}
	return out
}

func (p *parser) renameSet(cmd string, set *Set, w []Word) bool {
	if len(w) < 3 {
		return p.setError(w[0], "%q requires two names of sets", w[0].Text)
	}
	other := p.f.Set(w[2].Text)
	switch {
	case cmd == "rename" && other != nil:
		return p.setError(w[2], "set %q exists already", w[2].Text)
	case cmd == "rename":
		set.Name = w[2].Text
	case other == nil:
		return p.setError(w[2], "set %q does not exist%s", clip(w[2].Text), DidYouMean(w[2].Text, p.setNames()))
	default:
		set.Name, other.Name = other.Name, set.Name
	}
	return true
}

// maxSetName is IPSET_MAXNAMELEN less the NUL.
const maxSetName = 31

func (p *parser) createSet(have *Set, w []Word, exist bool) bool {
	switch {
	case len(w) < 3:
		return p.setError(w[0], "%q requires a name and a type", w[0].Text)
	case have != nil && exist:
		return true
	case have != nil:
		return p.setError(w[1], "set %q exists already", clip(w[1].Text))
	case len(w[1].Text) > maxSetName:
		return p.setError(w[1], "name of a set %q is too long (%d bytes, at most %d)", clip(w[1].Text), len(w[1].Text), maxSetName)
	}
	typ := w[2].Text
	now, ok := setTypes[typ]
	if !ok {
		var names []string
		for n := range setTypes {
			names = append(names, n)
		}
		return p.setError(w[2], "unknown type of set %q%s", clip(typ), DidYouMean(typ, sorted(names)))
	}
	if now != "" {
		typ = now
	}
	s := &Set{Pos: w[0].Pos, Name: w[1].Text, Type: typ}
	if strings.HasPrefix(typ, "hash:") && typ != "hash:mac" {
		s.Family = "inet"
	}
	p.f.Sets = append(p.f.Sets, s)
	return p.setOptions(s, w[3:])
}

// setOptions reads what follows "create NAME TYPE", or "Header:" of a list.
func (p *parser) setOptions(s *Set, w []Word) bool {
	for i := 0; i < len(w); i++ {
		value := Word{}
		if i+1 < len(w) {
			value = w[i+1]
		}
		n, err := strconv.Atoi(value.Text)
		switch name := strings.TrimLeft(w[i].Text, "-"); name {
		case "counters":
			s.Counters = true
			continue
		case "comment":
			s.Comment = true
			continue
		case "skbinfo":
			s.SkbInfo = true
			continue
		case "forceadd":
			s.ForceAdd = true
			continue
		case "family":
			s.Family, err = value.Text, nil
		case "hashsize":
			s.HashSize = n
		case "maxelem":
			s.MaxElem = n
		case "size":
			s.Size = n
		case "netmask":
			s.Netmask, err = value.Text, nil
		case "markmask":
			s.MarkMask, err = value.Text, nil
		case "range":
			s.Range, err = value.Text, nil
		case "timeout":
			s.Timeout, s.HasTimeout = uint64(max(n, 0)), true
		case "bucketsize", "initval":
			err = nil
		default: // an option of another version
			s.Other, err = append(s.Other, name, value.Text), nil
		}
		if err != nil {
			return p.setError(w[i], "option %q requires a number, not %q", w[i].Text, clip(value.Text))
		}
		i++
	}
	return true
}

func (p *parser) addEntry(s *Set, w []Word, exist bool) bool {
	if len(w) < 3 {
		return p.setError(w[0], "%q requires a set and an entry", w[0].Text)
	}
	e, ok := p.entry(w[2:])
	if !ok {
		return false
	}
	if i := s.index(e.Elem); i >= 0 {
		if !exist {
			return p.setError(w[2], "entry %q is already in set %q", clip(e.Elem), s.Name)
		}
		s.Entries[i] = e
		return true
	}
	s.put(e)
	return true
}

// entry reads an entry with its options.
func (p *parser) entry(w []Word) (SetEntry, bool) {
	e := SetEntry{Pos: w[0].Pos, Elem: w[0].Text}
	for i := 1; i < len(w); i++ {
		value := Word{}
		if i+1 < len(w) {
			value = w[i+1]
		}
		n, err := strconv.ParseUint(value.Text, 0, 64)
		switch w[i].Text {
		case "nomatch":
			e.NoMatch = true
			continue
		case "timeout":
			e.Timeout, e.HasTimeout = n, true
		case "packets":
			e.Packets, e.Counted = n, true
		case "bytes":
			e.Bytes, e.Counted = n, true
		case "comment":
			e.Comment, err = value.Text, nil
		case "skbmark", "skbprio", "skbqueue":
			e.Skb, err = append(e.Skb, w[i].Text, value.Text), nil
		case "before", "after":
			err = nil
		default:
			return e, p.setError(w[i], "unknown option %q of an entry%s", clip(w[i].Text),
				DidYouMean(w[i].Text, []string{"timeout", "nomatch", "packets", "bytes", "comment", "skbmark", "skbprio", "skbqueue"}))
		}
		if err != nil {
			return e, p.setError(w[i], "option %q requires a number, not %q", w[i].Text, clip(value.Text))
		}
		i++
	}
	return e, true
}

// looksLikeSet reports a line of "ipset save".
func (p *parser) looksLikeSet(body string) bool {
	w := strings.SplitN(body, " ", 4)
	switch {
	case len(w) < 3:
		return false
	case w[0] == "create":
		_, ok := setTypes[w[2]]
		return ok || strings.HasPrefix(w[2], "hash:") || strings.HasPrefix(w[2], "bitmap:") || strings.HasPrefix(w[2], "list:")
	case w[0] == "add":
		return p.f.Set(w[1]) != nil || !p.opt.lenient && strings.ContainsAny(w[2], "0123456789:")
	}
	return false
}

// setList is "ipset list" being read.
type setList struct {
	set     *Set
	members bool
}

// readSetList reads a line of "ipset list"; false when the line is none.
func (p *parser) readSetList(body string, pos Pos) bool {
	key, value, colon := strings.Cut(body, ": ")
	if name := strings.TrimSuffix(body, ":"); name == "Members" && p.sets.set != nil {
		p.sets.members = true
		return true
	}
	at := func(i int) Pos { return Pos{pos.File, pos.Line, pos.Col + i} }
	if colon && key == "Name" && isSetType(nextLine(p.src[p.off:])) {
		p.sets = setList{set: &Set{Pos: pos, Name: strings.TrimSpace(value)}}
		if p.f.Set(p.sets.set.Name) != nil {
			p.setError(Word{Pos: pos}, "set %q exists already", clip(p.sets.set.Name))
		}
		p.f.Sets = append(p.f.Sets, p.sets.set)
		return true
	}
	s := p.sets.set
	if s == nil {
		return false
	}
	if !p.sets.members {
		switch key {
		case "Type":
			s.Type = strings.TrimSpace(value)
		case "Header":
			p.setOptions(s, p.plainWords(value, at(len("Header: "))))
		case "Revision", "Size in memory", "References", "Number of entries", "Default binding":
		default:
			p.sets = setList{}
			return false
		}
		return true
	}
	w := p.plainWords(body, pos)
	if len(w) == 0 {
		return true
	}
	if len(w) > 1 && !isNumber(w[len(w)-1].Text, false) && w[1].Text != "comment" && w[1].Text != "nomatch" && w[1].Text != "timeout" &&
		!strings.HasPrefix(w[1].Text, "skb") && w[1].Text != "packets" || strings.HasSuffix(body, ":") {
		p.sets = setList{}
		return false
	}
	if e, ok := p.entry(w); ok {
		s.put(e)
	}
	return true
}

// isSetType reports "Type: hash:ip", possibly behind quote marks.
func isSetType(line string) bool {
	t, ok := strings.CutPrefix(strings.TrimLeft(line, "> \t"), "Type: ")
	return ok && (strings.HasPrefix(t, "hash:") || strings.HasPrefix(t, "bitmap:") || strings.HasPrefix(t, "list:set"))
}

// plainWords cuts a text that was not written for a shell.
func (p *parser) plainWords(s string, pos Pos) []Word {
	lx := lexer{file: pos.File, s: s, line: pos.Line, start: 1 - pos.Col, slab: &p.slab}
	return lx.restoreWords()
}

func nextLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}
