package coverage

import (
	"cmp"
	"slices"
	"sync"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/shadow"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// maxNames is the maximum number of datapaths that are named for a flow.
const maxNames = 3

// Collector records the flows that walks take.  It may be used concurrently.
type Collector struct {
	mu   sync.Mutex
	hits map[*lflow.Network]map[lflow.UUID]int
	dbs  []*Database
}

// Matched records that a walk takes a flow.
func (c *Collector) Matched(n *lflow.Network, _ *lflow.Datapath, f *lflow.Flow) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.hits == nil {
		c.hits = map[*lflow.Network]map[lflow.UUID]int{}
	}
	if c.hits[n] == nil {
		c.hits[n] = map[lflow.UUID]int{}
	}
	c.hits[n][f.UUID]++
}

// Add adds the coverage recorded for a network to that of the database with a name.  Several
// networks, such as a database read for several chassis, may have the same name.
func (c *Collector) Add(name string, n *lflow.Network) {
	c.mu.Lock()
	hits := c.hits[n]
	c.mu.Unlock()
	db := c.database(name)
	for _, w := range n.Warnings {
		if !slices.Contains(db.Warnings, w.Text) {
			db.Warnings = append(db.Warnings, w.Text)
		}
	}
	flows := flowStates(n, hits)
	if db.Flows == nil { // no copy, as there may be half a million flows
		db.Flows = flows
		return
	}
	place := make(map[string]int, len(db.Flows))
	for i, f := range db.Flows {
		place[f.UUID] = i
	}
	for _, f := range flows {
		i, ok := place[f.UUID]
		if !ok {
			place[f.UUID] = len(db.Flows)
			db.Flows = append(db.Flows, f)
			continue
		}
		old := &db.Flows[i]
		old.Hits += f.Hits
		if rank(f.State) < rank(old.State) {
			old.State, old.By = f.State, f.By
		}
	}
}

// rank orders states by how much is known about packets that can take the flow.
func rank(s State) int { return slices.Index(States(), s) }

func (c *Collector) database(name string) *Database {
	for _, db := range c.dbs {
		if db.Name == name {
			return db
		}
	}
	db := &Database{Name: name}
	c.dbs = append(c.dbs, db)
	return db
}

// Profile returns the coverage of the databases, in the order in which they were added.  The
// networks must remain open while the profile is in use.
func (c *Collector) Profile() *Profile {
	for _, db := range c.dbs {
		db.sum()
	}
	return &Profile{Version: Version, Databases: c.dbs}
}

// flowStates returns all flows of a network with their states.
func flowStates(n *lflow.Network, hits map[lflow.UUID]int) []Flow {
	out := make([]Flow, 0, n.FlowCount())
	sets := shadow.NewSets(n)
	n.EachTable(func(_ lflow.Pipeline, _ int, flows []lflow.Found) {
		slices.SortStableFunc(flows, func(a, b lflow.Found) int { return cmp.Compare(b.Flow.Priority, a.Flow.Priority) })
		table := shadow.NewTable(n)
		for _, f := range flows {
			state, by := stateOf(n, table, sets, f)
			if hits := hits[f.Flow.UUID]; hits > 0 {
				state, by = Covered, ""
			}
			out = append(out, describe(n, f, state, by, hits[f.Flow.UUID]))
		}
	})
	return out
}

// stateOf returns the state of a flow that no packet took.
func stateOf(n *lflow.Network, table *shadow.Table, sets *shadow.Sets, f lflow.Found) (s State, by string) {
	parses := f.Datapaths
	if fails := func(d *lflow.Datapath) bool { return f.Flow.Err(d) != nil }; slices.ContainsFunc(parses, fails) {
		if parses = slices.DeleteFunc(slices.Clone(parses), fails); len(parses) == 0 {
			return Unparsed, ""
		}
	}
	condition, ok := f.Flow.Condition()
	if !ok {
		return Unparsed, ""
	}
	r := table.Compare(f.Flow, sets.Of(parses), condition)
	switch {
	case r.Never || expr.Compile(condition, n.Binder()).Never(): // conditions on ports that do not exist are only found here
		return Never, ""
	case r.By != nil:
		return Shadowed, r.By[0].UUID.String()
	}
	return Missed, ""
}

func describe(n *lflow.Network, found lflow.Found, s State, by string, hits int) Flow {
	f := found.Flow
	hint, _ := f.ExternalID("stage-hint")
	source, _ := f.ExternalID("source")
	var names []string
	for _, d := range found.Datapaths[:min(maxNames, len(found.Datapaths))] {
		names = append(names, d.DisplayName(true))
	}
	return Flow{
		UUID: f.UUID.String(), Kind: found.Datapaths[0].Type, Datapaths: names, Pipeline: f.Pipeline.String(), Table: f.Table,
		Stage: f.Stage(), Priority: f.Priority, Match: n.Text(f.MatchText()).Friendly, Actions: f.ActionsText(),
		Hint: hint, Source: source, State: s, Hits: hits, By: by,
	}
}
