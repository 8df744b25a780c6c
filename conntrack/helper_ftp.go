package conntrack

import (
	"bytes"
	"fmt"
	"net/netip"

	"nfwhy/packet"
)

// ftpCommand is what a command or answer announces.
type ftpCommand struct {
	addr [16]byte
	port uint16
	at   int // where the part to be rewritten begins in the payload
	n    int // and its length
}

// ftpPattern is one command that the helper reads.
type ftpPattern struct {
	word   string
	skip   byte // the numbers begin behind this byte
	why    uint32
	parse  func(b []byte, f packet.Family, c *ftpCommand) (n, lead int)
	format func(addr netip.Addr, port uint16) string
}

var ftpPatterns = [2][2]ftpPattern{
	Original: {
		{"PORT", ' ', helperPORT, parsePORT, formatPORT},
		{"EPRT", ' ', helperEPRT, parseEPRT, formatEPRT},
	},
	Reply: {
		{"227 ", 0, helper227, parse227, formatPORT},
		{"229 ", '(', helper229, parse229, formatEPSV},
	},
}

// readFTP is nf_conntrack_ftp.c: help, Linux 6.18. Only a segment that begins
// where a line begins is read, and a line is known to begin only behind an
// earlier one; so the first payload of a direction is never read.
func readFTP(h *helperCall) bool {
	if len(h.data) == 0 {
		return true
	}
	s := h.state()
	seq := h.tcp.Seq()
	end := seq + uint32(len(h.data))
	newline := h.data[len(h.data)-1] == '\n'
	if s.startsLine(h.dir, seq) && !h.ftpLine() {
		return false
	}
	if newline {
		s.noteLine(h.dir, end)
	}
	return true
}

func (s *helperState) startsLine(d Direction, seq uint32) bool {
	for _, v := range s.lines[d][:s.numLine[d]] {
		if v == seq {
			return true
		}
	}
	return false
}

// noteLine remembers a line's begin in place of the older of two.
func (s *helperState) noteLine(d Direction, seq uint32) {
	l := &s.lines[d]
	switch n := s.numLine[d]; {
	case s.startsLine(d, seq):
	case n < len(l):
		l[n] = seq
		s.numLine[d]++
	default:
		oldest := 1
		if before(l[0], l[1]) {
			oldest = 0
		}
		if after(seq, l[oldest]) {
			l[oldest] = seq
		}
	}
}

// ftpLine looks for a command; false drops.
func (h *helperCall) ftpLine() bool {
	for i := range ftpPatterns[h.dir] {
		pat := &ftpPatterns[h.dir][i]
		cmd := ftpCommand{addr: h.c.Tuple(h.dir).src}
		found, partial := pat.find(h.data, h.c.Orig.Family, &cmd)
		if partial {
			return h.refuse(pat.why)
		}
		if found {
			return h.ftpExpect(pat, &cmd)
		}
	}
	return true
}

func (h *helperCall) ftpExpect(pat *ftpPattern, cmd *ftpCommand) bool {
	own, peer := h.c.Tuple(h.dir), h.c.Tuple(h.dir.Other())
	if cmd.addr != own.src {
		return true // another host's address: nothing is opened for it (loose=0)
	}
	e := h.expectation(packet.ProtoTCP, peer.src, peer.dst, cmd.port)
	return h.tell(e, h.dir.Other(), func(port uint16) bool {
		return h.replace(cmd.at, cmd.n, pat.format(peer.Dst(), port))
	})
}

// find looks for the pattern at the begin of the payload. partial says that it
// may be there but can not be read.
func (pat *ftpPattern) find(b []byte, f packet.Family, cmd *ftpCommand) (found, partial bool) {
	n := len(pat.word)
	if len(b) <= n {
		return false, hasPrefixFold([]byte(pat.word), string(b))
	}
	if !hasPrefixFold(b, pat.word) {
		return false, false
	}
	if pat.skip != 0 {
		i := bytes.IndexByte(b[n:len(b)-1], pat.skip)
		if i < 0 {
			return false, true
		}
		n += i + 1
	}
	length, lead := pat.parse(b[n:], f, cmd)
	cmd.at, cmd.n = n+lead, length
	return length != 0, length == 0
}

// numbers reads n numbers with separators between and term (any byte if 0)
// behind, and returns the length up to there.
func numbers(b []byte, v []uint32, sep, term byte) int {
	i := 0
	for at, c := range b {
		switch {
		case isDigit(c):
			v[i] = v[i]*10 + uint32(c-'0')
		case c == sep:
			if i++; i == len(v) {
				return 0
			}
		case (c == term || term == 0) && i == len(v)-1:
			return at
		default:
			return 0
		}
	}
	return 0
}

func sixNumbers(b []byte, term byte, c *ftpCommand) int {
	var v [6]uint32
	n := numbers(b, v[:], ',', term)
	if n != 0 {
		be.PutUint32(c.addr[:], v[0]<<24|v[1]<<16|v[2]<<8|v[3])
		c.port = uint16(v[4]<<8 | v[5])
	}
	return n
}

func parsePORT(b []byte, _ packet.Family, c *ftpCommand) (n, lead int) {
	return sixNumbers(b, '\r', c), 0
}

func parse227(b []byte, _ packet.Family, c *ftpCommand) (n, lead int) {
	i := bytes.IndexAny(b, "0123456789")
	if i < 0 {
		return 0, 0
	}
	return sixNumbers(b[i:], 0, c), i
}

// parseEPRT reads "|1|10.0.0.1|5000|" or "|2|::1|5000|" (RFC 2428).
func parseEPRT(b []byte, f packet.Family, c *ftpCommand) (n, lead int) {
	if len(b) <= 3 || !isDelim(b[0]) || b[2] != b[0] {
		return 0, 0
	}
	want := byte('1')
	if f == packet.IPv6 {
		want = '2'
	}
	if b[1] != want {
		return 0, 0
	}
	length := 0
	if f == packet.IPv6 {
		length = bytes.IndexByte(b[3:], b[0])
		if length <= 0 {
			return 0, 0
		}
		a, err := netip.ParseAddr(string(b[3 : 3+length]))
		if err != nil || !a.Is6() || a.Zone() != "" {
			return 0, 0
		}
		c.addr = a.As16()
	} else {
		var v [4]uint32
		if length = numbers(b[3:], v[:], '.', b[0]); length == 0 {
			return 0, 0
		}
		be.PutUint32(c.addr[:], v[0]<<24|v[1]<<16|v[2]<<8|v[3])
	}
	return ftpPort(b, 3+length+1, b[0], c), 0
}

// parse229 reads "|||5000|" (RFC 2428).
func parse229(b []byte, _ packet.Family, c *ftpCommand) (n, lead int) {
	if len(b) <= 3 || !isDelim(b[0]) || b[1] != b[0] || b[2] != b[0] {
		return 0, 0
	}
	return ftpPort(b, 3, b[0], c), 0
}

func isDelim(c byte) bool { return !isDigit(c) && c >= 33 && c <= 126 }

// ftpPort reads a port from start to the delimiter and returns the length with
// the delimiter.
func ftpPort(b []byte, start int, delim byte, c *ftpCommand) int {
	port := uint16(0)
	for i := start; i < len(b); i++ {
		switch {
		case b[i] == delim && port != 0:
			c.port = port
			return i + 1
		case !isDigit(b[i]):
			return 0
		}
		port = port*10 + uint16(b[i]-'0')
	}
	return 0
}

func formatPORT(a netip.Addr, port uint16) string {
	v := a.As4()
	return fmt.Sprintf("%d,%d,%d,%d,%d,%d", v[0], v[1], v[2], v[3], port>>8, port&0xff)
}

func formatEPRT(a netip.Addr, port uint16) string {
	if a.Is4() {
		return fmt.Sprintf("|1|%s|%d|", a, port)
	}
	return fmt.Sprintf("|2|%s|%d|", a, port)
}

func formatEPSV(_ netip.Addr, port uint16) string { return fmt.Sprintf("|||%d|", port) }
