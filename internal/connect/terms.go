package connect

import (
	"cmp"

	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Terms names the objects of the orchestrator behind flows and ports.
type Terms interface {
	// CauseIn returns the object for which a flow was generated, given the packet that took it
	// on a datapath, nil for any; or "" if it is unknown.
	CauseIn(n *lflow.Network, f *trace.Flow, d *lflow.Datapath, p *packet.Packet) string

	// OwnerOf returns the owner of a port, or "" if it is unknown.
	OwnerOf(p *lflow.Port) string
}

// Use adds the names of t to an answer: the owners of its ports and the causes of its flows.
func (a *Answer) Use(t Terms) {
	for i := range a.Outcomes {
		o := &a.Outcomes[i]
		o.Where.use(t)
		for j := range o.Obstacles {
			o.Obstacles[j].Where.use(t)
		}
		for j := range o.Packets {
			p := &o.Packets[j]
			if p.From.Port != nil && p.From.Network == "" {
				p.Owner = t.OwnerOf(p.From.Port)
			}
			for k := range p.Arrived {
				if x := &p.Arrived[k]; x.Network == "" {
					x.Owner = t.OwnerOf(x.Port)
				}
			}
			for k := range p.Dropped {
				p.Dropped[k].use(t)
			}
		}
	}
}

// use sets the cause of the deciding flow.
func (d *Drop) use(t Terms) {
	n := d.Network()
	switch {
	case n == nil || d.Flow == nil:
	case d.Disposition != nil:
		at, _ := n.DatapathOfRef(d.Disposition.DecidedAt.Datapath)
		d.Cause = t.CauseIn(n, d.Flow, at, &d.Disposition.Packet)
	default:
		d.Cause = t.CauseIn(n, d.Flow, d.at.d, nil)
	}
}

// ShowNodes replaces the names of chassis, which are often UUIDs, by unambiguous host names.
// Tunnels keep the names of the database.
func (a *Answer) ShowNodes() {
	show := func(name *string) { *name = cmp.Or(a.nodes[*name], *name) }
	showHops := func(hops []Hop) {
		for i := range hops {
			show(&hops[i].Chassis)
		}
	}
	drop := func(d *Drop) {
		show(&d.Chassis)
		showHops(d.Path)
	}
	for i := range a.Outcomes {
		o := &a.Outcomes[i]
		drop(&o.Where)
		for j := range o.Obstacles {
			drop(&o.Obstacles[j].Where)
			show(&o.Obstacles[j].Detail)
		}
		for j := range o.Packets {
			p := &o.Packets[j]
			show(&p.On)
			for k := range p.Arrived {
				show(&p.Arrived[k].Chassis)
				showHops(p.Arrived[k].Path)
			}
			for k := range p.Dropped {
				drop(&p.Dropped[k])
			}
		}
		for _, choices := range o.Combinations {
			for j := range choices {
				show(&choices[j].Option)
			}
		}
	}
}
