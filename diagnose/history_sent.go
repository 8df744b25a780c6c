package diagnose

import (
	"nfwhy/packet"
)

// sent: a local process sent the packet of the line.
func sent(s *scene) []Hypothesis {
	if s.in != "" {
		return nil
	}
	last := Stimulus{Packet: s.pkt, Out: s.out}
	hs := []Hypothesis{{ID: "sent-by-process", What: "a program here", When: "sent it", Kind: kindFirst, Steps: []Stimulus{last}, Prior: s.firstPrior()}}
	switch s.pkt.Proto {
	case packet.ProtoTCP:
		return s.sentTCP(hs)
	case packet.ProtoUDP:
		sp, dp, ok := s.pkt.Ports()
		if ok && !s.far.IsMulticast() {
			prior := 0.1
			if answerPorts[sp] && !service(dp) {
				prior = 3
			}
			ask := []Stimulus{{Packet: datagram(s.far, s.near, dp, sp, 20), In: s.out}}
			hs = append(hs,
				Hypothesis{ID: "sent-in-answer", What: "a program here", When: "sent it in answer to a datagram", Kind: kindLive, Steps: after(ask, packet.Second/10, last), Prior: prior},
				Hypothesis{ID: "sent-in-answer-late", What: "a program here", When: "sent it in answer to a datagram, more than 30 s later", Kind: kindLate, Steps: after(ask, 35*packet.Second, last), Prior: prior, Gone: true})
		}
	}
	return hs
}

func (s *scene) sentTCP(hs []Hypothesis) []Hypothesis {
	t, ok := s.pkt.TCP()
	if !ok {
		return hs
	}
	last := s.inConnection()
	mine, theirs := s.opened(true), s.opened(false)
	more := []Hypothesis{
		{ID: "sent-in-own-connection", What: "a socket here", When: "sent it in a connection it had opened", Kind: kindLive, Steps: after(mine, packet.Second, last), Prior: 0.9},
		{ID: "sent-in-their-connection", What: "a socket here", When: "sent it in a connection the other end had opened", Kind: kindLive, Steps: after(theirs, packet.Second, last), Prior: 0.9},
		{ID: "sent-after-own-expired", What: "a socket here", When: "sent it in a connection that conntrack had forgotten", Kind: kindGone, Steps: after(mine, tcpGone, last), Prior: 0.6, Gone: true},
		{ID: "sent-after-their-expired", What: "a socket here", When: "sent it in a connection from outside that conntrack had forgotten", Kind: kindGone, Steps: after(theirs, tcpGone, last), Prior: 0.6, Gone: true},
		{ID: "sent-out-of-window", What: "a socket here", When: "sent it in a connection, outside its window", Kind: kindWindow, Steps: after(mine, packet.Second, s.outOfWindow()), Prior: 0.03},
	}
	if !isBareReset(s.pkt, t) {
		return append(hs, more...)
	}
	// A kernel's own reset has these fields; a program makes one only through a
	// raw socket, and a socket's reset comes with data or an address in use.
	hs[0].ID, hs[0].When, hs[0].Prior = "sent-raw", "sent it through a raw socket", 0.001
	for i := range more {
		more[i].Prior /= 100
	}
	return append(hs, more...)
}
