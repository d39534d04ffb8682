package cluster

import (
	"maps"
	"slices"

	"github.com/ovnwalk/ovnwalk/lflow"
)

// joinNetworks finds the physical networks that are joined, because a chassis maps them to the
// same bridge.  Frames of each reach the ports of all.
func (c *Cluster) joinNetworks() {
	c.segments = map[string]string{}
	for _, h := range c.Chassis {
		first := map[string]string{} // of the networks of each bridge
		for _, network := range slices.Sorted(maps.Keys(h.mappings)) {
			bridge := h.mappings[network]
			if _, ok := first[bridge]; !ok {
				first[bridge] = network
			}
			from, to := c.Segment(network), c.Segment(first[bridge])
			if from == to {
				continue
			}
			for name, segment := range c.segments {
				if segment == from {
					c.segments[name] = to
				}
			}
			c.segments[network], c.segments[from] = to, to
		}
	}
}

// Segment returns the name that represents a physical network and all those joined to it, which
// is the name of one of them.
func (c *Cluster) Segment(network string) string {
	if segment, ok := c.segments[network]; ok {
		return segment
	}
	return network
}

// Joined reports whether two physical networks are the same or joined.
func (c *Cluster) Joined(a, b string) bool {
	return a == b || len(c.segments) > 0 && c.Segment(a) == c.Segment(b)
}

// plugged reports whether the chassis maps the physical network of a localnet or l2gateway port.
func (h *Chassis) plugged(b *Binding) bool {
	_, ok := h.mappings[b.Network]
	return ok && (b.Port.Type == "localnet" || b.Chassis == h)
}

// Attached returns the ports through which frames of a physical network enter a chassis.
func (h *Chassis) Attached(network string) (all []*Binding) {
	c := h.Zone.cluster
	if !h.maps(network) || !h.Zone.Enter() {
		return nil
	}
	for _, d := range h.Zone.Network.Datapaths {
		if !h.local[d] {
			continue
		}
		for _, b := range h.Zone.of[d] {
			if (b.Port.Type == "localnet" || b.Port.Type == "l2gateway") && c.Joined(b.Network, network) && h.plugged(b) {
				all = append(all, b)
			}
		}
	}
	return all
}

// maps reports whether the chassis maps a physical network or one that is joined to it.
func (h *Chassis) maps(network string) bool {
	for name := range h.mappings {
		if h.Zone.cluster.Joined(name, network) {
			return true
		}
	}
	return false
}

// Leading returns the ports to a physical network, whether or not a chassis maps it.
func (c *Cluster) Leading(network string) (all []*Binding) {
	for _, z := range c.Zones {
		if !z.leads(network) || !z.Enter() {
			continue
		}
		for _, d := range z.Network.Datapaths {
			for _, b := range z.of[d] {
				if b.Network != "" && c.Joined(b.Network, network) {
					all = append(all, b)
				}
			}
		}
	}
	return all
}

// leads reports whether the zone has a port to a physical network.
func (z *Zone) leads(network string) bool {
	return slices.ContainsFunc(z.source.Ports(), func(p lflow.ZonePort) bool { return p.Network != "" && z.cluster.Joined(p.Network, network) })
}

// Networks returns the names of the physical networks of ports, in the order of the databases.
func (c *Cluster) Networks() (names []string) {
	for _, z := range c.Zones {
		for _, p := range z.source.Ports() {
			if p.Network != "" && !slices.Contains(names, p.Network) {
				names = append(names, p.Network)
			}
		}
	}
	return names
}
