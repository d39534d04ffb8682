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

// IsUncertain reports whether what is shown may not be what happens: a flow on
// the walk's way does not parse, an action is not modelled, or a limit ended
// the walk.
func IsUncertain(t *Trace) bool {
	for _, d := range Verdicts(t) {
		if d.Outcome == OutcomeUncertain {
			return true
		}
	}
	return false
}
