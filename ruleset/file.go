package ruleset

// File is a text and what it says. Bytes returns the text as it is.
type File struct {
	Name string
	// V4 and V6 are the tables after the whole text was applied, nil when the text
	// has nothing of the family. Rules whose family nothing tells are in V4, with
	// Family 0.
	V4, V6 *Ruleset
	// Sets are the ipsets that the text makes.
	Sets []*Set
	// Sysctl holds the settings that a script makes, by full name.
	Sysctl map[string]string
	// Ignored lists, for a text read with [Lenient], the lines that look like
	// rules and could not be used.
	Ignored []Line
	// Notes lists what was assumed in reading.
	Notes []Note

	data  []byte
	opt   options
	stmts []*stmt
	src   string
	ufw   *ufwStatus
}

// Line is a line of a text that was not used.
type Line struct {
	Pos  Pos
	Text string
	Why  string
}

// Note is an assumption made in reading.
type Note struct {
	Pos  Pos
	Text string
}

// Bytes returns the text, byte for byte.
func (f *File) Bytes() []byte { return f.data }

// Kind returns what form of text it is.
func (f *File) Kind() Kind { return Sniff(f.data) }

// Rulesets returns those of V4 and V6 that there are.
func (f *File) Rulesets() []*Ruleset {
	var out []*Ruleset
	for _, r := range []*Ruleset{f.V4, f.V6} {
		if r != nil {
			out = append(out, r)
		}
	}
	return out
}

// Ruleset returns the rules of a family, nil for none. Rules whose family the
// text does not tell serve for both.
func (f *File) Ruleset(family int) *Ruleset {
	if family == 6 && (f.V6 != nil || f.V4 == nil || f.V4.Family != 0) {
		return f.V6
	}
	return f.V4
}

// Option changes how [Parse] reads.
type Option func(*options)

type options struct {
	lenient bool
	noflush bool
	family  int
	equal   func(a, b *Rule) bool
	steps   int // of a script
}

// Lenient reads a text among which rules may stand, such as a forum post: lines
// that are no rules are passed over, what looks like a rule and cannot be used
// goes to Ignored, markup around rules is removed, and no line is an error.
func Lenient() Option { return func(o *options) { o.lenient = true } }

// Family says that the text is of one family, 4 or 6, as if iptables-restore or
// ip6tables-restore had been given it.
func Family(family int) Option { return func(o *options) { o.family = family } }

// NoFlush reads the text as iptables-restore --noflush does: tables keep what
// they had, so that chains may exist that the text does not name.
func NoFlush() Option { return func(o *options) { o.noflush = true } }

// Equal supplies the equality of rules that -D needs beyond [SameWords].
func Equal(same func(a, b *Rule) bool) Option { return func(o *options) { o.equal = same } }
