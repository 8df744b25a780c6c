package xt

import (
	"strings"
	"testing"

	"nfwhy/packet"
)

// TestExtensions holds what must be true of every entry of the list.
func TestExtensions(t *testing.T) {
	type id struct {
		name   string
		target bool
		family uint8
	}
	seen := map[id]bool{}
	for _, e := range Extensions {
		for _, f := range []uint8{Fam4, Fam6} {
			if e.Families&f == 0 {
				continue
			}
			k := id{e.Name, e.IsTarget, f}
			if seen[k] {
				t.Errorf("%s %s is there twice for a family", e.kind(), e.Name)
			}
			seen[k] = true
		}
		if e.Families == 0 || e.New == nil {
			t.Errorf("%s %s: no families or no New", e.kind(), e.Name)
		}
		if !strings.HasSuffix(strings.TrimSpace(e.Doc), ".") {
			t.Errorf("%s %s: documentation is no sentence: %q", e.kind(), e.Name, e.Doc)
		}
		if (e.Gap != "") != (e.Model != Exact) {
			t.Errorf("%s %s: a gap belongs to what is not exact, and only to that", e.kind(), e.Name)
		}
		e.checkOptions(t)
	}
}

func (e *Extension) checkOptions(t *testing.T) {
	t.Helper()
	names := map[string]bool{}
	for _, o := range e.Options {
		for _, n := range append([]string{o.Name}, o.Aliases...) {
			if names[n] {
				t.Errorf("%s %s: option %q is there twice", e.kind(), e.Name, n)
			}
			names[n] = true
		}
		if o.Help == "" {
			t.Errorf("%s %s: option %q has no help", e.kind(), e.Name, o.Name)
		}
		for _, n := range append(append([]string{}, o.Also...), o.Excl...) {
			if e.option(n) == nil {
				t.Errorf("%s %s: option %q speaks of %q, which is none", e.kind(), e.Name, o.Name, n)
			}
		}
		if o.Max == 0 && (o.Arg == Number || o.Arg == Span) {
			t.Errorf("%s %s: option %q has no upper bound", e.kind(), e.Name, o.Name)
		}
	}
}

// TestLookup finds extensions by family and by their other names.
func TestLookup(t *testing.T) {
	for _, c := range []struct {
		name   string
		target bool
		family packet.Family
		want   string
	}{
		{"tcp", false, packet.IPv4, "tcp"}, {"icmp", false, packet.IPv6, ""}, {"icmpv6", false, packet.IPv6, "icmp6"},
		{"ipv6-icmp", false, packet.IPv6, "icmp6"}, {"LOG", true, packet.IPv6, "LOG"}, {"LOG", false, packet.IPv6, ""},
		{"TTL", true, packet.IPv6, ""}, {"HL", true, packet.IPv6, "HL"}, {"nope", false, packet.IPv4, ""},
	} {
		got := ""
		if e := Lookup(c.name, c.target, c.family); e != nil {
			got = e.Name
		}
		if got != c.want {
			t.Errorf("Lookup(%q, %v, %v) = %q, want %q", c.name, c.target, c.family, got, c.want)
		}
	}
}
