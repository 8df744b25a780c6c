package capture

import (
	"bufio"
	"io"
)

type TextError struct{}

func (e *TextError) Error() string { return "" }

type textSource struct{ scan TextScanner }
type TextScanner struct{}

func (s *TextScanner) Errors() []*TextError                  { return nil }
func newTextSource(name string, r *bufio.Reader) *textSource { return &textSource{} }
func (t *textSource) next(*Record) error                     { return io.EOF }
func (t *textSource) nextRecord() (*Record, error)           { return nil, io.EOF }
