package lab

import (
	"strings"
	"time"
)

// Result is what a kernel, or the simulator, answered to a scenario.
type Result struct {
	// Refused is what iptables-restore, ip6tables-restore or ipset said when they
	// did not accept the rules. No packet was sent then.
	Refused string `json:",omitempty"`
	// Start is the wall-clock time of the scenario's start, from which all other
	// times count.
	Start time.Time
	// Tick is the time of a clock tick (jiffy) relative to the start, HZ how many
	// there are in a second: expiries and limit credits move with them.
	Tick time.Duration `json:",omitempty"`
	HZ   int           `json:",omitempty"`
	// Steps answers the scenario's steps one by one.
	Steps []StepResult `json:",omitempty"`
	// Save4 and Save6 are iptables-save -c text without its comment lines, empty
	// when the scenario has no rules of the family.
	Save4 string `json:",omitempty"`
	Save6 string `json:",omitempty"`
	// Sets is ipset save text; empty when the scenario has no sets.
	Sets string `json:",omitempty"`
	// Conntrack is conntrack -L text of both families, sorted by line, taken at End.
	Conntrack string        `json:",omitempty"`
	End       time.Duration `json:",omitempty"`
}

// StepResult is what one step caused.
type StepResult struct {
	// At is when the packet was really sent.
	At time.Duration
	// Error is what the kernel told the sending program, such as "operation not
	// permitted" for a packet dropped in OUTPUT; empty when it was taken.
	Error string `json:",omitempty"`
	// Log are the kernel log lines, in order.
	Log []LogLine `json:",omitempty"`
	// Out are the packets that left, in order on each link; those of lo last.
	Out []Departure `json:",omitempty"`
	// Conntrack is the table after the step, if it was asked for.
	Conntrack string `json:",omitempty"`
}

// LogLine is a record of the kernel log.
type LogLine struct {
	Level int
	Text  string
}

// Departure is a frame that left the host.
type Departure struct {
	Dev   string
	Frame Hex
}

// Packet returns the bytes from the IP header on.
func (d Departure) Packet() []byte {
	if len(d.Frame) < 14 {
		return nil
	}
	return d.Frame[14:]
}

// withoutComments removes the lines that iptables-save and ipset write about
// themselves and the time.
func withoutComments(save string) string {
	var b strings.Builder
	for line := range strings.Lines(save) {
		if !strings.HasPrefix(line, "#") {
			b.WriteString(line)
		}
	}
	return b.String()
}
