package packet

import "strings"

// valueEnd returns where the value that begins at from ends: at a blank, but not
// inside brackets that people put around what they blanked out.
func valueEnd(s string, from, depth int) int {
	for i := from; i < len(s); i++ {
		switch c := s[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			return i
		case c == ']' && depth > 0:
			return i
		case c == '[' || c == '<' || c == '(' || c == '{':
			if n := bracketEnd(s[i:], c); n > 0 {
				i += n
			}
		}
	}
	return len(s)
}

// bracketEnd returns the offset of the bracket that closes s[0], or 0 when it is
// not near or a field comes before it.
func bracketEnd(s string, open byte) int {
	closing := byte(']')
	switch open {
	case '<':
		closing = '>'
	case '(':
		closing = ')'
	case '{':
		closing = '}'
	}
	for i := 1; i < len(s) && i < 40; i++ {
		switch s[i] {
		case closing:
			return i
		case '=':
			return 0
		}
	}
	return 0
}

// startsWithKey reports whether s begins with a known KEY=.
func startsWithKey(s string) bool {
	i := strings.IndexByte(s[:min(len(s), 10)], '=')
	return i > 0 && isLogKey(s[:i])
}

// isLogKey reports whether the kernel uses key.
func isLogKey(key string) bool {
	switch key {
	case "IN", "OUT", "PHYSIN", "PHYSOUT", "MAC", "MACSRC", "MACDST", "MACPROTO", "VPROTO", "VID", "TUNNEL",
		"SRC", "DST", "LEN", "TOS", "PREC", "TTL", "ID", "TC", "HOPLIMIT", "FLOWLBL", "PROTO",
		"SPT", "DPT", "SEQ", "ACK", "WINDOW", "RES", "URGP", "TYPE", "CODE", "PARAMETER", "POINTER", "GATEWAY", "MTU", "SPI",
		"UID", "GID", "MARK":
		return true
	}
	return false
}

func isAddrKey(key string) bool {
	switch key {
	case "SRC", "DST", "MAC", "GATEWAY", "MACSRC", "MACDST":
		return true
	}
	return false
}

// keySuffix returns the length of the longest known key that s ends with.
func keySuffix(s string) int {
	for n := min(len(s), 9); n >= 2; n-- {
		if isLogKey(s[len(s)-n:]) {
			return n
		}
	}
	return 0
}
