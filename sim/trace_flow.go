package sim

import (
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// TraceFlow executes the actions of a flow on a packet and continues the walk, whether or not the
// flow matches. The error, if any, is a *RefusalError.
func TraceFlow(n *lflow.Network, d *lflow.Datapath, f *lflow.Flow, p packet.Packet, c Choices) (*trace.Trace, error) {
	t := &trace.Trace{Release: n.Dialect.Release().String(), Packet: p}
	node := &trace.Table{Number: f.Table, From: f.Table, Stage: f.Stage(), Flow: f.Ref(), Packet: p}
	t.Root = &trace.Pipeline{Egress: f.Pipeline == lflow.Egress, Datapath: d.Ref()}
	t.Root.Add(node)
	w := newTracer(n, c, t)
	w.Run(f.Actions().List, &p, ActionContext{Datapath: d, Pipeline: f.Pipeline, Table: f.Table, Flow: f, Out: &node.Container})
	if w.refusal != nil {
		return nil, w.refusal
	}
	return t, nil
}
