package capture

import (
	"bufio"
	"io"
)

// xzGuard passes an xz stream through and fails at a block whose dictionary is
// larger than maxDictionary. The decoder allocates whatever a block's header
// asks for, up to 4 GiB, before it has seen a byte of content; so every block
// has to be found, which takes walking over the LZMA2 chunks
// (https://tukaani.org/xz/xz-file-format.txt, 3.1 and 5.3.1).
type xzGuard struct {
	r    *bufio.Reader
	buf  []byte // a header that was looked at and is still to be passed on
	left int64  // bytes to pass on without a look
	want func(*xzGuard) error
	size int64 // compressed bytes of the block so far, for its padding
	chk  int64 // length of the check after each block
}

// Read passes on the next bytes.
func (g *xzGuard) Read(p []byte) (int, error) {
	for len(g.buf) == 0 && g.left == 0 {
		if g.want == nil {
			g.want = (*xzGuard).stream
		}
		if err := g.want(g); err != nil {
			return 0, err
		}
	}
	if len(g.buf) > 0 {
		n := copy(p, g.buf)
		g.buf = g.buf[n:]
		return n, nil
	}
	n, err := g.r.Read(p[:min(int64(len(p)), g.left)])
	g.left -= int64(n)
	return n, err
}

// head takes n bytes to look at.
func (g *xzGuard) head(n int) ([]byte, error) {
	b := make([]byte, n)
	got, err := io.ReadFull(g.r, b)
	g.buf = append(g.buf, b[:got]...)
	return b, err
}

func (g *xzGuard) stream() error {
	b, err := g.head(12)
	if err != nil {
		return err
	}
	// 2.1.1.2: check sizes by type
	g.chk = []int64{0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64}[b[7]&15]
	g.want = (*xzGuard).block
	return nil
}

func (g *xzGuard) block() error {
	b, err := g.head(1)
	if err != nil {
		return err
	}
	if b[0] == 0 { // the index: no block after it
		g.left, g.want = 1<<62, nil
		return nil
	}
	h, err := g.head(int(b[0])*4 + 3)
	if err != nil {
		return err
	}
	if dict, ok := xzDictionary(h); ok && dict > maxDictionary {
		g.buf = nil
		return format("xz block wants a dictionary of %d bytes (at most %d)", dict, maxDictionary)
	}
	g.size, g.want = 0, (*xzGuard).chunk
	return nil
}

// chunk looks at one LZMA2 chunk header.
func (g *xzGuard) chunk() error {
	b, err := g.head(1)
	if err != nil {
		return err
	}
	control := b[0]
	if control == 0 {
		g.size++
		g.left = -g.size & 3
		g.left += g.chk
		g.want = (*xzGuard).block
		return nil
	}
	if control < 0x80 { // uncompressed
		if b, err = g.head(2); err != nil {
			return err
		}
		g.left = int64(b[0])<<8 + int64(b[1]) + 1
		g.size += 3 + g.left
		return nil
	}
	if b, err = g.head(4); err != nil {
		return err
	}
	g.left = int64(b[2])<<8 + int64(b[3]) + 1
	if control >= 0xc0 {
		g.left++ // properties
	}
	g.size += 5 + g.left
	return nil
}

// xzDictionary reads the dictionary size out of a block header (without its
// first byte) that has LZMA2 as its only filter.
func xzDictionary(h []byte) (size int64, ok bool) {
	flags, p := h[0], 1
	for i := range 2 { // compressed and uncompressed size
		if flags>>(6+i)&1 == 0 {
			continue
		}
		for p < len(h) && h[p]&0x80 != 0 {
			p++
		}
		p++
	}
	if p+3 > len(h) || h[p] != 0x21 || h[p+1] != 1 {
		return 0, false
	}
	bits := h[p+2] & 0x3f
	if bits > 40 {
		return 0, false
	}
	if bits == 40 {
		return 1<<32 - 1, true
	}
	return int64(2|bits&1) << (bits/2 + 11), true
}
