// Package shadow finds logical flows that no packet can take: those whose condition is a
// contradiction, and those whose packets all match flows of higher priority in the same table, on
// every datapath that has them.  Its results are certain, but not complete: it does not find flows
// that several others cover only together, that are covered because a port is in a group, or that
// packets do not reach because of earlier tables.
package shadow

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Limits of the comparison.
const (
	// MaxFlowCubes is the maximum number of cubes of a flow's condition.
	MaxFlowCubes = 2048

	// MaxTableCubes is the maximum number of cubes of the flows of one table.
	MaxTableCubes = 1 << 20
)

// Result is the result for a flow.  At most one of Never, By and TooMany is set.
type Result struct {
	Never   bool          // no packet satisfies the condition
	By      []*lflow.Flow // the flows that take all of its packets, at most a few
	TooMany bool          // the condition has too many cubes to compare

	// Cubes are the packets that the flow matches on the network's chassis, if
	// neither Never, By nor TooMany is set.
	Cubes []expr.Cube
}

// Table compares the flows of one table.
type Table struct {
	n        *lflow.Network
	index    index // of the flows of higher priority
	level    []*flow
	priority int
	cubes    int                     // the number of cubes so far
	chassis  map[string]*expr.Symbol // the symbols that represent is_chassis_resident(), by port
}

// flow is a flow of the current priority.
type flow struct {
	*lflow.Flow
	on    *Datapaths
	cubes []expr.Cube
}

// NewTable returns the comparison of a table's flows.
func NewTable(n *lflow.Network) *Table {
	return &Table{n: n, index: index{known: map[string]*signature{}}, chassis: map[string]*expr.Symbol{}}
}

// Compare compares a flow with those of higher priority.  It must be called with flows in the order
// of their priorities, the highest first.  on are the datapaths on which the flow parses, and
// condition is that of lflow.Flow.Condition.
func (t *Table) Compare(f *lflow.Flow, on *Datapaths, condition expr.Expr) (r Result) {
	if f.Priority != t.priority { // flows of one priority do not cover each other
		for _, g := range t.level {
			t.index.add(g)
		}
		clear(t.level)
		t.level, t.priority = t.level[:0], f.Priority
	}
	condition = expr.Simplify(condition)
	bits := t.chassisBits(condition)
	cubes, ok := t.cubesOf(bits)
	if !ok {
		return Result{TooMany: true}
	}
	if len(cubes) == 0 {
		return Result{Never: true}
	}
	t.level = append(t.level, &flow{f, on, cubes})
	if by := t.index.over(on, cubes); by != nil {
		return Result{By: by}
	}
	if bits != condition {
		cubes, _ = t.cubesOf(expr.Conditions(condition, t.n.Binder().Resident))
	}
	return Result{Cubes: cubes}
}

// cubesOf returns the cubes of a condition, unless there are too many.
func (t *Table) cubesOf(e expr.Expr) ([]expr.Cube, bool) {
	cubes, ok := expr.Cubes(e, min(MaxFlowCubes, MaxTableCubes-t.cubes), func(string) bool { return true })
	t.cubes += len(cubes)
	return cubes, ok
}

// chassisBits returns an expression in which each is_chassis_resident() is replaced by a comparison of
// a bit for its port.
func (t *Table) chassisBits(e expr.Expr) expr.Expr {
	subs := func(list []expr.Expr) []expr.Expr {
		for i, s := range list {
			if bits := t.chassisBits(s); bits != s {
				out := slices.Clone(list)
				for j := i; j < len(list); j++ {
					out[j] = t.chassisBits(list[j])
				}
				return out
			}
		}
		return nil
	}
	switch e := e.(type) {
	case *expr.Resident:
		s := t.chassis[e.Port]
		if s == nil {
			s = &expr.Symbol{Name: "is_chassis_resident(" + expr.Quote(e.Port) + ")", Width: 1, Level: expr.Boolean}
			t.chassis[e.Port] = s
		}
		c := &expr.Cmp{Symbol: s, Op: expr.EQ, Mask: packet.Ones(1)}
		if !e.Not {
			c.Value = c.Mask
		}
		return c
	case *expr.And:
		if list := subs(e.Subs); list != nil {
			return expr.Simplify(expr.AllOf(list...))
		}
	case *expr.Or:
		if list := subs(e.Subs); list != nil {
			return expr.Simplify(expr.AnyOf(list...))
		}
	}
	return e
}
