package reach

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/internal/cluster"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/internal/portsec"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// output follows the packet to the egress pipeline of each of its output ports, or out of
// its port.
func (r *image) output(s *packetset.State, at place) {
	if at.way.leftover {
		r.skip(at.nodes)
		return
	}
	d := at.datapath
	key := r.fix(s.Get(packet.Outport, 0, 16)).Lo
	if key == 0 {
		return
	}
	port, _ := d.Port(key)
	group, _ := d.Group(key)
	if at.pipeline == lflow.Egress {
		r.leave(s, port, at)
		return
	}
	q := s.Clone()
	for i := range packet.NumRegs {
		if f := packet.Reg(i); f != packet.Inport && f != packet.Outport {
			q.SetUint(f, 0)
		}
	}
	flag := s.Get(packet.LogicalFlags, 0, 1)
	loopback := r.decide(r.m.Becomes(&flag, packet.Uint(packet.FlagLoopback), packet.Ones(1)))
	if r.stop > 0 && !at.way.made {
		if group != nil {
			r.fail("a group has copies of the packet before the table at which the walk is to stop")
			return
		}
		r.outputs = append(r.outputs, port)
	}
	if group != nil {
		r.multicast(group, q, loopback, at)
		return
	}
	at.way.crossed = r.crossed(q, port, false, loopback, at.way)
	if r.isLost(q, port, false) {
		return
	}
	if port != nil && port.Type == "chassisredirect" {
		if port = port.Distributed; port == nil {
			return
		}
		q.SetUint(packet.Outport, port.Key)
	}
	if !loopback && (port == nil || r.cameBy(q, port)) {
		return
	}
	if r.tunnels(port) {
		r.cross(q, port, at)
		return
	}
	node, ok := find[*trace.Pipeline](r, at.nodes)
	if !ok {
		return
	}
	if port != nil && r.isIrrelevant(port) {
		r.skipped = r.skipped || !at.way.made
		r.skipNode(node)
		return
	}
	r.enter(&node.Container, q, d, lflow.Egress, 0, at.way)
}

// cameBy decides whether the packet entered by a port.
func (r *image) cameBy(s *packetset.State, port *lflow.Port) bool {
	in := s.Get(packet.Inport, 0, 16)
	return r.isPort(in, port)
}

// isPort decides whether the key of a port in the packet is that of a given port.
func (r *image) isPort(key packetset.Bits, port *lflow.Port) bool {
	return r.decide(r.m.Becomes(&key, packet.Uint(port.Key), packet.Ones(16)))
}

// multicast follows the copies to the members of a group. A copy starts with the registers
// that the copy before it left, but the members that are skipped depend on the input port
// before the first copy.
func (r *image) multicast(g *lflow.Group, q *packetset.State, loopback bool, at place) {
	node, ok := find[*trace.Pipeline](r, at.nodes)
	if !ok {
		return
	}
	r.copied = true
	members := nodesOf(&node.Container)
	in, on := q.Get(packet.Inport, 0, 16), q.Field(packet.OnChassis)
	last := len(g.Ports()) // copies after it are not relevant
	for last > 0 && r.isIrrelevant(g.Ports()[last-1]) {
		last--
	}
	for i, port := range g.Ports() {
		sub, ok := find[*trace.Pipeline](r, members)
		if !ok || r.problem != "" {
			return
		}
		if i >= last {
			r.skipped = r.skipped || !at.way.made
			r.skipNode(sub)
			continue
		}
		w := at.way
		w.leftover = r.isIrrelevant(port) && r.leavesAlone(at.datapath) && r.crosses(port)
		now := q.Get(packet.Inport, 0, 16)
		passed := w.leftover && r.effort != whole && (loopback || now.Same(&in)) && r.passBy(q, port, loopback, at.datapath)
		if !passed && !loopback && r.isPort(in, port) {
			continue
		}
		if w.leftover {
			r.skipped = r.skipped || !w.made
			if r.tunnels(port) {
				r.skipNode(sub)
				continue
			}
			if passed || r.passBy(q, port, true, at.datapath) {
				continue
			}
		}
		q.SetUint(packet.Outport, port.Key)
		q.SetField(packet.OnChassis, on)
		if !w.leftover {
			w.crossed = r.crossed(q, port, true, loopback, w)
		}
		before := q.Field(packet.Inport)
		lost := r.isLost(q, port, true)
		after := q.Field(packet.Inport)
		switch {
		case lost:
		case r.tunnels(port):
			far := at
			far.nodes, far.way = nodesOf(&sub.Container), w
			r.cross(q, port, far)
		default:
			r.enter(&sub.Container, q, at.datapath, lflow.Egress, 0, w)
		}
		if !after.Same(&before) {
			q.SetField(packet.Inport, before)
		}
	}
}

// leavesAlone reports whether a packet that leaves by a switch's port affects later copies
// only through its registers: no packet is generated from it, and it commits to the port's
// zone only.
func (x *space) leavesAlone(d *lflow.Datapath) bool {
	alone, known := x.alone[d]
	if known {
		return alone
	}
	alone = d.Type == "logical-switch"
	for table := 0; alone && table < lastTable; table++ {
		for _, f := range d.Network().Flows(d, lflow.Egress, table) {
			alone = alone && f.Err(d) == nil && !slices.ContainsFunc(f.Actions().List, func(a action.Action) bool {
				switch a.(type) {
				case *action.Nested, *action.Mirror:
					return true
				}
				return false
			})
		}
	}
	x.alone[d] = alone
	return alone
}

// leave follows the packet out of a port, into the datapath of its peer.
func (r *image) leave(s *packetset.State, port *lflow.Port, at place) {
	if r.cross(s, port, at) {
		return
	}
	if port != nil && port.Peer == nil && !at.way.made {
		a := arrival{port: port, state: s.Clone(), path: at.way.path, crossed: at.way.crossed, committed: slices.Clip(r.committed)}
		if r.arriving != nil {
			a.packet = r.arriving(s)
		}
		r.arrivals = append(r.arrivals, a)
	}
	if port == nil || port.Peer == nil {
		return
	}
	node, ok := find[*trace.Pipeline](r, at.nodes)
	if !ok {
		return
	}
	q := s.Clone()
	q.SetUint(packet.Inport, port.Peer.Key)
	q.SetUint(packet.Outport, 0)
	r.clearConntrack(q)
	if r.places != nil {
		q.Set(packet.OnChassis, cluster.HereShift, packetset.Constant(packet.Value{}, 16))
	}
	if r.leaving != nil && !r.far && port.Peer.Datapath.Type != "logical-router" {
		at.datapath = port.Peer.Datapath
		r.leaving(r, 0, q, at)
		r.skipNode(node)
		return
	}
	if r.isDead(q, port.Peer.Datapath, start, at.way) {
		return
	}
	r.enter(&node.Container, q, port.Peer.Datapath, lflow.Ingress, 0, at.way)
}

// securityKey identifies packets that port security checks.
type securityKey struct {
	datapath *lflow.Datapath
	sends    bool
	state    int32
}

// security is the packets that port security refuses, and those of them that it does not
// refuse on all chassis of their port.
type security struct{ set, varies packetset.Set }

// portSecurity stores whether port security refuses the packet.
func (r *image) portSecurity(dst expr.FieldRef, s *packetset.State, key *packet.Field, at place) {
	ask := securityKey{at.datapath, key == packet.Inport, r.m.ID(s)}
	refused, known := r.security[ask]
	if !known {
		bits := s.Field(key)
		keys := r.ports
		if bits.IsConstant() {
			keys = []uint64{bits.Value.Lo}
		}
		var sets, varying []packetset.Set
		for _, k := range keys {
			if port, ok := at.datapath.Port(k); ok {
				here := r.m.Becomes(&bits, packet.Uint(k), packet.Ones(bits.Width))
				here = r.m.And(here, r.refused(port, s, ask.sends))
				if sets = append(sets, here); portsec.Varies(port) {
					varying = append(varying, here)
				}
			}
		}
		refused = security{r.m.Union(sets), r.m.Union(varying)}
		r.security[ask] = refused
	}
	if refused.varies != packetset.Empty && r.decide(refused.varies) {
		r.fail("a port with additional chassis, which do not check port security")
	}
	setBit(s, dst, r.decide(refused.set))
}

// refused returns the packets that a port may not send, or not receive.
func (r *image) refused(port *lflow.Port, s *packetset.State, sends bool) packetset.Set {
	var sets []packetset.Set
	for _, c := range portsec.Chassis(port, sends) {
		refused := packetset.Empty
		for len(c) > 0 { // rules with the same result at once, the last ones first
			i := len(c) - 1
			for i > 0 && c[i-1].Refuses == c[i].Refuses {
				i--
			}
			var matched []packetset.Set
			for _, rule := range c[i:] {
				matched = append(matched, r.matching(s, rule))
			}
			if set := r.m.Union(matched); c[i].Refuses {
				refused = r.m.Or(refused, set)
			} else {
				refused = r.m.Without(refused, set)
			}
			c = c[:i]
		}
		sets = append(sets, refused)
	}
	return r.m.Union(sets)
}

// matching returns the packets that a rule of port security matches.
func (r *image) matching(s *packetset.State, rule portsec.Rule) packetset.Set {
	set := packetset.All
	for _, t := range rule.Terms {
		bits := s.Field(t.Field)
		if set = r.m.And(set, r.m.Becomes(&bits, t.Value, t.Mask)); set == packetset.Empty {
			break
		}
	}
	return set
}

// oneOf returns the packets in which a field is one of several values.
func (r *image) oneOf(s *packetset.State, f *packet.Field, values []uint64) packetset.Set {
	sets := make([]packetset.Set, len(values))
	for i, v := range values {
		sets[i] = r.becomes(s, f, v)
	}
	return r.m.Union(sets)
}

// arrivalsOf returns the arrivals that the verdict has too. The verdict determines the
// ports that deliver nothing, the copies that are replies, and the ACLs that allowed the
// packet.
func (r *image) arrivalsOf(ends []verdict.Disposition) (out []arrival) {
	used := make([]bool, len(ends))
	for _, a := range r.arrivals {
		came := a.state.Of(&r.rep)
		for i := range ends {
			e := &ends[i]
			if !used[i] && e.Outcome == verdict.OutcomeDelivered && e.Origin <= verdict.OriginClone &&
				e.Port == a.port.Ref() && sameWords(&came, &e.Packet) {
				used[i] = true
				a.allowedBy = e.AllowedBy
				out = append(out, a)
				break
			}
		}
	}
	return out
}
