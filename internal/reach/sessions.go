package reach

import (
	"slices"

	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/internal/conntrack"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
)

// sessions are the connections that the packets of a class commit, at most one in each
// zone.
type sessions struct {
	list []*session
	hops []nextHop
	why  string // why they are not known, "" if they are
}

// session is a connection in a zone.
type session struct {
	zone sim.CTZone

	// original is the tuple of the first packet, answer that of its reply.
	original, answer tuple
	isNAT            bool
	mark, label      packetset.Bits
}

// nextHop is a connection whose next hop a router has stored: ECMP routes with symmetric replies
// send its replies to the next hop from which its packets came.
type nextHop struct {
	router *lflow.Datapath
	answer tuple // of the replies at the router
}

// tuple identifies the packets of one direction of a connection. The protocol is that of
// the class.
type tuple struct {
	v6, ported       bool
	src, dst         packetset.Bits
	srcPort, dstPort packetset.Bits // of protocols with ports
}

func (t tuple) reverse() tuple {
	t.src, t.dst, t.srcPort, t.dstPort = t.dst, t.src, t.dstPort, t.srcPort
	return t
}

// same reports whether two tuples are equal, with a function that compares numbers.
func (t *tuple) same(o *tuple, equal func(a, b packetset.Bits) bool) bool {
	return equal(t.src, o.src) && equal(t.dst, o.dst) && (!t.ported || equal(t.srcPort, o.srcPort) && equal(t.dstPort, o.dstPort))
}

func (r *image) tupleOf(s *packetset.State) tuple {
	t := tuple{v6: r.is(s, packet.EthType, packet.EthTypeIPv6)}
	for _, k := range []packet.Prereq{packet.NeedTCP, packet.NeedUDP, packet.NeedSCTP} {
		t.ported = t.ported || r.decide(r.kind(s, k))
	}
	t.src, t.dst = r.endpoints(s)
	t.srcPort, t.dstPort = s.Field(packet.TPSrc), s.Field(packet.TPDst)
	return t
}

// setUnknown records the first reason why the sessions are not known.
func (c *sessions) setUnknown(why string) {
	if c != nil && c.why == "" {
		c.why = why
	}
}

// in returns the session in a zone, or nil.
func (c *sessions) in(z sim.CTZone) *session {
	for _, s := range c.list {
		if s.zone == z {
			return s
		}
	}
	return nil
}

// fixZone decides to which port a zone belongs.
func (r *image) fixZone(z zone) sim.CTZone {
	return sim.CTZone{Datapath: z.datapath, Port: r.fix(z.port).Lo, SNAT: z.snat}
}

// establish records that packets commit their connection to a zone, with their states
// before and after it. The zone of a port of another interconnect zone is not on the chassis
// of the walk, which executes no egress pipeline for it.
func (r *image) establish(z zone, before, after *packetset.State) *session {
	if r.made == nil {
		return nil
	}
	at := r.fixZone(z)
	if port, ok := at.Datapath.Port(at.Port); ok && r.leadsOn(port) {
		return nil
	}
	t, u := r.tupleOf(before), r.tupleOf(after)
	identical := func(a, b packetset.Bits) bool { return a.Same(&b) }
	if known := r.made.in(at); known != nil {
		translated := known.answer.reverse()
		if !t.same(&u, identical) || !t.same(&known.original, identical) && !t.same(&translated, identical) {
			r.made.setUnknown("two connections are committed to one zone")
		}
		return known
	}
	s := &session{
		zone: at, original: t, answer: u.reverse(), isNAT: !t.same(&u, identical),
		mark: packetset.Constant(packet.Value{}, packet.CTMark.Bits), label: packetset.Constant(packet.Value{}, packet.CTLabel.Bits),
	}
	r.made.list = append(r.made.list, s)
	return s
}

// commitNextHop records that a router stores the next hop of the packets' connection.
func (r *image) commitNextHop(s *packetset.State, at place) {
	if r.made != nil {
		t := r.tupleOf(s)
		r.made.hops = append(r.made.hops, nextHop{at.datapath, t.reverse()})
	}
}

// hasNextHop reports whether a router has stored the next hop of the connection of a reply; equal
// compares numbers.  If the router is on several chassis, only one of them has stored it.
func (r *image) hasNextHop(router *lflow.Datapath, s *packetset.State, equal func(a, b packetset.Bits) bool) bool {
	for _, h := range r.sessions.hops {
		if h.router != router {
			continue
		}
		if !router.HasL3Gateway {
			r.fail("the next hop of the connection is known on one of several chassis")
			return false
		}
		if t := r.tupleOf(s); t.same(&h.answer, equal) {
			return true
		}
	}
	return false
}

// mark records the mark and the label with which packets commit their connection.
func (r *image) mark(z zone, a action.Action, s *packetset.State) {
	if r.sessions != nil {
		r.markAgain(z, a, s)
	} else if e := r.establish(z, s, s); e != nil {
		e.mark, e.label = r.marked(e, z, a, s)
	}
}

// markAgain records that replies commit their connection with another mark or label.
func (r *image) markAgain(z zone, a action.Action, s *packetset.State) {
	e := r.session(z, s)
	if e == nil {
		return
	}
	if e.isNAT {
		r.fail("a reply is committed to a zone that translates it")
		return
	}
	if mark, label := r.marked(e, z, a, s); !mark.Same(&e.mark) || !label.Same(&e.label) {
		r.remarked = append(r.remarked, e)
	}
}

// marked returns the mark and the label of a session after a commitment.
func (r *image) marked(e *session, z zone, a action.Action, s *packetset.State) (mark, label packetset.Bits) {
	q := s.Clone()
	q.SetField(packet.CTMark, e.mark)
	q.SetField(packet.CTLabel, e.label)
	switch a := a.(type) {
	case *action.CTCommit:
		for _, n := range a.Nested {
			switch n := n.(type) {
			case *action.Load:
				r.load(n, q, place{datapath: z.datapath})
			case *action.Move:
				write(q, n.Dst, read(s, n.Src))
			default:
				r.unknown("what a connection is committed with is not modelled")
			}
		}
	case *action.CTCommitParams:
		setMasked(q, packet.CTMark, packet.Uint(uint64(a.Mark)), packet.Uint(uint64(a.MarkMask)))
		setMasked(q, packet.CTLabel, a.Label, a.LabelMask)
	}
	return q.Field(packet.CTMark), q.Field(packet.CTLabel)
}

// unknown records why replies are unknown: those to the packets, or the packets themselves.
func (r *image) unknown(why string) {
	if r.sessions != nil {
		r.fail(why)
	} else {
		r.made.setUnknown(why)
	}
}

// setMasked sets bits of a field.
func setMasked(s *packetset.State, f *packet.Field, v, mask packet.Value) {
	for i := range f.Bits {
		if mask.Bit(i) != 0 {
			s.Set(f, i, packetset.Constant(v.Shr(i), 1))
		}
	}
}

// balance records the connection that a load balancer commits.
func (r *image) balance(z zone, a *action.CTLB, before, after *packetset.State) {
	e := r.establish(z, before, after)
	if e == nil {
		return
	}
	bits := uint64(a.Mark())
	if a.Kind == action.CTLBLabel {
		e.label = packetset.Constant(packet.Uint(bits), packet.CTLabel.Bits)
	} else {
		e.mark = packetset.Constant(packet.Uint(bits), packet.CTMark.Bits)
	}
}

// replying returns the choices for the walk of a reply, with the sessions of one original
// packet.
func (x *space) replying(rep *packet.Packet) sim.Choices {
	c := x.sessions
	equal := func(a, b packetset.Bits) bool { return a.Of(rep) == b.Of(rep) }
	look := func(z sim.CTZone, p *packet.Packet) (*session, packetset.State) {
		q := packetset.StateOf(p)
		one := image{space: x, set: packetset.All, rep: *rep}
		return one.find(c, z, q, equal), *q
	}
	return sim.Choices{
		Tunnels: true,
		NextHop: func(d *lflow.Datapath, p *packet.Packet) bool {
			one := image{space: x, set: packetset.All, rep: *rep}
			return one.hasNextHop(d, packetset.StateOf(p), equal)
		},
		Connection: func(z sim.CTZone, p *packet.Packet) uint64 {
			s, _ := look(z, p)
			if s == nil {
				p.SetUint(packet.CTMark, 0)
				p.Set(packet.CTLabel, packet.Value{})
				if !conntrack.Opens(p) {
					return packet.CTTracked | packet.CTInvalid
				}
				return packet.CTTracked | packet.CTNew
			}
			p.Set(packet.CTMark, s.mark.Of(rep))
			p.Set(packet.CTLabel, s.label.Of(rep))
			return answered
		},
		Undo: func(z sim.CTZone, p *packet.Packet) bool {
			s, q := look(z, p)
			if s == nil || !s.isNAT || c.isUndone(s, p.Uint(packet.CTState), p.Uint(packet.CTZone)) {
				return false
			}
			c.undo(s, &q)
			*p = q.Packet(rep)
			return true
		},
	}
}

// answered is the state of a reply.
const answered = packet.CTTracked | packet.CTEstablished | packet.CTReply

// number returns the number by which a translated packet refers to the zone of a session.
func (c *sessions) number(s *session) uint64 {
	for i, o := range c.list {
		if o == s {
			return uint64(i + 1)
		}
	}
	return 0
}

// isUndone reports whether a packet was translated back in the zone of a session.
func (c *sessions) isUndone(s *session, state, zone uint64) bool {
	return state&(packet.CTSrcNAT|packet.CTDstNAT) != 0 && zone == c.number(s)
}

// undo translates a reply back.
func (c *sessions) undo(s *session, q *packetset.State) {
	src, dst := packet.IPv4Src, packet.IPv4Dst
	if s.original.v6 {
		src, dst = packet.IPv6Src, packet.IPv6Dst
	}
	back, bits := s.original.reverse(), uint64(0)
	if !s.answer.src.Same(&back.src) || !s.answer.srcPort.Same(&back.srcPort) {
		bits |= packet.CTSrcNAT
	}
	if !s.answer.dst.Same(&back.dst) || !s.answer.dstPort.Same(&back.dstPort) {
		bits |= packet.CTDstNAT
	}
	q.SetField(src, back.src.Slice(0, src.Bits))
	q.SetField(dst, back.dst.Slice(0, dst.Bits))
	if s.original.ported {
		q.SetField(packet.TPSrc, back.srcPort)
		q.SetField(packet.TPDst, back.dstPort)
	}
	state := q.Field(packet.CTState)
	q.SetUint(packet.CTState, state.Value.Lo|bits)
	q.SetUint(packet.CTZone, c.number(s))
}

// find returns the session of a reply in a zone, or nil.
func (r *image) find(c *sessions, z sim.CTZone, q *packetset.State, equal func(a, b packetset.Bits) bool) *session {
	s := c.in(z)
	if s == nil {
		return nil
	}
	t := r.tupleOf(q)
	if t.same(&s.answer, equal) {
		return s
	}
	back := s.original.reverse()
	state, zone := q.Field(packet.CTState), q.Field(packet.CTZone)
	if c.isUndone(s, state.Value.Lo, zone.Value.Lo) && t.same(&back, equal) {
		return s
	}
	if t.same(&s.original, equal) {
		r.fail("a reply that looks like the first packet")
	}
	return nil
}

// session finds the session of a reply. It finds none in a zone that is on several chassis.
func (r *image) session(z zone, q *packetset.State) *session {
	at := r.fixZone(z)
	for _, s := range r.sessions.list {
		if s.zone.Datapath == at.Datapath && !isPinned(s.zone) {
			r.fail("the connection is committed to a zone that several chassis have")
		}
	}
	return r.find(r.sessions, at, q, r.equal)
}

// isPinned reports whether a zone is on one chassis only: that of a host's port, or one of
// a gateway router.
func isPinned(z sim.CTZone) bool {
	if z.Datapath.Type == "logical-router" {
		return z.Datapath.HasL3Gateway
	}
	port, ok := z.Datapath.Port(z.Port)
	return ok && port.Type == ""
}

// connection sets the mark and the label of a reply to those of its connection in a zone,
// and returns its state.
func (r *image) connection(z zone, q *packetset.State) uint64 {
	s := r.session(z, q)
	if s == nil {
		q.SetUint(packet.CTMark, 0)
		q.SetUint(packet.CTLabel, 0)
		return r.unknownState(q)
	}
	if slices.Contains(r.remarked, s) {
		r.fail("a reply changes the mark of its connection")
	}
	q.SetField(packet.CTMark, s.mark)
	q.SetField(packet.CTLabel, s.label)
	return answered
}

// undone returns a reply after translation back in a zone; ok is false if the zone does not
// translate it.
func (r *image) undone(z zone, s *packetset.State) (q *packetset.State, ok bool) {
	e := r.session(z, s)
	state, number := s.Field(packet.CTState), s.Field(packet.CTZone)
	if e == nil || !e.isNAT || r.sessions.isUndone(e, state.Value.Lo, number.Value.Lo) {
		return nil, false
	}
	q = s.Clone()
	r.sessions.undo(e, q)
	return q, true
}

// natReply translates a reply back. It returns false if there is nothing to translate.
func (r *image) natReply(a *action.CTNAT, s *packetset.State, at place) bool {
	if a.Addr.IsValid() {
		r.fail("a reply is translated again")
		return true
	}
	z := r.zoneOf(s, at, !a.Dst && !a.InCommonZone)
	q, ok := r.undone(z, s)
	if !ok {
		return false
	}
	if !r.isTracked(q) {
		r.track(q, z)
	}
	r.goOn(s, q, a.Table, at)
	return true
}

// undoBalanced translates back the reply of a connection of a load balancer.
func (r *image) undoBalanced(a *action.CTLB, q *packetset.State, at place) {
	if len(a.Backends) > 0 {
		r.fail("a reply is load-balanced")
		return
	}
	if back, ok := r.undone(r.zoneOf(q, at, false), q); ok {
		*q = *back
	}
}
