package xt

import "nfwhy/trace"

// Tracker is a Match or Target that needs connection tracking with some options
// and not with others (CT).
type Tracker interface{ Tracks() bool }

// Tracks reports whether a rule holding the part switches connection tracking on
// for its family (xt checkentry functions calling nf_ct_netns_get; Linux 6.18).
func (p Part) Tracks() bool {
	for _, v := range [...]any{p.Match, p.Target} {
		if t, ok := v.(Tracker); ok {
			return t.Tracks()
		}
	}
	return p.Ext != nil && p.Ext.Tracks
}

// Gap says what of the part's meaning is not modelled, "" for nothing. Parts
// that are modelled can still answer Unknown for a packet.
func (p Part) Gap() string {
	kind := "match "
	if p.Target != nil {
		kind = "target "
	}
	if d, ok := p.Match.(*doubt); ok {
		return "the text does not tell " + d.what
	}
	switch {
	case p.Name == "":
		return ""
	case p.Ext == nil:
		return kind + p.Name + ": not known to nfwhy"
	case p.Ext.Model != Exact && p.Ext.Gap != "":
		return kind + p.Name + ": " + p.Ext.Gap
	case p.Ext.Model == Unmodelled:
		return kind + p.Name + ": its meaning is not modelled"
	}
	return ""
}

// Guess is the likelier answer of a part that says Unknown: No, but for parts
// that know better.
func (p Part) Guess() trace.Truth {
	if g, ok := p.Match.(interface{ Guess() trace.Truth }); ok {
		return g.Guess()
	}
	return trace.No
}
