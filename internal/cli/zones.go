package cli

import (
	"context"
	"sync"

	"github.com/ovnwalk/ovnwalk/internal/input"
	"github.com/ovnwalk/ovnwalk/internal/interconnect"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/sim"
)

// across returns the function [sim.Choices.Across] for the zones of a network, which reads
// the database of a zone when a packet enters it.  It returns nil for a single zone.
func across(ctx context.Context, zones *input.Network) func(*lflow.Port) sim.Entry {
	return zoneNetworks(nil).across(ctx, zones)
}

// zoneNetworks has networks that replace those of zones.
type zoneNetworks map[*input.Zone]*lflow.Network

// of returns the network of a zone.
func (r zoneNetworks) of(ctx context.Context, z *input.Zone) (*lflow.Network, error) {
	if n := r[z]; n != nil {
		return n, nil
	}
	return z.Network(ctx)
}

// across is like the function across, with these networks.
func (r zoneNetworks) across(ctx context.Context, zones *input.Network) func(*lflow.Port) sim.Entry {
	if !zones.Several() {
		return nil
	}
	described := func(n *lflow.Network) (z interconnect.Zone) {
		for _, x := range zones.Zones {
			if r[x] == n || r[x] == nil && x.Opened() == n {
				z = interconnect.Zone{Zone: x.Zone, Network: n}
			}
		}
		return z
	}
	type crossing struct {
		from *lflow.Datapath
		to   *lflow.Network
	}
	var mu sync.Mutex // for walks in parallel
	known := map[crossing]sim.Entry{}
	return func(port *lflow.Port) sim.Entry {
		mu.Lock()
		defer mu.Unlock()
		z := zones.Owner(port)
		if z == nil {
			return sim.Entry{}
		}
		n, err := r.of(ctx, z)
		if err != nil {
			return sim.Entry{Warnings: []string{err.Error()}}
		}
		at := crossing{port.Datapath, n}
		e, ok := known[at]
		if !ok {
			e = sim.Entry{Zone: z.String()}
			e.Datapath, _ = n.DatapathOf(port.Datapath.TunnelKey)
			for _, w := range n.Warnings {
				e.Warnings = append(e.Warnings, w.Text)
			}
			for _, p := range interconnect.Compare(port.Datapath, described(port.Datapath.Network()), described(n)) {
				e.Warnings = append(e.Warnings, p.String())
			}
			known[at] = e
		}
		return e
	}
}
