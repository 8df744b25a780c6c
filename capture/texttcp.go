package capture

import (
	"encoding/binary"
	"strings"

	"nfwhy/packet"
)

// tcpTold is what a line tells of a TCP segment.
type tcpTold struct {
	flags           uint16
	hasFlags        bool
	seq, ack        uint32
	hasSeq, hasAck  bool
	win, urg        uint16
	hasWin          bool
	cksum           uint16
	hasCksum        bool
	opts            []byte // padded to a multiple of 4
	optsOK          bool   // opts are all of them
	sackAt, sackEnd int    // where opts has SACK edges
	length          int
	hasLen          bool
}

// parseTCP reads the text behind the addresses.
func parseTCP(s string) (t tcpTold) {
	t.optsOK = true
	s = strings.TrimPrefix(s, "tcp ")
	if rest, ok := strings.CutPrefix(s, "Flags ["); ok {
		if i := strings.IndexByte(rest, ']'); i >= 0 {
			t.flags, t.hasFlags = flagLetters(rest[:i]), true
			t.modern(rest[i+1:])
		}
		return t
	}
	if n, rest, ok := cutUint32(s); ok && (rest == "" || rest[0] == ' ' || rest[0] == ':') { // -q
		t.length, t.hasLen, t.optsOK = clampLength(n), true, false
		return t
	}
	t.old(s)
	return t
}

// flagLetters reads what tcpdump prints since version 4: S F R P . U E W e.
func flagLetters(s string) (f uint16) {
	if s == "none" {
		return 0
	}
	for _, c := range s {
		switch c {
		case 'F':
			f |= packet.FIN
		case 'S':
			f |= packet.SYN
		case 'R':
			f |= packet.RST
		case 'P':
			f |= packet.PSH
		case '.':
			f |= packet.ACK
		case 'U':
			f |= packet.URG
		case 'E':
			f |= packet.ECE
		case 'W':
			f |= packet.CWR
		case 'e':
			f |= packet.AE
		}
	}
	return f
}

// modern reads ", cksum 0x79bb (correct), seq 1:2, ack 3, win 4, urg 5, options
// [...], length 6: ...".
func (t *tcpTold) modern(s string) {
	for field := range topLevel(strings.TrimPrefix(s, ",")) {
		key, v := cutWord(field)
		switch key {
		case "cksum":
			t.checksum(v)
		case "seq":
			t.sequence(v)
		case "ack":
			t.ack, _, t.hasAck = cutUint32(v)
		case "win":
			t.window(v)
		case "urg":
			n, _, _ := cutUint32(v)
			t.urg = uint16(n)
		case "options":
			t.options(strings.Trim(v, "[]"))
		case "length":
			n, _, ok := cutUint32(v)
			t.length, t.hasLen = clampLength(n), ok
			return
		case "bad":
			t.optsOK = false // "bad hdr length 12, too short"
		}
	}
}

func (t *tcpTold) checksum(s string) {
	if n, _, ok := cutHex(s); ok {
		t.cksum, t.hasCksum = uint16(n), true
	}
}

// sequence reads "5" or "5:9".
func (t *tcpTold) sequence(s string) {
	var rest string
	t.seq, rest, t.hasSeq = cutUint32(s)
	if strings.HasPrefix(rest, ":") {
		if end, _, ok := cutUint32(rest[1:]); ok && !t.hasLen {
			t.length, t.hasLen = clampLength(end-t.seq), true
		}
	}
}

func (t *tcpTold) window(s string) {
	n, _, ok := cutUint32(s)
	t.win, t.hasWin = uint16(n), ok && n <= 0xffff
}

// old reads "S 79911989:79911989(0) ack 235561828 win 29200 <mss 1460> (DF)" of
// tcpdump before version 4, where "." means none of SFRP and ACK shows as "ack".
func (t *tcpTold) old(s string) {
	word, rest := cutWord(s)
	word = strings.TrimSuffix(word, ",")
	t.hasFlags = word != ""
	for _, c := range word {
		switch c {
		case 'S', 'F', 'R', 'P', 'W', 'E':
			t.flags |= flagLetters(string(c))
		case '.':
		default:
			t.hasFlags, t.optsOK = false, false
			return
		}
	}
	for rest != "" {
		word, rest = cutWord(rest)
		switch {
		case word == "ack":
			t.ack, _, t.hasAck = cutUint32(rest)
			t.flags |= packet.ACK
		case word == "win":
			t.window(rest)
		case word == "urg":
			n, _, _ := cutUint32(rest)
			t.urg = uint16(n)
			t.flags |= packet.URG
		case word == "cksum":
			t.checksum(rest)
		case strings.HasPrefix(word, "<"):
			list, tail, ok := strings.Cut(word[1:]+" "+rest, ">")
			t.options(list)
			t.optsOK = t.optsOK && ok
			rest = skipBlanks(tail)
		case word[0] >= '0' && word[0] <= '9' && strings.Contains(word, ":") && !t.hasSeq:
			t.sequence(word)
		}
	}
}

// maxTCPOptions is what fits behind the largest data offset.
const maxTCPOptions = 40

// options turns "mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 2" into bytes.
func (t *tcpTold) options(s string) {
	for o := range strings.SplitSeq(s, ",") {
		if o = strings.TrimSpace(o); o != "" && !t.option(o) {
			t.optsOK = false
		}
	}
	for len(t.opts)%4 != 0 {
		t.opts = append(t.opts, 0)
	}
	if len(t.opts) > maxTCPOptions {
		t.opts, t.optsOK, t.sackAt, t.sackEnd = nil, false, 0, 0
	}
}

func (t *tcpTold) option(o string) bool {
	name, v := cutWord(o)
	n, rest, isNum := cutUint32(v)
	if len(t.opts) > maxTCPOptions {
		return false
	}
	switch name {
	case "nop":
		t.opts = append(t.opts, 1)
	case "eol":
		t.opts = append(t.opts, 0)
	case "mss":
		t.opts = append(t.opts, 2, 4, byte(n>>8), byte(n))
		return isNum && n <= 0xffff
	case "wscale":
		t.opts = append(t.opts, 3, 3, byte(n))
		return isNum && n <= 0xff
	case "sackOK":
		t.opts = append(t.opts, 4, 2)
	case "TS":
		val, ok1 := numberAfter(v, "val ")
		ecr, ok2 := numberAfter(v, "ecr ")
		t.timestamps(val, ecr)
		return ok1 && ok2
	case "timestamp":
		ecr, _, ok := cutUint32(skipBlanks(rest))
		t.timestamps(n, ecr)
		return isNum && ok
	case "sack":
		return t.sack(strings.TrimPrefix(v, "sack "))
	case "tfo":
		return t.fastOpen(v)
	default:
		return false
	}
	return true
}

func (t *tcpTold) timestamps(val, ecr uint32) {
	t.opts = append(t.opts, 8, 10)
	t.opts = binary.BigEndian.AppendUint32(t.opts, val)
	t.opts = binary.BigEndian.AppendUint32(t.opts, ecr)
}

// sack reads "2 {1:5}{7:9}".
func (t *tcpTold) sack(s string) bool {
	n, rest, ok := cutUint32(s)
	if !ok || n < 1 || n > 4 {
		return false
	}
	at := len(t.opts)
	t.opts = append(t.opts, 5, byte(2+8*n))
	for range n {
		rest = strings.TrimLeft(rest, " {}")
		var left, right uint32
		if left, rest, ok = cutUint32(rest); !ok || !strings.HasPrefix(rest, ":") {
			t.opts = t.opts[:at]
			return false
		}
		if right, rest, ok = cutUint32(rest[1:]); !ok {
			t.opts = t.opts[:at]
			return false
		}
		t.opts = binary.BigEndian.AppendUint32(t.opts, left)
		t.opts = binary.BigEndian.AppendUint32(t.opts, right)
	}
	t.sackAt, t.sackEnd = at+2, len(t.opts)
	return true
}

// fastOpen reads "cookiereq" and "cookie 0123456789abcdef" (RFC 7413).
func (t *tcpTold) fastOpen(s string) bool {
	name, v := cutWord(strings.TrimSpace(s))
	v = strings.TrimSpace(v)
	if name != "cookie" && name != "cookiereq" || len(v)%2 != 0 || len(v) > 32 {
		return false
	}
	t.opts = append(t.opts, 34, byte(2+len(v)/2))
	for ; len(v) >= 2; v = v[2:] {
		if !isHex(v[0]) || !isHex(v[1]) {
			return false
		}
		b, _, _ := cutHex("0x" + v[:2])
		t.opts = append(t.opts, byte(b))
	}
	return true
}

// clampLength bounds a length to what an IP packet can carry.
func clampLength(n uint32) int { return int(min(n, 0xffff)) }
