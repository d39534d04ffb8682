package reach

import (
	"cmp"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// A frame that leaves by a port for a physical network enters by the ports to that network, on each other
// chassis that maps it. An arrival by this path is not certain: switches of the physical network may send a frame to a
// single chassis, which depends on earlier frames.
//
// A packet to a port of another chassis leaves a switch with a localnet port by that, and enters the ingress pipeline of the
// switch again, on the chassis of the port. A walk continues at the output port instead, and takes a flow with
// is_chassis_resident() on the chassis that has it (floods.go). An arrival after that is certain if the frame that
// the first chassis sends arrives there too: the physical network forwards it to the chassis of its destination.

// frame is a packet that leaves a switch by its localnet port for another chassis, before the egress pipeline.
type frame struct {
	port      *lflow.Port
	state     *packetset.State
	path      []*lflow.Datapath
	committed []commitment
	set       packetset.Set // the packets for which this port is that of their chassis
}

// physicalLinks determines which ports may be joined by physical networks.
type physicalLinks struct{ several bool }

// newPhysicalLinks returns the links of some networks. There are none unless two ports lead to physical networks, or there are
// several chassis.
func newPhysicalLinks(networks []*lflow.Network) (w physicalLinks) {
	count, chassis := 0, 0
	for _, n := range networks {
		chassis += len(n.Chassis())
		for _, p := range n.Ports() {
			if cluster.IsPhysical(p) {
				count++
			}
		}
	}
	return physicalLinks{count > 1 || count > 0 && chassis > 1}
}

// mayReturn reports whether packets that leave by a port may enter the network by such a port.
func (w physicalLinks) mayReturn(p *lflow.Port) bool { return w.several && cluster.IsPhysical(p) }

// maxPhysicalNetworks is the maximum number of physical networks that a packet crosses one after the other.
const maxPhysicalNetworks = 8

// maxEach is the maximum number of chassis on which a frame is walked if it takes different flows on them.
const maxEach = 32

// carried adds to a class what becomes of its packets that leave for physical networks and enter by ports to them.
func (x *space) carried(c Class) Class {
	direct := slices.Concat(c.arrivals, c.floods)
	if x.places == nil || x.ends == nil && !slices.ContainsFunc(direct, func(a arrival) bool { return x.m.Meets(c.Set, a.crossed) }) {
		return c
	}
	for i := range c.frames {
		if f := &c.frames[i]; c.isDecided() && c.narrow(x.m, f.set) {
			c = x.leaves(c, f)
		}
	}
	for i := range direct {
		if a := &direct[i]; c.isDecided() && x.physical.mayReturn(a.port) && !(x.m.Meets(c.Set, a.crossed) && c.narrow(x.m, a.crossed)) {
			c = x.carriedFrom(c, a)
		}
	}
	frames := slices.Clone(c.floods)
	for i := range direct {
		if a := &direct[i]; c.Undecided == "" && x.isEnd(a.port) && x.m.Meets(c.Set, a.crossed) {
			c = x.confirm(c, a, frames)
		}
	}
	return c
}

// isDecided reports whether it is known what becomes of all frames of a class.
func (c *Class) isDecided() bool { return c.Undecided == "" && c.doubt == "" }

// isEnd reports whether arrivals at a port matter to the question.
func (x *space) isEnd(port *lflow.Port) bool { return x.ends == nil || slices.Contains(x.ends, port) }

// leaves adds to a class what becomes of a frame.
func (x *space) leaves(c Class, f *frame) Class {
	y := *x
	y.n, y.d, y.inport, y.table, y.egress, y.stop, y.initial = f.port.Datapath.Network(), f.port.Datapath, 0, 0, true, 0, f.state
	y.done = slices.Concat(x.done, f.committed)
	return x.behind(c, y, f.path, false, "a localnet port carries the packet from "+f.port.Datapath.DisplayName(true))
}

// carriedFrom is carried for the packets that leave by one port.
func (x *space) carriedFrom(c Class, a *arrival) Class {
	beyond := x.places.Beyond(a.port)
	if len(beyond) == 0 {
		return c
	}
	m := x.m
	on := a.state.Field(packet.OnChassis)
	if !c.narrow(m, x.placed(&on, func(number uint64) bool { return x.places.Sends(a.port, number) })) {
		return c
	}
	_, tag := a.port.PhysicalNetwork()
	for _, b := range beyond {
		if !c.isDecided() {
			break
		}
		y := *x
		y.n, y.d, y.inport, y.table, y.egress, y.stop = b.Port.Datapath.Network(), b.Port.Datapath, 0, 0, false, 0
		y.initial = x.frame(a.state, b.Port, tag)
		if !b.EveryVLAN {
			on := y.initial.Get(packet.VLANTCI, 0, 12)
			is := m.Becomes(&on, packet.Uint(uint64(b.Tag)), packet.Ones(12))
			y.initial.SetUint(packet.VLANTCI, 0)
			if !c.narrow(m, is) {
				continue
			}
		}
		y.done, y.through = slices.Concat(x.done, a.committed), append(slices.Clip(x.through), b.Port)
		known := len(c.floods)
		what := "a physical network carries the packet from " + a.port.DisplayName(true) + " to " + b.Port.DisplayName(true)
		got := x.behind(c, y, a.path, true, what)
		if each := x.places.Each(b.Port); got.doubt != "" && got.differs && len(each) <= maxEach {
			got = c
			for i := 0; i < len(each) && got.isDecided(); i++ {
				y.initial = y.initial.Clone()
				y.initial.SetUint(packet.OnChassis, each[i])
				got = x.behind(got, y, a.path, true, what)
			}
		}
		c = got
		if b.Port != a.port {
			continue
		}
		// The frame does not enter the chassis that it left.
		added := c.floods[known:]
		c.floods = c.floods[:known:known]
		for _, o := range added {
			isNear := len(o.path) == len(a.path) && o.port.Datapath == y.d && x.isEnd(o.port) && !slices.ContainsFunc(c.arrivals, func(k arrival) bool { return k.port == o.port })
			if isNear && c.narrow(m, x.placed(&on, func(number uint64) bool { return x.places.Together(number, x.places.At(y.d, o.port.Key)) })) {
				continue
			}
			c.floods = append(c.floods, o)
		}
	}
	return c
}

// behind adds the arrivals of a walk that continues that of a class.
func (x *space) behind(c Class, y space, path []*lflow.Datapath, carried bool, what string) Class {
	if y.goal != nil && y.n == x.n {
		one, at := image{space: &y}, start
		if y.egress {
			at.Pipeline = lflow.Egress
		}
		if at := x.goal.bound.At(y.d, at); !at.All && !x.m.Meets(c.Set, x.m.Or(one.among(y.initial, at.Direct), x.m.And(one.among(y.initial, at.Leaving), one.among(y.initial, at.Addressed)))) {
			return c
		}
	} else {
		y.goal = nil
	}
	if y.carries++; y.carries > maxPhysicalNetworks || y.isThird() || x.leaving != nil || x.entries != nil {
		c.Undecided = what
		return c
	}
	other, _ := y.classOf(c.Example, c.Set, nil)
	c.Set, c.differs = x.m.And(c.Set, other.Set), other.differs
	if c.doubt = cmp.Or(other.Undecided, other.doubt); c.doubt == "" && len(other.Options) > 0 {
		c.doubt = what + ", and depends on a choice"
	}
	if last := len(path) - 1; path[last] == y.d {
		path = path[:last]
	}
	if x.commits && c.doubt == "" {
		for _, k := range other.sessions.list {
			if c.sessions.in(k.zone) != nil {
				continue
			}
			if c.sessions.list = append(c.sessions.list, k); x.carries == 0 {
				c.sessions.setUnknown(what + ", which commits a connection")
			}
		}
		c.sessions.setUnknown(other.sessions.why)
	}
	for _, o := range slices.Concat(other.arrivals, other.floods) {
		o.path, o.carried = slices.Concat(path, o.path), carried || o.carried
		c.floods = append(c.floods, o)
	}
	return c
}

// isThird reports whether packets entered by the last port twice before: they may be in a loop.
func (x *space) isThird() bool {
	times := 0
	for _, port := range x.through {
		if port == x.through[len(x.through)-1] {
			times++
		}
	}
	return times > 2
}

// confirm removes an arrival that needs a frame, unless one of the frames arrives at the port as the same packet. It narrows the
// class to the packets for which that is the same.
func (x *space) confirm(c Class, a *arrival, frames []arrival) Class {
	one := image{space: x, rep: c.Example, set: c.Set}
	isSame := func(o *arrival) bool {
		for _, f := range packetset.Fields() {
			if f != packet.Inport && !one.equal(a.state.Field(f), o.state.Field(f)) {
				return false
			}
		}
		return true
	}
	for i := range frames {
		if o := &frames[i]; o.port == a.port && o.carried && isSame(o) {
			c.Set = one.set
			c.floods = slices.DeleteFunc(c.floods, func(k arrival) bool { return k.carried && k.state == o.state })
			return c
		}
	}
	if c.narrow(x.m, a.crossed) {
		if c.Undecided = c.doubt; x.ends == nil && c.doubt == "" {
			c.Undecided = "other flows decide on the chassis of " + a.port.DisplayName(true) + ", to which a physical network carries the packet"
		}
		isNot := func(k arrival) bool { return k.state == a.state }
		c.arrivals, c.floods = slices.DeleteFunc(c.arrivals, isNot), slices.DeleteFunc(c.floods, isNot)
	}
	return c
}

// narrow narrows a class to the packets that are in a set if its example is, or else to those that are not.
func (c *Class) narrow(m *packetset.Manager, to packetset.Set) (in bool) {
	if in = m.Has(to, &c.Example); in {
		c.Set = m.And(c.Set, to)
	} else {
		c.Set = m.Without(c.Set, to)
	}
	return in
}

// crossed returns the packets that have left a chassis over a physical network when the packet is output to a port, and records the
// frame. The frame of a flood is its copy for the localnet port.
func (r *image) crossed(q *packetset.State, port *lflow.Port, flood, loopback bool, w way) packetset.Set {
	if r.places == nil || port == nil || w.made || w.answer || r.problem != "" || r.places.Localnet(port.Datapath) == 0 {
		return w.crossed
	}
	carrier := func(number uint64) *lflow.Port {
		from, _ := r.places.Candidates(number)
		if w.on != nil && w.on.number == number {
			from = w.on.names
		}
		if number == cluster.Unknown && slices.ContainsFunc(from, func(name string) bool { return r.places.Carrier([]string{name}, port, flood) != nil }) {
			r.fail("the chassis of the packet to " + port.DisplayName(true) + " is unknown, and a physical network leads to it")
		}
		return r.places.Carrier(from, port, flood)
	}
	bits := q.Field(packet.OnChassis)
	crossed := r.placed(&bits, func(number uint64) bool { return carrier(number) != nil })
	if by := carrier(bits.Of(&r.rep).Lo); by != nil && !flood && !r.m.Has(w.crossed, &r.rep) {
		s := q.Clone()
		s.SetUint(packet.Outport, by.Key)
		set := r.m.Without(r.placed(&bits, func(number uint64) bool { return carrier(number) == by }), w.crossed)
		if in := s.Get(packet.Inport, 0, 16); !loopback {
			set = r.m.Without(set, r.m.Becomes(&in, packet.Uint(by.Key), packet.Ones(16)))
		}
		r.frames = append(r.frames, frame{by, s, w.path, slices.Clip(r.committed), set})
	}
	return r.m.Or(w.crossed, crossed)
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
