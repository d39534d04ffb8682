package reach

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// tableKey identifies a table with the state of the packets that reach it.
type tableKey struct {
	datapath *lflow.Datapath
	pipeline lflow.Pipeline
	table    int
	state    int32
}

// lookupKey identifies packets that reach a table, and the flow that they take by its
// index; the number of flows stands for none.
type lookupKey struct {
	tableKey
	set  packetset.Set
	flow int
}

// lookup is the result of a lookup for packets that take the same flow.
type lookup struct {
	set       packetset.Set   // the packets that take it
	uncertain []packetset.Set // the packets that may match flows that do not parse
}

// few is the number of sets that are subtracted one by one.
const few = 24

// lookup returns the packets of a set that take the same flow as one of them. The set is a
// part of others.
func (x *space) lookup(d *lflow.Datapath, p lflow.Pipeline, table int, among, set packetset.Set, s *packetset.State, taken *lflow.Flow) lookup {
	flows := d.Network().Flows(d, p, table)
	key := lookupKey{tableKey{d, p, table, x.m.ID(s)}, set, 0}
	index := x.indexOf(key.tableKey, flows)
	place, listed := 0, false
	if index != nil {
		place, listed = index.place[taken]
	} else {
		place = slices.Index(flows, taken)
		listed = place >= 0
	}
	if !listed {
		place = len(flows)
	}
	key.flow = place
	if found, ok := x.lookups[key]; ok {
		return found
	}
	var found lookup
	if taken != nil {
		set = x.m.And(set, x.matches(taken, s, d))
	}
	if set != packetset.Empty && place > 0 {
		candidates, ok := x.candidates(key, among, flows, index, s, taken)
		if !ok {
			candidates = x.passed(place, set, flows, index, s, d)
		}
		var before []*lflow.Flow
		for _, f := range candidates {
			switch {
			case f.Err(d) == nil:
				before = append(before, f)
			case taken == nil || f.Priority > taken.Priority:
				found.uncertain = append(found.uncertain, x.match(f, s, d))
			}
		}
		if len(before) > few {
			set = x.m.Without(set, x.before(key.tableKey, flows[:place], s, d))
		} else {
			for _, b := range before {
				set = x.m.Without(set, x.matches(b, s, d))
			}
		}
	}
	found.set = set
	x.lookups[key] = found
	return found
}

// passed returns the flows before a place that some packets of a set may match.
func (x *space) passed(place int, set packetset.Set, flows []*lflow.Flow, index *flowIndex, s *packetset.State, d *lflow.Datapath) (out []*lflow.Flow) {
	filter := x.m.NewFilter(s, set)
	candidates := flows[:place]
	if index != nil {
		candidates = index.before(place, filter)
	}
	for _, f := range candidates {
		if !filter.Rejects(f.Matcher(), d.Index) {
			out = append(out, f)
		}
	}
	return out
}

// candidates returns the flows before a place that packets of a larger set may match; ok is
// false if there are many. All classes of the same larger set share them.
func (x *space) candidates(key lookupKey, among packetset.Set, flows []*lflow.Flow, index *flowIndex, s *packetset.State, taken *lflow.Flow) (out []*lflow.Flow, ok bool) {
	place := key.flow
	if key.set = among; taken != nil {
		among = x.m.And(among, x.matches(taken, s, key.datapath))
	}
	if among == packetset.Empty {
		return nil, false // a copy's packets are not part of a larger set
	}
	out, known := x.earlier[key]
	if !known {
		out = x.passed(place, among, flows, index, s, key.datapath)
		if len(out) > few {
			out = out[:few+1]
		}
		x.earlier[key] = out
	}
	return out, len(out) <= few
}

// matchKey identifies a flow that is compared with a state.
type matchKey struct {
	flow     *lflow.Flow
	datapath *lflow.Datapath
	state    int32
}

// matches caches match for few flows: classes with the same state compare the same ones.
func (x *space) matches(f *lflow.Flow, s *packetset.State, d *lflow.Datapath) packetset.Set {
	key := matchKey{f, d, x.m.ID(s)}
	set, known := x.matched[key]
	if !known {
		set = x.match(f, s, d)
		x.matched[key] = set
	}
	return set
}

// match returns the packets that match a flow.
func (x *space) match(f *lflow.Flow, s *packetset.State, d *lflow.Datapath) packetset.Set {
	if f.MatchesAll() {
		return packetset.All
	}
	return x.m.Match(f.Matcher(), s, d.Index, x.ports)
}

// before returns the packets that match one of the first flows of a table.
func (x *space) before(key tableKey, flows []*lflow.Flow, s *packetset.State, d *lflow.Datapath) packetset.Set {
	at := lookupKey{tableKey: key, flow: len(flows)}
	if known, ok := x.unions[at]; ok {
		return known
	}
	filter := x.m.NewFilter(s, packetset.All)
	var matchers []*expr.Matcher
	for _, f := range flows {
		if f.Err(d) == nil && !filter.Rejects(f.Matcher(), d.Index) {
			matchers = append(matchers, f.Matcher())
		}
	}
	union := x.m.MatchAny(matchers, s, d.Index, x.ports)
	x.unions[at] = union
	return union
}

// taken returns the flow that a packet takes in a table.
func taken(d *lflow.Datapath, p lflow.Pipeline, table int, q *packet.Packet) *lflow.Flow {
	return d.Network().Lookup(d, p, table, q).Flow
}
