package cluster

import (
	"cmp"
	"slices"

	"github.com/ovnwalk/ovnwalk/lflow"
)

// Name returns the name of a zone, or "" if it is unknown.
func (z *Zone) Name() string { return z.source.Name }

// Node returns the host name of the chassis, or else its name.
func (h *Chassis) Node() string { return cmp.Or(h.Hostname, h.Name) }

// Nodes returns the host names of chassis by their names, if they are unique: no other chassis
// has it as a name or host name.
func (c *Cluster) Nodes() map[string]string {
	chassis := map[string]string{} // by name or host name, "" for several
	for _, h := range c.Chassis {
		for _, name := range []string{h.Name, h.Hostname} {
			if other, known := chassis[name]; known && other != h.Name {
				chassis[name] = ""
			} else {
				chassis[name] = h.Name
			}
		}
	}
	nodes := map[string]string{}
	for _, h := range c.Chassis {
		if h.Hostname != "" && chassis[h.Hostname] == h.Name {
			nodes[h.Name] = h.Hostname
		}
	}
	return nodes
}

// InOwnZone returns the chassis that a row represents: for a remote chassis, that of its own
// zone, or nil if no database has it.
func (h *Chassis) InOwnZone() *Chassis {
	if !h.Remote {
		return h
	}
	return h.Zone.cluster.own[h.Name]
}

// findOwn finds the own chassis of all zones.
func (c *Cluster) findOwn() {
	c.own = map[string]*Chassis{}
	for _, h := range c.Chassis {
		if !h.Remote && c.own[h.Name] == nil {
			c.own[h.Name] = h
		}
	}
}

// Keyed returns the datapath with a tunnel key, or nil.
func (z *Zone) Keyed(key int64) *lflow.Datapath {
	i := slices.IndexFunc(z.Network.Datapaths, func(d *lflow.Datapath) bool { return d.TunnelKey == key })
	if i < 0 {
		return nil
	}
	return z.Network.Datapaths[i]
}

// IsTransit reports whether a switch is a transit switch, which connects zones.
func IsTransit(d *lflow.Datapath) bool {
	_, ok := d.ExternalID("interconn-ts")
	return ok
}
