package evidence

import (
	"net/netip"
	"strings"

	"nfwhy/conntrack"
)

// Conn is a line of `conntrack -L`, `conntrack -E` or /proc/net/nf_conntrack.
type Conn struct {
	Source, Text string
	conntrack.Entry
	blanked bool // Entry waits for the stand-ins of what the text blanks
}

// readConn reads a line that has src= and dst=.
func readConn(s string) (Conn, bool) {
	c := Conn{Text: s}
	e, err := conntrack.ParseList(s)
	if err == nil {
		c.Entry = e
		return c, true
	}
	// With something in place of what is blanked out it may be an entry.
	if e, err = conntrack.ParseList(fillConn(s, func(string) netip.Addr { return netip.IPv4Unspecified() })); err != nil {
		return c, false
	}
	c.Entry, c.blanked = e, true
	return c, true
}

// fillConn replaces the addresses of an entry's text that are none.
func fillConn(s string, stand func(string) netip.Addr) string {
	var b strings.Builder
	for i, w := range strings.Fields(s) {
		if i > 0 {
			b.WriteByte(' ')
		}
		if key, value, ok := strings.Cut(w, "="); ok && (key == "src" || key == "dst") {
			if _, err := netip.ParseAddr(value); err != nil {
				w = key + "=" + stand(value).String()
			}
		}
		b.WriteString(w)
	}
	return b.String()
}

func (e *Evidence) keepConn(c Conn) {
	if len(e.Conntrack) < maxEntries {
		e.Conntrack = append(e.Conntrack, c)
	} else if len(e.Conntrack) == maxEntries {
		e.ignore(c.Source, c.Text, "only the first million connection entries are used")
	}
}

// settleConns gives blanked addresses of entries their stand-ins.
func (e *Evidence) settleConns() {
	for i := range e.Conntrack {
		c := &e.Conntrack[i]
		if !c.blanked {
			continue
		}
		text := fillConn(c.Text, func(t string) netip.Addr { return e.Names.standIn(t, "", isSix(t)) })
		if x, err := conntrack.ParseList(text); err == nil {
			c.Entry = x
		}
	}
}
