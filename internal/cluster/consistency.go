package cluster

import (
	"github.com/ovnwalk/ovnwalk/internal/interconnect"
	"github.com/ovnwalk/ovnwalk/lflow"
)

// between is the key of a comparison, which is done once.
type between struct {
	d     *lflow.Datapath
	other *Zone
}

// Problems returns the differences between a datapath and the datapath of another zone to which
// its tunnels lead.
func (c *Cluster) Problems(d *lflow.Datapath, other *Zone) []interconnect.Problem {
	key := between{d, other}
	found, ok := c.problems[key]
	if !ok {
		for _, h := range c.Chassis {
			if own := c.own[h.Name]; !h.Remote && own != h && own.Zone == other {
				found = append(found, interconnect.Problem{Kind: interconnect.ClaimedTwice, Zone: own.Zone.Name(), Other: h.Zone.Name(), Found: h.Node()})
			}
		}
		found = append(found, interconnect.Compare(d, c.ZoneOf(d.Network()).described(), other.described())...)
		if c.problems == nil {
			c.problems = map[between][]interconnect.Problem{}
		}
		c.problems[key] = found
	}
	return found
}

func (z *Zone) described() interconnect.Zone {
	return interconnect.Zone{Zone: z.source.Zone, Network: z.Network}
}
