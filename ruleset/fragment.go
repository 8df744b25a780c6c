package ruleset

import "fmt"

// targets that only one table has, or that make sense in one only.
var targetTable = map[string]string{
	"SNAT": "nat", "DNAT": "nat", "MASQUERADE": "nat", "REDIRECT": "nat", "NETMAP": "nat", "SAME": "nat",
	"CT": "raw", "NOTRACK": "raw", "RAWDNAT": "raw", "RAWSNAT": "raw",
	"TPROXY": "mangle", "TOS": "mangle", "DSCP": "mangle", "ECN": "mangle", "TTL": "mangle", "HL": "mangle",
	"MARK": "mangle", "CONNMARK": "mangle", "CLASSIFY": "mangle", "CHECKSUM": "mangle", "TCPOPTSTRIP": "mangle",
	"IMQ": "mangle", "SECMARK": "security", "CONNSECMARK": "security",
}

// decideTables finds the table of statements that name none.
func (p *parser) decideTables() {
	var group []*stmt
	rulesSeen := false
	flush := func() {
		if len(group) > 0 {
			p.decideGroup(group)
		}
		group, rulesSeen = nil, false
	}
	for _, st := range p.stmts {
		switch {
		case st.table != "": // known from the start
		case st.kind == stmtTable || st.kind == stmtCommit:
			flush()
			st.table = p.sections[st.section].table
		case p.sections[st.section].open:
			st.table = p.sections[st.section].table
		case st.kind == stmtCommand && st.cmd.table != "":
			st.table = st.cmd.table
		case st.style == styleShell && st.kind == stmtCommand:
			st.table = "filter"
		default:
			if st.declares() && rulesSeen && st.style != styleListing ||
				len(group) > 0 && group[0].section != st.section {
				flush()
			}
			rulesSeen = rulesSeen || !st.declares()
			group = append(group, st)
		}
	}
	flush()
}

// declares reports a line that names a built-in chain's policy: ":INPUT ACCEPT"
// or "-P INPUT ACCEPT". In a dump such lines come first.
func (st *stmt) declares() bool {
	return st.kind == stmtChain && st.chain.policy.Text != "-" || st.kind == stmtCommand && st.cmd.op == 'P'
}

func (st *stmt) chainName() string {
	if st.kind == stmtChain {
		return st.chain.name.Text
	}
	return st.cmd.chain.Text
}

// decideGroup finds the tables of tableless lines that belong together.
func (p *parser) decideGroup(group []*stmt) {
	declared := map[string]bool{}
	for _, st := range group {
		if st.declares() {
			declared[st.chainName()] = true
		}
	}
	table := p.sections[group[0].section].told
	if table == "" {
		table = tableOf(declared)
	}
	if table == "" && group[0].style == styleListing {
		table = listingTable(group, declared)
	}
	chains := userChains(group, table)
	noted := map[string]bool{}
	for _, st := range group {
		st.table = fragmentTable(st, table, chains)
		if st.table != "filter" && table == "" && !noted[st.table] {
			noted[st.table] = true
			p.note(st.pos, fmt.Sprintf("no table is named; %s taken for table %s", st.chainName(), st.table))
		}
	}
	if table == "" {
		p.note(group[0].pos, "no table is named; table filter assumed")
	}
}

// tableOf returns the table that has exactly the built-in chains declared.
func tableOf(declared map[string]bool) string {
	if len(declared) == 0 {
		return ""
	}
	for _, name := range []string{"filter", "nat", "mangle", "raw"} {
		for _, b := range BuiltinChains {
			if b.Table != name {
				continue
			}
			all := len(b.Chains) == len(declared) || name == "nat" && len(declared) == 3 && !declared["INPUT"]
			for c := range declared {
				all = all && IsBuiltin(name, c)
			}
			if all {
				return name
			}
		}
	}
	return ""
}

// listingTable finds the table of a listing of some of its chains.
func listingTable(group []*stmt, declared map[string]bool) string {
	names := []string{"filter", "nat", "mangle", "raw"}
	for _, st := range group {
		if target, _ := jump(st.cmd.words); targetTable[target] != "" && targetTable[target] != "mangle" {
			names = append([]string{targetTable[target]}, names...)
			break
		}
	}
	for _, name := range names {
		all := true
		for c := range declared {
			all = all && IsBuiltin(name, c)
		}
		if all {
			return name
		}
	}
	return ""
}

func fragmentTable(st *stmt, table string, chains map[string]string) string {
	name := st.chainName()
	switch {
	case table != "" && (IsBuiltin(table, name) || !isAnyBuiltin(name)):
		return table
	case !isAnyBuiltin(name):
		if t := chains[name]; t != "" {
			return t
		}
		return "filter"
	}
	if target, _ := jump(st.cmd.words); target != "" {
		if t := targetTable[target]; t != "" && IsBuiltin(t, name) {
			return wherePossible(t, name)
		}
		if t := chains[target]; t != "" && IsBuiltin(t, name) {
			return t
		}
		if name == "PREROUTING" && (target == "DROP" || target == "REJECT") {
			return "mangle" // nat drops nothing
		}
	}
	if IsBuiltin("filter", name) {
		return "filter"
	}
	return "nat"
}

// wherePossible keeps MARK in filter's chains apart from mangle's: it is allowed
// in both, and without a table it goes to filter as iptables would have it.
func wherePossible(t, chain string) string {
	if t == "mangle" && IsBuiltin("filter", chain) {
		return "filter"
	}
	return t
}

func isAnyBuiltin(chain string) bool {
	switch chain {
	case "PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING":
		return true
	}
	return false
}

// userChains finds the table of each user chain: where its targets can stand, or
// where the chain that jumps to it is.
func userChains(group []*stmt, table string) map[string]string {
	out := map[string]string{}
	type edge struct{ from, to string }
	var edges []edge
	for _, st := range group {
		if st.kind != stmtCommand {
			continue
		}
		name := st.chainName()
		target, _ := jump(st.cmd.words)
		t := targetTable[target]
		switch {
		case isAnyBuiltin(name) && t == "" && target != "":
			if table != "" && IsBuiltin(table, name) {
				t = table
			} else if name == "INPUT" || name == "FORWARD" {
				t = "filter"
			}
			if t != "" && out[target] == "" {
				out[target] = t
			}
		case !isAnyBuiltin(name) && t != "" && t != "mangle":
			out[name] = t
		}
		if !isAnyBuiltin(name) && target != "" {
			edges = append(edges, edge{name, target})
		}
	}
	for range 8 { // chains seldom nest deeper; what is left is filter's
		changed := false
		for _, e := range edges {
			switch {
			case out[e.from] != "" && out[e.to] == "":
				out[e.to], changed = out[e.from], true
			case out[e.to] != "" && out[e.from] == "":
				out[e.from], changed = out[e.to], true
			}
		}
		if !changed {
			break
		}
	}
	return out
}
