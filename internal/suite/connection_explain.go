package suite

import (
	"slices"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/explain"
	"github.com/ovnwalk/ovnwalk/internal/render/exchange"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// explain returns, for each outcome, which packet is lost, where and why, with the
// near misses there; for one that loses none, the path of each packet.
func (w *connected) explain() (out []string) {
	w.answer.Use(w.net.Names())
	for i := range w.answer.Outcomes {
		o := &w.answer.Outcomes[i]
		if len(w.answer.Outcomes) > 1 || len(o.Taken()) > 0 {
			text := exchange.Loss(o)
			for _, c := range o.Taken() {
				text = c.Kind + " " + strings.Join(c.Options, " or ") + ": " + text
			}
			out = append(out, text)
		}
		for k := range o.Packets {
			p := &o.Packets[k]
			switch {
			case o.Lost == p.Role:
				out = append(out, w.loss(o, p)...)
			case p.Answered >= 0:
				out = append(out, p.Role+": "+exchange.Sender(p)+" to "+exchange.Receiver(&p.Arrived[p.Answered])+" via "+exchange.Path(p.Arrived[p.Answered].Path))
			default:
				if back := p.Back(); back != nil {
					out = append(out, p.Role+": answered with "+exchange.Packet(&back.Packet))
				}
			}
		}
	}
	for _, text := range w.answer.Assumed {
		out = append(out, "assumed: "+text)
	}
	return out
}

// loss returns where and why a packet is lost.
func (w *connected) loss(o *connect.Outcome, p *connect.Packet) []string {
	d := &o.Where
	out := []string{p.Role + " lost: " + exchange.Drop(d) + ": " + exchange.Meaning(d.Code), p.Role + ": " + exchange.Packet(&p.Sent)}
	if path := exchange.Path(d.Path); path != "" {
		out = append(out, "its path: "+path)
	}
	if d.Flow == nil {
		return out
	}
	out = append(out, flowText(d.Flow, w.net.origins))
	for _, m := range w.nearMisses(d, p.Trace) {
		out = append(out, nearMissText(&m), flowText(m.Place.Flow, w.net.origins))
	}
	return out
}

// nearMisses returns the flows that come closest to another end of a packet.
func (w *connected) nearMisses(d *connect.Drop, t *trace.Trace) (all []verdict.NearMiss) {
	n := d.Network()
	if n == nil || d.Disposition == nil {
		return nil
	}
	for _, e := range explain.NewExplainer(n, t, sim.Choices{}, nil).Ending(d.Disposition).Endings {
		all = append(all, e.NearMisses...)
	}
	return slices.DeleteFunc(all, forAnotherProtocol)
}

// forAnotherProtocol reports whether a near miss is of packets of another kind.
func forAnotherProtocol(m verdict.NearMiss) bool {
	return slices.ContainsFunc(m.Parts, func(p verdict.FailedPart) bool { return p.Field == "eth.type" || p.Field == "ip.proto" })
}
