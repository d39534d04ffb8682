package cluster

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/lflow"
)

// IsPhysical reports whether packets leave by a port for a physical network.
func IsPhysical(port *lflow.Port) bool { return port.Type == "localnet" || port.Type == "l2gateway" }

// Beyond returns the ports by which frames enter that leave by a port for a physical network: the others to
// the same network, of all zones, of chassis that map it.
func (p *Places) Beyond(port *lflow.Port) []*Binding {
	if !IsPhysical(port) {
		return nil
	}
	p.joined.Do(func() {
		p.beyond = map[*lflow.Port][]*Binding{}
		all := &Cluster{}
		var ports []*Binding
		for _, zone := range p.zones {
			z := zone()
			if z == nil {
				continue
			}
			all.Chassis = append(all.Chassis, z.Chassis...)
			for _, d := range z.Network.Datapaths {
				for _, b := range z.of[d] {
					if IsPhysical(b.Port) && len(z.plugged(b)) > 0 {
						ports = append(ports, b)
					}
				}
			}
		}
		all.joinNetworks()
		for _, b := range ports {
			for _, to := range ports {
				if to != b && all.Joined(b.Network, to.Network) {
					p.beyond[b.Port] = append(p.beyond[b.Port], to)
				}
			}
		}
	})
	return p.beyond[port]
}

// plugged returns the names of the chassis that have a port to a physical network.
func (z *Zone) plugged(b *Binding) (names []string) {
	for _, h := range z.Chassis {
		if !h.Remote && h.local[b.Port.Datapath] && h.plugged(b) {
			names = append(names, h.Name)
		}
	}
	return names
}

// Sends reports whether a chassis that a number may stand for maps the physical network of a port.
func (p *Places) Sends(port *lflow.Port, number uint64) bool {
	z := p.zones[p.index[port.Datapath.Network()]]()
	names, _ := p.Candidates(number)
	out := z.plugged(z.bindings[port])
	return slices.ContainsFunc(names, func(name string) bool { return slices.Contains(out, name) })
}
