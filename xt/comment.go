package xt

import "nfwhy/trace"

var commentExt = &Extension{
	Name:     "comment",
	Families: FamBoth,
	Model:    Exact,
	Doc:      "A text for the reader. Always true.",
	Options: []Option{{Name: "comment", Arg: Text, Need: true, Help: "a text; 255 bytes are kept",
		Samples: []string{"foo", "a b", "it's", `back\slash`, `say "hi"`, "!", "--dport", "", "-", "f2b:ssh"}}},
	New: func(a *Args) (any, error) {
		text := a.Given[0].Text()
		return &commentMatch{text[:min(len(text), commentLen)]}, nil
	},
}

// commentLen is what xt_comment_info keeps; the rest is cut without a word.
const commentLen = 255

type commentMatch struct{ text string }

// Text returns the comment.
func (m *commentMatch) Text() string { return m.text }

// Match is always true.
func (m *commentMatch) Match(*Ctx) trace.Truth { return trace.Yes }

// Save writes the text, quoted where it must be.
func (m *commentMatch) Save(w *Writer) {
	w.Opt("comment", false)
	w.Quote(m.text)
}

// Comment returns the texts of the rule's comments, joined by a blank; "" for
// none.
func (r *Rule) Comment() string {
	s := ""
	for _, p := range r.Parts {
		if m, ok := p.Match.(*commentMatch); ok {
			if s != "" {
				s += " "
			}
			s += m.text
		}
	}
	return s
}
