package conntrack

import (
	"bytes"
	"strconv"

	"nfwhy/packet"
)

// readTFTP is nf_conntrack_tftp.c: tftp_help, Linux 6.18: a read or write request
// is answered from another port of the server.
func readTFTP(h *helperCall) bool {
	if len(h.data) < 2 {
		return true
	}
	switch be.Uint16(h.data) {
	case 1, 2: // RRQ, WRQ
		e := h.expectation(packet.ProtoUDP, h.c.Reply.src, h.c.Reply.dst, h.c.Reply.DstID)
		if h.c.Status&NATMask != 0 {
			e.follow, e.dir, e.saved = true, Reply, h.c.Orig.SrcID
		}
		if h.expect(e) != expectAdded {
			return h.refuse(helperNoExpect)
		}
	}
	return true
}

// ircSearch is how much of a segment the IRC helper reads.
const ircSearch = 4095

var ircCommands = [...]string{"SEND ", "CHAT ", "MOVE ", "TSEND ", "SCHAT "}

// readIRC is nf_conntrack_irc.c: help, Linux 6.18: a DCC offer in a private
// message of the client announces where it listens.
func readIRC(h *helperCall) bool {
	if h.dir == Reply {
		return true
	}
	data := h.data[:min(len(h.data), ircSearch)]
	at := 0
	for at < len(data)-10 && (data[at] == ' ' || data[at] == '\r' || data[at] == '\n') {
		at++
	}
	if at < len(data)-10 {
		if !hasPrefixFold(data[at:], "PRIVMSG ") {
			return true
		}
		at += 8
	}
	// The shortest offer is ` :\1DCC SEND t AAAAAAAA P\1\n`.
	for at < len(data)-26 {
		if data[at] != ' ' || data[at+1] != ':' {
			at++
			continue
		}
		at += 2
		if !bytes.HasPrefix(data[at:], []byte("\x01DCC ")) {
			return true
		}
		at += 5
		for _, cmd := range ircCommands {
			if bytes.HasPrefix(data[at:], []byte(cmd)) {
				at += len(cmd)
				if done, ok := h.ircOffer(data, at); done {
					return ok
				}
			}
		}
	}
	return true
}

// ircOffer reads "name address port" at i; done is false when it is no offer.
func (h *helperCall) ircOffer(data []byte, i int) (done, ok bool) {
	n := bytes.IndexByte(data[i:], ' ')
	if n < 0 || n > 0 && i+n > len(data)-12 {
		return false, true
	}
	i += n + 1
	if bytes.IndexByte(data[i:], '\n') < 0 {
		return false, true
	}
	addr, rest := number(data[i:])
	rest = bytes.TrimLeft(rest, " ")
	port, rest := number(rest)
	end := len(data) - len(rest)
	dcc := ip4(uint32(addr))
	if dcc != h.c.Orig.src && dcc != h.c.Reply.dst || uint16(port) == 0 {
		return false, true // someone else's address
	}
	e := h.expectation(packet.ProtoTCP, [16]byte{}, h.c.Reply.dst, uint16(port))
	e.AnySrc = true
	return true, h.tell(e, Reply, func(port uint16) bool {
		a := h.c.Reply.dst
		text := strconv.FormatUint(uint64(be.Uint32(a[:])), 10) + " " + strconv.Itoa(int(port))
		return h.replace(i, end-i, text)
	})
}

var amandaWords = [...]string{"DATA ", "MESG ", "INDEX ", "STATE "}

// readAmanda is nf_conntrack_amanda.c: amanda_help, Linux 6.18: the client's
// CONNECT line names the ports that the server will connect to.
func readAmanda(h *helperCall) bool {
	if h.dir == Original {
		return true
	}
	h.c.refreshTicks(300*packet.JiffyHz, h.now)
	start := bytes.Index(h.data, []byte("CONNECT "))
	if start < 0 {
		return true
	}
	start += 8
	for _, w := range amandaWords {
		n := bytes.IndexByte(h.data[start:], '\n')
		if n < 0 {
			return true
		}
		line := h.data[start : start+n]
		i := bytes.Index(line, []byte(w))
		if i < 0 {
			continue
		}
		i += len(w)
		port, rest := number(line[i:min(i+5, len(line))])
		length := min(i+5, len(line)) - i - len(rest)
		if uint16(port) == 0 {
			return true
		}
		e := h.expectation(packet.ProtoTCP, h.c.Orig.src, h.c.Orig.dst, uint16(port))
		if !h.tell(e, Original, func(port uint16) bool {
			return h.replace(start+i, length, strconv.Itoa(int(port)))
		}) {
			return false
		}
	}
	return true
}
