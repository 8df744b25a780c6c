package main

import (
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// bar shows progress on standard error for what takes over a second, and only on
// a terminal. The nil bar shows nothing.
type bar struct{ p *progressbar.ProgressBar }

// progress starts a bar over the bytes of an input.
func (c *cli) progress(in io.Reader, name string) *bar {
	e, ok := c.err.(*os.File)
	if c.quiet || !ok || !term.IsTerminal(int(e.Fd())) {
		return nil
	}
	size := int64(-1)
	if f, ok := in.(*os.File); ok {
		if st, err := f.Stat(); err == nil && st.Mode().IsRegular() {
			size = st.Size()
		}
	}
	return &bar{progressbar.NewOptions64(size, progressbar.OptionSetWriter(e), progressbar.OptionSetDescription(name),
		progressbar.OptionShowBytes(true), progressbar.OptionShowCount(), progressbar.OptionThrottle(time.Second),
		progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true))}
}

func (b *bar) add(n int) {
	if b != nil {
		b.p.Add(n)
	}
}

func (b *bar) done() {
	if b != nil {
		b.p.Finish()
	}
}
