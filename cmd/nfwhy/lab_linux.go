package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"nfwhy/internal/lab"
)

// labSupported returns nil where labs can be, else what is missing.
func labSupported() error { return lab.Supported() }

// inLab opens a lab, calls f, and closes the lab whatever happens. An interrupt
// ends ctx instead of the process, so that everything is taken down.
func (c *cli) inLab(o lab.Options, f func(ctx context.Context, h *lab.Host) error) (err error) {
	if err := lab.Supported(); err != nil {
		return cannot{fmt.Errorf("lab: %w", err)}
	}
	signal.Reset(os.Interrupt)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	h, err := lab.New(o)
	if err != nil {
		return cannot{fmt.Errorf("lab: %w", err)}
	}
	defer func() {
		if e := h.Close(); err == nil && e != nil {
			err = cannot{fmt.Errorf("lab: %w", e)}
		}
	}()
	err = f(ctx, h)
	if ctx.Err() != nil && !errors.As(err, new(status)) {
		return status(exitInterrupt)
	}
	return err
}

// refusedLine finds the number of the line that iptables-restore points at.
var refusedLine = regexp.MustCompile(`line:? (\d+)`)

// refusedRules is what iptables-restore said against the rules of s, with the
// line it means.
func refusedRules(text string, s *lab.Scenario) error {
	rules := s.Rules4
	if strings.HasPrefix(text, "ip6tables") {
		rules = s.Rules6
	}
	text, _, _ = strings.Cut(text, "\nTry `")
	if m := refusedLine.FindStringSubmatch(text); m != nil {
		n, _ := strconv.Atoi(m[1])
		lines := strings.Split(rules, "\n")
		if n >= 1 && n <= len(lines) && lines[n-1] != "" {
			text += fmt.Sprintf(": %q", lines[n-1])
		}
	}
	return fmt.Errorf("the kernel does not take the rules: %s", text)
}
