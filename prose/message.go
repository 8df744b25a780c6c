package prose

import (
	"regexp"
	"strconv"
	"strings"
)

// Kind is what a message is about.
type Kind string

// The kinds.
const (
	InsertFailed Kind = "insert-failed" // conntrack -S: two first packets collided
	TableStats   Kind = "table-stats"   // conntrack -S: drops because the table was full
	Tainted      Kind = "bug"           // a kernel warning in netfilter code
)

// messages are the patterns; the first that fits counts.
var messages = []struct {
	kind    Kind
	pattern *regexp.Regexp
}{
	{InsertFailed, regexp.MustCompile(`insert_failed=(?P<count>[1-9]\d*)`)},
	{TableStats, regexp.MustCompile(`\bdrop=(?P<count>[1-9]\d*) early_drop=`)},
	{Tainted, regexp.MustCompile(`(?:WARNING: CPU|kernel BUG at|BUG: unable|Oops).*(?:nf_|netfilter|iptable|ip_tables|xt_|nft_)`)},
}

func message(l Line) (m Message, ok bool) {
	if strings.Contains(l.Text, "SRC=") || len(l.Text) > 2000 {
		return m, false
	}
	for _, x := range messages {
		g := x.pattern.FindStringSubmatch(l.Text)
		if g == nil {
			continue
		}
		m = Message{Line: l, Kind: x.kind, Text: strings.TrimSpace(g[0]), Count: 1}
		if i := x.pattern.SubexpIndex("count"); i > 0 {
			m.Count, _ = strconv.Atoi(g[i])
		}
		return m, true
	}
	return m, false
}
