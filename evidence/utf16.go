package evidence

import (
	"bufio"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// isUTF16 recognises the texts that shells on Windows write.
func isUTF16(head []byte) bool {
	return len(head) >= 2 && (head[0] == 0xff && head[1] == 0xfe || head[0] == 0xfe && head[1] == 0xff)
}

// utf16Reader turns UTF-16 with a byte order mark into UTF-8.
type utf16Reader struct {
	r   *bufio.Reader
	big bool
	out []byte
}

func newUTF16(r *bufio.Reader) *utf16Reader {
	u := &utf16Reader{r: r}
	if mark, err := r.Peek(2); err == nil {
		u.big = mark[0] == 0xfe
		r.Discard(2)
	}
	return u
}

func (u *utf16Reader) unit() (rune, error) {
	var b [2]byte
	if _, err := io.ReadFull(u.r, b[:]); err != nil {
		return 0, io.EOF // half a character at the end says nothing
	}
	if u.big {
		b[0], b[1] = b[1], b[0]
	}
	return rune(b[0]) | rune(b[1])<<8, nil
}

// Read reads UTF-8.
func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.out) < len(p) {
		c, err := u.unit()
		if err != nil {
			if len(u.out) == 0 && len(p) > 0 {
				return 0, err
			}
			break
		}
		if utf16.IsSurrogate(c) {
			low, _ := u.unit()
			c = utf16.DecodeRune(c, low)
		}
		u.out = utf8.AppendRune(u.out, c)
	}
	n := copy(p, u.out)
	u.out = u.out[:copy(u.out, u.out[n:])]
	return n, nil
}
