package diagnose

import (
	"fmt"
	"net/netip"

	"nfwhy/conntrack"
	"nfwhy/evidence"
	"nfwhy/host"
	"nfwhy/packet"
)

func routeTo(a netip.Addr, dev string) host.Route {
	return host.Route{Dst: netip.PrefixFrom(a, a.BitLen()), Dev: dev}
}

// explainConns looks at entries of the connection table when nothing else was
// given: what their state and their two tuples tell.
func (s *session) explainConns() {
	if s.rep.Subjects > 0 || len(s.e.Conntrack) == 0 {
		return
	}
	byCause := map[string]*Finding{}
	for i := range s.e.Conntrack {
		c := &s.e.Conntrack[i]
		f := s.readConn(c)
		if f == nil {
			continue
		}
		if have := byCause[f.Cause]; have != nil {
			have.Count++
			if len(have.Subjects) < maxSubjects {
				have.Subjects = append(have.Subjects, f.Subjects...)
			}
			continue
		}
		byCause[f.Cause] = f
		s.rep.Findings = append(s.rep.Findings, f)
	}
}

func (s *session) readConn(c *evidence.Conn) *Finding {
	f := &Finding{Count: 1, Word: Likely, Confidence: 0.7, Disposition: Undecided, Subjects: []Subject{{Source: c.Source, Text: c.Text}}}
	tcp := c.Orig.Proto == packet.ProtoTCP
	unreplied := c.Status&conntrack.SeenReply == 0
	switch {
	case s.oldDecision(c, f), s.oldAddress(c, f):
	case tcp && unreplied && c.State != "SYN_SENT" && c.State != "":
		f.Cause, f.Disposition, f.Confidence = "asymmetric-route", Elsewhere, 0.88
		f.Title = "Only one direction of this connection passes here: the entry is past its beginning and no answer was seen."
		f.Summary = fmt.Sprintf("State %s with [UNREPLIED] means that segments of the middle of a connection came from one side only; the other side's take another way.", c.State)
	case tcp && unreplied:
		f.Cause, f.Disposition, f.Confidence, f.Word = "asymmetric-route", Elsewhere, 0.5, Possible
		f.Also = []string{"outside-netfilter"}
		f.Title = fmt.Sprintf("A SYN to %s was let out and nothing came back.", s.rep.Show(c.Orig.Dst()))
		f.Summary = "Either nobody answers, or the answer takes another way or is discarded before conntrack."
		f.Missing = append(f.Missing, fmt.Sprintf("tcpdump -ni any host %s: whether an answer arrives, and where", s.rep.Show(c.Orig.Dst())))
	case portChanged(c):
		f.Cause, f.Disposition = "nat-clash", Harmless
		f.Title = fmt.Sprintf("The translation had to take another port: %d became %d.", c.Orig.SrcID, c.Reply.DstID)
		f.Summary = "Another flow to the same far end already had the port, so source NAT picked a free one. Protocols that insist on their port (IKE on 500, SIP, some games) notice."
	default:
		return nil
	}
	return f
}

// oldDecision: a DNAT rule fits the entry's first tuple, and the entry does not
// show its work.
func (s *session) oldDecision(c *evidence.Conn, f *Finding) bool {
	if c.Reply.Src() != c.Orig.Dst() {
		return false
	}
	for _, d := range redirects(s.host.Rules(c.Orig.Family)) {
		if d.out || d.proto != "" && d.proto != protoWord(c.Orig.Proto) || d.dst.IsValid() && d.dst != c.Orig.Dst() || len(d.ports) == 0 {
			continue
		}
		fits := false
		for _, p := range d.ports {
			fits = fits || p == c.Orig.DstID
		}
		if !fits {
			continue
		}
		f.Cause, f.Disposition, f.Confidence = "stale-conntrack-entry", StateErr, 0.9
		f.Title = fmt.Sprintf("This entry is older than the redirection: %s is not asked for it.", ruleName(d.rule, d.rule.Chain, 0))
		f.Summary = "The nat table decides for the first packet of a flow only; every packet of this one refreshes the entry and keeps its old decision."
		f.Fixes = append(f.Fixes, s.deletion(c))
		return true
	}
	return false
}

// oldAddress: the entry was translated to an address that the host no longer has.
func (s *session) oldAddress(c *evidence.Conn, f *Finding) bool {
	a := c.Reply.Dst()
	if a == c.Orig.Src() || s.ownAddr(a) || len(s.e.Addresses) == 0 {
		return false
	}
	f.Cause, f.Disposition, f.Confidence = "stale-conntrack-entry", StateErr, 0.9
	f.Title = fmt.Sprintf("This entry is translated to %s, which is not this host's address (any more).", s.rep.Show(a))
	f.Summary = "The flow keeps the source address that it got when it began. After the uplink's address changed, its packets leave with the old one and no answer can come back; as long as they are sent, the entry does not expire."
	f.Fixes = append(f.Fixes, s.deletion(c))
	return true
}

func (s *session) deletion(c *evidence.Conn) Fix {
	cmd := fmt.Sprintf("conntrack -D -p %s -s %s -d %s", protoWord(c.Orig.Proto), s.rep.Show(c.Orig.Src()), s.rep.Show(c.Orig.Dst()))
	if c.Orig.Proto == packet.ProtoTCP || c.Orig.Proto == packet.ProtoUDP {
		cmd += fmt.Sprintf(" --sport %d --dport %d", c.Orig.SrcID, c.Orig.DstID)
	}
	return Fix{Title: "delete the entry", Commands: []string{cmd}, Of: 1, Changes: []string{"the flow's next packet is its first again and asks the rules"}}
}

// portChanged reports source NAT that took another port.
func portChanged(c *evidence.Conn) bool {
	return (c.Orig.Proto == packet.ProtoTCP || c.Orig.Proto == packet.ProtoUDP) && c.Reply.Dst() != c.Orig.Src() && c.Reply.DstID != c.Orig.SrcID
}
