package conntrack

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"nfwhy/packet"
)

// Entry is one line of a saved connection table: what [ParseList] reads and
// [Table.Insert] takes.
type Entry struct {
	Orig, Reply Tuple
	Zone        Zone
	// Event is NEW, UPDATE or DESTROY for a line of `conntrack -E`, else "".
	Event string
	// Seconds is the remaining time; valid iff Timed (DESTROY lines have none).
	Seconds int64
	Timed   bool
	// State is the TCP or SCTP state's name, "" for none.
	State string
	// Status holds what the line says: SeenReply unless [UNREPLIED], Assured, and
	// the NAT bits that follow from the tuples.
	Status  Status
	Mark    uint32
	Packets [2]uint64
	Bytes   [2]uint64
	Counted bool
	Helper  string
	Secctx  string
	// Age is the value of delta-time; valid iff Aged.
	Age  int64
	Aged bool
}

// ParseList reads one line of `conntrack -L`, `conntrack -E` (also with -o
// extended, id, timestamp) or /proc/net/nf_conntrack.
func ParseList(line string) (Entry, error) {
	p := listParser{fields: strings.Fields(line)}
	if err := p.head(); err != nil {
		return Entry{}, err
	}
	for p.i < len(p.fields) {
		if err := p.field(p.fields[p.i]); err != nil {
			return Entry{}, err
		}
		p.i++
	}
	return p.finish()
}

// listParser reads the fields of one line. Keys that occur once per direction
// belong to the tuple that the last src= opened.
type listParser struct {
	fields []string
	i      int
	e      Entry
	seen   [2]bool // which tuples have begun
	dst    [2]bool
	src    [2]netip.Addr
	dir    Direction
	noRep  bool
}

func (p *listParser) word() string {
	if p.i < len(p.fields) {
		return p.fields[p.i]
	}
	return ""
}

func isNumber(s string) bool {
	_, err := strconv.ParseUint(s, 10, 63)
	return err == nil
}

// head reads what stands before the first key=value.
func (p *listParser) head() error {
	for strings.HasPrefix(p.word(), "[") { // [1700000000.123456], [NEW], "[UPDATE]"
		switch w := strings.Trim(p.word(), "[]"); w {
		case "NEW", "UPDATE", "DESTROY":
			p.e.Event = w
		}
		p.i++
	}
	if w := p.word(); w == "ipv4" || w == "ipv6" {
		p.i += 2
	}
	name := p.word()
	p.i++
	if name == "" || strings.Contains(name, "=") {
		return fmt.Errorf("no connection entry %q (expected a protocol name first)", strings.Join(p.fields, " "))
	}
	n, err := strconv.ParseUint(p.word(), 10, 8)
	if err != nil {
		return fmt.Errorf("bad protocol number %q (expected 0 to 255 after %q)", p.word(), name)
	}
	p.i++
	p.e.Orig.Proto = uint8(n)
	if w := p.word(); isNumber(w) {
		p.e.Seconds, _ = strconv.ParseInt(w, 10, 64)
		p.e.Timed = true
		p.i++
	}
	if w := p.word(); w != "" && !strings.ContainsAny(w, "=[") {
		p.e.State = w
		p.i++
	}
	return nil
}

func (p *listParser) field(f string) error {
	switch f {
	case "[UNREPLIED]":
		p.noRep = true
		return nil
	case "[ASSURED]":
		p.e.Status |= Assured
		return nil
	}
	key, value, ok := strings.Cut(f, "=")
	if !ok {
		return nil // [OFFLOAD], [HW_OFFLOAD] and the like
	}
	if key == "src" || key == "dst" {
		return p.addr(key, value)
	}
	if key == "helper" {
		p.e.Helper = value
		return nil
	}
	if key == "secctx" {
		p.e.Secctx = value
		return nil
	}
	return p.number(key, value)
}

func (p *listParser) addr(key, value string) error {
	a, err := netip.ParseAddr(value)
	if err != nil || a.Zone() != "" {
		return fmt.Errorf("bad address %q (expected %s=ADDRESS)", value, key)
	}
	if key == "src" {
		switch {
		case !p.seen[0]:
			p.dir = Original
		case !p.seen[1]:
			p.dir = Reply
		default:
			return fmt.Errorf("third src=%s (expected two tuples)", value)
		}
		p.seen[p.dir] = true
		p.src[p.dir] = a
		return nil
	}
	if !p.seen[p.dir] || p.dst[p.dir] {
		return fmt.Errorf("dst=%s without its src=", value)
	}
	p.dst[p.dir] = true
	s := p.src[p.dir]
	if s.Is4() != a.Is4() {
		return fmt.Errorf("src=%s and dst=%s are of different families", s, a)
	}
	proto := p.e.Orig.Proto
	t := Tuple{Proto: proto, Family: packet.IPv6}
	if a.Is4() {
		t.Family = packet.IPv4
	}
	t.SetSrc(s)
	t.SetDst(a)
	*p.tuple() = t
	return nil
}

func (p *listParser) tuple() *Tuple {
	if p.dir == Original {
		return &p.e.Orig
	}
	return &p.e.Reply
}

func (p *listParser) number(key, value string) error {
	bits := 64
	switch key {
	case "sport", "dport", "srckey", "dstkey", "id", "zone", "zone-orig", "zone-reply":
		bits = 16
	case "type", "code":
		bits = 8
	case "mark":
		bits = 32
	case "packets", "bytes", "delta-time":
	default:
		return nil // use=, timeout=, labels=, dates: nothing an entry keeps
	}
	if key == "id" && p.e.Orig.Proto != packet.ProtoICMP && p.e.Orig.Proto != packet.ProtoICMPv6 {
		return nil // the entry's own id, of -o id
	}
	n, err := strconv.ParseUint(value, 0, bits)
	if err != nil && key == "id" {
		return nil
	}
	if err != nil {
		return fmt.Errorf("bad number %q (expected %s=0 to %d)", value, key, uint64(1)<<(bits-1)*2-1)
	}
	p.store(key, n)
	return nil
}

func (p *listParser) store(key string, n uint64) {
	switch t := p.tuple(); key {
	case "sport", "srckey":
		t.SrcID = uint16(n)
	case "dport", "dstkey":
		t.DstID = uint16(n)
	case "type":
		t.DstID = t.DstID&0xff | uint16(n)<<8
	case "code":
		t.DstID = t.DstID&0xff00 | uint16(n)
	case "id":
		if p.dst[p.dir] && t.SrcID == 0 {
			t.SrcID = uint16(n)
		}
	case "zone":
		p.e.Zone = Zone{ID: uint16(n)}
	case "zone-orig":
		p.e.Zone = Zone{ID: uint16(n), Dir: ZoneOrig}
	case "zone-reply":
		p.e.Zone = Zone{ID: uint16(n), Dir: ZoneReply}
	case "mark":
		p.e.Mark = uint32(n)
	case "packets":
		p.e.Packets[p.dir], p.e.Counted = n, true
	case "bytes":
		p.e.Bytes[p.dir], p.e.Counted = n, true
	case "delta-time":
		p.e.Age, p.e.Aged = int64(min(n, 1<<40)), true
	}
}

var errHalfEntry = errors.New("entry has no complete tuple (expected src= and dst= of both directions)")

func (p *listParser) finish() (Entry, error) {
	e := &p.e
	if !p.dst[0] {
		return Entry{}, errHalfEntry
	}
	if !p.dst[1] {
		inv, ok := e.Orig.Invert()
		if !ok {
			return Entry{}, errHalfEntry
		}
		e.Reply = inv
	}
	if e.Orig.Family != e.Reply.Family {
		return Entry{}, errors.New("the two tuples are of different families")
	}
	if !p.noRep {
		e.Status |= SeenReply
	}
	e.Status |= natStatus(&e.Orig, &e.Reply)
	return *e, nil
}

// natStatus tells from the two tuples what NAT was done
// (nf_nat_core.c: nf_nat_setup_info sets the bits when the mapping is no identity).
func natStatus(orig, reply *Tuple) Status {
	var s Status
	back, ok := reply.Invert()
	if !ok {
		return 0
	}
	if back.src != orig.src || back.SrcID != orig.SrcID {
		s |= SrcNAT | SrcNATDone
	}
	if back.dst != orig.dst || back.DstID != orig.DstID {
		s |= DstNAT | DstNATDone
	}
	if s != 0 {
		s |= NATDoneMask // an entry with one binding has had both decided
	}
	return s
}

// Insert puts an entry of a saved table into t, as if it had been confirmed
// before now. A TCP entry is one whose windows are not known: none of its
// packets is held against them. It returns nil and an error when the tuples are
// taken or make no sense.
func (t *Table) Insert(e Entry, now packet.Time) (*Conn, error) {
	j := now.Jiffies()
	state, err := stateNumber(e.Orig.Proto, e.State)
	if err != nil {
		return nil, err
	}
	if _, ok := e.Orig.Invert(); !ok || e.Orig.Family == 0 || e.Orig.Family != e.Reply.Family || e.Orig.Proto != e.Reply.Proto {
		return nil, errors.New("entry whose tuples make no sense")
	}
	c := &Conn{Orig: e.Orig, Reply: e.Reply, Zone: e.Zone}
	if t.clash(c, j) != nil {
		return nil, errors.New("entry whose tuple is in the table already")
	}
	c = t.create(&e.Orig, &e.Reply, e.Zone, nil, j)
	if c == nil {
		return nil, errors.New("the table is full (nf_conntrack_max)")
	}
	c.Status |= e.Status &^ (Dying | StatusTmpl | NATClash | SeqAdjust)
	c.Mark = e.Mark
	c.expiry = j + min(max(e.Seconds, 0), maxSeconds)*packet.JiffyHz
	if !e.Timed {
		c.expiry = j + int64(t.timeouts(c)[state])*packet.JiffyHz
	}
	t.seed(c, &e, state, now)
	t.enter(c)
	return c, nil
}

// seed fills in what a listing does not say.
func (t *Table) seed(c *Conn, e *Entry, state uint8, now packet.Time) {
	switch c.Orig.Proto {
	case packet.ProtoTCP:
		c.l4.state = state
		c.l4.lastIndex = tcpIdxNone
		c.l4.flags = [2]uint8{tcpSack | tcpLiberal, tcpSack | tcpLiberal}
		if state >= tcpFinWait && state <= tcpTimeWait {
			c.l4.flags[0] |= tcpCloser
		}
	case packet.ProtoSCTP:
		c.l4.state = state
	case packet.ProtoUDP:
		c.l4.setStreamMark(now.Jiffies() - 1)
	case packet.ProtoGRE:
		plain, stream := c.l4.greTimeouts()
		*plain, *stream = t.timeouts(c)[0], t.timeouts(c)[1]
	}
	if e.Counted {
		x := c.extra()
		x.acct, x.packets, x.bytes = true, e.Packets, e.Bytes
	}
	if e.Aged {
		x := c.extra()
		x.stamped, x.start = true, now-packet.Time(e.Age)*packet.Second
	}
	if s := findHelper(e.Helper, c.Orig.Family, c.Orig.Proto); s != nil {
		c.extra().helper = &helperState{spec: s}
	}
	if e.Secctx != "" {
		c.extra().secctx = e.Secctx
	}
}

// stateNumber returns the number of a state's name; a TCP or SCTP entry without
// one counts as established.
func stateNumber(proto uint8, name string) (uint8, error) {
	var names []string
	switch proto {
	case packet.ProtoTCP:
		names = tcpStateNames[:]
		if name == "" {
			return tcpEstablished, nil
		}
	case packet.ProtoSCTP:
		names = sctpStateNames[:]
		if name == "" {
			return sctpEstablished, nil
		}
	default:
		return 0, nil
	}
	for i, n := range names {
		if n == name {
			return uint8(i), nil
		}
	}
	return 0, fmt.Errorf("unknown state %q (expected one like %q)", name, names[1])
}
