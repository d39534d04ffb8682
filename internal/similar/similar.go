// Package similar suggests existing names that are similar to an unknown one.
package similar

import (
	"slices"
	"strings"
)

// Names returns the names that are similar to an unknown one: at most three, those with the smallest
// edit distance first.
func Names(name string, names []string) []string {
	type near struct {
		name string
		off  int
	}
	limit := max(1, min(3, len(name)/3))
	var found []near
	for _, s := range names {
		if len(s) > maxName || s == name || s == "" {
			continue
		}
		if d := distance(strings.ToLower(name), strings.ToLower(s), limit); d <= limit {
			found = append(found, near{s, d})
		}
	}
	slices.SortFunc(found, func(a, b near) int {
		if a.off != b.off {
			return a.off - b.off
		}
		return strings.Compare(a.name, b.name)
	})
	found = slices.Compact(found)
	var out []string
	for _, f := range found[:min(3, len(found))] {
		out = append(out, f.name)
	}
	return out
}

// Hint returns the suggestion for an unknown name: a question with the similar names, or all names
// after a phrase such as "there are".
func Hint(name string, names []string, verb string) string {
	if near := Names(name, names); len(near) > 0 {
		return Question(near)
	}
	return strings.TrimSpace(verb + " " + strings.Join(names, ", "))
}

// Question returns the question whether one of several names was meant.
func Question(names []string) string { return "did you mean " + strings.Join(names, " or ") + "?" }

// maxName is the maximum length of names that are compared.
const maxName = 200

// distance returns the edit distance of a and b: the number of characters that must be inserted,
// deleted, replaced or exchanged with their neighbor.  It stops counting above limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit || len(a) > maxName {
		return limit + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(last[j]+1, row[j-1]+1, change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
