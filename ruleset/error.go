package ruleset

import (
	"fmt"
	"sort"
	"strings"
)

// Error is one thing wrong with a text.
type Error struct {
	Pos Pos
	Msg string
}

// Error returns "file:line:col: message".
func (e *Error) Error() string {
	if p := e.Pos.String(); p != "" {
		return p + ": " + e.Msg
	}
	return e.Msg
}

// ErrorList is all that is wrong with a text, sorted by position, the first of
// each line.
type ErrorList []*Error

// Error returns all messages, one a line.
func (l ErrorList) Error() string {
	var b strings.Builder
	for i, e := range l {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(e.Error())
	}
	return b.String()
}

// Add appends an error.
func (l *ErrorList) Add(p Pos, format string, args ...any) {
	*l = append(*l, &Error{p, fmt.Sprintf(format, args...)})
}

// Err sorts the list, keeps the first error of each line, and returns the list
// as an error: nil when it is empty.
func (l ErrorList) Err() error {
	if len(l) == 0 {
		return nil
	}
	sort.SliceStable(l, func(i, j int) bool {
		a, b := l[i].Pos, l[j].Pos
		switch {
		case a.File != b.File:
			return a.File < b.File
		case a.Line != b.Line:
			return a.Line < b.Line
		}
		return a.Col < b.Col
	})
	out := l[:1]
	for _, e := range l[1:] {
		last := out[len(out)-1].Pos
		if e.Pos.Line == 0 || e.Pos.Line != last.Line || e.Pos.File != last.File {
			out = append(out, e)
		}
	}
	return out
}

// Nearest returns the word of list that word was most likely meant to be, ""
// when none is near: at most a third of its letters may differ.
func Nearest(word string, list []string) string {
	if len(word) > 64 { // no word anybody offers is that long
		return ""
	}
	best, found := len(word)/3+1, ""
	lower := strings.ToLower(word)
	for _, w := range list {
		if strings.ToLower(w) == lower {
			return w
		}
		if d := distance(lower, strings.ToLower(w), best); d < best {
			best, found = d, w
		}
	}
	return found
}

// DidYouMean returns ` (did you mean "x"?)` for the nearest word of list, ""
// when none is near.
func DidYouMean(word string, list []string) string {
	if n := Nearest(word, list); n != "" {
		return fmt.Sprintf(" (did you mean %q?)", n)
	}
	return ""
}

func sorted(s []string) []string {
	sort.Strings(s)
	return s
}

// distance is the number of letters to insert, delete, replace or swap with
// their neighbour that turn a into b; limit or more is returned as limit.
func distance(a, b string, limit int) int {
	if d := len(a) - len(b); d >= limit || -d >= limit {
		return limit
	}
	prev2 := make([]int, len(b)+1)
	prev := make([]int, len(b)+1)
	cur := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return min(prev[len(b)], limit)
}
