package explain

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// PortAnswer explains why a packet did not leave by a port.
type PortAnswer struct {
	Port, Datapath string

	// Reached reports whether it did.
	Reached bool

	// Divergence is the last step of the walk from which a flow would have led to the port, and that
	// flow; nil if none was found.  With reports whether the packet also needs the values that
	// the flow's match requires.
	Divergence *verdict.NearMiss
	With       bool

	// Visited reports whether the packet reached the port's datapath.  Otherwise, Path has the
	// datapaths from the last one that it reached to that of the port, or is empty if no ports
	// connect them.
	Visited bool
	Path    []string

	// Addresses are the addresses of the port, as the database groups them.
	Addresses []string
}

// Limits of the search for the divergence.
const (
	maxTries     = 2_000 // walks in all
	maxStepTries = 40    // from one step
	maxFailures  = 2     // parts of a match that failed
)

// Port explains why the packet did not leave by a port.
func (a *Explainer) Port(p *lflow.Port) *Answer {
	out := &PortAnswer{Port: p.DisplayName(a.friendly), Datapath: p.Datapath.DisplayName(a.friendly), Addresses: p.AddressTexts()}
	out.Reached = arrives(a.t, p)
	out.Visited = a.visited(p.Datapath)
	if !out.Reached {
		out.Divergence, out.With = a.answerPort(p)
		if last := a.last(); !out.Visited && last != nil {
			out.Path = path(last.d, p.Datapath, a.friendly)
		}
	}
	answer := &Answer{Subject: out.Datapath + "/" + out.Port, Port: out, friendly: a.friendly}
	if !out.Reached {
		answer.Addresses = a.addresses()
	}
	return answer
}

// last returns the last step of the packet itself.
func (a *Explainer) last() *step {
	for i := len(a.steps) - 1; i >= 0; i-- {
		if !a.steps[i].copied {
			return &a.steps[i]
		}
	}
	return nil
}

// arrives reports whether a walk delivers a packet at a port.
func arrives(t *trace.Trace, p *lflow.Port) bool {
	return slices.ContainsFunc(verdict.Of(t), func(d verdict.Disposition) bool {
		return d.Port != nil && d.End.Key() == p.Datapath.TunnelKey && d.Packet.Uint(packet.Outport)&packet.PortKey == p.Key &&
			d.TentativeOutcome == verdict.OutcomeDelivered && (d.Origin == verdict.OriginPacket || d.Origin == verdict.OriginClone)
	})
}

// answerPort finds the last step from which a flow that was not taken would have led to a port:
// with the packet unchanged or, if that does not suffice, with the values that the flow's match
// requires.
func (a *Explainer) answerPort(p *lflow.Port) (*verdict.NearMiss, bool) {
	tries := 0
	for i := len(a.steps) - 1; i >= 0; i-- {
		s := &a.steps[i]
		if s.copied {
			continue
		}
		atStep := 0
		for _, m := range a.at(s).near(s) {
			if len(m.failures) > maxFailures || isDrop(m.flow) || aboutPorts(m.failures) {
				continue
			}
			if atStep++; atStep > maxStepTries {
				break
			}
			for _, q := range []struct {
				packet packet.Packet
				with   bool
			}{{s.packet, false}, {a.at(s).satisfied(m, s), true}} {
				if q.with && q.packet == s.packet {
					continue
				}
				if tries++; tries > maxTries {
					return nil, false
				}
				t, err := sim.TraceFlow(s.d.Network(), s.d, m.flow, q.packet, a.c)
				if err == nil && arrives(t, p) {
					miss := a.at(s).nearMissAt(s, m)
					return &miss, q.with
				}
			}
		}
	}
	return nil, false
}

// aboutPorts reports whether a failure requires another input or output port; such a flow
// is for another packet.
func aboutPorts(fs []failure) bool {
	return slices.ContainsFunc(fs, func(f failure) bool {
		about := f.expr == nil
		if f.expr != nil {
			expr.Walk(f.expr, func(e expr.Expr) bool {
				c, ok := e.(*expr.Cmp)
				about = about || ok && c.Symbol.Width == 0
				return true
			})
		}
		return about
	})
}

// satisfied returns a step's packet with the values that a near miss requires, as far as they are
// reported.
func (j *matchAnalyzer) satisfied(m nearMiss, s *step) packet.Packet {
	p := s.packet
	for _, f := range m.failures {
		if f.expr == nil {
			continue
		}
		expr.Walk(expr.Annotate(f.expr), func(e expr.Expr) bool {
			switch e := e.(type) {
			case *expr.Cmp:
				if e.Symbol.Field != nil && e.Symbol.Width > 0 && e.Op == expr.EQ {
					p.SetMasked(e.Symbol.Field, e.Value, e.Mask)
				}
			case *expr.Or:
				if c, ok := e.Subs[0].(*expr.Cmp); ok && c.Symbol.Field != nil && c.Symbol.Width > 0 && c.Op == expr.EQ {
					p.SetMasked(c.Symbol.Field, c.Value, c.Mask)
				}
				return false
			}
			return true
		})
	}
	return p
}

// path returns the datapaths from one to another that ports connect, including both ends, or nil if
// there is no path.
func path(from, to *lflow.Datapath, friendly bool) []string {
	before := map[*lflow.Datapath]*lflow.Datapath{from: nil}
	for queue := []*lflow.Datapath{from}; len(queue) > 0; queue = queue[1:] {
		d := queue[0]
		if d == to {
			var names []string
			for ; d != nil; d = before[d] {
				names = append(names, d.DisplayName(friendly))
			}
			slices.Reverse(names)
			return names
		}
		for _, p := range d.Ports() {
			if p.Peer == nil {
				continue
			}
			if _, ok := before[p.Peer.Datapath]; !ok {
				before[p.Peer.Datapath] = d
				queue = append(queue, p.Peer.Datapath)
			}
		}
	}
	return nil
}
