// Package ruleset is the text of a firewall.
//
// [Parse] reads what people have and returns a [File]: the text with every byte
// of it, and what it comes to. That is a [Ruleset] for each family, the state of
// the tables after all commands of the text were applied in order: tables hold
// chains, chains hold rules, each [Rule] with its words, their positions and the
// line as it was written. Ipsets and sysctls that the text sets come along.
//
// An edit ([File.Edit]) touches its own line only and is written as the lines
// around it are; [Diff] shows it. [Ruleset.AppendSave] prints the state in the
// order of iptables-save.
//
// Mistakes are reported as an [ErrorList], all of a text at once. With [Lenient]
// there are none: prose is passed over, and what looked like a rule and was none
// is listed.
//
// The package knows no extension: which option belongs to which match, and what
// a match means, is package xt's. An unknown extension still parses and prints.
// It opens no file and starts no program.
//
// # What is read
//
// Forms may follow each other in one text. Each is known by its content
// ([Sniff]).
//
//	text     = { save | command | listing | set | ufw | "#" comment | blank } | script
//
//	save     = "*" table { chain | rule } "COMMIT"          ; iptables-restore
//	chain    = ":" name policy [ counters ]
//	policy   = "ACCEPT" | "DROP" | "-"
//	rule     = [ counters ] [ "-4" | "-6" ] words           ; words hold one operation
//	counters = "[" packets ":" bytes "]"
//
//	command  = [ prompt ] [ "sudo" ] [ program ] words { ";" command }
//	program  = [ path ] ( "iptables" | "ip6tables" | ... ) | "$IPT" | ...
//	words    = operation and options, in any order:
//	           -A chain | -I chain [ n ] | -R chain n | -D chain [ n ] | -C chain
//	           -N chain | -X [ chain ] | -E old new | -F [ chain ] | -Z [ chain [ n ] ]
//	           -P chain policy | -L [ chain ] | -S [ chain ]
//	           -t table | -c packets bytes | -4 | -6 | -w [ n ] | -W n | -v | -n | -x
//	           and what is left: the rule
//
//	listing  = [ "Table: " name ] { "Chain" head columns { row } }
//	head     = name "(policy" policy [ n "packets," n "bytes" ] ")" | name "(" n "references)"
//	row      = [ n ] [ packets bytes ] [ target ] protocol [ "--" | "-f" | "!f" ]
//	           [ in out ] source destination [ "[goto]" ] extras
//
//	set      = { "create" name type options | "add" name entry options }
//	         | { "Name:" name "Type:" type "Header:" options "Members:" { entry options } }
//
//	ufw      = "Status: active" [ "Logging:" .. ] [ "Default:" .. ] { [ "[" n "]" ] to action from }
//
// Long options may stand for short ones, shortened as far as they stay unique,
// with their value attached by "=". In a save section the double quote is the
// only one, and it ends the word, as in iptables-restore; elsewhere words are
// quoted as in a POSIX shell.
//
// Lines without a table go to filter, unless the chain or the target belongs to
// another; [File.Notes] says so. Addresses and protocols that only one family
// has decide the family where no program does.
//
// A script, known by "#!" or by what only a shell understands, is parsed with
// mvdan.cc/sh and run here: variables, arithmetic, functions, loops, conditions,
// here-documents, pipes. Its only commands are those of netfilter and what deals
// with text; what another program would print is not known, and words that hold
// it are marked ([Word.Unknown]). A script can take a bounded number of steps.
package ruleset
