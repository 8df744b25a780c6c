// Package nfwhy answers one question: why is this packet in my firewall log?
//
// The command is cmd/nfwhy. This package holds no code, only the tests about the
// whole repository: who may import whom, and that every package tells its story.
// The stages are packages of their own: evidence and capture read, netfilter
// simulates, diagnose reasons, report prints. ARCHITECTURE.md is the map.
package nfwhy
