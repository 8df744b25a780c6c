package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestQuestions runs explain on the real questions of the data folder: rules and
// evidence are cut out of each case, and what explain answers is held against
// the case's class. `make bench-qa` prints the table.
func TestQuestions(t *testing.T) {
	dir := os.Getenv("NFWHY_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	files, _ := filepath.Glob(filepath.Join(dir, "qa", "*.md"))
	if len(files) == 0 {
		t.Skip("no questions in " + filepath.Join(dir, "qa"))
	}
	const row = "%-4s %-5s %-28s %-28s %-5s %-10s %s"
	t.Logf(row, "case", "form", "wanted", "got", "rank", "disp", "right")
	for _, name := range files {
		q := readQuestion(t, name)
		for _, form := range []string{"files", "post"} {
			a := q.ask(t, form)
			right := "yes"
			if !q.disposes(a.disposition) {
				right = "no, " + q.disposition[0]
			}
			t.Logf(row, q.id, form, q.cause, a.cause(), rankText(a.rank(q.cause)), a.disposition, right)
			if a.rank(q.cause) != 1 {
				t.Errorf("%s (%s): cause %s, want %s", q.id, form, a.cause(), q.cause)
			}
			if right != "yes" {
				t.Errorf("%s (%s): disposition %s, want %s", q.id, form, a.disposition, q.disposition)
			}
		}
	}
}

// question is one case of the folder.
type question struct {
	id, dir, asked, rules, evidence string
	cause                           string
	disposition                     []string // any of these is right
}

var classLine = regexp.MustCompile(`(?m)^- Class: ([\w-]+)`)

func readQuestion(t *testing.T, name string) *question {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	q := &question{id: filepath.Base(name)[:3], rules: section(text, "Rules"), evidence: section(text, "Log or capture")}
	if m := classLine.FindStringSubmatch(text); m != nil {
		q.cause = m[1]
	}
	if _, after, ok := strings.Cut(text, "Question: "); ok {
		q.asked, _, _ = strings.Cut(after, "\n")
	}
	_, fix, _ := strings.Cut(text, "\n## Fix\n")
	fix, _, _ = strings.Cut(fix, "\n## ")
	q.disposition = disposes(fix, q.cause)
	q.dir = t.TempDir()
	return q
}

// section returns the first fenced block under a heading.
func section(text, head string) string {
	_, after, _ := strings.Cut(text, "\n## "+head+"\n")
	_, after, _ = strings.Cut(after, "```\n")
	block, _, _ := strings.Cut(after, "```")
	return block
}

// disposes reads off a case's fix what kind of answer it is: no change, deleting
// an entry, a change elsewhere, or one of the rules.
func disposes(fix, cause string) []string {
	switch {
	case strings.HasPrefix(fix, "None"):
		return []string{"harmless", "attack"}
	case strings.Contains(fix, "conntrack -D"):
		return []string{"state"}
	case strings.Contains(fix, "route"), strings.Contains(fix, "nf_conntrack_max"):
		return []string{"elsewhere", "harmless"}
	}
	return []string{"rules"}
}

func (q *question) disposes(got string) bool { return slices.Contains(q.disposition, got) }

// answer is what explain prints, as far as it is looked at here.
type answer struct {
	Findings []struct {
		Cause       string
		Also        []string
		Disposition string
	}
	disposition string
}

// ask runs explain on the case: rules and evidence in two files, or all in one
// text behind the question, as in a post.
func (q *question) ask(t *testing.T, form string) *answer {
	t.Helper()
	parts := map[string]string{"rules.txt": q.rules, "log.txt": q.evidence}
	if form == "post" {
		parts = map[string]string{"post.txt": q.asked + "\n\n" + q.rules + "\n\n" + q.evidence + "\n"}
	}
	args := []string{"explain", "--json"}
	for name, text := range parts {
		path := filepath.Join(q.dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	slices.Sort(args[2:])
	var out, errs bytes.Buffer
	run(args, strings.NewReader(""), &out, &errs)
	a := &answer{}
	if err := json.Unmarshal(out.Bytes(), a); err != nil {
		t.Errorf("%s: %s", q.id, errs.String())
	}
	if len(a.Findings) > 0 {
		a.disposition = a.Findings[0].Disposition
	}
	return a
}

// cause is the first finding's.
func (a *answer) cause() string {
	if len(a.Findings) == 0 {
		return "-"
	}
	return a.Findings[0].Cause
}

// rank is the place of a cause among all that the answer names, 0 for none: the
// findings' causes first, then what each names besides.
func (a *answer) rank(cause string) int {
	var all []string
	for _, f := range a.Findings {
		all = append(all, f.Cause)
	}
	for _, f := range a.Findings {
		all = append(all, f.Also...)
	}
	return slices.Index(all, cause) + 1
}

func rankText(n int) string {
	if n == 0 {
		return "none"
	}
	return strconv.Itoa(n)
}
