package diagnose

import (
	"net/netip"

	"nfwhy/evidence"
	"nfwhy/host"
	"nfwhy/packet"
	"nfwhy/trace"
)

// Report is the answer for all subjects.
type Report struct {
	Subjects  int // how many log lines or packets there were to explain
	Explained int // of which this many are
	Host      *host.Host
	Names     *evidence.Names
	Ignored   []evidence.Ignored
	Findings  []*Finding
	// Gaps are things the answer depends on that are not modelled or not known.
	Gaps []trace.Gap
	// NoRules and NoSubjects say that this part of the evidence was missing.
	NoRules, NoSubjects bool

	words map[netip.Addr]string // names that the text uses for addresses
}

// Show prints an address as the evidence writes it.
func (r *Report) Show(a netip.Addr) string {
	if s, ok := r.words[a]; ok {
		return s
	}
	return r.Names.Show(a)
}

// Confidence words. Proven: the evidence itself, replayed, gives the subject.
// Likely: one history gives it and no other of a different cause does, or those
// that do are much rarer. Possible: other causes give it as well.
const (
	Proven   = "proven"
	Likely   = "likely"
	Possible = "possible"
)

// Dispositions: what kind of answer a finding is.
const (
	Harmless  = "harmless"  // dropped or logged rightly: nothing to do
	RulesErr  = "rules"     // the ruleset is at fault
	StateErr  = "state"     // an entry must go
	Elsewhere = "elsewhere" // the fault is outside this firewall
	Attack    = "attack"    // abuse aimed at or through this host
	Undecided = "undecided" // with what would decide it
)

// Finding is one cause and the subjects it explains.
type Finding struct {
	Cause       string // an id of the catalogue of causes
	Also        []string
	Disposition string
	Title       string // one line, about this packet
	Summary     string // why, in one or two sentences
	Word        string // Proven, Likely, Possible
	Confidence  float64
	Count       int       // subjects explained
	Subjects    []Subject // the first of them
	// Story is what happened, packet by packet; Line says where the subject is in
	// it.
	Story []*trace.Journey
	Line  Place
	// Notes are further true things about the packet and the rules.
	Notes      []string
	Hypotheses []Tried
	Actors     []Actor
	Fixes      []Fix
	// Missing is what would settle what is open: one command or file each.
	Missing []string

	fit float64 // how well the cause fits, 0 to 1
}

// Place points at a step of a story; Journey is an ID, 0 for nowhere.
type Place struct{ Journey, Step int }

// Subject is one thing that needed explaining.
type Subject struct {
	Source string
	Text   string
	Log    *packet.LogLine // nil for a packet of a capture
}

// Tried is a hypothesis and what simulating it gave.
type Tried struct {
	ID string
	// What came, and When: "SYN/ACK", "unsolicited".
	What, When string
	// Prior is how common such a history is, relative to the others tried.
	Prior      float64
	Reproduces bool
	Differs    []string // fields in which the nearest line differs
	Why        string   // what happened instead, or what the history means
}

// Title is the history in one phrase.
func (t Tried) Title() string {
	if t.When == "" {
		return t.What
	}
	return t.What + " " + t.When
}

// Actor is who is at the other end, or here.
type Actor struct {
	Address netip.Addr
	Role    string // backscatter, server, client, scanner, own host, router, unknown
	Why     string
	Ban     bool // whether banning the address would hit the right one
}

// Fix is a change and its tested effect.
type Fix struct {
	Title    string
	Commands []string
	Silences int // of the finding's subjects
	Of       int
	Changes  []string // which packets change verdict, in words
	Tested   string   // "simulated" or "kernel"
	Patch    string   // unified diff of the user's own text, "" where there is none
	// Insert says where the rule goes, for those who edit the text themselves.
	Table, Chain string
	Number       int
	Rule         string
}
