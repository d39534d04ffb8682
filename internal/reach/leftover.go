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

// maxLeftovers is how many ways of a copy are followed before packets with one way are a
// class.
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

// leftoversOf divides packets by what the next copy finds, nil where that is not known.
func (r *image) leftoversOf(set packetset.Set, q *packetset.State, port *lflow.Port, loopback bool, d *lflow.Datapath) (parts []leftover) {
	key := leftoverKey{d, port.Key, loopback, r.m.ID(q), set}
	parts, known := r.leftovers[key]
	if known {
		return parts
	}
	for left := set; left != packetset.Empty; {
		sub := image{space: r.space, n: r.n, model: r.model, set: left, effort: missing}
		sub.rep, _ = r.m.Sample(left)
		s := q.Clone()
		if loopback || !sub.cameBy(s, port) {
			s.SetUint(packet.Outport, port.Key)
			sub.pass(s, d, 0)
		}
		if sub.problem != "" || len(parts) == maxLeftovers {
			parts = nil
			break
		}
		s.SetUint(packet.Outport, 0)
		left = r.m.Without(left, sub.set)
		parts = r.addLeftover(parts, leftover{sub.set, s})
	}
	r.leftovers[key] = parts
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

// pass carries out the flows of an egress pipeline as far as they write to the packet that
// comes back from it.
func (r *image) pass(s *packetset.State, d *lflow.Datapath, table int) {
	at := place{datapath: d, pipeline: lflow.Egress, nodes: &cursor{}, way: way{leftover: true}}
	q := packet.FromWords(s.Of(&r.rep))
	at.flow = taken(d, lflow.Egress, table, &q)
	r.takes(at, table, s)
	if at.flow == nil {
		return
	}
	var stack []packetset.Bits
	for _, a := range at.flow.Actions().List {
		next, ok := a.(*action.Next)
		switch {
		case !ok:
			r.act(a, s, at, &stack)
		case next.Pipeline != lflow.Egress:
			r.fail("the copy goes back to the ingress pipeline")
		default:
			r.pass(s, d, next.Table)
		}
	}
}
