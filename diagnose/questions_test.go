package diagnose_test

import (
	"os"
	"strings"
	"testing"

	"nfwhy/diagnose"
	"nfwhy/evidence"
	"nfwhy/host"
	"nfwhy/prose"
)

// TestQuestions holds the beginning of the answer to each question of testdata
// against what is written there.
func TestQuestions(t *testing.T) {
	b, err := os.ReadFile("testdata/questions.txt")
	if err != nil {
		t.Fatal(err)
	}
	cases := strings.Split("\n"+string(b), "\n== ")[1:]
	if len(cases) < 40 {
		t.Fatalf("only %d questions: the file is broken", len(cases))
	}
	for _, c := range cases {
		head, text, _ := strings.Cut(c, "\n")
		want, title, _ := strings.Cut(head, ": ")
		cause, disposition, _ := strings.Cut(want, " ")
		t.Run(title, func(t *testing.T) {
			r := answered(t, text)
			if len(r.Findings) == 0 {
				t.Fatal("no finding")
			}
			f := r.Findings[0]
			if f.Cause != cause || f.Disposition != disposition {
				t.Errorf("%s %s (also %v, %.2f %s), want %s %s\n%s\n%s\n%v", f.Cause, f.Disposition, f.Also, f.Confidence, f.Word, cause, disposition, f.Title, f.Summary, f.Notes)
			}
			if f.Title == "" || f.Confidence <= 0 || f.Confidence > 1 || f.Word == "" {
				t.Errorf("title %q, confidence %v %q", f.Title, f.Confidence, f.Word)
			}
		})
	}
}

// answered explains a text as the command does: the evidence in it, and what it
// says in words.
func answered(t testing.TB, text string) *diagnose.Report {
	t.Helper()
	e, err := evidence.Read(evidence.Input{Name: "post", R: strings.NewReader(text)})
	if err != nil {
		t.Fatal(err)
	}
	h := &host.Host{}
	e.AddRules(h, 0)
	e.InferHost(h)
	r, err := diagnose.Explain(e, h, diagnose.Options{Text: prose.Lines("post", []byte(text))})
	if err != nil {
		t.Fatal(err)
	}
	return r
}
