package ipset

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"nfwhy/packet"
	"nfwhy/ruleset"
)

// Set is one set as it stands now.
type Set struct {
	Name, Type string

	parts    []part
	family   packet.Family // 0 for types without one
	timeout  uint64        // default in seconds; valid iff timed
	timed    bool
	counted  bool
	netmask  int // -1 for none
	markMask uint32
	maxElem  int
	elems    map[key]*element
	bits     []uint8 // prefix lengths in use, longest first
	bits2    []uint8
	members  []member // of a list:set, in order
}

type element struct {
	expires packet.Time // 0: never
	nomatch bool
	packets uint64
	bytes   uint64
}

// member is one set of a list:set.
type member struct {
	name    string
	expires packet.Time
}

// Collection is the sets of a network namespace. The nil Collection is empty.
type Collection struct {
	sets map[string]*Set
}

// New makes the sets of a description, as restored at the instant now. Errors
// name the entry and its place; the collection holds everything else.
func New(desc []*ruleset.Set, now packet.Time) (*Collection, error) {
	c := &Collection{sets: map[string]*Set{}}
	var errs []error
	for _, d := range desc {
		s, err := newSet(d)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", d.Pos, err))
			continue
		}
		c.sets[d.Name] = s
		for i := range d.Entries {
			e := &d.Entries[i]
			if err := s.load(e, now); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", e.Pos, err))
			}
		}
	}
	return c, errors.Join(errs...)
}

func newSet(d *ruleset.Set) (*Set, error) {
	s := &Set{Name: d.Name, Type: d.Type, timeout: d.Timeout, timed: d.HasTimeout, counted: d.Counters, netmask: -1,
		markMask: 0xffffffff, maxElem: d.MaxElem, elems: map[key]*element{}}
	_, dims, ok := strings.Cut(d.Type, ":")
	if !ok {
		return nil, fmt.Errorf("set %s has the unknown type %q", d.Name, d.Type)
	}
	for _, n := range strings.Split(dims, ",") {
		p, ok := partNames[n]
		if !ok {
			return nil, fmt.Errorf("set %s has the unknown type %q", d.Name, d.Type)
		}
		s.parts = append(s.parts, p)
	}
	switch {
	case d.Type == "list:set", d.Type == "bitmap:port", d.Type == "hash:mac":
	case d.Family == "inet6":
		s.family = packet.IPv6
	default:
		s.family = packet.IPv4
	}
	if s.maxElem == 0 {
		s.maxElem = 65536
	}
	if d.Netmask != "" {
		if _, err := fmt.Sscan(d.Netmask, &s.netmask); err != nil || s.netmask < 0 || s.netmask > 128 {
			return nil, fmt.Errorf("set %s: netmask %q (expected a number of bits)", d.Name, d.Netmask)
		}
	}
	if d.MarkMask != "" {
		if _, err := fmt.Sscan(d.MarkMask, &s.markMask); err != nil {
			return nil, fmt.Errorf("set %s: markmask %q (expected a number)", d.Name, d.MarkMask)
		}
	}
	return s, nil
}

// load takes an entry of the description.
func (s *Set) load(e *ruleset.SetEntry, now packet.Time) error {
	el := element{nomatch: e.NoMatch, packets: e.Packets, bytes: e.Bytes}
	if s.timed {
		el.expires = s.expiry(e.Timeout, e.HasTimeout, now)
	}
	if s.parts[0] == partSet {
		s.members = append(s.members, member{e.Elem, el.expires})
		return nil
	}
	keys, err := s.expand(e.Elem)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if s.family != 0 && k.ip.IsValid() && k.ip.Is4() != (s.family == packet.IPv4) {
			return fmt.Errorf("element %q is not of the set's family", e.Elem)
		}
		s.put(k, el)
	}
	return nil
}

func (s *Set) expiry(timeout uint64, given bool, now packet.Time) packet.Time {
	if !given {
		timeout = s.timeout
	}
	if timeout == 0 {
		return 0
	}
	return now + packet.Time(timeout)*packet.Second
}

func (s *Set) put(k key, e element) {
	c := e
	s.elems[k] = &c
	if slices.Contains(s.parts, partNet) {
		s.bits = addLength(s.bits, k.bits)
		s.bits2 = addLength(s.bits2, k.bits2)
	}
}

// addLength keeps prefix lengths, longest first.
func addLength(list []uint8, b uint8) []uint8 {
	i, found := slices.BinarySearchFunc(list, b, func(have, want uint8) int { return int(want) - int(have) })
	if found {
		return list
	}
	return slices.Insert(list, i, b)
}

// Clone returns an independent copy.
func (c *Collection) Clone() *Collection {
	if c == nil {
		return nil
	}
	out := &Collection{sets: make(map[string]*Set, len(c.sets))}
	for n, s := range c.sets {
		d := *s
		d.elems = make(map[key]*element, len(s.elems))
		for k, e := range s.elems {
			f := *e
			d.elems[k] = &f
		}
		d.members = slices.Clone(s.members)
		d.bits, d.bits2 = slices.Clone(s.bits), slices.Clone(s.bits2)
		out.sets[n] = &d
	}
	return out
}

// Set returns the set of that name, nil for none.
func (c *Collection) Set(name string) *Set {
	if c == nil {
		return nil
	}
	return c.sets[name]
}

// Dimension is how many parts an element has: how many src/dst words a rule must
// give.
func (s *Set) Dimension() int { return len(s.parts) }

// Len returns how many elements live at the instant now.
func (s *Set) Len(now packet.Time) int {
	n := 0
	for _, e := range s.elems {
		if e.live(now) {
			n++
		}
	}
	for _, m := range s.members {
		if m.expires == 0 || m.expires > now {
			n++
		}
	}
	return n
}

func (e *element) live(now packet.Time) bool { return e.expires == 0 || e.expires > now }
