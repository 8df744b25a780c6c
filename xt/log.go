package xt

import (
	"strings"

	"nfwhy/packet"
	"nfwhy/trace"
)

var logExt = &Extension{
	Name:     "LOG",
	IsTarget: true,
	Families: FamBoth,
	Model:    Exact,
	Doc:      "Writes a line to the kernel log and goes on with the next rule: a LOG line is no verdict.",
	Options: []Option{
		{Name: "log-level", Arg: Level, Help: "severity, 0-7 or its name (4, warning)", Samples: []string{"4", "debug", "emerg", "0x3"}},
		{Name: "log-prefix", Arg: Text, Min: 1, Help: "text before the line; 29 bytes are kept",
			Samples: []string{"test: ", "[UFW BLOCK] ", "x", "1234567890123456789012345678901234567890", `quote " and \`, "it's"}},
		{Name: "log-tcp-sequence", Help: "log sequence numbers"},
		{Name: "log-tcp-options", Help: "log TCP options"},
		{Name: "log-ip-options", Help: "log IP options"},
		{Name: "log-uid", Help: "log the user of the local socket"},
		{Name: "log-macdecode", Help: "log Ethernet addresses and protocol in words"},
	},
	New: newLog,
}

// logPrefixLen is what xt_log_info keeps of a prefix.
const logPrefixLen = 29

// logOptions are the flags in the order in which they are printed.
var logOptions = []struct {
	name string
	flag packet.LogFlags
}{
	{"log-tcp-sequence", packet.LogTCPSeq}, {"log-tcp-options", packet.LogTCPOptions}, {"log-ip-options", packet.LogIPOptions},
	{"log-uid", packet.LogUID}, {"log-macdecode", packet.LogMACDecode},
}

type logTarget struct {
	level  uint8
	prefix string
	flags  packet.LogFlags
}

func newLog(a *Args) (any, error) {
	t := &logTarget{level: 4}
	if g := a.Get("log-level"); g != nil {
		t.level = uint8(g.Lo)
	}
	if g := a.Get("log-prefix"); g != nil {
		t.prefix = g.Text()
		if strings.Contains(t.prefix, "\n") {
			return nil, g.Errorf("option %q: the prefix must not contain a line break", "--log-prefix")
		}
		if len(t.prefix) > logPrefixLen {
			t.prefix = t.prefix[:logPrefixLen]
		}
	}
	for _, o := range logOptions {
		if a.Has(o.name) {
			t.flags |= o.flag
		}
	}
	return t, nil
}

// Prefix returns what stands before the line's "IN=".
func (t *logTarget) Prefix() string { return t.prefix }

// Level returns the line's syslog severity.
func (t *logTarget) Level() uint8 { return t.level }

// Flags returns what the line shows beyond the minimum.
func (t *logTarget) Flags() packet.LogFlags { return t.flags }

// Logger is a Target that writes kernel log lines.
type Logger interface {
	Prefix() string
	Level() uint8
	Flags() packet.LogFlags
}

// Apply is xt_LOG.c: log_tg (Linux 6.18).
func (t *logTarget) Apply(c *Ctx) trace.Verdict {
	c.Machine.Log(c, t.level, t.prefix, t.flags)
	return trace.Continue
}

// Save writes the options in iptables-save's order; the usual level is left out.
func (t *logTarget) Save(w *Writer) {
	if t.prefix != "" {
		w.Opt("log-prefix", false)
		w.Quote(t.prefix)
	}
	if t.level != 4 {
		w.Opt("log-level", false)
		w.Uint(uint64(t.level))
	}
	for _, o := range logOptions {
		if t.flags&o.flag != 0 {
			w.Opt(o.name, false)
		}
	}
}
