package diff

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/mmapfault"
	"github.com/ovnwalk/ovnwalk/internal/progress"
	"github.com/ovnwalk/ovnwalk/internal/render/exchange"
	"github.com/ovnwalk/ovnwalk/trace"
)

// CompareConnections opens the connections with the given first packets in two clusters, and reports
// those whose result differs: the verdict, which packet is lost and why, or who receives the first
// one. Differences are grouped by the place that loses a packet. The error is that of the context.
func CompareConnections(ctx context.Context, before, after *cluster.Cluster, packets []Packet, o connect.Options) (*Report, error) {
	answers := make([][2]connectionResult, len(packets))
	progress.Add(ctx, 0, 2*len(packets))
	mmapfault.Each(2, 2, func(side int) { // a cluster reads zones when it enters them
		for i := range packets {
			if ctx.Err() == nil {
				answers[i][side] = openConnection([2]*cluster.Cluster{before, after}[side], packets[i].Microflow, o)
				progress.Add(ctx, 1, 0)
			}
		}
	})
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	r := &Report{Packets: len(packets)}
	for _, c := range []*cluster.Cluster{before, after} {
		for _, z := range c.Zones {
			if z.Network == nil {
				continue
			}
			for _, w := range z.Network.Warnings {
				r.Warnings = append(r.Warnings, w.Text)
			}
		}
	}
	for i, p := range packets {
		a, b := &answers[i][0], &answers[i][1]
		if a.err != nil && b.err != nil {
			r.unsent++
			r.errors = cmp.Or(r.errors, a.err)
			continue
		}
		if d := compareConnection(p, a, b); d != nil {
			r.add(d)
		}
	}
	r.finish()
	return r, nil
}

// connectionResult is what comes of a connection in one cluster.
type connectionResult struct {
	answer *connect.Answer
	err    error    // why it cannot be opened
	ends   []string // the outcomes, sorted
	lost   *connect.Outcome
}

func openConnection(c *cluster.Cluster, microflow string, o connect.Options) (r connectionResult) {
	first, err := connect.Opening{Microflow: microflow}.First(c)
	if err != nil {
		return connectionResult{err: err, ends: []string{"not sent: " + err.Error()}}
	}
	r.answer = connect.Ask(c, &o, first)
	for i := range r.answer.Outcomes {
		x := &r.answer.Outcomes[i]
		if end := connectionEnd(x); !slices.Contains(r.ends, end) {
			r.ends = append(r.ends, end)
		}
		if r.lost == nil && x.Where.Code != "" {
			r.lost = x
		}
	}
	slices.Sort(r.ends)
	return r
}

// connectionEnd returns an outcome in words, without what two databases may have
// otherwise, such as UUIDs and the chassis of ports.
func connectionEnd(o *connect.Outcome) string {
	text := string(o.Verdict)
	if p := &o.Packets[0]; p.Answered >= 0 {
		a := &p.Arrived[p.Answered]
		if a.Network != "" {
			text += " with network " + a.Network
		} else {
			text += " with " + a.Port.DisplayName(true)
		}
	}
	if o.Lost != "" && o.Where.Code != "" {
		d := o.Where
		d.Flow, d.Chassis, d.Effect = nil, "", ""
		text += ": " + o.Lost + ": " + exchange.Drop(&d)
	}
	return text
}

// compareConnection returns the difference of a connection, nil for none.
func compareConnection(p Packet, a, b *connectionResult) *Difference {
	if slices.Equal(a.ends, b.ends) {
		return nil
	}
	d := &Difference{Packet: p, Kind: Verdict, Was: a.ends, Now: b.ends}
	d.flows = [2]*Where{lossOf(a.lost), lossOf(b.lost)}
	// On the side that does not lose the packet, the flow at the same place passes it.
	if d.flows[0] == nil && b.lost != nil {
		d.flows[0] = a.flowAt(b.lost)
	}
	if d.flows[1] == nil && a.lost != nil {
		d.flows[1] = b.flowAt(a.lost)
	}
	d.cause = causeKey{kind: Verdict, what: connectionSummary(a, b), was: d.flows[0].text(), now: d.flows[1].text()}
	return d
}

// connectionSummary says how the verdict changes.
func connectionSummary(a, b *connectionResult) string {
	was, now := a.word(), b.word()
	if was == now {
		return "connection " + now + ", otherwise"
	}
	return "connection " + now + ", no longer " + was
}

// word returns the verdict with the code of the loss.
func (r *connectionResult) word() string {
	if r.answer == nil {
		return "not sent"
	}
	if r.lost == nil {
		return string(r.answer.Verdict)
	}
	return string(r.answer.Verdict) + " (" + string(r.lost.Where.Code) + ")"
}

// lossOf returns the flow that loses a packet, nil for none.
func lossOf(o *connect.Outcome) *Where {
	if o == nil || o.Where.Flow == nil {
		return nil
	}
	return flowOf(o.Where.Datapath, o.Where.Stage, o.Where.Flow)
}

func flowOf(datapath *trace.DatapathRef, stage string, f *trace.Flow) *Where {
	return &Where{Datapath: datapath.DisplayName(true), Stage: stage, UUID: f.UUID, Priority: f.Priority, Match: f.Match.Friendly, Actions: strings.TrimSpace(f.Actions), Hint: f.Hint}
}

// flowAt returns the flow that the same packet takes where another cluster loses it,
// nil where it does not come there.
func (r *connectionResult) flowAt(lost *connect.Outcome) (found *Where) {
	if r.answer == nil {
		return nil
	}
	for i := range r.answer.Outcomes {
		for _, p := range r.answer.Outcomes[i].Packets {
			if p.Role != lost.Lost {
				continue
			}
			for at := range trace.Paths(p.Trace) {
				t, ok := at.Node.(*trace.Table)
				if ok && found == nil && t.Flow != nil && t.Stage == lost.Where.Stage && at.Pipeline.Datapath.DisplayName(true) == lost.Where.Datapath.DisplayName(true) {
					found = flowOf(at.Pipeline.Datapath, t.Stage, t.Flow)
				}
			}
		}
	}
	return found
}
