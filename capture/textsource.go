package capture

import (
	"bufio"
	"errors"
	"io"
	"strings"
)

// textSource reads a file of text.
type textSource struct {
	scan  TextScanner
	in    *bufio.Reader
	line  int
	queue []*Record
	err   error
}

func newTextSource(name string, r *bufio.Reader) *textSource {
	return &textSource{scan: TextScanner{File: name}, in: r}
}

// maxUndecided is how many packets are held back to see what their times mean.
const maxUndecided = 1 << 12

func (t *textSource) next(*Record) error { return io.EOF }

// nextRecord returns the next packet. Errors of lines are left to
// [Reader.Problems].
func (t *textSource) nextRecord() (*Record, error) {
	for len(t.queue) == 0 {
		if t.err != nil {
			return nil, t.err
		}
		t.read()
	}
	rec := t.queue[0]
	t.queue = t.queue[1:]
	return rec, nil
}

// read takes lines until packets are complete.
func (t *textSource) read() {
	for len(t.scan.done) == 0 || t.scan.clock.undecided() && len(t.scan.done) < maxUndecided {
		line, err := t.nextLine()
		if err != nil {
			t.err = err
			t.queue = t.scan.Records()
			if err == io.EOF && len(t.queue) == 0 && t.scan.count == 0 {
				t.err = t.nothing()
			}
			return
		}
		t.line++
		t.scan.Line(t.line, line)
	}
	t.queue = t.scan.take()
}

// nothing is the error of a text without any packet.
func (t *textSource) nothing() error {
	if len(t.scan.errs) > 0 {
		return &Error{Line: t.scan.errs[0].Line, Msg: "cannot read tcpdump line: " + t.scan.errs[0].Reason, Err: t.scan.errs[0]}
	}
	return &Error{Msg: "text holds no packet (expected tcpdump's output)"}
}

// nextLine returns the next line, its rest cut off where it is too long.
func (t *textSource) nextLine() (string, error) {
	b, err := t.in.ReadSlice('\n')
	line := string(b[:min(len(b), maxTextLine+1)])
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = t.in.ReadSlice('\n')
	}
	if err == io.EOF && line != "" {
		err = nil
	}
	return strings.TrimRight(line, "\r\n"), err
}
