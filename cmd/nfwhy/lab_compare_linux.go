package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"nfwhy/capture"
	"nfwhy/internal/lab"
	"nfwhy/replay"
	"nfwhy/trace"
)

// maxCompare is how many packets of a capture are compared: both answers are
// kept, and a difference shows early.
const maxCompare = 100000

// compareRun is one run of the command.
type compareRun struct {
	c       *cli
	f       *labFlags
	h       *lab.Host
	out     *outFile
	asJSON  bool
	cases   int
	packets int
	differ  int
}

// compareJSON is the JSON of one question.
type compareJSON struct {
	Source      string           `json:"source"`
	Packets     int              `json:"packets"`
	Equal       bool             `json:"equal"`
	Differences []differenceJSON `json:"differences"`
	Case        string           `json:"case,omitempty"`
}

type differenceJSON struct {
	Step   int    `json:"step"`
	What   string `json:"what"`
	Kernel string `json:"kernel"`
	Engine string `json:"engine"`
}

func (c *cli) labCompare(args []string, f *labFlags) error {
	run := &compareRun{c: c, f: f}
	format, err := c.formatOf("text", "json")
	if err != nil {
		return err
	}
	run.asJSON = format == "json"
	if err := f.readPace(); err != nil {
		return err
	}
	features, err := lab.ParseFeatures(strings.Join(strings.FieldsFunc(f.features, func(r rune) bool { return r == ',' || r == ' ' }), " "))
	if err != nil {
		return fmt.Errorf("--features: %w", err)
	}
	switch {
	case f.generate < 0:
		return fmt.Errorf("--generate: %d (expected 1 or more)", f.generate)
	case f.generate > 0 && len(args) > 0:
		return fmt.Errorf("lab compare: %q besides --generate (expected one of them)", args[0])
	case f.generate == 0 && len(args) == 0:
		return errors.New("lab compare: nothing to compare (expected --rules FILE CAPTURE..., CASE.txtar... or --generate N)")
	}
	return c.inLab(lab.Options{Fast: f.fast}, func(ctx context.Context, h *lab.Host) error {
		run.h = h
		if run.out, err = c.result(); err != nil {
			return err
		}
		switch {
		case f.generate > 0:
			err = run.drawn(ctx, lab.GenOptions{Features: features})
		case len(f.rules) > 0:
			err = run.captures(ctx, args)
		default:
			err = run.written(ctx, args)
		}
		if err := run.out.finish(err); err != nil {
			return err
		}
		run.summary()
		if run.differ > 0 {
			return status(exitObjection)
		}
		return nil
	})
}

func (run *compareRun) summary() {
	if run.c.quiet {
		return
	}
	fmt.Fprintf(run.c.err, "%d packets in %s compared: ", run.packets, plural(run.cases, "case"))
	if run.differ == 0 {
		fmt.Fprintln(run.c.err, "no difference")
		return
	}
	fmt.Fprintf(run.c.err, "%s with differences\n", plural(run.differ, "case"))
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// drawn compares cases drawn at random.
func (run *compareRun) drawn(ctx context.Context, o lab.GenOptions) error {
	for i := range run.f.generate {
		seed := run.f.seed + uint64(i)
		s := lab.Generate(seed, o)
		s.Name = fmt.Sprintf("drawn with --seed %d --features %q", seed, run.f.features)
		if err := run.ask(ctx, fmt.Sprintf("seed %d", seed), s); err != nil {
			return err
		}
	}
	return nil
}

// written compares cases of files.
func (run *compareRun) written(ctx context.Context, names []string) error {
	for _, name := range names {
		rec, err := run.c.readCase(name)
		if err != nil {
			return err
		}
		if err := run.ask(ctx, name, rec.Scenario); err != nil {
			return err
		}
	}
	return nil
}

// readCase reads a case in the lab's form.
func (c *cli) readCase(name string) (*lab.Record, error) {
	in, err := c.open(name)
	if err != nil {
		return nil, err
	}
	const limit = 256 << 20
	b, err := io.ReadAll(io.LimitReader(in, limit+1))
	if f, ok := in.(*os.File); ok && name != "-" {
		f.Close()
	}
	if err != nil {
		return nil, err
	}
	if len(b) > limit {
		return nil, fmt.Errorf("%s: longer than %d bytes", name, limit)
	}
	if !bytes.Contains(b, []byte("-- ")) {
		return nil, fmt.Errorf("%s: no case of the lab (expected sections such as -- host -- and -- packets --; captures need --rules)", name)
	}
	return lab.Parse(name, b)
}

// ask puts a scenario to the kernel and to the engine.
func (run *compareRun) ask(ctx context.Context, source string, s lab.Scenario) error {
	kernel, err := run.h.Run(ctx, s)
	if err != nil {
		return err
	}
	return run.judge(ctx, source, s, kernel)
}

// captures compares the packets of captures. Which of them are sent depends on
// what the kernel sent before, so the scenario is what was played in the end.
func (run *compareRun) captures(ctx context.Context, names []string) error {
	r := &replayRun{c: run.c, fates: map[trace.Fate]int{}, r: &replay.Replay{}}
	if err := r.describe(run.f.replayFlags, names); err != nil {
		return err
	}
	feed, err := newLabFeed(run.c, names, run.f, &r.host)
	if err != nil {
		return err
	}
	var steps []lab.Step
	var answers []lab.StepResult
	feed.begin = func(*capture.Record) {}
	feed.done = func(_ *replay.Case, p *lab.Played) error {
		if p != nil {
			steps, answers = append(steps, *p.Step), append(answers, p.Result)
		}
		return nil
	}
	kernel, err := run.h.Play(ctx, feed.sc, false, func(last *lab.Played) (*lab.Step, error) {
		st, err := feed.next(last)
		if len(steps) >= maxCompare && st != nil {
			if !run.c.quiet {
				fmt.Fprintf(run.c.err, "nfwhy: only the first %d packets are compared\n", maxCompare)
			}
			st = nil
		}
		return st, err
	})
	feed.close()
	if err != nil {
		return err
	}
	s := feed.sc
	s.Name = "packets of " + strings.Join(names, ", ")
	s.Steps, kernel.Steps = steps, answers
	return run.judge(ctx, strings.Join(names, ", "), s, kernel)
}

// judge compares the kernel's answer with the engine's and prints what differs.
func (run *compareRun) judge(ctx context.Context, source string, s lab.Scenario, kernel lab.Result) error {
	if kernel.Refused != "" {
		return fmt.Errorf("%s: %w", source, refusedRules(kernel.Refused, &s))
	}
	engine, err := lab.Simulate(s, kernel)
	if err != nil {
		return err
	}
	run.cases++
	run.packets += len(s.Steps)
	ds := lab.Compare(kernel, engine)
	j := compareJSON{Source: source, Packets: len(s.Steps), Equal: len(ds) == 0}
	if len(ds) > 0 && run.differ > 0 && !run.asJSON {
		run.differ++ // a file holds one case, the first
		fmt.Fprintf(run.c.err, "nfwhy: %s differs too\n", visible(source))
		return nil
	}
	if len(ds) > 0 {
		run.differ++
		small := s
		if !run.f.noShrink {
			small = run.shrink(ctx, s, ds)
		}
		if j.Differences, j.Case, err = run.report(ctx, small, s.Name, ds); err != nil {
			return err
		}
	}
	return run.print(j)
}

func (run *compareRun) print(j compareJSON) error {
	if run.asJSON {
		if j.Differences == nil {
			j.Differences = []differenceJSON{}
		}
		return json.NewEncoder(run.out).Encode(j)
	}
	_, err := io.WriteString(run.out, j.Case)
	return err
}

// differences asks both anew.
func (run *compareRun) differences(ctx context.Context, s lab.Scenario) (lab.Result, []lab.Difference, error) {
	kernel, err := run.h.Run(ctx, s)
	if err != nil || kernel.Refused != "" {
		return kernel, nil, err
	}
	engine, err := lab.Simulate(s, kernel)
	if err != nil {
		return kernel, nil, err
	}
	return kernel, lab.Compare(kernel, engine), nil
}

// shrink takes away what a difference does not need. Of a long capture only what
// leads up to the first difference is tried.
func (run *compareRun) shrink(ctx context.Context, s lab.Scenario, ds []lab.Difference) lab.Scenario {
	fails := func(t lab.Scenario) bool {
		if ctx.Err() != nil {
			return false
		}
		_, ds, err := run.differences(ctx, t)
		return err == nil && len(ds) > 0
	}
	first := 0
	for _, d := range ds {
		if d.Step > 0 && (first == 0 || d.Step < first) {
			first = d.Step
		}
	}
	if first > 0 {
		head := s.Clone()
		head.Steps = head.Steps[:first]
		if fails(head) {
			s = head
		}
	}
	if !fails(s) {
		return s // it depends on the moment; the whole is all there is to show
	}
	return lab.Shrink(s, fails)
}

// report writes a case with the kernel's answer, the differences on top.
func (run *compareRun) report(ctx context.Context, s lab.Scenario, title string, whole []lab.Difference) ([]differenceJSON, string, error) {
	kernel, ds, err := run.differences(ctx, s)
	if err != nil {
		return nil, "", err
	}
	var b strings.Builder
	if title != "" {
		fmt.Fprintln(&b, visible(title))
	}
	if len(ds) == 0 {
		fmt.Fprintln(&b, "asked again, engine and kernel agree; before, they did not:")
		ds = whole
	}
	fmt.Fprintf(&b, "%s:\n", plural(len(ds), "difference"))
	var js []differenceJSON
	for i, d := range ds {
		js = append(js, differenceJSON{d.Step, d.What, d.Kernel, d.Engine})
		if i < 20 {
			fmt.Fprintln(&b, visibleLines(d.String()))
		}
	}
	if len(ds) > 20 {
		fmt.Fprintf(&b, "and %d more\n", len(ds)-20)
	}
	s.Name = strings.TrimSuffix(b.String(), "\n")
	text, err := (&lab.Record{Scenario: s, Answer: &kernel}).AppendText(nil)
	return js, string(text), err
}

// visibleLines is visible for text of several lines.
func visibleLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = visible(lines[i])
	}
	return strings.Join(lines, "\n")
}
