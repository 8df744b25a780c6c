package conntrack

import "nfwhy/packet"

// helperSpec describes one helper.
type helperSpec struct {
	name string
}

// helperState is what a helper remembers of one entry.
type helperState struct {
	spec *helperSpec
}

var helperNames = []string{"ftp"}

func (r Reason) helperText() string { return "" }

func findHelper(name string, family packet.Family, proto uint8) *helperSpec { return nil }

func (t *Table) runHelper(p *packet.Packet, r *Ref, now packet.Time) bool { return true }
