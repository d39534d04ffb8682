package vet

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/northd"
	"github.com/ovnwalk/ovnwalk/internal/progress"
	"github.com/ovnwalk/ovnwalk/internal/report"
	"github.com/ovnwalk/ovnwalk/internal/shadow"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// Limits on comparisons.
const (
	// maxPairs is how many pairs of cubes are compared in all.
	maxPairs = 100_000_000

	// maxOverlaps is how many overlaps are reported one by one.
	maxOverlaps = 1000
)

// compare compares flows with each other, table by table.
func (v *checker) compare(flows []*flow) {
	tables := map[tableKey][]*flow{}
	var keys []tableKey
	for _, f := range flows {
		at := tableKey{f.Pipeline, f.Table}
		if tables[at] == nil {
			keys = append(keys, at)
		}
		tables[at] = append(tables[at], f)
	}
	slices.SortFunc(keys, func(a, b tableKey) int {
		return cmp.Or(cmp.Compare(a.pipeline, b.pipeline), cmp.Compare(a.table, b.table))
	})
	o := &overlaps{v: v, known: map[*northd.Pair]*Finding{}, left: maxPairs, higherCubes: map[string][]expr.Cube{}}
	for _, at := range keys {
		if v.ctx.Err() != nil {
			return
		}
		list := tables[at]
		slices.SortStableFunc(list, func(a, b *flow) int { return cmp.Compare(b.Priority, a.Priority) })
		c := &comparison{v: v, table: shadow.NewTable(v.n)}
		for i := 0; i < len(list); {
			j := i
			for j < len(list) && list[j].Priority == list[i].Priority {
				j++
			}
			o.among(c.priority(list[i:j], o))
			progress.Add(v.ctx, j-i, 0)
			i = j
		}
		v.never(c.never, list)
		if c.skipped > 0 {
			v.add(Finding{
				Code: NotCompared, Count: 1,
				Message: fmt.Sprintf("%s of %s table %d %s not compared with others: more than %d alternatives in a match, or %d in the table",
					report.Count(c.skipped, "flow"), at.pipeline, at.table, wasOrWere(c.skipped), shadow.MaxFlowCubes, shadow.MaxTableCubes),
			})
		}
	}
	o.finish()
}

// comparison is the state of comparing the flows of a table, in descending order of priority.
type comparison struct {
	v       *checker
	table   *shadow.Table
	skipped int // number of flows with too many cubes
	never   []*flow
}

// priority compares the flows of one priority with those above, and returns the
// cubes of those that packets may take.
func (c *comparison) priority(flows []*flow, o *overlaps) (items []flowCube) {
	for _, f := range flows {
		if f.match == nil || len(f.parses.List) == 0 {
			continue
		}
		r := c.table.Compare(f.Flow, f.parses, expr.Annotate(expr.AllOf(f.match, f.actions.Prereqs)))
		switch {
		case r.TooMany:
			c.skipped++
		case r.Never:
			c.never = append(c.never, f)
		case r.By != nil:
			c.v.shadowed(f, r.By)
		default:
			action := o.action(f)
			for _, cube := range r.Cubes {
				items = append(items, flowCube{f, cube, action})
			}
		}
	}
	return items
}

// shadowed reports a flow that others cover.
func (v *checker) shadowed(f *flow, over []*lflow.Flow) {
	found := Finding{Code: Shadowed, Flows: []Where{where(f.Flow)}, Datapaths: f.names()}
	var ids []string
	for _, g := range over {
		found.Flows = append(found.Flows, where(g))
		ids = append(ids, fmt.Sprintf("%s at priority %d", short(g.UUID.String()), g.Priority))
	}
	verb := "take"
	if len(over) == 1 {
		verb = "takes"
	}
	found.Message = fmt.Sprintf("no packet takes the flow, for %s %s all that it matches", strings.Join(ids, ", "), verb)
	found.KnownReason = northd.ShadowReason(f.Flow, over)
	v.add(found)
}

// short returns the part of a UUID by which people refer to a flow.
func short(uuid string) string { return uuid[:min(8, len(uuid))] }

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
			Code: NeverMatches, Flows: []Where{where(f.Flow)}, Datapaths: f.names(),
			Message: "no packet satisfies the match together with what the actions require", KnownReason: northd.NeverReason(f),
		}
		if hint, ok := f.ExternalID("stage-hint"); ok && alive[hint] {
			found.KnownReason = "other flows of the same rule match: northd makes them for every family of addresses and protocol"
		}
		v.add(found)
	}
}
