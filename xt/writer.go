package xt

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Writer builds the text of a rule as iptables-save 1.8.9 prints it. Every
// piece is written with a blank before it.
type Writer struct{ b strings.Builder }

// String returns what was written, without the leading blank.
func (w *Writer) String() string { return strings.TrimPrefix(w.b.String(), " ") }

// Word writes s as it is.
func (w *Writer) Word(s string) {
	w.b.WriteByte(' ')
	w.b.WriteString(s)
}

// Opt writes an option's name with its dashes, after "!" when neg.
func (w *Writer) Opt(name string, neg bool) {
	if neg {
		w.b.WriteString(" !")
	}
	w.b.WriteString(" --")
	w.b.WriteString(name)
}

// Printf writes formatted text.
func (w *Writer) Printf(format string, args ...any) {
	w.b.WriteByte(' ')
	fmt.Fprintf(&w.b, format, args...)
}

// Uint writes a decimal number.
func (w *Writer) Uint(v uint64) { w.Word(strconv.FormatUint(v, 10)) }

// Range writes lo:hi, or lo alone when both are equal.
func (w *Writer) Range(lo, hi uint64) {
	if lo == hi {
		w.Uint(lo)
		return
	}
	w.Word(strconv.FormatUint(lo, 10) + ":" + strconv.FormatUint(hi, 10))
}

// Quote writes a text value with iptables-save's quoting: bare when it consists
// of letters, digits, dash and underscore only.
func (w *Writer) Quote(s string) { w.Word(Quote(s)) }

// Quote returns s as iptables-save writes it: quoted unless it consists of
// letters, digits, dash and underscore only.
func Quote(s string) string {
	plain := s != ""
	for i := 0; i < len(s) && plain; i++ {
		plain = isPlain(s[i])
	}
	if plain {
		return s
	}
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		if c := s[i]; c == '"' || c == '\\' || c == '\'' {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	b.WriteByte('"')
	return b.String()
}

func isPlain(c byte) bool {
	return c == '_' || c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// maskText returns a mask as iptables-save writes it: "/24" for a contiguous
// one, "/255.0.255.0" for another, "" for one that covers the whole address.
func maskText(mask netip.Addr) string {
	bits, ok := maskBits(mask)
	switch {
	case !ok:
		return "/" + mask.String()
	case bits == mask.BitLen():
		return ""
	}
	return "/" + strconv.Itoa(bits)
}

// maskBits returns the prefix length of a contiguous mask.
func maskBits(mask netip.Addr) (n int, ok bool) {
	if !mask.IsValid() {
		return 0, false
	}
	b := mask.AsSlice()
	for i := 0; i < len(b)*8; i++ {
		if b[i/8]&(0x80>>(i%8)) == 0 {
			break
		}
		n++
	}
	return n, prefixMask(n, len(b)*8) == mask
}

// prefixMask returns the mask of n leading ones in an address of size bits.
func prefixMask(n, size int) netip.Addr {
	b := make([]byte, size/8)
	for i := 0; i < n; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// maskAddr returns a with the bits outside mask cleared.
func maskAddr(a, mask netip.Addr) netip.Addr {
	if a.Is4() {
		x, y := a.As4(), mask.As4()
		for i := range x {
			x[i] &= y[i]
		}
		return netip.AddrFrom4(x)
	}
	x, y := a.As16(), mask.As16()
	for i := range x {
		x[i] &= y[i]
	}
	return netip.AddrFrom16(x)
}

func utoa(v uint64) string { return strconv.FormatUint(v, 10) }

func hex(v uint64) string { return "0x" + strconv.FormatUint(v, 16) }
