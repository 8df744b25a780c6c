// Package evidence reads what people have: any mix of firewall rules, kernel log
// lines, tcpdump text and captures, from files or out of one pasted post with
// prose around them.
//
// [Read] finds each input's kind from its content and sorts every line into what
// it is. Prose, in any language, is passed over; what looks like evidence and
// could not be read is listed with its line and the reason. Blanked addresses
// ("108.162.[edited]", "MYIP", "x.x.x.x") become stand-ins in [Names]: equal text
// is an equal address, and what another line reveals about one is used.
//
// [Evidence.InferHost] concludes what the host must be like where nobody said,
// and keeps each conclusion with what it rests on.
//
// The package decides nothing about packets: it hands records, lines and rules
// to whoever does.
package evidence
