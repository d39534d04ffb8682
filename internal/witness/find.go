// Package witness finds packets that take a given logical flow, by going back
// from the flow's match through the tables before it to a port where packets
// start, or shows that no packet takes it.
package witness

import (
	"hash/maphash"
	"math/bits"
	"slices"
	"sync"

	"github.com/ovnwalk/ovnwalk/lflow"
)

// Finder finds packets in one network.  It may be used by several goroutines.
type Finder struct {
	n     *lflow.Network
	mu    sync.Mutex
	paths map[*lflow.Datapath]*path
}

// NewFinder returns a finder for a network.
func NewFinder(n *lflow.Network) *Finder {
	return &Finder{n: n, paths: map[*lflow.Datapath]*path{}}
}

func (x *Finder) path(d *lflow.Datapath) *path {
	x.mu.Lock()
	p := x.paths[d]
	if p == nil {
		p = &path{n: x.n, d: d}
		p.brought = sync.OnceValue(func() (w words) {
			for _, port := range d.Ports() {
				if port.Peer == nil {
					continue
				}
				left := x.path(port.Peer.Datapath).left
				for i := range metadata {
					w[i] |= left[i]
				}
				w[8], w[9] = ^uint64(0), ^uint64(0) // these pass through any number of datapaths
			}
			return w
		})
		x.paths[d] = p
	}
	x.mu.Unlock()
	p.once.Do(p.load)
	return p
}

// Packet is a packet that should take the flow that was asked for.
type Packet struct {
	From      *lflow.Port
	Microflow string
	CT        []uint64 // what conntrack answers, lookup by lookup
}

// Reachability is what a caller found of a packet.
type Reachability uint8

// The verdicts.
const (
	NotReached Reachability = iota // the packet does not take the flow
	Reached                        // it does; more packets are welcome
	Enough                         // no more packets are wanted
)

// Answer is what a search came to.
type Answer uint8

// The answers.
const (
	Stopped     Answer = iota // the caller has enough packets
	Unknown                   // not every way was tried
	Unreachable               // no packet takes the flow
)

// maxSteps bounds how many steps back a search makes.
const maxSteps = 4_000

// moreSteps is the same for further packets, once one takes the flow.
const moreSteps = 400

// Find calls try with packets that should take a flow on a datapath, among those
// of the regions, or of the flow's match where there are none, until it returns
// Enough.  A packet may miss the flow after all, where an action
// answers otherwise than assumed.
func (x *Finder) Find(d *lflow.Datapath, f *lflow.Flow, within []*Region, try func(Packet) Reachability) Answer {
	p := x.path(d)
	s := Stage{f.Pipeline, f.Table}
	at := slices.IndexFunc(p.tables[s], func(g *flow) bool { return g.UUID == f.UUID })
	if at < 0 {
		return Unreachable
	}
	g := p.tables[s][at]
	// First within the datapath alone, from any of its ports; then from others too.
	emitted := map[string]bool{}
	hit := false
	counted := func(p Packet) Reachability {
		v := try(p)
		hit = hit || v != NotReached
		return v
	}
	for _, local := range []bool{true, false} {
		z := &search{x: x, try: counted, seen: map[visit]bool{}, left: maxSteps, exact: !g.vague, local: local, emitted: emitted}
		if hit {
			z.left = moreSteps
		}
		for _, r := range g.regions {
			targets := []*Region{r}
			if within != nil {
				targets = nil
				for _, w := range within {
					if both, ok := r.meet(w); ok {
						targets = append(targets, &both)
					}
				}
			}
			for _, t := range targets {
				if !p.covered(s, at, t) && !z.back(p, s, t, p.above(s, at, t, nil), nil, 0) {
					return Stopped
				}
			}
		}
		if !local && z.left > 0 && z.exact && len(emitted) == 0 {
			return Unreachable
		}
	}
	return Unknown
}

// covered reports whether one flow that is tried before takes all of a region.
func (p *path) covered(s Stage, at int, r *Region) bool {
	for _, g := range p.tables[s][:at] {
		if !g.vague && slices.ContainsFunc(g.regions, r.within) {
			return true
		}
	}
	return false
}

// above adds the regions of the flows that are tried before one, as far as they
// meet a region.
func (p *path) above(s Stage, at int, r *Region, more []*Region) []*Region {
	out := slices.Clip(more)
	for _, g := range p.tables[s][:at] {
		if g.vague {
			continue
		}
		for _, b := range g.regions {
			if b.meets(r) {
				out = append(out, b)
			}
		}
	}
	return out
}

// visit is a region in a stage.
type visit struct {
	d *lflow.Datapath
	s Stage
	r Region

	without uint64 // a digest of the regions that are left out
}

var seed = maphash.MakeSeed()

// zero returns the bits of the metadata that no packet in a stage has set.
func (z *search) zero(p *path, s Stage) (w words) {
	may := p.may[s]
	if may == nil {
		return w
	}
	for i := range metadata {
		w[i] = ^may[i]
	}
	if !z.local {
		brought := p.brought()
		for i := range metadata {
			w[i] &^= brought[i]
		}
	}
	return w
}

// digest sums up regions in any order.
func digest(list []*Region) (sum uint64) {
	for _, r := range list {
		sum ^= maphash.Comparable(seed, *r)
	}
	return sum
}

// search is one search under way.
type search struct {
	x     *Finder
	try   func(Packet) Reachability
	seen  map[visit]bool
	left  int
	exact bool // whether what was given up was given up for certain
	local bool // whether packets start in the flow's datapath only

	emitted map[string]bool // the packets that were tried
}

// branch is a step back.
type branch struct {
	e       *edge
	r       *Region
	answers []int // what the edge's ops got, from the last on
	need    int   // bits that must have been set before
}

// maxDepth bounds how many tables a search goes back.
const maxDepth = 250

// back goes on from a region of packets that come to a stage, none of which may
// be in the regions without.  It is false where the search is over.
func (z *search) back(p *path, s Stage, r *Region, without []*Region, cts []uint64, depth int) bool {
	if z.left--; z.left <= 0 || depth > maxDepth {
		z.left = min(z.left, 0)
		return z.left > -1000
	}
	known := *r
	zero := z.zero(p, s)
	for i := range metadata {
		if r.val[i]&zero[i] != 0 {
			return true
		}
		known.mask[i] |= zero[i]
	}
	r = &known
	if slices.ContainsFunc(without, r.within) {
		return true
	}
	key := visit{p.d, s, *r, digest(without)}
	if z.seen[key] {
		return true
	}
	z.seen[key] = true
	ingress := s == Stage{lflow.Ingress, 0}
	if ingress && !z.start(p, r, without, cts, depth) {
		return false
	}
	if s == (Stage{lflow.Egress, 0}) && !z.fromIngress(p, r, without, cts, depth) {
		return false
	}
	var ways []branch
	for _, e := range p.into[s] {
		ways = z.ways(p, ways, e, r)
	}
	return z.each(p, ways, without, cts, depth)
}

// madeCost ranks packets that an action makes behind those that are sent.
const madeCost = 16

// maxWays bounds the steps back over one edge.
const maxWays = 4096

// ways appends the steps back over an edge.  It is false where there are too
// many.
func (p *path) ways(ways []branch, e *edge, r *Region, zero *words) ([]branch, bool) {
	type partial struct {
		r       Region
		answers []int // of the ops from the last on
	}
	list := []partial{{r: *r}}
	for i := len(e.ops) - 1; i >= 0; i-- {
		var next []partial
		n := e.ops[i].alternatives(p)
		if len(list)*n > maxWays {
			return ways, false
		}
		for _, l := range list {
			for answer := range n {
				q := l.r
				if !e.ops[i].back(p, &q, true, answer) {
					continue
				}
				next = append(next, partial{q, append(l.answers[:len(l.answers):len(l.answers)], answer)})
			}
		}
		list = next
	}
	for _, l := range list {
		for _, g := range e.from.regions {
			both, ok := l.r.meet(g)
			if !ok {
				continue
			}
			need, possible := 0, true
			for _, o := range e.ops {
				if o.enter {
					need += madeCost
				}
			}
			for i := range metadata {
				v := both.val[i]
				if i == 7 {
					v &= 1<<32 - 1 // the inport is given
				}
				need += bits.OnesCount64(v)
				possible = possible && v&zero[i] == 0
			}
			if possible {
				ways = append(ways, branch{e, &both, l.answers, need})
			}
		}
	}
	return ways, true
}

// before turns a region after the edge into the one before it.
func (w *branch) before(p *path, r *Region, over bool) (Region, bool) {
	c := *r
	for i := len(w.e.ops) - 1; i >= 0; i-- {
		if !w.e.ops[i].back(p, &c, over, w.answers[len(w.e.ops)-1-i]) {
			return Region{}, false
		}
	}
	return c, true
}

// ways appends the steps back over an edge of a datapath.
func (z *search) ways(p *path, ways []branch, e *edge, r *Region) []branch {
	zero := z.zero(p, Stage{e.from.Pipeline, e.from.Table})
	ways, all := p.ways(ways, e, r, &zero)
	z.exact = z.exact && all
	return ways
}
