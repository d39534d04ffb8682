package input

import (
	"context"

	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
)

// Having returns the zones that have a port as their own, all where none has.
func (n *Network) Having(port string) (found []*Zone) {
	for _, z := range n.Zones {
		if p, ok := z.Port(port); z.Err == nil && ok && p.Type != "remote" {
			found = append(found, z)
		}
	}
	if len(found) > 0 {
		return found
	}
	for _, z := range n.Zones {
		if z.Err == nil {
			found = append(found, z)
		}
	}
	return found
}

// ByName returns the networks of the zones that were read, by the names that traces
// have for them.
func (n *Network) ByName() map[string]*lflow.Network {
	all := map[string]*lflow.Network{}
	for _, z := range n.Zones {
		if net := z.Opened(); net != nil {
			all[z.String()] = net
		}
	}
	return all
}

// Across returns where the packets of a walk go on that leave by a port of another
// zone, whose database is then read.  It is nil for the database of only one zone.
func (n *Network) Across(ctx context.Context) func(*lflow.Port) sim.Entry {
	if !n.Several() {
		return nil
	}
	return func(port *lflow.Port) sim.Entry {
		c := port.Datapath.Network().RemoteChassis(port)
		if c == nil {
			return sim.Entry{}
		}
		for _, z := range n.withChassis(c.Name) {
			other, err := z.Network(ctx)
			if err != nil {
				return sim.Entry{Warnings: []string{err.Error()}}
			}
			e := sim.Entry{Zone: z.String(), Datapath: other.DatapathOf(port.Datapath.TunnelKey)}
			for _, w := range other.Warnings {
				e.Warnings = append(e.Warnings, w.Text)
			}
			return e
		}
		return sim.Entry{}
	}
}
