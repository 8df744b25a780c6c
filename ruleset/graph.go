package ruleset

import (
	"sort"
	"strings"
)

// Loop is a circle of jumps.
type Loop struct {
	Chains  []string // the way round; the first one is also the last
	Rule    *Rule    // the jump that closes it
	Reached bool     // a packet can get there from a built-in chain: the kernel refuses the rules
}

// String returns "a -> b -> a".
func (l Loop) String() string {
	names := l.Chains
	if len(names) > 12 {
		names = append(append(append([]string(nil), names[:6]...), "..."), names[len(names)-5:]...)
	}
	return strings.Join(names, " -> ")
}

// node is a chain while the graph is walked.
type node struct {
	c     *Chain
	next  int // rule to look at next
	mark  int8
	root  bool // reached from a built-in chain
	depth int  // jumps on the longest way down from here
	down  *node
}

const (
	unseen int8 = iota
	onPath
	seen
)

// walk goes through the table's jumps depth first, built-in chains first, and
// calls back for each jump that closes a loop. It does not recurse: chains nest
// as deep as a text likes.
func (t *Table) walk(loop func(path []*node, from *node, to *node, r *Rule)) map[string]*node {
	nodes := make(map[string]*node, len(t.Chains))
	var order []*node
	for _, c := range t.Chains {
		n := &node{c: c}
		nodes[c.Name] = n
		order = append(order, n)
	}
	sort.SliceStable(order, func(i, j int) bool { return order[i].c.Builtin && !order[j].c.Builtin })
	for _, start := range order {
		if start.mark != unseen {
			continue
		}
		start.root = start.c.Builtin
		start.mark = onPath
		path := []*node{start}
		for len(path) > 0 {
			n := path[len(path)-1]
			to, r := n.step(nodes)
			switch {
			case to == nil:
				n.mark = seen
				path = path[:len(path)-1]
				if len(path) > 0 {
					path[len(path)-1].reach(n)
				}
			case to.mark == unseen:
				to.root, to.mark = start.root, onPath
				path = append(path, to)
			case to.mark == onPath:
				loop(path, n, to, r)
			default:
				n.reach(to)
			}
		}
	}
	return nodes
}

func (n *node) reach(to *node) {
	if to.depth+1 > n.depth {
		n.depth, n.down = to.depth+1, to
	}
}

// step returns the next chain that the chain jumps to, nil after the last one.
func (n *node) step(nodes map[string]*node) (*node, *Rule) {
	for n.next < len(n.c.Rules) {
		r := n.c.Rules[n.next]
		n.next++
		if name, i := r.Jump(); i >= 0 {
			if to := nodes[name]; to != nil && !to.c.Builtin {
				return to, r
			}
		}
	}
	return nil, nil
}

// mostLoops is how many loops are told; a text can hold a million of them.
const mostLoops = 100

// Loops returns the circles among the table's jumps and gotos, at most a hundred.
func (t *Table) Loops() []Loop {
	var out []Loop
	t.walk(func(path []*node, from, to *node, r *Rule) {
		if len(out) == mostLoops {
			return
		}
		l := Loop{Rule: r, Reached: from.root}
		at := len(path) - 1
		for path[at] != to {
			at--
		}
		for _, n := range path[at:] {
			l.Chains = append(l.Chains, n.c.Name)
		}
		l.Chains = append(l.Chains, to.c.Name)
		out = append(out, l)
	})
	return out
}

// Deepest returns the longest way of jumps and gotos down from a built-in
// chain, loops left out. nf_tables refuses rules when it has more than 15 jumps
// (nf_tables_api.c, nft_chain_validate, NFT_JUMP_STACK_SIZE 16).
func (t *Table) Deepest() []string {
	nodes := t.walk(func([]*node, *node, *node, *Rule) {})
	var best *node
	for _, c := range t.Chains {
		if n := nodes[c.Name]; n.c.Builtin && (best == nil || n.depth > best.depth) {
			best = n
		}
	}
	var out []string
	for n := best; n != nil; n = n.down {
		out = append(out, n.c.Name)
	}
	return out
}
