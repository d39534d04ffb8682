package physical

import (
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Elsewhere is a flow that the walk took and that the chassis which runs the
// pipeline does not have: its match requires a port to be resident.
type Elsewhere struct {
	Cookie  uint32
	Port    string         // the port that has to be resident
	Chassis *lflow.Chassis // where it is
}

// residency returns the port that a flow on a table's way requires to be
// resident, and the chassis that has it; nil where there is none.
func (w *walker) residency(in *trace.Pipeline, t *trace.Table) (*lflow.Port, *lflow.Chassis) {
	d, ok := w.n.DatapathOfRef(in.Datapath)
	if !ok || t.Flow == nil || !strings.Contains(t.Flow.Match.Plain, resident) {
		return nil, nil
	}
	flows := w.n.Flows(d, pipelineOf(in), t.Number)
	i := slices.IndexFunc(flows, func(f *lflow.Flow) bool { return f.UUID.String() == t.Flow.UUID })
	if i < 0 {
		return nil, nil
	}
	p, err := w.n.Port(flows[i].RequiredResident())
	if err != nil {
		return nil, nil
	}
	c, _ := w.n.ChassisOf(p)
	return p, c
}

const resident = "is_chassis_resident"

func pipelineOf(p *trace.Pipeline) lflow.Pipeline {
	if p.Egress {
		return lflow.Egress
	}
	return lflow.Ingress
}

// settled returns where the first flow of a pipeline that requires a port to be
// resident puts the packet; its chassis is nil where there is no such flow.
func (w *walker) settled(p *trace.Pipeline) (h location) {
	eachTable(p, func(t *trace.Table) {
		if h.chassis == nil {
			if port, c := w.residency(p, t); c != nil {
				h = hostOf(port, c)
			}
		}
	})
	return h
}

// hostOf returns the host of a packet that is where a port is resident.
func hostOf(p *lflow.Port, c *lflow.Chassis) location {
	if p.Type == "chassisredirect" {
		return location{c, IsGateway, p}
	}
	return location{c, Resident, p}
}

// eachTable calls f for the tables of a pipeline, not those of pipelines to which
// it leads.
func eachTable(p *trace.Pipeline, f func(*trace.Table)) {
	var down func(nodes []trace.Node)
	down = func(nodes []trace.Node) {
		for _, n := range nodes {
			switch n := n.(type) {
			case *trace.Pipeline:
				continue
			case *trace.Table:
				f(n)
			}
			down(n.Subs())
		}
	}
	down(p.Nodes)
}

// asksChassis reports whether what a pipeline does depends on the chassis: flows
// of the tables that the packet came to there require ports to be resident, or
// not to be.
func (w *walker) asksChassis(p *trace.Pipeline) (asks bool) {
	d, ok := w.n.DatapathOfRef(p.Datapath)
	if !ok {
		return false
	}
	eachTable(p, func(t *trace.Table) {
		for i := t.From; i <= t.Number && !asks; i++ {
			asks = slices.ContainsFunc(w.n.Flows(d, pipelineOf(p), i), func(f *lflow.Flow) bool {
				return (t.Flow == nil || f.Priority >= t.Flow.Priority || i < t.Number) && strings.Contains(f.MatchText(), resident)
			})
		}
	})
	return asks
}
