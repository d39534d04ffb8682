// Package witness finds packets that take a given logical flow, by backward search from the
// flow's match through the tables before it to a port where packets enter, or proves that
// there are none.
package witness

import (
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/ovnwalk/ovnwalk/expr"
	"github.com/ovnwalk/ovnwalk/expr/action"
	"github.com/ovnwalk/ovnwalk/internal/portsec"
	"github.com/ovnwalk/ovnwalk/lflow"
	"github.com/ovnwalk/ovnwalk/packet"
)

// Finder finds packets in one network. It may be used by several goroutines.
type Finder struct {
	// Sends, if not nil, returns the IP addresses from which a port sends, or nil for any.
	// It narrows Arrivals, and must be set before the first call of that.
	Sends func(*lflow.Port) []netip.Addr

	// Security is the port security of walks: portsec.OVNTrace, if it is not replaced
	// before the first search.
	Security portsec.Rules

	// StaticMACs uses the MAC bindings that are configured too, as sim.Choices does. It
	// must be set before the first search.
	StaticMACs bool

	// AnyChassis takes flows for packets that match on some chassis.  It must be set before
	// the first search.
	AnyChassis bool

	// Asked, if not nil, returns the answers that a router gets to requests for an output
	// port, except for addresses that are resolved otherwise; an IP address or Ethernet
	// address of zero stands for any. It must be set before the first search.
	Asked func(d *lflow.Datapath, key uint64, resolved func(ip packet.Value) bool) []lflow.Learned

	// Carried, if not nil, reports whether a packet that leaves by a port may enter by any such port, as
	// those to physical networks. It must be set before the first search.
	Carried func(*lflow.Port) bool

	n       *lflow.Network
	mu      sync.Mutex
	paths   map[*lflow.Datapath]*path
	cubes   map[*lflow.Flow]*cubes
	texts   map[string][]expr.Cube // matches that are not of flows
	lengths func() []int
	hosts   func() []host

	assignments func() *assignments
}

// NewFinder returns a finder for a network.
func NewFinder(n *lflow.Network) *Finder {
	return &Finder{
		Security: portsec.OVNTrace,

		n: n, paths: map[*lflow.Datapath]*path{}, cubes: map[*lflow.Flow]*cubes{}, texts: map[string][]expr.Cube{},
		lengths: sync.OnceValue(func() []int { return Lengths(n) }),
		hosts:   sync.OnceValue(func() []host { return readHosts(n) }),

		assignments: sync.OnceValue(func() *assignments { return readAssignments(n) }),
	}
}

// Lengths returns, sorted, the lengths of packets that the checks of a network's flows
// distinguish. The first is 0, for a packet that no check finds too long.
func Lengths(n *lflow.Network) []int {
	out := []int{0}
	for _, f := range n.Search(func(r lflow.FlowRow) bool { return strings.Contains(r.Actions(), "check_pkt_larger") }) {
		for _, a := range f.Flow.Actions().List {
			if c, ok := a.(*action.CheckPktLarger); ok {
				out = append(out, int(c.Len)+1)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (x *Finder) path(d *lflow.Datapath) *path {
	x.mu.Lock()
	p := x.paths[d]
	if p == nil {
		p = &path{x: x, n: x.n, d: d}
		p.samples = sync.OnceValue(p.likely)
		p.brought = sync.OnceValue(func() (w words) {
			for _, port := range d.Ports() {
				if port.Peer != nil {
					_, left := x.path(port.Peer.Datapath).flowBits()
					w.add(left)
				}
			}
			w[8], w[9] = ^uint64(0), ^uint64(0) // they can pass through any number of datapaths
			return w
		})
		x.paths[d] = p
	}
	x.mu.Unlock()
	p.once.Do(p.load)
	return p
}

// Packet is a packet that is expected to take the flow that was searched for.
type Packet struct {
	From      *lflow.Port
	Microflow string
	CT        []uint64 // the conntrack states that its lookups return
	Length    int      // in bytes, 0 for one that no check of lengths finds too long
}

// Reachability is the result of a walk of a packet by the caller.
type Reachability uint8

// The results of a walk.
const (
	NotReached Reachability = iota // the packet does not take the flow
	Reached                        // it takes the flow; more packets are wanted
	Enough                         // no more packets are wanted
)

// Answer is the result of a search.
type Answer uint8

// The answers.
const (
	Stopped     Answer = iota // the caller wants no more packets
	Unknown                   // the search was not exhaustive
	Unreachable               // no packet takes the flow
)

// Target selects the packets that a search is for: those that take a flow on a datapath.
type Target struct {
	Datapath *lflow.Datapath
	Flow     *lflow.Flow

	// Within are the wanted packets at the flow, nil for all that it matches; Without are
	// packets that are not wanted.
	Within, Without []*Region
}

// attempts are the numbers of steps of the attempts of a search. A wrong branch early may
// cost thousands of steps, which another order of the branches avoids.
var attempts = []int{250, 500, 1_000, 4_000}

// moreSteps is the number of steps for further packets, after one takes the flow.
const moreSteps = 400

// Find calls try with packets that are expected to take the target's flow, until it returns
// Enough. A packet may miss the flow if an action has another outcome than the search
// assumes.
func (x *Finder) Find(t Target, try func(Packet) Reachability) Answer {
	p := x.path(t.Datapath)
	s := Stage{t.Flow.Pipeline, t.Flow.Table}
	at := slices.IndexFunc(p.tables[s], func(g *flow) bool { return g.UUID == t.Flow.UUID })
	if at < 0 {
		return Unreachable
	}
	g := p.tables[s][at]
	list, partial := p.regions(g)
	var targets []*Region
	for _, r := range list {
		if t.Within == nil {
			targets = append(targets, r)
		}
		for _, w := range t.Within {
			if r.meets(w) { // most do not, and a region is large
				both, _ := r.meet(w)
				targets = append(targets, &both)
			}
		}
	}
	if targets = x.possible(p, g, targets); len(targets) == 0 && !partial {
		return Unreachable
	}
	// The packets of a target that flows above take are the same for each attempt.
	above := make([][]*Region, len(targets))
	left := func(i int) []*Region {
		if above[i] == nil {
			above[i] = p.above(g, targets[i], nil, slices.Clone(t.Without))
		}
		return above[i]
	}
	// The first attempts start at the ports of the datapath only.
	emitted := map[string]bool{}
	hit := false
	counted := func(p Packet) Reachability {
		v := try(p)
		hit = hit || v != NotReached
		return v
	}
	for _, local := range []bool{true, false} {
		for attempt, steps := range attempts {
			if hit {
				steps = moreSteps
			}
			z := &search{x: x, try: counted, seen: map[visit]bool{}, left: steps, attempt: attempt, exact: !partial, local: local, emitted: emitted}
			all, stopped := z.targets(p, g, targets, left)
			if stopped {
				return Stopped
			}
			if all && z.exact && !local && len(emitted) == 0 {
				return Unreachable
			}
			if all || hit {
				break
			}
		}
	}
	return Unknown
}

// fewTargets is the number of targets up to which they are searched for one by one.
// proofSteps is the number of steps of a proof that no packet reaches any target with the
// same metadata.
const (
	fewTargets = 4
	proofSteps = 40
)

// possible returns the targets except those that no packet reaches, judging by the metadata
// alone.
func (x *Finder) possible(p *path, f *flow, targets []*Region) []*Region {
	if len(targets) <= fewTargets {
		return targets
	}
	known := map[Region]bool{}
	never := func(r *Region) bool {
		var bare Region
		copy(bare.val[:metadata], r.val[:metadata])
		copy(bare.mask[:metadata], r.mask[:metadata])
		proved, ok := known[bare]
		if !ok {
			for _, local := range []bool{true, false} {
				z := &search{x: x, seen: map[visit]bool{}, left: proofSteps, exact: true, local: local, emitted: map[string]bool{}}
				z.try = func(Packet) Reachability { return Enough }
				done := z.back(p, f.stage, &bare, nil, nil, 0)
				if proved = done && z.exact && z.left > 0 && len(z.emitted) == 0; !proved {
					break
				}
			}
			known[bare] = proved
		}
		return proved
	}
	return slices.DeleteFunc(slices.Clone(targets), never)
}

// fewSteps is the minimum number of steps for each target: a path back takes about forty.
const fewSteps = 120

// targets goes backward from targets, which share the steps. all reports whether these were
// all targets and the steps sufficed, stopped whether the caller wants no more packets.
func (z *search) targets(p *path, f *flow, list []*Region, without func(int) []*Region) (all, stopped bool) {
	n := min(len(list), 1<<(2*z.attempt))
	if z.attempt == len(attempts)-1 {
		n = len(list)
	}
	all = n == len(list)
	for i := range n {
		at := i * len(list) / n
		have := z.left
		share := max(have/(n-i), fewSteps)
		z.left = share
		if !z.back(p, f.stage, list[at], without(at), nil, 0) {
			return false, true
		}
		all = all && z.left > 0
		if z.left = max(0, have-share) + max(0, z.left); z.left == 0 && i+1 < n && z.attempt+1 < len(attempts) {
			return false, false
		}
	}
	return all, false
}

// Covered reports whether each packet that a flow matches on a datapath is in at least one
// of the regions.
func (x *Finder) Covered(d *lflow.Datapath, f *lflow.Flow, regions []*Region) bool {
	list, partial := x.regions(d, f)
	return !partial && !slices.ContainsFunc(list, func(r *Region) bool {
		_, ok, sure := r.pick(regions, &r.val, maxSplits)
		return ok || !sure
	})
}

// Flows returns the flows of a stage on a datapath, in the order of lookups.
func (x *Finder) Flows(d *lflow.Datapath, s Stage) (out []*lflow.Flow) {
	for _, f := range x.path(d).tables[s] {
		out = append(out, f.Flow)
	}
	return out
}

// Matches returns packets that satisfy a match on a datapath: all of them unless there are
// too many, none if the match does not parse.
func (x *Finder) Matches(d *lflow.Datapath, match string) (out []*Region) {
	x.mu.Lock()
	list, known := x.texts[match]
	x.mu.Unlock()
	if !known {
		if e, err := expr.ParseFlow(match, x.n.FlowEnv()); err == nil {
			var all bool
			if list, all = expr.Cubes(expr.Annotate(e), maxRegions, x.n.Binder().Resident); !all {
				list = nil
			}
		}
		x.mu.Lock()
		x.texts[match] = list
		x.mu.Unlock()
	}
	for _, c := range list {
		more, _ := regionsOf(x.n, d, c)
		out = append(out, more...)
	}
	return out
}

// above adds the regions of the flows before a flow, in the order of lookups, that meet a
// region.
func (p *path) above(f *flow, r *Region, but map[*flow]bool, without []*Region) []*Region {
	var out []*Region
	for _, g := range p.tables[f.stage][:f.at] {
		if but[g] || !p.mayMeet(g, r) {
			continue
		}
		list, _ := p.regions(g)
		for i, b := range list {
			if g.words[i].meets(r) {
				out = append(out, b)
			}
		}
	}
	if len(out) <= maxAbove {
		return append(without, out...)
	}
	out, empty := r.restrict(out)
	switch {
	case empty:
		return []*Region{{}}
	case len(out) > maxAbove:
		return p.relevant(r, out, without)
	}
	return append(without, out...)
}

// maxAbove is the number of regions of flows before a flow up to which all of them are
// subtracted.
const maxAbove = 128

// relevant adds, of many regions, those that have likely packets. The others are not
// subtracted, so that a packet that is found may miss the flow.
func (p *path) relevant(r *Region, all, without []*Region) []*Region {
	for _, like := range p.samples() {
		for range maxAbove / 8 {
			w, ok, _ := r.pick(without, like, fewSplits)
			if !ok {
				break
			}
			i := slices.IndexFunc(all, func(b *Region) bool { return b.has(&w) })
			if i < 0 {
				break
			}
			without = append(without, all[i])
		}
	}
	return without
}
