package reach

import (
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// leftover is a set of packets for which a copy leaves the same registers to the next copy.
type leftover struct {
	set   packetset.Set
	state *packetset.State
}

// leftoverKey identifies packets of which a copy goes to a port of a switch.
type leftoverKey struct {
	datapath *lflow.Datapath
	port     uint64
	loopback bool
	state    int32
	set      packetset.Set
}

// maxLeftovers is the maximum number of states in which copies are followed together.
const maxLeftovers = 64

// passBy sets q to the state of the next copy after a copy to an irrelevant port, and
// narrows the class to the packets for which that state is the same, on any path of the
// copy. It returns false if the path of the copy must be followed.
func (r *image) passBy(q *packetset.State, port *lflow.Port, loopback bool, d *lflow.Datapath) bool {
	for _, set := range []packetset.Set{r.base, r.set} { // the base serves other classes too
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

// leftoversOf divides packets by the state of the next copy; it returns nil if that is not
// known. Packets that reach a table of the egress pipeline in the same state are followed
// together.
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
	under := [lastTable][]leftover{{{set, s}}} // by the table that they reach
	for table := range under {
		for _, l := range under[table] {
			for left := l.set; left != packetset.Empty; {
				sub := image{space: r.space, n: r.n, set: left, effort: missing}
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

// pass executes the flow of an egress table, as far as it changes what the next copy has.
// It returns the next table, 0 for none.
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
			r.fail("the copy continues before the last action of a flow")
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
