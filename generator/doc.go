// Package generator knows what the programs install that write people's
// firewalls for them.
//
// A question often names only the program, or shows only its log prefix, its
// status output or the commands given to it. [Recognise] looks for such traces
// and returns a [Model]: the rules that the program puts there, with the user's
// own among them at their places in the program's chains. Everything in a model
// that the user did not write is inferred, says so in the position of its rules,
// and is to be shown as such.
//
// [Read] tells what a log prefix says of the rule that wrote it: whose it is, in
// which chain it stands, and what the prefix claims that becomes of the packet.
// [Frame] makes the rules that nearly everybody has around such a rule, for
// prefixes that no program here writes.
//
// The package describes; it judges no packet. One file per program, one line in
// the list of programs.
package generator
