package capture

import (
	"bufio"
	"io"
)

// Decompress returns the bytes behind r, which [Sniff] found to be compressed,
// for those who read more than captures. Close ends it; it does not close r.
func Decompress(name string, r io.Reader) (io.ReadCloser, error) {
	br, ok := r.(*bufio.Reader)
	if !ok {
		br = bufio.NewReader(r)
	}
	head, _ := br.Peek(16)
	in, end, err := decompress(Sniff(head), br)
	if err != nil {
		return nil, &Error{File: name, Err: err}
	}
	return &plain{in, end}, nil
}

type plain struct {
	io.Reader
	end func()
}

// Close frees what the decompressor holds.
func (p *plain) Close() error {
	if p.end != nil {
		p.end()
	}
	return nil
}
