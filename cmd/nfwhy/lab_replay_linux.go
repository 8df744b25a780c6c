package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"nfwhy/capture"
	"nfwhy/internal/lab"
	"nfwhy/packet"
	"nfwhy/replay"
	"nfwhy/trace"
)

// labReplayRun is replay's run with the kernel's answers.
type labReplayRun struct {
	replayRun
	feed *labFeed
	end  lab.Result
}

func (c *cli) labReplay(args []string, f *labFlags) error {
	run := &labReplayRun{replayRun: replayRun{c: c, fates: map[trace.Fate]int{}, r: &replay.Replay{}}}
	var err error
	if run.format, err = c.formatOf("text", "json", "none"); err != nil {
		return err
	}
	if len(f.rules) == 0 {
		return fmt.Errorf("lab replay: no rules (expected --rules FILE)")
	}
	if len(args) == 0 {
		return fmt.Errorf("lab replay: no capture (expected CAPTURE..., or - for standard input)")
	}
	if err := f.readPace(); err != nil {
		return err
	}
	if err := run.describe(f.replayFlags, args); err != nil {
		return err
	}
	if run.feed, err = newLabFeed(c, args, f, &run.host); err != nil {
		return err
	}
	run.feed.begin = run.begin
	run.feed.done = run.answer
	return c.inLab(lab.Options{}, func(ctx context.Context, h *lab.Host) error { return run.play(ctx, h, f) })
}

// play runs the captures and writes the files asked for.
func (run *labReplayRun) play(ctx context.Context, h *lab.Host, f *labFlags) (err error) {
	if err := run.create(f.replayFlags); err != nil {
		run.abandon(err)
		return err
	}
	started := time.Now()
	// Journeys cost time: bulk work that prints nothing a packet does without.
	journeys := run.format != "none" || run.ann != nil
	run.end, err = h.Play(ctx, run.feed.sc, journeys, run.feed.next)
	run.feed.close()
	if err == nil && run.end.Refused != "" {
		err = refusedRules(run.end.Refused, &run.feed.sc)
	}
	if err == nil {
		err = run.files(f)
	}
	if err = run.close(err); err != nil {
		return err
	}
	run.tell(time.Since(started), journeys)
	return nil
}

// answer takes what became of a packet.
func (run *labReplayRun) answer(c *replay.Case, p *lab.Played) error {
	if p != nil {
		for _, l := range p.Result.Log {
			run.Logged(c.Record.Time, uint8(l.Level), []byte(l.Text))
		}
		run.departed(c.Record, p)
	}
	return run.done(c)
}

// departed hands on what left the host, without what only crossed lo.
func (run *labReplayRun) departed(rec *capture.Record, p *lab.Played) {
	for _, d := range p.Result.Out {
		var q packet.Packet
		b := d.Packet()
		if d.Dev != "lo" && q.Decode(b, len(b)) == nil {
			run.Sent(rec.Time, run.feed.original(d.Dev), &q, trace.Made)
		}
	}
}

// files writes the state after the last packet.
func (run *labReplayRun) files(f *labFlags) error {
	for _, o := range []struct{ name, text string }{{f.save, run.end.Save4 + run.end.Save6}, {f.conntrack, run.end.Conntrack}} {
		if o.name == "" {
			continue
		}
		out, err := run.file1(o.name)
		if err != nil {
			return err
		}
		_, err = out.WriteString(o.text)
		if err := out.finish(err); err != nil {
			return err
		}
	}
	return nil
}

// tell is the summary on standard error.
func (run *labReplayRun) tell(took time.Duration, journeys bool) {
	if run.c.quiet {
		return
	}
	var w []string
	if journeys {
		for f := trace.Delivered; f <= trace.Uncertain; f++ {
			if k := run.fates[f]; k > 0 {
				w = append(w, fmt.Sprintf("%d %s", k, f))
			}
		}
	}
	if run.echoes > 0 {
		w = append(w, fmt.Sprintf("%d sent by the host already", run.echoes))
	}
	if run.skipped > 0 {
		w = append(w, fmt.Sprintf("%d not sent", run.skipped))
	}
	fmt.Fprintf(run.c.err, "%d packets on the real kernel in %v: %s\n", run.packets, took.Round(time.Millisecond), strings.Join(w, ", "))
}
