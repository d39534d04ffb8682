package reach

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/internal/conntrack"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// zone is a conntrack zone. A switch has one for each port, whose key may depend on the
// original packet; a router has two.
type zone struct {
	datapath *lflow.Datapath
	snat     bool
	port     packetset.Bits
	on       packetset.Bits // the chassis, of a router that several have
}

// commitment is a connection that the walk has committed to a zone.
type commitment struct {
	zone     zone
	src, dst packetset.Bits
}

func (r *image) zoneOf(s *packetset.State, at place, snat bool) zone {
	if at.datapath.Type == "logical-router" {
		z := zone{datapath: at.datapath, snat: snat, port: packetset.Constant(packet.Value{}, 16)}
		if !at.datapath.HasL3Gateway {
			z.on = s.Field(packet.OnChassis)
		}
		return z
	}
	key := packet.Inport
	if at.pipeline == lflow.Egress {
		key = packet.Outport
	}
	return zone{datapath: at.datapath, port: s.Get(key, 0, 16)}
}

// inZone returns the commitment to a zone, or nil.
func (r *image) inZone(z zone) *commitment {
	r.afterCut(&z)
	for i := range r.done { // another chassis has connections of its own
		c := &r.done[i]
		isSame := z.datapath.Type == "logical-router" && c.zone.datapath == z.datapath && c.zone.snat == z.snat
		if isSame && (z.datapath.HasL3Gateway || !r.places.Apart(r.fix(c.zone.on).Lo, r.fix(z.on).Lo)) {
			r.fail("a physical network carries the packet back to " + z.datapath.DisplayName(true))
		}
	}
	for i := range r.committed {
		if c := &r.committed[i]; c.zone.datapath == z.datapath && c.zone.snat == z.snat && r.equal(c.zone.port, z.port) {
			if !r.isOneChassis(c.zone.on, z.on) {
				r.fail("each chassis has connections of its own of " + z.datapath.DisplayName(true))
			}
			return c
		}
	}
	return nil
}

// isOneChassis decides whether two numbers are of one chassis, or of none that is known.
func (r *image) isOneChassis(a, b packetset.Bits) bool {
	if a.Same(&b) || r.places == nil || !r.places.Bound(r.n) {
		return true
	}
	return !r.places.Apart(r.fix(a).Lo, r.fix(b).Lo)
}

func (r *image) endpoints(s *packetset.State) (src, dst packetset.Bits) {
	if r.is(s, packet.EthType, packet.EthTypeIPv6) {
		return s.Field(packet.IPv6Src), s.Field(packet.IPv6Dst)
	}
	return s.Field(packet.IPv4Src).Widen(128), s.Field(packet.IPv4Dst).Widen(128)
}

func (r *image) commit(z zone, s *packetset.State) {
	if r.inZone(z) == nil && !r.isInvalid(z, s) {
		src, dst := r.endpoints(s)
		r.committed = append(r.committed, commitment{z, src, dst})
	}
}

// stateIn returns the state of the packet's connection in a zone.
func (r *image) stateIn(z zone, s *packetset.State) uint64 {
	c := r.inZone(z)
	if c == nil {
		return r.unknownState(s)
	}
	state := uint64(packet.CTTracked | packet.CTEstablished)
	if r.answers(s, c) {
		state |= packet.CTReply
	} else if src, dst := r.endpoints(s); !src.Same(&c.src) || !dst.Same(&c.dst) {
		r.made.setUnknown("a packet comes back to a zone with other addresses than its connection there")
	}
	return state
}

// unknownState returns the state of a packet in a zone without its connection.
func (r *image) unknownState(s *packetset.State) uint64 {
	if !r.opens(s) {
		return packet.CTTracked | packet.CTInvalid
	}
	return packet.CTTracked | packet.CTNew
}

// isInvalid decides whether a first packet neither opens a connection nor belongs to one in a zone.
func (r *image) isInvalid(z zone, s *packetset.State) bool {
	return r.sessions == nil && r.inZone(z) == nil && !r.opens(s)
}

// opens decides whether a packet may open a connection.
func (r *image) opens(s *packetset.State) bool {
	id := r.m.ID(s)
	set, known := r.openers[id]
	if !known {
		set = opening(r.m, s)
		r.openers[id] = set
	}
	return r.decide(set)
}

// opening returns the packets that may open a connection in a state.
func opening(m *packetset.Manager, s *packetset.State) (set packetset.Set) {
	for _, rule := range slices.Backward(conntrack.Rules) {
		matched := packetset.All
		for _, t := range rule.Terms {
			bits := s.Field(t.Field)
			matched = m.And(matched, m.Becomes(&bits, packet.Uint(t.Value), packet.Uint(t.Mask)))
		}
		if rule.Opens {
			set = m.Or(set, matched)
		} else {
			set = m.Without(set, matched)
		}
	}
	return set
}

// answers decides whether a packet has the addresses of a connection exchanged, and these are
// not the same. If either has not changed since, both can be exchanged only if they are the
// same: then the sets of packets with the same two addresses, which are large, are not needed.
func (r *image) answers(s *packetset.State, c *commitment) bool {
	src, dst := r.endpoints(s)
	if src.Same(&c.src) || dst.Same(&c.dst) {
		return false
	}
	return r.equal(src, c.dst) && r.equal(dst, c.src) && !r.equal(src, dst)
}

// track adds the packet's state in a zone to its conntrack state.
func (r *image) track(q *packetset.State, z zone) {
	if r.sessions != nil {
		before := r.fix(q.Field(packet.CTState)).Lo &^ (packet.CTNew | packet.CTEstablished | packet.CTReply)
		q.SetUint(packet.CTState, before|r.connection(z, q))
		return
	}
	before := r.fix(q.Field(packet.CTState)).Lo &^ (packet.CTNew | packet.CTEstablished | packet.CTReply)
	q.SetUint(packet.CTState, before|r.stateIn(z, q))
}

func (r *image) isTracked(s *packetset.State) bool {
	return r.fix(s.Field(packet.CTState)).Lo&packet.CTTracked != 0
}

func (r *image) clearConntrack(s *packetset.State) {
	for _, f := range []*packet.Field{packet.CTState, packet.CTMark, packet.CTLabel, packet.CTProto, packet.CTTPSrc, packet.CTTPDst} {
		s.SetUint(f, 0)
	}
	switch {
	case r.is(s, packet.EthType, packet.EthTypeIPv4):
		s.SetUint(packet.CTIPv4Src, 0)
		s.SetUint(packet.CTIPv4Dst, 0)
	case r.is(s, packet.EthType, packet.EthTypeIPv6):
		s.SetUint(packet.CTIPv6Src, 0)
		s.SetUint(packet.CTIPv6Dst, 0)
	}
}

// conntrack executes the actions of connection tracking.
func (r *image) conntrack(a action.Action, s *packetset.State, at place) {
	if at.way.leftover {
		r.skip(at.nodes)
		return
	}
	switch a := a.(type) {
	case *action.CTNext:
		q, z := s.Clone(), r.zoneOf(s, at, a.Zone == action.ZoneSNAT)
		if r.sessions != nil {
			q.SetUint(packet.CTState, r.connection(z, q))
		} else {
			q.SetUint(packet.CTState, r.stateIn(z, s))
		}
		r.goOn(s, q, a.Table, at)
	case *action.CTNAT:
		r.nat(a, s, at)
	case *action.CTLB:
		r.loadBalance(a, s, at)
	case *action.CTCommitNAT:
		r.commitAndGo(s, a.Table, r.zoneOf(s, at, a.Zone == action.ZoneSNAT), at)
	case *action.CTCommitToZone:
		r.commitAndGo(s, a.Table, r.zoneOf(s, at, a.Zone == action.ZoneSNAT), at)
	case *action.CTCommit, *action.CTCommitParams:
		z := r.zoneOf(s, at, false)
		r.commit(z, s)
		if !r.isInvalid(z, s) {
			r.mark(z, a, s)
		}
		r.clearConntrack(s)
	}
}

// goOn follows the packet that conntrack returns.
func (r *image) goOn(s, q *packetset.State, table int, at place) {
	q.SetField(packet.CTProto, s.Field(packet.IPProto))
	switch {
	case r.is(s, packet.EthType, packet.EthTypeIPv4):
		q.SetField(packet.CTIPv4Src, s.Field(packet.IPv4Src))
		q.SetField(packet.CTIPv4Dst, s.Field(packet.IPv4Dst))
	case r.is(s, packet.EthType, packet.EthTypeIPv6):
		q.SetField(packet.CTIPv6Src, s.Field(packet.IPv6Src))
		q.SetField(packet.CTIPv6Dst, s.Field(packet.IPv6Dst))
	}
	q.SetField(packet.CTTPSrc, s.Field(packet.TPSrc))
	q.SetField(packet.CTTPDst, s.Field(packet.TPDst))
	if f, ok := find[*trace.Fork](r, at.nodes); ok {
		r.fork(f, q, at.datapath, at.pipeline, table, at.way)
	}
}

func (r *image) nat(a *action.CTNAT, s *packetset.State, at place) {
	if r.sessions != nil && r.natReply(a, s, at) {
		return
	}
	bit, v4, v6 := uint64(packet.CTSrcNAT), packet.IPv4Src, packet.IPv6Src
	if a.Dst {
		bit, v4, v6 = packet.CTDstNAT, packet.IPv4Dst, packet.IPv6Dst
	}
	q, z := s.Clone(), r.zoneOf(s, at, !a.Dst && !a.InCommonZone)
	translates := a.Addr.IsValid() && !r.isInvalid(z, s)
	if translates {
		field := v6
		if a.Addr.Is4() {
			field = v4
		}
		q.SetField(field, packetset.Constant(packet.FromAddr(a.Addr), field.Bits))
		q.SetUint(packet.CTState, r.fix(q.Field(packet.CTState)).Lo|bit)
	}
	if !r.isTracked(q) {
		r.track(q, z)
	}
	if translates {
		r.commit(z, q)
		r.establish(z, s, q)
		if a.LoPort != 0 {
			r.made.setUnknown("a source port is chosen")
		}
	}
	r.goOn(s, q, a.Table, at)
}

func (r *image) commitAndGo(s *packetset.State, table int, z zone, at place) {
	q := s.Clone()
	if !r.isTracked(q) {
		r.track(q, z)
	}
	r.commit(z, q)
	if !r.isInvalid(z, s) {
		r.establish(z, s, s)
	}
	r.goOn(s, q, table, at)
}

// loadBalance follows the packet to one backend of its address family.
func (r *image) loadBalance(a *action.CTLB, s *packetset.State, at place) {
	q := s.Clone()
	if r.has(s, packet.IPTTL) {
		v6 := r.is(s, packet.EthType, packet.EthTypeIPv6)
		var list []action.Backend
		for _, b := range a.Backends {
			if b.Addr.Is4() != v6 && (a.Kind != action.CTLBMarkLocal || r.isLocal(b.Name, s, at)) {
				list = append(list, b)
			}
		}
		if a.Kind == action.CTLBMarkLocal && len(list) == 0 {
			r.fail("no backend is on the chassis of the packet")
			return
		}
		if r.sessions != nil {
			r.undoBalanced(a, q, at)
		}
		z := r.zoneOf(s, at, false)
		invalid := len(a.Backends) > 0 && r.isInvalid(z, s)
		if len(list) > 0 && !invalid {
			r.redirect(list[r.pick(len(list), at)], q, v6)
		}
		r.track(q, z)
		if len(a.Backends) > 0 && !invalid {
			r.commit(z, q)
			r.balance(z, a, s, q)
		}
	}
	r.goOn(s, q, a.Table, at)
}

func (r *image) redirect(b action.Backend, q *packetset.State, v6 bool) {
	dst, original := packet.IPv4Dst, packet.CTIPv4Dst
	if v6 {
		dst, original = packet.IPv6Dst, packet.CTIPv6Dst
	}
	q.SetField(original, q.Field(dst))
	q.SetField(packet.CTTPDst, q.Field(packet.TPDst))
	q.SetField(dst, packetset.Constant(packet.FromAddr(b.Addr), dst.Bits))
	if b.Port != 0 {
		q.SetUint(packet.TPDst, uint64(b.Port))
	}
	q.SetUint(packet.CTState, r.fix(q.Field(packet.CTState)).Lo|packet.CTDstNAT)
}
