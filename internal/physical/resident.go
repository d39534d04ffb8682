package physical

import (
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Elsewhere is a flow that the walk took although the chassis that runs the pipeline does not have
// it, because its match requires a port to be resident.
type Elsewhere struct {
	Cookie  uint32
	Port    string         // the port that has to be resident
	Chassis *lflow.Chassis // the chassis of the port
}

// residency returns the port that the flow taken in a table requires to be resident, and its
// chassis, or nil.
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

// settled returns the location that the first flow of a pipeline that requires a port to be
// resident implies; its chassis is nil if there is no such flow.
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

// hostOf returns the location of a packet on the chassis where a port is resident.
func hostOf(p *lflow.Port, c *lflow.Chassis) location {
	if p.Type == "chassisredirect" {
		return location{c, IsGateway, p}
	}
	return location{c, Resident, p}
}

// eachTable calls f for the tables of a pipeline, not for those of nested pipelines.
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

// asksChassis reports whether the flows that a pipeline takes depend on the chassis: flows of its
// tables require ports to be resident, or not to be.
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
