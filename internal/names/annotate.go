package names

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Annotate adds to a trace, which begins in the zone of a network, what its flows were
// made for and what its ports are of.
func (b *Book) Annotate(n *lflow.Network, t *trace.Trace) {
	if t.Root == nil || len(b.Systems()) == 0 {
		return
	}
	a := annotator{b, n}
	a.nodes(t.Root.Nodes, t.Root)
}

type annotator struct {
	*Book
	first *lflow.Network
}

// zone returns the zone in which a pipeline is, -1 for one that is not in the book.
func (a annotator) zone(in *trace.Pipeline) int {
	return slices.IndexFunc(a.zones, func(z Zone) bool {
		return in.Zone == "" && z.Network == a.first || in.Zone != "" && z.Name == in.Zone
	})
}

// nodes annotates nodes of a pipeline, and all below.
func (a annotator) nodes(list []trace.Node, in *trace.Pipeline) {
	zone := a.zone(in)
	for _, n := range list {
		switch n := n.(type) {
		case *trace.Pipeline:
			a.nodes(n.Nodes, n)
			continue
		case *trace.Table:
			if zone >= 0 {
				n.Cause = a.Cause(zone, n.Flow, in.Key, &n.Packet)
			}
		case *trace.Delivered:
			if zone >= 0 {
				n.Owner = a.owner(a.zones[zone].Network, in.Key, &n.Packet)
			}
		}
		a.nodes(n.Subs(), in)
	}
}

// owner returns what the output port of a packet is of.
func (a annotator) owner(n *lflow.Network, key int64, p *packet.Packet) string {
	d := n.DatapathOf(key)
	if d == nil {
		return ""
	}
	if port := d.Port(p.Uint(packet.Outport)); port != nil {
		return a.OwnerOf(port)
	}
	return ""
}

// OwnerOf returns what a port is of, "" where that is not known.
func (b *Book) OwnerOf(p *lflow.Port) string {
	if o, ok := b.OfPort(p); ok && o.Kind.IsEnd() && (o.Role == Itself || o.Role == Management) {
		return o.Title
	}
	return ""
}

// CauseIn returns what Cause does, in the zone of a network.
func (b *Book) CauseIn(n *lflow.Network, f *trace.Flow, key int64, p *packet.Packet) string {
	for zone, z := range b.zones {
		if z.Network == n {
			return b.Cause(zone, f, key, p)
		}
	}
	return ""
}

// TitleOf returns what a northbound row is in the terms of its system, with the
// direction of an ACL and the port of a service if a flow has it; "" if that is not
// known.
func (b *Book) TitleOf(r ovsdb.Row, f *trace.Flow) string {
	for zone, z := range b.zones {
		if z.North != nil && z.North.Table(r.Table().Name()) == r.Table() {
			b.once.Do(b.read)
			if f == nil {
				f = &trace.Flow{}
			}
			return (&cause{b: b, zone: zone, flow: f}).ofRow(r)
		}
	}
	return ""
}
