package xt

import (
	"strings"

	"nfwhy/ruleset"
	"nfwhy/trace"
)

// Some texts do not tell a rule whole: a listing without -v hides interfaces, a
// script holds $(hostname -i). What is told is compiled; the rest becomes a part
// of the rule that answers Unknown.

// doubt is what of a rule is not known.
type doubt struct {
	what  string         // for people: "-i, -o" or "-d $(hostname -i)"
	words []ruleset.Word // as written, for printing
	bare  bool           // the rule accepts and nothing else restricts it
}

// Match answers Unknown.
func (d *doubt) Match(c *Ctx) trace.Truth {
	return c.unknown("", d.what, "", "the text does not tell "+d.what)
}

// Save prints the words that could not be read.
func (d *doubt) Save(w *Writer) {
	for _, x := range d.words {
		w.Word(x.Text)
	}
}

// Guess is the likelier answer: what hides a rule's interface hides none mostly,
// but a rule that would take everything is for one interface, such as lo.
func (d *doubt) Guess() trace.Truth { return trace.Of(len(d.words) == 0 && !d.bare) }

var doubtExt = &Extension{Name: "", Families: FamBoth, Model: Partly, Gap: "a part of the rule is not told"}

// doubts takes out of a rule's words what is not known; nil when all is.
func doubts(r *ruleset.Rule) (known []ruleset.Word, d *doubt) {
	var texts []string
	var lost []ruleset.Word
	for _, w := range r.Words {
		if !w.Unknown {
			known = append(known, w)
			continue
		}
		cut := optionStart(known)
		texts = append(texts, wordTexts(known[cut:])+w.Text)
		lost = append(append(lost, known[cut:]...), w)
		known = known[:cut:cut]
	}
	if lost == nil {
		texts = append(texts, r.Hidden...)
	}
	if len(texts) == 0 {
		return r.Words, nil
	}
	return known, &doubt{what: strings.Join(texts, ", "), words: lost, bare: restricts(known) == 0 && accepts(known)}
}

// optionStart is where the option that the next word would be a value of begins,
// its "!" included.
func optionStart(words []ruleset.Word) int {
	i := len(words)
	for i > 0 && !strings.HasPrefix(words[i-1].Text, "-") {
		i--
	}
	if i == 0 {
		return len(words)
	}
	i--
	if i > 0 && words[i-1].Text == "!" {
		i--
	}
	return i
}

func wordTexts(words []ruleset.Word) string {
	s := ""
	for _, w := range words {
		s += w.Text + " "
	}
	return s
}

// restricts counts the options before the target.
func restricts(words []ruleset.Word) int {
	n := 0
	for _, w := range words {
		switch {
		case w.Text == "-j" || w.Text == "-g" || w.Text == "--jump" || w.Text == "--goto":
			return n
		case strings.HasPrefix(w.Text, "-"):
			n++
		}
	}
	return n
}

// accepts reports whether the words end in -j ACCEPT.
func accepts(words []ruleset.Word) bool {
	n := len(words)
	return n > 1 && words[n-2].Text == "-j" && words[n-1].Text == "ACCEPT"
}

// compileDoubtful compiles what is known. Where that is no rule any more (a
// needed option is missing), only the target is kept.
func compileDoubtful(r *ruleset.Rule, env Env, known []ruleset.Word, d *doubt) ([]*Rule, error) {
	rules, err := compileWords(r, known, env)
	if err != nil {
		for i, w := range known {
			if w.Text == "-j" || w.Text == "-g" {
				d.words = append(append([]ruleset.Word(nil), known[:i]...), d.words...)
				rules, err = compileWords(r, known[i:], env)
				break
			}
		}
	}
	if err != nil {
		return nil, err
	}
	for _, x := range rules {
		x.Parts = append(x.Parts, Part{Ext: doubtExt, Name: "", Match: d})
	}
	return rules, nil
}
