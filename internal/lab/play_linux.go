package lab

import (
	"context"
	"fmt"
	"time"
)

// Played is the answer to one step of [Host.Play].
type Played struct {
	Step   *Step
	Result StepResult
	// Journey is nil unless asked for.
	Journey *Journey
}

// Play is [Host.Run] with steps that are found along the way: next is called
// with the answer to the step before, nil at first, and returns the following
// step, nil at the end. The steps of s are not played, and the result has none:
// they are for next to keep. With journeys, answers tell what the kernel did
// with each packet; that costs time, and shows nowhere else.
func (h *Host) Play(ctx context.Context, s Scenario, journeys bool, next func(last *Played) (*Step, error)) (Result, error) {
	var r Result
	s.Steps = nil
	err := h.do(func() (err error) {
		n, err := h.open(ctx, &s)
		if err != nil {
			return err
		}
		defer n.close()
		r, err = n.around(ctx, func(_ *Result, start time.Duration) error {
			return n.play(ctx, start, journeys, next)
		})
		return err
	})
	return r, err
}

func (n *network) play(ctx context.Context, start time.Duration, journeys bool, next func(last *Played) (*Step, error)) error {
	links := map[string]bool{Local: true}
	for _, l := range n.links {
		links[l.Name] = true
	}
	var f *follower
	if journeys {
		var err error
		if f, err = n.follow(); err != nil {
			return err
		}
		defer f.close()
	}
	var last *Played
	for count := 1; ; count++ {
		st, err := next(last)
		if err != nil || st == nil {
			return err
		}
		if err := st.validate(links); err != nil {
			return fmt.Errorf("step %d: %w", count, err)
		}
		last = &Played{Step: st}
		if last.Result, err = n.step(ctx, st, start); err == nil && f != nil {
			last.Journey, err = f.journey(st, &last.Result)
		}
		if err != nil {
			return fmt.Errorf("step %d: %w", count, err)
		}
	}
}
