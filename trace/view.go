package trace

import "iter"

// View is one of the three ways in which ovn-trace(8) shows a trace.  A view
// decides which nodes are shown; it never changes the trace.
type View uint8

// The views.
const (
	Detailed View = iota // table by table, without the changes
	Summary              // actions without the tables
	Minimal              // only what can be seen from outside
)

// Children returns the nodes that the view shows for nodes, in order.  A node
// that the view leaves out makes place for those under it.
func (v View) Children(nodes []Node) iter.Seq[Node] {
	return func(yield func(Node) bool) { v.each(nodes, yield) }
}

func (v View) each(nodes []Node, yield func(Node) bool) bool {
	for _, n := range nodes {
		switch v.treatment(n.Class()) {
		case show:
			if !yield(n) {
				return false
			}
		case replace:
			if !v.each(n.Subs(), yield) {
				return false
			}
		default:
		}
	}
	return true
}

type treatment uint8

const (
	show    treatment = iota
	replace           // by what is under it
	hide
)

func (v View) treatment(c Class) treatment {
	if c == Aside {
		return hide
	}
	switch v {
	case Summary:
		if c == Modify || c == Lookup {
			return replace
		}
	case Minimal:
		if c == Do || c == Enter || c == Lookup || c == Output {
			return replace
		}
	default:
	}
	return show
}
