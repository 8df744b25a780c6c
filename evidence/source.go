package evidence

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"

	"nfwhy/capture"
	"nfwhy/ruleset"
)

// source is an input that can be read twice.
type source struct {
	Input
	seek  io.Seeker // nil when the input cannot go back
	start int64
	size  int64 // 0 when not known
	spool *spool
	logs  bool // holds log lines
	again bool // being read the second time
}

func newSource(in Input) *source {
	s := &source{Input: in}
	if k, ok := in.R.(io.Seeker); ok {
		if at, err := k.Seek(0, io.SeekCurrent); err == nil {
			s.seek, s.start = k, at
			if end, err := k.Seek(0, io.SeekEnd); err == nil && end > at {
				s.size = end - at
			}
			if _, err := k.Seek(at, io.SeekStart); err != nil {
				s.seek = nil
			}
		}
	}
	if s.seek == nil {
		s.spool = &spool{}
	}
	return s
}

// open returns the bytes of the input from its beginning.
func (s *source) open() (io.Reader, error) {
	switch {
	case s.again && s.spool != nil:
		return s.spool.reader()
	case s.spool != nil:
		s.again = true
		return io.TeeReader(s.R, s.spool), nil
	case s.again:
		if _, err := s.seek.Seek(s.start, io.SeekStart); err != nil {
			return nil, err
		}
	}
	s.again = true
	return s.R, nil
}

// release gives up what was kept for a second reading.
func (s *source) release() {
	if s.spool != nil {
		s.spool.close()
	}
}

// spool keeps what was read: in memory as long as it is little, then in a
// temporary file. It never fails a Write: reading the first time goes on.
type spool struct {
	mem bytes.Buffer
	f   *os.File
	err error
}

// maxSpoolMemory is how much a spool keeps in memory.
const maxSpoolMemory = 1 << 24

func (p *spool) Write(b []byte) (int, error) {
	switch {
	case p.err != nil:
	case p.f != nil:
		_, p.err = p.f.Write(b)
	case p.mem.Len()+len(b) <= maxSpoolMemory:
		p.mem.Write(b)
	default:
		p.spill(b)
	}
	return len(b), nil
}

// spill moves what is in memory into a file that has no name, so that nothing is
// left behind however the program ends.
func (p *spool) spill(b []byte) {
	if p.f, p.err = os.CreateTemp("", "nfwhy-*"); p.err != nil {
		return
	}
	os.Remove(p.f.Name())
	if _, p.err = p.f.Write(p.mem.Bytes()); p.err == nil {
		_, p.err = p.f.Write(b)
	}
	p.mem = bytes.Buffer{}
}

func (p *spool) reader() (io.Reader, error) {
	if p.err != nil || p.f == nil {
		return bytes.NewReader(p.mem.Bytes()), p.err
	}
	_, err := p.f.Seek(0, io.SeekStart)
	return p.f, err
}

func (p *spool) close() {
	if p.f != nil {
		p.f.Close()
	}
	*p = spool{err: os.ErrClosed}
}

// counted tells the progress of reading.
type counted struct {
	r io.Reader
	e *Evidence
}

// progressStep is after how many bytes progress is told.
const progressStep = 1 << 20

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	e := c.e
	e.done += int64(n)
	if e.opt.Progress != nil && (e.done-e.told >= progressStep || err != nil) {
		e.told = e.done
		e.opt.Progress(e.done, e.total)
	}
	return n, err
}

// read reads one input; sink takes its text.
func (e *Evidence) read(s *source, sink textSink) error {
	r, err := s.open()
	if err != nil {
		return fmt.Errorf("%s: %w", s.Name, err)
	}
	return e.readAs(s, &counted{r, e}, sink, 0)
}

// maxNesting bounds compression inside compression.
const maxNesting = 3

func (e *Evidence) readAs(s *source, r io.Reader, sink textSink, depth int) error {
	br := bufio.NewReaderSize(r, 1<<16)
	head, err := br.Peek(capture.SniffLen)
	if err != nil && err != io.EOF {
		return fmt.Errorf("%s: %w", s.Name, err)
	}
	kind := capture.Sniff(head)
	switch {
	case kind.Compressed() && s.Kind != Capture && depth < maxNesting:
		plain, err := capture.Decompress(s.Name, br)
		if err != nil {
			return err
		}
		defer plain.Close()
		return e.readAs(s, plain, sink, depth+1)
	case s.Kind == Rules:
		return e.readRules(s.Name, br)
	case s.Kind == Capture && len(head) > 0:
		return e.readCapture(s.Name, br)
	case kind == capture.KindText || len(head) == 0:
		return sink(s, br)
	case isUTF16(head):
		return sink(s, bufio.NewReaderSize(newUTF16(br), 1<<16))
	}
	return e.readCapture(s.Name, br)
}

// readRules reads a text that is rules and nothing else: every error counts.
func (e *Evidence) readRules(name string, r io.Reader) error {
	data, err := io.ReadAll(io.LimitReader(r, maxRules+1))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if len(data) > maxRules {
		return fmt.Errorf("%s: longer than %d MB (expected rules)", name, maxRules>>20)
	}
	f, err := ruleset.Parse(name, data)
	if err != nil {
		return err
	}
	e.Files = append(e.Files, f)
	return nil
}

// readCapture keeps the packets of a capture.
func (e *Evidence) readCapture(name string, r io.Reader) error {
	c, err := capture.Open(name, r)
	if err != nil {
		return err
	}
	defer c.Close()
	size := 0
	var past skipped
	for n := 0; ; n++ {
		rec, err := c.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			if n == 0 {
				return err
			}
			e.ignore(name, "", err.Error())
			break
		}
		if len(e.Packets) >= maxPackets || size > maxFrames {
			e.ignore(name, "", fmt.Sprintf("only the first %d packets are used", n))
			break
		}
		if rec.Skip != nil {
			past.add(rec.Skip)
			continue
		}
		size += len(rec.Raw) + len(rec.Packet.Data)
		e.Packets = append(e.Packets, rec.Clone())
	}
	past.tell(e, name)
	for _, p := range c.Problems() {
		e.ignore(fmt.Sprintf("%s:%d", name, p.Line), p.Text, p.Reason)
	}
	return nil
}

// skipped counts packets that the firewall does not see.
type skipped struct {
	n    int
	last error
}

func (s *skipped) add(why error) { s.n, s.last = s.n+1, why }

func (s *skipped) tell(e *Evidence, name string) {
	if s.n > 0 {
		e.ignore(name, "", fmt.Sprintf("%d of its packets never reach iptables (the last one: %v)", s.n, s.last))
	}
}
