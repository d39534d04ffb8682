package connect

import (
	"cmp"

	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Terms are those of the system behind the network.
type Terms interface {
	// CauseIn returns what a flow was made for, of which a packet took it on the
	// datapath of a key, nil for any; "" where that is not known.
	CauseIn(n *lflow.Network, f *trace.Flow, d *lflow.Datapath, p *packet.Packet) string

	// OwnerOf returns what a port is of, "" where that is not known.
	OwnerOf(p *lflow.Port) string
}

// Use adds to an answer what its flows and ports are in terms.
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

// use adds what the deciding flow was made for.
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

// ShowNodes puts host names in place of the names of chassis where both mean the same
// chassis, for people: names of chassis are often UUIDs.  Tunnels keep those of the database.
func (a *Answer) ShowNodes() {
	show := func(name *string) { *name = cmp.Or(a.nodes[*name], *name) }
	way := func(hops []Hop) {
		for i := range hops {
			show(&hops[i].Chassis)
		}
	}
	drop := func(d *Drop) {
		show(&d.Chassis)
		way(d.Way)
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
				way(p.Arrived[k].Way)
			}
			for k := range p.Dropped {
				drop(&p.Dropped[k])
			}
		}
		for _, choices := range o.Ways {
			for j := range choices {
				show(&choices[j].Option)
			}
		}
	}
}
