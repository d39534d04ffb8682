// Package reach walks sets of packets.  It answers for all packets that a port may
// send what trace answers for one.
//
// The walk is that of package sim, over one packet of the set at a time.  The trace
// of the packet is then followed over sets (image): every flow that was taken, every
// flow of a higher priority that was not, and every decision of an action narrows
// the set of packets that have the same trace.  That set is an answer; the next
// packet is drawn from what is left, until nothing is.  So each packet is in one
// answer (Class), and the number of walks is that of the answers.
package reach

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/ovnwalk/ovnwalk/dialect"
	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// space is the packets that enter a datapath, and what is known of their ways.
type space struct {
	n      *lflow.Network
	d      *lflow.Datapath
	m      *packetset.Manager
	model  dialect.Dialect
	ports  []uint64 // the keys of the ports by which packets enter
	inport uint64   // the key that the one port has in the network, 0 if it is that of ports

	// initial is the packet as the walk begins, nil for that of the set itself, and
	// table where it begins: a walk may go on with the packets of another one.
	initial *packetset.State
	table   int

	// leaving takes packets that come to another datapath, if not nil: to a switch, or
	// past the first table of a router, where each of its ports has a flow.  The walk
	// does not follow them.
	leaving func(r *image, table int, s *packetset.State, at place)

	// entries is not nil if packets of one entry are walked for all.
	entries *entries

	// stop is the table of the ingress pipeline of d at which packets leave too, 0 for
	// none.
	stop int

	// entering is called with each datapath that is entered, if not nil.
	entering func(*lflow.Datapath)

	// across returns where packets go on that leave by a port of another zone, nil if
	// there is one zone only.
	across func(*lflow.Port) sim.Entry

	// sessions are the connections that packets answer, nil for first packets, and
	// commits is whether classes have those that their packets commit.
	sessions *sessions
	commits  bool

	// arriving says of packets that arrive what of them is changed, if not nil.
	arriving func(*packetset.State) string

	lookups  map[lookupKey]lookup
	earlier  map[lookupKey][]*lflow.Flow // see candidates
	matched  map[matchKey]packetset.Set
	turned   map[turnKey][]packetset.Set // see turn
	unions   map[lookupKey]packetset.Set
	indexes  map[tableKey]*flowIndex       // of large tables
	security map[securityKey]packetset.Set // the packets that are refused

	// isIrrelevant reports whether nobody asks for packets that go to a port.
	isIrrelevant func(*lflow.Port) bool

	alone     map[*lflow.Datapath]bool // see leavesAlone
	leftovers map[leftoverKey][]leftover
	actions   map[tableKey][]int // see sameActions

	walks bool            // whether tidy was called
	first *packetset.Mark // after the walk to the first destination

	goal *goal // where packets are to arrive, if nothing else counts; else nil
}

// Class is packets that have the same trace apart from their values.
type Class struct {
	Set     packetset.Set
	Example packet.Packet // one of them, as it enters

	// Choices are the options that load balancers and routes take, from 0, and
	// Options how many each had.
	Choices, Options []int

	// Ends are what becomes of the packet and its copies, as package verdict says.
	Ends []verdict.Disposition

	sessions *sessions // that its packets commit
	resolves bool      // whether a router asks for an address, of a reply

	arrivals []arrival         // the ends at which the packet and its copies arrive
	path     []*lflow.Datapath // the datapaths that the packet itself crosses
	outputs  []*lflow.Port     // see image
	skipped  bool              // whether it goes to a port that nobody asks for

	// Undecided says why the answer may not hold of all packets of the set, "" if
	// it does.
	Undecided string
}

// Limits of a question.
const (
	// MaxClasses is how many classes are walked of the packets that enter a datapath,
	// unless the question says otherwise: up to a minute's work.
	MaxClasses = 20_000
)

// newSpace returns the space of packets that enter a datapath by ports.
func newSpace(n *lflow.Network, d *lflow.Datapath, ports []uint64) *space {
	return newSpaceIn(packetset.NewManager(0), n, d, ports)
}

// newSpaceIn does so with a manager whose sets nobody needs any more.
func newSpaceIn(m *packetset.Manager, n *lflow.Network, d *lflow.Datapath, ports []uint64) *space {
	m.Reset()
	return &space{
		n: n, d: d, m: m, model: n.Dialect, ports: ports,
		lookups: map[lookupKey]lookup{}, earlier: map[lookupKey][]*lflow.Flow{}, matched: map[matchKey]packetset.Set{}, turned: map[turnKey][]packetset.Set{}, unions: map[lookupKey]packetset.Set{}, indexes: map[tableKey]*flowIndex{}, security: map[securityKey]packetset.Set{},
		isIrrelevant: func(*lflow.Port) bool { return false },
		alone:        map[*lflow.Datapath]bool{},
		leftovers:    map[leftoverKey][]leftover{},
		actions:      map[tableKey][]int{},
	}
}

// maxKeptNodes is how large the sets of walks to one destination after the other may become.
const maxKeptNodes = 500_000

// tidy comes before the walk to each destination.  It forgets the sets of all of them but
// the first, which has made those of flows that others meet too, if they are many and more
// than those that it keeps.
func (x *space) tidy() (forgets bool) {
	switch {
	case !x.walks:
		x.walks = true
		return false
	case x.first == nil:
		first := x.m.Mark()
		x.first = &first
	}
	if x.m.Size() <= max(maxKeptNodes, 2*x.first.Nodes()) {
		return false
	}
	x.release(*x.first)
	return true
}

// release forgets what is not from before a mark.
func (x *space) release(to packetset.Mark) {
	x.m.Release(to)
	maps.DeleteFunc(x.lookups, func(k lookupKey, l lookup) bool {
		return !to.HasState(k.state) || !to.Has(max(k.set, l.set)) || slices.ContainsFunc(l.uncertain, func(s packetset.Set) bool { return !to.Has(s) })
	})
	maps.DeleteFunc(x.unions, func(k lookupKey, s packetset.Set) bool { return !to.HasState(k.state) || !to.Has(s) })
	maps.DeleteFunc(x.matched, func(k matchKey, s packetset.Set) bool { return !to.HasState(k.state) || !to.Has(s) })
	maps.DeleteFunc(x.security, func(k securityKey, s packetset.Set) bool { return !to.HasState(k.state) || !to.Has(s) })
	clear(x.earlier)
	clear(x.turned)
	clear(x.leftovers)
	if x.entries != nil {
		x.entries.release(to)
	}
}

// explore divides a set of packets into classes, of which each is one among all.
// Where flows choose, as among back ends, it has classes for every option: choices
// is what the first of them take.  The packets for which it was stopped are
// returned in rest.
func (x *space) explore(ctx context.Context, all, set packetset.Set, choices []int, yield func(Class) bool) (rest packetset.Set, err error) {
	for set != packetset.Empty {
		if err := ctx.Err(); err != nil {
			return set, err
		}
		rep, _ := x.m.Sample(set)
		c, ok := x.classOf(rep, all, choices)
		c.Set = x.m.And(c.Set, set)
		if !yield(c) {
			return set, nil
		}
		set = x.m.Without(set, c.Set)
		if !ok {
			continue
		}
		for i := len(choices); i < len(c.Options); i++ {
			for option := 1; option < c.Options[i]; option++ {
				other := append(slices.Clone(c.Choices[:i]), option)
				if rest, err := x.explore(ctx, all, c.Set, other, yield); err != nil || rest != packetset.Empty {
					return x.m.Or(set, rest), err
				}
			}
		}
	}
	return packetset.Empty, nil
}

// classOf walks a packet and returns its class among others.  It is false where the
// class is not known to be one.
func (x *space) classOf(rep packet.Packet, among packetset.Set, choices []int) (Class, bool) {
	c := Class{Example: rep}
	walked := rep
	if x.inport != 0 {
		walked.SetUint(packet.Inport, x.inport)
	}
	if x.initial != nil {
		walked = x.initial.Packet(&rep)
	}
	how := sim.Choices{CTNew: true}
	if x.sessions != nil {
		how = x.replying(&rep)
	}
	how.Across = x.across
	how.Choose = func(options int) int {
		taken := 0
		if i := len(c.Options); i < len(choices) {
			taken = choices[i]
		}
		taken = min(taken, options-1)
		c.Options, c.Choices = append(c.Options, options), append(c.Choices, taken)
		return taken
	}
	t, err := sim.WalkFrom(x.n, x.d, x.table, walked, how)
	if err != nil {
		c.Set, c.Undecided = among, err.Error()
		return c, false
	}
	c.Ends = verdict.OfPacket(t)
	loops := slices.ContainsFunc(c.Ends, func(e verdict.Disposition) bool {
		return e.Code == verdict.TTLExceeded || e.Code == verdict.Loop || e.Outcome == verdict.OutcomeLooped
	})
	var r image
	for _, e := range x.efforts(c.Ends, loops) {
		r = image{space: x, n: x.n, model: x.model, rep: rep, base: among, set: among, loop: loops, script: choices, effort: e}
		if x.commits {
			r.made = &sessions{}
		}
		r.follow(t)
		if c.Undecided = r.undecided(t, c.Ends); e == whole || c.Undecided == "" && r.suffices() {
			break
		}
	}
	c.Set, c.path, c.skipped = r.set, r.path, r.skipped || r.effort == missing
	c.arrivals, c.outputs = r.arrivalsOf(c.Ends), r.outputs
	c.sessions, c.resolves = r.made, x.sessions != nil && asksForAddress(t)
	if r.cut { // the options of copies that are left out do not count
		n := min(r.chosenBefore, len(c.Options))
		c.Options, c.Choices = c.Options[:n], c.Choices[:n]
	}
	return c, c.Undecided == ""
}

// undecided says why what is known of the walk may not hold of all packets of the set.
func (r *image) undecided(t *trace.Trace, ends []verdict.Disposition) string {
	if r.problem != "" {
		return cmp.Or(limitOf(t), r.problem)
	}
	for i := range ends {
		if e := &ends[i]; e.Outcome == verdict.OutcomeUncertain && (i == 0 || e.Origin <= verdict.OriginClone) {
			return uncertainty(e)
		}
	}
	if !r.loop {
		return limitOf(t) // of copies that the network made, before others came to their end
	}
	return ""
}

// follow follows a trace from its beginning.
func (r *image) follow(t *trace.Trace) {
	s := packetset.NewState()
	if r.initial != nil {
		s = r.initial.Clone()
	}
	if r.inport != 0 {
		s.SetUint(packet.Inport, r.inport)
	}
	r.matter = mattering(t)
	r.enter(&t.Root.Container, s, r.d, lflow.Ingress, r.table, way{shown: s.Clone()})
	if !r.m.Has(r.set, &r.rep) {
		r.fail("the packet is not in its own set")
	}
}

// limitOf says at what a walk stopped, "" if it came to its end.
func limitOf(t *trace.Trace) (why string) {
	trace.Walk(t.Root, func(n trace.Node) bool {
		if m, ok := n.(*trace.Remark); ok && m.Kind == trace.RemarkLimit {
			why = stoppedAt + m.Text
		}
		return why == ""
	})
	return why
}

const stoppedAt = "the walk stopped at "

// uncertainty says why an end is uncertain.
func uncertainty(d *verdict.Disposition) string {
	for _, u := range d.Uncertainties {
		switch u.Kind {
		case verdict.UncertaintyUnparsed:
			return fmt.Sprintf("flow %s does not parse: %s", u.Flow.UUID, u.Text)
		case verdict.UncertaintyUnmodelled:
			return "the effect of " + u.Text + " is not modelled"
		case verdict.UncertaintyLimit:
			return stoppedAt + u.Text
		case verdict.UncertaintyZone:
			return "the packet enters the zone of " + u.Text + ", whose database is not given"
		}
	}
	return "the walk is uncertain"
}
