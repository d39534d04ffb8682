package names

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// Annotate adds to a trace, which begins in the zone of a network, what its flows were
// made for and what its ports are of.  It returns false if no
// orchestrator was found, so that nothing was added.
func (b *Index) Annotate(n *lflow.Network, t *trace.Trace) bool {
	if t.Root == nil || len(b.Systems()) == 0 {
		return false
	}
	for p := range trace.Paths(t) {
		zone := b.zoneOf(p.Pipeline, n)
		if zone < 0 {
			continue
		}
		d, ok := b.zones[zone].Network.DatapathOfRef(p.Pipeline.Datapath)
		switch n := p.Node.(type) {
		case *trace.Table:
			n.Cause = b.Cause(zone, n.Flow, d, &n.Packet)
		case *trace.Delivered:
			if !ok {
				continue
			}
			if port, ok := d.Port(n.Packet.Uint(packet.Outport)); ok {
				n.Owner = b.OwnerOf(port)
			}
		}
	}
	return true
}

// zoneOf returns the zone in which a pipeline of a trace is that begins in the zone of a
// network, -1 for one that is not in the index.
func (b *Index) zoneOf(in *trace.Pipeline, first *lflow.Network) int {
	return slices.IndexFunc(b.zones, func(z Zone) bool {
		return in.Zone == "" && z.Network == first || in.Zone != "" && z.Name == in.Zone
	})
}

// OwnerOf returns the object to which a port belongs, or "" if unknown.
func (b *Index) OwnerOf(p *lflow.Port) string {
	if o, ok := b.OfPort(p); ok && o.Kind.IsEnd() && (o.Role == Itself || o.Role == Management) {
		return o.Title
	}
	return ""
}

// CauseIn returns what Cause does, in the zone of a network.
func (b *Index) CauseIn(n *lflow.Network, f *trace.Flow, d *lflow.Datapath, p *packet.Packet) string {
	for zone, z := range b.zones {
		if z.Network == n {
			return b.Cause(zone, f, d, p)
		}
	}
	return ""
}

// TitleOf returns the name of a northbound row's object in the terms of its system, with the direction
// of an ACL and, if a flow has it, the port of a service; "" if unknown.
func (b *Index) TitleOf(r ovsdb.Row, f *trace.Flow) string {
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
