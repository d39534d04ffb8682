package cluster

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/lflow"
)

// IsPhysical reports whether packets leave by a port for a physical network.
func IsPhysical(port *lflow.Port) bool { return port.Type == "localnet" || port.Type == "l2gateway" }

// Beyond returns the ports by which frames enter that leave by a port for a physical network: those to the same
// network, of all zones, of chassis that map it. The port itself is one of them if several chassis do.
func (p *Places) Beyond(port *lflow.Port) []*Binding {
	if !IsPhysical(port) {
		return nil
	}
	p.joined.Do(func() {
		p.beyond = map[*lflow.Port][]*Binding{}
		all := &Cluster{}
		var ports []*Binding
		several := map[*Binding]bool{}
		for _, zone := range p.zones {
			z := zone()
			if z == nil {
				continue
			}
			all.Chassis = append(all.Chassis, z.Chassis...)
			for _, d := range z.Network.Datapaths {
				for _, b := range z.of[d] {
					if !IsPhysical(b.Port) {
						continue
					}
					if names := z.plugged(b); len(names) > 0 {
						ports, several[b] = append(ports, b), len(names) > 1
					}
				}
			}
		}
		all.joinNetworks()
		for _, b := range ports {
			for _, to := range ports {
				if (to != b || several[b]) && all.Joined(b.Network, to.Network) {
					p.beyond[b.Port] = append(p.beyond[b.Port], to)
				}
			}
		}
	})
	return p.beyond[port]
}

// Each returns the numbers of the chassis on which frames enter by a port to a physical network.
func (p *Places) Each(port *lflow.Port) (list []uint64) {
	names, _ := p.Candidates(p.At(port.Datapath, port.Key))
	for _, name := range names {
		list = append(list, stays(port.Datapath, p.On(port.Datapath.Network(), name)))
	}
	return list
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

// Carrier returns the localnet port by which packets that are output to a port, or copies of a flood for it, leave for its
// chassis from other ones, nil if they do not leave over a physical network, or one of these is that of the port.
func (p *Places) Carrier(from []string, port *lflow.Port, flood bool) *lflow.Port {
	i, ok := p.index[port.Datapath.Network()]
	if !ok || p.Localnet(port.Datapath) == 0 || staysOnChassis(port) || p.zones[i]() == nil {
		return nil
	}
	z := p.zones[i]()
	b := z.binding(port)
	if b == nil || !flood && (b.Bridged || b.Multichassis() || b.Function || z.AlwaysTunnels()) {
		return nil
	}
	to, _ := p.Candidates(p.At(port.Datapath, port.Key))
	isThere := func(name string) bool { return slices.Contains(to, name) }
	if slices.ContainsFunc(from, isThere) {
		return nil
	}
	for _, name := range from {
		if h := z.named(name); h != nil {
			if ln := z.LocalnetOn(h, port.Datapath); ln != nil {
				return ln.Port
			}
		}
	}
	return nil
}

// Together reports whether two numbers represent one known chassis.
func (p *Places) Together(a, b uint64) bool {
	x, _ := p.Candidates(a)
	y, _ := p.Candidates(b)
	return len(x) == 1 && slices.Equal(x, y)
}
