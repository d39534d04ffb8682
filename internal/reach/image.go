package reach

import (
	"fmt"
	"slices"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/internal/northd"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/internal/witness"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/trace"
)

// image follows the trace of one packet, and finds the set of all packets that go
// the same way.  It keeps what the packet under way is of the original one, for each
// of them, and of every decision on the way the packets for which it is the same.
type image struct {
	*space
	n     *lflow.Network // of the zone in which the packet is
	model dialect.Dialect
	rep   packet.Packet // the packet that was walked
	base  packetset.Set // the packets among which the walk is
	set   packetset.Set // those that are decided alike so far
	loop  bool          // whether the walk ended because of a loop, so that states are compared

	script    []int // which of their options choices take, those after the last the first
	chosen    int   // how many choices were made
	committed []commitment
	made      *sessions            // what committed is, nil if nobody asks for it
	matter    map[*trace.Fork]bool // packets that the network made and that may commit what the packet meets later
	arrivals  []arrival
	path      []*lflow.Datapath // of the packet itself
	allowed   []trace.Place     // the ACLs on its way, for a walk that stops where packets leave
	outputs   []*lflow.Port     // to which such a walk sends packets before
	copied    bool              // whether a group or an action made copies that are followed
	skipped   bool              // whether it goes to a port that nobody asks for
	problem   string            // why the image is not that of the walk, "" if it is

	effort       effort
	cut          bool // whether copies were left out
	chosenBefore int  // how many choices were made before the first of these
	spoiled      bool // whether other copies depend on them
}

// way is what a copy of the packet has behind it.  It is passed by value.
type way struct {
	shown    *packetset.State // the packet at the last table or fork
	before   *visit           // the pipelines that it entered
	path     []*lflow.Datapath
	made     bool // the network made it: its own end does not count
	leftover bool // only what it leaves in registers counts, for the copy after it
}

// arrival is a copy of the packet that leaves the network by a port.
type arrival struct {
	port      *lflow.Port
	state     *packetset.State // the packet that arrives
	path      []*lflow.Datapath
	allowedBy []trace.Place
	packet    string // what of it is not as it entered the network
}

type visit struct {
	before *visit
	key    int64
	egress bool
	table  int
	state  *packetset.State

	compared bool // with those before it
}

// place is where actions run.
type place struct {
	datapath *lflow.Datapath
	pipeline lflow.Pipeline
	flow     *lflow.Flow
	nodes    *cursor
	way      way
	entry    *packetset.State // the packet as it came to the table
}

// cursor goes through the nodes of a container.
type cursor struct {
	nodes []trace.Node
	next  int
}

func nodesOf(c *trace.Container) *cursor { return &cursor{nodes: c.Nodes} }

// find returns the next node of a type and passes what is before it, which shows
// effects that lead nowhere.
func find[T trace.Node](r *image, c *cursor) (node T, ok bool) {
	for c.next < len(c.nodes) {
		n := c.nodes[c.next]
		c.next++
		if node, ok = n.(T); ok {
			return node, true
		}
		switch n := n.(type) {
		case *trace.Change, *trace.Log, *trace.Reached, *trace.Replaced, *trace.Uncertain, *trace.Overlap, *trace.Action, *trace.Drop, *trace.Omitted:
		case *trace.Remark:
			if n.Kind == trace.RemarkLimit {
				r.fail("the walk came to a bound: " + n.Text)
				return node, false
			}
		default:
			r.fail(fmt.Sprintf("a %T in place of a %T", n, node))
			return node, false
		}
	}
	r.fail(fmt.Sprintf("no %T", node))
	return node, false
}

// fail notes that the image does not follow the walk any more.
func (r *image) fail(why string) {
	if r.problem == "" {
		r.problem = why
	}
}

// decide reports whether the walked packet is in a set, and goes on with those for
// which it is the same.
func (r *image) decide(s packetset.Set) bool {
	if r.entries != nil {
		r.checkDecision(s)
	}
	switch in := r.m.And(r.set, s); {
	case in == r.set:
		return true
	case in == packetset.Empty:
		return false
	case r.m.Has(s, &r.rep):
		r.set = in
		return true
	}
	r.set = r.m.Without(r.set, s)
	return false
}

// fix returns a number of the packet under way, and goes on with the packets for
// which it is the same.
func (r *image) fix(b packetset.Bits) packet.Value {
	v := b.Of(&r.rep)
	if !b.IsConstant() {
		r.decide(r.m.Becomes(&b, v, packet.Ones(b.Width)))
	}
	return v
}

// is decides whether a field has a value.
func (r *image) is(s *packetset.State, f *packet.Field, v uint64) bool {
	return r.decide(r.becomes(s, f, v))
}

func (r *image) becomes(s *packetset.State, f *packet.Field, v uint64) packetset.Set {
	b := s.Field(f)
	return r.m.Becomes(&b, packet.Uint(v), packet.Ones(f.Bits))
}

// maxEqual is how many values two numbers may have of which it is decided for each
// whether they are equal.
const maxEqual = 64

// equal decides whether two numbers of the packet under way are the same.
func (r *image) equal(a, b packetset.Bits) bool {
	if a.Same(&b) {
		return true
	}
	if r.entries != nil {
		if never, ok := r.neverEqual(a, b); ok {
			if !never {
				r.fail("the port by which packets come decides whether two values are the same")
			}
			return false
		}
	}
	mask := packet.Ones(a.Width)
	if a.IsConstant() {
		a, b = b, a
	}
	if b.IsConstant() {
		return r.decide(r.m.Becomes(&a, b.Value, mask))
	}
	for _, sides := range [][2]*packetset.Bits{{&a, &b}, {&b, &a}} {
		values, ok := r.m.Values(sides[0], r.set, maxEqual)
		if !ok {
			continue
		}
		sets := make([]packetset.Set, len(values))
		for i, v := range values {
			sets[i] = r.m.And(r.m.Becomes(&a, v, mask), r.m.Becomes(&b, v, mask))
		}
		return r.decide(r.m.Union(sets))
	}
	v, w := a.Of(&r.rep), b.Of(&r.rep)
	if v == w {
		r.fix(a)
		r.fix(b)
		return true
	}
	i := v.Xor(w).TrailingZeros() // packets that differ here differ
	x, y := a.Slice(i, 1), b.Slice(i, 1)
	one := packet.Uint(1)
	p, q := r.m.Becomes(&x, one, one), r.m.Becomes(&y, one, one)
	r.decide(r.m.Or(r.m.Without(p, q), r.m.Without(q, p)))
	return false
}

// has decides whether the packet is of the kind that a field requires.
func (r *image) has(s *packetset.State, f *packet.Field) bool {
	return f == nil || r.decide(r.kind(s, f.Prereq))
}

// kind returns the packets that are of a kind.
func (r *image) kind(s *packetset.State, q packet.Prereq) packetset.Set {
	m := r.m
	typ := func(v uint64) packetset.Set { return r.becomes(s, packet.EthType, v) }
	ip := func() packetset.Set { return m.Or(typ(packet.EthTypeIPv4), typ(packet.EthTypeIPv6)) }
	transport := func(proto uint64) packetset.Set {
		later := s.Get(packet.IPFrag, 1, 1)
		return m.And(ip(), m.And(r.becomes(s, packet.IPProto, proto), m.Becomes(&later, packet.Value{}, packet.Ones(1))))
	}
	icmp6 := func() packetset.Set {
		return m.And(typ(packet.EthTypeIPv6), r.becomes(s, packet.IPProto, packet.ProtoICMPv6))
	}
	nd := func(kind uint64) packetset.Set {
		return m.And(icmp6(), m.And(r.becomes(s, packet.TPDst, 0), r.becomes(s, packet.TPSrc, kind)))
	}
	switch q {
	case packet.NeedARP:
		return m.Or(typ(packet.EthTypeARP), typ(packet.EthTypeRARP))
	case packet.NeedIPv4:
		return typ(packet.EthTypeIPv4)
	case packet.NeedIPv6:
		return typ(packet.EthTypeIPv6)
	case packet.NeedIP:
		return ip()
	case packet.NeedTCP:
		return transport(packet.ProtoTCP)
	case packet.NeedUDP:
		return transport(packet.ProtoUDP)
	case packet.NeedSCTP:
		return transport(packet.ProtoSCTP)
	case packet.NeedICMPv4:
		return m.And(typ(packet.EthTypeIPv4), r.becomes(s, packet.IPProto, packet.ProtoICMP))
	case packet.NeedICMPv6:
		return icmp6()
	case packet.NeedND:
		return m.Or(nd(packet.NDSolicit), nd(packet.NDAdvertise))
	case packet.NeedNDSolicit:
		return nd(packet.NDSolicit)
	case packet.NeedNDAdvert:
		return nd(packet.NDAdvertise)
	case packet.NeedCT:
		bits := s.Field(packet.CTState)
		none := m.Becomes(&bits, packet.Value{}, packet.Uint(packet.CTNew|packet.CTEstablished|packet.CTReply))
		return m.Not(none)
	case packet.Always:
	}
	return packetset.All
}

// tables follows the packet through the tables of a pipeline, which a node in c
// shows.
func (r *image) tables(c *cursor, s *packetset.State, d *lflow.Datapath, p lflow.Pipeline, table int, w way) {
	t, ok := find[*trace.Table](r, c)
	if !ok {
		return
	}
	n := d.Network()
	var flow *lflow.Flow
	for ; ; table++ {
		table = min(n.SkipPassThrough(d, p, table), t.Number)
		if r.stop > 0 && d == r.d && p == lflow.Ingress && table >= r.stop {
			if table > r.stop {
				r.fail("no packet comes to the table at which the walk is to stop")
				return
			}
			r.leaving(r, table, s, place{datapath: d, pipeline: p, way: w})
			return
		}
		flow = taken(d, p, table, &t.Packet)
		if r.entries != nil {
			r.checkLookup(d, p, table, s, flow)
		}
		r.takes(place{datapath: d, pipeline: p, flow: flow}, table, s)
		if table >= t.Number || flow == nil {
			break
		}
	}
	if same := flow == nil && t.Flow == nil || flow != nil && t.Flow != nil && flow.UUID.String() == t.Flow.UUID; !same || table != t.Number {
		r.fail(fmt.Sprintf("another flow is taken in table %d of %s", table, d.Name))
		return
	}
	if words := s.Of(&r.rep); !sameWords(&words, &t.Packet) {
		r.fail(fmt.Sprintf("the packet is another one in table %d of %s", table, d.Name))
		return
	}
	if r.leaving != nil && northd.ACLStages.Has(t.Stage) && t.Flow != nil {
		r.allowed = append(r.allowed, trace.Place{Datapath: d.Ref(), Egress: p == lflow.Egress, Table: t.Number, Stage: t.Stage, Flow: t.Flow})
	}
	w = r.turn(w, s)
	at := place{datapath: d, pipeline: p, flow: flow, nodes: nodesOf(&t.Container), way: w}
	if flow == nil {
		r.ended(at)
		return
	}
	if looksAtPacket(flow) {
		at.entry = s.Clone()
	}
	r.run(flow.Actions().List, s, at)
}

// takes goes on with the packets that take the flow of a place.
func (r *image) takes(at place, table int, s *packetset.State) {
	if set, ok := r.alike(at, table, s); ok {
		r.set = set
		return
	}
	found := r.lookup(at.datapath, at.pipeline, table, r.base, r.set, s, at.flow)
	r.set = found.set
	for _, u := range found.uncertain {
		r.decide(u)
	}
}

func sameWords(w *[packet.Words]uint64, p *packet.Packet) bool {
	for i := range w {
		if w[i] != p.Word(i) {
			return false
		}
	}
	return true
}

// enter follows the packet into a pipeline.
func (r *image) enter(c *trace.Container, s *packetset.State, d *lflow.Datapath, p lflow.Pipeline, table int, w way) {
	if n := len(w.path); n == 0 || w.path[n-1] != d {
		w.path = append(slices.Clip(w.path), d)
	}
	if len(w.path) > len(r.path) && !w.made {
		r.path = w.path
	}
	if r.entering != nil {
		r.entering(d)
	}
	if r.loop {
		w.before = &visit{before: w.before, key: d.TunnelKey, egress: p == lflow.Egress, table: table, state: s.Clone()}
	}
	r.tables(nodesOf(c), s, d, p, table, w)
}

// run carries out actions.
func (r *image) run(list []action.Action, s *packetset.State, at place) {
	var stack []packetset.Bits
	for _, a := range list {
		if r.problem != "" {
			return
		}
		if c := at.nodes; c.next < len(c.nodes) {
			if _, ok := c.nodes[c.next].(*trace.Action); ok {
				c.next++
			}
		}
		r.act(a, s, at, &stack)
		r.passEffects(at.nodes)
	}
	if !action.Continues(list) {
		r.ended(at)
	}
}

// passEffects goes on to the node of the next action.
func (r *image) passEffects(c *cursor) {
	for c.next < len(c.nodes) {
		if _, ok := c.nodes[c.next].(*trace.Action); ok {
			return
		}
		c.next++
	}
}

// fork follows the packet of a fork, which goes on.
func (r *image) fork(f *trace.Fork, q *packetset.State, d *lflow.Datapath, p lflow.Pipeline, table int, w way) {
	w.shown = q.Clone()
	if words := q.Of(&r.rep); !sameWords(&words, &f.Packet) {
		r.fail(fmt.Sprintf("the packet of a fork is another one in %s", d.Name))
		return
	}
	if r.isDead(q, d, witness.Stage{Pipeline: p, Table: table}, w) {
		return
	}
	r.tables(nodesOf(&f.Container), q, d, p, table, w)
}
