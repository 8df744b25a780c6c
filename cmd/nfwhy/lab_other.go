//go:build !linux

package main

import "errors"

// labSupported returns what is missing.
func labSupported() error { return errors.New("not Linux: a lab is a network namespace") }

func (c *cli) labCannot() error { return cannot{labSupported()} }

func (c *cli) labReplay([]string, *labFlags) error          { return c.labCannot() }
func (c *cli) labCompare([]string, *labFlags) error         { return c.labCannot() }
func (c *cli) labRun([]string, *labFlags) error             { return c.labCannot() }
func (c *cli) labShell([]string, []string, *labFlags) error { return c.labCannot() }
