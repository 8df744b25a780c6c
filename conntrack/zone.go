package conntrack

import "nfwhy/packet"

// ZoneDir says for which direction of an entry a zone's id holds; in the other
// direction the id is 0.
type ZoneDir uint8

// The three kinds of zone (NF_CT_DEFAULT_ZONE_DIR, NF_CT_ZONE_DIR_ORIG, _REPL).
const (
	ZoneBoth  ZoneDir = iota // --zone
	ZoneOrig                 // --zone-orig
	ZoneReply                // --zone-reply
)

// Zone keeps equal tuples apart: entries match only packets of their zone. The
// zero value is the default zone.
type Zone struct {
	ID  uint16
	Dir ZoneDir
	// FromMark takes the id from the low half of the packet's mark
	// (--zone mark). It stands only in templates.
	FromMark bool
}

// For returns the id that holds for one direction (nf_ct_zone_id).
func (z Zone) For(d Direction) uint16 {
	if z.Dir == ZoneBoth || z.Dir == ZoneOrig && d == Original || z.Dir == ZoneReply && d == Reply {
		return z.ID
	}
	return 0
}

// Template is what a CT target hangs on a packet before the conntrack hook: how
// an entry made from this packet is to be. It must not change while packets
// carry it.
type Template struct {
	Zone    Zone
	Helper  string         // --helper
	Timeout *TimeoutPolicy // --timeout
}

// TimeoutPolicy replaces the sysctl timeouts of one protocol for the entries
// made with it (nfct timeout; CT --timeout).
type TimeoutPolicy struct {
	Name string
	// Seconds is indexed as the protocol's own list: see [Timeouts].
	Seconds TimeoutList
}

// zoneOf is the zone a packet is looked up in (nf_ct_zone_tmpl).
func zoneOf(t *Template, p *packet.Packet) Zone {
	if t == nil {
		return Zone{}
	}
	if t.Zone.FromMark {
		return Zone{ID: uint16(p.Mark), Dir: t.Zone.Dir}
	}
	return t.Zone
}
