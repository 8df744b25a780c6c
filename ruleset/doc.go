// Package ruleset is the text of a firewall.
//
// [Parse] reads what people have: iptables-save dumps, -A fragments with or
// without "iptables" in front, commands applied in order. The result, a
// [Ruleset], is the state of the tables after the text was applied: tables hold
// chains, chains hold rules, each [Rule] with its words, their positions and the
// line as it was written. The [File] behind it keeps every byte, comments and
// blank lines included, so that an edit touches its own line only.
//
// The package knows no extension: which option belongs to which match, and what
// a match means, is package xt's. An unknown extension still parses and prints.
package ruleset
