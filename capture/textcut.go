package capture

import (
	"strconv"
	"strings"
)

// Small cutters for tcpdump's lines: each takes something off the start of a
// string and returns the rest.

// cutDigits takes the leading decimal digits.
func cutDigits(s string) (digits, rest string) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return s[:i], s[i:]
}

// cutFixed reads two digits.
func cutFixed(s string) (int64, bool) {
	if len(s) != 2 || s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9' {
		return 0, false
	}
	return int64(s[0]-'0')*10 + int64(s[1]-'0'), true
}

// number is the value of decimal digits, saturating; 0 for none.
func number(digits string) int64 {
	n, _ := strconv.ParseInt(digits, 10, 64)
	return n
}

// atBlank reports whether s is empty or starts with a blank or tab.
func atBlank(s string) bool { return s == "" || s[0] == ' ' || s[0] == '\t' }

func skipBlanks(s string) string { return strings.TrimLeft(s, " \t") }

// cutWord takes the leading word, up to a blank.
func cutWord(s string) (word, rest string) {
	i := strings.IndexAny(s, " \t")
	if i < 0 {
		return s, ""
	}
	return s[:i], skipBlanks(s[i:])
}

// cutUint32 takes the leading digits as a number; ok is false without any or
// when they do not fit.
func cutUint32(s string) (v uint32, rest string, ok bool) {
	d, rest := cutDigits(s)
	n, err := strconv.ParseUint(d, 10, 32)
	return uint32(n), rest, err == nil
}

// cutHex takes 0x and hex digits as a number.
func cutHex(s string) (v uint32, rest string, ok bool) {
	if !strings.HasPrefix(s, "0x") {
		return 0, s, false
	}
	i := 2
	for i < len(s) && isHex(s[i]) {
		i++
	}
	n, err := strconv.ParseUint(s[2:i], 16, 32)
	return uint32(n), s[i:], err == nil
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// after returns what follows the first occurrence of sep.
func after(s, sep string) (string, bool) {
	i := strings.Index(s, sep)
	if i < 0 {
		return "", false
	}
	return s[i+len(sep):], true
}

// numberAfter returns the decimal number that directly follows sep.
func numberAfter(s, sep string) (uint32, bool) {
	t, ok := after(s, sep)
	if !ok {
		return 0, false
	}
	v, _, ok := cutUint32(t)
	return v, ok
}

// balanced returns the length of the parenthesis that s starts with, 0 if it
// does not close.
func balanced(s string) int {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}
