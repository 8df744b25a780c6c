// Package report prints what package diagnose found: as text for a terminal and
// as JSON for programs.
//
// It decides nothing. Every text that comes from evidence is printed with control
// characters escaped; JSON keys are only added, never changed.
package report
