package ruleset

import (
	"fmt"
	"strings"
)

// Diff returns the change from one text to another as a unified diff with three
// lines of context, "" when they are equal. name stands in its head.
func Diff(name string, old, now []byte) string {
	a, b := splitLines(old), splitLines(now)
	hunks := group(changes(a, b))
	if len(hunks) == 0 {
		return ""
	}
	var out strings.Builder
	fmt.Fprintf(&out, "--- %s\n+++ %s\n", name, name)
	for _, h := range hunks {
		h.print(&out, a, b)
	}
	return out.String()
}

// splitLines cuts a text behind its newlines.
func splitLines(data []byte) []string {
	if len(data) == 0 {
		return nil
	}
	lines := strings.SplitAfter(string(data), "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// change says that lines a1 to a2 of the old text became lines b1 to b2 of the
// new one.
type change struct{ a1, a2, b1, b2 int }

// mostDiff bounds the work of finding a shortest script; longer differences are
// told as one change.
const mostDiff = 2000

// changes returns the changes from a to b, in order (Myers, An O(ND) Difference
// Algorithm, 1986).
func changes(a, b []string) []change {
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	a, b = a[head:len(a)-tail], b[head:len(b)-tail]
	if len(a) == 0 && len(b) == 0 {
		return nil
	}
	if len(a) == 0 || len(b) == 0 {
		return []change{{head, head + len(a), head, head + len(b)}}
	}
	out := trace(a, b)
	for i := range out {
		out[i].a1 += head
		out[i].a2 += head
		out[i].b1 += head
		out[i].b2 += head
	}
	return out
}

// trace searches forward and walks the way back.
func trace(a, b []string) []change {
	limit := min(len(a)+len(b), mostDiff)
	v := map[int]int{1: 0}
	var past []map[int]int
	for d := 0; d <= limit; d++ {
		now := make(map[int]int, d+2)
		for k := -d; k <= d; k += 2 {
			x := v[k-1] + 1
			if k == -d || k != d && v[k-1] < v[k+1] {
				x = v[k+1]
			}
			y := x - k
			for x < len(a) && y < len(b) && a[x] == b[y] {
				x, y = x+1, y+1
			}
			now[k] = x
			if x >= len(a) && y >= len(b) {
				return walkBack(append(past, v), d, len(a), len(b))
			}
		}
		past = append(past, v)
		v = now
	}
	return []change{{0, len(a), 0, len(b)}}
}

func walkBack(past []map[int]int, d, x, y int) []change {
	var rev []change
	for ; d > 0; d-- {
		v := past[d]
		k := x - y
		var px int
		down := k == -d || k != d && v[k-1] < v[k+1]
		if down {
			px = v[k+1]
			y2 := px - (k + 1)
			rev = addChange(rev, change{px, px, y2, y2 + 1})
			x, y = px, y2
		} else {
			px = v[k-1]
			y2 := px - (k - 1)
			rev = addChange(rev, change{px, px + 1, y2, y2})
			x, y = px, y2
		}
	}
	for i, j := 0, len(rev)-1; i < j; i, j = i+1, j-1 {
		rev[i], rev[j] = rev[j], rev[i]
	}
	return rev
}

// addChange joins a change with the one found before it, which lies behind it.
func addChange(rev []change, c change) []change {
	if n := len(rev); n > 0 && rev[n-1].a1 == c.a2 && rev[n-1].b1 == c.b2 {
		rev[n-1].a1, rev[n-1].b1 = c.a1, c.b1
		return rev
	}
	return append(rev, c)
}

type hunk []change

const context = 3

// group puts changes that stand near each other into one hunk.
func group(list []change) []hunk {
	var out []hunk
	for _, c := range list {
		if n := len(out); n > 0 {
			last := out[n-1][len(out[n-1])-1]
			if c.a1-last.a2 <= 2*context {
				out[n-1] = append(out[n-1], c)
				continue
			}
		}
		out = append(out, hunk{c})
	}
	return out
}

func (h hunk) print(out *strings.Builder, a, b []string) {
	first, last := h[0], h[len(h)-1]
	a1, b1 := max(first.a1-context, 0), max(first.b1-context, 0)
	a2, b2 := min(last.a2+context, len(a)), min(last.b2+context, len(b))
	fmt.Fprintf(out, "@@ -%s +%s @@\n", span(a1, a2), span(b1, b2))
	at := a1
	for _, c := range h {
		writeLines(out, " ", a[at:c.a1])
		writeLines(out, "-", a[c.a1:c.a2])
		writeLines(out, "+", b[c.b1:c.b2])
		at = c.a2
	}
	writeLines(out, " ", a[at:a2])
}

// span writes a range of lines as diff does: the first line, and how many unless
// it is one; an empty range names the line before it.
func span(from, to int) string {
	switch n := to - from; n {
	case 0:
		return fmt.Sprintf("%d,0", from)
	case 1:
		return fmt.Sprint(from + 1)
	default:
		return fmt.Sprintf("%d,%d", from+1, n)
	}
}

func writeLines(out *strings.Builder, mark string, lines []string) {
	for _, l := range lines {
		out.WriteString(mark + l)
		if !strings.HasSuffix(l, "\n") {
			out.WriteString("\n\\ No newline at end of file\n")
		}
	}
}
