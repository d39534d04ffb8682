package sim

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// otherEffects returns those of several flows that make something else of a packet than flow
// f, and only the first of those that make the same.
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

// sameEffect reports whether it makes no difference which of two flows of one table a packet
// takes: what they assign leaves the packet the same, and their other actions, but for what
// is logged before, are the same.
func sameEffect(d *lflow.Datapath, p *packet.Packet, f, g *lflow.Flow) bool {
	if f.ActionsText() == g.ActionsText() {
		return true
	}
	q, r := *p, *p
	x, y := assigned(d, &q, f), assigned(d, &r, g)
	return q == r && action.Actions{List: x}.String() == action.Actions{List: y}.String()
}

// assigned carries out the assignments with which the actions of a flow begin, and returns
// the actions that follow them.
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
		if len(at.Out.Nodes) > 0 { // an access to what no packet holds
			return list[i:]
		}
	}
	return nil
}
