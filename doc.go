// Package nfwhy answers whole questions about a Linux firewall in one call:
// [Explain] says why packets are in a log.
//
// A packet enters a netns made from a host and leaves a trace; from traces come
// findings. The stages are packages of their own: capture and evidence read,
// netfilter simulates, diagnose reasons, report prints.
package nfwhy
