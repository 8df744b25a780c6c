package xt

// merged returns the parts as iptables-nft finds them again in the kernel: what
// it writes in nf_tables' own terms has lost which -m it came from, so that all
// tcp (or udp) conditions of a rule end up in the first such part, a later one
// replacing an earlier one of its kind (an inversion stays), and a condition that
// restricts nothing is gone.
func merged(parts []Part) []Part {
	first, count := -1, 0
	for i, p := range parts {
		if n, ok := p.Match.(native); ok && n.Native() {
			count++
			if first < 0 && !vanishes(p.Match) {
				first = i
			}
		}
	}
	if count == 0 {
		return parts
	}
	out := make([]Part, 0, len(parts))
	var at int
	for i, p := range parts {
		n, ok := p.Match.(native)
		switch {
		case !ok || !n.Native():
			out = append(out, p)
		case vanishes(p.Match):
		case i == first:
			at = len(out)
			p.Match = overlay(blank(p.Match), p.Match)
			out = append(out, p)
		default:
			out[at].Match = overlay(out[at].Match, p.Match)
		}
	}
	return out
}

// vanishes reports whether nf_tables' form of the match is empty: an inverted
// range of all ports.
func vanishes(m Match) bool {
	switch m := m.(type) {
	case *tcpMatch:
		return m.sport.any() && m.dport.any() && m.mask == 0
	case *udpMatch:
		return m.sport.any() && m.dport.any()
	}
	return false
}

// blank returns a match of m's kind that asks for nothing.
func blank(m Match) Match {
	all := portRange{0, 65535, false}
	switch m.(type) {
	case *tcpMatch:
		return &tcpMatch{sport: all, dport: all}
	case *udpMatch:
		return &udpMatch{sport: all, dport: all}
	}
	return m
}

// overlay returns a with what b asks for put over it.
func overlay(a, b Match) Match {
	switch b := b.(type) {
	case *tcpMatch:
		m := *a.(*tcpMatch)
		overlayPort(&m.sport, b.sport)
		overlayPort(&m.dport, b.dport)
		if b.mask != 0 {
			m.mask, m.comp, m.negFlags = b.mask, b.comp, m.negFlags || b.negFlags
		}
		return &m
	case *udpMatch:
		m := *a.(*udpMatch)
		overlayPort(&m.sport, b.sport)
		overlayPort(&m.dport, b.dport)
		return &m
	}
	return a
}

// overlayPort puts a condition over a range. "! 0:N" is a plain comparison in
// nf_tables and comes back as the lower bound N+1.
func overlayPort(to *portRange, from portRange) {
	switch {
	case from.any():
	case from.neg && from.lo == 0 && from.hi != 0:
		to.lo = from.hi + 1
	default:
		*to = portRange{from.lo, from.hi, to.neg || from.neg}
	}
}
