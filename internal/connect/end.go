package connect

import (
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// mayEnd records that a packet may end in a flow, or because no flow matched. Whether it
// does, and which table decides that, is known from the trace at the end of the walk.
//
// It returns true if the packet continues because the flow that would end it is left out.
func (w *simulation) mayEnd(p *packet.Packet, at sim.ActionContext) (leftOut bool) {
	if w.balancesAnyway(p, at) || w.passes(p, at) {
		return true
	}
	d := w.ended("", p, at)
	d.end = at.Out
	if at.Flow == nil { // the table is the last node of the pipeline
		if t, ok := at.Out.Nodes[len(at.Out.Nodes)-1].(*trace.Table); ok {
			d.end = &t.Container
		}
	}
	w.dropped = append(w.dropped, d)
	return false
}

// settleEnds sets the codes of packets that end in flows, as package verdict derives them from
// the trace, and removes packets that continue.
func (w *simulation) settleEnds() {
	var ends map[*trace.Container]verdict.Disposition
	settled := w.dropped[:0]
	for _, d := range w.dropped {
		if d.end != nil {
			if ends == nil {
				ends = verdict.Ends(w.trace)
			}
			end, ok := ends[d.end]
			if !ok || end.Code == "" {
				continue
			}
			d.Code, d.end, d.Disposition = end.Code, nil, &end
			if end.DecidedAt.Table != end.End.Table {
				d.Effect, d.ending = d.Stage, d.Flow
				d.Stage, d.Flow = end.DecidedAt.Stage, end.DecidedAt.Flow
			}
		}
		settled = append(settled, d)
	}
	w.dropped = settled
}
