package reach

import (
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// leftover is packets of which a copy leaves the same in registers for the next one.
type leftover struct {
	set   packetset.Set
	state *packetset.State
}

// leftoverKey is packets of which a copy goes out of a switch's port.
type leftoverKey struct {
	datapath *lflow.Datapath
	port     uint64
	loopback bool
	state    int32
	set      packetset.Set
}

// maxLeftovers is in how many states copies may come to a table, or go out, that are followed
// together.
const maxLeftovers = 64

// passBy makes q what the next copy finds after one to a port that is not asked for, and goes
// on with the packets for which that is the same, whatever the way of the copy is.  It is
// false where the way of the copy must be followed.
func (r *image) passBy(q *packetset.State, port *lflow.Port, loopback bool, d *lflow.Datapath) bool {
	for _, set := range []packetset.Set{r.base, r.set} { // the first serves other classes too
		for _, l := range r.leftoversOf(set, q, port, loopback, d) {
			if r.m.Has(l.set, &r.rep) {
				r.set = r.m.And(r.set, l.set)
				*q = *l.state
				return true
			}
		}
	}
	return false
}

// leftoversOf divides packets by what the next copy finds, nil where that is not known.  Packets
// that come to a table of the egress pipeline in the same state, by several ways, go on together.
func (r *image) leftoversOf(set packetset.Set, q *packetset.State, port *lflow.Port, loopback bool, d *lflow.Datapath) (parts []leftover) {
	key := leftoverKey{d, port.Key, loopback, r.m.ID(q), set}
	parts, known := r.leftovers[key]
	if known {
		return parts
	}
	defer func() { r.leftovers[key] = parts }()
	if !loopback {
		in := q.Get(packet.Inport, 0, 16)
		if came := r.m.And(set, r.m.Becomes(&in, packet.Uint(port.Key), packet.Ones(16))); came != packetset.Empty {
			s := q.Clone()
			s.SetUint(packet.Outport, 0)
			parts = append(parts, leftover{came, s})
			set = r.m.Without(set, came)
		}
	}
	s := q.Clone()
	s.SetUint(packet.Outport, port.Key)
	under := [lastTable][]leftover{{{set, s}}} // way, by the table to which they come
	for table := range under {
		for _, l := range under[table] {
			for left := l.set; left != packetset.Empty; {
				sub := image{space: r.space, n: r.n, model: r.model, set: left, effort: missing}
				sub.rep, _ = r.m.Sample(left)
				s := l.state.Clone()
				to := &parts
				if next := sub.pass(s, d, table); next > 0 {
					to = &under[next]
				} else {
					s.SetUint(packet.Outport, 0)
				}
				if *to = r.addLeftover(*to, leftover{sub.set, s}); sub.problem != "" || len(*to) > maxLeftovers {
					return nil
				}
				left = r.m.Without(left, sub.set)
			}
		}
	}
	return parts
}

func (r *image) addLeftover(list []leftover, l leftover) []leftover {
	for i := range list {
		if r.m.ID(list[i].state) == r.m.ID(l.state) {
			list[i].set = r.m.Or(list[i].set, l.set)
			return list
		}
	}
	return append(list, l)
}

// pass carries out the flow of an egress table as far as it writes to the packet that comes back
// from the pipeline.  It returns the table that follows, 0 for none.
func (r *image) pass(s *packetset.State, d *lflow.Datapath, table int) (next int) {
	at := place{datapath: d, pipeline: lflow.Egress, nodes: &cursor{}, way: way{leftover: true}}
	q := packet.FromWords(s.Of(&r.rep))
	at.flow = taken(d, lflow.Egress, table, &q)
	r.takes(at, table, s)
	if at.flow == nil {
		return 0
	}
	var stack []packetset.Bits
	for _, a := range at.flow.Actions().List {
		to, ok := a.(*action.Next)
		switch {
		case next > 0:
			r.fail("the copy goes on before the last action of a flow")
		case !ok:
			r.act(a, s, at, &stack)
		case to.Pipeline != lflow.Egress || to.Table <= table || to.Table >= lastTable:
			r.fail("the copy goes back")
		default:
			next = to.Table
		}
	}
	return next
}
