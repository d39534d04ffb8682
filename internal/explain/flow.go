package explain

import (
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// FlowAnswer is the answer for a flow.
type FlowAnswer struct {
	Flow      *trace.Flow
	Datapaths []string // the datapaths that have the flow, shown if the packet did not reach it
	Error     string   // the error if it does not parse, or ""
}

// Visit is the result of a flow for a packet on entry to the flow's table.
type Visit struct {
	NearMiss verdict.NearMiss // without parts if the match is true
	Taken    bool
}

// Flow returns the result of a flow on each visit of its table.
func (a *Explainer) Flow(f lflow.Found) *Answer {
	out := &Answer{Subject: f.Flow.UUID.String(), Flow: &FlowAnswer{Flow: f.Flow.Ref()}, friendly: a.friendly}
	for _, d := range f.Datapaths {
		out.Flow.Datapaths = append(out.Flow.Datapaths, d.DisplayName(a.friendly))
		if err := f.Flow.Err(d); err != nil {
			out.Flow.Error = err.Error()
		}
	}
	if out.Flow.Error != "" {
		return out
	}
	for i := range a.steps {
		s := &a.steps[i]
		if s.table != f.Flow.Table || s.pipeline != f.Flow.Pipeline || !slices.Contains(f.Datapaths, s.d) {
			continue
		}
		fs, _ := a.at(s).failures(f.Flow, s.packetAt())
		v := Visit{NearMiss: a.at(s).nearMissAt(s, nearMiss{flow: f.Flow, failures: fs})}
		v.Taken = s.place.Flow != nil && s.place.Flow.UUID == f.Flow.UUID.String()
		out.Visits = append(out.Visits, v)
	}
	return out
}

// FlowsOf returns the flows with a prefix of their UUID, ignoring case.
func FlowsOf(n *lflow.Network, piece string) []lflow.Found {
	piece = strings.ToLower(piece)
	return n.Search(func(r lflow.FlowRow) bool { return strings.HasPrefix(r.UUID().String(), piece) })
}
