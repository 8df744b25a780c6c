package capture

import (
	"bufio"
	"compress/bzip2"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// maxDictionary bounds the memory that a compressed file can ask for: what
// `xz -9` and `zstd --ultra -22` need, and half of what zstd --long=27 does.
const maxDictionary = 64 << 20

// decompress returns the content of a compressed stream, and a function that
// frees its memory or nil.
func decompress(kind Kind, r *bufio.Reader) (io.Reader, func(), error) {
	switch kind {
	case KindGzip:
		z, err := gzip.NewReader(r)
		return z, nil, err
	case KindXz:
		z, err := xz.ReaderConfig{SingleStream: true}.NewReader(&xzGuard{r: r})
		return z, nil, err
	case KindZstd:
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(2*maxDictionary), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, nil, err
		}
		return z, z.Close, nil
	}
	return bzip2.NewReader(r), nil, nil
}
