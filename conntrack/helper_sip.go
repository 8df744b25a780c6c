package conntrack

import (
	"bytes"
	"net/netip"

	"nfwhy/packet"
)

// Classes of SIP expectations (include/linux/netfilter/nf_conntrack_sip.h).
const (
	sipSignalling = iota
	sipAudio
	sipVideo
	sipImage
)

// sipClasses are their names.
var sipClasses = [...]string{"signalling", "audio", "video", "image"}

// sipSeconds is how long an entry with SIP traffic lives (module parameter
// sip_timeout).
const sipSeconds = 3600

// readSIP is nf_conntrack_sip.c: sip_help_udp and sip_help_tcp, Linux 6.18, for
// one message per packet, without the rewriting that NAT needs.
func readSIP(h *helperCall) bool {
	if len(h.data) == 0 {
		return true
	}
	h.c.refreshTicks(sipSeconds*packet.JiffyHz, h.now)
	if len(h.data) < len("SIP/2.0 200") {
		return true
	}
	if hasPrefixFold(h.data, "SIP/2.0 ") {
		return h.sipResponse()
	}
	return h.sipRequest()
}

var sipMethods = [...]string{"INVITE", "UPDATE", "ACK", "PRACK", "BYE", "REGISTER"}

func (h *helperCall) sipRequest() bool {
	for _, m := range sipMethods {
		if len(h.data) < len(m)+2 || !hasPrefixFold(h.data, m) {
			continue
		}
		seq, _, ok := h.sipSeq()
		if !ok {
			return false
		}
		switch m {
		case "BYE":
			h.sipFlush()
			return true
		case "REGISTER":
			return h.sipRegister(seq)
		case "INVITE":
			h.sipFlush()
			if !h.sipMedia() {
				return false
			}
			h.state().inviteSeq = seq
			return true
		}
		return h.sipMedia()
	}
	return true
}

func (h *helperCall) sipResponse() bool {
	code, _ := number(h.data[len("SIP/2.0 "):])
	if code == 0 {
		return h.refuse(helperCode)
	}
	seq, method, ok := h.sipSeq()
	if !ok {
		return false
	}
	switch {
	case hasPrefixFold(method, "REGISTER"):
		h.sipRegistered(code, seq)
	case hasPrefixFold(method, "INVITE"), hasPrefixFold(method, "UPDATE"), hasPrefixFold(method, "PRACK"):
		if code >= 100 && code <= 299 {
			return h.sipMedia()
		}
		if h.state().inviteSeq == seq {
			h.sipFlush()
		}
	}
	return true
}

// sipSeq reads the CSeq header: "CSeq: 1 INVITE".
func (h *helperCall) sipSeq() (seq uint32, method []byte, ok bool) {
	v := sipHeader(h.data, "CSeq", "")
	if v == nil || !isDigit(v[0]) {
		return 0, nil, h.refuse(helperCSeq)
	}
	n, rest := number(v)
	return uint32(n), bytes.TrimLeft(rest, " \t"), true
}

// sipHeader returns a header's value, nil for none; short is its compact name.
func sipHeader(b []byte, name, short string) []byte {
	for line := range bytes.SplitSeq(b, []byte("\n")) {
		line = bytes.TrimRight(line, "\r")
		if len(line) == 0 {
			return nil // the body begins
		}
		key, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			continue
		}
		key = bytes.TrimRight(key, " \t")
		if bytes.EqualFold(key, []byte(name)) || short != "" && bytes.EqualFold(key, []byte(short)) {
			if value = bytes.TrimLeft(value, " \t"); len(value) > 0 {
				return value
			}
		}
	}
	return nil
}

// sipMedia expects the media streams of a session description (SDP, RFC 8866):
// "c=IN IP4 address" for all or one of them, "m=audio port ...".
func (h *helperCall) sipMedia() bool {
	i := bytes.Index(h.data, []byte("\nv="))
	if i < 0 {
		return true
	}
	body := h.data[i+1:]
	session, hasAddr := sipConnection(body)
	for len(body) > 0 {
		m := bytes.Index(body, []byte("\nm="))
		if m < 0 {
			return true
		}
		body = body[m+3:]
		class := sipClass(body)
		if class == 0 {
			continue
		}
		_, rest, _ := bytes.Cut(body, []byte(" "))
		port, _ := number(rest)
		if port == 0 {
			continue
		}
		if port < 1024 || port > 65535 {
			h.refuse(helperSDPPort)
			h.t.why.n[2] = uint32(port)
			return false
		}
		addr := session
		if a, ok := sipConnection(body); ok {
			addr = a
		} else if !hasAddr {
			return h.refuse(helperSDPAddr)
		}
		if !h.sipStream(class, addr, uint16(port)) {
			return false
		}
	}
	return true
}

func sipClass(media []byte) uint8 {
	switch {
	case hasPrefixFold(media, "audio "):
		return sipAudio
	case hasPrefixFold(media, "video "):
		return sipVideo
	case hasPrefixFold(media, "image "):
		return sipImage
	}
	return 0
}

// sipConnection reads the c= line before the next media line.
func sipConnection(b []byte) (netip.Addr, bool) {
	if m := bytes.Index(b, []byte("\nm=")); m >= 0 {
		b = b[:m+1]
	}
	i := bytes.Index(b, []byte("\nc=IN IP"))
	if i < 0 || len(b) < i+10 {
		return netip.Addr{}, false
	}
	v := b[i+10:]
	if end := bytes.IndexAny(v, "\r\n/ "); end >= 0 {
		v = v[:end]
	}
	a, err := netip.ParseAddr(string(v))
	return a, err == nil && a.Zone() == ""
}

// sipStream expects RTP on the even port and RTCP on the next
// (nf_conntrack_sip.c: set_expected_rtp_rtcp, with sip_direct_media=1).
func (h *helperCall) sipStream(class uint8, addr netip.Addr, port uint16) bool {
	own, peer := h.c.Tuple(h.dir), h.c.Tuple(h.dir.Other())
	if addr != own.Src() {
		return true
	}
	for i := range uint16(2) {
		e := h.expectation(packet.ProtoUDP, peer.src, peer.dst, port&^1+i)
		e.Class = class
		if h.expect(e) != expectAdded {
			return h.refuse(helperNoExpect)
		}
	}
	return true
}

// sipFlush drops the media expectations of the call.
func (h *helperCall) sipFlush() {
	x := &h.t.expects
	for i := len(x.list) - 1; i >= 0; i-- {
		if e := x.list[i]; e.Master == h.c && e.Class != sipSignalling {
			x.drop(i)
		}
	}
}

// sipRegister reserves the place where calls to the registered phone come in
// (nf_conntrack_sip.c: process_register_request).
func (h *helperCall) sipRegister(seq uint32) bool {
	h.state().registerSeq = seq
	if h.c.Status&Expected != 0 {
		return true
	}
	own, peer := h.c.Tuple(h.dir), h.c.Tuple(h.dir.Other())
	at, ok := sipContact(h.data)
	if !ok || at.Addr() != own.Src() || sipExpires(h.data) == 0 {
		return true // somebody else's place, or signing off
	}
	e := h.expectation(h.c.Orig.Proto, peer.src, peer.dst, at.Port())
	e.Helper, e.Permanent, e.Inactive = "sip", true, true
	if h.expect(e) != expectAdded {
		return h.refuse(helperNoExpect)
	}
	return true
}

// sipRegistered makes the reserved place good for as long as the server says, or
// gives it up (nf_conntrack_sip.c: process_register_response).
func (h *helperCall) sipRegistered(code uint64, seq uint32) {
	if h.state().registerSeq != seq || code >= 100 && code <= 199 {
		return
	}
	at, ok := sipContact(h.data)
	seconds := sipExpires(h.data)
	x := &h.t.expects
	for i, e := range x.list {
		if e.Master != h.c || e.Class != sipSignalling {
			continue
		}
		if code >= 200 && code <= 299 && ok && seconds != 0 && at.Addr() == e.Tuple.Dst() && at.Port() == e.Tuple.DstID {
			e.Inactive = false
			e.expiry = h.now + int64(min(seconds, maxSeconds))*packet.JiffyHz
		} else {
			x.drop(i)
		}
		return
	}
}

// sipContact returns the address in the Contact header's URI.
func sipContact(b []byte) (netip.AddrPort, bool) {
	_, uri, ok := bytes.Cut(sipHeader(b, "Contact", "m"), []byte("sip:"))
	if !ok {
		return netip.AddrPort{}, false
	}
	if end := bytes.IndexAny(uri, ">; \t,"); end >= 0 {
		uri = uri[:end]
	}
	if _, host, ok := bytes.Cut(uri, []byte("@")); ok {
		uri = host
	}
	if at, err := netip.ParseAddrPort(string(uri)); err == nil {
		return at, true
	}
	a, err := netip.ParseAddr(string(bytes.Trim(uri, "[]")))
	return netip.AddrPortFrom(a, 5060), err == nil
}

// sipExpires returns how long a registration is to last: the Contact's own
// parameter, or the Expires header; 0 without either.
func sipExpires(b []byte) uint64 {
	if _, v, ok := bytes.Cut(sipHeader(b, "Contact", "m"), []byte("expires=")); ok {
		n, _ := number(v)
		return n
	}
	n, _ := number(sipHeader(b, "Expires", ""))
	return n
}
