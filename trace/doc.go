// Package trace is the record of packets' ways through a host's firewall.
//
// A [Trace] holds every [Journey] that one stimulus set off: the packet itself
// and, for each packet the firewall made in answer, another journey that points
// back at the step that made it. A Journey is a list of [Step]s, one per rule
// looked at, each with the [Term]s its matches said, so that an explanation is
// read off the record and never derived a second time.
//
// The package records and compares; it decides nothing. The simulator writes
// traces, and so can anything that watches a live kernel.
package trace
