package cli

import (
	"cmp"
	"strings"

	"github.com/ovnwalk/ovnwalk/internal/connect"
	"github.com/ovnwalk/ovnwalk/internal/explain"
	"github.com/ovnwalk/ovnwalk/internal/input"
	"github.com/ovnwalk/ovnwalk/internal/physical"
	"github.com/ovnwalk/ovnwalk/internal/report"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
)

// connectAbout is what is shown of a connection besides its result.
type connectAbout struct {
	origins  origins
	whyNot   map[*connect.Packet]*explain.Answer
	physical bool
	paint    report.Paint
	columns  int // the width of the terminal, or 0
}

// explain answers --why-not: without a value for the packets that are lost, else for all
// packets that the stage, flow or port concerns.
func (o *connectOptions) explain(a *connect.Answer, zones *input.Network) (map[*connect.Packet]*explain.Answer, error) {
	if o.whyNot == "" {
		return nil, nil
	}
	answers := map[*connect.Packet]*explain.Answer{}
	var failure error
	for i := range a.Outcomes {
		outcome := &a.Outcomes[i]
		for j := range outcome.Packets {
			p := &outcome.Packets[j]
			t := *p.Trace
			t.Packet = p.Sent
			if o.whyNot == explainAll {
				if n := outcome.Where.Network(); n != nil && outcome.Lost == p.Role {
					answers[p] = explain.NewExplainer(n, &t, sim.Choices{}, zones.NorthOf(n)).Ending(outcome.Where.Disposition)
				}
				continue
			}
			for _, n := range zones.Opened() {
				answer, err := (&explainOptions{whyNot: o.whyNot}).ask(explain.NewExplainer(n, &t, sim.Choices{}, zones.NorthOf(n)), n, &t)
				if err == nil && !sends(p, answer.Port) {
					answers[p] = answer
					break
				}
				failure = cmp.Or(failure, err)
			}
		}
	}
	if len(answers) > 0 {
		failure = nil // other packets do not reach the stage or flow
	}
	return answers, failure
}

// sends reports whether a packet comes from the port of --why-not.
func sends(p *connect.Packet, port *explain.PortAnswer) bool {
	from := p.From.Port
	return port != nil && from != nil && from.DisplayName(true) == port.Port && from.Datapath.DisplayName(true) == port.Datapath
}

// writeWhyNot writes the flows that nearly matched a packet.
func (about *connectAbout) writeWhyNot(b *strings.Builder, p *connect.Packet) error {
	answer := about.whyNot[p]
	if answer == nil {
		return nil
	}
	var text strings.Builder
	style := explain.Style{Origins: about.origins, Width: cmp.Or(max(about.columns-12, 0), plainColumns)}
	if err := explain.Write(&text, answer, style); err != nil {
		return err
	}
	for line := range strings.Lines(text.String()) {
		b.WriteString("   " + line)
	}
	return nil
}

// segments returns the chassis that runs each pipeline of a path, and the tunnels between
// the chassis, or nil without --physical.
func (about *connectAbout) segments(path []connect.Hop) (all []physical.Segment) {
	if !about.physical {
		return nil
	}
	var tunnel *physical.Hop
	made := false
	before := "" // the chassis of the previous hop
	for _, h := range path {
		switch h.Kind {
		case connect.HopTunnel:
			tunnel = physical.TunnelHop(h.Tunnel.Datapath, h.Tunnel.From, h.Tunnel.To, h.Tunnel.In, h.Tunnel.Out)
			if tunnel != nil { // named as in the answer
				tunnel.From, tunnel.To = &lflow.Chassis{Name: before}, &lflow.Chassis{Name: h.Chassis}
			}
		case connect.HopGenerated:
			made = true
		case connect.HopIngress, connect.HopEgress:
			all = append(all, physical.Segment{
				Datapath: h.Datapath.DisplayName(true), Key: h.Datapath.Key, Egress: h.Kind == connect.HopEgress, Port: h.Port.DisplayName(true), Copied: made,
				Chassis: &lflow.Chassis{Name: h.Chassis}, Hop: tunnel,
			})
			tunnel = nil
		case connect.HopNetwork, connect.HopTranslated:
		}
		before = h.Chassis
	}
	return all
}

// segmentDocs returns segments in their JSON form.
func (about *connectAbout) segmentDocs(path []connect.Hop) []physical.Doc {
	if !about.physical {
		return nil
	}
	return physical.Docs(about.segments(path))
}

// writePhysical writes the segments of a path.
func (about *connectAbout) writePhysical(b *strings.Builder, path []connect.Hop) {
	var text strings.Builder
	_ = physical.Write(&text, about.segments(path), physical.Style{}) // writes to a strings.Builder do not fail
	for line := range strings.Lines(text.String()) {
		b.WriteString("         " + line)
	}
}
