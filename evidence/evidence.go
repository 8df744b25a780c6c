package evidence

import (
	"fmt"
	"io"
	"math"
	"sort"
	"strings"

	"nfwhy/capture"
	"nfwhy/packet"
	"nfwhy/ruleset"
)

// Kind says what an input holds.
type Kind uint8

// The kinds. Auto finds out from the content.
const (
	Auto Kind = iota
	Rules
	Logs
	Capture
)

// Input is one thing to read. When R is an [io.Seeker] that can seek, as a file
// can, it is read a second time from there when its log lines are too many to
// keep; what cannot seek is kept in a temporary file then.
type Input struct {
	Name string // as shown in sources: a file's name, "-" for standard input
	Kind Kind
	R    io.Reader
}

// Log is one kernel log line.
type Log struct {
	Source string // "file:line"
	Text   string // as written
	Line   packet.LogLine
}

// Ignored is something that looks like evidence and was not used.
type Ignored struct {
	Source string
	Text   string
	Why    string
}

// Evidence is everything that was recognised.
type Evidence struct {
	// Files are the texts that hold rules, in order.
	Files []*ruleset.File
	// Logs are the log lines in order; of a text with more than fits, the first
	// ones and one of each sort, and [Evidence.Each] goes through all.
	Logs []Log
	// LogLines is how many log lines there are in all.
	LogLines int
	Packets  []*capture.Record
	// Conntrack, Addresses, Routes, Sockets and Sysctls are lines of listings that
	// tell of the host.
	Conntrack []Conn
	Addresses []Address
	Routes    []Route
	Sockets   []Socket
	Sysctls   []Setting
	// Messages are what the kernel says of packets beside LOG, Traces lines of the
	// TRACE target; of very many, the first.
	Messages []Message
	Traces   []Trace
	Ignored  []Ignored
	Names    *Names
	// LeftOut are rules of mixed texts that do not compile: the answer may depend
	// on them.
	LeftOut []*ruleset.Rule
	// Lines is how many lines of text were looked at.
	Lines int

	opt     Options
	sources []*source
	lenient []*ruleset.File // texts in which rules stand among other things
	strict  []*ruleset.File // texts that are rules only, found so from the content
	sorts   map[string]bool // sorts of log lines of which one was kept
	partial bool            // some route could not be read
	events  int             // log lines, messages and traces
	done    int64
	told    int64
	total   int64
}

// Options say how to read.
type Options struct {
	// Progress, if not nil, is told now and then how many bytes were read, and of
	// how many; total is 0 when that is not known. [Evidence.Each] begins from 0
	// again when it reads again.
	Progress func(done, total int64)
	// MaxLogs is how many log lines are kept, 0 for a usual number. When there are
	// more, [Evidence.Each] reads the text again.
	MaxLogs int
}

// Bounds on what is kept.
const (
	maxLogs     = 10000   // log lines, unless Options say otherwise
	maxSorts    = 4096    // sorts of log lines of which one is kept beyond that
	maxIgnored  = 1000    // lines that were not used
	maxPackets  = 200000  // of captures
	maxFrames   = 1 << 28 // their bytes
	maxDump     = 1 << 19 // lines of tcpdump text
	maxEntries  = 1 << 20 // of connection tables
	maxFacts    = 1 << 16 // addresses, routes, sockets, settings, each
	maxMessages = 10000   // messages, and trace lines
	maxLine     = 1 << 20 // bytes of a line of text
	maxLogLine  = 1 << 16 // bytes of a line that may be one of a log
	maxRules    = 1 << 25 // bytes of text that may hold rules
	maxProse    = 1 << 23 // of which so many are not rules by their looks
)

// Read reads all inputs. An error is one of reading a file, or rules given as
// such (Kind Rules) that do not parse; in a mixed text what does not parse is
// listed in Ignored.
func Read(inputs ...Input) (*Evidence, error) { return Options{}.Read(inputs...) }

// Read reads all inputs, as the function Read does.
func (o Options) Read(inputs ...Input) (*Evidence, error) {
	if o.MaxLogs == 0 {
		o.MaxLogs = maxLogs
	}
	e := &Evidence{Names: newNames(), opt: o, sorts: map[string]bool{}}
	for _, in := range inputs {
		s := newSource(in)
		e.sources = append(e.sources, s)
		e.total += s.size
		if s.size == 0 {
			e.total = 0
		}
	}
	for _, s := range e.sources {
		before := e.events
		if err := e.read(s, e.collect); err != nil {
			return nil, err
		}
		s.logs = e.events > before
	}
	if e.Kept() {
		for _, s := range e.sources {
			s.release()
		}
	}
	e.resolve()
	for _, f := range e.lenient {
		e.nameRules(f, true)
		e.leaveOut(f)
	}
	for _, f := range e.strict {
		e.nameRules(f, false)
	}
	e.sortIgnored()
	return e, nil
}

// Kept reports whether all log lines, messages and traces are kept.
func (e *Evidence) Kept() bool {
	return e.LogLines == len(e.Logs) && len(e.Messages) < maxMessages && len(e.Traces) < maxMessages
}

// sortIgnored puts what was not used into the order of the texts.
func (e *Evidence) sortIgnored() {
	order := map[string]int{}
	for i, s := range e.sources {
		order[s.Name] = i
	}
	place := func(source string) (file, line int) {
		for i := strings.LastIndexByte(source, ':'); i > 0; i = strings.LastIndexByte(source[:i], ':') {
			if n, ok := order[source[:i]]; ok {
				fmt.Sscan(source[i+1:], &line)
				return n, line
			}
		}
		return order[source], math.MaxInt
	}
	sort.SliceStable(e.Ignored, func(i, j int) bool {
		fi, li := place(e.Ignored[i].Source)
		fj, lj := place(e.Ignored[j].Source)
		return fi < fj || fi == fj && li < lj
	})
}

func (e *Evidence) ignore(source, s, why string) {
	if len(e.Ignored) < maxIgnored {
		if len(s) > 300 {
			s = s[:300] + "..."
		}
		e.Ignored = append(e.Ignored, Ignored{source, s, why})
	}
}
