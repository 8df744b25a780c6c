package diagnose

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"nfwhy/conntrack"
	"nfwhy/evidence"
	"nfwhy/netfilter"
	"nfwhy/packet"
	"nfwhy/prose"
	"nfwhy/trace"
)

// explainMessages makes findings of what the kernel and programs said besides LOG
// lines, one for each topic.
func (s *session) explainMessages() {
	byTopic := map[string]*Finding{}
	tell := func(topic, source, text string, n int, read func(f *Finding) bool) {
		if f := byTopic[topic]; f != nil {
			f.Count += n
			if len(f.Subjects) < maxSubjects {
				f.Subjects = append(f.Subjects, Subject{Source: source, Text: text})
			}
			return
		}
		f := &Finding{Word: Likely, Confidence: 0.8, Count: n, Disposition: Undecided, Subjects: []Subject{{Source: source, Text: text}}}
		if read(f) {
			byTopic[topic] = f
			s.rep.Findings = append(s.rep.Findings, f)
		}
	}
	for i := range s.e.Messages {
		m := &s.e.Messages[i]
		topic := m.Topic
		if topic == evidence.TopicInvalid {
			topic += m.Says
		}
		tell(topic, m.Source, m.Text, max(1, m.Repeated), func(f *Finding) bool { return s.readMessage(m, f) })
	}
	for i := range s.post.Messages {
		m := &s.post.Messages[i]
		tell("said-"+string(m.Kind), m.Line.Source(), m.Line.Text, 1, func(f *Finding) bool { return s.readSaid(m, f) })
	}
	for _, f := range byTopic {
		s.rep.Subjects += f.Count
		s.rep.Explained += f.Count
	}
}

// readMessage fills a finding; false when the message explains nothing by itself.
func (s *session) readMessage(m *evidence.Message, f *Finding) bool {
	switch m.Topic {
	case evidence.TopicTableFull:
		s.tableFull(f)
	case evidence.TopicMartian:
		return s.martian(m, f)
	case evidence.TopicHelper:
		s.helperMessage(m, f)
	case evidence.TopicExpectFull:
		f.Cause, f.Disposition = "helper-missing-or-blind", Elsewhere
		f.Title = "No more expectations fit: data connections that a helper announces are refused."
		f.Summary = "nf_conntrack_expect_max is reached; connections that helpers expect are NEW instead of RELATED until some are used or expire."
	case evidence.TopicInvalid:
		return s.logInvalid(m, f)
	case evidence.TopicNotPermitted:
		return s.notPermitted(m, f)
	case evidence.TopicSynFlood:
		f.Cause, f.Disposition, f.Confidence = "unsolicited-inbound", Attack, 0.6
		f.Title = fmt.Sprintf("More connections are asked for on port %s than are taken: a flood, or a program that is too slow.", m.Fields["port"])
		f.Summary = "The kernel's queue of half-open connections is full and SYN cookies answer. No rule of netfilter did anything."
		f.Missing = append(f.Missing, "ss -ltn (Recv-Q against Send-Q of that port); nstat -az TcpExtListenOverflows TcpExtSyncookiesRecv")
	case evidence.TopicChecksum:
		f.Cause, f.Disposition = "checksum-invalid", Elsewhere
		f.Title = "Packets with a wrong checksum arrive."
		f.Summary = "They were damaged on the way or by a device that computes checksums in hardware; conntrack calls them INVALID."
	case evidence.TopicNeighbour:
		f.Cause, f.Disposition = "outside-netfilter", Elsewhere
		f.Title = "The neighbour table is full: packets wait for addresses that cannot be looked up."
		f.Summary = "No rule dropped them; net.ipv4.neigh.default.gc_thresh3 limits how many neighbours are known."
	case evidence.TopicBridge:
		f.Cause, f.Disposition = "bridge-nf-double-pass", Elsewhere
		f.Title = "Bridged frames no longer pass the rules of iptables: br_netfilter is not loaded."
		f.Summary = "Rules that were to see bridged traffic need modprobe br_netfilter and net.bridge.bridge-nf-call-iptables=1."
	case evidence.TopicARP, evidence.TopicFrame:
		if len(s.groups) > 0 {
			return false
		}
		f.Cause, f.Disposition = "outside-netfilter", Harmless
		f.Title = "This line is of arptables or ebtables, which is another firewall."
		f.Summary = "Rules of iptables never see ARP and frames as such."
	case evidence.TopicSuppressed:
		if len(s.groups) > 0 || len(s.rep.Findings) > 0 {
			return false
		}
		f.Cause, f.Disposition = "log-limit-hides", Harmless
		f.Title = "The kernel held back messages: what is in the log is a part of what happened."
		f.Summary = "Messages that come too fast are suppressed (net.core.message_cost, printk_ratelimit)."
	default:
		return false
	}
	return true
}

// readSaid is readMessage for what other programs print.
func (s *session) readSaid(m *prose.Message, f *Finding) bool {
	switch m.Kind {
	case prose.InsertFailed:
		f.Cause, f.Disposition = "conntrack-race", Elsewhere
		f.Title = "Two first packets of one flow collided in conntrack, and one of them was dropped."
		f.Summary = fmt.Sprintf("insert_failed=%d counts packets dropped because another packet's entry with the same tuple was confirmed first. Two DNS queries (A and AAAA) sent at once from one socket do this, mostly behind DNAT or masquerading; the program waits 5 s and asks again.", m.Count)
		f.Notes = append(f.Notes, "resolvers can be told to ask one after the other (options single-request-reopen in resolv.conf), or NAT kept away from DNS (NOTRACK)")
		f.Missing = append(f.Missing, "conntrack -S, twice, while it happens: whether insert_failed grows")
	case prose.TableStats:
		s.tableFull(f)
	case prose.Tainted:
		f.Cause, f.Disposition = "kernel-bug", Elsewhere
		f.Title = "The kernel itself complains about its netfilter code."
		f.Summary = "A warning or an oops in the kernel is no matter of rules; what the rules do after it cannot be relied on."
		f.Missing = append(f.Missing, "the whole message and the version: dmesg; uname -r")
	default:
		return false
	}
	return true
}

// logInvalid explains a line that conntrack itself wrote about a packet.
func (s *session) logInvalid(m *evidence.Message, f *Finding) bool {
	low := strings.ToLower(m.Says)
	f.Confidence, f.Word = 0.9, Likely
	switch {
	case strings.Contains(low, "checksum"):
		f.Cause, f.Disposition = "checksum-invalid", Elsewhere
		f.Title = "Conntrack refused a packet because of its checksum."
		f.Summary = "It was damaged on the way, or a device left the checksum to hardware that never filled it in."
	case strings.Contains(low, "seq is") || strings.Contains(low, "ack is") || strings.Contains(low, "window") || strings.Contains(low, "bytes more"):
		f.Cause, f.Disposition = "out-of-window", Elsewhere
		f.Title = "The connection is known, the segment's numbers lie outside its window."
		f.Summary = "Conntrack itself wrote the line (nf_conntrack_log_invalid): " + m.Says + ". Devices that rewrite sequence numbers, lost window scaling or a second way for some packets do this."
		f.Fixes = append(f.Fixes, Fix{Title: "let segments outside the window be", Of: 1, Commands: []string{"sysctl -w net.netfilter.nf_conntrack_tcp_be_liberal=1"},
			Changes: []string{"only resets outside the window stay INVALID"}})
	default:
		f.Cause, f.Disposition = "late-packet-after-expiry", Harmless
		f.Title = "Conntrack refused a packet that fits no connection it knows."
		f.Summary = "Conntrack itself wrote the line (nf_conntrack_log_invalid): " + m.Says + "."
	}
	return true
}

// tableFull explains the message and plays it: a full table and one packet more.
func (s *session) tableFull(f *Finding) {
	f.Cause, f.Disposition, f.Also, f.Confidence = "table-full", Elsewhere, []string{"log-missing"}, 0.93
	f.Title = "No rule drops these packets: the connection table is full, and conntrack refuses every new connection."
	f.Summary = "When nf_conntrack_count has reached nf_conntrack_max, a packet that needs a new entry is dropped by conntrack itself, between the raw and the mangle table: no LOG rule behind it sees it, and no rule counter moves. Packets of known connections still pass. Finished TCP connections keep their entry for 120 s (TIME_WAIT), so many short connections fill the table of an idle server."
	f.Notes = append(f.Notes, "the message is rate limited: it hides how many packets were dropped")
	if max, ok := s.number("nf_conntrack_max", "ip_conntrack_max"); ok && max > 0 {
		f.Notes = append(f.Notes, fmt.Sprintf("nf_conntrack_max is about %d: more than %d new connections a second, each remembered for 120 s, fill it", max, max/120))
	}
	f.Missing = append(f.Missing, "sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max; conntrack -L | awk '{print $1, $4}' | sort | uniq -c")
	f.Fixes = append(f.Fixes,
		Fix{Title: "let the table hold more", Commands: []string{"sysctl -w net.netfilter.nf_conntrack_max=262144"}, Silences: 1, Of: 1,
			Tested: "simulated", Changes: []string{"the new connection gets its entry"}},
		Fix{Title: "forget finished connections sooner", Commands: []string{"sysctl -w net.netfilter.nf_conntrack_tcp_timeout_time_wait=30"}, Of: 1,
			Changes: []string{"entries of closed connections are gone after 30 s instead of 120 s"}})
	f.Story = s.playFull()
}

// playFull runs a new connection against a full table; nil when tracking is off.
func (s *session) playFull() []*trace.Journey {
	h := cloneHost(s.host)
	h.Sysctl["net.netfilter.nf_conntrack_max"] = "1"
	if h.Rules4 == nil {
		h.Rules4 = usualRules()
	}
	near := publicOf(h, "")
	if !near.IsValid() {
		near = netip.MustParseAddr("192.0.2.1")
	}
	n, err := netfilter.New(h)
	if err != nil || !n.Tracking(packet.IPv4) || !near.Is4() {
		return nil
	}
	far := netip.MustParseAddr("198.51.100.7")
	dev := "eth0"
	for _, l := range h.Links {
		if !l.Loopback {
			dev = l.Name
			break
		}
	}
	old := segment{src: far, dst: near, sport: 40000, dport: 80, flags: packet.SYN, seq: farSeq, ttl: 60}.packet()
	e, ok := (&scene{}).entryOf(old, false)
	if !ok {
		return nil
	}
	e.State, e.Status = "TIME_WAIT", e.Status|conntrack.SeenReply|conntrack.Assured
	syn := segment{src: far, dst: near, sport: 40001, dport: 80, flags: packet.SYN, seq: farSeq, ttl: 60}.packet()
	o := simulate(n, &Hypothesis{Entries: []conntrack.Entry{e}, Steps: []Stimulus{{Packet: syn, In: dev}}}, begun)
	if len(o.story) == 0 || o.story[0].Fate != trace.Discarded {
		return nil
	}
	return o.story
}

// number finds a setting's value in the sysctls told or in the text: the number
// that follows its name.
func (s *session) number(names ...string) (int, bool) {
	for k, v := range s.host.Sysctl {
		for _, n := range names {
			if strings.HasSuffix(k, n) {
				var x int
				if _, err := fmt.Sscan(v, &x); err == nil {
					return x, true
				}
			}
		}
	}
	for _, l := range s.opt.Text {
		for _, n := range names {
			_, rest, ok := strings.Cut(l.Text, n)
			if !ok {
				continue
			}
			at := strings.IndexAny(rest, "0123456789")
			if at < 0 || at > 12 {
				continue
			}
			var x int
			if _, err := fmt.Sscan(rest[at:], &x); err == nil {
				return x, true
			}
		}
	}
	return 0, false
}

// martian explains the routing code's message.
func (s *session) martian(m *evidence.Message, f *Finding) bool {
	src, _ := netip.ParseAddr(m.Fields["source"])
	dst, _ := netip.ParseAddr(m.Fields["destination"])
	dev := m.Fields["dev"]
	if !src.IsValid() {
		return false
	}
	f.Cause, f.Disposition, f.Confidence = "outside-netfilter", Elsewhere, 0.85
	f.Title = fmt.Sprintf("The routing code refused this packet, no rule did: source %s cannot come from %s.", src, dev)
	f.Summary = fmt.Sprintf("The kernel names the destination first: a packet from %s to %s arrived on %s, and by its routing table nothing with that source can come that way. It is discarded after PREROUTING and before INPUT or FORWARD, so that no rule of the filter table sees it.", src, dst, dev)
	switch {
	case src.IsLoopback() || dst.IsLoopback():
		f.Notes = append(f.Notes, "loopback addresses may not appear on a network")
	case s.ownAddr(src):
		f.Notes = append(f.Notes, fmt.Sprintf("%s is this host's own address: a loop, a duplicate address, or a forged source", src))
	default:
		f.Notes = append(f.Notes, "the reverse path filter (rp_filter) asks whether the answer would leave by the same interface: two uplinks or a missing route make it say no")
	}
	f.Missing = append(f.Missing, fmt.Sprintf("ip route get %s; sysctl net.ipv4.conf.all.rp_filter net.ipv4.conf.%s.rp_filter", src, dev))
	return true
}

func (s *session) ownAddr(a netip.Addr) bool {
	for _, l := range s.host.Links {
		for _, p := range l.Addrs {
			if p.Addr() == a {
				return true
			}
		}
	}
	return false
}

func (s *session) helperMessage(m *evidence.Message, f *Finding) {
	f.Cause, f.Disposition = "helper-missing-or-blind", RulesErr
	if _, rest, ok := strings.Cut(m.Says, "nf_ct_"); ok {
		name, _, _ := strings.Cut(rest, ":")
		f.Title = fmt.Sprintf("The %s helper could not read a command and dropped the packet.", name)
		f.Summary = "A helper that finds something it must change and cannot drops the packet itself; no rule did."
		return
	}
	f.Title = "Connection helpers are no longer assigned by port: none is at work."
	f.Summary = "Since Linux 4.7 (and for good since 6.0) a helper works only where a rule assigns it: -t raw -A PREROUTING -p tcp --dport 21 -j CT --helper ftp. Without it data connections are NEW, not RELATED."
}

// notPermitted is the twin of a dropped outgoing packet; it is a finding of its own
// only where no line shows the packet.
func (s *session) notPermitted(m *evidence.Message, f *Finding) bool {
	for _, have := range s.rep.Findings {
		for _, j := range have.Story {
			if j.Origin == trace.Sent && (j.Fate == trace.Dropped || j.Fate == trace.Rejected) {
				note := fmt.Sprintf("%q (%s) is the same event as its program sees it: a packet that OUTPUT drops makes the send call fail with EPERM", m.Says, m.Source)
				if !slices.Contains(have.Notes, note) && len(have.Notes) < 6 {
					have.Notes = append(have.Notes, note)
				}
				return false
			}
		}
	}
	for i := range s.e.Messages {
		if s.e.Messages[i].Topic == evidence.TopicTableFull {
			return false
		}
	}
	f.Cause, f.Disposition, f.Confidence, f.Word = "policy-default-deny", RulesErr, 0.6, Possible
	f.Also = []string{"table-full"}
	f.Title = "A program was refused to send: OUTPUT drops its packets."
	f.Summary = "When a rule or policy of OUTPUT drops a packet, the program's send call fails with \"Operation not permitted\" (EPERM). A full connection table does the same."
	f.Missing = append(f.Missing, "iptables -L OUTPUT -n -v (which counter grows); dmesg | grep conntrack")
	return true
}
