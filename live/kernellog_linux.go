package live

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// KernelLog reads the kernel's log from where it is opened. Close it after use.
type KernelLog struct {
	fd  int
	buf []byte
}

// LogLine is a record that the kernel itself wrote.
type LogLine struct {
	Level int
	Text  string
}

// OpenKernelLog starts reading behind everything that was written so far.
func OpenKernelLog() (*KernelLog, error) {
	fd, err := unix.Open("/dev/kmsg", unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("/dev/kmsg: %w", err)
	}
	if _, err := unix.Seek(fd, 0, unix.SEEK_END); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("/dev/kmsg: %w", err)
	}
	return &KernelLog{fd: fd, buf: make([]byte, 16384)}, nil
}

// Close ends reading.
func (k *KernelLog) Close() { unix.Close(k.fd) }

// Lines returns what the kernel wrote since the last call. It does not wait.
// lost is true when some of it was overwritten before it could be read.
func (k *KernelLog) Lines() (lines []LogLine, lost bool, err error) {
	for {
		n, err := unix.Read(k.fd, k.buf)
		switch err {
		case nil:
			if l, ok := parseRecord(k.buf[:n]); ok {
				lines = append(lines, l)
			}
		case unix.EAGAIN:
			return lines, lost, nil
		case unix.EPIPE:
			lost = true
		case unix.EINTR, unix.EINVAL: // EINVAL: a record longer than the buffer, which is passed over
		default:
			return lines, lost, fmt.Errorf("/dev/kmsg: %w", err)
		}
	}
}

// parseRecord reads "PRI,SEQ,TIME,FLAGS;TEXT\n KEY=VALUE\n"
// (Documentation/ABI/testing/dev-kmsg). Records of user space are not ok.
func parseRecord(b []byte) (LogLine, bool) {
	head, text, ok := bytes.Cut(b, []byte{';'})
	if !ok {
		return LogLine{}, false
	}
	pri, _, _ := bytes.Cut(head, []byte{','})
	n, err := strconv.Atoi(string(pri))
	if err != nil || n < 0 || n>>3 != 0 {
		return LogLine{}, false
	}
	text, _, _ = bytes.Cut(text, []byte{'\n'})
	return LogLine{n & 7, unescape(string(text))}, true
}

// unescape undoes \xNN, which stands for bytes that are not printable ASCII and
// for the backslash itself.
func unescape(s string) string {
	if !strings.Contains(s, `\x`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) && s[i+1] == 'x' {
			if v, err := strconv.ParseUint(s[i+2:i+4], 16, 8); err == nil {
				b.WriteByte(byte(v))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
