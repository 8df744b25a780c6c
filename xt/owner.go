package xt

import (
	"strings"

	"nfwhy/packet"
	"nfwhy/trace"
)

// localHooks are the hooks where a packet may have a local socket.
var localHooks = []packet.Hook{packet.Input, packet.Output, packet.Postrouting}

// Socket is what is known of the local socket a packet belongs to.
type Socket uint8

// The cases.
const (
	SocketUnknown Socket = iota
	SocketNone           // none: received, or made by the firewall
	SocketKernel         // one of the kernel's own, which belongs to nobody (ICMP)
	SocketUser           // a process's: Packet.UID and GID
)

// SocketKnower is a Machine that knows which packets it made itself.
type SocketKnower interface{ Socket(c *Ctx) Socket }

// socket says what is known of the packet's socket.
func (c *Ctx) socket() Socket {
	if c.Pkt.Socket {
		return SocketUser
	}
	if k, ok := c.Machine.(SocketKnower); ok {
		if s := k.Socket(c); s != SocketUnknown {
			return s
		}
	}
	if c.Hook == packet.Postrouting && c.In != "" || c.Hook == packet.Prerouting || c.Hook == packet.Forward {
		return SocketNone
	}
	return SocketUnknown
}

// socketGap is a match about a socket's process, which nothing tells; without a
// socket it fails.
type socketGap struct{ gapMatch }

// Match answers No for packets without a socket.
func (m *socketGap) Match(c *Ctx) trace.Truth {
	if c.socket() == SocketNone {
		return c.says(m.part, "socket", "none", "a local process", trace.No)
	}
	return m.gapMatch.Match(c)
}

var ownerExt = &Extension{
	Name: "owner", Families: FamBoth, Model: Exact,
	Hooks: []packet.Hook{packet.Output, packet.Postrouting},
	Doc: "The user or group of the local process that sent the packet. Packets without a process (forwarded ones, answers of the\n" +
		"firewall itself) match inverted tests only.",
	Options: []Option{
		{Name: "uid-owner", Arg: Text, Neg: true, Help: "user id, name or FIRST-LAST", Samples: idSamples},
		{Name: "gid-owner", Arg: Text, Neg: true, Help: "group id, name or FIRST-LAST", Samples: idSamples},
		{Name: "socket-exists", Neg: true, Help: "there is a process's socket at all"},
		{Name: "suppl-groups", Help: "the process's further groups count for --gid-owner", Also: []string{"gid-owner"}},
	},
	Early: func(a *Args, g *Given) error {
		if g.Option.Name == "suppl-groups" && !a.Has("gid-owner") {
			return errorAt(g.Word.Pos, "option %q must stand after %q", "--suppl-groups", "--gid-owner")
		}
		return nil
	},
	New: newOwner,
}

var idSamples = []string{"0", "root", "1000", "5-7", "5-5", "4294967294", "0x10", "7-5", "daemon"}

// baseUsers and baseGroups are the users and groups that every Debian system has
// under the same number (base-passwd); a name beyond them is known to the host
// alone.
var (
	baseUsers = map[string]uint64{"root": 0, "daemon": 1, "bin": 2, "sys": 3, "sync": 4, "games": 5, "man": 6, "lp": 7, "mail": 8, "news": 9,
		"uucp": 10, "proxy": 13, "www-data": 33, "backup": 34, "list": 38, "irc": 39, "_apt": 42, "nobody": 65534}
	baseGroups = map[string]uint64{"root": 0, "daemon": 1, "bin": 2, "sys": 3, "adm": 4, "tty": 5, "disk": 6, "lp": 7, "mail": 8, "news": 9,
		"uucp": 10, "man": 12, "proxy": 13, "kmem": 15, "dialout": 20, "fax": 21, "voice": 22, "cdrom": 24, "floppy": 25, "tape": 26,
		"sudo": 27, "audio": 29, "dip": 30, "www-data": 33, "backup": 34, "operator": 37, "list": 38, "irc": 39, "src": 40, "shadow": 42,
		"utmp": 43, "video": 44, "sasl": 45, "plugdev": 46, "staff": 50, "games": 60, "users": 100, "nogroup": 65534}
)

// idRange is a range of user or group ids.
type idRange struct {
	has    bool
	lo, hi uint64
	name   string // a name whose number is not known
	neg    bool
}

func idRangeOf(g *Given, base map[string]uint64) (idRange, error) {
	if g == nil {
		return idRange{}, nil
	}
	s := g.Text()
	r := idRange{has: true, neg: g.Neg}
	if v, ok := base[s]; ok {
		r.lo, r.hi = v, v
		return r, nil
	}
	const last = 1<<32 - 2
	lo, rest, ok := number(s)
	bad := g.bad("an id, a name or FIRST-LAST")
	switch {
	case ok && rest == "" && lo <= last:
		r.lo, r.hi = lo, lo
	case ok && strings.HasPrefix(rest, "-") && lo <= last:
		if r.hi, ok = wholeNumber(rest[1:], 0, last); !ok {
			return r, bad
		}
		if r.lo = lo; r.lo > r.hi {
			return r, g.Errorf("option %q: range %q is empty", "--"+g.Option.Name, s)
		}
	case !ok && isName(s):
		r.name = s
	default:
		return r, bad
	}
	return r, nil
}

// isName reports whether s could be a user's or group's name.
func isName(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; !(c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || i > 0 && (c == '-' || c == '.' || c >= '0' && c <= '9')) {
			return false
		}
	}
	return s != ""
}

func (r *idRange) text() string {
	switch {
	case r.name != "":
		return r.name
	case r.lo == r.hi:
		return utoa(r.lo)
	}
	return utoa(r.lo) + "-" + utoa(r.hi)
}

func (r *idRange) save(w *Writer, opt string) {
	if r.has {
		w.Opt(opt, r.neg)
		w.Word(r.text())
	}
}

type ownerMatch struct {
	uid, gid      idRange
	exists, negEx bool
	supplementary bool
}

func newOwner(a *Args) (any, error) {
	m := &ownerMatch{supplementary: a.Has("suppl-groups")}
	var err error
	if m.uid, err = idRangeOf(a.Get("uid-owner"), baseUsers); err != nil {
		return nil, err
	}
	if m.gid, err = idRangeOf(a.Get("gid-owner"), baseGroups); err != nil {
		return nil, err
	}
	if g := a.Get("socket-exists"); g != nil {
		m.exists, m.negEx = true, g.Neg
	}
	if !m.uid.has && !m.gid.has && !m.exists {
		return nil, a.Errorf("match owner: one of --uid-owner, --gid-owner or --socket-exists must be given")
	}
	return m, nil
}

// Match is xt_owner.c: owner_mt (Linux 6.18).
func (m *ownerMatch) Match(c *Ctx) trace.Truth {
	switch c.socket() {
	case SocketUnknown:
		return c.unknown("owner", "process", m.text(c), "which user's process sent the packet")
	case SocketNone:
		ok := (!m.exists || m.negEx) && (!m.uid.has || m.uid.neg) && (!m.gid.has || m.gid.neg)
		return c.says("owner", "socket", "none", m.text(c), trace.Of(ok))
	case SocketKernel:
		if m.exists && m.negEx {
			return c.says("owner", "--socket-exists", "the kernel's own", "! socket", trace.No)
		}
		ok := (!m.uid.has || m.uid.neg) && (!m.gid.has || m.gid.neg)
		return c.says("owner", "socket", "the kernel's own", m.text(c), trace.Of(ok))
	}
	if m.exists && m.negEx {
		return c.says("owner", "--socket-exists", "socket", "! socket", trace.No)
	}
	t := trace.Yes
	if m.uid.has {
		t = m.uid.match(c, "--uid-owner", uint64(c.Pkt.UID))
	}
	if m.gid.has && t != trace.No {
		t = and(t, m.matchGroup(c))
	}
	return t
}

func (m *ownerMatch) matchGroup(c *Ctx) trace.Truth {
	gid := uint64(c.Pkt.GID)
	if m.supplementary && (gid < m.gid.lo || gid > m.gid.hi) {
		return c.unknown("owner", "--gid-owner", m.gid.text(), "which further groups the process has")
	}
	return m.gid.match(c, "--gid-owner", gid)
}

func (r *idRange) match(c *Ctx, field string, v uint64) trace.Truth {
	if r.name != "" {
		return c.unknown("owner", field, not(r.neg, r.name), "which number the name "+r.name+" has on this host")
	}
	return c.within("owner", field, v, r.lo, r.hi, r.neg)
}

func (m *ownerMatch) text(c *Ctx) string {
	if c.Recorder == nil {
		return ""
	}
	var w Writer
	m.Save(&w)
	return w.String()
}

// Save writes the options in iptables-save's order.
func (m *ownerMatch) Save(w *Writer) {
	if m.exists {
		w.Opt("socket-exists", m.negEx)
	}
	m.uid.save(w, "uid-owner")
	m.gid.save(w, "gid-owner")
	if m.supplementary {
		w.Opt("suppl-groups", false)
	}
}
