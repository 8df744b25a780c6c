package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"strings"
)

// reach is what is known of the way to a target, as far as it matters for
// whether a packet may be sent there.
type reach struct {
	own bool // the sender's own address
	// where names the namespace of this machine that has the target, "" for none.
	where string
	dev   string
	// nextHop names the namespace of this machine that has the hardware address
	// which the packet goes to, "" for none.
	nextHop string
	onLink  bool // no router between
	cast    bool
	// wire says that the link's other end is on this machine and nowhere else: a
	// tap, or a veth whose other end is seen and is no port of a bridge.
	wire bool
}

// stays reports whether the packet cannot leave this machine.
func (r reach) stays() bool {
	switch {
	case r.own:
		return true
	case r.wire && (r.onLink || r.cast):
		return true
	}
	return r.where != "" && r.nextHop != ""
}

// refuse says why no packet may be sent to target, nil when it may.
func (r reach) refuse(target netip.Addr, allow []netip.Prefix) error {
	if r.stays() {
		return nil
	}
	for _, p := range allow {
		if p.Contains(target) {
			return nil
		}
	}
	why := fmt.Sprintf("it is not this host's and no network namespace of this host has it; it is reached by %s", r.dev)
	switch {
	case r.cast:
		why = fmt.Sprintf("%s leads out of this host", r.dev)
	case r.where != "":
		why = fmt.Sprintf("%s has it, but %s leads elsewhere", r.where, r.dev)
	}
	return fmt.Errorf("target %v is refused: %s (expected an address of this host or of a namespace of this host, or a line for it in the file of --allow-file)", target, why)
}

// readAllowFile reads addresses and networks, one a line, # begins a comment. A
// missing file of the usual name allows nothing.
func readAllowFile(name string) ([]netip.Prefix, error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) && name == defaultAllowFile {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var ps []netip.Prefix
	sc := bufio.NewScanner(f)
	for n := 1; sc.Scan(); n++ {
		text, _, _ := strings.Cut(sc.Text(), "#")
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		p, err := netip.ParsePrefix(text)
		if a, aerr := netip.ParseAddr(text); aerr == nil {
			p, err = netip.PrefixFrom(a.WithZone(""), a.BitLen()), nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %q (expected an address or a network such as 192.0.2.0/24)", name, n, text)
		}
		ps = append(ps, p.Masked())
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return ps, nil
}
