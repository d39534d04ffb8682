package trace

import "iter"

// Path is the path of a copy of the packet to a node of its trace.
type Path struct {
	Parent   *Path // the path to the node that contains this one, or nil for the root
	Node     Node
	Pipeline *Pipeline // the innermost one; the node itself if it is one
	Table    *Table    // the last table that the copy reached, nil before the first

	// Relation is the relation of the copy to the packet of the trace: ForkGenerated if
	// any fork on the path is, otherwise ForkCopy if any is.
	Relation ForkRelation
}

// Paths returns the path to each node of a trace, in the order of the walk: a node
// comes before its descendants.
func Paths(t *Trace) iter.Seq[*Path] {
	return func(yield func(*Path) bool) {
		if t.Root != nil {
			(&Path{}).each([]Node{t.Root}, yield)
		}
	}
}

// each yields the paths to nodes below p, and to the nodes below those.
func (p *Path) each(nodes []Node, yield func(*Path) bool) bool {
	for _, n := range nodes {
		at := &Path{Parent: p, Node: n, Pipeline: p.Pipeline, Table: p.Table, Relation: p.Relation}
		if p.Node == nil {
			at.Parent = nil
		}
		switch n := n.(type) {
		case *Pipeline:
			at.Pipeline = n
		case *Table:
			at.Table = n
		case *Fork:
			at.Relation = max(p.Relation, n.Kind.Relation())
		case *Action, *Drop, *Change, *Delivered, *Reached, *Replaced, *Omitted, *Log, *Remark, *Uncertain, *Overlap:
		}
		if !yield(at) || !at.each(n.Subs(), yield) {
			return false
		}
	}
	return true
}
