package reach

import (
	"cmp"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// On a switch with a physical network, a packet takes the flow of the chassis that has one for it,
// because the physical network carries frames there. Before that, the packet is on the chassis of
// its sender, or on several, and may take other flows on them, such as one that floods it to
// unknown addresses: from each table whose flows differ between chassis, each of these copies is
// walked separately.

// floods has the tables at which a walk divided a packet among chassis.
type floods struct {
	script []int // the copy that is walked from each of them, 0 for that of Places.Settles
	points []flood
	index  map[floodKey]int // of points
	chosen func() int       // the number of choices so far
}

// flood is one of these tables.
type flood struct {
	datapath *lflow.Datapath
	copies   []uint64 // the chassis of the copies that take other flows
	own      bool     // whether the copy is on the packet's own chassis, before the frame leaves it
	chosen   int      // the number of choices before it
}

type floodKey struct {
	datapath *lflow.Datapath
	pipeline lflow.Pipeline
	table    int
	packet   packet.Packet
}

// taken returns the chassis of the copy of a packet with which the walk continues from a table, 0
// for the copy that takes flow.
func (o *floods) taken(places *cluster.Places, d *lflow.Datapath, p lflow.Pipeline, table int, flow *lflow.Flow, q *packet.Packet) uint64 {
	list := places.Copies(d, p, table, q.Uint(packet.OnChassis))
	if list == nil {
		return 0
	}
	key := floodKey{d, p, table, *q}
	i, known := o.index[key]
	if !known {
		point := flood{datapath: d, chosen: o.chosen()}
		var others []*lflow.Flow
		for _, c := range list {
			there := *q
			there.SetUint(packet.OnChassis, c)
			if f := taken(d, p, table, &there); f != flow && !slices.Contains(others, f) {
				others, point.copies = append(others, f), append(point.copies, c)
			}
		}
		names, _ := places.Candidates(q.Uint(packet.OnChassis))
		point.own = len(names) == 1
		i = -1
		if len(others) > 0 {
			i = len(o.points)
			o.points = append(o.points, point)
		}
		o.index[key] = i
	}
	if i < 0 || i >= len(o.script) || o.script[i] == 0 {
		return 0
	}
	return o.points[i].copies[o.script[i]-1]
}

// walked makes a walk follow the copies of the script.
func (o *floods) walked(places *cluster.Places, how *sim.Choices, chosen func() int) {
	o.points, o.index, o.chosen = nil, map[floodKey]int{}, chosen
	if places == nil {
		return
	}
	how.Stays = func(d *lflow.Datapath, p lflow.Pipeline, table int, f *lflow.Flow, q *packet.Packet) bool {
		number := o.taken(places, d, p, table, f, q)
		if number != 0 {
			q.SetUint(packet.OnChassis, number)
		}
		return number != 0
	}
}

// stays narrows the class to the packets whose copies take the same flows in a table, and follows
// the copy that is walked. It returns the packet of this copy, or q if there are no copies.
func (r *image) stays(d *lflow.Datapath, p lflow.Pipeline, table int, s *packetset.State, q *packet.Packet, w *way) *packet.Packet {
	if r.places == nil || r.problem != "" || !r.places.Divides(d, p, table) {
		return q
	}
	bits := s.Field(packet.OnChassis)
	if !r.places.Everywhere(d, bits.Of(&r.rep).Lo) {
		return q
	}
	if !bits.IsConstant() && r.decide(r.severalPlaces(&bits)) {
		bits = packetset.Constant(r.fix(bits), bits.Width)
	}
	now := s.Packet(&r.rep)
	flow := taken(d, p, table, &now)
	narrow := func(q *packetset.State, f *lflow.Flow) {
		found := r.lookup(d, p, table, r.base, r.set, q, f)
		r.set = found.set
		for _, u := range found.uncertain {
			r.decide(u)
		}
	}
	on := func(number uint64) *packetset.State {
		q := s.Clone()
		if bits.IsConstant() {
			q.SetUint(packet.OnChassis, number)
		} else {
			q.Set(packet.OnChassis, cluster.HereShift, packetset.Constant(packet.Uint(number>>cluster.HereShift), 16))
		}
		return q
	}
	narrow(s, flow)
	number := r.floods.taken(r.places, d, p, table, flow, &now)
	flows := map[string]*lflow.Flow{} // by chassis, "" for all others
	var its *lflow.Flow
	for _, c := range r.places.Copies(d, p, table, now.Uint(packet.OnChassis)) {
		q := on(c)
		there := q.Packet(&r.rep)
		f := taken(d, p, table, &there)
		narrow(q, f)
		names, _ := r.places.Candidates(c)
		if flows[names[0]] = f; c == number {
			its = f
		}
	}
	if number != 0 {
		names, _ := r.places.Candidates(now.Uint(packet.OnChassis))
		w.on = &copies{number, slices.DeleteFunc(slices.Clone(names), func(name string) bool {
			f, ok := flows[name]
			return ok && f != its || !ok && flows[""] != its
		})}
		*s = *on(number)
		now.SetUint(packet.OnChassis, number)
	}
	return &now
}

// severalPlaces returns the packets whose chassis is unknown.
func (r *image) severalPlaces(bits *packetset.Bits) packetset.Set {
	return r.placed(bits, func(number uint64) bool { names, _ := r.places.Candidates(number); return len(names) != 1 })
}

// classOf returns the class of a packet, with the arrivals of its copies on all chassis.
func (x *space) classOf(rep packet.Packet, among packetset.Set, choices []int) (_ Class, ok bool) {
	c, points := x.classOn(rep, among, choices, nil)
	if c.Undecided == "" && len(points) > 0 {
		left := maxCopies
		c = x.withCopies(c, points, nil, among, &left)
	}
	if c.Undecided == "" {
		c = x.carried(c)
	}
	if x.ends != nil {
		isNot := func(a arrival) bool { return !slices.Contains(x.ends, a.port) }
		c.arrivals, c.floods = slices.DeleteFunc(c.arrivals, isNot), slices.DeleteFunc(c.floods, isNot)
	}
	if c.Undecided == "" && (len(c.arrivals)+len(c.floods) > 0 || x.leaving != nil || x.sessions != nil) {
		c.Undecided = c.asks
	}
	return c, c.Undecided == ""
}

// maxCopies is the maximum number of copies of a packet that are walked; a packet in a loop may be
// divided among chassis any number of times.
const maxCopies = 200

// withCopies adds to a class the results of the copies of its packets on other chassis, from the
// tables after those of the script.
func (x *space) withCopies(c Class, points []flood, script []int, among packetset.Set, left *int) Class {
	for i := len(script); i < len(points); i++ {
		point := &points[i]
		if *left -= len(point.copies); *left < 0 || x.leaving != nil || x.entries != nil {
			c.Undecided = "there are too many copies of the packet on chassis in " + point.datapath.DisplayName(true)
			return c
		}
		for k := range point.copies {
			to := make([]int, i+1)
			copy(to, script)
			to[i] = k + 1
			other, more := x.classOn(c.Example, among, c.Choices[:min(point.chosen, len(c.Choices))], to)
			if other.Undecided == "" && len(other.Options) > point.chosen {
				other.Undecided = "a copy of the packet in " + point.datapath.DisplayName(true) + " depends on a choice"
			}
			if other.Undecided == "" {
				other = x.withCopies(other, more, to, among, left)
			}
			other.Set = x.m.And(other.Set, c.Set)
			if point.own && other.Undecided == "" && other.staysIn(point.datapath) {
				return other // no other chassis has the packet
			}
			c.Set = other.Set
			if other.Undecided != "" {
				c.Undecided, c.differs = other.Undecided, other.differs
				return c
			}
			c.floods = append(c.floods, other.arrivals...)
			c.floods = append(c.floods, other.floods...)
			c.frames, c.asks = append(c.frames, other.frames...), cmp.Or(c.asks, other.asks)
		}
	}
	return c
}

// staysIn reports whether the packets end before an output port of a datapath.
func (c *Class) staysIn(d *lflow.Datapath) bool {
	end := &c.Ends[0]
	return len(c.Ends) == 1 && len(c.arrivals)+len(c.floods) == 0 && end.Outcome == verdict.OutcomeDropped &&
		end.DecidedAt.Datapath == d.Ref() && !end.DecidedAt.Egress
}
