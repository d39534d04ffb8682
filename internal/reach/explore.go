// Package reach walks sets of packets: it computes for all packets that a port may send
// what trace computes for one.
//
// The walk is that of package sim, with one packet of the set at a time. Then image follows
// the trace of the packet with the whole set: each flow that was taken, each flow of a
// higher priority that was not taken, and each decision of an action narrows the set to the
// packets with the same trace. These packets are a class. The next packet is taken from the
// rest, until the rest is empty. So every packet is in one class, and there are as many
// walks as classes.
package reach

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/ovnwalk/ovnwalk/internal/packetset"
	"github.com/ovnwalk/ovnwalk/internal/portsec"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
	"github.com/ovnwalk/ovnwalk/sim"
	"github.com/ovnwalk/ovnwalk/trace"
	"github.com/ovnwalk/ovnwalk/verdict"
)

// space is the packets that enter a datapath, with the caches of their walks.
type space struct {
	n      *lflow.Network
	d      *lflow.Datapath
	m      *packetset.Manager
	ports  []uint64 // keys of the ports by which packets enter
	inport uint64   // the key of the only port in this network, 0 if it is the one in ports

	// initial is the state in which the walk starts, nil for the packets of the set
	// themselves; table is where it starts, or egress, for the start of that pipeline. A walk
	// may continue with the packets of another one.
	initial *packetset.State
	table   int
	egress  bool

	// leaving, if not nil, handles packets that enter another datapath: a switch, or the
	// second table of a router, since the first table has a flow for each port. With far, it
	// handles only those that enter another zone, in its egress pipeline. The walk does not
	// follow them.
	leaving func(r *image, table int, s *packetset.State, at place)
	far     bool

	// entries is not nil if packets of one entry are walked in place of all.
	entries *entries

	// stop is the table of the ingress pipeline of d at which packets leave too, 0 for
	// none.
	stop int

	// entering, if not nil, is called with each datapath that is entered.
	entering func(*lflow.Datapath)

	links

	carries int           // the number of physical networks that the packets crossed
	through []*lflow.Port // the ports by which they entered from these
	done    []commitment  // those on their path before the last of these

	// sessions are the connections of which the packets are replies, nil for first packets.
	// commits is whether classes have the sessions that their packets commit.
	sessions *sessions
	commits  bool

	// answered is whether hosts answer all requests for addresses. Otherwise packets that
	// arrive only then are undecided.
	answered bool

	// arriving, if not nil, describes the changed fields of packets that arrive.
	arriving func(*packetset.State) string

	lookups  map[lookupKey]lookup
	earlier  map[lookupKey][]*lflow.Flow // see candidates
	matched  map[matchKey]packetset.Set
	turned   map[turnKey][]packetset.Set // see turn
	unions   map[lookupKey]packetset.Set
	indexes  map[tableKey]*flowIndex  // of large tables
	security map[securityKey]security // the packets that port security refuses
	openers  map[int32]packetset.Set  // by state, the packets that may open a connection

	// isIrrelevant reports whether packets to a port do not matter to the question. Those that arrive at ends do; nil
	// is any port.
	isIrrelevant func(*lflow.Port) bool
	ends         []*lflow.Port

	alone     map[*lflow.Datapath]bool // see leavesAlone
	leftovers map[leftoverKey][]leftover
	askings   map[askedKey]packetset.Set
	actions   map[actionsKey][]int // see sameActions

	walks bool            // whether tidy was called
	first *packetset.Mark // after the walk to the first destination

	goal *goal // where packets must arrive, if only arrival matters; else nil
}

// Class is a set of packets with the same trace, apart from the values in it.
type Class struct {
	Set     packetset.Set
	Example packet.Packet // one of them, as it enters

	// Choices are the options that load balancers and routes take, from 0. Options are the
	// numbers of options that each had.
	Choices, Options []int

	again []bool // for each choice, whether the packet was there before, apart from its time to live

	// Ends are the outcomes of the packet and its copies, from package verdict.
	Ends []verdict.Disposition

	sessions *sessions // that its packets commit
	resolves bool      // whether a router sends a request for an address, for replies

	arrivals []arrival         // the ends at which the packet and its copies arrive
	floods   []arrival         // those of copies on other chassis, see withCopies
	frames   []frame           // that leave for other chassis by a localnet port on the path
	asks     string            // see image
	differs  bool              // see image
	doubt    string            // why packets may arrive that have left for a physical network, "" if they are among floods
	path     []*lflow.Datapath // the datapaths on the path of the packet itself
	outputs  []*lflow.Port     // see image
	skipped  bool              // whether it goes to an irrelevant port

	// Undecided is the reason why the result may not hold for all packets of the set, "" if
	// it holds.
	Undecided string
}

// The limits of a question.
const (
	// MaxClasses is the default limit of classes of packets that enter a datapath. Walking
	// them takes up to a minute.
	MaxClasses = 20_000
)

// newSpace returns the space of packets that enter a datapath by ports.
func newSpace(n *lflow.Network, d *lflow.Datapath, ports []uint64) *space {
	return newSpaceIn(packetset.NewManager(0), n, d, ports)
}

// newSpaceIn is newSpace with a manager whose sets are not needed any more.
func newSpaceIn(m *packetset.Manager, n *lflow.Network, d *lflow.Datapath, ports []uint64) *space {
	m.Reset()
	return spaceIn(m, n, d, ports)
}

// spaceIn is newSpaceIn without the reset.
func spaceIn(m *packetset.Manager, n *lflow.Network, d *lflow.Datapath, ports []uint64) *space {
	return &space{
		n: n, d: d, m: m, ports: ports,
		lookups: map[lookupKey]lookup{}, earlier: map[lookupKey][]*lflow.Flow{}, matched: map[matchKey]packetset.Set{}, turned: map[turnKey][]packetset.Set{}, unions: map[lookupKey]packetset.Set{}, indexes: map[tableKey]*flowIndex{}, security: map[securityKey]security{}, openers: map[int32]packetset.Set{},
		isIrrelevant: func(*lflow.Port) bool { return false },
		alone:        map[*lflow.Datapath]bool{},
		leftovers:    map[leftoverKey][]leftover{},
		askings:      map[askedKey]packetset.Set{},
		actions:      map[actionsKey][]int{},
	}
}

// maxKeptNodes is the number of nodes up to which the sets of walks to earlier destinations
// are kept.
const maxKeptNodes = 500_000

// tidy is called before the walk to each destination. It removes the sets of all
// destinations but the first, whose sets of flows others need too, if there are many and
// more than those that it keeps.
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

// release removes the results for sets and states that were made after a mark.
func (x *space) release(to packetset.Mark) {
	x.m.Release(to)
	maps.DeleteFunc(x.lookups, func(k lookupKey, l lookup) bool {
		return !to.HasState(k.state) || !to.Has(max(k.set, l.set)) || slices.ContainsFunc(l.uncertain, func(s packetset.Set) bool { return !to.Has(s) })
	})
	maps.DeleteFunc(x.unions, func(k lookupKey, s packetset.Set) bool { return !to.HasState(k.state) || !to.Has(s) })
	maps.DeleteFunc(x.matched, func(k matchKey, s packetset.Set) bool { return !to.HasState(k.state) || !to.Has(s) })
	maps.DeleteFunc(x.security, func(k securityKey, s security) bool { return !to.HasState(k.state) || !to.Has(max(s.set, s.varies)) })
	clear(x.earlier)
	clear(x.turned)
	clear(x.leftovers)
	clear(x.askings)
	clear(x.openers)
	if x.entries != nil {
		x.entries.release(to)
	}
}

// explore divides a set of packets into classes; all is the set of which all of them are a
// part. Where flows choose, as among backends, it has a class for each option; choices are
// the options of the first class. rest are the packets that were not walked because of the
// limit.
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
			for option := range c.Options[i] {
				if option == c.Choices[i] || c.again[i] {
					continue
				}
				other := append(slices.Clone(c.Choices[:i]), option)
				if rest, err := x.explore(ctx, all, c.Set, other, yield); err != nil || rest != packetset.Empty {
					return x.m.Or(set, rest), err
				}
			}
		}
	}
	return packetset.Empty, nil
}

// classOn walks a packet and returns its class among others, with the tables where chassis have
// different copies, of which it walks those of a script.
//
// Where a router asks for an address that a host has, the class is that of packets for which
// the host answers. Unless all hosts are supposed to answer, it is undecided if these arrive,
// or are replies: the sender of the first packet may answer with another address than its
// port has.
func (x *space) classOn(rep packet.Packet, among packetset.Set, choices, script []int) (_ Class, points []flood) {
	c := Class{Example: rep}
	walked := x.entered(rep)
	how := sim.Choices{CTNew: true}
	if x.sessions != nil {
		how = x.replying(&rep)
	}
	how = x.onChassis(how)
	var last map[packet.Packet]int // a hash of the packet chooses: in a loop the same option again
	how.Choose = func(p *packet.Packet, options int) int {
		q := *p
		q.SetUint(packet.IPTTL, 0)
		taken := last[q]
		if i := len(c.Options); i < len(choices) {
			taken = choices[i]
		}
		taken = min(taken, options-1)
		last[q] = taken
		c.Options, c.Choices = append(c.Options, options), append(c.Choices, taken)
		return taken
	}
	shortened := false
	how.ShortenLoops = func(before, now, margin uint64) uint64 {
		ttl := x.lifetimes.shorten(before, now, margin)
		shortened = shortened || ttl != now
		return ttl
	}
	floods := floods{script: script}
	var t *trace.Trace
	walk := func() (err error) {
		last, c.Options, c.Choices = map[packet.Packet]int{}, nil, nil
		floods.walked(x.places, &how, func() int { return len(c.Options) })
		t, err = x.walkOne(walked, how)
		return err
	}
	var matter map[*trace.Fork]bool
	for _, how.Generated = range []sim.Generated{sim.GeneratedNone, sim.GeneratedOnce} {
		err := walk()
		if err == nil && shortened && limitOf(t) != "" { // rounds that were left out may differ
			how.ShortenLoops, shortened = nil, false
			err = walk()
		}
		if err != nil {
			c.Set, c.Undecided = among, err.Error()
			return c, nil
		}
		if matter = mattering(t); len(matter) == 0 {
			break
		}
	}
	c.Ends = verdict.OfPacket(t)
	loops := shortened || slices.ContainsFunc(c.Ends, func(e verdict.Disposition) bool {
		return e.Code == verdict.TTLExceeded || e.Code == verdict.Loop || e.Outcome == verdict.OutcomeLooped
	})
	var r image
	for _, e := range x.efforts(c.Ends, loops || len(script) > 0) {
		r = image{space: x, n: x.n, rep: rep, base: among, set: among, loop: loops, script: c.Choices, matter: matter, effort: e, floods: &floods}
		if x.commits {
			r.made = &sessions{}
		}
		r.follow(t)
		if c.Undecided = r.undecided(t, c.Ends); e == whole || c.Undecided == "" && r.suffices() {
			break
		}
	}
	c.differs = r.differs
	c.Set, c.path, c.skipped = r.set, r.path, r.skipped || r.effort == missing
	c.arrivals, c.frames, c.outputs = r.arrivalsOf(c.Ends), r.frames, r.outputs
	c.sessions, c.resolves = r.made, x.sessions != nil && asksForAddress(t)
	c.again = make([]bool, len(c.Options))
	for i := range c.Options {
		j, again := r.same[i]
		if again && c.Choices[i] != c.Choices[j] { // not what the hash does
			return x.classOn(rep, among, append(slices.Clone(c.Choices[:i]), c.Choices[j]), script)
		}
		c.again[i] = again
	}
	if r.cut { // the options of copies that are left out do not count
		n := min(r.chosenBefore, len(c.Options))
		c.Options, c.Choices = c.Options[:n], c.Choices[:n]
	}
	if !x.answered {
		c.asks = r.asks
	}
	return c, floods.points
}

// entered returns a packet as its walk begins.
func (x *space) entered(p packet.Packet) packet.Packet {
	if x.initial != nil {
		return x.initial.Packet(&p)
	}
	if x.inport != 0 {
		p.SetUint(packet.Inport, x.inport)
	}
	if x.places != nil {
		p.SetUint(packet.OnChassis, x.places.At(x.d, p.Uint(packet.Inport)))
	}
	return p
}

// refuses is port security as chassis have it.
func refuses(port *lflow.Port, p *packet.Packet, sends bool) bool {
	return portsec.Refuses(portsec.Chassis(port, sends), p)
}

// walkOne walks one packet.
func (x *space) walkOne(p packet.Packet, how sim.Choices) (*trace.Trace, error) {
	if x.egress {
		return sim.WalkEgress(x.n, x.d, p, how)
	}
	return sim.WalkFrom(x.n, x.d, x.table, p, how)
}

// undecided returns the reason why the result of a walk may not hold for all packets of the
// set, or "".
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
		return limitOf(t) // in copies that the network generated, before others ended
	}
	return ""
}

// follow follows a trace from its start.
func (r *image) follow(t *trace.Trace) {
	s := packetset.NewState()
	if r.initial != nil {
		s = r.initial.Clone()
	}
	if r.inport != 0 {
		s.SetUint(packet.Inport, r.inport)
	}
	if r.initial == nil && r.places != nil {
		s.SetUint(packet.OnChassis, r.places.At(r.d, 0))
		s.Set(packet.OnChassis, 0, s.Get(packet.Inport, 0, 16))
	}
	pipeline := lflow.Ingress
	if r.egress {
		pipeline = lflow.Egress
	}
	r.enter(&t.Root.Container, s, r.d, pipeline, r.table, way{shown: s.Clone()})
	if !r.m.Has(r.set, &r.rep) {
		r.fail("the packet is not in its own set")
	}
}

// limitOf returns the limit at which a walk stopped, "" if it was completed.
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

// uncertainty returns the reason why an end is uncertain.
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
