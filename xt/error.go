package xt

import (
	"fmt"
	"strings"

	"nfwhy/ruleset"
)

func errorAt(pos ruleset.Pos, format string, args ...any) error {
	return &ruleset.Error{Pos: pos, Msg: fmt.Sprintf(format, args...)}
}

// didYouMean ends a message with the nearest of the valid words.
func didYouMean(word string, valid []string) string { return ruleset.DidYouMean(word, valid) }

// oneOf lists valid words for a message: all of a few, the first of many.
func oneOf(words []string) string {
	const few = 14
	if len(words) > few {
		return strings.Join(words[:few], ", ") + ", ..."
	}
	return strings.Join(words, ", ")
}
