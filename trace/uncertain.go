package trace

// Walk calls f for n and every node under it, in order, until f returns false.
func Walk(n Node, f func(Node) bool) bool {
	if !f(n) {
		return false
	}
	for _, s := range n.Subs() {
		if !Walk(s, f) {
			return false
		}
	}
	return true
}

// IsUncertain reports whether a flow on the walk's way does not parse, so that
// what is shown may not be what happens.
func IsUncertain(t *Trace) bool {
	found := false
	Walk(t.Root, func(n Node) bool {
		_, found = n.(*Uncertain)
		return !found
	})
	return found
}
