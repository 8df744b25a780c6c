package lab

import (
	"errors"
	"regexp"
)

var (
	devices = regexp.MustCompile(`IN=(\S*) OUT=(\S*) `)
	// trackers begin lines of netfilter that name no device. What extensions say
	// (xt_...) is said when rules are loaded, and by whose is not told.
	trackers = regexp.MustCompile(`^(nf_conntrack|nf_ct_|nf_nat)`)
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

// skipLog passes over what was written to the kernel log so far.
func (h *Host) skipLog() error {
	_, _, err := h.log.Lines()
	return err
}

// logged returns the lines of this scenario that were written to the kernel log
// since it was last looked at.
func (n *network) logged() ([]LogLine, error) {
	all, lost, err := n.h.log.Lines()
	if err == nil && lost {
		err = errors.New("/dev/kmsg: the kernel log overflowed within one step")
	}
	var lines []LogLine
	for _, l := range all {
		if n.mine(l.Text) {
			lines = append(lines, LogLine(l))
		}
	}
	return lines, err
}
