package lab

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// kmsg reads the kernel log record by record.
type kmsg struct {
	fd  int
	buf []byte
}

func openKmsg() (*kmsg, error) {
	fd, err := unix.Open("/dev/kmsg", unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("/dev/kmsg: %w", err)
	}
	if _, err := unix.Seek(fd, 0, unix.SEEK_END); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("/dev/kmsg: %w", err)
	}
	return &kmsg{fd: fd, buf: make([]byte, 16384)}, nil
}

func (k *kmsg) close() { unix.Close(k.fd) }

// skip passes over everything written so far.
func (k *kmsg) skip() error {
	for {
		switch _, err := unix.Read(k.fd, k.buf); err {
		case nil, unix.EPIPE: // EPIPE: old records were overwritten; the next read goes on
		case unix.EAGAIN:
			return nil
		default:
			return fmt.Errorf("/dev/kmsg: %w", err)
		}
	}
}

// read returns the lines written since the last skip or read that keep approves.
func (k *kmsg) read(keep func(text string) bool) ([]LogLine, error) {
	var lines []LogLine
	for {
		n, err := unix.Read(k.fd, k.buf)
		switch err {
		case nil:
		case unix.EAGAIN:
			return lines, nil
		case unix.EPIPE:
			return lines, errors.New("/dev/kmsg: the kernel log overflowed within one step")
		default:
			return lines, fmt.Errorf("/dev/kmsg: %w", err)
		}
		if l, ok := parseKmsg(k.buf[:n]); ok && keep(l.Text) {
			lines = append(lines, l)
		}
	}
}

// parseKmsg reads one record: "PRI,SEQ,TIME,FLAGS;TEXT\n KEY=VALUE\n"
// (Documentation/ABI/testing/dev-kmsg). Records of user space are not ok.
func parseKmsg(b []byte) (LogLine, bool) {
	head, text, ok := bytes.Cut(b, []byte{';'})
	if !ok {
		return LogLine{}, false
	}
	pri, _, _ := bytes.Cut(head, []byte{','})
	n, err := strconv.Atoi(string(pri))
	if err != nil || n>>3 != 0 {
		return LogLine{}, false
	}
	text, _, _ = bytes.Cut(text, []byte{'\n'})
	return LogLine{n & 7, unescapeKmsg(string(text))}, true
}

// unescapeKmsg undoes \xNN, which stands for bytes that are not printable ASCII
// and for the backslash itself.
func unescapeKmsg(s string) string {
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

var (
	devices = regexp.MustCompile(`IN=(\S*) OUT=(\S*) `)
	// trackers begin lines of netfilter that name no device.
	trackers = regexp.MustCompile(`^(nf_conntrack|nf_ct_|nf_nat|xt_)`)
)

// mine tells lines of this scenario from what others wrote to the kernel log
// while a step ran: they name a link of the scenario, or are netfilter's.
func (n *network) mine(text string) bool {
	found := devices.FindAllStringSubmatch(text, -1)
	for _, m := range found {
		if (m[1] != "" || m[2] != "") && n.knows(m[1]) && n.knows(m[2]) {
			return true
		}
	}
	return found == nil && trackers.MatchString(text)
}

func (n *network) knows(dev string) bool {
	return dev == "" || dev == "lo" || link(n.links, dev) != nil
}
