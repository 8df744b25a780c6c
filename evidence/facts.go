package evidence

import "strings"

// factReader finds lines of listings that tell of the host.
type factReader struct {
	dev   string // the link that the next address lines belong to
	proc  string // the setting whose value the next line is
	entry bool   // the line taken last is a connection's
}

// line takes a line if it is one of a listing's.
func (f *factReader) line(t *text, no int, raw string) bool {
	s := strings.TrimLeft(raw, " \t>|`*")
	if s == "" {
		f.proc = ""
		return false
	}
	e, source := t.e, place(t.name, no)
	f.entry = false
	switch {
	case strings.Contains(s, "src=") && strings.Contains(s, "dst="):
		if c, ok := readConn(s); ok {
			c.Source = source
			e.keepConn(c)
			f.entry = true
			return true
		}
		return false
	case f.address(e, source, s):
		return true
	}
	if r, ok := readRoute(s); ok {
		r.Source, r.Text = source, s
		e.keepRoute(r)
		return true
	}
	if k, ok := readSocket(s); ok {
		k.Source, k.Text = source, s
		if len(e.Sockets) < maxFacts {
			e.Sockets = append(e.Sockets, k)
		}
		return true
	}
	return f.setting(e, source, s)
}
