package reach

import (
	"cmp"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// A frame that leaves by a port for a physical network enters by the other ports to that network, on
// each chassis that maps it. (floods.go has the copies on other chassis of the same switch.) An arrival by this
// path is not certain: switches of the physical network may send a frame to a single chassis, which depends on
// earlier frames.

// physicalLinks determines which ports may be joined by physical networks.
type physicalLinks struct{ several bool }

// newPhysicalLinks returns the links of some networks. There are none unless two ports lead to physical networks.
func newPhysicalLinks(networks []*lflow.Network) (w physicalLinks) {
	count := 0
	for _, n := range networks {
		for _, p := range n.Ports() {
			if cluster.IsPhysical(p) {
				count++
			}
		}
	}
	return physicalLinks{count > 1}
}

// mayReturn reports whether packets that leave by a port may enter the network by another one.
func (w physicalLinks) mayReturn(p *lflow.Port) bool { return w.several && cluster.IsPhysical(p) }

// maxPhysicalNetworks is the maximum number of physical networks that a packet crosses one after the other.
const maxPhysicalNetworks = 8

// carried adds to a class what becomes of its packets that leave for physical networks and enter by other ports
// to them.
func (x *space) carried(c Class) Class {
	for _, a := range slices.Concat(c.arrivals, c.floods) {
		if c.Undecided != "" || c.doubt != "" {
			break
		}
		if x.physical.mayReturn(a.port) && x.places != nil {
			c = x.carriedFrom(c, &a)
		}
	}
	return c
}

// carriedFrom is carried for the packets that leave by one port.
func (x *space) carriedFrom(c Class, a *arrival) Class {
	m := x.m
	beyond := x.places.Beyond(a.port)
	if len(beyond) == 0 {
		return c
	}
	on := a.state.Field(packet.OnChassis)
	c.Set = m.And(c.Set, m.Becomes(&on, on.Of(&c.Example), packet.Ones(on.Width)))
	if !x.places.Sends(a.port, on.Of(&c.Example).Lo) {
		return c
	}
	_, tag := a.port.PhysicalNetwork()
	for _, b := range beyond {
		y := *x
		y.n, y.d, y.inport, y.table, y.egress, y.stop = b.Port.Datapath.Network(), b.Port.Datapath, 0, 0, false, 0
		y.initial = x.frame(a.state, b.Port, tag)
		if !b.EveryVLAN {
			on := y.initial.Get(packet.VLANTCI, 0, 12)
			is := m.Becomes(&on, packet.Uint(uint64(b.Tag)), packet.Ones(12))
			y.initial.SetUint(packet.VLANTCI, 0)
			if !m.Has(is, &c.Example) {
				c.Set = m.Without(c.Set, is)
				continue
			}
			c.Set = m.And(c.Set, is)
		}
		if y.goal != nil && y.n == x.n {
			one := image{space: &y}
			if at := x.goal.bound.At(y.d, start); !at.All && !m.Meets(c.Set, m.Or(one.among(y.initial, at.Direct), m.And(one.among(y.initial, at.Leaving), one.among(y.initial, at.Addressed)))) {
				continue
			}
		} else {
			y.goal = nil
		}
		if y.carries++; y.carries > maxPhysicalNetworks || x.leaving != nil || x.entries != nil {
			c.Undecided = "a physical network carries the packet from " + a.port.DisplayName(true) + " to " + b.Port.DisplayName(true)
			return c
		}
		again := false
		y.entering = func(d *lflow.Datapath) { again = again || slices.Contains(a.path, d) }
		other, _ := y.classOf(c.Example, c.Set, nil)
		c.Set = m.And(c.Set, other.Set)
		switch c.doubt = cmp.Or(other.Undecided, other.doubt); {
		case c.doubt != "":
		case len(other.Options) > 0:
			c.doubt = "a packet that a physical network carries to " + b.Port.DisplayName(true) + " depends on a choice"
		case again:
			c.doubt = "a physical network carries the packet to " + b.Port.DisplayName(true) + ", and back where it was"
		}
		if c.doubt != "" {
			return c
		}
		for _, o := range slices.Concat(other.arrivals, other.floods) {
			o.path, o.carried = append(slices.Clone(a.path), o.path...), true
			c.floods = append(c.floods, o)
		}
	}
	return c
}

// frame returns the packet of a state that has left by a port with a VLAN tag, as it enters by another one.
func (x *space) frame(s *packetset.State, port *lflow.Port, tag int64) *packetset.State {
	const present = 0x1000
	q := &packetset.State{}
	for _, f := range packetset.Fields() {
		q.SetField(f, s.Field(f))
	}
	if tag != 0 {
		q.SetUint(packet.VLANTCI, uint64(tag)&0xfff|present)
	}
	q.SetUint(packet.Inport, port.Key)
	q.SetUint(packet.OnChassis, x.places.At(port.Datapath, port.Key))
	return q
}

// mayCome returns why it is not certain that a packet arrives that a physical network carries.
func (a *arrival) mayCome() string {
	return "a physical network may carry the packet to " + a.path[len(a.path)-1].DisplayName(true)
}
