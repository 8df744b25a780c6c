package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/term"
)

// formatOf returns the output format asked for, one of allowed.
func (c *cli) formatOf(allowed ...string) (string, error) {
	f := c.format
	if c.json {
		f = "json"
	}
	if !slices.Contains(allowed, f) {
		return "", fmt.Errorf("--format: %q (expected %s)", f, strings.Join(allowed, ", "))
	}
	return f, nil
}

// open opens an input; "-" is standard input.
func (c *cli) open(name string) (io.Reader, error) {
	if name == "-" {
		return c.in, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	if st, err := f.Stat(); err == nil && st.IsDir() {
		f.Close()
		return nil, fmt.Errorf("%s: is a directory (expected a file)", name)
	}
	return f, nil
}

// result is where the answer goes: standard output, or the file of -o, which
// appears whole or not at all.
func (c *cli) result() (*outFile, error) {
	if c.output == "" || c.output == "-" {
		return &outFile{Writer: bufio.NewWriterSize(c.out, 1<<16)}, nil
	}
	return create(c.output)
}

// outFile is a file that appears under its name only when it is complete.
type outFile struct {
	*bufio.Writer
	f    *os.File
	name string
}

// create begins a file beside its final name; "-" would be standard output and
// is refused, names of devices are written to directly.
func create(name string) (*outFile, error) {
	if st, err := os.Stat(name); err == nil && !st.Mode().IsRegular() {
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return nil, err
		}
		return &outFile{Writer: bufio.NewWriterSize(f, 1<<16), f: f}, nil
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &outFile{Writer: bufio.NewWriterSize(f, 1<<16), f: f, name: name}, nil
}

// finish ends the output: on err nothing is left behind.
func (o *outFile) finish(err error) error {
	if err == nil {
		err = o.Flush()
	}
	if o.f == nil {
		return err
	}
	if e := o.f.Close(); err == nil {
		err = e
	}
	if o.name == "" {
		return err
	}
	if err != nil {
		os.Remove(o.f.Name())
		return err
	}
	os.Chmod(o.f.Name(), 0o644)
	return os.Rename(o.f.Name(), o.name)
}

// colored reports whether the text output may use colour.
func (c *cli) colored() bool {
	switch c.color {
	case "always":
		return true
	case "never":
		return false
	}
	f, ok := c.out.(*os.File)
	return ok && c.output == "" && os.Getenv("NO_COLOR") == "" && term.IsTerminal(int(f.Fd()))
}
