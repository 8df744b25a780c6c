//go:build !linux

package main

import (
	"context"
	"errors"

	"nfwhy/host"
)

// openLive needs Linux.
func (run *probeRun) openLive(context.Context, *host.Host, bool, bool) error {
	return cannot{errors.New("probe: sending needs Linux (--dry-run with --rules works everywhere)")}
}
