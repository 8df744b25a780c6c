// Package host describes the computer that a verdict depends on besides the
// packet: its rules, sets, links, addresses, routes and sysctls.
//
// A [Host] is a description, the same on every computer; the running thing that
// package netfilter makes from it holds the state. What nobody told and was
// concluded from evidence is listed in Inferred, so that it can be shown.
package host
