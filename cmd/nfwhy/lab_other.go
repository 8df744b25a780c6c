//go:build !linux

package main

import "errors"

// labSupported returns what is missing.
func labSupported() error { return errors.New("not Linux: a lab is a network namespace") }
