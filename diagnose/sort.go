package diagnose

import "sort"

// sortByCount puts the findings with most subjects first.
func sortByCount(fs []*Finding) {
	sort.SliceStable(fs, func(i, j int) bool { return fs[i].Count > fs[j].Count })
}
