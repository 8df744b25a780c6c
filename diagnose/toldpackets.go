package diagnose

import (
	"fmt"
	"strings"

	"nfwhy/evidence"
	"nfwhy/packet"
)

// tellLines makes log lines of packets that the text only tells of, when it shows
// none.
func (s *session) tellLines() {
	if len(s.e.Logs) > 0 || len(s.e.Packets) > 0 {
		return
	}
	var told []evidence.Log
	for _, t := range s.post.Told {
		var b strings.Builder
		prefix := t.Prefix
		if prefix != "" {
			prefix = strings.TrimSuffix(prefix, ":") + ": "
		}
		fmt.Fprintf(&b, "kernel: %sIN=%s OUT=%s SRC=%s DST=%s ", prefix, t.In, t.Out, t.Src, t.Dst)
		if t.Src.Is6() {
			continue
		}
		sport, dport := t.Sport, t.Dport
		if sport == 0 {
			sport = 443
		}
		if dport == 0 {
			dport = 40000
		}
		if t.Flags == packet.SYN {
			sport, dport = 40000, max(t.Dport, 80)
		}
		fmt.Fprintf(&b, "LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=0 DF PROTO=TCP SPT=%d DPT=%d WINDOW=64240 RES=0x00 %sURGP=0", sport, dport, flagWords(t.Flags))
		l, ok := packet.ParseLog(b.String())
		if !ok {
			continue
		}
		l.Has &^= packet.FieldTTL | packet.FieldWindow | packet.FieldID | packet.FieldLen
		told = append(told, evidence.Log{Source: t.Line.Source(), Text: t.Line.Text, Line: l})
	}
	s.e = s.withLogs(told)
}

// withLogs is the evidence with more log lines; what was handed over stays as it
// is.
func (s *session) withLogs(logs []evidence.Log) *evidence.Evidence {
	e := *s.e
	e.Logs = append(append([]evidence.Log(nil), s.e.Logs...), logs...)
	e.LogLines += len(logs)
	s.toldOnly = len(logs) > 0
	return &e
}
