package conntrack

import "strings"

// Direction is which way a packet of an entry goes.
type Direction uint8

// The two directions (IP_CT_DIR_*).
const (
	Original Direction = 0 // IP_CT_DIR_ORIGINAL
	Reply    Direction = 1 // IP_CT_DIR_REPLY
)

// String returns the direction as --ctdir spells it.
func (d Direction) String() string {
	if d == Original {
		return "ORIGINAL"
	}
	return "REPLY"
}

// Other returns the opposite direction.
func (d Direction) Other() Direction { return d ^ 1 }

// Info is how a packet relates to its entry (skb's ctinfo). The zero value says
// that there is no entry and the packet is not untracked either: what
// --ctstate calls INVALID once the packet has passed the conntrack hook.
type Info uint8

// The values a packet can have. The order is not the kernel's: see [Info.Kernel].
const (
	NoInfo           Info = iota
	Established           // IP_CT_ESTABLISHED 0
	Related               // IP_CT_RELATED 1
	New                   // IP_CT_NEW 2
	EstablishedReply      // IP_CT_ESTABLISHED_REPLY 3
	RelatedReply          // IP_CT_RELATED_REPLY 4
	Untracked             // IP_CT_UNTRACKED 7
)

// Kernel returns the kernel's number for i; 0 for NoInfo, which is how an empty
// skb->_nfct reads.
func (i Info) Kernel() int {
	switch i {
	case NoInfo:
		return 0
	case Untracked:
		return 7
	}
	return int(i) - 1
}

// Dir returns the packet's direction as --ctdir sees it (CTINFO2DIR).
func (i Info) Dir() Direction {
	if i >= EstablishedReply {
		return Reply
	}
	return Original
}

var infoNames = [...]string{"none", "ESTABLISHED", "RELATED", "NEW", "ESTABLISHED_REPLY", "RELATED_REPLY", "UNTRACKED"}

// String returns the kernel's name without its prefix.
func (i Info) String() string {
	if int(i) < len(infoNames) {
		return infoNames[i]
	}
	return "?"
}

// State is a set of connection states as --ctstate names them.
type State uint8

// The states. A packet has exactly one of the first five; SNAT and DNAT are the
// virtual states that a match tests on the entry's status.
const (
	StateInvalid State = 1 << iota
	StateEstablished
	StateRelated
	StateNew
	StateUntracked
	StateSNAT
	StateDNAT
)

var stateNames = [...]string{"INVALID", "ESTABLISHED", "RELATED", "NEW", "UNTRACKED", "SNAT", "DNAT"}

// String returns the names joined by commas.
func (s State) String() string {
	var w []string
	for i, n := range stateNames {
		if s&(1<<i) != 0 {
			w = append(w, n)
		}
	}
	return strings.Join(w, ",")
}

// State returns the state of a packet that carries this info.
func (i Info) State() State {
	switch i {
	case Established, EstablishedReply:
		return StateEstablished
	case Related, RelatedReply:
		return StateRelated
	case New:
		return StateNew
	case Untracked:
		return StateUntracked
	}
	return StateInvalid
}

// Status are an entry's IPS_ bits, with the kernel's values
// (include/uapi/linux/netfilter/nf_conntrack_common.h).
type Status uint32

// The status bits.
const (
	Expected     Status = 1 << 0  // IPS_EXPECTED
	SeenReply    Status = 1 << 1  // IPS_SEEN_REPLY
	Assured      Status = 1 << 2  // IPS_ASSURED
	Confirmed    Status = 1 << 3  // IPS_CONFIRMED
	SrcNAT       Status = 1 << 4  // IPS_SRC_NAT
	DstNAT       Status = 1 << 5  // IPS_DST_NAT
	SeqAdjust    Status = 1 << 6  // IPS_SEQ_ADJUST
	SrcNATDone   Status = 1 << 7  // IPS_SRC_NAT_DONE
	DstNATDone   Status = 1 << 8  // IPS_DST_NAT_DONE
	Dying        Status = 1 << 9  // IPS_DYING
	FixedTimeout Status = 1 << 10 // IPS_FIXED_TIMEOUT
	StatusTmpl   Status = 1 << 11 // IPS_TEMPLATE
	NATClash     Status = 1 << 12 // IPS_NAT_CLASH
	HelperSet    Status = 1 << 13 // IPS_HELPER: the helper came from a template
	NATMask             = SrcNAT | DstNAT
	NATDoneMask         = SrcNATDone | DstNATDone
)

var statusNames = [...]string{
	"EXPECTED", "SEEN_REPLY", "ASSURED", "CONFIRMED", "SRC_NAT", "DST_NAT", "SEQ_ADJUST", "SRC_NAT_DONE",
	"DST_NAT_DONE", "DYING", "FIXED_TIMEOUT", "TEMPLATE", "NAT_CLASH", "HELPER",
}

// String returns the bits' names joined by "|".
func (s Status) String() string {
	var w []string
	for i, n := range statusNames {
		if s&(1<<i) != 0 {
			w = append(w, n)
		}
	}
	return strings.Join(w, "|")
}
