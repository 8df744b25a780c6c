package xt

import (
	"math"
	"strings"

	"nfwhy/packet"
	"nfwhy/trace"
)

// SetRef is how a rule names a set and what of the packet it looks up there.
type SetRef struct {
	Name string
	// Dst says for each dimension whether the packet's destination (or outgoing)
	// side is meant instead of its source side.
	Dst []bool
}

func (r SetRef) flags() string {
	w := make([]string, len(r.Dst))
	for i, d := range r.Dst {
		w[i] = "src"
		if d {
			w[i] = "dst"
		}
	}
	return strings.Join(w, ",")
}

// SetCounter is a condition on a counter of the entry found.
type SetCounter struct {
	Op    byte // '=', '!', '<', '>'; 0 for none
	Value uint64
}

// SetQuery is everything -m set asks of a set beyond the lookup.
type SetQuery struct {
	NoMatch        bool // --return-nomatch: true for entries marked nomatch
	KeepCounters   bool // ! --update-counters
	KeepSub        bool // ! --update-subcounters
	Packets, Bytes SetCounter
}

// SetChange is what -j SET does.
type SetChange struct {
	Add, Del, Map            *SetRef
	Exist                    bool
	Timeout                  uint32
	HasTimeout               bool
	MapMark, MapPrio, MapQue bool
}

// SetKeeper is a Machine that has ipsets.
type SetKeeper interface {
	// SetTest looks the packet up; Unknown when the set's contents are not known.
	SetTest(c *Ctx, ref SetRef, q SetQuery) trace.Truth
	// SetChange adds, deletes or maps.
	SetChange(c *Ctx, change *SetChange)
}

var setSamples = []string{"xtset src", "xtset dst,src", "xtset src,dst,src", "xtset foo", "xtset src,dst,src,dst,src,dst,src"}

var setMatchExt = &Extension{
	Name: "set", Families: FamBoth, Model: Exact,
	Doc: "The packet is in an ipset. src and dst say, dimension by dimension, which side of the packet is looked up.",
	Options: []Option{
		{Name: "match-set", Aliases: []string{"set"}, Arg: Text, Two: true, Neg: true, Need: true, Help: "the set, and src or dst for each dimension",
			Samples: setSamples},
		{Name: "return-nomatch", Help: "true for entries marked nomatch"},
		{Name: "update-counters", Neg: true, Help: "inverted: leave the entry's counters alone"},
		{Name: "update-subcounters", Neg: true, Help: "inverted: leave counters of sets in a list alone"},
		{Name: "packets-eq", Arg: Number, Max: math.MaxUint64, Neg: true, Excl: []string{"packets-lt", "packets-gt"}, Help: "the entry's packet counter"},
		{Name: "packets-lt", Arg: Number, Max: math.MaxUint64, Excl: []string{"packets-eq", "packets-gt"}, Help: "the entry's packet counter"},
		{Name: "packets-gt", Arg: Number, Max: math.MaxUint64, Excl: []string{"packets-lt", "packets-eq"}, Help: "the entry's packet counter"},
		{Name: "bytes-eq", Arg: Number, Max: math.MaxUint64, Neg: true, Excl: []string{"bytes-lt", "bytes-gt"}, Help: "the entry's byte counter"},
		{Name: "bytes-lt", Arg: Number, Max: math.MaxUint64, Excl: []string{"bytes-eq", "bytes-gt"}, Help: "the entry's byte counter"},
		{Name: "bytes-gt", Arg: Number, Max: math.MaxUint64, Excl: []string{"bytes-lt", "bytes-eq"}, Help: "the entry's byte counter"},
	},
	New: newSet,
}

const (
	setNameLen = 31 // IPSET_MAXNAMELEN less the end
	setDims    = 6  // IPSET_DIM_MAX
)

// setRef reads "NAME FLAGS".
func setRef(a *Args, g *Given) (SetRef, error) {
	r := SetRef{Name: g.Text()}
	if a.Env.HasSet != nil && !a.Env.HasSet(r.Name) {
		return r, g.Errorf("option %q: no set %q", "--"+g.Option.Name, r.Name)
	}
	if len(r.Name) > setNameLen {
		return r, g.Errorf("option %q: set name %q is too long (at most %d characters)", "--"+g.Option.Name, r.Name, setNameLen)
	}
	for _, item := range strings.Split(g.Words[1].Text, ",") {
		if item != "src" && item != "dst" {
			return r, errorAt(g.Words[1].Pos, "option %q: bad side %q (expected src or dst, with commas between)", "--"+g.Option.Name, item)
		}
		r.Dst = append(r.Dst, item == "dst")
	}
	if len(r.Dst) > setDims {
		return r, errorAt(g.Words[1].Pos, "option %q: more than %d sides", "--"+g.Option.Name, setDims)
	}
	return r, nil
}

type setMatch struct {
	ref   SetRef
	neg   bool
	query SetQuery
}

func newSet(a *Args) (any, error) {
	g := a.Get("match-set")
	m := &setMatch{neg: g.Neg}
	var err error
	if m.ref, err = setRef(a, g); err != nil {
		return nil, err
	}
	m.query.NoMatch = a.Has("return-nomatch")
	for name, keep := range map[string]*bool{"update-counters": &m.query.KeepCounters, "update-subcounters": &m.query.KeepSub} {
		if g := a.Get(name); g != nil {
			*keep = g.Neg
		}
	}
	for name, to := range map[string]*SetCounter{"packets": &m.query.Packets, "bytes": &m.query.Bytes} {
		for i, op := range []string{"eq", "lt", "gt"} {
			if g := a.Get(name + "-" + op); g != nil {
				*to = SetCounter{"=<>"[i], g.Lo}
				if g.Neg {
					to.Op = '!'
				}
			}
		}
	}
	return m, nil
}

// Match is xt_set.c: set_match_v4 (Linux 6.18).
func (m *setMatch) Match(c *Ctx) trace.Truth {
	t := trace.Unknown
	if k, ok := c.Machine.(SetKeeper); ok {
		t = k.SetTest(c, m.ref, m.query)
	}
	if t == trace.Unknown {
		return c.unknown("set", "--match-set", m.text(c), "what the set "+m.ref.Name+" holds")
	}
	t = t.Not(m.neg)
	if c.Recorder != nil {
		saw := "not in the set"
		if t.Not(m.neg) == trace.Yes {
			saw = "in the set"
		}
		c.Recorder.Term(trace.Term{Part: "set", Field: "--match-set", Saw: saw, Want: m.text(c), Truth: t})
	}
	return t
}

func (m *setMatch) text(c *Ctx) string {
	if c.Recorder == nil {
		return ""
	}
	return not(m.neg, m.ref.Name+" "+m.ref.flags())
}

// Save writes the options in iptables-save's order.
func (m *setMatch) Save(w *Writer) {
	w.Opt("match-set", m.neg)
	w.Word(m.ref.Name + " " + m.ref.flags())
	if m.query.NoMatch {
		w.Opt("return-nomatch", false)
	}
	if m.query.KeepCounters {
		w.Opt("update-counters", true)
	}
	if m.query.KeepSub {
		w.Opt("update-subcounters", true)
	}
	m.query.Packets.save(w, "packets")
	m.query.Bytes.save(w, "bytes")
}

func (s SetCounter) save(w *Writer, name string) {
	switch s.Op {
	case '=', '!':
		w.Opt(name+"-eq", s.Op == '!')
	case '<':
		w.Opt(name+"-lt", false)
	case '>':
		w.Opt(name+"-gt", false)
	default:
		return
	}
	w.Uint(s.Value)
}

var setTargetExt = &Extension{
	Name: "SET", IsTarget: true, Families: FamBoth, Model: Exact,
	Doc: "Puts the packet's addresses or ports into an ipset, takes them out, or takes mark and priority from an entry.",
	Options: []Option{
		{Name: "add-set", Arg: Text, Two: true, Neg: true, Help: "put into this set", Samples: setSamples},
		{Name: "del-set", Arg: Text, Two: true, Neg: true, Help: "take out of this set", Samples: setSamples},
		{Name: "timeout", Arg: Number, Max: 1<<32 - 2, Neg: true, Help: "for so many seconds"},
		{Name: "exist", Neg: true, Help: "renew an entry that is there"},
		{Name: "map-set", Arg: Text, Two: true, Neg: true, Help: "take values from this set", Samples: setSamples},
		{Name: "map-mark", Neg: true, Help: "the packet's mark"},
		{Name: "map-prio", Neg: true, Help: "the packet's priority"},
		{Name: "map-queue", Neg: true, Help: "the device queue"},
	},
	New: newSetTarget,
}

type setTarget struct{ change SetChange }

func newSetTarget(a *Args) (any, error) {
	t := &setTarget{SetChange{Exist: a.Has("exist"), MapMark: a.Has("map-mark"), MapPrio: a.Has("map-prio"), MapQue: a.Has("map-queue")}}
	ch := &t.change
	for name, to := range map[string]**SetRef{"add-set": &ch.Add, "del-set": &ch.Del, "map-set": &ch.Map} {
		if g := a.Get(name); g != nil {
			r, err := setRef(a, g)
			if err != nil {
				return nil, err
			}
			*to = &r
		}
	}
	if g := a.Get("timeout"); g != nil {
		ch.Timeout, ch.HasTimeout = uint32(g.Lo), true
	}
	anyMap := ch.MapMark || ch.MapPrio || ch.MapQue
	switch {
	case ch.Add == nil && ch.Del == nil && ch.Map == nil:
		return nil, a.Errorf("target SET: --add-set, --del-set or --map-set must be given")
	case ch.Add == nil && ch.Exist:
		return nil, a.Errorf("target SET: --exist needs --add-set")
	case ch.Add == nil && ch.HasTimeout:
		return nil, a.Errorf("target SET: --timeout needs --add-set")
	case ch.Map != nil && !anyMap:
		return nil, a.Errorf("target SET: --map-set needs --map-mark, --map-prio or --map-queue")
	case ch.Map == nil && anyMap:
		return nil, a.Errorf("target SET: --map-mark, --map-prio and --map-queue need --map-set")
	case ch.Map != nil && a.Rule.Table != "mangle":
		return nil, a.Errorf("target SET not allowed here: --map-set only in table mangle, not in %s", a.Rule.Table)
	}
	return t, nil
}

// CheckHook refuses a priority or queue before the packet's way out is known.
func (t *setTarget) CheckHook(h packet.Hook) error {
	if (t.change.MapPrio || t.change.MapQue) && h != packet.Forward && h != packet.Output && h != packet.Postrouting {
		return errNotHere("--map-prio and --map-queue", h)
	}
	return nil
}

// Apply is xt_set.c: set_target_v3 (Linux 6.18).
func (t *setTarget) Apply(c *Ctx) trace.Verdict {
	if k, ok := c.Machine.(SetKeeper); ok {
		k.SetChange(c, &t.change)
	}
	return trace.Continue
}

// Save writes the options in iptables-save's order.
func (t *setTarget) Save(w *Writer) {
	ch := &t.change
	if ch.Add != nil {
		w.Word("--add-set " + ch.Add.Name + " " + ch.Add.flags())
		if ch.Exist {
			w.Opt("exist", false)
		}
		if ch.HasTimeout {
			w.Printf("--timeout %d", ch.Timeout)
		}
	}
	if ch.Del != nil {
		w.Word("--del-set " + ch.Del.Name + " " + ch.Del.flags())
	}
	if ch.Map == nil {
		return
	}
	w.Word("--map-set " + ch.Map.Name + " " + ch.Map.flags())
	for _, x := range []struct {
		on   bool
		name string
	}{{ch.MapMark, "map-mark"}, {ch.MapPrio, "map-prio"}, {ch.MapQue, "map-queue"}} {
		if x.on {
			w.Opt(x.name, false)
		}
	}
}
