package sim

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// otherEffects returns those of several flows that have another effect on a packet than flow f, and
// of flows with the same effect only the first.
func otherEffects(d *lflow.Datapath, p *packet.Packet, f *lflow.Flow, flows []*lflow.Flow) []*lflow.Flow {
	var others []*lflow.Flow
	for _, g := range flows {
		same := func(h *lflow.Flow) bool { return sameEffect(d, p, g, h) }
		if !same(f) && !slices.ContainsFunc(others, same) {
			others = append(others, g)
		}
	}
	return others
}

// sameEffect reports whether two flows of one table have the same effect on a packet: their
// assignments yield the same packet, and their other actions are the same, except for logs before
// them.
func sameEffect(d *lflow.Datapath, p *packet.Packet, f, g *lflow.Flow) bool {
	if f.ActionsText() == g.ActionsText() {
		return true
	}
	q, r := *p, *p
	x, y := assigned(d, &q, f), assigned(d, &r, g)
	return q == r && action.Actions{List: x}.String() == action.Actions{List: y}.String()
}

// assigned executes the assignments at the beginning of a flow's actions, and returns the actions
// after them.
func assigned(d *lflow.Datapath, p *packet.Packet, f *lflow.Flow) []action.Action {
	var w Walker
	at := ActionContext{Datapath: d, Flow: f, Out: &trace.Container{}, brief: true}
	list := f.Actions().List
	for i, a := range list {
		switch a.(type) {
		case *action.Load, *action.Move, *action.Exchange:
			w.act(a, p, at, nil)
		case *action.Log:
		default:
			return list[i:]
		}
		if len(at.Out.Nodes) > 0 { // access to a field that no packet has
			return list[i:]
		}
	}
	return nil
}
