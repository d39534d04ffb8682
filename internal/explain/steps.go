package explain

import (
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// step is a table that a packet reached, including those that the trace does not show.
type step struct {
	place    trace.Place // with the flow taken, or nil
	node     *trace.Table
	passed   bool // whether the table did nothing; node is then the next one that did
	d        *lflow.Datapath
	pipeline lflow.Pipeline
	table    int
	packet   packet.Packet
	copied   bool // whether the packet is one that the network generated
}

// findSteps returns the tables of a walk, in order.
func (a *Explainer) findSteps() []step {
	var out []step
	for p := range trace.Paths(a.t) {
		if n, ok := p.Node.(*trace.Table); ok {
			j := a.in(p.Pipeline.Zone)
			if j == nil {
				continue
			}
			for _, s := range j.table(n, p.Pipeline) {
				s.copied = p.Relation == trace.ForkGenerated
				out = append(out, s)
			}
		}
	}
	return out
}

// table returns the steps up to a table of the trace.
func (j *matchAnalyzer) table(n *trace.Table, in *trace.Pipeline) []step {
	d, ok := j.n.DatapathOfRef(in.Datapath)
	if !ok { // a datapath of another interconnect zone
		return nil
	}
	pipeline := lflow.Ingress
	if in.Egress {
		pipeline = lflow.Egress
	}
	var out []step
	for i := n.From; i <= n.Number; i++ {
		s := step{node: n, passed: i < n.Number, d: d, pipeline: pipeline, table: i, packet: n.Packet}
		s.place = trace.Place{Datapath: in.Datapath, Egress: in.Egress, Table: i, Stage: n.Stage, Flow: n.Flow, Zone: in.Zone}
		if s.passed {
			s.place.Stage, s.place.Flow = j.n.Stage(d, pipeline, i), nil
			if hit := j.n.Lookup(d, pipeline, i, &n.Packet); hit.Flow != nil {
				s.place.Flow = hit.Flow.Ref()
			}
		}
		out = append(out, s)
	}
	return out
}

func (s *step) packetAt() packetAt { return packetAt{s.d, &s.packet} }

// priority returns the priority of the flow taken, or -1.
func (s *step) priority() int {
	if s.place.Flow == nil {
		return -1
	}
	return s.place.Flow.Priority
}
