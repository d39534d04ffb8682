package cluster

import (
	"cmp"
	"slices"

	"github.com/ovnwalk/ovnwalk/lflow"
)

// Name returns what a zone is called, "" where it is not known.
func (z *Zone) Name() string { return z.source.Name }

// Node returns the name of the chassis' machine.
func (h *Chassis) Node() string { return cmp.Or(h.Hostname, h.Name) }

// Nodes returns the host names of chassis by their names: of those that have a host name
// of their own, which no other chassis has as a name or host name.
func (c *Cluster) Nodes() map[string]string {
	chassis := map[string]string{} // of a name or host name, "" for several
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

// InOwnZone returns the chassis that a row stands for: for a remote chassis, the row in
// the database of its own zone, nil if no database has it.
func (h *Chassis) InOwnZone() *Chassis {
	if !h.Remote {
		return h
	}
	return h.Zone.cluster.own[h.Name]
}

// findOwn finds the chassis that are a zone's own.
func (c *Cluster) findOwn() {
	c.own = map[string]*Chassis{}
	for _, h := range c.Chassis {
		if !h.Remote && c.own[h.Name] == nil {
			c.own[h.Name] = h
		}
	}
}

// Keyed returns the datapath of a tunnel key, nil where there is none.
func (z *Zone) Keyed(key int64) *lflow.Datapath {
	i := slices.IndexFunc(z.Network.Datapaths, func(d *lflow.Datapath) bool { return d.TunnelKey == key })
	if i < 0 {
		return nil
	}
	return z.Network.Datapaths[i]
}

// IsTransit reports whether a switch joins zones.
func IsTransit(d *lflow.Datapath) bool {
	_, ok := d.ExternalID("interconn-ts")
	return ok
}

// Tunnels reports whether a chassis has a tunnel to another: to one of another
// zone only if it is one of those that interconnect zones.
func (h *Chassis) Tunnels(to *Chassis) bool { return !to.Remote || h.interconnects }
