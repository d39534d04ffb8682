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
	key := leftoverKey{d, port.Key, loopback, r.m.ID(q), r.set}
	parts, known := r.leftovers[key]
	if !known {
		for left := r.set; left != packetset.Empty; {
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
	}
	for _, l := range parts {
		if r.m.Has(l.set, &r.rep) {
			r.set = l.set
			*q = *l.state
			return true
		}
	}
	return false
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
