package coverage

import (
	"slices"
	"sync"

	"github.com/ovnwalk/ovnwalk/lflow"
)

// maxNames bounds the datapaths that are named for a flow.
const maxNames = 3

// Collector gathers which flows walks take.  It may be used by several
// goroutines.
type Collector struct {
	mu   sync.Mutex
	hits map[*lflow.Network]map[lflow.UUID]int
	dbs  []*Database
}

// Matched takes note of a flow that a walk takes.
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

// Add sums up what was gathered over a network, whose database goes by a name.
// Several networks of one name, as a database looked at from several chassis,
// count together.
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
	if db.Flows == nil { // a network of half a million flows is not copied
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

// rank orders states by how much they say that a packet can come there.
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

// Profile returns what was added, in the order in which it was.  It refers to
// the networks' databases, which must stay open as long as it is in use.
func (c *Collector) Profile() *Profile {
	for _, db := range c.dbs {
		db.sum()
	}
	return &Profile{Version: Version, Databases: c.dbs}
}

// flowStates returns all flows of a network with their states.
func flowStates(n *lflow.Network, hits map[lflow.UUID]int) []Flow {
	// A flow's place among those returned, from 1, and on how many datapaths it is
	// yet to be met.
	type progress struct{ place, left int32 }
	met := map[lflow.UUID]*progress{}
	n.EachTable(func(_ *lflow.Datapath, _ lflow.Pipeline, flows []*lflow.Flow) {
		for _, f := range flows {
			if at := met[f.UUID]; at != nil {
				at.left++
			} else {
				met[f.UUID] = &progress{left: 1}
			}
		}
	})
	out := make([]Flow, 0, len(met))
	shadows := NewShadowFinder(n)
	var here []*progress
	n.EachTable(func(d *lflow.Datapath, p lflow.Pipeline, flows []*lflow.Flow) {
		here = here[:0]
		for _, f := range flows {
			here = append(here, met[f.UUID])
		}
		// Only what may still be unreachable everywhere is asked for.
		open := func(i int) bool { return here[i].place == 0 || rank(out[here[i].place-1].State) > rank(Missed) }
		shadowed := shadows.In(d, flows, func(i int) bool {
			return open(i) && hits[flows[i].UUID] == 0 && flows[i].Err(d) == nil && !shadows.Never(flows[i])
		})
		for i, f := range flows {
			at := here[i]
			switch {
			case at.place == 0:
				state, by := stateOf(f, d, hits[f.UUID], shadowed[i], shadows)
				out = append(out, describe(n, d, p, f, state, by, hits[f.UUID]))
				at.place = int32(len(out))
			case open(i):
				state, by := stateOf(f, d, hits[f.UUID], shadowed[i], shadows)
				out[at.place-1].also(d, state, by)
			default:
				out[at.place-1].also(d, out[at.place-1].State, "")
			}
			if at.left--; at.left == 0 {
				shadows.Forget(f)
			}
		}
	})
	return out
}

func stateOf(f *lflow.Flow, d *lflow.Datapath, hits int, over *lflow.Flow, s *ShadowFinder) (State, string) {
	switch {
	case hits > 0:
		return Covered, ""
	case f.Err(d) != nil:
		return Unparsed, ""
	case s.Never(f):
		return Never, ""
	case over != nil:
		return Shadowed, over.UUID.String()
	}
	return Missed, ""
}

func describe(n *lflow.Network, d *lflow.Datapath, p lflow.Pipeline, f *lflow.Flow, s State, by string, hits int) Flow {
	hint, _ := f.ExternalID("stage-hint")
	source, _ := f.ExternalID("source")
	return Flow{
		UUID: f.UUID.String(), Kind: d.Type, Datapaths: []string{d.DisplayName(true)}, Pipeline: p.String(), Table: f.Table,
		Stage: f.Stage(), Priority: f.Priority, Match: n.Friendly(f.MatchText(), true), Actions: f.ActionsText(),
		Hint: hint, Source: source, State: s, Hits: hits, By: by,
	}
}

// also adds another datapath that has the flow, with the flow's state there.
func (f *Flow) also(d *lflow.Datapath, s State, by string) {
	if len(f.Datapaths) < maxNames {
		f.Datapaths = append(f.Datapaths, d.DisplayName(true))
	}
	if rank(s) < rank(f.State) {
		f.State, f.By = s, by
	}
}
