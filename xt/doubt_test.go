package xt

import (
	"testing"

	"nfwhy/ruleset"
	"nfwhy/trace"
)

// doubtful compiles a rule of which a word is not known, or something is hidden.
func doubtful(t *testing.T, words []ruleset.Word, hidden ...string) *Rule {
	t.Helper()
	x, err := Compile(&ruleset.Rule{Table: "filter", Chain: "INPUT", Words: words, Hidden: hidden}, Env{})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestDoubt(t *testing.T) {
	w := func(s string) ruleset.Word { return ruleset.Word{Text: s} }
	host := ruleset.Word{Text: "$(hostname -i)", Unknown: true}
	for _, c := range []struct {
		name   string
		words  []ruleset.Word
		hidden []string
		save   string
		guess  trace.Truth
	}{
		{"an address from a command", []ruleset.Word{w("-d"), host, w("-p"), w("udp"), w("-j"), w("ACCEPT")}, nil,
			"-p udp -d $(hostname -i) -j ACCEPT", trace.No},
		{"inverted", []ruleset.Word{w("!"), w("-s"), host, w("-j"), w("DROP")}, nil, "! -s $(hostname -i) -j DROP", trace.No},
		{"a needed option", []ruleset.Word{w("-m"), w("mark"), w("--mark"), host, w("-j"), w("DROP")}, nil, "-m mark --mark $(hostname -i) -j DROP", trace.No},
		{"interfaces of a listing", []ruleset.Word{w("-p"), w("tcp"), w("-j"), w("ACCEPT")}, []string{"-i", "-o"}, "-p tcp -j ACCEPT", trace.Yes},
		{"a listing's rule for lo", []ruleset.Word{w("-j"), w("ACCEPT")}, []string{"-i", "-o"}, "-j ACCEPT", trace.No},
		{"a listing's last rule", []ruleset.Word{w("-j"), w("DROP")}, []string{"-i", "-o"}, "-j DROP", trace.Yes},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := doubtful(t, c.words, c.hidden...)
			if got := x.Save(); got != c.save {
				t.Errorf("saved as %q, want %q", got, c.save)
			}
			last := x.Parts[len(x.Parts)-1]
			if got := last.Match.Match(&Ctx{}); got != trace.Unknown {
				t.Errorf("the doubt answers %v", got)
			}
			if got := last.Guess(); got != c.guess {
				t.Errorf("guess %v, want %v", got, c.guess)
			}
			if last.Gap() == "" {
				t.Error("no gap is named")
			}
		})
	}
}
