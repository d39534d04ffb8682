package vet

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/northd"
	"github.com/ovnwalk/ovnwalk/internal/progress"
	"github.com/ovnwalk/ovnwalk/internal/report"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// Bounds of what is compared.
const (
	// maxFlowCubes is how many cubes one flow may come to.
	maxFlowCubes = 2048

	// maxTableCubes is how many the flows of one table may come to.
	maxTableCubes = 1 << 20

	// maxPairs is how many pairs of cubes are compared in all.
	maxPairs = 100_000_000

	// maxOverlaps is how many overlaps are reported one by one.
	maxOverlaps = 1000
)

// compare compares flows with each other, table by table.
func (v *checker) compare(flows []*flow) {
	tables := map[tableKey][]*flow{}
	var spots []tableKey
	for _, f := range flows {
		at := tableKey{f.Pipeline, f.Table}
		if tables[at] == nil {
			spots = append(spots, at)
		}
		tables[at] = append(tables[at], f)
	}
	slices.SortFunc(spots, func(a, b tableKey) int {
		return cmp.Or(cmp.Compare(a.pipeline, b.pipeline), cmp.Compare(a.table, b.table))
	})
	o := &overlaps{v: v, known: map[*northd.Pair]*Finding{}, left: maxPairs, higherCubes: map[string][]expr.Cube{}}
	for _, at := range spots {
		if v.ctx.Err() != nil {
			return
		}
		list := tables[at]
		slices.SortStableFunc(list, func(a, b *flow) int { return cmp.Compare(b.Priority, a.Priority) })
		c := &comparison{v: v, index: newCoverIndex()}
		for i := 0; i < len(list); {
			j := i
			for j < len(list) && list[j].Priority == list[i].Priority {
				j++
			}
			c.priority(list[i:j], o)
			progress.Add(v.ctx, j-i, 0)
			i = j
		}
		v.never(c.never, list)
		if c.skipped > 0 {
			v.add(Finding{
				Code: NotCompared, Count: 1,
				Message: fmt.Sprintf("%s of %s table %d %s not compared with others: more than %d alternatives in a match, or %d in the table",
					report.Count(c.skipped, "flow"), at.pipeline, at.table, wasOrWere(c.skipped), maxFlowCubes, maxTableCubes),
			})
		}
	}
	o.finish()
}

// comparison is what is known of a table while its flows are gone through, the
// highest priority first.
type comparison struct {
	v       *checker
	index   *coverIndex
	cubes   int // how many there are so far
	skipped int // how many flows have too many
	never   []*flow
}

// priority compares the flows of one priority with each other, and with those
// above.
func (c *comparison) priority(flows []*flow, o *overlaps) {
	var items []flowCube
	for _, f := range flows {
		if f.match == nil {
			continue
		}
		cond := expr.Simplify(expr.Annotate(expr.AllOf(f.match, f.actions.Prereqs)))
		most, ok := c.cubesOf(assumeResident(cond, true))
		if !ok {
			c.skipped++
			continue
		}
		seen, least := most, most
		if conditional(cond) {
			seen, _ = c.cubesOf(expr.Conditions(cond, c.v.n.Binder().Resident))
			least, _ = c.cubesOf(assumeResident(cond, false))
		}
		f.least = least
		if len(most) == 0 {
			c.never = append(c.never, f)
			continue
		}
		if over := c.index.over(f, most); over != nil {
			c.v.shadowed(f, over)
			continue // nothing more is to be said of a flow that no packet takes
		}
		action := o.action(f)
		for _, cube := range seen {
			items = append(items, flowCube{f, cube, action})
		}
	}
	o.among(items)
	for _, f := range flows {
		if f.everywhere() {
			c.index.add(f, f.least)
		}
		f.least = nil
	}
}

// cubesOf returns the cubes of a condition, unless they are too many.
func (c *comparison) cubesOf(e expr.Expr) ([]expr.Cube, bool) {
	limit := min(maxFlowCubes, maxTableCubes-c.cubes)
	cubes, ok := expr.Cubes(e, limit, func(string) bool { return true })
	c.cubes += len(cubes)
	return cubes, ok
}

// everywhere reports whether a flow parses on each datapath that has it.
func (f *flow) everywhere() bool {
	return f.match != nil && !slices.ContainsFunc(f.on.list, func(d *lflow.Datapath) bool { return f.Err(d) != nil })
}

// conditional reports whether an expression asks which chassis has a port.
func conditional(e expr.Expr) (found bool) {
	expr.Walk(e, func(e expr.Expr) bool {
		_, is := e.(*expr.Resident)
		found = found || is
		return !found
	})
	return found
}

// assumeResident returns an expression with the conditions on chassis replaced by a
// truth: it holds of all packets of which e may hold on some chassis, or only
// of those of which it holds on each.
func assumeResident(e expr.Expr, truth bool) expr.Expr {
	subs := func(list []expr.Expr) []expr.Expr {
		out := make([]expr.Expr, len(list))
		for i, s := range list {
			out[i] = assumeResident(s, truth)
		}
		return out
	}
	switch e := e.(type) {
	case *expr.Resident:
		return expr.Bool(truth)
	case *expr.And:
		return expr.Simplify(expr.AllOf(subs(e.Subs)...))
	case *expr.Or:
		return expr.Simplify(expr.AnyOf(subs(e.Subs)...))
	}
	return e
}

// never reports the flows whose matches contradict themselves.  Of a rule from
// which northd makes a flow for each family of addresses, those of the other
// family do.
func (v *checker) never(flows []*flow, all []*flow) {
	dead, alive := map[*flow]bool{}, map[string]bool{}
	for _, f := range flows {
		dead[f] = true
	}
	for _, f := range all {
		if hint, ok := f.ExternalID("stage-hint"); ok && f.match != nil && !dead[f] {
			alive[hint] = true
		}
	}
	for _, f := range flows {
		found := Finding{
			Code: NeverMatches, Flows: []Where{where(f.Flow)}, Datapaths: f.on.names(),
			Message: "no packet satisfies the match together with what the actions require", KnownReason: northd.NeverReason(f),
		}
		if hint, ok := f.ExternalID("stage-hint"); ok && alive[hint] {
			found.KnownReason = "other flows of the same rule match: northd makes them for every family of addresses and protocol"
		}
		v.add(found)
	}
}
