package reach

import (
	"fmt"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// The state contains the chassis of the packet: first that of its input port, after an output
// that of the output port. is_chassis_resident() is thus a condition on the input port. The
// chassis of some packets is unknown: frames of a physical network reach each chassis that maps
// it, and a port may have no chassis or several. These packets are walked as if all ports were
// resident on their chassis, and compared with the walks on each chassis.

// copies are the chassis on which a packet that took the flows of a path may be.
type copies struct {
	number uint64 // the number that represents them
	names  []string
}

// onAll narrows the class to the packets that take the same flows on all chassis on which they
// may be. Each chassis has a copy of a frame of a physical network, which may end there if another
// copy takes the flow.
func (r *image) onAll(at place, table int, s *packetset.State) *copies {
	on := at.way.on
	if r.places == nil || r.problem != "" {
		return on
	}
	ports := r.places.Resident(at.datapath, at.pipeline, table)
	if len(ports) == 0 || !r.places.Bound(at.datapath.Network()) {
		return on
	}
	bits := s.Field(packet.OnChassis)
	if r.places.Everywhere(at.datapath, bits.Value.Lo) {
		return on
	}
	if !bits.IsConstant() {
		if !r.decide(r.severalPlaces(&bits)) {
			return on
		}
		bits = packetset.Constant(r.fix(bits), bits.Width)
	}
	number := bits.Value.Lo
	names, each := r.places.Candidates(number)
	if len(names) == 1 {
		return on
	}
	if on != nil && on.number == number {
		names = on.names
	}
	n := at.datapath.Network()
	apart := r.places.Residents(n, ports, names)
	left := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(apart, name) })
	if len(left) > 0 {
		apart = append(apart, "")
	}
	var same []string
	for _, name := range apart {
		q := s.Clone()
		q.SetUint(packet.OnChassis, r.places.On(n, name))
		p := q.Packet(&r.rep)
		flow := taken(at.datapath, at.pipeline, table, &p)
		found := r.lookup(at.datapath, at.pipeline, table, r.base, r.set, q, flow)
		r.set = found.set
		for _, u := range found.uncertain {
			r.decide(u)
		}
		switch {
		case flow == at.flow && name == "":
			same = append(same, left...)
		case flow == at.flow:
			same = append(same, name)
		case !each:
			r.fail(fmt.Sprintf("the chassis of the packet in %s is unknown, and flows distinguish it", at.datapath.DisplayName(true)))
		case flow != nil && len(flow.Actions().List) > 0:
			r.differs = true
			r.fail(fmt.Sprintf("a frame of a physical network takes different flows on the chassis in %s", at.datapath.DisplayName(true)))
		}
	}
	if len(same) == 0 {
		r.differs = true
		r.fail(fmt.Sprintf("a frame of a physical network takes other flows on each chassis in %s", at.datapath.DisplayName(true)))
	}
	return &copies{number, same}
}

// isLocal decides whether the port with a name is on the chassis of the packet.
func (r *image) isLocal(port string, s *packetset.State, at place) bool {
	if r.places == nil || !r.places.Bound(at.datapath.Network()) {
		return true
	}
	bits := s.Field(packet.OnChassis)
	if bits.IsConstant() {
		if names, _ := r.places.Candidates(bits.Value.Lo); len(names) != 1 {
			r.fail(fmt.Sprintf("the chassis of the packet in %s is unknown, and backends are on chassis", at.datapath.DisplayName(true)))
		}
		return r.places.Has(at.datapath.Network(), port, bits.Value.Lo)
	}
	if r.decide(r.severalPlaces(&bits)) {
		r.fail(fmt.Sprintf("the chassis of the packet in %s is unknown, and backends are on chassis", at.datapath.DisplayName(true)))
	}
	return r.decide(r.placed(&bits, func(number uint64) bool { return r.places.Has(at.datapath.Network(), port, number) }))
}

// isLost moves the packet to the chassis of its output port, and reports whether it ends before that.
func (r *image) isLost(q *packetset.State, port *lflow.Port, flood bool) bool {
	if r.places == nil || port == nil {
		return false
	}
	crossing := r.crossing(q, port, flood)
	switch {
	case crossing == cluster.LosesInport:
		q.SetUint(packet.Inport, 0)
	case crossing == cluster.ToPhysical:
		r.fail("no chassis has the interface of " + port.DisplayName(true) + ", so that chassis send the packet to a physical network")
	case crossing == cluster.NotDetermined:
		r.fail("the chassis of the packet to " + port.DisplayName(true) + " is unknown, and not all of them have the same tunnels")
	}
	if number := r.places.Moves(port); number != 0 {
		q.SetUint(packet.OnChassis, number)
	}
	return crossing.Code() != ""
}

// crosses reports whether copies of a flood for a port arrive at its chassis unchanged, from any chassis.
func (r *image) crosses(port *lflow.Port) bool {
	if r.places == nil {
		return true
	}
	crossing, ok := r.places.CrossingFromAll(port, true)
	return ok && crossing == cluster.Crosses
}

// crossing narrows the class to the packets to which the same happens between their chassis and that of their
// output port.
func (r *image) crossing(q *packetset.State, port *lflow.Port, flood bool) cluster.Crossing {
	if is, ok := r.places.CrossingFromAll(port, flood); ok {
		return is
	}
	bits := q.Field(packet.OnChassis)
	is := r.places.Crossing(bits.Of(&r.rep).Lo, port, flood)
	r.decide(r.placed(&bits, func(number uint64) bool { return r.places.Crossing(number, port, flood) == is }))
	return is
}

// settles moves the packet to the chassis that has the flow that it takes, and reports whether it was on another one: then
// a physical network carries it.
func (r *image) settles(s *packetset.State, at place) (carried bool) {
	if r.places == nil {
		return false
	}
	number, inport := r.places.Settles(at.datapath, at.flow)
	if number == 0 {
		return false
	}
	bits := s.Field(packet.OnChassis)
	if carried = r.decide(r.placed(&bits, func(at uint64) bool { return r.places.Apart(at, number) })); carried {
		s.SetUint(packet.Inport, inport)
	}
	s.SetUint(packet.OnChassis, number)
	return carried
}

// placed returns the packets whose chassis have numbers that satisfy a condition.
func (x *space) placed(bits *packetset.Bits, is func(number uint64) bool) packetset.Set {
	if bits.IsConstant() {
		if is(bits.Value.Lo) {
			return packetset.All
		}
		return packetset.Empty
	}
	var sets []packetset.Set
	for _, key := range x.ports {
		if number := bits.Value.Lo | key; is(number) {
			sets = append(sets, x.m.Becomes(bits, packet.Uint(number), packet.Ones(bits.Width)))
		}
	}
	if len(sets) == len(x.ports) {
		return packetset.All
	}
	return x.m.Union(sets)
}
