package reach

import (
	"slices"
	"sync"

	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/internal/witness"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// Packets that are not addressed to the destination of a question count only if they
// arrive. A class of such packets may have several traces: the path of a copy outside of
// the bound does not distinguish them, nor does the choice among flows with the same
// actions.

// effort is the precision with which packets are divided into classes.
type effort uint8

const (
	// whole distinguishes packets by the trace and everything that package verdict reads of
	// it.
	whole effort = iota
	// arriving ignores the paths of copies that cannot arrive.
	arriving
	// missing also treats flows with the same actions as one, and decides nothing for the
	// verdict. It is for classes without an arriving packet.
	missing
)

// goal is the ports at which packets must arrive, and the bound of these packets.
type goal struct {
	to    []*lflow.Port
	bound *witness.Arrivals
	alive map[aliveKey]packetset.Set
}

type aliveKey struct {
	datapath *lflow.Datapath
	stage    witness.Stage
	state    int32
}

func newGoal(to []*lflow.Port, bound *witness.Arrivals) *goal {
	return &goal{to: to, bound: bound, alive: map[aliveKey]packetset.Set{}}
}

// efforts returns the efforts to try for a class with some ends, in order, until one
// suffices.
func (x *space) efforts(ends []verdict.Disposition, loops bool) []effort {
	switch {
	case x.goal == nil || loops || x.commits || x.sessions != nil: // commits of copies matter for replies
		return []effort{whole}
	case x.goal.isReached(ends):
		return []effort{arriving, whole}
	}
	return []effort{missing, arriving, whole}
}

// isReached reports whether a packet with some ends arrives.
func (g *goal) isReached(ends []verdict.Disposition) bool {
	return slices.ContainsFunc(ends, func(e verdict.Disposition) bool {
		return e.Outcome == verdict.OutcomeDelivered && slices.ContainsFunc(g.to, func(p *lflow.Port) bool { return e.Port == p.Ref() })
	})
}

// suffices reports whether the effort was sufficient to determine the class.
func (r *image) suffices() bool {
	switch {
	case r.effort == whole:
		return true
	case r.spoiled || r.problem != "":
		return false
	}
	return r.effort == arriving || len(r.frames) == 0 && !slices.ContainsFunc(r.arrivals, func(a arrival) bool { return slices.Contains(r.goal.to, a.port) })
}

// isDead reports whether a copy that reaches a table cannot arrive. It restricts the class
// to the packets for which that is the same.
func (r *image) isDead(s *packetset.State, d *lflow.Datapath, stage witness.Stage, w way) bool {
	if r.effort == whole || w.made || w.leftover || r.problem != "" {
		return false
	}
	b := r.goal.bound.At(d, stage)
	if b.All {
		return false
	}
	key := aliveKey{d, stage, r.m.ID(s)}
	alive, known := r.goal.alive[key]
	if !known {
		alive = r.m.Or(r.among(s, b.Direct), r.m.And(r.among(s, b.Leaving), r.among(s, b.Addressed)))
		r.goal.alive[key] = alive
	}
	if r.decide(alive) {
		return false
	}
	if !r.cut {
		r.cut, r.chosenBefore = true, r.chosen
	}
	return true
}

// among returns the original packets whose state is in one of several regions.
func (r *image) among(s *packetset.State, list []*witness.Region) packetset.Set {
	sets := make([]packetset.Set, len(list))
	for i, g := range list {
		sets[i] = packetset.All
		g.Words(func(word int, value, mask uint64) {
			if sets[i] != packetset.Empty {
				sets[i] = r.m.And(sets[i], r.m.Word(s, word, mask, value))
			}
		})
		if types, only := typesOf(g); only {
			sets[i] = r.m.And(sets[i], r.oneOf(s, packet.EthType, types))
		}
	}
	return r.m.Union(sets)
}

// afterCut records that a copy depends on earlier copies that were left out: on what they
// committed to a zone, or on their choices. Such a copy does not reach the port of a zone
// if every packet there may arrive.
func (r *image) afterCut(z *zone) {
	if r.cut && !r.spoiled {
		r.spoiled = z == nil || z.datapath.Type == "logical-router" || !z.port.IsConstant() ||
			!r.goal.bound.MayEach(z.datapath, z.port.Value.Lo)
	}
}

// maxAlike is the maximum number of flows of a table in which flows with the same actions
// are treated as one.
const maxAlike = 256

// sameActions returns for each flow of a table the index of the first one with the same
// actions, or nil if flows are not treated as one. If returning is true, actions that return
// packets are the same if they differ only in addresses.
func (x *space) sameActions(at tableKey, d *lflow.Datapath, flows []*lflow.Flow, returning bool) (same []int) {
	key := actionsKey{at, returning}
	key.state = 0
	same, known := x.actions[key]
	if known {
		return same
	}
	if len(flows) <= maxAlike && !slices.ContainsFunc(flows, func(f *lflow.Flow) bool { return f.Err(d) != nil }) {
		first := map[string]int{}
		for i, f := range flows {
			text, ok := "", false
			if returning {
				text, ok = returned(f.Actions().List)
			}
			if !ok {
				text = f.ActionsText()
			}
			if _, ok := first[text]; !ok {
				first[text] = i
			}
			same = append(same, first[text])
		}
	}
	x.actions[key] = same
	return same
}

// actionsKey identifies a table, and which of its flows are treated as one.
type actionsKey struct {
	tableKey
	returning bool
}

// returned returns the text of actions that return packets to the port by which they came,
// without the addresses that they set. ok is false for other actions.
func returned(list []action.Action) (text string, ok bool) {
	for i, a := range list {
		switch a := a.(type) {
		case *action.Output:
			return text, ok && i == len(list)-1
		case *action.Load:
			field, _, bits := a.Dst.Resolve()
			switch {
			case field == nil, field == packet.Outport, field == packet.Inport:
				return "", false
			case !field.Register && bits == field.Bits && bits >= 32: // an address
				text += field.Name + ";"
				continue
			}
		case *action.Move:
			to, _, _ := a.Dst.Resolve()
			switch from, _, _ := a.Src.Resolve(); {
			case to == packet.Outport && from == packet.Inport:
				ok = true
			case to == nil, to.Register:
				return "", false
			}
		default:
			return "", false
		}
		text += action.Format(a)
	}
	return "", false
}

// endsAtSender reports whether it is irrelevant what is returned to the port by which the
// packet came.
func (r *image) endsAtSender(s *packetset.State, d *lflow.Datapath) bool {
	in := s.Get(packet.Inport, 0, 16)
	port, ok := d.Port(in.Of(&r.rep).Lo)
	return ok && r.isIrrelevant(port)
}

// alike returns the packets that take a flow with the same actions as that of a place. ok
// is false if the flows are not treated as one.
func (r *image) alike(at place, table int, s *packetset.State) (set packetset.Set, ok bool) {
	if r.effort != missing || at.flow == nil {
		return set, false
	}
	d := at.datapath
	here := tableKey{d, at.pipeline, table, r.m.ID(s)}
	flows := d.Network().Flows(d, at.pipeline, table)
	returning := at.pipeline == lflow.Ingress && r.endsAtSender(s, d)
	same := r.sameActions(here, d, flows, returning)
	if same == nil {
		return set, false
	}
	first := same[slices.Index(flows, at.flow)]
	key := lookupKey{here, r.set, ^first} // below 0, unlike the key of a lookup of one flow
	if returning {
		key.flow -= len(flows) // other flows are treated as one
	}
	if found, ok := r.lookups[key]; ok {
		return found.set, true
	}
	left := r.set
	filter := sync.OnceValue(func() *packetset.Filter { return r.m.NewFilter(s, r.set) }) // most tables have a flow for all packets only
	for i, f := range flows {
		if left == packetset.Empty {
			break
		}
		if !f.MatchesAll() && filter().Rejects(f.Matcher(), d.Index) {
			continue
		}
		match := r.matches(f, s, d)
		if same[i] == first {
			set = r.m.Or(set, r.m.And(left, match))
		}
		left = r.m.Without(left, match)
	}
	r.lookups[key] = lookup{set: set}
	return set, true
}

// start is the stage at which packets enter a datapath.
var start = witness.Stage{Pipeline: lflow.Ingress}
