package ruleset

import "fmt"

// Pos is a place in a text. The zero value means none.
type Pos struct {
	File      string
	Line, Col int // from 1; Col counts bytes
}

// String returns "file:line:col", without the parts that are not known.
func (p Pos) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Col == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Word is one word of a command, quotes removed.
type Word struct {
	Text   string
	Pos    Pos
	Quoted bool // was quoted: never an option or "!"
	// Unknown words come from a script: Text is then, at least in part, the
	// expression that gives it on the host, such as "$(hostname -i)".
	Unknown bool
}

// Rule is one rule as written. Words are what follows "-A CHAIN": matches and
// target with their options, in order.
type Rule struct {
	Pos            Pos
	Text           string // the line as written, without newline
	Table, Chain   string
	Words          []Word
	Packets, Bytes uint64
	Counted        bool // counters were given

	// Hidden names what the form of the text leaves out and the rule may hold
	// all the same, such as "-i" in a listing made without -v.
	Hidden []string
	// Origin is the program that wrote the rule, such as "docker", as far as its
	// comment, chain or target tells; "" when nothing does.
	Origin string

	key  string // of normalKey, once asked for
	stmt *stmt  // the command that made the rule; nil for one not read from text
}

// Chain is a chain of a table.
type Chain struct {
	Name           string
	Builtin        bool
	Policy         string // "ACCEPT", "DROP" of a built-in chain; "" otherwise
	PolicySet      bool   // the text set it (":CHAIN POLICY" or -P)
	Declared       bool   // a ":CHAIN" line, -N or -P named it, not only -A
	Packets, Bytes uint64 // the policy's counters
	Pos            Pos
	Rules          []*Rule
}

// Table is one of raw, mangle, nat, filter, security; chains in the order in
// which they came to be.
type Table struct {
	Name   string
	Chains []*Chain

	made  bool           // a chain was made, though it may be gone again
	index map[string]int // of long tables, where chains were when it was made
}

// longTable is how many chains a table has before their names are indexed.
const longTable = 32

// Chain returns the chain of that name, nil for none.
func (t *Table) Chain(name string) *Chain {
	if i, ok := t.index[name]; ok && i < len(t.Chains) && t.Chains[i].Name == name {
		return t.Chains[i]
	}
	for _, c := range t.Chains {
		if c.Name == name {
			return c
		}
	}
	return nil
}

func (t *Table) makeIndex() {
	t.index = nil
	if len(t.Chains) < longTable {
		return
	}
	t.index = make(map[string]int, len(t.Chains))
	for i, c := range t.Chains {
		t.index[c.Name] = i
	}
}

// Ruleset is the state of one family's tables.
type Ruleset struct {
	Family int // 4 or 6; 0 when the text does not tell
	Tables []*Table
}

// Table returns the table of that name, nil for none.
func (r *Ruleset) Table(name string) *Table {
	if r == nil {
		return nil
	}
	for _, t := range r.Tables {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// BuiltinChains lists the tables and the built-in chains of each, in the order
// iptables-save (nft, 1.8.9) prints them.
var BuiltinChains = []struct {
	Table  string
	Chains []string
}{
	{"mangle", []string{"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"}},
	{"security", []string{"INPUT", "FORWARD", "OUTPUT"}},
	{"raw", []string{"PREROUTING", "OUTPUT"}},
	{"filter", []string{"INPUT", "FORWARD", "OUTPUT"}},
	{"nat", []string{"PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"}},
}

// IsBuiltin reports whether table has a built-in chain of that name.
func IsBuiltin(table, chain string) bool {
	for _, b := range BuiltinChains {
		if b.Table == table {
			for _, c := range b.Chains {
				if c == chain {
					return true
				}
			}
		}
	}
	return false
}
