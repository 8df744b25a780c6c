package capture

import (
	"bufio"
	"io"
)

// maxPacket is the longest frame taken: Linux' BIG TCP makes packets of half a
// megabyte, everything above is a damaged length field.
const maxPacket = 1 << 20

// bufferSize holds hundreds of ordinary packets and one of 64 KiB.
const bufferSize = 128 << 10

// window hands out the bytes of a stream in pieces without copying them.
type window struct {
	br  *bufio.Reader
	big []byte // pieces larger than br's buffer
}

func newWindow(r io.Reader) *window { return &window{br: bufio.NewReaderSize(r, bufferSize)} }

// take returns the next n bytes, valid until the next call. At the end of the
// stream it returns io.EOF if there was no byte left and io.ErrUnexpectedEOF
// with what there was if there were some.
func (w *window) take(n int) ([]byte, error) {
	if n > bufferSize {
		return w.takeBig(n)
	}
	b, err := w.br.Peek(n)
	if len(b) == n {
		w.br.Discard(n)
		return b, nil
	}
	if err == io.EOF && len(b) > 0 {
		err = io.ErrUnexpectedEOF
	}
	return b, err
}

// takeBig grows its buffer with the bytes that arrive, so that a length field
// alone cannot make it allocate.
func (w *window) takeBig(n int) ([]byte, error) {
	if cap(w.big) < n {
		w.big = make([]byte, 0, min(n, 2*bufferSize))
	}
	b := w.big[:0]
	for len(b) < n {
		step := min(n-len(b), bufferSize)
		if cap(b)-len(b) < step {
			b = append(b, make([]byte, step)...)[:len(b)]
		}
		got, err := io.ReadFull(w.br, b[len(b):len(b)+step])
		b = b[:len(b)+got]
		if err != nil {
			w.big = b
			if err == io.EOF && len(b) > 0 {
				err = io.ErrUnexpectedEOF
			}
			return b, err
		}
	}
	w.big = b
	return b, nil
}

// skip passes over n bytes.
func (w *window) skip(n int64) error {
	for n > 0 {
		got, err := w.br.Discard(int(min(n, 1<<30)))
		n -= int64(got)
		if err == io.EOF {
			return io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
	}
	return nil
}
