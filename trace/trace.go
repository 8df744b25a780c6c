package trace

import (
	"nfwhy/conntrack"
	"nfwhy/packet"
	"nfwhy/ruleset"
)

// Truth is what a match says of a packet: No, Yes, or Unknown when what is known
// of the packet and the host does not decide it.
type Truth uint8

// The three values. The zero value is No.
const (
	No Truth = iota
	Yes
	Unknown
)

// Of turns a bool into a Truth.
func Of(b bool) Truth {
	if b {
		return Yes
	}
	return No
}

// Not inverts t when neg is set; Unknown stays Unknown.
func (t Truth) Not(neg bool) Truth {
	if !neg || t == Unknown {
		return t
	}
	return Yes - t
}

// String returns "no", "yes" or "unknown".
func (t Truth) String() string { return [...]string{"no", "yes", "unknown"}[t] }

// Verdict is what a target, a chain or a table decides.
type Verdict uint8

// The verdicts. Continue is the zero value: go on with the next rule.
const (
	Continue  Verdict = iota
	Accept            // NF_ACCEPT: ends this table at this hook
	Drop              // NF_DROP
	Return            // back to the calling chain
	Jump              // into a user chain
	Goto              // into a user chain without coming back here
	Stolen            // NF_STOLEN: consumed by the target
	Queue             // NF_QUEUE: handed to a process
	Undecided         // not known: a gap decides
)

var verdictNames = [...]string{"CONTINUE", "ACCEPT", "DROP", "RETURN", "JUMP", "GOTO", "STOLEN", "QUEUE", "UNKNOWN"}

// String returns the verdict in capitals, as iptables writes targets.
func (v Verdict) String() string { return verdictNames[v] }

// Term is what one part of a rule said of one packet.
type Term struct {
	Part  string // the extension, e.g. "conntrack"; "" for the base match
	Field string // what was looked at, e.g. "ctstate", "--dport"
	Saw   string // its value in the packet
	Want  string // what the rule asks for
	Truth Truth
	Gap   string // for Unknown: what is not known
}

// Step is one thing that happened to a packet at one hook: a rule looked at, a
// policy applied, or something the stack did between the tables.
type Step struct {
	Hook    packet.Hook
	Table   string // "" for what is no table: conntrack, routing
	Chain   string
	Rule    int           // number in the chain from 1; 0 for the policy or no rule
	Source  *ruleset.Rule // nil where there is none
	Text    string        // normal form of the rule, or what the stack did
	Matched Truth
	Terms   []Term  // those evaluated: up to and including the first that failed
	Verdict Verdict // what the target returned; Continue when not matched
	Target  string  // "ACCEPT", "LOG", a chain's name, ""; "policy" for a policy
	Log     string  // the kernel log line written here, "" for none
	Emits   []int   // IDs of the journeys of packets made here
}

// Origin says where a journey's packet came from.
type Origin uint8

// The origins.
const (
	Received Origin = iota // arrived on an interface
	Sent                   // a local process sent it
	Made                   // the firewall or the stack made it in answer to another
)

// Fate is what became of a packet.
type Fate uint8

// The fates. The zero value is that nothing is known yet.
const (
	NoFate    Fate = iota
	Delivered      // to a local process
	Left           // sent out by this host (its own packet)
	Forwarded      // sent out, came from elsewhere
	Dropped        // by a rule or policy
	Rejected       // dropped by a rule that also answered
	Discarded      // by the stack, outside the tables: checksum, routing, TTL
	Held           // a fragment waiting for the rest
	Consumed       // stolen or queued
	Uncertain      // a gap decides
)

var fateNames = [...]string{"none", "delivered", "left", "forwarded", "dropped", "rejected", "discarded", "held", "consumed", "unknown"}

// String returns the fate as a lower-case word.
func (f Fate) String() string { return fateNames[f] }

// Gap is something an answer depends on that is not known or not modelled.
type Gap struct {
	Source *ruleset.Rule // the rule that asks for it, nil for none
	What   string        // e.g. "match owner: no socket is known"
}

// Journey is one packet's way through the hooks.
type Journey struct {
	ID      int // 1 for the stimulus
	Parent  int // the journey whose step made this packet; 0 for none
	Step    int // index of that step in the parent
	Origin  Origin
	Time    packet.Time
	In, Out string           // interfaces; "" where there is none
	Packet  *packet.Packet   // as it entered the first hook
	State   conntrack.State  // ctstate after conntrack-in
	Info    conntrack.Info   // with direction
	Reason  conntrack.Reason // why conntrack said so
	Tracked bool             // whether conntrack ran at all
	Steps   []Step
	Fate    Fate
	Decided int // index of the step that decided the fate; -1 for none
	Gaps    []Gap
	// Else are the other outcomes possible when a gap decides.
	Else []Alternative
}

// Alternative is another outcome that a gap leaves open.
type Alternative struct {
	Fate Fate
	Logs []string
	Why  string
}

// Trace is everything one stimulus set off, the stimulus first.
type Trace struct{ Journeys []*Journey }

// Logs returns all log lines of the trace in the order they were written.
func (t *Trace) Logs() []string {
	var out []string
	for _, j := range t.Journeys {
		for i := range j.Steps {
			if j.Steps[i].Log != "" {
				out = append(out, j.Steps[i].Log)
			}
		}
	}
	return out
}

// Recorder collects a Trace. The machine sets Current; matches add terms to it.
type Recorder struct {
	Trace   Trace
	Current *Journey
	terms   []Term
}

// Term notes what a match just found. Only called when recording.
func (r *Recorder) Term(t Term) { r.terms = append(r.terms, t) }

// TakeTerms returns the terms noted since the last call.
func (r *Recorder) TakeTerms() []Term {
	t := r.terms
	r.terms = nil
	return t
}

// Begin opens a journey and makes it current; the caller restores the previous
// one when the journey ends.
func (r *Recorder) Begin(j *Journey) *Journey {
	j.ID = len(r.Trace.Journeys) + 1
	j.Decided = -1
	r.Trace.Journeys = append(r.Trace.Journeys, j)
	r.Current = j
	return j
}
