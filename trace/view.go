package trace

import "iter"

// View is one of the three forms in which ovn-trace(8) shows a trace. A view selects nodes; it
// never changes the trace.
type View uint8

// The views.
const (
	Detailed View = iota // each table with its flow
	Summary              // actions without the tables
	Minimal              // modifications and outputs only
)

// Children returns the nodes that the view shows for nodes, in order. A node that the view omits
// is replaced by the nodes under it.
func (v View) Children(nodes []Node) iter.Seq[Node] {
	return func(yield func(Node) bool) { v.each(nodes, yield) }
}

func (v View) each(nodes []Node, yield func(Node) bool) bool {
	for _, n := range nodes {
		switch v.visibility(n.Class()) {
		case visible:
			if !yield(n) {
				return false
			}
		case inlined:
			if !v.each(n.Subs(), yield) {
				return false
			}
		default:
		}
	}
	return true
}

type visibility uint8

const (
	visible visibility = iota
	inlined            // replaced by the nodes under it
	hidden
)

func (v View) visibility(c Class) visibility {
	if c == ClassAnnotation {
		return hidden
	}
	switch v {
	case Summary:
		if c == ClassModify || c == ClassTable {
			return inlined
		}
	case Minimal:
		if c == ClassAction || c == ClassPipeline || c == ClassTable || c == ClassOutput {
			return inlined
		}
	default:
	}
	return visible
}

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
