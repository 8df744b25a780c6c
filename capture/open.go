package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"unicode/utf8"
)

// Kind is the form of a file, as its first bytes show it.
type Kind uint8

// The kinds that [Sniff] tells apart.
const (
	KindEmpty Kind = iota
	KindPcap
	KindPcapng
	KindGzip
	KindXz
	KindZstd
	KindBzip2
	KindText
	KindBinary // none of the others
)

var kindNames = [...]string{"empty", "pcap", "pcapng", "gzip", "xz", "zstd", "bzip2", "text", "binary"}

// String names the kind.
func (k Kind) String() string { return kindNames[k%Kind(len(kindNames))] }

// Compressed reports whether the kind is a compression.
func (k Kind) Compressed() bool { return k >= KindGzip && k <= KindBzip2 }

// SniffLen is how many bytes of a file [Sniff] makes full use of.
const SniffLen = 4096

// Sniff tells the kind of a file from its first bytes.
func Sniff(prefix []byte) Kind {
	if len(prefix) == 0 {
		return KindEmpty
	}
	if len(prefix) >= 4 {
		switch binary.LittleEndian.Uint32(prefix) {
		case magicMicro, magicNano, magicModified, magicMicroBE, magicNanoBE, magicModifiedBE:
			return KindPcap
		case blockSection:
			return KindPcapng
		case 0xfd2fb528:
			return KindZstd
		}
	}
	switch {
	case bytes.HasPrefix(prefix, []byte{0x1f, 0x8b}):
		return KindGzip
	case bytes.HasPrefix(prefix, []byte("\xfd7zXZ\x00")):
		return KindXz
	case len(prefix) >= 10 && bytes.HasPrefix(prefix, []byte("BZh")) &&
		(string(prefix[4:10]) == "1AY&SY" || string(prefix[4:10]) == "\x17rE8P\x90"):
		return KindBzip2
	case isText(prefix):
		return KindText
	}
	return KindBinary
}

// isText allows any 8-bit text, since pastes come in old encodings too, but few
// control characters and no NUL.
func isText(p []byte) bool {
	p = p[:min(len(p), SniffLen)]
	control, bad := 0, 0
	for i := 0; i < len(p); {
		r, n := utf8.DecodeRune(p[i:])
		switch {
		case r == 0:
			return false
		case r == utf8.RuneError && n == 1:
			bad++
		case r < ' ' && r != '\n' && r != '\r' && r != '\t' && r != '\f' && r != 0x1b:
			control++
		}
		i += n
	}
	return control*50 <= len(p) && bad*3 <= len(p)
}

// source is one file format: it fills rec with the next packet. It returns
// io.EOF at a proper end.
type source interface {
	next(rec *Record) error
}

// Reader reads the records of one capture.
type Reader struct {
	name  string
	kind  Kind
	rec   Record
	src   source
	err   error
	text  *textSource
	close []func()
}

// Open starts reading a capture: pcap in any byte order, with micro- or
// nanoseconds, also the modified format; pcapng; tcpdump's text; each of them
// plain or compressed with gzip, xz, zstd or bzip2. The form is found from the
// content. The name is used in messages and in [Record.File].
//
// The caller closes r; [Reader.Close] frees what decompression holds.
func Open(name string, r io.Reader) (*Reader, error) {
	rd := &Reader{name: name}
	err := rd.open(r)
	if err != nil {
		rd.Close()
		return nil, rd.wrap(err, 0)
	}
	return rd, nil
}

// maxNesting bounds compression inside compression.
const maxNesting = 3

func (r *Reader) open(in io.Reader) error {
	for depth := 0; ; depth++ {
		w := newWindow(in)
		prefix, err := w.br.Peek(SniffLen)
		if err != nil && err != io.EOF && len(prefix) == 0 {
			return err
		}
		r.kind = Sniff(prefix)
		switch {
		case r.kind == KindPcap:
			r.src, err = newPcap(w)
			return err
		case r.kind == KindPcapng:
			r.src, err = newPcapng(w)
			return err
		case r.kind == KindText:
			r.text = newTextSource(r.name, w.br)
			r.src = r.text
			return nil
		case r.kind.Compressed() && depth < maxNesting:
			d, done, err := decompress(r.kind, w.br)
			if err != nil {
				return err
			}
			if done != nil {
				r.close = append(r.close, done)
			}
			in = d
		case r.kind == KindEmpty:
			return format("file is empty (expected a capture)")
		default:
			return format("not a capture, first bytes %q (expected pcap, pcapng or tcpdump text)", prefix[:min(len(prefix), 8)])
		}
	}
}

// Kind returns the form of the capture, inside any compression.
func (r *Reader) Kind() Kind { return r.kind }

// Next returns the next packet, io.EOF after the last. The Record, its Raw and
// its Packet belong to r and are overwritten by the next call. Where a file ends
// inside a packet, the whole packets before it are returned first, then an
// [Error] that is io.ErrUnexpectedEOF and names the packet. Every error is final.
func (r *Reader) Next() (*Record, error) {
	if r.err != nil {
		return nil, r.err
	}
	number := r.rec.Number
	if r.text != nil {
		rec, err := r.text.nextRecord()
		if err != nil {
			r.err = r.wrap(err, 0)
			return nil, r.err
		}
		return rec, nil
	}
	r.rec = Record{File: r.name, Number: number + 1}
	if err := r.src.next(&r.rec); err != nil {
		r.err = r.wrap(err, number+1)
		return nil, r.err
	}
	return &r.rec, nil
}

// Problems returns what looked like tcpdump text so far but could not be read;
// always empty for capture files.
func (r *Reader) Problems() []*TextError {
	if r.text == nil {
		return nil
	}
	return r.text.scan.Errors()
}

// Close frees the decompressor. It does not close the reader given to [Open].
func (r *Reader) Close() error {
	for _, f := range r.close {
		f()
	}
	r.close = nil
	if r.err == nil {
		r.err = io.EOF
	}
	return nil
}

// wrap puts file and packet number to an error; io.EOF stays as it is.
func (r *Reader) wrap(err error, number int) error {
	if err == io.EOF {
		return err
	}
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{Err: err}
	}
	e.File = r.name
	if e.Packet == 0 {
		e.Packet = number
	}
	return e
}
