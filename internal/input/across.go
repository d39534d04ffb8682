package input

import (
	"github.com/ovnwalk/ovnwalk/internal/names"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// Having returns the zones that have a port as their own. If none has a port of that name,
// it returns those with the best match for the name, or else all.
func (n *Network) Having(port string) (found []*Zone) {
	for _, z := range n.Zones {
		if p, ok := z.Port(port); z.Err == nil && ok && p.Type != "remote" {
			found = append(found, z)
		}
	}
	if len(found) > 0 {
		return found
	}
	best := 0
	for _, z := range n.Zones {
		if z.Err != nil || port == "" || !n.Several() {
			continue
		}
		switch fit := names.Fit(z.Ports(), port); {
		case fit > best:
			best, found = fit, []*Zone{z}
		case fit == best && fit > 0:
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

// ByName returns the networks of the zones that were read, by the names that traces use
// for them.
func (n *Network) ByName() map[string]*lflow.Network {
	all := map[string]*lflow.Network{}
	for _, z := range n.Zones {
		if net := z.Opened(); net != nil {
			all[z.String()] = net
		}
	}
	return all
}

// Owner returns the zone whose chassis has a port of type remote, or nil.
func (n *Network) Owner(port *lflow.Port) *Zone {
	c, ok := port.Datapath.Network().RemoteChassis(port)
	if !ok {
		return nil
	}
	if zones := n.withChassis(c.Name); len(zones) > 0 {
		return zones[0]
	}
	return nil
}
