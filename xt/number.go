package xt

import (
	"math/bits"
	"strings"
)

// number reads an unsigned number at the start of s as C's strtoul with base 0
// does (blanks and a plus sign before, 0x and 0 prefixes) and returns what
// follows it. A minus sign, no digits and overflow are refused.
func number(s string) (v uint64, rest string, ok bool) {
	return numberBase(s, 0)
}

func numberBase(s string, base uint64) (v uint64, rest string, ok bool) {
	s = strings.TrimLeft(s, " \t\n\v\f\r")
	s = strings.TrimPrefix(s, "+")
	if base == 0 {
		base = 10
		if strings.HasPrefix(s, "0") {
			base = 8
		}
		if len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' && digit(s[2]) < 16 {
			base, s = 16, s[2:]
		}
	} else if base == 16 && len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' && digit(s[2]) < 16 {
		s = s[2:]
	}
	i := 0
	for ; i < len(s) && digit(s[i]) < base; i++ {
		hi, lo := bits.Mul64(v, base)
		sum, carry := bits.Add64(lo, digit(s[i]), 0)
		if hi != 0 || carry != 0 {
			return 0, "", false
		}
		v = sum
	}
	return v, s[i:], i > 0
}

// digit returns the value of a digit in any base up to 36, or 99.
func digit(c byte) uint64 {
	switch {
	case c >= '0' && c <= '9':
		return uint64(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'z':
		return uint64(c|0x20-'a') + 10
	}
	return 99
}

// wholeNumber is number for a text that is nothing but a number in [lo, hi].
func wholeNumber(s string, lo, hi uint64) (uint64, bool) {
	v, rest, ok := number(s)
	return v, ok && rest == "" && v >= lo && v <= hi
}
